//! Deciding conditions: what follows from what, for whom something holds, which words clash.

use funnelc::{
    logic::{Answer, Question, Solver},
    model::{Condition, Model},
    workspace::{Loaded, MemoryLoader, analyse},
};

const WORLD: &str = r#"
contact {
  plan    : one of [free, pro, team] = free
  country : text?
  age     : number?
  limit   : number = 10
  vip     : flag = no
  consent : flag = no
  joined  : date?
  seen    : time?
  tags    : list of text
}
event visit
event signup
event purchase(amount: number, product: text?)
event page(path: text)
event stop opt out of email
channel email { needs consent }
message hello by email
segment busy when at least 5 page within 7 days
"#;

/// The model of the world above with conditions as ways out of a stage.
fn model_of(conditions: &[&str]) -> Model {
    let leaves: String = conditions.iter().map(|it| format!("    leave when {it}\n")).collect();
    let text = format!(
        "{WORLD}funnel f {{\n  for each contact\n  reentry never\n  stage a {{\n    enter when visit\n    nurture n {{ send hello }}\n{leaves}  }}\n}}\n"
    );
    let loader = MemoryLoader::new([("a.funnel".to_owned(), text.clone())]);
    let loaded = Loaded::read(&loader, &["a.funnel".to_owned()]).expect("in memory");
    let analysis = analyse(loaded);
    let wrong: Vec<_> = analysis
        .diagnostics
        .iter()
        .filter(|it| it.code.id.starts_with("F1") || it.code.id.starts_with("F0") || it.code.id.starts_with("F21") || it.code.id == "F201")
        .map(|it| format!("{}: {} {}", it.code.id, it.message, analysis.sources.slice(it.primary.span)))
        .collect();
    let wrong: Vec<_> = wrong.into_iter().filter(|it| !it.starts_with("F104") && !it.starts_with("F103")).collect();
    assert!(wrong.is_empty(), "{conditions:?}: {wrong:?}");
    analysis.model
}

fn conditions(model: &Model) -> Vec<&Condition> {
    model.stages.values().flat_map(|it| &it.leaves).filter_map(|it| it.when.as_ref()).collect()
}

fn can_be(conditions_of: &[&str]) -> bool {
    let model = model_of(conditions_of);
    let solver = Solver::new(&model);
    let mut question = Question::new();
    for condition in conditions(&model) {
        question = question.holds(condition);
    }
    let answer = !solver.decide(&question).is_impossible();
    assert_eq!(answer, solver.can_be(&question), "{conditions_of:?}");
    answer
}

#[test]
fn what_cannot_be() {
    for clash in [
        &["plan = free", "plan = pro"][..],
        &["age > 65", "age < 18"],
        &["age > 5", "age < 5.000001"],
        &["age + 1 > 5", "age * 2 <= 8"],
        &["10 - age > 5", "age >= 5"],
        &["plan != free", "plan != pro", "plan != team"],
        &["country in []"],
        &["country = \"DE\"", "country in [\"AT\", \"CH\"]"],
        &["country starts with \"D\"", "country = \"AT\""],
        &["country contains \"E\"", "country = \"AT\""],
        &["country contains \"hoe\"", "country is known and not country contains \"o\""],
        &["country ends with \"x\"", "country ends with \"y\""],
        &["country starts with \"ab\"", "not country contains \"b\""],
        &["country is missing", "country = \"DE\""],
        &["plan is missing"],
        &["vip = yes", "not vip = yes"],
        &["age < limit", "limit < age"],
        &["age < limit", "age is missing"],
        &["age != age"],
        &["had purchase within 7 days", "no purchase within 30 days"],
        &["at least 3 page within 7 days", "at most 2 page within 8 days"],
        &["time since page > 9 days", "had page within 3 days"],
        &["in segment busy", "no page within 7 days"],
        &["visit", "purchase"],
        &["page", "no page"],
        &["page where path = \"/\"", "no page where path = \"/\" within 1 day"],
        &["page where path = \"/\"", "page.path = \"/b\""],
        &["page where path = \"/\"", "at most 1 page", "at least 2 page where path starts with \"/\""],
        &["at least 2 page where path = \"/\"", "at most 1 page where path starts with \"/\""],
        &["purchase.amount > 20", "no purchase"],
        &["purchase.amount > 20", "no purchase where amount > 10"],
        &["highest of purchase.amount within 7 days > 20", "no purchase within 7 days"],
        &["highest of purchase.amount < 5", "average of purchase.amount > 6"],
        &["sum of purchase.amount within 7 days > 0", "no purchase within 8 days"],
        &["lowest of purchase.amount is missing", "had purchase"],
        &["before 2026-03-01", "from 2026-03-01 on"],
        &["joined >= 2026-03-01", "joined < 2026-03-01"],
        &["seen >= 2026-03-01 10:00", "seen < 2026-03-01"],
        &["stop", "consent = yes"],
        &["every day at 09:00", "visit"],
        &["n finished", "not n finished"],
        &["plan = free or age > 5", "plan = pro", "age < 3 or age is missing"],
        &["no page since starting", "had page since entering"],
        &["tags contains \"a\"", "not tags contains \"a\""],
    ] {
        assert!(!can_be(clash), "{clash:?}");
    }
}

#[test]
fn what_can_be() {
    for fine in [
        &["plan = free or plan = pro", "plan = pro"][..],
        &["age > 5", "age < 5.000002"],
        &["not age > 5", "not age <= 5"],
        &["country is missing", "not country = \"DE\""],
        &["age < limit", "age > 100"],
        &["no purchase within 7 days", "had purchase within 30 days"],
        &["had page", "no page where path = \"/\""],
        &["page where path = \"/\"", "no page where path = \"/b\""],
        &["page", "page.path = \"/b\"", "no page where path = \"/\""],
        &["at least 3 page within 8 days", "at most 2 page within 7 days"],
        &["time since page >= 3 days", "no page within 3 days"],
        &["time since page < 3 days", "had page within 3 days"],
        &["sum of purchase.amount < 0", "had purchase"],
        &["sum of purchase.amount = 0", "no purchase"],
        &["from 2026-03-01 on", "before 2026-03-02"],
        &["tags contains \"a\"", "tags contains \"b\""],
        &["country contains \"E\"", "country starts with \"D\""],
        &["no page since entering", "had page since starting"],
        &["seen < 2026-03-01 10:00", "seen > 2026-02-28 10:00 UTC"],
        &["had purchase where product = \"a\"", "average of purchase.amount > 5"],
    ] {
        assert!(can_be(fine), "{fine:?}");
    }
}

#[test]
fn what_follows() {
    let follows = |a: &str, b: &str| {
        let model = model_of(&[a, b]);
        let solver = Solver::new(&model);
        let list = conditions(&model);
        solver.implies(list[0], list[1])
    };
    for (a, b) in [
        ("plan = pro", "plan != free"),
        ("age > 5", "age is known"),
        ("had page where path = \"/\" within 3 days", "had page within 4 days"),
        ("at least 3 page", "had page"),
        ("time since page <= 3 days", "had page within 4 days"),
        ("country = \"DE\" or country = \"AT\"", "country in [\"AT\", \"CH\", \"DE\"]"),
        ("age < limit", "age != limit"),
    ] {
        assert!(follows(a, b), "{a} follows {b}");
        assert!(!follows(b, a), "{b} does not follow {a}");
    }
}

#[test]
fn cores_are_minimal() {
    let model = model_of(&["plan = free and age > 5 and country = \"DE\"", "vip = yes and age < 3"]);
    let solver = Solver::new(&model);
    let list = conditions(&model);
    let Answer::Impossible(core) = solver.decide(&Question::new().holds(list[0]).holds(list[1])) else { panic!("it cannot be") };
    assert_eq!(core.words.iter().map(|it| it.part).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(core.words[0].var, core.words[1].var);
}

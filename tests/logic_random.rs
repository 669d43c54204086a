//! The solver against brute force: random conditions, true or not for each of all contacts of a small world, as an
//! evaluator of its own says; and the tableau against the SAT solver. `CASES=50000` makes it longer, `SEED=7` other.

use funnelc::{
    logic::{Answer, Key, Moment, Question, Solver, VarKind},
    model::{CompareOp, Condition, ConditionKind, Count, EventId, EventTest, Literal, Model, Term, TermKind, WindowKind},
    workspace::{Loaded, MemoryLoader, analyse},
};

const DAY_MS: i64 = 86_400_000;

const WORLD: &str = r#"
contact {
  plan    : one of [free, pro, team] = free
  country : text?
  age     : number?
  vip     : flag = no
}
event visit
event purchase(amount: number)
"#;

/// Conditions whose cells the small world covers.
const ATOMS: &[&str] = &[
    "plan = free",
    "plan != free",
    "plan = pro",
    "not plan = team",
    "country = \"DE\"",
    "country in [\"DE\", \"AT\"]",
    "country != \"AT\"",
    "country is missing",
    "country starts with \"D\"",
    "age > 3",
    "age <= 6",
    "age + 1 < 4",
    "age = 5",
    "age is known",
    "vip = yes",
    "had purchase",
    "had purchase within 7 days",
    "no purchase within 30 days",
    "had purchase where amount > 20",
    "had purchase where amount > 20 within 30 days",
    "at least 2 purchase",
    "at least 2 purchase within 30 days",
    "at most 1 purchase where amount > 20",
    "at least 3 purchase within 30 days",
    "exactly 1 purchase within 7 days",
    "time since purchase > 9 days",
    "time since purchase <= 3 days",
    "time since purchase where amount > 20 >= 10 days",
];

/// Conditions that are tied to others in ways no law speaks of: what is called impossible must be, no more.
const LOOSE: &[&str] = &["purchase.amount > 20", "highest of purchase.amount within 30 days > 20", "lowest of purchase.amount is missing"];

/// What may be happening, for conditions that are triggers.
const TRIGGERS: &[&str] = &["purchase", "visit", "purchase where amount > 20", "purchase where amount <= 20"];

/// So many of them are exact.
const TRIGGERS_EXACT: usize = 2;

/// A small generator of numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(bound).expect("small")).expect("small")
    }

    fn condition(&mut self, atoms: &[&str], deep: u32) -> String {
        match if deep == 0 { 0 } else { self.below(5) } {
            0 | 1 => atoms[self.below(atoms.len())].to_owned(),
            2 => format!("({} and {})", self.condition(atoms, deep - 1), self.condition(atoms, deep - 1)),
            3 => format!("({} or {})", self.condition(atoms, deep - 1), self.condition(atoms, deep - 1)),
            _ => format!("not ({} and {})", self.condition(atoms, deep - 1), self.condition(atoms, deep - 1)),
        }
    }
}

/// A contact at an instant.
#[derive(Clone, Debug)]
struct Contact {
    plan: &'static str,
    country: Option<&'static str>,
    age: Option<i64>,
    vip: bool,
    /// Purchases: days ago, and amount; the latest first.
    purchases: Vec<(i64, i64)>,
    /// What is happening: `visit`, or `purchase`, which is then the first of them.
    happening: Option<&'static str>,
}

fn contacts() -> Vec<Contact> {
    let mut kinds = Vec::new();
    for days in [0, 3, 10, 40] {
        kinds.extend([5, 30].map(|amount| (days, amount)));
    }
    let mut histories: Vec<Vec<(i64, i64)>> = vec![Vec::new()];
    for a in 0..kinds.len() {
        histories.push(vec![kinds[a]]);
        for b in a..kinds.len() {
            histories.push(vec![kinds[a], kinds[b]]);
            for c in b..kinds.len() {
                histories.push(vec![kinds[a], kinds[b], kinds[c]]);
            }
        }
    }
    let mut found = Vec::new();
    for plan in ["free", "pro", "team"] {
        for country in [None, Some("DE"), Some("AT"), Some("DK"), Some("X")] {
            for age in [None, Some(2), Some(5), Some(7)] {
                for history in &histories {
                    let now = (history.first().map(|it| it.0) == Some(0)).then_some("purchase");
                    for happening in [None, Some("visit"), now] {
                        let vip = found.len() % 2 == 0;
                        for vip in if history.len() < 2 { vec![vip, !vip] } else { vec![vip] } {
                            found.push(Contact { plan, country, age, vip, purchases: history.clone(), happening });
                        }
                    }
                }
            }
        }
    }
    found
}

/// The evaluator: reads conditions by the language alone.
struct Eye<'m> {
    model: &'m Model,
    contact: &'m Contact,
}

#[derive(Clone, PartialEq, PartialOrd)]
enum Value {
    Number(i64),
    Text(String),
    Flag(bool),
}

impl Eye<'_> {
    fn holds(&self, condition: &Condition, subject: Option<(i64, i64)>) -> bool {
        match &condition.kind {
            ConditionKind::And(list) => list.iter().all(|it| self.holds(it, subject)),
            ConditionKind::Or(list) => list.iter().any(|it| self.holds(it, subject)),
            ConditionKind::Not(inner) => !self.holds(inner, subject),
            ConditionKind::Event(test) => {
                let name = self.name(test);
                self.contact.happening == Some(name.as_str()) && (name == "visit" || self.fits(test, self.contact.purchases[0]))
            }
            ConditionKind::Had { negated, event, window } => (self.past(event, window.map(|it| it.kind)).is_empty()) == *negated,
            ConditionKind::Count { count, bound, event, window } => {
                let number = u32::try_from(self.past(event, window.map(|it| it.kind)).len()).expect("few");
                match count {
                    Count::AtLeast => number >= *bound,
                    Count::AtMost => number <= *bound,
                    Count::Exactly => number == *bound,
                }
            }
            ConditionKind::TimeSince { event, op, than_ms } => {
                self.past(event, None).first().is_some_and(|it| compares(&(it.0 * DAY_MS), *op, than_ms))
            }
            ConditionKind::Compare { left, op, right } => match (self.value(left, subject), self.value(right, subject)) {
                (Some(left), Some(right)) => compares(&left, *op, &right),
                _ => false,
            },
            ConditionKind::In { left, list } => {
                let left = self.value(left, subject);
                left.is_some() && list.iter().any(|it| self.value(it, subject) == left)
            }
            ConditionKind::Text { left, right, .. } => match (self.value(left, subject), self.value(right, subject)) {
                (Some(Value::Text(left)), Some(Value::Text(right))) => left.starts_with(&right),
                _ => false,
            },
            ConditionKind::Known { term, known } => self.value(term, subject).is_some() == *known,
            other => panic!("no atom of this test: {other:?}"),
        }
    }

    fn name(&self, test: &EventTest) -> String {
        self.model.events[test.event.expect("known")].name.text.to_string()
    }

    fn fits(&self, test: &EventTest, purchase: (i64, i64)) -> bool {
        test.filter.as_ref().is_none_or(|filter| self.holds(filter, Some(purchase)))
    }

    fn past(&self, test: &EventTest, window: Option<WindowKind>) -> Vec<(i64, i64)> {
        let all = if self.name(test) == "purchase" { self.contact.purchases.clone() } else { Vec::new() };
        let inside = |it: &(i64, i64)| match window {
            Some(WindowKind::WithinMs(ms)) => it.0 * DAY_MS < ms,
            _ => true,
        };
        all.into_iter().filter(|it| inside(it) && self.fits(test, *it)).collect()
    }

    fn value(&self, term: &Term, subject: Option<(i64, i64)>) -> Option<Value> {
        Some(match &term.kind {
            TermKind::Literal(Literal::Number(number)) => Value::Number(number.millionths()),
            TermKind::Literal(Literal::Text(text) | Literal::Choice(text)) => Value::Text(text.to_string()),
            TermKind::Literal(Literal::Flag(flag)) => Value::Flag(*flag),
            TermKind::Attribute(id) => match self.model.attributes[*id].name.text.as_str() {
                "plan" => Value::Text(self.contact.plan.into()),
                "country" => Value::Text(self.contact.country?.into()),
                "age" => Value::Number(self.contact.age? * 1_000_000),
                _ => Value::Flag(self.contact.vip),
            },
            TermKind::Property { .. } => Value::Number(subject?.1 * 1_000_000),
            TermKind::Latest { .. } => Value::Number(self.contact.purchases.first()?.1 * 1_000_000),
            TermKind::Aggregate(it) => {
                let amounts = self.past(&it.event, it.window.map(|it| it.kind)).into_iter().map(|it| it.1 * 1_000_000);
                Value::Number(if it.kind == funnelc::model::AggregateKind::Highest { amounts.max()? } else { amounts.min()? })
            }
            TermKind::Arithmetic { left, right, .. } => match (self.value(left, subject)?, self.value(right, subject)?) {
                (Value::Number(left), Value::Number(right)) => Value::Number(left + right),
                _ => return None,
            },
            other => panic!("no term of this test: {other:?}"),
        })
    }
}

fn compares<T: PartialOrd>(left: &T, op: CompareOp, right: &T) -> bool {
    match op {
        CompareOp::Equal => left == right,
        CompareOp::NotEqual => left != right,
        CompareOp::Less => left < right,
        CompareOp::LessOrEqual => left <= right,
        CompareOp::Greater => left > right,
        CompareOp::GreaterOrEqual => left >= right,
    }
}

fn model_of(conditions: &[String]) -> Model {
    let leaves: String = conditions.iter().map(|it| format!("    leave when {it}\n")).collect();
    let text = format!("{WORLD}funnel f {{\n  for each contact\n  reentry never\n  stage a {{\n    enter when visit\n{leaves}  }}\n}}\n");
    let loaded = Loaded::read(&MemoryLoader::new([("a.funnel".to_owned(), text)]), &["a.funnel".to_owned()]).expect("in memory");
    analyse(loaded).model
}

fn conditions(model: &Model) -> Vec<&Condition> {
    model.stages.values().flat_map(|it| &it.leaves).filter_map(|it| it.when.as_ref()).collect()
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

/// For each contact whether a condition holds, one bit each.
fn truth(model: &Model, condition: &Condition, contacts: &[Contact]) -> Vec<u64> {
    let bits = contacts.chunks(64).map(|chunk| {
        chunk.iter().enumerate().fold(0, |word, (n, contact)| word | u64::from(Eye { model, contact }.holds(condition, None)) << n)
    });
    bits.collect()
}

#[test]
fn the_solver_says_what_brute_force_says() {
    let (cases, seed) = (setting("CASES", 400), setting("SEED", 1));
    println!("{cases} cases, seed {seed}");
    let mut random = Random(seed);
    let contacts = contacts();
    let mut texts: Vec<String> = TRIGGERS.iter().map(|it| (*it).to_owned()).collect();
    texts.extend((0..40).map(|_| random.condition(ATOMS, 3)));
    let exact = texts.len();
    texts.extend((0..10).map(|_| random.condition(&[ATOMS, LOOSE, LOOSE].concat(), 3)));
    let model = model_of(&texts);
    let list = conditions(&model);
    let truths: Vec<Vec<u64>> = list.iter().map(|it| truth(&model, it, &contacts)).collect();
    let (solver, by_sat) = (Solver::new(&model), Solver::with_budget(&model, 0));
    let events: Vec<EventId> = model.events.ids().collect();
    let mut possible = 0;
    for _ in 0..cases {
        let parts: Vec<(usize, bool)> = (0..=random.below(4)).map(|_| (random.below(list.len()), random.below(3) > 0)).collect();
        let ask = |parts: &[(usize, bool)]| {
            parts.iter().fold(Question::new(), |it, (n, holds)| if *holds { it.holds(list[*n]) } else { it.fails(list[*n]) })
        };
        let expected = (0..truths[0].len()).any(|word| {
            let last =
                if word + 1 == truths[0].len() && !contacts.len().is_multiple_of(64) { (1 << (contacts.len() % 64)) - 1 } else { u64::MAX };
            parts.iter().fold(last, |bits, (n, holds)| bits & if *holds { truths[*n][word] } else { !truths[*n][word] }) != 0
        });
        let shown: Vec<String> = parts.iter().map(|(n, holds)| format!("{} {}", if *holds { "yes" } else { "no " }, texts[*n])).collect();
        let question = ask(&parts);
        let answer = solver.decide(&question);
        let is_exact = parts.iter().all(|(n, _)| *n < TRIGGERS_EXACT || (TRIGGERS.len()..exact).contains(n));
        if is_exact || expected {
            assert_eq!(!answer.is_impossible(), expected, "seed {seed}: {shown:#?} {answer:?}");
        }
        assert_eq!(by_sat.decide(&question).is_impossible(), answer.is_impossible(), "the SAT solver, seed {seed}: {shown:#?}");
        let moments = [Moment::Any, Moment::Quiet, Moment::Event(events[random.below(events.len())])];
        for moment in moments {
            let question = ask(&parts).at(moment);
            let expected = !solver.decide(&question).is_impossible();
            assert_eq!(solver.can_be(&question), expected, "without cells, {moment:?}, seed {seed}: {shown:#?}");
        }
        match answer {
            Answer::Impossible(core) => assert!(!core.words.is_empty(), "{shown:#?}"),
            Answer::Possible(witness) => {
                possible += 1;
                if let Some(contact) = contact_of(&model, &solver, &witness.values) {
                    for (n, holds) in &parts {
                        let eye = Eye { model: &model, contact: &contact };
                        assert_eq!(eye.holds(list[*n], None), *holds, "seed {seed}: {} for {contact:?} {witness:?}", texts[*n]);
                    }
                }
            }
        }
    }
    assert!(possible > cases / 20 && possible < cases - cases / 20, "both answers come up: {possible} of {cases}");
}

/// Many conditions compared pair by pair: each pair as if it were asked alone.
#[test]
fn pairs_are_questions_of_two() {
    let mut random = Random(setting("SEED", 1) + 5);
    let mut texts: Vec<String> = TRIGGERS.iter().map(|it| (*it).to_owned()).collect();
    texts.extend((0..60).map(|_| random.condition(&[ATOMS, LOOSE].concat(), 3)));
    let model = model_of(&texts);
    let list = conditions(&model);
    let (solver, by_sat) = (Solver::new(&model), Solver::with_budget(&model, 0));
    let (pairs, pairs_by_sat) = (solver.pairs(&list), by_sat.pairs(&list));
    let (mut together, mut apart) = (0, 0);
    for a in 0..list.len() {
        for b in 0..a {
            let expected = !solver.decide(&Question::new().holds(list[a]).holds(list[b])).is_impossible();
            assert_eq!(pairs.overlap(a, b), expected, "{} and {}", texts[a], texts[b]);
            assert_eq!(pairs_by_sat.overlap(a, b), expected, "the SAT solver: {} and {}", texts[a], texts[b]);
            *if expected { &mut together } else { &mut apart } += 1;
        }
    }
    assert!(together > 100 && apart > 100, "both answers come up: {together} and {apart}");
}

/// The contact of a witness that speaks of attributes alone; all else is as it is from the start.
fn contact_of(model: &Model, solver: &Solver<'_>, values: &[(funnelc::logic::Var, Option<Key>)]) -> Option<Contact> {
    let mut contact = Contact { plan: "free", country: None, age: None, vip: false, purchases: Vec::new(), happening: None };
    for (var, value) in values {
        let text = |it: &Option<Key>| -> Option<&'static str> {
            match it {
                Some(Key::Text(text)) => Some(&*text.to_string().leak()),
                _ => None,
            }
        };
        match (solver.kind(*var), value) {
            (VarKind::Attribute(id), value) => match (model.attributes[id].name.text.as_str(), value) {
                ("plan", Some(Key::Int(place))) => contact.plan = ["free", "pro", "team"][usize::try_from(*place).expect("a place")],
                ("country", value) => contact.country = text(value),
                ("age", Some(Key::Int(age))) if age % 1_000_000 == 0 => contact.age = Some(age / 1_000_000),
                ("age", None) => contact.age = None,
                ("vip", Some(Key::Int(flag))) => contact.vip = *flag == 1,
                _ => return None,
            },
            (VarKind::Since(_) | VarKind::Latest(..) | VarKind::Figure { .. }, None) => {}
            (VarKind::Count(..) | VarKind::Happening, Some(Key::Int(0))) => {}
            _ => return None,
        }
    }
    Some(contact)
}

/// Cores: what they name cannot be, and without any one of the parts it can.
#[test]
fn cores_are_minimal() {
    let mut random = Random(setting("SEED", 1) + 17);
    let texts: Vec<String> = (0..80).map(|_| ATOMS[random.below(ATOMS.len())].to_owned()).collect();
    let model = model_of(&texts);
    let list = conditions(&model);
    let solver = Solver::new(&model);
    let mut seen = 0;
    for _ in 0..setting("CASES", 400) {
        let parts: Vec<(usize, bool)> = (0..6).map(|_| (random.below(list.len()), random.below(2) > 0)).collect();
        let ask = |parts: &[(usize, bool)]| {
            parts.iter().fold(Question::new(), |it, (n, holds)| if *holds { it.holds(list[*n]) } else { it.fails(list[*n]) })
        };
        let Answer::Impossible(core) = solver.decide(&ask(&parts)) else { continue };
        seen += 1;
        let named: Vec<(usize, bool)> = core.words.iter().map(|it| parts[it.part]).collect();
        assert!(!solver.can_be(&ask(&named)), "{named:?}");
        for leave_out in 0..named.len() {
            let fewer: Vec<_> = named.iter().enumerate().filter(|(n, _)| *n != leave_out).map(|(_, it)| *it).collect();
            assert!(solver.can_be(&ask(&fewer)), "{named:?} without {leave_out}: {texts:?}");
        }
    }
    assert!(seen > 20);
}

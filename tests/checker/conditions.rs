//! Random conditions on attributes in the arms of a nurture, and all contacts that they can tell apart.
//!
//! Here brute force is exact: an arm that nobody of them takes is never taken, so the checker must say so.

use super::{
    claims::{Case, Clauses, Lie},
    probe::{self, Place},
    random::Random,
    rules_of,
    sim::{self, Course, Fact, Seen},
    world::{BEGIN_MS, Move},
};
use funnelc::{runtime::Raw, source::Span, workspace::Analysis};
use std::collections::BTreeMap;

const HEAD: &str = "contact {
  plan : one of [free, pro, team] = free
  vip : flag = no
  budget : number?
  level : number = 0
  country : text?
}
event go
channel web
message hello by web
segment rich when plan = pro and vip = yes
segment near when country in [\"DE\", \"AT\"] or level > 2
";

fn atom(random: &mut Random) -> &'static str {
    const ATOMS: &[&str] = &[
        "plan = free",
        "plan = pro",
        "plan != team",
        "plan in [free, pro]",
        "vip = yes",
        "vip = no",
        "vip != yes",
        "budget > 10",
        "budget >= 10",
        "budget < 20",
        "budget <= 10",
        "budget = 20",
        "budget != 10",
        "budget is missing",
        "budget is known",
        "level = 0",
        "level > 0",
        "level <= 2",
        "level != 1",
        "level < 3",
        "level >= 2",
        "country = \"DE\"",
        "country != \"DE\"",
        "country in [\"DE\", \"AT\"]",
        "country is missing",
        "country is known",
        "in segment rich",
        "in segment near",
    ];
    ATOMS[random.below(ATOMS.len())]
}

fn condition(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 2 } else { 9 }) {
        0..=2 => atom(random).to_owned(),
        3..=5 => format!("({} and {})", condition(random, depth - 1), condition(random, depth - 1)),
        6 | 7 => format!("({} or {})", condition(random, depth - 1), condition(random, depth - 1)),
        _ => format!("not ({})", condition(random, depth - 1)),
    }
}

/// A funnel whose nurture asks.
pub fn file(random: &mut Random) -> String {
    let mut out = format!(
        "{HEAD}funnel f {{\n  for each contact\n  reentry never\n  stage s {{\n    enter when go\n    leave after 9 days\n    nurture n {{\n"
    );
    let mut sends = 0;
    let mut send = |indent: &str| {
        sends += 1;
        format!("{indent}  send hello as m{sends}\n")
    };
    for _ in 0..6 {
        out.push_str(&format!("      if {} {{\n{}", condition(random, 2), send("      ")));
        for _ in 0..random.below(4) {
            out.push_str(&format!("      }} else if {} {{\n{}", condition(random, 2), send("      ")));
        }
        if random.chance(40) {
            out.push_str(&format!("      }} else {{\n{}", send("      ")));
        }
        out.push_str("      }\n");
    }
    out.push_str("    }\n  }\n}\n");
    out
}

/// One contact for each combination of values.
fn contacts() -> Vec<Course> {
    let numbers = |list: &[&str]| list.iter().map(|it| Raw::Number((*it).to_owned())).collect::<Vec<_>>();
    let texts = |list: &[&str]| list.iter().map(|it| Raw::Text((*it).to_owned())).collect::<Vec<_>>();
    let with_missing = |mut list: Vec<Raw>| {
        list.push(Raw::Missing);
        list
    };
    let domains: [(&str, Vec<Raw>); 5] = [
        ("plan", texts(&["free", "pro", "team"])),
        ("vip", vec![Raw::Flag(true), Raw::Flag(false)]),
        ("budget", with_missing(numbers(&["5", "10", "15", "20", "25"]))),
        ("level", numbers(&["-1", "0", "0.5", "1", "1.5", "2", "2.5", "3", "4"])),
        ("country", with_missing(texts(&["DE", "AT", "FR"]))),
    ];
    let mut all: Vec<BTreeMap<String, Raw>> = vec![BTreeMap::new()];
    for (name, values) in &domains {
        let with = |one: &BTreeMap<String, Raw>, value: &Raw| {
            let mut one = one.clone();
            one.insert((*name).to_owned(), value.clone());
            one
        };
        all = all.iter().flat_map(|one| values.iter().map(|value| with(one, value)).collect::<Vec<_>>()).collect();
    }
    let moves = |known| vec![Move::Event("identify".to_owned(), known), Move::Wait(60_000), Move::Event("go".to_owned(), BTreeMap::new())];
    all.into_iter().map(|known| Course { begin_ms: BEGIN_MS, moves: moves(known) }).collect()
}

/// What is said of the conditions and is not so, or is so and is not said; and how many arms there were that nobody takes.
pub fn lies(analysis: &Analysis) -> Option<(Vec<Lie>, Seen, usize)> {
    let mut rules = rules_of(analysis)?;
    let clauses = Clauses::of(&analysis.model, &rules);
    let marks = probe::mark(&analysis.model, &mut rules);
    let seen = sim::watch(&rules, &contacts());
    let case = Case { analysis, rules: &rules, clauses: &clauses, marks: &marks, seen: &seen };
    let (mut lies, mut dead) = (case.lies(), 0);
    let spoken = |span: Span, codes: &[&str]| {
        let near = |other: Span| span.contains(other) || other.contains(span);
        analysis.diagnostics.iter().any(|finding| {
            codes.contains(&finding.code.id) && (near(finding.primary.span) || finding.labels.iter().any(|label| near(label.span)))
        })
    };
    // An `else` stands behind the step whose mark it has, and before the next one; a branch that is always taken says it too.
    let start = |place: &Place| match place {
        Place::Arm(span) | Place::Otherwise(span, _) | Place::Behind(span) | Place::Inside(span) => span.start,
    };
    let else_is_spoken = |number: usize| {
        let (from, to) = (start(&marks[number]), marks.get(number + 1).map_or(u32::MAX, start));
        analysis.diagnostics.iter().any(|it| ["F509", "F502"].contains(&it.code.id) && (from..to).contains(&it.primary.span.start))
    };
    for (number, place) in marks.iter().enumerate() {
        let is_passed = seen.facts.contains_key(&Fact::Passed(number));
        let (span, codes): (Span, &[&str]) = match place {
            Place::Arm(span) if !is_passed => (*span, &["F501", "F503", "F304", "F511"]),
            Place::Otherwise(span, true) if !is_passed => (*span, &["F509", "F304", "F502", "F512"]),
            _ => continue,
        };
        dead += 1;
        let is_built = funnelc::check::CODES.iter().any(|it| it.id == codes[0] || (codes[0] == "F501" && it.id == "F503"));
        let is_built = is_built && funnelc::check::CODES.iter().any(|it| it.id == "F503");
        let is_spoken = spoken(span, codes) || (matches!(place, Place::Otherwise(..)) && else_is_spoken(number));
        if is_built && !is_spoken {
            let text = format!("nobody takes `{}`, and none of {codes:?} is said", analysis.sources.slice(span));
            lies.push(Lie { kind: format!("missed {}", codes[0]), text, fact: None });
        }
    }
    Some((lies, seen, dead))
}

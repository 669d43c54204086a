//! How short the stories of refutations are: no choice of fewer of their events is a story as well, nor is a course of others.

use funnelc::{
    diag::{Breach, Fact, Happening, Story, When},
    ruleset::RuleSet,
    runtime::{Collected, Engine, Options, Prepared, Raw, Record, Value},
    story::{ANSWERS, Came, Course, breaks},
};
use std::collections::BTreeMap;

/// Stories of more events are not looked into.
const FEW: usize = 4;

/// The places of fewer events of a story that break the guarantee too, each at its instant; nothing where there are none, or
/// where the story is one that is not looked into.
pub fn shorter(rules: &RuleSet, story: &Story, breach: &Breach) -> Option<Vec<usize>> {
    let plot = &story.plot;
    let count = plot.happenings.len();
    // An answer needs what it answers, and the world brings no other.
    let answers = plot.happenings.iter().any(|it| ANSWERS.contains(&it.event.as_str()));
    if !(2..=FEW).contains(&count) || answers {
        return None;
    }
    let given: Option<BTreeMap<String, Value>> = plot.given.iter().map(|(name, fact)| Some((name.to_string(), value(fact)?))).collect();
    let given = given?;
    let prepared = Prepared::new(rules).expect("the zone is known");
    (1..(1_usize << count) - 1).find_map(|choice| {
        let places: Vec<usize> = (0..count).filter(|at| choice & (1 << at) != 0).collect();
        let forced_arms = plot.arms.iter().map(|(split, arm)| (split.to_string(), arm.to_string())).collect();
        let mut engine = Engine::over(&prepared, Options { forced_arms, ..Options::default() });
        let mut sink = Collected::default();
        engine.advance(plot.start_ms - 1, &mut sink);
        engine.give("somebody", &given);
        let mut events = Vec::new();
        for (n, at) in places.iter().enumerate() {
            let happening = &plot.happenings[*at];
            let When::At(at_ms) = happening.when else { panic!("a story is dated") };
            engine.advance(at_ms - 1, &mut sink);
            engine.push(&record(happening, at_ms, n), &mut sink);
            engine.run_due(&mut sink);
            events.push(Came::of(happening, at_ms));
        }
        engine.advance(story.until_ms, &mut sink);
        engine.run_due(&mut sink);
        let course = Course { outcomes: &sink.outcomes, events: &events, end_ms: story.until_ms, is_quiet: false };
        breaks(breach, course).then_some(places)
    })
}

fn record(happening: &Happening, at_ms: i64, n: usize) -> Record {
    let properties = happening.properties.iter().map(|(name, fact)| (name.to_string(), raw(fact))).collect();
    let position = u64::try_from(n + 1).expect("few");
    Record { time_ms: at_ms, contact: "somebody".to_owned(), event: happening.event.to_string(), properties, id: None, position }
}

fn value(fact: &Fact) -> Option<Value> {
    match fact {
        Fact::Text(text) => Some(Value::Text(text.to_string())),
        Fact::Choice(word) => Some(Value::Choice(word.to_string())),
        Fact::Flag(flag) => Some(Value::Flag(*flag)),
        Fact::Number(number) => Some(Value::Number(*number)),
        Fact::Missing | Fact::Date(_) | Fact::Time(_) | Fact::List(_) => None,
    }
}

fn raw(fact: &Fact) -> Raw {
    match fact {
        Fact::Text(text) | Fact::Choice(text) => Raw::Text(text.to_string()),
        Fact::Number(number) => Raw::Number(number.to_string()),
        Fact::Flag(flag) => Raw::Flag(*flag),
        other => panic!("random programs have no {other:?}"),
    }
}

/// What is known of a story: how many things come from outside, whether it is said to be the shortest, and what is noted.
fn told_of(text: &str) -> (Vec<String>, Option<bool>, Vec<String>) {
    let analysis = crate::analysis_of(text);
    assert!(analysis.is_whole, "{text}");
    let [promise] = &funnelc::check::promises(&analysis.model)[..] else { panic!("one guarantee: {text}") };
    let finding = crate::told(&analysis, promise).unwrap_or_else(|| panic!("nothing is said: {text}"));
    let story = finding.story.as_ref().unwrap_or_else(|| panic!("no story: {}\n{text}", finding.message));
    let events = story.plot.happenings.iter().map(|it| it.event.to_string()).collect();
    assert!(analysis.verify().is_empty(), "it does not replay: {text}");
    (events, story.shortest, finding.notes.clone())
}

fn funnel(body: &str) -> String {
    format!(
        "contact {{ plan : one of [free, pro] = free }}\nevent a\nevent b\nevent c\nevent buy(amount: number)\nchannel web\nmessage m by web\n\
         funnel f {{\nfor each contact\nreentry never\n{body}\n}}\n"
    )
}

fn is_told_by(body: &str, events: &[&str]) {
    let text = funnel(body);
    let (told, shortest, notes) = told_of(&text);
    assert_eq!((&told[..], shortest), (&events.iter().map(ToString::to_string).collect::<Vec<_>>()[..], Some(true)), "{notes:?}\n{text}");
}

/// The way with the fewest stages asks for an event three times, the other for one of another kind.
#[test]
fn another_event_makes_it_shorter() {
    let body = "stage t { enter when b }\nstage u {\nenter when at least 3 a within 3 days\nenter from t after 1 day\nleave after 9 days\n}\n\
                guarantee every contact leaves u within 2 days";
    is_told_by(body, &["b"]);
    // Where there is no other way, it takes all three.
    is_told_by(&body.replace("enter from t after 1 day\n", ""), &["a", "a", "a"]);
}

/// The first door asks for three events in one order, those along another way for two of them in the other.
#[test]
fn another_order_makes_it_shorter() {
    let body = "stage t { enter when a }\nstage w { enter when b }\nstage u {\nenter from t when c and had b\nenter from w when a\nleave after 9 days\n}\n\
                guarantee every contact leaves u within 2 days";
    is_told_by(body, &["b", "a"]);
    is_told_by(&body.replace("enter from w when a\n", ""), &["a", "b", "c"]);
}

/// Who waits comes there without a second event.
#[test]
fn waiting_makes_it_shorter() {
    let body = "stage t { enter when a }\nstage u {\nenter from t when b\nenter from t after 5 days\nleave after 9 days\n}\n\
                guarantee every contact leaves u within 2 days";
    is_told_by(body, &["a"]);
    is_told_by(&body.replace("enter from t after 5 days\n", ""), &["a", "b"]);
}

/// What an event carries, and what is known before, may be of another kind.
#[test]
fn other_values_make_it_shorter() {
    let body = "stage t { enter when buy where amount > 100 }\nstage w { enter when buy where amount < 10 and plan = pro }\n\
                stage u {\nenter from t when b\nenter from w after 1 day\nleave after 9 days\n}\nguarantee every contact leaves u within 2 days";
    is_told_by(body, &["buy"]);
}

/// Eight stages in a row, each with a door of its own that takes an event.
fn row(door: &str) -> String {
    let stage = |at: usize| {
        let steps: String = (1..4).map(|n| format!("wait {} hours\nsend m as x{at}{n}\n", 5 * n + at)).collect();
        format!("stage s{at} {{\nenter from s{} when {door}\nnurture n{at} {{\n{steps}}}\n}}\n", at - 1)
    };
    let stages: String = (1..7).map(stage).collect();
    format!(
        "stage s0 {{ enter when a }}\n{stages}goal stage s7 {{ enter from s6 when {door} }}\n\
         guarantee every contact leaves s7 within 2 days"
    )
}

/// Each door takes an event of its own, so nothing shorter need be played.
#[test]
fn a_row_of_doors_takes_an_event_each() {
    is_told_by(&row("a"), &["a"; 8]);
}

/// Of many courses not all are played, and that is said.
#[test]
fn too_many_courses_are_not_called_the_shortest() {
    let text = funnel(&row("had a since entering"));
    let (told, shortest, notes) = told_of(&text);
    assert_eq!((told.len(), shortest), (8, Some(false)), "{text}");
    assert!(notes.iter().any(|note| note.contains("fewer events may do it too")), "{notes:?}");
}

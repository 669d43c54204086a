//! How short the stories of refutations are: no choice of fewer of their events is a story as well.

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

//! A story as a `test` block of the language.
//!
//! Expected is what the story shows at its end: the stage, and how often each message was sent.

use crate::{
    diag::{Story, Turn, When},
    units::Duration,
};
use jiff::{Timestamp, tz::TimeZone};
use smol_str::SmolStr;
use std::fmt::Write as _;

/// The story as a `test` block under this name, with a final newline. Nothing where the language has no words for it: a
/// first date that is no whole minute.
#[must_use]
pub fn test_block(story: &Story, name: &str) -> Option<String> {
    let plot = &story.plot;
    let zone = TimeZone::get(&story.zone).unwrap_or(TimeZone::UTC);
    let mut text = format!("test \"{}\" for {} {{\n", name.replace('\\', "\\\\").replace('"', "\\\""), plot.funnel);
    let known = plot.given.iter().map(|(name, fact)| format!("{name} = {fact}"));
    let given: Vec<String> = known.chain(plot.arms.iter().map(|(split, arm)| format!("split {split} = {arm}"))).collect();
    let mut line = |words: String| writeln!(text, "  {words}").expect("a String takes everything");
    if !given.is_empty() {
        line(format!("given {}", given.join(", ")));
    }
    let mut now: Option<i64> = None;
    for happening in &plot.happenings {
        let When::At(at_ms) = happening.when else { return None };
        match now {
            None => line(format!("at {}", minute(at_ms, &zone)?)),
            Some(before) => line(format!("after {}", Duration::from_milliseconds(at_ms.checked_sub(before)?))),
        }
        line(happening.to_text());
        now = Some(at_ms);
    }
    let rest_ms = story.until_ms.checked_sub(now?)?;
    if rest_ms > 0 {
        line(format!("after {}", Duration::from_milliseconds(rest_ms)));
    }
    let place = story.moments.iter().rfind(|it| it.funnel.as_ref() == Some(&plot.funnel) && matches!(it.turn, Turn::Enters | Turn::Leaves));
    match place.map(|moment| (moment.turn, &moment.about)) {
        Some((Turn::Enters, stage)) => line(format!("expect in {stage}")),
        Some(_) => line("expect outside".to_owned()),
        None => {}
    }
    for (message, times) in sent(story) {
        line(format!("expect sent {message} {times} {}", if times == 1 { "time" } else { "times" }));
    }
    text.push_str("}\n");
    Some(text)
}

/// An instant as the language writes it, if it is a whole minute.
fn minute(at_ms: i64, zone: &TimeZone) -> Option<String> {
    let local = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(zone.clone());
    (at_ms % 60_000 == 0).then(|| local.strftime("%Y-%m-%d %H:%M").to_string())
}

/// How often each message was sent, in the order of the first time.
fn sent(story: &Story) -> Vec<(SmolStr, usize)> {
    let mut counts: Vec<(SmolStr, usize)> = Vec::new();
    for moment in story.moments.iter().filter(|it| it.turn == Turn::Sends) {
        match counts.iter_mut().find(|(message, _)| *message == moment.about) {
            Some((_, times)) => *times += 1,
            None => counts.push((moment.about.clone(), 1)),
        }
    }
    counts
}

//! A story as a `test` block of the language.
//!
//! Either what the story shows at its end is expected, so that the test passes where the story happens, or the opposite of
//! the harm in it (see `harm`), so that the test fails there and passes once the harm is mended.
//! Readings: what is missing before is not written, since nothing is known of somebody new; times that a zone has not or has
//! twice are written in UTC, and those with seconds are reached by `after`.

use super::harm::{self, Harm};
use crate::{
    diag::{Fact, Happening, Story, Turn, When},
    runtime,
    units::Duration,
};
use jiff::{Timestamp, tz::TimeZone};
use smol_str::SmolStr;
use std::fmt::Write as _;

/// The events that answer a message, which they name.
pub const ANSWERS: &[&str] = &["delivered", "opened", "clicked", "replied", "bounced", "complained"];

/// Why a story is no test.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unsayable {
    /// Nothing that a test can ask for is otherwise than it should be.
    #[error("the harm in it is nothing that a test can ask for")]
    Unseen,
    /// An attribute becomes missing on the way, for which tests have no word.
    #[error("something becomes missing in it, for which a test has no word")]
    Missing,
    /// Something in it has no date.
    #[error("something in it has no date")]
    Undated,
}

/// The story as a `test` block under this name that passes where the story happens, with a final newline. Nothing where
/// the language has no words for it.
#[must_use]
pub fn test_block(story: &Story, name: &str) -> Option<String> {
    let plot = &story.plot;
    let mut expectations = Vec::new();
    let place = story.moments.iter().rfind(|it| it.funnel.as_ref() == Some(&plot.funnel) && matches!(it.turn, Turn::Enters | Turn::Leaves));
    match place.map(|moment| (moment.turn, &moment.about)) {
        Some((Turn::Enters, stage)) => expectations.push(format!("in {stage}")),
        Some(_) => expectations.push("outside".to_owned()),
        None => {}
    }
    expectations.extend(sent(story).into_iter().map(|(message, times)| format!("sent {message} {}", how_often(times))));
    block(story, name, &Harm { funnel: plot.funnel.clone(), until_ms: story.until_ms, expectations }).ok()
}

/// The story as a `test` block under this name that states what ought to be so, and so fails where the story happens, with
/// a final newline.
///
/// # Errors
/// [`Unsayable`]: why the language has no such test.
pub fn failing_test(story: &Story, name: &str) -> Result<String, Unsayable> {
    block(story, name, &harm::of(story).ok_or(Unsayable::Unseen)?)
}

/// What happens in a story up to an instant, and what is expected then.
fn block(story: &Story, name: &str, harm: &Harm) -> Result<String, Unsayable> {
    let plot = &story.plot;
    let zone = TimeZone::get(&story.zone).unwrap_or(TimeZone::UTC);
    let name = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
    let mut text = format!("test \"{name}\" for {} {{\n", harm.funnel);
    let mut line = |words: &str| writeln!(text, "  {words}").expect("a String takes everything");
    let known = plot.given.iter().filter(|(_, fact)| *fact != Fact::Missing).map(|(name, fact)| format!("{name} = {fact}"));
    let given: Vec<String> = known.chain(plot.arms.iter().map(|(split, arm)| format!("split {split} = {arm}"))).collect();
    if !given.is_empty() {
        line(&format!("given {}", given.join(", ")));
    }
    let first_ms = plot.happenings.first().and_then(instant).ok_or(Unsayable::Undated)?;
    let mut now_ms = first_ms.div_euclid(60_000) * 60_000;
    line(&format!("at {}", minute(now_ms, &zone).ok_or(Unsayable::Undated)?));
    for happening in &plot.happenings {
        let at_ms = instant(happening).ok_or(Unsayable::Undated)?;
        if at_ms > harm.until_ms {
            break;
        }
        if at_ms > now_ms {
            line(&format!("after {}", Duration::from_milliseconds(at_ms - now_ms)));
            now_ms = at_ms;
        }
        line(&words(happening)?);
    }
    if harm.until_ms > now_ms {
        line(&format!("after {}", Duration::from_milliseconds(harm.until_ms - now_ms)));
    }
    harm.expectations.iter().for_each(|expectation| line(&format!("expect {expectation}")));
    text.push_str("}\n");
    Ok(text)
}

fn instant(happening: &Happening) -> Option<i64> {
    match happening.when {
        When::At(at_ms) => Some(at_ms),
        When::Then(_) | When::Reached { .. } | When::Sent { .. } => None,
    }
}

/// A whole minute as the language writes it, in UTC where the zone has it not or twice.
#[must_use]
pub fn minute(at_ms: i64, zone: &TimeZone) -> Option<String> {
    let utc = Timestamp::from_millisecond(at_ms).ok()?;
    let local = utc.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let is_clear = runtime::parse_instant(&local, zone) == Some(at_ms);
    Some(if is_clear { local } else { format!("{} UTC", utc.strftime("%Y-%m-%d %H:%M")) })
}

/// What happens, as a line of a test: what is missing is left out.
fn words(happening: &Happening) -> Result<String, Unsayable> {
    let is_answer = ANSWERS.contains(&happening.event.as_str());
    let mut known = happening.clone();
    known.properties.retain(|(_, fact)| *fact != Fact::Missing);
    if happening.event == "identify" && known.properties.len() < happening.properties.len() {
        return Err(Unsayable::Missing);
    }
    for (name, fact) in &mut known.properties {
        if let (true, "message", Fact::Text(message)) = (is_answer, name.as_str(), &*fact) {
            *fact = Fact::Choice(message.clone());
        }
    }
    Ok(known.to_text())
}

/// `1 time`, `2 times`.
pub(super) fn how_often(times: usize) -> String {
    format!("{times} {}", if times == 1 { "time" } else { "times" })
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

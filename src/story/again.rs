//! A story replayed from what it says.
//!
//! The story alone is the input: what is given, and the dated moments from outside. What the funnels do must come out line
//! by line. This goes another way than the telling did: records and clock alone, nothing tied to places, no stopping.

use super::{
    claim, moments,
    places::Places,
    play::{self, Played, WHO},
    rival, world,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, Moment, Story, Turn, When},
    lower,
    model::Model,
    runtime::{Collected, Engine, Options, Prepared, Reason},
    source::SourceMap,
};

/// A story that does not happen.
pub const F998: Code = Code::error("F998", "a story that does not replay");

/// All codes of this phase.
pub const CODES: &[Code] = &[F998];

/// The pages that explain codes of this phase, Markdown.
pub const PAGES: &[(&str, &str)] = &[("F998", include_str!("pages/F998.md"))];

/// Replays every story of these findings, and reports each that does not come out as told.
#[must_use]
pub fn verify(model: &Model, sources: &SourceMap, findings: &Diagnostics) -> Diagnostics {
    let mut faults = Diagnostics::new();
    let stories = || findings.iter().filter_map(|finding| Some((finding, finding.story.as_ref()?)));
    if stories().next().is_none() {
        return faults;
    }
    let rehearsal = lower::rehearsal(model, sources);
    let mut places = Places::default();
    places.learn(model, rehearsal.rules());
    for (finding, story) in stories() {
        let difference = match Prepared::new(rehearsal.rules()) {
            Ok(prepared) => replay(model, &prepared, &places, story),
            Err(error) => Some(error.to_string()),
        };
        if let Some(difference) = difference {
            let message = format!("internal error: the story of this {} does not replay: {difference}", finding.code.id);
            faults.push(
                Diagnostic::new(F998, finding.primary.span, message).help("this is a mistake in funnelc; please report it with the file"),
            );
        }
    }
    faults
}

/// What differs between a story and its replay; nothing where it does as it says.
#[must_use]
pub fn differences(model: &Model, sources: &SourceMap, story: &Story) -> Option<String> {
    let rehearsal = lower::rehearsal(model, sources);
    let mut places = Places::default();
    places.learn(model, rehearsal.rules());
    match Prepared::new(rehearsal.rules()) {
        Ok(prepared) => replay(model, &prepared, &places, story),
        Err(error) => Some(error.to_string()),
    }
}

fn replay(model: &Model, prepared: &Prepared<'_>, places: &Places, story: &Story) -> Option<String> {
    let plot = &story.plot;
    let dated = plot.happenings.iter().map(|happening| match &happening.when {
        When::At(ms) => Some(*ms),
        When::Then(_) | When::Reached { .. } | When::Sent { .. } => None,
    });
    let Some(dated) = dated.collect::<Option<Vec<i64>>>() else { return Some("something in it has no date".to_owned()) };
    let mut engine = Engine::over(prepared, Options { forced_arms: play::arms(plot), ..Options::default() });
    let mut sink = Collected::default();
    engine.advance(plot.start_ms.saturating_sub(1), &mut sink);
    engine.give(WHO, &play::given(plot));
    for (n, (happening, at_ms)) in plot.happenings.iter().zip(&dated).enumerate() {
        engine.push(&play::record(happening, *at_ms, n), &mut sink);
    }
    engine.advance(story.until_ms, &mut sink);
    engine.run_due(&mut sink);
    if let Some(set_aside) = sink.set_aside.iter().find(|it| it.reason != Reason::Cascade) {
        return Some(format!("set aside: {}", set_aside.detail));
    }
    let next_due_ms = engine.next_due_ms();
    let played = Played { next_due_ms, outcomes: sink.outcomes, happenings: dated, end_ms: story.until_ms, stopped: None };
    let mut expected: Vec<Moment> = moments::of(model, places, plot, &played);
    expected.extend(moments::last(plot, &played));
    unlike(&expected, &story.moments)
        .or_else(|| world::forbids(model, plot, &played))
        .or_else(|| plot.claims.iter().find_map(|it| claim::refutes(it, plot, &played)))
        .or_else(|| rival::refutes(prepared, places, plot, &played))
}

fn unlike(replayed: &[Moment], told: &[Moment]) -> Option<String> {
    let line = |moment: &Moment| format!("{} at {}", moment.text, crate::runtime::compact(moment.at_ms));
    let pair = replayed.iter().zip(told).find(|(replayed, told)| replayed != told);
    match pair {
        Some((replayed, told)) => Some(format!("told was `{}`, and `{}` happens", line(told), line(replayed))),
        None if replayed.len() != told.len() => {
            let more = replayed.iter().skip(told.len()).chain(told.iter().skip(replayed.len())).find(|it| it.turn != Turn::Stays);
            Some(more.map_or_else(|| "it ends otherwise".to_owned(), |it| format!("`{}` only in one of the two", line(it))))
        }
        None => None,
    }
}

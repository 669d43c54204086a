//! `--proof`: what a guarantee is proved or refuted by, as a way through the picture.

use crate::{
    check::promises,
    cli::{Failure, proofs},
    diag::{Diagnostic, Story, Turn},
    picture::notes::Traced,
    source::{Span, sentence_of},
    story,
    workspace::Analysis,
};
use jiff::tz::TimeZone;

/// So much is told of one stage.
const LINES_MAX: usize = 8;

/// The way of the guarantee that is named by its line, as `12` or `shop.funnel:12`, or by words of it.
///
/// # Errors
/// [`Failure::Usage`] where no guarantee is meant, or several are; [`Failure::World`] where there is no way to show.
pub fn read(words: &str, analysis: &Analysis) -> Result<Traced, Failure> {
    let place = |span: Span| format!("{}:{}", analysis.sources.file(span.file).name(), analysis.sources.position(span).line);
    let sentence = |span: Span| sentence_of(analysis.sources.slice(span));
    let is_line = words.chars().all(|c| c.is_ascii_digit());
    let is_meant = |span: &Span| {
        let place = place(*span);
        if is_line { place.rsplit(':').next() == Some(words) } else { place == words || sentence(*span).contains(words) }
    };
    let all: Vec<Span> = promises_of(analysis);
    let meant: Vec<Span> = all.iter().copied().filter(is_meant).collect();
    let list = |spans: &[Span]| spans.iter().map(|span| format!("\n  {}  {}", place(*span), sentence(*span))).collect::<String>();
    let span = match meant.as_slice() {
        [one] => *one,
        [] if all.is_empty() => return Err(Failure::Usage("nothing is promised in these files".to_owned())),
        [] => return Err(Failure::Usage(format!("no guarantee is meant by `{words}`; there are:{}", list(&all)))),
        several => return Err(Failure::Usage(format!("several guarantees are meant by `{words}`:{}", list(several)))),
    };
    let verdict = proofs::verdict_of(analysis, span);
    let Some((verdict, finding)) = verdict else {
        return Err(Failure::World(format!("what is wrong with `{}` is allowed by a comment", sentence(span))));
    };
    let traced = match &finding.story {
        Some(story) => of_story(story),
        None => of_proof(finding),
    };
    let about = format!("{verdict}: {}", sentence(span).trim_start_matches("guarantee").trim());
    if traced.places.is_empty() {
        return Err(Failure::World(format!("there is no way to show: {about}, {}", proofs::says_of(analysis, finding))));
    }
    Ok(Traced { about: format!("{about} ({})", proofs::says_of(analysis, finding).replace('`', "")), ..traced })
}

fn promises_of(analysis: &Analysis) -> Vec<Span> {
    if analysis.is_whole { promises(&analysis.model).into_iter().map(|it| it.span).collect() } else { Vec::new() }
}

/// The stages that a proof is about, and the moves between those that follow each other.
fn of_proof(finding: &Diagnostic) -> Traced {
    let mut traced = Traced::default();
    for stop in &finding.way {
        let said = traced.places.entry(stop.stage.to_string()).or_default();
        match said.iter_mut().find(|line| line.ends_with(stop.text.as_str())) {
            Some(line) if !stop.text.is_empty() => *line = once_more(line, &stop.text),
            Some(_) => {}
            None if stop.text.is_empty() => {}
            None => said.push(stop.text.clone()),
        }
    }
    let moves = finding.way.iter().zip(finding.way.iter().skip(1));
    traced.moves = moves.map(|(from, to)| (from.stage.to_string(), to.stage.to_string())).collect();
    traced
}

/// `10 days at most`, `2 times 10 days at most`, `3 times …`.
fn once_more(line: &str, text: &str) -> String {
    let before = line.split(' ').next().and_then(|word| word.parse::<u32>().ok()).filter(|_| line.contains(" times ") && line != text);
    format!("{} times {text}", before.unwrap_or(1).saturating_add(1))
}

/// The stages of a story, with what happens in each.
fn of_story(told: &Story) -> Traced {
    let mut traced = Traced::default();
    let zone = TimeZone::get(&told.zone).unwrap_or(TimeZone::UTC);
    let mut at: Option<String> = None;
    let mut waiting: Vec<String> = Vec::new();
    for moment in &told.moments {
        let line = format!("{} {}", story::minute(moment.at_ms, &zone).unwrap_or_default(), moment.text.replace('`', ""));
        match (moment.turn, &moment.funnel) {
            (Turn::Enters, Some(funnel)) => {
                let to = format!("{funnel}/{}", moment.about);
                if let Some(from) = at.replace(to.clone()).filter(|from| from.split('/').next() == Some(funnel.as_str())) {
                    traced.moves.insert((from, to.clone()));
                }
                let said = traced.places.entry(to).or_default();
                said.append(&mut waiting);
                said.push(line);
            }
            _ => match &at {
                Some(place) => traced.places.entry(place.clone()).or_default().push(line),
                None => waiting.push(line),
            },
        }
    }
    for said in traced.places.values_mut() {
        let more = said.len().saturating_sub(LINES_MAX);
        said.truncate(LINES_MAX);
        if more > 0 {
            said.push(format!("… and {more} more"));
        }
    }
    traced
}

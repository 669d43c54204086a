//! `funnelc check --proofs`: all guarantees of the files in a table, with what was decided.

use crate::{
    check,
    diag::Diagnostic,
    emit::site::Certain,
    source::{Span, sentence_of},
    workspace::Analysis,
};
use comfy_table::{ContentArrangement, Table, presets};
use std::time::{Duration, Instant};

/// The codes that speak of guarantees.
const CODES: &[(&str, &str)] =
    &[("F605", "refuted"), ("F606", "proved"), ("F607", "not decided"), ("F701", "refuted"), ("F702", "proved"), ("F803", "refuted")];

/// A guarantee as it was decided.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    file: String,
    line: u32,
    sentence: String,
    verdict: &'static str,
    says: String,
    took: Option<Duration>,
}

/// The guarantees of a program, with the time each takes where that is asked for; nothing where names or types are wrong, so that
/// nothing was decided.
pub fn of(analysis: &Analysis, timed: bool) -> Option<Vec<Proof>> {
    if !analysis.is_whole {
        return None;
    }
    let times = if timed { times(analysis) } else { Vec::new() };
    let one = |promise: check::Promise| {
        let span = promise.span;
        let words = sentence_of(analysis.sources.slice(span));
        let sentence = words.strip_prefix("guarantee").map_or(words.as_str(), str::trim).to_owned();
        let found = verdict_of(analysis, span).map(|(verdict, finding)| (verdict, says(finding, &sentence)));
        let (verdict, says) = found.unwrap_or(("allowed", "what is wrong with it is allowed by a comment".to_owned()));
        let took = times.iter().find(|(at, _)| *at == span).map(|(_, took)| *took);
        let file = analysis.sources.file(span.file).name().to_owned();
        Proof { file, line: analysis.sources.position(span).line, sentence, verdict, says, took }
    };
    Some(check::promises(&analysis.model).into_iter().map(one).collect())
}

/// What was decided of the guarantee at a place.
pub fn verdict_of(analysis: &Analysis, span: Span) -> Option<(&'static str, &Diagnostic)> {
    let of_it = |finding: &&Diagnostic| finding.primary.span == span;
    analysis.diagnostics.iter().filter(of_it).find_map(|finding| {
        let (_, verdict) = CODES.iter().find(|(code, _)| *code == finding.code.id)?;
        Some((*verdict, finding))
    })
}

/// What a finding says behind the sentence of its guarantee.
pub fn says_of(analysis: &Analysis, finding: &Diagnostic) -> String {
    let words = sentence_of(analysis.sources.slice(finding.primary.span));
    says(finding, words.strip_prefix("guarantee").map_or(words.as_str(), str::trim))
}

fn times(analysis: &Analysis) -> Vec<(Span, Duration)> {
    let mut times = Vec::new();
    let mut begun = Instant::now();
    check::decide_each(&analysis.model, &analysis.sources, check::Settings::default(), &mut |span| {
        times.extend(span.map(|span| (span, begun.elapsed())));
        begun = Instant::now();
    });
    times
}

/// What a finding says behind the sentence.
fn says(finding: &Diagnostic, sentence: &str) -> String {
    let rest = finding.message.split_once(sentence).map_or(finding.message.as_str(), |(_, rest)| rest);
    let rest = rest.split_once(": ").map_or(rest, |(_, rest)| rest);
    rest.to_owned()
}

/// The table of all programs, with a final newline; one line that says so where nothing is promised, and where nothing was decided.
pub fn table(programs: Vec<Option<Vec<Proof>>>) -> String {
    let open = programs.iter().filter(|proofs| proofs.is_none()).count();
    let table = decided(programs.iter().flatten().flatten().cloned().collect());
    match (open, open == programs.len()) {
        (0, _) => table,
        (_, true) => "Guarantees are decided when the errors above are mended.\n".to_owned(),
        (_, false) => table + "\nThose of files with such errors are decided when the errors are mended.\n",
    }
}

fn decided(mut proofs: Vec<Proof>) -> String {
    proofs.sort();
    proofs.dedup_by(|a, b| (&a.file, a.line, &a.sentence) == (&b.file, b.line, &b.sentence));
    if proofs.is_empty() {
        return "No guarantees.\n".to_owned();
    }
    let timed = proofs.iter().any(|proof| proof.took.is_some());
    let mut table = Table::new();
    let mut head = vec!["guarantee", "verdict", "by", "where"];
    head.extend(timed.then_some("time"));
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(head);
    for proof in &proofs {
        let place = format!("{}:{}", proof.file, proof.line);
        let mut row = vec![proof.sentence.clone(), proof.verdict.to_owned(), proof.says.clone(), place];
        if timed {
            let took = proof.took.unwrap_or_default();
            row.push(format!("{}.{:03} ms", took.as_millis(), took.subsec_micros() % 1_000));
        }
        table.add_row(row);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let count = |verdict: &str| proofs.iter().filter(|proof| proof.verdict == verdict).count();
    let tally: Vec<String> = ["proved", "refuted", "not decided", "allowed"]
        .iter()
        .filter(|verdict| count(verdict) > 0)
        .map(|verdict| format!("{} {verdict}", count(verdict)))
        .collect();
    format!("{}\n\n{}\n", lines.join("\n"), tally.join(", "))
}

/// What is certain of a program's funnels, for `--verbose`; nothing where names or types are not whole.
pub fn certain(analysis: &Analysis) -> String {
    if !analysis.is_whole {
        return String::new();
    }
    let bounds = check::bounds(&analysis.model, &analysis.sources, check::Settings::default());
    bounds.iter().filter(|it| !it.is_empty()).map(block).collect()
}

fn block(bounds: &check::Bounds) -> String {
    let mut lines = vec![bounds.funnel.as_ref().map_or("all funnels together, at most".to_owned(), |name| format!("`{name}`, at most"))];
    if !bounds.stages.is_empty() {
        lines.push(format!("  a run: {}", bounds.run()));
        lines.extend(bounds.stages.iter().filter_map(|(stage, _)| Some(format!("  in `{stage}`: {}", bounds.stay(stage)?))));
    }
    lines.extend(bounds.message_lines().into_iter().map(|line| format!("  {line}")));
    lines.join("\n") + "\n\n"
}

/// What is certain of a program's funnels, for their pages. A bound that is not known is not told.
pub fn on_pages(analysis: &Analysis) -> Vec<Certain> {
    if !analysis.is_whole {
        return Vec::new();
    }
    let bounds = check::bounds(&analysis.model, &analysis.sources, check::Settings::default());
    let certain = |it: check::Bounds| {
        let run = it.run_ms.map(|_| format!("a run lasts {} at most", it.run()));
        let stays = it.stages.iter().filter_map(|(stage, _)| Some((stage.to_string(), it.proved_stay(stage)?)));
        let messages = it.message_lines().into_iter().map(|line| line.replacen(" to one contact:", " to one contact, at most:", 1));
        let lines = run.into_iter().chain(messages).collect();
        Some(Certain { funnel: it.funnel.as_ref()?.to_string(), lines, stays: stays.collect() })
    };
    bounds.into_iter().filter_map(certain).collect()
}

//! `--fix` on every fixture of `tests/ui`: what has a safe change is gone after it, nothing but the changed lines differs,
//! and a second run has nothing left to do.

mod common;

use funnelc::{
    diag::Severity,
    fmt, parse,
    source::FileId,
    workspace::{Loaded, Loader, MemoryLoader, Mended, Texts, analyse, mend_all},
};
use std::{collections::BTreeMap, convert::Infallible};

fn mended(name: &str, text: &str, beside: &dyn Loader) -> (String, Mended) {
    let mut texts = Texts::new();
    let done = mend_all::<Infallible>(&mut texts, |texts| {
        let now = texts.get(name).map_or(text, String::as_str);
        let loader = common::Over { name: name.to_owned(), text: now.to_owned(), beside };
        Ok(analyse(Loaded::read(&loader, &[name.to_owned()]).expect("the file is there")))
    });
    let Ok(done) = done;
    (texts.remove(name).unwrap_or_else(|| text.to_owned()), done)
}

/// How often each line stands in a text.
fn lines(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        *counts.entry(line.trim()).or_default() += 1;
    }
    counts
}

/// How many lines of `one` the other text lacks.
fn lacks(one: &str, other: &str) -> usize {
    let there = lines(other);
    lines(one).into_iter().map(|(line, count)| count.saturating_sub(there.get(line).copied().unwrap_or(0))).sum()
}

#[test]
fn what_has_a_safe_change_is_gone_after_it() {
    let mut changed = 0;
    for path in common::fixtures() {
        let (name, before, beside) = common::parts(&path);
        let first = common::fixture(&path);
        let safe = |finding: &&funnelc::diag::Diagnostic| finding.fix.as_ref().is_some_and(|fix| fix.safe && !fix.edits.is_empty());
        let offered = first.diagnostics.iter().filter(safe).count();
        let (after, done) = mended(&name, &before, &beside);
        let left: Vec<_> = done.analysis.diagnostics.iter().filter(safe).map(|finding| (finding.code, &finding.message)).collect();
        assert!(left.is_empty(), "{}: {left:?} is left, {:?} was made\n{after}", path.display(), done.made);
        assert!(done.made.len() >= offered, "{}: {:?}", path.display(), done.made);
        assert_eq!(offered == 0, before == after, "{}", path.display());
        let (again, nothing) = mended(&name, &after, &beside);
        assert!(again == after && nothing.made.is_empty(), "{}: {:?}", path.display(), nothing.made);
        changed += usize::from(before != after);
        let syntax = |text: &str| parse::parse(FileId::new(0), text).diagnostics.count(Severity::Error);
        assert!(syntax(&after) <= syntax(&before), "{}", path.display());
    }
    assert!(changed > 30, "only {changed} fixtures have something to change");
}

#[test]
fn nothing_differs_but_the_lines_of_the_changes() {
    for path in common::fixtures() {
        let (name, before, beside) = common::parts(&path);
        let (after, done) = mended(&name, &before, &beside);
        let breaks = after.lines().count().abs_diff(before.lines().count());
        let bound = done.made.len() + breaks;
        assert!(lacks(&after, &before) <= bound, "{}: {:?}\n{after}", path.display(), done.made);
        // The trees agree as well: what was read with a mistake mended reads the same with the mistake gone.
        let print = |text: &str| fmt::print(&parse::parse(FileId::new(0), text).file);
        assert!(lacks(&print(&after), &print(&before)) <= bound, "{}: {:?}\n{}", path.display(), done.made, print(&after));
    }
}

#[test]
fn a_file_in_the_canonical_layout_stays_in_it() {
    let text = common::GOOD.replace("when purchase", "when not had purchase");
    let (after, done) = mended("case.funnel", &text, &MemoryLoader::default());
    assert_eq!(done.made.len(), 1, "{:?}", done.made);
    assert_eq!(after, common::GOOD.replace("when purchase", "when no purchase"));
}

#[test]
fn a_change_that_would_break_a_file_is_not_made() {
    use funnelc::diag::{Diagnostic, Edit, Fix};
    let text = common::GOOD;
    let mut texts = Texts::new();
    let done = mend_all::<Infallible>(&mut texts, |texts| {
        let mut analysis = common::analysis(texts.get("case.funnel").map_or(text, String::as_str));
        let code = funnelc::catalog::code("F104").expect("a code");
        let span = analysis.model.funnels.values().next().expect("a funnel").span;
        let mut finding = Diagnostic::new(code, span, "a test");
        finding.fix = Some(Fix { title: "break it".into(), edits: vec![Edit { span, text: "funnel {".into() }], safe: true });
        analysis.diagnostics.push(finding);
        Ok(analysis)
    });
    let Ok(done) = done;
    assert!(done.made.is_empty() && texts.is_empty());
}

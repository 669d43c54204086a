//! The checks look at one part of a program at a time, and keep what they found in those that stay the same. Here the same
//! is found in the whole program at once, and in texts that nobody has seen before.
//!
//! `PARTS_CASES=2000` takes more random programs, `PARTS_SEED=7` others.

mod checker;

use checker::{
    analysis,
    make::Maker,
    random::{Random, setting},
};
use funnelc::{
    check::{self, Settings},
    diag::{Diagnostics, render},
    editor::{Grouping, Workspace},
    source::SourceMap,
    story,
    workspace::MemoryLoader,
};
use std::collections::BTreeSet;

/// Codes, severities and places.
fn said<'d>(found: impl IntoIterator<Item = &'d funnelc::diag::Diagnostic>, sources: &SourceMap) -> BTreeSet<String> {
    found.into_iter().map(|it| format!("{} {:?} {:?}", it.code.id, it.severity, sources.slice(it.primary.span))).collect()
}

/// What parts and whole say differently of a text.
fn difference(text: &str) -> Option<String> {
    let parted = analysis(text);
    if !parted.is_whole {
        return None;
    }
    let mut whole = check::check(&parted.model, &parted.sources, Settings::default());
    story::tell(&parted.model, &parted.sources, &mut whole);
    let is_of_checks = |it: &&funnelc::diag::Diagnostic| check::CODES.contains(&it.code);
    let (parted, whole) = (said(parted.diagnostics.iter().filter(is_of_checks), &parted.sources), said(whole.iter(), &parted.sources));
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>().join("\n  ");
    (parted != whole).then(|| format!("only in parts:\n  {}\nonly in the whole:\n  {}", only(&parted, &whole), only(&whole, &parted)))
}

#[test]
fn parts_say_what_the_whole_says() {
    let seed = setting("PARTS_SEED", 1);
    let mut parted = 0;
    for case in 1..=setting("PARTS_CASES", 60) {
        let mut text = Maker::new(&mut Random::new(seed, case)).funnels(&["f", "g", "h"]);
        if case % 3 == 0 {
            text = text.replace("  needs mail_ok\n", "  needs mail_ok\n  at most 1 within 3 days\n");
        }
        if let Some(difference) = difference(&text) {
            panic!("PARTS_SEED={seed}, case {case}: {difference}\n\n{text}");
        }
        let mut workspace = workspace(&[("w/a.funnel".to_owned(), text)]);
        parted += usize::from(found(&mut workspace).2.1 > 1);
    }
    assert!(parted > 5, "only {parted} programs have parts");
}

/// A shop with a funnel in each file, which share their declarations.
fn shop(count: usize) -> Vec<(String, String)> {
    let shared = "event visit\nevent buy(amount: number)\nevent stop opt out of email\ncontact {\n  mail_ok : flag = yes\n  plan : one of [free, pro] = free\n  vip : flag = no\n}\n\
                  channel email {\n  needs mail_ok\n}\nmessage hello by email\nmessage unused_one by email\n";
    let funnel = |n: usize| {
        format!(
            "# The {n}th.\nfunnel way_{n} {{\n  for each contact\n  reentry never\n  stage first {{\n    enter when visit\n    leave after {} days\n    nurture n {{\n      \
             wait 1 day\n      send hello\n    }}\n  }}\n  stage stuck {{ enter from first when plan = pro and vip = yes }}\n  goal stage end {{ enter from first when buy }}\n}}\n",
            n + 20
        )
    };
    let mut files = vec![("w/a_shared.funnel".to_owned(), shared.to_owned())];
    files.extend((0..count).map(|n| (format!("w/f{n}.funnel"), funnel(n))));
    files
}

fn workspace(files: &[(String, String)]) -> Workspace {
    let loader = MemoryLoader::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let mut workspace = Workspace::new(Box::new(loader), Grouping::Together);
    workspace.folder("w", files.iter().map(|(path, _)| path.clone()));
    workspace
}

fn found(workspace: &mut Workspace) -> (Diagnostics, String, (usize, usize)) {
    let program = workspace.programs().into_iter().next().expect("there is one");
    let findings = program.findings(Settings::default());
    let shown = findings.iter().map(|it| render::short(it, program.sources()) + &format!("{it:?}\n")).collect();
    (findings, shown, program.looked_at())
}

/// The findings after a change, how many parts were looked at, and what somebody says who sees the texts for the first time.
fn after(files: &mut [(String, String)], workspace: &mut Workspace, path: &str, change: impl Fn(&str) -> String) -> (usize, usize) {
    let (_, text) = files.iter_mut().find(|(it, _)| it == path).expect("it is there");
    *text = change(text);
    workspace.set(path, text.as_str());
    let (_, kept, looked_at) = found(workspace);
    let (_, fresh, _) = found(&mut self::workspace(files));
    assert_eq!(kept, fresh, "{path}");
    looked_at
}

#[test]
fn only_what_changed_is_checked_again() {
    let mut files = shop(6);
    let mut workspace = workspace(&files);
    let (findings, _, looked_at) = found(&mut workspace);
    assert_eq!(looked_at, (7, 7), "six funnels, and the declaration that none of them names");
    assert!(findings.iter().filter(|it| it.story.is_some()).count() >= 6, "each has a finding with a story");
    let mut after = |path: &str, change: &dyn Fn(&str) -> String| after(&mut files, &mut workspace, path, change);
    assert_eq!(after("w/f3.funnel", &|text| text.replace("1 day", "2 days")), (1, 7), "one funnel");
    assert_eq!(after("w/f2.funnel", &|text| format!("# A longer remark.\n\n{text}")), (0, 7), "places move, and nothing else");
    assert_eq!(after("w/a_shared.funnel", &|text| text.replace("unused_one", "unused_two")), (1, 7), "a declaration that no funnel names");
    assert_eq!(after("w/a_shared.funnel", &|text| format!("event new\n{text}")), (1, 7), "a new one, and the others move");
    assert_eq!(after("w/a_shared.funnel", &|text| text.replace("buy(amount", "buy(sum")), (6, 7), "one that all of them name");
    assert_eq!(
        after("w/f1.funnel", &|text| text.replace("wait 1 day", "set vip = yes\n      wait 1 day")),
        (1, 1),
        "what one sets, all the others ask for"
    );
    assert_eq!(after("w/f1.funnel", &|text| text.replace("      set vip = yes\n", "")), (7, 7), "and now nobody sets it");
}

#[test]
fn funnels_that_can_tell_of_each_other_are_one_part() {
    let parts = |change: &dyn Fn(usize, &str) -> String| {
        let files: Vec<(String, String)> = shop(3).into_iter().enumerate().map(|(n, (path, text))| (path, change(n, &text))).collect();
        found(&mut workspace(&files)).2.1
    };
    assert_eq!(parts(&|_, text| text.to_owned()), 4);
    let in_first = |n: usize, text: &str, what: &str| {
        if n == 1 { text.replace("wait 1 day", &format!("{what}\n      wait 1 day")) } else { text.to_owned() }
    };
    assert_eq!(parts(&|n, text| in_first(n, text, "set plan = pro")), 1, "an attribute that others ask for");
    let asks = |n: usize, text: &str, what: &str| if n == 2 { text.replace("when buy", &format!("when {what}")) } else { text.to_owned() };
    assert_eq!(parts(&|n, text| asks(n, text, "had clicked hello")), 1, "a message that others send");
    assert_eq!(parts(&|n, text| asks(n, text, "opened")), 1, "any message");
    let cap = |n: usize, text: &str| {
        if n == 0 { text.replace("needs mail_ok", "needs mail_ok\n  at most 2 within 7 days") } else { text.to_owned() }
    };
    assert_eq!(parts(&|n, text| cap(n, text)), 4, "a cap for all is asked of at the end");
    let tick = |n: usize, text: &str| match n {
        0 => format!("{text}event tick ours\n"),
        1 => text.replace("wait 1 day", "record tick\n      wait 1 day"),
        2 => text.replace("when buy", "when tick"),
        _ => text.to_owned(),
    };
    assert_eq!(parts(&tick), 3, "an event of ours that another waits for");
    let play = |n: usize, text: &str| match n {
        0 => format!("{text}play chat {{\n  wait 1 day\n  send hello\n}}\n"),
        1 | 3 => text.replace(
            "  stage stuck",
            "  stage other {\n    enter from first when visit\n    nurture chat\n    leave after 3 days\n  }\n  stage stuck",
        ),
        _ => text.to_owned(),
    };
    assert_eq!(parts(&play), 3, "a play that both use");
}

//! Findings of the resolver, each fixture with what is said about it, and resolved models.

use funnelc::{
    ast::{FunnelItem, Top},
    diag::Diagnostics,
    model::{ConditionKind, GuaranteeKind, MessageScope, Model, Step, StepKind, TermKind, Wait},
    parse::parse,
    resolve::resolve,
    source::SourceMap,
};
use std::path::Path;

/// Resolves texts, given in declaration order, and returns all findings, those of parsing first.
fn resolve_texts(texts: &[(&str, &str)]) -> (SourceMap, Model, Diagnostics) {
    let mut sources = SourceMap::new();
    let mut findings = Diagnostics::new();
    let mut files = Vec::new();
    for (name, text) in texts {
        let id = sources.add(*name, *text);
        let parsed = parse(id, text);
        findings.extend(parsed.diagnostics);
        files.push(parsed.file);
    }
    let (model, own) = resolve(&sources, &files);
    findings.extend(own);
    (sources, model, findings)
}

/// The text of a fixture and, before it, of the files it uses.
fn with_libraries(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).expect("fixtures are readable");
    let mut files = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("use ")) {
        let name = line.split('"').nth(1).expect("`use` names a file in quotes");
        files.extend(with_libraries(&path.with_file_name(name)));
    }
    files.push((path.file_name().expect("a file").to_string_lossy().into_owned(), text));
    files
}

/// The identities of steps, those inside behind their own.
fn identities(steps: &[Step]) -> Vec<&str> {
    steps
        .iter()
        .flat_map(|step| {
            let inside: Vec<&str> = match &step.kind {
                StepKind::If { branches, otherwise, .. } => {
                    branches.iter().flat_map(|branch| identities(&branch.steps)).chain(identities(otherwise)).collect()
                }
                StepKind::Split(split) => split.arms.iter().flat_map(|arm| identities(&arm.steps)).collect(),
                StepKind::Repeat(repeat) => identities(&repeat.steps),
                StepKind::Wait(Wait::Arms { arms, otherwise, .. }) => {
                    arms.iter().flat_map(|arm| identities(&arm.steps)).chain(identities(otherwise)).collect()
                }
                _ => Vec::new(),
            };
            std::iter::once(step.id.as_str()).chain(inside)
        })
        .collect()
}

const JOURNEY: &str = r#"
contact { plan : one of [free, pro] = free }
channel email
message hello by email
message offer by email
message receipt(amount: number) by email
event purchase(amount: number)

play win_back(what: message, total: number, limit: number?) {
  send what
  wait 1 day
  if total > 5 and had clicked what { send receipt(amount: total) }
  if limit is known { wait 2 days }
}

funnel f {
  for each contact
  reentry never

  stage a {
    enter when purchase
    nurture n {
      send hello
      wait 1 day
      split s {
        33.33% x {
          send hello
          wait 1 day
          if plan = pro { wait 2 days }
        }
        rest y { send offer as second }
      }
      wait 2 days
    }
    nurture win_back(what: offer, total: entry.amount)
    nurture win_back(what: hello, total: 3, limit: 4) as again
  }

  final stage b { enter from a when 14 days < time since purchase }
}
"#;

#[test]
fn steps_keep_their_identities() {
    let (_, model, findings) = resolve_texts(&[("f.funnel", JOURNEY)]);
    assert!(findings.is_empty(), "{findings:?}");
    let stage = model.stages.values().next().expect("the stage `a`");
    assert_eq!(
        identities(&stage.nurtures[0].steps),
        ["hello", "wait-1", "split-1", "x/hello", "x/wait-1", "x/if-1", "x/wait-2", "y/second", "wait-2"]
    );
    let StepKind::Split(split) = &stage.nurtures[0].steps[2].kind else { panic!("a split") };
    assert_eq!(split.arms.iter().map(|arm| arm.share_millionths).collect::<Vec<_>>(), [333_300, 666_700]);
}

#[test]
fn plays_are_filled_in() {
    let (_, model, _) = resolve_texts(&[("f.funnel", JOURNEY)]);
    let stage = model.stages.values().next().expect("the stage `a`");
    let name = |step: &Step| match &step.kind {
        StepKind::Send { message: Some(message), .. } => model.messages[*message].name.text.to_string(),
        other => panic!("a send, not {other:?}"),
    };
    assert_eq!(name(&stage.nurtures[1].steps[0]), "offer");
    assert_eq!(name(&stage.nurtures[2].steps[0]), "hello");
    assert_eq!((stage.nurtures[1].name.as_str(), stage.nurtures[2].name.as_str()), ("win_back", "again"));
    let StepKind::If { branches, .. } = &stage.nurtures[1].steps[2].kind else { panic!("an if") };
    let StepKind::Send { arguments, .. } = &branches[0].steps[0].kind else { panic!("a send") };
    assert!(matches!(&arguments[0].value.kind, TermKind::Entry(name) if name == "amount"));
    let written = format!("{:?}", stage.nurtures);
    assert!(!written.contains("Parameter(") && !written.contains("Broken"), "{written}");
}

#[test]
fn time_since_stands_on_the_left() {
    let (_, model, _) = resolve_texts(&[("f.funnel", JOURNEY)]);
    let door = &model.stages.values().nth(1).expect("the stage `b`").doors[0];
    let kind = &door.when.as_ref().expect("a condition").kind;
    assert!(matches!(kind, ConditionKind::TimeSince { op: funnelc::ast::CompareOp::Greater, than_ms: 1_209_600_000, .. }), "{kind:?}");
}

#[test]
fn sentences_leave_blocks_out() {
    let (sources, model, _) = resolve_texts(&[("f.funnel", JOURNEY)]);
    let stage = model.stages.values().next().expect("the stage `a`");
    assert_eq!(sources.slice(stage.nurtures[0].span), "nurture n");
    assert_eq!(sources.slice(stage.nurtures[2].span), "nurture win_back(what: hello, total: 3, limit: 4) as again");
    assert_eq!(sources.slice(stage.nurtures[0].steps[2].span), "split s");
    assert_eq!(sources.slice(stage.nurtures[1].steps[2].span), "if total > 5 and had clicked what");
}

#[test]
fn a_funnel_has_a_limit() {
    let mut sources = SourceMap::new();
    let text = "event go\nfunnel f {\n  for each contact\n  reentry never\n  stage a {\n    enter when go\n    leave when go\n  }\n}\n";
    let id = sources.add("f.funnel", text);
    let mut file = parse(id, text).file;
    let Some(Top::Funnel(funnel)) = file.items.last_mut().map(|node| &mut node.it) else { panic!("a funnel") };
    let stage = funnel.body.items.pop().expect("the stage");
    for number in 0..100_001 {
        let mut stage = stage.clone();
        if let FunnelItem::Stage(stage) = &mut stage.it {
            stage.head.name.text = format!("a{number}").into();
        }
        funnel.body.items.push(stage);
    }
    let (model, findings) = resolve(&sources, &[file]);
    assert_eq!(findings.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["F009"]);
    assert_eq!(model.stages.len(), 100_000);
}

/// Every change that is offered mends its finding and breaks nothing else.
#[test]
fn fixes_mend() {
    let mut tried = 0;
    insta::glob!("ui/{names,types}/*.funnel", |path| {
        let files = with_libraries(path);
        let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let (_, _, findings) = resolve_texts(&texts);
        for finding in findings.iter() {
            let Some(fix) = finding.fix.as_ref().filter(|_| finding.code.id >= "F100") else { continue };
            let mut changed = files.clone();
            let mut edits = fix.edits.clone();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
            for edit in &edits {
                changed[edit.span.file.index()].1.replace_range(edit.span.range(), &edit.text);
            }
            let changed: Vec<(&str, &str)> = changed.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            let (_, _, after) = resolve_texts(&changed);
            let count = |all: &Diagnostics| all.iter().filter(|other| other.code == finding.code).count();
            assert!(count(&after) < count(&findings), "{}: {} is not mended by: {}", path.display(), finding.message, fix.title);
            let broken = |all: &Diagnostics| all.iter().filter(|other| other.code.id < "F100").count();
            assert!(broken(&after) <= broken(&findings), "{}: `{}` breaks the file", path.display(), fix.title);
            tried += 1;
        }
    });
    assert!(tried > 50, "only {tried} fixes were tried");
}

#[test]
fn damaged_files_resolve_without_a_panic() {
    for end in (0..JOURNEY.len()).filter(|end| JOURNEY.is_char_boundary(*end)) {
        resolve_texts(&[("f.funnel", &JOURNEY[..end])]);
        resolve_texts(&[("f.funnel", &JOURNEY[end..])]);
    }
}

/// What a guarantee of one funnel counts, in words, and the messages of all findings.
fn counted_by(promise: &str, more: &str) -> (String, Vec<String>) {
    let text = format!(
        "{more}\nchannel email\nmessage welcome by email\nevent x\nfunnel f {{\n  for each contact\n  reentry never\n  stage a {{\n    \
         enter when x\n    nurture n {{ send welcome }}\n    leave after 1 day\n  }}\n  guarantee {promise}\n}}\n"
    );
    let (_, model, findings) = resolve_texts(&[("one.funnel", &text)]);
    let promised = model.funnels.iter().next().and_then(|(_, funnel)| funnel.guarantees.first());
    let counted = match promised.and_then(|guarantee| guarantee.kind.clone()) {
        Some(GuaranteeKind::AtMost { what: MessageScope::Messages { by: None }, .. }) => "messages".to_owned(),
        Some(GuaranteeKind::AtMost { what: MessageScope::Messages { by: Some(id) }, .. }) => model.channels[id].name.text.to_string(),
        Some(GuaranteeKind::AtMost { what: MessageScope::Message(id), .. }) => model.messages[id].name.text.to_string(),
        other => format!("{other:?}"),
    };
    (counted, findings.iter().map(|finding| finding.message.clone()).collect())
}

#[test]
fn one_message_is_any_where_none_has_that_name() {
    assert_eq!(counted_by("at most 1 message within 7 days", ""), ("messages".to_owned(), Vec::new()));
    assert_eq!(counted_by("at most 1 message by email within 7 days", ""), ("email".to_owned(), Vec::new()));
    assert_eq!(counted_by("at most 1 welcome within 7 days", ""), ("welcome".to_owned(), Vec::new()));
    assert_eq!(counted_by("at most 1 message within 7 days", "message message by email").0, "message");
}

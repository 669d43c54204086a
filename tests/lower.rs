//! Identities and sentences of rule sets: what stays the same when a file changes around it.

use funnelc::{
    lower,
    ruleset::{RuleSet, Stage},
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};

fn rules_of(text: &str) -> RuleSet {
    let loaded = Loaded::read(&MemoryLoader::new([("x.funnel", text)]), &["x.funnel".to_owned()]).expect("the file is in memory");
    let analysis: Analysis = analyse(loaded);
    let checked = analysis.checked().unwrap_or_else(|| panic!("{:?}", analysis.diagnostics));
    lower::lower(&checked, &analysis.sources)
}

fn stage<'r>(rules: &'r RuleSet, name: &str) -> &'r Stage {
    rules.funnels.iter().flat_map(|funnel| &funnel.stages).find(|stage| stage.name == name).expect("the stage is there")
}

const BEFORE: &str = r#"
channel email
message hello by email
event visit
event signup(amount: number)

funnel f {
  for each contact
  reentry never
  stage aware {
    enter when visit
    leave after 90 days
    nurture n {
      send hello
      wait 2 days
      if had clicked hello { send hello as again }
    }
  }
  goal stage customer {
    enter from aware when signup where amount > 5   # the big ones
      and had visit within 3 days
  }
}
"#;

#[test]
fn identities_stay_when_lines_around_them_change() {
    let after = BEFORE
        .replace("event visit\n", "event visit \"Visits\"\nevent other\n")
        .replace("  goal stage", "  stage new {\n    enter from aware when other\n    leave after 3 days\n    visits at most 2\n  }\n\n  # a comment\n  goal stage")
        .replace("    enter from aware when signup", "    enter from new when signup where amount > 7\n    enter from aware when signup");
    let (before, after) = (rules_of(BEFORE), rules_of(&after));
    let (old, new) = (stage(&before, "aware"), stage(&after, "aware"));
    assert_eq!(old.doors[0].id, new.doors[0].id);
    assert_eq!(old.leaves[0].id, new.leaves[0].id);
    assert_eq!(old.nurtures[0].steps, new.nurtures[0].steps);
    assert_eq!(stage(&before, "customer").doors[0], stage(&after, "customer").doors[1]);
    assert_ne!(before.meaning, after.meaning);
    assert!(old.doors[0].id.starts_with("f/aware/enter-") && old.doors[0].id.len() == "f/aware/enter-".len() + 8, "{}", old.doors[0].id);
    assert!(old.leaves[0].id.starts_with("f/aware/leave-"));
}

#[test]
fn labels_notes_comments_and_layout_change_no_meaning() {
    let after = BEFORE
        .replace("stage aware {", "stage aware \"Aware\" {\n    note \"They know us\"   # since when?")
        .replace("5   # the big ones\n      and", "5 and");
    let (before, after) = (rules_of(BEFORE), rules_of(&after));
    assert_eq!(before.meaning, after.meaning);
    assert_eq!(stage(&after, "customer").doors, stage(&before, "customer").doors, "the sentence is the same too");
}

#[test]
fn sentences_are_the_source_on_one_line() {
    let rules = rules_of(BEFORE);
    assert_eq!(stage(&rules, "customer").doors[0].sentence, "enter from aware when signup where amount > 5 and had visit within 3 days");
    let nurture = &stage(&rules, "aware").nurtures[0];
    assert_eq!(nurture.sentence, "nurture n");
    let steps: Vec<(&str, &str)> = nurture.steps.iter().map(|step| (step.id.as_str(), step.sentence.as_str())).collect();
    assert_eq!(steps[0], ("f/aware/n/hello", "send hello"));
    assert_eq!(steps[1].1, "wait 2 days");
    assert_eq!(steps[2].1, "if had clicked hello");
}

#[test]
fn what_is_said_twice_has_two_identities() {
    let twice = BEFORE.replace(
        "    leave after 90 days\n",
        "    leave after 90 days\n    leave when signup and no visit\n    leave when signup and no visit\n",
    );
    let loaded = Loaded::read(&MemoryLoader::new([("x.funnel", twice.as_str())]), &["x.funnel".to_owned()]).expect("the file is in memory");
    let analysis = analyse(loaded);
    if let Some(checked) = analysis.checked() {
        let rules = lower::lower(&checked, &analysis.sources);
        let leaves = &stage(&rules, "aware").leaves;
        assert_eq!(leaves[2].id, format!("{}-2", leaves[1].id));
    }
}

#[test]
fn a_message_event_becomes_a_test_of_its_property() {
    let text =
        BEFORE.replace("had visit within 3 days", "had clicked hello within 3 days").replace("where amount > 5 ", "where amount > 5");
    let json = serde_json::to_value(&stage(&rules_of(&text), "customer").doors[0].when).expect("plain data");
    let had = json.pointer("/all/1/had/event").expect("the second part");
    assert_eq!(
        *had,
        serde_json::json!({"name": "clicked", "where": {"compare": {"left": {"property": "message"}, "is": "=", "right": {"message": "hello"}}}})
    );
}

//! Round trips, and what is said where a rule set cannot be read.

use super::*;

fn sample() -> RuleSet {
    let mut rules: RuleSet = from_yaml(include_str!("testdata/sample.yaml")).expect("the sample fits the types");
    rules.meaning = meaning_of(&rules);
    rules
}

/// What is said of the sample with `from` written as `to`, and its meaning made to fit.
fn said(from: &str, to: &str) -> String {
    let text = include_str!("testdata/sample.yaml");
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    let text = match from_yaml::<RuleSet>(&text) {
        Ok(mut rules) => {
            rules.meaning = meaning_of(&rules);
            to_yaml(&rules)
        }
        Err(_) => text,
    };
    read(&text).map_or_else(|error| error.to_string(), |_| "read".to_owned())
}

#[test]
fn yaml_and_json_give_back_the_same_rule_set() {
    let rules = sample();
    assert_eq!(read(&to_yaml(&rules)), Ok(rules.clone()));
    assert_eq!(read(&to_json(&rules)), Ok(rules.clone()));
    assert_eq!(to_yaml(&read(&to_json(&rules)).expect("just written")), to_yaml(&rules));
}

#[test]
fn every_field_left_out_or_made_up_is_a_fault_with_its_place() {
    let value = serde_json::to_value(sample()).expect("plain data");
    let mut tried = 0;
    for pointer in objects(&value, String::new()) {
        let keys: Vec<String> = value.pointer(&pointer).and_then(|it| it.as_object()).expect("an object").keys().cloned().collect();
        for key in keys {
            let mut cut = value.clone();
            let object = cut.pointer_mut(&pointer).and_then(|it| it.as_object_mut()).expect("an object");
            object.remove(&key);
            let free = matches!(key.as_str(), "label" | "note");
            assert_eq!(read(&cut.to_string()).is_ok(), free, "{pointer} without {key}");
            tried += 1;
        }
        let mut more = value.clone();
        let object = more.pointer_mut(&pointer).and_then(|it| it.as_object_mut()).expect("an object");
        object.insert("colour".to_owned(), serde_json::Value::Null);
        let error = read(&serde_json::to_string_pretty(&more).expect("plain data")).expect_err("an unknown field");
        assert!(error.to_string().starts_with("line "), "{pointer}: {error}");
    }
    assert!(tried > 450, "{tried}");
}

fn objects(value: &serde_json::Value, at: String) -> Vec<String> {
    let mut found = Vec::new();
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, inner)| found.extend(objects(inner, format!("{at}/{key}"))));
            found.push(at);
        }
        serde_json::Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, inner)| found.extend(objects(inner, format!("{at}/{n}"))));
        }
        _ => {}
    }
    found
}

#[test]
fn faults_of_shape_are_said_with_line_and_column() {
    let yaml = to_yaml(&sample());
    let mut all = String::new();
    let mut case = |what: &str, text: &str| {
        let error = read(text).expect_err(what);
        all.push_str(&format!("{what}: {error}\n"));
    };
    case("an empty file", "");
    case("some other YAML", "openapi: 3.1.0\n");
    case("a list", "- a\n- b\n");
    case("another format", &yaml.replacen("funnelc rule set", "something", 1));
    case("a newer version", &yaml.replacen("version: 1", "version: 2", 1));
    case("a version that is no number", &yaml.replacen("version: 1", "version: one", 1));
    case("no version", &yaml.replacen("version: 1\n", "", 1));
    case("broken YAML", &yaml.replacen("timezone: ", "timezone: [", 1));
    case("a field too few", &yaml.replacen("  keeper: ours\n", "", 1));
    case("a field too many", &yaml.replacen("  keeper: ours\n", "  keeper: ours\n  colour: red\n", 1));
    case("a field twice", &yaml.replacen("  keeper: ours\n", "  keeper: ours\n  keeper: ours\n", 1));
    case("an unknown word", &yaml.replacen("keeper: ours", "keeper: mine", 1));
    case("an unknown test", &yaml.replacen("time_since:", "time_until:", 1));
    case("a clock time that is none", &yaml.replacen("from: 21:00", "from: 25:00", 1));
    case("a number that is none", &yaml.replacen("number: '500'", "number: many", 1));
    case("a text for a list", &yaml.replacen("guarantees: []", "guarantees: none", 1));
    case("edited by hand", &yaml.replacen("count: 2", "count: 3", 1));
    let json = to_json(&sample());
    case("JSON cut short", &json[..json.len() / 2]);
    case("a JSON field too many", &json.replacen("\"version\": 1,", "\"version\": 1, \"colour\": 1,", 1));
    insta::assert_snapshot!(all);
}

#[test]
fn faults_of_reference_are_said_with_their_path() {
    let mut all = String::new();
    for (from, to) in [
        ("timezone: Europe/Berlin", "timezone: Mars/Olympus"),
        ("default: {choice: free}", "default: {choice: gold}"),
        ("default: {number: '0'}", "default: {flag: true}"),
        ("default: {number: '0'}, ", ""),
        ("{name: tries,", "{name: plan,"),
        ("channel: web", "channel: radio"),
        ("opts_out: [consent]", "opts_out: [plan]"),
        ("needs: consent", "needs: agreement"),
        ("per_ms: 86400000", "per_ms: 0"),
        ("when: {compare: {left: {aggregate:", "when: {segment: vip}\n  # {compare: {left: {aggregate:"),
        ("event: {name: clicked}}}\n  - {sentence: -10", "event: {name: clicks}}}\n  - {sentence: -10"),
        ("period_ms: 2592000000", "period_ms: 0"),
        ("restart_from: [aware]", "restart_from: [nowhere]"),
        ("at_most: 3}", "at_most: 0}"),
        ("open_to: [web, email]", "open_to: [web, post]"),
        ("of: bought,", "of: nobody,"),
        ("percent: '33.33'", "percent: '120'"),
        ("stage: shop/bought, by", "stage: bought, by"),
        ("id: shop/aware\n", "id: shop/awake\n"),
        ("enter-00000002\n      sentence", "enter-00000001\n      sentence"),
        ("right: {message: welcome}", "right: {message: farewell}"),
        ("left: {property: message}", "left: {property: massage}"),
        ("known: {attribute: country}", "known: {attribute: county}"),
        ("known: {attribute: country}", "known: {property: amount}"),
        ("{latest: {event: purchase, property: due}}", "{latest: {event: purchase, property: duty}}"),
        ("{score: interest}", "{score: boredom}"),
        ("{entry: amount}", "{entry: amounts}"),
        ("finished: series", "finished: serial"),
        ("day: 31", "day: 32"),
        ("by_ms: 172800000", "by_ms: -1"),
        ("from: {stages: [bought]}", "from: {stages: [sold]}"),
        ("leave-00000001, sentence: leave after", "exit, sentence: leave after"),
        ("- {id: shop/leave-", "- {id: else/leave-"),
        ("{send: {message: receipt, arguments: [{name: amount,", "{send: {message: receipt, arguments: [{name: sum,"),
        ("{send: {message: welcome,", "{send: {message: goodbye,"),
        ("{act: {action: ticket,", "{act: {action: call,"),
        ("{record: {event: nudged,", "{record: {event: purchase,"),
        ("id: shop/bought/series/wait-2", "id: shop/bought/series/wait-1"),
        ("id: shop/bought/series/wait-2", "id: wait-2"),
        ("wait_ms: 86400000", "wait_ms: 9999999999999"),
        ("share_millionths: 333333", "share_millionths: 333332"),
        ("- {name: b, share", "- {name: a, share"),
        ("times: 3", "times: 0"),
        ("{set: {attribute: plan", "{set: {attribute: plane"),
        ("{when: {compare: {left: {attribute: plan}", "{when: {compare: {left: {attribute: plane}"),
        ("id: shop/bought/third, name: third", "id: shop/bought/second, name: second"),
    ] {
        all.push_str(
            &format!("{from} → {to}\n    {}\n", said(from, to))
                .replace("\n      sentence", "")
                .replace("\n  # {compare: {left: {aggregate:", ""),
        );
    }
    insta::assert_snapshot!(all);
}

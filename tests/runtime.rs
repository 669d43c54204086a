//! The runtime where the conformance suite does not look: circles, clocks that are set anew, undoing, whole runs at random.

mod common;

use common::{compile, compile_unchecked, events};
use funnelc::{
    ruleset::{Event, Keeper, RuleSet, Type},
    runtime::{self, Collected, Options, Outcome, Raw, Record, What},
};
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

const PRELUDE: &str = r#"
event sign_up
event quit
event ping
event order(order_id: text)
event tick ours
contact { timezone : text?  plan : one of [free, pro] = free }
channel email { quiet from 21:00 to 08:00 }
channel push
message m1 "One" by email
message p1 "Push" by push
"#;

fn rules(text: &str) -> RuleSet {
    let text = PRELUDE.replace("?  plan", "?\n plan") + text;
    compile(&text).unwrap_or_else(|findings| panic!("{findings:?}\n{text}"))
}

/// Of what the checker refuses, since it goes round.
fn rules_that_go_round(text: &str) -> RuleSet {
    let text = PRELUDE.replace("?  plan", "?\n plan") + text;
    assert!(compile(&text).is_err(), "it may use `rules`");
    compile_unchecked(&text).unwrap_or_else(|findings| panic!("{findings:?}\n{text}"))
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Runs events and compares the lines of the results, and then of what was set aside.
fn check(funnel: &str, events: &str, expected: &str) {
    check_rules(&rules(funnel), events, expected);
}

fn check_rules(rules: &RuleSet, events: &str, expected: &str) {
    let (mut actual, set_aside) = events::run(rules, &lines(events));
    actual.extend(set_aside);
    assert_eq!(actual.join("\n"), lines(expected).join("\n"));
}

/// A funnel around the inside of a stage `a` that a sign-up enters and `quit` leaves.
fn around(stage: &str, more: &str) -> String {
    format!(
        "funnel f {{\n for each contact\n reentry after leaving\n stage a {{\n enter when sign_up\n leave when quit\n {stage}\n }}\n {more}\n }}\n"
    )
}

/// A door between the stages `a` and `b` and one back, each with this condition. The compiler refuses such circles where
/// it sees them, so the way back is put into the rule set.
fn circle(condition: &str) -> RuleSet {
    let there = format!("stage b {{\n enter from a when {condition}\n leave when quit\n }}");
    let mut rules = rules(&around("enter from b when ping", &there));
    let stages = &mut rules.funnels[0].stages;
    let when = stages[1].doors[0].when.clone();
    stages[0].doors[1].when = when;
    rules
}

#[test]
fn clock_triggers_that_are_past_turn_no_circle_at_one_instant() {
    check_rules(
        &circle("1 day after 2026-01-01, if past open"),
        "2026-03-02 10:00 ann sign_up
         2026-03-03 10:00 ann ping",
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 10:00 ann f: a -> b
         2026-03-02 10:00 ann f: b -> a
         2026-03-02 10:00 ann f: looping at b",
    );
}

#[test]
fn an_instant_comes_once_for_a_door_that_leads_back() {
    let door = "enter from a when 1 day before booked.moment, if past never\n enter from a when booked";
    check(
        &("event booked(moment: time)\n".to_owned() + &around(door, "")),
        r#"2026-03-02 10:00 ann sign_up
           2026-03-02 11:00 ann booked moment="2026-03-10T12:00:00Z"
           2026-03-02 11:00 bob sign_up
           2026-03-02 11:00 bob booked moment="2026-03-03T11:00:00Z"
           2026-03-20 10:00 ann quit
           2026-03-20 10:00 bob quit"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 11:00 ann f: a -> a
         2026-03-02 11:00 bob f: outside -> a
         2026-03-02 11:00 bob f: a -> a
         2026-03-02 11:00 bob f: a -> a
         2026-03-09 12:00 ann f: a -> a
         2026-03-20 10:00 ann f: a -> outside
         2026-03-20 10:00 bob f: a -> outside",
    );
}

#[test]
fn what_is_past_turns_no_circle_of_nurtures_at_one_instant() {
    let contact = PRELUDE.replace("timezone : text?", "timezone : text?\n renewal : date = 2020-01-01\n");
    let whole = |stage: &str| {
        let text = contact.replace("?  plan", "?\n plan") + &around(stage, "");
        compile(&text).unwrap_or_else(|findings| panic!("{findings:?}\n{text}"))
    };
    let run =
        |stage: &str| events::run(&whole(stage), &lines("2026-03-02 10:00 ann sign_up\n2026-03-02 11:00 ann ping\nuntil 2026-03-09 00:00"));
    let flipping = "nurture n each time 1 day after renewal, if past open {
        if renewal = 2020-01-01 { set renewal = 2020-01-02 } else { set renewal = 2020-01-01 }
    }";
    let (written, _) = run(flipping);
    assert_eq!(written.iter().filter(|line| line.ends_with("begins")).count(), 1, "{written:#?}");
    let echoing = "nurture n each time tick or ping {
        wait up to 1 day { on 1 day after renewal, if past open { record tick } }
    }";
    let (written, set_aside) = run(echoing);
    assert_eq!(written.iter().filter(|line| line.ends_with("record tick")).count(), 65);
    assert_eq!(set_aside, ["2 cascade"]);
}

#[test]
fn a_wait_for_an_instant_that_is_now_goes_on_at_once() {
    check(
        &("event booked(moment: time)\n".to_owned()
            + &around("nurture n each time booked or tick {\n wait until booked.moment, if past stop\n record tick\n }", "")),
        r#"2026-03-02 10:00 ann sign_up
           2026-03-02 11:00 ann booked moment="2026-03-02T11:00:00.001Z"
           2026-03-02 11:00:00.001 ann quit"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 11:00 ann f: play n begins
         2026-03-02 11:00:00.001 ann f: a -> outside
         2026-03-02 11:00:00.001 ann f: play n cut off",
    );
    let funnel = "event booked(moment: time)\n".to_owned()
        + &around("nurture n each time booked or tick {\n wait until booked.moment, if past stop\n record tick\n }", "");
    let events = "2026-03-02 10:00 ann sign_up\n2026-03-02 11:00 ann booked moment=\"2026-03-02T11:00:00Z\"";
    let (written, set_aside) = events::run(&rules(&funnel), &lines(events));
    assert_eq!(written.iter().filter(|line| line.ends_with("record tick")).count(), 65);
    assert_eq!(set_aside, ["2 cascade"]);
}

#[test]
fn a_run_that_turns_in_a_circle_goes_on_at_the_next_record() {
    check_rules(
        &circle("plan = pro"),
        r#"2026-03-02 10:00 ann sign_up
           2026-03-02 11:00 ann identify plan="pro"
           2026-03-02 12:00 ann ping
           2026-03-02 13:00 ann quit"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 11:00 ann f: a -> b
         2026-03-02 11:00 ann f: b -> a
         2026-03-02 11:00 ann f: looping at b
         2026-03-02 12:00 ann f: a -> b
         2026-03-02 12:00 ann f: b -> a
         2026-03-02 12:00 ann f: looping at b
         2026-03-02 13:00 ann f: a -> outside",
    );
}

#[test]
fn a_clock_starts_a_play_afresh() {
    check(
        &around("nurture n each time every day at 09:00 {\n wait 30 hours\n record tick\n }", ""),
        "2026-03-02 10:00 ann sign_up
         2026-03-04 12:00 ann quit",
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-03 09:00 ann f: play n begins
         2026-03-04 09:00 ann f: play n cut off
         2026-03-04 09:00 ann f: play n begins
         2026-03-04 12:00 ann f: a -> outside
         2026-03-04 12:00 ann f: play n cut off",
    );
}

#[test]
fn a_clock_opens_an_arm_before_the_time_out_of_the_same_instant() {
    check(
        &around("nurture n {\n wait up to 23 hours {\n on every day at 09:00 { record tick }\n otherwise { send p1 }\n }\n }", ""),
        "2026-03-02 10:00 ann sign_up
         2026-03-02 10:01 bob sign_up
         2026-03-02 09:59 cat sign_up
         until 2026-03-03 12:00",
        "2026-03-02 09:59 cat f: outside -> a
         2026-03-02 09:59 cat f: play n begins
         2026-03-02 10:00 ann f: outside -> a
         2026-03-02 10:00 ann f: play n begins
         2026-03-02 10:01 bob f: outside -> a
         2026-03-02 10:01 bob f: play n begins
         2026-03-03 08:59 cat f: send p1 sent
         2026-03-03 08:59 cat f: play n finished
         2026-03-03 09:00 ann f: record tick
         2026-03-03 09:00 ann f: play n finished
         2026-03-03 09:00 bob f: record tick
         2026-03-03 09:00 bob f: play n finished",
    );
}

#[test]
fn a_held_send_follows_the_contact_to_another_zone() {
    check(
        &around("nurture n { send m1 }", ""),
        r#"2026-03-02 22:00 ann sign_up
           2026-03-02 23:00 ann identify timezone="America/New_York"
           2026-03-02 22:00 bob sign_up
           2026-03-02 23:00 bob identify timezone="Europe/Berlin"
           until 2026-03-04 00:00"#,
        "2026-03-02 22:00 ann f: outside -> a
         2026-03-02 22:00 ann f: play n begins
         2026-03-02 22:00 ann f: send m1 held until 2026-03-03 08:00
         2026-03-02 22:00 bob f: outside -> a
         2026-03-02 22:00 bob f: play n begins
         2026-03-02 22:00 bob f: send m1 held until 2026-03-03 08:00
         2026-03-02 23:00 ann f: send m1 sent
         2026-03-02 23:00 ann f: play n finished
         2026-03-03 07:00 bob f: send m1 sent
         2026-03-03 07:00 bob f: play n finished",
    );
}

#[test]
fn quiet_hours_last_through_the_night_in_which_clocks_change() {
    check(
        &around("nurture n { send m1 }", ""),
        r#"2026-03-28 09:00 ann identify timezone="Europe/Berlin"
           2026-03-28 23:30 ann sign_up
           2026-10-24 09:00 bob identify timezone="Europe/Berlin"
           2026-10-24 23:30 bob sign_up
           until 2026-10-26 00:00"#,
        "2026-03-28 23:30 ann f: outside -> a
         2026-03-28 23:30 ann f: play n begins
         2026-03-28 23:30 ann f: send m1 held until 2026-03-29 06:00
         2026-03-29 06:00 ann f: send m1 sent
         2026-03-29 06:00 ann f: play n finished
         2026-10-24 23:30 bob f: outside -> a
         2026-10-24 23:30 bob f: play n begins
         2026-10-24 23:30 bob f: send m1 held until 2026-10-25 07:00
         2026-10-25 07:00 bob f: send m1 sent
         2026-10-25 07:00 bob f: play n finished",
    );
}

#[test]
fn a_door_for_a_state_opens_when_the_pause_is_over() {
    let funnel =
        "funnel f {\n for each contact\n reentry 2 days after leaving\n stage a {\n enter when plan = pro\n leave when quit\n }\n }\n";
    check(
        funnel,
        r#"2026-03-02 10:00 ann identify plan="pro"
           2026-03-03 10:00 ann quit
           until 2026-03-10 00:00"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-03 10:00 ann f: a -> outside
         2026-03-05 10:00 ann f: outside -> a",
    );
}

#[test]
fn a_click_belongs_to_the_request_it_names() {
    let funnel = "funnel f {\n for each contact and order_id\n reentry never\n stage a {\n enter when order\n leave after 9 days\n nurture n {\n send p1\n wait until clicked p1 up to 5 days\n record tick\n }\n }\n }\n";
    let rules = rules(funnel);
    let orders = "2026-03-02 10:00 ann order order_id=\"o1\"\n2026-03-02 11:00 ann order order_id=\"o2\"\n";
    let requests: Vec<String> = events::collect(&rules, &lines(orders)).outcomes.iter().filter_map(request).collect();
    assert_eq!(requests.len(), 2);
    let clicked = |request: &str| format!("{orders}2026-03-02 12:00 ann clicked message=\"p1\" request=\"{request}\"");
    let ticks = |events: &str| {
        let (lines, _) = events::run(&rules, &lines(events));
        lines.into_iter().filter(|line| line.contains("record tick")).collect::<Vec<_>>()
    };
    assert_eq!(ticks(&clicked(&requests[0])), ["2026-03-02 12:00 ann/o1 f: record tick"]);
    assert_eq!(ticks(&clicked(&requests[1])), ["2026-03-02 12:00 ann/o2 f: record tick"]);
}

fn request(outcome: &Outcome) -> Option<String> {
    match &outcome.what {
        What::Send { request, .. } | What::Do { request, .. } => Some(request.clone()),
        _ => None,
    }
}

#[test]
fn equal_keys_are_equal_requests_and_others_differ() {
    let funnel = around(
        "enter from a when ping\n nurture n {\n repeat up to 2 times every 1 day { send p1 }\n send p1 as last\n }\n nurture m each time order { send p1 }",
        "",
    );
    let rules = rules(&funnel);
    let events = r#"2026-03-02 10:00 ann sign_up
        2026-03-02 11:00 ann order order_id="1"
        2026-03-02 11:00:00.001 ann order order_id="2"
        2026-03-04 10:00 ann ping
        2026-03-04 11:00 ann quit
        2026-03-04 12:00 ann sign_up
        2026-03-02 10:00 bob sign_up
        until 2026-03-20 00:00"#;
    let requests: Vec<String> = events::collect(&rules, &lines(events)).outcomes.iter().filter_map(request).collect();
    let different: std::collections::BTreeSet<&String> = requests.iter().collect();
    assert_eq!((requests.len(), different.len()), (12, 12));
    let later = events.replace("2026-03-02 10:00 bob sign_up", "2026-03-05 17:00 bob sign_up");
    let again: Vec<String> = events::collect(&rules, &lines(&later)).outcomes.iter().filter_map(request).collect();
    assert_eq!(different, again.iter().collect(), "no time is in a key");
}

#[test]
fn two_starts_of_one_instant_are_two_requests() {
    let funnel = around("nurture n each time order { send p1 }", "");
    let events = r#"2026-03-02 10:00 ann sign_up
        2026-03-02 11:00 ann order order_id="1"
        2026-03-02 11:00 ann order order_id="2""#;
    let requests: Vec<String> = events::collect(&rules(&funnel), &lines(events)).outcomes.iter().filter_map(request).collect();
    assert_eq!(requests.len(), 2);
    assert_ne!(requests[0], requests[1]);
}

#[test]
fn an_optional_parameter_that_is_left_out_stands_in_the_rules_as_missing() {
    let funnel = "message r(amount: number?) by push\nplay thanks(amount: number?) { send r(amount: amount) }\n".to_owned();
    let rules = rules(&(funnel + &around("nurture thanks", "")));
    let json = serde_json::to_string(&rules).expect("a rule set is JSON");
    assert!(json.contains(r#"{"missing":{}}"#) && !json.contains("arithmetic"), "{json}");
    assert_eq!(funnelc::ruleset::read(&json).as_ref(), Ok(&rules));
}

#[test]
fn a_late_record_takes_no_points_back() {
    let funnel = "score s { -1 for every 2 days without ping }\n".to_owned()
        + &around("enter from a when order and s = -2\n enter from a when order and s = -3\n visits at most 9", "");
    check(
        &funnel,
        r#"option lateness=9 days
           2026-03-02 10:00 ann sign_up
           2026-03-06 12:00 ann order order_id="two"
           2026-03-03 10:00 ann ping
           2026-03-06 12:00 ann order order_id="still two"
           2026-03-07 09:00 ann order order_id="still two"
           2026-03-07 12:00 ann order order_id="three, by the ping of the third"
           2026-03-07 13:00 ann quit"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-06 12:00 ann f: a -> a
         2026-03-06 12:00 ann f: a -> a
         2026-03-07 09:00 ann f: a -> a
         2026-03-07 12:00 ann f: a -> a
         2026-03-07 13:00 ann f: a -> outside",
    );
}

#[test]
fn a_line_is_a_line_whatever_the_name_of_a_contact() {
    let rules = rules(&around("", ""));
    let mut record = Record {
        time_ms: 0,
        contact: "\u{1f600} \"x\"\n\0".to_owned(),
        event: "sign_up".to_owned(),
        properties: BTreeMap::new(),
        id: None,
        position: 1,
    };
    assert_eq!(lines_of(&rules, vec![record.clone()]), ["1970-01-01 00:00 \u{1f600} \"x\"\\n\\u{0} f: outside -> a"]);
    record.time_ms = runtime::MS_MAX;
    let written = lines_of(&rules, vec![record]);
    assert!(written[0].starts_with("9999-12-31 23:59:59.999 "), "{written:?}");
}

#[test]
fn what_a_timer_cannot_set_it_skips() {
    let funnel = format!(
        "event big(by: number)\ncontact {{ x : number = 9000000000000 ours }}\n{}",
        around("nurture n {\n wait 1 day\n set x = x * 2\n record tick\n }", "")
    );
    let funnel = funnel.replace("contact {", "contact {\n timezone : text?\n plan : one of [free, pro] = free\n");
    let prelude = PRELUDE.lines().filter(|line| !line.starts_with("contact")).collect::<Vec<_>>().join("\n");
    let rules = compile(&(prelude + "\n" + &funnel)).unwrap_or_else(|findings| panic!("{findings:?}"));
    check_rules(
        &rules,
        "2026-03-02 10:00 ann sign_up
         until 2026-03-04 00:00",
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 10:00 ann f: play n begins
         2026-03-03 10:00 ann f: record tick
         2026-03-03 10:00 ann f: play n finished
         1 overflow",
    );
}

#[test]
fn a_timer_too_may_lead_to_too_many_echoes() {
    let funnel = around("nurture n {\n wait 1 day\n record tick\n }\n nurture m each time tick { record tick }", "");
    let (lines, set_aside) = events::run(&rules_that_go_round(&funnel), &lines("2026-03-02 10:00 ann sign_up\nuntil 2026-03-04 00:00"));
    assert_eq!(lines.iter().filter(|line| line.ends_with("record tick")).count(), 65);
    assert_eq!(lines.last().map(String::as_str), Some("2026-03-03 10:00 ann f: cascade"));
    assert_eq!(set_aside, ["1 cascade"]);
}

#[test]
fn a_late_event_puts_a_deadline_off() {
    check(
        &around("leave after 3 days without ping", ""),
        "option lateness=2 days
         2026-03-02 10:00 ann sign_up
         2026-03-05 09:00 bob sign_up
         2026-03-04 10:00 ann ping
         2026-03-02 09:00 ann ping
         until 2026-03-10 00:00",
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-05 09:00 bob f: outside -> a
         2026-03-07 10:00 ann f: a -> outside
         2026-03-08 09:00 bob f: a -> outside
         4 late",
    );
}

#[test]
fn a_clock_may_restart() {
    let funnel = "funnel f {\n for each contact\n reentry restart from a\n stage a {\n enter when every monday at 09:00\n leave when quit\n nurture n { wait 30 days }\n }\n }\n";
    check_rules(
        &rules_that_go_round(funnel),
        "2026-03-02 10:00 ann ping
         2026-03-20 10:00 ann ping",
        "2026-03-09 09:00 ann f: outside -> a
         2026-03-09 09:00 ann f: play n begins
         2026-03-16 09:00 ann f: a -> outside
         2026-03-16 09:00 ann f: play n cut off
         2026-03-16 09:00 ann f: outside -> a
         2026-03-16 09:00 ann f: play n begins",
    );
}

#[test]
fn a_state_that_goes_on_holding_restarts_nothing() {
    let funnel =
        "funnel f {\n for each contact\n reentry restart from a\n stage a {\n enter when sign_up or plan = pro\n leave when quit\n }\n }\n";
    check(
        funnel,
        r#"2026-03-02 10:00 ann identify plan="pro"
           2026-03-02 11:00 ann ping
           2026-03-02 12:00 ann sign_up
           2026-03-02 13:00 ann identify plan="free"
           2026-03-02 14:00 ann quit"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 12:00 ann f: a -> outside
         2026-03-02 12:00 ann f: outside -> a
         2026-03-02 14:00 ann f: a -> outside",
    );
}

#[test]
fn an_instant_that_moves_takes_its_waits_along() {
    let funnel = "event booked(moment: time)\n".to_owned()
        + &around(
            "nurture n each time booked {\n wait until 1 day before booked.moment, if past stop\n record tick\n }\n nurture m when booked {\n wait until 1 day before booked.moment, if past stop\n send p1\n }",
            "",
        );
    check(
        &funnel,
        r#"2026-03-02 10:00 ann sign_up
           2026-03-02 11:00 ann booked moment="2026-03-10T12:00:00Z"
           2026-03-05 11:00 ann booked moment="2026-03-20T12:00:00Z"
           2026-03-02 10:00 bob sign_up
           2026-03-02 11:00 bob booked moment="2026-03-10T12:00:00Z"
           2026-03-05 11:00 bob booked moment="2026-03-05T12:00:00Z"
           until 2026-03-30 00:00"#,
        "2026-03-02 10:00 ann f: outside -> a
         2026-03-02 10:00 bob f: outside -> a
         2026-03-02 11:00 ann f: play n begins
         2026-03-02 11:00 ann f: play m begins
         2026-03-02 11:00 bob f: play n begins
         2026-03-02 11:00 bob f: play m begins
         2026-03-05 11:00 ann f: play n cut off
         2026-03-05 11:00 ann f: play n begins
         2026-03-05 11:00 bob f: play n cut off
         2026-03-05 11:00 bob f: play n begins
         2026-03-05 11:00 bob f: play n finished
         2026-03-05 11:00 bob f: play m finished
         2026-03-19 12:00 ann f: record tick
         2026-03-19 12:00 ann f: play n finished
         2026-03-19 12:00 ann f: send p1 sent
         2026-03-19 12:00 ann f: play m finished",
    );
}

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides.max(1)
    }

    fn value(&mut self, ty: &Type, rules: &RuleSet) -> Raw {
        let texts = ["", "a", "/pricing", "DE", "o1", "o2", "Europe/Berlin", "Asia/Tokyo"];
        match ty {
            Type::Text if self.roll(3) == 0 && !rules.messages.is_empty() => {
                let at = self.roll(rules.messages.len() as u64);
                Raw::Text(rules.messages[at as usize].name.clone())
            }
            Type::Text => Raw::Text(texts[self.roll(8) as usize].to_owned()),
            Type::Number => Raw::Number(["0", "1", "50", "-3.5", "1000", "9223372036854.775807"][self.roll(6) as usize].to_owned()),
            Type::Flag => Raw::Flag(self.roll(2) == 0),
            Type::Date => Raw::Text(format!("2026-0{}-1{}", 1 + self.roll(6), self.roll(9))),
            Type::Time => Raw::Text(format!("2026-0{}-1{}T0{}:30:00Z", 1 + self.roll(6), self.roll(9), self.roll(9))),
            Type::OneOf(words) => Raw::Text(words[self.roll(words.len() as u64) as usize].clone()),
            Type::List => Raw::List(vec![Raw::Text(texts[self.roll(8) as usize].to_owned())]),
        }
    }

    fn records(&mut self, rules: &RuleSet, number: u64) -> Vec<Record> {
        let record = |dice: &mut Self, position: u64| {
            let event = &rules.events[dice.roll(rules.events.len() as u64) as usize];
            let identify: Vec<(String, Type)> = rules.attributes.iter().map(|item| (item.name.clone(), item.ty.clone())).collect();
            let declared = event.properties.iter().map(|item| (item.name.clone(), item.ty.clone())).collect();
            let wanted = if event.name == "identify" { identify } else { declared };
            let mut properties = BTreeMap::new();
            for (name, ty) in wanted {
                if dice.roll(8) != 0 {
                    properties.insert(name, dice.value(&ty, rules));
                }
            }
            let id = (dice.roll(5) == 0).then(|| format!("r{}", dice.roll(20)));
            // Whole hours, so that much happens at one instant.
            let time_ms = 1_770_000_000_000 + (dice.roll(1_500) * 3_600_000) as i64;
            let contact = ["ann", "bob", "cat"][dice.roll(3) as usize].to_owned();
            Record { time_ms, contact, event: event.name.clone(), properties, id, position }
        };
        (1..=number).map(|position| record(self, position)).collect()
    }
}

fn examples() -> Vec<(String, RuleSet)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found = Vec::new();
    for part in ["models", "journeys", "data"] {
        for entry in std::fs::read_dir(folder.join(part)).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "funnel") {
                let text = std::fs::read_to_string(&path).expect("an example is readable");
                if let Ok(rules) = compile(&text) {
                    found.push((path.display().to_string(), rules));
                }
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// Everything that a run gives, as text.
fn whole(rules: &RuleSet, records: Vec<Record>, lateness_ms: Option<i64>) -> String {
    let mut collected = Collected::default();
    let options = Options { lateness_ms, until_ms: Some(1_780_000_000_000), ..Options::default() };
    runtime::run(rules, records.into_iter().map(Ok), options, &mut collected).expect("the zone of an example is known");
    let mut out = String::new();
    for outcome in &collected.outcomes {
        writeln!(out, "{}", outcome.to_json()).expect("a String takes everything");
    }
    let sorted = collected.outcomes.is_sorted_by_key(|outcome| (outcome.time_ms, &outcome.contact, outcome.sequence));
    assert!(sorted, "results are in the order of (time, contact, sequence)");
    for set_aside in &collected.set_aside {
        writeln!(out, "{}", set_aside.to_json()).expect("a String takes everything");
    }
    out
}

#[test]
fn random_records_run_the_same_twice_and_contacts_alone() {
    let examples = examples();
    assert!(examples.len() > 10, "only {} examples compile", examples.len());
    for (name, rules) in examples {
        let records = Dice(7).records(&rules, 250);
        let first = whole(&rules, records.clone(), None);
        assert_eq!(first, whole(&rules, records.clone(), None), "{name}");
        let ann: Vec<Record> = records.iter().filter(|record| record.contact == "ann").cloned().collect();
        let of_ann = |text: &str| {
            text.lines()
                .filter(|line| line.contains("\"contact\":\"ann\"") && line.contains("\"seq\""))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(of_ann(&first), of_ann(&whole(&rules, ann, None)), "{name}: contacts know nothing of each other");
        whole(&rules, records, Some(86_400_000 * 10));
    }
}

/// Everything that time alone can change, in doors, waits and starts.
const BY_TIME: &str = r#"
event buy(amount: number)
segment silent when no order within 2 days and no buy where amount > 10 within 9 days
score warmth {
  +10 for order
  -3 for every 5 days without ping
}

funnel f {
  for each contact
  reentry 3 days after leaving
  leave when exactly 2 quit within 6 days

  stage a {
    enter when plan = pro and no quit within 30 hours
    enter when sign_up
    leave when time since ping > 90 hours
    nurture n when no ping within 3 days { send m1 }
    nurture m {
      wait until at most 1 ping within 5 days up to 30 days
      wait up to 9 days {
        on time since order >= 20 hours { record tick }
        on every sunday at 12:00 and in segment silent { send p1 }
      }
    }
  }

  stage b {
    enter from a when in segment silent
    enter from c after 1 day when warmth < 0
    leave when quit
    nurture k each time ping {
      wait 1 hour
      if from 2026-03-01 on { send p1 }
    }
  }

  stage c {
    enter from b when average of buy.amount within 4 days < 20
    enter from b when sum of buy.amount within 7 days < 5 and had buy
    enter from a when from 2026-02-20 on and before 2026-03-20 and (plan = free or no ping within 1 week)
    leave after 4 days without order when highest of buy.amount within 8 days is missing
  }
}
"#;

/// If a change by time alone were noticed only at the next record, records that nobody reads would change what happens.
#[test]
fn records_that_nobody_reads_change_nothing() {
    let mut all = examples();
    all.push(("by time".to_owned(), rules(BY_TIME)));
    for (name, mut rules) in all {
        let noise = Event {
            name: "noise".to_owned(),
            properties: Vec::new(),
            opts_out: Vec::new(),
            keeper: Keeper::Anyone,
            ..rules.events[0].clone()
        };
        rules.events.push(noise);
        let (seeds, number) = if name == "by time" { (60, 60) } else { (3, 150) };
        for seed in 0..seeds {
            check_noise(&name, &rules, Dice(seed * 1_000 + 1), number);
        }
    }
}

fn check_noise(name: &str, rules: &RuleSet, mut dice: Dice, number: u64) {
    let mut records = dice.records(rules, number);
    records.retain(|record| record.event != "noise");
    let quiet = lines_of(rules, records.clone());
    for position in 1_000..1_400 {
        let contact = ["ann", "bob", "cat"][dice.roll(3) as usize].to_owned();
        // After the first record of the contact, and at an instant of its own.
        let time_ms = 1_770_000_000_000 + (dice.roll(2_400) * 3_600_000 + 1_234_567) as i64;
        let of_contact = records.iter().filter(|record| record.contact == contact && record.position < 1_000);
        if of_contact.map(|record| record.time_ms).min().is_some_and(|first| first + 86_400_000 * 20 < time_ms) {
            records.push(Record { time_ms, contact, event: "noise".to_owned(), properties: BTreeMap::new(), id: None, position });
        }
    }
    assert!(records.len() > 150, "{name}: {} records", records.len());
    let noisy = lines_of(rules, records);
    let at = quiet.iter().zip(&noisy).position(|(a, b)| a != b).unwrap_or(quiet.len().min(noisy.len()));
    assert_eq!(quiet.get(at), noisy.get(at), "{name}: {:#?}", &quiet[at.saturating_sub(5)..at]);
}

fn lines_of(rules: &RuleSet, records: Vec<Record>) -> Vec<String> {
    let mut collected = Collected::default();
    let options = Options { until_ms: Some(1_780_000_000_000), ..Options::default() };
    runtime::run(rules, records.into_iter().map(Ok), options, &mut collected).expect("the zone of an example is known");
    collected.outcomes.iter().map(Outcome::to_line).collect()
}

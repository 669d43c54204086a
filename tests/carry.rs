//! Rules that are changed while people are inside, a test for each live edit. That a switch to the same rules changes nothing is
//! put to random funnels in `oracle`.

use funnelc::{
    lower,
    ruleset::RuleSet,
    runtime::{Carried, Collected, Options, Outcome, Raw, Record, SetAside, Sink, parse_instant, run_changing},
    workspace::{Loaded, MemoryLoader, analyse},
};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

const HEAD: &str = "contact {\n  plan : text?\n  tries : number = 0 ours\n}\nevent opt_in\nevent click\nevent purchase\nevent again\nevent order(order_id: text)\n\
                    channel email { at most 9 within 1 day }\nmessage a \"A\" by email { transactional }\nmessage b \"B\" by email { transactional }\n\
                    message c \"C\" by email { transactional }\nmessage held \"Held\" by quiet { }\nchannel quiet { quiet from 21:00 to 08:00 }\n\
                    action call_them(reason: text)\n";

fn rules(text: &str) -> RuleSet {
    let text = format!("{HEAD}{text}");
    let analysis = analyse(Loaded::read(&MemoryLoader::new([("f.funnel", text.as_str())]), &["f.funnel".to_owned()]).expect("in memory"));
    let errors: Vec<String> = analysis.diagnostics.iter().map(|it| format!("{} {}", it.code.id, it.message)).collect();
    let checked = analysis.checked().unwrap_or_else(|| panic!("{errors:?}\n{text}"));
    lower::lower(&checked, &analysis.sources)
}

/// A funnel with one stage, whose nurture has these steps.
fn steps(steps: &str) -> RuleSet {
    stages(&format!("  stage trial {{\n    enter when opt_in\n    nurture n {{\n{steps}\n    }}\n  }}\n{END}"))
}

const END: &str = "  goal final stage done { enter from trial when purchase }\n";

fn stages(stages: &str) -> RuleSet {
    rules(&format!("funnel f {{\n  for each contact\n  reentry after leaving\n{stages}}}\n"))
}

fn at(time: &str) -> i64 {
    parse_instant(time, &TimeZone::UTC).expect("a time")
}

fn records(lines: &[(&str, &str)]) -> Vec<Record> {
    let record = |(n, (time, event)): (usize, &(&str, &str))| {
        let (contact, event) = event.split_once(' ').unwrap_or(("ann", event));
        let (event, order) = event.split_once('/').map_or((event, None), |(event, order)| (event, Some(order)));
        let properties = order.map(|order| ("order_id".to_owned(), Raw::Text(order.to_owned())));
        Record {
            time_ms: at(time),
            contact: contact.to_owned(),
            event: event.to_owned(),
            properties: properties.into_iter().collect(),
            id: None,
            position: n as u64 + 1,
        }
    };
    lines.iter().enumerate().map(record).collect()
}

#[derive(Default)]
struct Seen {
    all: Collected,
    carried: Vec<Carried>,
}

impl Sink for Seen {
    fn outcome(&mut self, outcome: &Outcome) {
        self.all.outcome(outcome);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.all.set_aside(set_aside);
    }

    fn changed(&mut self, carried: &Carried) {
        self.carried.push(carried.clone());
    }
}

fn changing(older: &[(&RuleSet, &str)], last: &RuleSet, log: &[(&str, &str)], until: &str) -> Seen {
    let older: Vec<(&RuleSet, i64)> = older.iter().map(|(rules, until)| (*rules, at(until))).collect();
    let options = Options { until_ms: Some(at(until)), ..Options::default() };
    let mut seen = Seen::default();
    run_changing(&older, last, records(log).into_iter().map(Ok), options, &mut seen).expect("it can be run");
    seen
}

/// What happened, without the beginnings and ends of nurtures.
fn told(seen: &Seen) -> Vec<String> {
    let lines = seen.all.outcomes.iter().map(Outcome::to_line);
    lines.filter(|line| !line.contains(": play ")).map(|line| line.replace(" ann f: ", " ")).collect()
}

const DAY: &str = "2026-03-02 10:00";

fn once(old: &RuleSet, switch: &str, new: &RuleSet, until: &str) -> Vec<String> {
    told(&changing(&[(old, switch)], new, &[(DAY, "opt_in")], until))
}

#[test]
fn a_delay_that_is_shortened_or_lengthened_is_finished_as_it_was() {
    let wait = |days: u32| steps(&format!("      send a\n      wait {days} days\n      send b\n      wait {days} days\n      send c"));
    let lines = once(&wait(10), "2026-03-05 00:00", &wait(2), "2026-04-30");
    assert_eq!(
        lines,
        [
            "2026-03-02 10:00 outside -> trial",
            "2026-03-02 10:00 send a sent",
            "2026-03-12 10:00 send b sent",
            "2026-03-14 10:00 send c sent"
        ]
    );
    let lines = once(&wait(2), "2026-03-03 00:00", &wait(10), "2026-04-30");
    assert_eq!(lines[2..], ["2026-03-04 10:00 send b sent", "2026-03-14 10:00 send c sent"]);
}

#[test]
fn a_delay_that_is_removed_is_finished_and_then_gone() {
    let old = steps("      send a\n      wait 5 days\n      send b");
    let new = steps("      send a\n      send b");
    let lines = once(&old, "2026-03-03 00:00", &new, "2026-04-30");
    assert_eq!(lines[1..], ["2026-03-02 10:00 send a sent", "2026-03-07 10:00 send b sent"]);
}

#[test]
fn a_delay_of_a_door_holds_anew_from_the_switch_on() {
    let door = |days: u32| {
        let enter = format!("enter from trial after {days} days");
        stages(&format!("  stage trial {{ enter when opt_in }}\n  goal final stage done {{ {enter} }}\n"))
    };
    // Ten days are over already when fourteen become seven: released at once, once.
    let lines = once(&door(14), "2026-03-12 10:00", &door(7), "2026-04-30");
    assert_eq!(lines, ["2026-03-02 10:00 outside -> trial", "2026-03-12 10:00 trial -> done", "2026-03-12 10:00 run ends in done"]);
    let lines = once(&door(7), "2026-03-05 10:00", &door(14), "2026-04-30");
    assert_eq!(lines[1], "2026-03-16 10:00 trial -> done");
}

#[test]
fn a_step_inserted_behind_where_people_are_is_done_and_one_before_is_not() {
    let old = steps("      send a\n      wait 5 days\n      send b");
    let behind = steps("      send a\n      wait 5 days\n      send c\n      send b");
    let lines = once(&old, "2026-03-03 00:00", &behind, "2026-04-30");
    assert_eq!(lines[2..], ["2026-03-07 10:00 send c sent", "2026-03-07 10:00 send b sent"]);
    let before = steps("      send c\n      send a\n      wait 5 days\n      send b");
    let lines = once(&old, "2026-03-03 00:00", &before, "2026-04-30");
    assert_eq!(lines[2..], ["2026-03-07 10:00 send b sent"]);
}

#[test]
fn a_decision_removed_in_a_live_journey_floods_nobody() {
    // The known accident: 100 contacts waited before a decision, it was taken out, and they went round 115 times.
    let old = stages(
        "  stage trial {\n    enter when opt_in\n    enter from trial after 30 days\n    visits at most 3\n    nurture n {\n      send a\n      wait 7 \
         days\n      if had click since entering { send b } else { send c }\n      wait 7 days\n      do call_them(reason: \"quiet\")\n    }\n  \
         }\n  goal final stage done { enter from trial when purchase }\n",
    );
    let new = stages(
        "  stage trial {\n    enter when opt_in\n    enter from trial after 30 days\n    visits at most 3\n    nurture n {\n      send a\n      send \
         b\n      send c\n      do call_them(reason: \"quiet\")\n    }\n  }\n  goal final stage done { enter from trial when purchase }\n",
    );
    let people: Vec<(String, String)> = (0..100).map(|n| (format!("2026-03-{:02} 10:00", 2 + n % 14), format!("p{n} opt_in"))).collect();
    let log: Vec<(&str, &str)> = people.iter().map(|(time, what)| (time.as_str(), what.as_str())).collect();
    let seen = changing(&[(&old, "2026-03-16 12:00")], &new, &log, "2026-03-31");
    let mut sent: BTreeMap<(String, String), u32> = BTreeMap::new();
    for outcome in &seen.all.outcomes {
        let line = outcome.what.to_line();
        if line.starts_with("send") || line.starts_with("do") {
            *sent.entry((outcome.contact.clone(), line)).or_default() += 1;
        }
    }
    assert!(sent.values().all(|times| *times == 1), "somebody got something twice: {sent:?}");
    assert!(sent.len() <= 400, "{}", sent.len());
    let keys: Vec<String> = seen.all.outcomes.iter().filter(|it| it.what.to_line().starts_with("send")).map(Outcome::to_json).collect();
    let requests: std::collections::BTreeSet<&str> = keys.iter().filter_map(|it| it.split("\"request\":\"").nth(1)?.get(..32)).collect();
    assert_eq!(requests.len(), keys.len(), "no key goes out twice");
}

#[test]
fn a_message_sent_under_a_key_is_not_sent_again_where_steps_are_turned_round() {
    let old = steps("      send a\n      wait 5 days\n      send b\n      wait until click up to 5 days\n      send c");
    // Whoever waits for the click goes on with `send a` by identity of nothing that still exists but `send c`.
    let new = steps("      send c\n      send a\n      send b");
    let lines = once(&old, "2026-03-08 00:00", &new, "2026-04-30");
    assert_eq!(lines[1..], ["2026-03-02 10:00 send a sent", "2026-03-07 10:00 send b sent", "2026-03-12 10:00 send c sent"]);
}

#[test]
fn a_stage_that_is_renamed_carries_people_over_and_sends_nothing_again() {
    let old = steps("      send a\n      wait 5 days\n      send b");
    let new = stages(
        "  stage test_drive {\n    formerly trial\n    enter when opt_in\n    nurture n {\n      send a\n      wait 5 days\n      send b\n      \
         send a as once_more\n    }\n  }\n  goal final stage done { enter from test_drive when purchase }\n",
    );
    let seen = changing(&[(&old, "2026-03-03 00:00")], &new, &[(DAY, "opt_in"), ("2026-03-20 10:00", "purchase")], "2026-04-30");
    assert_eq!(seen.carried[0].runs, 1);
    assert!(seen.carried[0].stranded.is_empty());
    let lines = told(&seen);
    assert_eq!(
        lines[2..],
        [
            "2026-03-07 10:00 send b sent",
            "2026-03-07 10:00 send a sent",
            "2026-03-20 10:00 test_drive -> done",
            "2026-03-20 10:00 run ends in done"
        ]
    );
}

#[test]
fn stages_become_one_and_a_new_visit_has_keys_of_its_own() {
    let old = stages(
        "  stage trial {\n    enter when opt_in\n    nurture n { send a }\n  }\n  stage late {\n    enter from trial after 3 days\n    nurture n \
         {\n      wait 4 days\n      send b\n    }\n  }\n  goal final stage done { enter from trial, late when purchase }\n",
    );
    let new = stages(
        "  stage trial {\n    formerly late\n    enter when opt_in\n    nurture n {\n      wait 4 days\n      send b\n      send a as reminder\n    \
         }\n  }\n  goal final stage done { enter from trial when purchase }\n",
    );
    let seen = changing(&[(&old, "2026-03-06 00:00")], &new, &[(DAY, "ann opt_in"), ("2026-03-05 12:00", "bob opt_in")], "2026-04-30");
    assert_eq!((seen.carried[0].runs, seen.carried[0].stranded.len()), (2, 0));
    let lines: Vec<String> = seen.all.outcomes.iter().map(Outcome::to_line).filter(|line| line.contains("send")).collect();
    assert_eq!(
        lines,
        [
            "2026-03-02 10:00 ann f: send a sent",
            "2026-03-05 12:00 bob f: send a sent",
            "2026-03-09 10:00 ann f: send b sent",
            "2026-03-09 10:00 ann f: send a sent"
        ],
        "ann finishes her wait; bob's nurture has come to its end before the switch"
    );
}

#[test]
fn a_stage_that_may_be_come_to_more_often_takes_who_waits_before_it_at_once() {
    let journey = |times: u32| {
        stages(&format!(
            "  stage trial {{\n    enter when opt_in\n    enter from round when again\n  }}\n  stage round {{\n    enter from trial when had \
             click\n    visits at most {times}\n  }}\n  stage late {{\n    enter from trial after 2 days\n    enter from round when order\n    \
             visits at most {times}\n  }}\n  goal final stage done {{ enter from round, late when purchase }}\n"
        ))
    };
    let log = [(DAY, "opt_in"), ("2026-03-02 11:00", "click"), ("2026-03-02 12:00", "again")];
    let seen = changing(&[(&journey(1), "2026-03-03 00:00")], &journey(2), &log, "2026-04-30");
    assert_eq!(told(&seen)[2..], ["2026-03-02 12:00 round -> trial", "2026-03-03 00:00 trial -> round"], "her door holds still");
}

#[test]
fn a_stage_that_is_gone_strands_people_who_stay_visible() {
    let old = steps("      send a\n      wait 5 days\n      send b");
    let new = stages("  stage other { enter when again }\n  goal final stage done { enter from other when purchase }\n");
    let log = [(DAY, "opt_in"), ("2026-03-20 10:00", "purchase"), ("2026-03-21 10:00", "again")];
    let seen = changing(&[(&old, "2026-03-03 00:00")], &new, &log, "2026-04-30");
    assert_eq!(seen.carried[0].stranded, BTreeMap::from([(("f".to_owned(), "trial".to_owned()), 1)]));
    assert_eq!(told(&seen)[2..], ["2026-03-03 00:00 stranded in trial"], "nothing more happens to whoever is stranded, and no door opens");
}

#[test]
fn a_funnel_that_is_paused_and_back_after_twelve_days_does_what_fell_due_once() {
    let shop = steps("      send a\n      wait 5 days\n      send b\n      wait 5 days\n      send c");
    let nothing = rules("");
    let log = [(DAY, "opt_in")];
    let seen = changing(&[(&shop, "2026-03-04 00:00"), (&nothing, "2026-03-16 00:00")], &shop, &log, "2026-04-30");
    assert_eq!((seen.carried[0].runs, seen.carried[1].back), (0, 1));
    assert_eq!(
        told(&seen)[1..],
        [
            "2026-03-02 10:00 send a sent",
            "2026-03-04 00:00 stranded in trial",
            "2026-03-16 00:00 send b sent",
            "2026-03-21 00:00 send c sent"
        ],
        "the wait that is over is over at once, and the next counts from there"
    );
}

#[test]
fn shares_and_reentry_that_change_hold_for_what_comes() {
    let split = |one: u32, other: u32| {
        steps(&format!("      wait 2 days\n      split s {{\n        {one}% x {{ send a }}\n        {other}% y {{ send b }}\n      }}"))
    };
    let people: Vec<String> = (0..40).map(|n| format!("p{n} opt_in")).collect();
    let log: Vec<(&str, &str)> = people.iter().map(|what| (DAY, what.as_str())).collect();
    let drawn = |seen: &Seen, arm: &str| seen.all.outcomes.iter().filter(|it| it.what.to_line() == format!("split s {arm}")).count();
    let all = changing(&[(&split(50, 50), "2026-03-03 00:00")], &split(100, 0), &log, "2026-03-31");
    assert_eq!((drawn(&all, "x"), drawn(&all, "y")), (40, 0));
    let late = changing(&[(&split(50, 50), "2026-03-10 00:00")], &split(100, 0), &log, "2026-03-31");
    assert!(drawn(&late, "y") > 5, "who has drawn has drawn");

    let reentry = |rule: &str| {
        rules(&format!(
            "funnel f {{\n  for each contact\n  reentry {rule}\n  stage trial {{\n    enter when opt_in\n    leave after 1 day\n  }}\n  goal final stage done {{ \
             enter from trial when purchase }}\n}}\n"
        ))
    };
    let log = [(DAY, "opt_in"), ("2026-03-10 10:00", "opt_in")];
    let seen = changing(&[(&reentry("never"), "2026-03-08 00:00")], &reentry("after leaving"), &log, "2026-03-31");
    assert_eq!(told(&seen).iter().filter(|line| line.contains("outside -> trial")).count(), 2);
    let seen = changing(&[(&reentry("after leaving"), "2026-03-08 00:00")], &reentry("never"), &log, "2026-03-31");
    assert_eq!(told(&seen).iter().filter(|line| line.contains("outside -> trial")).count(), 1);
}

#[test]
fn arms_that_are_waited_for_open_as_written_and_lead_into_the_new_steps() {
    let arms = |extra: &str, last: &str| {
        steps(&format!(
            "      wait up to 5 days {{\n        on click {{ send a }}\n{extra}        otherwise {{ send b }}\n      }}\n      {last}"
        ))
    };
    let (old, new) = (
        arms("", "send c"),
        steps("      wait up to 5 days {\n        on click { send b }\n        otherwise { send a }\n      }\n      send c"),
    );
    let clicked = changing(&[(&old, "2026-03-03 00:00")], &new, &[(DAY, "opt_in"), ("2026-03-04 10:00", "click")], "2026-04-30");
    assert_eq!(told(&clicked)[1..], ["2026-03-04 10:00 send b sent", "2026-03-04 10:00 send c sent"]);
    assert_eq!(once(&old, "2026-03-03 00:00", &new, "2026-04-30")[1..], ["2026-03-07 10:00 send a sent", "2026-03-07 10:00 send c sent"]);
    // The wait is gone: its arms go on with their own steps where those still exist.
    let flat = steps("      send b\n      send a\n      send c");
    assert_eq!(
        once(&old, "2026-03-03 00:00", &flat, "2026-04-30")[1..],
        ["2026-03-07 10:00 send b sent", "2026-03-07 10:00 send a sent", "2026-03-07 10:00 send c sent"]
    );
}

#[test]
fn what_is_held_goes_out_and_is_dropped_where_its_nurture_is_gone() {
    let old = steps("      send held\n      send b");
    let night = [("2026-03-02 22:00", "opt_in")];
    let kept = changing(&[(&old, "2026-03-03 00:00")], &steps("      send held\n      send c"), &night, "2026-03-31");
    assert_eq!(
        told(&kept)[1..],
        ["2026-03-02 22:00 send held held until 2026-03-03 08:00", "2026-03-03 08:00 send held sent", "2026-03-03 08:00 send c sent"]
    );
    let gone = stages(&format!("  stage trial {{\n    enter when opt_in\n    nurture other {{ send b }}\n  }}\n{END}"));
    let gone = changing(&[(&old, "2026-03-03 00:00")], &gone, &night, "2026-03-31");
    assert_eq!(told(&gone)[2..], ["2026-03-03 00:00 send held dropped"], "a new nurture begins for those who enter from then on");
}

#[test]
fn rounds_of_a_repeat_go_on_and_new_conditions_are_tried_at_once() {
    let repeat = |days: u32| steps(&format!("      repeat up to 3 times every {days} days {{ send a }}\n      send b"));
    let lines = once(&repeat(7), "2026-03-05 00:00", &repeat(2), "2026-04-30");
    assert_eq!(
        lines[1..],
        ["2026-03-02 10:00 send a sent", "2026-03-09 10:00 send a sent", "2026-03-11 10:00 send a sent", "2026-03-11 10:00 send b sent"]
    );
    let old = stages(&format!("  stage trial {{ enter when opt_in }}\n{END}"));
    let new = stages(
        "  stage trial { enter when opt_in }\n  goal final stage done { enter from trial when had opt_in within 30 days and no click }\n",
    );
    assert_eq!(once(&old, "2026-03-05 00:00", &new, "2026-04-30")[1], "2026-03-05 00:00 trial -> done");
}

#[test]
fn keyed_runs_scores_and_attributes_are_carried_over() {
    let funnel = |more: &str, days: u32| {
        rules(&format!(
            "score warm {{\n  +1 for click\n{more}}}\nfunnel f {{\n  for each contact and order_id\n  reentry never\n  stage trial {{\n    enter when \
             order\n    nurture n {{\n      set tries = tries + 1\n      wait {days} days\n      send a\n    }}\n  }}\n  goal final stage done {{ enter from trial when \
             warm >= 2 }}\n}}\n"
        ))
    };
    let (old, new) = (funnel("", 5), funnel("  +1 for again\n", 9));
    let log = [(DAY, "order/one"), (DAY, "order/two"), ("2026-03-03 10:00", "click"), ("2026-03-03 11:00", "again")];
    let seen = changing(&[(&old, "2026-03-05 00:00")], &new, &log, "2026-04-30");
    assert_eq!(seen.carried[0].runs, 2);
    let done: Vec<String> = told(&seen).into_iter().filter(|line| line.contains("-> done")).collect();
    assert_eq!(
        done,
        ["2026-03-05 00:00 ann/one f: trial -> done", "2026-03-05 00:00 ann/two f: trial -> done"],
        "a new line counts what was before"
    );
}

//! Random small funnels: every construct of the language, put together from fragments.

use proptest::{collection::vec, option, prelude::*, sample::select};

const PRELUDE: &str = r#"
timezone "Europe/Berlin"
contact {
  consent : flag = no
  sms_ok : flag = no
  plan : one of [free, pro] = free
  budget : number?
  tries : number = 0 ours
  country : text? fixed
  birthday : date?
  tags : list of text
}
channel email {
  needs consent
  at most 2 within 3 days
  at most 3 within 7 days
  quiet from 21:00 to 08:00
}
channel sms {
  needs sms_ok
  at most 1 within 1 day
  quiet from 12:00 to 14:00
}
channel push
event sign_up
event quit
event ping
event noise
event stop_mail opt out of email
event buy(amount: number, product: text?)
event order(order_id: text, total: number)
event touched(order_id: text?)
event booked(due: time, order_id: text)
event tick ours
event tock ours
message m1 by email
message m2 by email
message s1 by sms
message p1 by push
message r1(amount: number?) by email { transactional }
action call(why: text)
score s {
  +1 for ping
  +3 for buy where amount > 10
  +2 for clicked
  -4 for every 2 days without ping
}
segment big when sum of buy.amount within 5 days >= 40 or s >= 6
play nudge(what: message, sum: number?) {
  send what as nudged
  wait 6 hours
  send r1(amount: sum) as told
}
"#;

fn one_of(texts: &[&'static str]) -> BoxedStrategy<String> {
    select(texts.to_vec()).prop_map(str::to_owned).boxed()
}

fn state() -> BoxedStrategy<String> {
    one_of(&[
        "plan = pro",
        "had buy within 2 days",
        "no ping within 3 days",
        "at least 2 ping since entering",
        "at most 1 ping within 2 days",
        "exactly 2 ping since starting",
        "s >= 4",
        "in segment big",
        "sum of buy.amount within 5 days >= 50",
        "time since ping > 2 days",
        "had clicked m1",
        "no sent m1 within 4 days",
        "before 2026-03-27",
        "from 2026-03-29 on",
        "budget > 10",
        "budget is missing",
        "tags contains \"x\"",
        "tries >= 2",
        "buy.amount > 10",
        "not (plan = pro or had tick within 1 day)",
    ])
}

fn trigger() -> BoxedStrategy<String> {
    one_of(&[
        "ping",
        "ping",
        "quit",
        "sign_up",
        "buy where amount > 20",
        "buy where (amount > 5 and product = \"a\")",
        "order",
        "touched",
        "booked",
        "clicked m1",
        "clicked",
        "sent m1",
        "tick",
        "tock",
        "every day at 09:00",
        "every friday at 02:30",
        "every month on day 31 at 10:00",
        "every year on birthday at 09:00",
        "1 day before booked.due, if past open",
        "2 hours after booked.due, if past never",
        "1 day after booked.due at 02:30, if past open",
    ])
}

fn condition() -> BoxedStrategy<String> {
    prop_oneof![
        3 => trigger(),
        3 => state(),
        2 => (trigger(), state()).prop_map(|(trigger, state)| format!("({trigger}) and ({state})")),
        1 => (trigger(), state()).prop_map(|(trigger, state)| format!("({trigger}) or ({state})")),
    ]
    .boxed()
}

fn duration() -> BoxedStrategy<String> {
    one_of(&["1 hour", "6 hours", "1 day", "36 hours", "2 days", "5 days"])
}

/// `@` stands for a number of its own.
fn step() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        8 => one_of(&["send m1 as x@", "send m2 as x@", "send s1 as x@", "send p1 as x@", "send r1 as x@"]),
        4 => duration().prop_map(|duration| format!("wait {duration}")),
        2 => one_of(&["wait 1 calendar day", "wait until 09:00", "wait until sunday at 02:30"]),
        1 => one_of(&[
            "wait until 1 day before booked.due, if past skip",
            "wait until booked.due at 10:00, if past stop",
            "wait until 2026-03-27 at 09:00, if past skip",
        ]),
        3 => (condition(), duration()).prop_map(|(condition, duration)| format!("wait until {condition} up to {duration}")),
        3 => one_of(&[
            "set tries = tries + 1",
            "set tries = tries * 1000000",
            "set plan = pro",
            "set plan = free",
            "set budget = buy.amount",
            "add \"x\" to tags",
            "remove \"x\" from tags",
            "set consent = no",
        ]),
        3 => one_of(&["record tick", "record tock", "do call(why: \"x\") as d@"]),
        1 => Just("stop".to_owned()),
    ];
    leaf.prop_recursive(2, 10, 3, |inner| {
        let block = || vec(inner.clone(), 1..4).prop_map(|steps| format!("{{\n{}\n}}", steps.join("\n")));
        prop_oneof![
            (state(), block(), option::of(block())).prop_map(|(condition, then, other)| {
                format!("if {condition} {then}{}", other.map(|other| format!(" else {other}")).unwrap_or_default())
            }),
            (block(), block()).prop_map(|(one, other)| format!("split s@ {{\n50% a {one}\nrest b {other}\n}}")),
            (1_u32..4, duration(), option::of(state()), block()).prop_map(|(times, every, until, block)| {
                format!(
                    "repeat up to {times} times every {every}{} {block}",
                    until.map(|until| format!(" until {until}")).unwrap_or_default()
                )
            }),
            (duration(), condition(), block(), condition(), block(), option::of(block())).prop_map(|(up_to, a, one, b, two, otherwise)| {
                let otherwise = otherwise.map(|otherwise| format!("\notherwise {otherwise}")).unwrap_or_default();
                format!("wait up to {up_to} {{\non {a} {one}\non {b} {two}{otherwise}\n}}")
            }),
        ]
    })
    .boxed()
}

fn nurture() -> BoxedStrategy<String> {
    let start = prop_oneof![
        4 => Just(String::new()),
        2 => condition().prop_map(|condition| format!(" when {condition}")),
        3 => trigger().prop_map(|trigger| format!(" each time {trigger}")),
    ];
    let play = select(vec!["nudge(what: m1)", "nudge(what: p1, sum: 5)", "nudge(what: s1, sum: buy.amount)"]);
    prop_oneof![
        5 => (start.clone(), vec(step(), 1..5)).prop_map(|(start, steps)| format!("nurture n@{start} {{\n{}\n}}", steps.join("\n"))),
        1 => (play, start).prop_map(|(play, start)| format!("nurture {play} as n@{start}")),
    ]
    .boxed()
}

fn after() -> BoxedStrategy<String> {
    let without = option::of(one_of(&["ping", "buy where amount > 10", "clicked"]));
    let when = option::of(condition());
    (duration(), without, when)
        .prop_map(|(duration, without, when)| {
            let without = without.map(|event| format!(" without {event}")).unwrap_or_default();
            format!("after {duration}{without}{}", when.map(|when| format!(" when {when}")).unwrap_or_default())
        })
        .boxed()
}

fn door() -> BoxedStrategy<String> {
    let from = one_of(&["a", "b", "c", "a, b", "b, c", "a, b, c", "anywhere"]);
    let opens = prop_oneof![3 => condition().prop_map(|condition| format!("when {condition}")), 2 => after()];
    (from, opens).prop_map(|(from, opens)| format!("enter from {from} {opens}")).boxed()
}

fn stage(name: &'static str, before: &'static str) -> BoxedStrategy<String> {
    let lines = (vec(door(), 0..2), option::of(1_u32..4), option::of(after()), vec(nurture(), 0..3));
    lines
        .prop_map(move |(doors, visits, leave, nurtures)| {
            let visits = visits.map(|visits| format!("visits at most {visits}"));
            let leave = leave.map(|leave| format!("leave {leave}"));
            let lines: Vec<String> = doors.into_iter().chain(visits).chain(leave).chain(nurtures).collect();
            format!("{name} {{\n{before}\n{}\n}}", lines.join("\n"))
        })
        .boxed()
}

fn funnel(name: &'static str) -> BoxedStrategy<String> {
    let head = prop_oneof![
        2 => Just(("for each contact", "enter when sign_up")),
        1 => Just(("for each contact", "enter when sign_up or plan = pro")),
        1 => Just(("for each contact", "enter when ping and s >= 1")),
        1 => Just(("for each contact", "enter from anywhere or outside when ping")),
        2 => Just(("for each contact and order_id", "enter when order")),
        1 => Just(("for each contact and order_id", "enter when touched or order where total > 10")),
    ];
    let reentry =
        one_of(&["never", "after leaving", "2 days after leaving", "4 days after starting", "restart from a", "restart from a, b"]);
    let stages = (
        stage("stage a", ""),
        stage("stage b", "enter from a when ping"),
        stage("stage c", "enter from a, b after 2 days"),
        stage("goal final stage d", "enter from a, b, c when buy"),
    );
    (head, reentry, stages, option::of(after()))
        .prop_map(move |((head, enter), reentry, (a, b, c, d), leave)| {
            let a = a.replacen('\n', &format!("\n{enter}\n"), 1);
            let leave = leave.map(|leave| format!("leave {leave}\n")).unwrap_or_default();
            format!("funnel {name} {{\n{head}\nreentry {reentry}\nleave when quit\n{leave}{a}\n{b}\n{c}\n{d}\n}}\n")
        })
        .boxed()
}

/// A file of one or two funnels.
pub fn text() -> BoxedStrategy<String> {
    (funnel("f"), option::of(funnel("g")))
        .prop_map(|(one, two)| {
            let body = one + &two.unwrap_or_default();
            let mut out = PRELUDE.to_owned();
            for (number, part) in body.split('@').enumerate() {
                if number > 0 {
                    out.push_str(&number.to_string());
                }
                out.push_str(part);
            }
            out
        })
        .boxed()
}

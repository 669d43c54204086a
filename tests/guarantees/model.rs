//! What proofs know of: each thing makes a difference to a verdict.

use crate::{analysis_of, told};
use funnelc::{check::promises, diag::render};

/// The code of the only guarantee of a program, and what is said of it.
fn code_of(text: &str) -> (&'static str, String) {
    let analysis = analysis_of(text);
    assert!(analysis.is_whole, "{text}");
    let [promise] = &promises(&analysis.model)[..] else { panic!("one guarantee: {text}") };
    let finding = told(&analysis, promise).unwrap_or_else(|| panic!("nothing is said: {text}"));
    (finding.code.id, render::short(finding, &analysis.sources))
}

/// A program that holds what it promises, and the same without what it holds by.
pub fn hangs_on(text: &str, word: &str, instead: &str, without: &[&str]) {
    assert!(text.contains(word), "{word}\n{text}");
    let (code, said) = code_of(text);
    assert!(matches!(code, "F606" | "F702"), "with `{word}`: {said}\n{text}");
    let other = text.replace(word, instead);
    let (code, said) = code_of(&other);
    assert!(without.contains(&code), "without `{word}`: {said}\n{other}");
}

pub const WORDS: &str = "contact {\nhot : flag = no\nmail : flag = yes\ntries : number = 0 ours\nkind : one of [shop, school]? fixed\ntimezone : text? fixed\n}\n\
                     event a\nevent b at most 1 per 3 days\nevent tick ours\nchannel web\n\
                     channel email {\nneeds mail\nat most 2 within 7 days\nquiet from 21:00 to 08:00\n}\n\
                     message m by web\nmessage k by web\nmessage e by email\n";

fn funnel(reentry: &str, body: &str) -> String {
    format!("{WORDS}funnel f {{\nfor each contact\nreentry {reentry}\n{body}\n}}\n")
}

pub const REFUTED: &[&str] = &["F605", "F701", "F803"];
pub const UNSURE: &[&str] = &["F605", "F701", "F803", "F607"];

#[test]
fn caps_of_channels() {
    let text = funnel(
        "never",
        "stage t {\nenter when a\nleave after 90 days\nnurture n { repeat up to 9 times every 1 day { send e as x } }\n}\n\
         guarantee at most 2 messages within 7 days",
    );
    hangs_on(&text, "at most 2 within 7 days\n", "", REFUTED);
}

#[test]
fn quiet_hours_with_zones() {
    let text = funnel(
        "never",
        "stage t {\nenter when a\nleave when series finished\nnurture series {\nsend e as x\nwait 1 day\nsend e as y\n}\n}\n\
         guarantee every contact leaves t within 10 days",
    );
    hangs_on(&text, "timezone : text? fixed", "timezone : text?", UNSURE);
}

#[test]
fn coming_again() {
    let body = "stage t {\nenter when a\nleave after 2 days\nnurture n { send m as x }\n}\n";
    let once = funnel("never", body) + "guarantee at most 1 m\n";
    hangs_on(&once, "reentry never", "reentry after leaving", REFUTED);
    let seldom = funnel("30 days after leaving", body) + "guarantee at least 30 days between m\n";
    hangs_on(&seldom, "30 days after leaving", "after leaving", REFUTED);
    let started = funnel("30 days after starting", body) + "guarantee at least 30 days between m\n";
    hangs_on(&started, "30 days after starting", "20 days after starting", REFUTED);
}

#[test]
fn nurtures_side_by_side() {
    let two = |first: &str, second: &str, promise: &str| {
        funnel(
            "never",
            &format!(
                "stage t {{\nenter when a\nleave after 90 days\nnurture one {{\n{first}\n}}\nnurture two {{\n{second}\n}}\n}}\n\
                 guarantee {promise}"
            ),
        )
    };
    let (one, other) = ("send m as x\nwait 7 days\nsend m as y", "wait 3 days\nsend k as z\nwait 7 days\nsend k as w");
    let apart = two(one, other, "at least 3 days between messages");
    hangs_on(&apart, "at least 3 days", "at least 4 days", REFUTED);
    hangs_on(&apart, "nurture two {", "nurture two when hot = yes {", UNSURE);
    let three = two(one, other, "at most 2 messages within 7 days");
    hangs_on(&three, "wait 3 days", "wait 2 days", &["F702"]);
    hangs_on(&three, "at most 2 messages", "at most 1 messages", REFUTED);
    let answered = two("wait until b up to 2 days\nsend m as x", "wait 3 days\nsend k as z", "at least 1 day between messages");
    hangs_on(&answered, "at least 1 day", "at least 2 days", REFUTED);
}

#[test]
fn visits_at_most() {
    let text = funnel(
        "never",
        "stage t {\nenter when a\nenter from t after 10 days\nvisits at most 3\n}\nfinal stage over { enter from t after 10 days }\n\
         guarantee every contact leaves t within 30 days",
    );
    hangs_on(&text, "visits at most 3\n", "", UNSURE);
}

#[test]
fn counters_of_ours() {
    let laps = |promise: &str| {
        funnel(
            "never",
            &format!(
                "stage t {{\nenter when a\nenter from t after 10 days when tries < 3\nnurture n {{\nset tries = tries + 1\nsend m as x\n}}\n}}\n\
                 final stage over {{ enter from t after 10 days }}\nguarantee {promise}"
            ),
        )
    };
    for promise in ["every contact leaves t within 30 days", "at most 3 m", "whoever enters t reaches over"] {
        hangs_on(&laps(promise), "set tries = tries + 1\n", "", UNSURE);
        hangs_on(&laps(promise), "after 10 days when tries < 3", "after 10 days", UNSURE);
        // Somebody else may set it back.
        hangs_on(&laps(promise), "send m as x\n", "send m as x\nset tries = 0\n", UNSURE);
    }
    // One less is too few.
    hangs_on(&laps("at most 3 m"), "at most 3 m", "at most 2 m", REFUTED);
    hangs_on(&laps("every contact leaves t within 30 days"), "within 30 days", "within 29 days", REFUTED);
    // Two stages in turn, the step behind a wait, and a way on that is open only when it was done.
    let round = funnel(
        "never",
        "stage t {\nenter when a\nenter from u after 2 days when tries <= 1\n}\n\
         stage u {\nenter from t after 3 days\nnurture n {\nwait 1 day\nset tries = tries + 1\n}\n}\n\
         final stage over { enter from u after 2 days }\nguarantee every contact in t reaches over within 10 days",
    );
    hangs_on(&round, "tries <= 1", "tries <= 2", UNSURE);
    hangs_on(&round, "wait 1 day\n", "wait 2 days\n", UNSURE);
    hangs_on(&round, "wait 1 day\n", "wait 1 day\nif hot = yes { stop }\n", UNSURE);
}

#[test]
fn how_often_events_come() {
    let text = funnel(
        "never",
        "stage t {\nenter when a\nleave after 90 days\nnurture n each time b { send m as x }\n}\nguarantee at least 3 days between m",
    );
    hangs_on(&text, " at most 1 per 3 days", "", UNSURE);
}

/// A play that surely records what opens the way.
#[test]
fn stays_that_a_recorded_event_ends() {
    let text = funnel(
        "never",
        "stage t {\nenter when a\nnurture n {\nwait until b up to 3 days\nsend m as x\nwait 2 days\nrecord tick\n}\n}\n\
         goal stage u { enter from t when tick }\nguarantee every contact leaves t within 5 days",
    );
    hangs_on(&text, "within 5 days", "within 4 days", REFUTED);
    hangs_on(&text, "wait 2 days", "wait 3 days", REFUTED);
    hangs_on(&text, "record tick\n", "if hot = yes { record tick }\n", UNSURE);
    hangs_on(&text, "wait 2 days", "if hot = yes { stop }\nwait 2 days", UNSURE);
    hangs_on(&text, "nurture n {", "nurture n when hot = yes {", UNSURE);
    hangs_on(&text, "from t when tick", "from t when tick and hot = yes", UNSURE);
    hangs_on(&text, "event tick ours", "event tick", &["F606"]);
    // What others bring about at that instant may be too much for one record.
    let noisy =
        "stage w { enter from u when c\nnurture n each time tick { repeat up to 100 times every 1 second { send k as y } } }\nguarantee";
    hangs_on(&text.replace("event a\n", "event a\nevent c\n"), "guarantee", noisy, UNSURE);
}

#[test]
fn what_is_assumed() {
    let text = funnel(
        "never",
        "assume b within 5 days of entering t\nstage t { enter when a }\nfinal stage over { enter from t when b }\n\
         guarantee every contact leaves t within 5 days",
    );
    hangs_on(&text, "assume b within 5 days of entering t\n", "", UNSURE);
}

/// Whoever is turned back at the instant of entry stays, though another door is open for everybody.
#[test]
fn who_goes_round_at_once_stays() {
    let text = funnel(
        "never",
        "stage t {\nenter when a\nenter from t when hot = yes\nnurture n { send m as x }\n}\n\
         final stage over { enter from t when hot = yes or hot = no }\nguarantee never send m in t",
    );
    let (code, said) = code_of(&text);
    assert!(UNSURE.contains(&code), "{said}\n{text}");
}

/// Without consent nothing goes out.
#[test]
fn consent() {
    let only = |flag: &str, promise: &str| {
        funnel(
            "never",
            &format!(
                "stage t {{ enter when a }}\nstage u {{\nenter from t when mail = no\nleave after 9 days\nnurture n {{\nwait 1 day\nsend e as x\nsend m as y\n}}\n}}\n\
                 guarantee {promise}"
            ),
        )
        .replace("mail : flag = yes", flag)
    };
    for promise in ["never send e in u", "never send e after a", "at most 1 messages"] {
        // What never changes is no longer `yes` behind the door.
        hangs_on(&only("mail : flag? fixed", promise), "mail : flag? fixed", "mail : flag = yes", REFUTED);
        hangs_on(&only("mail : flag? fixed", promise), "when mail = no", "when mail = yes", REFUTED);
        // What we alone set is what it was.
        hangs_on(&only("mail : flag = no ours", promise), "flag = no ours", "flag = no", REFUTED);
        hangs_on(&only("mail : flag = no ours", promise), "nurture n {", "nurture n {\nset mail = yes\n", REFUTED);
        hangs_on(&only("mail : flag = no ours", promise), "needs mail\n", "", REFUTED);
    }
    // A message that needs none goes out all the same.
    let receipt = only("mail : flag? fixed", "never send e in u");
    hangs_on(&receipt, "message e by email", "message e by email { transactional }", REFUTED);
}

/// An opt-out lasts where nobody can take it back; a complaint always does.
#[test]
fn consent_that_is_taken_back() {
    let opted = |flag: &str, promise: &str| {
        funnel(
            "never",
            &format!(
                "stage t {{\nenter when a\nleave after 90 days\nnurture n {{\nwait 2 days\nsend e as x\nwait 9 days\nsend e as y\n}}\n}}\n\
                 guarantee {promise}"
            ),
        )
        .replace("mail : flag = yes", flag)
        .replace("event tick ours\n", "event tick ours\nevent unsubscribe opt out of email\n")
    };
    let fixed = opted("mail : flag? fixed", "never send e after unsubscribe");
    hangs_on(&fixed, "flag? fixed", "flag = yes", REFUTED);
    hangs_on(&fixed, " opt out of email", "", REFUTED);
    let complains = opted("mail : flag = yes", "never send e after complained e");
    hangs_on(&complains, "after complained e", "after complained m", UNSURE);
    hangs_on(&complains, "after complained e", "after clicked e", REFUTED);
    hangs_on(&complains, "message e by email", "message e by email { transactional }", REFUTED);
    let bounces = opted("mail : flag = yes", "never send e after bounced e where hard = yes");
    hangs_on(&bounces, " where hard = yes", "", UNSURE);
    hangs_on(&bounces, "hard = yes", "hard = no", UNSURE);
}

/// Two values of a flag are kept apart by its being fixed, but not from an opt-out.
#[test]
fn what_an_opt_out_changes_keeps_nobody_apart() {
    let text = funnel(
        "never",
        "stage t { enter when a }\nstage u { enter from t when mail = yes }\nstage w { enter from t when mail = no }\n\
         stage back { enter from u when b }\nleave when tries > 9\nguarantee u excludes w",
    );
    let text = text.replace("stage t { enter when a }", "stage t {\nenter when a\nenter from back when a\n}");
    let fixed = text.replace("mail : flag = yes", "mail : flag? fixed");
    hangs_on(&fixed, "event b", "event b opt out of email", UNSURE);
}

/// How often an event of ours comes is told by what records it.
#[test]
fn events_that_are_recorded() {
    let ticks = |promise: &str| {
        format!(
            "{WORDS}funnel g {{\nfor each contact\nreentry never\nstage r {{\nenter when a\nleave after 60 days\nnurture n {{\n\
             repeat up to 4 times every 5 days {{ record tick }}\n}}\n}}\n}}\n\
             funnel f {{\nfor each contact\nreentry never\nstage t {{\nenter when a\nleave after 90 days\n\
             nurture n each time tick {{ send m as x }}\n}}\nguarantee {promise}\n}}\n"
        )
    };
    let apart = ticks("at least 5 days between m");
    hangs_on(&apart, "every 5 days", "every 4 days", REFUTED);
    hangs_on(
        &apart,
        "reentry never\nstage r {\nenter when a\nleave after 60",
        "reentry after leaving\nstage r {\nenter when a\nleave after 4",
        REFUTED,
    );
    hangs_on(&apart, "event tick ours", "event tick", UNSURE);
    let few = ticks("at most 4 m");
    hangs_on(&few, "at most 4 m", "at most 3 m", REFUTED);
    hangs_on(&few, "up to 4 times", "up to 5 times", REFUTED);
    // What another play records beside it comes on top.
    hangs_on(&few, "}\n}\n}\nfunnel f", "}\nnurture o { record tick }\n}\n}\nfunnel f", REFUTED);
    // One that is recorded because of one that is recorded.
    let echo = ticks("at least 5 days between m")
        .replace("each time tick {", "each time tock {")
        .replace("event tick ours\n", "event tick ours\nevent tock ours\n")
        + "funnel h {\nfor each contact\nreentry never\nstage w {\nenter when a\nleave after 70 days\nnurture n each time tick { record tock }\n}\n}\n";
    hangs_on(&echo, "every 5 days", "every 4 days", REFUTED);
    // Doors that open by it alone.
    let doors = format!(
        "{WORDS}funnel g {{\nfor each contact\nreentry never\nstage r {{\nenter when a\nleave after 60 days\nnurture n {{\n\
         repeat up to 4 times every 5 days {{ record tick }}\n}}\n}}\n}}\n\
         funnel f {{\nfor each contact\nreentry after leaving\nstage t {{\nenter when tick\nleave after 1 day\n\
         nurture n {{ send m as x }}\n}}\n}}\nguarantee at least 5 days between m\n"
    );
    hangs_on(&doors, "every 5 days", "every 4 days", REFUTED);
    hangs_on(&doors, "enter when tick", "enter when tick or a", UNSURE);
    // What is sent is told by the steps that send.
    let sent = funnel(
        "never",
        "stage t {\nenter when a\nleave after 90 days\nnurture n {\nsend m as x\nwait 4 days\nsend m as y\n}\n\
         nurture o each time sent m { send k as z }\n}\nguarantee at least 4 days between k",
    );
    hangs_on(&sent, "wait 4 days", "wait 3 days", REFUTED);
}

/// Funnels that are tied to each other send less than the sum.
#[test]
fn funnels_side_by_side() {
    let two = |first: &str, second: &str, promise: &str| {
        format!(
            "{WORDS}event sign\nfunnel f {{\nfor each contact\nreentry never\n{first}\n}}\nfunnel g {{\nfor each contact\nreentry never\n\
             {second}\n}}\nguarantee {promise}\n"
        )
    };
    // An attribute that never changes.
    let apart = two(
        "stage t {\nenter when a and kind = shop\nleave after 9 days\nnurture n { send m as x }\n}",
        "stage r {\nenter when a and kind = school\nleave after 9 days\nnurture n { send k as x }\n}",
        "at most 1 messages",
    );
    hangs_on(&apart, "? fixed\ntimezone", "?\ntimezone", REFUTED);
    hangs_on(&apart, "kind = school", "kind = shop", REFUTED);
    // The one ends for good with the event that the other begins with.
    let ends = two(
        "leave when sign\nstage t {\nenter when a and no sign\nleave after 9 days\nnurture n { repeat up to 3 times every 1 day { send m as x } }\n}",
        "stage r {\nenter when sign\nleave after 9 days\nnurture n {\nwait 2 days\nsend k as x\nwait 1 day\nsend k as y\n}\n}",
        "at most 2 messages within 2 days",
    );
    hangs_on(&ends, "enter when a and no sign", "enter when a", REFUTED);
    hangs_on(&ends, "leave when sign\n", "", REFUTED);
    hangs_on(&ends, "enter when sign", "enter when sign or a", REFUTED);
    hangs_on(&ends, "wait 2 days\nsend k", "wait 1 day\nsend k", &["F702"]);
    hangs_on(&ends, "wait 2 days\nsend k", "send k", REFUTED);
    // The one records at its end what the other begins with.
    let hands_on = two(
        "stage t {\nenter when a\nleave after 9 days\nnurture n {\nsend m as x\nwait 2 days\nsend m as y\nrecord tick\n}\n}",
        "stage r {\nenter when tick\nleave after 9 days\nnurture n {\nwait 2 days\nsend k as x\n}\n}",
        "at least 2 days between messages",
    );
    hangs_on(&hands_on, "wait 2 days\nsend k as x", "wait 1 day\nsend k as x", REFUTED);
    hangs_on(&hands_on, "enter when tick", "enter when tick or b", REFUTED);
    hangs_on(&hands_on, "record tick\n", "record tick\nwait 1 day\nsend m as z\n", REFUTED);
    hangs_on(&hands_on, "send m as x\n", "send m as x\nrecord tick\n", REFUTED);
}

/// Three in a row; of four the sum.
#[test]
fn three_funnels_in_a_row() {
    let row = |more: &str| {
        format!(
            "{WORDS}event tock ours\nfunnel f {{\nfor each contact\nreentry never\nstage t {{\nenter when a\nleave after 9 days\nnurture n {{\nsend m as x\n\
             record tick\n}}\n}}\n}}\nfunnel g {{\nfor each contact\nreentry never\nstage r {{\nenter when tick\nleave after 9 days\nnurture n {{\nwait 3 days\n\
             send m as x\nrecord tock\n}}\n}}\n}}\nfunnel h {{\nfor each contact\nreentry never\nstage w {{\nenter when tock\nleave after 9 days\n\
             nurture n {{\nwait 4 days\nsend m as x\n}}\n}}\n}}\n{more}guarantee at most 2 m within 7 days\n"
        )
    };
    hangs_on(&row(""), "within 7 days\n", "within 8 days\n", REFUTED);
    hangs_on(&row(""), "at most 2 m", "at most 1 m", REFUTED);
    let fourth = "funnel i {\nfor each contact\nreentry never\nstage v {\nenter when tock\nleave after 9 days\nnurture n {\nwait 90 days\nsend m as x\n}\n}\n}\n";
    let (code, said) = code_of(&row(fourth));
    assert!(matches!(code, "F702"), "nobody is there after 90 days: {said}");
    let (code, said) = code_of(&row(&fourth.replace("leave after 9 days", "leave after 99 days")));
    assert!(UNSURE.contains(&code), "four are summed: {said}");
}

/// What one funnel asks of the past keeps those out who were in the other.
#[test]
fn stages_of_two_funnels() {
    let two = |first: &str, second: &str, promise: &str| {
        format!(
            "{WORDS}funnel f {{\nfor each contact\nreentry never\nstage t {{\n{first}\nleave after 9 days\n}}\n}}\n\
             funnel g {{\nfor each contact\nreentry never\nstage r {{\n{second}\nleave after 9 days\n}}\n}}\nguarantee {promise}\n"
        )
    };
    let by_event = two("enter when b", "enter when a and no b", "r never follows t");
    hangs_on(&by_event, "enter when a and no b", "enter when a", REFUTED);
    hangs_on(&by_event, "enter when b", "enter when a", UNSURE);
    hangs_on(&by_event, "r never follows t", "t never follows r", REFUTED);
    // Both ask that the other has not happened.
    let both = two("enter when a and no b", "enter when b and no a", "t excludes r");
    hangs_on(&both, "enter when a and no b", "enter when a", REFUTED);
    hangs_on(&both, "enter when b and no a", "enter when b", REFUTED);
    // Another value of what never changes.
    for promise in ["t excludes r", "t never follows r", "r never follows t"] {
        let fixed = two("enter when a and kind = shop", "enter when b and kind = school", promise);
        hangs_on(&fixed, "school]? fixed", "school]?", UNSURE);
        hangs_on(&fixed, "kind = school", "kind != school", UNSURE);
    }
    // A value that is set for good.
    let by_value =
        two("enter when a and tries = 1", "enter when a and tries = 0\nnurture n {\nwait 1 day\nset tries = 1\n}", "r never follows t");
    let by_value = by_value.replace("g {\nfor each contact\nreentry never", "g {\nfor each contact\nreentry after leaving");
    hangs_on(&by_value, "enter when a and tries = 0", "enter when a", UNSURE);
    hangs_on(&by_value, "set tries = 1", "set tries = 1\nwait 1 day\nset tries = 0", UNSURE);
    hangs_on(&by_value, "r never follows t", "t never follows r", REFUTED);
}

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
fn hangs_on(text: &str, word: &str, instead: &str, without: &[&str]) {
    assert!(text.contains(word), "{word}\n{text}");
    let (code, said) = code_of(text);
    assert!(matches!(code, "F606" | "F702"), "with `{word}`: {said}\n{text}");
    let other = text.replace(word, instead);
    let (code, said) = code_of(&other);
    assert!(without.contains(&code), "without `{word}`: {said}\n{other}");
}

const WORDS: &str = "contact {\nhot : flag = no\nmail : flag = yes\ntries : number = 0 ours\nkind : one of [shop, school]? fixed\ntimezone : text? fixed\n}\n\
                     event a\nevent b at most 1 per 3 days\nevent tick ours\nchannel web\n\
                     channel email {\nneeds mail\nat most 2 within 7 days\nquiet from 21:00 to 08:00\n}\n\
                     message m by web\nmessage k by web\nmessage e by email\n";

fn funnel(reentry: &str, body: &str) -> String {
    format!("{WORDS}funnel f {{\nfor each contact\nreentry {reentry}\n{body}\n}}\n")
}

const REFUTED: &[&str] = &["F605", "F701", "F803"];
const UNSURE: &[&str] = &["F605", "F701", "F803", "F607"];

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

//! What is tight: numbers that hold just so, and one less is broken.

use crate::{analysis_of, told};
use funnelc::{check::promises, diag::render};

/// A program with one guarantee, and what it says.
fn code_of(text: &str) -> (String, &'static str) {
    let analysis = analysis_of(text);
    assert!(analysis.is_whole, "{text}");
    let [promise] = &promises(&analysis.model)[..] else { panic!("one guarantee: {text}") };
    let finding = told(&analysis, promise).unwrap_or_else(|| panic!("nothing is said: {text}"));
    (render::short(finding, &analysis.sources), finding.code.id)
}

const WORDS: &str =
    "contact {\nhot : flag = no\n}\nevent a\nevent b at most 1 per 3 days\nchannel web\nmessage m by web\nmessage k by web\n";

/// A funnel with a guarantee that has a bound: where it holds just so, and where it is broken by one less.
fn tight(body: &str, promise: &str, holds: &str, broken: &str) {
    for (bound, is_held) in [(holds, true), (broken, false)] {
        let text = format!("{WORDS}funnel f {{\nfor each contact\nreentry never\n{body}\nguarantee {}\n}}\n", promise.replace('#', bound));
        let (said, code) = code_of(&text);
        let wanted: &[&str] = if is_held { &["F606", "F702"] } else { &["F605", "F701"] };
        assert!(wanted.contains(&code), "{said}\n{text}");
    }
}

/// Bounds made one tighter are refuted: the numbers are attained.
#[test]
fn a_bound_that_is_one_too_tight_is_refuted() {
    let ends = "goal final stage won { enter from t when a }";
    tight(
        "stage t { enter when a }\ngoal final stage won { enter from t after 5 days }",
        "every contact leaves t within #",
        "5 days",
        "4 days",
    );
    let laps =
        "stage t {\nenter when a\nenter from t after 10 days\nvisits at most 4\n}\ngoal final stage won { enter from t after 10 days }";
    tight(laps, "every contact leaves t within #", "40 days", "39 days");
    let two = "stage t { enter when a }\nstage u { enter from t after 3 days }\ngoal final stage won { enter from u after 4 days }";
    tight(two, "every contact in t reaches won within #", "7 days", "6 days");
    let round = "stage t {\nenter when a\nenter from u after 2 days\nvisits at most 2\n}\nstage u { enter from t after 1 day }\n\
                 goal final stage won { enter from u after 2 days }";
    tight(round, "every contact in t reaches won within #", "6 days", "5 days");
    let series = format!(
        "stage t {{\nenter when a\nleave after 20 days\nnurture n {{\nsend m as x\nwait 2 days\nsend k as y\nwait 3 days\nsend m as z\n}}\n}}\n{ends}"
    );
    tight(&series, "at most # messages within 5 days", "2", "1");
    tight(&series, "at most # messages", "3", "2");
    tight(&series, "at least # between messages", "2 days", "3 days");
    tight(&series, "at least # between m", "5 days", "6 days");
    let each = format!("stage t {{\nenter when a\nleave after 20 days\nnurture n each time b {{ send m as x }}\n}}\n{ends}");
    tight(&each, "at most # m within 6 days", "2", "1");
    tight(&each, "at least # between m", "3 days", "4 days");
    let again = "stage t {\nenter when a\nenter from u after 3 days\nleave after 90 days\n}\ngoal stage u {\nenter from t when a\nleave after 30 days\n\
                 nurture n { send m as x }\n}";
    tight(again, "at least # between m", "3 days", "4 days");
    let tail = "stage t {\nenter when a\nnurture n {\nsend m as x\nwait 2 days\nsend k as y\n}\n}\n\
                goal final stage won {\nenter from t after 10 days\nnurture n {\nsend m as z\nwait 1 day\nsend k as w\n}\n}";
    tight(tail, "at most # messages within 10 days", "3", "2");
    tight(tail, "at most # messages within 8 days", "2", "1");
    let rounds = format!(
        "stage t {{\nenter when a\nleave after 60 days\nnurture n {{ repeat up to 5 times every 7 days {{ send m as x }} }}\n}}\n{ends}"
    );
    tight(&rounds, "at most # messages within 14 days", "2", "1");
    tight(&rounds, "at most # messages", "5", "4");
}

/// Things that surely hold, and what takes one word away from them.
#[test]
fn a_word_less_and_it_is_broken() {
    let body = |door: &str| {
        format!(
            "stage t {{\nenter when a\nnurture n {{\nwait 2 days\nsend m as x\n}}\n}}\n{door}\nfinal stage gone {{ enter from t after 9 days }}"
        )
    };
    let held = body("goal final stage won { enter from t when b }");
    let not = body("goal final stage won { enter from t when b and hot = yes }");
    for (body, wanted) in [(&held, "F606"), (&not, "F605")] {
        for promise in ["never send m after b", "b leads to won within 1 day"] {
            let text = format!("{WORDS}funnel f {{\nfor each contact\nreentry never\n{body}\nguarantee {promise}\n}}\n");
            let (said, code) = code_of(&text);
            assert_eq!(code, wanted, "{said}\n{text}");
        }
    }
}

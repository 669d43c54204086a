//! Funnels whose runs have keys: what happens to one run is no business of another.

use crate::{BEGIN_MS, DAY_MS, MINUTE_MS, analysis_of, told};
use funnelc::{
    check::{Checked, promises},
    diag::{Diagnostics, render},
    lower,
    runtime::{self, Collected, Options, Raw, Record},
    story::{Came, Course, breaks},
};
use smol_str::SmolStr;

/// What comes: when in minutes, which event, with which key.
type Coming = (i64, &'static str, Option<&'static str>);

/// The code of the only guarantee of a program, and whether a course breaks it.
fn played(text: &str, coming: &[Coming]) -> (String, bool) {
    let analysis = analysis_of(text);
    assert!(analysis.is_whole, "{text}");
    let rules =
        Checked::new(&analysis.model, &Diagnostics::new()).map(|it| lower::lower(&it, &analysis.sources)).expect("nothing blocks it");
    let [promise] = &promises(&analysis.model)[..] else { panic!("one guarantee: {text}") };
    let carried = |key: Option<&str>| key.map(|key| ("cart".to_owned(), Raw::Text(key.to_owned())));
    let records = coming.iter().enumerate().map(|(position, (at, event, key))| {
        let properties = carried(*key).into_iter().collect();
        let (time_ms, contact) = (BEGIN_MS + at * MINUTE_MS, "somebody".to_owned());
        Ok(Record { time_ms, contact, event: (*event).to_owned(), properties, id: None, position: position as u64 + 1 })
    });
    let end_ms = BEGIN_MS + 60 * DAY_MS;
    let mut collected = Collected::default();
    runtime::run(&rules, records, Options { until_ms: Some(end_ms), ..Options::default() }, &mut collected).expect("UTC is known");
    let came = |(at, event, key): &Coming| Came {
        at_ms: BEGIN_MS + at * MINUTE_MS,
        event: SmolStr::from(*event),
        asked: None,
        properties: key.iter().map(|key| (SmolStr::new_static("cart"), (*key).to_owned())).collect(),
    };
    let events: Vec<Came> = coming.iter().map(came).collect();
    let course = Course { outcomes: &collected.outcomes, events: &events, end_ms, is_quiet: true };
    let broken = breaks(promise.breach.as_ref().expect("something breaks it"), course);
    let finding = told(&analysis, promise).expect("something is said");
    (render::short(finding, &analysis.sources), broken)
}

fn orders(promise: &str, at_top: bool) -> String {
    let (inside, top) =
        if at_top { (String::new(), format!("guarantee {promise}\n")) } else { (format!("guarantee {promise}\n"), String::new()) };
    format!(
        "contact {{ name : text? }}\nevent a(cart: text)\nevent b(cart: text?)\nchannel web\nmessage m by web\n\
         funnel f {{\nfor each contact and cart\nreentry never\n\
         stage t {{\nenter when a\nnurture n {{\nwait 2 days\nsend m as x\n}}\n}}\n\
         goal final stage won {{ enter from t when b }}\nfinal stage gone {{ enter from t after 9 days }}\n{inside}}}\n{top}"
    )
}

/// Two orders; the second is paid for at once, the first never.
const TWO: &[Coming] = &[(0, "a", Some("1")), (10, "a", Some("2")), (20, "b", Some("2"))];
/// The same, paid for without a word for which.
const BOTH: &[Coming] = &[(0, "a", Some("1")), (10, "a", Some("2")), (20, "b", None)];

#[test]
fn an_event_of_another_run_breaks_nothing() {
    for promise in ["never send m after b", "b leads to won within 1 day"] {
        for coming in [TWO, BOTH] {
            let (said, broken) = played(&orders(promise, false), coming);
            assert!(said.contains("F606"), "{said}");
            assert!(!broken, "{promise}, {coming:?}");
        }
    }
}

/// Over all funnels the event of one order is one of the contact, who gets the message of the other order after it.
#[test]
fn over_all_runs_it_does() {
    let (said, broken) = played(&orders("never send m after b", true), TWO);
    assert!(broken);
    assert!(!said.contains("F606"), "{said}");
}

/// An order hears nothing of what is paid for another: over all of them that keeps no message back.
#[test]
fn runs_hear_nothing_of_each_other() {
    let text = orders("never send m after b", true).replace("enter when a", "enter when a and no b");
    let (said, broken) = played(&text, TWO);
    assert!(broken);
    assert!(!said.contains("F606"), "{said}");
}

/// One order is in a stage while the message of another goes out.
#[test]
fn runs_are_in_stages_side_by_side() {
    let text = orders("never send m in won", true)
        .replace("goal final stage won {", "goal stage won {\nleave after 30 days\n")
        .replace("when b }", "when b\n}");
    let (said, broken) = played(&text, TWO);
    assert!(broken);
    assert!(!said.contains("F606"), "{said}");
}

/// Each run stays for itself: others that come and go in between make none longer or shorter.
#[test]
fn each_run_stays_for_itself() {
    let text = orders("every contact leaves t within 3 days", false).replace("after 9 days", "after 4 days");
    let text = text
        .replace("stage t {\nenter when a\n", "stage t {\nenter when a\nenter from t when b\n")
        .replace("from t when b }", "from t when b and no a }");
    let again = [(0, "a", Some("1")), (10, "a", Some("2")), (2880, "b", Some("1")), (2890, "b", Some("2"))];
    let (said, broken) = played(&text, &again);
    assert!(broken, "{said}");
}

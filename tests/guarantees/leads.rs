//! Where an event leads a contact, whatever they have done before: each thing makes a difference to the verdict.

use crate::model::{REFUTED, WORDS, hangs_on};

/// Outside of a funnel an event must let everybody in who is not in it, the first time and later.
#[test]
fn whoever_is_outside_is_let_in() {
    let text = |promise: &str| {
        format!(
            "{WORDS}funnel f {{\nfor each contact\nreentry after leaving\nstage t {{\nenter when a\n}}\nstage u {{\nenter from t after 2 days\n\
             leave after 3 days\n}}\n}}\nguarantee {promise}\n"
        )
    };
    for promise in ["a leads to u within 2 days", "a leads to t or u within 1 day"] {
        let program = text(promise);
        hangs_on(&program, "reentry after leaving", "reentry never", REFUTED);
        hangs_on(&program, "reentry after leaving", "reentry 2 days after leaving", REFUTED);
        hangs_on(&program, "enter when a", "enter when a and hot = yes", REFUTED);
        hangs_on(&program, "enter when a", "enter when a and hot = yes\nenter when a and hot = no", &["F606"]);
        hangs_on(&program, "guarantee a leads", "guarantee b leads", REFUTED);
    }
    let further = text("a leads to u within 2 days");
    hangs_on(&further, "from t after 2 days", "from t after 3 days", REFUTED);
    hangs_on(&further, "enter when a\n", "enter when a\nleave when b\n", REFUTED);
    // Who never leaves need not come again.
    let stays = text("a leads to u within 2 days")
        .replace("leave after 3 days\n", "")
        .replace("stage u", "goal stage u")
        .replace("reentry after leaving", "reentry never");
    hangs_on(&stays, "enter when a", "enter when a and hot = yes", REFUTED);
}

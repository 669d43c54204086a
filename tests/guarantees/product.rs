//! What is known of funnels that are looked at together, state by state: each thing makes a difference to a verdict.

use crate::model::{REFUTED, UNSURE, WORDS, hangs_on};

/// Funnels of one stage each, that end when their plays do.
fn together(funnels: &[(&str, &str)], promise: &str) -> String {
    let words = WORDS.replace("tries : number", "busy : flag = no ours\ntries : number");
    let funnel = |(at, (door, steps)): (usize, &(&str, &str))| {
        let name = ["f", "g", "h"][at];
        format!(
            "funnel {name} {{\nfor each contact\nreentry after leaving\nstage s_{name} {{\nenter when {door}\nleave when series finished\n\
             nurture series {{\n{steps}\n}}\n}}\n}}\n"
        )
    };
    format!("{words}event c\n{}guarantee {promise}\n", funnels.iter().enumerate().map(funnel).collect::<String>())
}

/// One waits until the other is done.
#[test]
fn funnels_that_wait_for_each_other() {
    let first = "set busy = yes\nsend m as x\nwait 2 days\nsend m as y\nwait 3 days\nset busy = no";
    let second = "set busy = yes\nsend k as x\nwait 4 days\nset busy = no";
    let two = together(&[("a and busy = no", first), ("b and busy = no", second)], "at least 2 days between messages");
    hangs_on(&two, "enter when b and busy = no", "enter when b", REFUTED);
    hangs_on(&two, "enter when a and busy = no", "enter when a", REFUTED);
    hangs_on(&two, "set busy = yes\nsend m", "send m", REFUTED);
    hangs_on(&two, "wait 3 days\nset busy = no", "set busy = no\nwait 3 days", REFUTED);
    hangs_on(&two, "wait 2 days", "wait 1 day", REFUTED);
    hangs_on(&two, "at least 2 days", "at least 3 days", REFUTED);
    // Both come in at one event before either has said that it is busy.
    hangs_on(&two, "enter when b and", "enter when a and", REFUTED);
    // Somebody else may say so too.
    hangs_on(&two, "busy : flag = no ours", "busy : flag = no", UNSURE);
    let third = "set busy = yes\nsend e as x\nwait 9 days\nset busy = no";
    let doors = ["a and busy = no", "b and busy = no", "c and busy = no"];
    let three = together(&[(doors[0], first), (doors[1], second), (doors[2], third)], "at least 2 days between messages");
    hangs_on(&three, "enter when c and busy = no", "enter when c", REFUTED);
    hangs_on(&three, "wait 9 days", "wait 1 day", REFUTED);
    // A fourth that sends nothing of it, but lets all of them in.
    let fourth = "funnel i {\nfor each contact\nreentry after leaving\nstage s_i {\nenter when c\nleave after 1 day\n\
                  nurture n { set busy = no }\n}\n}\n";
    hangs_on(&two, "guarantee", &format!("{fourth}guarantee"), REFUTED);
}

/// Both begin with one event, and go on by exact times.
#[test]
fn funnels_that_begin_together() {
    let two = together(&[("a", "send m as x"), ("a", "wait 3 days\nsend k as x")], "at least 3 days between messages");
    let two = two.replace("reentry after leaving", "reentry never");
    hangs_on(&two, "stage s_g {\nenter when a", "stage s_g {\nenter when b", REFUTED);
    // Whoever comes in later comes later.
    hangs_on(&two, "stage s_g {\nenter when a", "stage s_g {\nenter when a and hot = yes", &["F702"]);
    hangs_on(&two, "stage s_f {\nenter when a", "stage s_f {\nenter when a and hot = yes", UNSURE);
    hangs_on(&two, "wait 3 days", "wait until tick up to 3 days", UNSURE);
    hangs_on(&two, "at least 3 days", "at least 4 days", REFUTED);
    hangs_on(&two, "wait 3 days", "wait 4 days", &["F702"]);
}

/// A step asks what the other funnel has set.
#[test]
fn steps_that_ask_for_the_other_funnel() {
    let asks = "if busy = no {\nsend k as x\n}";
    let two = together(&[("a", "set busy = yes\nsend m as x\nwait 9 days"), ("b", asks)], "at most 1 messages within 7 days");
    let two = two.replace("reentry after leaving", "reentry never").replace("enter when b", "enter when b and had a");
    hangs_on(&two, "if busy = no", "if busy = yes", REFUTED);
    hangs_on(&two, " and had a", "", REFUTED);
    hangs_on(&two, "wait 9 days", "set busy = no", REFUTED);
}

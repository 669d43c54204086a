//! Funnels of any size and of several shapes, written as people write them. All but one are good: no check has anything
//! to say but information.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::{collections::HashSet, fmt::Write};

/// A shape of funnels: its name, and its text for a number of stages.
#[derive(Clone, Copy)]
pub struct Shape {
    /// What it is called in tables.
    pub name: &'static str,
    /// What it measures, in a few words.
    pub about: &'static str,
    /// Whether nothing is wrong with it.
    pub good: bool,
    make: fn(usize) -> String,
}

impl Shape {
    /// The text of a funnel with so many stages.
    pub fn text(self, stages: usize) -> String {
        (self.make)(stages.max(4))
    }
}

/// All shapes.
pub const SHAPES: &[Shape] = &[
    Shape { name: "chain", about: "each stage after the one before", good: true, make: chain },
    Shape { name: "ring", about: "the same, and from the last back to the first", good: true, make: ring },
    Shape { name: "fan", about: "one stage with a door to each of the others", good: true, make: fan },
    Shape { name: "anywhere", about: "each stage entered from anywhere", good: true, make: anywhere },
    Shape { name: "lattice", about: "each stage entered from the four before it", good: true, make: lattice },
    Shape { name: "messages", about: "a series of ten mails in each stage", good: true, make: messages },
    Shape { name: "nurtures", about: "waits, arms, splits and repeats in each stage", good: true, make: nurtures },
    Shape { name: "conditions", about: "doors over attributes, each with constants of its own", good: true, make: conditions },
    Shape { name: "memory", about: "doors over what happened, with windows of their own", good: true, make: memory },
    Shape { name: "faults", about: "something wrong in every stage", good: false, make: faults },
];

/// The vocabulary that all shapes use.
const WORDS: &str = r#"timezone "Europe/Berlin"
contact {
  consent : flag = no
  plan : one of [free, pro, team] = free
  country : text? fixed
  budget : number = 0
  age : number = 18
}
channel email {
  needs consent
  at most 3 within 7 days
  quiet from 21:00 to 08:00
}
channel web
event opt_in on web
event purchase(amount: number, product: text?) on web
event page_view(path: text) on web
event unsubscribe opt out of email
message hello "Hello" by email
message tips "Tips" by email
message offer(amount: number) "An offer" by email
"#;

/// A funnel around stages; people come in by `opt_in`, may unsubscribe, and arrive by a purchase. Of the vocabulary it
/// declares what the stages use.
fn funnel(stages: &str, last: &str) -> String {
    let body = format!(
        "funnel long_way {{\n  for each contact\n  reentry never\n  leave when unsubscribe\n{stages}  goal final stage customer {{ enter from {last} when purchase }}\n}}\n"
    );
    let named: HashSet<&str> = words_of(&body).collect();
    let used = |line: &&str| match words_of(line).collect::<Vec<_>>()[..] {
        ["event" | "message", name, ..] | [name @ ("plan" | "country" | "budget" | "age"), ..] => named.contains(name),
        _ => true,
    };
    let words: Vec<&str> = WORDS.lines().filter(used).collect();
    format!("{}\n{body}", words.join("\n"))
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes all");
}

/// A stage with one line of its own behind the door.
fn stage(out: &mut String, number: usize, door: &str, rest: &str) {
    put(out, format_args!("  stage s{number} \"Stage {number}\" {{\n    {door}\n{rest}  }}\n"));
}

fn step(number: usize) -> String {
    let before = number.saturating_sub(1);
    if number == 0 {
        "enter when opt_in".to_owned()
    } else {
        format!("enter from s{before} when page_view where path = \"/step/{number}\"")
    }
}

fn chain(stages: usize) -> String {
    let mut out = String::new();
    for number in 0..stages - 1 {
        stage(&mut out, number, &step(number), "    nurture welcome { send hello }\n");
    }
    funnel(&out, &format!("s{}", stages - 2))
}

fn ring(stages: usize) -> String {
    let mut out = String::new();
    let last = stages - 2;
    for number in 0..=last {
        let back = format!("    enter from s{last} when page_view where path = \"/again\"\n");
        stage(&mut out, number, &step(number), if number == 0 { &back } else { "" });
    }
    funnel(&out, &format!("s{last}"))
}

fn fan(stages: usize) -> String {
    let mut out = String::new();
    stage(&mut out, 0, "enter when opt_in", "");
    for number in 1..stages - 1 {
        stage(&mut out, number, &format!("enter from s0 when page_view where path = \"/road/{number}\""), "    leave after 30 days\n");
    }
    funnel(&out, "anywhere")
}

fn anywhere(stages: usize) -> String {
    let mut out = String::new();
    stage(&mut out, 0, "enter when opt_in", "");
    for number in 1..stages - 1 {
        stage(&mut out, number, &format!("enter from anywhere when page_view where path = \"/room/{number}\""), "");
    }
    funnel(&out, "anywhere")
}

fn lattice(stages: usize) -> String {
    let mut out = String::new();
    for number in 0..stages - 1 {
        let from: Vec<String> = (number.saturating_sub(4)..number).map(|before| format!("s{before}")).collect();
        let door = if from.is_empty() {
            "enter when opt_in".to_owned()
        } else {
            format!("enter from {} when page_view where path = \"/step/{number}\"", from.join(", "))
        };
        stage(&mut out, number, &door, "    leave after 90 days\n");
    }
    funnel(&out, &format!("s{}", stages - 2))
}

fn messages(stages: usize) -> String {
    let mut out = String::new();
    for number in 0..stages - 1 {
        let mut series = String::from("    nurture series {\n");
        for mail in 0..10 {
            put(&mut series, format_args!("      send mail_{mail}\n      wait {} days\n", 7 + mail));
        }
        series.push_str("    }\n");
        stage(&mut out, number, &step(number), &series);
    }
    let mails: String = (0..10).map(|mail| format!("message mail_{mail} \"Part {mail}\" by email\n")).collect();
    format!("{mails}{}", funnel(&out, "anywhere"))
}

const NURTURE: &str = r#"    nurture series {
      send hello
      wait 2 days
      if had clicked hello { send tips }
      else if plan = pro and country in ["DE", "AT", "CH"] {
        wait until opened hello up to 3 days
        send tips as second
      }
      else {
        split offers {
          50% small { send offer(amount: 10) as small }
          rest large { send offer(amount: 20) as large }
        }
      }
      wait up to 5 days {
        on page_view where path starts with "/pricing" { send tips as prices }
        on purchase where amount > 20 { stop }
        otherwise { send tips as quiet }
      }
      repeat up to 3 times every 7 days until had page_view since entering { send tips as again }
    }
"#;

fn nurtures(stages: usize) -> String {
    let mut out = String::new();
    for number in 0..stages - 1 {
        stage(&mut out, number, &step(number), NURTURE);
    }
    funnel(&out, &format!("s{}", stages - 2))
}

fn conditions(stages: usize) -> String {
    let mut out = String::new();
    for number in 0..stages - 1 {
        let door = if number == 0 {
            "enter when opt_in".to_owned()
        } else {
            let before = number - 1;
            format!(
                "enter from s{before} when page_view where path = \"/step/{number}\" and budget >= {number} and (plan = pro or age > 30 and age < {})",
                40 + number
            )
        };
        stage(&mut out, number, &door, "    leave after 60 days\n");
    }
    funnel(&out, &format!("s{}", stages - 2))
}

fn memory(stages: usize) -> String {
    let mut out = String::new();
    for number in 0..stages - 1 {
        let door = if number == 0 {
            "enter when opt_in".to_owned()
        } else {
            let before = number - 1;
            let (days, views) = (7 + number % 300, 2 + number % 50);
            format!(
                "enter from s{before} when page_view where path = \"/step/{number}\" and at least {views} page_view within {days} days and no purchase within {} days",
                2 * days
            )
        };
        stage(&mut out, number, &door, "    leave after 60 days\n");
    }
    funnel(&out, &format!("s{}", stages - 2))
}

/// A way that goes on, with side roads on which something is wrong, each in its own way.
fn faults(stages: usize) -> String {
    let mut out = String::new();
    let mut last = 0;
    for number in 0..(stages - 1) / 3 {
        last = 3 * number;
        let door = if number == 0 {
            "enter when opt_in".to_owned()
        } else {
            format!("enter from s{} when page_view where path = \"/step/{number}\"", last - 3)
        };
        stage(&mut out, last, &door, "");
        let (one, two) = (last + 1, last + 2);
        let aside = format!("enter from s{last} when page_view where path = \"/aside/{number}\"");
        let (first, second, rest) = match number % 4 {
            0 => (aside.clone(), aside, String::new()),
            1 => (
                format!("{aside}\n    enter from s{two} when budget > {number}"),
                format!("enter from s{one} when budget > {}", number + 1),
                String::new(),
            ),
            2 => (
                format!("{aside}\n    enter from s{two} after 30 days"),
                format!("enter from s{one} after 30 days"),
                "    nurture n { send hello }\n    leave when opt_in\n".to_owned(),
            ),
            _ => (format!("{aside} and age < {number} and age > {number}"), aside, "    leave after 30 days\n".to_owned()),
        };
        stage(&mut out, one, &first, &rest);
        stage(&mut out, two, &second, "");
    }
    funnel(&out, &format!("s{last}"))
}

/// Many funnels of ordinary size in one file of about so many bytes, each with words of its own.
pub fn many_funnels(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 8192);
    text.push_str(SHARED);
    let mut number = 0;
    while text.len() < bytes {
        text.push_str(&ORDINARY.replace("@@", &number.to_string()));
        number += 1;
    }
    text
}

const SHARED: &str = r#"timezone "Europe/Berlin"
contact {
  consent : flag = no
  country : text?
  first_name : text?
}
channel email {
  needs consent
  at most 3 within 7 days
  quiet from 21:00 to 08:00
}
channel web
channel social
event ad_click on web
event page_view(path: text) on web
event unsubscribe opt out of email
"#;

const ORDINARY: &str = r#"
event opt_in_@@ on web
event comment_@@ on social
event purchase_@@(amount: number, product: text?) "Bought something" on web at most 1 per day
message welcome_@@ "Welcome aboard" by email { template "tmpl-17" }
message reminder_@@ "Have you seen this?" by email
message deep_dive_@@ "How it works" by email
message offer_short_@@ "An offer" by email
message offer_long_@@ "Your personal offer" by email
message tips_@@(amount: number, name: text?) "Tips" by email
message receipt_@@(amount: number) "Your receipt" by email { transactional }
segment big_@@ "Big spenders" when sum of purchase_@@.amount within 365 days >= 500

# How a stranger becomes a customer, and comes back.
funnel value_journey_@@ "Customer value journey" {
  note "From a stranger to a promoter, and round again."
  for each contact
  reentry 30 days after leaving

  stage aware "Aware" {
    enter when ad_click or page_view where path starts with "/campaign/@@"
    open to web, social
    leave after 90 days
  }

  stage engaged "Engaged" {
    enter from aware when comment_@@
    target 30% within 14 days
    leave after 90 days
  }

  stage subscribed "Subscribed" {
    enter from aware, engaged when opt_in_@@ and country in ["DE", "AT", "CH"]
    open to email

    nurture welcome_series {
      send welcome_@@
      wait 2 days
      if had clicked welcome_@@ { send deep_dive_@@ }
      else {
        send reminder_@@
        wait until clicked reminder_@@ up to 3 days
      }
      wait 1 day
      split subject_line {
        50% short { send offer_short_@@ }
        50% long  { send offer_long_@@ }
      }
      wait up to 5 days {
        on page_view where path = "/pricing/@@" { stop }
        otherwise { wait 1 day }
      }
      repeat up to 3 times every 7 days until in segment big_@@ {
        send tips_@@(amount: 2, name: first_name)
      }
    }
  }

  goal stage customer "Customer" {
    enter from subscribed when purchase_@@ where amount >= 20
    target 20% of subscribed within 60 days
    nurture follow_up each time purchase_@@ { send receipt_@@(amount: purchase_@@.amount) }  # every time
  }

  final stage lapsed "Lapsed" {
    enter from subscribed after 60 days
    enter from customer after 90 days without purchase_@@
  }

  final stage gone "Opted out" {
    enter from anywhere when unsubscribe
  }

  guarantee every contact leaves subscribed within 60 days
}
"#;

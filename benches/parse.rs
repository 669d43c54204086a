//! How fast text becomes a tree: megabytes per second on ten megabytes of funnels. And how long it takes to format one
//! megabyte, which is read, printed, read again, compared, and printed again.
//!
//! `cargo bench --bench parse`

use funnelc::{fmt::format, parse::parse, source::FileId};
use std::{fmt::Write, hint::black_box, time::Instant};

const BYTES: usize = 10 * 1024 * 1024;
const ROUNDS: usize = 9;

/// Funnels as people write them, one after the other, each with names of its own.
fn text() -> String {
    let mut text = String::with_capacity(BYTES + 4096);
    let mut number = 0;
    while text.len() < BYTES {
        write!(text, "{}", FUNNEL.replace("@@", &number.to_string())).expect("a string takes all");
        number += 1;
    }
    text
}

fn main() {
    let text = text();
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let parsed = parse(FileId::new(0), black_box(&text));
            let elapsed = start.elapsed().as_secs_f64();
            assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
            drop(black_box(parsed));
            text.len() as f64 / 1e6 / elapsed
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let median = rates[ROUNDS / 2];
    format_one_megabyte(&text);
    println!("parse and tree: {median:.1} MB/s (median of {ROUNDS}, {:.1} to {:.1}, {} bytes)", rates[0], rates[ROUNDS - 1], text.len());
}

/// The first megabyte of a text, every other line of it moved out of place.
fn format_one_megabyte(text: &str) {
    let end = text.get(..1_000_000).and_then(|text| text.rfind("\n}\n")).expect("blocks end in it") + 3;
    let untidy: String =
        text[..end].lines().enumerate().map(|(n, line)| if n % 2 == 0 { format!(" {line}\n") } else { format!("{line}\n") }).collect();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let formatted = format(black_box(&untidy)).expect("it means the same");
            assert!(formatted.kept.is_empty() && formatted.text != untidy);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("format {} bytes: {:.2} s (median of {ROUNDS}, {:.2} to {:.2})", untidy.len(), times[ROUNDS / 2], times[0], times[ROUNDS - 1]);
}

const FUNNEL: &str = r#"
event purchase_@@(amount: number, product: text?) "Bought something" on web at most 1 per day
event page_view_@@(path: text) on web
message welcome_@@ "Welcome aboard" by email { template "tmpl-17" }
message receipt_@@(amount: number) "Your receipt" by email { transactional }
segment vip_@@ "Big spenders" when sum of purchase.amount within 365 days >= 500

# How a stranger becomes a customer, and comes back.
funnel value_journey_@@ "Customer value journey" {
  note "From a stranger to a promoter, and round again."
  for each contact
  reentry 30 days after leaving

  stage aware "Aware" {
    enter when ad_click or page_view where path starts with "/campaign"
    open to web, social
  }

  stage engaged "Engaged" {
    enter from aware when comment or at least 3 page_view within 7 days
    target 30% within 14 days
  }

  stage subscribed "Subscribed" {
    enter from aware, engaged when opt_in and plan = free and country in ["DE", "AT", "CH"]
    open to email

    nurture welcome_series {
      send welcome
      wait 2 days
      if had clicked welcome { send deep_dive }
      else {
        send reminder
        wait until clicked reminder up to 3 days
      }
      split subject_line {
        50% short { send offer_short }
        50% long  { send offer_long }
      }
      wait up to 5 days {
        on purchase where amount > 20 { set tries = tries + 1 }
        otherwise { record trial_nudged(reason: "quiet") }
      }
      repeat up to 3 times every 7 days until had purchase since entering {
        send tips(amount: entry.amount * 2, name: contact.first_name) as first_touch
      }
    }
  }

  goal stage customer "Customer" {
    enter from subscribed when purchase where amount >= 20
    target 20% of subscribed within 60 days
    nurture follow_up each time purchase { send receipt(amount: purchase.amount) }  # every time
  }

  stage lapsed "Lapsed" {
    enter from subscribed after 60 days
    enter from customer after 90 days without purchase
    leave when (no opened within 90 days and no page_view within 30 days) or tags contains "lost"
    nurture win_back(offer: big_discount)
  }

  final stage gone "Opted out" {
    enter from anywhere when unsubscribe
  }

  guarantee every contact leaves subscribed within 60 days
  guarantee at most 3 messages within 7 days
  guarantee never send big_discount in customer
}

test "whoever buys gets no reminder" for value_journey_@@ {
  given consent = yes, country = "DE", split subject_line = short
  at 2026-03-02 10:00
  cart_updated(total: 50)
  after 3 hours
  expect in bought
  expect not sent cart_reminder
}
"#;

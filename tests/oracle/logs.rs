//! Random logs: few contacts, whole hours for the most part, so that much falls on one instant.

use funnelc::runtime::{Raw, Record};
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::BTreeMap;

/// Two plain names and one that nobody would choose.
pub const CONTACTS: [&str; 3] = ["ann", "bob", "\u{1f600} \"x\"\\"];

/// Monday 2026-03-23, 00:00 UTC: the clocks of Berlin change on the Sunday after.
const BEGIN_MS: i64 = 1_774_224_000_000;

fn text(text: &str) -> Raw {
    Raw::Text(text.to_owned())
}

fn event() -> BoxedStrategy<(&'static str, Vec<(&'static str, Raw)>)> {
    let plain = select(vec!["sign_up", "quit", "ping", "ping", "stop_mail", "tick", "nonsense"]).prop_map(|name| (name, Vec::new()));
    let amount = || select(vec!["5", "20", "50", "19.999999", "9000000000000"]).prop_map(|digits| Raw::Number(digits.to_owned()));
    let product = prop_oneof![Just(Raw::Missing), select(vec!["a", "b"]).prop_map(text)];
    let buy = (amount(), product).prop_map(|(amount, product)| ("buy", vec![("amount", amount), ("product", product)]));
    let key = || select(vec!["o1", "o2", "o3"]).prop_map(text);
    let order = (key(), amount()).prop_map(|(key, amount)| ("order", vec![("order_id", key), ("total", amount)]));
    let touched = prop_oneof![key(), Just(Raw::Missing)].prop_map(|key| ("touched", vec![("order_id", key)]));
    let day = select(vec!["2026-03-20", "2026-03-28", "2026-03-30", "2024-02-29"]).prop_map(text);
    let due = (0_i64..400).prop_map(|hour| Raw::Number((BEGIN_MS + hour * 3_600_000).to_string()));
    let booked = (due, key()).prop_map(|(due, key)| ("booked", vec![("due", due), ("order_id", key)]));
    let response = (select(vec!["clicked", "opened"]), select(vec!["m1", "p1"]));
    let response = response.prop_map(|(event, message)| (event, vec![("message", text(message))]));
    let bad = (select(vec!["complained", "bounced"]), select(vec!["m1", "m2", "s1"]), any::<bool>());
    let bad = bad.prop_map(|(event, message, hard)| {
        let hard = (event == "bounced").then_some(("hard", Raw::Flag(hard)));
        (event, [("message", text(message))].into_iter().chain(hard).collect())
    });
    let zone = select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Nowhere"]).prop_map(text);
    let attribute = prop_oneof![
        6 => Just(("consent", Raw::Flag(true))),
        1 => Just(("consent", Raw::Flag(false))),
        3 => Just(("sms_ok", Raw::Flag(true))),
        2 => select(vec!["free", "pro"]).prop_map(|plan| ("plan", text(plan))),
        1 => amount().prop_map(|amount| ("budget", amount)),
        1 => Just(("budget", Raw::Missing)),
        1 => Just(("tries", Raw::Number("3".to_owned()))),
        1 => select(vec!["DE", "AT"]).prop_map(|country| ("country", text(country))),
        1 => day.prop_map(|day| ("birthday", day)),
        2 => zone.prop_map(|zone| ("timezone", zone)),
    ];
    let identify = vec(attribute, 1..4).prop_map(|attributes| ("identify", attributes));
    prop_oneof![6 => plain, 3 => buy, 5 => order, 2 => touched, 2 => booked, 3 => response, 1 => bad, 5 => identify].boxed()
}

fn record() -> BoxedStrategy<Record> {
    let time_ms = prop_oneof![
        8 => (0_i64..14 * 24).prop_map(|hour| BEGIN_MS + hour * 3_600_000),
        1 => (0_i64..14 * 86_400_000).prop_map(|ms| BEGIN_MS + ms),
    ];
    let id = prop_oneof![4 => Just(None), 1 => select(vec!["r1", "r2", "r3"]).prop_map(|id| Some(id.to_owned()))];
    (time_ms, select(CONTACTS.to_vec()), event(), id)
        .prop_map(|(time_ms, contact, (event, properties), id)| {
            let properties: BTreeMap<String, Raw> = properties.into_iter().map(|(name, raw)| (name.to_owned(), raw)).collect();
            Record { time_ms, contact: contact.to_owned(), event: event.to_owned(), properties, id, position: 0 }
        })
        .boxed()
}

/// Everybody signs up and consents early, for otherwise little happens.
fn beginnings() -> Vec<Record> {
    let record = |contact: &str, event: &str, hour: i64, properties: BTreeMap<String, Raw>| Record {
        time_ms: BEGIN_MS + hour * 3_600_000,
        contact: contact.to_owned(),
        event: event.to_owned(),
        properties,
        id: None,
        position: 0,
    };
    let yes = || BTreeMap::from([("consent".to_owned(), Raw::Flag(true)), ("sms_ok".to_owned(), Raw::Flag(true))]);
    CONTACTS.iter().flat_map(|contact| [record(contact, "identify", 8, yes()), record(contact, "sign_up", 9, BTreeMap::new())]).collect()
}

/// A log.
pub fn records() -> BoxedStrategy<Vec<Record>> {
    vec(record(), 5..60)
        .prop_map(|random| {
            let all = beginnings().into_iter().chain(random);
            all.zip(1..).map(|(record, position)| Record { position, ..record }).collect()
        })
        .boxed()
}

//! Event logs in every layout, and malformed lines of every kind: each is set aside with its line, and none is lost.

mod common;

use funnelc::runtime::{
    Collected, Options, Reason, Record, Summing,
    input::{Format, InputError, Mapping, Reading, Records},
    run,
};

fn read(text: &[u8], mapping: &str) -> Vec<String> {
    let mapping = Mapping::parse(mapping).expect("a mapping");
    let reading = Reading { mapping, ..Reading::default() };
    match Records::new(text, reading) {
        Err(error) => vec![error.to_string()],
        Ok(records) => records
            .map(|record| {
                record.map_or_else(|aside| format!("{} {}: {}", aside.position, aside.reason, aside.record), |record| shown(&record))
            })
            .collect(),
    }
}

fn shown(record: &Record) -> String {
    format!("{} {}", record.position, record.to_json())
}

fn check(text: &str, mapping: &str, expected: &[&str]) {
    assert_eq!(read(text.as_bytes(), mapping), expected);
}

#[test]
fn a_flat_table() {
    check(
        "contact,time,event,amount,product\nann,2026-03-02 10:00:00,purchase,20.50,\"a \"\"b\"\"\nc\"\nbob,1772445600,page view,,\n",
        "",
        &[
            r#"2 {"time":"2026-03-02T10:00:00.000Z","contact":"ann","event":"purchase","properties":{"amount":"20.50","product":"a \"b\"\nc"}}"#,
            r#"4 {"time":"2026-03-02T10:00:00.000Z","contact":"bob","event":"page_view","properties":{}}"#,
        ],
    );
    check(
        "\u{feff}Id;Datum;Order No\r\n7;2026-03-02;A-1\r\n",
        "contact=Id,time=Datum,event=\"purchase\"",
        &[r#"2 {"time":"2026-03-02T00:00:00.000Z","contact":"7","event":"purchase","properties":{"order_no":"A-1"}}"#],
    );
}

#[test]
fn a_table_without_a_column_says_so() {
    let lines = read(b"user,time,event\nann,1,x\n", "");
    assert!(
        lines.len() == 1
            && lines[0].starts_with("there is no column `contact` for the contact of a record; the columns are user, time, event"),
        "{lines:?}"
    );
    assert!(matches!(
        Records::new(&b"a,b\n"[..], Reading { format: Some(Format::Csv), ..Reading::default() }),
        Err(InputError::NoColumn { .. })
    ));
    assert!(read(b"", "").is_empty());
    assert!(read(b"\n\n", "").is_empty());
}

#[test]
fn flat_objects_keep_the_digits_of_numbers() {
    check(
        r#"{"contact":17,"time":1772445600000,"event":"purchase","amount":9223372036854.775807,"gift":true,"tags":["a",1],"x":null,"o":{"a":1}}

{"time":"2026-03-02T11:00:00+01:00","contact":"ann","event":"Order Completed","Total Price":1.10}
"#,
        "",
        &[
            r#"1 {"time":"2026-03-02T10:00:00.000Z","contact":"17","event":"purchase","properties":{"amount":9223372036854.775807,"gift":true,"o":{"a":1},"tags":["a",1],"x":null}}"#,
            r#"3 {"time":"2026-03-02T10:00:00.000Z","contact":"ann","event":"order_completed","properties":{"total_price":1.10}}"#,
        ],
    );
}

#[test]
fn calls_of_segment_and_rudderstack() {
    check(
        r#"{"type":"identify","userId":"ann","timestamp":"2026-03-02T10:00:00Z","traits":{"plan":"pro"},"messageId":"m1"}
{"type":"identify","anonymousId":"x9","userId":null,"originalTimestamp":"2026-03-02T10:00:00Z","context":{"traits":{"plan":"free"}}}
{"type":"track","userId":"ann","timestamp":"2026-03-02T10:01:00Z","event":"Order Completed","properties":{"amount":5},"messageId":"m2"}
{"type":"page","userId":"ann","timestamp":"2026-03-02T10:02:00Z","name":"Home","properties":{"path":"/"}}
{"userId":"ann","timestamp":"2026-03-02T10:02:00Z","event":"x"}
{"type":"track","timestamp":"2026-03-02T10:02:00Z","event":"x"}
"#,
        "",
        &[
            r#"1 {"time":"2026-03-02T10:00:00.000Z","contact":"ann","event":"identify","id":"m1","properties":{"plan":"pro"}}"#,
            r#"2 {"time":"2026-03-02T10:00:00.000Z","contact":"x9","event":"identify","properties":{"plan":"free"}}"#,
            r#"3 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"order_completed","id":"m2","properties":{"amount":5}}"#,
            r#"4 {"time":"2026-03-02T10:02:00.000Z","contact":"ann","event":"page","properties":{"name":"Home","path":"/"}}"#,
            r#"5 malformed: {"userId":"ann","timestamp":"2026-03-02T10:02:00Z","event":"x"}"#,
            r#"6 no contact: {"type":"track","timestamp":"2026-03-02T10:02:00Z","event":"x"}"#,
        ],
    );
}

#[test]
fn what_an_export_holds_in_another_shape_is_read_or_told() {
    // An object as a text, and what is no object at all.
    check(
        r#"{"type":"track","userId":"ann","timestamp":"2026-03-02T10:01:00Z","event":"x","properties":"{\"amount\":5}"}
{"type":"track","userId":"ann","timestamp":"2026-03-02T10:01:00Z","event":"x","properties":"five"}
{"type":"track","userId":"ann","timestamp":"2026-03-02T10:01:00Z","event":"x","properties":[]}
{"type":"track","userId":"ann","timestamp":"2026-03-02T10:01:00Z","event":"x","properties":null}
"#,
        "",
        &[
            r#"1 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"x","properties":{"amount":5}}"#,
            r#"2 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"x","properties":{"properties":"five"}}"#,
            r#"3 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"x","properties":{}}"#,
            r#"4 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"x","properties":{}}"#,
        ],
    );
    check(
        r#"{"event_timestamp":1772445660000000,"event_name":"x","user_pseudo_id":"ann","event_params":{"amount":5}}
{"event_timestamp":1772445660000000,"event_name":"x","user_pseudo_id":"ann","event_params":"[{\"key\":\"amount\",\"value\":{\"int_value\":\"5\"}}]"}
"#,
        "",
        &[
            r#"1 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"x","properties":{"event_params":{"amount":5}}}"#,
            r#"2 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"x","properties":{"amount":5}}"#,
        ],
    );
    // Of a CloudEvent the id is one of its source.
    check(
        r#"{"specversion":"1.0","type":"scan","source":"/door-1","id":"7","subject":"ann","time":"2026-03-02T10:01:00Z","data":"plain"}
{"specversion":"1.0","type":"scan","source":"/door-2","id":"7","subject":"ann","time":"2026-03-02T10:01:00Z","data_base64":"AA=="}
"#,
        "",
        &[
            r#"1 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"scan","id":"/door-1 7","properties":{"data":"plain"}}"#,
            r#"2 {"time":"2026-03-02T10:01:00.000Z","contact":"ann","event":"scan","id":"/door-2 7","properties":{"data_base64":"AA=="}}"#,
        ],
    );
}

#[test]
fn a_column_that_is_there_twice_is_not_guessed() {
    let error = |head: &str, mapping: &str| {
        let reading = Reading { mapping: Mapping::parse(mapping).expect("a mapping"), ..Reading::default() };
        Records::new(head.as_bytes(), reading).err().map(|error| error.to_string())
    };
    let said = error("contact,time,event,contact\n", "").expect("it is refused");
    assert!(said.contains("the column `contact` is there twice") && said.contains("`contact=COLUMN`"), "{said}");
    assert_eq!(error("contact,time,event,contact,who\n", "contact=who"), None);
    assert_eq!(error("contact,time,event,note,note\n", ""), None);
}

#[test]
fn malformed_lines_of_every_kind() {
    let json = b"{\"contact\":\"ann\",\"time\":1,\"event\":\"x\"}
{\"contact\":\"ann\",\"time\":1,\"event\":\"x\"
[1,2]
null
{\"contact\":\"a\xff\",\"time\":1,\"event\":\"x\"}
{\"contact\":\"\",\"time\":1,\"event\":\"x\"}
{\"time\":1,\"event\":\"x\"}
{\"contact\":\"ann\",\"event\":\"x\"}
{\"contact\":\"ann\",\"time\":\"soon\",\"event\":\"x\"}
{\"contact\":\"ann\",\"time\":99999999999999999999,\"event\":\"x\"}
{\"contact\":\"ann\",\"time\":1}
{\"contact\":[\"ann\"],\"time\":1,\"event\":\"x\"}
{\"contact\":\"ann\",\"time\":true,\"event\":\"x\"}
{\"contact\":\"ann\",\"time\":1,\"event\":{}}";
    let reasons: Vec<String> = read(json, "").iter().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect();
    let expected = ["1 {\"time\"", "2 malformed", "3 malformed", "4 malformed", "5 malformed", "6 no contact", "7 no contact"];
    assert_eq!(reasons[..7], expected);
    assert!(reasons[7..].iter().all(|reason| reason.ends_with(" malformed")) && reasons.len() == 14, "{reasons:?}");

    let table = b"contact,time,event,p
ann,1,x,ok
ann,1,x
ann,1,x,a,b
ann,1,x,\"never closed
bob,1,x,lives
\xff,1,x,p
,1,x,p
ann,,x,p
ann,1,,p
ann,1,x,\"a\"b
cat,1,x,\"two
lines\"
dan,1,x,\"open to the end
eve,1,x,p";
    let lines = read(table, "");
    let heads: Vec<&str> = lines.iter().map(|line| line.split([':', ' ']).next().unwrap_or_default()).collect();
    assert_eq!(heads, ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "14", "15"]);
    let taken: Vec<&str> =
        lines.iter().filter(|line| line.contains("\"contact\"")).map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(taken, ["2", "6", "12", "15"], "{lines:#?}");
}

/// Whatever the bytes, nothing panics, and every line is a record, is set aside, is blank, or is the head.
#[test]
fn no_bytes_are_lost() {
    let mut state = 7_u64;
    let mut roll = |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let pieces: [&[u8]; 12] = [b"{", b"}", b"\"", b",", b"\n", b"contact", b"time", b"event", b":", b"1", b"\xff", b"\\"];
    for _ in 0..2_000 {
        let mut text = if roll(2) == 0 { b"contact,time,event\n".to_vec() } else { b"{\"contact\":\"a\"}\n".to_vec() };
        for _ in 0..roll(60) {
            text.extend(pieces[usize::try_from(roll(12)).expect("small")]);
        }
        let is_table = text.starts_with(b"c");
        let filled: Vec<u64> =
            (1..).zip(text.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty()).map(|(at, _)| at).collect();
        let Ok(records) = Records::new(&text[..], Reading::default()) else { continue };
        let seen: Vec<u64> = records.map(|record| record.map_or_else(|aside| aside.position, |record| record.position)).collect();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] < pair[1]), "{text}");
        if !is_table {
            assert_eq!(seen, filled, "{text}");
        }
    }
}

#[test]
fn mappings() {
    for text in ["contact", "who=ann", "contact=", "event=\"x", "time=a,time=b"] {
        assert!(Mapping::parse(text).is_err(), "{text}");
    }
    let one = Mapping::parse("contact=user_id, time=ts").expect("a mapping");
    let other = Mapping::parse("event=\"a, b\"").expect("a mapping");
    assert!(one.clone().and(other).is_ok());
    assert!(one.clone().and(one).is_err());
}

const FUNNEL: &str = r#"
event sign_up
event purchase(amount: number)
contact { consent : flag = no }
channel email {
  needs consent
  at most 1 within 7 days
}
message m1 "One" by email
action call "A call"

funnel f {
  for each contact
  reentry after leaving
  stage a {
    enter when sign_up
    leave after 30 days
    nurture n {
      send m1
      send m1 as again
      do call
    }
  }
  goal final stage b {
    enter from a when purchase
    target 50% within 2 days
  }
}
"#;

#[test]
fn a_summary_counts_what_happened() {
    let rules = common::compile(FUNNEL).expect("it compiles");
    let log = "contact,time,event,amount,consent
ann,2026-03-02 10:00,identify,,yes
ann,2026-03-02 10:00,sign_up,,
bob,2026-03-02 10:00,sign_up,,
cat,2026-03-02 10:00,sign_up,,
dan,2026-03-05 09:00,sign_up,,
ann,2026-03-03 10:00,purchase,10,
bob,2026-03-05 10:00,purchase,10,
bob,2026-03-05 11:00,purchase,lots,
bob,2026-03-05 11:00,surprise,,
ann,2026-03-05 12:00,sign_up,,
";
    let mut summing = Summing::new(&rules);
    let counters = run(&rules, Records::new(log.as_bytes(), Reading::default()).expect("a table"), Options::default(), &mut summing)
        .expect("UTC is known");
    assert_eq!((counters.records, counters.taken, counters.duplicates), (10, 8, 0));
    let end_ms = 1_772_712_000_000; // 2026-03-05 12:00
    let summary = summing.finish(end_ms);
    let funnel = &summary.funnels[0];
    assert_eq!((funnel.runs, funnel.contacts), (5, 4));
    let (a, b) = (&funnel.stages[0], &funnel.stages[1]);
    assert_eq!((a.entered, a.now_in, a.left, a.median_ms), (5, 3, 2, Some(2 * 86_400_000)));
    assert_eq!((b.entered, b.runs, b.now_in, b.left), (2, 2, 1, 1));
    let target = &b.targets[0];
    assert_eq!((target.of, target.reached, target.open), (5, 1, 2));
    assert_eq!(target.share_millionths(), Some(333_333));
    let message = &summary.messages[0];
    assert_eq!((message.sent, message.capped, message.no_consent), (1, 3, 6));
    assert_eq!(summary.actions, [("call".to_owned(), 5)]);
    assert_eq!(summary.set_aside.get(&Reason::DoesNotFit), Some(&1));
    assert_eq!(summary.set_aside.get(&Reason::UnknownEvent), Some(&1));
}

#[test]
fn undeclared_properties_are_counted() {
    let rules = common::compile(FUNNEL).expect("it compiles");
    let log = r#"{"contact":"ann","time":1,"event":"sign_up","utm":"x","gone":null}
{"contact":"ann","time":2,"event":"identify","shoe":1}"#;
    let mut collected = Collected::default();
    let counters = run(&rules, Records::new(log.as_bytes(), Reading::default()).expect("objects"), Options::default(), &mut collected)
        .expect("UTC is known");
    let ignored: Vec<_> = counters.ignored.iter().map(|((event, property), count)| (event.as_str(), property.as_str(), *count)).collect();
    assert_eq!(ignored, [("identify", "shoe", 1), ("sign_up", "utm", 1)]);
    assert_eq!(collected.outcomes.len(), 6);
}

#[test]
fn other_kinds_of_files_are_named() {
    let kind = |bytes: &[u8]| Records::new(bytes, Reading::default()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(kind(b"\x1f\x8b\x08\x00\x00").contains("compressed"));
    assert!(kind(b"PAR1\x00\x00").contains("Parquet"));
    assert!(kind(b" [{\"contact\":\"ann\"}]").contains("one JSON array"));
    assert!(kind(b"{\n  \"contact\": \"ann\"\n}").contains("JSON over several lines"));
    assert!(kind(b"\xff\xfec\0o\0").contains("UTF-16"));
    assert_eq!(kind(b""), "", "an empty log has no records and nothing wrong with it");
}

#[test]
fn what_is_wrong_with_a_line_is_said_in_words() {
    for (line, words) in [
        ("{\"contact\":\"ann\",\"ti", "it is not a JSON object: it breaks off"),
        ("{\"contact\":5 6}", "it is not a JSON object: expected `,` or `}` at character 14"),
        ("null", "it is not a JSON object, but something else"),
    ] {
        let line = format!("{{\"contact\":\"a\",\"time\":1,\"event\":\"x\"}}\n{line}");
        let mut records = Records::new(line.as_bytes(), Reading::default()).expect("lines");
        assert!(records.next().is_some_and(|first| first.is_ok()));
        assert_eq!(records.next().and_then(Result::err).map(|aside| aside.detail).as_deref(), Some(words));
    }
}

#[test]
fn eight_digits_that_are_a_day_are_not_taken_for_seconds() {
    check("contact,time,event\nann,20260302,purchase\n", "", &["2 malformed: ann,20260302,purchase"]);
}

#[test]
fn what_is_set_aside_moves_no_clock() {
    let rules = common::compile(FUNNEL).expect("it compiles");
    let end_of = |log: &str| {
        let mut collected = Collected::default();
        let records = Records::new(log.as_bytes(), Reading::default()).expect("a table");
        let counters = run(&rules, records, Options::default(), &mut collected).expect("UTC is known");
        (counters.reached_ms, collected.outcomes.len())
    };
    let alone = end_of("contact,time,event\nann,2026-03-02 10:00,sign_up\n");
    assert_eq!(end_of("contact,time,event\nann,2026-03-02 10:00,sign_up\nann,2099-01-01 00:00,nobody_knows_it\n"), alone);
    assert_eq!(alone.0, Some(1_772_445_600_000));
}

/// The records of an XES log, and why it ended early.
fn read_xes(text: &str, mapping: &str) -> (Vec<String>, Option<String>) {
    let reading = Reading { mapping: Mapping::parse(mapping).expect("a mapping"), ..Reading::default() };
    let mut records = Records::new(text.as_bytes(), reading).expect("it begins well");
    assert_eq!(records.described(), "XES, traces and their events");
    let told = |record: Result<Record, _>| {
        record.map_or_else(
            |aside: funnelc::runtime::SetAside| format!("{} {}: {} {}", aside.position, aside.reason, aside.detail, aside.record),
            |record| shown(&record),
        )
    };
    let all = records.by_ref().map(told).collect();
    (all, records.take_error().map(|error| error.to_string()))
}

#[test]
fn traces_of_xes_are_contacts() {
    let log = r#"<?xml version="1.0"?>
<log xes.version="1.0">
  <global scope="event"><string key="concept:name" value="none"/></global>
  <event><string key="concept:name" value="alone"/><date key="time:timestamp" value="2026-03-02T10:00:00Z"/></event>
  <trace>
    <string key="concept:name" value="loan 7"/>
    <int key="AMOUNT_REQ" value="20000"/>
    <event>
      <string key="org:resource" value="Eva &amp; Co"><string key="inner" value="x"/></string>
      <date key="time:timestamp" value="2026-03-02T11:00:00.000+01:00"/>
      <string key="concept:name" value="A_SUBMITTED"/>
      <boolean key="online" value="true"/>
      <list key="many"><string key="a" value="1"/></list>
    </event>
    <event><string key="concept:name" value="A_SENT"/></event>
    <event/>
  </trace>
</log>
"#;
    let (records, error) = read_xes(log, "");
    assert_eq!(
        records,
        [
            r#"4 no contact: it names no contact {"concept:name":"alone","time:timestamp":"2026-03-02T10:00:00Z"}"#,
            r#"8 {"time":"2026-03-02T10:00:00.000Z","contact":"loan 7","event":"A_SUBMITTED","properties":{"case_amount_req":20000,"online":true,"org_resource":"Eva & Co"}}"#,
            r#"15 malformed: it has no time {"case:AMOUNT_REQ":20000,"case:concept:name":"loan 7","concept:name":"A_SENT"}"#,
            r#"16 malformed: it has no time {"case:AMOUNT_REQ":20000,"case:concept:name":"loan 7"}"#,
        ]
    );
    assert_eq!(error, None);
    let (records, _) = read_xes(log, "contact=org:resource,event=\"work\"");
    assert!(records[1].contains(r#""contact":"Eva & Co","event":"work""#), "{records:?}");
}

#[test]
fn an_xes_log_that_breaks_off_says_where() {
    let begin = "<log>\n<trace><string key=\"concept:name\" value=\"a\"/>\n<event><string key=\"concept:name\" value=\"x\"/>\
                 <date key=\"time:timestamp\" value=\"2026-03-02T10:00:00Z\"/></event>\n";
    for (rest, line) in [("</log>", 4), ("<event><string key=\"a\" value=\"&nothing;\"/>", 4), ("<event", 4)] {
        let (records, error) = read_xes(&format!("{begin}{rest}"), "");
        assert_eq!(records.len(), 1, "{rest}");
        assert!(
            error.as_ref().is_some_and(|error| error.starts_with(&format!("from line {line} on this log is no XML: "))),
            "{rest}: {error:?}"
        );
    }
    let (_, error) = read_xes("<html><body>", "");
    assert_eq!(error.as_deref(), Some("this XML is no XES log: it begins with `<html>`"));
    let (records, error) = read_xes(begin, "");
    assert_eq!((records.len(), error.as_deref()), (1, Some("from line 4 on this log is no XML: it ends before `</log>`")));
}

#[test]
fn enriched_events_stand_between_tabs() {
    let mut fields = vec![""; 131];
    (fields[0], fields[3], fields[5], fields[6]) = ("shop", "2026-03-02 10:00:00.500", "struct", "01955b1e-0000-4000-8000-000000000001");
    (fields[15], fields[53], fields[54], fields[57]) = ("d-1", "basket", "add", "12.50");
    let whole = fields.join("\t");
    fields[58] = "{";
    let broken = fields.join("\t");
    let lines = read(format!("{whole}\nshort\tline\n{broken}\n").as_bytes(), "");
    assert_eq!(
        lines[..2],
        [
            r#"1 {"time":"2026-03-02T10:00:00.500Z","contact":"d-1","event":"struct","id":"01955b1e-0000-4000-8000-000000000001","properties":{"app_id":"shop","se_action":"add","se_category":"basket","se_value":12.50}}"#,
            "2 malformed: short\tline",
        ]
    );
    assert!(lines[2].starts_with("3 malformed: shop"), "{lines:?}");
}

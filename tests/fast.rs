//! The fast engine against the reference: the same results and the same records set aside, byte for byte, for every example
//! with its log, every conformance case, and random funnels on random logs, for several numbers of threads and sizes of batches.
//!
//! `FAST_CASES=100000 FAST_SEED=7 cargo test --release --test fast` tries more and others.

mod common;
#[path = "fast/engines.rs"]
mod engines;
#[path = "oracle/funnels.rs"]
mod funnels;
#[path = "oracle/logs.rs"]
mod logs;

use common::{compile, compile_unchecked, events, seeded};
use engines::{CHUNKS, DAY_MS, Input, WAYS, agree, agree_as_log};
use funnelc::{
    fast::{self, Settings},
    lower,
    ruleset::RuleSet,
    runtime::{
        self, Options, Record,
        input::{Format, Layout, Mapping, Reading, Records},
    },
    workspace::{Loaded, analyse},
};
use proptest::test_runner::TestCaseError;
use std::{cell::Cell, fs, io::Cursor, path::Path};

/// Sorted as a batch, and as they come with and without late ones.
fn agree_all(rules: &RuleSet, input: &Input, until_ms: Option<i64>, ways: &[Settings]) -> Result<usize, String> {
    let mut results = 0;
    for lateness_ms in [None, Some(0), Some(3 * DAY_MS)] {
        let options = Options { lateness_ms, until_ms, ..Options::default() };
        results += agree(rules, input, &options, ways).map_err(|why| format!("lateness {lateness_ms:?}: {why}"))?;
    }
    Ok(results)
}

#[test]
fn every_rule_set_of_the_examples_becomes_tables_and_runs_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut programs = 0;
    for group in ["models", "journeys"] {
        let mut paths: Vec<_> = fs::read_dir(root.join(group)).expect("a folder").map(|entry| entry.expect("readable").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_file() && path.extension().is_none_or(|ending| ending != "funnel") {
                continue;
            }
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let beside = if path.is_dir() { path.join(&stem) } else { path.with_extension("") };
            let Some(log) = ["ndjson", "csv"].iter().map(|ending| beside.with_extension(ending)).find(|log| log.exists()) else { continue };
            let rules = rules_of(&path);
            assert_eq!(fast::fits(&rules), Ok(()), "{}", path.display());
            let records = Records::new(Cursor::new(fs::read(&log).expect("readable")), Reading::default()).expect("a log");
            let input: Input = records.collect();
            let last = input.iter().flatten().map(|record| record.time_ms).max().unwrap_or_default();
            let ran = agree_all(&rules, &input, Some(last + 30 * DAY_MS), &WAYS);
            if let Err(why) = ran {
                panic!("{}: {why}", path.display());
            }
            programs += 1;
        }
    }
    assert!(programs > 20, "the examples were found");
}

/// The rule set of a file or folder.
fn rules_of(path: &Path) -> RuleSet {
    let folder = if path.is_dir() { path } else { path.parent().expect("a folder") };
    let mut names: Vec<String> = if path.is_dir() {
        let files = fs::read_dir(path).expect("readable").map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned());
        files.filter(|name| name.ends_with(".funnel")).collect()
    } else {
        vec![path.file_name().expect("a name").to_string_lossy().into_owned()]
    };
    names.sort();
    let beside = common::parts(&folder.join(&names[0])).2;
    let analysis = analyse(Loaded::read(&beside, &names).expect("they are there"));
    let checked = analysis.checked().expect("the examples have no errors");
    lower::lower(&checked, &analysis.sources)
}

/// `CASE=s6-01` runs the cases whose names contain that.
#[test]
fn every_conformance_case_runs_the_same() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let (mut cases, mut faults) = (0, String::new());
    let mut paths: Vec<_> = fs::read_dir(folder).expect("the cases are there").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(&path).expect("readable");
        let section = |name: &str| {
            let lines = text.lines().skip_while(|line| line.strip_prefix("== ").is_none_or(|it| it.trim() != name)).skip(1);
            lines.take_while(|line| !line.starts_with("== ")).map(str::to_owned).collect::<Vec<_>>()
        };
        let events: Vec<String> = section("events").into_iter().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect();
        if text.contains("== findings") || !path.to_string_lossy().contains(&wanted) {
            continue;
        }
        let Ok(rules) = compile(&(section("funnel").join("\n") + "\n")) else { continue };
        let (options, records) = events::read(&events);
        if let Err(why) = agree(&rules, &records, &options, &WAYS) {
            faults.push_str(&format!("{}: {why}\n", path.display()));
        }
        cases += 1;
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(cases > 100 || !wanted.is_empty(), "the cases were found");
}

#[test]
fn random_funnels_on_random_logs_run_the_same() {
    let (ran, results) = (Cell::new(0), Cell::new(0));
    let seed_number = seeded::seed_of("FAST");
    let mut runner = seeded::runner("FAST", seeded::cases_of("FAST", 200), 0);
    let outcome = runner.run(&(funnels::text(), logs::records()), |(text, records)| {
        let rules = compile_unchecked(&text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
        let end_ms = records.iter().map(|record| record.time_ms).max().unwrap_or_default() + 20 * DAY_MS;
        let input: Input = records.into_iter().map(Ok).collect();
        let found = agree_all(&rules, &input, Some(end_ms), &WAYS).map_err(TestCaseError::fail)?;
        ran.set(ran.get() + 1);
        results.set(results.get() + found);
        Ok(())
    });
    println!("FAST_SEED={seed_number}: {} cases, {} results", ran.get(), results.get());
    if let Err(error) = outcome {
        panic!("FAST_SEED={seed_number}: {error}");
    }
    assert!(results.get() > 20 * ran.get(), "only {} results of {} runs", results.get(), ran.get());
}

/// Much happens to the same contacts, so that what nobody looks back to any more is forgotten.
#[test]
fn long_logs_run_the_same() {
    let mut runner = seeded::runner("FAST", seeded::cases_of("FAST", 200).div_ceil(4), 2_000_000);
    let logs = proptest::collection::vec(logs::records(), 4..10);
    let outcome = runner.run(&(funnels::text(), logs), |(text, logs)| {
        let rules = compile_unchecked(&text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
        let records = logs.into_iter().flatten().zip(1..).map(|(record, position)| Ok(Record { position, ..record }));
        agree_all(&rules, &records.collect(), None, &WAYS[..1]).map_err(TestCaseError::fail)?;
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// A log as flat text, with the things that logs have: blank lines, escapes, other orders of fields, what nobody declared, and
/// lines that are none.
fn ndjson(records: &[Record], oddness: u64, has_ids: bool) -> String {
    let mut out = String::new();
    for (at, record) in (0_u64..).zip(records) {
        let odd = (oddness.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(at.wrapping_mul(1_442_695_040_888_963_407)) >> 40) % 32;
        let text = |text: &str| serde_json::to_string(text).expect("a text");
        let properties: Vec<String> = record.properties.iter().map(|(name, raw)| format!("{}:{}", text(name), json(raw))).collect();
        let time = match odd {
            0 => record.time_ms.to_string(),
            1 => text(&record.time_ms.to_string()),
            2 => text(&runtime::compact(record.time_ms)),
            _ => text(&runtime::rfc3339(record.time_ms)),
        };
        let mut fields = vec![
            format!("\"contact\":{}", text(&record.contact)),
            format!("\"time\":{time}"),
            format!("\"event\": {}", text(&record.event)),
        ];
        fields.extend(properties);
        match odd {
            3 => fields.reverse(),
            4 => fields.push("\"more\":{\"a\":[1,2]}".to_owned()),
            5 => fields.push("\"extra field\":\"x\"".to_owned()),
            6 => fields.push("\"beside\":null".to_owned()),
            7 | 8 => fields.push("\"beside\":-1.5e3".to_owned()),
            9 => fields.push("\"amount\":\"twenty\"".to_owned()),
            10 => fields[2] = "\"event\":\"BUY it\"".to_owned(),
            11 => fields[0] = "\"contact\":\"\"".to_owned(),
            12 => fields[1] = "\"time\":\"soon\"".to_owned(),
            13 => fields.push("\"event\":\"ping\"".to_owned()),
            14 => fields[0] = format!("\"contact\":{}", 17),
            20 => fields.push(r#""page title":"x","$more":null"#.to_owned()),
            21 => fields.push(r#""page title":null,"page_title":1,"page-title":2"#.to_owned()),
            22 => fields.push(r#""note":"a\"b\u00e4\\","beside":"\ud800""#.to_owned()),
            23 => fields.push(r#""beside":[1,{"b":"}"}],"more":{}"#.to_owned()),
            24 => fields.push(r#""path":"\/jobs","plan":"\u0066ree","what":["a"]"#.to_owned()),
            25 => fields
                .push((0..70).filter(|name| (at + name) % 3 > 0).map(|name| format!("\"f{name}\":{name}")).collect::<Vec<_>>().join(",")),
            26 => fields.push(r#""beside":"\x""#.to_owned()),
            27 => fields.push(r#""beside":[1,]"#.to_owned()),
            _ => {}
        }
        let (id, comes_twice) = id_of(at, oddness);
        fields.extend(id.filter(|_| has_ids).map(|id| format!("\"rid\":{id}")));
        if (at + oddness) % 5 == 4 {
            fields.rotate_right(1);
        }
        match odd {
            15 => out.push_str("\r\n  \n"),
            16 => out.push_str("{\"contact\":\"ann\",\n"),
            17 => out.push_str("not an object\n"),
            _ => {}
        }
        let line = format!("{{{}}}{}", fields.join(if odd == 18 { " , " } else { "," }), if odd == 19 { "\r\n" } else { "\n" });
        out.push_str(&line);
        if has_ids && comes_twice {
            out.push_str(&otherwise(&line));
        }
    }
    if oddness.is_multiple_of(3) {
        out.pop();
    }
    out
}

/// The id of a record as JSON, which may be that of another one or none at all, and whether the record comes twice.
fn id_of(at: u64, oddness: u64) -> (Option<String>, bool) {
    let odd = at.wrapping_mul(11).wrapping_add(oddness) % 18;
    let id = match odd {
        0 => "null".to_owned(),
        1 => "\" \"".to_owned(),
        2 => "17".to_owned(),
        3 => r#""a\"b""#.to_owned(),
        4 => "true".to_owned(),
        5 => return (None, true),
        6..=8 => format!("\"r{}\"", at / 3),
        _ => format!("\"r{at}\""),
    };
    (Some(id), matches!(odd, 9..=11))
}

/// The same line written otherwise.
fn otherwise(line: &str) -> String {
    line.replace("\"ann\"", "\"\\u0061nn\"")
}

fn json(raw: &funnelc::runtime::Raw) -> String {
    use funnelc::runtime::Raw;
    match raw {
        Raw::Missing => "null".to_owned(),
        Raw::Text(text) | Raw::Cell(text) => serde_json::to_string(text).expect("a text"),
        Raw::Number(text) | Raw::Other(text) => text.clone(),
        Raw::Flag(flag) => flag.to_string(),
        Raw::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
    }
}

/// The same as a table.
fn table(records: &[Record], oddness: u64, has_ids: bool) -> String {
    let mut columns: Vec<&str> = records.iter().flat_map(|record| record.properties.keys().map(String::as_str)).collect();
    columns.sort_unstable();
    columns.dedup();
    let mut out = format!("time,contact,event,{}{},beside\n", if has_ids { "rid," } else { "" }, columns.join(","));
    for (at, record) in (0_u64..).zip(records) {
        let odd = (oddness.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(at.wrapping_mul(1_442_695_040_888_963_407)) >> 40) % 20;
        let cell = |raw: Option<&funnelc::runtime::Raw>| match raw.map(json).unwrap_or_default() {
            null if null == "null" => String::new(),
            json => serde_json::from_str::<String>(&json).unwrap_or(json),
        };
        let quoted =
            |text: &str| if text.contains(['"', ',', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() };
        let mut cells = vec![runtime::rfc3339(record.time_ms), quoted(&record.contact), record.event.clone()];
        let (id, comes_twice) = id_of(at, oddness);
        let as_text = |json: String| serde_json::from_str::<String>(&json).unwrap_or(json);
        cells.extend(has_ids.then(|| quoted(&id.map(as_text).filter(|id| id != "null").unwrap_or_default())));
        cells.extend(columns.iter().map(|name| quoted(&cell(record.properties.get(*name)))));
        cells.push(match odd {
            0 => "\"two\nlines\"".to_owned(),
            1 => "\"quoted\"".to_owned(),
            2 => "something".to_owned(),
            7 => "\"quoted, with a comma\"".to_owned(),
            8 => "mid\"dle".to_owned(),
            9 => "\"bro\"ken".to_owned(),
            10 => "\"\"".to_owned(),
            11 => "\"two \"\" quotes\"".to_owned(),
            _ => String::new(),
        });
        match odd {
            3 => {
                cells.pop();
            }
            4 => cells[2] = "nothing known".to_owned(),
            5 => cells[1] = " ".to_owned(),
            _ => {}
        }
        let line = cells.join(",") + if odd == 6 { "\r\n" } else { "\n" };
        out.push_str(&line.repeat(if has_ids && comes_twice { 2 } else { 1 }));
    }
    out
}

/// Exports whose properties lie in an object of their own.
const EXPORTS: [Layout; 4] = [Layout::Segment, Layout::Posthog, Layout::Mixpanel, Layout::Cloudevents];

/// The same as such an export, with what is in some of its lines: other fields, none, and such as say nothing.
fn export(records: &[Record], oddness: u64, layout: Layout) -> String {
    let text = |text: &str| serde_json::to_string(text).expect("a text");
    let mut out = String::new();
    for (at, record) in (0_u64..).zip(records) {
        let odd = (oddness.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(at.wrapping_mul(1_442_695_040_888_963_407)) >> 40) % 28;
        let (id, comes_twice) = id_of(at, oddness);
        let is_identify = record.event == "identify";
        let (contact, time) = (text(&record.contact), text(&runtime::rfc3339(record.time_ms)));
        let mut properties: Vec<String> = record.properties.iter().map(|(name, raw)| format!("{}:{}", text(name), json(raw))).collect();
        match odd {
            0 => properties.push(r#""beside":{"a":[1]},"list":["a","\u0062",2]"#.to_owned()),
            1 => properties.push(r#""a name":"a\"b\ud800","note":null"#.to_owned()),
            2 => properties.extend(properties.first().cloned()),
            3 => properties.clear(),
            4 => properties.push(r#""$set":{"plan":"pro"},"distinct_id":"somebody","time":5,"$insert_id":"i""#.to_owned()),
            _ => {}
        }
        let mut beside = vec![format!("\"event\":{}", text(&record.event))];
        let mut parts = match layout {
            Layout::Segment => {
                beside.push(format!("\"type\":{}", if is_identify { "\"identify\"" } else { "\"track\"" }));
                beside.push(r#""context":{"library":{"name":"x"},"traits":{"plan":"free"}}"#.to_owned());
                vec![format!("\"userId\":{contact}"), format!("\"timestamp\":{time}")]
            }
            Layout::Posthog => vec![format!("\"distinct_id\":{contact}"), format!("\"timestamp\":{time}")],
            Layout::Mixpanel => vec![format!("\"distinct_id\":{contact}"), format!("\"time\":{time}")],
            _ => {
                beside = vec![format!("\"type\":{}", text(&record.event)), "\"specversion\":\"1.0\"".to_owned()];
                vec![format!("\"subject\":{contact}"), format!("\"time\":{time}")]
            }
        };
        let (id_name, held) = match layout {
            Layout::Segment => ("messageId", if is_identify { "traits" } else { "properties" }),
            Layout::Posthog => ("uuid", if is_identify { "$set" } else { "properties" }),
            Layout::Mixpanel => ("$insert_id", "properties"),
            _ => ("id", "data"),
        };
        if layout == Layout::Posthog && is_identify {
            beside[0] = "\"event\":\"$identify\"".to_owned();
        }
        parts.extend(id.map(|id| format!("\"{id_name}\":{id}")));
        match odd {
            5 => parts[0] = r#""userId":null,"anonymousId":"ann","distinct_id":" ""#.to_owned(),
            6 => parts[0] = r#""userId":"","anonymousId":17"#.to_owned(),
            7 => parts[1] = format!("\"sentAt\":{time},\"timestamp\":null"),
            8 => parts.push(parts[0].clone()),
            9 => parts[1] = format!("\"timestamp\":{0},\"time\":{0}", record.time_ms),
            10 => beside.push(r#""traits":"none","data_base64":"AA==","$set":3"#.to_owned()),
            11 => beside.push(r#""traits":[],"data_base64":null,"$set_once":{}"#.to_owned()),
            12 => beside[0] = r#""event":17,"type":"page","name":"n""#.to_owned(),
            13 => beside.push(r#""event":"ping""#.to_owned()),
            14 => beside.push(r#""source":"\u0073","uuid":null,"id":"z""#.to_owned()),
            15..=20 => beside.push(format!("\"source\":{}", ["\"shop\"", "\"\"", "17", "null", "true", "[]"][(odd - 15) as usize])),
            _ => {}
        }
        if layout == Layout::Mixpanel {
            properties.append(&mut parts);
        }
        let properties = format!("{{{}}}", properties.join(if odd == 21 { " , " } else { "," }));
        let properties = match odd {
            22 => "null".to_owned(),
            23 => "[]".to_owned(),
            24 => text(&properties),
            25 => "5".to_owned(),
            26 => "{ }".to_owned(),
            _ => properties,
        };
        let mut fields = beside;
        fields.append(&mut parts);
        if odd != 27 {
            fields.push(format!("\"{held}\":{properties}"));
        }
        let turned = (oddness % 3) as usize % fields.len();
        fields.rotate_left(turned);
        let line = format!("{{{}}}\n", fields.join(","));
        out.push_str(&line);
        if comes_twice {
            out.push_str(&otherwise(&line));
        }
        match odd {
            0 => out.push_str("\r\n\t\n"),
            1 => out.push_str("{\"type\":\"track\",\n"),
            _ => {}
        }
    }
    out
}

/// Whether a log comes to the same as text, whatever the size of its chunks.
fn agree_as_text(rules: &RuleSet, text: &[u8], reading: &Reading, options: &Options) -> Result<(), String> {
    agree_as_log(rules, &|| Records::new(Cursor::new(text), reading.clone()).expect("a log"), options, &CHUNKS).map(|_| ())
}

#[test]
fn random_logs_as_text_run_the_same() {
    let mut runner = seeded::runner("FAST", seeded::cases_of("FAST", 200), 1_000_000);
    let outcome = runner.run(&(funnels::text(), logs::records(), 0_u64..1_000), |(text, records, oddness)| {
        let rules = compile_unchecked(&text).map_err(|findings| TestCaseError::reject(format!("{findings:?}")))?;
        let (has_ids, layout) = (oddness % 2 == 1, EXPORTS[(oddness % 4) as usize]);
        for lateness_ms in [None, Some(3 * DAY_MS)] {
            let options = Options { lateness_ms, ..Options::default() };
            let id = if has_ids { "id=rid" } else { "" };
            for (log, format, id, layout) in [
                (ndjson(&records, oddness, has_ids), Format::Ndjson, id, Some(Layout::Flat)),
                (table(&records, oddness, has_ids), Format::Csv, id, None),
                (export(&records, oddness, layout), Format::Ndjson, "", Some(layout)),
            ] {
                // Now and then everything is of one contact, whatever the log says.
                let contact = if oddness.is_multiple_of(7) { "contact=\"ann\"" } else { "" };
                let mapping = Mapping::parse(&format!("{contact},{id}")).expect("a mapping");
                let reading = Reading { format: Some(format), layout, mapping, ..Reading::default() };
                agree_as_text(&rules, log.as_bytes(), &reading, &options).map_err(|why| TestCaseError::fail(format!("{why}\n{log}")))?;
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// What is no text, and what other tools write, goes through as well.
#[test]
fn odd_logs_run_the_same() {
    let rules = compile("event buy(amount: number, what: text?)\nfunnel f {\n  for each contact\n  reentry never\n  goal final stage a { enter when buy where amount > 3 }\n}\n").expect("it compiles");
    let logs: [&[u8]; 11] = [
        b"",
        b"\n\n",
        b"{\"contact\":\"a\",\"time\":1,\"event\":\"buy\",\"amount\":4}",
        b"\xef\xbb\xbf{\"contact\":\"a\",\"time\":1,\"event\":\"buy\",\"amount\":4}\n{\"contact\":\"b\",\"time\":1,\"event\":\"buy\",\"amount\":4}\n",
        b"{\"contact\":\"a\",\"time\":1,\"event\":\"buy\",\"amount\":4}\n{\"contact\":\"b\xff\",\"time\":2,\"event\":\"buy\",\"amount\":4}\n{\"contact\":\"c\",\"time\":3,\"event\":\"buy\",\"amount\":4.5000000}\n",
        b"{\"type\":\"track\",\"userId\":\"a\",\"timestamp\":1,\"event\":\"buy\",\"properties\":{\"amount\":4}}\n{\"contact\":\"b\",\"time\":1,\"event\":\"buy\",\"amount\":4}\n",
        b"{\"contact\":\"a\",\"time\":1,\"event\":\"buy\",\"amount\":4,\"amount\":2}\n{\"contact\":\"b\",\"time\":1,\"event\":\"buy\",\"amount\":2,\"amount\":4}\n{\"contact\":\"c\",\"time\":5,\"event\":\"buy\",\"amount\":1e1,\"what\":true}\n",
        b"contact;time;event;amount\na;1;buy;4\nb;2;buy;yes\nc;3;buy;\n\"d;4;buy;5\ne;5;buy;9\n",
        b"contact,time,event,amount,amount\na,1,buy,4,2\nb,2,buy,2,4\n",
        b"contact,time,event,amount\na,1,buy,4\nb\xff,2,buy,4\r\n\xfe\nc,3,buy,4\n\xc3",
        b"contact,time,event,amount\na,1,buy,4\n\"two\nlines\",2,buy,4\nc,3,buy,4\nd,4,buy,x\ne,5,buy,9\n",
    ];
    for log in logs {
        if let Err(why) = agree_as_text(&rules, log, &Reading::default(), &Options::default()) {
            panic!("{}: {why}", String::from_utf8_lossy(log));
        }
    }
}

/// While a sum does not fit a number it is missing; when an event falls out of its window it fits again, without anything happening.
#[test]
fn a_sum_that_fits_again_runs_the_same() {
    let rules = compile("event buy(amount: number)\nevent order\nfunnel f {\n  for each contact\n  reentry never\n  stage a { enter when order }\n  goal final stage b { enter from a when sum of buy.amount within 5 days >= 50 }\n}\n").expect("it compiles");
    let lines = [("order", 1, ""), ("buy", 2, ",\"amount\":9000000000000"), ("buy", 3, ",\"amount\":9000000000000"), ("order", 9, "")];
    let line =
        |(event, day, rest): (&str, i64, &str)| format!("{{\"contact\":\"a\",\"time\":{},\"event\":\"{event}\"{rest}}}\n", day * DAY_MS);
    let log: String = lines.map(line).concat();
    if let Err(why) = agree_as_text(&rules, log.as_bytes(), &Reading::default(), &Options::default()) {
        panic!("{why}");
    }
}

/// A list that does not come is empty: an empty cell, a column that is not there, nothing in an object.
#[test]
fn a_list_that_does_not_come_is_empty_and_runs_the_same() {
    let rules = compile("event sign_up(tags: list of text, more: list of text)\nevent tagless(tags: list of text) ours\nevent quit\nfunnel f {\n  for each contact\n  reentry never\n  stage a {\n    enter when sign_up\n    leave when quit\n    nurture n {\n      if not sign_up.tags contains \"vip\" { record tagless(tags: sign_up.tags) }\n    }\n  }\n}\n").expect("it compiles");
    let table = "contact,time,event,tags\nann,2026-03-02,sign_up,\nbob,2026-03-02,sign_up,vip; new\neva,2026-03-02,sign_up,\"\"\nida,2026-03-02,sign_up,new\n";
    let objects = [("ann", ""), ("bob", ",\"tags\":[\"vip\"]"), ("eva", ",\"tags\":null"), ("ida", ",\"tags\":[\"new\"]")]
        .map(|(name, rest)| format!("{{\"contact\":\"{name}\",\"time\":\"2026-03-02\",\"event\":\"sign_up\"{rest}}}\n"));
    for log in [table.to_owned(), objects.concat()] {
        let records = || Records::new(Cursor::new(log.as_bytes()), Reading::default()).expect("a log");
        let ran = agree_as_log(&rules, &records, &Options::default(), &CHUNKS).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(ran.set_aside, [""; 0], "{log}");
        let handed_over = |line: &String| Some(line.split_once("\"arguments\":")?.1.split_once(",\"clause\"")?.0.to_owned());
        let recorded: Vec<String> = ran.outcomes.iter().filter_map(handed_over).collect();
        assert_eq!(recorded, [r#"{"tags":[]}"#, r#"{"tags":[]}"#, r#"{"tags":["new"]}"#]);
    }
}

/// A run that would have looped is tried at the next record, whatever that is; a timer of another funnel in between changes nothing.
#[test]
fn a_run_that_would_have_looped_is_tried_again_behind_an_unrelated_timer() {
    let text = "event sign_up\nevent quit\nevent ping\ncontact { hot : flag = yes }\n\nfunnel f {\n  for each contact\n  reentry never\n  stage a {\n    enter when sign_up\n    enter from b when hot = yes\n    leave when quit\n  }\n  stage b { enter from a when hot = yes }\n}\n\nfunnel g {\n  for each contact\n  reentry never\n  stage c {\n    enter when sign_up\n    leave after 1 day\n  }\n}\n";
    let rules = compile_unchecked(text).expect("names and types are right");
    let line = |(event, day): (&str, i64)| format!("{{\"contact\":\"a\",\"time\":{},\"event\":\"{event}\"}}\n", day * DAY_MS);
    let log: String = [("sign_up", 20_001), ("ping", 20_003), ("ping", 20_005)].map(line).concat();
    let records = || Records::new(Cursor::new(log.as_bytes()), Reading::default()).expect("a log");
    let ran = agree_as_log(&rules, &records, &Options::default(), &CHUNKS).unwrap_or_else(|why| panic!("{why}"));
    let of_day = |day: i64| ran.outcomes.iter().filter(|line| line.contains(&runtime::rfc3339((20_000 + day) * DAY_MS))).count();
    assert_eq!((of_day(2), of_day(4)), (1, 0), "the timer alone: {:?}", ran.outcomes);
    assert!(of_day(3) > 1 && of_day(5) == of_day(3), "each record tries the run again: {:?}", ran.outcomes);
}

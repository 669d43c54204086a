//! `funnelc test --record`: every contact of every log of the examples becomes a test that parses, stands in its layout, and passes.

use funnelc::{
    fmt, lower,
    runtime::{
        Record,
        input::{Reading, Records},
    },
    scenario::{Stage, Unrecordable, cases},
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use std::{collections::BTreeSet, fs, io::BufReader, path::Path, process::Command};

fn analysed(text: &str) -> (Analysis, Vec<funnelc::scenario::Case>) {
    let loaded = Loaded::read(&MemoryLoader::new([("f.funnel", text)]), &["f.funnel".to_owned()]).expect("in memory");
    let cases = cases(&loaded.files);
    (analyse(loaded), cases)
}

fn codes(analysis: &Analysis) -> Vec<&'static str> {
    analysis.diagnostics.iter().map(|finding| finding.code.id).collect()
}

fn records(path: &Path) -> Vec<Record> {
    let reading = Reading::default();
    Records::new(BufReader::new(fs::File::open(path).expect("it is there")), reading).expect("it is a log").flatten().collect()
}

#[test]
fn every_contact_of_the_examples_is_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/journeys");
    let mut logs: Vec<_> = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    logs.retain(|path| path.extension().is_some_and(|ending| ending == "ndjson" || ending == "csv"));
    logs.sort();
    let (mut made, mut contacts) = (0, 0);
    for log in logs {
        let text = fs::read_to_string(log.with_extension("funnel")).expect("a log has its funnel");
        let (analysis, before) = analysed(&text);
        let rules = lower::lower(&analysis.checked().expect("an example has no error"), &analysis.sources);
        let stage = Stage::new(&rules, None).expect("it can be run");
        let records = records(&log);
        let until_ms = records.iter().map(|record| record.time_ms).max().expect("it has records");
        for contact in records.iter().map(|record| record.contact.as_str()).collect::<BTreeSet<_>>() {
            contacts += 1;
            let recording = match stage.record(contact, &records, until_ms, jiff::tz::TimeZone::UTC) {
                Ok(recording) => recording,
                Err(Unrecordable::Nothing) => continue,
                Err(error) => panic!("{}: {contact}: {error}", log.display()),
            };
            let whole = format!("{}\n\n{}", text.trim_end(), recording.text);
            assert_eq!(fmt::format(&whole).expect("it has a layout").text, whole, "{}", recording.text);
            let (with_test, cases) = analysed(&whole);
            assert_eq!(codes(&with_test), codes(&analysis), "{}", recording.text);
            assert_eq!(cases.len(), before.len() + recording.tests);
            for case in cases.iter().skip(before.len()) {
                let verdict = stage.play(case);
                assert!(verdict.passes(), "{}: {:?}", recording.text, verdict.faults);
                made += 1;
            }
        }
    }
    assert!(made > 40 && made >= contacts - 3, "only {made} tests of {contacts} contacts");
}

fn funnelc(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_funnelc")).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Odd times, times of the clock that come twice, values to be quoted, records that are set aside.
#[test]
fn odd_records_are_told_as_well_as_a_test_can() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let funnel = "timezone \"Europe/Berlin\"\nevent opt_in(words: text?, due: time?)\nevent buy(order_id: text)\nchannel email { at most 9 within 1 day }\n\
                  message hello by email { transactional }\nfunnel f {\n  for each contact\n  reentry never\n  stage a {\n    enter when opt_in\n    nurture n { send \
                  hello }\n    leave after 30 days\n  }\n  goal stage b {\n    enter from a when opt_in\n    leave after 30 days\n  }\n}\nfunnel g {\n  for each contact \
                  and order_id\n  reentry never\n  goal final stage c { enter when buy }\n}\n";
    fs::write(at("f.funnel"), funnel).expect("it can be written");
    let log = "{\"contact\": \"an\\\"n\", \"time\": \"2026-10-25T01:30:00.250Z\", \"event\": \"opt_in\", \"words\": \"say \\\"hi\\\" \\\\ {x}\"}\n\
               {\"contact\": \"an\\\"n\", \"time\": \"2026-10-25T01:45:00Z\", \"event\": \"nobody_knows\"}\n\
               {\"contact\": \"an\\\"n\", \"time\": \"2026-10-25T02:45:00Z\", \"event\": \"opt_in\"}\n\
               {\"contact\": \"an\\\"n\", \"time\": \"2026-10-26T10:00:00Z\", \"event\": \"buy\", \"order_id\": \"A-17\"}\n";
    fs::write(at("log.ndjson"), log).expect("it can be written");
    let tests = at("ann_test.funnel");
    for _ in 0..2 {
        let (status, out, told) = funnelc(&["test", &at("f.funnel"), "--record", &at("log.ndjson"), "--contact", "an\"n", "-o", &tests]);
        assert_eq!((status, out.as_str()), (Some(0), ""), "{told}");
        assert!(told.contains("2 tests added to") && told.contains("1 record of the contact was set aside"), "{told}");
    }
    let text = fs::read_to_string(&tests).expect("it was written");
    assert!(text.starts_with("use \"f.funnel\"\n\ntest \"as it went with an\\\"n in f\" for f {"), "{text}");
    assert!(text.contains("in c for \"A-17\"") && text.contains("UTC"), "{text}");
    assert_eq!(funnelc(&["fmt", "--check", &tests]).0, Some(0), "{text}");
    let (status, out, told) = funnelc(&["test", &tests]);
    assert_eq!(status, Some(0), "{text}\n{out}{told}");
    assert!(out.ends_with("4 tests, all as expected\n"), "{out}");
    let (status, _, told) = funnelc(&["test", &at("f.funnel"), "--record", &at("log.ndjson"), "--contact", "nobody"]);
    assert_eq!(status, Some(3));
    assert!(told.contains("the log has no record of the contact `nobody`"), "{told}");
}

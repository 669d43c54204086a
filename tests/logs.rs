//! Logs as people have them: packed, in several files, in the exports of other tools, and what `funnelc inspect` makes of them.

mod common;

use common::findings;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn funnelc(arguments: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(env!("CARGO_BIN_EXE_funnelc")).current_dir(root).args(arguments).output().expect("the command starts")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("logs-{name}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

const FUNNEL: &str = "docs/samples/trial.funnel";

/// What happens, without what was read.
fn happened(events: &[&str]) -> String {
    let mut arguments = vec!["run", FUNNEL, "--until", "2026-03-31", "--out", "-", "--quiet"];
    events.iter().for_each(|log| arguments.extend(["--events", log]));
    let output = funnelc(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("it is text")
}

fn plain() -> String {
    happened(&["docs/samples/trial.ndjson"])
}

#[test]
fn every_export_tells_the_same_story() {
    for name in ["segment", "posthog", "mixpanel", "ga4", "cloudevents", "snowplow"] {
        assert_eq!(happened(&[&format!("docs/samples/trial_{name}.ndjson")]), plain(), "{name}");
    }
    for log in ["trial_snowplow.tsv", "trial.xes"] {
        assert_eq!(happened(&[&format!("docs/samples/{log}")]), plain(), "{log}");
    }
}

/// A run over a log with these lines more, and what was set aside of it.
fn set_aside(name: &str, lines: &[&str], more: &[&str]) -> (String, Vec<String>) {
    let folder = folder(&format!("aside-{name}-{}", more.len()));
    let (log, aside) = (folder.join("log"), folder.join("aside"));
    fs::write(&log, lines.join("\n")).expect("a file can be written");
    let (log, aside) = (log.to_string_lossy().into_owned(), aside.to_string_lossy().into_owned());
    let mut arguments = vec!["run", FUNNEL, "--events", &log, "--until", "2026-03-31", "--out", "-", "--quiet", "--set-aside", &aside];
    arguments.extend(more);
    let output = funnelc(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    let aside = fs::read_to_string(aside).expect("it was written");
    let short = |line: &str| line.split(",\"detail\"").next().unwrap_or_default().to_owned();
    (String::from_utf8_lossy(&output.stdout).into_owned(), aside.lines().map(short).collect())
}

#[test]
fn what_is_wrong_in_an_export_is_set_aside_with_its_line() {
    for name in ["segment", "posthog", "mixpanel", "ga4", "cloudevents", "snowplow"] {
        let text = fs::read_to_string(format!("docs/samples/trial_{name}.ndjson")).expect("it is there");
        let mut lines: Vec<&str> = text.lines().collect();
        let count = lines.len();
        // Cut off, another thing altogether, and without a time.
        let half = lines[0].get(..lines[0].len() / 2).expect("it is ASCII");
        lines.extend([half, "{}", "[1, 2]"]);
        let (story, aside) = set_aside(name, &lines, &[]);
        assert_eq!(story, plain(), "{name}");
        let expected: Vec<String> = (1..4).map(|more| format!("{{\"line\":{},\"reason\":\"malformed\"", count + more)).collect();
        assert_eq!(aside, expected, "{name}");
        // The last record of the story first: the others are days too late, but for repetitions of it.
        lines.truncate(count);
        lines.sort_by_key(|line| {
            !line.contains(if name == "mixpanel" {
                "1772971200"
            } else if name == "ga4" {
                "1772971200000000"
            } else {
                "2026-03-08"
            })
        });
        let (_, aside) = set_aside(name, &lines, &["--lateness", "1 hour"]);
        let is_last = |line: &&&str| line.contains("2026-03-08") || line.contains("1772971200");
        let late = count - lines.iter().filter(is_last).count();
        assert_eq!(aside.iter().filter(|line| line.ends_with("\"reason\":\"late\"")).count(), late, "{name}: {aside:?}");
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn packed_logs_are_unpacked_also_in_several_parts() {
    let folder = folder("packed");
    let text = fs::read("docs/samples/trial.ndjson").expect("it is there");
    let middle = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(3).expect("it has lines").0 + 1;
    let (first, second) = text.split_at(middle);
    for (name, pack) in [("log.gz", packed as fn(&[u8]) -> Vec<u8>), ("log.zst", zstd)] {
        let path = folder.join(name);
        // Tools that append write one packed part behind the other.
        fs::write(&path, [pack(first), pack(second)].concat()).expect("a file can be written");
        assert_eq!(happened(&[&path.to_string_lossy()]), plain(), "{name}");
        let mut broken = pack(&text);
        broken.truncate(broken.len() / 2);
        fs::write(&path, broken).expect("a file can be written");
        let output = funnelc(&["run", FUNNEL, "--events", &path.to_string_lossy()]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains(name), "{}", said(&output));
    }
}

#[test]
fn a_packed_log_that_breaks_off_is_told_with_the_line() {
    let folder = folder("torn");
    let log: String = (0..2_000_u64)
        .map(|at| {
            let (contact, more) = (at.wrapping_mul(0x9E37_79B9_7F4A_7C15), at.wrapping_mul(0xC2B2_AE3D_27D4_EB4F));
            format!("{{\"contact\":\"{contact:x}\",\"time\":{},\"event\":\"sign_up\",\"x\":\"{more:x}\"}}\n", 1_772_445_600 + at)
        })
        .collect();
    let path = folder.join("log.gz").to_string_lossy().into_owned();
    for whole in [packed(log.as_bytes()), zstd(log.as_bytes())] {
        fs::write(&path, &whole[..whole.len() / 2]).expect("a file can be written");
        let output = funnelc(&["run", FUNNEL, "--events", &path, "-q"]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains("breaks off") && said(&output).contains("or is damaged: pack it anew"), "{}", said(&output));
    }
}

#[test]
fn several_files_are_one_log_in_any_order() {
    let folder = folder("several");
    let text = fs::read_to_string("docs/samples/trial.ndjson").expect("it is there");
    let lines: Vec<&str> = text.lines().collect();
    fs::write(folder.join("b.ndjson"), lines[3..].join("\n")).expect("a file can be written");
    fs::write(folder.join("a.ndjson.gz"), packed(lines[..3].join("\n").as_bytes())).expect("a file can be written");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    assert_eq!(happened(&[&path("a.ndjson.gz"), &path("b.ndjson")]), plain());
    assert_eq!(happened(&[&path("b.ndjson"), &path("a.ndjson.gz")]), plain());
    assert_eq!(happened(&[&path("*.ndjson*")]), plain());
    // What is set aside is told with its file and its line there.
    fs::write(folder.join("c.ndjson"), "\n{\"contact\": \"ann\", \"event\": \"sign_up\"}\n").expect("a file can be written");
    let output = funnelc(&["run", FUNNEL, "--events", &path("*"), "--set-aside", "-", "--quiet"]);
    assert!(
        said(&output).starts_with("{\"line\":2,\"reason\":\"malformed\",\"detail\":\"in `")
            && said(&output).contains("c.ndjson`: it has no time"),
        "{}",
        said(&output)
    );
    for (log, status, what) in [("nothing*", 3, "no file fits the pattern"), ("", 3, "is a folder")] {
        let output = funnelc(&["run", FUNNEL, "--events", &path(log)]);
        assert!(output.status.code() == Some(status) && said(&output).contains(what), "{}", said(&output));
    }
}

/// What is declared of a log.
fn declared(log: &[u8], more: &[&str]) -> Result<String, String> {
    let folder = folder(&format!("declared-{}-{}", log.len(), more.len()));
    let path = folder.join("log").to_string_lossy().into_owned();
    fs::write(&path, log).expect("a file can be written");
    let mut arguments = vec!["inspect", &path, "-o", "-"];
    arguments.extend(more);
    let output = funnelc(&arguments);
    if output.stdout.is_empty() {
        return Err(said(&output).replace(&path, "log"));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(findings(&text).is_empty(), "{:?}\n{text}", findings(&text));
    let is_plain = |line: &&str| !line.is_empty() && !line.starts_with("# What was found") && !line.starts_with("# A type stands");
    Ok(text.lines().filter(is_plain).collect::<Vec<_>>().join("\n"))
}

#[test]
fn declarations_fit_the_log_and_hold_no_guess() {
    let log = br#"{"contact": "a", "time": 1772445600, "event": "identify", "plan": "free", "tags": ["x"], "timezone": "Europe/Berlin", "at": 1}
{"contact": "b", "time": 1772445601, "event": "identify", "plan": "pro"}
{"contact": "a", "time": 1772445602, "event": "Order Completed", "amount": 20, "zip": "01067", "gift": true, "day": "2026-03-02", "due": "2026-03-02T10:00:00Z", "labels": ["new"]}
{"contact": "a", "time": 1772445603, "event": "Order Completed", "amount": 1.5e3, "zip": "10115", "gift": false, "day": "2026-03-03", "item": {"sku": 1}}
{"contact": "b", "time": 1772445604, "event": "opened", "message": "welcome"}
{"contact": "b", "time": 1772445605, "event": "1st"}
{"contact": "b", "time": 1772445606, "event": "every"}
"#;
    let expected = r#"contact {
  # `at` is a word of the language: rename it before it comes here
  plan     : text?  # free, pro
  tags     : list of text
  timezone : text?
}
# `1st` does not begin with a letter: rename the event before it comes here
# `every` is a word of the language: rename the event before it comes here
# `order_completed.item` holds objects or a mixture, which no type takes
event order_completed(amount: number, day: date, due: time?, gift: flag, labels: list of text,
    zip: text)
# In every file already: opened."#;
    assert_eq!(declared(log, &[]).as_deref(), Ok(expected));
}

#[test]
fn a_table_is_declared_by_what_its_cells_can_be() {
    let log = b"user_id,ts,event,amount,code,vip\nann,2026-03-02 10:00,buy,20,007,yes\nbob,2026-03-02 11:00,buy,3.5,12,no\nbob,2026-03-02 11:00,look,,,\n";
    let refused = declared(log, &[]).expect_err("it has no contact");
    assert!(refused.contains("if `user_id` is it, write `--map 'contact=user_id'`"), "{refused}");
    let text = declared(log, &["--map", "contact=user_id,time=ts"]);
    assert_eq!(text.as_deref(), Ok("event buy(amount: number, code: text, vip: flag)\nevent look"));
}

#[test]
fn nothing_is_written_over_what_is_read_or_written_already() {
    let folder = folder("apart");
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (log, funnel, twice) = (at("log.ndjson"), at("trial.funnel"), at("twice"));
    fs::copy("docs/samples/trial.ndjson", &log).expect("it can be copied");
    fs::copy(FUNNEL, &funnel).expect("it can be copied");
    let other_name = at("./log.ndjson").replace("/./", "/../logs-apart/");
    let refused = |arguments: &[&str], words: &str| {
        let output = funnelc(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    };
    for name in [&log, &other_name] {
        for (command, option) in
            [("run", "--out"), ("run", "--set-aside"), ("run", "--report"), ("report", "--output"), ("reach", "--output")]
        {
            refused(&[command, &funnel, "--events", &log, option, name], "would write over");
        }
    }
    refused(&["run", &funnel, "--events", &log, "--out", &funnel], "would write over");
    refused(&["build", &funnel, "--output", &funnel], "would write over");
    refused(&["run", &funnel, "--events", &log, "--out", &twice, "--set-aside", &twice], "`--out` and `--set-aside` are the same file");
    assert!(!Path::new(&twice).exists());
    for (there, before) in [(&log, "docs/samples/trial.ndjson"), (&funnel, FUNNEL)] {
        assert_eq!(fs::read(there).expect("it is there"), fs::read(before).expect("it is there"));
    }
    let nowhere = if cfg!(unix) { "/dev/null" } else { "NUL" };
    let output = funnelc(&["run", &funnel, "--events", &log, "--out", nowhere, "--set-aside", nowhere]);
    assert!(output.status.success(), "what is no file can be lost twice: {}", said(&output));
}

#[test]
fn a_run_that_cannot_begin_takes_nothing_away() {
    let folder = folder("begin");
    let kept = folder.join("kept").to_string_lossy().into_owned();
    fs::write(&kept, "of yesterday\n").expect("a file can be written");
    let output = funnelc(&["run", FUNNEL, "--events", "not/there.ndjson", "--out", &kept, "--set-aside", &kept.replace("kept", "more")]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_eq!(fs::read_to_string(&kept).expect("it is there"), "of yesterday\n");
    let output = funnelc(&["run", FUNNEL, "--events", "docs/samples/trial.ndjson", "--out", &kept, "--set-aside", "-", "-q"]);
    assert!(output.status.success() && fs::read_to_string(&kept).expect("it is there").starts_with('{'), "{}", said(&output));
}

#[test]
fn a_full_disk_is_told_with_the_file() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for command in ["run", "report"] {
        let option = if command == "run" { "--out" } else { "--output" };
        let output = funnelc(&[command, FUNNEL, "--events", "docs/samples/trial.ndjson", option, "/dev/full"]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(said(&output).contains("`/dev/full` cannot be written: No space left"), "{}", said(&output));
    }
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let log = "docs/samples/trial.ndjson";
    assert_eq!(happened(&[log, "docs/samples/../samples/trial.ndjson", "docs/samples/trial.nd*"]), plain());
}

/// What `why` says of ben, after a log.
fn why_ben(name: &str, log: &str) -> String {
    let folder = folder(&format!("why-{name}"));
    let path = folder.join("log");
    fs::write(&path, log).expect("a file can be written");
    said(&funnelc(&["why", "ben", FUNNEL, "--events", &path.to_string_lossy()]))
}

#[test]
fn a_story_tells_what_was_set_aside_and_nothing_that_was_not_taken() {
    let told = why_ben(
        "json",
        "{\"contact\":\"ben\",\"time\":\"02.03.2026\",\"event\":\"sign_up\"}\n{\"contact\":\"ben\",\"time\":1772445600,\"event\":\"sign_up\"}\n",
    );
    assert!(told.contains("Without a time that can be read:\n  ✗ sign_up is set aside: "), "{told}");
    let told = why_ben("csv", "contact,time,event\nben,02.03.2026,sign_up\n");
    assert!(told.contains("✗ ben,02.03.2026,sign_up is set aside: "), "{told}");
    let identify = |time: u32, country: &str, more: &str| {
        format!("{{\"contact\":\"ben\",\"time\":{time},\"event\":\"identify\",\"country\":\"{country}\"{more}}}\n")
    };
    let told =
        why_ben("fixed", &[identify(1_772_445_600, "DE", ""), identify(1_772_445_700, "AT", ",\"consent\":true,\"points\":5")].concat());
    assert!(told.contains("● is known with country = \"DE\"") && told.contains("● is known with consent = yes\n"), "{told}");
    assert!(told.contains("`country` is fixed and known") && told.contains("`points` is set by funnels alone"), "{told}");
}

#[test]
fn a_number_is_one_group_however_it_is_written() {
    let folder = folder("by-number");
    let path = folder.join("log").to_string_lossy().into_owned();
    let line = |at: usize, amount: &str| {
        let time = 1_772_445_600 + at;
        format!(
            "{{\"contact\":\"c{at}\",\"time\":{time},\"event\":\"sign_up\"}}\n{{\"contact\":\"c{at}\",\"time\":{time},\"event\":\"upgraded\",\"amount\":{amount}}}\n"
        )
    };
    let log: String = ["5", "5.0", "5.00", "50e-1"].iter().enumerate().map(|(at, amount)| line(at, amount)).collect();
    fs::write(&path, log).expect("a file can be written");
    let output = funnelc(&["report", FUNNEL, "--events", &path, "--by", "amount"]);
    let text = said(&output);
    assert!(output.status.success() && text.lines().any(|line| line.trim_start().starts_with("5 ")), "{text}");
    assert!(!text.contains("5.0") && !text.contains("50e-1"), "{text}");
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_taken_for_something_else() {
    for (log, what) in [
        (&b""[..], "holds no records"),
        (b"{\"user_id\": \"a\", \"event\": \"x\", \"time\": 1772445600}\n", "if `user_id` is it, write `--map 'contact=user_id'`"),
        (b"{\"contact\": \"a\", \"event\": \"x\", \"timestamp\": 1772445600}\n", "it has no time; if `timestamp` is it"),
        (b"PAR1....", "Parquet"),
        (b"[{\"a\": 1}]", "one JSON array"),
    ] {
        let refused = declared(log, &[]).expect_err("nothing can be read");
        assert!(refused.contains(what), "{refused}");
    }
}

#[test]
fn exports_declare_the_events_of_the_story() {
    for name in ["segment", "posthog", "mixpanel", "ga4", "cloudevents", "snowplow"] {
        let output = funnelc(&["inspect", &format!("docs/samples/trial_{name}.ndjson")]);
        assert!(output.status.success(), "{}", said(&output));
        for event in ["sign_up", "upgraded", "identify"] {
            assert!(said(&output).contains(&format!("\n {event} ")), "{name}: {}", said(&output));
        }
    }
}

#[test]
fn a_log_that_is_sorted_on_the_disk_tells_the_same() {
    let folder = folder("sorted");
    let log = folder.join("log.ndjson");
    let names = ["ann", "ben", "eva", "kim"];
    let mut lines = vec!["{\"no\":\"record\"}".to_owned()];
    for n in 0..4_000_u32 {
        let (name, day, hour) = (names[(n % 4) as usize], n.wrapping_mul(7919) % 28 + 1, n.wrapping_mul(104_729) % 24);
        let event = match n % 5 {
            0 => "\"identify\",\"consent\":true,\"country\":\"DE\"",
            1 => "\"upgraded\",\"amount\":19.90",
            2 => "\"nobody_knows\"",
            _ => "\"sign_up\",\"plan\":\"team\"",
        };
        lines.push(format!("{{\"contact\":\"{name}{}\",\"time\":\"2026-03-{day:02}T{hour:02}:00:00Z\",\"event\":{event}}}", n % 37));
    }
    fs::write(&log, lines.join("\n")).expect("a file can be written");
    let told = |more: &[&str]| {
        let (log, aside) = (log.to_string_lossy(), folder.join("aside"));
        let aside_path = aside.to_string_lossy();
        let mut arguments = vec!["run", FUNNEL, "--events", &log, "--until", "2026-05-31", "--out", "-", "--set-aside", &aside_path];
        arguments.extend(more);
        let output = funnelc(&arguments);
        assert!(output.status.success(), "{}", said(&output));
        (output.stdout, output.stderr, fs::read(&aside).expect("it was written"))
    };
    let plain = told(&[]);
    assert!(plain.0.len() > 10_000 && plain.2.len() > 10_000);
    for size in ["1 KB", "100KB", "1 GB"] {
        assert!(told(&["--memory", size]) == plain, "with {size}");
    }
    for (size, words) in [("0 MB", "`0 MB` is no size"), ("5", "`5` is no size"), ("MB", "`MB` is no size")] {
        let output = funnelc(&["run", FUNNEL, "--events", "docs/samples/trial.ndjson", "--memory", size]);
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}

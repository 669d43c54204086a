//! `funnelc test --coverage`: what no test reaches, in words, as lcov, as a report, and on the diagram; and `--matrix zones`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SHOP: &str = "contact {
  consent : flag = no
}
event opt_in
event click
event purchase
event quit
event moved
channel email { needs consent }
message hello \"Hello\" by email
message offer \"Offer\" by email
message late \"Late\" by email

funnel shop \"Shop\" {
  for each contact
  reentry never
  leave when quit

  stage trial \"Trial\" {
    enter when opt_in
    leave when moved

    nurture talk {
      send hello
      wait up to 2 days {
        on click { send offer }
        otherwise {
          wait 1 day
          send late
        }
      }
    }
  }

  goal final stage customer \"Customer\" { enter from trial when purchase }

  final stage gone \"Gone\" {
    enter from trial after 20 days
  }
}
";

const TEST: &str = "
test \"whoever clicks gets the offer\" for shop {
  given consent = yes
  at 2026-03-02 10:00
  opt_in
  after 1 day
  click
  expect sent offer
}
";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("coverage-{name}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn funnelc(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_funnelc")).current_dir(folder).args(arguments).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A record of lcov: lines with their hits, and branches (line, block, branch) with how often they were taken.
#[derive(Default, Debug)]
struct Lcov {
    lines: BTreeMap<u32, u64>,
    branches: BTreeMap<(u32, u32, u32), Option<u64>>,
}

/// Reads lcov strictly, and holds its sums against its lines.
fn parse_lcov(text: &str) -> BTreeMap<String, Lcov> {
    let mut files = BTreeMap::new();
    let (mut name, mut file, mut sums): (Option<String>, Lcov, BTreeMap<String, usize>) = Default::default();
    for line in text.lines() {
        if line == "end_of_record" {
            let file = std::mem::take(&mut file);
            let hit = file.lines.values().filter(|hits| **hits > 0).count();
            let taken = file.branches.values().filter(|taken| taken.is_some_and(|taken| taken > 0)).count();
            let expected = [("LF", file.lines.len()), ("LH", hit), ("BRF", file.branches.len()), ("BRH", taken)];
            assert_eq!(std::mem::take(&mut sums), expected.map(|(word, count)| (word.to_owned(), count)).into_iter().collect());
            assert!(files.insert(name.take().expect("a record names its file"), file).is_none(), "a file stands once");
            continue;
        }
        let (word, rest) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
        let numbers = || rest.split(',').map(|number| number.parse::<u64>().ok()).collect::<Vec<_>>();
        match (word, numbers().as_slice()) {
            ("TN", _) => {}
            ("SF", _) => name = Some(rest.to_owned()),
            ("DA", [Some(line), Some(hits)]) => {
                assert!(file.lines.insert(u32::try_from(*line).expect("a line"), *hits).is_none(), "a line stands once");
            }
            ("BRDA", [Some(line), Some(block), Some(branch), taken]) => {
                assert!(taken.is_some() || rest.ends_with(",-"), "{line}");
                let small = |n: &u64| u32::try_from(*n).expect("a small number");
                assert!(file.branches.insert((small(line), small(block), small(branch)), *taken).is_none(), "a branch stands once");
            }
            ("LF" | "LH" | "BRF" | "BRH", [Some(count)]) => {
                sums.insert(word.to_owned(), usize::try_from(*count).expect("a small number"));
            }
            (other, _) => panic!("{other}: {line}"),
        }
    }
    assert!(name.is_none(), "the last record ends");
    files
}

#[test]
fn what_no_test_reaches_is_told_once_with_its_place() {
    let folder = folder("told");
    fs::write(folder.join("shop.funnel"), SHOP.to_owned() + TEST).expect("it can be written");
    let (status, out, told) = funnelc(&folder, &["test", "shop.funnel", "--coverage"]);
    assert_eq!(status, Some(0), "{told}");
    let expected = "
coverage of `shop`: 1 of 3 stages, 1 of 3 doors, 0 of 2 ways out, 1 of 1 nurture, 3 of 5 steps, 1 of 2 arms
  shop.funnel:17:3: information F908: no test leaves by `leave when quit`
  shop.funnel:21:5: information F908: no test leaves by `leave when moved`
  shop.funnel:28:11: information F908: in no test the time of `wait up to 2 days` runs out
  shop.funnel:35:20: information F908: no test comes to `customer`
  shop.funnel:37:15: information F908: no test comes to `gone`

coverage of messages: 2 of 3 messages
  and for want of the above none has `late`
";
    assert!(out.ends_with(expected), "{out}");
    let (_, json, _) = funnelc(&folder, &["test", "shop.funnel", "--coverage", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let parts = document["coverage"]["parts"].as_array().expect("parts");
    let unreached = parts.iter().filter(|part| part["times"] == 0).count();
    assert_eq!((parts.len(), unreached), (19, 10), "{json}");
}

#[test]
fn lcov_counts_lines_and_branches() {
    let folder = folder("lcov");
    fs::write(folder.join("shop.funnel"), SHOP).expect("it can be written");
    for name in ["one", "two"] {
        fs::write(folder.join(format!("{name}_test.funnel")), format!("use \"shop.funnel\"\n{TEST}")).expect("it can be written");
    }
    // Two programs that use one file: what either reaches is reached.
    let (status, _, told) = funnelc(&folder, &["test", "--separately", "one_test.funnel", "two_test.funnel", "--lcov", "lcov.info"]);
    assert_eq!(status, Some(0), "{told}");
    let files = parse_lcov(&fs::read_to_string(folder.join("lcov.info")).expect("it was written"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["shop.funnel"]);
    let shop = &files["shop.funnel"];
    assert_eq!(shop.lines.get(&24), Some(&2), "both tests come to `send hello`: {shop:?}");
    assert_eq!((shop.lines.get(&17), shop.lines.get(&29)), (Some(&0), Some(&0)), "{shop:?}");
    assert_eq!(shop.branches, BTreeMap::from([((25, 0, 0), Some(2)), ((25, 0, 1), Some(0))]));
    // The examples too are lcov, with steps in plays and several arms on a line.
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = folder.join("examples.info").to_string_lossy().into_owned();
    let (status, _, told) = funnelc(examples, &["test", "--separately", "examples/models", "examples/journeys", "--lcov", &out]);
    assert_eq!(status, Some(0), "{told}");
    assert!(parse_lcov(&fs::read_to_string(out).expect("it was written")).len() > 20);
}

#[test]
fn the_diagram_says_what_no_test_reaches_in_every_view_and_form() {
    let folder = folder("graph");
    fs::write(folder.join("shop.funnel"), SHOP.to_owned() + TEST).expect("it can be written");
    assert_eq!(funnelc(&folder, &["test", "shop.funnel", "--report", "coverage.json"]).0, Some(0));
    let drawn = |more: &[&str]| {
        let (status, out, told) = funnelc(&folder, &[&["graph", "shop.funnel", "--coverage", "coverage.json"], more].concat());
        assert_eq!(status, Some(0), "{told}");
        out
    };
    let text = drawn(&["--format", "text"]);
    for line in [
        "1 test reaches 7 of 16 parts",
        "Customer GOAL · FINAL · UNTESTED",
        "Late (untested)",
        "LEAVE    moved (untested)",
        "everybody leaves when quit (untested)",
    ] {
        assert!(text.replace('\n', " ").contains(line) || text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("Hello (untested)") && !text.contains("Trial START · UNTESTED"), "{text}");
    for form in ["svg", "dot", "mermaid"] {
        let picture = drawn(&["--format", form]);
        assert!(picture.contains("UNTESTED") && picture.contains("(untested)"), "{form}: {picture}");
    }
    for view in ["funnel", "lanes", "stage:trial"] {
        let picture = drawn(&["--format", "svg", "--view", view]);
        assert!(picture.contains("untested"), "{view}: {picture}");
    }
    let (status, _, told) = funnelc(&folder, &["graph", "shop.funnel", "--coverage", "shop.funnel"]);
    assert_eq!(status, Some(3));
    assert!(told.contains("`shop.funnel` is no report of `funnelc test --report`"), "{told}");
    fs::write(folder.join("other.funnel"), SHOP.replace("funnel shop", "funnel other")).expect("it can be written");
    let (status, _, told) = funnelc(&folder, &["graph", "other.funnel", "--coverage", "coverage.json"]);
    assert_eq!((status, told.contains("is the report of other funnels")), (Some(3), true), "{told}");
}

#[test]
fn tests_are_repeated_zone_by_zone_and_over_changes_of_the_clock() {
    let folder = folder("matrix");
    let clock = "event opt_in\nchannel email { at most 9 within 1 day }\nmessage hello by email { transactional }\nfunnel f {\n  for each contact\n  reentry never\n  \
                 stage a {\n    enter when opt_in\n    nurture n {\n      WAIT\n      send hello\n    }\n    leave after 30 days\n  }\n  goal final stage b { enter from a \
                 when opt_in }\n}\n\ntest \"a day later\" for f {\n  at 2026-03-02 10:00\n  opt_in\n  at 2026-03-03 09:59\n  expect not sent hello\n  at 2026-03-03 \
                 10:00\n  expect sent hello\n}\n";
    for (name, wait) in [("days", "wait 1 day"), ("calendar", "wait 1 calendar days")] {
        fs::write(folder.join(format!("{name}.funnel")), clock.replace("WAIT", wait)).expect("it can be written");
    }
    let (status, out, told) = funnelc(&folder, &["test", "calendar.funnel", "--matrix", "zones"]);
    assert_eq!(status, Some(0), "{out}{told}");
    assert_eq!(out.lines().next(), Some("✓ a day later  (calendar.funnel:18)  in 10 zones, 12 times over a change of the clock"));
    assert!(out.ends_with("1 test, played 22 times, all as expected\n"), "{out}");
    // A day of 24 hours ends an hour off where the clock is changed.
    let (status, out, _) = funnelc(&folder, &["test", "days.funnel", "--matrix", "zones"]);
    assert_eq!(status, Some(1));
    assert!(out.contains("[Europe/Berlin, over 2026-03-29 when the clock is set forward]\n"), "{out}");
    assert!(out.ends_with("1 test, played 22 times, 12 times not as expected\n"), "{out}");
    for form in ["human", "json", "junit"] {
        let with = |threads: &str| funnelc(&folder, &["test", "days.funnel", "--matrix", "zones", "--format", form, "--threads", threads]);
        assert_eq!(with("1"), with("5"), "{form}");
    }
    // What leans on dates of the program says nothing of clocks.
    let dated = clock.replace("WAIT", "if before 2026-03-10 { wait 1 calendar days }");
    fs::write(folder.join("dated.funnel"), dated).expect("it can be written");
    let (status, out, told) = funnelc(&folder, &["test", "dated.funnel", "--matrix", "zones"]);
    assert_eq!(status, Some(0), "{out}{told}");
    assert!(told.contains("`a day later` was not moved over") && told.contains("leans on dates that the program names"), "{told}");
}

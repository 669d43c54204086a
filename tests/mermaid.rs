//! Flowcharts in a real browser: Mermaid draws each, and its labels are read back.
//!
//! `tests/all` fetches Mermaid and runs this; by hand, with both there: `cargo test --test mermaid -- --ignored`.

use funnelc::{
    emit, lower,
    picture::{
        content::Line,
        diff,
        notes::{Counts, Notes},
        sheet::{Detail, Sheet},
    },
    workspace::{Loaded, MemoryLoader, analyse},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn sheets(name: &str, text: &str) -> Vec<Sheet> {
    noted(name, text, &Notes::default())
}

fn noted(name: &str, text: &str, notes: &Notes) -> Vec<Sheet> {
    let loader = MemoryLoader::new([(name, text)]);
    let analysis = analyse(Loaded::read(&loader, &[name.to_owned()]).expect("the file is in memory"));
    emit::sheets(&lower::sketch(&analysis.model, &analysis.sources), Detail::Actions, notes)
}

/// Names that break charts where they are not written with care.
const NAMES: [&str; 20] = [
    "end",
    "graph",
    "subgraph x",
    "style a fill:#f00",
    "a---oops",
    "click",
    "1. a list",
    "- a list",
    "# a head",
    "a;b",
    "<b>bold</b>",
    "a & b #amp; c",
    "`code`",
    "**bold** _it_ ~~no~~",
    "50 % | 60 %",
    "[a](b) {c} ((d))",
    "%% no remark",
    "$$x^2$$",
    "قسم العملاء",
    "客户 🎉",
];

fn hostile() -> String {
    let mut text = "event opt_in\nevent click\nfunnel f \"end\" {\n  for each contact\n  reentry never\n".to_owned();
    for (n, name) in NAMES.iter().enumerate() {
        let door = if n == 0 { "enter when opt_in".to_owned() } else { format!("enter from s{} when click", n - 1) };
        let goal = if n + 1 == NAMES.len() { "goal final " } else { "" };
        text.push_str(&format!("  {goal}stage s{n} \"{name}\" {{ {door} }}\n"));
    }
    text + "}\n"
}

/// A funnel with counts, and one with changes.
fn laid_over() -> Vec<(String, Vec<Sheet>)> {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("a funnel");
    let text = read("examples/models/lead_lifecycle.funnel");
    let bare = sheets("a.funnel", &text);
    let ids: Vec<&String> = bare[0].figures.iter().map(|figure| &figure.id).collect();
    let mut counts = Counts { about: "1 000 people".to_owned(), ..Counts::default() };
    counts.stages.extend(ids.iter().map(|id| ((*id).clone(), 1000)));
    counts.visits.extend(ids.iter().map(|id| ((*id).clone(), 1000)));
    counts.moves.extend(bare[0].links.iter().map(|link| ((ids[link.from].clone(), ids[link.to].clone()), 125)));
    let counted = noted("a.funnel", &text, &Notes { counts: Some(counts), ..Notes::default() });
    let old = sheets("a.funnel", &read("examples/journeys/abandoned_cart.funnel"));
    let new = sheets("a.funnel", &read("docs/diagrams/cart_new.funnel"));
    let changed = new.into_iter().map(|sheet| diff::compared(sheet, old.first())).collect();
    vec![("counts".to_owned(), counted), ("changes".to_owned(), changed)]
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Gives charts to the browser and returns what it says of each.
fn drawn(charts: &[String]) -> Vec<Value> {
    let mut files = fs::read_dir(root().join("tests/mermaid")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mermaid = files.find(|path| path.to_string_lossy().ends_with(".min.js")).expect("`tests/all` fetches Mermaid");
    let page = fs::read_to_string(root().join("tests/mermaid/page.html")).expect("the page");
    let list = serde_json::to_string(charts).expect("texts").replace("</", "<\\/");
    let page = page.replace("MERMAID", &mermaid.display().to_string()).replace("CHARTS", &list);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts.html");
    fs::write(&path, page).expect("a file can be written");
    let browser = ["chromium", "google-chrome"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let output = Command::new(browser.expect("`tests/all` installs Chromium"))
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=300000", "--dump-dom"])
        .arg(format!("file://{}", path.display()))
        .output()
        .expect("the browser runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = text.split("TOLD").nth(1).unwrap_or_else(|| panic!("the page did not end: {text}"));
    let bytes = percent_decoded(told);
    serde_json::from_slice(&bytes).expect("what the page writes")
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits: String = bytes.by_ref().take(2).map(char::from).collect();
            decoded.push(u8::from_str_radix(&digits, 16).expect("two digits"));
        } else {
            decoded.push(byte);
        }
    }
    decoded
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{2060}').collect()
}

#[test]
#[ignore = "needs Chromium and Mermaid, which `tests/all` installs"]
fn every_flowchart_is_drawn_and_says_what_it_should() {
    let mut programs = vec![("names".to_owned(), sheets("names.funnel", &hostile()))];
    for folder in ["examples/models", "examples/journeys", "tests/pictures"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "funnel")) {
            let text = fs::read_to_string(file).expect("a funnel");
            programs.push((file.display().to_string(), sheets("a.funnel", &text)));
        }
    }
    programs.extend(laid_over());
    assert!(programs.len() > 24, "the examples were found");
    let charts: Vec<String> = programs.iter().map(|(_, sheets)| emit::mermaid::mermaid(sheets)).collect();
    let told = drawn(&charts);
    assert_eq!(told.len(), charts.len());
    for ((name, sheets), told) in programs.iter().zip(&told) {
        assert!(told["error"].is_null(), "{name}: {}", told["error"]);
        let labels: Vec<String> = told["labels"].as_array().expect("labels").iter().filter_map(Value::as_str).map(bare).collect();
        let ways: usize = sheets.iter().map(|sheet| sheet.links.len()).sum();
        assert_eq!(told["ways"].as_u64(), u64::try_from(ways).ok(), "{name}");
        for sheet in sheets {
            for figure in &sheet.figures {
                assert!(labels.iter().any(|label| label.starts_with(&bare(&figure.name))), "{name}: no `{}` in {labels:?}", figure.name);
                for row in &figure.rows {
                    assert!(labels.iter().any(|label| label.contains(&bare(&row.text))), "{name}: no `{}` in {labels:?}", row.text);
                }
            }
            for share in sheet.links.iter().filter_map(|link| link.share.as_deref()) {
                assert!(labels.iter().any(|label| label.contains(&bare(share))), "{name}: no `{share}` in {labels:?}");
            }
            for when in sheet.links.iter().filter(|link| link.line != Line::Spine).flat_map(|link| &link.when) {
                assert!(labels.iter().any(|label| label.contains(&bare(when))), "{name}: no `{when}` in {labels:?}");
            }
        }
    }
}

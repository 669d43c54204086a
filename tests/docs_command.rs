//! `funnelc docs`: the pages of the examples are as they would be written, load nothing, lead nowhere but to each other, and
//! hold every text escaped.
//!
//! `BLESS=1 cargo test --test docs_command` writes the pages anew; open them before you commit them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn docs(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_funnelc")).arg("docs").args(arguments).current_dir(folder).output().expect("the command runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docs-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("funnels")).expect("a folder can be made");
    path
}

fn pages(folder: &Path) -> Vec<(String, String)> {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "html")).collect();
    paths.sort();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).expect("a page"))).collect()
}

const EXAMPLES: [&str; 6] = ["--separately", "examples/journeys/", "-o", "docs/example-pages/", "--title", "Journeys"];

#[test]
fn the_pages_of_the_examples_are_as_they_would_be_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut arguments = EXAMPLES.to_vec();
    if std::env::var_os("BLESS").is_none() {
        arguments.push("--check");
    }
    let output = docs(root, &arguments);
    assert!(
        output.status.code() == Some(0),
        "{}; if that is meant, `BLESS=1 cargo test --test docs_command`, and look at them",
        said(&output)
    );
}

/// The values of an attribute in a text.
fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let begin = format!(" {attribute}=\"");
    text.match_indices(&begin).filter_map(|(at, _)| text[at + begin.len()..].split('"').next()).collect()
}

#[test]
fn pages_load_nothing_and_every_link_leads_to_something() {
    let all = pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/example-pages"));
    assert!(all.len() > 10, "the pages were found");
    let names: BTreeSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    for (name, text) in &all {
        for forbidden in ["<script", "<link", "<img", "<iframe", " src=", "@import", "url("] {
            assert!(!text.contains(forbidden), "{name} has `{forbidden}`");
        }
        let addresses: Vec<&str> = text.match_indices("http").map(|(at, _)| &text[at..(at + 40).min(text.len())]).collect();
        assert!(addresses.iter().all(|address| address.starts_with("http://www.w3.org/2000/svg")), "{name}: {addresses:?}");
        let ids: Vec<&str> = values(text, "id");
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name}: each place has a name of its own");
        for link in values(text, "href") {
            let is_there = link.strip_prefix('#').map_or_else(|| names.contains(link), |place| ids.contains(&place));
            assert!(is_there, "{name}: `{link}` leads to nothing");
        }
        // Apart from what HTML alone leaves open, a page is XML, so nothing in it is left open by mistake.
        let body = text.split_once("<body>").and_then(|(_, rest)| rest.split_once("</body>")).expect("a body").0;
        let body = format!("<body>{}</body>", body.replace("<br>", "<br/>"));
        roxmltree::Document::parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let (_, index) = all.iter().find(|(name, _)| name == "index.html").expect("an index");
    for name in names.iter().filter(|name| **name != "index.html") {
        assert!(index.contains(&format!("href=\"{name}\"")), "{name} is in the index");
    }
}

const SHOP: &str = "contact {\n  interest : number = 0\n}\nevent visit\nevent buy\nevent won ours\nchannel email { at most 2 within 1 day }\n\
    message hello \"Hello <b> & \\\"you\\\"\" by email\nsegment keen \"Keen\" = interest >= 5\n\n\
    funnel shop \"Shop <script>\" {\n  note \"a & b\"\n  for each contact\n  reentry never\n\n\
    \x20 stage looking \"Looking\" {\n    note \"They look.\"\n    enter when visit\n\n    nurture n {\n      send hello\n      wait 2 days\n      \
    if in segment keen { record won }\n      set interest = interest + 1\n    }\n  }\n\n\
    \x20 goal final stage bought \"Bought\" { enter from looking when buy }\n}\n";
const CLUB: &str = "funnel club \"Club\" {\n  for each contact\n  reentry never\n\n\
    \x20 stage in_club \"In the club\" { enter when won }\n\n  goal final stage keen_one \"Keen\" { enter from in_club when buy where 1 = 1 }\n}\n";

#[test]
fn a_page_says_what_a_funnel_does_and_what_joins_it_to_others() {
    let folder = folder("joined");
    fs::write(folder.join("funnels/shop.funnel"), SHOP).expect("a file can be written");
    fs::write(folder.join("funnels/club.funnel"), CLUB.replace(" where 1 = 1", "")).expect("a file can be written");
    let output = docs(&folder, &["funnels/", "-o", "pages/"]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", said(&output));
    let all = pages(&folder.join("pages"));
    assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["club.html", "index.html", "shop.html"]);
    let shop = &all[2].1;
    for part in [
        "<h1 dir=\"auto\">Shop &lt;script&gt;</h1>",
        "a &amp; b",
        "They look.",
        "from <a href=\"#looking\">Looking</a>, when buy",
        "Hello &lt;b&gt; &amp; &quot;you&quot;",
        "everybody there",
        "<code>keen</code> <span dir=\"auto\">Keen</span> <span class=\"mute\">— interest ≥ 5",
        "<code>email</code> <span class=\"mute\">— at most 2 within 1 day</span>",
        "<a href=\"club.html\">Club</a>: the event won that is recorded",
        "<code>buy</code> (also in <a href=\"club.html\">Club</a>)",
    ] {
        assert!(shop.contains(part), "no `{part}` in {shop}");
    }
    assert!(all[0].1.contains("<a href=\"shop.html\">Shop &lt;script&gt;</a>: the event won that is recorded"), "{}", all[0].1);
}

#[test]
fn pages_are_written_once_and_leave_what_is_not_theirs() {
    let folder = folder("again");
    let small = "event visit\nevent buy\nfunnel small \"Small\" {\n  for each contact\n  reentry never\n  stage a { enter when visit }\n  goal \
                 final stage b { enter from a when buy }\n}\n";
    fs::write(folder.join("funnels/small.funnel"), small).expect("a file can be written");
    let status = |arguments: &[&str]| docs(&folder, arguments).status.code().expect("a status");
    assert_eq!(status(&["funnels/", "-o", "pages/", "--check"]), 1, "there is none yet");
    assert_eq!(status(&["funnels/", "-o", "pages/"]), 0);
    assert_eq!(status(&["funnels/", "-o", "pages/", "--check"]), 0);
    fs::write(folder.join("pages/own.html"), "mine").expect("a file can be written");
    fs::write(folder.join("funnels/small.funnel"), small.replace("funnel small", "funnel other")).expect("a file can be written");
    let output = docs(&folder, &["funnels/", "-o", "pages/", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("`pages/other.html` is missing") && said(&output).contains("`pages/small.html` is the page of a funnel")
    );
    assert_eq!(status(&["funnels/", "-o", "pages/"]), 0);
    let names: Vec<String> = pages(&folder.join("pages")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["index.html", "other.html", "own.html"]);
    fs::write(folder.join("funnels/small.funnel"), small.replace("funnel small", "funnel own")).expect("a file can be written");
    let output = docs(&folder, &["funnels/", "-o", "pages/"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("is no page of funnelc and would be lost"), "{}", said(&output));
    fs::write(folder.join("funnels/small.funnel"), "event visit\n").expect("a file can be written");
    assert_eq!(status(&["funnels/", "-o", "pages/"]), 2, "there is no funnel");
}

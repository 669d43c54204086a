//! Every fixture of `tests/ui` with what funnelc says of it: source and rendered messages side by side, and the changes
//! offered. `INSTA_UPDATE=always cargo test --test ui` writes them anew; read the difference before you commit it.

#[path = "common/settings.rs"]
mod settings;

use funnelc::{
    catalog,
    diag::{Diagnostic, render},
    source::SourceMap,
    workspace::{Analysis, LoadError, Loaded, Loader, analyse_with},
};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// Codes without a fixture, and why.
const WITHOUT_FIXTURE: [(&str, &str); 6] = [
    ("F107", "a missing or cyclic `use` takes several files: tests/workspace.rs"),
    ("F009", "limits take large files: tests/limits.rs"),
    ("F908", "about what tests reach: tests/coverage.rs"),
    ("F997", "about pictures of pixels, and the fonts of the machine"),
    ("F998", "an error of our own, found by `--verify` alone"),
    ("F999", "an error of our own, which no file can cause"),
];

/// The files beside a fixture.
struct Beside(PathBuf);

impl Loader for Beside {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        fs::read_to_string(self.0.join(path)).map_err(|_| LoadError::Missing(path.to_owned()))
    }
}

fn analysis(path: &Path) -> Analysis {
    let folder = Beside(path.parent().expect("a fixture lies in a folder").to_owned());
    let name = path.file_name().expect("a fixture has a name").to_string_lossy().into_owned();
    let text = fs::read_to_string(path).expect("the fixture is readable");
    analyse_with(Loaded::read(&folder, &[name]).expect("the fixture is there"), settings::settings_of(&text))
}

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let folders = fs::read_dir(root).expect("there are fixtures").map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path()));
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "funnel")).collect();
    files.sort();
    files
}

/// The changes a finding offers, as `line: old -> new`.
fn offered(finding: &Diagnostic, sources: &SourceMap) -> String {
    let mut text = String::new();
    if let Some(fix) = &finding.fix {
        writeln!(text, "  fix: {}", fix.title).expect("a String takes everything");
        for edit in &fix.edits {
            let line = sources.position(edit.span).line;
            writeln!(text, "       line {line}: {:?} -> {:?}", sources.slice(edit.span), edit.text).expect("a String takes everything");
        }
    }
    text
}

#[test]
fn what_is_said_of_each_fixture() {
    for path in fixtures() {
        let source = fs::read_to_string(&path).expect("the fixture is readable");
        let analysis = analysis(&path);
        let mut shown = format!("{}\n────\n", source.replace('\r', "␍").replace('\u{feff}', "␂").trim_end());
        let style = render::Style { colour: false, width: Some(110) };
        let own = path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("f309"));
        // Most fixtures have a stage that somebody may rest in, which is their business alone where they are about that.
        let shown_here: Vec<&Diagnostic> = analysis.diagnostics.iter().filter(|finding| own || finding.code.id != "F309").collect();
        for finding in &shown_here {
            shown.push_str(&render::human(finding, &analysis.sources, style).replace('\r', "␍").replace('\u{feff}', "␂"));
            shown.push_str(&offered(finding, &analysis.sources));
            shown.push('\n');
        }
        if shown_here.is_empty() {
            shown.push_str("nothing is wrong\n");
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().expect("in a folder"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(name, shown));
    }
}

#[test]
fn findings_are_the_same_on_every_run_and_lie_in_their_files() {
    for path in fixtures() {
        let (first, second) = (analysis(&path), analysis(&path));
        assert_eq!(first.diagnostics, second.diagnostics, "{}", path.display());
        for finding in first.diagnostics.iter() {
            let places = finding.labels.iter().chain([&finding.primary]).map(|label| label.span);
            for span in places.chain(finding.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span))) {
                assert!(first.sources.file(span.file).text().get(span.range()).is_some(), "{}: {finding:?}", path.display());
            }
        }
    }
}

#[test]
fn every_code_has_a_fixture() {
    let given: BTreeSet<&str> =
        fixtures().iter().flat_map(|path| analysis(path).diagnostics.iter().map(|finding| finding.code.id).collect::<Vec<_>>()).collect();
    // Changes between two versions have theirs in `tests/versions`.
    let of_changes = |id: &str| funnelc::diff::CODES.iter().any(|code| code.id == id);
    let excused = |id: &str| of_changes(id) || WITHOUT_FIXTURE.iter().any(|(code, _)| *code == id);
    let missing: Vec<&str> = catalog::codes().iter().map(|code| code.id).filter(|id| !given.contains(id) && !excused(id)).collect();
    assert!(missing.is_empty(), "no fixture gives {missing:?}");
}

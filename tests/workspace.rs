//! Programs of several files, `allow` comments, and findings that only echo a syntax error.

use funnelc::{
    diag::Severity,
    lower,
    ruleset::to_yaml,
    workspace::{Analysis, LoadError, Loaded, MemoryLoader, analyse},
};

const SHARED: &str = "event opt_in\nevent purchase\n";
const FUNNEL: &str = "use \"shared.funnel\"\n\nfunnel f {\n  for each contact\n  reentry never\n  stage a { enter when opt_in }\n  goal final stage b { enter from a when purchase }\n}\n";
const OTHER: &str = "use \"../shared.funnel\"\n\nfunnel g {\n  for each contact\n  reentry never\n  stage a { enter when purchase }\n  goal final stage b { enter from a when opt_in }\n}\n";

fn program(files: &[(&str, &str)], roots: &[&str]) -> Analysis {
    let loader = MemoryLoader::new(files.iter().copied());
    let roots: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
    analyse(Loaded::read(&loader, &roots).expect("the roots are in memory"))
}

/// `file:line code` of each finding but information.
fn places(analysis: &Analysis) -> Vec<String> {
    let shown = analysis.diagnostics.iter().filter(|finding| finding.severity != Severity::Information);
    let place = |finding: &funnelc::diag::Diagnostic| {
        let span = finding.primary.span;
        format!("{}:{} {}", analysis.sources.file(span.file).name(), analysis.sources.position(span).line, finding.code.id)
    };
    shown.map(place).collect()
}

fn rules(analysis: &Analysis) -> String {
    to_yaml(&lower::lower(&analysis.checked().expect("no errors"), &analysis.sources))
}

#[test]
fn used_files_come_first_and_once_whatever_the_order_of_the_arguments() {
    let files = [("shared.funnel", SHARED), ("main.funnel", FUNNEL), ("more/other.funnel", OTHER)];
    let one = program(&files, &["main.funnel", "more/other.funnel"]);
    assert_eq!(places(&one), Vec::<String>::new());
    let names: Vec<&str> = one.sources.files().map(|(_, file)| file.name()).collect();
    assert_eq!(names, ["main.funnel", "shared.funnel", "more/other.funnel"], "each file is read once");
    let other = program(&files, &["more/other.funnel", "./main.funnel", "shared.funnel", "main.funnel"]);
    assert_eq!(rules(&one), rules(&other), "the order of arguments means nothing");
    let funnels: Vec<&str> = one.model.funnels.values().map(|funnel| funnel.name.text.as_str()).collect();
    assert_eq!(funnels, ["f", "g"]);
}

#[test]
fn findings_stand_in_the_file_they_speak_of() {
    let shared = "event opt_in\nevent purchase\nevent purchase\n";
    let analysis = program(&[("shared.funnel", shared), ("main.funnel", &FUNNEL.replace("when opt_in", "when opt_inn"))], &["main.funnel"]);
    assert_eq!(places(&analysis), ["main.funnel:6 F102", "shared.funnel:3 F103"]);
}

#[test]
fn circles_and_missing_files_are_findings_at_their_use() {
    let circle = program(&[("a.funnel", "use \"b.funnel\"\n"), ("b.funnel", "use \"./a.funnel\"\n")], &["a.funnel"]);
    assert_eq!(places(&circle), ["b.funnel:1 F107"]);
    assert!(circle.diagnostics.iter().any(|finding| finding.message.contains("`a.funnel` uses `b.funnel` uses `a.funnel`")));
    let missing = program(&[("a.funnel", "use \"gone.funnel\"\n")], &["a.funnel"]);
    assert_eq!(places(&missing), ["a.funnel:1 F107"]);
    let nowhere = Loaded::read(&MemoryLoader::default(), &["x.funnel".to_owned()]);
    assert_eq!(nowhere.err(), Some(LoadError::Missing("x.funnel".to_owned())));
}

#[test]
fn an_allow_comment_silences_one_finding_of_what_follows_it() {
    let dead_end = |comment: &str| {
        FUNNEL.replace("goal final stage b", &format!("{comment}\n  stage c {{ enter from a when opt_in }}\n  goal final stage b"))
    };
    let files = |text: &str| program(&[("shared.funnel", SHARED), ("main.funnel", text)], &["main.funnel"]);
    assert_eq!(places(&files(&dead_end(""))), ["main.funnel:8 F313"], "a stage with no way on");
    assert_eq!(places(&files(&dead_end("# funnelc: allow F313 because they stay"))), Vec::<String>::new());
    assert_eq!(places(&files(&dead_end("# funnelc: allow F313"))), ["main.funnel:7 F010", "main.funnel:8 F313"], "no reason");
    assert_eq!(
        places(&files(&dead_end("# funnelc: allow F404 because of nothing"))),
        ["main.funnel:7 F010", "main.funnel:8 F313"],
        "nothing to silence"
    );
    assert_eq!(places(&files(&dead_end("# funnelc: allow it because I say so"))), ["main.funnel:7 F010", "main.funnel:8 F313"], "no code");
    let broken = dead_end("# funnelc: allow F313 because they stay").replace("when purchase }", "when purchse }");
    let found = places(&files(&broken));
    assert!(!found.is_empty() && found.iter().all(|place| place.ends_with("F102")), "behind an error no check ran: {found:?}");
}

#[test]
fn a_broken_line_does_not_make_the_names_it_declares_unknown() {
    let analysis = program(
        &[("a.funnel", &format!("event opt_in(\nevent purchase\n{}", FUNNEL.replace("use \"shared.funnel\"\n", "")))],
        &["a.funnel"],
    );
    let found = places(&analysis);
    assert!(!found.is_empty() && found.iter().all(|place| !place.ends_with("F102")), "{found:?}");
}

#[test]
fn files_parsed_ahead_give_the_same_program() {
    let broken =
        "use \"shared.funnel\" # twice\nuse \"b.funnel\"\nstage {\nuse\"c.funnel\"\n  # use \"gone.funnel\"\nevent a(use \"d.funnel\")\n";
    let files = [
        ("main.funnel", FUNNEL),
        ("more/other.funnel", OTHER),
        ("shared.funnel", SHARED),
        ("broken.funnel", broken),
        ("b.funnel", "use \"c.funnel\"\nuse \"gone.funnel\"\n"),
        ("c.funnel", "use \"broken.funnel\"\nevent c\n"),
        ("d.funnel", "event d\n"),
    ];
    let loader = MemoryLoader::new(files);
    let roots: Vec<String> = ["broken.funnel", "more/other.funnel", "main.funnel", "shared.funnel"].map(str::to_owned).to_vec();
    let plain = Loaded::read(&loader, &roots).expect("the roots are there");
    let names = |loaded: &Loaded| loaded.sources.files().map(|(_, file)| file.name().to_owned()).collect::<Vec<_>>();
    for threads in [2, 3, 8] {
        let ahead = Loaded::read_on(&loader, &roots, threads).expect("the roots are there");
        assert_eq!(names(&ahead), names(&plain));
        assert_eq!(ahead.files, plain.files);
        assert_eq!(ahead.diagnostics, plain.diagnostics);
    }
    assert!(Loaded::read_on(&loader, &["gone.funnel".to_owned(), "main.funnel".to_owned()], 2).is_err());
}

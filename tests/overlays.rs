//! What is laid over pictures, counts of a run and changes since an older version, in every view and every form.

use funnelc::{
    emit::{self, dot, mermaid, text},
    lower,
    picture::{
        bands, diff,
        ink::{self, Ink},
        journey, lanes,
        notes::{Counts, Notes},
        scene::{Mark, Scene, Text},
        sheet::{Change, Detail, Sheet},
        timeline,
    },
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};

const HEAD: &str = "event opt_in\nevent click\nevent purchase\nchannel email { at most 9 within 1 day }\nmessage hello \"Hello\" by email\n\
                    message later \"Later\" by email\nmessage again \"Again\" by email\n";

fn analysis(stages: &str) -> Analysis {
    let text = format!("{HEAD}funnel f \"F\" {{\n  for each contact\n  reentry never\n{stages}\n}}\n");
    analyse(Loaded::read(&MemoryLoader::new([("a.funnel", text.as_str())]), &["a.funnel".to_owned()]).expect("the file is in memory"))
}

fn sheet(stages: &str, notes: &Notes) -> Sheet {
    let analysis = analysis(stages);
    emit::sheets(&lower::sketch(&analysis.model, &analysis.sources), Detail::Actions, notes).remove(0)
}

fn noted(stages: &str) -> (Sheet, Notes) {
    let analysis = analysis(stages);
    let notes = emit::notes::notes(&analysis.model, &analysis.diagnostics, &analysis.sources);
    (emit::sheets(&lower::sketch(&analysis.model, &analysis.sources), Detail::Actions, &notes).remove(0), notes)
}

const OLD: &str = "  stage a \"Aa\" {\n    enter when opt_in\n    nurture n { send hello wait 2 days if had click { send later } }\n  }\n  \
                   stage b \"Bb\" { enter from a when click }\n  goal final stage c \"Cc\" { enter from b when purchase }";
const NEW: &str = "  stage a \"Aa\" {\n    enter when opt_in\n    nurture n { send hello wait 2 days if had click { send again } }\n  }\n  \
                   stage d \"Dd\" { enter from a when click }\n  goal final stage c \"Cc\" { enter from d when purchase }";

/// Steps of a nurture stand on lines of their own.
fn lines(stages: &str) -> String {
    stages.replace("{ send", "{\n      send").replace(" wait", "\n      wait").replace(" if", "\n      if")
}

fn counted() -> Notes {
    let mut counts = Counts { about: "1 000 people until 2026-03-31".to_owned(), ..Counts::default() };
    for (stage, count) in [("a", 1000), ("b", 320), ("c", 64)] {
        counts.stages.insert(format!("f/{stage}"), count);
        counts.visits.insert(format!("f/{stage}"), count);
    }
    counts.moves.insert(("f/a".to_owned(), "f/b".to_owned()), 320);
    counts.moves.insert(("f/b".to_owned(), "f/c".to_owned()), 64);
    Notes { counts: Some(counts), ..Notes::default() }
}

fn texts(scene: &Scene) -> Vec<&Text> {
    scene.texts().map(|(text, _)| text).collect()
}

/// The four views of a sheet; of its stages the first.
fn views(sheet: &Sheet) -> [(&'static str, Scene); 4] {
    [
        ("journey", journey::scene(sheet, Detail::Actions)),
        ("funnel", bands::scene(sheet)),
        ("lanes", lanes::scene(sheet)),
        ("stage", timeline::scene(sheet, 0)),
    ]
}

#[test]
fn counts_are_on_every_view_and_in_every_form() {
    let sheet = sheet(&lines(OLD), &counted());
    for (view, scene) in views(&sheet) {
        let told: Vec<&str> = texts(&scene).iter().map(|text| text.text.as_str()).collect();
        assert!(told.iter().any(|text| text.contains("1\u{202f}000")), "{view}: {told:?}");
        assert!(told.iter().any(|text| text.contains("until 2026-03-31")), "{view}: {told:?}");
        if view != "lanes" {
            assert!(told.iter().any(|text| text.contains("32\u{202f}%")), "{view}: {told:?}");
        }
        if matches!(view, "journey" | "lanes") {
            let bar = |mark: &Mark| matches!(mark, Mark::Box { fill: Some(Ink::Bar), .. });
            assert_eq!(scene.groups.iter().flat_map(|group| &group.marks).filter(|mark| bar(mark)).count(), 3, "{view}");
        }
    }
    let all = [sheet.clone()];
    for told in [
        dot::dot(&all, dot::Style::default()),
        mermaid::mermaid(&all),
        text::text(&all, 100),
        text::bands(&all, 100),
        text::stages(&[(sheet.clone(), 0)], 100),
    ] {
        let told = told.replace('\u{202f}', " ");
        assert!(told.contains("32 %") && (told.contains("1 000") || told.contains("1000")), "{told}");
    }
    assert!(text::lanes(&all, 100).contains("Aa 1\u{202f}000"), "{}", text::lanes(&all, 100));
}

#[test]
fn changes_are_on_every_view_and_in_every_form() {
    let before = sheet(&lines(OLD), &Notes::default());
    let sheet = diff::compared(sheet(&lines(NEW), &Notes::default()), Some(&before));
    for (view, scene) in views(&sheet) {
        let struck: Vec<&str> = texts(&scene).iter().filter(|text| text.struck).map(|text| text.text.as_str()).collect();
        let green: Vec<&str> = texts(&scene).iter().filter(|text| text.ink == Ink::Added).map(|text| text.text.as_str()).collect();
        assert!(struck.iter().any(|text| text.contains("Later")), "{view}: {struck:?}");
        if view == "lanes" {
            let frames = scene.groups.iter().flat_map(|group| &group.marks);
            let added = frames.filter(|mark| matches!(mark, Mark::Box { line: Some(line), .. } if line.ink == Ink::Added)).count();
            assert_eq!(added, 1, "the new message has a green frame");
        } else {
            assert!(green.iter().any(|text| text.contains("Again")), "{view}: {green:?}");
        }
        if view != "stage" {
            assert!(struck.contains(&"Bb"), "{view}: the stage that is gone is struck through: {struck:?}");
        }
    }
    let all = [sheet.clone()];
    let drawn = dot::dot(&all, dot::Style::default());
    assert!(drawn.contains("<S>Bb</S>") && drawn.contains("changes: 1 stage added, 1 stage removed"), "{drawn}");
    let chart = mermaid::mermaid(&all);
    assert!(chart.contains("<b>Bb</b>\"]:::removed") || chart.contains(":::removed"), "{chart}");
    for told in [text::text(&all, 100), text::bands(&all, 100), text::lanes(&all, 100), text::stages(&[(sheet.clone(), 0)], 100)] {
        let has = |sign: &str, word: &str| told.lines().any(|line| line.contains(sign) && line.contains(word));
        assert!(has("- ", "Later") && has("+ ", "Again"), "{told}");
    }
    let gone = sheet.figures.iter().position(|figure| figure.change == Change::Removed).expect("a stage is gone");
    assert!(texts(&timeline::scene(&sheet, gone)).iter().any(|text| text.text.contains("removed")));
}

#[test]
fn bands_tell_what_people_get_on_a_condition_too() {
    let sheet = sheet(&lines(OLD), &Notes::default());
    let scene = bands::scene(&sheet);
    let line = texts(&scene).into_iter().find(|text| text.text == "Hello · Later").expect("both messages");
    assert_eq!(line.full.as_deref(), Some("Hello · Later (if had click)"));
}

#[test]
fn the_subtitle_counts_every_finding() {
    let broken = "  stage a \"A\" { enter when opt_in }\n  goal final stage c \"C\" {\n    enter from gone when purchase\n    enter from lost when \
                  purchase\n    enter from away when purchase\n  }";
    let (sheet, notes) = noted(broken);
    let found = notes.funnels.get("f").expect("there are findings");
    assert_eq!(found.errors, 3, "{notes:?}");
    assert!(sheet.facts[0].contains(&format!("{} errors", found.errors)), "{:?}", sheet.facts);
    let rows = &sheet.figures[1].rows;
    assert!(rows.iter().any(|row| row.text.starts_with("3 × F101 ")), "{rows:?}");
}

#[test]
fn a_stage_that_nobody_comes_to_is_amber_and_off_the_main_way() {
    let (sheet, notes) = noted(
        "  stage a \"Aa\" { enter when opt_in }\n  stage partner \"Partner\" {\n    enter from lone when click\n  }\n  stage lone \"Lone\" \
         {\n    enter from partner when click\n  }\n  goal final stage c \"Cc\" { enter from a when purchase }",
    );
    let partner = sheet.figures.iter().find(|figure| figure.name == "Partner").expect("it is drawn");
    assert_eq!(partner.dress, ink::WARNED, "{partner:?} {notes:?}");
    assert!(!partner.role.is_on_the_way() && partner.rows.iter().any(|row| row.text.contains("F301")), "{partner:?}");
}

//! Pictures: golden ones of every example and of funnels that strain the layout, and what must hold of each.
//!
//! `BLESS=1 cargo test --test pictures` writes the golden pictures anew; open them before you commit them.

use funnelc::{
    diag::Severity,
    emit::{self, svg::Theme},
    lower,
    picture::{
        bands, diff, fold,
        ink::{self, Ink},
        journey::{self, Journey},
        lanes, look,
        notes::{Counts, Notes},
        scene::{Area, Mark, Point, Scene},
        sheet::{Change, Detail, Sheet},
        timeline,
    },
    workspace::{Analysis, Loaded, MemoryLoader, analyse},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A program that is drawn.
struct Example {
    name: String,
    analysis: Analysis,
}

impl Example {
    fn notes(&self) -> Notes {
        emit::notes::notes(&self.analysis.model, &self.analysis.diagnostics, &self.analysis.sources)
    }

    /// The sheets of its funnels, folded as the command folds them.
    fn sheets(&self, detail: Detail, notes: &Notes) -> Vec<Sheet> {
        let checked = lower::sketch(&self.analysis.model, &self.analysis.sources);
        emit::sheets(&checked, detail, notes)
    }
}

fn program(name: &str, files: Vec<(String, String)>) -> Example {
    let roots: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let loaded = Loaded::read(&MemoryLoader::new(files), &roots).expect("the files are in memory");
    Example { name: name.to_owned(), analysis: analyse(loaded) }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Every example and every funnel of `tests/pictures`; a folder of its own is one program.
fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    for group in ["examples/models", "examples/journeys", "examples/data", "tests/pictures"] {
        for path in sorted(&root().join(group)) {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
            let files = if path.is_dir() { sorted(&path) } else { vec![path] };
            let texts: Vec<(String, String)> = (files.iter())
                .filter(|file| file.extension().is_some_and(|ending| ending == "funnel"))
                .map(|file| (file.display().to_string(), fs::read_to_string(file).expect("a file can be read")))
                .collect();
            if !texts.is_empty() {
                let group = group.rsplit('/').next().expect("a name");
                found.push(program(&format!("{group}-{stem}"), texts));
            }
        }
    }
    assert!(found.len() > 24, "the examples were found");
    found
}

fn journey_of(sheets: &[Sheet], detail: Detail) -> Scene {
    Scene::stacked(sheets.iter().map(|sheet| journey::scene(sheet, detail)).collect())
}

/// Compares with a file of `tests/golden/pictures`; with `BLESS=1` in the environment writes it instead.
fn golden(name: &str, text: &str) {
    let path = root().join("tests/golden/pictures").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == text,
        "{name} is not as in tests/golden/pictures; if that is meant, `BLESS=1 cargo test --test pictures`, and look at it"
    );
}

#[test]
fn every_example_is_drawn_as_the_golden_picture_and_the_same_each_time() {
    for example in examples() {
        let notes = example.notes();
        let draw = || emit::svg::svg(&journey_of(&example.sheets(Detail::Actions, &notes), Detail::Actions), Theme::Auto, false);
        let first = draw();
        for _ in 0..9 {
            assert_eq!(draw(), first, "{}", example.name);
        }
        golden(&format!("{}.svg", example.name), &first);
    }
}

/// All views of a program.
fn views(example: &Example) -> Vec<(String, Scene)> {
    let notes = example.notes();
    let sketch = lower::sketch(&example.analysis.model, &example.analysis.sources);
    let rules = emit::rules_of(&sketch);
    let mut scenes = Vec::new();
    for detail in [Detail::Stages, Detail::Actions, Detail::Full] {
        let sheets: Vec<Sheet> = rules.funnels.iter().map(|funnel| Sheet::new(rules, funnel, detail, &notes)).collect();
        scenes.push((format!("{} whole {detail:?}", example.name), journey_of(&sheets, detail)));
        scenes.push((format!("{} {detail:?}", example.name), journey_of(&example.sheets(detail, &notes), detail)));
    }
    for funnel in &rules.funnels {
        let sheet = Sheet::new(rules, funnel, Detail::Actions, &notes);
        scenes.push((format!("{} bands", example.name), bands::scene(&sheet)));
        scenes.push((format!("{} lanes", example.name), lanes::scene(&sheet)));
        for n in 0..funnel.stages.len() {
            scenes.push((format!("{} stage {n}", example.name), timeline::scene(&sheet, n)));
        }
    }
    scenes
}

#[test]
fn every_view_is_xml_lies_inside_its_frame_and_no_text_lies_on_another() {
    for example in examples() {
        for (name, scene) in views(&example) {
            let text = emit::svg::svg(&scene, Theme::Auto, false);
            let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(document.descendants().any(|node| node.has_tag_name("desc")), "{name}");
            let whole = Area { x: 0, y: 0, width: scene.width, height: scene.height };
            let texts: Vec<_> = scene.texts().collect();
            for (n, (text, area)) in texts.iter().enumerate() {
                assert!(whole.holds(*area), "{name}: `{}` is outside", text.text);
                for (other, place) in &texts[n + 1..] {
                    assert!(!area.meets(*place), "{name}: `{}` lies on `{}`", text.text, other.text);
                }
            }
        }
    }
}

/// Whether a line up or down meets a place.
fn crosses(a: Point, b: Point, area: Area) -> bool {
    a.x == b.x && area.x < a.x && a.x < area.right() && a.y.min(b.y) < area.bottom() && area.y < a.y.max(b.y)
}

#[test]
fn labels_keep_clear_of_each_other_and_of_lines_and_cards_hold_their_texts() {
    for example in examples() {
        let notes = example.notes();
        for detail in [Detail::Stages, Detail::Actions, Detail::Full] {
            for sheet in example.sheets(detail, &notes) {
                check_journey(&example.name, &sheet, &Journey::new(&sheet, detail, 1000));
                check_cards(&example.name, &sheet, detail);
            }
        }
    }
}

fn check_journey(name: &str, sheet: &Sheet, journey: &Journey) {
    let labels: Vec<_> = journey.arrows.iter().filter_map(|arrow| Some((arrow.link, arrow.label.as_ref()?))).collect();
    for (n, (link, label)) in labels.iter().enumerate() {
        for (_, other) in &labels[n + 1..] {
            assert!(!label.area.meets(other.area), "{name}: {:?} and {:?}", label.lines, other.lines);
        }
        for card in &journey.areas {
            assert!(!label.area.meets(*card), "{name}: {:?} on a card", label.lines);
        }
        for arrow in &journey.arrows {
            for pair in arrow.points.windows(2) {
                let is_own = arrow.link == *link;
                assert!(
                    !crosses(pair[0], pair[1], label.area),
                    "{name}: {:?} on a line{}",
                    label.lines,
                    if is_own { " of its own" } else { "" }
                );
                let flat = pair[0].y == pair[1].y && label.area.y < pair[0].y && pair[0].y < label.area.bottom();
                let over = label.area.x < pair[0].x.max(pair[1].x) && pair[0].x.min(pair[1].x) < label.area.right();
                assert!(!(flat && over), "{name}: {:?} is struck through", label.lines);
            }
        }
    }
    for (n, card) in journey.areas.iter().enumerate() {
        assert!(journey.areas[n + 1..].iter().all(|other| !card.meets(*other)), "{name}: {} on another card", sheet.figures[n].name);
    }
    let middles: Vec<i32> = sheet.spine().map(|n| journey.areas[n].x + journey.areas[n].width / 2).collect();
    assert!(middles.windows(2).all(|pair| pair[0] == pair[1]), "{name}: the main way is not straight");
    let tops: Vec<i32> = sheet.spine().map(|n| journey.areas[n].y).collect();
    assert!(tops.windows(2).all(|pair| pair[0] < pair[1]), "{name}: the main way is not in declared order");
}

fn check_cards(name: &str, sheet: &Sheet, detail: Detail) {
    let scene = journey::scene(sheet, detail);
    for group in scene.groups.iter().filter(|group| group.id.is_some()) {
        let Some(Mark::Box { area, .. }) = group.marks.first() else { panic!("{name}: a card begins with its ground") };
        for mark in &group.marks {
            if let Mark::Text(text) = mark {
                assert!(area.holds(text.area()), "{name}: `{}` does not fit its card", text.text);
            }
        }
    }
}

/// The luminance of a colour as WCAG reckons it.
fn luminance(colour: &str) -> f64 {
    let channel = |n: usize| {
        let value = f64::from(u8::from_str_radix(&colour[n..n + 2], 16).expect("a colour")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn texts_and_lines_can_be_told_from_what_is_behind_them_in_both_themes() {
    let texts = [Ink::Text, Ink::Mute, Ink::LoopText, Ink::WarnText, Ink::ErrorText, Ink::Added, Ink::Removed, Ink::Moved];
    let lines = [
        Ink::Main,
        Ink::Leave,
        Ink::Loop,
        Ink::StartLine,
        Ink::PlainLine,
        Ink::GoalLine,
        Ink::SideLine,
        Ink::WarnLine,
        Ink::ErrorLine,
        Ink::Bar,
    ];
    let themes: [fn(Ink) -> &'static str; 2] = [|ink| ink.colours().0, |ink| ink.colours().1];
    for theme in themes {
        for (inks, least) in [(&texts[..], 4.5), (&lines[..], 3.0)] {
            for ink in inks {
                for ground in [Ink::Page, Ink::Card, Ink::Stripe] {
                    let found = contrast(theme(*ink), theme(ground));
                    assert!(found >= least, "{ink:?} on {ground:?}: {found:.2}");
                }
            }
        }
    }
    use funnelc::picture::content::Role;
    for role in [Role::Start, Role::Plain, Role::Goal, Role::Side, Role::Final] {
        let dress = ink::dress(role);
        assert!(contrast(dress.header, dress.name) >= 4.5, "{role:?}");
    }
    for dress in [ink::WARNED, ink::BROKEN] {
        assert!(contrast(dress.header, dress.name) >= 4.5, "{dress:?}");
    }
    for chip in ["EMAIL", "SMS", "PUSH", "AD", "DO", "IF", "LEAVE", "WAIT"] {
        let (back, front) = look::chip(chip);
        assert!(contrast(back, front) >= 4.5, "{chip}");
    }
}

fn small(text: &str) -> Example {
    let head = "event opt_in\nevent click\nevent purchase\n";
    program(
        "small",
        vec![("small.funnel".to_owned(), format!("{head}funnel f \"F\" {{\n  for each contact\n  reentry never\n{text}\n}}\n"))],
    )
}

const BEFORE: &str = "  stage a \"A\" { enter when opt_in }\n  stage b \"B\" { enter from a when click }\n  goal final stage c \"C\" { enter from b when purchase }";

#[test]
fn a_change_shows_what_was_added_removed_and_moved() {
    let sheet = |text: &str| small(text).sheets(Detail::Actions, &Notes::default()).remove(0);
    let (before, same) = (sheet(BEFORE), sheet(BEFORE));
    let nothing = diff::compared(same, Some(&before));
    assert!(nothing.figures.iter().all(|figure| figure.change == Change::Same) && nothing.facts.contains(&"nothing changed".to_owned()));

    let after = sheet(
        "  stage a \"A\" { enter when opt_in }\n  stage d \"D\" { enter from a when click }\n  goal final stage c \"C\" { enter from d when purchase }",
    );
    let changed = diff::compared(after, Some(&before));
    let told: Vec<(&str, Change)> = changed.figures.iter().map(|figure| (figure.name.as_str(), figure.change)).collect();
    assert_eq!(told, [("A", Change::Same), ("B", Change::Removed), ("D", Change::Added), ("C", Change::Same)]);
    let ways: Vec<Change> = changed.links.iter().map(|link| link.change).collect();
    assert_eq!(ways, [Change::Added, Change::Added, Change::Removed, Change::Removed]);
    assert!(diff::gone(&before).figures.iter().all(|figure| figure.change == Change::Removed));
}

#[test]
fn counts_stand_in_headers_and_shares_on_ways() {
    let mut counts = Counts { about: "1 000 people".to_owned(), ..Counts::default() };
    for (stage, count) in [("a", 1000), ("b", 320), ("c", 0)] {
        counts.stages.insert(format!("f/{stage}"), count);
        counts.visits.insert(format!("f/{stage}"), count);
    }
    counts.moves.insert(("f/a".to_owned(), "f/b".to_owned()), 320);
    let notes = Notes { counts: Some(counts), ..Notes::default() };
    let sheet = small(BEFORE).sheets(Detail::Actions, &notes).remove(0);
    assert_eq!(sheet.figures.iter().map(|figure| figure.count).collect::<Vec<_>>(), [Some(1000), Some(320), Some(0)]);
    assert_eq!(sheet.links[0].share.as_deref(), Some("32\u{202f}%"));
    let scene = bands::scene(&sheet);
    let widths: Vec<i32> = (scene.groups.iter())
        .filter(|group| group.id.is_some())
        .filter_map(|group| if let Some(Mark::Box { area, .. }) = group.marks.first() { Some(area.width) } else { None })
        .collect();
    // The root of 0.32 is 0.5656…
    assert_eq!(widths, [4400, 2488, 500]);
}

#[test]
fn what_is_too_much_for_one_picture_is_folded() {
    let examples = examples();
    let sheet_of = |name: &str| {
        let example = examples.iter().find(|example| example.name == name).expect("a funnel of tests/pictures");
        example.sheets(Detail::Actions, &Notes::default()).remove(0)
    };
    let sixty = sheet_of("pictures-sixty");
    assert!(sixty.figures.len() <= 25 && sixty.figures.iter().any(|figure| figure.words == ["FOLDED"]));
    assert!(sixty.told().contains("Stage 0, start, leads to Stage 1"), "{}", sixty.told());
    let loops = sheet_of("pictures-loops");
    let back = loops.links.iter().filter(|link| link.line == funnelc::picture::content::Line::Back).count();
    assert_eq!(back, 8);
    assert!(loops.figures.iter().flat_map(|figure| &figure.rows).any(|row| row.text.starts_with("+1 more way back")));
    assert_eq!(fold::folded(loops.clone()), loops, "folded once is folded");
}

#[test]
fn text_for_terminals_keeps_to_its_width() {
    for example in examples() {
        let text = emit::text::text(&example.sheets(Detail::Actions, &example.notes()), 100);
        golden(&format!("{}.txt", example.name), &text);
        for line in text.lines().filter(|line| line.split_whitespace().all(|word| word.chars().count() < 60)) {
            assert!(line.chars().count() <= 100, "{}: {line}", example.name);
        }
    }
}

#[test]
fn flowcharts_of_examples_are_the_golden_ones() {
    for example in examples() {
        golden(&format!("{}.mmd", example.name), &emit::mermaid::mermaid(&example.sheets(Detail::Actions, &example.notes())));
    }
}

#[test]
fn findings_and_unknown_stages_are_on_the_picture() {
    let broken = small("  stage a \"A\" { enter when opt_in }\n  goal final stage c \"C\" { enter from nowhere when purchase }");
    assert!(broken.analysis.diagnostics.iter().any(|finding| finding.severity == Severity::Error));
    let sheet = broken.sheets(Detail::Actions, &broken.notes()).remove(0);
    let ghost = sheet.figures.iter().position(|figure| figure.name == "nowhere").expect("a card for the name");
    assert!(sheet.links.iter().any(|link| link.from == ghost && sheet.figures[link.to].name == "C"));
    assert!(sheet.figures.iter().filter(|figure| figure.dress == ink::BROKEN).count() == 2, "{sheet:?}");
}

/// The three channels of a colour.
#[cfg(feature = "png")]
fn channels(colour: &str) -> [i32; 3] {
    [1, 3, 5].map(|n| i32::from_str_radix(&colour[n..n + 2], 16).expect("a colour"))
}

/// How many of a hundred pixels of a place are nearer to the ink than to what is behind it.
#[cfg(feature = "png")]
fn inked(pixels: &resvg::tiny_skia::Pixmap, area: Area, ink: &str, ground: &str) -> i32 {
    let pixel = |tenths: i32| u32::try_from(tenths / 10).expect("inside the picture");
    let (mut inked, mut all) = (0, 0);
    for y in pixel(area.y)..pixel(area.bottom()) {
        for x in pixel(area.x)..pixel(area.right()) {
            let found = pixels.pixel(x, y).expect("inside the picture");
            let found = [found.red(), found.green(), found.blue()].map(i32::from);
            let from = |colour| channels(colour).iter().zip(found).map(|(a, b)| (a - b).abs()).sum::<i32>();
            inked += i32::from(from(ink) < from(ground));
            all += 1;
        }
    }
    inked * 100 / all.max(1)
}

#[cfg(feature = "png")]
#[test]
fn every_name_is_in_the_pixels_of_its_header() {
    for example in examples() {
        for sheet in example.sheets(Detail::Actions, &example.notes()) {
            let scene = journey::scene(&sheet, Detail::Actions);
            for theme in [Theme::Light, Theme::Dark] {
                let drawn = emit::png::png(&scene, theme, false, 100).expect("it is not too large");
                let pixels = resvg::tiny_skia::Pixmap::decode_png(&drawn.bytes).expect("a picture");
                let cards = scene.groups.iter().filter(|group| group.id.is_some());
                for (figure, group) in sheet.figures.iter().zip(cards) {
                    assert!(group.id.as_ref() == Some(&figure.id), "{}: cards stand in the order of their stages", example.name);
                    let header = group.marks.iter().find_map(|mark| match mark {
                        Mark::Header { area, .. } => Some(*area),
                        Mark::Box { area, fill: Some(Ink::Fixed(_)), .. } => Some(*area),
                        _ => None,
                    });
                    let header = header.expect("a card has a header");
                    let name = group.marks.iter().find_map(|mark| if let Mark::Text(text) = mark { Some(text) } else { None });
                    let name = name.expect("a header has a name");
                    assert!(header.holds(name.area()), "{}: {}", example.name, name.text);
                    if name.text.chars().any(|letter| drawn.missing.contains(&letter)) {
                        continue;
                    }
                    let share = inked(&pixels, name.area().moved(group.at), figure.dress.name, figure.dress.header);
                    assert!(share >= 5, "{}: `{}` is drawn in {share} of 100 pixels of its place", example.name, name.text);
                    let bare = Area { x: 20, y: 60, width: 60, height: 60 };
                    assert!(
                        inked(&pixels, bare.moved(group.at), figure.dress.name, figure.dress.header) == 0,
                        "{}: {}",
                        example.name,
                        name.text
                    );
                }
            }
        }
    }
}

#[cfg(feature = "png")]
#[test]
fn pixels_are_the_same_each_time_and_have_a_limit() {
    let scene = journey_of(&small(BEFORE).sheets(Detail::Actions, &Notes::default()), Detail::Actions);
    for theme in [Theme::Light, Theme::Dark] {
        let drawn = emit::png::png(&scene, theme, false, 100).expect("it is small");
        assert!(drawn.bytes.starts_with(b"\x89PNG") && drawn.missing.is_empty());
        assert_eq!(emit::png::png(&scene, theme, false, 100).expect("again"), drawn);
    }
    let huge = Scene { width: 400_000, ..scene };
    assert!(emit::png::png(&huge, Theme::Light, false, 200).is_err());
}

#[cfg(feature = "png")]
#[test]
fn a_letter_that_no_font_has_is_told_and_has_a_box() {
    let mut sheet = small(BEFORE).sheets(Detail::Actions, &Notes::default()).remove(0);
    // A letter for private use, which nobody has.
    sheet.figures[0].name = "\u{10fffd}".to_owned();
    let scene = journey::scene(&sheet, Detail::Actions);
    let drawn = emit::png::png(&scene, Theme::Light, false, 100).expect("it is small");
    assert_eq!(drawn.missing.iter().collect::<Vec<_>>(), [&'\u{10fffd}']);
    let pixels = resvg::tiny_skia::Pixmap::decode_png(&drawn.bytes).expect("a picture");
    let group = scene.groups.iter().find(|group| group.id.is_some()).expect("a card");
    let name = group.marks.iter().find_map(|mark| if let Mark::Text(text) = mark { Some(text.area()) } else { None }).expect("a name");
    let share = inked(&pixels, name.moved(group.at), sheet.figures[0].dress.name, sheet.figures[0].dress.header);
    assert!((5..80).contains(&share), "a frame, and nothing in it: {share} of 100");
}

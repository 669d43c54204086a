//! What an editor asks, on marked texts: `$0` is where the cursor stands, a line of `^^^` marks what stands above it.

#[path = "editor/marks.rs"]
mod marks;

use funnelc::{
    diag::mend,
    editor::{self, Completion, CompletionKind, Grouping, Program, Workspace},
    source::{FileId, Span},
    workspace::MemoryLoader,
};
use marks::{Marked, marked};
use std::sync::Arc;

const SHOP: &str = include_str!("editor/shop.funnel");

fn program(text: &str) -> (Arc<Program>, FileId) {
    let mut workspace = Workspace::new(Box::new(MemoryLoader::default()), Grouping::Together);
    workspace.set("a.funnel", text);
    workspace.program_of("a.funnel").expect("the file is open")
}

/// The shop with a text in place of another, and the cursor where that text says.
fn shop(old: &str, new: &str) -> (Arc<Program>, FileId, u32) {
    let at = SHOP.find(old).unwrap_or_else(|| panic!("{old}"));
    let text = format!("{}{new}{}", &SHOP[..at], &SHOP[at + old.len()..]);
    let Marked { text, cursor, .. } = marked(&text);
    let (program, file) = program(&text);
    (program, file, cursor.expect("a cursor"))
}

fn completions(old: &str, new: &str) -> Vec<Completion> {
    let (program, file, cursor) = shop(old, new);
    editor::complete(&program, file, cursor)
}

fn labels(old: &str, new: &str, kind: CompletionKind) -> Vec<String> {
    completions(old, new).into_iter().filter(|it| it.kind == kind).map(|it| it.label).collect()
}

#[test]
fn the_shop_is_a_good_example() {
    let (program, _) = program(SHOP);
    let findings = program.findings(funnelc::check::Settings::default());
    let grave: Vec<_> = findings.iter().filter(|it| it.severity != funnelc::diag::Severity::Information).collect();
    assert!(grave.is_empty(), "{:#?}", grave.iter().map(|it| (it.code.id, &it.message)).collect::<Vec<_>>());
}

#[test]
fn completion_knows_what_fits_here() {
    use CompletionKind as Kind;
    let door = "enter from lead after 14 days without purchase";
    assert_eq!(labels(door, "enter from $0", Kind::Stage), ["customer", "lead", "quiet"]);
    assert_eq!(labels(door, "enter from lead, q$0", Kind::Stage), ["customer", "lead", "quiet"]);
    assert!(labels(door, "enter from lead after 14 $0", Kind::Unit).contains(&"days".to_owned()));
    assert_eq!(labels(door, "enter from lead after 1 $0", Kind::Unit), ["day", "hour", "minute", "second", "week"]);
    assert!(labels(door, "enter from lead after 14 days without $0", Kind::Event).contains(&"purchase".to_owned()));
    assert_eq!(labels(door, "enter from lead when purchase where $0", Kind::Property), ["amount", "product"]);
    assert_eq!(labels(door, "enter from lead when purchase.$0", Kind::Property), ["amount", "product"]);
    assert_eq!(labels(door, "enter from lead when plan = $0", Kind::Value), ["free", "pro"]);
    assert_eq!(labels(door, "enter from lead when plan in [free, $0", Kind::Value), ["free", "pro"]);
    assert_eq!(labels(door, "enter from lead when plan = p$0", Kind::Word), ["contact", "entry"]);
    assert_eq!(labels(door, "enter from lead when in segment $0", Kind::Segment), ["vip"]);
    assert_eq!(labels(door, "enter from lead when int$0", Kind::Score), ["interest"]);
    assert_eq!(labels(door, "open to $0", Kind::Channel), ["email"]);
    assert_eq!(
        labels(door, "enter from lead when clicked $0", Kind::Message),
        ["discount", "invitation", "missed", "receipt", "reminder", "welcome"]
    );
    assert_eq!(labels("send welcome", "send $0", Kind::Message), ["discount", "invitation", "missed", "receipt", "reminder", "welcome"]);
    assert_eq!(labels("send offer", "send $0", Kind::Parameter), ["offer"]);
    assert_eq!(labels("amount: entry.amount", "amount: entry.$0", Kind::Property), ["amount", "product", "source"]);
    assert_eq!(labels("amount: entry.amount", "$0", Kind::Snippet), ["amount"]);
    assert_eq!(labels("set plan = pro", "set plan = $0", Kind::Value), ["free", "pro"]);
    assert_eq!(labels("needs consent", "needs $0", Kind::Attribute), ["consent"]);
    assert_eq!(labels("event refund(amount: number)", "event refund(amount: $0", Kind::Type), ["date", "flag", "number", "text", "time"]);
    assert_eq!(labels("nurture win_back(offer: discount)", "nurture $0", Kind::Play), ["win_back"]);
    assert_eq!(
        labels("nurture win_back(offer: discount)", "nurture win_back(offer: $0", Kind::Message),
        ["discount", "invitation", "missed", "receipt", "reminder", "welcome"]
    );
    assert_eq!(labels("customer is reachable from every stage", "every contact in $0", Kind::Stage), ["customer", "lead", "quiet"]);
    assert_eq!(labels("expect in customer", "expect in $0", Kind::Stage), ["customer", "lead", "quiet"]);
    assert!(labels("given consent = yes", "given $0", Kind::Attribute).contains(&"plan".to_owned()));
    assert_eq!(labels("given consent = yes", "given plan = $0", Kind::Value), ["free", "pro"]);
}

#[test]
fn completion_offers_words_and_snippets_of_the_block() {
    use CompletionKind as Kind;
    assert_eq!(
        labels("leave after 30 days", "$0", Kind::Word),
        ["enter", "feeds", "formerly", "leave", "note", "nurture", "open", "target", "visits"]
    );
    assert!(labels("leave after 30 days", "$0", Kind::Snippet).contains(&"enter from …".to_owned()));
    assert_eq!(labels("leave after 30 days", "leave $0", Kind::Word), ["after", "when"]);
    assert_eq!(labels("leave after 30 days", "leave after 3 days $0", Kind::Word), ["when", "without"]);
    assert_eq!(labels("reentry after leaving", "reentry $0", Kind::Word), ["after", "never", "restart"]);
    assert!(labels("wait 2 days\n", "wait 2 days\n $0\n", Kind::Word).contains(&"send".to_owned()));
    assert!(labels("        send reminder\n      }", "        send reminder\n      } $0", Kind::Word).contains(&"else".to_owned()));
    assert!(completions("\"Signed up\"", "\"Signed $0up\"").is_empty());
    assert!(completions("event refund", "# a comment $0\nevent refund").is_empty());
}

fn offset(text: &str, of: &str) -> u32 {
    u32::try_from(text.find(of).unwrap_or_else(|| panic!("{of}"))).expect("short")
}

fn hover(of: &str, shift: u32) -> String {
    let (program, file) = program(SHOP);
    editor::hover(&program, file, offset(SHOP, of) + shift).unwrap_or_else(|| panic!("{of}")).text
}

#[test]
fn hover_tells_the_story_of_a_stage() {
    insta::assert_snapshot!("hover_stage_quiet", hover("stage quiet", 7));
    insta::assert_snapshot!("hover_stage_lead", hover("from lead,", 6));
}

#[test]
fn hover_tells_what_words_are() {
    for (name, of, shift) in [
        ("event", "purchase where", 1),
        ("message", "receipt(amount: entry", 1),
        ("attribute", "plan = free {", 1),
        ("funnel", "funnel trial", 8),
        ("channel", "by email", 4),
        ("segment", "segment vip", 8),
        ("property", "entry.amount", 7),
        ("value", "= pro", 3),
        ("parameter", "send offer", 6),
    ] {
        insta::assert_snapshot!(format!("hover_{name}"), hover(of, shift));
    }
    let text = SHOP.replace("  leave after", "  # funnelc: allow F404 because it is meant\n  leave after");
    let (program, file) = program(&text);
    let code = editor::hover(&program, file, offset(&text, "F404") + 2).expect("a page");
    assert!(code.text.starts_with("# F404"), "{}", code.text);
}

/// The places that marks under the text show are those that a question gives.
fn check(text: &str, ask: impl Fn(&Program, FileId, u32) -> Vec<Span>) {
    let Marked { text, cursor, spans } = marked(text);
    let (program, file) = program(&text);
    let mut found: Vec<(u32, u32)> = ask(&program, file, cursor.expect("a cursor")).iter().map(|span| (span.start, span.end)).collect();
    found.sort_unstable();
    assert_eq!(found, spans, "{text}");
}

#[test]
fn definitions_are_found() {
    let definition = |program: &Program, file, at| editor::declarations(program, file, at);
    check("event buy\n      ^^^\nfunnel f {\n  stage s { enter when b$0uy }\n}\n", definition);
    check("funnel f {\n  stage größe {\n        ^^^^^\n    enter when x\n  }\n  stage b { enter from gr$0öße when x }\n}\n", definition);
    check("event buy(amount: number)\n          ^^^^^^\nfunnel f {\n  stage s { enter when buy where amou$0nt > 2 }\n}\n", definition);
    check("contact {\n  plan : one of [free, pro] = free\n                       ^^^\n}\nsegment p when plan = p$0ro\n", definition);
    check(
        "event a(n: number)\n        ^\nevent b(n: number)\n        ^\nfunnel f {\n  stage s {\n    enter when a or b\n    nurture x { wait until 1 day before entry.n$0, if past skip }\n  }\n}\n",
        definition,
    );
    check("play p(m: message) {\n       ^\n  send m$0\n}\n", definition);
    check("segment s when clic$0ked\n", definition);
}

#[test]
fn references_are_found() {
    let references = |program: &Program, file, at| editor::references(program, file, at, true);
    check(
        "event b$0uy\n      ^^^\nsegment s when had buy\n                   ^^^\nsegment t when no buy\n                  ^^^\n",
        references,
    );
    check(
        "# 😀 é\nevent a(größe: number)\n        ^^^^^\nsegment s when sum of a.grö$0ße > 3\n                        ^^^^^\nsegment t when had a where größe > 3\n                           ^^^^^\n",
        references,
    );
    check("event a\nfunnel f {\n  stage s {\n    enter when a\n    nurture n { send$0 }\n  }\n}\n", references);
    check(
        "event a\nmessage m \"M\" by e\nchannel e\nfunnel f {\n  for each contact\n  reentry never\n  stage s {\n    enter when a\n    nurture wel$0come {\n            ^^^^^^^\n      send m\n    }\n  }\n  goal stage t { enter from s when welcome finished }\n                                   ^^^^^^^\n}\n",
        references,
    );
}

/// The text after a rename.
fn renamed(text: &str, new: &str) -> Result<String, String> {
    let Marked { text, cursor, .. } = marked(text);
    let (program, file) = program(&text);
    let edits = editor::rename(&program, file, cursor.expect("a cursor"), new).map_err(|error| error.to_string())?;
    let fix = funnelc::diag::Fix { title: String::new(), edits, safe: true };
    Ok(mend::apply(file, &text, &[&fix]))
}

#[test]
fn a_rename_changes_all_that_means_the_same_and_nothing_else() {
    let text = "event buy\r\nmessage buy \"Kauf é 😀\" by email\r\nchannel email\r\nsegment s when had b$0uy and had clicked buy\r\n";
    assert_eq!(
        renamed(text, "kauf").expect("a rename"),
        text.replace("$0", "").replacen("event buy", "event kauf", 1).replacen("had buy", "had kauf", 1)
    );
    let text = "event a(n: number)\nevent b(n$0: number)\nsegment s when sum of b.n > 2 and sum of a.n > 2\n";
    assert_eq!(
        renamed(text, "m").expect("a rename"),
        "event a(n: number)\nevent b(m: number)\nsegment s when sum of b.m > 2 and sum of a.n > 2\n"
    );
}

#[test]
fn a_rename_that_would_change_the_meaning_is_refused() {
    let text = "event buy\nevent pay\nsegment s when had b$0uy\n";
    assert_eq!(renamed(text, "pay"), Err("there is already an event called `pay`, so nobody could tell the two apart".into()));
    assert_eq!(renamed(text, "every"), Err("`every` is a reserved word of the language and cannot be a name".into()));
    assert_eq!(renamed(text, "2b"), Err("`2b` is no name: a name begins with a letter and goes on with letters, digits and `_`".into()));
    assert_eq!(renamed("segment s when had clic$0ked\n", "x"), Err("`clicked` is part of the language and keeps its name".into()));
    let text = "event buy\nsegment s when had b$0uy\nnonsense buy here\n";
    let refused = "line 3 of `a.funnel` does not parse and names `buy` too: mend it first, or it would keep the old name";
    assert_eq!(renamed(text, "pay"), Err(refused.into()));
    assert_eq!(renamed("seg$0ment s when had clicked\n", "x"), Err("there is no name here that could be changed".into()));
}

#[test]
fn every_name_of_the_shop_can_be_renamed_and_stays_sound() {
    let (whole, file) = program(SHOP);
    let before: Vec<_> = whole.unchecked().iter().map(|it| it.code.id).collect();
    let mut done = 0;
    for named in whole.names().iter().filter(|named| named.declares) {
        let Ok(edits) = editor::rename(&whole, file, named.span.start, "zzz_new") else { panic!("{named:?}") };
        let fix = funnelc::diag::Fix { title: String::new(), edits, safe: true };
        let text = mend::apply(file, SHOP, &[&fix]);
        let (after, _) = program(&text);
        let codes: Vec<_> = after.unchecked().iter().map(|it| it.code.id).collect();
        assert_eq!(codes, before, "{named:?}\n{text}");
        assert_eq!(after.names().len(), whole.names().len());
        done += 1;
    }
    assert!(done > 28, "{done}");
}

#[test]
fn symbols_folds_hints_and_lenses_are_as_they_were() {
    let (program, file) = program(SHOP);
    let line = |span: Span| program.sources().position(span).line;
    let mut out = String::from("symbols\n");
    fn tree(symbols: &[editor::Symbol], depth: usize, out: &mut String) {
        for it in symbols {
            out.push_str(&format!("{}{:?} {} {}\n", "  ".repeat(depth + 1), it.kind, it.name, it.detail.as_deref().unwrap_or("")));
            tree(&it.inside, depth + 1, out);
        }
    }
    tree(&editor::symbols(&program, file), 0, &mut out);
    out += "folds\n";
    editor::folds(&program, file).iter().for_each(|it| out.push_str(&format!("  {}–{}\n", it.first + 1, it.last + 1)));
    out += "hints\n";
    editor::hints(&program, file).iter().for_each(|it| out.push_str(&format!("  {}: {}\n", line(it.at), it.text)));
    out += "lenses\n";
    editor::lenses(&program, file).iter().for_each(|it| out.push_str(&format!("  {}: {}\n", line(it.at), it.text)));
    insta::assert_snapshot!("outline", out);
    let found: Vec<String> = editor::workspace_symbols(&program, "wlc").into_iter().map(|it| it.name).collect();
    assert_eq!(found, ["welcome", "welcome_series"]);
    assert_eq!(editor::workspace_symbols(&program, "größte").len(), 1);
}

#[test]
fn each_word_has_its_colour() {
    let (program, file) = program(SHOP);
    let lines: Vec<String> = editor::tokens(&program, file)
        .iter()
        .map(|it| format!("{:?}{} {}", it.kind, if it.declares { "*" } else { "" }, program.sources().slice(it.span)))
        .collect();
    insta::assert_snapshot!("tokens", lines.join("\n"));
}

#[test]
fn the_layout_changes_only_what_differs() {
    let text = "event a\r\nevent   b\r\nevent c\r\n";
    let (program, file) = program(text);
    let edit = editor::format(&program, file).expect("it is proved").expect("a change");
    assert_eq!(program.sources().slice(edit.span), "  ");
    let (shop, file) = self::program(SHOP);
    assert_eq!(editor::format(&shop, file), Ok(None));
    // What does not parse stays as it is, and the rest is laid out.
    let text = "event   a\nnonsense   here\nevent   b\n";
    let (program, file) = self::program(text);
    let fix = funnelc::diag::Fix {
        title: String::new(),
        edits: editor::format(&program, file).expect("it is proved").into_iter().collect(),
        safe: true,
    };
    assert_eq!(mend::apply(file, text, &[&fix]), "event a\nnonsense   here\nevent b\n");
}

#[test]
fn fixes_and_allowances_are_offered() {
    let text = SHOP.replace("enter from lead, quiet", "enter from laed, quiet");
    let (program, file) = program(&text);
    let problems = editor::Problem::all(&program.unchecked(), program.sources());
    let here = Span::empty(file, offset(&text, "laed"));
    let actions = editor::actions(&program, &problems, here);
    assert_eq!(actions.len(), 1, "{actions:#?}");
    assert_eq!((actions[0].title.as_str(), actions[0].is_safe), ("write `lead`", true));
    let fix = funnelc::diag::Fix { title: String::new(), edits: editor::all_safe(&problems, file), safe: true };
    assert_eq!(mend::apply(file, &text, &[&fix]), SHOP);

    let text = SHOP.replace("    leave after 30 days\n", "").replace("    enter from lead, quiet when", "    enter from lead when");
    let (program, file) = self::program(&text);
    let problems = editor::Problem::all(&program.findings(funnelc::check::Settings::default()), program.sources());
    let trap = problems.iter().find(|it| funnelc::check::CODES.contains(&it.code)).expect("a finding");
    let actions = editor::actions(&program, &problems, trap.span);
    let allow = actions.iter().find(|it| it.title.starts_with("allow")).expect("an allowance");
    let fix = funnelc::diag::Fix { title: String::new(), edits: allow.edits.clone(), safe: true };
    let after = mend::apply(file, &text, &[&fix]);
    let (program, _) = self::program(&after);
    let findings = program.findings(funnelc::check::Settings::default());
    assert!(!findings.iter().any(|it| it.code == trap.code && it.primary.span.start == trap.span.start), "{after}");
}

#[test]
fn funnels_and_stages_are_drawn() {
    let (program, file) = program(SHOP);
    let none = funnelc::diag::Diagnostics::new();
    let theme = funnelc::emit::svg::Theme::Auto;
    let name = editor::funnel_near(&program, file, offset(SHOP, "stage quiet")).expect("a funnel");
    let whole = editor::picture(&program, &none, &name, None, theme).expect("a picture");
    assert!(whole.is_whole && whole.svg.starts_with("<svg") && whole.svg.contains("Gone quiet"));
    let stage = editor::picture(&program, &none, &name, Some("quiet"), theme).expect("a picture");
    assert!(stage.svg.contains("COMES IN"));
    assert_eq!(editor::picture(&program, &none, "nothing", None, theme), None);
}

/// Every funnel file of the examples that stands by itself.
fn examples() -> Vec<(String, String)> {
    let mut found = vec![("shop".to_owned(), SHOP.to_owned())];
    for folder in ["examples/models", "examples/journeys"] {
        for entry in std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "funnel") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a funnel")));
            }
        }
    }
    found.sort();
    found
}

/// The words of a text that are neither in comments nor in quotes, each with its place.
fn words(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    for (line_start, line) in text.lines().scan(0, |at, line| {
        let start = *at;
        *at += line.len() + 1;
        Some((start, line))
    }) {
        let mut quoted = false;
        let mut word: Option<usize> = None;
        for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
            let is_letter = c.is_alphanumeric() || c == '_';
            if let (Some(start), false) = (word, is_letter) {
                if !line[start..].starts_with(|c: char| c.is_ascii_digit()) {
                    found.push((u32::try_from(line_start + start).expect("short"), &line[start..at]));
                }
                word = None;
            }
            match c {
                '"' => quoted = !quoted,
                '#' if !quoted => break,
                _ if is_letter && !quoted && word.is_none() => word = Some(at),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn each_word_of_the_examples_is_offered_where_it_stands() {
    let mut missing = Vec::new();
    let mut tried = 0;
    for (name, text) in examples() {
        let (program, file) = program(&text);
        for (at, word) in words(&text) {
            let named = program.name_at(file, at).filter(|named| named.span.start == at);
            let before = text[..at as usize].trim_end();
            let is_new = named.is_some_and(|named| named.declares)
                || named.is_none() && [" as", " formerly", " by"].iter().any(|word| before.ends_with(word));
            if is_new {
                continue;
            }
            tried += 1;
            let found = editor::complete(&program, file, at);
            if !found.iter().any(|it| it.label == word) {
                let line = text[..at as usize].matches('\n').count() + 1;
                missing.push(format!("{name}:{line}: {word}"));
            }
        }
    }
    assert!(tried > 2000, "{tried}");
    assert!(missing.is_empty(), "{} of {tried}:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn any_beginning_of_a_text_can_be_asked_about() {
    for cut in (0..SHOP.len()).step_by(7).filter(|at| SHOP.is_char_boundary(*at)) {
        let (program, file) = program(&SHOP[..cut]);
        let at = u32::try_from(cut).expect("short");
        let asked = (editor::complete(&program, file, at), editor::hover(&program, file, at), editor::declarations(&program, file, at));
        let whole =
            (editor::symbols(&program, file), editor::folds(&program, file), editor::tokens(&program, file), editor::hints(&program, file));
        let rest = (editor::lenses(&program, file), editor::format(&program, file).is_ok(), editor::renamable(&program, file, at).is_ok());
        std::hint::black_box((asked, whole, rest));
    }
}

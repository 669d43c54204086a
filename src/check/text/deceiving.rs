//! F007: text that does not say what it shows.
//!
//! Three things, each definite, since the file itself is the witness; each is reported once.
//! - In a text or comment: a character that embeds or overrides the direction of writing (U+202A – U+202E), or an isolate
//!   (U+2066 – U+2068) that is not closed in it. Right-to-left letters and closed isolates are fine.
//! - A word that mixes Latin with Cyrillic or Greek, or scripts that no language writes together, between two `_`. Latin
//!   beside Chinese, Japanese, Korean, Arabic or any other script of today is fine, and so are accents and whole words
//!   of any script.
//! - Two different words of the program that look the same, where at least one of the letters that make the difference is
//!   not ASCII (`l` and `1`, `rn` and `m` are for everybody to tell apart).

use super::super::context::{Context, listed};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, Edit, Fix},
    source::{Piece, SourceMap, Span, pieces},
};
use std::collections::{BTreeMap, HashSet};
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::{confusable_detection::skeleton, mixed_script::AugmentedScriptSet};

pub const CODE: Code = Code::warning("F007", "text that does not say what it shows");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    check_texts(context.sources, found);
}

/// The check, which needs the texts alone.
pub fn check_texts(sources: &SourceMap, found: &mut Diagnostics) {
    if sources.files().all(|(_, file)| file.text().is_ascii()) {
        return;
    }
    let mut words: BTreeMap<&str, Span> = BTreeMap::new();
    let mut order: Vec<(&str, Span)> = Vec::new();
    for (id, file) in sources.files() {
        for (piece, span) in pieces(id, file.text()) {
            let text = sources.slice(span);
            match piece {
                Piece::Prose if text.is_ascii() => {}
                Piece::Prose => found_in_prose(text, span, found),
                Piece::Word => {
                    words.entry(text).or_insert_with(|| {
                        order.push((text, span));
                        span
                    });
                }
            }
        }
    }
    for (word, span) in order.iter().filter(|(word, _)| !word.is_ascii()) {
        mixed(word, *span, found);
    }
    alike(sources, &order, found);
}

/// What a control of direction is called, if it is one that deceives.
fn control(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{202A}' => "left-to-right embedding",
        '\u{202B}' => "right-to-left embedding",
        '\u{202C}' => "end of an embedding",
        '\u{202D}' => "left-to-right override",
        '\u{202E}' => "right-to-left override",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        _ => return None,
    })
}

fn found_in_prose(text: &str, span: Span, found: &mut Diagnostics) {
    let place = |at: usize, c: char| {
        let start = span.start.saturating_add(u32::try_from(at).unwrap_or(0));
        Span::new(span.file, start, start.saturating_add(u32::try_from(c.len_utf8()).unwrap_or(0)).min(span.end.max(start)))
    };
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut turned: Vec<(usize, char)> = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\u{2066}'..='\u{2068}' => open.push((at, c)),
            '\u{2069}' => {
                open.pop();
            }
            _ if control(c).is_some() => turned.push((at, c)),
            _ => {}
        }
    }
    turned.extend(open);
    turned.sort_unstable();
    let Some((first, c)) = turned.first().copied() else { return };
    let mut kinds: Vec<String> = Vec::new();
    for (_, c) in &turned {
        let kind = format!("U+{:04X} ({})", u32::from(*c), control(*c).unwrap_or_default());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let what = if text.starts_with('"') { "text" } else { "comment" };
    let mut finding =
        Diagnostic::new(CODE, place(first, c), format!("this {what} does not say what it shows: it turns the order of its letters around"))
            .at("an invisible character")
            .note(format!("the invisible characters: {}", listed(&kinds, "and")))
            .note("what somebody reads here, and agrees to, may not be what is sent; texts in Arabic or Hebrew need no such characters")
            .help("take the invisible characters away, and write the line again as it should read");
    let edits = turned.iter().map(|(at, c)| Edit { span: place(*at, *c), text: String::new() }).collect();
    finding.fix = Some(Fix { title: "take the invisible characters away".to_owned(), edits, safe: false });
    found.push(finding);
}

/// The script a letter shows, for people.
fn script(c: char) -> &'static str {
    match c.script() {
        Script::Inherited => "accent",
        other => other.full_name(),
    }
}

fn mixed(word: &str, span: Span, found: &mut Diagnostics) {
    let Some(part) = word.split('_').find(|part| mixes(part)) else { return };
    let mut scripts: Vec<(&str, Vec<String>)> = Vec::new();
    for c in part.chars().filter(|c| !matches!(c.script(), Script::Common | Script::Inherited)) {
        let letter = format!("`{c}`");
        match scripts.iter_mut().find(|(name, _)| *name == script(c)) {
            Some((_, letters)) if !letters.contains(&letter) => letters.push(letter),
            Some(_) => {}
            None => scripts.push((script(c), vec![letter])),
        }
    }
    let told: Vec<String> = scripts.iter().map(|(name, letters)| format!("{} {name}", listed(letters, "and"))).collect();
    let names: Vec<String> = scripts.iter().map(|(name, _)| (*name).to_owned()).collect();
    found.push(
        Diagnostic::new(CODE, span, format!("the word `{word}` mixes {} letters", listed(&names, "and")))
            .at("looks like a word of one script")
            .note(format!("its letters: {}", told.join("; ")))
            .note("whoever types the word by its looks types another one, and what they write is not found, or means something else")
            .help("write the word in one script, or part the scripts with `_`"),
    );
}

/// Whether letters stand together that no language writes together: more than one script, and not Latin beside one that
/// cannot be taken for it.
fn mixes(part: &str) -> bool {
    let mut all = AugmentedScriptSet::default();
    let mut others = AugmentedScriptSet::default();
    for c in part.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        all.intersect_with(scripts);
        if !scripts.base.contains_script(Script::Latin) {
            others.intersect_with(scripts);
        }
    }
    if !all.is_empty() || others.kore || others.hanb || others.jpan {
        return false;
    }
    others.base.is_empty() || others.base.contains_script(Script::Cyrillic) || others.base.contains_script(Script::Greek)
}

/// Words that look the same and are not. The words come by first place; the later one is reported, once.
fn alike(sources: &SourceMap, words: &[(&str, Span)], found: &mut Diagnostics) {
    let mut looks: BTreeMap<String, Vec<(&str, Span)>> = BTreeMap::new();
    for (word, span) in words {
        looks.entry(skeleton(word).collect()).or_default().push((word, *span));
    }
    let foreign = |word: &str| word.chars().filter(|c| !c.is_ascii()).collect::<String>();
    for list in looks.values().filter(|list| list.len() > 1) {
        let mut told: HashSet<&str> = HashSet::new();
        for (n, (word, span)) in list.iter().enumerate() {
            let earlier = list.iter().take(n).find(|(other, _)| foreign(other) != foreign(word));
            let Some((other, first)) = earlier.filter(|_| told.insert(word)) else { continue };
            let lines = format!("line {}", sources.position(*first).line);
            let message = format!("`{word}` looks like `{other}` in {lines}, and is another word");
            found.push(
                Diagnostic::new(CODE, *span, message)
                    .at(letters(word))
                    .label(*first, letters(other))
                    .note("whoever reads the file cannot tell the two apart; a mistake in one of them stays unseen")
                    .help("write both with the same letters if they are one, or choose names that look different"),
            );
        }
    }
}

/// The letters of a word that are not ASCII, by number.
fn letters(word: &str) -> String {
    let mut list: Vec<String> = Vec::new();
    for c in word.chars().filter(|c| !c.is_ascii()) {
        let letter = format!("{} U+{:04X}", script(c), u32::from(c));
        if !list.contains(&letter) {
            list.push(letter);
        }
    }
    if list.is_empty() { "written with plain letters".to_owned() } else { format!("written with {}", listed(&list, "and")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_fine_and_what_deceives_is_not() {
        for fine in [
            "größe",
            "café",
            "メール配信",
            "SMS通知",
            "邮件",
            "البريد",
            "emailرسالة",
            "рассылка",
            "VIPお客様",
            "뉴스레터",
            "ΑΒΓ",
            "αβγ",
            "email",
        ] {
            assert!(!mixes(fine), "{fine}");
        }
        for bad in ["pаypal", "сheck", "SMSрассылка", "αb", "кот猫"] {
            assert!(mixes(bad), "{bad}");
        }
    }
}

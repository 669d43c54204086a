//! Letters that no font has: which they are, and a hollow box in place of each.

use super::{has, ours};
use crate::picture::scene::{Area, Dash, Group, Mark, Scene, Stroke, Text, at};
use std::collections::BTreeSet;

/// The letters of a scene that no font of ours or of the machine can draw.
pub fn of(scene: &Scene) -> BTreeSet<char> {
    let (mut fonts, ..) = ours();
    fonts.load_system_fonts();
    let letters: BTreeSet<char> = scene.texts().flat_map(|(text, _)| text.text.chars()).collect();
    let is_seen = |letter: &char| !letter.is_whitespace() && !letter.is_control() && !is_joiner(*letter);
    let is_missing = |letter: &char| !fonts.faces().any(|face| has(&fonts, face.id, *letter));
    letters.into_iter().filter(|letter| is_seen(letter) && is_missing(letter)).collect()
}

/// Marks that say how letters join and have no look of their own.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The scene with boxes for these letters.
pub fn boxed(scene: &Scene, missing: &BTreeSet<char>) -> Scene {
    let marks = |group: &Group| group.marks.iter().flat_map(|mark| replaced(mark, missing)).collect();
    Scene { groups: scene.groups.iter().map(|group| Group { marks: marks(group), ..group.clone() }).collect(), ..scene.clone() }
}

fn replaced(mark: &Mark, missing: &BTreeSet<char>) -> Vec<Mark> {
    match mark {
        Mark::Text(text) if text.text.chars().any(|letter| missing.contains(&letter)) => pieces(text, missing),
        Mark::Text(_) | Mark::Box { .. } | Mark::Header { .. } | Mark::Way { .. } | Mark::Shape { .. } => vec![mark.clone()],
    }
}

/// A text in pieces that can be drawn, and boxes between them, as wide as the text.
fn pieces(text: &Text, missing: &BTreeSet<char>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut x = text.area().x;
    let mut run = String::new();
    let end_of_run = |run: &mut String, x: &mut i32, marks: &mut Vec<Mark>| {
        let run = std::mem::take(run);
        // Blanks at the beginning of a text are not drawn, so the text begins behind them.
        let drawn = run.trim_start();
        let blank = text.size.width(&run) - text.size.width(drawn);
        if !drawn.is_empty() {
            marks.push(Mark::Text(Text { struck: text.struck, ..Text::new(at(*x + blank, text.at.y), drawn, text.size, text.ink) }));
        }
        *x += text.size.width(&run);
    };
    for letter in text.text.chars() {
        if !missing.contains(&letter) {
            if !is_joiner(letter) {
                run.push(letter);
            }
            continue;
        }
        end_of_run(&mut run, &mut x, &mut marks);
        let (width, high, gap) = (text.size.width(letter.encode_utf8(&mut [0; 4])), text.size.tenths * 3 / 4, text.size.tenths / 10);
        let area = Area { x: x + gap, y: text.at.y - high, width: width - 2 * gap, height: high };
        marks.push(Mark::Box { area, radius: 10, fill: None, line: Some(Stroke { ink: text.ink, width: 10, dash: Dash::Solid }) });
        x += width;
    }
    end_of_run(&mut run, &mut x, &mut marks);
    marks
}

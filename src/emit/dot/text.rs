//! Text as Graphviz takes it.

use crate::units::Unit;

/// How many characters stand on a line.
const LINE_MAX: usize = 42;

/// Whether a character may stand in a drawing: no control characters, which HTML-like labels do not take, and no
/// direction controls, which would turn round what stands beside them.
fn is_drawn(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A text for an HTML-like label.
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            c if is_drawn(c) => escaped.push(c),
            _ => {}
        }
    }
    escaped
}

/// A text in double quotes. Graphviz reads entities there too.
pub fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            '&' => quoted.push_str("&amp;"),
            '\n' => quoted.push_str("\\n"),
            c if is_drawn(c) => quoted.push(c),
            _ => quoted.push(' '),
        }
    }
    quoted.push('"');
    quoted
}

/// A text on several lines, each as [`html`], with the break given between them; too long a text ends in an ellipsis.
pub fn wrapped(text: &str, line_break: &str, most: usize) -> String {
    lines(text, most).iter().map(|line| html(line)).collect::<Vec<_>>().join(line_break)
}

fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in units(paragraph).iter().flat_map(|unit| pieces(unit)) {
            let fits = line.is_empty() || wide(&line) + 1 + wide(&word) <= LINE_MAX;
            if !fits {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// What stands together on a line: words, comparisons (`interest >= 20`) and durations (`30 days`).
fn units(paragraph: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut joins = false;
    for word in paragraph.split_whitespace() {
        let compares = matches!(word, "=" | "!=" | "<" | "<=" | ">" | ">=");
        let number = |unit: &String| unit.rsplit(' ').next().is_some_and(|last| last.parse::<f64>().is_ok());
        let is_unit = Unit::from_word(word.trim_end_matches([',', ')', ']'])).is_some();
        match units.last_mut() {
            Some(last) if (joins || compares || is_unit && number(last)) && wide(last) + wide(word) < LINE_MAX => {
                last.push(' ');
                last.push_str(word);
            }
            _ => units.push(word.to_owned()),
        }
        joins = compares;
    }
    units
}

/// Blanks that move a text to the right. A text that runs from right to left would take them to its other side, so a
/// mark of direction stands before them.
pub fn indent(depth: usize, text: &str) -> String {
    let blanks = "&#160;".repeat(4 * depth.min(8));
    let turned = text.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'));
    if turned && depth > 0 { format!("&#8206;{blanks}") } else { blanks }
}

/// How wide a text is, in ordinary letters: those of Chinese, Japanese and Korean, and pictures, take two.
fn wide(text: &str) -> usize {
    let is_wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}');
    text.chars().map(|c| 1 + usize::from(is_wide(c))).sum()
}

/// A word in pieces that fit on a line.
fn pieces(word: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut width = 0;
    for c in word.chars() {
        let more = wide(c.encode_utf8(&mut [0; 4]));
        if width + more > LINE_MAX {
            pieces.push(String::new());
            width = 0;
        }
        width += more;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_label() {
        assert_eq!(html("a<b>&\"c\"\n\u{7}é😀שלום\u{202e}x"), "a&lt;b&gt;&amp;&quot;c&quot; é😀שלוםx");
        assert_eq!(string("say \"hi\"\\N\n&amp;"), r#""say \"hi\"\\N\n&amp;amp;""#);
    }

    #[test]
    fn comparisons_and_durations_stay_on_one_line() {
        let text = wrapped("page_view and interest >= 20 and interest < 50 within 30 days", "|", 4);
        assert_eq!(text, "page_view and interest &gt;= 20 and|interest &lt; 50 within 30 days");
    }

    #[test]
    fn long_texts_wrap_and_end() {
        let text = wrapped(&"word ".repeat(60), "|", 4);
        assert_eq!(text.split('|').count(), 4);
        assert!(text.ends_with('…') && text.split('|').all(|line| line.chars().count() <= 43), "{text}");
        assert_eq!(wrapped(&"x".repeat(50), "|", 4), format!("{}|{}", "x".repeat(42), "x".repeat(8)));
        assert_eq!(wrapped(&"客".repeat(22), "|", 4), format!("{}|客", "客".repeat(21)));
    }
}

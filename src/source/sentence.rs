//! A rule's sentence: its source text on one line.

use super::scan::end_of_text;

/// `text` without comments, white space folded to single spaces, and without a `{` at its end. What stands in quotes
/// stays as it is.
#[must_use]
pub fn sentence_of(text: &str) -> String {
    let mut sentence = String::with_capacity(text.len());
    let mut gap = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            gap = true;
            rest = rest.split_once('\n').map_or("", |(_, next)| next);
            continue;
        }
        if is_blank(first) {
            gap = true;
            rest = rest.trim_start_matches(is_blank);
            continue;
        }
        if gap && !sentence.is_empty() {
            sentence.push(' ');
        }
        gap = false;
        let (word, next) = rest.split_at(if first == '"' { quoted_len(rest) } else { word_len(rest) });
        sentence.push_str(word);
        rest = next;
    }
    if sentence.ends_with('{') {
        sentence.pop();
        sentence.truncate(sentence.trim_end().len());
    }
    sentence
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{feff}'
}

/// How many bytes stand before the next blank, comment or text in quotes.
fn word_len(text: &str) -> usize {
    text.find(|letter| matches!(letter, '#' | '"') || is_blank(letter)).unwrap_or(text.len())
}

/// How many bytes a text takes with its quotes; without a closing one, the rest of its line.
fn quoted_len(text: &str) -> usize {
    let end = end_of_text(text, 1);
    end + usize::from(text.get(end..).is_some_and(|rest| rest.starts_with('"')))
}

#[cfg(test)]
mod tests {
    use super::sentence_of;

    #[test]
    fn comments_go_and_space_folds_outside_quotes() {
        let text = "enter from a # the door\r\n\twhen path = \"#  \\\" x\"   and\n   # more\n   plan = pro";
        assert_eq!(sentence_of(text), "enter from a when path = \"#  \\\" x\" and plan = pro");
        assert_eq!(sentence_of("nurture welcome {"), "nurture welcome");
        assert_eq!(sentence_of(""), "");
        assert_eq!(sentence_of("\"open"), "\"open");
    }
}

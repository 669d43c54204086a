//! A rule's sentence: its source text on one line.

/// `text` without comments, white space folded to single spaces, and without a `{` at its end. What stands in quotes
/// stays as it is.
#[must_use]
pub fn sentence_of(text: &str) -> String {
    let mut sentence = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut gap = false;
    while let Some(c) = chars.next() {
        match c {
            '#' => {
                gap = true;
                chars.by_ref().find(|c| *c == '\n');
            }
            c if c.is_whitespace() || c == '\u{feff}' => gap = true,
            c => {
                if gap && !sentence.is_empty() {
                    sentence.push(' ');
                }
                gap = false;
                sentence.push(c);
                if c == '"' {
                    copy_text(&mut chars, &mut sentence);
                }
            }
        }
    }
    sentence.strip_suffix('{').map_or(sentence.as_str(), str::trim_end).to_owned()
}

/// Copies the rest of a text in quotes, the closing quote included.
fn copy_text(chars: &mut std::str::Chars<'_>, into: &mut String) {
    let mut escaped = false;
    for c in chars {
        into.push(c);
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return,
            _ => {}
        }
    }
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

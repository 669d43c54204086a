//! Texts with marks.

/// A text without its marks.
pub struct Marked {
    /// The text.
    pub text: String,
    /// Where `$0` stood.
    pub cursor: Option<u32>,
    /// What the lines of `^^^` marked: bytes from and to, in order.
    pub spans: Vec<(u32, u32)>,
}

/// Takes the marks out of a text. A line of blanks and `^` marks columns, in characters, of the line before it.
pub fn marked(source: &str) -> Marked {
    let mut text = String::new();
    let mut last_start = 0;
    let mut cursor = None;
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for line in source.split_inclusive('\n') {
        let is_marks = line.contains('^') && line.trim_matches(|c: char| c == '^' || c.is_whitespace()).is_empty();
        if is_marks {
            let above: Vec<(usize, char)> = text[last_start..].char_indices().collect();
            let byte = |column: usize| last_start + above.get(column).map_or(text.len() - last_start, |(at, _)| *at);
            let mut columns = line.chars().enumerate().filter(|(_, c)| *c == '^').map(|(column, _)| column).peekable();
            while let Some(first) = columns.next() {
                let mut end = first + 1;
                while columns.peek() == Some(&end) {
                    columns.next();
                    end += 1;
                }
                marks.push((byte(first), byte(end)));
            }
            continue;
        }
        last_start = text.len();
        match line.find("$0") {
            Some(at) => {
                cursor = u32::try_from(text.len() + at).ok();
                text.push_str(&line.replacen("$0", "", 1));
            }
            None => text.push_str(line),
        }
    }
    marks.sort_unstable();
    let spans = marks.into_iter().map(|(start, end)| (u32::try_from(start).expect("short"), u32::try_from(end).expect("short")));
    Marked { text, cursor, spans: spans.collect() }
}

//! Offsets to lines and columns, in characters and in UTF-16 units.

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters (not bytes), from 1.
    pub column: u32,
}

/// The offsets at which lines begin. Lines end at `\n`; a `\r` before it belongs to the line end.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let starts = std::iter::once(0).chain(ends.map(|offset| u32::try_from(offset + 1).unwrap_or(u32::MAX)));
        Self { starts: starts.collect() }
    }

    /// How many lines there are; a text that ends in a newline has an empty last one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line, from 0, that holds a byte offset.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The offset at which a line, counted from 0, begins.
    #[must_use]
    pub fn start_of(&self, line: usize) -> Option<u32> {
        self.starts.get(line).copied()
    }

    /// Line and column in characters, both from 1.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        self.measure(text, offset, |c| u32::from(c != '\u{feff}'))
    }

    /// Line and column in UTF-16 units, both from 1, as editors' protocols count.
    #[must_use]
    pub fn position_utf16(&self, text: &str, offset: u32) -> Position {
        self.measure(text, offset, |c| u32::try_from(c.len_utf16()).unwrap_or(1))
    }

    /// The offset of a line, from 0, and a column in UTF-16 units, from 0; the end of the line or of the text where there is
    /// none such.
    #[must_use]
    pub fn offset_utf16(&self, text: &str, line: u32, column: u32) -> u32 {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let Some(start) = self.start_of(line as usize) else { return end };
        let rest = text.get(start as usize..).unwrap_or("");
        let content = rest.split('\n').next().unwrap_or("");
        let content = content.strip_suffix('\r').unwrap_or(content);
        let mut left = column;
        for (at, c) in content.char_indices() {
            let width = u32::try_from(c.len_utf16()).unwrap_or(1);
            if left < width {
                return start + u32::try_from(at).unwrap_or(0);
            }
            left -= width;
        }
        start + u32::try_from(content.len()).unwrap_or(0)
    }

    fn measure(&self, text: &str, offset: u32, width: impl Fn(char) -> u32) -> Position {
        let line = self.line_of(offset);
        let start = self.starts[line] as usize;
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let column: u32 = text.get(start..end).unwrap_or("").chars().map(width).sum();
        Position { line: u32::try_from(line).unwrap_or(u32::MAX - 1) + 1, column: column + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_or_utf16_units() {
        let text = "a\r\né😀x";
        let lines = LineIndex::new(text);
        let x = u32::try_from(text.find('x').expect("there is an x")).expect("short");
        assert_eq!(lines.position(text, x), Position { line: 2, column: 3 });
        assert_eq!(lines.position_utf16(text, x), Position { line: 2, column: 4 });
        assert_eq!(lines.count(), 2);
        assert_eq!(lines.offset_utf16(text, 1, 3), x);
        assert_eq!(lines.offset_utf16(text, 1, 2), x - 4, "the middle of a pair is its beginning");
        assert_eq!(lines.offset_utf16(text, 0, 9), 1, "a line ends before its line end");
        assert_eq!(lines.offset_utf16(text, 7, 0), x + 1);
    }
}

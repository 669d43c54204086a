//! All texts of one compilation.

use super::{LineIndex, Position, Span};
use std::{borrow::Cow, sync::Arc};

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FileId(u32);

impl FileId {
    /// The id with this number; numbers are given in the order of [`SourceMap::add`].
    #[must_use]
    pub fn new(index: u32) -> Self {
        Self(index)
    }

    /// The number of the file in its map.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One text with its name.
#[derive(Debug, Clone)]
pub struct SourceFile {
    name: String,
    text: Arc<str>,
    shown: Arc<str>,
    lines: LineIndex,
}

impl SourceFile {
    /// The name shown in messages: the path as the user gave it, with `/` between its parts.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text as it may be shown in a terminal: control characters, and those that turn the direction of a line, are
    /// replaced by others of the same length.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The whole text, byte order mark included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    #[must_use]
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Where its lines begin.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }
}

/// The texts of one compilation, in declaration order.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a text under `name` and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let text = text.into();
        let id = FileId(u32::try_from(self.files.len()).expect("fewer than 2^32 files"));
        let lines = LineIndex::new(&text);
        let shown = match harmless(&text) {
            Cow::Borrowed(_) => Arc::clone(&text),
            Cow::Owned(shown) => shown.into(),
        };
        self.files.push(SourceFile { name: name.into(), text, shown, lines });
        id
    }

    /// The file behind an id of this map.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// All files with their ids, in order.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(u32::try_from(index).expect("fewer than 2^32 files")), file))
    }

    /// The names of all files, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(SourceFile::name)
    }

    /// The text a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.range()).unwrap_or("")
    }

    /// Line and column (both from 1, column in characters) where a span starts.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        let file = self.file(span.file);
        file.lines.position(&file.text, span.start)
    }
}

/// A text without characters that would disturb a terminal: each is replaced by one of the same length in bytes, so that
/// offsets stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\t' | b'\r') || *byte == 0x7F;
    let has_return = || memchr::memchr(b'\r', text.as_bytes()).is_some();
    let lone_return = |text: &str| has_return() && text.as_bytes().windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n');
    let wide =
        |letter: char| matches!(letter, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    let has_control = text.bytes().fold(false, |has, byte| has | control(&byte));
    let clean = !has_control && (text.is_ascii() || !text.contains(wide)) && !lone_return(text);
    if clean {
        return Cow::Borrowed(text);
    }
    let mut letters = text.chars().peekable();
    let mut shown = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        shown.push(match letter {
            '\n' | '\t' => letter,
            '\r' if letters.peek() == Some(&'\n') => letter,
            '\u{0}'..='\u{1f}' | '\u{7f}' => '?',
            '\u{80}'..='\u{9f}' => '¿',
            _ if wide(letter) => '\u{fffd}',
            _ => letter,
        });
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_would_disturb_a_terminal_is_replaced_by_as_many_bytes() {
        let text = "a\u{1b}[31m\u{85}\u{202e}b\r\nc\rd\u{0}";
        let shown = harmless(text);
        assert_eq!(shown, "a?[31m¿\u{fffd}b\r\nc?d?");
        assert_eq!(shown.len(), text.len());
        assert!(matches!(harmless("größe \u{1f600}\tمرحلة\n"), std::borrow::Cow::Borrowed(_)));
    }
}

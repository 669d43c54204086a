//! Lines, blocks, comments.

use super::{WIDTH, expression};
use crate::ast::{Block, Comment, Condition, Node, Trivia};

/// A line that can be broken before the parts of its condition.
#[derive(Default)]
pub(super) struct Line {
    before: String,
    /// The parts of the condition, each with its `and` or `or`.
    parts: Vec<String>,
    after: String,
}

impl Line {
    pub fn new(text: impl Into<String>) -> Self {
        Self { before: text.into(), ..Self::default() }
    }

    /// Adds text at the end.
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        if self.parts.is_empty() {
            self.before.push_str(text.as_ref())
        } else {
            self.after.push_str(text.as_ref())
        }
        self
    }

    /// Adds a condition behind a word; a line has one that it can be broken in.
    pub fn condition(mut self, word: &str, condition: &Condition) -> Self {
        if !self.parts.is_empty() {
            return self.text(format!(" {word} {}", expression::condition(condition)));
        }
        let space = if self.before.is_empty() { "" } else { " " };
        self.before.push_str(&format!("{space}{word}"));
        self.parts = expression::parts(condition);
        self
    }

    /// All on one line.
    pub fn flat(&self) -> String {
        let mut text = self.before.clone();
        for part in &self.parts {
            text.push(' ');
            text.push_str(part);
        }
        text + &self.after
    }
}

/// Writes lines and blocks.
pub(super) struct Printer {
    out: String,
    indent: usize,
    /// Whether everything has to stand on one line, and whether that failed.
    flat: bool,
    failed: bool,
    /// How lines end.
    line_end: &'static str,
    /// How wide the names at the beginning of the lines of this block are made.
    pub pad: usize,
    /// Where comments behind code begin, to be aligned, and how far that code is indented.
    marks: Vec<(usize, usize)>,
}

/// Comments behind longer lines are not aligned with others.
const ALIGNED_MAX: usize = 72;

impl Printer {
    pub fn new(line_end: &'static str) -> Self {
        Self { out: String::new(), indent: 0, flat: false, failed: false, line_end, pad: 0, marks: Vec::new() }
    }

    /// The text, the comments behind neighbouring lines brought into one column.
    pub fn finish(self) -> String {
        if self.marks.is_empty() {
            return self.out;
        }
        // Line, indentation and width of the code before each.
        let mut lines: Vec<(usize, usize, usize)> = Vec::with_capacity(self.marks.len());
        let (mut line, mut from) = (0, 0);
        for (mark, indent) in &self.marks {
            let before = self.out.get(from..*mark).unwrap_or("");
            line += before.matches('\n').count();
            let start = self.out.get(..*mark).and_then(|text| text.rfind('\n')).map_or(0, |index| index + 1);
            lines.push((line, *indent, self.out.get(start..*mark).unwrap_or("").chars().count()));
            from = *mark;
        }
        let mut text = String::with_capacity(self.out.len() + 64);
        let (mut done, mut index) = (0, 0);
        while let Some((first, indent, _)) = lines.get(index) {
            let is_next = |((line, other, _), expected): &(&(usize, usize, usize), usize)| line == expected && other == indent;
            let run = lines.iter().skip(index).zip(*first..).take_while(is_next).count();
            let group = lines.get(index..index + run).unwrap_or(&[]);
            let widest = group.iter().map(|(_, _, width)| *width).max().unwrap_or(0);
            for ((mark, _), (_, _, width)) in self.marks.iter().skip(index).zip(group) {
                text.push_str(self.out.get(done..*mark).unwrap_or(""));
                let pad = if widest <= ALIGNED_MAX { widest - width } else { 0 };
                text.extend(std::iter::repeat_n(' ', pad));
                done = *mark;
            }
            index += run;
        }
        text.push_str(self.out.get(done..).unwrap_or(""));
        text
    }

    /// A text made as wide as the names of this block are.
    pub fn padded(&self, text: &str) -> String {
        format!("{text:width$}", width = self.pad)
    }

    /// Whether a block stands on one line with its head.
    pub fn fits<T>(&self, line: &Line, block: &Block<T>, print: fn(&mut Self, &T, Option<&Comment>)) -> bool {
        let mut trial = Self { indent: self.indent + 2, ..Self::new(self.line_end) };
        block.one_line && trial.one_line(line, block, print)
    }

    /// Items with their comments and blank lines, each on lines of its own.
    pub fn nodes<T>(&mut self, items: &[Node<T>], tail: &[Comment], print: fn(&mut Self, &T, Option<&Comment>)) {
        if self.flat && (items.len() > 1 || !tail.is_empty()) {
            self.failed = true;
        }
        let mut first = true;
        for node in items {
            if self.failed {
                return;
            }
            self.node(node, first, print);
            first = false;
        }
        for comment in tail {
            self.comment_line(comment, first);
            first = false;
        }
    }

    fn node<T>(&mut self, node: &Node<T>, first: bool, print: fn(&mut Self, &T, Option<&Comment>)) {
        let plain = Trivia::default();
        let trivia = node.trivia.as_deref().unwrap_or(&plain);
        if self.flat {
            self.failed |= *trivia != plain;
            print(self, &node.it, None);
            return;
        }
        let mut first = first;
        for comment in &trivia.before {
            self.comment_line(comment, first);
            first = false;
        }
        if trivia.blank_before && !first {
            self.out.push_str(self.line_end);
        }
        self.begin_line();
        match &trivia.damaged {
            Some(raw) => self.raw(&raw.text, trivia.after.as_ref()),
            None => print(self, &node.it, trivia.after.as_ref()),
        }
        self.behind_brace(trivia.closing.as_ref());
        self.out.push_str(self.line_end);
    }

    fn comment_line(&mut self, comment: &Comment, first: bool) {
        if comment.blank_before && !first {
            self.out.push_str(self.line_end);
        }
        self.begin_line();
        self.comment(comment);
        self.out.push_str(self.line_end);
    }

    fn comment(&mut self, comment: &Comment) {
        // A comment of another language may hold several lines.
        for (index, line) in comment.text.lines().enumerate() {
            if index > 0 {
                self.out.push_str(self.line_end);
                self.begin_line();
            }
            self.out.push('#');
            self.out.push_str(line.trim_end());
        }
        if comment.text.is_empty() {
            self.out.push('#');
        }
    }

    fn begin_line(&mut self) {
        self.spaces(self.indent);
    }

    fn spaces(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }

    /// Text that did not parse, as it stands.
    pub fn raw(&mut self, text: &str, after: Option<&Comment>) {
        self.failed |= self.flat;
        self.out.push_str(text);
        self.behind(after);
    }

    /// An item without a block.
    pub fn line(&mut self, line: &Line, after: Option<&Comment>) {
        self.head(line, 0);
        self.behind(after);
    }

    /// A comment behind an item, in one column with those of its neighbours.
    fn behind(&mut self, after: Option<&Comment>) {
        if after.is_some() {
            self.marks.push((self.out.len(), self.indent));
        }
        self.behind_brace(after);
    }

    /// A comment behind the brace that opens or closes a block.
    fn behind_brace(&mut self, after: Option<&Comment>) {
        if let Some(comment) = after {
            self.out.push_str("  ");
            self.comment(comment);
        }
    }

    /// A line that begins an item, broken where it is too long with `more` columns behind it.
    fn head(&mut self, line: &Line, more: usize) {
        let flat = line.flat();
        if self.flat || self.indent + flat.chars().count() + more <= WIDTH {
            self.out.push_str(&flat);
            return;
        }
        let (near, far) = (self.indent + 4, if line.parts.len() == 1 { self.indent + 4 } else { self.indent + 8 });
        let room = |indent: usize| WIDTH.saturating_sub(indent);
        let mut first: Vec<(String, usize)> = pieces(&line.before, &[", "], room(near)).into_iter().map(|piece| (piece, near)).collect();
        for (index, part) in line.parts.iter().enumerate() {
            let mut inner = pieces(part, &[", ", " and ", " or "], room(far)).into_iter().map(|piece| (piece, far));
            if index > 0 {
                self.out.push_str(self.line_end);
                self.spaces(near);
                self.wrap(&inner.collect::<Vec<_>>(), near);
                continue;
            }
            // What a condition begins with stands on a line with the word before it.
            if let (Some((last, _)), Some((piece, _))) = (first.last_mut(), inner.next()) {
                *last += &format!(" {piece}");
            }
            first.extend(inner);
            self.wrap(&first, self.indent);
        }
        if line.parts.is_empty() {
            self.wrap(&first, self.indent);
        }
        self.out.push_str(&line.after);
    }

    /// Writes pieces from a column on, as many on a line as fit, and the rest on lines indented as each says.
    fn wrap(&mut self, pieces: &[(String, usize)], mut column: usize) {
        for (index, (piece, indent)) in pieces.iter().enumerate() {
            let width = piece.trim_end().chars().count();
            if index > 0 && column > *indent && column + width > WIDTH {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push_str(self.line_end);
                self.spaces(*indent);
                column = *indent;
            }
            self.out.push_str(piece);
            column += piece.chars().count();
        }
    }

    /// An item with a block.
    pub fn block<T>(&mut self, line: &Line, block: &Block<T>, after: Option<&Comment>, print: fn(&mut Self, &T, Option<&Comment>)) {
        if block.items.is_empty() && block.tail.is_empty() {
            self.head(line, 3);
            self.out.push_str(" {}");
            self.behind(after);
            return;
        }
        if (block.one_line || self.flat) && self.one_line(line, block, print) {
            self.behind(after);
            return;
        }
        if self.flat {
            self.failed = true;
            return;
        }
        self.head(line, 2);
        self.out.push_str(" {");
        self.behind_brace(after);
        self.out.push_str(self.line_end);
        self.indent += 2;
        self.nodes(&block.items, &block.tail, print);
        self.indent -= 2;
        self.begin_line();
        self.out.push('}');
    }

    fn one_line<T>(&mut self, line: &Line, block: &Block<T>, print: fn(&mut Self, &T, Option<&Comment>)) -> bool {
        let mut inner = Self { flat: true, failed: !block.one_line, ..Self::new(self.line_end) };
        inner.nodes(&block.items, &block.tail, print);
        if inner.failed || inner.out.is_empty() || inner.out.contains('\n') {
            return false;
        }
        let text = format!("{} {{ {} }}", line.flat(), inner.out);
        if self.indent + text.chars().count() > WIDTH {
            return false;
        }
        self.out.push_str(&text);
        true
    }

    /// Goes on with the next line of an item of several blocks.
    pub fn next_line(&mut self) {
        if self.flat {
            self.failed = true;
            return;
        }
        self.out.push_str(self.line_end);
        self.begin_line();
    }
}

/// A text in the pieces between which a line may be broken, each with the blank at its end: inside parentheses within
/// parentheses only where a piece has no room otherwise.
fn pieces(text: &str, breaks: &[&str], room: usize) -> Vec<String> {
    let outer = pieces_to(text, breaks, 1).into_iter();
    let fits = |piece: &str| piece.trim_end().chars().count() <= room;
    outer.flat_map(|piece| if fits(piece) { vec![piece] } else { pieces_to(piece, breaks, usize::MAX) }).map(str::to_owned).collect()
}

fn pieces_to<'t>(text: &'t str, breaks: &[&str], depth_max: usize) -> Vec<&'t str> {
    let (mut all, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        let rest = text.get(at..).unwrap_or("");
        if !quoted && depth <= depth_max && breaks.iter().any(|mark| rest.starts_with(mark)) {
            // A comma stays on its line, a word begins the next.
            let cut = if letter == ',' { at + 2 } else { at + 1 };
            all.extend(text.get(from..cut));
            from = cut;
        }
        match letter {
            '"' if !escaped => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = quoted && letter == '\\' && !escaped;
    }
    all.extend(text.get(from..).filter(|rest| !rest.is_empty()));
    all
}

//! Items and blocks with what stands around them: comments, blank lines, damage.

use super::{Builder, Frame, Kids};
use crate::{
    ast::{Block, Broken, Comment, Node, Trivia},
    parse::{
        explain::{self, Context},
        grammar::{Pair, Rule},
    },
    source::Span,
};
use smol_str::SmolStr;

/// What a builder of one item hands back: the item, or nothing where its line is damaged beyond use.
pub(in crate::parse) type Built<T> = Option<T>;

/// Items that can stand for text that did not parse.
pub(in crate::parse) trait FromBroken {
    fn from_broken(broken: Broken, span: Span) -> Self;
}

impl<'i> Builder<'i> {
    /// All items of a block or file.
    pub fn items<T: FromBroken>(
        &mut self,
        kids: &mut Kids<'i>,
        items: &mut Vec<Node<T>>,
        context: Context,
        make: fn(&mut Self, Pair<'i>, Span) -> Built<T>,
    ) {
        while let Some(pair) = kids.next() {
            let trailing = kids.next_if(Rule::trailing);
            let first = items.is_empty();
            items.push(self.item(pair, trailing, first, context, make));
        }
    }

    fn item<T: FromBroken>(
        &mut self,
        pair: Pair<'i>,
        trailing: Option<Pair<'i>>,
        first: bool,
        context: Context,
        make: fn(&mut Self, Pair<'i>, Span) -> Built<T>,
    ) -> Node<T> {
        let mut span = self.span(&pair);
        let before = self.comments_before(span.start);
        let (mut before, mut blank_before) = self.lead(before, span.start, first);
        let outer = std::mem::replace(&mut self.frame, Frame { trailing: trailing.is_some(), ..Frame::default() });
        let built = if matches!(pair.as_rule(), Rule::stray_line | Rule::stray_block) {
            explain::stray(self, span, context);
            None
        } else {
            let found = self.findings.iter().len();
            let built = make(self, pair, span);
            if let Some(trailing) = &trailing {
                let behind = self.span(trailing);
                if self.findings.iter().len() == found {
                    explain::trailing(self, span, behind, context);
                }
                span = span.to(behind);
                self.frame.damaged = true;
            }
            built
        };
        let inside = self.comments_before(span.end);
        let frame = std::mem::replace(&mut self.frame, outer);
        let (mut after, mut damaged) = (None, None);
        if built.is_none() {
            // The comments inside stand in the text that is kept.
        } else if frame.damaged {
            damaged = Some(self.broken(span));
        } else {
            hoist(&mut before, &mut blank_before, frame.inside.into_iter().chain(inside).collect());
            after = frame.after;
        }
        let mut closing = None;
        if built.is_none() || damaged.is_some() || !frame.ends_in_block {
            after = after.or_else(|| self.comment_behind(span));
        } else {
            closing = self.comment_behind(span);
        }
        let it = built.unwrap_or_else(|| T::from_broken(self.broken(span), span));
        let plain = !blank_before && before.is_empty() && after.is_none() && closing.is_none() && damaged.is_none();
        let trivia = (!plain).then(|| Box::new(Trivia { blank_before, before, after, closing, damaged }));
        Node { span, trivia, it }
    }

    /// A block and its items.
    pub fn block<T: FromBroken>(&mut self, pair: Pair<'i>, context: Context, make: fn(&mut Self, Pair<'i>, Span) -> Built<T>) -> Block<T> {
        let span = self.span(&pair);
        let mut lead = self.comments_before(span.start);
        let first = !std::mem::replace(&mut self.frame.in_blocks, true);
        if first {
            self.frame.inside.append(&mut lead);
            self.frame.after = self.comment_on_line(span.start + 1);
        }
        let mut kids = Kids::of(pair);
        let mut items = Vec::with_capacity(kids.left());
        self.items(&mut kids, &mut items, context, make);
        let mut tail = self.comments_before(span.end);
        if items.is_empty()
            && let Some(comment) = tail.first_mut()
        {
            comment.blank_before = false;
        }
        begin_with(lead, &mut items, &mut tail);
        let one_line = !self.source.get(span.range()).unwrap_or("").contains('\n');
        self.frame.ends_in_block = !(first && (one_line || items.is_empty() && tail.is_empty()));
        if first && one_line && self.frame.after.is_none() {
            self.frame.after = self.comment_on_line(span.end);
        }
        Block { span, items, tail, one_line }
    }

    /// Puts blank lines where they belong: none at the beginning of a block.
    fn lead(&self, mut before: Vec<Comment>, start: u32, first: bool) -> (Vec<Comment>, bool) {
        if first && let Some(comment) = before.first_mut() {
            comment.blank_before = false;
        }
        let blank = !(first && before.is_empty()) && self.blank_line_before(start);
        (before, blank)
    }

    /// All comments not yet taken that begin before an offset of the user's text.
    pub fn comments_before(&mut self, limit: u32) -> Vec<Comment> {
        let mut taken = Vec::new();
        while let Some(raw) = self.comments.get(self.next_comment) {
            if raw.start >= limit {
                break;
            }
            self.next_comment += 1;
            taken.push(self.comment(raw.start, raw.end, raw.mark));
        }
        taken
    }

    /// The next comment, if it stands on the line of an offset and nothing but blanks between.
    fn comment_on_line(&mut self, from: u32) -> Option<Comment> {
        let raw = self.comments.get(self.next_comment)?;
        let gap = self.source.get(from as usize..raw.start as usize)?;
        if gap.bytes().any(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
            return None;
        }
        let (start, end, mark) = (raw.start, raw.end, raw.mark);
        self.next_comment += 1;
        Some(Comment { blank_before: false, ..self.comment(start, end, mark) })
    }

    /// A comment behind an item on its last line.
    fn comment_behind(&mut self, span: Span) -> Option<Comment> {
        let raw = self.comments.get(self.next_comment)?;
        if raw.start < span.end || raw.start - span.end > 400 {
            return None;
        }
        self.comment_on_line(span.end)
    }

    fn comment(&self, start: u32, end: u32, mark: u32) -> Comment {
        let span = Span::new(self.file, start, end);
        let text = self.source.get((start + mark).min(end) as usize..end as usize).unwrap_or("").trim_end();
        Comment { span, text: SmolStr::new(text), blank_before: self.blank_line_before(start) }
    }

    /// Whether the line before that of an offset is blank (or there are two breaks in the white space before it).
    fn blank_line_before(&self, offset: u32) -> bool {
        let before = self.source.as_bytes().get(..offset as usize).unwrap_or(&[]);
        let mut breaks = 0;
        for byte in before.iter().rev() {
            match byte {
                b'\n' => breaks += 1,
                b' ' | b'\t' | b'\r' => {}
                _ => return breaks > 1,
            }
        }
        false
    }
}

/// Puts comments that stand inside an item before it, behind those that stand there already.
fn hoist(before: &mut Vec<Comment>, blank_before: &mut bool, mut inside: Vec<Comment>) {
    inside.sort_by_key(|comment| comment.span.start);
    for comment in &mut inside {
        // A blank line before the item is one before the first of them.
        comment.blank_before = std::mem::take(blank_before);
    }
    before.append(&mut inside);
}

/// Puts comments that stand before a block, as those before `else`, at its beginning.
fn begin_with<T>(mut lead: Vec<Comment>, items: &mut [Node<T>], tail: &mut Vec<Comment>) {
    if lead.is_empty() {
        return;
    }
    for comment in &mut lead {
        comment.blank_before = false;
    }
    let comments = match items.first_mut() {
        Some(node) => &mut node.trivia.get_or_insert_default().before,
        None => tail,
    };
    lead.append(comments);
    *comments = lead;
}

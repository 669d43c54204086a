//! Delimiters without their partner: found with the help of indentation, told with the opener, mended.
//!
//! Runs only where a text is not balanced. Indentation then says which of several openers was forgotten: a `}` that
//! begins its line belongs to the block whose first line is indented as it is.

use super::{Mark, Scanner, partner_of};
use crate::{
    diag::Diagnostic,
    parse::{codes::F006, repair::Repair},
};

/// How many lines above a `}` may stand between it and the line that lost its `{`.
const LINES_BACK: usize = 1_000;

/// An opener that waits for its partner.
#[derive(Clone, Copy)]
struct Open {
    byte: u8,
    at: usize,
    indent: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn rebalance(&mut self) {
        let marks = std::mem::take(&mut self.marks);
        let openers = marks.iter().filter(|mark| mark.byte == b'{').count();
        let closers = marks.iter().filter(|mark| mark.byte == b'}').count();
        let mut missing = openers.saturating_sub(closers);
        let mut surplus = closers.saturating_sub(openers);
        let mut stack: Vec<Open> = Vec::new();
        let mut line = 0;
        for mark in marks {
            line = self.dedents(&mut stack, line, mark.at, &mut missing);
            if matches!(mark.byte, b'{' | b'}') {
                self.close_round(&mut stack, mark.at);
            }
            match mark.byte {
                b'{' | b'(' | b'[' => self.push(&mut stack, mark),
                b'}' => self.brace_closes(&mut stack, mark.at, &mut missing, &mut surplus),
                _ => self.round_closes(&mut stack, mark),
            }
        }
        self.dedents(&mut stack, line, self.bytes.len(), &mut missing);
        self.close_round(&mut stack, self.bytes.len());
        while stack.last().is_some() {
            self.close_before(&mut stack, self.bytes.len());
        }
    }

    /// Goes over the lines from `line` up to that of `at`: one that begins no deeper than the block it stands in says
    /// that the block was not closed. Returns the beginning of the next line to look at.
    fn dedents(&mut self, stack: &mut Vec<Open>, mut line: usize, at: usize, missing: &mut usize) -> usize {
        while line <= at && line < self.bytes.len() {
            let end = self.line_end(line);
            let code = self.text.get(line..end).unwrap_or("").trim();
            let goes_on = ["and ", "or "].iter().any(|word| code.starts_with(word));
            if !code.is_empty() && !goes_on && !code.starts_with(['#', '}', ')', ']']) {
                let width = self.width(line);
                while *missing > 0 && stack.last().is_some_and(|top| top.byte == b'{' && top.at < line && top.indent >= width) {
                    self.close_before(stack, line);
                    *missing -= 1;
                }
            }
            line = end + 1;
        }
        line
    }

    fn push(&self, stack: &mut Vec<Open>, mark: Mark) {
        let line = self.line_start(mark.at);
        stack.push(Open { byte: mark.byte, at: mark.at, indent: self.width(line) });
    }

    fn brace_closes(&mut self, stack: &mut Vec<Open>, at: usize, missing: &mut usize, surplus: &mut usize) {
        let begins_line = self.text.get(self.line_start(at)..at).is_some_and(|before| before.trim().is_empty());
        let indent = self.width(self.line_start(at));
        while begins_line && *missing > 0 && stack.len() > 1 && stack.last().is_some_and(|top| top.indent > indent) {
            self.close_before(stack, at);
            *missing -= 1;
        }
        let too_deep = begins_line && *surplus > 0 && stack.last().is_some_and(|top| top.indent < indent);
        let line_start = self.line_start(at);
        let other_line = !begins_line && *surplus > 0 && stack.last().is_some_and(|top| top.at < line_start);
        if stack.is_empty() || too_deep || other_line {
            *surplus = surplus.saturating_sub(1);
            if !(begins_line && self.opener_missing(at, indent)) {
                self.stray(at, b'}');
            }
        } else {
            stack.pop();
        }
    }

    fn round_closes(&mut self, stack: &mut Vec<Open>, mark: Mark) {
        let wanted = partner_of(mark.byte);
        match stack.last() {
            Some(top) if top.byte == wanted => {
                stack.pop();
            }
            Some(top) if top.byte != b'{' => {
                let (open, close) = (top.byte as char, partner_of(top.byte));
                let finding =
                    Diagnostic::new(F006, self.span(mark.at, mark.at + 1), format!("`{}` does not close `{open}`", mark.byte as char))
                        .at(format!("`{}` is needed here", close as char))
                        .label(self.span(top.at, top.at + 1), "this is open")
                        .replace(self.span(mark.at, mark.at + 1), (close as char).to_string(), format!("write `{}`", close as char));
                self.tell(finding);
                self.out.repairs.push(Repair { start: mark.at, end: mark.at + 1, text: text_of(close).into() });
                stack.pop();
            }
            _ => self.stray(mark.at, mark.byte),
        }
    }

    /// Parentheses and brackets never hold a block: those still open before a brace are not closed.
    fn close_round(&mut self, stack: &mut Vec<Open>, before: usize) {
        while let Some(top) = stack.last().copied().filter(|top| top.byte != b'{') {
            stack.pop();
            let line_end = self.line_end(top.at).min(before);
            let line = self.code(top.at, line_end);
            let end = top.at + line.len().max(1);
            let close = partner_of(top.byte);
            self.tell(
                Diagnostic::new(F006, self.span(top.at, top.at + 1), format!("`{}` is not closed", top.byte as char))
                    .at("opened here")
                    .help(format!("close it with `{}`", close as char)),
            );
            let line_start = self.line_start(top.at);
            self.out.hidden.push(self.span(line_start, self.line_end(top.at)));
            // Lines that were to go on inside the parentheses are part of the damage.
            if end < before && self.text.get(end..before).is_some_and(|rest| rest.starts_with('\n')) && line.ends_with([',', '(', '[']) {
                self.out.hidden.push(self.span(line_start, before));
            }
            self.out.repairs.push(Repair { start: end, end, text: text_of(close).into() });
        }
    }

    /// Tells of the innermost open brace and closes it before an offset, at the end of the last line with text.
    fn close_before(&mut self, stack: &mut Vec<Open>, before: usize) {
        let Some(top) = stack.pop() else { return };
        let line_start = if before == self.bytes.len() { before } else { self.line_start(before) };
        let at = if line_start <= top.at { before } else { line_start };
        self.tell(
            Diagnostic::new(F006, self.span(top.at, top.at + 1), "`{` is not closed")
                .at("the block that begins here has no end")
                .help("write the `}` that ends it on a line of its own"),
        );
        self.out.hidden.push(self.span(self.line_start(top.at), self.line_end(top.at)));
        self.out.repairs.push(Repair { start: at, end: at, text: if at == self.bytes.len() { "\n}" } else { "}\n" }.into() });
    }

    /// Looks for the line whose block a `}` was to close: the nearest one above that is indented as the `}` is, with
    /// deeper lines under it and without a `{`. Tells of it and opens its block.
    fn opener_missing(&mut self, at: usize, indent: usize) -> bool {
        let mut end = self.line_start(at);
        let mut deeper = false;
        for _ in 0..LINES_BACK {
            if end == 0 {
                break;
            }
            let start = self.line_start(end - 1);
            let line = self.text.get(start..end).unwrap_or("").trim_end();
            let code = line.trim_start();
            let width = self.width(start);
            end = start;
            if code.is_empty() || code.starts_with('#') {
                continue;
            }
            if width > indent {
                deeper = true;
                continue;
            }
            if width < indent || !deeper || code.contains(['{', '}']) {
                return false;
            }
            let length = self.code(start, start + line.len()).len();
            let place = self.span(start + length, start + length);
            let finding = Diagnostic::new(F006, place, "`{` is missing here")
                .at("the lines below belong to this one")
                .label(self.span(at, at + 1), "this ends the block")
                .replace(place, " {", "write `{`");
            self.tell(finding);
            self.out.repairs.push(Repair { start: start + length, end: start + length, text: " {".into() });
            return true;
        }
        false
    }

    /// What stands in a part of a line before its comment.
    fn code(&self, start: usize, end: usize) -> &'t str {
        let next = self.out.comments.partition_point(|comment| (comment.start as usize) < start);
        let comment = self.out.comments.get(next).map_or(end, |comment| comment.start as usize);
        self.text.get(start..end.min(comment)).unwrap_or("").trim_end()
    }

    fn stray(&mut self, at: usize, byte: u8) {
        let place = self.span(at, at + 1);
        let word = byte as char;
        self.tell(
            Diagnostic::new(F006, place, format!("`{word}` closes nothing"))
                .at(format!("no `{}` is open here", partner_of(byte) as char))
                .help("take it out, or open the block it was to close"),
        );
        // An `else` behind it has lost its `if` by the same mistake.
        let rest = self.text.get(at + 1..).unwrap_or("");
        let next = rest.trim_start();
        let end = if next.starts_with("else") { at + 1 + rest.len() - next.len() + 4 } else { self.line_end(at) };
        self.out.hidden.push(self.span(self.line_start(at), end));
        self.out.repairs.push(Repair { start: at, end: at + 1, text: " ".into() });
    }

    /// How far a line is indented; a tab counts as one.
    fn width(&self, line_start: usize) -> usize {
        self.bytes.get(line_start..).map_or(0, |rest| rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count())
    }
}

fn text_of(byte: u8) -> &'static str {
    match byte {
        b')' => ")",
        b']' => "]",
        _ => "}",
    }
}

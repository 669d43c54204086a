//! Fixes, made in a text.
//!
//! Invariants: all edits of a fix are made or none; of fixes that overlap the one that comes first is made; what no edit
//! covers stays as it is, to the byte.

use super::{Edit, Fix};
use crate::source::{FileId, Span};

/// The fixes that can be made together, in the order given: one that overlaps an earlier one, or meets it at one point, is
/// left for the next time.
#[must_use]
pub fn together<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> Vec<&'a Fix> {
    let mut taken: Vec<Span> = Vec::new();
    let mut chosen = Vec::new();
    for fix in fixes {
        let clashes = |edit: &Edit| taken.iter().any(|span| meets(*span, edit.span));
        if !fix.edits.is_empty() && !fix.edits.iter().any(clashes) {
            taken.extend(fix.edits.iter().map(|edit| edit.span));
            chosen.push(fix);
        }
    }
    chosen
}

fn meets(one: Span, other: Span) -> bool {
    one.file == other.file && one.start <= other.end && other.start <= one.end
}

/// The text of a file after these fixes, which do not overlap. Line ends are written as the text writes them.
#[must_use]
pub fn apply(file: FileId, text: &str, fixes: &[&Fix]) -> String {
    let mut edits: Vec<&Edit> = fixes.iter().flat_map(|fix| &fix.edits).filter(|edit| edit.span.file == file).collect();
    edits.sort_by_key(|edit| edit.span);
    let windows = text.contains("\r\n");
    let mut out = String::with_capacity(text.len() + 16 * edits.len());
    let mut done = 0;
    for edit in edits {
        let Some(kept) = text.get(done..edit.span.start as usize) else { continue };
        out.push_str(kept);
        if windows {
            out.push_str(&edit.text.replace('\n', "\r\n"))
        } else {
            out.push_str(&edit.text)
        }
        done = edit.span.end as usize;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(edits: &[(u32, u32, &str)]) -> Fix {
        let file = FileId::new(0);
        let edits = edits.iter().map(|(start, end, text)| Edit { span: Span::new(file, *start, *end), text: (*text).to_owned() });
        Fix { title: String::new(), edits: edits.collect(), safe: true }
    }

    #[test]
    fn the_first_of_those_that_overlap_is_made_and_all_of_it() {
        let fixes = [fix(&[(0, 1, "A"), (4, 5, "E")]), fix(&[(2, 3, "C"), (4, 4, "x")]), fix(&[(2, 3, "\n")]), fix(&[])];
        let chosen = together(&fixes);
        assert_eq!(chosen, [&fixes[0], &fixes[2]]);
        assert_eq!(apply(FileId::new(0), "abcde\r\n", &chosen), "Ab\r\ndE\r\n");
        assert_eq!(apply(FileId::new(1), "abcde", &chosen), "abcde");
    }
}

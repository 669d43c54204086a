//! What stands behind a place in its item: the comparison that a value is compared in, the event of a `where`, who takes an
//! argument.

use crate::editor::place::{Piece, pieces};

/// A piece with its text.
type Bit<'t> = (Piece, &'t str);

fn bits(item: &str) -> Vec<Bit<'_>> {
    pieces(item)
        .filter(|(piece, _)| !matches!(piece, Piece::Comment | Piece::LineEnd))
        .map(|(piece, range)| (piece, item.get(range).unwrap_or("")))
        .collect()
}

/// A value that is named: `plan`, `entry.plan`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Path<'t> {
    /// Before the dot.
    pub root: Option<&'t str>,
    /// The name, or what stands behind the dot.
    pub name: &'t str,
}

/// The path that ends before `end`.
fn path<'t>(bits: &[Bit<'t>], end: usize) -> Option<Path<'t>> {
    let (Piece::Word, name) = *bits.get(end.checked_sub(1)?)? else { return None };
    let dot = end.checked_sub(2).and_then(|at| bits.get(at)).is_some_and(|(piece, _)| *piece == Piece::Mark('.'));
    let root = if dot { end.checked_sub(3).and_then(|at| bits.get(at)).map(|(_, text)| *text) } else { None };
    Some(Path { root, name })
}

/// What the value at the end of an item is compared with, or handed to: the left side of `=`, `!=`, `in [`, of `set` and of
/// `given`.
pub(super) fn compared(item: &str) -> Option<Path<'_>> {
    let bits = bits(item);
    let (last, _) = bits.last()?;
    match last {
        Piece::Mark('=' | '<' | '>') => {
            let mut end = bits.len() - 1;
            while end > 0 && matches!(bits.get(end - 1), Some((Piece::Mark('!' | '<' | '>' | '='), _))) {
                end -= 1;
            }
            path(&bits, end)
        }
        Piece::Mark('[' | ',') => {
            let open = bits.iter().rposition(|(piece, _)| *piece == Piece::Mark('['))?;
            let is_list = bits.get(open..)?.iter().all(|(piece, _)| *piece != Piece::Mark(']'));
            let before = open.checked_sub(1)?;
            (is_list && bits.get(before)?.1 == "in").then(|| path(&bits, before)).flatten()
        }
        Piece::Word | Piece::Number | Piece::Text | Piece::Comment | Piece::Mark(_) | Piece::LineEnd => None,
    }
}

/// The event of the last `where`, as a word that may be an event, else the word before it that may be (`clicked welcome
/// where …`).
pub(super) fn filtered(item: &str) -> Vec<&str> {
    let bits = bits(item);
    let Some(at) = bits.iter().rposition(|(_, text)| *text == "where") else { return Vec::new() };
    let before = bits.get(..at).unwrap_or_default();
    let words = before.iter().rev().take_while(|(piece, _)| matches!(piece, Piece::Word | Piece::Mark('.')));
    // Of `sum of purchase.amount where` the event stands before the dot.
    words.filter(|(piece, _)| *piece == Piece::Word).map(|(_, text)| *text).take(3).collect()
}

/// Who takes the argument at the end of an item, with the words before it: `send receipt(`.
pub(super) fn taker(item: &str) -> Option<(Vec<&str>, &str)> {
    let bits = bits(item);
    let mut depth = 0_usize;
    let open = bits.iter().rposition(|(piece, _)| match piece {
        Piece::Mark(')') => {
            depth += 1;
            false
        }
        Piece::Mark('(') if depth == 0 => true,
        Piece::Mark('(') => {
            depth -= 1;
            false
        }
        _ => false,
    })?;
    let name = bits.get(open.checked_sub(1)?)?.1;
    let before = bits.get(..open - 1)?.iter().map(|(_, text)| *text).collect();
    Some((before, name))
}

/// The names of the arguments that are given before the end of an item, in the parentheses that are open there.
pub(super) fn given(item: &str) -> Vec<&str> {
    let bits = bits(item);
    let open = bits.iter().rposition(|(piece, _)| *piece == Piece::Mark('(')).unwrap_or(0);
    let inside = bits.get(open..).unwrap_or_default();
    inside.windows(2).filter(|pair| pair[0].0 == Piece::Word && pair[1].0 == Piece::Mark(':')).map(|pair| pair[0].1).collect()
}

/// The argument whose value stands at the end of an item.
pub(super) fn argument(item: &str) -> Option<&str> {
    let bits = bits(item);
    match bits.as_slice() {
        [.., (Piece::Word, name), (Piece::Mark(':'), _)] => Some(name),
        _ => None,
    }
}

/// What stands before the dot at the end of an item.
pub(super) fn before_dot(item: &str) -> Option<&str> {
    match bits(item).as_slice() {
        [.., (Piece::Word, root), (Piece::Mark('.'), _)] => Some(root),
        _ => None,
    }
}

/// The words of the last `one of […]` of an item.
pub(super) fn listed(item: &str) -> Vec<&str> {
    let bits = bits(item);
    let Some(open) = bits.iter().rposition(|(piece, _)| *piece == Piece::Mark('[')) else { return Vec::new() };
    let inside = bits.get(open..).unwrap_or_default().iter().take_while(|(piece, _)| *piece != Piece::Mark(']'));
    inside.filter(|(piece, _)| *piece == Piece::Word).map(|(_, text)| *text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_is_found() {
        assert_eq!(compared("enter when plan = "), Some(Path { root: None, name: "plan" }));
        assert_eq!(compared("enter when entry.plan != "), Some(Path { root: Some("entry"), name: "plan" }));
        assert_eq!(compared("if plan in [free, "), Some(Path { root: None, name: "plan" }));
        assert_eq!(compared("if amount >= "), Some(Path { root: None, name: "amount" }));
        assert_eq!(compared("given plan = pro, "), None);
        assert_eq!(filtered("enter when purchase where "), ["purchase", "when", "enter"]);
        assert_eq!(filtered("enter when clicked welcome where ").get(1), Some(&"clicked"));
        assert_eq!(taker("send receipt(amount: 2, "), Some((vec!["send"], "receipt")));
        assert_eq!(given("send receipt(amount: 2, "), ["amount"]);
        assert_eq!(argument("send receipt(amount: "), Some("amount"));
        assert_eq!(before_dot("enter when entry."), Some("entry"));
        assert_eq!(listed("plan : one of [free, pro] = "), ["free", "pro"]);
    }
}

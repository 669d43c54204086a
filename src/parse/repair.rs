//! A text with small repairs, and the way back from its offsets to those of the user's file.
//!
//! The scan mends what it has reported (`==`, a missing brace), so that the grammar reads the rest as it was meant.
//! Invariants: repairs are sorted and do not overlap; without any the text is borrowed and offsets are their own.

use std::borrow::Cow;

/// One replacement: the bytes from `start` to `end` of the user's text become `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repair {
    pub start: usize,
    pub end: usize,
    pub text: Cow<'static, str>,
}

/// Where the replacements stand in the repaired text and in the user's.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    new_start: usize,
    new_end: usize,
    old_start: usize,
    old_end: usize,
}

impl Offsets {
    /// The offset in the user's text behind an offset of the repaired one.
    pub fn original(&self, offset: usize) -> usize {
        if self.places.is_empty() {
            return offset;
        }
        let index = self.places.partition_point(|place| place.new_start <= offset);
        let Some(place) = index.checked_sub(1).and_then(|index| self.places.get(index)) else { return offset };
        if offset >= place.new_end {
            offset - place.new_end + place.old_end
        } else if offset == place.new_start {
            place.old_start
        } else {
            place.old_end
        }
    }
}

impl Offsets {
    /// The offset in the repaired text behind an offset of the user's.
    pub fn repaired(&self, offset: usize) -> usize {
        let index = self.places.partition_point(|place| place.old_end <= offset);
        match index.checked_sub(1).and_then(|index| self.places.get(index)) {
            Some(place) => offset - place.old_end + place.new_end,
            None => offset,
        }
    }
}

/// Applies repairs in the order of their places; one that overlaps an earlier one is left out.
pub(super) fn apply(text: &str, mut repairs: Vec<Repair>) -> (Cow<'_, str>, Offsets) {
    if repairs.is_empty() {
        return (Cow::Borrowed(text), Offsets::default());
    }
    repairs.sort_by_key(|repair| (repair.start, repair.end));
    let mut out = String::with_capacity(text.len() + repairs.len() * 4);
    let mut offsets = Offsets::default();
    let mut done = 0;
    for repair in repairs {
        let Some(kept) = text.get(done..repair.start) else { continue };
        out.push_str(kept);
        let new_start = out.len();
        out.push_str(&repair.text);
        offsets.places.push(Place { new_start, new_end: out.len(), old_start: repair.start, old_end: repair.end });
        done = repair.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    (Cow::Owned(out), offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_find_their_way_back() {
        let repairs = vec![Repair { start: 2, end: 4, text: "=".into() }, Repair { start: 6, end: 6, text: "}".into() }];
        let (text, offsets) = apply("a == bc", repairs);
        assert_eq!(text, "a = b}c");
        let back: Vec<_> = (0..=7).map(|offset| offsets.original(offset)).collect();
        assert_eq!(back, [0, 1, 2, 4, 5, 6, 6, 7]);
    }
}

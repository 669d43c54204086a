//! Sets of values of one type, closed under union, intersection and complement.
//!
//! Every type is brought into one of two orders: integers (numbers in millionths, days, milliseconds, the places of a
//! `one of`, no and yes) and texts. Both have a next value for each value (of a text, the same with a zero character behind
//! it), so that every set the language can tell apart is a list of half-open intervals: a comparison is one interval, a
//! prefix too, a list of literals several.

use smallvec::SmallVec;
use smol_str::{SmolStr, format_smolstr};
use std::cmp::Ordering;

/// A value in the order of its type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Key {
    /// A number in millionths, a day, an instant or a length in milliseconds, the place of a choice, 0 for no and 1 for yes.
    Int(i64),
    /// A text.
    Text(SmolStr),
}

impl Key {
    /// The next value in the order; `None` behind the last one.
    #[must_use]
    pub fn next(&self) -> Option<Self> {
        match self {
            Self::Int(value) => value.checked_add(1).map(Self::Int),
            Self::Text(text) => Some(Self::Text(format_smolstr!("{text}\0"))),
        }
    }
}

/// A set of values of one type; a missing value is one of them or not.
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct ValueSet {
    /// Whether a missing value is in it.
    missing: bool,
    /// Whether the values below the first cut are in it.
    low: bool,
    /// Where membership changes, ascending: the value itself is on the upper side.
    cuts: Cuts,
}

type Cuts = SmallVec<[Key; 2]>;

impl Clone for ValueSet {
    // Sets are copied a million times, nearly all of them with two cuts or fewer.
    fn clone(&self) -> Self {
        let cuts = match self.cuts.as_slice() {
            [] => Cuts::new_const(),
            [only] => one_cut(only.clone()),
            [low, high] => Cuts::from_buf([low.clone(), high.clone()]),
            many => many.iter().cloned().collect(),
        };
        Self { missing: self.missing, low: self.low, cuts }
    }
}

fn one_cut(key: Key) -> Cuts {
    let mut cuts = Cuts::new_const();
    cuts.push(key);
    cuts
}

impl ValueSet {
    /// No value at all, nor a missing one.
    pub const NONE: Self = Self { missing: false, low: false, cuts: SmallVec::new_const() };
    /// Every value, and a missing one.
    pub const ALL: Self = Self { missing: true, low: true, cuts: SmallVec::new_const() };
    /// Every value but a missing one.
    pub const KNOWN: Self = Self { missing: false, low: true, cuts: SmallVec::new_const() };
    /// A missing value alone.
    pub const MISSING: Self = Self { missing: true, low: false, cuts: SmallVec::new_const() };

    /// This value alone.
    #[must_use]
    pub fn one(value: Key) -> Self {
        Self::between(Some(value.clone()), value.next())
    }

    /// The values from `low` (included) to `high` (excluded); `None` is no bound.
    #[must_use]
    pub fn between(low: Option<Key>, high: Option<Key>) -> Self {
        let is_low = low.is_none();
        let cuts = match (low, high) {
            (Some(low), Some(high)) if low >= high => return Self::NONE,
            (Some(low), Some(high)) => Cuts::from_buf([low, high]),
            (Some(only), None) | (None, Some(only)) => one_cut(only),
            (None, None) => Cuts::new_const(),
        };
        Self { missing: false, low: is_low, cuts }
    }

    /// The values less than this one.
    #[must_use]
    pub fn below(value: Key) -> Self {
        Self::between(None, Some(value))
    }

    /// This value and those above it.
    #[must_use]
    pub fn at_least(value: Key) -> Self {
        Self::between(Some(value), None)
    }

    /// The texts that start with `prefix`.
    #[must_use]
    pub fn prefix(prefix: &str) -> Self {
        let mut end: Vec<char> = prefix.chars().collect();
        while let Some(last) = end.pop() {
            if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
                end.push(next);
                return Self::between(Some(Key::Text(prefix.into())), Some(Key::Text(end.into_iter().collect::<String>().into())));
            }
        }
        Self::between(Some(Key::Text(prefix.into())), None)
    }

    /// The same with a missing value in it.
    #[must_use]
    pub fn or_missing(self) -> Self {
        Self { missing: true, ..self }
    }

    /// The same without a missing value.
    #[must_use]
    pub fn known(self) -> Self {
        Self { missing: false, ..self }
    }

    /// Whether a missing value is in it.
    #[must_use]
    pub fn has_missing(&self) -> bool {
        self.missing
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.missing && !self.low && self.cuts.is_empty()
    }

    /// Whether everything is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.missing && self.low && self.cuts.is_empty()
    }

    /// Whether this value is in it.
    #[must_use]
    pub fn contains(&self, value: &Key) -> bool {
        let below = self.cuts.partition_point(|cut| cut <= value);
        self.low ^ (below % 2 == 1)
    }

    /// Everything that is not in it.
    #[must_use]
    pub fn complement(&self) -> Self {
        let it = self.clone();
        Self { missing: !it.missing, low: !it.low, ..it }
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if other.is_all() || self == other {
            return self.clone();
        }
        if self.is_all() {
            return other.clone();
        }
        self.merge(other, |a, b| a && b)
    }

    /// What is in one of them or both.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        self.merge(other, |a, b| a || b)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.merge(other, |a, b| a && !b)
    }

    /// Whether all of it is in the other.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        if (self.missing && !other.missing) || (self.low && !other.low) {
            return false;
        }
        let (mut a, mut b) = (self.low, other.low);
        let (mut left, mut right) = (self.cuts.iter().peekable(), other.cuts.iter().peekable());
        while let Some(cut) = left.peek().copied() {
            while right.next_if(|other| *other < cut).is_some() {
                b = !b;
                if a && !b {
                    return false;
                }
            }
            while left.next_if_eq(&cut).is_some() {
                a = !a;
            }
            if right.next_if_eq(&cut).is_some() {
                b = !b;
            }
            if a && !b {
                return false;
            }
        }
        !a || right.next().is_none()
    }

    /// Its intervals, ascending, each from (included) and to (excluded); `None` is no bound.
    pub fn intervals(&self) -> impl Iterator<Item = (Option<&Key>, Option<&Key>)> + '_ {
        let starts = self.low.then_some(None).into_iter().chain(self.cuts.iter().map(Some));
        let mut bounds = starts;
        std::iter::from_fn(move || {
            let low = bounds.next()?;
            Some((low, bounds.next().flatten()))
        })
    }

    fn merge(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        let (mut a, mut b) = (self.low, other.low);
        let (mut left, mut right) = (self.cuts.as_slice(), other.cuts.as_slice());
        let mut result = Self { missing: keep(self.missing, other.missing), low: keep(a, b), cuts: Cuts::new_const() };
        let mut now = result.low;
        loop {
            let order = match (left, right) {
                ([], []) => return result,
                ([x, ..], [y, ..]) => x.cmp(y),
                ([_, ..], []) => Ordering::Less,
                ([], [_, ..]) => Ordering::Greater,
            };
            let (from_left, from_right) = (order != Ordering::Greater, order != Ordering::Less);
            let mut cut = None;
            if let ([first, rest @ ..], true) = (left, from_left) {
                (a, left, cut) = (!a, rest, Some(first));
            }
            if let ([first, rest @ ..], true) = (right, from_right) {
                (b, right, cut) = (!b, rest, Some(first));
            }
            if keep(a, b) != now {
                now = !now;
                result.cuts.extend(cut.cloned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, ValueSet};

    fn ints(low: i64, high: i64) -> ValueSet {
        ValueSet::between(Some(Key::Int(low)), Some(Key::Int(high)))
    }

    /// Every set with bounds among a few integers, against its members one by one.
    #[test]
    fn sets_are_their_members() {
        let mut sets = vec![ValueSet::NONE, ValueSet::ALL, ValueSet::KNOWN, ValueSet::MISSING];
        for low in 0..5 {
            sets.extend([ValueSet::below(Key::Int(low)), ValueSet::at_least(Key::Int(low)), ValueSet::one(Key::Int(low)).or_missing()]);
            sets.extend((0..5).map(|high| ints(low, high)));
        }
        let pairs: Vec<ValueSet> = sets.iter().flat_map(|a| sets.iter().map(|b| a.or(b))).collect();
        let members = |set: &ValueSet| -> Vec<bool> {
            std::iter::once(set.has_missing()).chain((-1..7).map(|value| set.contains(&Key::Int(value)))).collect()
        };
        let combine = |a: &ValueSet, b: &ValueSet, f: fn(bool, bool) -> bool| -> Vec<bool> {
            members(a).into_iter().zip(members(b)).map(|(a, b)| f(a, b)).collect()
        };
        for a in &pairs {
            assert_eq!(members(&a.complement()), members(a).into_iter().map(|it| !it).collect::<Vec<_>>());
            assert_eq!(a.is_empty(), members(a).iter().all(|it| !it));
            for b in &sets {
                assert_eq!(members(&a.and(b)), combine(a, b, |a, b| a && b));
                assert_eq!(members(&a.or(b)), combine(a, b, |a, b| a || b));
                assert_eq!(members(&a.without(b)), combine(a, b, |a, b| a && !b));
                assert_eq!(a.is_within(b), a.without(b).is_empty());
                assert_eq!(b.is_within(a), b.without(a).is_empty());
            }
        }
    }

    #[test]
    fn texts_and_prefixes() {
        let text = |it: &str| Key::Text(it.into());
        let shop = ValueSet::prefix("/shop");
        for inside in ["/shop", "/shop/shoes", "/shopping"] {
            assert!(shop.contains(&text(inside)), "{inside}");
        }
        for outside in ["/sho", "/shoq", "", "shop"] {
            assert!(!shop.contains(&text(outside)), "{outside}");
        }
        assert!(ValueSet::one(text("a")).and(&ValueSet::at_least(text("a\0"))).is_empty());
        assert!(ValueSet::prefix("").is_within(&ValueSet::KNOWN));
        assert_eq!(ValueSet::one(text("a")).complement().complement(), ValueSet::one(text("a")));
        assert_eq!(ValueSet::prefix("x").intervals().count(), 1);
    }
}

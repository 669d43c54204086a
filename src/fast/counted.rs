//! Contacts whose names end with a whole number, behind the same letters as those of others or none: the keys of databases are such.
//! The number says where to look, without a hash and without a look at the name.
//!
//! Invariant: of one place there is but one name, since a number is written in one way only: without zeros before it.

use super::{
    digits::{ZEROS, eight_digits},
    names::{SHORT, Sought},
};

/// The most digits.
const DIGITS: usize = 8;
/// So many places make a page.
const PAGE: usize = 1 << 10;
/// So many pages are kept however few contacts there are, and one more for so many contacts: where numbers have gaps, most places
/// stand empty.
const PAGES: usize = 64;
const CONTACTS_OF_PAGE: usize = 256;

/// The numbers of contacts by what their names end with.
#[derive(Default)]
pub struct Counted {
    /// What stands before the number, and how long that is, once a name ended with one.
    before: Option<(u128, usize)>,
    /// For each place the number of the contact and one; 0 is not known. A page that was never needed is empty.
    pages: Vec<Vec<u32>>,
    /// How many pages are kept.
    kept: usize,
}

/// What stands where nobody is.
const NOBODY: u32 = u32::MAX;

impl Counted {
    /// Takes a name as what others may be like, where there is none yet.
    pub fn be_like(&mut self, name: Sought<'_>) {
        if self.before.is_some() {
            return;
        }
        let Some(bytes) = name.short() else { return };
        let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        if (1..=DIGITS).contains(&digits) {
            let length = bytes.len() - digits;
            self.before = Some((name.letters() & first(length), length));
        }
    }

    /// The place of a name, if it is like the others.
    #[inline]
    pub fn place(&self, name: Sought<'_>) -> Option<u32> {
        let (before, length) = self.before?;
        let digits = name.short_length()?.checked_sub(length).filter(|digits| (1..=DIGITS).contains(digits))?;
        let letters = name.letters();
        let number = (letters >> (8 * length)) as u64;
        if letters & first(length) != before || (number as u8 == b'0' && digits > 1) {
            return None;
        }
        // Zeros before it, where letters are missing.
        let missing = 8 * (DIGITS - digits);
        eight_digits(number << missing | ZEROS & !(u64::MAX << missing))
    }

    /// The place of a whole number that is a name.
    #[cfg(feature = "columns")]
    #[inline]
    pub fn place_of_whole(&self, name: u64) -> Option<u32> {
        let is_all = self.before.is_some_and(|(_, length)| length == 0);
        u32::try_from(name).ok().filter(|name| is_all && *name < 10_u32.pow(DIGITS as u32))
    }

    /// What stands at a place, of no meaning but that memory brings it.
    #[inline]
    pub fn glance(&self, place: u32) -> u32 {
        let page = self.pages.get(place as usize / PAGE).map_or(&[][..], Vec::as_slice);
        page.get(place as usize % PAGE).copied().unwrap_or_default()
    }

    /// The number of the contact at a place, or that nobody is there, if that is known.
    #[inline]
    pub fn number(&self, place: u32) -> Option<Option<u32>> {
        match self.glance(place) {
            0 => None,
            NOBODY => Some(None),
            number => Some(Some(number - 1)),
        }
    }

    /// Keeps a number, or that nobody is there, if there is a page for it or may be one more, with so many contacts. Whoever comes
    /// later to where nobody was must be kept as well.
    #[inline]
    pub fn keep(&mut self, place: u32, number: Option<u32>, contacts: usize) {
        let (page, at) = (place as usize / PAGE, place as usize % PAGE);
        if self.pages.get(page).is_none_or(Vec::is_empty) {
            if self.kept >= PAGES + contacts / CONTACTS_OF_PAGE {
                return;
            }
            self.kept += 1;
            self.pages.resize(self.pages.len().max(page + 1), Vec::new());
            self.pages[page] = vec![0; PAGE];
        }
        self.pages[page][at] = number.map_or(NOBODY, |number| number + 1);
    }
}

/// So many bytes from the first on.
const fn first(bytes: usize) -> u128 {
    if bytes > SHORT { u128::MAX } else { !(u128::MAX << (8 * bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_place_is_one_name_and_a_name_one_place(
            like in "[a0é]{0,6}[0-9]{0,9}",
            names in proptest::collection::vec("[a0é]{0,6}[0-9]{0,9}", 1..40),
        ) {
            let mut counted = Counted::default();
            counted.be_like(Sought::new(&like));
            let before = like.trim_end_matches(|letter: char| letter.is_ascii_digit());
            let is_like = like.len() <= SHORT && (1..=DIGITS).contains(&(like.len() - before.len()));
            let mut met = BTreeMap::new();
            for name in names.iter().chain([&like]) {
                let place = counted.place(Sought::new(name));
                let number = name.strip_prefix(before).filter(|_| is_like && name.len() <= SHORT).filter(|number| {
                    let is_canonical = number.parse::<u32>().is_ok_and(|it| it.to_string() == *number);
                    is_canonical && number.len() <= DIGITS
                });
                #[cfg(feature = "columns")]
                if let Ok(whole) = name.parse::<u64>() && name.len() <= SHORT && whole.to_string() == *name && before.is_empty() {
                    prop_assert_eq!(counted.place_of_whole(whole), place);
                }
                prop_assert_eq!(place, number.and_then(|number| number.parse().ok()), "{} as {}", name, like);
                if let Some(place) = place {
                    prop_assert_eq!(*met.entry(place).or_insert(name), name);
                }
            }
        }
    }

    #[test]
    fn there_are_no_more_pages_than_contacts_are_worth() {
        let mut counted = Counted::default();
        for page in 0..10_000 {
            counted.keep(page * PAGE as u32 + 7, Some(page), 5_120);
        }
        let known: Vec<u32> = (0..10_000).filter(|page| counted.number(page * PAGE as u32 + 7) == Some(Some(*page))).collect();
        assert_eq!(known, (0..84).collect::<Vec<u32>>());
        counted.keep(5, None, 5_120);
        assert_eq!([5, 6, u32::MAX].map(|place| counted.number(place)), [Some(None), None, None]);
    }
}

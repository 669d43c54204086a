//! What was seen of a property.

use crate::{
    runtime::{Raw, fit::number},
    units::Number,
};
use jiff::tz::TimeZone;

/// So many different values are kept.
const VALUES_MAX: usize = 8;

/// The longest value that is kept.
const LETTERS_MAX: usize = 40;

/// A type that values may fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Flag,
    Number,
    Date,
    Time,
    List,
    Text,
}

impl Kind {
    /// The word of the language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Number => "number",
            Self::Date => "date",
            Self::Time => "time",
            Self::List => "list of text",
            Self::Text => "text",
        }
    }
}

/// What was seen of a property.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// How many records have it.
    pub present: u64,
    /// How many of them have something that no type takes, such as an object.
    pub foreign: u64,
    /// How many fit each type.
    fits: [u64; 5],
    /// The first different values.
    pub values: Vec<String>,
    /// Whether there are more.
    pub has_more: bool,
}

const KINDS: [Kind; 5] = [Kind::Flag, Kind::Number, Kind::Date, Kind::Time, Kind::List];

impl Field {
    /// Takes a value.
    pub(super) fn see(&mut self, raw: &Raw) {
        self.present += 1;
        let shown = match raw {
            Raw::Missing => return,
            Raw::Text(text) | Raw::Cell(text) | Raw::Number(text) => text.clone(),
            Raw::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Raw::List(_) | Raw::Other(_) => String::new(),
        };
        for (kind, count) in KINDS.iter().zip(&mut self.fits) {
            *count += u64::from(fits(raw, *kind));
        }
        let is_foreign = match raw {
            Raw::Other(_) => true,
            Raw::List(items) => !items.iter().all(|item| matches!(item, Raw::Text(_))),
            Raw::Missing | Raw::Text(_) | Raw::Cell(_) | Raw::Number(_) | Raw::Flag(_) => false,
        };
        self.foreign += u64::from(is_foreign);
        let kept: String = shown.chars().take(LETTERS_MAX).collect();
        if !kept.is_empty() && !self.values.contains(&kept) {
            if self.values.len() < VALUES_MAX {
                self.values.push(kept);
            } else {
                self.has_more = true;
            }
        }
    }

    /// The type that every value fits; nothing where some fit none.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        let all = |(kind, count): (&Kind, &u64)| (*count == self.present).then_some(*kind);
        let narrow = KINDS.iter().zip(&self.fits).find_map(all);
        let has_list = self.fits.last().is_some_and(|count| *count > 0);
        narrow.or_else(|| (self.foreign == 0 && !has_list).then_some(Kind::Text))
    }
}

/// Whether a value is plainly of a type: a code with zeros before it is no number, and a count is no time.
fn fits(raw: &Raw, kind: Kind) -> bool {
    let (text, is_cell) = match raw {
        Raw::Text(text) => (text.as_str(), false),
        Raw::Cell(text) => (text.as_str(), true),
        Raw::Number(text) => return kind == Kind::Number && number(text).is_ok(),
        Raw::Flag(_) => return kind == Kind::Flag,
        Raw::List(items) => return kind == Kind::List && items.iter().all(|item| matches!(item, Raw::Text(_))),
        Raw::Missing | Raw::Other(_) => return false,
    };
    match kind {
        Kind::Flag => is_cell && ["yes", "no", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        Kind::Number => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
            is_cell && !is_code && digits.starts_with(|letter: char| letter.is_ascii_digit()) && text.parse::<Number>().is_ok()
        }
        Kind::Date => text.parse::<crate::units::Date>().is_ok(),
        Kind::Time => text.contains([':', '-']) && crate::runtime::parse_instant(text, &TimeZone::UTC).is_some(),
        Kind::List | Kind::Text => false,
    }
}

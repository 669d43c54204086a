//! Percentages, exact to a ten-thousandth of a percent.

use std::{fmt, str::FromStr};

/// A part of a whole, held in millionths: 33.33% is 333 300.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

/// Why a text is not a [`Share`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ShareError {
    /// Not written as a percentage.
    #[error("this is not a share such as `20%` or `33.33%`")]
    Malformed,
    /// Over 100%.
    #[error("a share is at most 100%")]
    OverWhole,
    /// More than four digits behind the point.
    #[error("a share has at most four digits behind the point")]
    TooFine,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self(1_000_000);

    /// The share with this many millionths, at most a whole.
    #[must_use]
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        (millionths <= Self::WHOLE.0).then_some(Self(millionths))
    }

    /// The share in millionths of the whole.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

impl FromStr for Share {
    type Err = ShareError;

    /// Reads `20%`, or `20` without the sign.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let percent: super::Number = digits.parse().map_err(|error| match error {
            super::NumberError::Malformed => ShareError::Malformed,
            super::NumberError::TooFine => ShareError::TooFine,
            super::NumberError::TooLarge => ShareError::OverWhole,
        })?;
        let parts = percent.millionths();
        if parts < 0 {
            return Err(ShareError::Malformed);
        }
        if parts > 100_000_000 {
            return Err(ShareError::OverWhole);
        }
        if parts % 100 != 0 {
            return Err(ShareError::TooFine);
        }
        Ok(Self(u32::try_from(parts / 100).expect("at most a million")))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", super::Number::from_millionths(i64::from(self.0) * 100))
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        assert_eq!("33.33%".parse::<Share>().map(Share::millionths), Ok(333_300));
        assert_eq!("33.33%".parse::<Share>().map(|s| s.to_string()), Ok("33.33%".into()));
        assert_eq!("120%".parse::<Share>(), Err(ShareError::OverWhole));
        assert_eq!("0.00001%".parse::<Share>(), Err(ShareError::TooFine));
    }
}

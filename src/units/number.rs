//! Exact decimals with six fractional digits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

const SCALE: i64 = 1_000_000;

/// An exact decimal with six fractional digits, held as a 64-bit count of millionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Number(i64);

/// Why a text is not a [`Number`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NumberError {
    /// Not written as a decimal number.
    #[error("this is not a number such as `20` or `-3.5`")]
    Malformed,
    /// More than six digits behind the point.
    #[error("a number has at most six digits behind the point")]
    TooFine,
    /// Beyond the range of the type.
    #[error("a number lies between -9223372036854.775808 and 9223372036854.775807")]
    TooLarge,
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// A whole number, if it fits.
    #[must_use]
    pub fn from_whole(whole: i64) -> Option<Self> {
        whole.checked_mul(SCALE).map(Self)
    }

    /// The number with this many millionths.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The number in millionths.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The whole number it is, if it has no fraction.
    #[must_use]
    pub fn as_whole(self) -> Option<i64> {
        (self.0 % SCALE == 0).then_some(self.0 / SCALE)
    }

    /// Exact sum, or `None` where it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Exact difference, or `None` where it does not fit.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Product rounded half to even at the sixth digit, or `None` where it does not fit.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        divide_half_even(i128::from(self.0) * i128::from(other.0), i128::from(SCALE))
    }

    /// Quotient rounded half to even at the sixth digit; `None` for a zero divisor or where it does not fit.
    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.0 == 0 { None } else { divide_half_even(i128::from(self.0) * i128::from(SCALE), i128::from(other.0)) }
    }

    /// The quotient by a count, as averages need it: half to even at the sixth digit.
    #[must_use]
    pub fn divided_by_count(total: i128, count: u64) -> Option<Self> {
        if count == 0 { None } else { divide_half_even(total, i128::from(count)) }
    }

    /// The number with its sign turned, or `None` for the one value that has no opposite.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }
}

fn divide_half_even(dividend: i128, divisor: i128) -> Option<Number> {
    let (mut quotient, remainder) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    let twice = remainder * 2;
    let size = divisor.abs();
    if twice > size || (twice == size && quotient % 2 != 0) {
        quotient += divisor.signum();
    }
    i64::try_from(quotient).ok().map(Number)
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError::Malformed);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 6 {
            return Err(NumberError::TooFine);
        }
        let mut millionths: i128 = whole.parse::<i128>().map_err(|_| NumberError::TooLarge)?;
        millionths = millionths.checked_mul(i128::from(SCALE)).ok_or(NumberError::TooLarge)?;
        millionths += format!("{fraction:0<6}").parse::<i128>().map_err(|_| NumberError::Malformed)?;
        let signed = if negative { -millionths } else { millionths };
        i64::try_from(signed).map(Self).map_err(|_| NumberError::TooLarge)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let (whole, fraction) = (size / SCALE.unsigned_abs(), size % SCALE.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        if fraction == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{}", format!("{fraction:06}").trim_end_matches('0'))
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// On the wire a number is its decimal text: readers that know only floats would change it.
impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An exact decimal with at most six fractional digits.",
            "pattern": r"^-?[0-9]+(\.[0-9]{1,6})?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        text.parse().expect("a number")
    }

    #[test]
    fn division_rounds_half_to_even_at_the_sixth_digit() {
        assert_eq!(n("1").checked_div(n("3")), Some(n("0.333333")));
        assert_eq!(n("0.000001").checked_div(n("2")), Some(n("0")));
        assert_eq!(n("0.000003").checked_div(n("2")), Some(n("0.000002")));
        assert_eq!(n("-0.000003").checked_div(n("2")), Some(n("-0.000002")));
        assert_eq!(n("0.000003").checked_div(n("-2")), Some(n("-0.000002")));
        assert_eq!(n("-1").checked_div(n("-3")), Some(n("0.333333")));
        assert_eq!(n("2").checked_div(n("-3")), Some(n("-0.666667")));
        assert_eq!(n("5").checked_div(Number::ZERO), None);
    }

    #[test]
    fn text_and_value_agree_at_the_edges() {
        for text in ["0", "-3.5", "9223372036854.775807", "-9223372036854.775808", "0.000001"] {
            assert_eq!(n(text).to_string(), text);
        }
        assert_eq!("9223372036854.775808".parse::<Number>(), Err(NumberError::TooLarge));
        assert_eq!("0.0000001".parse::<Number>(), Err(NumberError::TooFine));
        assert_eq!("1.".parse::<Number>(), Err(NumberError::Malformed));
        assert_eq!(n("1.500000"), n("1.5"));
    }
}

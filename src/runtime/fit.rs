//! Typing: does a raw value of the input fit its declaration?
//!
//! JSON says whether a value is a text, a number or a flag, and must agree with the type, except that a number or flag may
//! stand where a text is declared (ids are often numbers). A cell of a table fits if it reads as the type. A list is never missing:
//! where nothing came, it is empty.

use super::{instant, record::Raw, value::Value};
use crate::{
    ruleset::Type,
    units::{Number, NumberError},
};
use jiff::tz::TimeZone;

/// The value, `None` where it is missing, which a list never is.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn fit(raw: &Raw, ty: &Type, zone: &TimeZone) -> Result<Option<Value>, String> {
    let value = match raw {
        Raw::Missing if *ty == Type::List => Ok(Value::List(Vec::new())),
        Raw::Missing => return Ok(None),
        Raw::Cell(text) => from_cell(text, ty, zone),
        Raw::Text(text) => from_text(text, ty, zone),
        Raw::Number(text) => from_number(text, ty, zone),
        Raw::Flag(flag) => match ty {
            Type::Flag => Ok(Value::Flag(*flag)),
            Type::Text => Ok(Value::Text(flag.to_string())),
            Type::Number | Type::Date | Type::Time | Type::OneOf(_) | Type::List => Err(no("a flag", ty)),
        },
        Raw::List(items) if *ty == Type::List => from_list(items),
        Raw::List(_) => Err(no("a list", ty)),
        Raw::Other(text) if text.starts_with('{') => Err(no("an object", ty)),
        // What columns hold and JSON does not, as a text.
        Raw::Other(text) => Err(no(&format!("`{}`", text.trim_matches('"')), ty)),
    };
    value.map(Some)
}

fn from_text(text: &str, ty: &Type, zone: &TimeZone) -> Result<Value, String> {
    match ty {
        Type::Text => Ok(Value::Text(text.to_owned())),
        Type::OneOf(words) if words.iter().any(|word| word == text) => Ok(Value::Choice(text.to_owned())),
        Type::Date => text.parse().map(Value::Date).map_err(|()| no(&format!("`{text}`"), ty)),
        Type::Time => instant::parse(text, zone).map(Value::Time).ok_or_else(|| no(&format!("`{text}`"), ty)),
        Type::OneOf(_) => Err(no(&format!("`{text}`"), ty)),
        Type::Number | Type::Flag | Type::List => Err(no("a text", ty)),
    }
}

fn from_number(text: &str, ty: &Type, zone: &TimeZone) -> Result<Value, String> {
    match ty {
        Type::Number => number(text).map(Value::Number),
        Type::Text => Ok(Value::Text(text.to_owned())),
        Type::Time => instant::parse(text, zone).map(Value::Time).ok_or_else(|| no(&format!("`{text}`"), ty)),
        Type::Flag | Type::Date | Type::OneOf(_) | Type::List => Err(no("a number", ty)),
    }
}

fn from_cell(text: &str, ty: &Type, zone: &TimeZone) -> Result<Value, String> {
    match ty {
        Type::Number => number(text.trim()).map(Value::Number),
        Type::Flag => match text.trim().to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Ok(Value::Flag(true)),
            "no" | "false" | "0" => Ok(Value::Flag(false)),
            _ => Err(no(&format!("`{text}`"), ty)),
        },
        Type::Date => from_text(text.trim(), ty, zone),
        Type::List if text.trim_start().starts_with('[') => {
            serde_json::from_str(text).map(|texts: Vec<String>| Value::List(unique(texts))).map_err(|_| no(&format!("`{text}`"), ty))
        }
        Type::List => Ok(Value::List(unique(text.split(';').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty())))),
        Type::Text | Type::Time | Type::OneOf(_) => from_text(text, ty, zone),
    }
}

fn from_list(items: &[Raw]) -> Result<Value, String> {
    let texts = items.iter().map(|item| match item {
        Raw::Text(text) | Raw::Cell(text) | Raw::Number(text) => Ok(text.clone()),
        Raw::Missing | Raw::Flag(_) | Raw::List(_) | Raw::Other(_) => Err("a list here is a list of texts".to_owned()),
    });
    texts.collect::<Result<Vec<_>, _>>().map(|texts| Value::List(unique(texts)))
}

/// A list holds each text once, where it first stood.
fn unique(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for text in texts {
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out
}

/// An exact number from the digits of the input; `1.5e3` is 1500.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn number(text: &str) -> Result<Number, String> {
    let plain = match text.split_once(['e', 'E']) {
        None => text.to_owned(),
        Some((mantissa, exponent)) => without_exponent(mantissa, exponent).ok_or_else(|| format!("`{text}` is not a number"))?,
    };
    plain.strip_prefix('+').unwrap_or(&plain).parse().map_err(|error| match error {
        NumberError::Malformed => format!("`{text}` is not a number"),
        NumberError::TooFine => format!("`{text}` has more than six digits behind the point"),
        NumberError::TooLarge => format!("`{text}` is too large for a number"),
    })
}

/// Moves the point of a decimal; `None` where that is no number of sensible size.
fn without_exponent(mantissa: &str, exponent: &str) -> Option<String> {
    let shift: i32 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = format!("{whole}{fraction}");
    if all.is_empty() || all.len() > 100 || shift.abs() > 100 || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + shift;
    let padded_left = format!("{}{all}", "0".repeat(usize::try_from(1 - point.min(1)).ok()?));
    let point = usize::try_from(point.max(1)).ok()?;
    let padded = format!("{padded_left:0<width$}", width = point + 1);
    Some(format!("{sign}{}.{}", padded.get(..point)?, padded.get(point..)?))
}

fn no(what: &str, ty: &Type) -> String {
    let wanted = match ty {
        Type::Text => "a text".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Flag => "a flag (yes or no)".to_owned(),
        Type::Date => "a date such as 2026-03-02".to_owned(),
        Type::Time => "a time such as 2026-03-02T10:00:00Z".to_owned(),
        Type::OneOf(words) => format!("one of {}", words.join(", ")),
        Type::List => "a list of texts".to_owned(),
    };
    format!("{what} is not {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_their_digits() {
        for (text, wanted) in [("1.5e3", "1500"), ("15E-1", "1.5"), ("-2e0", "-2"), ("1e-6", "0.000001"), ("0.1", "0.1"), ("+3", "3")] {
            assert_eq!(number(text).map(|n| n.to_string()), Ok(wanted.to_owned()), "{text}");
        }
        for text in ["1e-7", "1e400", "e5", "", "1.2.3", "NaN", "9223372036854.775808", "1e13"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_has_each_text_once() {
        let wanted = Ok(Some(Value::List(vec!["a".to_owned(), "b".to_owned()])));
        let texts = ["a", "b", "a"].map(|text| Raw::Text(text.to_owned()));
        for raw in [Raw::Cell("[\"a\", \"b\", \"a\"]".to_owned()), Raw::Cell("a; b; a".to_owned()), Raw::List(texts.to_vec())] {
            assert_eq!(fit(&raw, &Type::List, &TimeZone::UTC), wanted);
        }
    }

    #[test]
    fn a_list_is_empty_where_nothing_came() {
        assert_eq!(fit(&Raw::Missing, &Type::List, &TimeZone::UTC), Ok(Some(Value::List(Vec::new()))));
        assert_eq!(fit(&Raw::Missing, &Type::Text, &TimeZone::UTC), Ok(None));
    }

    #[test]
    fn a_json_text_is_no_number_and_a_cell_may_be() {
        let utc = TimeZone::UTC;
        assert!(fit(&Raw::Text("1".into()), &Type::Number, &utc).is_err());
        assert_eq!(fit(&Raw::Cell("1".into()), &Type::Number, &utc), Ok(Some(Value::Number(Number::from_millionths(1_000_000)))));
        assert_eq!(fit(&Raw::Number("17".into()), &Type::Text, &utc), Ok(Some(Value::Text("17".into()))));
    }
}

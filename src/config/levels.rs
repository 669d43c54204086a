//! Codes, beginnings of codes, and levels for them.

use crate::{
    catalog,
    diag::{Code, Severity, nearest},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use std::{fmt, str::FromStr};

/// A code, or the beginning of several: `F404`, `F4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

/// A text that is neither a code nor the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no code `{text}`{}; `funnelc explain --list` lists them all", near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default())]
pub struct PatternError {
    text: String,
    near: Option<&'static str>,
}

impl Pattern {
    /// Whether a code is meant.
    #[must_use]
    pub fn is_for(&self, code: Code) -> bool {
        code.id.starts_with(&self.0)
    }

    /// How many letters it has: the longer, the more exactly it speaks.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.0.len()
    }

    /// Whether it is a whole code.
    #[must_use]
    pub fn is_code(&self) -> bool {
        catalog::code(&self.0).is_some()
    }

    /// Why none of the codes meant can be lowered or left out; `None` where one can. Of several, those that must stay
    /// errors stay errors.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let meant = || catalog::codes().iter().filter(|code| self.is_for(**code));
        if meant().any(|code| catalog::may_be_lowered(*code)) {
            return None;
        }
        let title = meant().next().filter(|_| self.is_code()).map(|code| format!(" ({})", code.title)).unwrap_or_default();
        Some(format!("`{self}`{title} cannot be lowered or left out: a file with such an error cannot be compiled or run"))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let upper = text.trim().to_uppercase();
        if !upper.is_empty() && catalog::codes().iter().any(|code| code.id.starts_with(&upper)) {
            return Ok(Self(upper));
        }
        Err(PatternError { text: text.trim().to_owned(), near: nearest(&upper, catalog::codes().iter().map(|code| code.id)) })
    }
}

/// What a code counts for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// So grave.
    At(Severity),
    /// Not at all.
    Off,
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(Self::At(Severity::Error)),
            "warning" => Ok(Self::At(Severity::Warning)),
            "information" => Ok(Self::At(Severity::Information)),
            "off" => Ok(Self::Off),
            other => Err(format!("`{other}` is no level: write `error`, `warning`, `information` or `off`")),
        }
    }
}

/// Levels of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels(Vec<(Pattern, Level)>);

impl Levels {
    /// The level of a code, where one is given: the longest beginning decides. What must stay an error does.
    #[must_use]
    pub fn of(&self, code: Code) -> Option<Level> {
        if !catalog::may_be_lowered(code) {
            return None;
        }
        self.0.iter().filter(|(pattern, _)| pattern.is_for(code)).max_by_key(|(pattern, _)| pattern.weight()).map(|(_, level)| *level)
    }
}

/// A key of the map.
struct Key(Pattern);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, |text| Pattern::from_str(text).map(Self).map_err(|error| error.to_string()))
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, Self::from_str)
    }
}

/// Reads one word; a fault is reported at its place.
fn word<'de, D: Deserializer<'de>, T>(deserializer: D, read: impl Fn(&str) -> Result<T, String>) -> Result<T, D::Error> {
    struct Word<F>(F);
    impl<T, F: Fn(&str) -> Result<T, String>> Visitor<'_> for Word<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a word")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Word(read))
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Levels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("codes with their levels, such as `F404: error`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Levels, A::Error> {
                let mut levels = Vec::new();
                while let Some((Key(pattern), level)) = map.next_entry::<Key, Level>()? {
                    if levels.iter().any(|(other, _)| *other == pattern) {
                        return Err(A::Error::custom(format!("`{pattern}` has two levels: keep one of them")));
                    }
                    let refusal = pattern.refusal().filter(|_| level != Level::At(Severity::Error));
                    if let Some(refusal) = refusal {
                        return Err(A::Error::custom(refusal));
                    }
                    levels.push((pattern, level));
                }
                Ok(Levels(levels))
            }
        }
        deserializer.deserialize_map(Map)
    }
}

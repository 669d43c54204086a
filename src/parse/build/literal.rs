//! Numbers, durations, shares, dates and clock times: read exactly, or told with the nearest right one (F005).

use super::{Builder, Kids};
use crate::{
    ast::{DateTime, Spanned, ValueKind},
    diag::{Diagnostic, nearest},
    parse::{
        codes::F005,
        grammar::{Pair, Rule},
    },
    source::Span,
    units::{Clock, Date, Duration, Number, NumberError, Share, ShareError, Unit, Weekday},
};

impl<'i> Builder<'i> {
    /// The duration that comes next, which the grammar promises.
    pub fn duration(&mut self, kids: &mut Kids<'i>, within: Span) -> Spanned<Duration> {
        match kids.next_if(Rule::dur) {
            Some(pair) => self.duration_of(&pair),
            None => {
                self.internal(within, "a duration");
                Spanned { span: within, it: some_days() }
            }
        }
    }

    pub fn duration_of(&mut self, pair: &Pair<'i>) -> Spanned<Duration> {
        let span = self.span(pair);
        let (amount, unit) = split_quantity(pair.as_str());
        let it = self.exact_duration(span, amount, unit).unwrap_or_else(some_days);
        Spanned { span, it }
    }

    /// A number, or a duration where a unit follows it.
    pub fn quantity(&mut self, pair: &Pair<'i>, negative: bool) -> ValueKind {
        let span = self.span(pair);
        let (amount, unit) = split_quantity(pair.as_str());
        if unit.is_empty() {
            return ValueKind::Number(self.number(span, amount, negative));
        }
        if is_no_unit(unit) {
            self.not_a_quantity(span, amount, unit);
            return ValueKind::Broken;
        }
        self.exact_duration(span, amount, unit).map_or(ValueKind::Broken, ValueKind::Duration)
    }

    pub fn number(&mut self, span: Span, digits: &str, negative: bool) -> Number {
        let parsed = if negative { format!("-{digits}").parse() } else { digits.parse::<Number>() };
        parsed.unwrap_or_else(|error: NumberError| {
            let finding = Diagnostic::new(F005, span, format!("`{digits}` does not fit a number"));
            self.push(match error {
                NumberError::TooFine => {
                    let near = digits
                        .split_once('.')
                        .map_or(digits.to_owned(), |(whole, fraction)| format!("{whole}.{}", fraction.get(..6).unwrap_or(fraction)));
                    finding.at("more than six digits behind the point").help(format!("write `{near}`: {error}"))
                }
                NumberError::TooLarge | NumberError::Malformed => finding.at("too large").help(format!("{error}")),
            });
            Number::ZERO
        })
    }

    /// `20 EUR`, `3 login`, `2 March`: a number with a word behind it that is no unit of time.
    fn not_a_quantity(&mut self, span: Span, amount: &str, word: &str) {
        let finding = Diagnostic::new(F005, span, format!("`{word}` is no unit of time"));
        self.push(if is_month(word) {
            finding.at("a date?").help("a date is written year-month-day, such as `2026-03-02`")
        } else if is_money(word) {
            finding.at("amounts have no unit here").replace(span, amount.to_owned(), format!("write `{amount}`")).safely(false)
        } else {
            finding
                .at("seconds, minutes, hours, days or weeks")
                .help(format!("how often something happened is `at least {amount} {word}`; a number alone has no unit"))
        });
    }

    fn exact_duration(&mut self, span: Span, amount: &str, unit: &str) -> Option<Duration> {
        let number = match amount.parse::<Number>() {
            Ok(number) => number,
            Err(_) => {
                self.number(span, amount, false);
                return None;
            }
        };
        let unit = self.unit(span, amount, unit)?;
        match Duration::new(number, unit) {
            Ok(duration) => Some(duration),
            Err(error) => {
                self.push(
                    Diagnostic::new(F005, span, format!("`{amount} {}s` is no duration", unit.singular()))
                        .at("does not fit")
                        .help(format!("{error}; a duration is at most ten years")),
                );
                None
            }
        }
    }

    /// The unit behind an amount; anything but the unit written out is a finding.
    fn unit(&mut self, span: Span, amount: &str, word: &str) -> Option<Unit> {
        let known = Unit::from_word(word);
        let text = self.source.get(span.range()).unwrap_or("");
        let glued = !text.contains([' ', '\t']) && !word.is_empty();
        if let Some(unit) = known
            && !glued
        {
            return Some(unit);
        }
        let rest = self.source.get(span.end as usize..).unwrap_or("");
        if word.is_empty() && rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            let other: String = rest.chars().skip(1).take_while(char::is_ascii_digit).collect();
            self.push(
                Diagnostic::new(F005, span, format!("`{amount}-{other}` is not one length of time"))
                    .at("from … to …")
                    .help(format!("choose one, such as `{}`", with_unit(&other, Unit::Day))),
            );
            return Some(Unit::Day);
        }
        let (message, label, near) = self.bad_unit(amount, word, known);
        let finding = Diagnostic::new(F005, span, message).at(label);
        let title = format!("write `{near}`");
        // Calendar units have no exact length, so the offered one is a choice that the author has to make.
        let choice = word.is_empty()
            || months(word).is_some()
            || (known.is_none() && abbreviation(word).is_none() && nearest(word, UNITS).is_none());
        self.push(if choice { finding.help(title) } else { finding.replace(span, near.clone(), title) });
        known.or_else(|| abbreviation(word)).or(Some(Unit::Day))
    }

    fn bad_unit(&self, amount: &str, word: &str, known: Option<Unit>) -> (String, &'static str, String) {
        if word.is_empty() {
            return (format!("`{amount}` needs a unit"), "how long?", with_unit(amount, Unit::Day));
        }
        if word == "calendar" {
            return (format!("`{amount} calendar` needs `days`"), "a calendar day?", format!("{amount} calendar days"));
        }
        if let Some((name, days)) = months(word) {
            let near = amount.parse::<i64>().ok().and_then(|n| n.checked_mul(days));
            let near = near.map_or_else(|| format!("{days} days"), |n| with_unit(&n.to_string(), Unit::Day));
            return (format!("`{name}` is no duration: a {name} has no fixed length"), "how many days?", near);
        }
        if let Some(unit) = known.or_else(|| abbreviation(word)) {
            return (format!("`{word}` is not how a unit is written here"), "a number, a space and the unit", with_unit(amount, unit));
        }
        let near = nearest(word, UNITS).and_then(Unit::from_word).unwrap_or(Unit::Day);
        (format!("`{word}` is no unit of time"), "seconds, minutes, hours, days or weeks", with_unit(amount, near))
    }

    /// A whole number that counts something.
    pub fn count(&mut self, kids: &mut Kids<'i>, within: Span) -> Spanned<u32> {
        let Some(pair) = kids.next_if(Rule::count) else {
            self.internal(within, "a number");
            return Spanned { span: within, it: 1 };
        };
        let span = self.span(&pair);
        let text = pair.as_str();
        let it = text.parse().unwrap_or_else(|_| {
            let whole = text.split('.').next().unwrap_or("1");
            let near = whole.parse::<u32>().map_or_else(|_| "1000".to_owned(), |n| n.to_string());
            self.push(
                Diagnostic::new(F005, span, format!("`{text}` is not a count"))
                    .at("a whole number is needed")
                    .help(format!("write a whole number that fits, such as `{near}`")),
            );
            1
        });
        Spanned { span, it }
    }

    pub fn share(&mut self, pair: &Pair<'i>) -> Spanned<Share> {
        let span = self.span(pair);
        let written = pair.as_str();
        let text: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        let it = text.parse().unwrap_or_else(|error: ShareError| {
            let near = match error {
                ShareError::OverWhole => "100%".to_owned(),
                ShareError::TooFine => {
                    text.split_once('.').map_or(text.clone(), |(whole, rest)| format!("{whole}.{}%", rest.get(..4).unwrap_or("0")))
                }
                ShareError::Malformed => text.trim_start_matches('-').to_owned(),
            };
            self.push(
                Diagnostic::new(F005, span, format!("`{written}` is not a share"))
                    .at(error.to_string())
                    .help(format!("shares lie between 0% and 100%, such as `{near}`")),
            );
            Share::WHOLE
        });
        Spanned { span, it }
    }

    /// The clock time that comes next, which the grammar promises.
    pub fn clock(&mut self, kids: &mut Kids<'i>, within: Span) -> Spanned<Clock> {
        let Some(pair) = kids.next_if(Rule::clock) else {
            self.internal(within, "a time of day");
            return Spanned { span: within, it: Clock::MIDNIGHT };
        };
        let span = self.span(&pair);
        Spanned { span, it: self.clock_text(span, pair.as_str()) }
    }

    fn clock_text(&mut self, span: Span, text: &str) -> Clock {
        text.parse().unwrap_or_else(|()| {
            let near = near_clock(text);
            let finding = Diagnostic::new(F005, span, format!("`{text}` is not a time of day"))
                .at("a time of day goes from 00:00 to 23:59, with two digits each");
            self.push(match near {
                Some(near) => {
                    let digits = |text: &str| text.chars().filter(|c| ('1'..='9').contains(c)).collect::<String>();
                    let safe = digits(text) == digits(&near.to_string());
                    finding.replace(span, near.to_string(), format!("write `{near}`")).safely(safe)
                }
                None => finding.help("write a time of day such as `09:00`"),
            });
            near.unwrap_or(Clock::MIDNIGHT)
        })
    }

    /// A date alone, as `before` and `from … on` take it.
    pub fn day(&mut self, kids: &mut Kids<'i>, within: Span) -> Spanned<Date> {
        let Some(pair) = kids.next_if(Rule::day) else {
            self.internal(within, "a date");
            return Spanned { span: within, it: epoch() };
        };
        let span = self.span(&pair);
        Spanned { span, it: self.date_text(span, pair.as_str()) }
    }

    fn date_text(&mut self, span: Span, text: &str) -> Date {
        text.parse().unwrap_or_else(|()| {
            let near = near_date(text);
            let finding = Diagnostic::new(F005, span, format!("`{text}` is not a date"));
            if !text.contains('-') {
                let help = match (near, swapped(text)) {
                    (Some(near), Some(other)) if other != near => format!("write `{near}`, or `{other}` if the month stands first"),
                    (Some(near), _) => format!("write `{near}`"),
                    (None, _) => "for example `2026-03-02`".to_owned(),
                };
                self.push(finding.at("a date is written year-month-day").help(help));
                return near.unwrap_or_else(epoch);
            }
            self.push(match near {
                Some(near) if text.len() < 10 => {
                    finding.at("four digits, two and two").replace(span, near.to_string(), format!("write `{near}`"))
                }
                Some(near) => finding.at("the calendar has no such day").help(format!("write `{near}`, or another day")),
                None => finding.at("the calendar has no such day").help("dates are written year-month-day, such as `2026-03-02`"),
            });
            near.unwrap_or_else(epoch)
        })
    }

    /// A date, or a date with a clock time.
    pub fn moment(&mut self, pair: &Pair<'i>) -> Result<Spanned<Date>, Spanned<DateTime>> {
        let span = self.span(pair);
        let mut parts = pair.as_str().split_whitespace();
        let date_text = parts.next().unwrap_or("");
        let date_length = u32::try_from(date_text.len()).unwrap_or(0);
        let date_span = Span { end: (span.start + date_length).min(span.end), ..span };
        let date = self.date_text(date_span, date_text);
        let Some(clock_text) = parts.next() else { return Ok(Spanned { span, it: date }) };
        let utc = parts.next().is_some();
        let clock = self.clock_text(span, clock_text);
        Err(Spanned { span, it: DateTime { date, clock, utc } })
    }

    pub fn weekday(&mut self, pair: &Pair<'i>) -> Spanned<Weekday> {
        let span = self.span(pair);
        let it = Weekday::from_word(pair.as_str()).unwrap_or_else(|| {
            self.internal(span, "a weekday");
            Weekday::Monday
        });
        Spanned { span, it }
    }
}

const UNITS: [&str; 5] = ["seconds", "minutes", "hours", "days", "weeks"];

/// `2`, ` days` of `2 days`.
fn split_quantity(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (amount, unit) = text.split_at(end);
    (amount, unit.trim())
}

fn with_unit(amount: &str, unit: Unit) -> String {
    if amount == "1" { format!("1 {}", unit.singular()) } else { format!("{amount} {}s", unit.singular()) }
}

/// Calendar units, with so many days as come near.
fn months(word: &str) -> Option<(&'static str, i64)> {
    match word.to_lowercase().as_str() {
        "month" | "months" | "mo" | "mon" | "mth" | "mths" => Some(("month", 30)),
        "quarter" | "quarters" => Some(("quarter", 90)),
        "year" | "years" | "y" | "yr" | "yrs" => Some(("year", 365)),
        _ => None,
    }
}

/// Whether a word behind a number is surely meant for no unit of time, not even a misspelt one.
fn is_no_unit(word: &str) -> bool {
    Unit::from_word(word).is_none()
        && (is_month(word) || months(word).is_none() && abbreviation(word).is_none() && nearest(word, UNITS).is_none())
}

fn is_month(word: &str) -> bool {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = word.to_lowercase();
    word.starts_with(char::is_uppercase) && lower.len() >= 3 && months.iter().any(|month| lower.starts_with(month))
}

fn is_money(word: &str) -> bool {
    let lower = word.to_lowercase();
    matches!(
        lower.as_str(),
        "eur"
            | "euro"
            | "euros"
            | "usd"
            | "dollar"
            | "dollars"
            | "gbp"
            | "pound"
            | "pounds"
            | "chf"
            | "yen"
            | "cent"
            | "cents"
            | "bucks"
            | "percent"
            | "points"
            | "pieces"
    )
}

fn abbreviation(word: &str) -> Option<Unit> {
    Some(match word.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "wk" | "wks" | "week" | "weeks" => Unit::Week,
        _ => return None,
    })
}

/// `9:00`, `9am`, `9:30 pm`, `24:00`: what was meant, if that is clear.
fn near_clock(text: &str) -> Option<Clock> {
    let lower = text.to_lowercase();
    let (digits, half) = match lower.trim_end_matches("am").len() {
        n if n < lower.len() => (lower.get(..n)?.trim(), Some(0)),
        _ => match lower.trim_end_matches("pm").len() {
            n if n < lower.len() => (lower.get(..n)?.trim(), Some(12)),
            _ => (lower.as_str(), None),
        },
    };
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "00"));
    let (mut hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + half;
    }
    Clock::new(if hour == 24 && minute == 0 { 0 } else { hour }, minute)
}

/// `2026-3-2` with its zeros, or the last day of the month that is passed; `02.03.2026` by year, month and day.
fn near_date(text: &str) -> Option<Date> {
    let [first, second, third] = date_parts(text)?;
    let (year, month, day) = if text.contains('-') {
        (first, second, third)
    } else if third < 100 {
        (third + 2000, second, first)
    } else {
        (third, second, first)
    };
    let (month, day) = if !text.contains('-') && month > 12 { (day, month) } else { (month, day) };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    (28..=day.min(31)).rev().chain([day]).find_map(|day| Date::new(year, month, day))
}

/// `3/2/2026` with the month first, as Americans write it.
fn swapped(text: &str) -> Option<Date> {
    let [first, second, third] = date_parts(text).filter(|_| text.contains('/'))?;
    Date::new(third, i8::try_from(first).ok()?, i8::try_from(second).ok()?)
}

fn date_parts(text: &str) -> Option<[i16; 3]> {
    let mut parts = text.split(['-', '.', '/']).map(str::parse::<i16>);
    Some([parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?])
}

fn some_days() -> Duration {
    Duration::from_milliseconds(Unit::Day.milliseconds())
}

fn epoch() -> Date {
    Date::new(1970, 1, 1).expect("the calendar has this day")
}

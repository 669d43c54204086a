//! Stories as dated lists.
//!
//! What comes from outside stands behind `●`, what the funnels do behind `→`. Dates are those of the contact; a date is
//! written where it changes. A lap is written once. Long stories lose their middle.

use super::plain;
use crate::{
    diag::{Fact, Lap, Moment, Plot, Story},
    source::SourceMap,
    units::Duration,
};
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// Longer stories are shortened in the middle.
const LINES_MAX: usize = 24;

/// A story as lines, without an indent and without a line break at the end of each.
#[must_use]
pub fn story(story: &Story, sources: &SourceMap) -> Vec<String> {
    let zone = TimeZone::get(&story.zone).unwrap_or(TimeZone::UTC);
    let (shown, rest) = match story.lap {
        Some(Lap { first, length, .. }) => story.moments.split_at((first + length).min(story.moments.len())),
        None => (story.moments.as_slice(), [].as_slice()),
    };
    let mut rows = Rows { zone, sources, last: None, lines: Vec::new() };
    shown.iter().for_each(|moment| rows.moment(moment));
    if let Some(lap) = story.lap {
        rows.again(&lap);
        rest.iter().filter(|moment| moment.turn == crate::diag::Turn::Stays).for_each(|moment| rows.moment(moment));
    }
    let mut lines = rows.aligned();
    if lines.len() > LINES_MAX {
        let half = LINES_MAX / 2;
        let gap = format!("… {} lines more …", lines.len() - 2 * half);
        lines.splice(half..lines.len() - half, std::iter::once(gap));
    }
    lines.insert(0, head(&story.plot));
    lines
}

/// Who the story is about.
#[must_use]
pub fn head(plot: &Plot) -> String {
    let known = plot.given.iter().map(|(name, fact)| match fact {
        Fact::Missing => format!("without {name}"),
        Fact::Text(_) | Fact::Number(_) | Fact::Flag(_) | Fact::Date(_) | Fact::Time(_) | Fact::Choice(_) | Fact::List(_) => {
            format!("{name} = {fact}")
        }
    });
    let arms = plot.arms.iter().map(|(split, arm)| format!("`{arm}` in `{split}`"));
    let parts: Vec<String> = known.chain(arms).collect();
    let who = if parts.is_empty() { "somebody".to_owned() } else { format!("somebody with {}", parts.join(", ")) };
    plain(&format!("what happens to {who}:"))
}

/// The date of an instant where a story shows it: `Mon  2 Mar 2026` and `10:00`.
#[must_use]
pub fn date_and_time(at_ms: i64, zone: &TimeZone) -> Option<(String, String)> {
    let local: Zoned = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(zone.clone());
    let seconds = local.second() != 0;
    Some((local.strftime("%a %e %b %Y").to_string(), local.strftime(if seconds { "%H:%M:%S" } else { "%H:%M" }).to_string()))
}

struct Rows<'s> {
    zone: TimeZone,
    sources: &'s SourceMap,
    last: Option<(String, String, bool)>,
    /// Date, time, what happens, and where it stands.
    lines: Vec<[String; 4]>,
}

impl Rows<'_> {
    fn moment(&mut self, moment: &Moment) {
        let Some((date, time)) = date_and_time(moment.at_ms, &self.zone) else { return };
        let outside = moment.from_outside();
        let (new_date, new_time) = match &self.last {
            None => (true, true),
            Some((last, at, _)) => (*last != date, *last != date || *at != time),
        };
        let mark = if outside { "●" } else { "→" };
        let place = moment.span.map(|span| format!("line {}", self.sources.position(span).line)).unwrap_or_default();
        self.lines.push([
            if new_date { self.short(&date) } else { String::new() },
            if new_time { time.clone() } else { String::new() },
            format!("{mark} {}", plain(&moment.text)),
            place,
        ]);
        self.last = Some((date, time, outside));
    }

    /// The date without its year where that is the year of the line before.
    fn short(&self, date: &str) -> String {
        let year = |date: &str| date.rsplit_once(' ').map(|(day, year)| (day.to_owned(), year.to_owned()));
        match (self.last.as_ref().and_then(|(last, ..)| year(last)), year(date)) {
            (Some((_, last)), Some((day, this))) if last == this => day,
            _ => date.to_owned(),
        }
    }

    fn again(&mut self, lap: &Lap) {
        let text = match lap.every_ms {
            Some(ms) => format!("and so on, every {}", Duration::from_milliseconds(ms)),
            None => "and so on, again and again".to_owned(),
        };
        self.lines.push(["…".to_owned(), String::new(), text, String::new()]);
    }

    /// The columns side by side.
    fn aligned(&self) -> Vec<String> {
        let width = |column: usize| self.lines.iter().filter_map(|line| line.get(column)).map(|cell| columns(cell)).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        let pad = |text: &str, width: usize| format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))));
        let row = |[date, time, what, place]: &[String; 4]| {
            let [date_width, time_width, what_width] = widths;
            let line = format!("{}  {}  {}  {place}", pad(date, date_width), pad(time, time_width), pad(what, what_width.min(60)));
            line.trim_end().to_owned()
        };
        self.lines.iter().map(row).collect()
    }
}

/// How many columns a text takes in a terminal: wide characters take two.
fn columns(text: &str) -> usize {
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

/// Whether a character takes two columns: those of East Asia, and pictures.
fn is_wide(letter: char) -> bool {
    matches!(u32::from(letter),
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x1f900..=0x1f9ff | 0x20000..=0x3fffd)
}

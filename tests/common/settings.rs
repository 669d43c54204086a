//! The settings that a fixture asks for: a comment `# funnelc check --as-of 2027-01-01` in it gives the day.

use funnelc::{check::Settings, units::Date};

pub fn settings_of(text: &str) -> Settings {
    let day = text.lines().find_map(|line| line.strip_prefix("# funnelc check --as-of "));
    let as_of: Option<Date> = day.map(|day| day.trim().parse().expect("a date"));
    Settings { as_of, ..Settings::default() }
}

//! Findings as workflow commands of GitHub Actions, which shows them beside the lines they speak of.

use super::place::Located;
use crate::diag::Severity;

/// `::error file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`, with a final newline.
#[must_use]
pub fn github(located: Located<'_>) -> String {
    let finding = located.finding;
    let place = located.main_place();
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information => "notice",
    };
    // Columns are for one line alone: GitHub ignores them otherwise.
    let lines = if place.start.line == place.end.line {
        let last = place.end.column.saturating_sub(1).max(place.start.column);
        format!("line={},col={},endLine={},endColumn={last}", place.start.line, place.start.column, place.end.line)
    } else {
        format!("line={},endLine={}", place.start.line, place.end.line)
    };
    let title = format!("{}: {}", finding.code.id, finding.code.title);
    format!("::{command} file={},{lines},title={}::{}\n", property(place.file), property(&title), data(&located.in_harmless_words()))
}

/// `::error file=…,title=…::text`, with a final newline.
#[must_use]
pub fn workflow_command(command: &str, properties: &[(&str, String)], text: &str) -> String {
    let properties: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{command} {}::{}\n", properties.join(","), data(text))
}

/// Text behind the `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text behind a `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn marks_of_the_command_are_escaped() {
        assert_eq!(data("120% is\r\ntoo much: a, b"), "120%25 is%0D%0Atoo much: a, b");
        assert_eq!(property("C:/a,b%.funnel"), "C%3A/a%2Cb%25.funnel");
    }
}

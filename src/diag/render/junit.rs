//! Findings as JUnit XML, for Jenkins, Azure and others: a test case for each file, which fails with its errors.

use super::{place::Located, short};
use crate::diag::{Diagnostics, Severity};
use std::{collections::HashMap, fmt::Write as _};

/// One document with a case for each of `files`, in their order; with a final newline. Errors fail the case of their file;
/// what does not block is told in its output.
#[must_use]
pub fn junit(files: &[&str], found: &[Located<'_>]) -> String {
    let is_error = |located: &&Located<'_>| located.finding.severity == Severity::Error;
    let (mut cases, mut failed) = (String::new(), 0);
    let mut by_file: HashMap<&str, Vec<&Located<'_>>> = HashMap::new();
    for located in found {
        by_file.entry(located.main_place().file).or_default().push(located);
    }
    for file in files {
        let (errors, others): (Vec<_>, Vec<_>) = by_file.remove(file).unwrap_or_default().into_iter().partition(is_error);
        failed += usize::from(!errors.is_empty());
        cases.push_str(&case(file, &errors, &others));
    }
    let counts = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\"", files.len());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"funnelc\" {counts}>\n  <testsuite name=\"funnelc\" {counts} \
         skipped=\"0\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

fn case(file: &str, errors: &[&Located<'_>], others: &[&Located<'_>]) -> String {
    let mut text = format!("    <testcase classname=\"funnelc\" name=\"{0}\" file=\"{0}\"", escaped(file));
    if errors.is_empty() && others.is_empty() {
        text.push_str("/>\n");
        return text;
    }
    text.push_str(">\n");
    if let Some(first) = errors.first() {
        let all: Diagnostics = errors.iter().map(|located| located.finding.clone()).collect();
        let tally = short::tally(&all).unwrap_or_default();
        let kind = first.finding.code.id;
        let message = if errors.len() == 1 { super::plain(&first.finding.message) } else { tally };
        writeln!(text, "      <failure type=\"{kind}\" message=\"{}\">{}</failure>", escaped(&message), escaped(&told(errors)))
            .expect("a String takes everything");
    }
    if !others.is_empty() {
        writeln!(text, "      <system-out>{}</system-out>", escaped(&told(others))).expect("a String takes everything");
    }
    text.push_str("    </testcase>\n");
    text
}

/// Findings as text: the short line, and below it how it comes about and what to do.
fn told(found: &[&Located<'_>]) -> String {
    let one = |located: &&Located<'_>| {
        let head = short::short(located.finding, located.sources);
        let rest = located.in_harmless_words().lines().skip(1).fold(String::new(), |text, line| text + "  " + line + "\n");
        format!("{head}{rest}")
    };
    found.iter().map(one).collect()
}

/// Text as XML takes it; what XML cannot hold becomes the replacement character.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\r' => out.push_str("&#13;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escaped("a < b & \"c\"\u{1}\u{ffff}"), "a &lt; b &amp; &quot;c&quot;\u{fffd}\u{fffd}");
    }
}

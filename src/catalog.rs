//! Every code of every phase, in one sorted table: for `explain`, the documentation and configuration.
//!
//! Codes never change their meaning and are never used again; a test proves that none stands twice.

use crate::{
    check,
    diag::{Code, Severity},
    diff, emit, parse, resolve, workspace,
};
use std::sync::LazyLock;

static ALL: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let mut all: Vec<Code> =
        [parse::codes::CODES, resolve::CODES, check::CODES, workspace::codes::CODES, emit::CODES, diff::CODES].concat();
    #[cfg(feature = "runtime")]
    all.extend_from_slice(crate::story::CODES);
    #[cfg(feature = "runtime")]
    all.extend_from_slice(crate::scenario::coverage::CODES);
    all.sort_by_key(|code| code.id);
    all.dedup();
    all
});

/// All codes, sorted.
#[must_use]
pub fn codes() -> &'static [Code] {
    &ALL
}

/// The code with this id, whatever the case of its letter.
#[must_use]
pub fn code(id: &str) -> Option<Code> {
    codes().iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

/// Whether findings of this code may count for less than an error. Not those of text, names and types, behind which there
/// is nothing to compile; nor a circle in no time, which no runtime can go.
#[must_use]
pub fn may_be_lowered(code: Code) -> bool {
    code.severity != Severity::Error || (check::CODES.contains(&code) && !matches!(code.id, "F401" | "F402" | "F802"))
}

/// The page that explains a code, Markdown.
#[must_use]
pub fn page(id: &str) -> Option<&'static str> {
    let others = [parse::codes::PAGES, resolve::PAGES, workspace::codes::PAGES, emit::PAGES, diff::PAGES];
    #[cfg(feature = "runtime")]
    let others = others.into_iter().chain([crate::story::PAGES, crate::scenario::coverage::PAGES]);
    check::explanation(id).or_else(|| others.into_iter().flatten().find(|(code, _)| *code == id).map(|(_, page)| *page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_range() {
        for pair in codes().windows(2) {
            assert!(pair[0].id < pair[1].id, "{} stands twice", pair[1].id);
        }
        for code in codes() {
            let digits = code.id.strip_prefix('F').unwrap_or("");
            assert!(digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()), "{}", code.id);
            assert!(!code.title.is_empty() && !code.title.ends_with('.'), "{}", code.id);
        }
    }

    #[test]
    fn phases_keep_to_their_ranges() {
        let within = |codes: &[Code], ranges: &[std::ops::RangeInclusive<&str>]| {
            for code in codes {
                assert!(ranges.iter().any(|range| range.contains(&code.id)), "{}", code.id);
            }
        };
        within(
            check::CODES,
            &["F007"..="F007", "F301"..="F320", "F401"..="F412", "F501"..="F514", "F601"..="F650", "F701"..="F712", "F801"..="F805"],
        );
        assert!(check::CODES.windows(2).all(|pair| pair[0].id < pair[1].id), "the checks stand by code");
    }
}

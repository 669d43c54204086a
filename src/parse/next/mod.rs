//! What may come next: the grammar, read as data, is walked over the beginning of an item, and tells what it would take
//! where the text ends.
//!
//! Invariants: nothing is offered that the grammar does not take, and no word of it is listed a second time here; error
//! productions (`grammar/recovery.pest`) are left out.
//! Deliberately absent: what names mean, which needs the whole program.

mod rules;
mod walk;

use rules::GRAMMAR;
use std::collections::BTreeSet;

/// The kinds of blocks, each with its own items.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each names its block")]
pub enum Block {
    /// No block: the file itself.
    Top,
    Contact,
    /// The block of an event, action or segment.
    Notes,
    Channel,
    Message,
    Score,
    Funnel,
    Stage,
    /// The steps of a nurture, a play, an arm, a branch or a round.
    Steps,
    /// The arms of a wait.
    Arms,
    /// The arms of a split.
    Shares,
    Test,
}

impl Block {
    /// The rules of the grammar that its items follow.
    fn rules(self) -> &'static [&'static str] {
        match self {
            Self::Top => &["top"],
            Self::Contact => &["attribute"],
            Self::Notes => &["note"],
            Self::Channel => &["policy_line"],
            Self::Message => &["content"],
            Self::Score => &["points_line"],
            Self::Funnel => &["funnel_line"],
            Self::Stage => &["stage_line"],
            Self::Steps => &["step"],
            Self::Arms => &["on_arm", "otherwise_arm"],
            Self::Shares => &["share_arm"],
            Self::Test => &["test_line"],
        }
    }

    /// The block that opens behind an item of this one with these first words; `None` where there is none.
    #[must_use]
    pub fn inside(self, words: &[&str]) -> Option<Self> {
        let first = *words.first()?;
        match self {
            Self::Top => match first {
                "contact" => Some(Self::Contact),
                "event" | "action" | "segment" => Some(Self::Notes),
                "channel" => Some(Self::Channel),
                "message" => Some(Self::Message),
                "score" => Some(Self::Score),
                "play" => Some(Self::Steps),
                "funnel" => Some(Self::Funnel),
                "test" => Some(Self::Test),
                _ => None,
            },
            Self::Funnel => matches!(first, "stage" | "goal" | "final").then_some(Self::Stage),
            Self::Stage => (first == "nurture").then_some(Self::Steps),
            Self::Steps => match first {
                "wait" => Some(Self::Arms),
                "split" => Some(Self::Shares),
                "if" | "else" | "repeat" => Some(Self::Steps),
                _ => None,
            },
            Self::Arms => matches!(first, "on" | "otherwise").then_some(Self::Steps),
            Self::Shares => Some(Self::Steps),
            Self::Contact | Self::Notes | Self::Channel | Self::Message | Self::Score | Self::Test => None,
        }
    }
}

/// What the grammar takes at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum What {
    /// This word of the language.
    Word(&'static str),
    /// This mark.
    Mark(&'static str),
    /// A name.
    Name,
    /// A word behind a dot.
    Property,
    /// A text in quotes.
    Text,
    /// A number, or what begins with one.
    Number,
    /// A unit of time.
    Unit,
    /// A word that the tree builder knows, as behind `if past`.
    Choice,
}

/// What the grammar takes at a place, and for what.
#[derive(Clone, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct Next {
    /// What.
    pub what: What,
    /// The rules of the grammar that it would be part of, outermost first.
    pub rules: Vec<&'static str>,
}

impl Next {
    /// Whether it would be part of this rule.
    #[must_use]
    pub fn is_in(&self, rule: &str) -> bool {
        self.rules.contains(&rule)
    }

    /// The innermost of these rules that it would be part of.
    #[must_use]
    pub fn innermost(&self, rules: &[&'static str]) -> Option<&'static str> {
        self.rules.iter().rev().find(|rule| rules.contains(rule)).copied()
    }
}

/// What may follow `text`, which begins at the beginning of an item of `block` and ends at the end of a word or mark.
/// `behind_if` tells whether the item before ended an `if`, so that an `else` may come.
#[must_use]
pub fn next(block: Block, text: &str, behind_if: bool) -> Vec<Next> {
    let more: &[&str] = if behind_if { &["else_if", "else_part"] } else { &[] };
    let mut found = BTreeSet::new();
    for rule in block.rules().iter().chain(more) {
        found.extend(walk::walk(&GRAMMAR, rule, text));
    }
    found.into_iter().collect()
}

/// Every word of the language that stands in the grammar, in alphabetical order. Words that people bring from elsewhere and
/// that only messages know are not among them.
#[must_use]
pub fn words() -> Vec<&'static str> {
    GRAMMAR.words()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_after(block: Block, text: &str) -> Vec<&'static str> {
        let words = next(block, text, false).into_iter().filter_map(|next| match next.what {
            What::Word(word) => Some(word),
            What::Mark(_) | What::Name | What::Property | What::Text | What::Number | What::Unit | What::Choice => None,
        });
        words.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn names_after(block: Block, text: &str) -> Vec<&'static str> {
        let wanted = next(block, text, false).into_iter().filter(|next| next.what == What::Name);
        wanted.filter_map(|next| next.rules.iter().rev().find(|rule| !matches!(**rule, "name" | "n" | "names")).copied()).collect()
    }

    #[test]
    fn the_grammar_tells_what_may_follow() {
        assert_eq!(words_after(Block::Stage, "enter "), ["after", "from", "when"]);
        assert_eq!(words_after(Block::Stage, "enter from "), ["anywhere"]);
        assert_eq!(names_after(Block::Stage, "enter from "), ["from"]);
        assert_eq!(words_after(Block::Stage, "enter from a "), ["after", "when"]);
        assert_eq!(
            words_after(Block::Stage, "enter from a when x "),
            ["after", "and", "contains", "ends", "finished", "in", "is", "or", "since", "starts", "where", "within"]
        );
        assert_eq!(words_after(Block::Funnel, "reentry 30 days "), ["after"]);
        assert_eq!(words_after(Block::Funnel, "reentry 30 days after "), ["leaving", "starting"]);
        assert_eq!(names_after(Block::Steps, "send "), ["send"]);
        assert_eq!(names_after(Block::Top, "message a \"A\" by "), ["by"]);
        assert_eq!(words_after(Block::Steps, "send a "), ["as"]);
        assert!(words_after(Block::Steps, "wait until ").contains(&"monday"));
        assert_eq!(words_after(Block::Top, "").len(), crate::parse::words::TOP.len());
        assert_eq!(words_after(Block::Steps, "").len(), crate::parse::words::STEP.len());
    }

    #[test]
    fn units_and_numbers_are_known_places() {
        let whats = |text| next(Block::Steps, text, false).into_iter().map(|next| next.what).collect::<Vec<_>>();
        assert!(whats("wait 2 ").contains(&What::Unit));
        assert!(whats("wait 2 ").contains(&What::Word("calendar")));
        assert!(whats("wait ").contains(&What::Number));
        assert_eq!(whats("nonsense here "), []);
    }

    #[test]
    fn the_words_of_the_grammar_hold_those_listed_elsewhere() {
        let words = words();
        let lists: [&[&str]; 12] = [
            &crate::parse::words::RESERVED,
            &crate::parse::words::TOP,
            &crate::parse::words::FUNNEL,
            &crate::parse::words::STAGE,
            &crate::parse::words::STEP,
            &crate::parse::words::ARM,
            &crate::parse::words::SHARE,
            &crate::parse::words::CHANNEL,
            &crate::parse::words::MESSAGE,
            &crate::parse::words::SCORE,
            &crate::parse::words::NOTE,
            &crate::parse::words::TEST,
        ];
        for word in lists.into_iter().flatten() {
            assert!(words.contains(word), "{word}");
        }
        assert!(words.contains(&"calendar") && words.contains(&"reachable") && !words.contains(&"elif"));
    }
}

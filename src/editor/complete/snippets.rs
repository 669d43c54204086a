//! Items with stops for the cursor, by block.

use super::offers::Offers;
use crate::parse::next::Block;

/// What the list shows, what is written, and what it is for.
type Snippet = (&'static str, &'static str, &'static str);

const TOP: &[Snippet] = &[
    (
        "funnel …",
        "funnel ${1:name} \"${2:Name}\" {\n  for each contact\n  reentry ${3:after leaving}\n\n  stage ${4:first} \"${5:First}\" {\n    enter when ${6:event}\n  }\n\n  goal final stage ${7:done} \"${8:Done}\" {\n    enter from ${4:first} when ${9:event}\n  }\n}",
        "a funnel with a first stage and a goal",
    ),
    ("event …", "event ${1:name}${2:(${3:property}: ${4:number})} \"${5:Label}\"", "what people do, with what it brings"),
    ("contact …", "contact {\n  ${1:name} : ${2:text}?\n}", "what is known of people"),
    ("message …", "message ${1:name} \"${2:Subject}\" by ${3:email}", "something that is sent"),
    (
        "channel …",
        "channel ${1:email} {\n  needs ${2:consent}\n  at most ${3:3} within ${4:7 days}\n  quiet from ${5:21:00} to ${6:08:00}\n}",
        "how messages go, and when not",
    ),
    ("segment …", "segment ${1:name} \"${2:Label}\" when ${3:condition}", "a group of people, by a condition"),
    ("score …", "score ${1:name} {\n  +${2:5} for ${3:event}\n}", "points for what people do"),
    ("play …", "play ${1:name} {\n  ${0:send welcome}\n}", "steps to be used in several stages"),
    (
        "test …",
        "test \"${1:what is expected}\" for ${2:funnel} {\n  at ${3:2026-03-02} ${4:10:00}\n  ${5:event}\n  expect in ${6:stage}\n}",
        "a test of a funnel",
    ),
];
const FUNNEL: &[Snippet] = &[
    ("stage …", "stage ${1:name} \"${2:Name}\" {\n  enter from ${3:stage} when ${4:event}\n}", "a stage with a door"),
    (
        "goal final stage …",
        "goal final stage ${1:name} \"${2:Name}\" {\n  enter from ${3:stage} when ${4:event}\n}",
        "where success is counted and the run ends",
    ),
    ("guarantee …", "guarantee at most ${1:3} messages within ${2:7 days}", "a promise that is proved or refuted"),
];
const STAGE: &[Snippet] = &[
    ("enter from …", "enter from ${1:stage} when ${2:event}", "a door from another stage"),
    ("enter from … after …", "enter from ${1:stage} after ${2:14 days} without ${3:event}", "a door that opens by itself"),
    ("nurture …", "nurture ${1:name} {\n  ${0:send welcome}\n}", "what people get while they are here"),
    ("leave after …", "leave after ${1:30 days}", "out of the funnel"),
    ("target …", "target ${1:20}% within ${2:60 days}", "how many should come here"),
];
const STEPS: &[Snippet] = &[
    (
        "wait up to … { on … }",
        "wait up to ${1:3 days} {\n  on ${2:clicked} {\n    ${3:stop}\n  }\n  otherwise {\n    ${4:send reminder}\n  }\n}",
        "wait for the first of several",
    ),
    ("wait until … up to …", "wait until ${1:clicked} up to ${2:3 days}", "wait for something, not for ever"),
    ("if … else …", "if ${1:condition} {\n  ${2:send one}\n}\nelse {\n  ${3:send other}\n}", "one way or the other"),
    ("split …", "split ${1:name} {\n  50% ${2:a} { ${3:send one} }\n  50% ${4:b} { ${5:send other} }\n}", "shares of people"),
    ("repeat …", "repeat up to ${1:3} times every ${2:7 days} {\n  ${0:send reminder}\n}", "again, so often at most"),
];
const ARMS: &[Snippet] = &[
    ("on … { }", "on ${1:clicked} {\n  ${0:stop}\n}", "when this comes true first"),
    ("otherwise { }", "otherwise {\n  ${0:stop}\n}", "when nothing came in time"),
];
const SHARES: &[Snippet] = &[
    ("50% … { }", "${1:50}% ${2:name} { ${0:stop} }", "an arm with its share"),
    ("rest … { }", "rest ${1:name} { ${0:stop} }", "the arm for all others"),
];

/// The snippets of a block.
pub(super) fn of(block: Block) -> &'static [Snippet] {
    match block {
        Block::Top => TOP,
        Block::Funnel => FUNNEL,
        Block::Stage => STAGE,
        Block::Steps => STEPS,
        Block::Arms => ARMS,
        Block::Shares => SHARES,
        Block::Contact | Block::Notes | Block::Channel | Block::Message | Block::Score | Block::Test => &[],
    }
}

pub(super) fn offer(block: Block, offers: &mut Offers) {
    of(block).iter().for_each(|(label, insert, about)| offers.snippet(label, insert, about));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fmt, parse, source::FileId};

    /// What stands in the text when every stop is left as it is.
    fn filled(snippet: &str) -> String {
        let mut text = snippet.replace("$0", "");
        while let Some(at) = text.rfind("${") {
            let end = at + text[at..].find('}').expect("a stop ends");
            let inside = text[at + 2..end].split_once(':').map_or("", |(_, inside)| inside).to_owned();
            text.replace_range(at..=end, &inside);
        }
        text
    }

    fn around(block: Block) -> (&'static str, &'static str) {
        match block {
            Block::Funnel => ("funnel f {\n", "\n}\n"),
            Block::Stage => ("funnel f {\nstage s {\n", "\n}\n}\n"),
            Block::Steps => ("play p {\n", "\n}\n"),
            Block::Arms => ("play p {\nwait up to 1 day {\n", "\n}\n}\n"),
            Block::Shares => ("play p {\nsplit s {\n", "\n}\n}\n"),
            Block::Top | Block::Contact | Block::Notes | Block::Channel | Block::Message | Block::Score | Block::Test => ("", "\n"),
        }
    }

    #[test]
    fn every_snippet_parses_and_is_in_the_canonical_layout() {
        for block in [Block::Top, Block::Funnel, Block::Stage, Block::Steps, Block::Arms, Block::Shares] {
            for (label, snippet, _) in of(block) {
                let (before, after) = around(block);
                let text = format!("{before}{}{after}", filled(snippet));
                let parsed = parse::parse(FileId::new(0), &text);
                assert!(parsed.diagnostics.is_empty(), "{label}: {text}\n{:?}", parsed.diagnostics);
                let printed = fmt::print(&parsed.file);
                let flat = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
                assert_eq!(flat(&printed), flat(&text), "{label}");
            }
        }
    }
}

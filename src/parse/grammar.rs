//! The parser that pest derives from `grammar/*.pest`.

use pest::Parser;

#[allow(missing_docs, reason = "the enum of rules is generated")]
mod derived {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/lexical.pest"]
    #[grammar = "../grammar/condition.pest"]
    #[grammar = "../grammar/funnel.pest"]
    #[grammar = "../grammar/recovery.pest"]
    pub struct Grammar;
}

pub(super) use derived::{Grammar, Rule};

/// A pair of the grammar.
pub(super) type Pair<'i> = pest::iterators::Pair<'i, Rule>;
/// The pairs inside one.
pub(super) type Pairs<'i> = pest::iterators::Pairs<'i, Rule>;

/// The pair of a whole file, or how far it could be read.
pub(super) fn file(text: &str) -> Result<Pair<'_>, usize> {
    let mut pairs = Grammar::parse(Rule::file, text).map_err(|error| position(&error))?;
    pairs.next().ok_or(0)
}

/// Where a line stops being what a rule takes, and what could have stood there.
pub(super) struct Failure {
    /// Offset in the line.
    pub at: usize,
    /// The rules tried there.
    pub expected: Vec<Rule>,
}

/// Parses a line alone by one of the `only_*` rules.
pub(super) fn line(rule: Rule, text: &str) -> Result<(), Failure> {
    match Grammar::parse(rule, text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let at = position(&error);
            let expected = match error.variant {
                pest::error::ErrorVariant::ParsingError { positives, .. } => positives,
                pest::error::ErrorVariant::CustomError { .. } => Vec::new(),
            };
            Err(Failure { at, expected })
        }
    }
}

fn position(error: &pest::error::Error<Rule>) -> usize {
    match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    }
}

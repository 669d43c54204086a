//! Test blocks.

use super::{
    Builder, Kids,
    node::{Built, FromBroken},
};
use crate::{
    ast::{Broken, DateTime, Expectation, Given, Spanned, Test, TestItem},
    diag::Diagnostic,
    parse::{
        codes::F005,
        explain::{self, Context},
        grammar::{Pair, Rule},
    },
    source::Span,
    units::Clock,
};

impl FromBroken for TestItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl<'i> Builder<'i> {
    pub fn test(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Test> {
        if kids.peek() != Some(Rule::text) {
            let damage = kids.next_if(Rule::damage).map(|pair| self.span(&pair));
            explain::headless(self, span, damage, Context::Top);
            self.body(kids, Rule::test_block, Context::Test, Self::test_line);
            return None;
        }
        let name = self.quoted(kids, span);
        let funnel = self.ident(kids, span);
        self.header(kids, span, Context::Top);
        Some(Test { name, funnel, body: self.body(kids, Rule::test_block, Context::Test, Self::test_line)? })
    }

    pub fn test_line(&mut self, pair: Pair<'i>, span: Span) -> Built<TestItem> {
        let rule = pair.as_rule();
        let mut inner = Kids::of(pair);
        let kids = &mut inner;
        let built = match rule {
            Rule::given => Some(TestItem::Given(self.given(kids, span))),
            Rule::test_at => self.instant(kids, span).map(TestItem::At),
            Rule::test_after => Some(TestItem::After(self.duration(kids, span))),
            Rule::test_event => {
                let event = self.ident(kids, span);
                Some(TestItem::Event { event, args: self.args(kids) })
            }
            Rule::record_at => {
                let time = self.instant(kids, span)?;
                let event = self.ident(kids, span);
                Some(TestItem::RecordAt { time, event, args: self.args(kids) })
            }
            Rule::expect => self.expectation(kids, span).map(TestItem::Expect),
            Rule::note => Some(TestItem::Note(self.quoted(kids, span))),
            _ => {
                self.internal(span, "a line of a test");
                None
            }
        };
        self.no_more(kids);
        built
    }

    /// A date with a clock time; a date alone is a finding, and means its beginning.
    fn instant(&mut self, kids: &mut Kids<'i>, within: Span) -> Option<Spanned<DateTime>> {
        let Some(pair) = kids.next_if(Rule::moment) else {
            self.internal(within, "a time");
            return None;
        };
        match self.moment(&pair) {
            Err(time) => Some(time),
            Ok(Spanned { span, it }) => {
                self.push(
                    Diagnostic::new(F005, span, format!("`{it}` needs a time of day"))
                        .at("a day without a time")
                        .replace(span, format!("{it} 00:00"), format!("write `{it} 00:00`"))
                        .safely(false),
                );
                Some(Spanned { span, it: DateTime { date: it, clock: Clock::MIDNIGHT, utc: false } })
            }
        }
    }

    fn given(&mut self, kids: &mut Kids<'i>, span: Span) -> Vec<Given> {
        let mut parts = Vec::new();
        while let Some(pair) = kids.next_if_any(&[Rule::given_split, Rule::given_value]) {
            let split = pair.as_rule() == Rule::given_split;
            let mut inner = Kids::of(pair);
            let name = self.ident(&mut inner, span);
            self.equals(&mut inner);
            parts.push(if split {
                Given::Split { split: name, arm: self.ident(&mut inner, span) }
            } else {
                Given::Attribute { attribute: name, value: self.value(&mut inner) }
            });
            self.no_more(&mut inner);
        }
        parts
    }

    fn expectation(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Expectation> {
        let pair = kids.next()?;
        let rule = pair.as_rule();
        let mut inner = Kids::of(pair);
        let kids = &mut inner;
        let not = kids.next_if(Rule::negated).is_some();
        let built = match rule {
            Rule::expect_outside => Expectation::Outside,
            Rule::expect_in => {
                let stage = self.ident(kids, span);
                Expectation::In { not, stage, key: self.quoted_if(kids) }
            }
            Rule::expect_sent => {
                let message = self.ident(kids, span);
                let args = self.args(kids);
                let times = (kids.peek() == Some(Rule::count)).then(|| self.count(kids, span));
                Expectation::Sent { not, message, args, times }
            }
            Rule::expect_did => {
                let action = self.ident(kids, span);
                Expectation::Did { not, action, args: self.args(kids) }
            }
            Rule::expect_named => {
                let name = self.ident(kids, span);
                match kids.peek() {
                    Some(Rule::held) => {
                        let mut held = Kids::new(kids.next()?.into_inner());
                        Expectation::Held { message: name, until: self.clock(&mut held, span) }
                    }
                    Some(Rule::capped) => {
                        kids.next();
                        Expectation::Capped { message: name }
                    }
                    Some(Rule::finished) => {
                        kids.next();
                        Expectation::Finished { play: name }
                    }
                    _ => {
                        self.equals(kids);
                        Expectation::Attribute { attribute: name, value: self.value(kids) }
                    }
                }
            }
            _ => {
                self.internal(span, "an expectation");
                return None;
            }
        };
        self.no_more(kids);
        Some(built)
    }
}

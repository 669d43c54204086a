//! A test, line by line.

use super::{Case, Fault, Row, Stage, Told, Verdict, expect, value};
use crate::{
    ast::{Arg, DateTime, Given, Ident, Node, TestItem},
    fmt,
    ruleset::{Property, RuleSet},
    runtime::{Collected, Engine, Options, Outcome, Raw, Record, SendOutcome, Value, What},
    source::Span,
    story,
};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The contact of every test.
pub(super) const WHO: &str = "somebody";

/// A test that is being played.
pub(super) struct Playing<'s, 'r> {
    pub rules: &'r RuleSet,
    pub engine: Engine<'r>,
    pub sink: Collected,
    pub funnel: &'s str,
    /// The present instant, once the test has begun.
    pub now_ms: Option<i64>,
    /// An `expect` has let the timers of this instant run.
    asked: bool,
    given: BTreeMap<String, Value>,
    begun_in: Option<TimeZone>,
    records: u64,
    rows: Vec<Row>,
    faults: Vec<Fault>,
}

/// What a line that cannot be played ends with.
struct Unplayable;

pub(super) fn play(stage: &Stage<'_>, case: &Case) -> Verdict {
    let items = &case.test.body.items;
    let options =
        Options { forced_arms: arms(items), lateness_ms: stage.lateness_ms, keeps_trail: stage.keeps_trail, ..Options::default() };
    let mut playing = Playing {
        rules: stage.rules,
        engine: Engine::over(&stage.prepared, options),
        sink: Collected::default(),
        funnel: &case.test.funnel.text,
        now_ms: None,
        asked: false,
        given: BTreeMap::new(),
        begun_in: None,
        records: 0,
        rows: Vec::new(),
        faults: Vec::new(),
    };
    for node in items {
        if playing.line(node).is_err() {
            break;
        }
    }
    playing.verdict(case)
}

/// The arms that splits draw.
fn arms(items: &[Node<TestItem>]) -> BTreeMap<String, String> {
    let parts = items.iter().filter_map(|node| if let TestItem::Given(parts) = &node.it { Some(parts) } else { None }).flatten();
    let arm = |part: &Given| match part {
        Given::Split { split, arm } => Some((split.text.to_string(), arm.text.to_string())),
        Given::Attribute { .. } => None,
    };
    parts.filter_map(arm).collect()
}

impl Playing<'_, '_> {
    /// The contact's zone now.
    pub fn zone(&self) -> TimeZone {
        let own = self.engine.attribute(WHO, "timezone").or_else(|| self.given.get("timezone"));
        let name = own.and_then(Value::as_text).unwrap_or(&self.rules.timezone);
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }

    fn line(&mut self, node: &Node<TestItem>) -> Result<(), Unplayable> {
        let span = node.span;
        match &node.it {
            TestItem::Given(parts) => self.given(parts, span),
            TestItem::At(time) => self.at(time.it, span),
            TestItem::After(duration) => self.after(duration.it.milliseconds(), span),
            TestItem::Event { event, args } => {
                let now_ms = self.ready(span)?;
                self.happen(&node.it, event, args.as_ref(), now_ms, now_ms)
            }
            TestItem::RecordAt { time, event, args } => {
                let now_ms = self.ready(span)?;
                let at_ms = self.instant(time.it, time.span)?;
                if at_ms > now_ms {
                    let help = "move the clock there with `at`, or take an earlier time";
                    return self.unplayable(time.span, "a record that arrives late lies before the present instant", Some(help));
                }
                self.happen(&node.it, event, args.as_ref(), at_ms, now_ms)
            }
            TestItem::Expect(expectation) => {
                self.begun(span)?;
                self.engine.run_due(&mut self.sink);
                self.asked = true;
                let found = expect::check(self, expectation);
                let words = fmt::test_line(&node.it).strip_prefix("expect ").unwrap_or_default().to_owned();
                let at_ms = self.now_ms.unwrap_or_default();
                self.rows.push(Row { at_ms, what: Told::Expected { words, span, holds: found.is_ok() } });
                if let Err(words) = found {
                    self.faults.push(Fault { span, words, help: None });
                }
                Ok(())
            }
            TestItem::Note(_) | TestItem::Broken(_) => Ok(()),
        }
    }

    fn unplayable<T>(&mut self, span: Span, words: &str, help: Option<&'static str>) -> Result<T, Unplayable> {
        self.faults.push(Fault { span, words: words.to_owned(), help });
        Err(Unplayable)
    }

    fn instant(&mut self, time: DateTime, span: Span) -> Result<i64, Unplayable> {
        let zone = self.zone();
        match value::instant(time, &zone) {
            Some(at_ms) => Ok(at_ms),
            None => self.unplayable(span, "this is no instant that the calendar knows", None),
        }
    }

    /// The present instant; a test must have begun.
    fn begun(&mut self, span: Span) -> Result<i64, Unplayable> {
        match self.now_ms {
            Some(now_ms) => Ok(now_ms),
            None => self.unplayable(
                span,
                "this test does not say when it begins",
                Some("write `at 2026-03-02 10:00`, or another time, before the first line in which something happens"),
            ),
        }
    }

    /// The present instant, at which something is to happen.
    fn ready(&mut self, span: Span) -> Result<i64, Unplayable> {
        let now_ms = self.begun(span)?;
        if self.asked {
            let words = "the timers of this instant have run already, since an `expect` stands before this line";
            return self.unplayable(span, words, Some("let time pass with `after` or `at` before it, or move the `expect` behind it"));
        }
        Ok(now_ms)
    }

    fn given(&mut self, parts: &[Given], span: Span) -> Result<(), Unplayable> {
        for part in parts {
            let Given::Attribute { attribute, value: written } = part else { continue };
            if self.now_ms.is_some() {
                let help = "put it before the first `at`; later, attributes change by `identify`";
                return self.unplayable(span, "`given` says what is known before the test begins", Some(help));
            }
            let ty = self.rules.attributes.iter().find(|it| it.name == attribute.text).map(|it| &it.ty);
            let zone = self.zone();
            match ty.and_then(|ty| value::value(written, ty, &zone)) {
                Some(value) => drop(self.given.insert(attribute.text.to_string(), value)),
                None => return self.unknown_value(written.span),
            }
        }
        Ok(())
    }

    fn unknown_value<T>(&mut self, span: Span) -> Result<T, Unplayable> {
        self.unplayable(span, "a test hands over values that stand in it, and this is none", Some("write the value itself"))
    }

    fn at(&mut self, time: DateTime, span: Span) -> Result<(), Unplayable> {
        let at_ms = self.instant(time, span)?;
        match self.now_ms {
            Some(now_ms) if at_ms < now_ms => self.unplayable(span, "time goes forward only, and it is later than this already", None),
            Some(_) => {
                self.go_to(at_ms);
                Ok(())
            }
            None => {
                // One tick before, so that no door opens by what is given.
                self.begun_in = Some(self.zone());
                self.engine.advance(at_ms.saturating_sub(1), &mut self.sink);
                let given = std::mem::take(&mut self.given);
                if !given.is_empty() {
                    self.engine.give(WHO, &given);
                }
                self.go_to(at_ms);
                Ok(())
            }
        }
    }

    fn after(&mut self, ms: i64, span: Span) -> Result<(), Unplayable> {
        let now_ms = self.begun(span)?;
        if ms <= 0 {
            return self.unplayable(span, "no time passes here", Some("take this line out, or write how long"));
        }
        self.go_to(now_ms.saturating_add(ms));
        Ok(())
    }

    fn go_to(&mut self, at_ms: i64) {
        self.asked &= self.now_ms == Some(at_ms);
        self.engine.advance(at_ms, &mut self.sink);
        self.now_ms = Some(at_ms);
    }

    fn happen(&mut self, item: &TestItem, event: &Ident, args: Option<&Vec<Arg>>, at_ms: i64, now_ms: i64) -> Result<(), Unplayable> {
        let zone = self.zone();
        let arguments = match value::arguments(args, &self.properties(&event.text), &zone) {
            Ok(arguments) => arguments,
            Err(span) => return self.unknown_value(span),
        };
        self.rows.push(Row { at_ms: now_ms, what: Told::Happening(fmt::test_line(item)) });
        self.records += 1;
        let record = Record {
            time_ms: at_ms,
            contact: WHO.to_owned(),
            event: event.text.to_string(),
            properties: arguments.iter().map(|(name, value)| (name.clone(), Raw::from(value))).collect(),
            id: None,
            position: self.records,
        };
        let before = self.sink.set_aside.len();
        self.engine.push(&record, &mut self.sink);
        let aside: Vec<String> = self.sink.set_aside.iter().skip(before).map(|it| format!("is set aside: {}", it.detail)).collect();
        self.rows.extend(aside.into_iter().map(|words| Row { at_ms: now_ms, what: Told::Deed(words) }));
        Ok(())
    }

    /// What an event carries; `identify` carries attributes.
    fn properties(&self, event: &str) -> Vec<Property> {
        if event == "identify" {
            let property = |it: &crate::ruleset::Attribute| Property { name: it.name.clone(), ty: it.ty.clone(), optional: it.optional };
            return self.rules.attributes.iter().map(property).collect();
        }
        self.rules.events.iter().find(|it| it.name == event).map(|it| it.properties.clone()).unwrap_or_default()
    }

    fn verdict(mut self, case: &Case) -> Verdict {
        let zone = self.begun_in.clone().unwrap_or_else(|| self.zone());
        let outcomes = &self.sink.outcomes;
        let deeds = deeds(outcomes, self.funnel, &zone);
        self.rows.extend(deeds.into_iter().map(|(at_ms, words)| Row { at_ms, what: Told::Deed(words) }));
        // In one instant what comes from outside stands first, and what is asked last.
        self.rows.sort_by_key(|row| {
            let rank = match &row.what {
                Told::Happening(_) => 0,
                Told::Deed(_) => 1,
                Told::Expected { .. } => 2,
            };
            (row.at_ms, rank)
        });
        let trail = self.engine.trail().marks().map(|(id, arm, times)| (id.to_owned(), arm, times)).collect();
        let sent = outcomes.iter().filter_map(|it| match &it.what {
            What::Send { message, outcome: SendOutcome::Sent, .. } => Some(message.clone()),
            _ => None,
        });
        let sent = sent.collect();
        Verdict {
            name: case.test.name.value.to_string(),
            repetition: None,
            funnel: self.funnel.to_owned(),
            span: case.span,
            who: who(&case.test.body.items),
            zone,
            rows: self.rows,
            faults: self.faults,
            trail,
            sent,
        }
    }
}

/// What the funnels did, in words; where others than this one act, each is named.
pub(super) fn deeds(outcomes: &[Outcome], funnel: &str, zone: &TimeZone) -> Vec<(i64, String)> {
    let several = outcomes.iter().any(|it| it.funnel != funnel);
    let deed = |outcome: &Outcome| {
        let moment = story::in_words(outcome, several, zone)?;
        let key = outcome.key.as_ref().map_or_else(String::new, |key| format!(" for \"{key}\""));
        Some((moment.at_ms, moment.text + &key))
    };
    outcomes.iter().filter_map(deed).collect()
}

/// Who a test is about.
fn who(items: &[Node<TestItem>]) -> String {
    let given = items.iter().filter(|node| matches!(node.it, TestItem::Given(_)));
    let parts: Vec<String> = given.map(|node| fmt::test_line(&node.it).strip_prefix("given ").unwrap_or_default().to_owned()).collect();
    if parts.is_empty() { WHO.to_owned() } else { format!("{WHO} with {}", parts.join(", ")) }
}

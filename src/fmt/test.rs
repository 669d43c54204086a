//! Test blocks.

use super::{
    expression::{args, how_often, list, moment, quoted, value},
    layout::{Line, Printer},
};
use crate::ast::{Comment, Expectation, Given, TestItem};

impl Printer {
    pub(super) fn test_item(&mut self, item: &TestItem, after: Option<&Comment>) {
        match item {
            TestItem::Broken(broken) => self.raw(&broken.text, after),
            TestItem::Given(_)
            | TestItem::At(_)
            | TestItem::After(_)
            | TestItem::Event { .. }
            | TestItem::RecordAt { .. }
            | TestItem::Expect(_)
            | TestItem::Note(_) => self.line(&Line::new(line(item)), after),
        }
    }
}

/// A line of a test.
pub(super) fn line(item: &TestItem) -> String {
    match item {
        TestItem::Given(parts) => format!("given {}", list(parts, given)),
        TestItem::At(time) => format!("at {}", moment(time.it)),
        TestItem::After(duration) => format!("after {}", duration.it),
        TestItem::Event { event, args: given } => format!("{}{}", event.text, args(given.as_ref())),
        TestItem::RecordAt { time, event, args: given } => {
            format!("record at {} {}{}", moment(time.it), event.text, args(given.as_ref()))
        }
        TestItem::Expect(it) => format!("expect {}", expectation(it)),
        TestItem::Note(text) => format!("note {}", quoted(&text.value)),
        TestItem::Broken(broken) => broken.text.to_string(),
    }
}

fn given(part: &Given) -> String {
    match part {
        Given::Attribute { attribute, value: it } => format!("{} = {}", attribute.text, value(it)),
        Given::Split { split, arm } => format!("split {} = {}", split.text, arm.text),
    }
}

fn expectation(it: &Expectation) -> String {
    let negated = |not: &bool| if *not { "not " } else { "" };
    match it {
        Expectation::In { not, stage, key } => {
            let key = key.as_ref().map_or_else(String::new, |key| format!(" for {}", quoted(&key.value)));
            format!("{}in {}{key}", negated(not), stage.text)
        }
        Expectation::Outside => "outside".to_owned(),
        Expectation::Sent { not, message, args: given, times } => {
            let times = times.as_ref().map_or_else(String::new, |times| format!(" {}", how_often(times.it)));
            format!("{}sent {}{}{times}", negated(not), message.text, args(given.as_ref()))
        }
        Expectation::Held { message, until } => format!("{} held until {}", message.text, until.it),
        Expectation::Capped { message } => format!("{} capped", message.text),
        Expectation::Attribute { attribute, value: it } => format!("{} = {}", attribute.text, value(it)),
        Expectation::Did { not, action, args: given } => format!("{}did {}{}", negated(not), action.text, args(given.as_ref())),
        Expectation::Finished { play } => format!("{} finished", play.text),
    }
}

//! Steps.

use super::{
    expression::{args, how_often, instant, value},
    layout::{Line, Printer},
};
use crate::ast::{Arg, Arm, Block, Comment, Ident, PastWait, SplitArm, SplitShare, Step, Wait};

impl Printer {
    pub(super) fn step(&mut self, step: &Step, after: Option<&Comment>) {
        match step {
            Step::Note(text) => self.note(text, after),
            Step::Broken(broken) => self.raw(&broken.text, after),
            Step::If { branches, otherwise } => {
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        self.next_line();
                    }
                    let line = Line::new(if index > 0 { "else" } else { "" }).condition("if", &branch.when);
                    self.block(&line, &branch.body, after.filter(|_| index == 0), Self::step);
                }
                if let Some(body) = otherwise {
                    self.next_line();
                    self.block(&Line::new("else"), body, None, Self::step);
                }
            }
            Step::Wait(Wait::Arms(it)) => self.block(&head(step), &it.arms, after, Self::arm),
            Step::Split(it) => {
                let pad = self.split_width(&it.arms);
                let outer = std::mem::replace(&mut self.pad, pad);
                self.block(&head(step), &it.arms, after, Self::split_arm);
                self.pad = outer;
            }
            Step::Repeat(it) => self.block(&head(step), &it.body, after, Self::step),
            Step::Send { .. }
            | Step::Do { .. }
            | Step::Wait(_)
            | Step::Set { .. }
            | Step::Add { .. }
            | Step::Remove { .. }
            | Step::Record { .. }
            | Step::Stop
            | Step::Formerly(_) => self.line(&head(step), after),
        }
    }

    /// How wide the arms of a split are made: aligned where each stands on one line.
    fn split_width(&self, arms: &Block<SplitArm>) -> usize {
        let mut widest = 0;
        for node in &arms.items {
            if let SplitArm::Share { share, name, .. } = &node.it {
                widest = widest.max(share_name(*share, name).chars().count());
            }
        }
        let aligned = arms.items.iter().all(|node| match &node.it {
            SplitArm::Share { share, name, body } => {
                let line = Line::new(format!("{:widest$}", share_name(*share, name)));
                let bare = node.trivia.as_ref().is_none_or(|trivia| trivia.damaged.is_none());
                bare && self.fits(&line, body, Self::step)
            }
            SplitArm::Broken(_) => false,
        });
        if aligned { widest } else { 0 }
    }

    fn arm(&mut self, arm: &Arm, after: Option<&Comment>) {
        match arm {
            Arm::On { when, body } => self.block(&Line::default().condition("on", when), body, after, Self::step),
            Arm::Otherwise { body } => self.block(&Line::new("otherwise"), body, after, Self::step),
            Arm::Broken(broken) => self.raw(&broken.text, after),
        }
    }

    fn split_arm(&mut self, arm: &SplitArm, after: Option<&Comment>) {
        match arm {
            SplitArm::Share { share, name, body } => {
                let line = Line::new(self.padded(&share_name(*share, name)));
                self.block(&line, body, after, Self::step);
            }
            SplitArm::Broken(broken) => self.raw(&broken.text, after),
        }
    }
}

fn share_name(share: SplitShare, name: &Ident) -> String {
    match share {
        SplitShare::Part(share) => format!("{} {}", share.it, name.text),
        SplitShare::Rest(_) => format!("rest {}", name.text),
    }
}

/// The first line of a step, without its blocks.
pub(super) fn head(step: &Step) -> Line {
    match step {
        Step::Send { message, args, alias } => Line::new(asked("send", message, args.as_ref(), alias.as_ref())),
        Step::Do { action, args, alias } => Line::new(asked("do", action, args.as_ref(), alias.as_ref())),
        Step::Record { event, args } => Line::new(asked("record", event, args.as_ref(), None)),
        Step::Wait(wait) => wait_line(wait),
        Step::If { branches, .. } => match branches.first() {
            Some(branch) => Line::default().condition("if", &branch.when),
            None => Line::new("if"),
        },
        Step::Split(it) => Line::new(format!("split {}", it.name.text)),
        Step::Repeat(it) => {
            let times = it.times.as_ref().map_or_else(String::new, |times| format!(" up to {}", how_often(times.it)));
            let line = Line::new(format!("repeat{times} every {}", it.every.it));
            match &it.until {
                Some(until) => line.condition("until", until),
                None => line,
            }
        }
        Step::Set { attribute, value: to } => Line::new(format!("set {} = {}", attribute.text, value(to))),
        Step::Add { value: it, attribute } => Line::new(format!("add {} to {}", value(it), attribute.text)),
        Step::Remove { value: it, attribute } => Line::new(format!("remove {} from {}", value(it), attribute.text)),
        Step::Stop => Line::new("stop"),
        Step::Note(text) => Line::new(format!("note {}", super::expression::quoted(&text.value))),
        Step::Formerly(name) => Line::new(format!("formerly {}", name.text)),
        Step::Broken(broken) => Line::new(broken.text.as_str()),
    }
}

fn asked(word: &str, name: &Ident, given: Option<&Vec<Arg>>, alias: Option<&Ident>) -> String {
    let alias = alias.map_or_else(String::new, |alias| format!(" as {}", alias.text));
    format!("{word} {}{}{alias}", name.text, args(given))
}

fn wait_line(wait: &Wait) -> Line {
    match wait {
        Wait::For(duration) => Line::new(format!("wait {}", duration.it)),
        Wait::CalendarDays(days) => Line::new(format!("wait {} calendar {}", days.it, if days.it == 1 { "day" } else { "days" })),
        Wait::Clock { weekday: Some(weekday), at } => Line::new(format!("wait until {} at {}", weekday.it.word(), at.it)),
        Wait::Clock { weekday: None, at } => Line::new(format!("wait until {}", at.it)),
        Wait::Instant { instant: it, past } => {
            let past = match past.as_ref().map(|past| past.it) {
                None => "",
                Some(PastWait::Skip) => ", if past skip",
                Some(PastWait::Stop) => ", if past stop",
            };
            Line::new(format!("wait until {}{past}", instant(it)))
        }
        Wait::Until { condition, up_to } => {
            let up_to = up_to.as_ref().map_or_else(String::new, |up_to| format!(" up to {}", up_to.it));
            Line::new("wait").condition("until", condition).text(up_to)
        }
        Wait::Arms(it) => {
            let up_to = it.up_to.as_ref().map_or_else(String::new, |up_to| format!(" up to {}", up_to.it));
            Line::new(format!("wait{up_to}"))
        }
    }
}

//! Funnels, stages, doors.

use super::{
    declaration::head,
    expression::{args, event, list, quoted},
    layout::{Line, Printer},
};
use crate::ast::{After, Comment, Enter, FunnelItem, Leave, Nurture, NurtureStart, Reentry, ReentryKind, Source, Stage, StageItem};

impl Printer {
    pub(super) fn funnel_item(&mut self, item: &FunnelItem, after: Option<&Comment>) {
        let line = match item {
            FunnelItem::Note(text) => return self.note(text, after),
            FunnelItem::Broken(broken) => return self.raw(&broken.text, after),
            FunnelItem::Stage(it) => return self.stage(it, after),
            FunnelItem::Formerly(name) => Line::new(format!("formerly {}", name.text)),
            FunnelItem::ForEach { key } => {
                let key = key.as_ref().map_or_else(String::new, |key| format!(" and {}", key.text));
                Line::new(format!("for each contact{key}"))
            }
            FunnelItem::Reentry(it) => Line::new(reentry(it)),
            FunnelItem::Leave(it) => leave(it),
            FunnelItem::Guarantee(it) => Line::new(super::guarantee::guarantee(it)),
            FunnelItem::Assume(it) => Line::new(super::guarantee::assume(it)),
        };
        self.line(&line, after);
    }

    fn stage(&mut self, it: &Stage, after: Option<&Comment>) {
        let goal = if it.goal.is_some() { "goal " } else { "" };
        let last = if it.is_final.is_some() { "final " } else { "" };
        let line = Line::new(head(&format!("{goal}{last}stage"), &it.head));
        self.optional(&line, it.body.as_ref(), after, Self::stage_item);
    }

    fn stage_item(&mut self, item: &StageItem, after: Option<&Comment>) {
        let line = match item {
            StageItem::Note(text) => return self.note(text, after),
            StageItem::Broken(broken) => return self.raw(&broken.text, after),
            StageItem::Nurture(it) => return self.optional(&nurture(it), it.body.as_ref(), after, Self::step),
            StageItem::Formerly(name) => Line::new(format!("formerly {}", name.text)),
            StageItem::Enter(it) => enter(it),
            StageItem::Leave(it) => leave(it),
            StageItem::VisitsAtMost(count) => Line::new(format!("visits at most {}", count.it)),
            StageItem::Feeds { stage, by } => Line::new(format!("feeds {} by {}", super::guarantee::stage(stage), by.text)),
            StageItem::Target(it) => {
                let of = it.of.as_ref().map_or_else(String::new, |of| format!(" of {}", of.text));
                Line::new(format!("target {}{of} within {}", it.share.it, it.within.it))
            }
            StageItem::OpenTo(channels) => Line::new(format!("open to {}", list(channels, |name| name.text.to_string()))),
        };
        self.line(&line, after);
    }
}

fn reentry(it: &Reentry) -> String {
    match &it.kind {
        ReentryKind::Never => "reentry never".to_owned(),
        ReentryKind::AfterLeaving => "reentry after leaving".to_owned(),
        ReentryKind::DelayAfterLeaving(delay) => format!("reentry {} after leaving", delay.it),
        ReentryKind::DelayAfterStarting(delay) => format!("reentry {} after starting", delay.it),
        ReentryKind::Restart(stages) => format!("reentry restart from {}", list(stages, |name| name.text.to_string())),
    }
}

fn after_text(it: Option<&After>) -> String {
    it.map_or_else(String::new, |after| {
        let without = after.without.as_ref().map_or_else(String::new, |matched| format!(" without {}", event(matched)));
        format!(" after {}{without}", after.delay.it)
    })
}

pub(super) fn enter(it: &Enter) -> Line {
    let source = match &it.source {
        Source::Outside => String::new(),
        Source::Stages(stages) => format!(" from {}", list(stages, |name| name.text.to_string())),
        Source::Anywhere { or_outside: true, .. } => " from anywhere or outside".to_owned(),
        Source::Anywhere { .. } => " from anywhere".to_owned(),
    };
    let line = Line::new(format!("enter{source}{}", after_text(it.after.as_ref())));
    match &it.when {
        Some(when) => line.condition("when", when),
        None => line,
    }
}

pub(super) fn leave(it: &Leave) -> Line {
    let line = Line::new(format!("leave{}", after_text(it.after.as_ref())));
    match &it.when {
        Some(when) => line.condition("when", when),
        None => line,
    }
}

fn nurture(it: &Nurture) -> Line {
    let label = it.label.as_ref().map_or_else(String::new, |label| format!(" {}", quoted(&label.value)));
    let alias = it.alias.as_ref().map_or_else(String::new, |alias| format!(" as {}", alias.text));
    let line = Line::new(format!("nurture {}{}{label}{alias}", it.name.text, args(it.args.as_ref())));
    match &it.start {
        NurtureStart::Entry => line,
        NurtureStart::When(condition) => line.condition("when", condition),
        NurtureStart::EachTime(condition) => line.condition("each time", condition),
    }
}

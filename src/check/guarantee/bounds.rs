//! What is certain of a funnel without being asked: how long people stay, and how many messages they get at most.
//!
//! The same bounds that guarantees are proved by. Nothing stands where no bound is known.

use super::{
    Judge,
    points::Setting,
    reach::{Reaching, Until},
    route::are_few,
    spans::NEVER,
};
use crate::{
    check::context::Context,
    model::{ChannelId, FunnelId, MessageId},
    units::Duration,
};
use smol_str::SmolStr;
use std::collections::BTreeSet;

const DAY_MS: i64 = 86_400_000;

/// A day, a week, thirty days.
pub const WINDOWS_MS: [i64; 3] = [DAY_MS, 7 * DAY_MS, 30 * DAY_MS];

/// More messages than this count as no bound.
const COUNT_MAX: usize = 40;

/// What is certain of a funnel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The funnel; nothing for all of a program together.
    pub funnel: Option<SmolStr>,
    /// The longest visit of each stage, in milliseconds.
    pub stages: Vec<(SmolStr, Option<i64>)>,
    /// The longest run.
    pub run_ms: Option<i64>,
    /// The most messages to one contact in a day, a week and thirty days, by channel.
    pub messages: Vec<(SmolStr, [Option<usize>; 3])>,
}

impl Bounds {
    /// Whether anything is to be said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty() && self.messages.is_empty()
    }

    /// The longest visit of a stage in words; nothing for a stage of another funnel.
    #[must_use]
    pub fn stay(&self, stage: &str) -> Option<String> {
        self.stages.iter().find(|(name, _)| name == stage).map(|(_, most)| length(*most))
    }

    /// The longest visit of a stage in words, where one is known and takes time.
    #[must_use]
    pub fn proved_stay(&self, stage: &str) -> Option<String> {
        let (_, most) = self.stages.iter().find(|(name, _)| name == stage)?;
        most.filter(|ms| *ms > 0).map(|ms| length(Some(ms)))
    }

    /// The longest run in words.
    #[must_use]
    pub fn run(&self) -> String {
        length(self.run_ms)
    }

    /// How many messages one contact gets at most, a line for each channel.
    #[must_use]
    pub fn message_lines(&self) -> Vec<String> {
        let count = |most: Option<usize>| most.map_or("any number".to_owned(), |most| most.to_string());
        let line = |(channel, [day, week, month]): &(SmolStr, [Option<usize>; 3])| {
            let by = if channel == "all" { "messages".to_owned() } else { format!("messages by {channel}") };
            format!("{by} to one contact: {} in a day, {} in a week, {} in 30 days", count(*day), count(*week), count(*month))
        };
        self.messages.iter().map(line).collect()
    }
}

fn length(ms: Option<i64>) -> String {
    ms.map_or("no end that is known".to_owned(), |ms| Duration::from_milliseconds(ms).to_string())
}

/// The bounds of each funnel, and of all together where there are several; none where there are too many ways to follow.
pub fn bounds(context: &Context<'_>) -> Vec<Bounds> {
    let model = context.model;
    if !are_few(context) {
        return Vec::new();
    }
    let mut all: Vec<Bounds> = model.funnels.ids().map(|id| of_funnel(context, id)).collect();
    if all.len() > 1 {
        all.push(Bounds { funnel: None, stages: Vec::new(), run_ms: None, messages: messages(context, None) });
    }
    all
}

fn of_funnel(context: &Context<'_>, id: FunnelId) -> Bounds {
    let (model, grounds) = (context.model, context.grounds());
    let funnel = &model.funnels[id];
    let stages = funnel.stages.iter().map(|stage| (model.stages[*stage].name.text.clone(), grounds.stays.most(*stage))).collect();
    let setting = Setting::new(model, &context.facts);
    let (routes, stays, counters) = (&grounds.routes, &grounds.stays, grounds.counters(id));
    let reaching = Reaching { setting, counters, routes, stays, until: Until::Over };
    let doors = grounds.routes.entering(id).iter().filter_map(|hop| hop.to);
    let run_ms = doors.map(|to| reaching.longest(to, &[]).ok().map(|longest| longest.ms)).reduce(|a, b| Some(a?.max(b?))).flatten();
    Bounds { funnel: Some(funnel.name.text.clone()), stages, run_ms, messages: messages(context, Some(id)) }
}

fn messages(context: &Context<'_>, funnel: Option<FunnelId>) -> Vec<(SmolStr, [Option<usize>; 3])> {
    let model = context.model;
    let judge = Judge::new(context, context.grounds(), None);
    let most = |messages: &BTreeSet<MessageId>| {
        let spans = judge.count_in(funnel, messages, COUNT_MAX + 1, None).ok()?.spans;
        // What is never sent is not worth a line.
        (spans.least(1) != NEVER).then(|| WINDOWS_MS.map(|window| Some(spans.within(window)).filter(|most| *most <= COUNT_MAX)))
    };
    let of_channel = |channel: ChannelId| -> BTreeSet<MessageId> {
        model.messages.ids().filter(|id| model.messages[*id].channel == Some(channel) && !model.messages[*id].transactional).collect()
    };
    let by_channel = model.channels.iter().filter_map(|(id, channel)| Some((channel.name.text.clone(), most(&of_channel(id))?)));
    let mut lines: Vec<(SmolStr, [Option<usize>; 3])> = by_channel.collect();
    if lines.len() > 1 {
        let all: BTreeSet<MessageId> = model.messages.ids().filter(|id| !model.messages[*id].transactional).collect();
        lines.extend(most(&all).map(|most| (SmolStr::new_static("all"), most)));
    }
    lines
}

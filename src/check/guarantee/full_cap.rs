//! F709: a message can find the cap of its channel full.

use super::{super::context::Context, Judge, decide::time, route::are_few, spans::NEVER};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{Cap, ChannelId, MessageId, Model},
};
use smol_str::SmolStr;
use std::collections::BTreeSet;

pub const CODE: Code = Code::information("F709", "a send can meet its channel's cap");

/// Caps of more messages than this are not counted out.
const COUNT_MAX: u32 = 60;

/// How soon one part of a program may ask for messages by a channel that has a cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Haste {
    channel: SmolStr,
    cap: Cap,
    /// The least time between the first and the last of so many, in milliseconds; nothing for none.
    least_ms: Vec<i64>,
}

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    found.extend(findings(context.model, &[haste(context)]));
}

/// How soon the funnels of a model may ask for messages, for each cap.
pub fn haste(context: &Context<'_>) -> Vec<Haste> {
    let mut all = Vec::new();
    if context.model.channels.values().all(|channel| channel.caps.is_empty()) || !are_few(context) {
        return all;
    }
    for (id, channel) in context.model.channels.iter() {
        for cap in channel.caps.iter().filter(|cap| cap.count <= COUNT_MAX) {
            let least_ms = least_times(context, id, cap);
            all.extend(least_ms.map(|least_ms| Haste { channel: channel.name.text.clone(), cap: *cap, least_ms }));
        }
    }
    all
}

/// The caps that may be found full, by parts of a program that know nothing of each other: any two of them may send at any
/// time, at the same one too.
pub fn findings(model: &Model, parts: &[Vec<Haste>]) -> Diagnostics {
    let mut found = Diagnostics::new();
    for channel in model.channels.values() {
        let Some(span) = channel.name.span else { continue };
        for cap in channel.caps.iter().filter(|cap| cap.count <= COUNT_MAX) {
            let of_cap = |it: &&Haste| it.channel == channel.name.text && it.cap == *cap;
            let parts = parts.iter().flat_map(|part| part.iter().filter(of_cap).take(1));
            let least = parts.map(|it| it.least_ms.clone()).reduce(|one, other| together(&one, &other));
            let Some(least) = least.and_then(|least| least.last().copied()) else { continue };
            if least == NEVER || least >= cap.within_ms {
                continue;
            }
            let next = cap.count + 1;
            let how = if least == 0 { "at one time".to_owned() } else { format!("within {}", time(least)) };
            let finding =
                Diagnostic::new(CODE, span, format!("a message by `{}` can find the cap full: it is then skipped", channel.name.text))
                    .at(format!("at most {} within {}", cap.count, time(cap.within_ms)))
                    .note(format!("{next} may be asked for {how}, as far as can be told"))
                    .help("put more time between the messages, or let nothing that matters hang on one of them");
            found.push(finding);
        }
    }
    found
}

/// The least time for each number of messages, from none to one more than the cap lets through.
fn least_times(context: &Context<'_>, id: ChannelId, cap: &Cap) -> Option<Vec<i64>> {
    let model = context.model;
    let is_counted = |it: &MessageId| model.messages[*it].channel == Some(id) && !model.messages[*it].transactional;
    let messages: BTreeSet<MessageId> = model.messages.ids().filter(is_counted).collect();
    let depth = usize::try_from(cap.count).ok()?.checked_add(1)?;
    let counts = Judge::new(context, context.grounds(), None).count(&messages, depth).ok()?;
    Some((0..=depth).map(|number| if number == 0 { 0 } else { counts.without_caps.least(number) }).collect())
}

/// The least times of two that may send at any time: so many of the one, and the rest of the other.
fn together(one: &[i64], other: &[i64]) -> Vec<i64> {
    let least = |number: usize| (0..=number).filter_map(|of_one| Some(*one.get(of_one)?.max(other.get(number - of_one)?))).min();
    (0..one.len().max(other.len())).map(|number| least(number).unwrap_or(NEVER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_share_what_is_asked_for() {
        // Two of the one need a day, two of the other a week; three never come of one alone.
        let (one, other) = ([0, 0, 1, NEVER], [0, 0, 7, NEVER]);
        assert_eq!(together(&one, &other), [0, 0, 0, 1]);
        assert_eq!(together(&one, &[0, NEVER, NEVER, NEVER]), [0, 0, 1, NEVER]);
    }
}

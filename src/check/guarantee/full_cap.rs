//! F709: a message can find the cap of its channel full.

use super::{super::context::Context, Judge, decide::time, spans::NEVER};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{Cap, ChannelId, MessageId},
};
use std::collections::BTreeSet;

pub const CODE: Code = Code::information("F709", "a send can meet its channel's cap");

/// Caps of more messages than this are not counted out.
const COUNT_MAX: u32 = 60;

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for (id, channel) in context.model.channels.iter() {
        let Some(span) = channel.name.span else { continue };
        for cap in channel.caps.iter().filter(|cap| cap.count <= COUNT_MAX) {
            let Some(least) = least_time(context, id, cap) else { continue };
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
}

/// The least time in which one more may be asked for than the cap lets through, if that is in its time.
fn least_time(context: &Context<'_>, id: ChannelId, cap: &Cap) -> Option<i64> {
    let model = context.model;
    let is_counted = |it: &MessageId| model.messages[*it].channel == Some(id) && !model.messages[*it].transactional;
    let messages: BTreeSet<MessageId> = model.messages.ids().filter(is_counted).collect();
    let depth = usize::try_from(cap.count).ok()?.checked_add(1)?;
    let least = Judge::new(context, context.grounds(), None).count(&messages, depth).ok()?.without_caps.least(depth);
    (least != NEVER && least < cap.within_ms).then_some(least)
}

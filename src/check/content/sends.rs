//! What is sent: the send steps of all stages that somebody can be in.

use super::super::context::Context;
use crate::{
    model::{ChannelId, Message, MessageId, Step, StepKind},
    source::Span,
};

impl<'m> Context<'m> {
    /// The messages by a channel that some reached stage sends and that its policy speaks of, each with the place of its
    /// first send, by place. A transactional message has no policy.
    pub fn sent_by(&self, channel: ChannelId) -> Vec<(Span, &'m Message)> {
        let mut found: Vec<(Span, MessageId)> = Vec::new();
        for id in self.reached_stages() {
            for nurture in &self.model.stages[id].nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    if let StepKind::Send { message: Some(message), .. } = &step.kind {
                        let it = &self.model.messages[*message];
                        if it.channel == Some(channel) && !it.transactional && found.iter().all(|(_, other)| other != message) {
                            found.push((step.span, *message));
                        }
                    }
                });
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(span, id)| (span, &self.model.messages[id])).collect()
    }
}

//! F707: a message by a channel that the stage is not open to.

use super::super::context::Context;
use crate::{
    diag::{Claim, Code, Diagnostic, Diagnostics},
    model::{Stage, StageId, Step, StepKind},
};

pub const CODE: Code = Code::error("F707", "a send on a channel that the stage is not open to");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for id in context.reached_stages() {
        let stage = &context.model.stages[id];
        if let Some(open) = &stage.open_to {
            for nurture in &stage.nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    if let StepKind::Send { message: Some(message), .. } = &step.kind {
                        let message = &context.model.messages[*message];
                        if let Some(channel) = message.channel.filter(|channel| !open.contains(channel)) {
                            let channel = &context.model.channels[channel].name.text;
                            found.push(finding(context, (id, stage), step, &message.name.text, channel));
                        }
                    }
                });
            }
        }
    }
}

fn finding(context: &Context<'_>, (id, stage): (StageId, &Stage), step: &Step, message: &str, channel: &str) -> Diagnostic {
    let name = context.name(id);
    let open: Vec<String> = stage.open_to.iter().flatten().map(|open| format!("`{}`", context.model.channels[*open].name.text)).collect();
    Diagnostic::new(CODE, step.span, format!("`{message}` goes by `{channel}`, and the stage {name} is not open to it"))
        .at(format!("sent by `{channel}`"))
        .label(context.place(id), format!("open to {}", open.join(", ")))
        .plots(context.plots_at(id, step.span, [Claim::Sends { messages: vec![message.into()], after: None }]))
        .help(format!("add `{channel}` to `open to` of this stage, or send a message by a channel that is open in it"))
}

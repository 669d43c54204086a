//! Guarantees and assumptions.

use super::expression::event;
use crate::ast::{Assume, Guarantee, GuaranteeKind, MessageScope, StageRef};

pub(super) fn assume(it: &Assume) -> String {
    format!("assume {} within {} of entering {}", event(&it.event), it.within.it, stage(&it.stage))
}

pub(super) fn stage(it: &StageRef) -> String {
    match &it.funnel {
        Some(funnel) => format!("{}.{}", funnel.text, it.stage.text),
        None => it.stage.text.to_string(),
    }
}

fn scope(it: &MessageScope) -> String {
    match it {
        MessageScope::Messages { by, is_one } => {
            let word = if *is_one { "message" } else { "messages" };
            by.as_ref().map_or_else(|| word.to_owned(), |channel| format!("{word} by {}", channel.text))
        }
        MessageScope::Message(name) => name.text.to_string(),
    }
}

fn one_of(stages: &[StageRef]) -> String {
    stages.iter().map(stage).collect::<Vec<_>>().join(" or ")
}

pub(super) fn guarantee(it: &Guarantee) -> String {
    let promise = match &it.kind {
        GuaranteeKind::Leaves { stage: of, within } => format!("every contact leaves {} within {}", stage(of), within.it),
        GuaranteeKind::Reaches { from, to, within } => {
            format!("every contact in {} reaches {} within {}", stage(from), one_of(to), within.it)
        }
        GuaranteeKind::Whoever { from, to } => format!("whoever enters {} reaches {}", stage(from), one_of(to)),
        GuaranteeKind::LeadsTo { event: matched, to, within } => {
            format!("{} leads to {} within {}", event(matched), one_of(to), within.it)
        }
        GuaranteeKind::AtMost { count, what, within } => {
            let within = within.as_ref().map_or_else(String::new, |within| format!(" within {}", within.it));
            format!("at most {} {}{within}", count.it, scope(what))
        }
        GuaranteeKind::Between { gap, what } => format!("at least {} between {}", gap.it, scope(what)),
        GuaranteeKind::NeverSendAfter { message, event: matched } => format!("never send {} after {}", message.text, event(matched)),
        GuaranteeKind::NeverSendIn { message, stage: of } => format!("never send {} in {}", message.text, stage(of)),
        GuaranteeKind::Reachable { stage: of } => format!("{} is reachable from every stage", stage(of)),
        GuaranteeKind::Through { to, via } => format!("every way to {} goes through {}", stage(to), stage(via)),
        GuaranteeKind::NeverFollows { later, earlier } => format!("{} never follows {}", stage(later), stage(earlier)),
        GuaranteeKind::Excludes { one, other } => format!("{} excludes {}", stage(one), stage(other)),
    };
    format!("guarantee {promise}")
}

//! What would break each guarantee.

use crate::{
    diag::{Breach, BreachKind},
    model::{FunnelId, GuaranteeKind, Model, StageId},
    source::Span,
};
use smol_str::{SmolStr, format_smolstr};

/// A guarantee of a program, and what would break it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    /// Where it stands.
    pub span: Span,
    /// What would break it; nothing where no single course of things can.
    pub breach: Option<Breach>,
}

/// All guarantees of a program: those of funnels first, in the order written.
#[must_use]
pub fn promises(model: &Model) -> Vec<Promise> {
    let of_funnels = model.funnels.iter().flat_map(|(id, funnel)| funnel.guarantees.iter().map(move |it| (Some(id), it)));
    let all = of_funnels.chain(model.guarantees.iter().map(|it| (None, it)));
    let promise = |(funnel, it): (Option<FunnelId>, &crate::model::Guarantee)| {
        let kind = it.kind.as_ref()?;
        Some(Promise { span: it.span, breach: breach_of(model, funnel, kind) })
    };
    all.filter_map(promise).collect()
}

/// What would break a guarantee of a funnel, or of a contact over all funnels.
pub fn breach_of(model: &Model, funnel: Option<FunnelId>, kind: &GuaranteeKind) -> Option<Breach> {
    let stage = |id: StageId| {
        let stage = &model.stages[id];
        format_smolstr!("{}/{}", model.funnels[stage.funnel].name.text, stage.name.text)
    };
    let stages = |ids: &[StageId]| ids.iter().map(|id| stage(*id)).collect::<Vec<SmolStr>>();
    let message = |id| -> SmolStr { model.messages[id].name.text.clone() };
    let too_many = |most: u32, what, within_ms| {
        let messages = super::counts::counted(model, what).into_iter().map(message).collect();
        BreachKind::TooMany { messages, most, within_ms }
    };
    let kind = match kind {
        GuaranteeKind::Leaves { stage: id, within_ms } => BreachKind::Stays { stage: stage(*id), most_ms: *within_ms },
        GuaranteeKind::Reaches { from, to, within_ms } => BreachKind::Misses { from: stage(*from), to: stages(to), within_ms: *within_ms },
        GuaranteeKind::LeadsTo { event, to, within_ms } => BreachKind::Unmet {
            event: model.events[event.event?].name.text.clone(),
            about: event.message.map(message),
            asked: event.filter.as_ref().map(|_| event.span),
            to: stages(to),
            within_ms: *within_ms,
        },
        GuaranteeKind::AtMost { count, what, within_ms } => too_many(*count, what, *within_ms),
        GuaranteeKind::Between { gap_ms, what } => too_many(1, what, Some(*gap_ms)),
        GuaranteeKind::NeverSendAfter { message: id, event } => BreachKind::SentAfter {
            message: message(*id),
            event: model.events[event.event?].name.text.clone(),
            about: event.message.map(message),
            asked: event.filter.as_ref().map(|_| event.span),
        },
        GuaranteeKind::NeverSendIn { message: id, stage: place } => BreachKind::SentIn { message: message(*id), stage: stage(*place) },
        GuaranteeKind::Reachable { .. } => return None,
        GuaranteeKind::Through { to, via } => BreachKind::Around { to: stage(*to), via: stage(*via) },
        GuaranteeKind::NeverFollows { later, earlier } => BreachKind::Follows { earlier: stage(*earlier), later: stage(*later) },
        GuaranteeKind::Excludes { one, other } => BreachKind::Both { one: stage(*one), other: stage(*other) },
    };
    let of_run = funnel.map(|id| model.funnels[id].name.text.clone());
    let key = funnel.and_then(|id| model.funnels[id].key.clone());
    Some(Breach { of_run, key, kind })
}

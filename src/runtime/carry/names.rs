//! What of an older rule set goes by which place and name in a newer one.
//!
//! A stage is the one of its name, or the one that says `formerly` of it; so several may become one. Funnels, nurtures and
//! messages have one heir each: `formerly` counts where the older rules do not know the new name.

use crate::{
    ruleset::{Message, Nurture, Source, Step, heirs},
    runtime::program::{Plan, Program},
};
use std::{collections::BTreeMap, sync::Arc};

/// The heirs of an older program's parts.
pub(super) struct Names<'r> {
    pub old: Arc<Program<'r>>,
    pub new: Arc<Program<'r>>,
    /// By the place of the older funnel.
    funnels: Vec<Option<FunnelNames>>,
    /// Messages that got another name.
    messages: BTreeMap<&'r str, &'r str>,
}

struct FunnelNames {
    /// The place of the newer funnel.
    to: usize,
    /// The newer stage, by the place of the older one.
    stages: Vec<Option<usize>>,
}

impl<'r> Names<'r> {
    /// The heirs in `new` of what `old` has.
    pub fn between(old: &Arc<Program<'r>>, new: &Arc<Program<'r>>) -> Self {
        let (before, now): (Vec<&Plan<'r>>, Vec<&Plan<'r>>) = (old.funnels.iter().collect(), new.funnels.iter().collect());
        let funnels = heirs(&before, &now, |it| &it.funnel.name, |it| it.funnel.formerly.as_deref(), false);
        let inside = |(plan, heir): (&Plan<'r>, Option<usize>)| {
            let to = heir?;
            let heir = new.funnels.get(to)?;
            let stages = heirs(&plan.funnel.stages, &heir.funnel.stages, |it| it.name.as_str(), |it| it.formerly.as_deref(), true);
            (plan.funnel.key == heir.funnel.key).then_some(FunnelNames { to, stages })
        };
        let (was, is): (Vec<&'r Message>, Vec<&'r Message>) =
            (old.messages.values().copied().collect(), new.messages.values().copied().collect());
        let renamed = heirs(&was, &is, |it| it.name.as_str(), |it| it.formerly.as_deref(), false);
        let renamed = was.iter().zip(renamed).filter_map(|(was, heir)| Some((was.name.as_str(), is.get(heir?)?.name.as_str())));
        Self {
            old: Arc::clone(old),
            new: Arc::clone(new),
            funnels: old.funnels.iter().zip(funnels).map(inside).collect(),
            messages: renamed.filter(|(was, is)| was != is).collect(),
        }
    }

    /// The place of the funnel that an older one has become, if runs have the same key in it.
    pub fn funnel(&self, old: usize) -> Option<usize> {
        self.funnels.get(old)?.as_ref().map(|names| names.to)
    }

    /// The place of the stage that an older one has become.
    pub fn stage(&self, funnel: usize, stage: usize) -> Option<usize> {
        *self.funnels.get(funnel)?.as_ref()?.stages.get(stage)?
    }

    /// The present name of a message.
    pub fn message<'m>(&self, name: &'m str) -> &'m str
    where
        'r: 'm,
    {
        self.messages.get(name).copied().unwrap_or(name)
    }

    /// The place of the nurture that each nurture of an older stage has become in another.
    pub fn nurtures(&self, old: &'r [Nurture], new: &'r [Nurture]) -> Vec<Option<usize>> {
        heirs(old, new, |it| it.name.as_str(), |it| it.formerly.as_deref(), false)
    }

    /// The present identity of a step: below that of its nurture, and with the present name of its message.
    pub fn step(&self, step: &Step, old: &Nurture, new: &Nurture) -> String {
        let rest = step.id.strip_prefix(old.id.as_str()).unwrap_or(&step.id);
        let id = format!("{}{rest}", new.id);
        let above = |message: &str| id.strip_suffix(message).filter(|above| above.ends_with('/'));
        let renamed = step.message().and_then(|message| Some(format!("{}{}", above(message)?, self.message(message))));
        renamed.unwrap_or(id)
    }

    /// Whether two doors lead from the same places, the older one by its own names.
    pub fn same_source(&self, funnel: usize, old: &Source, new: &Source) -> bool {
        let (Some(before), Some(now)) = (self.old.funnels.get(funnel), self.funnel(funnel).and_then(|to| self.new.funnels.get(to))) else {
            return false;
        };
        match (old, new) {
            (Source::Stages(old), Source::Stages(new)) => {
                let place = |name: &String| before.funnel.stages.iter().position(|stage| stage.name == *name);
                let heir = |name: &String| self.stage(funnel, place(name)?);
                let target = |name: &String| now.funnel.stages.iter().position(|stage| stage.name == *name);
                old.iter().map(heir).eq(new.iter().map(target))
            }
            (_, _) => old == new,
        }
    }
}

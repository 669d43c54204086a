//! Results of older rules in the names of newer ones, for whoever counts over both.

use super::names::Names;
use crate::runtime::{Outcome, Prepared, What, program::Plan};
use std::sync::Arc;

/// What older rules are called in newer ones.
pub struct Heritage<'r>(Names<'r>);

impl<'r> Heritage<'r> {
    /// What `old` is called in `new`.
    #[must_use]
    pub fn new(old: &Prepared<'r>, new: &Prepared<'r>) -> Self {
        Self(Names::between(&Arc::clone(old.program()), &Arc::clone(new.program())))
    }

    /// A result as the newer rules would have told it; what has no heir keeps its name.
    #[must_use]
    pub fn told(&self, outcome: &Outcome) -> Outcome {
        let mut told = outcome.clone();
        let Some(at) = self.0.old.funnels.iter().position(|plan| plan.funnel.name == outcome.funnel) else { return told };
        let Some(heir) = self.0.funnel(at).and_then(|to| self.0.new.funnels.get(to)) else { return told };
        told.funnel.clone_from(&heir.funnel.name);
        let stage = |name: &mut String| {
            let was = self.0.old.funnels.get(at).and_then(|plan| place(plan, name));
            let is = was.and_then(|was| self.0.stage(at, was)).and_then(|to| heir.stage(to));
            if let Some(is) = is {
                name.clone_from(&is.name);
            }
        };
        match &mut told.what {
            What::Move { from, to } => from.iter_mut().chain(to).for_each(stage),
            What::RunEnds { stage: name } | What::Looping { stage: name } | What::Stranded { stage: name } => stage(name),
            What::Send { message, .. } => *message = self.0.message(message).to_owned(),
            What::PlayBegins { .. }
            | What::PlayFinished { .. }
            | What::PlayCutOff { .. }
            | What::Do { .. }
            | What::Record { .. }
            | What::Set { .. }
            | What::Split { .. }
            | What::Cascade => {}
        }
        told
    }
}

fn place(plan: &Plan<'_>, name: &str) -> Option<usize> {
    plan.funnel.stages.iter().position(|stage| stage.name == name)
}

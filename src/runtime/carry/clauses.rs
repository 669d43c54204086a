//! What time has done to clauses, carried over to the clauses that say the same.
//!
//! A clause that is new or says something else begins anew: its delay counts from entering as ever, so it may be over already.

use super::names::Names;
use crate::{
    ruleset::{Door, Leave, Start},
    runtime::contact::{Clause, ClauseState, Slot},
};
use std::collections::BTreeMap;

type Clauses = BTreeMap<Clause, ClauseState>;

/// Where clauses were, and what stands there now.
pub(super) struct Places<'n, 'r> {
    pub names: &'n Names<'r>,
    /// The place of the older funnel.
    pub funnel: usize,
    /// The older stage and its heir, for somebody inside.
    pub stages: Option<(usize, usize)>,
    /// The heirs of the older stage's nurtures.
    pub nurtures: &'n [Option<usize>],
}

impl Places<'_, '_> {
    /// The states of clauses under their present places.
    pub fn carried(&self, clauses: Clauses) -> Clauses {
        let mut carried = Clauses::new();
        for (clause, state) in clauses {
            let now = self.now(clause, &carried);
            if let Some(now) = now {
                carried.insert(now, state);
            }
        }
        carried
    }

    /// The place of the clause that says the same now, unless another one is that already.
    fn now(&self, clause: Clause, taken: &Clauses) -> Option<Clause> {
        let before = self.names.old.funnels.get(self.funnel)?;
        let after = self.names.new.funnels.get(self.names.funnel(self.funnel)?)?;
        let leave = |old: &[Leave], new: &[Leave], at: usize, place: fn(usize) -> Clause| {
            let was = old.get(at)?;
            let same = |it: &Leave| it.after == was.after && it.when == was.when;
            let free = new.iter().enumerate().filter(|(n, it)| same(it) && !taken.contains_key(&place(*n)));
            free.map(|(n, _)| place(n)).next()
        };
        match clause {
            Clause::FunnelLeave(at) => leave(&before.funnel.leaves, &after.funnel.leaves, at, Clause::FunnelLeave),
            Clause::StageLeave(at) => {
                let (old, new) = self.stages?;
                leave(&before.stage(old)?.leaves, &after.stage(new)?.leaves, at, Clause::StageLeave)
            }
            Clause::Door(to, at) => {
                let was = before.stage(to)?.doors.get(at)?;
                let to = self.names.stage(self.funnel, to)?;
                let same =
                    |it: &Door| it.after == was.after && it.when == was.when && self.names.same_source(self.funnel, &was.from, &it.from);
                let free =
                    after.stage(to)?.doors.iter().enumerate().filter(|(n, it)| same(it) && !taken.contains_key(&Clause::Door(to, *n)));
                free.map(|(n, _)| Clause::Door(to, n)).next()
            }
            Clause::Start(play) => {
                let (old, new) = self.stages?;
                let (was, heir) = (before.nurture(old, play)?, (*self.nurtures.get(play)?)?);
                let is_same = match (&was.start, &after.nurture(new, heir)?.start) {
                    (Start::When(was), Start::When(is)) | (Start::EachTime(was), Start::EachTime(is)) => was == is,
                    (Start::Entry | Start::When(_) | Start::EachTime(_), _) => false,
                };
                is_same.then_some(Clause::Start(heir))
            }
        }
    }
}

/// Has every clause tried again that somebody stands before, since what it reads may mean something else now.
pub(super) fn try_again(slot: &mut Slot<'_>, standing: impl Iterator<Item = Clause>) {
    for clause in standing {
        slot.clause_mut(clause).untried = true;
    }
}

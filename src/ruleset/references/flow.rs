//! References in funnels, stages, doors, leaves and nurtures.

use super::{Checked, Index, Path, condition::Scope, dangling, duration, fault, find, range, step::Steps, unique};
use crate::ruleset::{Delay, Door, Funnel, Leave, Nurture, Reentry, Source, Stage, Start, Target};
use std::collections::{HashMap, HashSet};

/// The stages of the funnel in hand, by name.
type Stages<'f> = HashMap<&'f str, &'f Stage>;

fn nurtures_of(stage: &Stage) -> Vec<&str> {
    stage.nurtures.iter().map(|it| it.name.as_str()).collect()
}

impl Index<'_> {
    pub(super) fn funnel(&self, at: &Path<'_>, it: &Funnel) -> Checked {
        let stages: Stages<'_> = it.stages.iter().map(|stage| (stage.name.as_str(), stage)).collect();
        let every_nurture: Vec<&str> = it.stages.iter().flat_map(nurtures_of).collect::<HashSet<_>>().into_iter().collect();
        if let Some(key) = it.key.as_ref().filter(|key| !self.properties.contains(key.as_str())) {
            return Err(dangling(&at.field("key"), "property", key));
        }
        reentry(&at.field("reentry"), &it.reentry, &stages)?;
        let list = at.field("stages");
        unique(&list, "stage", it.stages.iter().map(|stage| stage.name.as_str()))?;
        let mut clauses = HashSet::new();
        for (n, stage) in it.stages.iter().enumerate() {
            let at = list.item(n);
            identity(&at.field("id"), &stage.id, &it.name, &stage.name)?;
            self.stage(&at, stage, &stages, &every_nurture)?;
            let doors = stage.doors.iter().enumerate().map(|(n, door)| ("doors", n, &door.id));
            let leaves = stage.leaves.iter().enumerate().map(|(n, leave)| ("leaves", n, &leave.id));
            for (field, n, id) in doors.chain(leaves) {
                clause(&at.field(field).item(n).field("id"), id, &stage.id, &mut clauses)?;
            }
        }
        let leaves = at.field("leaves");
        for (n, leave) in it.leaves.iter().enumerate() {
            let at = leaves.item(n);
            clause(&at.field("id"), &leave.id, &it.name, &mut clauses)?;
            self.leave(&at, leave, &Scope { event: None, nurtures: &every_nurture })?;
        }
        Ok(())
    }

    fn stage(&self, at: &Path<'_>, it: &Stage, stages: &Stages<'_>, every_nurture: &[&str]) -> Checked {
        let own = nurtures_of(it);
        if let Some(limit) = it.visits {
            range(&at.field("visits").field("at_most"), "a number of visits", i64::from(limit.at_most), 1, i64::from(u32::MAX))?;
        }
        let channels = at.field("open_to");
        for (n, channel) in it.open_to.iter().flatten().enumerate() {
            find(&self.channels, &channels.item(n), "channel", channel)?;
        }
        let targets = at.field("targets");
        it.targets.iter().enumerate().try_for_each(|(n, it)| target(&targets.item(n), it, stages))?;
        let feeds = at.field("feeds");
        for (n, feed) in it.feeds.iter().enumerate() {
            find(&self.stages, &feeds.item(n).field("stage"), "stage", &feed.stage)?;
        }
        let doors = at.field("doors");
        for (n, door) in it.doors.iter().enumerate() {
            self.door(&doors.item(n), door, stages, every_nurture)?;
        }
        let scope = Scope { event: None, nurtures: &own };
        let leaves = at.field("leaves");
        for (n, leave) in it.leaves.iter().enumerate() {
            self.leave(&leaves.item(n), leave, &scope)?;
        }
        let nurtures = at.field("nurtures");
        unique(&nurtures, "nurture", own.iter().copied())?;
        for (n, nurture) in it.nurtures.iter().enumerate() {
            let at = nurtures.item(n);
            identity(&at.field("id"), &nurture.id, &it.id, &nurture.name)?;
            self.nurture(&at, nurture, &scope)?;
        }
        Ok(())
    }

    fn door(&self, at: &Path<'_>, it: &Door, stages: &Stages<'_>, every_nurture: &[&str]) -> Checked {
        let from = at.field("from");
        let mut left = Vec::new();
        match &it.from {
            Source::Outside => {}
            Source::Stages(names) => {
                let list = from.field("stages");
                for (n, name) in names.iter().enumerate() {
                    left.extend(nurtures_of(find(stages, &list.item(n), "stage", name)?));
                }
            }
            Source::Anywhere | Source::AnywhereOrOutside => left.extend(every_nurture),
        }
        self.clause(at, it.after.as_ref(), it.when.as_ref(), &Scope { event: None, nurtures: &left })
    }

    fn leave(&self, at: &Path<'_>, it: &Leave, scope: &Scope<'_>) -> Checked {
        self.clause(at, it.after.as_ref(), it.when.as_ref(), scope)
    }

    fn clause(&self, at: &Path<'_>, after: Option<&Delay>, when: Option<&crate::ruleset::Condition>, scope: &Scope<'_>) -> Checked {
        if let Some(delay) = after {
            let at = at.field("after");
            duration(&at.field("delay_ms"), delay.delay_ms)?;
            if let Some(event) = &delay.without {
                self.event_test(&at.field("without"), event, scope)?;
            }
        }
        when.map_or(Ok(()), |when| self.condition(&at.field("when"), when, scope))
    }

    fn nurture(&self, at: &Path<'_>, it: &Nurture, scope: &Scope<'_>) -> Checked {
        let start = at.field("start");
        match &it.start {
            Start::Entry => {}
            Start::When(when) => self.condition(&start.field("when"), when, scope)?,
            Start::EachTime(when) => self.condition(&start.field("each_time"), when, scope)?,
        }
        self.steps(&at.field("steps"), &it.steps, &mut Steps { nurture: &it.id, seen: HashSet::new() }, scope)
    }
}

fn reentry(at: &Path<'_>, it: &Reentry, stages: &Stages<'_>) -> Checked {
    match it {
        Reentry::Never | Reentry::AfterLeaving => Ok(()),
        Reentry::AfterLeavingMs(ms) => duration(&at.field("after_leaving_ms"), *ms),
        Reentry::AfterStartingMs(ms) => duration(&at.field("after_starting_ms"), *ms),
        Reentry::RestartFrom(names) => {
            let list = at.field("restart_from");
            names.iter().enumerate().try_for_each(|(n, name)| find(stages, &list.item(n), "stage", name).map(|_| ()))
        }
    }
}

fn target(at: &Path<'_>, it: &Target, stages: &Stages<'_>) -> Checked {
    if !(0..=100_000_000).contains(&it.percent.millionths()) {
        return Err(fault(&at.field("percent"), format!("a share lies between 0 and 100 percent, and this is {}", it.percent)));
    }
    if let Some(stage) = &it.of {
        find(stages, &at.field("of"), "stage", stage)?;
    }
    duration(&at.field("within_ms"), it.within_ms)
}

fn identity(at: &Path<'_>, id: &str, above: &str, name: &str) -> Checked {
    let expected = format!("{above}/{name}");
    if id == expected { Ok(()) } else { Err(fault(at, format!("the identity here is `{expected}`, and this is `{id}`"))) }
}

fn clause<'f>(at: &Path<'_>, id: &'f str, above: &str, seen: &mut HashSet<&'f str>) -> Checked {
    if !id.strip_prefix(above).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')) {
        return Err(fault(at, format!("the identity of a clause of `{above}` begins with that and a `/`")));
    }
    if seen.insert(id) { Ok(()) } else { Err(fault(at, format!("the clause `{id}` stands here a second time"))) }
}

//! What is the same under another name: `formerly`.
//!
//! Job: write the older rules in the names of the newer ones, so that all else can be compared by name. A name counts as an
//! older one only where the newer rules do not use it themselves and the older ones do not know the new one.

use super::walk::{self, Named};
use crate::ruleset::{Condition, Funnel, Reentry, RuleSet, Source, Stage, Step, StepKind, Term, heirs};
use std::collections::BTreeMap;

/// Old names and the new ones.
type Names = BTreeMap<String, String>;

/// Everything that got another name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Renames {
    /// Messages.
    pub messages: Names,
    /// Funnels.
    pub funnels: Names,
    /// Stages, by the new name of their funnel.
    pub stages: BTreeMap<String, Names>,
    /// Nurtures, by the new identity of their stage.
    pub nurtures: BTreeMap<String, Names>,
    /// The identities of stages, nurtures and steps, the old ones and the new.
    pub ids: Names,
}

impl Renames {
    /// What got another name between two rule sets.
    #[must_use]
    pub fn between(old: &RuleSet, new: &RuleSet) -> Self {
        let mut it = Self {
            messages: pairs(&old.messages, &new.messages, |it| &it.name, |it| it.formerly.as_deref()),
            funnels: pairs(&old.funnels, &new.funnels, |it| &it.name, |it| it.formerly.as_deref()),
            ..Self::default()
        };
        for now in &new.funnels {
            let Some(before) = old.funnels.iter().find(|funnel| now_of(&it.funnels, &funnel.name) == now.name) else { continue };
            let stages = pairs(&before.stages, &now.stages, |it| &it.name, |it| it.formerly.as_deref());
            for stage in &now.stages {
                let Some(was) = before.stages.iter().find(|was| now_of(&stages, &was.name) == stage.name) else { continue };
                let nurtures = pairs(&was.nurtures, &stage.nurtures, |it| &it.name, |it| it.formerly.as_deref());
                it.nurtures.insert(stage.id.clone(), nurtures);
            }
            it.stages.insert(now.name.clone(), stages);
        }
        it
    }

    /// The new name of a stage of a funnel, both by their old names.
    #[must_use]
    pub fn stage(&self, funnel: &str, stage: &str) -> String {
        let names = self.stages.get(now_of(&self.funnels, funnel));
        names.map_or_else(|| stage.to_owned(), |names| now_of(names, stage).to_owned())
    }

    /// The new name of a funnel.
    #[must_use]
    pub fn funnel<'a>(&'a self, name: &'a str) -> &'a str {
        now_of(&self.funnels, name)
    }

    /// The new name of a message.
    #[must_use]
    pub fn message<'a>(&'a self, name: &'a str) -> &'a str {
        now_of(&self.messages, name)
    }

    /// The old identity behind a new one.
    #[must_use]
    pub fn id_before<'a>(&'a self, id: &'a str) -> &'a str {
        self.ids.iter().find(|(_, now)| *now == id).map_or(id, |(before, _)| before)
    }

    /// The older rules in the names of the newer ones.
    #[must_use]
    pub fn applied(&mut self, old: &RuleSet) -> RuleSet {
        let mut rules = old.clone();
        let messages = self.messages.clone();
        let mut in_messages = |named: Named<'_>| {
            if let Named::Term(Term::Message(name)) = named {
                rename(&messages, name);
            }
        };
        rules.messages.iter_mut().for_each(|message| rename(&messages, &mut message.name));
        walk::vocabulary(&mut rules, &mut in_messages);
        for funnel in &mut rules.funnels {
            rename(&self.funnels, &mut funnel.name);
            self.funnel_applied(funnel);
        }
        rules
    }

    fn funnel_applied(&mut self, funnel: &mut Funnel) {
        let stages = self.stages.get(&funnel.name).cloned().unwrap_or_default();
        if let Reentry::RestartFrom(names) = &mut funnel.reentry {
            names.iter_mut().for_each(|name| rename(&stages, name));
        }
        for leave in &mut funnel.leaves {
            self.clause(None, leave.after.as_mut().and_then(|it| it.without.as_mut()), leave.when.as_mut());
        }
        for stage in &mut funnel.stages {
            rename(&stages, &mut stage.name);
            let id = format!("{}/{}", funnel.name, stage.name);
            self.ids.insert(std::mem::replace(&mut stage.id, id.clone()), id);
            self.stage_applied(&stages, stage);
        }
        self.ids.retain(|before, now| before != now);
    }

    fn stage_applied(&mut self, stages: &Names, stage: &mut Stage) {
        let nurtures = self.nurtures.get(&stage.id).cloned().unwrap_or_default();
        stage.targets.iter_mut().flat_map(|it| &mut it.of).for_each(|name| rename(stages, name));
        for door in &mut stage.doors {
            if let Source::Stages(names) = &mut door.from {
                names.iter_mut().for_each(|name| rename(stages, name));
            }
            self.clause(Some(&nurtures), door.after.as_mut().and_then(|it| it.without.as_mut()), door.when.as_mut());
        }
        for leave in &mut stage.leaves {
            self.clause(Some(&nurtures), leave.after.as_mut().and_then(|it| it.without.as_mut()), leave.when.as_mut());
        }
        for nurture in &mut stage.nurtures {
            rename(&nurtures, &mut nurture.name);
            let id = format!("{}/{}", stage.id, nurture.name);
            let before = std::mem::replace(&mut nurture.id, id.clone());
            walk::start(&mut nurture.start, &mut |named| self.named(Some(&nurtures), named));
            walk::steps(&mut nurture.steps, &mut |named| self.named(Some(&nurtures), named));
            self.steps(&mut nurture.steps, &before, &id);
            self.ids.insert(before, id);
        }
    }

    fn clause(
        &self,
        nurtures: Option<&Names>,
        without: Option<&mut crate::ruleset::EventTest>,
        when: Option<&mut crate::ruleset::Condition>,
    ) {
        if let Some(event) = without {
            walk::event(event, &mut |named| self.named(nurtures, named));
        }
        if let Some(when) = when {
            walk::condition(when, &mut |named| self.named(nurtures, named));
        }
    }

    fn named(&self, nurtures: Option<&Names>, named: Named<'_>) {
        match (named, nurtures) {
            (Named::Term(Term::Message(name)), _) => rename(&self.messages, name),
            (Named::Condition(Condition::Finished(name)), Some(nurtures)) => rename(nurtures, name),
            (Named::Term(_) | Named::Condition(_), _) => {}
        }
    }

    /// Steps with their identities below the new one of their nurture; a send goes by the new name of its message, unless it
    /// has a name of its own.
    fn steps(&mut self, list: &mut [Step], before: &str, now: &str) {
        for step in list {
            let rest = step.id.strip_prefix(before).unwrap_or(&step.id).to_owned();
            let mut id = format!("{now}{rest}");
            if let StepKind::Send { message, .. } = &mut step.kind {
                let named = id.strip_suffix(message.as_str()).filter(|above| above.ends_with('/')).map(str::to_owned);
                rename(&self.messages, message);
                id = named.map_or(id, |above| format!("{above}{message}"));
            }
            self.ids.insert(std::mem::replace(&mut step.id, id.clone()), id);
            for inside in step.kind.inside_mut() {
                self.steps(inside, before, now);
            }
        }
    }
}

fn now_of<'a>(names: &'a Names, name: &'a str) -> &'a str {
    names.get(name).map_or(name, String::as_str)
}

fn rename(names: &Names, name: &mut String) {
    if let Some(now) = names.get(name) {
        name.clone_from(now);
    }
}

/// The old and new names of what says `formerly`.
fn pairs<T>(old: &[T], new: &[T], name: fn(&T) -> &str, formerly: fn(&T) -> Option<&str>) -> Names {
    let heirs = old.iter().zip(heirs(old, new, name, formerly, false));
    let names = heirs.filter_map(|(was, heir)| Some((name(was), name(new.get(heir?)?))));
    names.filter(|(was, now)| was != now).map(|(was, now)| (was.to_owned(), now.to_owned())).collect()
}

//! What changed about funnels and their stages.

use super::{
    Versions,
    codes::{F850, F852},
    movement::{self, AT_ONCE, HELP},
    nurtures::{Nurtures, sends},
    raise::Side,
    relation::Judge,
    report::{Change, Place, Verdict, Who},
    ways::{self, From, Ways},
    words,
};
use crate::ruleset::{Delay, Funnel, Reentry, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// Compares the funnels of both.
pub(super) struct Funnels<'a, 'r> {
    pub versions: &'a Versions<'r>,
    pub judge: &'a Judge<'a>,
    pub segments: &'a BTreeSet<String>,
    pub scores: &'a BTreeSet<String>,
}

impl<'r> Funnels<'_, 'r> {
    /// What changed, in the order of the newer files, and the changes that came through a segment or score alone, by its name.
    pub fn compared(&self) -> (Vec<Change>, BTreeMap<String, Vec<Change>>) {
        let (mut changes, mut through) = (Vec::new(), BTreeMap::new());
        for gone in self.versions.old.funnels.iter().filter(|it| self.versions.new.funnels.iter().all(|other| other.name != it.name)) {
            changes.push(self.gone(gone));
        }
        for funnel in &self.versions.new.funnels {
            let place = Place { funnel: Some(funnel.name.clone()), id: Some(funnel.name.clone()), ..Place::default() };
            match self.versions.old.funnels.iter().find(|other| other.name == funnel.name) {
                Some(before) => self.changed(before, funnel, &place, &mut changes, &mut through),
                None => changes.push(
                    Change::new(Verdict::Safe, place, format!("the funnel `{}` is new", funnel.name))
                        .people(Who::Others, "nobody is in it yet; contacts come in by its doors from now on"),
                ),
            }
        }
        (changes, through)
    }

    fn gone(&self, it: &Funnel) -> Change {
        let place = Place { funnel: Some(it.name.clone()), ..Place::default() };
        let mut change = Change::new(Verdict::Breaking, place, format!("the funnel `{}` is gone, and nothing says what it is called now", it.name))
            .code(F850)
            .help(format!("if it has another name now, say `formerly {}` in it; if it is to end, let people out first: no doors from outside, a `leave` for each stage, and this change when nobody is in it any more", it.name));
        for stage in it.stages.iter().filter(|stage| !stage.is_final) {
            change = change.people(
                Who::Inside(self.id_before(&stage.id)),
                format!("whoever is in `{}` is stranded: their run has no funnel", stage.name),
            );
        }
        change
    }

    fn id_before(&self, id: &str) -> String {
        self.versions.renames.id_before(id).to_owned()
    }

    fn changed(
        &self,
        old: &'r Funnel,
        new: &'r Funnel,
        place: &Place,
        changes: &mut Vec<Change>,
        through: &mut BTreeMap<String, Vec<Change>>,
    ) {
        changes.extend(renamed(&self.versions.renames.funnels, &new.name, "funnel", place));
        if old.key != new.key {
            changes.push(self.key(old, new, place));
        }
        changes.extend(reentry(old, new, place));
        for gone in old.stages.iter().filter(|it| new.stages.iter().all(|other| other.name != it.name)) {
            changes.push(self.stranded(gone, old, new, place));
        }
        let ids: BTreeMap<String, String> = old.stages.iter().map(|stage| (stage.name.clone(), self.id_before(&stage.id))).collect();
        let ways = Ways { judge: self.judge, rules: self.versions.new, segments: self.segments, scores: self.scores };
        let (mut by_stage, mut rest): (Vec<Change>, Vec<Change>) = (Vec::new(), Vec::new());
        for way in ways.compared(old, new) {
            let change = movement::change(&way, place, &ids);
            if !way.through.is_empty() {
                for name in &way.through {
                    through.entry(name.clone()).or_default().push(change.clone());
                }
            } else if way.to.is_some() {
                by_stage.push(change);
            } else {
                rest.push(change);
            }
        }
        for stage in &new.stages {
            let here = Place { stage: Some(stage.name.clone()), id: Some(stage.id.clone()), ..place.clone() };
            match old.stages.iter().find(|other| other.name == stage.name) {
                Some(before) => {
                    self.stage(before, stage, &here, changes);
                    changes.extend(self.visits((before, old), (stage, new), &here));
                }
                None => changes.push(self.added(stage, new, old, &here)),
            }
            let (mine, others): (Vec<Change>, Vec<Change>) =
                by_stage.into_iter().partition(|it| it.place.stage.as_ref() == Some(&stage.name));
            changes.extend(mine);
            by_stage = others;
            if let Some(before) = old.stages.iter().find(|other| other.name == stage.name) {
                let nurtures =
                    Nurtures { judge: self.judge, old: self.versions.old, new: self.versions.new, id_before: &|id| self.id_before(id) };
                changes.extend(nurtures.compared(before, stage, &here));
            }
        }
        changes.extend(rest);
        changes.extend(ways.swapped(old, new).iter().map(|swap| movement::swap(swap, place)));
    }

    fn key(&self, old: &Funnel, new: &Funnel, place: &Place) -> Change {
        let each =
            |key: &Option<String>| key.as_ref().map_or_else(|| "for each contact".to_owned(), |key| format!("for each contact and {key}"));
        let mut change = Change::new(Verdict::Breaking, place.clone(), format!("`{}` runs {} now", new.name, each(&new.key)))
            .code(F850)
            .words(Some(&each(&old.key)), Some(&each(&new.key)))
            .help("give the new funnel a name of its own, and let those who are inside come through the old one first");
        for stage in old.stages.iter().filter(|stage| !stage.is_final) {
            change = change.people(
                Who::Inside(self.id_before(&stage.id)),
                format!("whoever is in `{}` is stranded: their run is of another kind than those of the new rules", stage.name),
            );
        }
        change
    }

    /// A stage that is gone.
    fn stranded(&self, gone: &Stage, old: &Funnel, new: &Funnel, place: &Place) -> Change {
        let place = Place { stage: Some(gone.name.clone()), id: None, ..place.clone() };
        let who = Who::Inside(self.id_before(&gone.id));
        if gone.is_final {
            return Change::new(Verdict::Safe, place, format!("the final stage `{}` is gone", gone.name))
                .people(who, "the runs of those who came here have ended; they stay outside");
        }
        if let Some(heir) = new.stages.iter().find(|stage| stage.formerly.as_ref() == Some(&gone.name)) {
            let message = format!("the stage `{}` has become a part of `{}`", gone.name, heir.name);
            let ends = gone.nurtures.iter().filter(|it| heir.nurtures.iter().all(|other| other.name != it.name));
            let ended: Vec<&str> = ends.map(|it| it.name.as_str()).collect();
            let rest = if ended.is_empty() { String::new() } else { format!("; {} ends for them", words::quoted(ended)) };
            let words = format!(
                "whoever is in `{}` is in `{}` from then on, and goes by its doors, whose times count from when they entered `{}`{rest}",
                gone.name, heir.name, gone.name
            );
            return Change::new(Verdict::Behavioural, place.at(&heir.id), message).people(who, words);
        }
        let is_new = |stage: &&Stage| old.stages.iter().all(|other| other.name != stage.name);
        let heir = new.stages.iter().filter(is_new).find(|stage| is_alike(gone, stage));
        let change =
            Change::new(Verdict::Breaking, place, format!("the stage `{}` is gone, and nothing says what it is called now", gone.name))
                .code(F850);
        let messages: Vec<&str> = gone.nurtures.iter().flat_map(|nurture| sends(&nurture.steps)).collect();
        let nurtured = if messages.is_empty() {
            String::new()
        } else {
            format!(", and what is still to come of {} does not come", words::quoted(messages))
        };
        let change = change
            .people(who, format!("whoever is in `{}` is stranded: no door leads on from a stage that does not exist{nurtured}", gone.name));
        change.help(match heir {
            Some(heir) => format!("`{}` looks like it: say `formerly {}` in it, and everybody is carried over", heir.name, gone.name),
            None => format!("say `formerly {}` in the stage where these people belong now", gone.name),
        })
    }

    fn added(&self, it: &Stage, funnel: &Funnel, old: &Funnel, place: &Place) -> Change {
        let sentences: Vec<&str> = it.doors.iter().map(|door| door.sentence.as_str()).collect();
        let change = Change::new(Verdict::Behavioural, place.clone(), format!("the stage `{}` is new", it.name));
        let mut change = change.words(None, Some(&sentences.join(" · ")));
        for (stage, after) in self.drawn(&it.name, funnel, old) {
            let name = &stage.name;
            let longer =
                after.map_or_else(|| " and fits".to_owned(), |after| format!(" for {} or longer already", words::time(after.delay_ms)));
            let who = Who::Inside(self.id_before(&stage.id));
            change = change.people(who, format!("whoever is in `{name}`{longer} goes to `{}` {AT_ONCE}", it.name)).code(F852).help(HELP);
            change.verdict = Verdict::Breaking;
        }
        if change.people.is_empty() { change.people(Who::Others, "people come to it by these doors from now on") } else { change }
    }

    /// The older stages from which doors to a stage may hold for people to whom nothing happens, with the time of each door.
    fn drawn<'o>(&self, to: &str, funnel: &'o Funnel, old: &'o Funnel) -> Vec<(&'o Stage, Option<&'o Delay>)> {
        let space = self.judge.space();
        let ways = ways::all(funnel).into_iter().filter(|way| way.to.as_deref() == Some(to));
        let rests = ways.filter(|way| way.when.is_none_or(|when| self.judge.can_rest(&space.condition(Side::New, when))));
        let before = |way: ways::Way<'o>| {
            let From::Stage(name) = &way.from else { return None };
            Some((old.stages.iter().find(|stage| stage.name == *name)?, way.after))
        };
        rests.filter_map(before).collect()
    }

    /// What is said of a stage itself.
    fn stage(&self, old: &Stage, new: &Stage, place: &Place, changes: &mut Vec<Change>) {
        let names = self.versions.renames.stages.get(place.funnel.as_deref().unwrap_or_default());
        changes.extend(names.and_then(|names| renamed(names, &new.name, "stage", place)));
        let name = &new.name;
        let mut told = |verdict, message: String| changes.push(Change::new(verdict, place.clone(), message));
        if old.goal != new.goal {
            told(
                Verdict::Safe,
                format!(
                    "`{name}` is {} a goal: reports count otherwise, and nothing else changes",
                    if new.goal { "now" } else { "no longer" }
                ),
            );
        }
        if old.open_to != new.open_to {
            told(Verdict::Safe, format!("other channels are open in `{name}`: what is sent does not change by it"));
        }
        if old.targets != new.targets || old.feeds != new.feeds {
            told(Verdict::Safe, format!("what is expected of `{name}` changed: reports compare with it, and nothing else changes"));
        }
        if old.label != new.label {
            told(Verdict::Safe, format!("`{name}` has another label in pictures and reports"));
        }
        let inside = || Who::Inside(self.id_before(&new.id));
        if old.is_final != new.is_final {
            let change = Change::new(
                Verdict::Behavioural,
                place.clone(),
                format!("`{name}` is {} a final stage", if new.is_final { "now" } else { "no longer" }),
            );
            changes.push(if new.is_final {
                change.people(inside(), format!("for whoever is in `{name}` the run ends as soon as their nurtures have ended"))
            } else {
                change.people(
                    Who::Others,
                    format!("whoever came to `{name}` before is outside and stays there; from now on people stay in it"),
                )
            });
        }
    }

    /// How often people may come to a stage.
    fn visits(&self, (old, before): (&Stage, &Funnel), (new, funnel): (&Stage, &Funnel), place: &Place) -> Option<Change> {
        let limit = |stage: &Stage| stage.visits.map(|it| it.at_most);
        let words = |limit: Option<u32>| {
            limit.map_or_else(|| "as often as they like".to_owned(), |limit| format!("{} at most", words::times(limit)))
        };
        let (was, now) = (limit(old), limit(new));
        if was == now {
            return None;
        }
        let name = &new.name;
        let mut change =
            Change::new(Verdict::Behavioural, place.clone(), format!("people come to `{name}` {} instead of {}", words(now), words(was)));
        if let Some(now) = now.filter(|now| was.is_none_or(|was| *now < was)) {
            let words = format!("for whoever came {} or more often already, its doors are shut; nobody is sent away", words::times(now));
            return Some(change.people(Who::Others, words));
        }
        // A timed door that was due while it was shut is gone for the visit; any other is tried with the new rules.
        for (stage, _) in self.drawn(name, funnel, before).into_iter().filter(|(_, after)| after.is_none()) {
            let who = Who::Inside(self.id_before(&stage.id));
            let words = format!("whoever is in `{}` and fits, and had come to `{name}` too often, goes there {AT_ONCE}", stage.name);
            change = change.people(who, words).code(F852).help(HELP);
            change.verdict = Verdict::Breaking;
        }
        if change.people.is_empty() {
            change = change.people(Who::Others, "for whoever had come too often before, its doors are open again");
        }
        Some(change)
    }
}

/// Something that has another name now.
pub(super) fn renamed(names: &BTreeMap<String, String>, now: &str, kind: &str, place: &Place) -> Option<Change> {
    let (was, _) = names.iter().find(|(_, name)| *name == now)?;
    let change = Change::new(Verdict::Safe, place.clone(), format!("the {kind} `{was}` is called `{now}`"));
    Some(match kind {
        "stage" | "funnel" => change.people(Who::Others, "whoever is in it is carried over"),
        _ => change,
    })
}

/// Whether a stage looks like another one under a new name.
fn is_alike(old: &Stage, new: &Stage) -> bool {
    let doors = |stage: &Stage| -> BTreeSet<String> { stage.doors.iter().map(|door| door.sentence.clone()).collect() };
    let nurtures = |stage: &Stage| -> BTreeSet<String> { stage.nurtures.iter().map(|it| it.name.clone()).collect() };
    let (a, b) = (doors(old), doors(new));
    let shares_doors = a.intersection(&b).next().is_some();
    let (c, d) = (nurtures(old), nurtures(new));
    shares_doors || c.intersection(&d).next().is_some()
}

fn reentry(old: &Funnel, new: &Funnel, place: &Place) -> Option<Change> {
    if old.reentry == new.reentry {
        return None;
    }
    let words = |it: &Reentry| match it {
        Reentry::Never => "reentry never".to_owned(),
        Reentry::AfterLeaving => "reentry after leaving".to_owned(),
        Reentry::AfterLeavingMs(ms) => format!("reentry {} after leaving", words::time(*ms)),
        Reentry::AfterStartingMs(ms) => format!("reentry {} after starting", words::time(*ms)),
        Reentry::RestartFrom(stages) => format!("reentry restart from {}", stages.join(", ")),
    };
    let change = Change::new(Verdict::Behavioural, place.clone(), format!("who may come into `{}` again changed", new.name));
    let change = change.words(Some(&words(&old.reentry)), Some(&words(&new.reentry)));
    let opens = matches!(old.reentry, Reentry::Never);
    let change = if opens {
        change.people(Who::Others, "whoever has left, also before this change, may come in again by a door from outside")
    } else if matches!(new.reentry, Reentry::Never) {
        change.people(Who::Others, "whoever has left, also before this change, does not come in again; whoever is inside stays")
    } else {
        change.people(Who::Others, "whoever has left comes in again by the new rule; whoever is inside stays")
    };
    Some(match &new.reentry {
        Reentry::RestartFrom(stages) => change.people(
            Who::Others,
            format!(
                "whoever is in {} begins anew at the next door from outside that they meet",
                words::quoted(stages.iter().map(String::as_str))
            ),
        ),
        Reentry::Never | Reentry::AfterLeaving | Reentry::AfterLeavingMs(_) | Reentry::AfterStartingMs(_) => change,
    })
}

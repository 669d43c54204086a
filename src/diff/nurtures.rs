//! What changed about the nurtures of a stage.

use super::{
    codes::{F850, F852, F855},
    fate::{Fates, is_one_message},
    movement::AT_ONCE,
    relation::{Difference, Judge},
    report::{Change, Example, Place, Relation, Verdict, Who},
    steps::Steps,
    words,
};
use crate::ruleset::{Condition, Nurture, RuleSet, Stage, Start, Step};

/// Compares the nurtures of a stage that both versions have.
pub(super) struct Nurtures<'a, 'r> {
    pub judge: &'a Judge<'a>,
    pub old: &'r RuleSet,
    pub new: &'r RuleSet,
    /// The older identity of what has this one now.
    pub id_before: &'a dyn Fn(&str) -> String,
}

impl<'r> Nurtures<'_, 'r> {
    /// What changed.
    pub fn compared(&self, old: &'r Stage, new: &'r Stage, place: &Place) -> Vec<Change> {
        let mut changes = Vec::new();
        let is_gone = |it: &&Nurture| new.nurtures.iter().all(|other| other.name != it.name);
        let is_new = |it: &&Nurture| old.nurtures.iter().all(|other| other.name != it.name);
        let mut heirs: Vec<&str> = Vec::new();
        for gone in old.nurtures.iter().filter(is_gone) {
            let heir = new.nurtures.iter().filter(is_new).find(|it| it.start == gone.start && is_heir(gone, it));
            heirs.extend(heir.map(|it| it.name.as_str()));
            changes.push(self.gone(gone, heir, place));
        }
        for nurture in &new.nurtures {
            let here = Place { nurture: Some(nurture.name.clone()), id: Some(nurture.id.clone()), ..place.clone() };
            match old.nurtures.iter().find(|other| other.name == nurture.name) {
                Some(before) => changes.extend(self.changed(before, nurture, &here)),
                None if heirs.contains(&nurture.name.as_str()) => {}
                None => changes.push(self.added(nurture, &new.name, &here)),
            }
        }
        changes
    }

    fn changed(&self, old: &'r Nurture, new: &'r Nurture, place: &Place) -> Vec<Change> {
        let mut changes = Vec::new();
        changes.extend(self.start(old, new, place));
        let fates = Fates::new(old, new);
        let same = |before: &str, now: &str| is_one_message(&self.old.messages, &self.new.messages, before, now);
        changes.extend(Steps::new(self.judge, &fates, place.clone()).compared(&old.steps, &new.steps, &same));
        for who in changes.iter_mut().flat_map(|change| &mut change.people).map(|fate| &mut fate.who) {
            if let Who::Waiting(id) = who {
                *id = (self.id_before)(id);
            }
        }
        changes
    }

    fn gone(&self, it: &Nurture, heir: Option<&Nurture>, place: &Place) -> Change {
        let place = Place { nurture: Some(it.name.clone()), ..place.clone() };
        let who = || Who::Nurtured((self.id_before)(&it.id));
        let sends = sends(&it.steps);
        let rest =
            if sends.is_empty() { String::new() } else { format!(", and what is still to come of {} does not come", words::quoted(sends)) };
        let stage = place.stage.clone().unwrap_or_default();
        match heir {
            Some(heir) => Change::new(
                Verdict::Breaking,
                place,
                format!(
                    "`{}` is gone, and `{}` does the same: whoever is in the old one does not get into the new one",
                    it.name, heir.name
                ),
            )
            .code(F850)
            .words(Some(&it.sentence), Some(&heir.sentence))
            .people(
                who(),
                format!(
                    "for whoever is in `{}` it ends{rest}; `{}` begins for those alone who enter `{stage}` from now on",
                    it.name, heir.name
                ),
            )
            .help(format!(
                "keep the name `{}` and put the new words in its label, or make a play of it that says `formerly {}`",
                it.name, it.name
            )),
            None => Change::new(Verdict::Behavioural, place, format!("the nurture `{}` is gone", it.name))
                .words(Some(&it.sentence), None)
                .people(who(), format!("for whoever is in it, it ends {AT_ONCE}{rest}")),
        }
    }

    fn added(&self, it: &Nurture, stage: &str, place: &Place) -> Change {
        let change = Change::new(Verdict::Behavioural, place.clone(), format!("the nurture `{}` is new in `{stage}`", it.name))
            .words(None, Some(&it.sentence));
        let inside = Who::Inside((self.id_before)(it.id.strip_suffix(&format!("/{}", it.name)).unwrap_or(&it.id)));
        match &it.start {
            Start::Entry => {
                change.people(inside, format!("whoever is in `{stage}` now does not get it: it begins for those who enter from now on"))
            }
            Start::EachTime(_) => {
                change.people(inside, format!("for whoever is in `{stage}` now it begins the next time this happens to them"))
            }
            Start::When(when) if self.rests(when) => {
                let change = change.code(F852).people(inside, format!("for whoever is in `{stage}` now and fits, it begins {AT_ONCE}"));
                Change { verdict: Verdict::Breaking, ..change }.help(HELP)
            }
            Start::When(_) => change.people(inside, format!("for whoever is in `{stage}` now it begins when it comes true")),
        }
    }

    fn rests(&self, when: &Condition) -> bool {
        let space = self.judge.space();
        self.judge.can_rest(&space.condition(super::raise::Side::New, when))
    }

    /// When it starts.
    fn start(&self, old: &Nurture, new: &Nurture, place: &Place) -> Option<Change> {
        let name = &new.name;
        let stage = place.stage.clone().unwrap_or_default();
        let difference = match (&old.start, &new.start) {
            (Start::Entry, Start::Entry) => return None,
            (Start::When(a), Start::When(b)) | (Start::EachTime(a), Start::EachTime(b)) if a == b => return None,
            (Start::When(a), Start::When(b)) | (Start::EachTime(a), Start::EachTime(b)) => self.judge.between(Some(a), Some(b))?,
            // At entry, if it holds.
            (Start::Entry, Start::When(_)) => Difference::bare(Relation::Stricter),
            (Start::When(_), Start::Entry) => Difference::bare(Relation::Looser),
            (Start::Entry | Start::When(_), Start::EachTime(_)) | (Start::EachTime(_), Start::Entry | Start::When(_)) => {
                Difference::bare(Relation::Different)
            }
        };
        let message = match difference.relation {
            Relation::Stricter => format!("`{name}` begins for fewer people than before"),
            Relation::Looser => format!("`{name}` begins for more people than before"),
            Relation::Different => format!("`{name}` begins for other people than before, or at another time"),
            Relation::Undecided => {
                format!("`{name}` begins under a condition that reads otherwise; whether it means something else cannot be decided")
            }
        };
        let change = Change::new(Verdict::Behavioural, place.clone(), message).code(F855).words(Some(&old.sentence), Some(&new.sentence));
        let change = Change { relation: Some(difference.relation), ..change }.examples(examples(&difference));
        let inside = Who::Inside((self.id_before)(new.id.strip_suffix(&format!("/{name}")).unwrap_or(&new.id)));
        let begins_at_once = matches!((&old.start, &new.start), (Start::When(_), Start::When(_))) && difference.gained_at_rest.is_some();
        Some(if begins_at_once {
            let change = change
                .code(F852)
                .people(inside, format!("for whoever is in `{stage}` now and fits, it begins {AT_ONCE}, unless it has begun before"));
            Change { verdict: Verdict::Breaking, ..change }.help(HELP)
        } else {
            change.people(inside, "whoever is in it already stays in it".to_owned())
        })
    }
}

const HELP: &str = "if that many messages at one moment are not meant, let it begin on entering, or by an event that is still to come";

fn examples(difference: &Difference) -> Vec<Example> {
    if difference.relation == Relation::Undecided {
        return Vec::new();
    }
    let example = |who: &String, before: &str, now: &str| Example {
        who: if who.is_empty() { "everybody".to_owned() } else { who.clone() },
        before: before.to_owned(),
        now: now.to_owned(),
    };
    let lost = difference.lost.as_ref().map(|who| example(who, "it began", "it does not begin"));
    let gained = difference.gained.as_ref().map(|who| example(who, "it did not begin", "it begins"));
    lost.into_iter().chain(gained).collect()
}

/// The messages that some steps send, each once.
pub(super) fn sends(steps: &[Step]) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for message in Step::all(steps).into_iter().filter_map(Step::message) {
        if !found.contains(&message) {
            found.push(message);
        }
    }
    found
}

/// Whether one nurture looks like another under a new name: it asks for half of the same things, or more.
fn is_heir(old: &Nurture, new: &Nurture) -> bool {
    let (before, now) = (sends(&old.steps), sends(&new.steps));
    let shared = before.iter().filter(|it| now.contains(it)).count();
    if before.is_empty() { Step::all(&old.steps).iter().any(|it| it.kind.rests()) && alike(old, new) } else { shared * 2 >= before.len() }
}

fn alike(old: &Nurture, new: &Nurture) -> bool {
    old.steps.len() == new.steps.len() && old.steps.iter().zip(&new.steps).all(|(a, b)| super::align::bare(a) == super::align::bare(b))
}

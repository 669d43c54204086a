//! What changed about the ways people move, in words, and what that does to those inside.

use super::{
    codes::{F852, F853},
    report::{Change, Example, Place, Relation, Verdict, Who},
    ways::{Delays, From, Kind, Swap, WayChange},
    words,
};
use std::collections::BTreeMap;

/// When a change begins to hold.
pub(super) const AT_ONCE: &str = "as soon as the new rules are used";

/// What can be done against it.
pub(super) const HELP: &str = "if so many people at one moment are not meant, let it hold for those alone who enter from now on, for instance by an event that is still to come";

/// A change of ways in words; `ids` are the older identities of stages by their present names.
pub(super) fn change(change: &WayChange, place: &Place, ids: &BTreeMap<String, String>) -> Change {
    let here = Moved { change, ids };
    let place = Place { stage: here.change.to.clone(), id: change.id.clone(), ..place.clone() };
    let told = Change::new(Verdict::Behavioural, place, here.message()).code(F853);
    let joined = |list: &[String]| (!list.is_empty()).then(|| list.join(" · "));
    let told = told.words(joined(&change.before).as_deref(), joined(&change.now).as_deref());
    let told = Change { relation: here.relation(), ..told }.examples(here.examples());
    here.people(told)
}

/// Two doors that changed places.
pub(super) fn swap(swap: &Swap, place: &Place) -> Change {
    let (first, second) = (&swap.to.0, &swap.to.1);
    let from = words::from(&swap.from);
    let message = format!("the door to `{second}` is tried before the one to `{first}` now");
    let who = if swap.who.is_empty() { "everybody".to_owned() } else { swap.who.clone() };
    let example = Example { who, before: format!("goes from {from} to `{first}`"), now: format!("goes to `{second}`") };
    Change { relation: Some(Relation::Different), ..Change::new(Verdict::Behavioural, place.clone(), message) }
        .code(F853)
        .words(Some(&format!("{} · {}", swap.first, swap.second)), Some(&format!("{} · {}", swap.second, swap.first)))
        .examples(vec![example])
        .help(format!("the first door in the file wins: put `{first}` before `{second}` again, unless this is meant"))
}

/// Ways that changed, to be told of.
struct Moved<'a> {
    change: &'a WayChange,
    ids: &'a BTreeMap<String, String>,
}

impl Moved<'_> {
    fn to(&self) -> String {
        self.change.to.as_ref().map_or_else(|| "out of the funnel".to_owned(), |name| format!("to `{name}`"))
    }

    fn is_leave(&self) -> bool {
        self.change.to.is_none()
    }

    /// `from trial to customer`, or how people leave.
    fn way(&self) -> String {
        format!("from {} {}", words::from(&self.change.from), self.to())
    }

    fn relation(&self) -> Option<Relation> {
        match &self.change.kind {
            Kind::Added { .. } => Some(Relation::Looser),
            Kind::Gone => Some(Relation::Stricter),
            Kind::Counted { .. } => Some(Relation::Different),
            Kind::Changed { difference, delays, .. } => {
                let (one, other) = (difference.as_ref().map(|it| it.relation), delays.as_ref().map(|it| it.relation));
                match (one, other) {
                    (Some(one), Some(other)) => Some(one.and(other)),
                    (one, other) => one.or(other),
                }
            }
        }
    }

    fn message(&self) -> String {
        let noun = if self.is_leave() { "way" } else { "door" };
        match &self.change.kind {
            Kind::Added { .. } => format!("a new {noun} leads {}", self.way()),
            Kind::Gone => format!("a {noun} {} is gone", self.way()),
            Kind::Counted { .. } => {
                format!(
                    "the {noun} {} goes by {}, which counts otherwise now",
                    self.way(),
                    words::quoted(self.change.through.iter().map(String::as_str))
                )
            }
            Kind::Changed { difference, delays, .. } => {
                let mut said = Vec::new();
                said.extend(delays.as_ref().map(|delays| self.later_or_sooner(delays)));
                said.extend(difference.as_ref().map(|it| self.passes(it.relation)));
                said.join(", and ")
            }
        }
    }

    /// When it opens now, and what starts that time anew.
    fn later_or_sooner(&self, delays: &Delays) -> String {
        let anew = match (delays.before_ms == delays.now_ms, &delays.without) {
            (false, Some(event)) => format!(", counted anew from each `{event}`"),
            (true, _) | (false, None) => String::new(),
        };
        format!("{}{anew}", self.opens(delays))
    }

    fn opens(&self, delays: &Delays) -> String {
        let way = self.way();
        let noun = if self.is_leave() { "way" } else { "door" };
        match (delays.before_ms, delays.now_ms) {
            (Some(before), Some(now)) if before != now => {
                format!("the {noun} {way} opens after {} instead of {}", words::time(now), words::instead_of(before, now))
            }
            (None, Some(now)) => format!("the {noun} {way} opens only after {}", words::time(now)),
            (Some(before), None) => {
                format!("the {noun} {way} is open from the beginning, and no longer only after {}", words::time(before))
            }
            (Some(_), Some(_)) | (None, None) => match &delays.without {
                Some(event) => format!("another event starts the time anew before the {noun} {way} opens: `{event}`"),
                None => format!("nothing starts the time anew any more before the {noun} {way} opens"),
            },
        }
    }

    fn passes(&self, relation: Relation) -> String {
        let (verb, way) = if self.is_leave() {
            ("leave", words::from(&self.change.from))
        } else {
            ("go", format!("{} {}", words::from(&self.change.from), self.to()))
        };
        match relation {
            Relation::Stricter => format!("fewer people {verb} from {way}"),
            Relation::Looser => format!("more people {verb} from {way}"),
            Relation::Different => format!("other people than before {verb} from {way}"),
            Relation::Undecided => format!(
                "the condition under which people {verb} from {way} reads otherwise, and whether it means something else cannot be decided"
            ),
        }
    }

    fn examples(&self) -> Vec<Example> {
        let Kind::Changed { difference: Some(difference), .. } = &self.change.kind else { return Vec::new() };
        if difference.relation == Relation::Undecided {
            return Vec::new();
        }
        let goes = if self.is_leave() { "leaves".to_owned() } else { format!("goes {}", self.to()) };
        let does_not = "does not go this way".to_owned();
        let named = |who: &String| if who.is_empty() { "everybody".to_owned() } else { who.clone() };
        let mut examples = Vec::new();
        if let Some(who) = &difference.lost {
            examples.push(Example { who: named(who), before: goes.clone(), now: does_not.clone() });
        }
        if let Some(who) = &difference.gained {
            examples.push(Example { who: named(who), before: does_not, now: goes });
        }
        examples
    }

    /// The stages from which this way leads; nothing stands for all of them.
    fn stages(&self) -> Vec<Option<&str>> {
        let inside = |from: &&From| matches!(from, From::Stage(_) | From::Anywhere);
        self.change
            .from
            .iter()
            .filter(inside)
            .map(|from| match from {
                From::Stage(name) => Some(name.as_str()),
                From::Anywhere | From::Outside => None,
            })
            .collect()
    }

    fn goes(&self) -> String {
        if self.is_leave() { "leaves the funnel".to_owned() } else { format!("goes {}", self.to()) }
    }

    /// What happens to those who stand before this way now.
    fn people(&self, mut told: Change) -> Change {
        let comes = self.change.from.contains(&From::Outside);
        for stage in self.stages() {
            let who = stage.and_then(|stage| self.ids.get(stage)).map_or(Who::Others, |id| Who::Inside(id.clone()));
            let inside = stage.map_or_else(|| "whoever is in the funnel".to_owned(), |stage| format!("whoever is in `{stage}`"));
            let (words, at_once) = self.fate(&inside);
            told = told.people(who, words);
            if at_once {
                told.verdict = Verdict::Breaking;
                told.code = Some(F852);
            }
        }
        let at_rest = matches!(&self.change.kind, Kind::Changed { difference: Some(it), .. } if it.gained_at_rest.is_some())
            || matches!(&self.change.kind, Kind::Added { rests: true, .. });
        if comes && at_rest {
            told = told
                .people(Who::Others, format!("whoever is outside and fits comes in to {} {AT_ONCE}", self.to().trim_start_matches("to ")));
        }
        if told.verdict == Verdict::Breaking && told.help.is_none() {
            told = told.help(HELP);
        }
        told
    }

    /// What happens to people of a stage, and whether it happens at once.
    fn fate(&self, inside: &str) -> (String, bool) {
        let goes = self.goes();
        match &self.change.kind {
            Kind::Gone => (format!("{inside} stays there, unless another way opens"), false),
            Kind::Added { after_ms: Some(ms), rests: true } => {
                (format!("{inside} for {} or longer already {goes} {AT_ONCE}", words::time(*ms)), true)
            }
            Kind::Added { after_ms: None, rests: true } => (format!("{inside} and fits {goes} {AT_ONCE}"), true),
            Kind::Added { rests: false, .. } => (format!("{inside} {goes} when it happens to them from now on"), false),
            Kind::Counted { rests: true } => (format!("{inside} is counted anew, and {goes} {AT_ONCE} if the count is enough"), true),
            Kind::Counted { rests: false } => (format!("{inside} is counted anew at the next event that opens this way"), false),
            Kind::Changed { difference, delays, rests } => self.changed_fate(inside, difference.as_ref(), delays.as_ref(), *rests),
        }
    }

    fn changed_fate(
        &self,
        inside: &str,
        difference: Option<&super::relation::Difference>,
        delays: Option<&Delays>,
        rests: bool,
    ) -> (String, bool) {
        let goes = self.goes();
        if let Some(delays) = delays {
            let sooner = delays.before_ms.unwrap_or(0) > delays.now_ms.unwrap_or(0) || matches!(delays.relation, Relation::Looser);
            let since = delays.now_ms.map_or(String::new(), |ms| format!(" for {} or longer already", words::time(ms)));
            return match (sooner, rests) {
                (true, true) => (format!("{inside}{since} {goes} {AT_ONCE}"), true),
                (true, false) => (format!("{inside}{since} {goes} at the next event that opens this way"), false),
                (false, _) => match (delays.now_ms, delays.before_ms) {
                    (Some(now), before) if before.is_none_or(|before| before < now) => {
                        (format!("{inside} now waits for {} too, counted from when they entered", words::time(now)), false)
                    }
                    (_, _) => (format!("{inside} goes by the new condition from now on"), false),
                },
            };
        }
        match difference {
            Some(difference) => match &difference.gained_at_rest {
                Some(who) if who.is_empty() => (format!("{inside} {goes} {AT_ONCE}"), true),
                Some(who) => (format!("{inside} and fits, such as {who}, {goes} {AT_ONCE}"), true),
                None if difference.lost.is_some() => {
                    (format!("{inside} goes by the new condition from now on; nobody is moved by the change itself"), false)
                }
                None => (format!("{inside} stays until it happens to them"), false),
            },
            None => (format!("{inside} goes by the new condition from now on"), false),
        }
    }
}

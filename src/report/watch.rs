//! The consumer of results: whichever engine tells them, in the order of (time, contact, sequence), and before the results of an
//! instant the records that were taken then, at least those that a report asks for.

use super::{
    people::{IDENTIFY, People, TIMEZONE, Types, Who},
    promise::{Assumed, Rated},
    walk::{Move, Walks},
};
use crate::{
    ruleset::RuleSet,
    runtime::{Heard, Met, Outcome, Reason, Record, SendOutcome, SetAside, Sink, What},
};
use jiff::{civil::Date, tz::TimeZone};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// How requests for messages ended.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Sends {
    pub sent: u64,
    pub held: u64,
    pub capped: u64,
    pub no_consent: u64,
    pub dropped: u64,
}

impl Sends {
    fn count(&mut self, outcome: SendOutcome) {
        match outcome {
            SendOutcome::Sent => self.sent += 1,
            SendOutcome::Held { .. } => self.held += 1,
            SendOutcome::Capped => self.capped += 1,
            SendOutcome::NoConsent => self.no_consent += 1,
            SendOutcome::Dropped => self.dropped += 1,
        }
    }
}

/// What is counted while results come in.
pub struct Watching<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) by: Option<&'r str>,
    pub(super) people: People<'r>,
    funnels: FxHashMap<&'r str, usize>,
    pub(super) walks: Vec<Walks<'r>>,
    messages: FxHashMap<&'r str, usize>,
    pub(super) sends: Vec<Sends>,
    channels: FxHashMap<&'r str, usize>,
    /// By the day of the contact's calendar, and the channel.
    pub(super) days: BTreeMap<(Date, usize), Sends>,
    actions: FxHashMap<&'r str, usize>,
    pub(super) asked: Vec<u64>,
    pub(super) rated: Vec<Rated<'r>>,
    pub(super) assumed: Vec<Assumed<'r>>,
    pub(super) set_aside: BTreeMap<Reason, u64>,
    /// When the earliest record happened that was told.
    first_ms: Option<i64>,
    /// Who was met, where not all are told.
    met: Option<Met>,
    pub(super) looping: u64,
    /// The weeks in which runs began, by number, each the day of its Monday.
    pub(super) weeks: Vec<Date>,
    week_numbers: FxHashMap<Date, u32>,
}

impl<'r> Watching<'r> {
    /// Nothing counted yet; runs are also grouped `by` the value of this property. Times that name no zone are of this one.
    #[must_use]
    pub fn new(rules: &'r RuleSet, by: Option<&'r str>, zone: &TimeZone) -> Self {
        fn places<'n>(names: impl Iterator<Item = &'n String>) -> FxHashMap<&'n str, usize> {
            names.enumerate().map(|(at, name)| (name.as_str(), at)).collect()
        }
        Self {
            rules,
            by,
            people: People::new(rules, by, zone),
            funnels: places(rules.funnels.iter().map(|funnel| &funnel.name)),
            walks: rules.funnels.iter().map(Walks::new).collect(),
            messages: places(rules.messages.iter().map(|message| &message.name)),
            sends: vec![Sends::default(); rules.messages.len()],
            channels: places(rules.channels.iter().map(|channel| &channel.name)),
            days: BTreeMap::new(),
            actions: places(rules.actions.iter().map(|action| &action.name)),
            asked: vec![0; rules.actions.len()],
            rated: Rated::all(rules),
            assumed: Assumed::all(rules),
            set_aside: BTreeMap::new(),
            first_ms: None,
            met: None,
            looping: 0,
            weeks: Vec::new(),
            week_numbers: FxHashMap::default(),
        }
    }

    /// Who was met.
    pub(super) fn who_was_met(&self) -> Met {
        let contacts = || u64::try_from(self.people.count()).unwrap_or(u64::MAX);
        self.met.unwrap_or_else(|| Met { contacts: contacts(), first_ms: self.first_ms })
    }

    /// The property by which runs are grouped.
    #[must_use]
    pub fn by(&self) -> Option<&'r str> {
        self.by
    }

    /// Whether any record, or the contact's declaration, had the property by which runs are grouped.
    #[must_use]
    pub fn met_property(&self) -> bool {
        self.by.is_none() || self.people.is_met
    }

    /// The number of the week that a day is in.
    fn week(&mut self, day: Date) -> u32 {
        let back = i64::from(day.weekday().to_monday_zero_offset());
        let monday = day.checked_sub(jiff::Span::new().days(back)).unwrap_or(day);
        let weeks = &mut self.weeks;
        *self.week_numbers.entry(monday).or_insert_with(|| {
            weeks.push(monday);
            u32::try_from(weeks.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn moves(&mut self, outcome: &Outcome, who: Who, to: Option<&str>) {
        let Some(at) = self.funnels.get(outcome.funnel.as_str()).copied() else { return };
        let day = self.people.day(who, outcome.time_ms);
        let (week, value) = (self.week(day), self.people.value(who));
        let step = Move { who, key: outcome.key.as_deref(), at_ms: outcome.time_ms, to, week, value };
        if let Some(walks) = self.walks.get_mut(at) {
            walks.moves(&step);
        }
        for assumed in &mut self.assumed {
            if assumed.funnel == outcome.funnel && Some(assumed.stage) == to {
                assumed.begins(who, outcome.key.as_deref(), outcome.time_ms);
            }
        }
    }

    fn sends(&mut self, outcome: &Outcome, who: Who, message: &str, channel: &str, how: SendOutcome) {
        if let Some(sends) = self.messages.get(message).and_then(|at| self.sends.get_mut(*at)) {
            sends.count(how);
        }
        if let Some(channel) = self.channels.get(channel) {
            let day = self.people.day(who, outcome.time_ms);
            self.days.entry((day, *channel)).or_default().count(how);
        }
    }

    /// An event has come, from outside or from a funnel; `key` gives its value of a property.
    fn comes(&mut self, who: Who, event: &str, at_ms: i64, key: impl Fn(&Types<'r>, &str) -> Option<String>) {
        for rated in self.rated.iter_mut().filter(|rated| rated.event.name == event) {
            rated.comes(who, at_ms, &self.people);
        }
        for assumed in self.assumed.iter_mut().filter(|assumed| assumed.event == Some(event)) {
            let keyed_by = self.rules.funnels.iter().find(|funnel| funnel.name == assumed.funnel).and_then(|it| it.key.as_deref());
            let key = keyed_by.and_then(|name| key(&self.people.types, name));
            assumed.comes(who, key.as_deref(), at_ms, &self.people);
        }
    }
}

impl Sink for Watching<'_> {
    fn outcome(&mut self, outcome: &Outcome) {
        let who = self.people.who(&outcome.contact);
        match &outcome.what {
            What::Move { to, .. } => self.moves(outcome, who, to.as_deref()),
            What::RunEnds { .. } => {
                let walks = self.funnels.get(outcome.funnel.as_str()).and_then(|at| self.walks.get_mut(*at));
                walks.into_iter().for_each(|walks| walks.ends(who, outcome.key.as_deref()));
            }
            What::Send { message, channel, outcome: how, .. } => self.sends(outcome, who, message, channel, *how),
            What::Do { action, .. } => {
                let asked = self.actions.get(action.as_str()).and_then(|at| self.asked.get_mut(*at));
                asked.into_iter().for_each(|asked| *asked += 1);
            }
            What::Record { event, arguments } => {
                let key = |_: &Types<'_>, name: &str| {
                    arguments.iter().find(|(it, _)| it == name).and_then(|(_, value)| Some(value.as_ref()?.plain()))
                };
                self.comes(who, event, outcome.time_ms, key);
            }
            What::Set { attribute, value } => self.people.set(who, attribute, value.as_ref()),
            What::Looping { .. } => self.looping += 1,
            What::PlayBegins { .. }
            | What::PlayFinished { .. }
            | What::PlayCutOff { .. }
            | What::Split { .. }
            | What::Stranded { .. }
            | What::Cascade => {}
        }
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        *self.set_aside.entry(set_aside.reason).or_insert(0) += 1;
    }

    fn counts_aside(&self) -> bool {
        true
    }

    fn set_aside_alike(&mut self, reason: Reason, count: u64) {
        *self.set_aside.entry(reason).or_insert(0) += count;
    }

    fn hears(&self) -> Heard {
        let rated = self.rated.iter().map(|rated| rated.event.name.as_str());
        let assumed = self.assumed.iter().filter_map(|assumed| assumed.event);
        let keys = self.rules.funnels.iter().filter_map(|funnel| funnel.key.as_deref());
        let mut beside: Vec<String> = keys.chain([TIMEZONE]).filter(|name| Some(*name) != self.by).map(str::to_owned).collect();
        beside.sort_unstable();
        beside.dedup();
        Heard { events: rated.chain(assumed).chain([IDENTIFY]).map(str::to_owned).collect(), property: self.by.map(str::to_owned), beside }
    }

    fn met(&mut self, met: Met) {
        self.met = Some(met);
    }

    fn taken(&mut self, record: &Record) {
        let who = self.people.who(&record.contact);
        self.first_ms = Some(self.first_ms.map_or(record.time_ms, |first| first.min(record.time_ms)));
        self.people.learn(who, record);
        self.comes(who, &record.event, record.time_ms, |types, name| types.declared(record, name));
    }
}

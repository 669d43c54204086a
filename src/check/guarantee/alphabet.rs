//! All that courses of things are made of that can break a guarantee.
//!
//! Taken in are the funnels that it speaks of and those that have a part in what they do: that set or record what they ask for,
//! send what they answer to, or use up their caps. Of these every event that something waits for or remembers, with a value of
//! each kind that conditions tell apart; each attribute in the same way, known before or told on the way; complaints, which shut
//! channels; a second key where runs have keys; far zones where clocks matter; and all spans of time that something counts.

use super::{decide::Judge, reads::Reads, search::conditions_of};
use crate::{
    check::plot::Kinds,
    diag::{Alphabet, Breach, BreachKind, Claim, Fact, Happening, When},
    graph::mentions,
    model::{
        AttributeId, Condition, ConditionKind, Event, EventId, EventTest, FunnelId, GuaranteeKind, Keeper, MessageId, Model, Reentry,
        StageId, Start, Step, StepKind, Type, Wait,
    },
};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// So many moves are taken.
const MOVES_MAX: usize = 64;

/// So many kinds of one event are taken.
const KINDS_MAX: usize = 12;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// The keys of two runs.
const KEYS: [&str; 2] = ["A-17", "B-18"];

/// Zones far in the east and west.
const ZONES: [&str; 2] = ["Pacific/Auckland", "America/Los_Angeles"];

impl Judge<'_, '_> {
    /// The alphabet of a claim; `funnels` are those that the guarantee speaks of.
    pub fn alphabet(&self, funnels: &[FunnelId], claim: &Claim, start_ms: i64) -> Alphabet {
        let model = self.context.model;
        let mut scene = self.scene(funnels);
        while let Some(more) = model.funnels.ids().find(|id| !scene.funnels.contains(id) && scene.is_touched_by(*id)) {
            let all: Vec<FunnelId> = scene.funnels.iter().copied().chain([more]).collect();
            scene = self.scene(&all);
        }
        let mut kinds = Kinds::new(model);
        scene.conditions.iter().for_each(|it| kinds.learn(it));
        let asked = self.asked();
        asked.into_iter().for_each(|test| kinds.filter(test));
        scene.reads.tests.iter().for_each(|test| kinds.filter(test));
        let is_flag = |id: &AttributeId| matches!(model.attributes[*id].keeper, Keeper::Anyone | Keeper::Fixed);
        scene.sent.iter().filter_map(|id| model.channels[model.messages[*id].channel?].needs).filter(is_flag).for_each(|id| kinds.flag(id));
        let mut alphabet = Alphabet { is_whole: true, ..Alphabet::default() };
        scene.attributes(&kinds, start_ms, &mut alphabet);
        scene.events(&kinds, asked, start_ms, &mut alphabet);
        alphabet.is_whole &= kinds.is_whole && alphabet.moves.len() <= MOVES_MAX;
        alphabet.moves.truncate(MOVES_MAX);
        scene.spans(claim, &mut alphabet);
        scene.hearing(asked, &mut alphabet);
        alphabet.splits = scene.splits;
        alphabet.goals = self.goals(claim);
        alphabet
    }

    /// The event that the guarantee speaks of.
    fn asked(&self) -> Option<&EventTest> {
        match self.kind {
            Some(GuaranteeKind::LeadsTo { event, .. } | GuaranteeKind::NeverSendAfter { event, .. }) => Some(event),
            Some(_) | None => None,
        }
    }

    fn scene(&self, funnels: &[FunnelId]) -> Scene<'_> {
        let model = self.context.model;
        let mut scene = Scene {
            model,
            funnels: funnels.to_vec(),
            conditions: Vec::new(),
            reads: Reads::new(model),
            places: BTreeMap::new(),
            sent: BTreeSet::new(),
            splits: Vec::new(),
            has_clocks: false,
        };
        for id in funnels {
            let funnel = &model.funnels[*id];
            if let Some(Reentry::AfterLeavingMs(ms) | Reentry::AfterStartingMs(ms)) = &funnel.reentry {
                scene.reads.spans.insert(*ms);
            }
            let name = &funnel.name.text;
            for hop in self.routes.entering(*id) {
                scene.clause(format_smolstr!("{name}/"), hop.when(), None);
            }
            for stage in funnel.stages.iter().filter(|id| self.routes.is_reached(**id)) {
                let place = self.full(*stage);
                for hop in self.routes.from(*stage) {
                    scene.clause(place.clone(), hop.when(), hop.after());
                }
                if matches!(funnel.reentry, Some(Reentry::RestartFrom(_))) {
                    self.routes.entering(*id).iter().for_each(|hop| scene.clause(place.clone(), hop.when(), None));
                }
                scene.nurtures(&place, *stage);
            }
        }
        scene
    }
}

/// The funnels that are looked at, and what they ask for.
struct Scene<'m> {
    model: &'m Model,
    funnels: Vec<FunnelId>,
    conditions: Vec<Condition>,
    reads: Reads<'m>,
    /// The events that each place waits for.
    places: BTreeMap<SmolStr, BTreeSet<EventId>>,
    sent: BTreeSet<MessageId>,
    splits: Vec<(SmolStr, Vec<SmolStr>)>,
    /// Whether anything goes by the clock.
    has_clocks: bool,
}

impl Scene<'_> {
    fn condition(&mut self, place: &SmolStr, when: &Condition) {
        let mut here = Reads::new(self.model);
        here.condition(when);
        self.places.entry(place.clone()).or_default().extend(here.heard);
        self.reads.condition(when);
        when.each_atom(true, &mut |atom, _| {
            self.has_clocks |= matches!(atom.kind, ConditionKind::Every { .. } | ConditionKind::Reaches { .. });
        });
        self.conditions.push(when.clone());
    }

    fn clause(&mut self, place: SmolStr, when: Option<&Condition>, after: Option<&crate::model::Delay>) {
        if let Some(when) = when {
            self.condition(&place, when);
        }
        if let Some(delay) = after {
            self.reads.spans.insert(delay.delay_ms);
            if let Some(test) = &delay.without {
                self.reads.past(test, None);
            }
        }
    }

    fn nurtures(&mut self, place: &SmolStr, stage: StageId) {
        let model = self.model;
        for nurture in &model.stages[stage].nurtures {
            if let Start::When(when) | Start::EachTime(when) = &nurture.start {
                self.condition(place, when);
            }
            Step::each(&nurture.steps, &mut |step| self.step(place, step));
        }
    }

    fn step(&mut self, place: &SmolStr, step: &Step) {
        let mut conditions = Vec::new();
        conditions_of(step, &mut conditions);
        conditions.iter().for_each(|when| self.condition(place, when));
        match &step.kind {
            StepKind::Send { message, .. } => {
                self.sent.extend(*message);
                let channel = message.and_then(|id| self.model.messages[id].channel);
                self.has_clocks |= channel.is_some_and(|id| !self.model.channels[id].quiet.is_empty());
            }
            StepKind::Set { value, .. } | StepKind::Add { value, .. } | StepKind::Remove { value, .. } => self.reads.term(value),
            StepKind::Split(split) => {
                let arms = split.arms.iter().map(|arm| arm.name.clone()).collect();
                self.splits.push((split.name.clone(), arms));
            }
            StepKind::Repeat(repeat) => drop(self.reads.spans.insert(repeat.every_ms)),
            StepKind::Wait(Wait::For { ms } | Wait::Until { up_to_ms: ms, .. } | Wait::Arms { up_to_ms: ms, .. }) => {
                self.reads.spans.insert(*ms);
            }
            StepKind::Wait(Wait::CalendarDays { days }) => {
                self.has_clocks = true;
                self.reads.spans.insert(i64::from(*days).saturating_mul(DAY_MS));
            }
            StepKind::Wait(Wait::Clock { .. } | Wait::Instant { .. }) => self.has_clocks = true,
            StepKind::Act { .. } | StepKind::If { .. } | StepKind::Record { .. } | StepKind::Stop => {}
        }
    }

    /// Whether another funnel has a part in what these do.
    fn is_touched_by(&self, other: FunnelId) -> bool {
        let model = self.model;
        let is_asked = |id: AttributeId| {
            let needed = self.sent.iter().any(|it| model.messages[*it].channel.is_some_and(|it| model.channels[it].needs == Some(id)));
            needed || self.conditions.iter().any(|when| mentions(model, when, &|it| it == id))
        };
        let is_known = |id: EventId| self.reads.heard.contains(&id) || self.reads.remembered.contains(&id);
        let is_answered = |id: MessageId| {
            let of_it = |test: &EventTest| {
                test.event.is_some_and(|event| model.events[event].about_message) && test.message.is_none_or(|it| it == id)
            };
            self.reads.tests.iter().any(of_it)
        };
        let shares_cap = |id: MessageId| {
            let channel = model.messages[id].channel.filter(|it| !model.channels[*it].caps.is_empty());
            channel.is_some() && self.sent.iter().any(|it| model.messages[*it].channel == channel)
        };
        let mut touches = false;
        for stage in &model.funnels[other].stages {
            for nurture in &model.stages[*stage].nurtures {
                Step::each(&nurture.steps, &mut |step| {
                    touches |= match &step.kind {
                        StepKind::Set { attribute, .. } | StepKind::Add { attribute, .. } | StepKind::Remove { attribute, .. } => {
                            attribute.is_some_and(is_asked)
                        }
                        StepKind::Record { event, .. } => event.is_some_and(is_known),
                        StepKind::Send { message: Some(id), .. } => is_answered(*id) || shares_cap(*id),
                        _ => false,
                    };
                });
            }
        }
        touches
    }

    /// What may be known before, and what may become known.
    fn attributes(&self, kinds: &Kinds<'_>, start_ms: i64, alphabet: &mut Alphabet) {
        let model = self.model;
        let mut told: Vec<Vec<(SmolStr, Fact)>> = Vec::new();
        let from_outside = |id: &AttributeId| matches!(model.attributes[*id].keeper, Keeper::Anyone | Keeper::Fixed);
        for id in kinds.attributes().filter(from_outside) {
            let name = &model.attributes[id].name.text;
            alphabet.given.push((name.clone(), kinds.values(id, start_ms)));
            told.push(kinds.told(id, start_ms).into_iter().map(|fact| (name.clone(), fact)).collect());
        }
        let zone = model.attributes.values().find(|it| it.name.text == "timezone" && it.ty == Type::Text && self.has_clocks);
        if let Some(zone) = zone.filter(|zone| !alphabet.given.iter().any(|(name, _)| *name == zone.name.text)) {
            let zones = || ZONES.iter().map(|name| Fact::Text(SmolStr::new_static(name)));
            alphabet.given.push((zone.name.text.clone(), [Fact::Missing].into_iter().chain(zones()).collect()));
            told.push(zones().map(|fact| (zone.name.text.clone(), fact)).collect());
        }
        let record = |properties: Vec<(SmolStr, Fact)>| Happening {
            when: When::Then(MINUTE_MS),
            event: SmolStr::new_static("identify"),
            properties,
            span: None,
        };
        alphabet.moves.extend(told.iter().flatten().map(|one| record(vec![one.clone()])));
        // Two things may become known at once.
        for (at, one) in told.iter().enumerate() {
            for other in told.iter().skip(at + 1) {
                let both = one.iter().flat_map(|it| other.iter().map(|other| vec![it.clone(), other.clone()]));
                alphabet.moves.extend(both.map(record));
            }
        }
    }

    /// The events that may come, with what they carry.
    fn events(&self, kinds: &Kinds<'_>, asked: Option<&EventTest>, start_ms: i64, alphabet: &mut Alphabet) {
        let model = self.model;
        let mut wanted: BTreeSet<EventId> = self.reads.heard.union(&self.reads.remembered).copied().collect();
        wanted.extend(asked.and_then(|test| test.event));
        wanted.extend(model.events.iter().filter(|(_, it)| !it.opts_out.is_empty()).map(|(id, _)| id));
        let complained = model.events.iter().find(|(_, it)| it.name.text == "complained").map(|(id, _)| id);
        wanted.extend(complained);
        let mut moves: Vec<Happening> = Vec::new();
        for id in wanted {
            let event = &model.events[id];
            if event.keeper != Keeper::Anyone {
                continue;
            }
            let about: Vec<Option<MessageId>> =
                if event.about_message { self.messages(id, Some(id) == complained).into_iter().map(Some).collect() } else { vec![None] };
            for message in about {
                let test = asked.filter(|test| test.event == Some(id) && test.message.is_none_or(|it| Some(it) == message));
                let carried = self.carried(kinds, (id, event), message, test, start_ms);
                alphabet.is_whole &= carried.len() <= KINDS_MAX;
                moves.extend(carried.into_iter().take(KINDS_MAX).map(|(properties, passes)| Happening {
                    when: When::Then(MINUTE_MS),
                    event: event.name.text.clone(),
                    properties,
                    span: test.filter(|_| passes).map(|test| test.span),
                }));
            }
        }
        // Events before what becomes known: there are more stories of them.
        moves.append(&mut alphabet.moves);
        alphabet.moves = moves;
    }

    /// The messages that an event may be about: those that are asked for, all that are sent where any will do, and one of each channel
    /// that a complaint shuts.
    fn messages(&self, event: EventId, is_complaint: bool) -> BTreeSet<MessageId> {
        let tests = self.reads.tests.iter().filter(|test| test.event == Some(event));
        let mut about: BTreeSet<MessageId> = BTreeSet::new();
        for test in tests {
            match test.message {
                Some(message) => drop(about.insert(message)),
                None => about.extend(&self.sent),
            }
        }
        let channel = |id: MessageId| self.model.messages[id].channel;
        if is_complaint {
            for id in &self.sent {
                if !about.iter().any(|it| channel(*it) == channel(*id)) {
                    about.insert(*id);
                }
            }
        }
        about
    }

    /// What an event may carry, and whether it passes the test of the guarantee then.
    fn carried(
        &self,
        kinds: &Kinds<'_>,
        (id, event): (EventId, &Event),
        message: Option<MessageId>,
        test: Option<&EventTest>,
        start_ms: i64,
    ) -> Vec<(Vec<(SmolStr, Fact)>, bool)> {
        let model = self.model;
        let mut all: Vec<(Vec<(SmolStr, Fact)>, bool)> = vec![(Vec::new(), true)];
        for (property, at) in event.properties.iter().zip(0..) {
            let is_key = self.funnels.iter().any(|it| model.funnels[*it].key.as_ref() == Some(&property.name));
            let values: Vec<(Option<Fact>, bool)> = match message.filter(|_| property.name == "message") {
                Some(message) => vec![(Some(Fact::Choice(model.messages[message].name.text.clone())), true)],
                None if is_key && property.ty == Type::Text => {
                    let keys = KEYS.iter().map(|key| (Some(Fact::Text(SmolStr::new_static(key))), true));
                    keys.chain(property.optional.then_some((None, true))).collect()
                }
                None => kinds.carried(id, at, test, start_ms),
            };
            let with = |(known, passes): (Vec<(SmolStr, Fact)>, bool)| {
                let longer = values.iter().map(move |(value, fits)| {
                    let more = value.iter().map(|fact| (property.name.clone(), fact.clone()));
                    (known.iter().cloned().chain(more).collect(), passes && *fits)
                });
                longer.collect::<Vec<_>>()
            };
            all = all.into_iter().flat_map(with).take(4 * KINDS_MAX).collect();
        }
        all
    }

    /// The times that something counts.
    fn spans(&self, claim: &Claim, alphabet: &mut Alphabet) {
        let mut spans = self.reads.spans.clone();
        spans.extend(self.model.events.values().filter_map(|event| event.rate.map(|rate| rate.per_ms)));
        let channels = self.sent.iter().filter_map(|id| self.model.messages[*id].channel);
        spans.extend(channels.flat_map(|id| self.model.channels[id].caps.iter().map(|cap| cap.within_ms)));
        if let Claim::Breaks(Breach { kind, .. }) = claim {
            spans.extend(match kind {
                BreachKind::Stays { most_ms: ms, .. } | BreachKind::Unmet { within_ms: ms, .. } => Some(*ms),
                BreachKind::Misses { within_ms, .. } | BreachKind::TooMany { within_ms, .. } => *within_ms,
                _ => None,
            });
        }
        alphabet.spans = spans.into_iter().filter(|ms| *ms > 0).collect();
    }

    /// Which events matter where.
    fn hearing(&self, asked: Option<&EventTest>, alphabet: &mut Alphabet) {
        let model = self.model;
        let name = |id: &EventId| model.events[*id].name.text.clone();
        alphabet.heard = self.places.iter().map(|(place, events)| (place.clone(), events.iter().map(name).collect())).collect();
        let mut always: BTreeSet<EventId> = self.reads.remembered.clone();
        always.extend(asked.and_then(|test| test.event));
        let shuts = |event: &Event| !event.opts_out.is_empty() || matches!(event.name.text.as_str(), "complained" | "bounced");
        always.extend(model.events.iter().filter(|(_, event)| shuts(event)).map(|(id, _)| id));
        if self.funnels.iter().any(|id| model.funnels[*id].key.is_some()) {
            always.extend(&self.reads.heard);
        }
        alphabet.always = always.iter().map(name).collect();
    }
}

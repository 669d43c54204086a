//! The script of a plot while it is written: events and what is known, step by step.

use super::{
    super::context::Context,
    demand::{Demand, instant_of, key_of_literal},
    needs::{Needs, Wanted, delay_ms, span_of},
    values::choose,
};
use crate::{
    diag::{Claim, Fact, Happening, Plot, When},
    graph::{Node, Step, Way},
    logic::{Key, ValueSet},
    model::{Attribute, AttributeId, EventId, FunnelId, Keeper, MessageId, Reentry, StageId, Step as NurtureStep, StepKind},
    source::Span,
    units::Date,
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Something that will happen, its values still open.
struct Draft {
    when: When,
    /// The event; without one, what becomes known.
    event: Option<EventId>,
    properties: BTreeMap<u32, Demand>,
    known: Vec<(AttributeId, Demand)>,
    message: Option<MessageId>,
    span: Option<Span>,
}

/// What is asked of an attribute, and since when: from the start, or from the draft with this number on.
#[derive(Clone)]
struct Phase {
    since: Option<usize>,
    demand: Demand,
}

pub(super) struct Script<'c, 'm> {
    context: &'c Context<'m>,
    /// Whether attributes are known from the start where that will do; else each becomes known when it is needed.
    at_once: bool,
    /// Whether what is known at first stays so, but for what the funnels themselves set.
    steady: bool,
    drafts: Vec<Draft>,
    phases: BTreeMap<AttributeId, Vec<Phase>>,
    came: BTreeMap<StageId, u32>,
    left: BTreeMap<FunnelId, u32>,
    /// The drafts whose events brought `entry` properties.
    entry: BTreeMap<SmolStr, usize>,
    not_before: Option<Date>,
    not_from: Option<Date>,
    /// The stages on the way, in order.
    stages: Vec<StageId>,
    funnel: Option<FunnelId>,
    arms: Vec<(SmolStr, SmolStr)>,
}

impl<'c, 'm> Script<'c, 'm> {
    pub fn new(context: &'c Context<'m>, at_once: bool, steady: bool) -> Self {
        Self {
            context,
            at_once,
            steady,
            drafts: Vec::new(),
            phases: BTreeMap::new(),
            came: BTreeMap::new(),
            left: BTreeMap::new(),
            entry: BTreeMap::new(),
            not_before: None,
            not_from: None,
            stages: Vec::new(),
            funnel: None,
            arms: Vec::new(),
        }
    }

    /// Takes a step of the path in this way.
    pub fn take(&mut self, step: Step, needs: &Needs) {
        let edge = self.context.graph.edge(step.edge);
        let place = self.context.graph.node(step.at);
        let (funnel, stage) = match place {
            Node::Stage(stage) => (self.context.model.stages[stage].funnel, Some(stage)),
            Node::Outside(funnel) | Node::Anywhere(funnel) | Node::Restart(funnel) => (funnel, None),
        };
        let mut after_ms = delay_ms(&edge.way);
        if stage.is_none() && self.left.contains_key(&funnel) {
            after_ms = after_ms.max(self.reentry_ms(funnel));
        }
        let trigger = self.open(funnel, stage, after_ms, needs, &edge.way);
        if let (Some(draft), Some(wanted)) = (trigger, &needs.trigger) {
            for property in &self.context.model.events[wanted.event].properties {
                self.entry.insert(property.name.clone(), draft);
            }
        }
        self.arrive(funnel, self.context.graph.stage_of(edge.to));
    }

    /// Lets happen in a stage what a nurture asks for so long after entering.
    pub fn inside(&mut self, stage: StageId, elapsed_ms: i64, needs: &Needs) {
        let funnel = self.context.model.stages[stage].funnel;
        self.open(funnel, Some(stage), elapsed_ms, needs, &Way::Join);
    }

    /// Lets splits draw these arms.
    pub fn draw(&mut self, arms: &[(SmolStr, SmolStr)]) {
        self.arms.extend_from_slice(arms);
    }

    fn arrive(&mut self, funnel: FunnelId, to: Option<StageId>) {
        self.funnel = Some(funnel);
        match to {
            Some(to) => {
                *self.came.entry(to).or_insert(0) += 1;
                self.stages.push(to);
            }
            None => *self.left.entry(funnel).or_insert(0) += 1,
        }
    }

    /// How long after leaving somebody may come again.
    fn reentry_ms(&self, funnel: FunnelId) -> i64 {
        match self.context.model.funnels[funnel].reentry {
            Some(Reentry::AfterLeavingMs(ms) | Reentry::AfterStartingMs(ms)) => ms.saturating_add(MINUTE_MS),
            Some(Reentry::Never | Reentry::AfterLeaving | Reentry::RestartFrom(_)) | None => 0,
        }
    }

    /// Lets happen what these needs ask for in a place; the draft of the trigger, if there is one.
    fn open(&mut self, funnel: FunnelId, stage: Option<StageId>, delay_ms: i64, needs: &Needs, way: &Way<'_>) -> Option<usize> {
        self.not_before = self.not_before.max(needs.not_before);
        self.not_from = [self.not_from, needs.not_from].into_iter().flatten().min();
        let cue = |after_ms: i64, script: &Self| script.cue(funnel, stage, after_ms);
        let begins = self.drafts.is_empty();
        for (wanted, times) in &needs.before {
            for _ in 0..*times {
                let when = if self.drafts.is_empty() { When::Then(0) } else { cue(MINUTE_MS, self) };
                self.draft(wanted, when, way);
            }
        }
        let quiet_ms = needs.quiet.iter().filter(|(event, _)| self.drafts.iter().any(|it| it.event == Some(*event)));
        let quiet_ms = quiet_ms.filter_map(|(_, ms)| *ms).max().unwrap_or(0);
        let wait_ms = delay_ms.max(needs.gap_ms).max(quiet_ms).saturating_add(MINUTE_MS);
        let late = self.attributes(needs);
        let trigger = needs.trigger.as_ref().map(|wanted| {
            let when = match self.drafts.last() {
                None => When::Then(0),
                Some(_) if (needs.gap_ms > 0 || quiet_ms > 0) && !needs.before.is_empty() => When::Then(wait_ms),
                Some(_) => cue(wait_ms, self),
            };
            self.draft(wanted, when, way);
            self.drafts.len() - 1
        });
        let nothing_yet = begins && self.drafts.is_empty();
        if !late.is_empty() || nothing_yet {
            let when = if nothing_yet { When::Then(0) } else { cue(wait_ms, self) };
            self.become_known(when, late, trigger, span_of(way), nothing_yet);
        }
        self.bind(needs);
        trigger
    }

    fn cue(&self, funnel: FunnelId, stage: Option<StageId>, after_ms: i64) -> When {
        let name = self.context.model.funnels[funnel].name.text.clone();
        let times = match stage {
            Some(stage) => self.came.get(&stage).copied().unwrap_or(1),
            None => match self.left.get(&funnel) {
                Some(times) => *times,
                None => return When::Then(MINUTE_MS),
            },
        };
        When::Reached { funnel: name, stage: stage.map(|it| self.context.model.stages[it].name.text.clone()), times, after_ms }
    }

    fn draft(&mut self, wanted: &Wanted, when: When, way: &Way<'_>) {
        let model = self.context.model;
        let about = model.events[wanted.event].about_message.then(|| wanted.message.or_else(|| self.sent_last())).flatten();
        let when = match about {
            Some(message) => {
                let before = self.drafts.iter().filter(|it| it.event == Some(wanted.event) && it.message == Some(message)).count();
                let times = u32::try_from(before + 1).unwrap_or(u32::MAX);
                let sends = self.came.iter().filter(|(stage, _)| sends_of(self.context, **stage).contains(&message));
                let times = times.min(sends.map(|(_, times)| *times).sum::<u32>().max(1));
                When::Sent { message: model.messages[message].name.text.clone(), times, after_ms: MINUTE_MS }
            }
            None => when,
        };
        let span = Some(wanted.span).or(span_of(way));
        let properties = wanted.properties.clone();
        self.drafts.push(Draft { when, event: Some(wanted.event), properties, known: Vec::new(), message: about, span });
    }

    /// The message that the stage one is in sends, or else an earlier one.
    fn sent_last(&self) -> Option<MessageId> {
        self.stages.iter().rev().find_map(|stage| sends_of(self.context, *stage).first().copied())
    }

    /// Notes what attributes must be; those that must change now.
    fn attributes(&mut self, needs: &Needs) -> Vec<(AttributeId, Demand)> {
        let mut late = Vec::new();
        for (id, demand) in &needs.attributes {
            let attribute = &self.context.model.attributes[*id];
            if attribute.keeper == Keeper::Ours || attribute.keeper == Keeper::Runtime {
                continue;
            }
            let phases = self.phases.entry(*id).or_default();
            if self.steady && !phases.is_empty() && !self.drafts.is_empty() {
                continue;
            }
            let begins = self.at_once || self.drafts.is_empty();
            let both = phases.last().and_then(|phase| phase.demand.and(demand));
            match (phases.last_mut(), both) {
                (None, _) if begins => phases.push(Phase { since: None, demand: demand.clone() }),
                (None, _) if attribute_default(self.context, attribute, demand) => {}
                (None, _) => late.push((*id, demand.clone())),
                (Some(phase), Some(both)) => phase.demand = both,
                (Some(_), None) if attribute.keeper == Keeper::Fixed => {}
                (Some(_), None) => late.push((*id, demand.clone())),
            }
        }
        late
    }

    fn become_known(&mut self, when: When, late: Vec<(AttributeId, Demand)>, trigger: Option<usize>, span: Option<Span>, first: bool) {
        // Somebody of whom something becomes known is known from then on: a first record of nothing else.
        let mut known = late;
        if first {
            let phases = self.phases.iter_mut().filter(|(_, phases)| phases.len() == 1);
            for (id, phases) in phases {
                if let Some(phase) = phases.first_mut().filter(|phase| phase.since.is_none()) {
                    known.push((*id, phase.demand.clone()));
                    phase.since = Some(0);
                }
            }
        }
        let at = trigger.unwrap_or(self.drafts.len());
        for (id, demand) in &known {
            let phases = self.phases.entry(*id).or_default();
            if !phases.iter().any(|phase| phase.since == Some(at)) {
                phases.push(Phase { since: Some(at), demand: demand.clone() });
            }
        }
        let draft = Draft { when, event: None, properties: BTreeMap::new(), known, message: None, span };
        match trigger {
            // What becomes known must be known before the event that asks for it.
            Some(at) => {
                let moved = std::mem::replace(&mut self.drafts[at].when, When::Then(MINUTE_MS));
                self.drafts.insert(at, Draft { when: moved, ..draft });
                self.entry.values_mut().filter(|it| **it >= at).for_each(|it| *it += 1);
            }
            None => self.drafts.push(draft),
        }
    }

    /// Asks for the properties of events that have come already.
    fn bind(&mut self, needs: &Needs) {
        let model = self.context.model;
        let mut asked: Vec<(usize, u32, &Demand)> = Vec::new();
        for (name, demand) in &needs.entry {
            if let Some(draft) = self.entry.get(name).copied()
                && let Some(event) = self.drafts.get(draft).and_then(|it| it.event)
                && let Some(at) = model.events[event].properties.iter().position(|it| it.name == *name)
            {
                asked.push((draft, u32::try_from(at).unwrap_or(0), demand));
            }
        }
        for (event, property, demand) in &needs.latest {
            if let Some(draft) = self.drafts.iter().rposition(|it| it.event == Some(*event)) {
                asked.push((draft, *property, demand));
            }
        }
        for (draft, property, demand) in asked {
            if let Some(draft) = self.drafts.get_mut(draft) {
                let known = draft.properties.entry(property).or_insert(Demand::ANY);
                if let Some(both) = known.and(demand) {
                    *known = both;
                }
            }
        }
    }

    /// What these needs ask the world to do, one thing at a time.
    pub fn moves(mut self, needs: &Needs) -> Vec<Happening> {
        let start_ms = self.start_ms();
        for wanted in needs.before.iter().map(|(wanted, _)| wanted).chain(&needs.trigger) {
            self.draft(wanted, When::Then(MINUTE_MS), &Way::Join);
        }
        let is_open = |id: &AttributeId| self.context.model.attributes[*id].keeper == Keeper::Anyone;
        let known: Vec<(AttributeId, Demand)> =
            needs.attributes.iter().filter(|(id, _)| is_open(id)).map(|(id, demand)| (*id, demand.clone())).collect();
        if !known.is_empty() {
            let when = When::Then(MINUTE_MS);
            self.drafts.push(Draft { when, event: None, properties: BTreeMap::new(), known, message: None, span: None });
        }
        let fits = |draft: &&Draft| draft.event.is_none_or(|event| self.context.model.events[event].keeper == Keeper::Anyone);
        self.drafts.iter().filter(fits).map(|draft| Happening { when: When::Then(MINUTE_MS), ..self.happening(draft, start_ms) }).collect()
    }

    /// A plot in which nothing has happened, of somebody who lets every message come.
    pub fn begin(mut self, funnel: FunnelId, claim: &Claim) -> Plot {
        self.stages = self.context.reached_stages().collect();
        self.funnel = Some(funnel);
        self.plot(std::slice::from_ref(claim))
    }

    /// The finished plot.
    pub fn plot(mut self, claims: &[Claim]) -> Plot {
        self.consents();
        let model = self.context.model;
        let start_ms = self.start_ms();
        let mut given = Vec::new();
        for (id, phases) in &self.phases {
            let attribute = &model.attributes[*id];
            let first = phases.iter().find(|phase| phase.since.is_none());
            if let Some(phase) = first.filter(|phase| !attribute_default(self.context, attribute, &phase.demand)) {
                let fact = choose(&phase.demand, &attribute.ty, &attribute.name.text, start_ms);
                given.extend(fact.map(|fact| (attribute.name.text.clone(), fact)));
            }
        }
        let happenings = self.drafts.iter().map(|draft| self.happening(draft, start_ms)).collect();
        let funnel = self.funnel.map_or_else(SmolStr::default, |id| model.funnels[id].name.text.clone());
        let lasting = claims.iter().all(Claim::is_lasting);
        let horizon_ms = if lasting { 3 * super::YEAR_MS } else { super::YEAR_MS };
        Plot { funnel, given, arms: self.arms, start_ms, happenings, horizon_ms, claims: claims.to_vec() }
    }

    /// Lets what is sent on the way really be sent.
    fn consents(&mut self) {
        let model = self.context.model;
        for stage in self.stages.clone() {
            for message in sends_of(self.context, stage) {
                let needs = model.messages[message].channel.and_then(|channel| model.channels[channel].needs);
                if let Some(flag) = needs.filter(|flag| matches!(model.attributes[*flag].keeper, Keeper::Anyone | Keeper::Fixed)) {
                    let demand = Demand::of(ValueSet::one(Key::Int(1)));
                    self.phases.entry(flag).or_insert_with(|| vec![Phase { since: None, demand }]);
                }
            }
        }
    }

    fn start_ms(&self) -> i64 {
        let zone = &self.context.model.timezone;
        let at_ten = |date: Date| instant_of(date, 10, 0, zone);
        let monday = Date::new(2026, 3, 2).and_then(at_ten).unwrap_or(0);
        let from = self.not_before.and_then(at_ten).unwrap_or(monday).max(monday);
        match self.not_from.and_then(at_ten) {
            // Well before the day, and yet behind the day before which nothing happens.
            Some(limit) if limit <= from => {
                let earliest = self.not_before.and_then(at_ten).unwrap_or(i64::MIN);
                (limit - 30 * DAY_MS).max(earliest).min(limit - DAY_MS)
            }
            Some(_) | None => from,
        }
    }

    fn happening(&self, draft: &Draft, start_ms: i64) -> Happening {
        let model = self.context.model;
        let fact = |id: AttributeId, demand: &Demand| {
            let attribute: &Attribute = &model.attributes[id];
            Some((attribute.name.text.clone(), choose(demand, &attribute.ty, &attribute.name.text, start_ms)?))
        };
        let known = draft.known.iter().filter_map(|(id, demand)| fact(*id, demand));
        let Some(event) = draft.event else {
            return Happening { when: draft.when.clone(), event: "identify".into(), properties: known.collect(), span: draft.span };
        };
        let declared = &model.events[event];
        let mut properties = Vec::new();
        for (at, property) in declared.properties.iter().enumerate() {
            let demand = u32::try_from(at).ok().and_then(|at| draft.properties.get(&at));
            let message = draft.message.filter(|_| property.name == "message").map(|id| model.messages[id].name.text.clone());
            let fact = match (message, demand) {
                (Some(message), _) => Some(Fact::Choice(message)),
                (None, Some(demand)) => choose(demand, &property.ty, &property.name, start_ms),
                (None, None) if property.optional => None,
                (None, None) => choose(&Demand::of(ValueSet::KNOWN), &property.ty, &property.name, start_ms),
            };
            properties.extend(fact.filter(|fact| *fact != Fact::Missing).map(|fact| (property.name.clone(), fact)));
        }
        Happening { when: draft.when.clone(), event: declared.name.text.clone(), properties, span: draft.span }
    }
}

/// Whether what an attribute is at first will do.
fn attribute_default(context: &Context<'_>, attribute: &Attribute, demand: &Demand) -> bool {
    if !demand.parts.is_empty() || !demand.items.is_empty() {
        return false;
    }
    match &attribute.default {
        Some(literal) => key_of_literal(context.model, literal, &attribute.ty).is_some_and(|key| demand.set.contains(&key)),
        None => demand.set.has_missing(),
    }
}

/// The messages that the nurtures of a stage send, in the order written.
fn sends_of(context: &Context<'_>, stage: StageId) -> Vec<MessageId> {
    let mut found = Vec::new();
    for nurture in &context.model.stages[stage].nurtures {
        NurtureStep::each(&nurture.steps, &mut |step| {
            if let StepKind::Send { message: Some(message), .. } = &step.kind {
                found.push(*message);
            }
        });
    }
    found
}

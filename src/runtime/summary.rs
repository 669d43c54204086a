//! The summary of a run: what became of everybody, in numbers.
//!
//! [`Summing`] is a sink, so the numbers come from the result stream and from nothing else. Readings: who has ended in a final
//! stage is in it until the next run begins; the median is over the visits that ended; a target counts runs, from their
//! first entry into one of its source stages, and of those only the ones whose time was over at the end: to count who came
//! early, and not who may still come, would flatter.

use super::{
    engine::{ContactNumber, Sink},
    outcome::{Outcome, SendOutcome, What},
    record::{Reason, SetAside},
};
use crate::ruleset::{Funnel, RuleSet, Source, Stage};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// What became of everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Each funnel, in declaration order.
    pub funnels: Vec<FunnelSummary>,
    /// Each message, in declaration order.
    pub messages: Vec<MessageSummary>,
    /// How often each action was asked for, in declaration order.
    pub actions: Vec<(String, u64)>,
    /// What was set aside, by reason.
    pub set_aside: BTreeMap<Reason, u64>,
    /// Contacts for whom something happened.
    pub contacts: u64,
    /// Results.
    pub results: u64,
    /// Runs that would have entered a stage twice at once.
    pub looping: u64,
    /// Runs that rules were changed for and whose stage is gone.
    pub stranded: u64,
}

/// What became of a funnel's runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunnelSummary {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: Option<String>,
    /// How many runs began.
    pub runs: u64,
    /// Of how many contacts.
    pub contacts: u64,
    /// Its stages, in declaration order.
    pub stages: Vec<StageSummary>,
    /// How often a run went from one stage to another, by their places in the funnel.
    pub moves: BTreeMap<(usize, usize), u64>,
}

/// What happened in a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageSummary {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: Option<String>,
    /// Whether success is counted here.
    pub goal: bool,
    /// Whether it ends runs.
    pub is_final: bool,
    /// Visits that began.
    pub entered: u64,
    /// Runs that came here at least once.
    pub runs: u64,
    /// Who is here at the end.
    pub now_in: u64,
    /// Visits that ended.
    pub left: u64,
    /// The median length of the visits that ended, in milliseconds.
    pub median_ms: Option<i64>,
    /// Its targets, in declaration order.
    pub targets: Vec<TargetSummary>,
}

/// How a target was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetSummary {
    /// The share wished for, in percent.
    pub percent: crate::units::Number,
    /// Within so many milliseconds.
    pub within_ms: i64,
    /// Runs that were in a source stage.
    pub of: u64,
    /// Those of them whose time is over and that came here in time, after they had been there.
    pub reached: u64,
    /// Those whose time is not over yet.
    pub open: u64,
}

impl TargetSummary {
    /// The share that came in time, in millionths, of those whose time is over.
    #[must_use]
    pub fn share_millionths(&self) -> Option<u64> {
        let decided = self.of.saturating_sub(self.open);
        (decided > 0).then(|| self.reached.saturating_mul(1_000_000) / decided)
    }
}

/// What became of the requests for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageSummary {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: Option<String>,
    /// Went out.
    pub sent: u64,
    /// Were held by quiet hours, however they ended.
    pub held: u64,
    /// Were over the cap.
    pub capped: u64,
    /// Had no consent.
    pub no_consent: u64,
    /// Were dropped while held.
    pub dropped: u64,
}

/// A sink that counts.
pub struct Summing<'r> {
    rules: &'r RuleSet,
    summary: Summary,
    /// How many there are for whom something happened.
    contacts: usize,
    /// Their numbers here, by name.
    names: FxHashMap<String, usize>,
    /// Their numbers here, by shard and number there.
    numbers: Vec<Vec<Option<usize>>>,
    /// As the funnels of the rules.
    funnels: Vec<Counting>,
}

/// What is known of the runs of a funnel.
#[derive(Default)]
struct Counting {
    /// Whether somebody has a target for its runs.
    keeps_runs: bool,
    /// Who had a run, by number.
    contacts: Vec<bool>,
    /// Where those without a key are, by number.
    lone: Vec<Place>,
    /// Where the others are, by number and key.
    keyed: FxHashMap<(usize, SmolStr), Place>,
    /// The lengths of visits that ended, by stage.
    lengths: Vec<Vec<i64>>,
    /// How often a run went from one stage to another.
    moves: FxHashMap<(usize, usize), u64>,
    /// The visits of runs that others of the same key came after.
    runs_before: Vec<Vec<(usize, i64)>>,
}

/// Where the run of a key is.
#[derive(Clone, Default)]
struct Place {
    /// The stage, when it was entered, and whether the run has ended there.
    stage: Option<(usize, i64, bool)>,
    /// The stages entered in this run, a bit each.
    entered: SmallVec<[u64; 1]>,
    /// The stages entered in this run and when, in order, where somebody has a target for them.
    visits: Vec<(usize, i64)>,
}

impl Place {
    /// A stage is entered; whether for the first time in this run.
    fn enters(&mut self, stage: usize) -> bool {
        if self.entered.len() <= stage / 64 {
            self.entered.resize(stage / 64 + 1, 0);
        }
        let (bits, bit) = (&mut self.entered[stage / 64], 1 << (stage % 64));
        let is_first = *bits & bit == 0;
        *bits |= bit;
        is_first
    }
}

impl Counting {
    fn of(funnel: &Funnel) -> Self {
        let keeps_runs = funnel.stages.iter().any(|stage| !stage.targets.is_empty());
        Self { keeps_runs, lengths: vec![Vec::new(); funnel.stages.len()], ..Self::default() }
    }

    /// Where a contact's run of a key is; it has one from now on.
    fn place(&mut self, contact: usize, key: Option<&String>) -> &mut Place {
        if self.contacts.len() <= contact {
            self.contacts.resize(contact + 1, false);
        }
        self.contacts[contact] = true;
        if let Some(key) = key {
            return self.keyed.entry((contact, key.into())).or_default();
        }
        if self.lone.len() <= contact {
            self.lone.resize(contact + 1, Place::default());
        }
        &mut self.lone[contact]
    }

    /// Where it is, if it has one.
    fn known_place(&mut self, contact: usize, key: Option<&String>) -> Option<&mut Place> {
        match key {
            Some(key) => self.keyed.get_mut(&(contact, key.into())),
            None => self.lone.get_mut(contact),
        }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.lone.iter().chain(self.keyed.values())
    }
}

impl<'r> Summing<'r> {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(rules: &'r RuleSet) -> Self {
        let stage = |stage: &Stage| StageSummary {
            name: stage.name.clone(),
            label: stage.label.clone(),
            goal: stage.goal,
            is_final: stage.is_final,
            ..StageSummary::default()
        };
        let funnels = rules.funnels.iter().map(|funnel| FunnelSummary {
            name: funnel.name.clone(),
            label: funnel.label.clone(),
            stages: funnel.stages.iter().map(stage).collect(),
            ..FunnelSummary::default()
        });
        let message = |message: &crate::ruleset::Message| MessageSummary {
            name: message.name.clone(),
            label: message.label.clone(),
            ..MessageSummary::default()
        };
        let summary = Summary {
            funnels: funnels.collect(),
            messages: rules.messages.iter().map(message).collect(),
            actions: rules.actions.iter().map(|action| (action.name.clone(), 0)).collect(),
            ..Summary::default()
        };
        let funnels = rules.funnels.iter().map(Counting::of).collect();
        Self { rules, summary, contacts: 0, names: FxHashMap::default(), numbers: Vec::new(), funnels }
    }

    /// The summary at an instant: that of the last timer that could run.
    #[must_use]
    pub fn finish(mut self, end_ms: i64) -> Summary {
        self.summary.contacts = u64::try_from(self.contacts).unwrap_or(u64::MAX);
        let funnels = self.rules.funnels.iter().zip(&mut self.funnels).zip(&mut self.summary.funnels);
        for ((funnel, counting), summary) in funnels {
            let mut targets = BTreeMap::new();
            for visits in counting.places().map(|place| &place.visits).chain(&counting.runs_before) {
                count_targets(funnel, visits, end_ms, &mut targets);
            }
            summary.contacts = count(counting.contacts.iter().filter(|had| **had));
            summary.moves = std::mem::take(&mut counting.moves).into_iter().collect();
            for (at, (stage, summary)) in funnel.stages.iter().zip(&mut summary.stages).enumerate() {
                summary.median_ms = counting.lengths.get_mut(at).and_then(|lengths| median(lengths));
                let here = |place: &&Place| place.stage.is_some_and(|(stage, ..)| stage == at);
                summary.now_in = count(counting.places().filter(here));
                summary.targets = (0..stage.targets.len()).map(|target| target_of(stage, &targets, (at, target))).collect();
            }
        }
        self.summary
    }

    fn count_move(&mut self, outcome: &Outcome, contact: usize, to: Option<&str>) {
        let Some(at) = self.funnel(outcome) else { return };
        let (funnel, summary, counting) = (&self.rules.funnels[at], &mut self.summary.funnels[at], &mut self.funnels[at]);
        let keeps_runs = counting.keeps_runs;
        let place = counting.place(contact, outcome.key.as_ref());
        let was_inside = place.stage.is_some_and(|(_, _, ended)| !ended);
        let before = place.stage.take();
        let to = to.and_then(|to| funnel.stages.iter().position(|stage| stage.name == to));
        let mut run_before = Vec::new();
        if !was_inside && to.is_some() {
            run_before = std::mem::take(&mut place.visits);
            place.entered.clear();
        }
        if let Some(to) = to {
            place.stage = Some((to, outcome.time_ms, false));
            let is_first = place.enters(to);
            if keeps_runs {
                place.visits.push((to, outcome.time_ms));
            }
            if let Some(summary) = summary.stages.get_mut(to) {
                summary.entered += 1;
                summary.runs += u64::from(is_first);
            }
        }
        if let Some((stage, since_ms, ended)) = before {
            if let Some(summary) = summary.stages.get_mut(stage) {
                summary.left += 1;
            }
            if let Some(lengths) = counting.lengths.get_mut(stage).filter(|_| !ended) {
                lengths.push(outcome.time_ms.saturating_sub(since_ms));
            }
        }
        let Some(to) = to else { return };
        if !was_inside {
            summary.runs += 1;
        }
        if !run_before.is_empty() {
            counting.runs_before.push(run_before);
        }
        if let Some((from, _, false)) = before {
            *counting.moves.entry((from, to)).or_default() += 1;
        }
    }

    /// The place of the funnel that a result is about.
    fn funnel(&self, outcome: &Outcome) -> Option<usize> {
        self.rules.funnels.iter().position(|funnel| funnel.name == outcome.funnel)
    }

    /// The number of a contact, new where the name is.
    fn contact(&mut self, name: &str) -> usize {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        self.contacts += 1;
        self.names.insert(name.to_owned(), self.contacts - 1);
        self.contacts - 1
    }

    /// The number here of a contact with that number in the run, new where nothing was told of it.
    fn number_of(&mut self, ContactNumber { shard, contact }: ContactNumber) -> usize {
        if self.numbers.len() <= shard {
            self.numbers.resize_with(shard + 1, Vec::new);
        }
        let numbers = &mut self.numbers[shard];
        if numbers.len() <= contact {
            numbers.resize(contact + 1, None);
        }
        *numbers[contact].get_or_insert_with(|| {
            self.contacts += 1;
            self.contacts - 1
        })
    }

    /// Counts a result of a contact of that number.
    fn count(&mut self, outcome: &Outcome, contact: usize) {
        self.summary.results += 1;
        match &outcome.what {
            What::Move { to, .. } => self.count_move(outcome, contact, to.as_deref()),
            What::RunEnds { .. } => {
                let counting = self.funnel(outcome).and_then(|at| self.funnels.get_mut(at));
                let place = counting.and_then(|counting| counting.known_place(contact, outcome.key.as_ref()));
                if let Some((_, _, ended)) = place.and_then(|place| place.stage.as_mut()) {
                    *ended = true;
                }
            }
            What::Send { message, outcome, .. } => self.count_send(message, *outcome),
            What::Do { action, .. } => {
                if let Some((_, count)) = self.summary.actions.iter_mut().find(|(name, _)| name == action) {
                    *count += 1;
                }
            }
            What::Looping { .. } => self.summary.looping += 1,
            What::PlayBegins { .. }
            | What::PlayFinished { .. }
            | What::PlayCutOff { .. }
            | What::Record { .. }
            | What::Set { .. }
            | What::Split { .. }
            | What::Cascade => {}
            What::Stranded { .. } => self.summary.stranded += 1,
        }
    }

    fn count_send(&mut self, message: &str, outcome: SendOutcome) {
        let Some(summary) = self.summary.messages.iter_mut().find(|summary| summary.name == message) else { return };
        match outcome {
            SendOutcome::Sent => summary.sent += 1,
            SendOutcome::Held { .. } => summary.held += 1,
            SendOutcome::Capped => summary.capped += 1,
            SendOutcome::NoConsent => summary.no_consent += 1,
            SendOutcome::Dropped => summary.dropped += 1,
        }
    }
}

impl Sink for Summing<'_> {
    fn outcome(&mut self, outcome: &Outcome) {
        let contact = self.contact(&outcome.contact);
        self.count(outcome, contact);
    }

    fn outcome_of(&mut self, outcome: &Outcome, contact: ContactNumber) {
        let number = self.number_of(contact);
        self.count(outcome, number);
    }

    fn set_aside(&mut self, set_aside: &SetAside) {
        self.set_aside_alike(set_aside.reason, 1);
    }

    fn counts_aside(&self) -> bool {
        true
    }

    fn set_aside_alike(&mut self, reason: Reason, count: u64) {
        *self.summary.set_aside.entry(reason).or_insert(0) += count;
    }
}

fn count<T>(all: impl Iterator<Item = T>) -> u64 {
    u64::try_from(all.count()).unwrap_or(u64::MAX)
}

fn target_of(stage: &Stage, counts: &BTreeMap<(usize, usize), TargetSummary>, at: (usize, usize)) -> TargetSummary {
    let counted = counts.get(&at).cloned().unwrap_or_default();
    match stage.targets.get(at.1) {
        Some(target) => TargetSummary { percent: target.percent, within_ms: target.within_ms, ..counted },
        None => counted,
    }
}

/// Counts a run, given by its visits in order, for all targets of its funnel, as they stand at `end_ms`.
fn count_targets(funnel: &Funnel, visits: &[(usize, i64)], end_ms: i64, counts: &mut BTreeMap<(usize, usize), TargetSummary>) {
    for (at, stage) in funnel.stages.iter().enumerate() {
        for (target_at, target) in stage.targets.iter().enumerate() {
            let is_source = |source: usize| match (&target.of, funnel.stages.get(source)) {
                (Some(name), Some(source)) => source.name == *name,
                (None, Some(from)) => source != at && leads(stage, from),
                (_, None) => false,
            };
            let mut rest = visits.iter().skip_while(|(source, _)| !is_source(*source));
            let Some((_, first_ms)) = rest.next() else { continue };
            let due_ms = first_ms.saturating_add(target.within_ms);
            let count = counts.entry((at, target_at)).or_default();
            count.of += 1;
            if due_ms > end_ms {
                count.open += 1;
            } else if rest.any(|(stage, ms)| *stage == at && *ms <= due_ms) {
                count.reached += 1;
            }
        }
    }
}

/// Whether a door of `stage` leads from that stage.
fn leads(stage: &Stage, from: &Stage) -> bool {
    stage.doors.iter().any(|door| match &door.from {
        Source::Outside => false,
        Source::Stages(names) => names.contains(&from.name),
        Source::Anywhere | Source::AnywhereOrOutside => !from.is_final,
    })
}

/// The middle length, or half the sum of the two in the middle.
fn median(lengths: &mut [i64]) -> Option<i64> {
    lengths.sort_unstable();
    let (low, high) = (lengths.get(lengths.len().checked_sub(1)? / 2)?, lengths.get(lengths.len() / 2)?);
    Some(low + (high - low) / 2)
}

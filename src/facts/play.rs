//! A nurture, step by step: what is known at each of them.
//!
//! Between two waits nothing else happens: a play takes its steps at one instant, while what stands beside it waits its
//! turn. At a wait time passes, and whatever others do is done.

use super::{
    ask::{Asking, Passed, When},
    known::{Fact, Known, few, origins},
    site::{Sites, note},
    stay::Stay,
    time::{Passing, Writes},
    words::{Trigger, Words},
};
use crate::{
    logic::{Key, ValueSet},
    model::{AttributeId, Branch, Condition, ConditionKind, MessageId, Repeat, Start, Step, StepKind, Term, Wait, WaitArm},
    source::Span,
};

/// Rounds of a `repeat` are looked at one by one up to here.
const ROUNDS_MAX: u32 = 4;

/// After so many rounds more whatever still changes is forgotten.
const PATIENCE: usize = 4;

const HOUR_MS: i64 = 3_600_000;

/// A nurture that is gone through.
pub(super) struct Play<'a, 'm> {
    pub words: &'a Words<'m>,
    /// How long one stays in the stage, and what is so at rest.
    pub stay: &'a Stay<'m>,
    /// What others write.
    pub others: &'a Writes,
    /// What this one writes.
    pub written: Writes,
    /// What is known where it ends.
    pub ends: Vec<Known>,
    /// What is noted on the way.
    pub sites: &'a mut Sites,
}

impl<'m> Play<'_, 'm> {
    /// Goes through it from its start on.
    pub fn run(&mut self, start: &'m Start, steps: &'m [Step], entry: &Known) {
        let at_entry = self.settle(vec![entry.clone()]);
        let boxes = match start {
            Start::Entry => at_entry,
            Start::When(when) => {
                let later = self.pass(&at_entry, (0, None));
                // The event that opened the door may start it too, so nothing is said of what happens.
                let mut boxes = self.words.assume_all(&at_entry, self.words.formula(when, true));
                let later_on = self.woken(&later, when);
                self.note(&few(at_entry.into_iter().chain(later).collect()), when, When::Any);
                boxes.extend(later_on.into_iter().map(|(known, _)| known));
                boxes
            }
            Start::EachTime(when) => {
                let later = self.pass(&at_entry, (0, None));
                let mut boxes = self.words.assume_all(&at_entry, self.words.formula(when, true));
                let later_on = self.woken(&later, when);
                self.note(&few(at_entry.into_iter().chain(later).collect()), when, When::Any);
                boxes.extend(later_on.into_iter().map(|(known, _)| known));
                boxes
            }
        };
        let through = self.steps(steps, few(boxes));
        self.end(through);
    }

    fn end(&mut self, boxes: Vec<Known>) {
        self.ends = few(std::mem::take(&mut self.ends).into_iter().chain(boxes).collect());
    }

    /// What is so once all that opens by itself has been tried, and others have done what they do at this instant.
    fn settle(&self, boxes: Vec<Known>) -> Vec<Known> {
        self.stay.at_rest(self.words, boxes).into_iter().map(|known| self.words.interfere(known, self.others)).collect()
    }

    /// Time passes; who is gone by then is gone.
    fn pass(&self, boxes: &[Known], passing: Passing) -> Vec<Known> {
        let later = boxes.iter().filter_map(|known| self.stay.still_here(self.words.pass(known.clone(), passing, self.others)));
        self.settle(later.collect())
    }

    /// Who goes on when a condition comes true.
    fn woken(&self, boxes: &[Known], when: &Condition) -> Passed {
        self.words.passing(boxes, when, When::Any, &|boxes| self.settle(boxes))
    }

    fn note(&mut self, boxes: &[Known], it: &Condition, when: When) {
        let (words, stay, others) = (self.words, self.stay, self.others);
        let settle = |boxes: Vec<Known>| match when {
            When::Quiet | When::Clock => boxes,
            When::Any | When::Triggered => {
                stay.at_rest(words, boxes).into_iter().map(|known| words.interfere(known, others)).collect::<Vec<_>>()
            }
        };
        if !boxes.is_empty() {
            let asking = Asking::new(words, boxes, it, when, &settle);
            asking.note(self.sites, (asking.may_pass(), words.may_fail(boxes, it, when)));
        }
    }

    fn steps(&mut self, steps: &'m [Step], boxes: Vec<Known>) -> Vec<Known> {
        steps.iter().fold(boxes, |boxes, step| if boxes.is_empty() { boxes } else { few(self.step(step, boxes)) })
    }

    fn step(&mut self, step: &'m Step, boxes: Vec<Known>) -> Vec<Known> {
        self.sites.steps.insert(step.span);
        match &step.kind {
            StepKind::Send { message, .. } => self.send(step.span, *message, boxes),
            StepKind::Act { .. } | StepKind::Record { .. } => boxes,
            StepKind::Wait(wait) => self.wait(step.span, wait, boxes),
            StepKind::If { branches, otherwise, has_else } => self.branch(step.span, branches, otherwise, *has_else, boxes),
            StepKind::Split(split) => {
                let arms: Vec<Vec<Known>> = split.arms.iter().map(|arm| self.steps(&arm.steps, boxes.clone())).collect();
                arms.into_iter().flatten().collect()
            }
            StepKind::Repeat(repeat) => self.repeat(repeat, boxes),
            StepKind::Set { attribute: Some(attribute), value } => self.set(step.span, *attribute, Some(value), boxes),
            StepKind::Add { attribute: Some(attribute), .. } | StepKind::Remove { attribute: Some(attribute), .. } => {
                self.set(step.span, *attribute, None, boxes)
            }
            StepKind::Set { attribute: None, .. } | StepKind::Add { attribute: None, .. } | StepKind::Remove { attribute: None, .. } => {
                boxes
            }
            StepKind::Stop => {
                self.end(boxes);
                Vec::new()
            }
        }
    }

    /// A message whose channel is quiet at times may hold the play. Consent is asked for first, and again when it was held.
    fn send(&mut self, span: Span, message: Option<MessageId>, boxes: Vec<Known>) -> Vec<Known> {
        let model = self.words.model;
        let Some(message) = message.map(|id| &model.messages[id]) else { return boxes };
        let needed = message.channel.filter(|_| !message.transactional).and_then(|channel| model.channels[channel].needs);
        let consent = needed.and_then(|flag| self.words.attribute(flag));
        let yes = Key::Int(1);
        if consent.is_none_or(|flag| boxes.iter().any(|known| self.words.values(known, flag).contains(&yes))) {
            self.sites.sends.insert(span);
        }
        let may_hold = !message.transactional && message.channel.is_none_or(|channel| !model.channels[channel].quiet.is_empty());
        if !may_hold {
            return boxes;
        }
        let held = self.pass(&boxes, (0, None));
        boxes.into_iter().chain(held).collect()
    }

    fn set(&mut self, span: Span, attribute: AttributeId, value: Option<&Term>, boxes: Vec<Known>) -> Vec<Known> {
        let words = self.words;
        let declared = &words.model.attributes[attribute];
        let mut out = Vec::new();
        for mut known in boxes {
            let worth = value.map_or(ValueSet::ALL, |term| words.worth(&known, term, &declared.ty));
            let mut values = worth.clone();
            if worth.has_missing() {
                // Missing: an attribute that may be missing becomes so, all others stay; what does not fit is skipped.
                let old = words.attribute(attribute).map_or(ValueSet::ALL, |var| words.values(&known, var));
                values = values.or(&old);
                if !declared.optional {
                    values = values.known();
                }
            }
            let fact = Fact::by(values, span);
            let written = self.written.entry(attribute).or_insert_with(|| Fact::plain(ValueSet::NONE));
            *written = Fact { values: written.values.or(&fact.values), origins: origins(&written.origins, &fact.origins) };
            words.write(&mut known, attribute, fact);
            out.push(known);
        }
        out
    }

    fn branch(&mut self, span: Span, branches: &'m [Branch], otherwise: &'m [Step], has_else: bool, boxes: Vec<Known>) -> Vec<Known> {
        let mut rest = boxes;
        let mut out = Vec::new();
        for branch in branches {
            let asking = Asking::new(self.words, &rest, &branch.when, When::Quiet, &|boxes| boxes);
            let held = asking.passing();
            let failing = self.words.failing(&rest, &branch.when);
            if !rest.is_empty() {
                asking.note(self.sites, (!held.is_empty(), !failing.is_empty()));
            }
            rest = failing;
            out.extend(self.steps(&branch.steps, few(held.into_iter().map(|(known, _)| known).collect())));
        }
        if has_else {
            // The step is reached, so what is known before it stands for the place.
            let site = self.sites.elses.entry(span).or_default();
            site.holds |= !rest.is_empty();
            site.known.extend(rest.first().cloned());
        }
        out.extend(self.steps(otherwise, rest));
        out
    }

    fn wait(&mut self, span: Span, wait: &'m Wait, boxes: Vec<Known>) -> Vec<Known> {
        match wait {
            Wait::For { ms } => self.timer(span, &boxes, (*ms, Some(*ms))),
            Wait::CalendarDays { days } => {
                let exact = i64::from(*days).saturating_mul(24 * HOUR_MS);
                self.timer(span, &boxes, (exact.saturating_sub(26 * HOUR_MS).max(0), Some(exact.saturating_add(26 * HOUR_MS))))
            }
            Wait::Clock { .. } => self.pass(&boxes, (1, None)),
            Wait::Instant { past_stops, .. } => {
                let later = self.pass(&boxes, (0, None));
                let all = few(boxes.into_iter().chain(later).collect());
                if *past_stops {
                    self.end(all.clone());
                }
                all
            }
            Wait::Until { when, up_to_ms } => {
                let later = self.pass(&boxes, (0, Some(*up_to_ms)));
                let (held, waiting) = self.arm(&later, &boxes, when, &[]);
                self.note_wait(&boxes, &later, when);
                let out = self.time_out(span, &waiting, &[when], *up_to_ms);
                held.into_iter().chain(out).collect()
            }
            Wait::Arms { up_to_ms, arms, otherwise, .. } => self.arms(span, *up_to_ms, arms, otherwise, &boxes),
        }
    }

    /// A wait that is over when its time is.
    fn timer(&mut self, span: Span, boxes: &[Known], passing: Passing) -> Vec<Known> {
        let later = self.pass(boxes, passing);
        self.note_timer(span, boxes, &later);
        later
    }

    fn note_timer(&mut self, span: Span, boxes: &[Known], later: &[Known]) {
        note(&mut self.sites.timers, span, boxes, !later.is_empty(), true);
    }

    /// Notes of a condition that is waited for: at once, or while it is waited for.
    fn note_wait(&mut self, boxes: &[Known], later: &[Known], when: &Condition) {
        self.note(&few(boxes.iter().chain(later).cloned().collect()), when, When::Any);
    }

    /// Who goes into an arm, at once or later, and who waits on; `waiting` are those whom no arm before has taken at once.
    fn arm(&self, later: &[Known], waiting: &[Known], when: &Condition, before: &[&Condition]) -> (Vec<Known>, Vec<Known>) {
        let words = self.words;
        let mut held: Vec<Known> = words.passing(waiting, when, When::Clock, &|boxes| boxes).into_iter().map(|(known, _)| known).collect();
        held.extend(self.woken(later, when).into_iter().map(|(known, _)| known));
        // Of two arms that come true at one instant the first is taken.
        for earlier in before.iter().filter(|it| words.is_state(it)) {
            held = words.assume_all(&held, words.formula(earlier, false));
        }
        (few(held), words.failing(waiting, when))
    }

    fn arms(&mut self, span: Span, up_to_ms: i64, arms: &'m [WaitArm], otherwise: &'m [Step], boxes: &[Known]) -> Vec<Known> {
        let mut waiting = boxes.to_vec();
        let later = self.pass(boxes, (0, Some(up_to_ms)));
        let mut before: Vec<&Condition> = Vec::new();
        let mut out = Vec::new();
        for arm in arms {
            let (held, rest) = self.arm(&later, &waiting, &arm.when, &before);
            if before.is_empty() {
                self.note_wait(&waiting, &later, &arm.when);
            } else {
                let later = self.pass(&waiting, (0, Some(up_to_ms)));
                self.note_wait(&waiting, &later, &arm.when);
            }
            waiting = rest;
            before.push(&arm.when);
            out.extend(self.steps(&arm.steps, held));
        }
        let over = self.time_out(span, &waiting, &before, up_to_ms);
        out.extend(self.steps(otherwise, over));
        out
    }

    /// Who has waited in vain.
    fn time_out(&mut self, span: Span, waiting: &[Known], arms: &[&Condition], up_to_ms: i64) -> Vec<Known> {
        let words = self.words;
        let quiet: Vec<Trigger> = arms.iter().flat_map(|it| in_vain(words, it)).collect();
        let later = waiting.iter().map(|known| words.pass_without(known, up_to_ms, &quiet, self.others, span));
        let later: Vec<Known> = later.filter_map(|known| self.stay.still_here(known)).collect();
        let mut over = self.settle(later);
        for arm in arms {
            over = words.failing(&over, arm);
        }
        self.note_timer(span, waiting, &over);
        over
    }

    fn repeat(&mut self, repeat: &'m Repeat, boxes: Vec<Known>) -> Vec<Known> {
        let mut out = Vec::new();
        let mut head = boxes;
        for round in 1..=repeat.times.min(ROUNDS_MAX) {
            let (after, next) = self.round(repeat, head, &mut out);
            if round == repeat.times {
                out.extend(after);
                return out;
            }
            head = next;
        }
        // More rounds: what holds before each of them.
        let mut all = few(head);
        for turn in 0.. {
            let (after, next) = self.round(repeat, all.clone(), &mut out);
            out.extend(after);
            let domain = |var| self.words.domain(var);
            if next.iter().all(|known| all.iter().any(|it| known.is_within(it, &domain))) {
                break;
            }
            let Some(joined) = all.iter().chain(&next).cloned().reduce(|a, b| a.join(&b)) else { break };
            let old = all.into_iter().reduce(|a, b| a.join(&b)).unwrap_or_default();
            all = vec![old.widen(&joined, &|var| self.words.cuts(var), turn < PATIENCE)];
        }
        few(out)
    }

    /// One round: what is known behind it, and before the next, for which one waits; who is done before it goes into `out`.
    fn round(&mut self, repeat: &'m Repeat, head: Vec<Known>, out: &mut Vec<Known>) -> (Vec<Known>, Vec<Known>) {
        let mut head = head;
        if let Some(until) = &repeat.until {
            self.note(&head, until, When::Quiet);
            out.extend(self.words.passing(&head, until, When::Quiet, &|boxes| boxes).into_iter().map(|(known, _)| known));
            head = self.words.failing(&head, until);
        }
        let begun = head.iter().map(|known| known.elapsed.0).min().unwrap_or(0);
        let after = few(self.steps(&repeat.steps, head));
        let soon = self.pass(&after, (0, Some(repeat.every_ms)));
        let least = begun.saturating_add(repeat.every_ms);
        let wait = |mut known: Known| {
            known.elapsed.0 = known.elapsed.0.max(least);
            known.elapsed.1 = known.elapsed.1.map(|most| most.max(least));
            self.stay.still_here(known)
        };
        (after, soon.into_iter().filter_map(wait).collect())
    }
}

/// The events that did not happen where a condition was waited for in vain: those that alone would have been enough.
fn in_vain(words: &Words<'_>, it: &Condition) -> Vec<Trigger> {
    match &it.kind {
        ConditionKind::Or(list) => list.iter().flat_map(|it| in_vain(words, it)).collect(),
        ConditionKind::Event(_) => words.triggers(it).to_vec(),
        _ => Vec::new(),
    }
}

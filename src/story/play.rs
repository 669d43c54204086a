//! One plot on the reference runtime.
//!
//! What is tied to places is dated here: the clock goes from timer to timer until the contact is there.

use crate::{
    diag::{Claim, Fact, Happening, Plot, When},
    ruleset::RuleSet,
    runtime::{Collected, Engine, Options, Outcome, Prepared, Raw, Reason, Record, SendOutcome, Value, What, rfc3339},
};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Everybody in stories is called so.
pub(super) const WHO: &str = "somebody";

const MINUTE_MS: i64 = 60_000;

/// How long one waits for a contact to come to a place.
const WAIT_MS_MAX: i64 = 3 * 366 * 86_400_000;

/// How many timers may fire in one play.
const TIMERS_MAX: usize = 4_000;

/// So much may come of one play: where events that funnels record bring about each other, that is not many timers.
const OUTCOMES_MAX: usize = 40_000;

/// So much that comes of a play is as much work as one timer.
const OUTCOMES_PER_STEP: usize = 32;

/// Where plots are played.
pub(super) struct Stage<'a, 'r> {
    pub prepared: &'a Prepared<'r>,
    pub rules: &'r RuleSet,
}

/// What came of a plot.
#[derive(Debug, Default)]
pub(super) struct Played {
    pub outcomes: Vec<Outcome>,
    /// The instants of the happenings.
    pub happenings: Vec<i64>,
    /// How long it was played.
    pub end_ms: i64,
    /// When the next timer is due at the end, if one is.
    pub next_due_ms: Option<i64>,
    /// Why not all of it happened.
    pub stopped: Option<String>,
}

impl Played {
    /// The instant of the last happening.
    pub fn last_ms(&self) -> Option<i64> {
        self.happenings.last().copied()
    }

    /// The plot with the instants of its happenings.
    pub fn dated(&self, mut plot: Plot) -> Plot {
        for (happening, at_ms) in plot.happenings.iter_mut().zip(&self.happenings) {
            happening.when = When::At(*at_ms);
        }
        plot.horizon_ms = self.end_ms.saturating_sub(self.last_ms().unwrap_or(plot.start_ms));
        plot
    }
}

impl Stage<'_, '_> {
    /// Plays a plot; ends as soon as all claims hold that stay true, else at the horizon.
    pub fn play(&self, plot: &Plot, work: &mut u64) -> Played {
        let size = self.rules.funnels.iter().map(|funnel| funnel.stages.len()).max().unwrap_or(0);
        let options = Options { forced_arms: arms(plot), ..Options::default() };
        let mut playing = Playing {
            engine: Engine::over(self.prepared, options),
            sink: Collected::default(),
            timers: 0,
            happenings: Vec::new(),
            now_ms: plot.start_ms,
            next_due_ms: None,
        };
        playing.engine.advance(plot.start_ms.saturating_sub(1), &mut playing.sink);
        playing.engine.give(WHO, &given(plot));
        let stopped = plot.happenings.iter().enumerate().find_map(|(n, happening)| playing.happen(happening, n).err());
        if stopped.is_none() {
            playing.look_on(plot);
        }
        let outcomes = playing.sink.outcomes.len() / OUTCOMES_PER_STEP;
        let steps = u64::try_from(playing.timers.max(outcomes) + playing.happenings.len()).unwrap_or(u64::MAX);
        *work = work.saturating_add(steps.saturating_mul(1 + u64::try_from(size / 16).unwrap_or(u64::MAX)));
        let next_due_ms = playing.next_due_ms.unwrap_or_else(|| playing.engine.next_due_ms());
        let Collected { outcomes, set_aside: _ } = playing.sink;
        Played { outcomes, happenings: playing.happenings, end_ms: playing.now_ms, next_due_ms, stopped }
    }
}

/// The arms that splits must draw.
pub(super) fn arms(plot: &Plot) -> BTreeMap<String, String> {
    plot.arms.iter().map(|(split, arm)| (split.to_string(), arm.to_string())).collect()
}

/// What is known before.
pub(super) fn given(plot: &Plot) -> BTreeMap<String, Value> {
    plot.given.iter().filter_map(|(name, fact)| Some((name.to_string(), value(fact)?))).collect()
}

/// A fact as a value.
pub(super) fn value(fact: &Fact) -> Option<Value> {
    Some(match fact {
        Fact::Missing => return None,
        Fact::Text(text) => Value::Text(text.to_string()),
        Fact::Number(number) => Value::Number(*number),
        Fact::Flag(flag) => Value::Flag(*flag),
        Fact::Date(date) => Value::Date(*date),
        Fact::Time(ms) => Value::Time(*ms),
        Fact::Choice(word) => Value::Choice(word.to_string()),
        Fact::List(texts) => Value::List(texts.iter().map(SmolStr::to_string).collect()),
    })
}

fn raw(fact: &Fact) -> Raw {
    match fact {
        Fact::Missing => Raw::Missing,
        Fact::Text(text) | Fact::Choice(text) => Raw::Text(text.to_string()),
        Fact::Number(number) => Raw::Number(number.to_string()),
        Fact::Flag(flag) => Raw::Flag(*flag),
        Fact::Date(date) => Raw::Text(date.to_string()),
        Fact::Time(ms) => Raw::Text(rfc3339(*ms)),
        Fact::List(texts) => Raw::List(texts.iter().map(|text| Raw::Text(text.to_string())).collect()),
    }
}

/// A happening as a record.
pub(super) fn record(happening: &Happening, at_ms: i64, n: usize) -> Record {
    Record {
        time_ms: at_ms,
        contact: WHO.to_owned(),
        event: happening.event.to_string(),
        properties: happening.properties.iter().map(|(name, fact)| (name.to_string(), raw(fact))).collect(),
        id: None,
        position: u64::try_from(n + 1).unwrap_or(u64::MAX),
    }
}

struct Playing<'r> {
    engine: Engine<'r>,
    sink: Collected,
    timers: usize,
    happenings: Vec<i64>,
    now_ms: i64,
    /// When the next timer is due, where that is not what the engine says: it may have gone on too far.
    next_due_ms: Option<Option<i64>>,
}

impl Playing<'_> {
    /// Lets a happening come; why it cannot.
    fn happen(&mut self, happening: &Happening, n: usize) -> Result<(), String> {
        let earliest = if n == 0 { self.now_ms } else { self.now_ms.saturating_add(MINUTE_MS) };
        let at_ms = match &happening.when {
            When::At(ms) => (*ms).max(self.now_ms),
            When::Then(after_ms) => self.now_ms.saturating_add(*after_ms),
            When::Reached { funnel, stage, times, after_ms } => {
                let place = stage.as_ref().map_or_else(|| format!("leaves `{funnel}`"), |stage| format!("comes to `{stage}`"));
                let mut reached = Reached::new(funnel, stage.as_ref(), *times);
                let since = self.wait_for(|outcomes| reached.since(outcomes));
                since.ok_or(format!("the contact never {place}"))?.saturating_add(*after_ms).max(earliest)
            }
            When::Sent { message, times, after_ms } => {
                let mut left = *times;
                let since = self.wait_for(|outcomes| outcomes.iter().find_map(|it| sent(it, message, &mut left)));
                since.ok_or(format!("`{message}` is never sent to the contact"))?.saturating_add(*after_ms).max(earliest)
            }
        };
        let earliest = if n == 0 { self.now_ms } else { self.now_ms.saturating_add(MINUTE_MS) };
        let at_ms = if matches!(happening.when, When::At(_)) { at_ms } else { at_ms.max(earliest) };
        self.run_to(at_ms.saturating_sub(1));
        self.engine.push(&record(happening, at_ms, n), &mut self.sink);
        self.now_ms = at_ms;
        self.happenings.push(at_ms);
        self.engine.run_due(&mut self.sink);
        let set_aside = self.sink.set_aside.iter().find(|it| it.reason != Reason::Cascade);
        set_aside.map_or(Ok(()), |it| Err(format!("`{}` is set aside: {}", happening.event, it.detail)))
    }

    /// Lets timers fire until `since` says when what is waited for came; it is shown each outcome once.
    fn wait_for(&mut self, mut since: impl FnMut(&[Outcome]) -> Option<i64>) -> Option<i64> {
        let limit = self.now_ms.saturating_add(WAIT_MS_MAX);
        let mut shown = 0;
        loop {
            let new = self.sink.outcomes.get(shown..).unwrap_or(&[]);
            shown += new.len();
            if let Some(ms) = since(new) {
                return Some(ms);
            }
            if !self.next_timer(limit) {
                return None;
            }
        }
    }

    /// Lets the timers of the next instant fire, if that is not later than `limit`.
    fn next_timer(&mut self, limit: i64) -> bool {
        match self.engine.next_due_ms() {
            Some(due_ms) if due_ms <= limit && self.timers < TIMERS_MAX && self.sink.outcomes.len() < OUTCOMES_MAX => {
                self.timers += 1;
                self.engine.advance(due_ms, &mut self.sink);
                self.engine.run_due(&mut self.sink);
                self.now_ms = self.now_ms.max(due_ms);
                true
            }
            Some(_) | None => false,
        }
    }

    fn run_to(&mut self, limit: i64) {
        while self.next_timer(limit) {}
    }

    fn look_on(&mut self, plot: &Plot) {
        let limit = self.now_ms.saturating_add(plot.horizon_ms);
        if plot.claims.iter().all(Claim::is_lasting) {
            self.look_on_until_so(plot, limit);
            return;
        }
        self.run_to(limit);
        // Who is out of timers would wait in vain all the same.
        if self.engine.next_due_ms().is_none_or(|due_ms| due_ms > limit) {
            self.now_ms = limit;
        }
    }

    /// Lets timers fire until the claims hold, which stay true then. They are looked at after twice as many timers each time, and
    /// the first instant at which they held is found by halves; what came behind it is taken back.
    fn look_on_until_so(&mut self, plot: &Plot, limit: i64) {
        let played = Played { happenings: self.happenings.clone(), ..Played::default() };
        let holds = |outcomes: &[Outcome]| {
            let refuted = |claim: &Claim| super::claim::refutes_in(claim, plot, &played, outcomes).is_some();
            !plot.claims.iter().any(refuted)
        };
        let begun = self.timers;
        let mut instants = vec![self.instant()];
        let mut next_look = 1;
        loop {
            let goes_on = self.next_timer(limit);
            if goes_on {
                instants.push(self.instant());
            }
            if goes_on && instants.len() < next_look {
                continue;
            }
            next_look = instants.len().saturating_mul(2);
            if holds(&self.sink.outcomes) {
                let so_far = |at: &Instant| self.sink.outcomes.get(..at.outcomes).unwrap_or(&[]);
                let first = instants.partition_point(|at| !holds(so_far(at)));
                if let Some(at) = instants.get(first) {
                    self.sink.outcomes.truncate(at.outcomes);
                    (self.now_ms, self.next_due_ms, self.timers) = (at.now_ms, Some(at.next_due_ms), begun + first);
                }
                return;
            }
            if !goes_on {
                return;
            }
        }
    }

    fn instant(&self) -> Instant {
        Instant { outcomes: self.sink.outcomes.len(), now_ms: self.now_ms, next_due_ms: self.engine.next_due_ms() }
    }
}

/// How far a play had come when the timers of an instant had fired.
struct Instant {
    /// So many outcomes.
    outcomes: usize,
    now_ms: i64,
    next_due_ms: Option<i64>,
}

/// When the contact came to a place for the how-manieth time, if it is there now, or was gone again the same instant.
struct Reached<'p> {
    funnel: &'p str,
    stage: Option<&'p str>,
    /// So many times are still to come.
    left: u32,
    came_ms: Option<i64>,
    gone_ms: Option<i64>,
    is_there: bool,
}

impl<'p> Reached<'p> {
    fn new(funnel: &'p str, stage: Option<&'p SmolStr>, times: u32) -> Self {
        Self { funnel, stage: stage.map(SmolStr::as_str), left: times, came_ms: None, gone_ms: None, is_there: false }
    }

    /// The same with more outcomes.
    fn since(&mut self, outcomes: &[Outcome]) -> Option<i64> {
        for (to, at_ms) in outcomes.iter().filter(|it| it.funnel == self.funnel).filter_map(|it| place(&it.what, it.time_ms)) {
            self.gone_ms = self.gone_ms.or(self.came_ms.and(Some(at_ms)));
            self.is_there = to == self.stage;
            if self.is_there && self.left > 0 {
                self.left -= 1;
                self.came_ms = (self.left == 0).then_some(at_ms);
            }
        }
        self.came_ms.filter(|_| self.is_there || self.gone_ms == self.came_ms)
    }
}

/// Where an outcome brings the contact.
pub(super) fn place(what: &What, at_ms: i64) -> Option<(Option<&str>, i64)> {
    match what {
        What::Move { to, from: _ } => Some((to.as_deref(), at_ms)),
        What::RunEnds { .. } => Some((None, at_ms)),
        What::PlayBegins { .. }
        | What::PlayFinished { .. }
        | What::PlayCutOff { .. }
        | What::Send { .. }
        | What::Do { .. }
        | What::Record { .. }
        | What::Set { .. }
        | What::Split { .. }
        | What::Looping { .. }
        | What::Cascade
        | What::Stranded { .. } => None,
    }
}

/// When a message was sent, where it is the last of so many that are still to come.
fn sent(outcome: &Outcome, message: &str, left: &mut u32) -> Option<i64> {
    let is_it = matches!(&outcome.what, What::Send { message: sent, outcome: SendOutcome::Sent, .. } if sent == message);
    if !is_it || *left == 0 {
        return None;
    }
    *left -= 1;
    (*left == 0).then_some(outcome.time_ms)
}

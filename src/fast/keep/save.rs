//! From a contact to its written form, which is that of the reference.

use super::{
    journal::{Added, key, write_object},
    names::{Names, unknown},
};
use crate::{
    fast::{
        people::People,
        program::{Clause, Does, Id, Program},
        state::{Basis, ClauseState, ClockState, Frame, Held, More, PlaySlot, Rest, Slot, Waiting},
        timers,
        value::Kept,
        view::View,
    },
    runtime::state::{
        self, Saved, StateError, clause_name,
        wire::{
            ArmForm, BasisForm, ClauseForm, ClockForm, FrameForm, PlayForm, RunForm, RunningForm, SlotForm, StateForm, ValueForm, Values,
            WaitingForm,
        },
    },
};

/// The keys of attributes as JSON, in the order of names, each with its number.
pub struct Keys(Vec<(Id, String)>);

impl Keys {
    /// Those of a program.
    pub fn new(program: &Program<'_>) -> Self {
        let mut keys: Vec<(&str, Id)> = program.attributes.iter().map(|attribute| attribute.name).zip(0..).collect();
        keys.sort_unstable();
        Self(keys.into_iter().map(|(name, at)| (at, key(name))).collect())
    }
}

/// What makes written forms.
#[derive(Clone, Copy)]
pub struct Saving<'a> {
    /// The rules.
    pub program: &'a Program<'a>,
    /// What their parts are called.
    pub names: &'a Names,
    /// What attributes are called.
    pub keys: &'a Keys,
}

impl From<Clause> for state::Clause {
    fn from(clause: Clause) -> Self {
        match clause {
            Clause::StageLeave(at) => Self::StageLeave(at.into()),
            Clause::FunnelLeave(at) => Self::FunnelLeave(at.into()),
            Clause::Door(stage, at) => Self::Door(stage.into(), at.into()),
            Clause::Start(play) => Self::Start(play.into()),
        }
    }
}

impl Saving<'_> {
    /// A contact, written, with what was added to its history; nothing where it is nobody.
    ///
    /// # Errors
    /// [`StateError`] where it cannot be written.
    pub fn contact(&self, people: &People, at: usize, added: Added) -> Result<Option<Saved>, StateError> {
        let Some(rest) = people.rest(at).filter(|_| people.hot[at].taken > 0) else { return Ok(None) };
        let slots = people.slots(at);
        let view = crate::fast::shard::view(self.program, slots, rest, rest.now_ms);
        let mut attributes = Vec::new();
        self.attributes(rest, &mut attributes);
        let mut done: Vec<String> = rest.older.iter().flat_map(|older| &older.done).map(ToString::to_string).collect();
        done.sort_unstable();
        let hot = people.hot[at];
        let form = StateForm {
            taken: hot.taken.into(),
            results: hot.results.into(),
            position: rest.position,
            closed: self.closed(rest),
            scores: rest.scores.iter().map(|line| (line.times, line.latest_ms, line.periods)).collect(),
            funnels: self.funnels(view)?,
            aside: rest.older.as_ref().map(|older| older.aside.clone()).unwrap_or_default(),
            done,
        };
        Ok(Some(Saved {
            attributes: String::from_utf8_lossy(&attributes).into_owned(),
            timezone: view.zone().name.clone(),
            first_ms: rest.first_ms,
            now_ms: rest.now_ms,
            due_ms: timers::next(view).map(|timer| timer.due_ms),
            state: serde_json::to_string(&form)?,
            events: added.events,
            sendings: added.sendings,
            asked: added.asked,
            ids: added.ids,
        }))
    }

    fn attributes(&self, rest: &Rest, out: &mut Vec<u8>) {
        let value = |at: Id| rest.attributes.get(at as usize).and_then(Option::as_ref).map(Kept::seen);
        let declared = self.keys.0.iter().map(|(at, key)| (key.as_str(), value(*at)));
        match &rest.older {
            Some(older) if !older.attributes.is_empty() => {
                let others: Vec<(String, &Kept)> = older.attributes.iter().map(|(name, value)| (key(name), value)).collect();
                let others = others.iter().map(|(key, value)| (key.as_str(), Some(value.seen())));
                let mut all: Vec<_> = declared.chain(others).collect();
                all.sort_unstable_by_key(|(key, _)| *key);
                write_object(all.into_iter(), out);
            }
            _ => write_object(declared, out),
        }
    }

    fn closed(&self, rest: &Rest) -> Vec<String> {
        let mut closed: Vec<String> = rest.closed.iter().map(|at| self.program.channels[*at as usize].name.clone()).collect();
        closed.sort_unstable();
        closed
    }

    /// The places of all funnels, those of keys in the order of keys.
    fn funnels(&self, view: View<'_>) -> Result<Vec<SlotForm>, StateError> {
        let mut forms = Vec::new();
        for (at, funnel) in self.program.funnels.iter().enumerate() {
            if funnel.funnel.key.is_none() {
                forms.push(self.slot(View { place: Some(at), ..view })?);
                continue;
            }
            let keyed = view.rest.keyed.iter().zip(view.slots.len()..).filter(|(keyed, _)| usize::from(keyed.funnel) == at);
            let mut keyed: Vec<(&str, usize)> = keyed.map(|(keyed, place)| (keyed.key.as_str(), place)).collect();
            keyed.sort_unstable();
            for (key, place) in keyed {
                forms.push(SlotForm { key: key.to_owned(), ..self.slot(View { place: Some(place), ..view })? });
            }
        }
        Ok(forms)
    }

    fn slot(&self, view: View<'_>) -> Result<SlotForm, StateError> {
        let nothing = (Slot::default(), More::default());
        let (slot, more) = (view.slot().unwrap_or(&nothing.0), view.more().unwrap_or(&nothing.1));
        let funnel = &self.program.funnels[view.place.map_or(0, |place| view.funnel(place))];
        let stage = |at: usize| funnel.stages[at].stage.name.clone();
        let seldom = more.seldom.as_deref();
        let is_present = |ms: i64, is_empty: bool| ms >= view.now_ms && !is_empty;
        let past_entries = seldom.map(|seldom| &seldom.past_entries).filter(|(ms, stages)| is_present(*ms, stages.is_empty()));
        let struck = seldom.map(|seldom| &seldom.clocks).filter(|(ms, clocks)| is_present(*ms, clocks.is_empty()));
        let (left_ms, ended_in) = seldom.map(|seldom| seldom.ended).unwrap_or_default();
        let (leaves, clauses) = self.clauses(view, slot, more);
        let (inside, outside) = if slot.stage().is_some() { (clauses, Vec::new()) } else { (Vec::new(), clauses) };
        let plays = more.plays.iter().map(|play| self.play(play, slot)).collect::<Result<_, StateError>>()?;
        let run = slot.stage().map(|at| RunForm {
            stage: stage(at),
            visit: more.visits(slot.stage),
            entered_ms: slot.since_ms,
            entered_order: slot.entered_order.into(),
            started_ms: slot.started_ms,
            started_order: slot.started_order.into(),
            visits: more.visits.iter().map(|(at, count)| (stage(usize::from(*at)), *count)).collect(),
            entry: self.entry(more),
            plays,
            clauses: inside,
            leaves,
        });
        Ok(SlotForm {
            funnel: funnel.funnel.name.clone(),
            key: String::new(),
            runs: slot.runs,
            started_ms: slot.started_ms,
            left_ms,
            ended_in: ended_in.map(|at| stage(usize::from(at))),
            clauses: outside,
            run,
            pause_seen_ms: slot.tried_ms,
            past_entries: past_entries.map(|(ms, stages)| {
                let mut stages: Vec<u16> = stages.to_vec();
                stages.sort_unstable();
                (*ms, stages.into_iter().map(|at| stage(usize::from(at))).collect())
            }),
            struck: struck.map(|(ms, clocks)| {
                let mut clocks = clocks.to_vec();
                clocks.sort_unstable();
                (*ms, clocks.into_iter().map(|(clause, at)| (clause_name(clause.into()), at)).collect())
            }),
        })
    }

    /// The `leave` clauses of the funnel, and all others that matter: those before which somebody stands were tried when the place was.
    fn clauses(&self, view: View<'_>, slot: &Slot, more: &More) -> (Vec<ClauseForm>, Vec<ClauseForm>) {
        let Some(place) = view.place else { return Default::default() };
        if slot.runs == 0 && slot.tried_ms == 0 {
            return Default::default();
        }
        let standing = self.program.standing(view.funnel(place), slot.stage()).iter().map(|standing| standing.clause);
        let starts = crate::fast::clocks::starts_of(view).map(|(play, _)| Clause::Start(play as u16));
        let mut all: Vec<(Clause, bool)> = standing.chain(starts).map(|clause| (clause, true)).collect();
        all.extend(more.clauses.iter().map(|(clause, _)| (*clause, false)));
        all.sort_unstable_by_key(|(clause, stands)| (*clause, !stands));
        all.dedup_by_key(|(clause, _)| *clause);
        let nothing = ClauseState::default();
        let form = |(at, stands): (Clause, bool)| {
            let state = more.clause(at).unwrap_or(&nothing);
            let tried_ms = if stands { slot.tried_ms } else { 0 };
            let form = clause_form(clause_name(at.into()), tried_ms, (state.opened_for_ms, state.gone), &state.clocks);
            (at, ClauseForm { untried: stands && slot.is_untried, ..form })
        };
        let (leaves, others): (Vec<_>, Vec<_>) = all.into_iter().map(form).partition(|(at, _)| matches!(at, Clause::FunnelLeave(_)));
        let forms = |all: Vec<(Clause, ClauseForm)>| all.into_iter().map(|(_, form)| form).collect();
        (forms(leaves), forms(others))
    }

    fn entry(&self, more: &More) -> Values {
        let name = |at: Id| self.program.entries[at as usize].to_owned();
        more.entry.iter().map(|(at, value)| (name(*at), ValueForm(value.value()))).collect()
    }

    fn play(&self, slot: &PlaySlot, of: &Slot) -> Result<PlayForm, StateError> {
        let frame = |frame: &Frame| match frame {
            Frame::Steps(block, next) => FrameForm::Steps(self.names.block(*block), *next as usize),
            Frame::Rounds(step, round, since_ms) => FrameForm::Rounds(self.names.step(*step), *round, *since_ms),
        };
        let running = slot.running.as_ref().map(|play| {
            Ok::<_, StateError>(RunningForm {
                stack: play.stack.iter().map(frame).collect(),
                waiting: play.waiting.as_ref().map(|waiting| self.waiting(waiting, of)).transpose()?,
                each_time: play.each_time,
            })
        });
        Ok(PlayForm { starts: slot.starts, finished: slot.finished, running: running.transpose()? })
    }

    fn waiting(&self, waiting: &Waiting, of: &Slot) -> Result<WaitingForm, StateError> {
        let does = |step: Id| &self.program.steps[step as usize].does;
        Ok(match waiting {
            Waiting::Until(ms) => WaitingForm::Until(*ms),
            Waiting::Days(since_ms, days) => WaitingForm::Days(*since_ms, *days),
            Waiting::Clock(step, zone, due_ms) => match does(*step) {
                Does::WaitClock(weekday, clock) => WaitingForm::Clock(*weekday, *clock, zone.name.clone(), *due_ms),
                _ => return Err(unknown("a wait for the clock")),
            },
            Waiting::Instant(step) => WaitingForm::Instant(self.names.step(*step)),
            Waiting::Arms(step, deadline_ms, clocks) => {
                let (arms, otherwise): (&[(Id, Id)], Id) = match does(*step) {
                    Does::WaitArms(arms, otherwise, _) => (arms, *otherwise),
                    _ => (&[], 0),
                };
                let arm = |(at, (_, block)): (usize, &(Id, Id))| {
                    let state = clause_form(String::new(), of.tried_ms, (None, false), clocks.get(at).map_or(&[][..], Vec::as_slice));
                    let state = ClauseForm { untried: of.is_untried, ..state };
                    ArmForm { when: self.names.arm(*step, at), steps: self.names.block(*block), instead: None, state }
                };
                WaitingForm::Arms {
                    deadline_ms: *deadline_ms,
                    arms: arms.iter().enumerate().map(arm).collect(),
                    otherwise: self.names.block(otherwise),
                    otherwise_instead: None,
                }
            }
            Waiting::Held(held) => self.held(held),
        })
    }

    fn held(&self, held: &Held) -> WaitingForm {
        let request = &held.request;
        WaitingForm::Held {
            step: self.names.step(request.step),
            message: self.program.messages[request.message as usize].0.name.clone(),
            key: request.key.to_string(),
            arguments: request.arguments.iter().map(|value| value.as_ref().map(|value| ValueForm(value.value()))).collect(),
            zone: held.zone.name.clone(),
            until_ms: held.until_ms,
        }
    }
}

fn clause_form(at: String, tried_ms: i64, (opened_for_ms, gone): (Option<i64>, bool), clocks: &[ClockState]) -> ClauseForm {
    let clock = |clock: &ClockState| ClockForm {
        basis: match &clock.basis {
            Basis::Schedule(zone, date) => BasisForm::Schedule(zone.name.clone(), *date),
            Basis::Instant(ms) => BasisForm::Instant(*ms),
        },
        due_ms: clock.due_ms,
        was_past: clock.was_past,
    };
    ClauseForm { at, tried_ms, opened_for_ms, gone, untried: false, clocks: clocks.iter().map(clock).collect() }
}

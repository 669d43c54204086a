//! From a contact to its written form.

use super::{
    Marks, Memory, Saved, SavedEvent, SavedId, SavedSending, StateError,
    places::Places,
    wire::{
        ArmForm, AsideForm, BasisForm, ClauseForm, ClockForm, FrameForm, Place, PlayForm, RunForm, RunningForm, SlotForm, StateForm,
        ValueForm, WaitingForm, values,
    },
};
use crate::{
    ruleset::Step,
    runtime::{
        contact::{Arm, Basis, Clause, ClauseState, ClockState, Frame, PlaySlot, Run, RunId, Slot, State, Waiting},
        engine::{Engine, Person},
        program::{Plan, Program},
        score,
    },
};
use std::{collections::BTreeMap, fmt, sync::Arc};

type Result<T> = std::result::Result<T, StateError>;

impl<'r> Memory<'r> {
    /// A contact that is in an engine, with what was added to its history since `from`, and these ids; nothing where it is nobody.
    ///
    /// # Errors
    /// [`StateError`] where the contact speaks of rules that are not here.
    pub fn save(&self, engine: &Engine<'r>, contact: &str, from: Marks, ids: &[String]) -> Result<Option<Saved>> {
        let Some(person) = engine.people.get(contact) else { return Ok(None) };
        let saving = Saving { memory: self, here: self.of(&engine.program)?, gone: &engine.gone };
        saving.person(person, from, ids).map(Some)
    }

    /// How long a contact's history is.
    #[must_use]
    pub fn marks(engine: &Engine<'r>, contact: &str) -> Marks {
        engine.people.get(contact).map_or_else(Marks::default, |person| {
            let log = &person.contact.log;
            Marks { events: log.len(), sendings: log.sendings.len(), asked: log.asked.len() }
        })
    }

    /// The ids of all records of a contact that are remembered.
    #[must_use]
    pub fn ids(engine: &Engine<'r>, contact: &str) -> Vec<String> {
        engine.people.get(contact).map_or_else(Vec::new, |person| person.ids.keys().cloned().collect())
    }

    pub(super) fn of(&self, program: &Arc<Program<'r>>) -> Result<&Places<'r>> {
        let found = self.rules.iter().find(|places| Arc::ptr_eq(&places.program, program));
        found.ok_or_else(|| StateError::Unknown("a rule set that is not kept".to_owned()))
    }
}

/// The name of a funnel by its place in history.
pub(super) fn funnel_name(program: &Program<'_>, gone: &[String], at: usize) -> Option<String> {
    match program.funnels.get(at) {
        Some(plan) => Some(plan.funnel.name.clone()),
        None => gone.get(usize::MAX - at).cloned(),
    }
}

/// A clause in few letters.
impl fmt::Display for Clause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clause::StageLeave(at) => write!(out, "s{at}"),
            Clause::FunnelLeave(at) => write!(out, "f{at}"),
            Clause::Door(stage, at) => write!(out, "d{stage}.{at}"),
            Clause::Start(play) => write!(out, "n{play}"),
        }
    }
}

#[derive(Clone, Copy)]
struct Saving<'m, 'r> {
    memory: &'m Memory<'r>,
    here: &'m Places<'r>,
    gone: &'m [String],
}

impl<'r> Saving<'_, 'r> {
    fn person(&self, person: &Person<'r>, from: Marks, ids: &[String]) -> Result<Saved> {
        let state = &person.contact.state;
        let log = &person.contact.log;
        let past = (from.events..log.len()).filter_map(|at| log.get(at));
        let past = past.map(|past| {
            let owner = past.owner.as_ref().map(|owner| self.run(owner)).transpose()?;
            Ok((past, serde_json::to_string(&values(&past.properties))?, owner))
        });
        let past: Vec<_> = past.collect::<Result<_>>()?;
        let events = past.iter().map(|(past, properties, owner)| SavedEvent {
            time_ms: past.time_ms,
            taken_ms: past.taken_ms,
            order: past.order,
            event: past.event.as_str().into(),
            properties,
            owner: owner.clone(),
        });
        let sendings = log.sendings.iter().skip(from.sendings).map(|sending| {
            Ok(SavedSending {
                time_ms: sending.time_ms,
                message: sending.message.clone(),
                channel: sending.channel.clone(),
                transactional: sending.transactional,
                request: sending.request.clone(),
                run: self.run(&sending.run)?,
            })
        });
        let known = ids.iter().filter_map(|id| Some((id, person.ids.get(id)?)));
        let saved_id =
            |(id, (time_ms, content)): (&String, &(i64, String))| SavedId { id: id.clone(), time_ms: *time_ms, content: content.clone() };
        Ok(Saved {
            attributes: serde_json::to_string(&values(&state.attributes))?,
            timezone: state.zone.name.clone(),
            first_ms: state.first_ms,
            now_ms: state.now_ms,
            due_ms: person.due_ms,
            state: serde_json::to_string(&self.state(state)?)?,
            events: events.collect(),
            sendings: sendings.collect::<Result<_>>()?,
            asked: log.asked.iter().skip(from.asked).cloned().collect(),
            ids: known.map(saved_id).collect(),
        })
    }

    fn run(&self, id: &RunId) -> Result<(String, String)> {
        let name = funnel_name(&self.here.program, self.gone, id.funnel);
        Ok((name.ok_or_else(|| StateError::Unknown("a funnel that is gone".to_owned()))?, id.key.clone()))
    }

    fn state(&self, state: &State<'r>) -> Result<StateForm> {
        let mut funnels = Vec::new();
        for (plan, slots) in self.here.program.funnels.iter().zip(&state.slots) {
            for (key, slot) in slots {
                funnels.push(self.slot(plan, key, slot, state.now_ms)?);
            }
        }
        let aside = state.aside.iter().map(|aside| {
            let places = self.memory.of(&aside.program)?;
            let plan = places.program.funnels.get(aside.funnel).ok_or_else(|| StateError::Unknown("a funnel".to_owned()))?;
            let own = Saving { here: places, ..*self };
            Ok(AsideForm { rules: places.number, slot: own.slot(plan, &aside.key, &aside.slot, i64::MIN)? })
        });
        Ok(StateForm {
            taken: state.taken,
            results: state.results,
            position: state.position,
            closed: state.closed.iter().cloned().collect(),
            scores: state.scores.iter().map(score::Standing::form).collect(),
            aside: aside.collect::<Result<_>>()?,
            done: state.done.iter().cloned().collect(),
            funnels,
        })
    }

    /// A place of a funnel and key; what was of one instant alone is left out when that is over.
    fn slot(&self, plan: &Plan<'r>, key: &str, slot: &Slot<'r>, now_ms: i64) -> Result<SlotForm> {
        let stage = |at: usize| stage_name(plan, at);
        let (past_ms, stages) = &slot.past_entries;
        let (struck_ms, struck) = &slot.struck;
        let is_present = |ms: i64, is_empty: bool| ms >= now_ms && !is_empty;
        let past_entries = is_present(*past_ms, stages.is_empty())
            .then(|| stages.iter().map(|at| stage(*at)).collect::<Result<_>>().map(|stages| (*past_ms, stages)));
        Ok(SlotForm {
            funnel: plan.funnel.name.clone(),
            key: key.to_owned(),
            runs: slot.runs,
            started_ms: slot.started_ms,
            left_ms: slot.left_ms,
            ended_in: slot.ended_in.map(stage).transpose()?,
            run: slot.run.as_ref().map(|run| self.run_form(plan, run)).transpose()?,
            clauses: clauses(&slot.clauses),
            pause_seen_ms: slot.pause_seen_ms,
            past_entries: past_entries.transpose()?,
            struck: is_present(*struck_ms, struck.is_empty())
                .then(|| (*struck_ms, struck.iter().map(|(clause, at)| (clause.to_string(), *at)).collect())),
        })
    }

    fn run_form(&self, plan: &Plan<'r>, run: &Run<'r>) -> Result<RunForm> {
        let visits = run.visits.iter().map(|(at, count)| Ok((stage_name(plan, *at)?, *count)));
        Ok(RunForm {
            stage: stage_name(plan, run.visit.stage)?,
            visit: run.visit.number,
            entered_ms: run.visit.entered_ms,
            entered_order: run.visit.entered_order,
            started_ms: run.started_ms,
            started_order: run.started_order,
            visits: visits.collect::<Result<_>>()?,
            entry: values(&run.entry),
            plays: run.visit.plays.iter().map(|play| self.play(play)).collect::<Result<_>>()?,
            clauses: clauses(&run.visit.clauses),
            leaves: clauses(&run.leaves),
        })
    }

    fn play(&self, slot: &PlaySlot<'r>) -> Result<PlayForm> {
        let running = slot.running.as_ref().map(|play| {
            Ok::<_, StateError>(RunningForm {
                stack: self.stack(&play.stack)?,
                waiting: play.waiting.as_ref().map(|waiting| self.waiting(waiting)).transpose()?,
                each_time: play.each_time,
            })
        });
        Ok(PlayForm { starts: slot.starts, finished: slot.finished, running: running.transpose()? })
    }

    /// A part of a rule set: of the present one, or of an older one with its number.
    fn place(&self, what: &str, of: impl Fn(&Places<'r>) -> Option<Place>) -> Result<Place> {
        if let Some(place) = of(self.here) {
            return Ok(place);
        }
        let older = self.memory.rules.iter().find_map(|places| Some(Place { rules: Some(places.number), ..of(places)? }));
        older.ok_or_else(|| StateError::Unknown(what.to_owned()))
    }

    fn block(&self, steps: &'r [Step]) -> Result<Place> {
        if steps.is_empty() {
            return Ok(Place::default());
        }
        self.place("steps", |places| places.of_block(steps))
    }

    fn stack(&self, stack: &[Frame<'r>]) -> Result<Vec<FrameForm>> {
        let frame = |frame: &Frame<'r>| match frame {
            Frame::Steps(steps, next) => Ok(FrameForm::Steps(self.block(steps)?, *next)),
            Frame::Rounds(repeat, round, since_ms) => {
                Ok(FrameForm::Rounds(self.place("a `repeat`", |places| places.of_repeat(repeat))?, *round, *since_ms))
            }
        };
        stack.iter().map(frame).collect()
    }

    fn waiting(&self, waiting: &Waiting<'r>) -> Result<WaitingForm> {
        Ok(match waiting {
            Waiting::Until(ms) => WaitingForm::Until(*ms),
            Waiting::Days(since_ms, days) => WaitingForm::Days(*since_ms, *days),
            Waiting::Clock(weekday, clock, zone, due_ms) => WaitingForm::Clock(*weekday, *clock, zone.clone(), *due_ms),
            Waiting::Instant(wait) => WaitingForm::Instant(self.place("a wait", |places| places.of_instant(wait))?),
            Waiting::Arms(arms) => {
                let stack = |instead: &Option<Vec<Frame<'r>>>| instead.as_ref().map(|stack| self.stack(stack)).transpose();
                let arm = |arm: &Arm<'r>| {
                    Ok(ArmForm {
                        when: self.place("an arm", |places| places.of_arm(arm.when))?,
                        steps: self.block(arm.steps)?,
                        instead: stack(&arm.instead)?,
                        state: clause(String::new(), &arm.state),
                    })
                };
                WaitingForm::Arms {
                    deadline_ms: arms.deadline_ms,
                    arms: arms.arms.iter().map(arm).collect::<Result<_>>()?,
                    otherwise: self.block(arms.otherwise)?,
                    otherwise_instead: stack(&arms.otherwise_instead)?,
                }
            }
            Waiting::Held(held) => WaitingForm::Held {
                step: self.place("a step", |places| places.of_step(held.request.step))?,
                message: held.request.message.to_owned(),
                key: held.request.key.clone(),
                arguments: held.request.arguments.iter().map(|(_, value)| value.clone().map(ValueForm)).collect(),
                zone: held.zone.clone(),
                until_ms: held.until_ms,
            },
        })
    }
}

fn stage_name(plan: &Plan<'_>, at: usize) -> Result<String> {
    plan.stage(at).map(|stage| stage.name.clone()).ok_or_else(|| StateError::Unknown("a stage".to_owned()))
}

fn clauses(clauses: &BTreeMap<Clause, ClauseState>) -> Vec<ClauseForm> {
    clauses.iter().map(|(at, state)| clause(at.to_string(), state)).collect()
}

fn clause(at: String, state: &ClauseState) -> ClauseForm {
    let clock = |clock: &ClockState| ClockForm {
        basis: match &clock.basis {
            Basis::Schedule(zone, date) => BasisForm::Schedule(zone.clone(), *date),
            Basis::Instant(ms) => BasisForm::Instant(*ms),
        },
        due_ms: clock.due_ms,
        was_past: clock.was_past,
    };
    ClauseForm {
        at,
        tried_ms: state.tried_ms,
        opened_for_ms: state.opened_for_ms,
        gone: state.gone,
        untried: state.untried,
        clocks: state.clocks.iter().map(clock).collect(),
    }
}

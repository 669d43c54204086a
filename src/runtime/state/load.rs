//! From the written form back to a contact.

use super::{
    Memory, Saved, StateError,
    places::Places,
    wire::{ArmForm, BasisForm, ClauseForm, ClockForm, FrameForm, Place, PlayForm, RunForm, SlotForm, StateForm, WaitingForm, plain},
};
use crate::{
    ruleset::{Step, StepKind},
    runtime::{
        contact::{
            Arm, Arms, Aside, Basis, Clause, ClauseState, ClockState, Contact, Frame, Held, Play, PlaySlot, Request, Run, RunId, Slot,
            Visit, Waiting,
        },
        engine::{Engine, Person},
        log::{Log, Past, Sending},
        program::{Plan, Program},
        score,
        zone::Zone,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

type Result<T> = std::result::Result<T, StateError>;

fn unknown(what: impl Into<String>) -> StateError {
    StateError::Unknown(what.into())
}

impl<'r> Memory<'r> {
    /// Brings a contact that was written, with all of its history, into an engine.
    ///
    /// # Errors
    /// [`StateError`] for what was not written with these rules, or by another version.
    pub fn load(&self, engine: &mut Engine<'r>, contact: &str, saved: Saved) -> Result<()> {
        let here = self.of(&engine.program)?;
        let loading = Loading { memory: self, here };
        let log = loading.log(&saved, &mut engine.gone)?;
        let due_ms = saved.due_ms;
        let ids = saved.ids.iter().map(|id| (id.id.clone(), (id.time_ms, id.content.clone()))).collect();
        let fresh = engine.stranger();
        let contact_of = loading.contact(saved, log, fresh)?;
        if let Some(due_ms) = due_ms {
            engine.due.insert((due_ms, contact.to_owned()));
        }
        engine.people.insert(contact.to_owned(), Person { contact: contact_of, ids, due_ms });
        Ok(())
    }
}

struct Loading<'m, 'r> {
    memory: &'m Memory<'r>,
    here: &'m Places<'r>,
}

fn plan_of<'p, 'r>(program: &'p Program<'r>, name: &str) -> Result<(usize, &'p Plan<'r>)> {
    let found = program.funnels.iter().enumerate().find(|(_, plan)| plan.funnel.name == name);
    found.ok_or_else(|| unknown(format!("a funnel `{name}`")))
}

fn stage_of(plan: &Plan<'_>, name: &str) -> Result<usize> {
    let found = plan.funnel.stages.iter().position(|stage| stage.name == name);
    found.ok_or_else(|| unknown(format!("a stage `{name}`")))
}

/// The other way round.
pub(crate) fn clause_of(text: &str) -> Result<Clause> {
    let wrong = || unknown(format!("a clause `{text}`"));
    let number = |digits: &str| digits.parse::<usize>().map_err(|_| wrong());
    let mut letters = text.chars();
    let kind = letters.next().ok_or_else(wrong)?;
    let rest = letters.as_str();
    match kind {
        's' => Ok(Clause::StageLeave(number(rest)?)),
        'f' => Ok(Clause::FunnelLeave(number(rest)?)),
        'n' => Ok(Clause::Start(number(rest)?)),
        'd' => {
            let (stage, at) = rest.split_once('.').ok_or_else(wrong)?;
            Ok(Clause::Door(number(stage)?, number(at)?))
        }
        _ => Err(wrong()),
    }
}

fn clause(form: ClauseForm) -> ClauseState {
    let clock = |clock: ClockForm| ClockState {
        basis: match clock.basis {
            BasisForm::Schedule(zone, date) => Basis::Schedule(zone, date),
            BasisForm::Instant(ms) => Basis::Instant(ms),
        },
        due_ms: clock.due_ms,
        was_past: clock.was_past,
    };
    ClauseState {
        opened_for_ms: form.opened_for_ms,
        gone: form.gone,
        tried_ms: form.tried_ms,
        untried: form.untried,
        clocks: form.clocks.into_iter().map(clock).collect(),
    }
}

fn clauses(forms: Vec<ClauseForm>) -> Result<BTreeMap<Clause, ClauseState>> {
    forms.into_iter().map(|mut form| Ok((clause_of(&std::mem::take(&mut form.at))?, clause(form)))).collect()
}

impl<'r> Loading<'_, 'r> {
    fn log(&self, saved: &Saved, gone: &mut Vec<String>) -> Result<Log> {
        let mut log = Log::default();
        for event in saved.events.read()? {
            log.push(Past {
                time_ms: event.time_ms,
                taken_ms: event.taken_ms,
                order: event.order,
                event: event.event.into_owned(),
                properties: plain(serde_json::from_str(event.properties)?),
                owner: event.owner.as_ref().map(|owner| self.run_id(owner, gone)),
            });
        }
        log.sendings = saved
            .sendings
            .iter()
            .map(|sending| Sending {
                time_ms: sending.time_ms,
                message: sending.message.clone(),
                channel: sending.channel.clone(),
                transactional: sending.transactional,
                request: sending.request.clone(),
                run: self.run_id(&sending.run, gone),
            })
            .collect();
        log.asked.clone_from(&saved.asked);
        Ok(log)
    }

    /// A run in history; a funnel that is gone is known by its name alone.
    fn run_id(&self, (name, key): &(String, String), gone: &mut Vec<String>) -> RunId {
        let present = self.here.program.funnels.iter().position(|plan| plan.funnel.name == *name);
        let funnel = present.unwrap_or_else(|| {
            let at = gone.iter().position(|other| other == name).unwrap_or_else(|| {
                gone.push(name.clone());
                gone.len() - 1
            });
            usize::MAX - at
        });
        RunId { funnel, key: key.clone() }
    }

    fn contact(&self, saved: Saved, log: Log, mut contact: Contact<'r>) -> Result<Contact<'r>> {
        let form: StateForm = serde_json::from_str(&saved.state)?;
        let zone = || Zone::named(&saved.timezone).ok_or_else(|| unknown(format!("a zone `{}`", saved.timezone)));
        let state = &mut contact.state;
        state.attributes = plain(serde_json::from_str(&saved.attributes)?);
        if state.zone.name != saved.timezone {
            state.zone = zone()?;
        }
        state.closed = form.closed.into_iter().collect();
        state.first_ms = saved.first_ms;
        state.now_ms = saved.now_ms;
        state.scores = form.scores.into_iter().map(score::Standing::of_form).collect();
        (state.taken, state.results, state.position) = (form.taken, form.results, form.position);
        state.done = form.done.into_iter().collect();
        for slot in form.funnels {
            let (funnel, plan) = plan_of(&self.here.program, &slot.funnel)?;
            let key = slot.key.clone();
            let slot = self.slot(self.here, plan, slot)?;
            if plan.funnel.key.is_some() && slot.run.is_some() {
                state.live.insert(RunId { funnel, key: key.clone() });
            }
            if let Some(slots) = state.slots.get_mut(funnel) {
                slots.insert(key, slot);
            }
        }
        for aside in form.aside {
            let places = self.rules(aside.rules)?;
            let (funnel, plan) = plan_of(&places.program, &aside.slot.funnel)?;
            let key = aside.slot.key.clone();
            let slot = self.slot(places, plan, aside.slot)?;
            state.aside.push(Aside { program: Arc::clone(&places.program), funnel, key, slot });
        }
        contact.log = log;
        Ok(contact)
    }

    fn rules(&self, number: u32) -> Result<&Places<'r>> {
        let found = self.memory.rules.iter().find(|places| places.number == number);
        found.ok_or_else(|| unknown(format!("rule set {number}")))
    }

    /// A place by the rules of its own, whose parts may yet be those of others.
    fn slot(&self, own: &Places<'r>, plan: &Plan<'r>, form: SlotForm) -> Result<Slot<'r>> {
        let inside = Loading { memory: self.memory, here: own };
        let stages = |names: Vec<String>| names.iter().map(|name| stage_of(plan, name)).collect::<Result<BTreeSet<usize>>>();
        let struck = |all: Vec<(String, usize)>| all.iter().map(|(text, at)| Ok((clause_of(text)?, *at))).collect::<Result<_>>();
        Ok(Slot {
            runs: form.runs,
            started_ms: form.started_ms,
            left_ms: form.left_ms,
            ended_in: form.ended_in.map(|name| stage_of(plan, &name)).transpose()?,
            run: form.run.map(|run| inside.run(plan, run)).transpose()?,
            clauses: clauses(form.clauses)?,
            pause_seen_ms: form.pause_seen_ms,
            past_entries: form.past_entries.map(|(ms, names)| Ok::<_, StateError>((ms, stages(names)?))).transpose()?.unwrap_or_default(),
            struck: form.struck.map(|(ms, all)| Ok::<_, StateError>((ms, struck(all)?))).transpose()?.unwrap_or_default(),
        })
    }

    fn run(&self, plan: &Plan<'r>, form: RunForm) -> Result<Run<'r>> {
        let visits = form.visits.iter().map(|(name, count)| Ok((stage_of(plan, name)?, *count)));
        let visit = Visit {
            stage: stage_of(plan, &form.stage)?,
            number: form.visit,
            entered_ms: form.entered_ms,
            entered_order: form.entered_order,
            plays: form.plays.into_iter().map(|play| self.play(play)).collect::<Result<_>>()?,
            clauses: clauses(form.clauses)?,
        };
        Ok(Run {
            started_ms: form.started_ms,
            started_order: form.started_order,
            visits: visits.collect::<Result<_>>()?,
            entry: plain(form.entry),
            leaves: clauses(form.leaves)?,
            visit,
        })
    }

    fn play(&self, form: PlayForm) -> Result<PlaySlot<'r>> {
        let running = form.running.map(|play| {
            Ok::<_, StateError>(Play {
                stack: self.stack(play.stack)?,
                waiting: play.waiting.map(|waiting| self.waiting(waiting)).transpose()?,
                each_time: play.each_time,
            })
        });
        Ok(PlaySlot { starts: form.starts, finished: form.finished, running: running.transpose()? })
    }

    /// The part of a rule set that a place names.
    fn part<T>(&self, place: &Place, of: impl Fn(&Places<'r>, &Place) -> Option<T>) -> Result<T> {
        let places = place.rules.map_or(Ok(self.here), |number| self.rules(number))?;
        of(places, place).ok_or_else(|| unknown(format!("`{}`", place.id)))
    }

    fn block(&self, place: &Place) -> Result<&'r [Step]> {
        if place.id.is_empty() { Ok(&[]) } else { self.part(place, Places::block) }
    }

    fn stack(&self, forms: Vec<FrameForm>) -> Result<Vec<Frame<'r>>> {
        let frame = |form| match form {
            FrameForm::Steps(place, next) => Ok(Frame::Steps(self.block(&place)?, next)),
            FrameForm::Rounds(place, round, since_ms) => Ok(Frame::Rounds(self.part(&place, Places::repeat)?, round, since_ms)),
        };
        forms.into_iter().map(frame).collect()
    }

    fn waiting(&self, form: WaitingForm) -> Result<Waiting<'r>> {
        let stack = |instead: Option<Vec<FrameForm>>| instead.map(|stack| self.stack(stack)).transpose();
        Ok(match form {
            WaitingForm::Until(ms) => Waiting::Until(ms),
            WaitingForm::Days(since_ms, days) => Waiting::Days(since_ms, days),
            WaitingForm::Clock(weekday, clock, zone, due_ms) => Waiting::Clock(weekday, clock, zone, due_ms),
            WaitingForm::Instant(place) => Waiting::Instant(self.part(&place, Places::instant)?),
            WaitingForm::Arms { deadline_ms, arms, otherwise, otherwise_instead } => {
                let arm = |form: ArmForm| {
                    Ok(Arm {
                        when: self.part(&form.when, Places::arm)?,
                        steps: self.block(&form.steps)?,
                        instead: stack(form.instead)?,
                        state: clause(form.state),
                    })
                };
                Waiting::Arms(Arms {
                    deadline_ms,
                    arms: arms.into_iter().map(arm).collect::<Result<_>>()?,
                    otherwise: self.block(&otherwise)?,
                    otherwise_instead: stack(otherwise_instead)?,
                })
            }
            WaitingForm::Held { step, message, key, arguments, zone, until_ms } => {
                let step = self.part(&step, Places::step)?;
                let StepKind::Send { arguments: written, .. } = &step.kind else { return Err(unknown(format!("`{}`", step.id))) };
                let values = arguments.into_iter().map(|value| value.map(|value| value.0));
                let arguments = written.iter().map(|argument| argument.name.as_str()).zip(values).collect();
                let message = self.message(&message)?;
                Waiting::Held(Held { request: Request { step, message, key, arguments }, zone, until_ms })
            }
        })
    }

    /// A message by its name, in the present rules or in older ones.
    fn message(&self, name: &str) -> Result<&'r str> {
        let all = std::iter::once(self.here).chain(&self.memory.rules);
        let found = all.filter_map(|places| places.program.messages.get(name)).map(|message| message.name.as_str()).next();
        found.ok_or_else(|| unknown(format!("a message `{name}`")))
    }
}

//! How long a contact can be in a stage, one visit at a time.
//!
//! A visit ends surely where time opens a way for everybody: a delay, a play that comes to its end, an event that is assumed
//! to come, or that a play of the stage surely records; several together where each person finds one of them open. Counted are only clauses that never find their
//! stage full, and none that could be passed over because a run goes round at that instant.

use super::{
    super::context::Context,
    points::{Setting, curve},
    route::{Hop, Routes},
    spans::NEVER,
};
use crate::{
    logic::{Moment, Question},
    model::{Assumption, Condition, ConditionKind, EventId, EventTest, Model, Reentry, Schedule, StageId, Start, Step, StepKind, Wait},
    source::Span,
};

const DAY_MS: i64 = 86_400_000;

/// What calendars and clocks of one zone differ from hours counted.
const SHIFT_MS: i64 = 26 * 3_600_000;

/// So many echoes follow from one record or timer before the rest is set aside; a few less, to be sure.
const ECHOES_MAX: u64 = 60;

/// As many ways are asked about together.
const TOGETHER_MAX: usize = 16;

/// The longest visit of a stage, and by which clauses it is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stay {
    pub most_ms: i64,
    pub by: Vec<Span>,
    /// What the file assumes of the world, where the stay leans on it.
    pub assumed: Vec<Span>,
}

/// The longest visits of all stages; nothing where none is known.
#[derive(Clone, Debug)]
pub struct Stays(Vec<Option<Stay>>);

/// A way that is open for some from a time on.
struct Opening<'m> {
    from_ms: i64,
    /// For whom; everybody where nothing is asked.
    when: Vec<&'m Condition>,
    by: Span,
    assumed: Option<Span>,
}

impl Stays {
    pub fn new<'m>(context: &Context<'m>, setting: &Setting<'_, 'm>, routes: &Routes<'m>) -> Self {
        Self(context.model.stages.ids().map(|id| stay(context, setting, routes, id)).collect())
    }

    pub fn of(&self, id: StageId) -> Option<&Stay> {
        self.0.get(id.index()).and_then(Option::as_ref)
    }

    /// The longest visit in milliseconds.
    pub fn most(&self, id: StageId) -> Option<i64> {
        self.of(id).map(|stay| stay.most_ms)
    }
}

fn stay<'m>(context: &Context<'m>, setting: &Setting<'_, 'm>, routes: &Routes<'m>, id: StageId) -> Option<Stay> {
    if !routes.is_reached(id) {
        return None;
    }
    let mut openings: Vec<Opening<'_>> = Vec::new();
    for hop in routes.from(id) {
        add_openings(context, setting, routes, id, hop, &mut openings);
    }
    let assumed = assumed_events(context, routes, id);
    openings.extend(assumed);
    openings.extend(recorded_events(context, setting, routes, id));
    let final_ms = if context.model.stages[id].is_final { final_stay(context, setting, id) } else { None };
    openings.sort_by_key(|it| it.from_ms);
    for count in 1..=openings.len().min(TOGETHER_MAX) {
        let (open, later) = openings.split_at(count);
        let Some(most_ms) = open.last().map(|it| it.from_ms) else { break };
        // At the instant of entry a run may be going round, and then stays in spite of an open way.
        let is_round = most_ms == 0 && routes.comes_back(id);
        if is_round || later.first().is_some_and(|it| it.from_ms == most_ms) {
            continue;
        }
        if final_ms.as_ref().is_some_and(|stay: &Stay| stay.most_ms <= most_ms) {
            break;
        }
        if let Some(used) = lets_everybody_go(context, id, open) {
            let by = used.iter().map(|it| it.by).collect();
            return Some(Stay { most_ms, by, assumed: used.iter().filter_map(|it| it.assumed).collect() });
        }
    }
    final_ms
}

/// Whether everybody finds one of these ways open, and which of them say so.
fn lets_everybody_go<'o, 'm>(context: &Context<'_>, id: StageId, open: &'o [Opening<'m>]) -> Option<Vec<&'o Opening<'m>>> {
    if let Some(one) = open.iter().find(|it| it.when.is_empty()) {
        return Some(vec![one]);
    }
    let joined: Vec<Condition> = open.iter().filter_map(|it| all_of(&it.when)).collect();
    let question = joined.iter().fold(Question::new(), Question::fails).at(Moment::Quiet);
    let sure = !context.solver.can_be(&question) || context.facts.one_holds(id, &joined);
    sure.then(|| open.iter().collect())
}

fn all_of(list: &[&Condition]) -> Option<Condition> {
    match list {
        [] => None,
        [one] => Some((*one).clone()),
        [first, ..] => {
            let parts = list.iter().map(|it| (*it).clone()).collect();
            Some(Condition { span: first.span, kind: ConditionKind::And(parts) })
        }
    }
}

fn add_openings<'m>(
    context: &Context<'m>,
    setting: &Setting<'_, 'm>,
    routes: &Routes<'m>,
    id: StageId,
    hop: &Hop<'m>,
    openings: &mut Vec<Opening<'m>>,
) {
    let Some(by) = hop.span().filter(|_| hop.anew.is_none()) else { return };
    if hop.to.is_some_and(|to| may_be_full(context.model, routes, to)) {
        return;
    }
    let after = hop.after();
    if after.is_some_and(|delay| delay.without.is_some()) {
        return;
    }
    let delay_ms = after.map_or(0, |delay| delay.delay_ms);
    let Some(when) = hop.when() else {
        openings.extend(after.map(|_| Opening { from_ms: delay_ms, when: Vec::new(), by, assumed: None }));
        return;
    };
    let sides: &[Condition] = if let ConditionKind::Or(list) = &when.kind { list } else { std::slice::from_ref(when) };
    for side in sides {
        let parts: &[Condition] = if let ConditionKind::And(list) = &side.kind { list } else { std::slice::from_ref(side) };
        let mut opening = Opening { from_ms: delay_ms, when: Vec::new(), by, assumed: None };
        for part in parts {
            match surely_from(setting, id, part, parts.len() == 1) {
                Some(ms) => opening.from_ms = opening.from_ms.max(delay_ms.saturating_add(ms)),
                None => opening.when.push(part),
            }
        }
        openings.push(opening);
    }
}

/// From when on after entering a condition surely holds, and goes on holding (or, where it stands `alone`, opens once).
fn surely_from(setting: &Setting<'_, '_>, id: StageId, it: &Condition, alone: bool) -> Option<i64> {
    match &it.kind {
        ConditionKind::Finished(name) => {
            let nurture = setting.model.stages[id].nurtures.iter().find(|it| it.name == *name && it.start == Start::Entry)?;
            let (least, most) = setting.duration(&nurture.steps);
            // A play that ends at the instant of entry might end while the run goes round.
            (least > 0 && most < NEVER).then_some(most)
        }
        ConditionKind::Every { schedule, .. } if alone && setting.zone_is_fixed => {
            let period = match schedule {
                Schedule::Day => DAY_MS,
                Schedule::Week(_) => 7 * DAY_MS,
                Schedule::Month(_) => 31 * DAY_MS,
                Schedule::Year(_) => return None,
            };
            Some(2 * (period + SHIFT_MS))
        }
        _ => None,
    }
}

/// Whether `visits at most` may shut the doors of a stage.
pub fn may_be_full(model: &Model, routes: &Routes<'_>, id: StageId) -> bool {
    match model.stages[id].visits_at_most {
        None => false,
        Some(0) => true,
        Some(_) => routes.comes_back(id),
    }
}

/// When the run of a final stage is over: its plays have come to their ends.
fn final_stay(context: &Context<'_>, setting: &Setting<'_, '_>, id: StageId) -> Option<Stay> {
    let stage = &context.model.stages[id];
    let mut longest = 0_i64;
    let mut more = 0_i64;
    for nurture in &stage.nurtures {
        let (_, most) = setting.duration(&nurture.steps);
        match &nurture.start {
            Start::Entry => longest = longest.max(most),
            Start::When(_) => more = more.saturating_add(most),
            Start::EachTime(_) => return None,
        }
    }
    let most_ms = longest.saturating_add(more);
    (most_ms < NEVER).then(|| Stay { most_ms, by: vec![context.place(id)], assumed: Vec::new() })
}

/// Events that are assumed to come, and with which everybody goes on.
fn assumed_events<'m>(context: &Context<'m>, routes: &Routes<'m>, id: StageId) -> Vec<Opening<'m>> {
    let model = context.model;
    let assumptions: Vec<&Assumption> =
        model.funnels[model.stages[id].funnel].assumptions.iter().chain(&model.assumptions).filter(|it| it.stage == Some(id)).collect();
    let opening = |it: &&Assumption| {
        let by = moved_by(context, routes, id, &it.event)?;
        Some(Opening { from_ms: it.within_ms, when: Vec::new(), by, assumed: Some(it.span) })
    };
    assumptions.iter().filter_map(opening).collect()
}

/// Events that a play of the stage surely records, and with which everybody goes on.
fn recorded_events<'m>(context: &Context<'m>, setting: &Setting<'_, 'm>, routes: &Routes<'m>, id: StageId) -> Vec<Opening<'m>> {
    let mut found = Vec::new();
    for nurture in context.model.stages[id].nurtures.iter().filter(|it| it.start == Start::Entry) {
        surely_recorded(setting, &nurture.steps, &mut found);
    }
    if found.is_empty() || !is_calm(setting, routes) {
        return Vec::new();
    }
    let opening = |(event, span, most): (EventId, Span, i64)| {
        let test = EventTest { span, event: Some(event), message: None, filter: None };
        let by = moved_by(context, routes, id, &test).filter(|_| most < NEVER)?;
        Some(Opening { from_ms: most, when: Vec::new(), by, assumed: None })
    };
    found.into_iter().filter_map(opening).collect()
}

/// The events that steps record for everybody, each with the most time until then.
fn surely_recorded(setting: &Setting<'_, '_>, steps: &[Step], found: &mut Vec<(EventId, Span, i64)>) {
    let mut now = 0_i64;
    for step in steps {
        let mut stops = false;
        Step::each(std::slice::from_ref(step), &mut |it| {
            stops |= matches!(it.kind, StepKind::Stop | StepKind::Wait(Wait::Instant { past_stops: true, .. }));
        });
        let length = setting.length(std::slice::from_ref(step)).filter(|_| !stops);
        if let StepKind::Record { event: Some(event), .. } = step.kind {
            found.push((event, step.span, now));
        }
        let Some((_, most)) = length else { return };
        now = now.saturating_add(most);
    }
}

/// Whether so little is sent and recorded by all plays together that at no instant anything is set aside because too much
/// follows from it. Where a play can begin again at one instant, time must pass in it before it sends or records; then each
/// goes on once at most.
fn is_calm(setting: &Setting<'_, '_>, routes: &Routes<'_>) -> bool {
    let mut echoes = 0_u64;
    for (id, stage) in setting.model.stages.iter().filter(|(id, _)| routes.is_reached(*id)) {
        let funnel = &setting.model.funnels[stage.funnel];
        let is_once = !routes.comes_back(id) && matches!(funnel.reentry, None | Some(Reentry::Never));
        for nurture in &stage.nurtures {
            let (mut own, mut rounds) = (0_u64, 1_u64);
            Step::each(&nurture.steps, &mut |step| match &step.kind {
                StepKind::Send { .. } | StepKind::Record { .. } => own += 1,
                StepKind::Repeat(repeat) => rounds = rounds.saturating_mul(u64::from(repeat.times.max(1))),
                _ => {}
            });
            let takes_time = || {
                let first = curve(setting, &nurture.steps, &|_| true, 1).ok().and_then(|it| it.head.first().copied());
                first.is_some_and(|ms| ms > 0)
            };
            let begins_again = !is_once || matches!(nurture.start, Start::EachTime(_));
            if own > 0 && (funnel.key.is_some() || (begins_again && !takes_time())) {
                return false;
            }
            echoes = echoes.saturating_add(own.saturating_mul(rounds));
        }
    }
    echoes <= ECHOES_MAX
}

/// The clause through which everybody goes on at an event, if they surely do, one way or another.
pub fn moved_by(context: &Context<'_>, routes: &Routes<'_>, id: StageId, test: &EventTest) -> Option<Span> {
    let event = test.event?;
    let happens = Condition { span: test.span, kind: ConditionKind::Event(test.clone()) };
    let takes = |hop: &&Hop<'_>| {
        let plain = hop.anew.is_none() && hop.after().is_none() && hop.when().is_some();
        plain && hop.to.is_none_or(|to| !may_be_full(context.model, routes, to))
    };
    let hops: Vec<&Hop<'_>> = routes.from(id).iter().filter(takes).take(TOGETHER_MAX).collect();
    let last = hops.last()?.span()?;
    let question = Question::new().holds(&happens).at(Moment::Event(event));
    let question = hops.iter().filter_map(|hop| hop.when()).fold(question, Question::fails);
    let sure = !context.solver.can_be(&question);
    let alone = |hop: &&&Hop<'_>| {
        let question = Question::new().holds(&happens).at(Moment::Event(event));
        hop.when().is_some_and(|when| !context.solver.can_be(&question.fails(when)))
    };
    sure.then(|| hops.iter().find(alone).and_then(|hop| hop.span()).unwrap_or(last))
}

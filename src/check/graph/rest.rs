//! F309: a contact may rest here for ever.
//!
//! Fires at a stage that somebody can be in, that is neither goal nor final, and that has ways out none of which time
//! opens for everybody. Time does where a door or `leave` of the stage, or a `leave` of the funnel, is `after D` (with
//! `without E` as well: who does nothing leaves), a schedule, a day, an instant that is past for nobody or opens when
//! past, or the end of a play that begins at entry; where it has no other condition; and where its stage may be entered any
//! number of times. An event that the file assumes (`assume … of entering S`) counts as time. Certain for somebody who does
//! nothing. A stage without any way out is F305 or F313.

use super::super::{
    content::reaction::{doors_at, leaves},
    context::Context,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{Assumption, Condition, ConditionKind, Delay, Door, FunnelId, Schedule, StageId, Start, Step, StepKind},
    source::Span,
};

pub const CODE: Code = Code::information("F309", "somebody may rest here for ever");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let anywhere: Vec<Anywhere<'_>> = context.model.funnels.ids().map(|funnel| Anywhere::of(context, funnel)).collect();
    for id in context.reached_stages() {
        let stage = &context.model.stages[id];
        if stage.goal || stage.is_final {
            continue;
        }
        let of_funnel = anywhere.get(stage.funnel.index());
        let elsewhere = |it: &&(StageId, &Door)| it.0 != id;
        let own = leaves(context, id)
            .map(|it| (it.span, &it.after, &it.when, None))
            .chain(own_doors(context, id).map(|(to, door)| as_way(context, to, door)))
            .filter(|(span, ..)| !context.dead.contains_key(span));
        let timed = of_funnel.into_iter().flat_map(|it| &it.timed).filter(elsewhere).map(|(to, door)| as_way(context, *to, door));
        let (mut any, mut by_time) = (of_funnel.is_some_and(|it| it.doors.iter().any(|door| elsewhere(&door))), false);
        for (_, after, when, visits) in own.chain(timed) {
            any = true;
            by_time |= visits.is_none() && when.as_ref().map_or(after.is_some(), |when| comes(context, id, when));
        }
        if any && !by_time {
            found.push(finding(context, id));
        }
    }
}

/// A way out: where it stands, its delay and its condition, and how often one may take it.
type Way<'m> = (Span, &'m Option<Delay>, &'m Option<Condition>, Option<u32>);

fn as_way<'m>(context: &Context<'m>, to: StageId, door: &'m Door) -> Way<'m> {
    (door.span, &door.after, &door.when, context.model.stages[to].visits_at_most)
}

/// The doors of a funnel that lead on from anywhere: found once, since each of them leads out of every stage.
struct Anywhere<'m> {
    doors: Vec<(StageId, &'m Door)>,
    /// Those that time may open.
    timed: Vec<(StageId, &'m Door)>,
}

impl<'m> Anywhere<'m> {
    fn of(context: &Context<'m>, funnel: FunnelId) -> Self {
        let doors: Vec<(StageId, &'m Door)> =
            doors_at(context, context.graph.anywhere(funnel)).filter(|(_, door)| !context.dead.contains_key(&door.span)).collect();
        let may_come = |door: &Door| door.when.as_ref().map_or(door.after.is_some(), |when| may_come(context, funnel, when));
        Self { timed: doors.iter().copied().filter(|(_, door)| may_come(door)).collect(), doors }
    }
}

/// The doors that lead out of this stage by name.
fn own_doors<'c, 'm>(context: &'c Context<'m>, id: StageId) -> impl Iterator<Item = (StageId, &'m Door)> + 'c {
    doors_at(context, context.graph.stage(id)).filter(move |(to, _)| *to != id)
}

/// Whether there may be a stage in which time alone makes a condition true.
fn may_come(context: &Context<'_>, funnel: FunnelId, it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Or(list) => list.iter().any(|it| may_come(context, funnel, it)),
        ConditionKind::Every { .. } | ConditionKind::Reaches { .. } | ConditionKind::From(_) | ConditionKind::Finished(_) => true,
        ConditionKind::Event(test) => {
            let mut assumptions = context.model.funnels[funnel].assumptions.iter().chain(&context.model.assumptions);
            assumptions.any(|it| it.event.event == test.event)
        }
        ConditionKind::And(_)
        | ConditionKind::Not(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Compare { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Text { .. }
        | ConditionKind::Known { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Before(_)
        | ConditionKind::Broken => false,
    }
}

/// Whether time alone makes a condition true, whoever it is.
fn comes(context: &Context<'_>, id: StageId, it: &Condition) -> bool {
    match &it.kind {
        ConditionKind::Or(list) => list.iter().any(|it| comes(context, id, it)),
        ConditionKind::Every { schedule, .. } => match schedule {
            Schedule::Day | Schedule::Week(_) | Schedule::Month(_) => true,
            Schedule::Year(birthday) => !birthday.optional,
        },
        ConditionKind::Reaches { instant, past_opens } => *past_opens && !instant.base.optional,
        ConditionKind::From(_) => true,
        ConditionKind::Finished(name) => context.model.stages[id].nurtures.iter().any(|it| it.name == *name && it.start == Start::Entry),
        ConditionKind::Event(test) => {
            let funnel = &context.model.funnels[context.model.stages[id].funnel];
            let assumed = |it: &Assumption| it.stage == Some(id) && it.event.event == test.event && test.filter.is_none();
            test.event.is_some() && funnel.assumptions.iter().chain(&context.model.assumptions).any(assumed)
        }
        ConditionKind::And(_)
        | ConditionKind::Not(_)
        | ConditionKind::Had { .. }
        | ConditionKind::Count { .. }
        | ConditionKind::TimeSince { .. }
        | ConditionKind::Compare { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Text { .. }
        | ConditionKind::Known { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Before(_)
        | ConditionKind::Broken => false,
    }
}

fn finding(context: &Context<'_>, id: StageId) -> Diagnostic {
    let stage = &context.model.stages[id];
    let mut finding = Diagnostic::new(CODE, context.place(id), format!("whoever does nothing rests in {} for ever", context.name(id)))
        .at("every way out needs something to happen");
    for line in context.story_to(context.graph.stage(id)) {
        finding = finding.note(line);
    }
    let again = stage.nurtures.iter().find(|nurture| {
        let mut sends = false;
        Step::each(&nurture.steps, &mut |step| sends |= matches!(step.kind, StepKind::Send { .. }));
        sends && matches!(&nurture.start, Start::EachTime(when) if matches!(when.kind, ConditionKind::Every { .. }))
    });
    if let Some(nurture) = again {
        finding = finding.note(format!("and is written to by `{}` for as long", nurture.name));
    }
    finding.help("give it an end: `leave after 365 days`, or a door `enter from … after …` into a stage for those who went quiet")
}

//! F309: a contact may rest here for ever.
//!
//! Fires at a stage that somebody can be in, that is neither goal nor final, and that has ways out none of which time
//! opens for everybody. Time does where a door or `leave` of the stage, or a `leave` of the funnel, is `after D` (with
//! `without E` as well: who does nothing leaves), a schedule, a day, an instant that is past for nobody or opens when
//! past, or the end of a play that begins at entry; where it has no other condition; and where its stage may be entered any
//! number of times. An event that the file assumes (`assume … of entering S`) counts as time. Certain for somebody who does
//! nothing. A stage without any way out is F305 or F313.

use super::super::{
    content::reaction::{doors_out, leaves},
    context::Context,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{Assumption, Condition, ConditionKind, Delay, Schedule, StageId, Start, Step, StepKind},
};

pub const CODE: Code = Code::information("F309", "somebody may rest here for ever");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for id in context.reached_stages() {
        let stage = &context.model.stages[id];
        let ways: Vec<_> = leaves(context, id)
            .map(|it| (it.span, &it.after, &it.when, None))
            .chain(
                doors_out(context, id)
                    .filter(|(to, _)| *to != id)
                    .map(|(to, door)| (door.span, &door.after, &door.when, context.model.stages[to].visits_at_most)),
            )
            .filter(|(span, ..)| !context.dead.contains_key(span))
            .collect();
        let by_time =
            |after: &Option<Delay>, when: &Option<Condition>| when.as_ref().map_or(after.is_some(), |when| comes(context, id, when));
        if stage.goal
            || stage.is_final
            || ways.is_empty()
            || ways.iter().any(|(_, after, when, visits)| visits.is_none() && by_time(after, when))
        {
            continue;
        }
        found.push(finding(context, id));
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

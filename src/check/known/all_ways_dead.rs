//! F302: a stage all of whose doors are dead by their conditions.
//!
//! Where there is only one door, its own finding names the stage that dies with it.

use super::{
    super::context::{Context, Dead},
    fate::{Clause, Fate},
    told::Told,
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::StageId,
    source::Span,
};

pub const CODE: Code = Code::error("F302", "a stage that no door lets anybody into");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for stage in stages(context) {
        found.push(finding(context, stage));
    }
}

/// The doors that these findings speak of.
pub fn doors(context: &Context<'_>) -> Vec<Span> {
    stages(context).into_iter().flat_map(|id| context.model.stages[id].doors.iter().map(|it| it.span)).collect()
}

/// The stages with two doors or more, all of them dead, one at least by what people bring.
fn stages(context: &Context<'_>) -> Vec<StageId> {
    let dead = |id: &StageId| {
        let doors = &context.model.stages[*id].doors;
        let fates: Vec<Fate> = doors.iter().map(|door| context.fate(Clause::door(*id, door))).collect();
        let all = fates.iter().all(|fate| matches!(fate, Fate::DeadInItself | Fate::DeadByFacts));
        doors.len() > 1 && all && fates.contains(&Fate::DeadByFacts)
    };
    context.model.stages.ids().filter(|id| !context.facts.is_reached(*id)).filter(dead).collect()
}

fn finding(context: &Context<'_>, id: StageId) -> Diagnostic {
    let stage = &context.model.stages[id];
    let name = context.name(id);
    let message = format!("nobody can ever come to {name}: none of its {} doors opens", stage.doors.len());
    let mut finding = Diagnostic::new(CODE, context.place(id), message).at("nobody comes here");
    for door in &stage.doors {
        let clause = Clause::door(id, door);
        let why = match (context.dead.get(&door.span), door.when.as_ref()) {
            (Some(Dead::Clash(clash)), _) => clash.reason.clone(),
            (Some(Dead::FromFinal), _) => "it leads from a final stage, where the run has ended".to_owned(),
            (Some(Dead::Alone), _) => "there is no other stage that people could come from".to_owned(),
            (None, Some(when)) => {
                let site = context.facts.sites().clauses.get(&clause.span);
                Told::of(context, site.map_or(&[][..], |site| site.known.as_slice()), when, true).sentence()
            }
            (None, None) => "nobody who stands here gets through".to_owned(),
        };
        finding = finding.label(door.span, "never opens").note(format!("{}: {why}", context.quote(door.span)));
    }
    finding.help(format!("mend one of these doors, or take {name} out"))
}

//! Lines above funnels and stages: what can be shown, and how many ways lead in and out.

use super::Program;
use crate::{
    model::{Door, Source},
    source::{FileId, Span},
};

/// A line above a declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lens {
    /// The name it stands above.
    pub at: Span,
    /// What it says.
    pub text: String,
    /// The funnel that is shown.
    pub funnel: String,
    /// The stage that is shown alone.
    pub stage: Option<String>,
}

/// The lenses of a file.
#[must_use]
pub fn lenses(program: &Program, file: FileId) -> Vec<Lens> {
    let model = program.model();
    let mut found = Vec::new();
    for (id, funnel) in model.funnels.iter() {
        let name = funnel.name.text.to_string();
        let is_outside = |door: &&Door| matches!(door.source, Source::Outside | Source::Anywhere { or_outside: true });
        let ways = model.stages_of(id).flat_map(|(_, stage)| &stage.doors).filter(is_outside).count();
        if let Some(at) = funnel.name.span.filter(|span| span.file == file) {
            found.push(Lens { at, text: format!("show diagram · {} in", counted(ways)), funnel: name.clone(), stage: None });
        }
        for (to, stage) in model.stages_of(id) {
            let Some(at) = stage.name.span.filter(|span| span.file == file) else { continue };
            let leads = |door: &Door| match &door.source {
                Source::Stages(list) => list.iter().any(|(from, _)| *from == to),
                Source::Outside | Source::Anywhere { .. } => false,
            };
            let out = model.stages_of(id).flat_map(|(_, other)| &other.doors).filter(|door| leads(door)).count() + stage.leaves.len();
            let out = if stage.is_final && out == 0 { "the end".to_owned() } else { format!("{} out", counted(out)) };
            let text = format!("show stage · {} in · {out}", counted(stage.doors.len()));
            found.push(Lens { at, text, funnel: name.clone(), stage: Some(stage.name.text.to_string()) });
        }
    }
    found.sort_by_key(|lens| lens.at);
    found
}

fn counted(ways: usize) -> String {
    match ways {
        0 => "no way".to_owned(),
        1 => "1 way".to_owned(),
        ways => format!("{ways} ways"),
    }
}

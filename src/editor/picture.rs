//! The picture of a funnel or of one of its stages.

use super::Program;
use crate::{
    diag::Diagnostics,
    emit::{self, svg::Theme},
    picture::{
        fold, journey,
        sheet::{Detail, Sheet},
        timeline,
    },
    source::{FileId, Span},
};

/// A picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// The funnel it shows.
    pub funnel: String,
    /// SVG.
    pub svg: String,
    /// Whether texts, names and types of the program are whole; if not, only what could be read is drawn.
    pub is_whole: bool,
}

/// The picture of a funnel, with the findings laid over it; of the stage alone, if one is named.
#[must_use]
pub fn picture(program: &Program, findings: &Diagnostics, funnel: &str, stage: Option<&str>, theme: Theme) -> Option<Picture> {
    let mut notes = emit::notes::notes(program.model(), findings, program.sources());
    if !program.is_whole() {
        notes.banner = Some("this file has errors: only what could be read of it is drawn".to_owned());
    }
    let rules = program.sketch().rules();
    let it = rules.funnels.iter().find(|it| it.name == funnel)?;
    let scene = match stage {
        Some(stage) => {
            let n = it.stages.iter().position(|it| it.name == stage)?;
            timeline::scene(&Sheet::new(rules, it, Detail::Actions, &notes), n)
        }
        None => journey::scene(&fold::folded(Sheet::new(rules, it, Detail::Actions, &notes)), Detail::Actions),
    };
    Some(Picture { funnel: it.name.clone(), svg: emit::svg::svg(&scene, theme, false), is_whole: program.is_whole() })
}

/// The funnel that an offset lies in, else the first of the file, else the first of all.
#[must_use]
pub fn funnel_near(program: &Program, file: FileId, offset: u32) -> Option<String> {
    let here = Span::empty(file, offset);
    let model = program.model();
    let holds = model.funnels.values().find(|funnel| funnel.span.contains(here));
    let in_file = || model.funnels.values().find(|funnel| funnel.span.file == file);
    holds.or_else(in_file).or_else(|| model.funnels.values().next()).map(|funnel| funnel.name.text.to_string())
}

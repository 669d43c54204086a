//! F501: a condition that is never true, or a side of it.

use super::{
    super::{
        clash::{Clash, clash_of},
        context::{Context, listed},
    },
    sites::{Role, Site, Verdicts},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    logic::Question,
    model::{Condition, ConditionKind},
    source::Span,
};

pub const CODE: Code = Code::error("F501", "a condition that is never true");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    report(context, found, false, |site, dead| {
        let Dead { clash, whole, span } = dead;
        let role = if *whole { site.role.never() } else { "this side of the condition is never true" };
        let finding = clashing(context, CODE, *span, &format!("{role}: {}", clash.reason), clash);
        match clash.parts.len() {
            1 => finding.help("take this part out, or write what it should ask for"),
            _ => finding.help("join them with `or` if either is enough, or take one of them out"),
        }
    });
}

/// A condition, or a side of one, that is never true.
pub struct Dead {
    pub clash: Clash,
    /// Whether it is the whole condition.
    pub whole: bool,
    /// Where it stands.
    pub span: Span,
}

/// Reports what is never true: what contradicts its history, or all else.
pub fn report(context: &Context<'_>, found: &mut Diagnostics, history: bool, finding: impl Fn(&Site<'_>, &Dead) -> Diagnostic) {
    let mut verdicts = Verdicts::default();
    let sites = &context.sites().conditions;
    let all = context.never.get_or_init(|| {
        let dead = |site| {
            let mut dead = Vec::new();
            Search { context, site }.whole(&mut dead);
            dead
        };
        sites.iter().map(dead).collect()
    });
    for (site, dead) in sites.iter().zip(all) {
        let finding = dead.iter().find(|it| it.clash.history == history).map(|it| finding(site, it));
        verdicts.add(site.condition.span, finding);
    }
    verdicts.report(found);
}

struct Search<'a, 'm> {
    context: &'a Context<'m>,
    site: &'a Site<'m>,
}

impl<'m> Search<'_, 'm> {
    fn whole(&self, dead: &mut Vec<Dead>) {
        let condition = self.site.condition;
        match self.clash(Question::new().holds(condition)) {
            // What is wrong with a segment is said there.
            Some(clash) if self.site.role != Role::Segment && self.is_a_dead_segment(condition, &clash) => {}
            Some(clash) => dead.push(Dead { clash, whole: true, span: condition.span }),
            None => self.sides(condition, dead),
        }
    }

    fn clash(&self, question: Question<'m>) -> Option<Clash> {
        clash_of(&self.context.solver, self.context.sources, &question.at(self.site.moment))
    }

    /// Sides of a condition that can hold, which in themselves cannot. What they clash with beside them is another finding.
    fn sides(&self, condition: &'m Condition, dead: &mut Vec<Dead>) {
        match &condition.kind {
            ConditionKind::And(list) => list.iter().for_each(|it| self.sides(it, dead)),
            ConditionKind::Or(list) => {
                for it in list {
                    match self.clash(Question::new().holds(it)) {
                        Some(clash) if self.is_a_dead_segment(it, &clash) => {}
                        Some(clash) => dead.push(Dead { clash, whole: false, span: it.span }),
                        None => self.sides(it, dead),
                    }
                }
            }
            ConditionKind::Not(_)
            | ConditionKind::Event(_)
            | ConditionKind::Had { .. }
            | ConditionKind::Count { .. }
            | ConditionKind::TimeSince { .. }
            | ConditionKind::Compare { .. }
            | ConditionKind::In { .. }
            | ConditionKind::Text { .. }
            | ConditionKind::Known { .. }
            | ConditionKind::Segment(_)
            | ConditionKind::Finished(_)
            | ConditionKind::Before(_)
            | ConditionKind::From(_)
            | ConditionKind::Every { .. }
            | ConditionKind::Reaches { .. }
            | ConditionKind::Broken => {}
        }
    }

    fn is_a_dead_segment(&self, condition: &Condition, clash: &Clash) -> bool {
        lies_in_a_dead_segment(self.context, condition.span, clash)
    }
}

/// Whether all that clashes stands in one segment that nobody is ever in.
pub fn lies_in_a_dead_segment(context: &Context<'_>, span: Span, clash: &Clash) -> bool {
    let segments = || context.model.segments.values().filter(|it| !it.when.span.contains(span));
    segments()
        .any(|it| clash.parts.iter().all(|part| it.when.span.contains(*part)) && !context.solver.can_be(&Question::new().holds(&it.when)))
}

/// A finding at the words that clash.
pub fn clashing(context: &Context<'_>, code: Code, span: Span, message: &str, clash: &Clash) -> Diagnostic {
    let inside = clash.parts.iter().all(|part| span.contains(*part));
    let mut finding = match clash.parts.as_slice() {
        [only] if inside => Diagnostic::new(code, *only, message).at("never holds"),
        [first, rest @ ..] if inside => {
            let finding = Diagnostic::new(code, *first, message).at("this …");
            rest.iter().fold(finding, |finding, part| finding.label(*part, "… and this exclude each other"))
        }
        parts => {
            let outside = parts.iter().filter(|part| !span.contains(**part));
            outside.fold(Diagnostic::new(code, span, message).at("never holds"), |finding, part| {
                finding.label(*part, "does not go together with it")
            })
        }
    };
    if clash.parts.len() > 2 {
        let parts: Vec<String> = clash.parts.iter().map(|part| context.quote(*part)).collect();
        finding = finding.note(format!("together: {}", listed(&parts, "and")));
    }
    finding
}

//! F505: an `if` with several branches and no `else`, in which somebody finds no branch.

use super::{
    super::{
        context::Context,
        words::{Words, bare},
    },
    sites::{Arms, Verdicts},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, Edit, Fix},
    logic::{Answer, Moment, Question},
    source::Span,
};

pub const CODE: Code = Code::information("F505", "people for whom no branch is meant");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let mut verdicts = Verdicts::default();
    for arms in &context.sites().arms {
        if arms.is_if && arms.arms.len() > 1 && arms.otherwise.is_none() {
            verdicts.add(arms.span, gap(context, arms));
        }
    }
    verdicts.report(found);
}

fn gap(context: &Context<'_>, arms: &Arms<'_>) -> Option<Diagnostic> {
    let question = arms.arms.iter().copied().fold(Question::new().at(Moment::Quiet), Question::fails);
    let Answer::Possible(witness) = context.solver.decide(&question) else { return None };
    let words = Words { solver: &context.solver, model: context.model };
    let mut room = witness.room.iter().filter(|(var, _)| *var != context.solver.happening());
    let arm = room.try_fold(Vec::new(), |mut list, (var, set)| {
        list.push(words.is_in(*var, set)?);
        Some(list)
    });
    let arm = arm.filter(|it| !it.is_empty()).map(|it| match it.as_slice() {
        [only] => format!("else if {} {{ }}", bare(only)),
        several => format!("else if {} {{ }}", several.join(" and ")),
    });
    let mut finding =
        Diagnostic::new(CODE, arms.span, "nobody has said what happens to everybody else: not each contact finds a branch here")
            .at("some people find no branch");
    let sample = words.sample(&witness);
    if !sample.is_empty() {
        finding = finding.note(format!("for example {sample}"));
    }
    let last = arms.arms.last().and_then(|it| end_of_block(context, it.span));
    Some(match (arm, last) {
        (Some(arm), Some(end)) => Diagnostic {
            fix: Some(Fix {
                title: format!("add `{arm}`"),
                edits: vec![Edit { span: end, text: format!("\n{}{arm}", indent(context, arms.span)) }],
                safe: false,
            }),
            ..finding.help(format!("if they are to be treated in a way of their own, add `{arm}`; for all the rest, `else {{ … }}`"))
        },
        _ => finding.help("say what happens to all the rest: `else { … }`"),
    })
}

/// The place behind the `}` of the block that follows a condition.
fn end_of_block(context: &Context<'_>, condition: Span) -> Option<Span> {
    let text = context.sources.file(condition.file).text();
    let rest = text.get(condition.end as usize..)?;
    let (mut depth, mut quoted, mut comment, mut escaped) = (0_u32, false, false, false);
    for (at, c) in rest.char_indices() {
        match c {
            '\n' => comment = false,
            _ if comment => {}
            _ if quoted => {
                quoted = escaped || c != '"';
                escaped = !escaped && c == '\\';
            }
            '#' => comment = true,
            '"' => quoted = true,
            '{' => depth += 1,
            '}' if depth <= 1 => {
                let end = condition.end.checked_add(u32::try_from(at).ok()? + 1)?;
                return (depth == 1).then(|| Span::empty(condition.file, end));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The white space before a step.
fn indent(context: &Context<'_>, step: Span) -> String {
    let text = context.sources.file(step.file).text();
    let before = text.get(..step.start as usize).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    line.chars().take_while(|c| c.is_whitespace()).collect()
}

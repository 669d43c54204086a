//! Guarantees: proved, or refuted with a story.
//!
//! In reading order: `promise` (what would break each), `verdict` (what is said), `decide` (which analysis answers which sentence), `order`, `times`, `leads`,
//! `sending`, `counts` (the sentences), `route` (where a run can
//! go), `stays`, `reach` and `counter` (how long, and how often), `points`, `windows` and `paces` (how many messages, and events of ours, in how little time),
//! `spans` (least times), `ties` (what keeps funnels apart), `product` with `state`, `threads`, `common` and `zones` (several funnels state by state), `consent` (who may be written to), `since` (what can still come after an event), `search` (what is tried for a story), `alphabet` with `reads` and `needed` (what the shortest story may be made of), `bounds` (what is certain without being asked).
//! Invariants: "it holds" is a proof over everything the world may do, see `docs/guarantees.md`; "it is broken" is said
//! with a story that was played, else that it is not decided; every bound is exact integers.
//! Deliberately absent: how likely anything is.

mod alphabet;
mod bounds;
mod common;
mod consent;
mod counter;
mod counts;
mod decide;
mod history;
mod leads;
mod needed;
mod order;
mod paces;
mod points;
mod product;
mod promise;
mod reach;
mod reads;
mod route;
mod search;
mod sending;
mod since;
mod spans;
mod state;
mod stays;
mod threads;
mod ties;
mod times;
mod verdict;
mod windows;
mod zones;

pub mod broken;
pub mod full_cap;
pub mod kept;
pub mod proved;
pub mod refuted;
pub mod together;
pub mod undecided;

use super::context::Context;
use crate::{
    diag::Diagnostic,
    graph::{EdgeId, Way},
    model::{Condition, ConditionKind, GuaranteeKind, Term, TermKind},
    source::Span,
};
use verdict::{Doubt, Proof, Suspicion, Verdict};

pub use bounds::{Bounds, WINDOWS_MS, bounds};
pub use decide::{Grounds, Judge, decide, decide_while};
pub use promise::{Promise, promises};
pub use route::are_few;
pub use verdict::Decided;

/// The clause of an edge.
fn route_span(context: &Context<'_>, edge: EdgeId) -> Option<Span> {
    match context.graph.edge(edge).way {
        Way::Door(door) | Way::Restart(door) => Some(door.span),
        Way::Leave(leave) => Some(leave.span),
        Way::End | Way::Join => None,
    }
}

/// Whether a condition on an event looks at nothing but what the event carries.
fn only_of_event(filter: &Condition) -> bool {
    let plain = |term: &Term| of_event(term);
    match &filter.kind {
        ConditionKind::Or(list) | ConditionKind::And(list) => list.iter().all(only_of_event),
        ConditionKind::Not(inner) => only_of_event(inner),
        ConditionKind::Compare { left, right, .. } | ConditionKind::Text { left, right, .. } => plain(left) && plain(right),
        ConditionKind::In { left, list } => plain(left) && list.iter().all(plain),
        ConditionKind::Known { term, .. } => plain(term),
        _ => false,
    }
}

fn of_event(term: &Term) -> bool {
    match &term.kind {
        TermKind::Literal(_) | TermKind::Property { .. } | TermKind::Message(_) | TermKind::Missing => true,
        TermKind::Arithmetic { left, right, .. } => of_event(left) && of_event(right),
        TermKind::Negate(inner) => of_event(inner),
        TermKind::Attribute(_)
        | TermKind::Entry(_)
        | TermKind::Latest { .. }
        | TermKind::Score(_)
        | TermKind::Aggregate(_)
        | TermKind::Parameter(_)
        | TermKind::Broken => false,
    }
}

/// Whether a guarantee counts messages, of which findings with codes of their own speak.
fn counts_messages(kind: Option<&GuaranteeKind>) -> bool {
    matches!(kind, Some(GuaranteeKind::AtMost { .. } | GuaranteeKind::Between { .. }))
}

/// A guarantee as written, without its first word.
fn sentence(context: &Context<'_>, decided: &Decided<'_>) -> String {
    let whole = context.quote(decided.guarantee.span);
    let words = whole.trim_matches('`').trim_start_matches("guarantee").trim().to_owned();
    format!("`{words}`")
}

/// What is said of guarantees that hold.
fn holds(context: &Context<'_>, code: crate::diag::Code, decided: &Decided<'_>, proof: &Proof) -> Diagnostic {
    let finding = Diagnostic::new(code, decided.guarantee.span, format!("{} holds: {}", sentence(context, decided), proof.number))
        .at("proved for everybody")
        .help("nothing to do: every check proves it anew");
    let mut finding = proof.notes.iter().fold(finding, Diagnostic::note);
    finding.way.clone_from(&proof.way);
    match &proof.doubt {
        Some(doubt) if !proof.witnesses.is_empty() => {
            let mut finding = finding.or_else(open(context, decided, doubt));
            finding.witnesses.clone_from(&proof.witnesses);
            finding
        }
        Some(_) | None => finding,
    }
}

/// What is said of guarantees that are broken, if a story shows it; else that nobody knows.
fn fails(context: &Context<'_>, code: crate::diag::Code, decided: &Decided<'_>, suspicion: &Suspicion) -> Diagnostic {
    let message = format!("{} does not hold: {}", sentence(context, decided), suspicion.says);
    let doubt = &suspicion.doubt;
    let finding = Diagnostic::new(code, decided.guarantee.span, message)
        .at("promised here")
        .help(doubt.mend.as_ref().unwrap_or(&doubt.help).clone())
        .plots(suspicion.plots.iter().cloned())
        .or_else(open(context, decided, doubt));
    let mut finding = suspicion.notes.iter().fold(finding, Diagnostic::note);
    finding.search.clone_from(&suspicion.search);
    finding
}

/// What is said of guarantees that are neither proved nor refuted.
fn open(context: &Context<'_>, decided: &Decided<'_>, doubt: &Doubt) -> Diagnostic {
    let message = format!("it is not decided whether {} holds: {}", sentence(context, decided), doubt.what);
    Diagnostic::new(undecided::CODE, decided.guarantee.span, message)
        .at("neither proved nor refuted")
        .note("no story that breaks it was found either")
        .help(doubt.help.clone())
}

/// The guarantees for which `pick` says something.
fn each(context: &Context<'_>, found: &mut crate::diag::Diagnostics, pick: &dyn Fn(&Decided<'_>) -> Option<Diagnostic>) {
    found.extend(context.decided().iter().filter_map(pick).collect());
}

/// The verdict on one, where it is of this kind.
fn suspicion<'d>(decided: &'d Decided<'_>) -> Option<&'d Suspicion> {
    match &decided.verdict {
        Verdict::Fails(suspicion) => Some(suspicion),
        Verdict::Holds(_) | Verdict::Open(_) => None,
    }
}

fn proof<'d>(decided: &'d Decided<'_>) -> Option<&'d Proof> {
    match &decided.verdict {
        Verdict::Holds(proof) => Some(proof),
        Verdict::Fails(_) | Verdict::Open(_) => None,
    }
}

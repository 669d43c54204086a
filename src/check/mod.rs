//! What a resolved program says wrongly: traps, dead doors, endless loops.
//!
//! Job: run every check of [`CHECKS`] and mint [`Checked`], the only thing that may be lowered.
//! Invariants: each finding shows a shortest story, the same on every run; one root cause is one finding; nothing is
//! said of what lies inside a part that nobody reaches but that nobody reaches it.
//! Deliberately absent: deciding conditions. Whether one can hold is asked of [`crate::logic`] alone.

mod across;
mod clash;
mod clock;
mod condition;
mod content;
mod context;
mod graph;
mod guarantee;
mod known;
mod needs;
mod paths;
mod plot;
mod rehearsal;
mod settings;
mod story;
mod text;
mod timing;
pub(crate) mod words;

pub use guarantee::full_cap::Haste;
pub use guarantee::{Bounds, Promise, WINDOWS_MS, promises};
pub use settings::Settings;

use crate::{
    diag::{Code, Diagnostics},
    model::Model,
    source::{SourceMap, Span},
};
use context::Context;

/// A model without errors. Minted here alone.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'m>(&'m Model);

impl<'m> Checked<'m> {
    /// The model as one that may be lowered, if none of the findings of all phases blocks it.
    #[must_use]
    pub fn new(model: &'m Model, findings: &Diagnostics) -> Option<Self> {
        (!findings.has_errors()).then_some(Self(model))
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'m Model {
        self.0
    }
}

/// A check: its code, its explanation, and the function that finds.
#[derive(Clone, Copy)]
pub struct Check {
    /// The code of its findings.
    pub code: Code,
    /// The page that explains it: the problem, examples, why it matters, when to ignore it. Markdown.
    pub explanation: &'static str,
    /// The folder it stands in.
    group: &'static str,
    check: fn(&Context<'_>, &mut Diagnostics),
}

macro_rules! checks {
    ($($group:ident::$name:ident,)*) => {
        /// All checks, by code.
        pub const CHECKS: &[Check] = &[$(Check {
            code: $group::$name::CODE,
            explanation: include_str!(concat!(stringify!($group), "/", stringify!($name), ".md")),
            group: stringify!($group),
            check: $group::$name::check,
        },)*];

        /// The codes of this phase.
        pub const CODES: &[Code] = &[$($group::$name::CODE,)*];
    };
}

checks! {
    text::deceiving,
    graph::unreachable,
    known::all_ways_dead,
    known::ruled_out,
    graph::trap,
    graph::no_goal,
    known::trap_known,
    graph::unrecorded,
    graph::rest,
    condition::dead_door,
    known::at_once,
    graph::no_way_on,
    known::beaten,
    timing::instant_lap,
    timing::instant_chain,
    timing::too_fast,
    timing::endless_mail,
    known::no_exit,
    known::false_exits,
    timing::stuck_counter,
    timing::off_by_one,
    timing::undoing,
    timing::storm,
    timing::harmless,
    condition::never,
    condition::always,
    condition::covered_arm,
    condition::two_doors,
    condition::gap,
    condition::implied,
    condition::shadowed_door,
    condition::no_else,
    condition::history,
    known::answered,
    known::silence,
    known::late_timer,
    known::decided_time,
    clock::past,
    guarantee::refuted,
    guarantee::proved,
    guarantee::undecided,
    clock::no_hour_left,
    clock::too_late,
    clock::timers_meet,
    clock::gap,
    guarantee::broken,
    guarantee::kept,
    content::unasked,
    content::after_opt_out,
    content::loud_phone,
    content::same_twice,
    content::closed_channel,
    content::at_once,
    guarantee::full_cap,
    content::skipped,
    content::after_goal,
    across::rivals,
    across::chase,
    guarantee::together,
    across::shut_out,
}

/// What checks are to speak of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All that there is.
    Program,
    /// Funnels that have to do with each other; what texts look like is said elsewhere (see [`texts`]), and what several parts
    /// do together to a cap (see [`caps`]).
    Part,
    /// What is promised, and nothing else.
    Promises,
}

impl Scope {
    fn holds(self, check: &Check) -> bool {
        match self {
            Self::Program => true,
            Self::Part => check.group != "text" && check.code != guarantee::full_cap::CODE,
            Self::Promises => check.group == "guarantee",
        }
    }
}

/// Checks a model that was resolved without errors. The findings are sorted.
#[must_use]
pub fn check(model: &Model, sources: &SourceMap, settings: Settings) -> Diagnostics {
    check_while(model, sources, settings, Scope::Program, &|| true).unwrap_or_default()
}

/// [`check`] of a scope, given up before the next check once nobody wants it any more.
#[must_use]
pub fn check_while(
    model: &Model,
    sources: &SourceMap,
    settings: Settings,
    scope: Scope,
    is_wanted: &dyn Fn() -> bool,
) -> Option<Diagnostics> {
    run(&Context::new(model, sources, settings), scope, is_wanted)
}

/// The checks of a part of a program, and how soon it may ask for messages; given up as [`check_while`] is.
#[must_use]
pub fn check_part(
    model: &Model,
    sources: &SourceMap,
    settings: Settings,
    is_wanted: &dyn Fn() -> bool,
) -> Option<(Diagnostics, Vec<Haste>)> {
    let context = Context::new(model, sources, settings);
    let found = run(&context, Scope::Part, is_wanted)?;
    Some((found, guarantee::full_cap::haste(&context)))
}

fn run(context: &Context<'_>, scope: Scope, is_wanted: &dyn Fn() -> bool) -> Option<Diagnostics> {
    let mut found = Diagnostics::new();
    for check in CHECKS.iter().filter(|check| scope.holds(check)) {
        if !is_wanted() {
            return None;
        }
        (check.check)(context, &mut found);
    }
    found.sort();
    Some(found)
}

/// The caps that parts of a program may find full together.
#[must_use]
pub fn caps(model: &Model, parts: &[Vec<Haste>]) -> Diagnostics {
    guarantee::full_cap::findings(model, parts)
}

/// How long people stay in each funnel, and how many messages they get at most, as far as that is certain.
#[must_use]
pub fn bounds(model: &Model, sources: &SourceMap, settings: Settings) -> Vec<Bounds> {
    guarantee::bounds(&Context::new(model, sources, settings))
}

/// Decides each guarantee by itself, and shows each when it is done; nothing when what all of them build on is there.
pub fn decide_each(model: &Model, sources: &SourceMap, settings: Settings, see: &mut dyn FnMut(Option<Span>)) {
    let context = Context::new(model, sources, settings);
    if guarantee::are_few(&context) {
        context.grounds();
    }
    see(None);
    guarantee::decide_while(&context, &mut |decided| see(Some(decided.guarantee.span)));
}

/// What is wrong with texts as they are seen, whatever they mean.
#[must_use]
pub fn texts(sources: &SourceMap) -> Diagnostics {
    let mut found = Diagnostics::new();
    text::deceiving::check_texts(sources, &mut found);
    found
}

/// The explanation of a code, if a check of this phase finds it.
#[must_use]
pub fn explanation(code: &str) -> Option<&'static str> {
    CHECKS.iter().find(|check| check.code.id == code).map(|check| check.explanation)
}

//! Resolved funnels, stages, doors and nurtures.

use super::{Assumption, ChannelId, Condition, EventTest, FunnelId, Guarantee, Name, PlayId, StageId, Step};
use crate::{source::Span, units::Share};
use smol_str::SmolStr;

/// A funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// Its name.
    pub name: Name,
    /// From its first word to its `}`.
    pub span: Span,
    /// The event property that keys its runs.
    pub key: Option<SmolStr>,
    /// Who may come again; `None` where it is not said, which was reported.
    pub reentry: Option<Reentry>,
    /// Its stages, in declaration order.
    pub stages: Vec<StageId>,
    /// The ways out of the whole funnel.
    pub leaves: Vec<Leave>,
    /// What it promises.
    pub guarantees: Vec<Guarantee>,
    /// What it assumes.
    pub assumptions: Vec<Assumption>,
}

/// Who may come through a door from outside again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it; times in milliseconds")]
pub enum Reentry {
    Never,
    AfterLeaving,
    AfterLeavingMs(i64),
    AfterStartingMs(i64),
    RestartFrom(Vec<StageId>),
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its funnel.
    pub funnel: FunnelId,
    /// Its name.
    pub name: Name,
    /// From its first word to its `}`.
    pub span: Span,
    /// Whether success is counted here.
    pub goal: bool,
    /// Whether entering it ends the run.
    pub is_final: bool,
    /// How often it can be entered in a run.
    pub visits_at_most: Option<u32>,
    /// The channels open in it; `None` where nothing is said.
    pub open_to: Option<Vec<ChannelId>>,
    /// How many should come here.
    pub targets: Vec<Target>,
    /// Where it brings other contacts in.
    pub feeds: Vec<Feed>,
    /// The doors that lead here, in declaration order.
    pub doors: Vec<Door>,
    /// The ways out of the funnel from here.
    pub leaves: Vec<Leave>,
    /// Its nurtures, in declaration order.
    pub nurtures: Vec<Nurture>,
}

/// How many should come here, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it stands.
    pub span: Span,
    /// How many of them.
    pub share: Share,
    /// Of those in which stage; without it, in those it is entered from.
    pub of: Option<StageId>,
    /// In so many milliseconds.
    pub within_ms: i64,
}

/// Where a stage brings other contacts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Where it stands.
    pub span: Span,
    /// Into which stage; `None` where it is unknown, which was reported.
    pub stage: Option<StageId>,
    /// By which word.
    pub by: SmolStr,
}

/// A door into a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Where it stands.
    pub span: Span,
    /// Where it leads from.
    pub source: Source,
    /// Not before.
    pub after: Option<Delay>,
    /// Who passes.
    pub when: Option<Condition>,
}

/// Where a door leads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From outside.
    Outside,
    /// From these stages; unknown ones are left out, which was reported. The span is that of the name.
    Stages(Vec<(StageId, Span)>),
    /// From any other stage that is not final.
    Anywhere {
        /// Whether from outside as well.
        or_outside: bool,
    },
}

/// So long after entering, or after the latest event since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Where it stands.
    pub span: Span,
    /// So many milliseconds.
    pub delay_ms: i64,
    /// The event that starts the clock anew.
    pub without: Option<EventTest>,
}

/// A way out of the funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// Where it stands.
    pub span: Span,
    /// Not before.
    pub after: Option<Delay>,
    /// Who leaves.
    pub when: Option<Condition>,
}

/// A nurture of a stage, its play filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nurture {
    /// The clause without its steps.
    pub span: Span,
    /// Its name in the stage: of `as`, else its own or that of the play.
    pub name: SmolStr,
    /// Where that name stands.
    pub name_span: Span,
    /// Its label, else that of the play.
    pub label: Option<SmolStr>,
    /// The play it uses.
    pub play: Option<PlayId>,
    /// When it starts.
    pub start: Start,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// When a nurture starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// On entering the stage.
    Entry,
    /// At entry if it holds, else when it comes true, once per visit.
    When(Condition),
    /// Afresh at each such trigger.
    EachTime(Condition),
}

//! Guarantees and assumptions.

use super::{EventMatch, Ident, Spanned};
use crate::{source::Span, units::Duration};

/// A stage, with its funnel where that must be said: `trial`, `signup.trial`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRef {
    /// The funnel before the dot.
    pub funnel: Option<Ident>,
    /// The stage.
    pub stage: Ident,
}

/// `guarantee …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarantee {
    /// Where it stands.
    pub span: Span,
    /// What it promises.
    pub kind: GuaranteeKind,
}

/// What a guarantee promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuaranteeKind {
    /// `every contact leaves trial within 45 days`
    Leaves {
        /// Which stage.
        stage: StageRef,
        /// In how long.
        within: Spanned<Duration>,
    },
    /// `every contact in trial reaches customer or lost within 60 days`
    Reaches {
        /// From where.
        from: StageRef,
        /// One of these.
        to: Vec<StageRef>,
        /// In how long.
        within: Spanned<Duration>,
    },
    /// `whoever enters trial reaches customer or lost`
    Whoever {
        /// From where.
        from: StageRef,
        /// One of these, at some time.
        to: Vec<StageRef>,
    },
    /// `purchase leads to customer within 1 day`
    LeadsTo {
        /// Which event.
        event: EventMatch,
        /// To one of these.
        to: Vec<StageRef>,
        /// In how long.
        within: Spanned<Duration>,
    },
    /// `at most 3 messages by email within 7 days`, `at most 1 big_discount within 30 days`
    AtMost {
        /// How many.
        count: Spanned<u32>,
        /// Of what.
        what: MessageScope,
        /// In which rolling window; without one, in the whole run.
        within: Option<Spanned<Duration>>,
    },
    /// `at least 2 days between messages`
    Between {
        /// How far apart.
        gap: Spanned<Duration>,
        /// Of what.
        what: MessageScope,
    },
    /// `never send cart_reminder after purchase`
    NeverSendAfter {
        /// Which message.
        message: Ident,
        /// After which event.
        event: EventMatch,
    },
    /// `never send big_discount in customer`
    NeverSendIn {
        /// Which message.
        message: Ident,
        /// In which stage.
        stage: StageRef,
    },
    /// `customer is reachable from every stage`
    Reachable {
        /// Which stage.
        stage: StageRef,
    },
    /// `every way to customer goes through trial`
    Through {
        /// To where.
        to: StageRef,
        /// Through where.
        via: StageRef,
    },
    /// `engaged never follows customer`
    NeverFollows {
        /// What never comes …
        later: StageRef,
        /// … after this.
        earlier: StageRef,
    },
    /// `road_a excludes road_b`
    Excludes {
        /// Who was in this stage …
        one: StageRef,
        /// … never is in this one, nor the other way round.
        other: StageRef,
    },
}

/// Which messages a guarantee counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageScope {
    /// `messages`, `messages by email`
    Messages {
        /// By one channel alone.
        by: Option<Ident>,
        /// Written `message`, as of one.
        is_one: bool,
    },
    /// One message by name; `message` is any, where none has that name.
    Message(Ident),
}

/// `assume purchase within 90 days of entering subscribed`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assume {
    /// Where it stands.
    pub span: Span,
    /// What comes.
    pub event: EventMatch,
    /// In how long.
    pub within: Spanned<Duration>,
    /// Of entering which stage.
    pub stage: StageRef,
}

//! F602: a test on elapsed time that comes out the same on every way here.

use super::{super::context::Context, answered, told::Told};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    model::{Condition, ConditionKind, Window, WindowKind},
};

pub const CODE: Code = Code::error("F602", "a test on elapsed time that is decided on every way here");

pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    for answered in answered::all(context).into_iter().filter(|it| is_of_time(it.condition)) {
        let told = Told::of(context, &answered.site_known, answered.condition, false);
        let message = format!("{} holds on every way here: {}", context.quote(answered.condition.span), told.sentence());
        let finding = Diagnostic::new(CODE, answered.condition.span, message).at("decided before it is asked");
        found.push(
            told.label(finding)
                .note("the time that has to pass before anybody gets here is longer than the time this asks about")
                .help(answered.help()),
        );
    }
}

/// Whether a test asks how long something is ago.
pub fn is_of_time(it: &Condition) -> bool {
    let lately = |window: &Option<Window>| window.is_some_and(|it| matches!(it.kind, WindowKind::WithinMs(_)));
    match &it.kind {
        ConditionKind::TimeSince { .. } => true,
        ConditionKind::Had { window, .. } | ConditionKind::Count { window, .. } => lately(window),
        ConditionKind::Not(inner) => is_of_time(inner),
        ConditionKind::And(list) | ConditionKind::Or(list) => list.iter().all(is_of_time),
        ConditionKind::Event(_)
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
        | ConditionKind::Broken => false,
    }
}

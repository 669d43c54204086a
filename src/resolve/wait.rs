//! The waits.

use super::{
    Resolver,
    step::{Walk, head},
};
use crate::{
    ast::{self, Arm, PastWait},
    model::{Wait, WaitArm},
    source::Span,
};

impl Walk<'_> {
    /// A wait, and the place of its first line.
    pub(super) fn wait(&mut self, resolver: &mut Resolver<'_>, wait: &ast::Wait, span: Span) -> Option<(Wait, Span)> {
        let wait = match wait {
            ast::Wait::For(duration) => {
                let ms = resolver.milliseconds(duration);
                self.facts.pass_time(&resolver.model);
                Wait::For { ms }
            }
            ast::Wait::CalendarDays(days) => {
                let days = resolver.calendar_days(days);
                self.facts.pass_time(&resolver.model);
                Wait::CalendarDays { days }
            }
            ast::Wait::Clock { weekday, at } => {
                self.facts.pass_time(&resolver.model);
                Wait::Clock { weekday: weekday.map(|day| day.it), at: at.it }
            }
            ast::Wait::Instant { instant, past } => {
                let instant = resolver.instant(instant, self.scope);
                self.facts.pass_time(&resolver.model);
                Wait::Instant { instant, past_stops: past.is_some_and(|past| past.it == PastWait::Stop) }
            }
            ast::Wait::Until { condition, up_to } => {
                self.facts.pass_time(&resolver.model);
                let when = resolver.whole_condition(condition, self.scope, &self.facts);
                // The language says that the event is known behind the wait, although it may have timed out.
                self.facts.happened(&when);
                let up_to_ms = up_to.as_ref().map_or(0, |up_to| resolver.milliseconds(up_to));
                Wait::Until { when, up_to_ms }
            }
            ast::Wait::Arms(arms) => {
                let end = arms.up_to.map_or(arms.arms.span.start, |up_to| up_to.span.end);
                return Some((self.arms(resolver, arms), head(span, end)));
            }
        };
        Some((wait, span))
    }

    fn arms(&mut self, resolver: &mut Resolver<'_>, tree: &ast::WaitArms) -> Wait {
        let up_to_ms = tree.up_to.as_ref().map_or(0, |up_to| resolver.milliseconds(up_to));
        self.facts.pass_time(&resolver.model);
        let (mut arms, mut otherwise, mut timed_out) = (Vec::new(), Vec::new(), None);
        let mut ways = Vec::new();
        for node in &tree.arms.items {
            match &node.it {
                Arm::On { when, body } => {
                    let when = resolver.whole_condition(when, self.scope, &self.facts);
                    let mut knowing = self.facts.clone();
                    knowing.learn(&when, true);
                    let (steps, after) = self.way(resolver, body, knowing);
                    ways.push(after);
                    arms.push(WaitArm { when, steps });
                }
                Arm::Otherwise { body } => {
                    if let Some(first) = timed_out {
                        resolver.twice("`otherwise`", node.span, first, "in this wait");
                        continue;
                    }
                    timed_out = Some(node.span);
                    let knowing = self.facts.clone();
                    let (steps, after) = self.way(resolver, body, knowing);
                    ways.push(after);
                    otherwise = steps;
                }
                Arm::Broken(_) => resolver.damaged = true,
            }
        }
        if timed_out.is_none() {
            ways.push(Some(self.facts.clone()));
        }
        self.join(ways);
        Wait::Arms { up_to_ms, arms, otherwise, has_otherwise: timed_out.is_some() }
    }
}

//! Guarantees and assumptions.

use super::{Resolver, declare::Declared, scope::Place};
use crate::{
    ast::{self, FunnelItem, GuaranteeKind as Tree},
    model::{Assumption, EventTest, FunnelId, Guarantee, GuaranteeKind, MessageScope},
};

impl<'a> Resolver<'a> {
    /// Reads guarantees and assumptions, at top level and in funnels.
    pub(super) fn promises(&mut self, declared: &Declared<'a>) {
        for assume in &declared.assumes {
            let assumption = self.assumption(assume, None);
            self.model.assumptions.push(assumption);
        }
        for guarantee in &declared.guarantees {
            let guarantee = self.guarantee(guarantee, None);
            self.model.guarantees.push(guarantee);
        }
        for (id, tree) in &declared.funnels {
            for node in &tree.body.items {
                match &node.it {
                    FunnelItem::Guarantee(tree) => {
                        let guarantee = self.guarantee(tree, Some(*id));
                        self.model.funnels[*id].guarantees.push(guarantee);
                    }
                    FunnelItem::Assume(tree) => {
                        let assumption = self.assumption(tree, Some(*id));
                        self.model.funnels[*id].assumptions.push(assumption);
                    }
                    _ => {}
                }
            }
        }
    }

    fn assumption(&mut self, tree: &ast::Assume, funnel: Option<FunnelId>) -> Assumption {
        Assumption {
            span: tree.span,
            event: self.lone_event(&tree.event, Place::Contact("an assumption")),
            within_ms: self.milliseconds(&tree.within),
            stage: self.stage_ref(&tree.stage, funnel),
        }
    }

    fn guarantee(&mut self, tree: &ast::Guarantee, funnel: Option<FunnelId>) -> Guarantee {
        Guarantee { span: tree.span, kind: self.guarantee_kind(&tree.kind, funnel) }
    }

    fn guarantee_kind(&mut self, tree: &Tree, funnel: Option<FunnelId>) -> Option<GuaranteeKind> {
        Some(match tree {
            Tree::Leaves { stage, within } => {
                let within_ms = self.milliseconds(within);
                GuaranteeKind::Leaves { stage: self.stage_ref(stage, funnel)?, within_ms }
            }
            Tree::Reaches { from, to, within } => {
                let within_ms = self.milliseconds(within);
                self.reaches(from, to, Some(within_ms), funnel)?
            }
            Tree::Whoever { from, to } => self.reaches(from, to, None, funnel)?,
            Tree::LeadsTo { event, to, within } => {
                let within_ms = self.milliseconds(within);
                let event = self.guaranteed_event(event, funnel);
                let to: Vec<_> = to.iter().map(|stage| self.stage_ref(stage, funnel)).collect();
                event.event?;
                GuaranteeKind::LeadsTo { event, to: to.into_iter().collect::<Option<_>>()?, within_ms }
            }
            Tree::AtMost { count, what, within } => {
                let within_ms = within.as_ref().map(|within| self.milliseconds(within));
                GuaranteeKind::AtMost { count: count.it, what: self.message_scope(what)?, within_ms }
            }
            Tree::Between { gap, what } => {
                let gap_ms = self.milliseconds(gap);
                GuaranteeKind::Between { gap_ms, what: self.message_scope(what)? }
            }
            Tree::NeverSendAfter { message, event } => {
                let message = self.message(message);
                let event = self.guaranteed_event(event, funnel);
                event.event?;
                GuaranteeKind::NeverSendAfter { message: message?, event }
            }
            Tree::NeverSendIn { message, stage } => {
                let (message, stage) = (self.message(message), self.stage_ref(stage, funnel));
                GuaranteeKind::NeverSendIn { message: message?, stage: stage? }
            }
            Tree::Reachable { stage } => GuaranteeKind::Reachable { stage: self.stage_ref(stage, funnel)? },
            Tree::Through { to, via } => {
                let (to, via) = (self.stage_ref(to, funnel), self.stage_ref(via, funnel));
                GuaranteeKind::Through { to: to?, via: via? }
            }
            Tree::NeverFollows { later, earlier } => {
                let (later, earlier) = (self.stage_ref(later, funnel), self.stage_ref(earlier, funnel));
                GuaranteeKind::NeverFollows { later: later?, earlier: earlier? }
            }
            Tree::Excludes { one, other } => {
                let (one, other) = (self.stage_ref(one, funnel), self.stage_ref(other, funnel));
                GuaranteeKind::Excludes { one: one?, other: other? }
            }
        })
    }

    fn reaches(
        &mut self,
        from: &ast::StageRef,
        to: &[ast::StageRef],
        within_ms: Option<i64>,
        funnel: Option<FunnelId>,
    ) -> Option<GuaranteeKind> {
        let from = self.stage_ref(from, funnel);
        let to: Vec<_> = to.iter().map(|stage| self.stage_ref(stage, funnel)).collect();
        Some(GuaranteeKind::Reaches { from: from?, to: to.into_iter().collect::<Option<_>>()?, within_ms })
    }

    fn guaranteed_event(&mut self, event: &ast::EventMatch, funnel: Option<FunnelId>) -> EventTest {
        self.lone_event(event, funnel.map_or(Place::Contact("a guarantee at the top level"), Place::Funnel))
    }

    fn message_scope(&mut self, what: &ast::MessageScope) -> Option<MessageScope> {
        Some(match what {
            ast::MessageScope::Messages { by: None, .. } => MessageScope::Messages { by: None },
            ast::MessageScope::Messages { by: Some(channel), .. } => MessageScope::Messages { by: Some(self.channel(channel)?) },
            ast::MessageScope::Message(any) if any.text == "message" && !self.names.messages.contains_key("message") => {
                MessageScope::Messages { by: None }
            }
            ast::MessageScope::Message(message) => MessageScope::Message(self.message(message)?),
        })
    }
}

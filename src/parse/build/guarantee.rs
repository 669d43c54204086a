//! Guarantees and assumptions.

use super::{Builder, Kids};
use crate::{
    ast::{Assume, Guarantee, GuaranteeKind, Ident, MessageScope, StageRef},
    parse::grammar::Rule,
    source::Span,
};
use smol_str::SmolStr;

impl<'i> Builder<'i> {
    pub fn assume(&mut self, kids: &mut Kids<'i>, span: Span) -> Assume {
        let event = self.event(kids, span);
        let within = self.duration(kids, span);
        Assume { span, event, within, stage: self.stage_ref(kids, span) }
    }

    pub fn guarantee(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Guarantee> {
        let pair = kids.next()?;
        let rule = pair.as_rule();
        let mut inner = Kids::of(pair);
        let kids = &mut inner;
        let kind = match rule {
            Rule::leaves => GuaranteeKind::Leaves { stage: self.stage_ref(kids, span), within: self.duration(kids, span) },
            Rule::reaches => {
                let from = self.stage_ref(kids, span);
                GuaranteeKind::Reaches { from, to: self.stage_refs(kids, span), within: self.duration(kids, span) }
            }
            Rule::whoever => GuaranteeKind::Whoever { from: self.stage_ref(kids, span), to: self.stage_refs(kids, span) },
            Rule::leads_to => {
                let event = self.event(kids, span);
                GuaranteeKind::LeadsTo { event, to: self.stage_refs(kids, span), within: self.duration(kids, span) }
            }
            Rule::at_most => {
                let count = self.count(kids, span);
                let what = self.scope(kids, span);
                let within = kids.next_if(Rule::dur).map(|pair| self.duration_of(&pair));
                GuaranteeKind::AtMost { count, what, within }
            }
            Rule::at_least => {
                let gap = self.duration(kids, span);
                GuaranteeKind::Between { gap, what: self.scope(kids, span) }
            }
            Rule::never_send => {
                let message = self.ident(kids, span);
                let behind = kids.next()?;
                let after = behind.as_rule() == Rule::after_event;
                let mut behind = Kids::of(behind);
                if after {
                    GuaranteeKind::NeverSendAfter { message, event: self.event(&mut behind, span) }
                } else {
                    GuaranteeKind::NeverSendIn { message, stage: self.stage_ref(&mut behind, span) }
                }
            }
            Rule::through => GuaranteeKind::Through { to: self.stage_ref(kids, span), via: self.stage_ref(kids, span) },
            Rule::relation => {
                let stage = self.stage_ref(kids, span);
                match kids.next_if(Rule::follows) {
                    Some(pair) => GuaranteeKind::NeverFollows { later: stage, earlier: self.stage_ref(&mut Kids::of(pair), span) },
                    None => match kids.next_if(Rule::excludes) {
                        Some(pair) => GuaranteeKind::Excludes { one: stage, other: self.stage_ref(&mut Kids::of(pair), span) },
                        None => {
                            kids.next_if(Rule::reachable);
                            GuaranteeKind::Reachable { stage }
                        }
                    },
                }
            }
            _ => {
                self.internal(span, "a guarantee");
                return None;
            }
        };
        self.no_more(kids);
        Some(Guarantee { span, kind })
    }

    fn scope(&mut self, kids: &mut Kids<'i>, span: Span) -> MessageScope {
        let Some(word) = kids.next_if(Rule::messages) else {
            return MessageScope::Message(self.ident(kids, span));
        };
        let is_one = !word.as_str().starts_with("messages");
        let by = kids.next_if(Rule::by).map(|pair| self.ident(&mut Kids::of(pair), span));
        MessageScope::Messages { by, is_one }
    }

    fn stage_refs(&mut self, kids: &mut Kids<'i>, span: Span) -> Vec<StageRef> {
        let mut stages = Vec::new();
        while kids.peek() == Some(Rule::stage_ref) {
            stages.push(self.stage_ref(kids, span));
        }
        stages
    }

    pub fn stage_ref(&mut self, kids: &mut Kids<'i>, within: Span) -> StageRef {
        let Some(pair) = kids.next_if(Rule::stage_ref) else {
            self.internal(within, "a stage");
            return StageRef { funnel: None, stage: Ident { span: within, text: SmolStr::default() } };
        };
        let span = self.span(&pair);
        let mut inner = Kids::of(pair);
        let first = self.ident(&mut inner, span);
        match inner.next_if(Rule::name) {
            Some(pair) => StageRef { funnel: Some(first), stage: self.ident_of(&pair) },
            None => StageRef { funnel: None, stage: first },
        }
    }
}

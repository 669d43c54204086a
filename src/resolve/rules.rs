//! Segments and scores.

use super::{
    F101, Resolver,
    declare::Declared,
    missing::Facts,
    once::Once,
    scope::{Place, Scope},
};
use crate::{
    ast::{self, ScoreItem},
    diag::Diagnostic,
    model::{Condition, ConditionKind, EventTest, ScoreLine, ScoreRule, SegmentId},
};

impl<'a> Resolver<'a> {
    /// Reads the conditions of segments and the lines of scores.
    pub(super) fn rules(&mut self, declared: &Declared<'a>) {
        for (id, tree) in &declared.segments {
            let scope = Scope::asked(Place::Contact("a segment"), "in a segment");
            let when = self.whole_condition(&tree.when, scope, &Facts::default());
            let note = self.note_block(tree.body.as_ref(), "in this segment");
            self.model.segments[*id].when = when;
            self.model.segments[*id].name.note = note;
        }
        self.circular_segments();
        for (id, tree) in &declared.scores {
            let mut note = Once::default();
            let mut lines = Vec::new();
            for node in &tree.body.items {
                match &node.it {
                    ScoreItem::Points { points, rule } => {
                        let rule = self.unless_damaged(node, |resolver| resolver.score_rule(rule));
                        lines.push(ScoreLine { span: node.span, points: points.it, rule });
                    }
                    ScoreItem::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", "in this score"),
                    ScoreItem::Broken(_) => self.damaged = true,
                }
            }
            self.model.scores[*id].lines = lines;
            self.model.scores[*id].name.note = note.take();
        }
    }

    fn score_rule(&mut self, rule: &ast::ScoreRule) -> ScoreRule {
        match rule {
            ast::ScoreRule::Event(event) => ScoreRule::Event(self.lone_event(event, Place::Contact("a score"))),
            ast::ScoreRule::EveryWithout { period, event } => {
                let period_ms = self.milliseconds(period);
                ScoreRule::EveryWithout { period_ms, event: self.lone_event(event, Place::Contact("a score")) }
            }
        }
    }

    /// An event outside a condition, with a look at what missing values do to its `where`.
    pub(super) fn lone_event(&mut self, event: &ast::EventMatch, place: Place<'_>) -> EventTest {
        let scope = Scope::woken(place);
        let test = self.event_test(event, scope);
        if test.filter.is_some() {
            let condition = Condition { span: test.span, kind: ConditionKind::Event(test.clone()) };
            self.flips(&condition, scope, &Facts::default());
        }
        test
    }

    /// Reports segments that are said by themselves.
    fn circular_segments(&mut self) {
        let uses: Vec<Vec<SegmentId>> = self.model.segments.values().map(|segment| segments_in(&segment.when)).collect();
        let mut done = vec![false; uses.len()];
        let mut circles: Vec<Vec<SegmentId>> = Vec::new();
        let mut on_path = vec![false; uses.len()];
        for start in self.model.segments.ids() {
            // A path of segments, each with the number of uses already followed.
            let mut path: Vec<(SegmentId, usize)> = if done[start.index()] { Vec::new() } else { vec![(start, 0)] };
            while let Some((segment, next)) = path.last_mut() {
                let id = *segment;
                on_path[id.index()] = true;
                let Some(used) = uses[id.index()].get(*next).copied() else {
                    done[id.index()] = true;
                    on_path[id.index()] = false;
                    path.pop();
                    continue;
                };
                *next += 1;
                if on_path[used.index()] {
                    circles.push(path.iter().map(|(id, _)| *id).skip_while(|id| *id != used).collect());
                } else if !done[used.index()] {
                    path.push((used, 0));
                }
            }
        }
        for circle in circles {
            self.report_circle(&circle);
        }
    }

    fn report_circle(&mut self, circle: &[SegmentId]) {
        let Some((first, span)) = circle.first().and_then(|id| Some((*id, self.model.segments[*id].name.span?))) else { return };
        let names: Vec<&str> = circle.iter().chain([&first]).map(|id| self.model.segments[*id].name.text.as_str()).collect();
        let finding =
            Diagnostic::new(F101, span, format!("the segment `{}` is said by itself, so nobody could say who is in it", names[0]))
                .note(format!("the circle: {}", names.join(" → ")))
                .help("say one of them without the other");
        self.report(finding);
        for id in circle {
            let broken = Condition { span: self.model.segments[*id].when.span, kind: ConditionKind::Broken };
            self.model.segments[*id].when = broken;
        }
    }
}

/// The segments that a condition asks.
fn segments_in(condition: &Condition) -> Vec<SegmentId> {
    match &condition.kind {
        ConditionKind::Or(members) | ConditionKind::And(members) => members.iter().flat_map(segments_in).collect(),
        ConditionKind::Not(inner) => segments_in(inner),
        ConditionKind::Segment(id) => vec![*id],
        _ => Vec::new(),
    }
}

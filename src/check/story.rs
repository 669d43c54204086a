//! Stories: paths told step by step.

use super::context::Context;
use crate::{
    graph::{NodeId, Step, Way},
    source::{Span, sentence_of},
};
use std::rc::Rc;

/// Longer stories are shortened in the middle.
const STEPS_SHOWN: usize = 12;

impl Context<'_> {
    /// A path as lines, one a step, each with the clause that opens the way.
    pub fn story(&self, path: &[Step]) -> Vec<String> {
        let line = |(n, step): (usize, &Step)| format!("{}. {}", n + 1, self.step(*step));
        let lines = path.iter().enumerate();
        if path.len() <= STEPS_SHOWN {
            return lines.map(line).collect();
        }
        let half = STEPS_SHOWN / 2;
        let gap = format!("… {} more steps …", path.len() - 2 * half);
        let (first, last) = (lines.clone().take(half), lines.skip(path.len() - half));
        first.map(line).chain(std::iter::once(gap)).chain(last.map(line)).collect()
    }

    /// The shortest path to a place as lines, shortened like every story.
    pub fn story_to(&self, place: NodeId) -> Vec<String> {
        let ends = self.live.path_ends(&self.graph, place);
        let mut lines = self.story(&ends.first);
        if ends.left_out > 0 {
            lines.push(format!("… {} more steps …", ends.left_out));
        }
        let before = ends.first.len() + ends.left_out;
        lines.extend(ends.last.iter().enumerate().map(|(n, step)| format!("{}. {}", before + n + 1, self.step(*step))));
        lines
    }

    /// A step in words, which are found once for all stories that take it.
    fn step(&self, step: Step) -> Rc<str> {
        let key = (step.edge, step.at);
        if let Some(told) = self.told_steps.borrow().get(&key) {
            return Rc::clone(told);
        }
        let told: Rc<str> = self.in_words(step).into();
        self.told_steps.borrow_mut().insert(key, Rc::clone(&told));
        told
    }

    fn in_words(&self, step: Step) -> String {
        let edge = self.graph.edge(step.edge);
        let to = self.graph.stage_of(edge.to).map(|stage| self.name(stage)).unwrap_or_default();
        let from = self.graph.stage_of(step.at).map(|stage| self.name(stage));
        match (edge.way, from) {
            (Way::Door(door), None) => format!("comes in to {to}: {}", self.quote(door.span)),
            (Way::Door(door), Some(from)) if from == to => format!("comes to {to} again: {}", self.quote(door.span)),
            (Way::Door(door), Some(_)) => format!("goes on to {to}: {}", self.quote(door.span)),
            (Way::Restart(door), _) => format!("starts anew in {to}: {}", self.quote(door.span)),
            (Way::Leave(leave), _) => format!("leaves: {}", self.quote(leave.span)),
            (Way::End, from) => format!("is at the end in {}", from.unwrap_or_default()),
            (Way::Join, _) => String::new(),
        }
    }

    /// A clause as written, on one line, in quotes.
    pub fn quote(&self, span: Span) -> String {
        format!("`{}`", sentence_of(self.sources.slice(span)))
    }

    /// `a → b → a` for a lap, which ends where it begins.
    pub fn round(&self, lap: &[Step]) -> String {
        let name = |node| self.graph.stage_of(node).map_or_else(|| "outside".to_owned(), |stage| self.name(stage));
        let mut places: Vec<String> = lap.iter().map(|step| name(step.at)).collect();
        places.extend(lap.first().map(|step| name(step.at)));
        if places.len() > STEPS_SHOWN {
            let half = STEPS_SHOWN / 2;
            places.splice(half..places.len() - half, std::iter::once("…".to_owned()));
        }
        places.join(" → ")
    }
}

//! A rule set with its names looked up: what the engine asks again and again.
//!
//! A name that refers to nothing is no error here (reading a rule set refuses it): what it stands in never applies.

use super::zone::Zone;
use crate::ruleset::{
    Attribute, Channel, Event, Funnel, Message, Nurture, RuleSet, ScoreLine, Segment, Source, Stage, Step, StepKind, Term,
};
use std::collections::BTreeMap;

/// A rule set, indexed.
#[derive(Debug)]
pub(crate) struct Program<'r> {
    /// What it was made from.
    pub rules: &'r RuleSet,
    /// What the rules mean, as a hash.
    pub meaning: &'r str,
    /// The zone of contacts whose own is unknown.
    pub zone: Zone,
    pub attributes: BTreeMap<&'r str, &'r Attribute>,
    pub events: BTreeMap<&'r str, &'r Event>,
    pub channels: BTreeMap<&'r str, &'r Channel>,
    pub messages: BTreeMap<&'r str, &'r Message>,
    pub segments: BTreeMap<&'r str, &'r Segment>,
    /// The lines of all scores, each with the name of its score.
    pub score_lines: Vec<(&'r str, &'r ScoreLine)>,
    /// Whether some step might set a number that does not fit, so that a record may have to be undone.
    pub may_overflow: bool,
    /// In declaration order.
    pub funnels: Vec<Plan<'r>>,
}

/// A funnel, indexed.
#[derive(Debug)]
pub(crate) struct Plan<'r> {
    pub funnel: &'r Funnel,
    stages: BTreeMap<&'r str, usize>,
    doors: Doors,
}

/// A door: the place of the stage that it leads to, and its own among the doors there.
pub(crate) type DoorPlace = (usize, usize);

/// The doors of a funnel by where people stand before them, each list in declaration order.
#[derive(Debug, Default)]
struct Doors {
    outside: Vec<DoorPlace>,
    /// Those from anywhere, which people stand before in all stages that are not final but the one the door leads to.
    anywhere: Vec<DoorPlace>,
    /// Those that name a stage, by its place; none for final stages.
    named: Vec<Vec<DoorPlace>>,
}

impl Doors {
    fn new(funnel: &Funnel, stages: &BTreeMap<&str, usize>) -> Self {
        let mut doors = Self { named: vec![Vec::new(); funnel.stages.len()], ..Self::default() };
        for (to, stage) in funnel.stages.iter().enumerate() {
            for (at, door) in stage.doors.iter().enumerate() {
                let place = (to, at);
                match &door.from {
                    Source::Outside => doors.outside.push(place),
                    Source::Anywhere => doors.anywhere.push(place),
                    Source::AnywhereOrOutside => {
                        doors.outside.push(place);
                        doors.anywhere.push(place);
                    }
                    Source::Stages(names) => {
                        for from in names.iter().filter_map(|name| stages.get(name.as_str())) {
                            let is_final = funnel.stages.get(*from).is_none_or(|stage| stage.is_final);
                            // A door may name a stage twice.
                            if let Some(list) = doors.named.get_mut(*from).filter(|list| !is_final && list.last() != Some(&place)) {
                                list.push(place);
                            }
                        }
                    }
                }
            }
        }
        doors
    }
}

impl<'r> Program<'r> {
    /// The index of a rule set; the name of its zone, if that is none.
    pub fn new(rules: &'r RuleSet) -> Result<Self, &'r str> {
        let plan = |funnel: &'r Funnel| {
            let stages = funnel.stages.iter().enumerate().map(|(at, stage)| (stage.name.as_str(), at)).collect();
            Plan { funnel, doors: Doors::new(funnel, &stages), stages }
        };
        let mut nurtures = rules.funnels.iter().flat_map(|funnel| &funnel.stages).flat_map(|stage| &stage.nurtures);
        Ok(Self {
            rules,
            meaning: &rules.meaning,
            zone: Zone::named(&rules.timezone).ok_or(rules.timezone.as_str())?,
            attributes: rules.attributes.iter().map(|item| (item.name.as_str(), item)).collect(),
            events: rules.events.iter().map(|item| (item.name.as_str(), item)).collect(),
            channels: rules.channels.iter().map(|item| (item.name.as_str(), item)).collect(),
            messages: rules.messages.iter().map(|item| (item.name.as_str(), item)).collect(),
            segments: rules.segments.iter().map(|item| (item.name.as_str(), item)).collect(),
            score_lines: rules.scores.iter().flat_map(|score| score.lines.iter().map(|line| (score.name.as_str(), line))).collect(),
            may_overflow: nurtures.any(|nurture| may_overflow(&nurture.steps)),
            funnels: rules.funnels.iter().map(plan).collect(),
        })
    }
}

impl<'r> Plan<'r> {
    /// The stage at this place.
    pub fn stage(&self, at: usize) -> Option<&'r Stage> {
        self.funnel.stages.get(at)
    }

    /// The nurture at this place of a stage.
    pub fn nurture(&self, stage: usize, play: usize) -> Option<&'r Nurture> {
        self.stage(stage)?.nurtures.get(play)
    }

    /// The doors before which somebody in a stage (or outside) stands, in declaration order.
    pub fn doors_before(&self, stage: Option<usize>) -> Vec<DoorPlace> {
        let Some(at) = stage else { return self.doors.outside.clone() };
        let mut doors = self.doors.named.get(at).cloned().unwrap_or_default();
        if self.stage(at).is_some_and(|stage| !stage.is_final) && !self.doors.anywhere.is_empty() {
            doors.extend(self.doors.anywhere.iter().filter(|(to, _)| *to != at));
            doors.sort_unstable();
        }
        doors
    }

    /// Whether one of these names is this stage.
    pub fn names(&self, names: &[String], stage: usize) -> bool {
        names.iter().any(|name| self.stages.get(name.as_str()) == Some(&stage))
    }
}

/// Whether one of these steps sets a value that is reckoned.
fn may_overflow(steps: &[Step]) -> bool {
    let is_reckoned = |value: &Term| matches!(value, Term::Arithmetic(_) | Term::Negate(_) | Term::Aggregate(_));
    Step::all(steps).into_iter().any(|step| matches!(&step.kind, StepKind::Set { value, .. } if is_reckoned(value)))
}

//! What a funnel uses: everything that its doors, nurtures and ways out name, segments and scores followed to what they rest on.

use crate::ruleset::{Argument, Condition, Delay, EventTest, Funnel, Instant, RuleSet, Schedule, ScoreRule, Start, Step, StepKind, Term};
use std::collections::BTreeSet;

/// In what way something is used; the order is that of pages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
    /// A message that is sent.
    Sends,
    /// A channel that messages go by, or that a stage is open to.
    By,
    /// Something done outside.
    Asks,
    /// An event that is waited or looked for.
    Hears,
    /// An event that is recorded.
    Records,
    /// A message that is asked about: whether it was sent, opened, clicked.
    Follows,
    /// An attribute that is read.
    Reads,
    /// An attribute that is changed.
    Writes,
    /// A segment.
    Segment,
    /// A score.
    Score,
}

/// All that is used, in the order of pages.
pub type Uses = BTreeSet<(How, String)>;

/// What a funnel uses.
pub fn uses(rules: &RuleSet, funnel: &Funnel) -> Uses {
    let mut walk = Walk { rules, found: Uses::new() };
    for stage in &funnel.stages {
        for door in &stage.doors {
            walk.opening(door.when.as_ref(), door.after.as_ref());
        }
        for leave in &stage.leaves {
            walk.opening(leave.when.as_ref(), leave.after.as_ref());
        }
        for channel in stage.open_to.iter().flatten() {
            walk.find(How::By, channel);
        }
        for nurture in &stage.nurtures {
            match &nurture.start {
                Start::Entry => {}
                Start::When(condition) | Start::EachTime(condition) => walk.condition(condition),
            }
            walk.steps(&nurture.steps);
        }
    }
    for leave in &funnel.leaves {
        walk.opening(leave.when.as_ref(), leave.after.as_ref());
    }
    walk.found
}

struct Walk<'r> {
    rules: &'r RuleSet,
    found: Uses,
}

impl Walk<'_> {
    /// Whether it was not known yet.
    fn find(&mut self, how: How, name: &str) -> bool {
        self.found.insert((how, name.to_owned()))
    }

    fn opening(&mut self, when: Option<&Condition>, after: Option<&Delay>) {
        when.into_iter().for_each(|condition| self.condition(condition));
        after.and_then(|after| after.without.as_ref()).into_iter().for_each(|event| self.event(event));
    }

    fn event(&mut self, event: &EventTest) {
        self.find(How::Hears, &event.name);
        event.filter.iter().for_each(|filter| self.condition(filter));
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Any(list) | Condition::All(list) => list.iter().for_each(|condition| self.condition(condition)),
            Condition::Not(inner) => self.condition(inner),
            Condition::Event(event)
            | Condition::Had { event, window: _ }
            | Condition::No { event, window: _ }
            | Condition::TimeSince { event, is: _, than_ms: _ } => self.event(event),
            Condition::Count(count) => self.event(&count.event),
            Condition::Compare { left, is: _, right } => {
                self.term(left);
                self.term(right);
            }
            Condition::In { left, list } => {
                self.term(left);
                list.iter().for_each(|term| self.term(term));
            }
            Condition::Text(pattern) => {
                self.term(&pattern.left);
                self.term(&pattern.right);
            }
            Condition::Known(term) | Condition::Missing(term) => self.term(term),
            Condition::Segment(name) => self.segment(name),
            Condition::Finished(_) | Condition::Before(_) | Condition::From(_) => {}
            Condition::Every(schedule) => match schedule {
                Schedule::Day { .. } | Schedule::Week { .. } | Schedule::Month { .. } => {}
                Schedule::Year { on, at: _ } => self.term(on),
            },
            Condition::Reaches { instant, past_opens: _ } => self.instant(instant),
        }
    }

    fn segment(&mut self, name: &str) {
        let rules = self.rules;
        if self.find(How::Segment, name) {
            rules.segments.iter().filter(|segment| segment.name == name).for_each(|segment| self.condition(&segment.when));
        }
    }

    fn score(&mut self, name: &str) {
        let rules = self.rules;
        if self.find(How::Score, name) {
            for line in rules.scores.iter().filter(|score| score.name == name).flat_map(|score| &score.lines) {
                match &line.rule {
                    ScoreRule::Event(event) | ScoreRule::EveryWithout { period_ms: _, event } => self.event(event),
                }
            }
        }
    }

    fn instant(&mut self, instant: &Instant) {
        self.term(&instant.base);
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Literal(_) | Term::Property(_) | Term::Entry(_) | Term::Missing {} => {}
            Term::Attribute(name) => {
                self.find(How::Reads, name);
            }
            Term::Latest { event, property: _ } => {
                self.find(How::Hears, event);
            }
            Term::Score(name) => self.score(name),
            Term::Aggregate(aggregate) => {
                self.find(How::Hears, &aggregate.event);
                aggregate.filter.iter().for_each(|filter| self.condition(filter));
            }
            Term::Arithmetic(arithmetic) => {
                self.term(&arithmetic.left);
                self.term(&arithmetic.right);
            }
            Term::Negate(inner) => self.term(inner),
            Term::Message(name) => {
                self.find(How::Follows, name);
            }
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        arguments.iter().for_each(|argument| self.term(&argument.value));
    }

    fn steps(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.step(&step.kind));
    }

    fn step(&mut self, step: &StepKind) {
        match step {
            StepKind::Send { message, arguments } => {
                self.find(How::Sends, message);
                let rules = self.rules;
                for declared in rules.messages.iter().filter(|it| it.name == *message) {
                    self.find(How::By, &declared.channel);
                    let channel = rules.channels.iter().find(|it| it.name == declared.channel);
                    channel.and_then(|it| it.needs.as_ref()).filter(|_| !declared.transactional).into_iter().for_each(|needs| {
                        self.find(How::Reads, needs);
                    });
                }
                self.arguments(arguments);
            }
            StepKind::Act { action, arguments } => {
                self.find(How::Asks, action);
                self.arguments(arguments);
            }
            StepKind::Record { event, arguments } => {
                self.find(How::Records, event);
                self.arguments(arguments);
            }
            StepKind::Set { attribute, value } | StepKind::Add { attribute, value } | StepKind::Remove { attribute, value } => {
                self.find(How::Writes, attribute);
                self.term(value);
            }
            StepKind::WaitMs(_) | StepKind::WaitCalendarDays(_) | StepKind::WaitClock(_) | StepKind::Stop {} => {}
            StepKind::WaitInstant(wait) => self.instant(&wait.instant),
            StepKind::WaitUntil(wait) => self.condition(&wait.when),
            StepKind::WaitArms(wait) => {
                for arm in &wait.arms {
                    self.condition(&arm.when);
                    self.steps(&arm.steps);
                }
                self.steps(&wait.otherwise);
            }
            StepKind::If { branches, otherwise } => {
                for branch in branches {
                    self.condition(&branch.when);
                    self.steps(&branch.steps);
                }
                self.steps(otherwise);
            }
            StepKind::Split(split) => split.arms.iter().for_each(|arm| self.steps(&arm.steps)),
            StepKind::Repeat(repeat) => {
                repeat.until.iter().for_each(|condition| self.condition(condition));
                self.steps(&repeat.steps);
            }
        }
    }
}

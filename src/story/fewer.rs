//! Whether a course of fewer things does what a story does.
//!
//! All courses of one thing are played, then all of two, and so on up to one less than the story has: over the alphabet that the
//! check has written, from everything that may be known before, with each arm of each split that is drawn. A thing comes a minute
//! after the one before it, at each of the next instants at which something is due and a minute behind, so long before one of
//! these as something that is counted takes, and when as much has passed since each of the things before it, or a minute less.
//! Left out are events that nothing waits for where somebody is and that nothing remembers, and what is known already: these
//! change nothing, so a course without them is a shorter one. Left out are also courses that are further from where the claim can come
//! true than there are things left, counted by doors that no way opens without an event.
//! Invariants: the order of everything is fixed; the work is bounded, and where that bound is met, this is said.
//! Source: depth-first search with iterative deepening (Korf, Artificial Intelligence 27, 1985), which needs no more memory than
//! one course.

use super::{
    claim,
    play::{self, Played, WHO},
    world,
};
use crate::{
    diag::{Alphabet, Fact, Goal, Happening, Plot, When},
    model::Model,
    runtime::{Collected, Engine, Options, Outcome, Prepared, Reason, SendOutcome, What},
};
use smol_str::SmolStr;
use std::collections::{BTreeSet, VecDeque};

const MINUTE_MS: i64 = 60_000;

/// So much is played for one story: a thing that comes, a timer that fires, or so much that comes of them, are one.
pub(super) const WORK_MAX: u32 = 60_000;

/// So much that comes of a course is as much work as a thing that comes.
const OUTCOMES_PER_WORK: usize = 4;

/// How long is looked on behind the last thing that comes, at most and at least, in milliseconds.
const HORIZON_MS: (i64, i64) = (400 * 86_400_000, 30 * 86_400_000);

/// So many times the longest time that something counts is looked on, beyond the least.
const LONGEST_TIMES: i64 = 12;

/// So many timers fire behind the last thing of a course.
const TIMERS_MAX: usize = 400;

/// Of so many of the next timers the instants matter.
const DUE_MAX: usize = 8;

/// So many beginnings are tried.
const ROOTS_MAX: usize = 512;

/// What came of the search.
pub(super) enum Fewer {
    /// This does it too, and whether nothing of fewer things does.
    Found(Plot, bool),
    /// No course of fewer things does it.
    None,
    /// Not all of them could be tried.
    Unsure,
}

/// What is the same for all courses.
pub(super) struct Ground<'g, 'r> {
    pub model: &'g Model,
    pub prepared: &'g Prepared<'r>,
    pub alphabet: &'g Alphabet,
    /// The story: of whom it is told, when it begins, and what it claims.
    pub story: &'g Plot,
}

/// Looks for a course of less than so many things. Of `work` is taken what was played.
pub(super) fn fewer(ground: &Ground<'_, '_>, than: usize, work: &mut u32) -> Fewer {
    let mut is_whole = ground.alphabet.is_whole;
    let mut roots: Vec<Root> = Vec::new();
    for most in 1..than {
        if roots.is_empty() {
            roots = beginnings(ground.alphabet, &mut is_whole);
        }
        let mut hunt = Hunt { ground, most, work, drawn: None };
        let mut next: VecDeque<Root> = roots.into();
        roots = Vec::new();
        while let Some(root) = next.pop_front() {
            match hunt.from(&root) {
                End::Found(plot) => return Fewer::Found(plot, is_whole || most == 1),
                End::TooMuch => return Fewer::Unsure,
                End::Nothing => match hunt.drawn.take() {
                    // A split is drawn: each of its arms is a beginning of its own.
                    Some((split, arms)) if next.len() + roots.len() + arms.len() <= ROOTS_MAX => {
                        for arm in arms.iter().rev() {
                            let mut forced = root.clone();
                            forced.arms.push((split.clone(), arm.clone()));
                            next.push_front(forced);
                        }
                    }
                    Some(_) => is_whole = false,
                    None => roots.push(root),
                },
            }
        }
    }
    if is_whole { Fewer::None } else { Fewer::Unsure }
}

/// A beginning: what is known, and what splits draw.
#[derive(Clone, Default)]
struct Root {
    given: Vec<(SmolStr, Fact)>,
    arms: Vec<(SmolStr, SmolStr)>,
}

/// Everything that may be known before.
fn beginnings(alphabet: &Alphabet, is_whole: &mut bool) -> Vec<Root> {
    let mut roots = vec![Root::default()];
    for (name, values) in &alphabet.given {
        let with = |root: &Root| {
            let one = |fact: &Fact| {
                let mut longer = root.clone();
                if *fact != Fact::Missing {
                    longer.given.push((name.clone(), fact.clone()));
                }
                longer
            };
            values.iter().map(one).collect::<Vec<_>>()
        };
        let more: Vec<Root> = roots.iter().flat_map(with).collect();
        if more.len() > ROOTS_MAX {
            *is_whole = false;
        } else if !more.is_empty() {
            roots = more;
        }
    }
    roots
}

/// How a search from a beginning ends.
enum End {
    Found(Plot),
    Nothing,
    TooMuch,
}

struct Hunt<'h, 'g, 'r> {
    ground: &'h Ground<'g, 'r>,
    /// So many things come at most.
    most: usize,
    work: &'h mut u32,
    /// A split that was drawn though the beginning does not say how, with its arms.
    drawn: Option<(SmolStr, Vec<SmolStr>)>,
}

/// A course that was played up to its last thing.
#[derive(Clone)]
struct Course<'r> {
    engine: Engine<'r>,
    sink: Collected,
    /// What came, and when.
    came: Vec<(usize, i64)>,
    now_ms: i64,
}

impl<'r> Course<'r> {
    /// Lets the timers fire that are due before an instant.
    fn go_to(&mut self, at_ms: i64) {
        self.engine.advance(at_ms, &mut self.sink);
        self.now_ms = at_ms;
    }

    /// Lets the timers of the next instant fire, if that is not later; when that was.
    fn next_timer(&mut self, limit_ms: i64) -> Option<i64> {
        let due_ms = self.engine.next_due_ms().filter(|due_ms| *due_ms <= limit_ms)?;
        self.engine.advance(due_ms, &mut self.sink);
        self.engine.run_due(&mut self.sink);
        self.now_ms = self.now_ms.max(due_ms);
        Some(due_ms)
    }
}

impl<'r> Hunt<'_, '_, 'r> {
    fn from(&mut self, root: &Root) -> End {
        let story = self.ground.story;
        let plot = Plot {
            given: root.given.clone(),
            arms: root.arms.clone(),
            happenings: Vec::new(),
            horizon_ms: self.ground.horizon_ms(),
            ..story.clone()
        };
        let options = Options { forced_arms: play::arms(&plot), ..Options::default() };
        let mut engine = Engine::over(self.ground.prepared, options);
        let mut sink = Collected::default();
        engine.advance(story.start_ms.saturating_sub(1), &mut sink);
        engine.give(WHO, &play::given(&plot));
        let mut course = Course { engine, sink, came: Vec::new(), now_ms: story.start_ms };
        course.go_to(story.start_ms);
        if self.ground.is_too_far(&course, self.most) {
            return End::Nothing;
        }
        self.with_each(&course, false, &plot)
    }

    /// The course with each of the moves at this instant; `is_late` where it is the last one before something is due, or nothing is
    /// any more.
    fn with_each(&mut self, course: &Course<'r>, is_late: bool, plot: &Plot) -> End {
        let ground = self.ground;
        let heard = ground.heard(course);
        for (place, step) in ground.alphabet.moves.iter().enumerate() {
            if !ground.matters(step, course, &heard) || self.drawn.is_some() {
                continue;
            }
            let mut longer = course.clone();
            let (at_ms, nth) = (longer.now_ms, longer.came.len());
            longer.engine.push(&play::record(step, at_ms, nth), &mut longer.sink);
            longer.engine.run_due(&mut longer.sink);
            longer.came.push((place, at_ms));
            let outcomes = longer.sink.outcomes.len() - course.sink.outcomes.len();
            if !self.takes(1 + outcomes / OUTCOMES_PER_WORK) {
                return End::TooMuch;
            }
            let is_refused = longer.sink.set_aside.iter().any(|it| it.reason != Reason::Cascade);
            if is_refused || !self.keeps_rates(&longer) || self.is_idle(&longer, course, step, is_late) {
                continue;
            }
            match self.look_on(&longer, plot) {
                End::Nothing => {}
                end => return end,
            }
        }
        End::Nothing
    }

    /// Whether the course without its last thing, or with it at a later instant, comes to the same.
    fn is_idle(&self, longer: &Course<'_>, course: &Course<'_>, step: &Happening, is_late: bool) -> bool {
        let changes = longer.sink.outcomes.len() > course.sink.outcomes.len();
        if changes || self.ground.alphabet.always.contains(&step.event) {
            return false;
        }
        if course.came.is_empty() {
            // Nothing has begun: the rest alone is a shorter course, begun with what is known now.
            return true;
        }
        let rests = |of: &Course<'_>| (of.engine.next_due_ms(), of.engine.resting().map(|(_, step)| step.to_owned()).collect::<Vec<_>>());
        let is_last = longer.came.len() >= self.most;
        // What becomes known last, and is not asked for before something else is due, may as well become known then.
        is_last && (step.event != "identify" || !is_late) && rests(longer) == rests(course)
    }

    /// Takes so much work; whether there was so much left.
    fn takes(&mut self, work: usize) -> bool {
        let left = self.work.checked_sub(u32::try_from(work).unwrap_or(u32::MAX));
        *self.work = left.unwrap_or(0);
        left.is_some()
    }

    /// What comes of a course by itself, and of those that go on from it.
    fn look_on(&mut self, course: &Course<'r>, plot: &Plot) -> End {
        if self.ground.is_too_far(course, self.most.saturating_sub(course.came.len())) {
            return End::Nothing;
        }
        let is_last = course.came.len() >= self.most;
        let mut alone = course.clone();
        let limit_ms = course.now_ms.saturating_add(plot.horizon_ms);
        let mut due: Vec<i64> = Vec::new();
        let mut timers = 0;
        while timers < TIMERS_MAX && (is_last || due.len() < DUE_MAX) {
            let Some(at_ms) = alone.next_timer(limit_ms) else { break };
            timers += 1;
            if due.last() != Some(&at_ms) && due.len() < DUE_MAX {
                due.push(at_ms);
            }
        }
        let outcomes = alone.sink.outcomes.len() - course.sink.outcomes.len();
        if !self.takes(timers + outcomes / OUTCOMES_PER_WORK) {
            return End::TooMuch;
        }
        let unforced = alone.sink.outcomes.iter().find_map(|it| match &it.what {
            What::Split { split, .. } if !plot.arms.iter().any(|(known, _)| known == split) => {
                self.ground.alphabet.splits.iter().find(|(name, _)| name == split)
            }
            _ => None,
        });
        if let Some(split) = unforced {
            self.drawn = Some(split.clone());
            return End::Nothing;
        }
        if is_last {
            return self.verdict(alone, limit_ms, plot);
        }
        let mut ahead = course.clone();
        let last_ms = due.last().copied();
        for at_ms in self.instants(course, &due).into_iter().filter(|at_ms| *at_ms <= limit_ms) {
            ahead.go_to(at_ms);
            let is_late = due.contains(&at_ms) || last_ms.is_none_or(|last_ms| at_ms > last_ms);
            match self.with_each(&ahead, is_late, plot) {
                End::Nothing => {}
                end => return end,
            }
        }
        End::Nothing
    }

    /// Whether a course that was looked on at does it.
    fn verdict(&self, mut alone: Course<'r>, limit_ms: i64, plot: &Plot) -> End {
        let next_due_ms = alone.engine.next_due_ms();
        if next_due_ms.is_none_or(|due_ms| due_ms > limit_ms) {
            alone.now_ms = limit_ms;
        }
        let mut before_ms = plot.start_ms;
        let happening = |(place, at_ms): &(usize, i64)| {
            let step = self.ground.alphabet.moves.get(*place)?;
            let after_ms = at_ms - std::mem::replace(&mut before_ms, *at_ms);
            Some(Happening { when: When::Then(after_ms), ..step.clone() })
        };
        let plot = Plot { happenings: alone.came.iter().filter_map(happening).collect(), ..plot.clone() };
        let played = Played {
            outcomes: alone.sink.outcomes,
            happenings: alone.came.iter().map(|(_, at_ms)| *at_ms).collect(),
            end_ms: alone.now_ms,
            next_due_ms,
            stopped: None,
        };
        let does_it = plot.claims.iter().all(|claim| claim::refutes(claim, &plot, &played).is_none());
        if does_it && world::forbids(self.ground.model, &plot, &played).is_none() { End::Found(plot) } else { End::Nothing }
    }

    /// The instants at which something else may come.
    fn instants(&self, course: &Course<'_>, due: &[i64]) -> Vec<i64> {
        let soon_ms = course.now_ms.saturating_add(MINUTE_MS);
        let spans = &self.ground.alphabet.spans;
        let mut at: BTreeSet<i64> = BTreeSet::from([soon_ms]);
        for due_ms in due {
            at.extend([*due_ms, due_ms.saturating_add(MINUTE_MS)]);
            at.extend(spans.iter().map(|ms| due_ms.saturating_sub(*ms).saturating_add(MINUTE_MS)));
        }
        for (_, came_ms) in &course.came {
            at.extend(spans.iter().flat_map(|ms| [came_ms.saturating_add(*ms).saturating_sub(MINUTE_MS), came_ms.saturating_add(*ms)]));
        }
        at.into_iter().filter(|at_ms| *at_ms >= soon_ms).collect()
    }

    fn keeps_rates(&self, course: &Course<'_>) -> bool {
        let came = course.came.iter().filter_map(|(place, at_ms)| Some((self.ground.alphabet.moves.get(*place)?.event.as_str(), *at_ms)));
        world::too_often(self.ground.model, &came.collect::<Vec<_>>()).is_none()
    }
}

impl<'g> Ground<'g, '_> {
    /// How long is looked on behind the last thing that comes.
    fn horizon_ms(&self) -> i64 {
        let longest_ms = self.alphabet.spans.last().copied().unwrap_or(0);
        HORIZON_MS.1.saturating_add(longest_ms.saturating_mul(LONGEST_TIMES)).min(HORIZON_MS.0)
    }

    /// Where the contact is in each funnel without a key, as an alphabet names places.
    fn places(&self, course: &Course<'_>) -> Vec<String> {
        let mut places = Vec::new();
        for (_, funnel) in self.model.funnels.iter().filter(|(_, funnel)| funnel.key.is_none()) {
            let name = &funnel.name.text;
            let stage = course.engine.stage(WHO, name, None);
            let is_final = |stage: &str| {
                let mut own = funnel.stages.iter().map(|id| &self.model.stages[*id]);
                own.any(|it| it.name.text == stage && it.is_final)
            };
            let inside = stage.filter(|stage| !is_final(stage)).map(|stage| format!("{name}/{stage}"));
            places.push(inside.unwrap_or_else(|| format!("{name}/")));
        }
        places
    }

    /// The events that something waits for where the contact is, or remembers.
    fn heard(&self, course: &Course<'_>) -> BTreeSet<&'g str> {
        let alphabet = self.alphabet;
        let places = self.places(course);
        let here = places.iter().filter_map(|place| alphabet.heard.get(place.as_str())).flatten();
        alphabet.always.iter().chain(here).map(SmolStr::as_str).collect()
    }

    /// Whether so many more things cannot be enough.
    fn is_too_far(&self, course: &Course<'_>, left: usize) -> bool {
        if self.alphabet.goals.is_empty() {
            return false;
        }
        let places = self.places(course);
        let has_been = |goal: &Goal| {
            course.sink.outcomes.iter().any(|it| match &it.what {
                What::Move { to: Some(to), .. } => goal.least.get(format!("{}/{to}", it.funnel).as_str()) == Some(&0),
                _ => false,
            })
        };
        let least = |goal: &Goal| places.iter().filter_map(|place| goal.least.get(place.as_str())).min().copied();
        let is_far = |goal: &Goal| least(goal).is_some_and(|least| usize::try_from(least).is_ok_and(|least| least > left));
        self.alphabet.goals.iter().any(|goal| is_far(goal) && !has_been(goal))
    }

    /// Whether a move may change anything.
    fn matters(&self, step: &Happening, course: &Course<'_>, heard: &BTreeSet<&str>) -> bool {
        let is_heard = heard.contains(step.event.as_str());
        if step.event == "identify" {
            let differs = |(name, fact): &(SmolStr, Fact)| course.engine.attribute(WHO, name) != play::value(fact).as_ref();
            return is_heard || step.properties.iter().all(differs);
        }
        is_heard && self.answers(step, course)
    }

    /// Whether an event that is about a message answers one that was sent.
    fn answers(&self, step: &Happening, course: &Course<'_>) -> bool {
        let about = self.model.events.values().any(|it| it.name.text == step.event && it.about_message);
        let named = step.properties.iter().find_map(|(name, fact)| match fact {
            Fact::Text(text) | Fact::Choice(text) if name == "message" => Some(text.as_str()),
            _ => None,
        });
        let was_sent =
            |it: &Outcome| matches!(&it.what, What::Send { message, outcome: SendOutcome::Sent, .. } if Some(message.as_str()) == named);
        !about || course.sink.outcomes.iter().any(was_sent)
    }
}

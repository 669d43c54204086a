//! What the world may do to a random program: all short courses of few things, longer ones by chance, and by greed.

use crate::{BEGIN_MS, DAY_MS, HOUR_MS, MINUTE_MS, programs::Assumed, random::Random};
use funnelc::{
    diag::{Breach, BreachKind},
    ruleset::RuleSet,
    runtime::{self, Collected, Options, Outcome, Raw, Reason, Record, SendOutcome, What},
    story::{Came, Course, breaks},
};
use smol_str::SmolStr;

/// What comes, and how long after what came before.
pub type Move = (i64, usize);

/// The moves: what comes, with what. Where runs have keys there are two of them, and `b` has none or the first.
fn moves(is_keyed: bool) -> Vec<(&'static str, Vec<(&'static str, Raw)>)> {
    let text = |it: &str| Raw::Text(it.to_owned());
    let number = |it: &str| Raw::Number(it.to_owned());
    let of = |key: &str| ("cart", text(key));
    let mut moves = vec![
        ("a", vec![of("1")]),
        ("b", vec![]),
        ("buy", vec![("amount", number("5")), of("1")]),
        ("buy", vec![("amount", number("50")), of("1")]),
        ("identify", vec![("hot", Raw::Flag(true))]),
        ("identify", vec![("hot", Raw::Flag(false)), ("plan", text("pro"))]),
        ("clicked", vec![("message", text("k"))]),
        ("identify", vec![("timezone", text("Pacific/Auckland"))]),
        ("identify", vec![("timezone", text("America/Los_Angeles"))]),
        ("identify", vec![("mail", Raw::Flag(false))]),
        ("identify", vec![("mail", Raw::Flag(true))]),
        ("complained", vec![("message", text("e"))]),
    ];
    if is_keyed {
        moves.push(("a", vec![of("2")]));
        moves.push(("buy", vec![("amount", number("50")), of("2")]));
        moves.push(("b", vec![of("1")]));
        moves.push(("b", vec![of("2")]));
    } else {
        moves.iter_mut().for_each(|(_, carried)| carried.retain(|(name, _)| *name != "cart"));
    }
    moves
}

/// The places of `b` and of the large purchase among the moves.
const RATED: [usize; 3] = [1, 14, 15];
const LARGE: [usize; 2] = [3, 13];

const GAPS: &[i64] = &[MINUTE_MS, 12 * HOUR_MS, DAY_MS, 2 * DAY_MS, 2 * DAY_MS - MINUTE_MS, 3 * DAY_MS, 5 * DAY_MS];

/// How long is looked on behind the last thing that comes: longer than any time that is promised.
const IDLE_MS: i64 = 6 * DAY_MS;

/// The same for a few courses, in which people go round by themselves.
const LONG_MS: i64 = 40 * DAY_MS;

/// What the world does to one program.
pub struct World<'r> {
    pub rules: &'r RuleSet,
    /// `b` comes at most once in two days.
    pub is_rated: bool,
    /// A funnel has a key.
    pub is_keyed: bool,
    pub assumed: Option<Assumed>,
}

/// A course and what came of it.
pub struct Play {
    pub course: Vec<Move>,
    outcomes: Vec<Outcome>,
    /// What came, and whether it was the large purchase.
    events: Vec<(Came, bool)>,
    end_ms: i64,
}

impl Play {
    /// Whether it breaks a guarantee, which asks for events at a place.
    pub fn breaks(&self, breach: &Breach) -> bool {
        let asked = match &breach.kind {
            BreachKind::Unmet { asked, .. } | BreachKind::SentAfter { asked, .. } => *asked,
            _ => None,
        };
        let events: Vec<Came> =
            self.events.iter().map(|(came, is_large)| Came { asked: asked.filter(|_| *is_large), ..came.clone() }).collect();
        breaks(breach, Course { outcomes: &self.outcomes, events: &events, end_ms: self.end_ms, is_quiet: false })
    }

    /// Whether each answer to a message answers one that was sent: no story tells of others.
    pub fn answers_what_was_sent(&self) -> bool {
        let of = |came: &Came| came.properties.iter().find(|(name, _)| name == "message").map(|(_, message)| message.clone());
        let was_sent = |came: &Came, wanted: &str| {
            let is_it = |what: &What| matches!(what, What::Send { message, outcome: SendOutcome::Sent, .. } if message == wanted);
            self.outcomes.iter().any(|it| it.time_ms <= came.at_ms && is_it(&it.what))
        };
        self.events.iter().all(|(came, _)| of(came).is_none_or(|message| was_sent(came, &message)))
    }

    /// How many days were played.
    pub fn days(&self) -> i64 {
        (self.end_ms - BEGIN_MS) / DAY_MS
    }

    pub fn lines(&self) -> Vec<String> {
        self.outcomes.iter().map(Outcome::to_line).collect()
    }

    /// How near it comes to breaking a guarantee: what greed goes by.
    fn nearness(&self, breach: &Breach) -> i64 {
        let sends = |wanted: &dyn Fn(&str) -> bool| -> Vec<i64> {
            let sent = self.outcomes.iter().filter_map(|it| match &it.what {
                What::Send { message, outcome: SendOutcome::Sent, .. } if wanted(message) => Some(it.time_ms),
                _ => None,
            });
            sent.collect()
        };
        let moves = || i64::try_from(self.outcomes.iter().filter(|it| matches!(it.what, What::Move { .. })).count()).expect("few");
        match &breach.kind {
            BreachKind::TooMany { messages, within_ms, .. } => {
                let times = sends(&|it| messages.iter().any(|name| name == it));
                let within = |first: &i64| times.iter().filter(|at| *at >= first && within_ms.is_none_or(|ms| **at - first < ms)).count();
                let most = times.iter().map(within).max().unwrap_or(0);
                i64::try_from(most * 1_000 + times.len()).expect("few")
            }
            BreachKind::Stays { .. } | BreachKind::Misses { .. } => moves(),
            BreachKind::SentIn { message, .. } | BreachKind::SentAfter { message, .. } => {
                i64::try_from(sends(&|it| it == message).len()).expect("few") * 10 + moves()
            }
            _ => moves(),
        }
    }

    /// Whether what is assumed of the world is so in it.
    fn keeps(&self, assumed: &Assumed) -> bool {
        let (event, stage, within_ms) = assumed;
        let is_in = |it: &Outcome| match &it.what {
            What::Move { to, .. } => Some(to.as_deref() == Some(stage.as_str())),
            What::RunEnds { .. } => Some(false),
            _ => None,
        };
        // The stage belongs to one funnel alone.
        let moves: Vec<(i64, bool)> = self
            .outcomes
            .iter()
            .filter(|it| it.funnel.starts_with(if stage.starts_with('s') { 'f' } else { 'g' }))
            .filter_map(|it| Some((it.time_ms, is_in(it)?)))
            .collect();
        moves.iter().enumerate().filter(|(_, (_, is_in))| *is_in).all(|(at, (from_ms, _))| {
            let to_ms = moves.get(at + 1).map_or(self.end_ms, |(to_ms, _)| *to_ms);
            let in_time = |came: &Came| came.event == *event && *from_ms < came.at_ms && came.at_ms <= from_ms + within_ms;
            let came = self.events.iter().any(|(came, _)| in_time(came));
            came || to_ms - from_ms <= *within_ms
        })
    }
}

impl World<'_> {
    /// All courses of two things, all of three of a small choice, and some by chance of up to nine things.
    pub fn courses(&self, random: &mut Random, chance: usize) -> Vec<Vec<Move>> {
        let kinds = moves(self.is_keyed).len();
        let mut all: Vec<Vec<Move>> = Vec::new();
        let first_gap = random.below(GAPS.len());
        for first in 0..kinds {
            all.push(vec![(0, first)]);
            for second in 0..kinds {
                all.push(vec![(0, first), (GAPS[(first + second + first_gap) % GAPS.len()], second)]);
            }
        }
        let few: Vec<usize> = (0..3).map(|_| random.below(kinds)).collect();
        let gaps: Vec<i64> = (0..2).map(|_| *random.pick(GAPS)).collect();
        let next = || few.iter().flat_map(|kind| gaps.iter().map(|gap| (*gap, *kind)));
        for first in [0, 2] {
            for second in next() {
                all.extend(next().map(|third| vec![(0, first), second, third]));
            }
        }
        all.extend((0..chance).map(|_| {
            let length = 3 + random.below(6);
            by_chance(random, kinds, length)
        }));
        all.retain(|course| self.may_be(course));
        all
    }

    /// `b` comes at most once in two days, where that is said.
    fn may_be(&self, course: &[Move]) -> bool {
        let (mut now, mut last) = (0, i64::MIN / 2);
        course.iter().all(|(gap, kind)| {
            now += gap;
            if !self.is_rated || !RATED.contains(kind) {
                return true;
            }
            let fits = now - last >= 2 * DAY_MS;
            last = now;
            fits
        })
    }

    /// Plays courses, each by a contact of its own; those are left out in which what is assumed is not so.
    pub fn play(&self, courses: Vec<Vec<Move>>, idle_ms: i64) -> Vec<Play> {
        let kinds = moves(self.is_keyed);
        let mut batch = Vec::new();
        let mut plays: Vec<Play> = Vec::new();
        for (number, course) in courses.into_iter().enumerate() {
            let mut now = BEGIN_MS;
            let mut events = Vec::new();
            for (position, (gap, kind)) in course.iter().enumerate() {
                now += gap;
                let (event, properties) = &kinds[*kind];
                let carried = properties.iter().filter_map(|(name, raw)| Some((SmolStr::from(*name), Came::plain(raw)?)));
                let came = Came { at_ms: now, event: SmolStr::from(*event), asked: None, properties: carried.collect() };
                events.push((came, LARGE.contains(kind)));
                batch.push((now, number, position, *event, properties));
            }
            plays.push(Play { course, outcomes: Vec::new(), events, end_ms: now });
        }
        let end_ms = plays.iter().map(|play| play.end_ms).max().unwrap_or(BEGIN_MS) + idle_ms;
        batch.sort_by_key(|(at_ms, ..)| *at_ms);
        let records = batch.into_iter().map(|(time_ms, number, position, event, properties)| {
            Ok(Record {
                time_ms,
                contact: format!("{number:06}"),
                event: event.to_owned(),
                properties: properties.iter().map(|(name, raw)| ((*name).to_owned(), raw.clone())).collect(),
                id: None,
                position: position as u64 + 1,
            })
        });
        let mut collected = Collected::default();
        let options = Options { until_ms: Some(end_ms), ..Options::default() };
        runtime::run(self.rules, records, options, &mut collected).expect("UTC is known");
        for it in &collected.set_aside {
            assert!(matches!(it.reason, Reason::Cascade | Reason::Overflow | Reason::FixedAttribute | Reason::Ours), "{it:?}");
        }
        for outcome in collected.outcomes {
            let number: usize = outcome.contact.parse().expect("the number of a course");
            plays[number].outcomes.push(outcome);
        }
        plays.iter_mut().for_each(|play| play.end_ms = end_ms);
        if let Some(assumed) = &self.assumed {
            plays.retain(|play| play.keeps(assumed));
        }
        plays
    }

    /// All that is tried of a program.
    pub fn plays(&self, random: &mut Random, chance: usize) -> Vec<Play> {
        let courses = self.courses(random, chance);
        // Courses of like length together: all are played to the end of the longest.
        let (short, rest): (Vec<_>, Vec<_>) = courses.into_iter().partition(|course| course.len() < 3);
        let probe = self.play(short.iter().step_by(11).cloned().collect(), IDLE_MS);
        // Where echoes bring about echoes, one play takes as long as all of others.
        let few = is_lively(&probe);
        let rest = random.sample(rest, if few { 5 } else { usize::MAX });
        let long = random.sample(rest.clone(), if few { 1 } else { 6 });
        let mut plays = if few { probe } else { self.play(short, IDLE_MS) };
        plays.extend(self.play(rest, IDLE_MS));
        plays.extend(self.play(long, LONG_MS));
        plays
    }

    /// Courses that come nearer and nearer to breaking a guarantee; the first that breaks it, and how many days were played.
    pub fn greed(&self, random: &mut Random, breach: &Breach, rounds: usize) -> (Option<Play>, i64) {
        const WIDTH: usize = 5;
        let mut days = 0;
        let mut best: Vec<Vec<Move>> = (0..WIDTH).map(|at| vec![(0, [0, 2, 1, 3, 4][at])]).collect();
        for _ in 0..rounds {
            let longer = best.iter().flat_map(|course| {
                let mut longer = course.clone();
                longer.push((*random.pick(GAPS), random.below(moves(self.is_keyed).len())));
                let mut other = course.clone();
                other.push((*random.pick(GAPS), random.below(4)));
                let mut two = longer.clone();
                two.push((*random.pick(GAPS), random.below(4)));
                [course.clone(), longer, other, two]
            });
            let mut courses: Vec<Vec<Move>> = longer.filter(|course| self.may_be(course)).collect();
            courses.sort();
            courses.dedup();
            let mut plays = self.play(courses, IDLE_MS);
            days += plays.iter().map(Play::days).sum::<i64>();
            if let Some(at) = plays.iter().position(|play| play.breaks(breach)) {
                return (Some(plays.swap_remove(at)), days);
            }
            plays.sort_by_key(|play| std::cmp::Reverse(play.nearness(breach)));
            best = plays.into_iter().take(WIDTH).map(|play| play.course).collect();
        }
        (None, days)
    }
}

/// Whether so much happens in plays that few are enough.
pub fn is_lively(plays: &[Play]) -> bool {
    plays.iter().map(|play| play.outcomes.len()).sum::<usize>() > 150 * plays.len()
}

/// Most courses begin with what opens doors, and go on with few kinds of things.
fn by_chance(random: &mut Random, kinds: usize, length: usize) -> Vec<Move> {
    let few: Vec<usize> = (0..1 + random.below(3)).map(|_| random.below(kinds)).collect();
    let mut course = vec![(0, random.below(3))];
    for _ in 1..length {
        let gap = *random.pick(GAPS);
        let kind = if random.chance(70) { *random.pick(&few) } else { random.below(kinds) };
        course.push((gap, kind));
    }
    course
}

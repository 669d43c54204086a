//! From what was counted to the report.

use super::{
    chain::{ONE, Prospect, VISIT},
    figures::{
        DayReport, FunnelReport, GoalReport, GroupReport, LeakReport, LeverReport, MessageReport, PromiseReport, RecordsReport, Report,
        SendCounts, SetAsideReport, StageReport, TargetReport, WayReport,
    },
    people::People,
    promise::Breach,
    walk::{GroupCounts, Lost, TargetCounts, Walks},
    watch::{Sends, Watching},
    words::{OUTSIDE, STAYS, share},
};
use crate::{
    ruleset::{Stage, Target},
    runtime::{Counters, rfc3339},
    units::Number,
};
use std::cmp::Reverse;

impl Watching<'_> {
    /// The report, as of the instant that the run reached.
    #[must_use]
    pub fn finish(mut self, counters: &Counters) -> Report {
        let end_ms = counters.reached_ms.unwrap_or_default();
        let promises = self.promises(end_ms);
        let met = self.who_was_met();
        let mut walks = std::mem::take(&mut self.walks);
        let funnels = walks.iter_mut().map(|walks| self.funnel(walks, end_ms)).collect();
        let set_aside =
            self.set_aside.iter().map(|(reason, records)| SetAsideReport { reason: reason.words().to_owned(), records: *records });
        let way = |(name, times): (&String, &u64)| WayReport { to: name.clone(), times: *times };
        Report {
            from: met.first_ms.map(rfc3339),
            until: counters.reached_ms.map(rfc3339),
            records: RecordsReport {
                read: counters.records,
                taken: counters.taken,
                repeated: counters.duplicates,
                set_aside: set_aside.collect(),
            },
            contacts: met.contacts,
            by: self.by.map(str::to_owned),
            funnels,
            messages: self.messages(),
            days: self.days(),
            actions: self.rules.actions.iter().map(|action| &action.name).zip(&self.asked).map(way).collect(),
            promises,
            looping: self.looping,
            ..Report::new()
        }
    }

    fn messages(&self) -> Vec<MessageReport> {
        let message = |(message, sends): (&crate::ruleset::Message, &Sends)| MessageReport {
            name: message.name.clone(),
            label: message.label.clone(),
            channel: message.channel.clone(),
            requests: counts(*sends),
        };
        self.rules.messages.iter().zip(&self.sends).map(message).collect()
    }

    fn days(&self) -> Vec<DayReport> {
        let channel = |at: usize| self.rules.channels.get(at).map_or_else(String::new, |channel| channel.name.clone());
        let day = |((day, at), sends): (&(jiff::civil::Date, usize), &Sends)| DayReport {
            day: day.to_string(),
            channel: channel(*at),
            requests: counts(*sends),
        };
        self.days.iter().map(day).collect()
    }

    fn promises(&mut self, end_ms: i64) -> Vec<PromiseReport> {
        let mut promises = Vec::new();
        for rated in &self.rated {
            let rate = rated.event.rate.map_or_else(String::new, |rate| {
                let per = crate::units::Duration::from_milliseconds(rate.per_ms).to_string();
                format!("at most {} per {}", rate.count, per.strip_prefix("1 ").unwrap_or(&per))
            });
            let sentence = format!("event {} {rate}", rated.event.name);
            promises.push(PromiseReport { of: rated.came, broken: Some(rated.broken), ..told(sentence, rated.first, &self.people) });
        }
        for assumed in &mut self.assumed {
            let open = assumed.ends(end_ms, &self.people);
            let broken = assumed.event.map(|_| assumed.broken);
            let sentence = assumed.sentence.to_owned();
            let of = assumed.kept + assumed.broken;
            promises.push(PromiseReport { of, broken, open, ..told(sentence, assumed.first, &self.people) });
        }
        promises
    }

    fn funnel(&self, walks: &mut Walks<'_>, end_ms: i64) -> FunnelReport {
        let funnel = walks.plan.funnel;
        let name = |at: usize| funnel.stages.get(at).map_or_else(String::new, |stage| stage.name.clone());
        let usual_ms: Vec<Option<i64>> = walks.stages.iter_mut().map(|counts| percentile_90(&mut counts.lengths)).collect();
        walks.count_staying(end_ms, &usual_ms);
        let prospects = walks.chain.prospects();
        let mut targets = walks.targets.iter();
        let mut stages = Vec::new();
        for ((stage, counts), prospect) in funnel.stages.iter().zip(&mut walks.stages).zip(&prospects) {
            let moved_on: u64 = counts.ways.values().sum();
            stages.push(StageReport {
                name: stage.name.clone(),
                label: stage.label.clone(),
                goal: stage.goal,
                r#final: stage.is_final,
                runs: counts.runs,
                entered: counts.entered,
                now_in: counts.entered - counts.left,
                moved_on,
                left: counts.left - moved_on,
                ways: ways(counts.ways.iter().map(|(to, times)| (name(*to), *times))),
                median_ms: median(&mut counts.lengths),
                p90_ms: percentile_90(&mut counts.lengths),
                chance_percent: prospect.chance.and_then(|chance| rounded(chance, ONE / 100)),
                targets: stage.targets.iter().zip(&mut targets).map(|(target, counts)| target_of(target, counts, end_ms)).collect(),
            });
        }
        let has_goal = funnel.stages.iter().any(|stage| stage.goal);
        FunnelReport {
            name: funnel.name.clone(),
            label: funnel.label.clone(),
            runs: walks.begun,
            contacts: whole(walks.contacts()),
            goal: has_goal.then(|| goal(walks)),
            stages,
            leak: leak(walks, &name),
            levers: levers(walks, &prospects, &funnel.stages),
            weeks: self.weeks(walks, has_goal),
            groups: self.groups(walks, has_goal),
        }
    }

    fn weeks(&self, walks: &Walks<'_>, has_goal: bool) -> Vec<GroupReport> {
        let mut weeks: Vec<_> = walks.weeks.iter().filter_map(|(at, counts)| Some((self.weeks.get(*at as usize)?, counts))).collect();
        weeks.sort_by_key(|(monday, _)| **monday);
        weeks.into_iter().map(|(monday, counts)| group(Some(monday.to_string()), counts, has_goal)).collect()
    }

    fn groups(&self, walks: &Walks<'_>, has_goal: bool) -> Vec<GroupReport> {
        if self.by.is_none() {
            return Vec::new();
        }
        let mut groups: Vec<_> = walks.values.iter().map(|(at, counts)| (self.people.values.text(*at), counts)).collect();
        groups.sort_by_key(|(value, counts)| (Reverse(counts.runs), *value));
        let known = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        groups.into_iter().map(|(value, counts)| group(known(value), counts, has_goal)).collect()
    }
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn counts(sends: Sends) -> SendCounts {
    let Sends { sent, held, capped, no_consent, dropped } = sends;
    SendCounts { sent, held, capped, no_consent, dropped }
}

fn told(sentence: String, first: Option<Breach>, people: &People<'_>) -> PromiseReport {
    PromiseReport {
        sentence,
        first_contact: first.map(|breach| people.name(breach.who).to_owned()),
        first_time: first.map(|breach| rfc3339(breach.at_ms)),
        ..PromiseReport::default()
    }
}

/// Parts of a size as a number, rounded half to even.
fn rounded(parts: u128, size: u128) -> Option<Number> {
    Number::divided_by_count(i128::try_from(parts).ok()?.checked_mul(1_000_000)?, u64::try_from(size).ok()?)
}

/// The most frequent first, then by name.
fn ways(ways: impl Iterator<Item = (String, u64)>) -> Vec<WayReport> {
    let mut ways: Vec<WayReport> = ways.map(|(to, times)| WayReport { to, times }).collect();
    ways.sort_by(|a, b| (Reverse(a.times), &a.to).cmp(&(Reverse(b.times), &b.to)));
    ways
}

fn group(group: Option<String>, counts: &GroupCounts, has_goal: bool) -> GroupReport {
    let percent = share(counts.goals, counts.runs).filter(|_| has_goal);
    GroupReport { group, runs: counts.runs, goals: counts.goals, percent, stages: counts.stages.clone() }
}

fn goal(walks: &mut Walks<'_>) -> GoalReport {
    let runs = whole(walks.goal_lengths.len());
    GoalReport {
        runs,
        percent: share(runs, walks.begun),
        median_ms: median(&mut walks.goal_lengths),
        p90_ms: percentile_90(&mut walks.goal_lengths),
    }
}

fn target_of(target: &Target, counts: &TargetCounts, end_ms: i64) -> TargetReport {
    let over = |list: &[i64]| whole(list.iter().filter(|due_ms| **due_ms <= end_ms).count());
    let (due, reached) = (over(&counts.due), over(&counts.reached));
    // Compared as counts: a share that was rounded may seem to be as many as wished for.
    let wished = i128::from(target.percent.millionths()) * i128::from(due);
    TargetReport {
        wished_percent: target.percent,
        of: target.of.clone(),
        within_ms: target.within_ms,
        due,
        reached,
        open: whole(counts.due.len()) - due,
        percent: share(reached, due),
        met: (due > 0).then(|| i128::from(reached) * 100_000_000 >= wished),
    }
}

/// The stage where most runs are lost before a goal; of equals the first.
fn leak(walks: &Walks<'_>, name: &dyn Fn(usize) -> String) -> Option<LeakReport> {
    let lost = |at: usize| walks.stages.get(at).map_or(0, |counts| counts.lost.values().sum::<u64>());
    let at = (0..walks.stages.len()).filter(|at| lost(*at) > 0).max_by_key(|at| (lost(*at), Reverse(*at)))?;
    let (runs, of) = (lost(at), walks.chain.came(at));
    let to = |how: &Lost| match how {
        Lost::To(stage) => name(*stage),
        Lost::Out => OUTSIDE.to_owned(),
        Lost::Stuck => STAYS.to_owned(),
    };
    let lost_ways = &walks.stages.get(at)?.lost;
    Some(LeakReport {
        stage: name(at),
        runs,
        of,
        percent: share(runs, of),
        ways: ways(lost_ways.iter().map(|(way, times)| (to(way), *times))),
    })
}

/// What one more in a hundred would bring, from the stage where it brings most.
fn levers(walks: &Walks<'_>, prospects: &[Prospect], stages: &[Stage]) -> Vec<LeverReport> {
    let mut levers: Vec<LeverReport> = (0..stages.len()).filter_map(|at| lever(walks, prospects, stages, at)).collect();
    levers.sort_by_key(|lever| Reverse(lever.goals));
    levers
}

/// One more in a hundred of the visits of a stage goes by its better ways, in their present proportion, and not by its worse
/// ones; at most as many as now go by the worse.
fn lever(walks: &Walks<'_>, prospects: &[Prospect], stages: &[Stage], at: usize) -> Option<LeverReport> {
    let came = walks.chain.came(at);
    let here = prospects.get(at)?;
    if came == 0 || stages.get(at)?.goal {
        return None;
    }
    let (own, visits) = (here.chance?, here.visits?);
    let name = |to: usize| stages.get(to).map_or_else(String::new, |stage| stage.name.clone());
    let nowhere = [(OUTSIDE, &walks.chain.out), (STAYS, &walks.chain.stay)];
    let nowhere = nowhere.into_iter().map(|(word, list)| Way { to: word.to_owned(), times: list.get(at).copied().unwrap_or(0), chance: 0 });
    let inside = walks.chain.ways.get(at)?.iter().map(|(to, times)| {
        let chance = prospects.get(*to).and_then(|it| it.chance).unwrap_or(0);
        Way { to: name(*to), times: *times, chance }
    });
    let (better, others): (Vec<Way>, Vec<Way>) = inside.chain(nowhere).filter(|way| way.times > 0).partition(|way| way.chance > own);
    let worse: Vec<Way> = others.into_iter().filter(|way| way.chance < own).collect();
    let gain = average(&better)?.saturating_sub(average(&worse)?);
    let moved = (times(&worse) * ONE / u128::from(came)).min(ONE / 100);
    // Nine digits of each factor are enough, and fit.
    let goals = visits.saturating_mul(gain / VISIT) / VISIT * (moved / VISIT) / VISIT;
    let goals = rounded(goals, VISIT).filter(|goals| goals.millionths() > 0)?;
    let names = |ways: Vec<Way>| ways.into_iter().map(|way| way.to).collect();
    Some(LeverReport { stage: name(at), goals, better: names(better), worse: names(worse) })
}

/// A way from a stage, with the chance to reach a goal by it.
struct Way {
    to: String,
    times: u64,
    chance: u128,
}

fn times(ways: &[Way]) -> u128 {
    ways.iter().map(|way| u128::from(way.times)).sum()
}

/// The chance of those who go by these ways together.
fn average(ways: &[Way]) -> Option<u128> {
    let sum: u128 = ways.iter().map(|way| u128::from(way.times) * way.chance).sum();
    sum.checked_div(times(ways))
}

/// The middle length, or half the sum of the two in the middle.
fn median(lengths: &mut [i64]) -> Option<i64> {
    lengths.sort_unstable();
    let (low, high) = (lengths.get(lengths.len().checked_sub(1)? / 2)?, lengths.get(lengths.len() / 2)?);
    Some(low + (high - low) / 2)
}

/// The least length that at least nine of ten do not exceed.
fn percentile_90(lengths: &mut [i64]) -> Option<i64> {
    lengths.sort_unstable();
    let rank = (lengths.len() * 9).div_ceil(10);
    lengths.get(rank.checked_sub(1)?).copied()
}

//! Stories played: from the plots of a finding to what really happens to one contact.
//!
//! Job: play each finding's plots on the reference runtime, keep the first that does what the finding claims, shorten it,
//! and write down what happened. A finding whose plots all fail falls one level and says that it is only possible, unless it
//! is proved for everybody.
//! In reading order: `play` (one plot on the runtime), `claim` and `deeds` (whether it did what is claimed), `breach`, `visits` and `came` (whether it breaks a guarantee), `rival` (whether another
//! door was open too), `world` (whether the world may do that), `search`, `shorten`, `fewer` (whether a course of fewer things does it too), `moments`, `lap`, `places` (rule to source text), `again` (a story replayed from what it says),
//! `trial` (a story as a `test` block), `harm` (what ought to be so instead).
//! Invariants: nothing is told that did not happen; equal programs give equal stories; the work is bounded.
//! Deliberately absent: inventing plots, which the checks do.

mod again;
mod breach;
mod came;
mod claim;
mod deeds;
mod fewer;
mod harm;
mod lap;
mod moments;
mod places;
mod play;
mod rival;
mod search;
mod shorten;
mod trial;
mod visits;
mod world;

pub use again::{CODES, F998, PAGES, differences, verify};
pub use breach::{Course, breaks};
pub use came::Came;
pub use places::Places;
pub use trial::{ANSWERS, Unsayable, failing_test, minute, test_block};

use crate::{
    diag::{Claim, Diagnostic, Diagnostics, Moment, Plot, Search, Severity, Story},
    lower::{self, Rehearsal},
    model::Model,
    ruleset::RuleSet,
    runtime::{Outcome, Prepared},
    source::SourceMap,
};
use fewer::Fewer;
use jiff::tz::TimeZone;
use play::{Played, Stage};

/// How many findings of one program get a story; the rest keep their notes.
const STORIES_MAX: usize = 200;

/// So much is played for the stories of one program, to find out whether they are the shortest.
const HUNT_MAX: u32 = 400_000;

const MINUTE_MS: i64 = 60_000;

/// How many plots of one finding are played.
const PLOTS_MAX: usize = 32;

/// How many records and timers the stories of one program may take, weighed by the size of its largest funnel.
const WORK_MAX: u64 = 150_000;

/// What is said of a story of which nobody knows whether it is the shortest.
const NOT_SHORTEST: &str = "fewer events may do it too: there are more courses of events than were tried";

/// What a funnel did, in words, without its place in a file; nothing for what stories do not tell. Named with its funnel
/// where `several` act, and with the clock times of a zone.
#[must_use]
pub fn in_words(outcome: &Outcome, several: bool, zone: &TimeZone) -> Option<Moment> {
    moments::done(&Places::default(), outcome, several, zone)
}

/// Where the clauses and steps of a program stand, for who tells what its funnels did.
#[derive(Debug, Default)]
pub struct Sites(Places);

impl Sites {
    /// Those of a model and the rule set it was lowered to.
    #[must_use]
    pub fn new(model: &Model, rules: &RuleSet) -> Self {
        let mut places = Places::default();
        places.learn(model, rules);
        Self(places)
    }

    /// Like [`in_words`], with the place of the sentence that caused it.
    #[must_use]
    pub fn in_words(&self, outcome: &Outcome, several: bool, zone: &TimeZone) -> Option<Moment> {
        moments::done(&self.0, outcome, several, zone)
    }
}

/// Gives each finding with plots its story, and takes the plots away. `model` must be whole in names and types.
pub fn tell(model: &Model, sources: &SourceMap, findings: &mut Diagnostics) {
    let asks = |finding: &Diagnostic| !finding.plots.is_empty() || finding.otherwise.is_some();
    if !findings.iter().any(asks) {
        return;
    }
    let rehearsal = lower::rehearsal(model, sources);
    let Ok(prepared) = Prepared::new(rehearsal.rules()) else {
        findings.iter_mut().for_each(Diagnostic::untold);
        return;
    };
    let mut teller = Teller { model, rehearsal: &rehearsal, prepared, places: Places::default(), work: 0, hunted: 0 };
    for (told, finding) in findings.iter_mut().filter(|finding| asks(finding)).enumerate() {
        if told >= STORIES_MAX || teller.work >= WORK_MAX {
            finding.untold();
        } else if finding.witnesses.is_empty() {
            let plots = std::mem::take(&mut finding.plots);
            teller.finding(finding, plots);
        } else {
            teller.witnesses(finding);
        }
    }
}

/// Plays stories that were told of a part of a program in the whole of it: where another funnel of the program keeps one from
/// coming about, as by using up a cap, its finding is only possible. `model` must be whole in names and types.
pub fn confirm<'f>(model: &Model, sources: &SourceMap, findings: impl Iterator<Item = &'f mut Diagnostic>) {
    let mut findings = findings.filter(|finding| finding.story.is_some()).peekable();
    if findings.peek().is_none() {
        return;
    }
    let rehearsal = lower::rehearsal(model, sources);
    let Ok(prepared) = Prepared::new(rehearsal.rules()) else { return };
    let mut teller = Teller { model, rehearsal: &rehearsal, prepared, places: Places::default(), work: 0, hunted: 0 };
    for finding in findings {
        let failure = finding.story.as_ref().and_then(|story| teller.play(&story.plot).err());
        if let Some(failure) = failure {
            finding.story = None;
            doubt(finding, &format!(": {}, since other funnels of the program have a part in it", failure.reason));
        }
    }
}

/// A finding without a story is only possible, unless it is proved for everybody.
fn doubt(finding: &mut Diagnostic, reason: &str) {
    if finding.otherwise.is_some() {
        finding.untold();
        return;
    }
    if finding.is_proved {
        return;
    }
    finding.severity = match finding.severity {
        Severity::Error => Severity::Warning,
        Severity::Warning | Severity::Information => Severity::Information,
    };
    finding.notes.push(format!("possible; no dated story of it could be played through{reason}"));
}

struct Teller<'a> {
    model: &'a Model,
    rehearsal: &'a Rehearsal,
    prepared: Prepared<'a>,
    places: Places,
    work: u64,
    /// How much was played to find out whether stories are the shortest.
    hunted: u32,
}

impl Teller<'_> {
    fn finding(&mut self, finding: &mut Diagnostic, plots: Vec<Plot>) {
        let mut furthest: Option<(usize, String)> = None;
        for plot in plots.into_iter().take(PLOTS_MAX) {
            match self.play(&plot) {
                Ok(_) => {
                    let search = finding.search.take();
                    self.tell(finding, plot, search.as_ref());
                    let path = std::mem::take(&mut finding.path);
                    finding.notes.retain(|note| !path.contains(note));
                    return;
                }
                Err(failure) if self.work >= WORK_MAX => {
                    drop(failure);
                    finding.untold();
                    return;
                }
                Err(failure) => {
                    if furthest.as_ref().is_none_or(|(steps, _)| failure.steps > *steps) {
                        furthest = Some((failure.steps, failure.reason));
                    }
                }
            }
        }
        if let Some(search) = finding.search.take()
            && let Some(plot) = search::search(&search, &mut |plot| self.attempt(plot))
        {
            self.tell(finding, plot, Some(&search));
            return;
        }
        doubt(finding, &furthest.map_or_else(String::new, |(_, reason)| format!(": {reason}")));
    }

    /// Keeps a finding whose witnesses are all seen.
    fn witnesses(&mut self, finding: &mut Diagnostic) {
        let witnesses = std::mem::take(&mut finding.witnesses);
        let is_seen = |plots: &Vec<Plot>| plots.iter().take(PLOTS_MAX).any(|plot| self.work < WORK_MAX && self.play(plot).is_ok());
        if witnesses.iter().all(is_seen) {
            finding.otherwise = None;
        } else {
            finding.untold();
        }
    }

    /// Plays a plot whatever it claims; what came of it, and whether it does what it claims.
    fn attempt(&mut self, plot: &Plot) -> (Played, bool) {
        if self.work >= WORK_MAX {
            return (Played { stopped: Some("too much work".to_owned()), ..Played::default() }, false);
        }
        let stage = Stage { prepared: &self.prepared, rules: self.rehearsal.rules() };
        let mut played = stage.play(plot, &mut self.work);
        if played.stopped.is_none() {
            played.stopped = world::forbids(self.model, plot, &played);
        }
        let does_it = played.stopped.is_none() && plot.claims.iter().all(|claim| claim::refutes(claim, plot, &played).is_none());
        (played, does_it)
    }

    /// Plays a plot, and says why it does not do what it claims.
    fn play(&mut self, plot: &Plot) -> Result<Played, Failure> {
        let stage = Stage { prepared: &self.prepared, rules: self.rehearsal.rules() };
        let played = stage.play(plot, &mut self.work);
        let fail = |reason: String| Failure { steps: played.happenings.len() * 1_000 + played.outcomes.len().min(999), reason };
        if let Some(reason) = &played.stopped {
            return Err(fail(reason.clone()));
        }
        if let Some(reason) = world::forbids(self.model, plot, &played) {
            return Err(fail(reason));
        }
        let refuted = plot.claims.iter().find_map(|claim| claim::refutes(claim, plot, &played));
        match refuted.or_else(|| self.rival(plot, &played)) {
            Some(reason) => Err(fail(reason)),
            None => Ok(played),
        }
    }

    /// Why another door that the plot speaks of is not open as well.
    fn rival(&mut self, plot: &Plot, played: &Played) -> Option<String> {
        if !plot.claims.iter().any(|claim| matches!(claim, Claim::OpensToo { .. })) {
            return None;
        }
        self.places.learn(self.model, self.rehearsal.rules());
        rival::refutes(&self.prepared, &self.places, plot, played)
    }

    /// Gives a finding the story of a plot that does what it claims, the shortest where it breaks a guarantee.
    fn tell(&mut self, finding: &mut Diagnostic, plot: Plot, search: Option<&Search>) {
        let story = self.story(plot);
        let breaks = story.plot.claims.iter().all(|claim| matches!(claim, Claim::Breaks(_)));
        let Some(search) = search.filter(|_| breaks) else {
            finding.story = Some(story);
            return;
        };
        let story = self.shortest(story, search);
        if story.shortest == Some(false) {
            finding.notes.push(NOT_SHORTEST.to_owned());
        }
        finding.story = Some(story);
    }

    /// The story of a course of the fewest things that do it too, or the same one.
    fn shortest(&mut self, story: Story, search: &Search) -> Story {
        let things = story.plot.happenings.len();
        let ground = fewer::Ground { model: self.model, prepared: &self.prepared, alphabet: &search.alphabet, story: &story.plot };
        let mut work = fewer::WORK_MAX.min(HUNT_MAX.saturating_sub(self.hunted));
        let given = work;
        let course = fewer::fewer(&ground, things, &mut work);
        self.hunted += given - work;
        match course {
            Fewer::None => Story { shortest: Some(true), ..story },
            Fewer::Unsure => Story { shortest: Some(false), ..story },
            Fewer::Found(plot, is_shortest) => match self.soonest(plot) {
                Some(plot) => Story { shortest: Some(is_shortest), ..self.story(plot) },
                None => Story { shortest: Some(false), ..story },
            },
        }
    }

    /// A plot that does what it claims, looked on no longer than is needed to see it, to the minute.
    fn soonest(&mut self, plot: Plot) -> Option<Plot> {
        let until = |minutes: i64| Plot { horizon_ms: minutes * MINUTE_MS, ..plot.clone() };
        let (mut without, mut with) = (-1, plot.horizon_ms / MINUTE_MS);
        self.play(&until(with)).ok()?;
        while with - without > 1 {
            let middle = without.midpoint(with);
            if self.play(&until(middle)).is_ok() { with = middle } else { without = middle }
        }
        Some(until(with))
    }

    /// The story of a plot that does what it claims.
    fn story(&mut self, plot: Plot) -> Story {
        let plot = shorten::shorten(plot, &mut |plot| self.work < WORK_MAX && self.play(plot).is_ok());
        let zone = self.zone(&plot);
        let played = self.play(&plot).unwrap_or_else(|_| Played::default());
        let fewer = shorten::fewest(&played.dated(plot.clone()), &mut |plot| self.work < WORK_MAX && self.play(plot).is_ok());
        let (plot, played) = match fewer.map(|plot| (self.play(&plot), plot)) {
            Some((Ok(played), plot)) => (plot, played),
            Some(_) | None => (plot, played),
        };
        self.places.learn(self.model, self.rehearsal.rules());
        let mut moments = moments::of(self.model, &self.places, &plot, &played);
        let lap = if plot.claims.iter().any(Claim::is_round) { lap::of(&moments) } else { None };
        moments.extend(moments::last(&plot, &played));
        Story { plot: played.dated(plot), zone, moments, lap, until_ms: played.end_ms, shortest: None }
    }

    fn zone(&self, plot: &Plot) -> smol_str::SmolStr {
        let own = plot.given.iter().find(|(name, _)| name == "timezone");
        match own {
            Some((_, crate::diag::Fact::Text(zone))) => zone.clone(),
            Some(_) | None => self.model.timezone.clone(),
        }
    }
}

/// Why a plot does not do what it claims, and how far it got.
struct Failure {
    steps: usize,
    reason: String,
}

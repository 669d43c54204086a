//! How far contacts come through the stages of a funnel by events alone, one after another, within a time of the first.
//!
//! Nothing is played: for each contact and stage the beginning of the latest chain that came so far is kept, so that each record
//! costs the same, however many chains there are. Of two chains that are equally far, whatever the later one misses the earlier
//! one misses as well. Records that are no step are forgotten when they were read; steps wait for the last record, to be taken in
//! the order of time, unless a log says that it is in that order.

#[cfg(feature = "columns")]
use super::bare::{Bare, Contacts};
use super::{
    blocks::Blocks,
    engine::{Settings, group_of},
    feed::{Feed, REFUSED, Want},
    ingest::Piece,
    program::{Clause, Condition, Events, Id, Program, Unfit, compile},
    readers::{Read, Readers},
    roll::{AHEAD, Roll},
    row::{Batch, Props},
    shard::view,
    state::Rest,
    view::{Carries, Present, View},
};
use crate::{
    ruleset::RuleSet,
    runtime::{ID_MEMORY_MS, Reason, rfc3339},
};
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use std::{collections::BTreeMap, ops::AddAssign};

/// So many steps fit: each is a bit of what a record may be.
pub const STEPS_MAX: usize = 32;

/// No chain has come so far.
const NEVER: i64 = i64::MIN;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// In so many milliseconds, not fully; nothing for whenever.
    pub within_ms: Option<i64>,
    /// Whether the log is in the order of time, so that nothing has to wait.
    pub is_sorted: bool,
    /// The zone of times that name none.
    pub zone: TimeZone,
}

/// How far contacts came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// For each step, how many contacts came so far at least.
    pub contacts: Vec<u64>,
    /// Records that came, those set aside included.
    pub records: u64,
    /// Records that were taken.
    pub taken: u64,
    /// Records that came twice.
    pub duplicates: u64,
    /// Records that were set aside, by reason.
    pub set_aside: BTreeMap<Reason, u64>,
}

/// Why nothing was counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// The rules do not become tables.
    #[error("{0}")]
    Unfit(#[from] Unfit),
    /// A log is not in the order of time.
    #[error("the log is not in the order of time: a record of {1} comes behind one of {0}; leave out `--sorted`, and it is sorted first")]
    Unsorted(String, String),
}

/// Counts how many contacts come how far: the stages of the only funnel of `rules` are the steps, each with a door from the one
/// before it, the first from outside. Doors ask for nothing but the event that is happening.
///
/// # Errors
/// [`ReachError`] for rules that do not become tables, and for a log that is not in the order of time though it says so.
pub fn reach(
    rules: &RuleSet,
    asked: &Asked,
    mut pieces: impl Iterator<Item = Piece> + Send,
    settings: Settings,
) -> Result<Reached, ReachError> {
    let program = compile(rules)?;
    let threads = settings.threads.max(1);
    let ways: Vec<Vec<Way>> = (0..program.events.len() as Id).map(|event| ways(&program, event)).collect();
    let want = |ways: &Vec<Way>| match &ways[..] {
        [] => Want::Nothing,
        ways if ways.iter().all(|way| way.condition.is_none()) => Want::Happening,
        _ => Want::All,
    };
    let wanted: Vec<Want> = ways.iter().map(want).collect();
    let feed = Feed { program: &program, zone: &asked.zone, keeps_lines: true, wanted: Some(&wanted), counts_unknown: true };
    let readers = Readers::new(feed, threads);
    let mut reach = Reach::new(&program, asked, &ways);
    let mut batch = Batch::default();
    loop {
        let Read { batches, record, is_end } = readers.some(&mut pieces, group_of(threads, false));
        if !batches.is_empty() || is_end || batch.is_full(settings.batch.max(1)) {
            // Records that came one by one stand before the chunks that came since.
            reach.batch(&std::mem::take(&mut batch))?;
            reach.batches(batches)?;
        }
        record.into_iter().for_each(|record| feed.put(record, &mut batch));
        if is_end {
            return reach.finish();
        }
    }
}

/// A record that is a step, or several.
#[derive(Clone, Copy)]
struct Hit {
    time_ms: i64,
    contact: u32,
    /// Which steps it may be.
    steps: u32,
}

/// A record with an id, which may have come before.
struct Named {
    hit: Hit,
    /// How many records without an id came before it.
    before: usize,
    id: SmolStr,
    content: [u8; 16],
}

/// What makes an event a step.
struct Way {
    step: usize,
    /// What is asked of the event; nothing where it always is that step.
    condition: Option<Id>,
}

struct Reach<'p> {
    program: &'p Program<'p>,
    nobody: Rest,
    /// By event.
    ways: &'p [Vec<Way>],
    roll: Roll,
    chains: Chains,
    is_sorted: bool,
    /// What waits.
    hits: Vec<Hit>,
    named: Vec<Named>,
    latest_ms: i64,
    found: Reached,
}

impl<'p> Reach<'p> {
    fn new(program: &'p Program<'p>, asked: &Asked, ways: &'p [Vec<Way>]) -> Self {
        let steps = program.funnels.first().map_or(0, |funnel| funnel.stages.len());
        Self {
            program,
            nobody: Rest::stranger(program),
            ways,
            roll: Roll::new(),
            chains: Chains::new(steps, asked.within_ms.unwrap_or(i64::MAX)),
            is_sorted: asked.is_sorted,
            hits: Vec::new(),
            named: Vec::new(),
            latest_ms: i64::MIN,
            found: Reached::default(),
        }
    }

    fn batches(&mut self, batches: Vec<Batch>) -> Result<(), ReachError> {
        batches.iter().try_for_each(|batch| self.batch(batch))
    }

    /// Takes the rows of a batch. Whom those are about that are no step, and have no id, nobody asks.
    fn batch(&mut self, batch: &Batch) -> Result<(), ReachError> {
        self.found.records += batch.passed;
        self.found.taken += batch.passed;
        if batch.unknown > 0 {
            self.found.records += batch.unknown;
            self.found.set_aside.entry(Reason::UnknownEvent).or_default().add_assign(batch.unknown);
        }
        #[cfg(feature = "columns")]
        if let Some(bare) = &batch.bare {
            return self.bare(bare);
        }
        let mut found = Vec::with_capacity(batch.rows.len());
        for (at, row) in batch.rows.iter().enumerate() {
            self.found.records += 1;
            let extra = batch.extra(row);
            let identified = extra.and_then(|extra| extra.attributes.as_ref()).and_then(|attributes| attributes.as_ref().err());
            if let Some((reason, _)) = extra.and_then(|extra| extra.refused.as_ref()).or(identified) {
                self.found.set_aside.entry(*reason).or_default().add_assign(1);
                continue;
            }
            debug_assert_ne!(row.event, REFUSED, "it says why");
            if self.is_sorted && row.time_ms < self.latest_ms {
                return Err(ReachError::Unsorted(rfc3339(self.latest_ms), rfc3339(row.time_ms)));
            }
            self.latest_ms = self.latest_ms.max(row.now_ms);
            let has_id = extra.is_some_and(|extra| extra.id.is_some());
            self.found.taken += u64::from(!has_id);
            let steps = self.steps(batch, at);
            if has_id || steps != 0 {
                // Nobody has to be known who was never at the first step, where nothing waits.
                found.push((at, steps, has_id || steps & 1 != 0 || !self.is_sorted));
            }
        }
        let (hits, named, mut all) = (&mut self.hits, &mut self.named, found.iter());
        self.roll.each(batch, found.iter().map(|(at, _, adds)| (*at, *adds)), |at, contact| {
            let steps = all.next().map_or(0, |(_, steps, _)| *steps);
            let (row, Some(contact)) = (&batch.rows[at], contact) else { return };
            let hit = Hit { time_ms: row.time_ms, contact: contact as u32, steps };
            match batch.extra(row).and_then(|extra| extra.id.clone()) {
                Some((id, content)) => named.push(Named { hit, before: hits.len(), id, content }),
                None => hits.push(hit),
            }
        });
        self.take_hits();
        Ok(())
    }

    /// Takes rows that stayed as they lie.
    #[cfg(feature = "columns")]
    fn bare(&mut self, bare: &Bare) -> Result<(), ReachError> {
        let early = bare.first_ms.filter(|first_ms| *first_ms < self.latest_ms).map(|first_ms| (self.latest_ms, first_ms));
        if let Some((before_ms, time_ms)) = early.or(bare.disorder).filter(|_| self.is_sorted) {
            return Err(ReachError::Unsorted(rfc3339(before_ms), rfc3339(time_ms)));
        }
        self.latest_ms = self.latest_ms.max(bare.latest_ms);
        let number = bare.rows.len() as u64 + bare.passed;
        self.found.records += number;
        self.found.taken += number;
        let always = |ways: &Vec<Way>| ways.iter().fold(0, |steps: u32, way| steps | 1 << way.step);
        let steps: Vec<u32> = self.ways.iter().map(always).collect();
        let names = bare.contacts.open();
        let rows = bare.rows.iter().enumerate();
        let rows = rows.map(|(at, row)| (at, !self.is_sorted || steps[row.event as usize] & 1 != 0));
        let (hits, roll) = (&mut self.hits, &mut self.roll);
        let mut take = |at: usize, contact: Option<usize>| {
            let (row, Some(contact)) = (&bare.rows[at], contact) else { return };
            hits.push(Hit { time_ms: row.time_ms, contact: contact as u32, steps: steps[row.event as usize] });
        };
        let key = |at: usize| names.key(bare.rows[at].row);
        match &bare.contacts {
            Contacts::Keys(dictionary, keys) => {
                roll.turn_to(dictionary);
                let place = |at: usize| u32::try_from(keys[bare.rows[at].row as usize]).ok();
                rows.for_each(|(at, adds)| take(at, roll.by_key(place(at), adds, || key(at))));
            }
            Contacts::Whole(_) | Contacts::Texts(_) => roll.each_key(rows.map(|(at, adds)| (at, adds, key(at))), take),
        }
        self.take_hits();
        Ok(())
    }

    /// Takes what need not wait.
    fn take_hits(&mut self) {
        if self.is_sorted && self.named.is_empty() {
            self.chains.take_all(&self.hits, self.roll.len());
            self.hits.clear();
        }
    }

    /// Which steps a row may be.
    fn steps(&self, batch: &Batch, at: usize) -> u32 {
        let row = &batch.rows[at];
        let mut steps = 0;
        for way in &self.ways[row.event as usize] {
            let is_one = way.condition.is_none_or(|condition| {
                let carries = Carries::Row(Props::Row(batch, row.cells));
                let present = Present { event: row.event, owner: None, time_ms: row.time_ms, carries };
                View { event: Some(&present), ..view(self.program, &[], &self.nobody, row.time_ms) }.holds(condition)
            });
            steps |= u32::from(is_one) << way.step;
        }
        steps
    }

    /// Takes all that waits, and counts.
    fn finish(mut self) -> Result<Reached, ReachError> {
        let mut hits = std::mem::take(&mut self.hits);
        if !self.named.is_empty() {
            hits = self.without_repetitions(hits);
        }
        if !hits.is_sorted_by_key(|hit| hit.time_ms) {
            hits.sort_by_key(|hit| hit.time_ms);
        }
        self.chains.take_all(&hits, self.roll.len());
        self.found.contacts = self.chains.come();
        Ok(self.found)
    }

    /// All records in the order of the log but those whose id came before. Which of two is the first says their time.
    fn without_repetitions(&mut self, plain: Vec<Hit>) -> Vec<Hit> {
        let named = std::mem::take(&mut self.named);
        let mut order: Vec<usize> = (0..named.len()).collect();
        order.sort_by_key(|at| named[*at].hit.time_ms);
        let mut known: FxHashMap<(u32, &str), (i64, [u8; 16])> = FxHashMap::default();
        let mut stays = vec![false; named.len()];
        for at in order {
            let Named { hit, id, content, .. } = &named[at];
            let before = known.get(&(hit.contact, id.as_str()));
            match before.filter(|(time_ms, _)| hit.time_ms.abs_diff(*time_ms) < ID_MEMORY_MS.unsigned_abs()) {
                Some((_, same)) if same == content => self.found.duplicates += 1,
                Some(_) => self.found.set_aside.entry(Reason::IdDiffers).or_default().add_assign(1),
                None => {
                    known.insert((hit.contact, id), (hit.time_ms, *content));
                    self.found.taken += 1;
                    stays[at] = hit.steps != 0;
                }
            }
        }
        let mut all = Vec::with_capacity(plain.len() + named.len());
        let mut taken = 0;
        for (named, _) in named.iter().zip(&stays).filter(|(_, stays)| **stays) {
            all.extend_from_slice(&plain[taken..named.before]);
            taken = named.before;
            all.push(named.hit);
        }
        all.extend_from_slice(&plain[taken..]);
        all
    }
}

/// The steps that an event may be.
fn ways(program: &Program<'_>, event: Id) -> Vec<Way> {
    let Some(funnel) = program.funnels.first() else { return Vec::new() };
    let places = std::iter::once(&funnel.outside).chain(funnel.stages.iter().map(|stage| &stage.standing));
    let doors = places.zip(0_u16..).flat_map(|(standing, step)| {
        let is_on = move |clause: Clause| matches!(clause, Clause::Door(stage, _) if stage == step);
        standing.iter().filter(move |standing| is_on(standing.clause)).map(move |standing| (standing, usize::from(step)))
    });
    let asks = |root: Id| {
        let root = &program.roots[root as usize];
        root.hears
            .meets(Events::of(event))
            .then(|| Way { step: 0, condition: (!always(program, root.condition, event)).then_some(root.condition) })
    };
    doors.filter_map(|(standing, step)| Some(Way { step, ..asks(standing.when?)? })).collect()
}

/// Whether an event is enough for a condition, whatever it carries.
fn always(program: &Program<'_>, node: Id, event: Id) -> bool {
    match &program.conditions[node as usize] {
        Condition::Any(sides) => sides.iter().any(|side| always(program, *side, event)),
        Condition::All(sides) => sides.iter().all(|side| always(program, *side, event)),
        Condition::Event(test) => {
            let test = &program.tests[*test as usize];
            test.event == event && test.filter.is_none()
        }
        _ => false,
    }
}

/// How far each contact has come.
struct Chains {
    steps: usize,
    within_ms: i64,
    /// How many contacts there are.
    contacts: usize,
    /// For each contact and step, when the latest chain began that came so far.
    begins: Blocks<Line>,
}

/// As many steps as memory brings at once.
#[derive(Clone)]
#[repr(align(64))]
struct Line([i64; IN_LINE]);

/// So many are that.
const IN_LINE: usize = 8;

impl Chains {
    fn new(steps: usize, within_ms: i64) -> Self {
        Self { steps, within_ms, contacts: 0, begins: Blocks::new(steps.div_ceil(IN_LINE)) }
    }

    /// Takes what is in the order of time; there are so many contacts now.
    fn take_all(&mut self, hits: &[Hit], contacts: usize) {
        (self.contacts..contacts).for_each(|_| self.begins.push(&Line([NEVER; IN_LINE])));
        self.contacts = contacts;
        for hits in hits.chunks(AHEAD) {
            let seen = hits.iter().map(|hit| self.begins[hit.contact as usize].0[0]);
            std::hint::black_box(seen.fold(0, i64::wrapping_add));
            hits.iter().for_each(|hit| self.take(*hit));
        }
    }

    /// The last step first, so that one record is never two of them.
    fn take(&mut self, hit: Hit) {
        let begins = self.begins.of_mut(hit.contact as usize);
        let mut left = hit.steps;
        while left != 0 {
            let step = left.ilog2() as usize;
            left &= !(1 << step);
            let begin = match step.checked_sub(1) {
                None => hit.time_ms,
                Some(before) => begins[before / IN_LINE].0[before % IN_LINE],
            };
            if begin != NEVER && hit.time_ms.saturating_sub(begin) < self.within_ms {
                begins[step / IN_LINE].0[step % IN_LINE] = begin;
            }
        }
    }

    /// How many contacts have come so far, for each step: a chain that came so far came to all steps before.
    fn come(&self) -> Vec<u64> {
        let mut come = vec![0; self.steps];
        for contact in 0..self.contacts {
            let begins = self.begins.of(contact).iter().flat_map(|line| line.0);
            come.iter_mut().zip(begins).for_each(|(come, begin)| *come += u64::from(begin != NEVER));
        }
        come
    }
}

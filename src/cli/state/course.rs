//! A run over a store while it goes on: records in, batches committed, results to their files.

use super::{
    follow::clock_ms,
    reading::{Item, Sources},
};
use crate::{
    cli::Failure,
    runtime::{Carried, Outcome, Prepared, Reason, Record, SetAside, compact, moves_clock},
    store::{Changed, Input, Live, OutFile, Progress, Store, Within},
};
use jiff::tz::TimeZone;

/// Time goes on by steps of an hour at most between commits.
const STEP_MS: i64 = 3_600_000;

/// So far a sender's clock may be ahead of this machine's.
const AHEAD_MS: i64 = 300_000;

/// So many records are handed to the engine together.
const TOGETHER: usize = 1_024;

/// The run.
pub struct Course<'r> {
    pub live: Live<'r>,
    /// Records that came and are still to be handed on: they wait for more.
    pub records: Vec<Record>,
    pub sources: Sources,
    /// How a result is written.
    pub form: fn(&Outcome) -> String,
    pub out: Option<OutFile>,
    /// Where what was set aside goes.
    pub aside: Option<OutFile>,
    /// Whether time goes by the clock of this machine.
    pub goes_by_clock: bool,
    /// The rules in force as the run begins.
    pub present: Prepared<'r>,
    /// Rules that hold from an instant on; at once where none is given.
    pub change: Option<(Changed<'r>, Option<i64>)>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// Records in a batch.
    pub batch: usize,
    /// Records since the last commit.
    pub since: usize,
    /// What became of those inside when rules were changed.
    pub carried: Vec<Carried>,
    /// How much was set aside by this run.
    pub set_aside: u64,
}

impl<'r> Course<'r> {
    /// Takes a record, or counts what cannot be read.
    pub fn take(&mut self, item: Item) -> Result<(), Failure> {
        self.since += 1;
        match item {
            Err(aside) => {
                self.hand_on()?;
                self.live.reject(&aside);
            }
            Ok(record) if self.goes_by_clock && record.time_ms > clock_ms().saturating_add(AHEAD_MS) => {
                self.hand_on()?;
                let detail = format!("it is of {}, and here it is {} UTC", compact(record.time_ms), compact(clock_ms()));
                self.live.reject(&SetAside { position: record.position, reason: Reason::Ahead, detail, record: record.to_json() });
            }
            Ok(record) => {
                let is_due = self.change.as_ref().is_some_and(|(changed, from_ms)| {
                    let from_ms = from_ms.unwrap_or(i64::MIN);
                    record.time_ms >= from_ms && moves_clock(&record, &self.zone, [&self.present, &changed.prepared])
                });
                if is_due {
                    self.change_rules()?;
                }
                self.records.push(record);
                if self.records.len() == TOGETHER {
                    self.hand_on()?;
                }
            }
        }
        Ok(())
    }

    /// Hands the records that came to the engine.
    fn hand_on(&mut self) -> Result<(), Failure> {
        self.live.push_all(&self.records)?;
        self.records.clear();
        Ok(())
    }

    /// Moves the clock; with `closes`, timers due at that very instant run as well.
    pub fn advance(&mut self, to_ms: i64, closes: bool) -> Result<(), Failure> {
        self.hand_on()?;
        if self.change.as_ref().is_some_and(|(_, from_ms)| from_ms.is_none_or(|from_ms| from_ms <= to_ms)) {
            self.change_rules()?;
        }
        // What time does to many people is committed in batches too.
        while let Some(due_ms) = self.live.next_due_ms().filter(|due_ms| *due_ms < to_ms) {
            self.live.advance(due_ms.saturating_add(STEP_MS).min(to_ms), false)?;
            if self.is_full() {
                self.commit(&[], Within::AsBefore)?;
            }
        }
        Ok(self.live.advance(to_ms, closes)?)
    }

    /// Goes on by the newer rules.
    pub fn change_rules(&mut self) -> Result<(), Failure> {
        self.hand_on()?;
        if let Some((changed, from_ms)) = self.change.take() {
            let at_ms = from_ms.or_else(|| self.live.now_ms()).unwrap_or(i64::MIN);
            self.live.change(&changed, at_ms)?;
            self.carried.extend(self.live.carried());
        }
        Ok(())
    }

    /// Whether a batch is full.
    pub fn is_full(&self) -> bool {
        self.since >= self.batch || self.live.waiting() >= self.batch.saturating_mul(8)
    }

    /// Has everything brought to the disk while the run goes on: first the lines of output files, then all else with how long those
    /// files are now.
    pub fn commit(&mut self, inputs: &[Input], within: Within<'_>) -> Result<(), Failure> {
        self.hand_on()?;
        for aside in self.live.aside() {
            self.sources.tell(aside);
        }
        self.set_aside += self.live.aside().len() as u64;
        if let Some(out) = &mut self.out {
            self.live.results().for_each(|result| out.line(&(self.form)(result)));
        }
        if let Some(out) = &mut self.aside {
            self.live.aside().iter().for_each(|aside| out.line(&aside.to_json()));
        }
        let files = [self.out.as_mut(), self.aside.as_mut()].into_iter().flatten();
        self.live.commit_behind(Progress { inputs, within, files: files.collect() })?;
        self.since = 0;
        Ok(())
    }

    /// Shows the results of the present instant, which are taken back before others come.
    pub fn show_pending(&mut self) -> Result<(), Failure> {
        self.live.settle()?;
        let shown: Vec<String> = self.live.pending().iter().map(self.form).collect();
        if let Some(file) = &mut self.out {
            file.show(&shown)?;
        }
        Ok(())
    }

    /// Ends the run: shows what happens at the present instant if nothing more comes, without keeping it.
    pub fn close(mut self) -> Result<Store, Failure> {
        self.hand_on()?;
        let (mut out, mut aside, form, sources) = (self.out, self.aside, self.form, self.sources);
        let (store, results, mut set_aside) = self.live.close()?;
        set_aside.iter_mut().for_each(|aside| sources.tell(aside));
        if let Some(out) = &mut out {
            out.show(&results.iter().map(form).collect::<Vec<_>>())?;
        }
        if let Some(out) = &mut aside {
            out.show(&set_aside.iter().map(SetAside::to_json).collect::<Vec<_>>())?;
        }
        Ok(store)
    }
}

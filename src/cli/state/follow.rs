//! Records in the order of the log, from files that may still grow.

use super::{
    course::Course,
    reading::{Ahead, Item, Source},
};
use crate::{
    cli::Failure,
    runtime::input::{Place, Reading},
    store::{Input, Within},
};
use indicatif::ProgressBar;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How often a file is looked at that has not grown.
const PAUSE: Duration = Duration::from_millis(100);

/// What came by a pipe is committed after so long at the latest, however little it is.
const DELAY: Duration = Duration::from_secs(1);

/// How to wait for more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    /// Time goes on with the clock of this machine, so far behind it.
    pub watermark_ms: Option<i64>,
    /// The run ends when nothing has come for so long.
    pub idle_ms: Option<i64>,
}

/// Now, by the clock of this machine.
pub fn clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Course<'_> {
    /// Runs what is new in all files, one after another. With `is_whole`, a line at the end of a file that was not ended is taken too.
    ///
    /// Returns whether anything came, and what stands behind a line that was not ended.
    pub fn run_in_order(&mut self, reading: &Reading, is_whole: bool, bar: &ProgressBar) -> Result<(bool, Vec<Item>), Failure> {
        let (mut has_come, mut rest) = (false, Vec::new());
        for at in 0..self.sources.all.len() {
            let Some(source) = self.sources.all.get(at) else { continue };
            let (ahead, is_pipe) = (Ahead::new(source, reading, bar, no_order), source.is_pipe);
            let (mut place, mut is_cut) = (Place { offset: source.input.offset, line: source.input.line }, false);
            while let Some(chunk) = ahead.next()? {
                for (item, is_open, behind) in chunk {
                    is_cut |= is_open && !is_whole;
                    if is_cut {
                        rest.push(item);
                        continue;
                    }
                    has_come = true;
                    self.take(item)?;
                    place = behind.unwrap_or(place);
                    if self.is_full() {
                        self.commit_at(at, place)?;
                    }
                }
            }
            if self.since > 0 && !is_pipe {
                self.commit_at(at, place)?;
            }
        }
        if self.since > 0 {
            self.commit(&[], Within::AsBefore)?;
        }
        Ok((has_come, rest))
    }

    fn commit_at(&mut self, at: usize, place: Place) -> Result<(), Failure> {
        let input: Option<Input> = match self.sources.all.get(at) {
            Some(source) if !source.is_pipe => Some(source.at(place)?),
            Some(_) | None => None,
        };
        self.commit(input.as_slice(), Within::AsBefore)?;
        if let (Some(input), Some(source)) = (input, self.sources.all.get_mut(at)) {
            source.input = input;
        }
        Ok(())
    }

    /// Runs what comes, and waits for more.
    pub fn follow(&mut self, reading: &Reading, waiting: Waiting) -> Result<(), Failure> {
        if self.sources.all.iter().any(|source| source.is_pipe) {
            return self.follow_pipe(reading, waiting);
        }
        let mut last = Instant::now();
        loop {
            let mut has_grown = false;
            for source in &mut self.sources.all {
                has_grown |= source.has_grown()?;
            }
            if has_grown && self.run_in_order(reading, false, &ProgressBar::hidden())?.0 {
                last = Instant::now();
            }
            self.rest(waiting)?;
            if is_over(waiting, last) {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
    }

    /// What is done while nothing comes: time goes on, and the present instant is shown.
    fn rest(&mut self, waiting: Waiting) -> Result<(), Failure> {
        if let Some(behind_ms) = waiting.watermark_ms {
            let to_ms = clock_ms().saturating_sub(behind_ms);
            let is_due = self.live.next_due_ms().is_some_and(|due_ms| due_ms < to_ms) || !self.live.pending().is_empty();
            if is_due && self.live.now_ms().is_some_and(|now_ms| now_ms < to_ms) {
                self.advance(to_ms, false)?;
                self.commit(&[], Within::AsBefore)?;
            }
        }
        self.show_pending()
    }

    /// A pipe is read by a thread of its own, since nobody knows when it will say something.
    fn follow_pipe(&mut self, reading: &Reading, waiting: Waiting) -> Result<(), Failure> {
        let [source] = self.sources.all.as_slice() else {
            return Err(Failure::Usage("`--follow` reads files, or one pipe and nothing else".to_owned()));
        };
        let (given, number, reading) = (source.given.clone(), source.input.number, reading.clone());
        let (sender, receiver) = sync_channel::<Result<Item, Failure>>(self.batch.saturating_mul(2).max(16));
        thread::spawn(move || {
            let source = super::reading::Source { given, input: Input { number, ..Input::default() }, is_pipe: true, length: 0 };
            let mut opened = match source.open(&reading, None, &ProgressBar::hidden()) {
                Ok(opened) => opened,
                Err(failure) => return drop(sender.send(Err(failure))),
            };
            while let Some((item, _)) = opened.next() {
                if sender.send(Ok(item)).is_err() {
                    return;
                }
            }
            if let Some(error) = opened.take_error() {
                drop(sender.send(Err(Failure::World(format!("the events cannot be read: {error}")))));
            }
        });
        self.drain(&receiver, waiting)
    }

    fn drain(&mut self, receiver: &Receiver<Result<Item, Failure>>, waiting: Waiting) -> Result<(), Failure> {
        let (mut last, mut begun) = (Instant::now(), None);
        loop {
            match receiver.recv_timeout(PAUSE) {
                Ok(item) => {
                    last = Instant::now();
                    self.take(item?)?;
                    if self.is_full() || begun.get_or_insert(last).elapsed() >= DELAY {
                        self.commit(&[], Within::AsBefore)?;
                        begun = None;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.since > 0 {
                        self.commit(&[], Within::AsBefore)?;
                    }
                    begun = None;
                    self.rest(waiting)?;
                    if is_over(waiting, last) {
                        return Ok(());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return if self.since > 0 { self.commit(&[], Within::AsBefore) } else { Ok(()) };
                }
            }
        }
    }
}

fn no_order(source: &Source) -> Failure {
    Failure::Usage(format!("`{}` has no order of its own: leave out `--lateness` and `--follow`", source.given))
}

fn is_over(waiting: Waiting, last: Instant) -> bool {
    waiting.idle_ms.and_then(|ms| u64::try_from(ms).ok()).is_some_and(|ms| last.elapsed() >= Duration::from_millis(ms))
}

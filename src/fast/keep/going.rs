//! The engine while it takes records one after another: everybody is in a shard then.

use crate::{
    fast::{
        feed::Feed,
        row::Batch,
        shard::{RowOf, Shard},
    },
    runtime::{Counters, Outcome, Reason, Record, SetAside, Sink},
};

/// What takes records and runs timers, in the order of time.
pub struct Going<'k> {
    /// What makes rows of records.
    pub feed: Feed<'k>,
    /// How much older than the latest a record may be, in milliseconds, if that matters.
    pub lateness_ms: Option<i64>,
    /// Everybody.
    pub shard: Shard<'k>,
    /// The record that is taken, as a row.
    pub batch: &'k mut Batch,
    /// The instant that was reached, in milliseconds.
    pub now_ms: &'k mut i64,
    /// The results of this instant, in the order in which they came.
    pub pending: &'k mut Vec<Outcome>,
    /// What is counted of records that are not taken.
    pub counters: &'k mut Counters,
}

impl Going<'_> {
    /// Takes a record: runs the timers due before it, then the record itself.
    pub fn push(&mut self, record: &Record, sink: &mut dyn Sink) {
        self.counters.records += 1;
        self.batch.clear();
        let mut refusal = self.feed.add_present(record, self.batch).err();
        let is_unread = refusal.as_ref().is_some_and(|(reason, _)| matches!(reason, Reason::NoContact | Reason::Malformed));
        let is_late = |lateness_ms: i64| record.time_ms < self.now_ms.saturating_sub(lateness_ms);
        if !is_unread && self.lateness_ms.is_some_and(is_late) {
            refusal = Some((Reason::Late, "it is older than the allowed lateness".to_owned()));
        }
        if let Some((reason, detail)) = refusal {
            sink.set_aside(&SetAside { position: record.position, reason, detail, record: record.to_json() });
            return;
        }
        if record.time_ms > *self.now_ms {
            self.advance(record.time_ms, sink);
        }
        self.batch.rows[0].now_ms = *self.now_ms;
        let at = self.shard.people.number(self.batch.names[0].hash, &record.contact);
        let taken = self.shard.taken;
        self.shard.take(RowOf { batch: self.batch, at: 0 }, at, 0);
        self.happened();
        for (_, aside) in self.shard.aside.drain(..) {
            sink.set_aside(&SetAside { record: record.to_json(), ..aside });
        }
        if self.shard.taken > taken {
            sink.taken(record);
        }
    }

    /// Moves the clock to an instant: timers due before it run, those due at it do not.
    pub fn advance(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        self.run_timers(to_ms.saturating_sub(1), sink);
        if to_ms > *self.now_ms {
            self.flush(sink);
            *self.now_ms = to_ms;
        }
    }

    /// Runs the timers that are due at the present instant as well.
    pub fn run_due(&mut self, sink: &mut dyn Sink) {
        self.run_timers(*self.now_ms, sink);
        self.flush(sink);
    }

    fn run_timers(&mut self, to_ms: i64, sink: &mut dyn Sink) {
        if self.shard.people.next_due_ms().is_none_or(|due_ms| due_ms > to_ms) {
            return;
        }
        while let Some(at) = self.shard.people.pop_due(to_ms) {
            self.shard.run_timers_of(at, to_ms);
        }
        self.happened();
        self.shard.aside.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.shard.aside.drain(..).for_each(|(_, aside)| sink.set_aside(&aside));
    }

    /// Tells what happened in the shard, with all names.
    fn happened(&mut self) {
        let (program, people) = (self.feed.program, &self.shard.people);
        let told = self.shard.out.drain(..).map(|it| it.outcome(program, people.name(it.contact as usize)));
        self.pending.extend(told);
    }

    /// The results up to this instant are complete.
    fn flush(&mut self, sink: &mut dyn Sink) {
        if self.pending.len() > 1 {
            self.pending.sort_by(|one, other| one.time_ms.cmp(&other.time_ms).then_with(|| one.contact.cmp(&other.contact)));
        }
        self.pending.drain(..).for_each(|outcome| sink.give(outcome));
    }
}

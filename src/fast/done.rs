//! What is complete of some shards, apart from them: it is handed over while they go on.

use super::{
    out::{self, Happening},
    program::Program,
    taken::Taken,
};
use crate::runtime::{ContactNumber, Sink};

/// What is complete of a shard, in its order: by instant, contact and sequence.
#[derive(Default)]
pub struct Done<'p> {
    happenings: Vec<Happening<'p>>,
    /// The names of their contacts, one behind the other.
    names: String,
    /// Where each begins.
    begins: Vec<usize>,
    /// Records that were taken, each with the name of its contact, in the same order.
    heard: Vec<(Taken, String)>,
}

impl<'p> Done<'p> {
    /// Adds something that happened to a contact of that name.
    pub fn push(&mut self, happening: Happening<'p>, name: &str) {
        self.happenings.push(happening);
        self.begins.push(self.names.len());
        self.names.push_str(name);
    }

    /// Adds a record that was taken by a contact of that name.
    pub fn hear(&mut self, taken: Taken, name: &str) {
        self.heard.push((taken, name.to_owned()));
    }

    /// How much happened.
    pub fn len(&self) -> usize {
        self.happenings.len()
    }

    /// Forgets all of it; its memory stays.
    pub fn clear(&mut self) {
        self.happenings.clear();
        self.names.clear();
        self.begins.clear();
        self.heard.clear();
    }

    fn name(&self, at: usize) -> &str {
        let end = self.begins.get(at + 1).copied().unwrap_or(self.names.len());
        self.begins.get(at).and_then(|begin| self.names.get(*begin..end)).unwrap_or_default()
    }

    /// By what results stand in their order; each shard has its own contacts.
    fn order(&self, at: usize) -> (i64, &str) {
        (self.happenings[at].time_ms, self.name(at))
    }
}

/// Hands over what is complete of all shards, in the one order of results; records that are told come before the results of their
/// instant.
pub fn hand_over(program: &Program<'_>, shards: &[Done<'_>], sink: &mut dyn Sink) {
    let mut heard: Vec<&(Taken, String)> = shards.iter().flat_map(|done| &done.heard).collect();
    heard.sort_by(|one, other| (one.0.at_ms, &one.1).cmp(&(other.0.at_ms, &other.1)));
    let mut heard = heard.into_iter().peekable();
    let mut hear = |to_ms: i64, sink: &mut dyn Sink| {
        while let Some((taken, contact)) = heard.next_if(|(taken, _)| taken.at_ms <= to_ms) {
            sink.taken(&taken.record(program, contact));
        }
    };
    results(program, shards, sink, &mut hear);
    hear(i64::MAX, sink);
}

/// Hands over results, before each what is heard up to its instant.
fn results(program: &Program<'_>, shards: &[Done<'_>], sink: &mut dyn Sink, hear: &mut dyn FnMut(i64, &mut dyn Sink)) {
    let mut outcome = out::blank();
    let mut tell = |shard: usize, at: usize| {
        let (done, happening) = (&shards[shard], &shards[shard].happenings[at]);
        hear(happening.time_ms, sink);
        happening.tell(program, done.name(at), &mut outcome);
        sink.outcome_of(&outcome, ContactNumber { shard, contact: happening.contact as usize });
    };
    if let [one] = shards {
        return (0..one.len()).for_each(|at| tell(0, at));
    }
    let mut places: Vec<(usize, usize)> = Vec::with_capacity(shards.iter().map(Done::len).sum());
    places.extend(shards.iter().enumerate().flat_map(|(shard, done)| (0..done.len()).map(move |at| (shard, at))));
    // What is in order goes together as it is.
    places.sort_by(|one, other| shards[one.0].order(one.1).cmp(&shards[other.0].order(other.1)));
    places.into_iter().for_each(|(shard, at)| tell(shard, at));
}

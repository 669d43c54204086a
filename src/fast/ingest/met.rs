//! Events by their names as they stand in a log, which has few of them: each is looked up once, and found again by its look.

use super::super::program::{Id, Program};
use crate::runtime::input::word;

/// So many looks there are.
const LOOKS: usize = 64;

/// The names that were met last, each with its event, if it is one.
pub struct Met<'p> {
    program: &'p Program<'p>,
    last: Vec<Option<(Box<str>, Option<Id>)>>,
}

impl<'p> Met<'p> {
    /// None yet.
    pub fn new(program: &'p Program<'p>) -> Self {
        Self { program, last: vec![None; LOOKS] }
    }

    /// The event of that name.
    #[inline]
    pub fn event(&mut self, name: &str) -> Option<Id> {
        let last = &mut self.last[look(name.as_bytes())];
        match last {
            Some((met, event)) if **met == *name => *event,
            _ => {
                let event = self.program.event_ids.get(word(name).as_str()).copied();
                *last = Some((name.into(), event));
                event
            }
        }
    }
}

/// What a name looks like: its ends and how long it is, as a place among names that were met.
fn look(name: &[u8]) -> usize {
    let [first, .., last] = name else { return 0 };
    (usize::from(*first) * 7 + usize::from(*last) * 3 + name.len()) % LOOKS
}

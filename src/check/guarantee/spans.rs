//! How close together messages can come.
//!
//! A list of spans says for each count the least time from the first message to the last of so many; [`NEVER`] where there
//! are never so many. Only lower bounds are kept, so that "never so many in so little time" is a proof.

/// It never happens, or nobody knows when.
pub const NEVER: i64 = i64::MAX;

/// By count, from 1 on: the least time in which so many messages go out. Never decreasing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spans(Vec<i64>);

impl Spans {
    /// Spans of at most `depth` messages. What is given need not be in order; what is missing never happens.
    pub fn new(mut times: Vec<i64>, depth: usize) -> Self {
        times.sort_unstable();
        times.resize(depth, NEVER);
        Self(times)
    }

    /// Nothing is ever sent.
    pub fn none(depth: usize) -> Self {
        Self(vec![NEVER; depth])
    }

    /// Any number of messages at one instant.
    pub fn any(depth: usize) -> Self {
        Self(vec![0; depth])
    }

    /// What a cap leaves: at most `count` in a rolling window.
    pub fn capped(count: u32, within_ms: i64, depth: usize) -> Self {
        let windows = |n: usize| i64::try_from(n / usize::try_from(count.max(1)).unwrap_or(usize::MAX)).unwrap_or(i64::MAX);
        Self((0..depth).map(|n| if count == 0 { NEVER } else { windows(n).saturating_mul(within_ms) }).collect())
    }

    /// The least time for so many.
    pub fn least(&self, count: usize) -> i64 {
        match count.checked_sub(1) {
            None => 0,
            Some(at) => self.0.get(at).copied().unwrap_or(0),
        }
    }

    /// The least times by count.
    pub fn times(&self) -> &[i64] {
        &self.0
    }

    /// How many at most in less than a time.
    pub fn within(&self, ms: i64) -> usize {
        self.0.iter().take_while(|least| **least < ms).count()
    }

    /// What two that go on side by side send together: any window holds at most what each of them sends in it.
    pub fn beside(&self, other: &Self) -> Self {
        let depth = self.0.len();
        let mut times: Vec<i64> = self.0.iter().chain(&other.0).copied().collect();
        times.sort_unstable();
        times.truncate(depth);
        Self(times)
    }

    /// Both bounds hold.
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| *a.max(b)).collect())
    }
}

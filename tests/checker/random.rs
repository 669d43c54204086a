//! Numbers by chance, the same from the same seed.

/// A generator of numbers (splitmix64).
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// One for each seed and case.
    pub fn new(seed: u64, case: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ case.wrapping_mul(0xd1b5_4a32_d192_ed03));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("below a usize")
    }

    /// True so many times of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of a list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// So many of a list, in its order.
    pub fn sample<T>(&mut self, list: Vec<T>, count: usize) -> Vec<T> {
        if list.len() <= count {
            return list;
        }
        let mut places: Vec<usize> = (0..list.len()).collect();
        for at in 0..count {
            let other = at + self.below(places.len() - at);
            places.swap(at, other);
        }
        places.truncate(count);
        places.sort_unstable();
        let mut kept = places.into_iter().peekable();
        list.into_iter().enumerate().filter(|(at, _)| kept.next_if_eq(at).is_some()).map(|(_, item)| item).collect()
    }
}

/// A number from the environment.
pub fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

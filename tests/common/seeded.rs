//! Random tests that say what they were: `X_SEED` and `X_CASES` in the environment try others and more.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A runner of so many random cases, from the seed of the suite; `shift` sets the tests of one suite apart from each other.
/// Nothing is kept between runs.
pub fn runner(suite: &str, cases: u32, shift: u32) -> TestRunner {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&(seed_of(suite) + shift).to_be_bytes());
    let config = Config { cases, max_global_rejects: u32::MAX, max_shrink_iters: 400, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// The seed of a suite: `{suite}_SEED`, or 1.
pub fn seed_of(suite: &str) -> u32 {
    number(suite, "SEED").unwrap_or(1)
}

/// How many cases a suite tries: `{suite}_CASES`, or what is usual.
pub fn cases_of(suite: &str, usual: u32) -> u32 {
    number(suite, "CASES").unwrap_or(usual)
}

fn number(suite: &str, what: &str) -> Option<u32> {
    std::env::var(format!("{suite}_{what}")).ok().and_then(|text| text.parse().ok())
}

//! Which engine runs a log, and on how many threads.

use super::{Log, Logs, Told, progress};
use crate::{
    cli::Failure,
    fast::{self, Settings},
    ruleset::RuleSet,
    runtime::{Counters, Sink},
};
use clap::ValueEnum;

/// What runs the rules.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct EngineArgs {
    /// What runs the rules; both come to the same results
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = EngineArg::Fast)]
    engine: EngineArg,
    /// On how many threads the fast engine runs; if not given, on as many as there are cores
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum EngineArg {
    /// The fast one
    Fast,
    /// The one that is written for clarity, as the language says it
    Reference,
}

impl EngineArgs {
    /// Whether the reference was asked for.
    #[cfg(feature = "store")]
    pub fn is_reference(self) -> bool {
        self.engine == EngineArg::Reference
    }
}

impl Log {
    /// Runs a rule set over the log, on the engine that was asked for. The reference also runs what the fast one does not: rules
    /// that change while they run.
    ///
    /// # Errors
    /// [`Failure::World`] where a file or the rule set cannot be read.
    pub fn run_on(self, engine: EngineArgs, older: &[(&RuleSet, i64)], rules: &RuleSet, sink: &mut dyn Sink) -> Result<Counters, Failure> {
        if engine.engine == EngineArg::Reference || !older.is_empty() || fast::fits_hearing(rules, &sink.hears()).is_err() {
            return self.run(older, rules, sink);
        }
        let mut settings = Settings::default();
        if let Some(threads) = engine.threads {
            settings.threads = usize::from(threads);
        }
        if self.limit.is_some() {
            return self.by_record(sink, |records, options, sink| fast::run(rules, records, options, settings, sink));
        }
        let bar = progress(&self.paths);
        let mut logs = Logs::new(self.paths, self.reading, bar.clone());
        let mut told = Told { files: logs.files(), sink };
        let counters = fast::run_log(rules, logs.pieces(), &self.options, settings, &mut told);
        let counters = counters.map_err(|error| Failure::World(error.to_string()))?;
        bar.finish_and_clear();
        match logs.failure {
            Some(failure) => Err(failure),
            None => Ok(counters),
        }
    }
}

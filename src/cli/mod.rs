//! The command line: one file a subcommand.
//!
//! Invariants: standard output carries what was asked for, standard error everything else; the exit status is 0 for
//! clean, 1 for findings, 2 for wrong use, 3 for input that cannot be read and for errors of our own.
//! Deliberately absent: anything that a library user could want.

mod apart;
mod args;
mod build;
mod check;
mod completions;
mod diff;
mod docs;
mod explain;
mod fix;
mod fmt;
mod graph;
mod io;
mod log;
#[cfg(feature = "lsp")]
pub mod lsp;
mod man;
mod new;
mod project;
mod proofs;
mod report;
mod run;
mod schema;
#[cfg(feature = "store")]
mod state;
mod table;
mod test;
mod witness;

use clap::{Parser, Subcommand};
use std::{ffi::OsString, panic::AssertUnwindSafe, process::ExitCode};

/// The compiler for customer journeys.
#[derive(Parser)]
#[command(name = "funnelc", version, about, long_about = None, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(new::Args),
    Check(check::Args),
    Explain(explain::Args),
    Fmt(fmt::Args),
    Test(test::Args),
    Build(build::Args),
    Graph(graph::Args),
    Docs(docs::Args),
    Diff(diff::Args),
    Run(run::Args),
    Report(log::report::Args),
    Reach(log::reach::Args),
    Why(log::why::Args),
    Inspect(log::inspect::Args),
    #[cfg(feature = "store")]
    State(state::Args),
    #[cfg(feature = "store")]
    Outbox(state::outbox::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[cfg(feature = "lsp")]
    Lsp(lsp::Args),
}

/// How a command ended, where it did not fail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Clean,
    Findings,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The arguments do not fit together: status 2.
    #[error("{0}")]
    Usage(String),
    /// Something outside could not be read or written: status 3.
    #[error("{0}")]
    World(String),
    /// Whoever reads our output has gone away: nothing is left to say.
    #[error("the reader of the output has gone")]
    ReaderGone,
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::ReaderGone } else { Self::World(error.to_string()) }
    }
}

/// Runs the command line and returns its exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = !error.use_stderr();
            return if error.print().is_ok() && is_help { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    // A bug of ours must look like one, and not like the user's mistake.
    std::panic::set_hook(Box::new(|bug| {
        eprintln!("funnelc: internal error: {bug}");
        eprintln!("this is a mistake in funnelc, not in your files; please report it with the command and, if you can, the files");
    }));
    std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(cli.command))).unwrap_or(ExitCode::from(3))
}

fn dispatch(command: Command) -> ExitCode {
    let result = match command {
        Command::New(args) => new::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Docs(args) => docs::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Report(args) => log::report::run(&args),
        Command::Reach(args) => log::reach::run(&args),
        Command::Why(args) => log::why::run(&args),
        Command::Inspect(args) => log::inspect::run(&args),
        #[cfg(feature = "store")]
        Command::State(args) => state::run(&args),
        #[cfg(feature = "store")]
        Command::Outbox(args) => state::outbox::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => lsp::run(&args),
    };
    match result {
        Ok(Outcome::Clean) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("funnelc: {failure}");
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 3 })
        }
    }
}

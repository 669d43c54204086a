//! `funnelc state`: what is in a store.

use super::{export, migrate, show};
use crate::cli::{Failure, Outcome, args};
use clap::{Subcommand, ValueEnum};

/// Look into a store of `run --state`, and change its rules
///
/// A store is an SQLite file with documented tables and views (`contacts_now`, `moves`, `requests`, `set_aside`), which any tool
/// for SQLite opens; here is what one wants to see most.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc state show shop.db
  funnelc state contact shop.db ann
  funnelc state export shop.db
  funnelc state export shop.db --what results -o happened.ndjson
  funnelc state migrate shop.db shop.funnel")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show how far a store is, and what became of everybody
    Show {
        /// The store
        #[arg(value_name = "STORE")]
        store: String,
    },
    /// Show one contact: what is known, where it is, what happened to it
    Contact {
        /// The store
        #[arg(value_name = "STORE")]
        store: String,
        /// The contact, as the log names it
        #[arg(value_name = "CONTACT")]
        contact: String,
    },
    /// Write what is in a store, one JSON object a line
    Export {
        /// The store
        #[arg(value_name = "STORE")]
        store: String,
        /// What to write
        #[arg(long, value_enum, value_name = "WHAT", default_value_t = What::Contacts)]
        what: What,
        /// Where to write it; `-` or nothing is standard output
        #[arg(long, short, value_name = "OUT")]
        output: Option<String>,
    },
    /// Carry everybody over to newer rules, without running anything
    Migrate(migrate::Args),
}

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum What {
    /// Each contact, with attributes and where it is
    Contacts,
    /// What happened, as `run --out` writes it
    Results,
    /// What was asked for, and whether it was delivered
    Requests,
    /// What was set aside, as `run --set-aside` writes it
    SetAside,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        Command::Show { store } => show::store(store),
        Command::Contact { store, contact } => show::contact(store, contact),
        Command::Export { store, what, output } => export::run(store, *what, output.as_deref()),
        Command::Migrate(args) => migrate::run(args),
    }
}

/// The colour of what is said of funnel files.
pub const PLAIN: args::ColourArgs = args::ColourArgs { color: args::Colour::Auto };

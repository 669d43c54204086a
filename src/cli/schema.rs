//! `funnelc schema`: the JSON Schema of rule sets.

use super::{Failure, Outcome, io};
use crate::ruleset;

/// Print the JSON Schema of rule sets
#[derive(clap::Args)]
pub struct Args {
    /// Where to write it; `-` or nothing is standard output
    #[arg(long, short, value_name = "OUT")]
    output: Option<String>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    io::write_text(args.output.as_deref(), &ruleset::schema())?;
    Ok(Outcome::Clean)
}

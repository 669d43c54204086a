//! `funnelc schema`: the JSON Schemas of what funnelc writes.

use super::{Failure, Outcome, io};
use crate::{diag::render, ruleset};
use clap::ValueEnum;

/// Print the JSON Schema of rule sets, or of findings
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc schema -o rule-set.schema.json
  funnelc schema findings                  what `funnelc check --format json` writes")]
pub struct Args {
    /// Of what
    #[arg(value_enum, default_value_t = What::Rules, value_name = "WHAT")]
    what: What,
    /// Where to write it; `-` or nothing is standard output
    #[arg(long, short, value_name = "OUT")]
    output: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum What {
    /// What `funnelc build` writes
    Rules,
    /// What `funnelc check --format json` writes
    Findings,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let schema = match args.what {
        What::Rules => ruleset::schema(),
        What::Findings => render::json_schema(),
    };
    io::write_text(args.output.as_deref(), &schema)?;
    Ok(Outcome::Clean)
}

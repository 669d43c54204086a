//! `funnelc graph`: the picture.

use super::{Failure, Outcome, args, build, io};
use crate::{emit, lower};

/// Draw funnels as a Graphviz diagram
///
/// Writes DOT, which `dot` turns into a picture. What the checker found is marked on it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc graph shop.funnel -o shop.dot
  funnelc graph shop.funnel | dot -Tsvg -o shop.svg")]
pub struct Args {
    /// Funnel files, or folders of them
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Where to write it; `-` or nothing is standard output
    #[arg(long, short, value_name = "OUT")]
    output: Option<String>,
    #[command(flatten)]
    colour: args::ColourArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let analysis = args::analysis_of(&args.paths)?;
    args::show_aside(args.colour, &analysis.diagnostics, &analysis.sources)?;
    if !analysis.is_whole {
        return Ok(build::refused("no diagram was drawn"));
    }
    // What the checker found is drawn too: a trap or a stage nobody reaches is easiest seen in the picture.
    let sketch = lower::sketch(&analysis.model, &analysis.sources);
    io::write_text(args.output.as_deref(), &emit::dot::sketch(&sketch, &analysis.model, &analysis.diagnostics))?;
    Ok(if analysis.diagnostics.has_errors() { Outcome::Findings } else { Outcome::Clean })
}

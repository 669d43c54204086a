//! `funnelc build`: the rule set.

use super::{Failure, Outcome, apart::apart, args, io};
use crate::{emit, lower, workspace::Analysis};
use clap::ValueEnum;

/// Compile funnel files to an executable rule set
///
/// The rule set holds all that is needed to run without the source. The same input gives the same bytes everywhere.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc build shop.funnel -o shop.rules.yaml
  funnelc build funnels/ -o shop.rules.json")]
pub struct Args {
    /// Funnel files, or folders of them
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Where to write it; `-` or nothing is standard output
    #[arg(long, short, value_name = "OUT")]
    output: Option<String>,
    /// The form; by the ending of OUT if not given, else YAML
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,
    #[command(flatten)]
    colour: args::ColourArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    Yaml,
    Json,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let analysis = args::analysis_of(&args.paths)?;
    args::show_aside(args.colour, &analysis.diagnostics, &analysis.sources)?;
    let Some(rules) = rules_of(&analysis) else { return Ok(refused("no rule set was written")) };
    let form = args.format.or_else(|| io::by_ending(args.output.as_deref(), &[(".json", Form::Json)])).unwrap_or(Form::Yaml);
    let backend = match form {
        Form::Yaml => "yaml",
        Form::Json => "json",
    };
    apart(analysis.sources.names(), &[("--output", args.output.as_deref())])?;
    let backend = emit::backend(backend).expect("the backends of rule sets are in the table");
    io::write_text(args.output.as_deref(), &backend.emit(&rules))?;
    Ok(Outcome::Clean)
}

/// The rule set of a program without errors.
pub fn rules_of(analysis: &Analysis) -> Option<crate::ruleset::RuleSet> {
    analysis.checked().map(|checked| lower::lower(&checked, &analysis.sources))
}

/// Says that errors stand in the way.
pub fn refused(what: &str) -> Outcome {
    eprintln!("funnelc: {what}, because of the errors above");
    Outcome::Findings
}

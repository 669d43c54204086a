//! `funnelc graph`: the picture.

mod counts;
mod coverage;
mod draw;
mod embed;
mod engine;
mod out;
mod proof;

use super::{Failure, Outcome, args};
use crate::{emit::svg::Theme, picture::sheet::Detail};
use clap::ValueEnum;

/// Draw funnels
///
/// The form follows from the ending of the output; in a terminal the funnel is told in text. What the checker found is marked
/// on the picture. Exit status: 0 clean, 1 errors in the files or, with `--check`, something that is not as it would be drawn.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc graph shop.funnel                              in the terminal
  funnelc graph shop.funnel -o shop.svg
  funnelc graph shop.funnel -o shop.png --theme dark
  funnelc graph shop.funnel -o lanes.svg --view lanes
  funnelc graph shop.funnel -o trial.svg --view stage:trial
  funnelc graph shop.funnel -o shop.svg --counts report.json
  funnelc graph shop.funnel -o proof.svg --proof 'leaves trial'
  funnelc graph shop.funnel -o change.svg --diff old/shop.funnel
  funnelc graph shop.funnel -o change.svg --diff git:main
  funnelc graph funnels/ -o pictures/ --check            are a folder's pictures fresh?
  funnelc graph --embed README.md                        the blocks that name a file
  funnelc graph shop.funnel -o shop.svg --engine dot     laid out by Graphviz, where it is installed
  funnelc graph shop.funnel --format dot | dot -Tpdf -o shop.pdf")]
pub struct Args {
    /// Funnel files, or folders of them
    #[arg(required_unless_present = "embed", value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// Where to write it; `-` or nothing is standard output, a folder takes a picture of each file
    #[arg(long, short, value_name = "OUT")]
    output: Option<String>,
    /// The form; if not given, the one of the output's ending, text in a terminal, and else Graphviz
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,
    /// What is drawn: `journey`, `funnel` (bands), `lanes` (channels and stages), `stage:NAME` (what one stage does, by day)
    #[arg(long, value_name = "VIEW", default_value = "journey", value_parser = view)]
    view: View,
    /// How much of each stage the journey tells; the other views tell as much as they have room for
    #[arg(long, value_enum, value_name = "DETAIL", default_value_t = DetailArg::Actions)]
    detail: DetailArg,
    /// Draw every stage and every way back, however many
    #[arg(long)]
    expand: bool,
    /// The colours; if not given, those of the reader's system in SVG, light ones in PNG
    #[arg(long, value_enum, value_name = "THEME")]
    theme: Option<ThemeArg>,
    /// Leave out the background
    #[arg(long)]
    transparent: bool,
    /// Show how many people came, from a report of `funnelc run --report`
    #[arg(long, value_name = "REPORT")]
    counts: Option<String>,
    /// Show what tests do not reach, from a report of `funnelc test --report`
    #[arg(long, value_name = "REPORT", conflicts_with = "diff")]
    coverage: Option<String>,
    /// Show the way by which a guarantee is proved or refuted: its line, as `12` or `shop.funnel:12`, or words of it
    #[arg(long, value_name = "GUARANTEE", conflicts_with_all = ["diff", "coverage"])]
    proof: Option<String>,
    /// Show what changed since this older file, folder or rule set, or since a branch, tag or commit of git, as `git:main`
    #[arg(long, value_name = "OLD|git:REF")]
    diff: Option<String>,
    /// What lays SVG and PNG out: funnelc itself, or Graphviz, which has to be installed
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Own)]
    engine: Engine,
    /// Write Mermaid between the marker comments of these Markdown files, or of those in these folders
    #[arg(long, value_name = "PAGE|FOLDER", conflicts_with_all = ["output", "format", "view", "counts", "coverage", "proof", "diff", "engine", "theme", "transparent"])]
    embed: Vec<String>,
    /// Write nothing, and fail where what is there is not as it would be drawn
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    colour: args::ColourArgs,
}

/// A form of pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// A picture that scales, for both themes
    Svg,
    /// A picture of pixels
    #[cfg(feature = "png")]
    Png,
    /// For Graphviz
    Dot,
    /// A flowchart for GitHub, GitLab, Notion and the like
    Mermaid,
    /// Plain text
    Text,
}

/// What is drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
enum View {
    Journey,
    Funnel,
    Lanes,
    Stage(String),
}

fn view(text: &str) -> Result<View, String> {
    match text {
        "journey" => Ok(View::Journey),
        "funnel" => Ok(View::Funnel),
        "lanes" => Ok(View::Lanes),
        _ => match text.strip_prefix("stage:") {
            Some(name) if !name.is_empty() => Ok(View::Stage(name.to_owned())),
            Some(_) | None => Err("write `journey`, `funnel`, `lanes`, or `stage:` and the name of a stage".to_owned()),
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum DetailArg {
    /// Names
    Stages,
    /// And what happens, in short
    Actions,
    /// And all that is written
    Full,
}

impl DetailArg {
    fn detail(self) -> Detail {
        match self {
            Self::Stages => Detail::Stages,
            Self::Actions => Detail::Actions,
            Self::Full => Detail::Full,
        }
    }
}

/// Who says what stands where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Engine {
    /// funnelc, which needs nothing else and keeps the order of stages
    Own,
    /// The program `dot` of Graphviz
    Dot,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum ThemeArg {
    /// On white
    Light,
    /// On black
    Dark,
}

impl Args {
    fn theme(&self) -> Theme {
        match self.theme {
            None => Theme::Auto,
            Some(ThemeArg::Light) => Theme::Light,
            Some(ThemeArg::Dark) => Theme::Dark,
        }
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.embed.is_empty() { out::run(args) } else { embed::run(args) }
}

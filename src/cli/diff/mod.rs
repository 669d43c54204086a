//! `funnelc diff`: what an edit does to people.

mod git;
mod log;
mod picture;
#[cfg(feature = "store")]
mod state;
mod version;

pub use version::Version;

use super::{Failure, Outcome, args, io};
use crate::diff::{self, Change, Report, Verdict, render};
use clap::ValueEnum;

/// Say what an edit does to people
///
/// Compares two versions of funnels by what they mean, never by how they are written: doors, conditions, waits, messages, shares,
/// caps. For each change it says whether it is safe, behavioural, or breaking for people inside, and what happens to those who are
/// in that stage or wait at that step. Exit status: 0 nothing is breaking, 1 something is (or with `--deny behavioural` anything
/// that is not safe), 2 wrong use, 3 a version that cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc diff old/shop.funnel shop.funnel
  funnelc diff shop.rules.yaml shop.funnel               a rule set that is running, and the files
  funnelc diff old/ funnels/                             two folders, each a program
  funnelc diff --against main funnels/                   the files of a branch, and those here
  funnelc diff --against HEAD shop.funnel                what is not committed yet
  funnelc diff old/shop.funnel shop.funnel --events events.ndjson
  funnelc diff shop.funnel --state shop.db               what runs on a store, and the files
  funnelc diff old/shop.funnel shop.funnel --format markdown --picture > comment.md")]
pub struct Args {
    /// The older and the newer version, each a file, folder or rule set; with `--against`, what to compare (else this folder)
    #[arg(value_name = "OLD NEW|PATH")]
    paths: Vec<String>,
    /// Take the older version of the paths from this branch, tag or commit of git
    #[arg(long, value_name = "GITREF")]
    against: Option<String>,
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Human, value_name = "FORM")]
    format: Form,
    /// With `--format markdown`: draw the change too
    #[arg(long)]
    picture: bool,
    /// Fail on this as well: changes that are behavioural
    #[arg(long, value_name = "behavioural", value_parser = ["behavioural"])]
    deny: Option<String>,
    /// Changes of these codes are meant, and do not fail, as `F852`
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
    /// Count the people in a store of `run --state` whom each change is about; with one path, the older version is the store's own
    #[cfg(feature = "store")]
    #[arg(long, value_name = "STORE", conflicts_with_all = ["against", "events"])]
    state: Option<String>,
    #[command(flatten)]
    log: log::LogArgs,
    #[command(flatten)]
    colour: args::ColourArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// For a pull request
    Markdown,
    /// Workflow commands of GitHub Actions
    Github,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let allowed = codes(&args.allow)?;
    if args.picture && args.format != Form::Markdown {
        return Err(Failure::Usage(
            "`--picture` is for `--format markdown`; `funnelc graph --diff OLD` draws a change in other forms".to_owned(),
        ));
    }
    let (old, new) = versions(args)?;
    if new.has_errors() {
        eprintln!("funnelc: the newer version has errors of its own, which `funnelc check` shows; it is compared as it is");
    }
    let mut report = diff::compare(&old.rules, &new.rules);
    let played = args.log.played(&old.rules, &new.rules, &mut report)?;
    #[cfg(feature = "store")]
    let crowd = match &args.state {
        Some(path) => {
            state::count(path, &old.rules, &mut report)?;
            render::Crowd::Store
        }
        None => render::Crowd::Log,
    };
    #[cfg(not(feature = "store"))]
    let crowd = render::Crowd::Log;
    let picture = if args.picture { Some(picture::drawn(&old.rules, &new.rules)) } else { None };
    let places = |change: &Change| place(change, &new);
    let style = args.colour.style(io::stdout_is_terminal());
    let frame = render::Frame {
        places: Some(&places),
        colour: style.colour,
        width: style.width,
        crowd,
        picture: picture.as_deref(),
        played: played.as_ref(),
    };
    let text = match args.format {
        Form::Human => render::human(&report, &frame),
        Form::Json => render::json(&report, &frame),
        Form::Markdown => render::markdown(&report, &frame),
        Form::Github => render::github(&report, &frame),
    };
    io::write_text(None, &text)?;
    let worst = if args.deny.is_some() { Verdict::Behavioural } else { Verdict::Breaking };
    Ok(if fails(&report, worst, &allowed) { Outcome::Findings } else { Outcome::Clean })
}

/// Codes of changes.
///
/// # Errors
/// [`Failure::Usage`] for what is none.
pub fn codes(texts: &[String]) -> Result<Vec<&'static str>, Failure> {
    texts.iter().map(|code| code_of(code)).collect()
}

/// A code of ours.
fn code_of(text: &str) -> Result<&'static str, Failure> {
    let found = diff::CODES.iter().find(|code| code.id.eq_ignore_ascii_case(text.trim()));
    found.map(|code| code.id).ok_or_else(|| {
        let all: Vec<&str> = diff::CODES.iter().map(|code| code.id).collect();
        Failure::Usage(format!("`{text}` is no code of a change: `--allow` takes {}", all.join(", ")))
    })
}

fn fails(report: &Report, worst: Verdict, allowed: &[&str]) -> bool {
    let is_meant = |change: &Change| change.code.is_some_and(|code| allowed.contains(&code.id));
    report.changes.iter().any(|change| change.verdict <= worst && !is_meant(change))
}

/// Both versions.
fn versions(args: &Args) -> Result<(Version, Version), Failure> {
    #[cfg(feature = "store")]
    if let (Some(store), [new]) = (&args.state, args.paths.as_slice()) {
        return Ok((Version::in_force(state::rules(store)?), Version::read(std::slice::from_ref(new))?));
    }
    match (&args.against, args.paths.as_slice()) {
        (None, [old, new]) => {
            let one = |path: &String| Version::read(std::slice::from_ref(path));
            Ok((one(old)?, one(new)?))
        }
        (None, paths) => {
            let what = if paths.len() < 2 { "two versions are compared" } else { "two versions are compared, and no more" };
            Err(Failure::Usage(format!("{what}: `funnelc diff OLD NEW`, or `funnelc diff --against GITREF PATH`")))
        }
        (Some(reference), paths) => {
            let here = [".".to_owned()];
            let paths = if paths.is_empty() { &here } else { paths };
            Ok((Version::read_from_git(reference, paths)?, Version::read(paths)?))
        }
    }
}

/// Where a change stands in the newer files: there, or else what is around it.
fn place(change: &Change, new: &Version) -> Option<render::At> {
    let place = &change.place;
    let funnel = place.funnel.as_deref();
    let stage = funnel.zip(place.stage.as_deref()).map(|(funnel, stage)| format!("{funnel}/{stage}"));
    let nurture = stage.as_ref().zip(place.nurture.as_deref()).map(|(stage, nurture)| format!("{stage}/{nurture}"));
    let ids = [place.id.as_deref(), nurture.as_deref(), stage.as_deref(), funnel];
    ids.into_iter().flatten().find_map(|id| new.place(id))
}

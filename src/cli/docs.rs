//! `funnelc docs`: pages about funnels.

use super::{Failure, Outcome, args, io, project::Project};
use crate::{
    emit::site::{self, Certain, File, MARK, Program},
    lower::{self, Sketch},
    workspace::{Analysis, parallel},
};
use std::{fs, io::ErrorKind, path::Path};

/// Write pages about funnels
///
/// An index, and a page for each funnel: its picture, its stages with their notes, who comes in and where people go, what is
/// sent when and to whom, what was found, what is certain of it, what it uses and what uses it. The pages need no server and load nothing. Exit
/// status: 0 clean, 1 errors in the files or, with `--check`, pages that are not as they would be written.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc docs funnels/ -o pages/
  funnelc docs funnels/ -o pages/ --title \"Our funnels\"
  funnelc docs funnels/ -o pages/ --separately      each file is a program of its own
  funnelc docs funnels/ -o pages/ --check           are the pages fresh?")]
pub struct Args {
    /// Funnel files, folders of them, or patterns in quotes
    #[arg(required = true, value_name = "FILE|FOLDER")]
    paths: Vec<String>,
    /// The folder of the pages; a page of ours whose funnel is gone is removed from it
    #[arg(long, short, value_name = "OUT")]
    output: String,
    /// What stands above the index
    #[arg(long, value_name = "TITLE", default_value = "Funnels")]
    title: String,
    /// Take each file, with what it uses, as a program of its own
    #[arg(long)]
    separately: bool,
    /// Write nothing, and fail where a page is not as it would be written
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    colour: args::ColourArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let files = io::funnel_files(&args.paths)?;
    let programs: Vec<Vec<String>> =
        if args.separately { files.iter().map(|file| vec![file.clone()]).collect() } else { vec![files.clone()] };
    let project = Project::default();
    let inside = if programs.len() > 1 { 1 } else { parallel::cores() };
    let analyses =
        parallel::map(&programs, parallel::cores(), |program| args::analysis_on(&project, &io::Files::default(), program, inside));
    let analyses: Vec<Analysis> = analyses.into_iter().collect::<Result<_, _>>()?;
    let mut outcome = Outcome::Clean;
    for analysis in &analyses {
        args::show_aside(args.colour, &analysis.diagnostics, &analysis.sources)?;
        if analysis.diagnostics.has_errors() {
            outcome = Outcome::Findings;
        }
    }
    let sketches: Vec<Sketch> = analyses.iter().map(|analysis| lower::sketch(&analysis.model, &analysis.sources)).collect();
    let certain: Vec<Vec<Certain>> = analyses.iter().map(super::proofs::on_pages).collect();
    let programs: Vec<Program<'_>> = (analyses.iter().zip(&sketches).zip(&programs).zip(&certain))
        .map(|(((analysis, sketch), files), certain)| Program {
            sketch,
            model: &analysis.model,
            findings: &analysis.diagnostics,
            sources: &analysis.sources,
            of: files.first().map(String::as_str).filter(|_| args.separately),
            is_whole: analysis.is_whole,
            certain,
        })
        .collect();
    let pages = site::site(&programs, &args.title);
    if pages.len() < 2 {
        return if outcome == Outcome::Findings {
            Ok(super::build::refused("no page was written"))
        } else {
            Err(Failure::Usage("there is no funnel in these files".to_owned()))
        };
    }
    let fresh = if args.check { compare(&args.output, &pages)? } else { write(&args.output, &pages)? };
    Ok(if fresh { outcome } else { Outcome::Findings })
}

/// Writes what is not there as it should be, and removes pages of ours that nothing stands for.
fn write(folder: &str, pages: &[File]) -> Result<bool, Failure> {
    let failed = |path: &str, error: std::io::Error| Failure::World(format!("`{path}` cannot be written: {error}"));
    fs::create_dir_all(folder).map_err(|error| Failure::World(format!("`{folder}` cannot be made: {error}")))?;
    for page in pages {
        let path = path_of(folder, &page.name);
        if fs::read(&path).is_ok_and(|there| there == page.text.as_bytes()) {
            continue;
        }
        if fs::read(&path).is_ok_and(|there| !there.starts_with(MARK.as_bytes())) {
            return Err(Failure::World(format!("`{path}` is no page of funnelc and would be lost: move it, or write into another folder")));
        }
        fs::write(&path, &page.text).map_err(|error| failed(&path, error))?;
    }
    for path in left_over(folder, pages)? {
        fs::remove_file(&path).map_err(|error| Failure::World(format!("`{path}` cannot be removed: {error}")))?;
    }
    Ok(true)
}

/// Says which pages are not as they would be written.
fn compare(folder: &str, pages: &[File]) -> Result<bool, Failure> {
    let mut is_fresh = true;
    for page in pages {
        let path = path_of(folder, &page.name);
        match fs::read(&path) {
            Ok(there) if there == page.text.as_bytes() => continue,
            Ok(_) => eprintln!("funnelc: `{path}` is out of date: the same command without `--check` writes it anew"),
            Err(error) if error.kind() == ErrorKind::NotFound => eprintln!("funnelc: `{path}` is missing"),
            Err(error) => return Err(Failure::World(format!("`{path}` cannot be read: {error}"))),
        }
        is_fresh = false;
    }
    for path in left_over(folder, pages)? {
        eprintln!("funnelc: `{path}` is the page of a funnel that is gone");
        is_fresh = false;
    }
    Ok(is_fresh)
}

fn path_of(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}

/// Pages of ours that are not among these, sorted.
fn left_over(folder: &str, pages: &[File]) -> Result<Vec<String>, Failure> {
    let unreadable = |error: std::io::Error| Failure::World(format!("the folder `{folder}` cannot be read: {error}"));
    if !Path::new(folder).is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        let path = path_of(folder, &name);
        let is_ours = || fs::read(&path).is_ok_and(|there| there.starts_with(MARK.as_bytes()));
        if name.ends_with(".html") && pages.iter().all(|page| page.name != name) && is_ours() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

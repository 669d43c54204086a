//! Flowcharts inside Markdown pages, between two comments:
//!
//! `<!-- funnelc graph shop.funnel -->` … `<!-- /funnelc graph -->`. The first names the files, from the page on; where it
//! names none, those of the command are drawn. What stands between the two is ours, all else is left as it is.

use super::{Args, draw::Drawing, out::is_fresh};
use crate::cli::{Failure, Outcome, args};
use std::{fs, path::Path};

const BEGIN: &str = "<!-- funnelc graph";
const END: &str = "<!-- /funnelc graph -->";

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Clean;
    let mut blocks = 0;
    for page in pages(&args.embed)? {
        let text = fs::read_to_string(&page).map_err(|error| Failure::World(format!("`{page}` cannot be read: {error}")))?;
        let mut drawer = Drawer { args, page: &page, blocks: 0, has_errors: false };
        let new = drawer.rewritten(&text)?;
        blocks += drawer.blocks;
        if drawer.has_errors || (args.check && new != text && !is_fresh(&page, new.as_bytes())) {
            outcome = Outcome::Findings;
        }
        if !args.check && new != text {
            fs::write(&page, new).map_err(|error| Failure::World(format!("`{page}` cannot be written: {error}")))?;
        }
    }
    // A page that was named has a place; a folder may have none.
    if blocks == 0 && args.embed.iter().any(|path| !Path::new(path).is_dir()) {
        return Err(Failure::Usage(format!("no page has a place for a picture: write the lines `{BEGIN} FILE -->` and `{END}`")));
    }
    Ok(outcome)
}

/// The Markdown files that paths stand for, each once and sorted.
fn pages(paths: &[String]) -> Result<Vec<String>, Failure> {
    let mut pages = Vec::new();
    for path in paths {
        if Path::new(path).is_dir() { walk(path, &mut pages)? } else { pages.push(path.clone()) }
    }
    pages.sort();
    pages.dedup();
    Ok(pages)
}

fn walk(folder: &str, pages: &mut Vec<String>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::World(format!("the folder `{folder}` cannot be read: {error}"));
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder == "." { name.clone() } else { format!("{}/{name}", folder.trim_end_matches('/')) };
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            walk(&path, pages)?;
        } else if kind.is_file() && Path::new(&name).extension().is_some_and(|ending| ending == "md" || ending == "mdx") {
            pages.push(path);
        }
    }
    Ok(())
}

struct Drawer<'a> {
    args: &'a Args,
    page: &'a str,
    blocks: usize,
    has_errors: bool,
}

impl Drawer<'_> {
    /// The page with its blocks drawn anew. Markers inside fenced code are examples and are left alone.
    fn rewritten(&mut self, text: &str) -> Result<String, Failure> {
        let mut new = String::with_capacity(text.len());
        let mut lines = text.split_inclusive('\n');
        let mut fence: Option<&str> = None;
        while let Some(line) = lines.next() {
            new.push_str(line);
            let bare = line.trim();
            match fence {
                Some(mark) if bare.starts_with(mark) && bare.trim_start_matches(['`', '~']).is_empty() => fence = None,
                Some(_) => continue,
                None => fence = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark)),
            }
            let Some(named) = bare.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix("-->")) else { continue };
            let is_end = |line: &str| line.trim() == END;
            let Some(end) = lines.by_ref().find(|line| is_end(line)) else {
                return Err(Failure::World(format!("`{}`: the line `{bare}` has no `{END}` below it", self.page)));
            };
            let newline = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
            let chart = self.chart(named.trim())?.replace('\n', newline);
            new.push_str(&format!("{newline}```mermaid{newline}{chart}```{newline}{newline}{end}"));
            self.blocks += 1;
        }
        Ok(new)
    }

    fn chart(&mut self, named: &str) -> Result<String, Failure> {
        let folder = Path::new(self.page).parent().map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
        let here = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let files: Vec<String> = if named.is_empty() { self.args.paths.clone() } else { named.split_whitespace().map(here).collect() };
        if files.is_empty() {
            return Err(Failure::Usage(format!("a place in `{}` names no file: write `{BEGIN} FILE -->`, or name files here", self.page)));
        }
        let analysis = args::analysis_of(&files)?;
        args::show_aside(self.args.colour, &analysis.diagnostics, &analysis.sources)?;
        self.has_errors |= analysis.diagnostics.has_errors();
        Ok(Drawing::new(self.args, &analysis)?.chart())
    }
}

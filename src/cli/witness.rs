//! `funnelc check --witness DIR`: the stories of findings as tests that fail until they are mended.
//!
//! A file for each story, named by its code and funnel; of several the second is `f404_trial_2.funnel`. What is written was
//! played before, and fails.

use super::Failure;
use crate::{
    diag::{Diagnostic, Severity},
    fmt, lower,
    scenario::{self, Stage},
    workspace::{Analysis, normal},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The first words of every witness.
const MARK: &str = "# A witness of ";

/// What becomes of a story.
pub struct Witness {
    /// The code and the funnel: `f404_trial`.
    stem: String,
    code: &'static str,
    /// Where the finding is: `shop.funnel:12`.
    place: String,
    message: String,
    /// The files that the test uses.
    uses: Vec<String>,
    /// The `test` block, or why there is none.
    block: Result<String, String>,
}

/// The stories of a program's errors and warnings.
pub fn of(analysis: &Analysis, roots: &[String]) -> Vec<Witness> {
    let is_definite = |finding: &&Diagnostic| finding.severity != Severity::Information && finding.story.is_some();
    let definite: Vec<&Diagnostic> = analysis.diagnostics.iter().filter(is_definite).collect();
    if definite.is_empty() {
        return Vec::new();
    }
    let own: BTreeSet<String> =
        analysis.sources.files().filter(|(_, file)| file.text().starts_with(MARK)).map(|(_, file)| file.name().to_owned()).collect();
    let uses: Vec<String> = roots.iter().map(|root| normal(root)).filter(|root| !own.contains(root)).collect();
    let rehearsal = lower::rehearsal(&analysis.model, &analysis.sources);
    let stage = Stage::even_with_errors(&rehearsal, None);
    let one = |finding: &Diagnostic| {
        let story = finding.story.as_ref()?;
        let span = finding.primary.span;
        let (file, position) = (analysis.sources.file(span.file), analysis.sources.position(span));
        let name = format!("{}: {}", finding.code.id, finding.message);
        let block = match &stage {
            Ok(stage) => scenario::witness(stage, story, &name).map_err(|why| why.to_string()),
            Err(error) => Err(error.to_string()),
        };
        Some(Witness {
            stem: format!("{}_{}", finding.code.id.to_lowercase(), story.plot.funnel),
            code: finding.code.id,
            place: format!("{}:{}", file.name(), position.line),
            message: finding.message.clone(),
            uses: uses.clone(),
            block,
        })
    };
    definite.into_iter().filter_map(one).collect()
}

/// Writes witnesses to a folder, which is made, and says so on standard error. A file of the same name is written anew.
///
/// # Errors
/// [`Failure::World`] where a file cannot be written.
pub fn write(witnesses: &[Witness], folder: &str, separately: bool) -> Result<(), Failure> {
    let unwritable = |path: &str, error: &std::io::Error| Failure::World(format!("`{path}` cannot be written: {error}"));
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let folder = folder.trim_end_matches('/');
    let (mut names, mut seen, mut written) = (BTreeMap::<&str, u32>::new(), BTreeSet::new(), 0);
    for it in witnesses {
        // A file that several programs use is found fault with once.
        if !seen.insert((it.code, &it.place, &it.message)) {
            continue;
        }
        let block = match &it.block {
            Ok(block) => block,
            Err(why) => {
                eprintln!("funnelc: no test shows {} at {}: {why}", it.code, it.place);
                continue;
            }
        };
        let count = names.entry(&it.stem).or_default();
        *count += 1;
        let name = if *count == 1 { format!("{}.funnel", it.stem) } else { format!("{}_{count}.funnel", it.stem) };
        let path = format!("{folder}/{name}");
        let text = it.text(block, folder, &path)?;
        fs::write(&path, text).map_err(|error| unwritable(&path, &error))?;
        written += 1;
    }
    let tests = if written == 1 { "1 story is a test that fails".to_owned() } else { format!("{written} stories are tests that fail") };
    let separately = if separately { " --separately" } else { "" };
    match written {
        0 => eprintln!("funnelc: no story was written to `{folder}`"),
        _ => eprintln!("funnelc: {tests}, in `{folder}`: play them with `funnelc test{separately} --even-with-errors {folder}`"),
    }
    Ok(())
}

impl Witness {
    fn text(&self, block: &str, folder: &str, path: &str) -> Result<String, Failure> {
        let mut text = format!(
            "{MARK}{} at {}: it fails until that is mended.\n# Play it with: funnelc test --even-with-errors {path}\n",
            self.code, self.place
        );
        for file in &self.uses {
            text.push_str(&format!("use \"{}\"\n", seen_from(folder, file)?));
        }
        text = format!("{text}\n{block}");
        Ok(fmt::format(&text).map_or(text, |formatted| formatted.text))
    }
}

/// The path of a file as seen from a folder.
pub fn seen_from(folder: &str, file: &str) -> Result<String, Failure> {
    let whole = |path: &str| std::path::absolute(Path::new(path)).map(|path| normal(&path.to_string_lossy())).map_err(Failure::from);
    let (folder, file) = (whole(folder)?, whole(file)?);
    let (folder, file): (Vec<&str>, Vec<&str>) = (folder.split('/').collect(), file.split('/').collect());
    let common = folder.iter().zip(&file).take_while(|(one, other)| one == other).count();
    let up = folder.len().saturating_sub(common);
    let down = file.get(common..).unwrap_or_default();
    Ok(std::iter::repeat_n("..", up).chain(down.iter().copied()).collect::<Vec<_>>().join("/"))
}

//! `funnelc new`: a project from a template.

use super::{Failure, Outcome, io};
use crate::{
    diag::nearest,
    template::{Kind, Made, TEMPLATES, Template},
};
use std::{
    fs,
    io::{BufRead, Write},
    path::Path,
};

/// Begin a project from a model or journey: funnel, tests, a log, and what checks them
///
/// The folder must not hold anything yet: nothing is ever overwritten. Without the name or the template you are asked, in a
/// terminal. What is made checks clean, runs on its log, and passes its tests.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc new --list
  funnelc new cart --model abandoned_cart
  funnelc new funnels/trial --model trial_ending")]
pub struct Args {
    /// The folder to make; its last part names the project
    #[arg(value_name = "FOLDER")]
    folder: Option<String>,
    /// The template to begin from
    #[arg(long, value_name = "TEMPLATE")]
    model: Option<String>,
    /// List the templates
    #[arg(long, conflicts_with_all = ["folder", "model"])]
    list: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    if args.list {
        io::write_text(None, &list())?;
        return Ok(Outcome::Clean);
    }
    let template = template(args)?;
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => ask(&format!("the folder to make [{}]: ", template.name), "the folder to make: `funnelc new FOLDER --model TEMPLATE`")?
            .unwrap_or_else(|| template.name.to_owned()),
    };
    let folder = folder.trim_end_matches('/');
    let name = project_name(folder)?;
    let files = template.project(&name);
    refuse_to_overwrite(folder)?;
    files.iter().try_for_each(|file| write(folder, file))?;
    io::write_text(None, &told(folder, &name, template, &files))?;
    Ok(Outcome::Clean)
}

/// The templates, each on its line.
fn list() -> String {
    let width = TEMPLATES.iter().map(|template| template.name.len()).max().unwrap_or(0);
    let of = |kind: Kind| -> String {
        let mine = TEMPLATES.iter().filter(|template| template.kind == kind);
        mine.map(|template| format!("  {:width$}  {}\n", template.name, template.about)).collect()
    };
    format!("Models\n{}\nJourneys\n{}", of(Kind::Model), of(Kind::Journey))
}

fn template(args: &Args) -> Result<&'static Template, Failure> {
    let name = match &args.model {
        Some(name) => name.clone(),
        None => {
            if io::stdin_is_terminal() {
                eprintln!("{}", list());
            }
            let missing = "which template: `funnelc new FOLDER --model TEMPLATE`, and `funnelc new --list` lists them";
            ask("the template to begin from: ", missing)?.ok_or_else(|| Failure::Usage("no template was named".to_owned()))?
        }
    };
    Template::named(&name).ok_or_else(|| {
        let hint = match nearest(&name, TEMPLATES.iter().map(|it| it.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`funnelc new --list` lists them".to_owned(),
        };
        Failure::Usage(format!("there is no template `{name}`: {hint}"))
    })
}

/// Asks in a terminal; elsewhere nobody is there to answer, and `missing` says what to write.
fn ask(question: &str, missing: &str) -> Result<Option<String>, Failure> {
    if !io::stdin_is_terminal() {
        return Err(Failure::Usage(format!("say {missing}")));
    }
    eprint!("{question}");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    Ok((!answer.is_empty()).then(|| answer.to_owned()))
}

/// The last part of the folder's path: what files are called after.
fn project_name(folder: &str) -> Result<String, Failure> {
    let name = Path::new(folder).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    if name.is_empty() || !name.chars().all(fits) || name.starts_with('-') {
        return Err(Failure::Usage(format!("`{folder}` does not end in a name for the project: letters, digits, `_` and `-`")));
    }
    Ok(name.to_owned())
}

fn refuse_to_overwrite(folder: &str) -> Result<(), Failure> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            Some(_) => {
                Err(Failure::Usage(format!("the folder `{folder}` holds something already, and nothing is overwritten: name another")))
            }
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::World(format!("`{folder}` cannot be made: {error}"))),
    }
}

fn write(folder: &str, file: &Made) -> Result<(), Failure> {
    let path = Path::new(folder).join(&file.path);
    let written = (|| {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::File::create_new(&path)?.write_all(file.text.as_bytes())
    })();
    written.map_err(|error: std::io::Error| Failure::World(format!("`{}` cannot be written: {error}", path.display())))
}

fn told(folder: &str, name: &str, template: &Template, files: &[Made]) -> String {
    let width = files.iter().map(|file| file.path.chars().count()).max().unwrap_or(0);
    let rows: String = files.iter().map(|file| format!("  {:width$}  {}\n", file.path, file.about)).collect();
    let next: String = template.commands(name).iter().take(4).map(|(command, _)| format!("  {command}\n")).collect();
    format!("{folder} was made from `{}`:\n{rows}\nWhat to do next:\n  cd {folder}\n{next}", template.name)
}

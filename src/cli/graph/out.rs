//! Pictures into files, or compared with the files that are there.

use super::{Args, Engine, Form, draw::Drawing};
use crate::{
    cli::{Failure, Outcome, apart::apart, args, build, io},
    source::Span,
    workspace::Analysis,
};
use std::{fs, io::Write as _, path::Path};

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    match args.output.as_deref() {
        Some(folder) if folder != "-" && is_folder(folder) => each_into(args, folder),
        output => {
            if args.check && output.is_none_or(|output| output == "-") {
                return Err(Failure::Usage("`--check` compares with a file: name it with `--output`, or a page with `--embed`".to_owned()));
            }
            let form = form(args, output)?;
            let analysis = args::analysis_of(&args.paths)?;
            args::show_aside(args.colour, &analysis.diagnostics, &analysis.sources)?;
            one(args, &analysis, form, output)
        }
    }
}

fn is_folder(path: &str) -> bool {
    path.ends_with('/') || Path::new(path).is_dir()
}

/// A picture of each file, in a folder.
fn each_into(args: &Args, folder: &str) -> Result<Outcome, Failure> {
    let form = args.format.unwrap_or(Form::Svg);
    if !args.check {
        fs::create_dir_all(folder).map_err(|error| Failure::World(format!("`{folder}` cannot be made: {error}")))?;
    }
    let files = io::funnel_files(&args.paths)?;
    let mut outcome = Outcome::Clean;
    let mut names: Vec<String> = Vec::new();
    for file in files {
        let analysis = args::analysis_of(std::slice::from_ref(&file))?;
        let is_here = |span: Span| analysis.sources.file(span.file).name() == file;
        if !analysis.model.funnels.values().any(|funnel| funnel.name.span.is_some_and(is_here)) {
            // A file that only declares what others use has no picture of its own.
            continue;
        }
        args::show_aside(args.colour, &analysis.diagnostics, &analysis.sources)?;
        let stem = Path::new(&file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let path = format!("{}/{stem}.{}", folder.trim_end_matches('/'), ending(form));
        if names.contains(&path) {
            return Err(Failure::Usage(format!("two files would be drawn as `{path}`: draw them into folders of their own")));
        }
        if one(args, &analysis, form, Some(&path))? == Outcome::Findings {
            outcome = Outcome::Findings;
        }
        names.push(path);
    }
    Ok(outcome)
}

fn one(args: &Args, analysis: &Analysis, form: Form, output: Option<&str>) -> Result<Outcome, Failure> {
    let drawing = Drawing::new(args, analysis)?;
    if drawing.is_empty() && analysis.diagnostics.has_errors() {
        return Ok(build::refused("no diagram was drawn"));
    }
    if drawing.is_empty() {
        return Err(Failure::Usage("there is no funnel in these files".to_owned()));
    }
    let bytes = drawing.bytes(form)?;
    let found = if analysis.diagnostics.has_errors() { Outcome::Findings } else { Outcome::Clean };
    if let (true, Some(path)) = (args.check, output) {
        return Ok(if is_fresh(path, &bytes) { found } else { Outcome::Findings });
    }
    apart(analysis.sources.names(), &[("--output", output)])?;
    let mut out = io::writer(output)?;
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(found)
}

/// Whether a file holds these bytes; says so where it does not.
pub fn is_fresh(path: &str, bytes: &[u8]) -> bool {
    match fs::read(path) {
        Ok(there) if there == bytes => true,
        Ok(_) => {
            eprintln!("funnelc: `{path}` is out of date: the same command without `--check` draws it anew");
            false
        }
        Err(error) => {
            eprintln!("funnelc: `{path}` cannot be compared: {error}");
            false
        }
    }
}

/// The form asked for, by name, by the ending of the output, or by who reads it.
fn form(args: &Args, output: Option<&str>) -> Result<Form, Failure> {
    if let Some(form) = args.format {
        return Ok(form);
    }
    let Some(output) = output.filter(|output| *output != "-") else {
        let form = if io::stdout_is_terminal() { Form::Text } else { Form::Dot };
        return Ok(if args.engine == Engine::Dot { Form::Svg } else { form });
    };
    let ending = Path::new(output).extension().map_or_else(String::new, |ending| ending.to_string_lossy().to_lowercase());
    match ending.as_str() {
        "svg" => Ok(Form::Svg),
        #[cfg(feature = "png")]
        "png" => Ok(Form::Png),
        "dot" | "gv" => Ok(Form::Dot),
        "mmd" | "mermaid" => Ok(Form::Mermaid),
        "txt" => Ok(Form::Text),
        _ => Err(Failure::Usage(format!("the ending of `{output}` names no form: say which with `--format`"))),
    }
}

fn ending(form: Form) -> &'static str {
    match form {
        Form::Svg => "svg",
        #[cfg(feature = "png")]
        Form::Png => "png",
        Form::Dot => "dot",
        Form::Mermaid => "mmd",
        Form::Text => "txt",
    }
}

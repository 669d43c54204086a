//! Graphviz, for who asks for it: our DOT given to the program `dot`, which has to be installed.

use super::{Args, Engine, Form, View};
use crate::cli::Failure;
use std::{
    io::{ErrorKind, Write as _},
    process::{Command, Stdio},
    thread,
};

/// Whether Graphviz can draw this.
///
/// # Errors
/// [`Failure::Usage`] where it cannot.
pub fn fits(args: &Args, form: Form) -> Result<(), Failure> {
    let is_picture = match form {
        Form::Svg => true,
        #[cfg(feature = "png")]
        Form::Png => true,
        Form::Dot | Form::Mermaid | Form::Text => false,
    };
    match args.engine {
        Engine::Own => Ok(()),
        Engine::Dot if !is_picture => Err(Failure::Usage(
            "`--engine dot` makes pictures: name an output that ends in `.svg` or `.png`, or leave it out for this form".to_owned(),
        )),
        Engine::Dot if args.view != View::Journey => {
            Err(Failure::Usage("Graphviz draws the journey: leave out `--view`, or `--engine dot`".to_owned()))
        }
        Engine::Dot => Ok(()),
    }
}

/// Gives DOT to `dot` and returns what it draws.
///
/// # Errors
/// [`Failure::World`] where it is not installed, or fails.
pub fn drawn(dot: String, form: &str) -> Result<Vec<u8>, Failure> {
    let mut child =
        Command::new("dot").arg(format!("-T{form}")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(
            |error| {
                match error.kind() {
            ErrorKind::NotFound => Failure::World(
                "Graphviz is not installed, or its program `dot` is not on the path: install it (https://graphviz.org/download), or leave \
                 out `--engine dot`, since funnelc draws without it"
                    .to_owned(),
            ),
            _ => Failure::World(format!("`dot` cannot be started: {error}")),
        }
            },
        )?;
    let input = child.stdin.take();
    // It may begin to draw before it has read everything, so one writes while the other reads.
    let writer = thread::spawn(move || input.map_or(Ok(()), |mut input| input.write_all(dot.as_bytes())));
    let output = child.wait_with_output().map_err(|error| Failure::World(format!("`dot` cannot be waited for: {error}")))?;
    let written = writer.join();
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    if !output.status.success() {
        let why = if said.is_empty() { output.status.to_string() } else { said.to_owned() };
        return Err(Failure::World(format!("`dot` could not draw it: {why}")));
    }
    if !matches!(written, Ok(Ok(()))) || output.stdout.is_empty() {
        return Err(Failure::World("`dot` drew nothing: is it Graphviz that stands under this name on the path?".to_owned()));
    }
    if !said.is_empty() {
        eprintln!("funnelc: `dot` says: {said}");
    }
    Ok(output.stdout)
}

//! `funnelc man`: pages for `man`, made from the help texts.

use super::{Failure, Outcome, io};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::{fs, path::Path};

/// Print a page for `man`, or write all of them
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc man > funnelc.1
  funnelc man check | man -l -
  funnelc man -o share/man/man1        a page for each command")]
pub struct Args {
    /// The command the page is about; if not given, funnelc itself
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Write a page for each command into this folder
    #[arg(long, short, value_name = "FOLDER", conflicts_with = "command")]
    output: Option<String>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let pages = pages();
    if let Some(folder) = &args.output {
        let unwritable = |error: std::io::Error| Failure::World(format!("`{folder}` cannot be written: {error}"));
        fs::create_dir_all(folder).map_err(unwritable)?;
        for page in &pages {
            fs::write(Path::new(folder).join(format!("{}.1", name(page))), text(page)?).map_err(unwritable)?;
        }
        eprintln!("{} pages written to {folder}", pages.len());
        return Ok(Outcome::Clean);
    }
    let wanted = args.command.as_ref().map_or_else(|| "funnelc".to_owned(), |command| format!("funnelc-{command}"));
    let Some(page) = pages.iter().find(|page| self::name(page) == wanted) else {
        let names: Vec<_> = pages.iter().filter_map(|page| name(page).strip_prefix("funnelc-")).collect();
        let command = args.command.as_deref().unwrap_or_default();
        return Err(Failure::Usage(format!("funnelc has no command `{command}`; it has {}", names.join(", "))));
    };
    io::write_text(None, &text(page)?)?;
    Ok(Outcome::Clean)
}

/// funnelc and its commands, each under the name of its page.
fn pages() -> Vec<Command> {
    let mut main = super::Cli::command();
    main.build();
    let commands = main.get_subcommands().filter(|command| command.get_name() != "help" && !command.is_hide_set());
    let mut pages: Vec<Command> = commands.cloned().collect();
    pages.insert(0, main);
    pages
}

/// `funnelc-check`, `funnelc`.
fn name(page: &Command) -> &str {
    page.get_display_name().unwrap_or(page.get_name())
}

fn text(page: &Command) -> Result<String, Failure> {
    let man = Man::new(page.clone()).source(format!("funnelc {}", env!("CARGO_PKG_VERSION"))).manual("funnelc");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if page.get_subcommands().next().is_some() {
        man.render_subcommands_section(&mut out)?;
    }
    let text = String::from_utf8_lossy(&out).into_owned();
    Ok(text + &page.get_after_help().map_or_else(String::new, |help| examples(&help.to_string())))
}

/// The examples as a section of their own, each on its line.
fn examples(help: &str) -> String {
    let lines = help.lines().filter(|line| *line != "Examples:").map(|line| line.strip_prefix("  ").unwrap_or(line));
    let escaped = lines.map(|line| format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq")));
    format!(".SH EXAMPLES\n.nf\n{}.fi\n", escaped.collect::<String>())
}

//! `funnelc completions`: what a shell needs to complete our commands and options.

use super::{Failure, Outcome, io};
use clap::CommandFactory;
use clap_complete::{Shell, generate};

/// Print the completions for a shell
///
/// Where they belong:
///   bash        ~/.local/share/bash-completion/completions/funnelc
///   zsh         a file `_funnelc` in a folder of $fpath, before `compinit`
///   fish        ~/.config/fish/completions/funnelc.fish
///   elvish      ~/.config/elvish/lib/funnelc.elv, and `use funnelc` in rc.elv
///   powershell  a file that $PROFILE reads
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
#[command(after_help = "Examples:
  funnelc completions bash > funnelc.bash
  funnelc completions zsh > _funnelc
  funnelc completions fish > funnelc.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    generate(args.shell, &mut super::Cli::command(), "funnelc", &mut text);
    io::write_text(None, &String::from_utf8_lossy(&text))?;
    Ok(Outcome::Clean)
}

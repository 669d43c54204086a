//! The `funnelc` command.

fn main() -> std::process::ExitCode {
    funnelc::cli::run(std::env::args_os())
}

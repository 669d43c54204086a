//! The `funnelc` command.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    funnelc::cli::run(std::env::args_os())
}

//! The main job from end to end, on bundled examples: `cargo run --release --example tour`.
//!
//! Each command is printed as you would type it, then run. What they write goes to `target/tour`.

use std::process::ExitCode;

const COMMANDS: [&str; 5] = [
    "funnelc check examples/first_draft/newsletter.funnel",
    "funnelc check examples/journeys/abandoned_cart.funnel",
    "funnelc build examples/journeys/abandoned_cart.funnel -o target/tour/abandoned_cart.rules.yaml",
    "funnelc graph examples/journeys/abandoned_cart.funnel -o target/tour/abandoned_cart.dot",
    "funnelc run target/tour/abandoned_cart.rules.yaml --events examples/journeys/abandoned_cart.ndjson --until 2026-03-31 --out target/tour/what_happened.ndjson",
];

fn main() -> std::io::Result<ExitCode> {
    std::env::set_current_dir(env!("CARGO_MANIFEST_DIR"))?;
    std::fs::create_dir_all("target/tour")?;
    let mut status = ExitCode::SUCCESS;
    for (number, command) in COMMANDS.iter().enumerate() {
        println!("$ {command}");
        let result = funnelc::cli::run(command.split_whitespace().map(Into::into));
        // The first file is a draft with mistakes in it, to show what a finding looks like.
        if number > 0 && result != ExitCode::SUCCESS {
            status = result;
        }
        println!();
    }
    println!("Written to target/tour: the rule set, the diagram (`dot -Tsvg target/tour/abandoned_cart.dot -o cart.svg` draws it),");
    println!("and what_happened.ndjson, one line for each thing that happened.");
    Ok(status)
}

//! The `funnelc` command.

fn main() {}

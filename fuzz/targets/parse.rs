//! Any text: it is parsed, its findings lie inside it, and what is whole prints back to itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| funnelc_fuzz::parses(text));

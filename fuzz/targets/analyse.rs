//! Any text: names, types, checks, every form of findings, and lowering where it is whole.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| funnelc_fuzz::analyses(text));

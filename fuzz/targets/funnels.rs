//! Bytes choose a funnel whose names and types fit, so that the checks have something to do.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| funnelc_fuzz::analyses(&funnelc_fuzz::funnels::text(bytes)));

//! `funnelc state migrate`: everybody carried over to newer rules.

use super::rules::Rules;
use crate::{
    cli::{
        Failure, Outcome,
        build::refused,
        io,
        log::{instant, program},
        table,
    },
    runtime::{self, Options},
    store::{Live, Progress, Store},
};
use jiff::tz::TimeZone;
use std::path::Path;

/// How everybody is carried over.
#[derive(clap::Args)]
pub struct Args {
    /// The store
    #[arg(value_name = "STORE")]
    store: String,
    /// The newer rules: a rule set (.yaml, .json), or funnel files and folders of them
    #[arg(required = true, value_name = "RULES|FILE")]
    paths: Vec<String>,
    /// From when on they hold, in UTC where nothing else is said; timers due before run by the older ones. If not given, from the
    /// instant on that the store has come to
    #[arg(long, value_name = "TIME")]
    switch: Option<String>,
    /// Changes of these codes are meant, as `F852`
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let switch_ms = args.switch.as_deref().map(|text| instant(text, &TimeZone::UTC)).transpose()?;
    let Some(newer) = program(&args.paths, super::commands::PLAIN)? else { return Ok(refused("nothing was changed")) };
    if !Path::new(&args.store).exists() {
        return Err(crate::store::StoreError::Missing(args.store.clone()).into());
    }
    let store = Store::open(Path::new(&args.store))?;
    let rules = Rules::new(&store, &newer.rules)?;
    let Some(now_ms) = store.now_ms()?.filter(|_| rules.first().is_none()) else {
        return Err(Failure::Usage(format!("nothing was run yet on the store `{}`, so there is nobody to carry over", args.store)));
    };
    if !rules.may_go_on(&store, &args.store, &args.allow)? {
        return Ok(Outcome::Findings);
    }
    rules.not_before(switch_ms, now_ms)?;
    let prepared = rules.prepared()?;
    let Some(change) = rules.change(&prepared) else {
        io::write_text(None, "these are the rules that are in force already\n")?;
        return Ok(Outcome::Clean);
    };
    let mut live = Live::new(store, &prepared, rules.present(), None, Options::default())?;
    live.change(&change, switch_ms.unwrap_or(now_ms))?;
    let carried = live.carried();
    live.commit(Progress::default())?;
    let text: String = carried.iter().map(table::carried).collect();
    let results = format!("the store is at {} UTC\n", runtime::compact(live.now_ms().unwrap_or(now_ms)));
    io::write_text(None, &(text + &results))?;
    Ok(Outcome::Clean)
}

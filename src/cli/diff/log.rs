//! Both versions on an event log.

use crate::{
    cli::{Failure, run as runs},
    diff::{
        Played, Renames, Report,
        play::{self, Track},
    },
    ruleset::RuleSet,
    runtime::{
        Engine, Options, Record, SetAside,
        input::{Reading, Records},
    },
};
use jiff::tz::TimeZone;

/// The log to run both versions on.
#[derive(clap::Args, Clone, Debug)]
pub struct LogArgs {
    /// Run both versions on this event log, and say whose outcome differs; `-` is standard input
    #[arg(long, value_name = "LOG")]
    events: Option<String>,
    /// Which fields of the log hold what, as `contact=user_id,time=ts,event=name,id=uuid`
    #[arg(long, value_name = "MAP", requires = "events")]
    map: Vec<String>,
    /// The zone of times in the log that name none
    #[arg(long, value_name = "ZONE", default_value = "UTC", requires = "events")]
    zone: String,
    /// Run timers up to this time, itself included; else up to the last record
    #[arg(long, value_name = "TIME", requires = "events")]
    until: Option<String>,
}

impl LogArgs {
    /// What both versions do with the log, if one is given; those whom the report speaks of are counted.
    pub fn played(&self, old: &RuleSet, new: &RuleSet, report: &mut Report) -> Result<Option<Played>, Failure> {
        let Some(path) = &self.events else { return Ok(None) };
        let zone = runs::zone(&self.zone)?;
        let until_ms = self.until.as_deref().map(|text| runs::instant(text, &zone)).transpose()?;
        let records = self.records(path, &zone)?;
        // A version that is done with the log early would have had less time: both go on to the same instant.
        let last_ms = records.iter().filter_map(|record| record.as_ref().ok()).map(|record| record.time_ms).max();
        let options = || Options { until_ms: until_ms.or(last_ms), zone: zone.clone(), ..Options::default() };
        let (before, now) = (track(old, &records, options())?, track(new, &records, options())?);
        play::count(report, old, &before);
        Ok(Some(play::compared(&Renames::between(old, new), &before, &now)))
    }

    fn records(&self, path: &str, zone: &TimeZone) -> Result<Vec<Result<Record, SetAside>>, Failure> {
        let mapping = runs::mapping(&self.map)?;
        let reading = Reading { format: None, mapping, zone: zone.clone(), ..Reading::default() };
        let unreadable = |error: &dyn std::fmt::Display| Failure::World(format!("`{path}`: {error}"));
        let mut records = Records::new(runs::plain_log(path)?, reading).map_err(|error| unreadable(&error))?;
        let all = records.by_ref().collect();
        match records.take_error() {
            Some(error) => Err(unreadable(&error)),
            None => Ok(all),
        }
    }
}

/// What a version does with the records of a log, in the order of time.
fn track(rules: &RuleSet, records: &[Result<Record, SetAside>], options: Options) -> Result<Track, Failure> {
    let mut track = Track::default();
    let mut engine = Engine::new(rules, options).map_err(|error| Failure::World(error.to_string()))?;
    let mut batch: Vec<&Record> = records.iter().filter_map(|record| record.as_ref().ok()).collect();
    batch.sort_by_key(|record| (record.time_ms, record.position));
    batch.into_iter().for_each(|record| engine.push(record, &mut track));
    engine.finish(&mut track);
    track.rest(engine.resting());
    Ok(track)
}

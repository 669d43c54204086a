//! `funnelc run --state`: a run that goes on where the last one ended.

use super::{
    course::Course,
    follow::{Waiting, clock_ms},
    reading::Sources,
    rules::Rules,
};
use crate::{
    cli::{
        self, Failure,
        log::{Log, duration, engine::EngineArgs},
        table::{grouped, plural},
    },
    runtime::{self, Counters, Outcome},
    store::{Live, OutFile, Store, Within},
};
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};

/// Runs that go on.
#[derive(clap::Args, Clone, Debug)]
pub struct StateArgs {
    /// Keep what the run knows in this file, and go on where the last run on it ended
    #[arg(long, value_name = "STORE", conflicts_with_all = ["was", "report"])]
    pub state: Option<String>,
    /// With `--state`: changes of these codes between the rules of the last run and these are meant, as `F852`
    #[arg(long, value_name = "CODE", value_delimiter = ',', requires = "state")]
    allow: Vec<String>,
    /// With `--state`: commit after so many records
    #[arg(long, value_name = "RECORDS", default_value_t = 50_000, requires = "state", value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// With `--state`: wait for more; records are taken in the order of the log
    #[arg(long, requires = "state")]
    follow: bool,
    /// With `--state`: let time go on with the clock of this machine, so far behind it, as `5 minutes`, and set aside what is more
    /// than five minutes ahead of it; else records alone move it
    #[arg(long, value_name = "DURATION", requires = "state", conflicts_with = "until")]
    watermark: Option<String>,
    /// With `--follow`: end when no record has come for so long, as `30 seconds`
    #[arg(long, value_name = "DURATION", requires = "follow")]
    idle: Option<String>,
}

/// What of the arguments of `run` matters here.
pub struct Asked<'a> {
    pub log: Log,
    pub engine: EngineArgs,
    pub rules: &'a crate::ruleset::RuleSet,
    /// From when on new rules hold.
    pub switch_ms: Option<i64>,
    pub out: Option<&'a str>,
    pub form: fn(&Outcome) -> String,
    pub set_aside: Option<&'a str>,
    pub quiet: bool,
}

/// Goes on with a run.
///
/// # Errors
/// [`Failure`] for a store or files that cannot be used.
pub fn run(args: &StateArgs, path: &str, asked: Asked<'_>) -> Result<cli::Outcome, Failure> {
    let store = Store::open(Path::new(path))?;
    let rules = Rules::new(&store, asked.rules)?;
    if !rules.may_go_on(&store, path, &args.allow)? {
        return Ok(cli::Outcome::Findings);
    }
    rules.not_before(asked.switch_ms, store.now_ms()?.unwrap_or(i64::MIN))?;
    let prepared = rules.prepared()?;
    let (inputs, outs) = (store.inputs()?, [out(&store, asked.out)?, out(&store, asked.set_aside)?]);
    let left = OutFile::others(&store, &outs)?;
    let [out, aside] = outs;
    let (given, reading, options) = asked.log.parts()?;
    let (zone, until_ms, in_order) = (options.zone.clone(), options.until_ms, options.lateness_ms.is_some() || args.follow);
    let sources = Sources::new(&given, &inputs)?;
    let begin = if asked.engine.is_reference() { Live::on_reference } else { Live::new };
    let live = begin(store, &prepared, rules.present(), rules.first(), options)?;
    let before = (live.counters().clone(), live.store().numbers()?.results);
    let mut course = Course {
        live,
        records: Vec::new(),
        sources,
        form: asked.form,
        out,
        aside,
        goes_by_clock: args.watermark.is_some(),
        present: rules.present_of(&prepared)?,
        change: rules.change(&prepared).map(|changed| (changed, asked.switch_ms)),
        zone,
        batch: usize::try_from(args.batch).unwrap_or(usize::MAX),
        since: 0,
        carried: Vec::new(),
        set_aside: 0,
    };
    if asked.switch_ms.is_none() && course.change.is_some() {
        course.change_rules()?;
        course.commit(&[], Within::AsBefore)?;
    }
    let waiting = Waiting {
        watermark_ms: args.watermark.as_deref().map(duration).transpose()?,
        idle_ms: args.idle.as_deref().map(duration).transpose()?,
    };
    let to_ms = until_ms.or_else(|| waiting.watermark_ms.map(|behind_ms| clock_ms().saturating_sub(behind_ms)));
    let bar = if args.follow { ProgressBar::hidden() } else { crate::cli::log::progress(&given) };
    let is_whole = until_ms.is_some();
    // What was being sorted when the last run was stopped comes first, whatever this one does.
    let rest = match (in_order, course.live.store().section()?.is_some()) {
        (false, _) | (_, true) => course.run_sorted(&reading, is_whole, &bar)?,
        (true, false) => Vec::new(),
    };
    let rest = if in_order && !args.follow { course.run_in_order(&reading, is_whole, &bar)?.1 } else { rest };
    if args.follow {
        course.follow(&reading, waiting)?;
    }
    bar.finish_and_clear();
    if let Some(to_ms) = to_ms {
        course.advance(to_ms, is_whole)?;
        course.commit(&[], Within::AsBefore)?;
    }
    let told = Told::new(path, &course, before);
    let coming_ms = course.change.as_ref().and_then(|(_, from_ms)| *from_ms);
    let is_open = !rest.is_empty();
    for item in rest {
        course.take(item)?;
    }
    let store = course.close()?;
    if !asked.quiet {
        cli::io::write_text(None, &(told.text(&store, is_open)? + &told.left_out(&store, &left)? + &still_to_come(coming_ms)))?;
    }
    Ok(cli::Outcome::Clean)
}

fn out(store: &Store, path: Option<&str>) -> Result<Option<OutFile>, Failure> {
    let unsure = "with `--state` what happened goes to a file: of standard output nothing can be taken back when a run is killed; \
                  `funnelc state export` prints what is kept";
    match path {
        None => Ok(None),
        Some("-") => Err(Failure::Usage(unsure.to_owned())),
        Some(path) => Ok(Some(OutFile::open(store, &PathBuf::from(path))?)),
    }
}

/// What a run says at its end.
struct Told {
    path: String,
    changes: String,
    /// What was counted before, and how many results there were.
    before: (Counters, u64),
    counters: Counters,
    now_ms: Option<i64>,
    set_aside: u64,
}

impl Told {
    fn new(path: &str, course: &Course<'_>, before: (Counters, u64)) -> Self {
        Self {
            path: path.to_owned(),
            changes: course.carried.iter().map(cli::table::carried).collect(),
            before,
            counters: course.live.counters().clone(),
            now_ms: course.live.now_ms(),
            set_aside: course.set_aside,
        }
    }

    fn text(&self, store: &Store, is_open: bool) -> Result<String, Failure> {
        let numbers = store.numbers()?;
        let records = self.counters.records.saturating_sub(self.before.0.records);
        let taken = self.counters.taken.saturating_sub(self.before.0.taken);
        let repeated = self.counters.duplicates.saturating_sub(self.before.0.duplicates);
        let mut out = format!("{}{}, {} taken", self.changes, plural(records, "new record"), grouped(taken));
        if repeated > 0 {
            out += &format!(", {} dropped as repetitions", grouped(repeated));
        }
        if self.set_aside > 0 {
            out += &format!(", {} set aside", grouped(self.set_aside));
        }
        out += &format!("; {}\n", plural(numbers.results.saturating_sub(self.before.1), "new result"));
        let reached = self.now_ms.map_or_else(|| "before the first record".to_owned(), |ms| format!("at {} UTC", runtime::compact(ms)));
        let (of, path) = (plural(numbers.contacts, "contact"), &self.path);
        out += &format!("`{path}` is {reached}: {of}, {}", plural(numbers.results, "result"));
        if numbers.waiting > 0 {
            out += &format!(", {} waiting (`funnelc outbox {path}` hands them on)", plural(numbers.waiting, "request"));
        }
        out.push('\n');
        if is_open {
            out += "the last line of the log is not ended yet: what came of it is shown, and not kept (`--until` says that the log is whole)\n";
        }
        Ok(out + &ignored(&self.counters))
    }
}

/// What is said of newer rules that did not come into force.
fn still_to_come(from_ms: Option<i64>) -> String {
    let told = |ms| {
        format!("the newer rules hold from {} UTC on, and nothing came that late: `--switch` has to be given again\n", runtime::compact(ms))
    };
    from_ms.map(told).unwrap_or_default()
}

impl Told {
    /// What is said of output files of earlier runs that got nothing of this one.
    fn left_out(&self, store: &Store, left: &[String]) -> Result<String, Failure> {
        let has_new = store.numbers()?.results > self.before.1 || self.set_aside > 0;
        let told = |name: &String| {
            let path = &self.path;
            format!("`{name}`, which earlier runs wrote, has nothing of this one (`funnelc state export {path} --what results` has all)\n")
        };
        Ok(if has_new { left.iter().map(told).collect() } else { String::new() })
    }
}

fn ignored(counters: &Counters) -> String {
    let list: Vec<String> = counters.ignored.keys().map(|(event, property)| format!("{event}.{property}")).collect();
    if list.is_empty() {
        return String::new();
    }
    let more = if list.len() > 8 { format!(" and {} more", list.len() - 8) } else { String::new() };
    format!("not declared, so not read: {}{more}\n", list.into_iter().take(8).collect::<Vec<_>>().join(", "))
}

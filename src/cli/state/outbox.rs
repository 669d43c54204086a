//! `funnelc outbox`: requests handed to whoever delivers them.
//!
//! A request is marked when it was handed on, so one that was and could not be marked is handed on again: at least once, each
//! time with the same key, by which the receiver knows it. A receiver that fails is asked again, each time after twice as long.

use super::{
    deliver::{Receiver, Refusal},
    follow::clock_ms,
};
use crate::{
    cli::{
        Failure, Outcome,
        log::duration,
        table::{grouped, plural},
    },
    runtime,
    store::{Outbox, Request},
};
use std::{path::Path, thread, time::Duration};

/// The longest time before a request is tried again.
const PAUSE_MS_MAX: i64 = 3_600_000;
/// How often an empty outbox is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// So many requests are taken at once.
const MOST: u32 = 200;

/// Hand requests to whoever delivers them, and mark what was delivered
///
/// Takes what `run --state` left in the store: messages to be sent, and actions to be done. Each is handed to a command, as JSON on
/// standard input, or to an address, as the body of a POST request. A command must end with status 0, an address answer with 2xx;
/// else the request is tried again later. Each is delivered at least once, always with the same key. Exit status: 0 where all
/// are delivered, 1 where some were given up.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc outbox shop.db --command 'cat >> sent.ndjson'
  funnelc outbox shop.db --command ./deliver.sh --attempts 3   the key is in $FUNNELC_REQUEST
  funnelc outbox shop.db --command cat --again                 those that were given up as well")]
pub struct Args {
    /// The store
    #[arg(value_name = "STORE")]
    store: String,
    #[command(flatten)]
    to: To,
    /// With `--url`: a header of each request, as `Authorization: Bearer …`
    #[cfg(feature = "http")]
    #[arg(long, value_name = "HEADER", requires = "url")]
    header: Vec<String>,
    /// Give a request up after so many attempts
    #[arg(long, value_name = "TIMES", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
    /// How long to wait before a request is tried again, the first time; then twice as long each time, an hour at most
    #[arg(long, value_name = "DURATION", default_value = "2 seconds")]
    pause: String,
    /// How long a command or an address may take
    #[arg(long, value_name = "DURATION", default_value = "30 seconds")]
    timeout: String,
    /// Try again what was given up before
    #[arg(long)]
    again: bool,
    /// Wait for more
    #[arg(long)]
    follow: bool,
    /// Print nothing where all is well
    #[arg(long, short)]
    quiet: bool,
}

/// To whom requests are handed.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// Hand each request to this command: as JSON on standard input, its key in `FUNNELC_REQUEST`
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// Hand each request to this address: as JSON, its key in the header `Idempotency-Key`
    #[cfg(feature = "http")]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

#[derive(Default)]
struct Counts {
    delivered: u64,
    given_up: u64,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let timeout = Duration::from_millis(u64::try_from(duration(&args.timeout)?).unwrap_or_default().max(1));
    let pause_ms = duration(&args.pause)?.max(1);
    let receiver = receiver(args, timeout)?;
    let outbox = Outbox::open(Path::new(&args.store))?;
    if args.again {
        outbox.try_again()?;
    }
    let mut counts = Counts::default();
    loop {
        let waiting = outbox.waiting(args.attempts, clock_ms(), MOST)?;
        for request in &waiting {
            hand(&outbox, &receiver, request, args, pause_ms, &mut counts)?;
        }
        if !waiting.is_empty() {
            continue;
        }
        match outbox.next_ms(args.attempts)? {
            None if !args.follow => break,
            Some(next_ms) if !args.follow => {
                let pause = u64::try_from(next_ms.saturating_sub(clock_ms())).unwrap_or_default();
                thread::sleep(Duration::from_millis(pause.clamp(1, 60_000)));
            }
            Some(_) | None => thread::sleep(LOOK),
        }
    }
    let left = outbox.store().numbers()?.waiting;
    if !args.quiet {
        let before = if left > counts.given_up {
            format!(", {} given up before (`--again` tries them)", grouped(left - counts.given_up))
        } else {
            String::new()
        };
        let given_up = if counts.given_up > 0 { format!(", {} given up", grouped(counts.given_up)) } else { String::new() };
        let told = format!("{} delivered{given_up}{before}\n", plural(counts.delivered, "request"));
        eprint!("{told}");
    }
    Ok(if left > 0 { Outcome::Findings } else { Outcome::Clean })
}

fn receiver(args: &Args, timeout: Duration) -> Result<Receiver, Failure> {
    #[cfg(feature = "http")]
    if let Some(url) = &args.to.url {
        return Receiver::address(url, &args.header, timeout);
    }
    match args.to.command.as_deref().unwrap_or_default() {
        // A shell would end well without looking at any request.
        blank if blank.trim().is_empty() => {
            Err(Failure::Usage("`--command` is empty: say which command takes a request on standard input, as `./deliver.sh`".to_owned()))
        }
        command => Ok(Receiver::command(command, timeout)),
    }
}

/// Hands a request on, and marks what became of it.
fn hand(outbox: &Outbox, receiver: &Receiver, request: &Request, args: &Args, pause_ms: i64, counts: &mut Counts) -> Result<(), Failure> {
    let Err(Refusal { reason, after_ms }) = receiver.hand(request, &body(request)) else {
        outbox.delivered(request, clock_ms())?;
        counts.delivered += 1;
        return Ok(());
    };
    let doubled = pause_ms.saturating_mul(1_i64.checked_shl(request.attempts.min(40)).unwrap_or(i64::MAX)).min(PAUSE_MS_MAX);
    let is_given_up = request.attempts + 1 >= args.attempts;
    let next_ms = (!is_given_up).then(|| clock_ms().saturating_add(after_ms.unwrap_or(0).max(doubled)));
    outbox.failed(request, &reason, next_ms)?;
    if is_given_up {
        counts.given_up += 1;
        let what = format!("`{}` for `{}` (request {})", request.name, request.contact, request.key);
        eprintln!("funnelc: {what} is given up after {}: {reason}", plural(u64::from(args.attempts), "attempt"));
    }
    Ok(())
}

/// A request as it is handed on: one line of JSON, the same at each attempt.
fn body(request: &Request) -> String {
    let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let named = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!(",\"{name}\":{}", text(value))).unwrap_or_default();
    let kind = if request.kind == "send" { "message" } else { "action" };
    format!(
        "{{\"request\":{},\"time\":{},\"contact\":{},\"funnel\":{}{},\"run\":{},\"what\":{},\"{kind}\":{}{},\"arguments\":{}}}\n",
        text(&request.key),
        text(&runtime::rfc3339(request.time_ms)),
        text(&request.contact),
        text(&request.funnel),
        named("key", &request.run_key),
        request.run,
        text(&request.kind),
        text(&request.name),
        named("channel", &request.channel),
        request.arguments
    )
}

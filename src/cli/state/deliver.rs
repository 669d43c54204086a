//! Whoever takes requests: a command, or an address.

#[cfg(feature = "http")]
use crate::cli::Failure;
use crate::store::Request;
use std::{
    io::{ErrorKind, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

/// So much of what a receiver says of a failure is kept.
const REASON_MAX: usize = 300;

/// Why a request was not taken.
pub struct Refusal {
    /// In words.
    pub reason: String,
    /// When it may be tried again, if the receiver says so.
    pub after_ms: Option<i64>,
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        let reason: String = reason.into().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(REASON_MAX).collect();
        Self { reason, after_ms: None }
    }
}

/// Whoever takes requests.
pub enum Receiver {
    /// A command of the shell.
    Command { text: String, timeout: Duration },
    /// An address.
    #[cfg(feature = "http")]
    Address { url: String, headers: Vec<(String, String)>, agent: ureq::Agent },
}

impl Receiver {
    pub fn command(text: &str, timeout: Duration) -> Self {
        Self::Command { text: text.to_owned(), timeout }
    }

    /// # Errors
    /// [`Failure::Usage`] for what is no address or no header.
    #[cfg(feature = "http")]
    pub fn address(url: &str, headers: &[String], timeout: Duration) -> Result<Self, Failure> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::Usage(format!("`{url}` is no address: it begins with https:// or http://")));
        }
        let header = |text: &String| {
            let pair = text.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
            pair.filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| Failure::Usage(format!("`{text}` is no header: write one as `Name: value`")))
        };
        let headers = headers.iter().map(header).collect::<Result<_, _>>()?;
        let config = ureq::Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false).max_redirects(0).build();
        Ok(Self::Address { url: url.to_owned(), headers, agent: config.into() })
    }

    /// Hands a request on.
    ///
    /// # Errors
    /// [`Refusal`] where it was not taken.
    pub fn hand(&self, request: &Request, body: &str) -> Result<(), Refusal> {
        match self {
            Self::Command { text, timeout } => call(text, request, body, *timeout),
            #[cfg(feature = "http")]
            Self::Address { url, headers, agent } => post(agent, url, headers, request, body),
        }
    }
}

fn shell(text: &str) -> Command {
    let (program, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(program);
    command.args([option, text]);
    command
}

fn call(text: &str, request: &Request, body: &str, timeout: Duration) -> Result<(), Refusal> {
    let mut command = shell(text);
    command.env("FUNNELC_REQUEST", &request.key).env("FUNNELC_CONTACT", &request.contact).env("FUNNELC_NAME", &request.name);
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| Refusal::new(format!("the command cannot be started: {error}")))?;
    let (sender, said) = channel();
    if let Some(mut stderr) = child.stderr.take() {
        thread::spawn(move || {
            let mut all = Vec::new();
            drop(stderr.read_to_end(&mut all));
            drop(sender.send(String::from_utf8_lossy(&all).into_owned()));
        });
    }
    if let Some(mut stdin) = child.stdin.take() {
        let body = body.as_bytes().to_vec();
        // One that takes no notice of what it is told may have done its work all the same.
        thread::spawn(move || match stdin.write_all(&body) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => eprintln!("funnelc: the command cannot be told its request: {error}"),
            _ => {}
        });
    }
    let status = ended(&mut child, timeout)?;
    if status.success() {
        return Ok(());
    }
    let said = said.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let how = status.code().map_or_else(|| "the command was killed".to_owned(), |code| format!("the command ended with status {code}"));
    Err(Refusal::new(if said.trim().is_empty() { how } else { format!("{how}: {said}") }))
}

/// Waits for a command, and ends it when its time is over.
fn ended(child: &mut Child, timeout: Duration) -> Result<ExitStatus, Refusal> {
    let (begin, mut pause) = (Instant::now(), Duration::from_micros(500));
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Err(error) => return Err(Refusal::new(format!("the command cannot be waited for: {error}"))),
            Ok(None) if begin.elapsed() >= timeout => {
                drop(child.kill());
                drop(child.wait());
                return Err(Refusal::new(format!("the command took longer than {} seconds", timeout.as_secs_f32())));
            }
            Ok(None) => thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

#[cfg(feature = "http")]
fn post(agent: &ureq::Agent, url: &str, headers: &[(String, String)], request: &Request, body: &str) -> Result<(), Refusal> {
    let mut post = agent.post(url).header("Content-Type", "application/json").header("Idempotency-Key", &request.key);
    for (name, value) in headers {
        post = post.header(name, value);
    }
    let mut answer = post.send(body.trim_end()).map_err(|error| Refusal::new(error.to_string()))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse::<i64>().ok());
    let said = answer.body_mut().with_config().limit(4_096).read_to_string().unwrap_or_default();
    let refusal = Refusal::new(format!("the address answers {} {said}", status.as_u16()));
    Err(Refusal { after_ms: after.map(|seconds| seconds.saturating_mul(1_000)), ..refusal })
}

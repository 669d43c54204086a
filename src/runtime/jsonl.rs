//! Results as lines of JSON, written straight into one text.
//!
//! The fields and their order are described in `outcome`. A text without anything to escape, as nearly all are, is copied.

use super::{
    instant,
    outcome::{Argument, Outcome, SendOutcome, What},
    value::{Value, json_text},
};

/// Adds a text in quotes.
fn text(out: &mut String, text: &str) {
    // All of it is looked at, so that many bytes are at once.
    if text.bytes().fold(false, |is_odd, byte| is_odd | (byte < 0x20) | (byte == b'"') | (byte == b'\\')) {
        out.push_str(&json_text(text));
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Adds a name that has nothing to escape, with its value, a text.
fn field(out: &mut String, name: &str, value: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    text(out, value);
}

fn number(out: &mut String, name: &str, value: u64) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    out.push_str(itoa::Buffer::new().format(value));
}

fn place(out: &mut String, name: &str, stage: Option<&String>) {
    match stage {
        Some(stage) => field(out, name, stage),
        None => {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":null");
        }
    }
}

fn value(out: &mut String, value: Option<&Value>) {
    match value {
        Some(Value::Text(word) | Value::Choice(word)) => text(out, word),
        Some(other) => out.push_str(&other.to_json()),
        None => out.push_str("null"),
    }
}

fn arguments(out: &mut String, arguments: &[Argument]) {
    out.push_str(",\"arguments\":{");
    for (at, (name, of)) in arguments.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        text(out, name);
        out.push(':');
        value(out, of.as_ref());
    }
    out.push('}');
}

/// What happened, behind `"what":`.
fn what(out: &mut String, what: &What) {
    let kind = |out: &mut String, kind: &str, name: &str, of: &str| {
        text(out, kind);
        field(out, name, of);
    };
    match what {
        What::Move { from, to } => {
            text(out, "move");
            place(out, "from", from.as_ref());
            place(out, "to", to.as_ref());
        }
        What::RunEnds { stage } => kind(out, "run_ends", "stage", stage),
        What::PlayBegins { play } => kind(out, "play_begins", "play", play),
        What::PlayFinished { play } => kind(out, "play_finished", "play", play),
        What::PlayCutOff { play } => kind(out, "play_cut_off", "play", play),
        What::Send { request, message, channel, arguments: with, outcome } => {
            kind(out, "send", "request", request);
            field(out, "message", message);
            field(out, "channel", channel);
            field(out, "outcome", &outcome.words().replace(' ', "_"));
            if let SendOutcome::Held { until_ms } = outcome {
                field(out, "until", &instant::rfc3339(*until_ms));
            }
            arguments(out, with);
        }
        What::Do { request, action, arguments: with } => {
            kind(out, "do", "request", request);
            field(out, "action", action);
            arguments(out, with);
        }
        What::Record { event, arguments: with } => {
            kind(out, "record", "event", event);
            arguments(out, with);
        }
        What::Set { attribute, value: set } => {
            kind(out, "set", "attribute", attribute);
            out.push_str(",\"value\":");
            value(out, set.as_ref());
        }
        What::Split { split, arm } => {
            kind(out, "split", "split", split);
            field(out, "arm", arm);
        }
        What::Looping { stage } => kind(out, "looping", "stage", stage),
        What::Cascade => text(out, "cascade"),
        What::Stranded { stage } => kind(out, "stranded", "stage", stage),
    }
}

impl Outcome {
    /// One JSON object, without a line break.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(256);
        self.write_json(&mut out);
        out
    }

    /// Adds the JSON object to a text.
    pub fn write_json(&self, out: &mut String) {
        out.push_str("{\"time\":\"");
        instant::write_rfc3339(out, self.time_ms);
        out.push('"');
        field(out, "contact", &self.contact);
        number(out, "seq", self.sequence);
        field(out, "funnel", &self.funnel);
        if let Some(key) = &self.key {
            field(out, "key", key);
        }
        number(out, "run", u64::from(self.run));
        out.push_str(",\"what\":");
        what(out, &self.what);
        if let Some(clause) = &self.clause {
            out.push_str(",\"clause\":{\"id\":");
            text(out, &clause.id);
            field(out, "sentence", &clause.sentence);
            out.push('}');
        }
        out.push('}');
    }
}

//! Both versions on one log, each on its own: who ends elsewhere, and who gets other messages.
//!
//! Reading: each version runs the whole log from its beginning; nobody is carried over from one to the other. A run that both
//! versions take the same way until the end of the log is no difference, whatever the names of its stages were.

use super::{Renames, Report, Who, render};
use crate::{
    ruleset::RuleSet,
    runtime::{Outcome, SendOutcome, Sink, What, rfc3339},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// So many contacts are shown as examples.
const EXAMPLES_MAX: usize = 5;

/// A contact's run of a funnel: by contact, funnel and key.
type RunKey = (String, String, String);

/// Takes the results of one version.
#[derive(Clone, Debug, Default)]
pub struct Track {
    runs: BTreeMap<RunKey, Run>,
    contacts: BTreeSet<String>,
    /// Who rests at which step at the end.
    resting: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    /// The stage at the end; nothing is outside.
    stage: Option<String>,
    /// What was sent, in order, and when.
    sent: Vec<(i64, String)>,
    /// What was done besides, in order.
    deeds: Vec<(i64, String)>,
    /// Which nurtures are running.
    plays: BTreeSet<String>,
}

impl Track {
    /// Notes where people rest at the end: contacts, and identities of steps.
    pub fn rest<'e>(&mut self, resting: impl Iterator<Item = (&'e str, &'e str)>) {
        for (contact, step) in resting {
            self.resting.entry(step.to_owned()).or_default().insert(contact.to_owned());
        }
    }

    /// Notes where somebody is: in a stage of a funnel (for a key, if runs have one), where these nurtures run.
    pub fn place<'p>(&mut self, contact: &str, funnel: &str, key: &str, stage: &str, plays: impl Iterator<Item = &'p str>) {
        self.contacts.insert(contact.to_owned());
        let run = self.runs.entry((contact.to_owned(), funnel.to_owned(), key.to_owned())).or_default();
        run.stage = Some(stage.to_owned());
        run.plays.extend(plays.map(str::to_owned));
    }

    fn run(&mut self, outcome: &Outcome) -> &mut Run {
        let key = (outcome.contact.clone(), outcome.funnel.clone(), outcome.key.clone().unwrap_or_default());
        self.contacts.insert(outcome.contact.clone());
        self.runs.entry(key).or_default()
    }
}

impl Sink for Track {
    fn outcome(&mut self, outcome: &Outcome) {
        let at = outcome.time_ms;
        let run = self.run(outcome);
        match &outcome.what {
            What::Move { to, .. } => {
                run.stage.clone_from(to);
                run.plays.clear();
                let place = to.as_ref().map_or_else(|| "outside".to_owned(), |to| format!("`{to}`"));
                run.deeds.push((at, format!("comes to {place}")));
            }
            What::Send { message, outcome: SendOutcome::Sent, .. } => {
                run.sent.push((at, message.clone()));
                run.deeds.push((at, format!("gets `{message}`")));
            }
            What::Do { action, .. } => run.deeds.push((at, format!("is handed to `{action}`"))),
            What::Set { attribute, value } => {
                let value = value.as_ref().map_or_else(|| "missing".to_owned(), ToString::to_string);
                run.deeds.push((at, format!("has `{attribute} = {value}`")));
            }
            What::Record { event, .. } => run.deeds.push((at, format!("`{event}` is recorded"))),
            What::PlayBegins { play } => drop(run.plays.insert(play.clone())),
            What::PlayFinished { play } | What::PlayCutOff { play } => drop(run.plays.remove(play)),
            What::Send { .. }
            | What::RunEnds { .. }
            | What::Split { .. }
            | What::Looping { .. }
            | What::Cascade
            | What::Stranded { .. } => {}
        }
    }

    fn set_aside(&mut self, _: &crate::runtime::SetAside) {}
}

/// A kind of difference, and who has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Elsewhere { funnel: String, before: String, now: String },
    NotSent { message: String },
    Sent { message: String },
    OtherTime,
}

/// A contact whose outcome differs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Case {
    contact: String,
    words: String,
}

/// What both versions did with a log.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Played {
    /// How many contacts there are.
    pub contacts: usize,
    /// For how many of them something differs.
    pub differ: usize,
    kinds: Vec<(Kind, usize)>,
    cases: Vec<Case>,
}

/// Compares what both versions did; names of the older one are put in those of the newer.
#[must_use]
pub fn compared(renames: &Renames, old: &Track, new: &Track) -> Played {
    let before = renamed(renames, old);
    let mut kinds: BTreeMap<Kind, BTreeSet<&str>> = BTreeMap::new();
    let mut cases: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let keys: BTreeSet<&RunKey> = before.keys().chain(new.runs.keys()).collect();
    let nothing = Run::default();
    for key in keys {
        let (was, is) = (before.get(key).unwrap_or(&nothing), new.runs.get(key).unwrap_or(&nothing));
        let found = differences(&key.1, was, is);
        if found.is_empty() {
            continue;
        }
        for kind in found {
            kinds.entry(kind).or_default().insert(&key.0);
        }
        let run = if key.2.is_empty() { key.1.clone() } else { format!("{} for {}", key.1, key.2) };
        cases.entry(&key.0).or_default().push(parting(&run, was, is));
    }
    let mut kinds: Vec<(Kind, usize)> = kinds.into_iter().map(|(kind, who)| (kind, who.len())).collect();
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let contacts: BTreeSet<&String> = old.contacts.iter().chain(&new.contacts).collect();
    let differ = cases.len();
    let cases = cases
        .into_iter()
        .take(EXAMPLES_MAX)
        .map(|(contact, words)| Case { contact: contact.to_owned(), words: words.join("; ") })
        .collect();
    Played { contacts: contacts.len(), differ, kinds, cases }
}

fn renamed(renames: &Renames, track: &Track) -> BTreeMap<RunKey, Run> {
    let run = |(key, run): (&RunKey, &Run)| {
        let (contact, funnel, value) = key;
        let mut run = run.clone();
        let stage = run.stage.map(|stage| renames.stage(funnel, &stage));
        run.stage = stage;
        for (_, message) in &mut run.sent {
            *message = renames.message(message).to_owned();
        }
        ((contact.clone(), renames.funnel(funnel).to_owned(), value.clone()), run)
    };
    track.runs.iter().map(run).collect()
}

fn differences(funnel: &str, was: &Run, is: &Run) -> Vec<Kind> {
    let mut found = Vec::new();
    let place = |run: &Run| run.stage.clone().map_or_else(|| "outside".to_owned(), |stage| format!("`{stage}`"));
    if was.stage != is.stage {
        found.push(Kind::Elsewhere { funnel: funnel.to_owned(), before: place(was), now: place(is) });
    }
    let count = |run: &Run, message: &str| run.sent.iter().filter(|(_, it)| it == message).count();
    let messages: BTreeSet<&String> = was.sent.iter().chain(&is.sent).map(|(_, message)| message).collect();
    for message in messages {
        match count(was, message).cmp(&count(is, message)) {
            std::cmp::Ordering::Greater => found.push(Kind::NotSent { message: message.clone() }),
            std::cmp::Ordering::Less => found.push(Kind::Sent { message: message.clone() }),
            std::cmp::Ordering::Equal => {}
        }
    }
    if found.is_empty() && was.sent != is.sent {
        found.push(Kind::OtherTime);
    }
    found
}

/// Where two courses of a run part, in words.
fn parting(run: &str, was: &Run, is: &Run) -> String {
    let same = was.deeds.iter().zip(&is.deeds).take_while(|(a, b)| a == b).count();
    let next = |run: &Run| run.deeds.get(same).map_or_else(|| "nothing more".to_owned(), |(at, words)| format!("{words} on {}", day(*at)));
    format!("in {run}: now {}; before, {}", next(is), next(was))
}

/// `2026-03-02 10:00`, UTC.
fn day(ms: i64) -> String {
    let text = rfc3339(ms);
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

impl Kind {
    fn words(&self, count: usize) -> String {
        let (who, are, get) = if count == 1 { ("1 contact".to_owned(), "is", "gets") } else { (format!("{count} contacts"), "are", "get") };
        match self {
            Self::Elsewhere { funnel, before, now } => {
                format!("{who} {are} {now} instead of {before}, in `{funnel}`").replace("are `", "are in `").replace("is `", "is in `")
            }
            Self::NotSent { message } => {
                format!("{who} {} `{message}`, or {get} it less often", if count == 1 { "does not get" } else { "do not get" })
            }
            Self::Sent { message } => format!("{who} {get} `{message}`, or {get} it more often"),
            Self::OtherTime => format!("{who} {get} the same messages at other times"),
        }
    }
}

impl Played {
    /// All of it in words, without a final newline.
    #[must_use]
    pub fn words(&self, width: usize) -> String {
        if self.differ == 0 {
            return format!("on the log, nothing differs for any of the {} contacts", self.contacts);
        }
        let mut lines = vec![format!(
            "on the log, {} of {} contacts fare{} otherwise:",
            self.differ,
            self.contacts,
            if self.differ == 1 { "s" } else { "" }
        )];
        lines.extend(self.kinds.iter().map(|(kind, count)| format!("  {}", render::wrapped(&kind.words(*count), width, 2))));
        lines.push("for example".to_owned());
        lines.extend(self.cases.iter().map(|case| format!("  {}", render::wrapped(&format!("{} {}", case.contact, case.words), width, 4))));
        lines.join("\n")
    }

    /// All of it for programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let kinds = self.kinds.iter().map(|(kind, count)| match kind {
            Kind::Elsewhere { funnel, before, now } => json!({ "what": "elsewhere", "funnel": funnel, "before": before.trim_matches('`'), "now": now.trim_matches('`'), "contacts": count }),
            Kind::NotSent { message } => json!({ "what": "fewer messages", "message": message, "contacts": count }),
            Kind::Sent { message } => json!({ "what": "more messages", "message": message, "contacts": count }),
            Kind::OtherTime => json!({ "what": "other times", "contacts": count }),
        });
        let cases = self.cases.iter().map(|case| json!({ "contact": case.contact, "text": case.words }));
        json!({ "contacts": self.contacts, "differ": self.differ, "differences": kinds.collect::<Vec<_>>(), "examples": cases.collect::<Vec<_>>() })
    }
}

/// Counts whom the sentences of a report are about at the end of a log that the older version ran.
pub fn count(report: &mut Report, old: &RuleSet, track: &Track) {
    let stages: BTreeMap<&str, (&str, &str)> = old
        .funnels
        .iter()
        .flat_map(|funnel| funnel.stages.iter().map(|stage| (stage.id.as_str(), (funnel.name.as_str(), stage.name.as_str()))))
        .collect();
    let nurtures: BTreeMap<&str, (&str, &str, &str)> = (old.funnels.iter())
        .flat_map(|funnel| funnel.stages.iter().map(move |stage| (funnel, stage)))
        .flat_map(|(funnel, stage)| {
            stage.nurtures.iter().map(move |it| (it.id.as_str(), (funnel.name.as_str(), stage.name.as_str(), it.name.as_str())))
        })
        .collect();
    for fate in report.changes.iter_mut().flat_map(|change| &mut change.people) {
        let matching = |holds: &dyn Fn(&str, &Run) -> bool| {
            let who: BTreeSet<&String> = track.runs.iter().filter(|(key, run)| holds(&key.1, run)).map(|(key, _)| &key.0).collect();
            who.len()
        };
        fate.count = match &fate.who {
            Who::Inside(id) => {
                stages.get(id.as_str()).map(|(funnel, stage)| matching(&|of, run| of == *funnel && run.stage.as_deref() == Some(*stage)))
            }
            Who::Nurtured(id) => nurtures.get(id.as_str()).map(|(funnel, stage, play)| {
                matching(&|of, run| of == *funnel && run.stage.as_deref() == Some(*stage) && run.plays.contains(*play))
            }),
            Who::Waiting(id) => Some(track.resting.get(id).map_or(0, BTreeSet::len)),
            Who::Others => None,
        };
    }
}

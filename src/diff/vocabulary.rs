//! What changed about what funnels know and how messages go: attributes, events, channels, messages, actions, segments, scores.

use super::{
    Versions,
    codes::{F854, F855},
    funnels::renamed,
    relation::Difference,
    report::{Change, Example, Place, Relation, Verdict, Who},
    words,
};
use crate::ruleset::{Attribute, Channel, Condition, Event, Keeper, Message, Property, Type};
use std::collections::BTreeMap;

fn place(id: String) -> Place {
    Place { id: Some(id), ..Place::default() }
}

/// What changed, in the order of the newer files.
pub(super) fn compared(versions: &Versions<'_>) -> Vec<Change> {
    let (old, new) = (versions.old, versions.new);
    let mut changes = Vec::new();
    if old.timezone != new.timezone {
        let message = format!("whoever has no zone of their own lives in {} instead of {}", new.timezone, old.timezone);
        let change = Change::new(Verdict::Behavioural, Place::default(), message);
        changes.push(change.people(Who::Others, "their clock times and quiet hours are those of the new zone from now on"));
    }
    each(&old.attributes, &new.attributes, |it| &it.name, "attribute", &mut changes, attribute);
    each(&old.events, &new.events, |it| &it.name, "event", &mut changes, event);
    each(&old.channels, &new.channels, |it| &it.name, "channel", &mut changes, channel);
    for message in &new.messages {
        changes.extend(renamed(&versions.renames.messages, &message.name, "message", &place(format!("message {}", message.name))));
    }
    each(&old.messages, &new.messages, |it| &it.name, "message", &mut changes, message);
    each(
        &old.actions,
        &new.actions,
        |it| &it.name,
        "action",
        &mut changes,
        |old, new, place, changes| {
            parameters(&old.parameters, &new.parameters, &format!("the action `{}`", new.name), place, changes);
        },
    );
    for (kind, before, now) in [
        ("segment", names(&old.segments, |it| &it.name), names(&new.segments, |it| &it.name)),
        ("score", names(&old.scores, |it| &it.name), names(&new.scores, |it| &it.name)),
    ] {
        added_and_gone(kind, &before, &now, &mut changes);
    }
    promises(versions, &mut changes);
    changes
}

fn names<'r, T>(list: &'r [T], name: impl Fn(&'r T) -> &'r String) -> Vec<&'r str> {
    list.iter().map(|it| name(it).as_str()).collect()
}

fn each<'r, T>(
    old: &'r [T],
    new: &'r [T],
    name: impl Fn(&'r T) -> &'r String,
    kind: &str,
    changes: &mut Vec<Change>,
    compare: impl Fn(&'r T, &'r T, &Place, &mut Vec<Change>),
) {
    added_and_gone(kind, &names(old, &name), &names(new, &name), changes);
    for now in new {
        if let Some(before) = old.iter().find(|before| name(before) == name(now)) {
            compare(before, now, &place(format!("{kind} {}", name(now))), changes);
        }
    }
}

fn added_and_gone(kind: &str, old: &[&str], new: &[&str], changes: &mut Vec<Change>) {
    for name in new.iter().filter(|name| !old.contains(name)) {
        changes.push(Change::new(Verdict::Safe, place(format!("{kind} {name}")), format!("the {kind} `{name}` is new")));
    }
    for name in old.iter().filter(|name| !new.contains(name)) {
        let change = Change::new(Verdict::Safe, Place::default(), format!("the {kind} `{name}` is gone, and nothing names it any more"));
        changes.push(if kind == "event" {
            let change = Change { verdict: Verdict::Behavioural, ..change };
            change.people(Who::Others, "records of it are set aside from now on")
        } else {
            change
        });
    }
}

fn type_words(ty: &Type, optional: bool) -> String {
    let word = match ty {
        Type::Text => "text".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Flag => "flag".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Time => "time".to_owned(),
        Type::OneOf(words) => format!("one of [{}]", words.join(", ")),
        Type::List => "list of text".to_owned(),
    };
    format!("{word}{}", if optional { "?" } else { "" })
}

fn keeper(it: Keeper) -> &'static str {
    match it {
        Keeper::Anyone => "anybody may change it",
        Keeper::Fixed => "it never changes once it is known",
        Keeper::Ours => "funnels alone change it",
        Keeper::Runtime => "the runtime alone records it",
    }
}

fn attribute(old: &Attribute, new: &Attribute, place: &Place, changes: &mut Vec<Change>) {
    let name = &new.name;
    let (before, now) = (type_words(&old.ty, old.optional), type_words(&new.ty, new.optional));
    if before != now {
        let grows = match (&old.ty, &new.ty) {
            (Type::OneOf(old), Type::OneOf(new)) => old.iter().all(|word| new.contains(word)),
            (old, new) => old == new,
        };
        let change = Change::new(Verdict::Behavioural, place.clone(), format!("the attribute `{name}` is {now} instead of {before}"));
        let grows = grows && (new.optional || !old.optional);
        let told = if grows {
            "what is known of people stays as it is"
        } else {
            "what is known of people and does not fit the new type is missing, or its record set aside"
        };
        let verdict = if grows { Verdict::Safe } else { Verdict::Behavioural };
        changes.push(Change { verdict, ..change }.people(Who::Others, told));
    }
    if old.default != new.default {
        let words = |it: &Attribute| it.default.as_ref().map_or_else(|| "missing".to_owned(), words::literal);
        let message = format!("the attribute `{name}` begins with {} instead of {}", words(new), words(old));
        let change = Change::new(Verdict::Behavioural, place.clone(), message);
        changes.push(change.people(Who::Others, "whoever is known already keeps the value they have; new contacts begin with this one"));
    }
    if old.keeper != new.keeper {
        let message = format!("the attribute `{name}`: {} now; before, {}", keeper(new.keeper), keeper(old.keeper));
        changes.push(Change::new(Verdict::Behavioural, place.clone(), message));
    }
}

fn event(old: &Event, new: &Event, place: &Place, changes: &mut Vec<Change>) {
    let name = &new.name;
    for property in &new.properties {
        let before = old.properties.iter().find(|it| it.name == property.name);
        let now = type_words(&property.ty, property.optional);
        match before {
            None => {
                let verdict = if property.optional { Verdict::Safe } else { Verdict::Behavioural };
                let change = Change::new(verdict, place.clone(), format!("`{name}` brings `{}` now, {now}", property.name));
                changes.push(if property.optional {
                    change
                } else {
                    change.people(Who::Others, "records without it are set aside from now on")
                });
            }
            Some(before) if type_words(&before.ty, before.optional) != now => {
                let message = format!("`{}` of `{name}` is {now} instead of {}", property.name, type_words(&before.ty, before.optional));
                let is_wider = before.ty == property.ty && property.optional;
                let change = Change::new(if is_wider { Verdict::Safe } else { Verdict::Behavioural }, place.clone(), message);
                changes.push(if is_wider {
                    change
                } else {
                    change.people(Who::Others, "records that do not fit are set aside from now on")
                });
            }
            Some(_) => {}
        }
    }
    for gone in old.properties.iter().filter(|it| new.properties.iter().all(|other| other.name != it.name)) {
        changes.push(Change::new(
            Verdict::Safe,
            place.clone(),
            format!("`{name}` no longer brings `{}`: what comes in it is not looked at", gone.name),
        ));
    }
    if old.opts_out != new.opts_out {
        let words = |list: &[String]| {
            if list.is_empty() {
                "no consent".to_owned()
            } else {
                format!("the consent {}", words::quoted(list.iter().map(String::as_str)))
            }
        };
        let message = format!("`{name}` takes away {} instead of {}", words(&new.opts_out), words(&old.opts_out));
        let change = Change::new(Verdict::Behavioural, place.clone(), message).code(F854);
        changes.push(change.people(Who::Others, "what it took away before stays so; it is otherwise at the next one"));
    }
    if old.keeper != new.keeper {
        let message = format!("the event `{name}`: {} now; before, {}", keeper_of_event(new.keeper), keeper_of_event(old.keeper));
        changes.push(Change::new(Verdict::Behavioural, place.clone(), message));
    }
    if old.rate != new.rate || old.channel != new.channel {
        changes.push(Change::new(
            Verdict::Safe,
            place.clone(),
            format!("what the file promises of `{name}` changed: proofs lean on it, and nothing runs by it"),
        ));
    }
}

fn keeper_of_event(it: Keeper) -> &'static str {
    match it {
        Keeper::Anyone | Keeper::Fixed => "it comes from outside",
        Keeper::Ours => "funnels alone record it",
        Keeper::Runtime => "the runtime alone records it",
    }
}

fn channel(old: &Channel, new: &Channel, place: &Place, changes: &mut Vec<Change>) {
    let name = &new.name;
    let mut told = |message: String, before: String, now: String, people: &str| {
        let change = Change::new(Verdict::Behavioural, place.clone(), message).code(F854).words(Some(&before), Some(&now));
        changes.push(change.people(Who::Others, people));
    };
    if old.needs != new.needs {
        let words = |it: &Option<String>| it.as_ref().map_or_else(|| "no consent".to_owned(), |flag| format!("needs {flag}"));
        let message = match (&old.needs, &new.needs) {
            (_, None) => format!("`{name}` goes to everybody: it needs no consent any more"),
            (None, Some(flag)) => format!("`{name}` needs the consent `{flag}` now"),
            (Some(before), Some(now)) => format!("`{name}` needs the consent `{now}` instead of `{before}`"),
        };
        told(message, words(&old.needs), words(&new.needs), "it holds for the next message of everybody, those inside included");
    }
    if old.caps != new.caps {
        let words = |it: &Channel| {
            let caps: Vec<String> =
                it.caps.iter().map(|cap| format!("at most {} within {}", cap.count, words::time(cap.within_ms))).collect();
            if caps.is_empty() { "none".to_owned() } else { caps.join(", ") }
        };
        let message = format!("the cap of `{name}` is {} instead of {}", words(new), words(old));
        told(
            message,
            words(old),
            words(new),
            "what was sent before the change counts; who is over the cap now gets nothing by it until enough time has passed",
        );
    }
    if old.quiet != new.quiet {
        let words = |it: &Channel| {
            let hours: Vec<String> = it.quiet.iter().map(|hours| format!("quiet from {} to {}", hours.from, hours.to)).collect();
            if hours.is_empty() { "no quiet hours".to_owned() } else { hours.join(", ") }
        };
        let message = format!("`{name}` has {} instead of {}", words(new), words(old));
        told(message, words(old), words(new), "a message that is held now goes when it was to go, and is decided then by the new hours");
    }
}

fn message(old: &Message, new: &Message, place: &Place, changes: &mut Vec<Change>) {
    let name = &new.name;
    if old.channel != new.channel {
        let change =
            Change::new(Verdict::Behavioural, place.clone(), format!("`{name}` goes by {} instead of {}", new.channel, old.channel))
                .code(F854);
        changes.push(change.people(Who::Others, "consent, cap and quiet hours of the new channel hold for it, for people inside too"));
    }
    if old.transactional != new.transactional {
        let message = if new.transactional {
            format!("`{name}` is transactional now: no consent, cap or quiet hour keeps it back, and nothing counts it")
        } else {
            format!("`{name}` is no longer transactional: consent, cap and quiet hours hold for it")
        };
        changes.push(
            Change::new(Verdict::Behavioural, place.clone(), message)
                .code(F854)
                .people(Who::Others, "it holds for the next one, for people inside too"),
        );
    }
    if old.template != new.template {
        let words =
            |it: &Message| it.template.as_ref().map_or_else(|| "no template".to_owned(), |template| format!("the template {template:?}"));
        let message = format!("`{name}` is made from {} instead of {}", words(new), words(old));
        changes.push(
            Change::new(Verdict::Behavioural, place.clone(), message)
                .people(Who::Others, "whoever had it keeps it; the next one looks otherwise"),
        );
    }
    if old.label != new.label {
        changes.push(Change::new(Verdict::Safe, place.clone(), format!("the message `{name}` has another label in pictures and reports")));
    }
    parameters(&old.parameters, &new.parameters, &format!("the message `{name}`"), place, changes);
}

fn parameters(old: &[Property], new: &[Property], what: &str, place: &Place, changes: &mut Vec<Change>) {
    let words = |list: &[Property]| {
        let list: Vec<String> = list.iter().map(|it| format!("{}: {}", it.name, type_words(&it.ty, it.optional))).collect();
        format!("({})", list.join(", "))
    };
    if words(old) != words(new) {
        let change = Change::new(Verdict::Safe, place.clone(), format!("{what} takes {} instead of {}", words(new), words(old)));
        changes.push(change.people(Who::Others, "whoever delivers it is handed other values"));
    }
}

/// Guarantees and assumptions decide nothing at run time.
fn promises(versions: &Versions<'_>, changes: &mut Vec<Change>) {
    let of = |rules: &crate::ruleset::RuleSet| -> Vec<String> {
        let promised = rules.guarantees.iter().chain(rules.funnels.iter().flat_map(|it| &it.guarantees)).map(|it| it.sentence.clone());
        let assumed = rules.assumptions.iter().chain(rules.funnels.iter().flat_map(|it| &it.assumptions)).map(|it| it.sentence.clone());
        promised.chain(assumed).collect()
    };
    let (before, now) = (of(versions.old), of(versions.new));
    for sentence in now.iter().filter(|it| !before.contains(it)) {
        changes.push(Change::new(Verdict::Safe, Place::default(), format!("`{sentence}` is new: it is checked, and decides nothing")));
    }
    for sentence in before.iter().filter(|it| !now.contains(it)) {
        changes.push(Change::new(Verdict::Safe, Place::default(), format!("`{sentence}` is gone: nobody checks it any more")));
    }
}

/// Who reads a segment or score: doors, leaves and nurtures, in words.
fn readers(versions: &Versions<'_>, reads: &dyn Fn(&Condition) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for funnel in &versions.new.funnels {
        let mut note = |text: String| {
            if !found.contains(&text) {
                found.push(text);
            }
        };
        for leave in funnel.leaves.iter().filter(|it| it.when.as_ref().is_some_and(reads)) {
            note(format!("`{}` of `{}`", leave.sentence, funnel.name));
        }
        for stage in &funnel.stages {
            for door in stage.doors.iter().filter(|it| it.when.as_ref().is_some_and(reads)) {
                note(format!("`{}` of `{}`", door.sentence, stage.name));
            }
            for leave in stage.leaves.iter().filter(|it| it.when.as_ref().is_some_and(reads)) {
                note(format!("`{}` of `{}`", leave.sentence, stage.name));
            }
            for nurture in &stage.nurtures {
                let mut any = false;
                let mut see = |named: super::walk::Named<'_>| {
                    if let super::walk::Named::Condition(it) = named {
                        any |= reads(it);
                    }
                };
                super::walk::start(&mut nurture.start.clone(), &mut see);
                super::walk::steps(&mut nurture.steps.clone(), &mut see);
                if any {
                    note(format!("the nurture `{}` of `{}`", nurture.name, stage.name));
                }
            }
        }
    }
    found
}

/// Segments that mean something else, with what comes of it for doors whose words are the same.
pub(super) fn segments(
    versions: &Versions<'_>,
    differences: &BTreeMap<String, Difference>,
    through: &BTreeMap<String, Vec<Change>>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for segment in &versions.new.segments {
        let Some(difference) = differences.get(&segment.name) else { continue };
        let Some(before) = versions.old.segments.iter().find(|it| it.name == segment.name) else { continue };
        // Where only a segment behind it changed, that one is told of.
        if before.when == segment.when {
            continue;
        }
        let name = &segment.name;
        let message = match difference.relation {
            Relation::Stricter => format!("fewer people are in the segment `{name}`"),
            Relation::Looser => format!("more people are in the segment `{name}`"),
            Relation::Different => format!("other people than before are in the segment `{name}`"),
            Relation::Undecided => format!("the segment `{name}` reads otherwise; whether it means something else cannot be decided"),
        };
        let change = Change::new(Verdict::Behavioural, place(format!("segment {name}")), message).code(F855);
        let mut change = Change { relation: Some(difference.relation), ..change }.words(Some(&before.sentence), Some(&segment.sentence));
        if difference.relation != Relation::Undecided {
            let who = |who: &String| if who.is_empty() { "everybody".to_owned() } else { who.clone() };
            let example = |one: &String, before: &str, now: &str| Example { who: who(one), before: before.to_owned(), now: now.to_owned() };
            change.examples.extend(difference.lost.as_ref().map(|one| example(one, "was in it", "is not in it")));
            change.examples.extend(difference.gained.as_ref().map(|one| example(one, "was not in it", "is in it")));
        }
        changes.push(with_readers(change, versions, through.get(name), &|it| {
            matches!(it, Condition::Segment(other) if other == name) || super::segments::reads(it).0.contains(name)
        }));
    }
    changes
}

/// Scores that count otherwise.
pub(super) fn scores(
    versions: &Versions<'_>,
    changed: &std::collections::BTreeSet<String>,
    through: &BTreeMap<String, Vec<Change>>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for score in versions.new.scores.iter().filter(|score| changed.contains(&score.name)) {
        let Some(before) = versions.old.scores.iter().find(|it| it.name == score.name) else { continue };
        let lines = |one: &crate::ruleset::Score, other: &crate::ruleset::Score| -> Vec<String> {
            let is_alone =
                |line: &&crate::ruleset::ScoreLine| other.lines.iter().all(|it| it.points != line.points || it.rule != line.rule);
            one.lines.iter().filter(is_alone).map(|line| line.sentence.clone()).collect()
        };
        let (was, is) = (lines(before, score), lines(score, before));
        let joined = |list: Vec<String>| (!list.is_empty()).then(|| list.join(" · "));
        let change = Change::new(
            Verdict::Behavioural,
            place(format!("score {}", score.name)),
            format!("the score `{}` counts otherwise", score.name),
        );
        let change = change.code(F855).words(joined(was).as_deref(), joined(is).as_deref());
        let change = change.people(Who::Others, "it is counted anew from all that happened, for people inside too");
        let rules = versions.new;
        changes.push(with_readers(change, versions, through.get(&score.name), &|it| {
            super::segments::scores_behind(rules, it).contains(&score.name)
        }));
    }
    changes
}

/// With those who read it, and what comes of it for people inside.
fn with_readers(change: Change, versions: &Versions<'_>, through: Option<&Vec<Change>>, reads: &dyn Fn(&Condition) -> bool) -> Change {
    let mut change = change;
    let readers = readers(versions, reads);
    if !readers.is_empty() {
        change = change.people(Who::Others, format!("it is read by {}", words::listed(&readers)));
    } else {
        change.verdict = Verdict::Safe;
        change.code = None;
        change = change.people(Who::Others, "nothing in the funnels reads it");
    }
    for moved in through.into_iter().flatten() {
        change.verdict = change.verdict.min(moved.verdict);
        change.code = if moved.verdict <= Verdict::Behavioural && change.verdict == moved.verdict { moved.code } else { change.code };
        change.people.extend(moved.people.iter().cloned());
        if moved.help.is_some() {
            change.help.clone_from(&moved.help);
        }
    }
    change
}

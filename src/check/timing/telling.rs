//! A lap in words: how one comes to it, what happens on it, who it happens to.

use super::{
    super::{
        context::{Context, listed},
        rehearsal::{Moment, Stop, What},
    },
    laps::{Class, Verdict, sets_of},
};
use crate::{
    diag::{Claim, Code, Diagnostic, Fact, Plot, Severity},
    graph::{Step, Way, mentions},
    logic::{Answer, Key, Question},
    model::{Condition, ConditionKind, FunnelId, Keeper, StageId, Type},
    source::{Span, sentence_of},
    units::{Duration, Number},
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// How many lines, places and conditions are shown.
const SHOWN_MAX: usize = 12;
const LABELS_MAX: usize = 8;
const CONDITIONS_MAX: usize = 6;

/// How many ways to tell it are tried, with what is known and without.
const PLOTS_MAX: usize = 14;

/// A lap about to be told.
pub struct Telling<'a, 'm> {
    context: &'a Context<'m>,
    verdict: &'a Verdict<'m>,
    /// The moments, beginning where people get in, each with the time since the one before.
    moments: Vec<(i64, &'a Moment<'m>)>,
    /// Where people get in.
    entry: StageId,
}

impl<'a, 'm> Telling<'a, 'm> {
    pub fn new(context: &'a Context<'m>, verdict: &'a Verdict<'m>) -> Self {
        let lap = &verdict.lap.lap;
        let mut before = lap.last().map_or(0, |last| last.at - verdict.lap.ms);
        let mut moments: Vec<(i64, &Moment<'m>)> = Vec::new();
        for moment in lap {
            moments.push((moment.at - before, moment));
            before = moment.at;
        }
        let entered = |stage: StageId| moments.iter().position(|(_, it)| matches!(it.what, What::Enters { stage: at, .. } if at == stage));
        let nearest = context.live.nodes().iter().filter_map(|node| context.graph.stage_of(*node));
        let first = nearest.into_iter().find(|stage| verdict.stages.contains(stage) && entered(*stage).is_some());
        let entry = first.or_else(|| verdict.stages.first().copied()).unwrap_or_else(|| unreachable!("a lap has a stage"));
        if let Some(at) = first.and_then(entered) {
            moments.rotate_left(at + 1);
        }
        Self { context, verdict, moments, entry }
    }

    /// The stage after which the finding is named: the first in the files.
    pub fn named(&self) -> StageId {
        let stages = self.verdict.stages.iter().copied();
        stages.min_by_key(|id| self.context.place(*id)).unwrap_or(self.entry)
    }

    fn crosses(&self) -> bool {
        let funnels: BTreeSet<_> = self.verdict.stages.iter().map(|stage| self.context.model.stages[*stage].funnel).collect();
        funnels.len() > 1
    }

    /// A stage by name, with its funnel where several are concerned.
    pub fn name(&self, stage: StageId) -> String {
        let it = &self.context.model.stages[stage];
        if self.crosses() {
            format!("`{}.{}`", self.context.model.funnels[it.funnel].name.text, it.name.text)
        } else {
            self.context.name(stage)
        }
    }

    /// `a → b → a`.
    pub fn round(&self) -> String {
        let names = self.moments.iter().filter_map(|(_, moment)| match moment.what {
            What::Enters { stage, .. } => Some(self.name(stage)),
            What::Leaves { .. } | What::Ends { .. } => Some("outside".to_owned()),
            What::Begins { stage, nurture, event: Some(_) } => self.play(stage, nurture),
            What::Begins { .. } | What::Finishes | What::Sends { .. } | What::Records { .. } | What::Sets { .. } => None,
        });
        let mut names: Vec<String> = names.collect();
        names.extend(names.first().cloned().filter(|_| names.len() == 1));
        if let Some(last) = names.last().filter(|last| Some(*last) != names.first()).cloned() {
            names.insert(0, last);
        }
        if names.len() > SHOWN_MAX {
            let half = SHOWN_MAX / 2;
            names.splice(half..names.len() - half, std::iter::once("…".to_owned()));
        }
        names.join(" → ")
    }

    fn play(&self, stage: StageId, nurture: usize) -> Option<String> {
        self.context.model.stages[stage].nurtures.get(nurture).map(|it| format!("`{}`", it.name))
    }

    /// The messages of a lap, each once.
    pub fn messages(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for (message, _) in &self.verdict.sends {
            let name = format!("`{}`", self.context.model.messages[*message].name.text);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        listed(&names, "and")
    }

    pub fn how_many(&self) -> String {
        match self.verdict.sends.len() {
            0 => "no message".to_owned(),
            1 => "1 message".to_owned(),
            n => format!("{n} messages"),
        }
    }

    /// `30 days`.
    pub fn period(&self) -> String {
        Duration::from_milliseconds(self.verdict.lap.ms).to_string()
    }

    /// `every 30 days`, `about every 30 days`.
    pub fn every(&self) -> String {
        let about = if self.verdict.lap.rough { "about " } else { "" };
        format!("{about}every {}", self.period())
    }

    /// The finding with its places and its story, still without its last word.
    pub fn finding(&self, code: Code, message: String, at: &str, label: &str) -> Diagnostic {
        let context = self.context;
        let mut finding = Diagnostic::new(code, context.place(self.named()), message).at(at);
        let mut spans: Vec<Span> = Vec::new();
        for (_, moment) in &self.moments {
            let span = match moment.what {
                What::Enters { door, .. } => door.span,
                What::Leaves { leave, .. } => leave.span,
                What::Begins { stage, nurture, event: Some(_) } => {
                    let Some(nurture) = context.model.stages[stage].nurtures.get(nurture) else { continue };
                    nurture.span
                }
                What::Records { step, .. } => step.span,
                What::Begins { .. } | What::Ends { .. } | What::Finishes | What::Sends { .. } | What::Sets { .. } => continue,
            };
            if !spans.contains(&span) {
                spans.push(span);
            }
        }
        for span in spans.into_iter().take(if label.is_empty() { 0 } else { LABELS_MAX }) {
            finding = finding.label(span, label);
        }
        if let Some(who) = self.who() {
            finding = finding.note(format!("who: {who}"));
        }
        for line in context.story_to(context.graph.stage(self.entry)) {
            finding = finding.step(line);
        }
        for line in self.lines() {
            finding = finding.step(format!("on the lap: {line}"));
        }
        if !self.verdict.lap.sure && finding.severity == Severity::Error {
            finding.severity = Severity::Warning;
            finding = finding.note("whether somebody comes to it like this could not be worked out: it leans on what happened before, or on instants that events bring");
        }
        finding
    }

    /// Ways in which it comes about: people get in, and go round.
    pub fn plots(&self, claims: &[Claim], rounds: u32) -> Vec<Plot> {
        let context = self.context;
        let graph = &context.graph;
        let home = context.model.stages[self.entry].funnel;
        let mut firsts: BTreeMap<FunnelId, StageId> = BTreeMap::new();
        for stage in self.verdict.lap.before.iter().chain(&self.verdict.lap.lap).filter_map(place_of) {
            firsts.entry(context.model.stages[stage].funnel).or_insert(stage);
        }
        firsts.remove(&home);
        let mut stem: Vec<Step> = firsts.values().flat_map(|stage| context.live.path(graph, graph.stage(*stage))).collect();
        stem.extend(context.live.path(graph, graph.stage(self.entry)));
        let lap: Vec<Step> = self.moments.iter().filter_map(|(_, moment)| self.step(moment)).collect();
        let plain = context.plots_of(&stem, &lap, rounds, claims.iter().cloned());
        let given = self.given();
        let arms = &self.verdict.lap.arms;
        let told = |plot: &Plot| {
            let mut plot = plot.clone();
            for (name, fact) in &given {
                if !plot.given.iter().any(|(known, _)| known == name) {
                    plot.given.push((name.clone(), fact.clone()));
                }
            }
            for (split, arm) in arms {
                if !plot.arms.iter().any(|(known, _)| known == split) {
                    plot.arms.push((split.clone(), arm.clone()));
                }
            }
            plot
        };
        let mut plots: Vec<Plot> = plain.iter().take(PLOTS_MAX).map(told).collect();
        plots.extend(plain.into_iter().take(PLOTS_MAX));
        plots.dedup();
        plots
    }

    fn step(&self, moment: &Moment<'_>) -> Option<Step> {
        let graph = &self.context.graph;
        match &moment.what {
            What::Enters { from, edge, .. } => {
                let at = from.map_or_else(|| graph.outside(moment.funnel), |stage| graph.stage(stage));
                Some(Step { at, edge: *edge })
            }
            What::Leaves { stage, edge, .. } => Some(Step { at: graph.stage(*stage), edge: *edge }),
            What::Ends { stage } => {
                let node = graph.stage(*stage);
                let edge = graph.leaving(node).iter().copied().find(|id| graph.edge(*id).way == Way::End)?;
                Some(Step { at: node, edge })
            }
            What::Begins { .. } | What::Finishes | What::Sends { .. } | What::Records { .. } | What::Sets { .. } => None,
        }
    }

    /// Attributes that the contact must have, by what was assumed on the way.
    fn given(&self) -> Vec<(SmolStr, Fact)> {
        let model = self.context.model;
        let known = &self.verdict.lap.known;
        if known.is_empty() {
            return Vec::new();
        }
        let solver = &self.context.solver;
        let Answer::Possible(witness) = solver.decide(&known.iter().fold(Question::new(), Question::holds)) else { return Vec::new() };
        let mut given = Vec::new();
        for (id, attribute) in model.attributes.iter().filter(|(_, it)| it.keeper != Keeper::Ours) {
            if !known.iter().any(|it| mentions(model, it, &|asked| asked == id)) {
                continue;
            }
            let var = solver.attribute(id);
            let Some((_, key)) = witness.values.iter().find(|(known, _)| *known == var) else { continue };
            let fact = match (key, &attribute.ty) {
                (None, _) => Some(Fact::Missing),
                (Some(Key::Int(value)), Type::Flag) => Some(Fact::Flag(*value == 1)),
                (Some(Key::Int(value)), Type::Number) => Some(Fact::Number(Number::from_millionths(*value))),
                (Some(Key::Int(value)), Type::OneOf(words)) => {
                    usize::try_from(*value).ok().and_then(|at| words.get(at)).cloned().map(Fact::Choice)
                }
                (Some(Key::Text(text)), Type::Text) => Some(Fact::Text(text.clone())),
                (Some(_), _) => None,
            };
            given.extend(fact.map(|fact| (attribute.name.text.clone(), fact)));
        }
        given
    }

    /// The messages of so many laps, by name.
    pub fn sent(&self, laps: usize) -> Vec<SmolStr> {
        let names = self.verdict.sends.iter().map(|(message, _)| self.context.model.messages[*message].name.text.clone());
        let lap: Vec<SmolStr> = names.collect();
        lap.iter().cloned().cycle().take(lap.len() * laps).collect()
    }

    /// Who it happens to, if not to everybody.
    fn who(&self) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for condition in &self.verdict.lap.known {
            let text = self.condition(condition);
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        parts.truncate(CONDITIONS_MAX);
        for (split, arm) in self.verdict.lap.arms.iter().take(2) {
            let text = format!("the arm `{arm}` of `{split}`");
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        (!parts.is_empty()).then(|| format!("everybody with {}", listed(&parts, "and")))
    }

    fn condition(&self, it: &Condition) -> String {
        match &it.kind {
            ConditionKind::Not(inner) => format!("not {}", self.context.quote(inner.span)),
            _ => self.context.quote(it.span),
        }
    }

    /// What happens on the lap, line by line.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut waited = 0;
        for (gap, moment) in &self.moments {
            waited += gap;
            let Some(text) = self.line(moment) else { continue };
            let when = if waited > 0 { format!("after {}, ", Duration::from_milliseconds(waited)) } else { String::new() };
            lines.push(format!("{}. {when}{text}", lines.len() + 1));
            waited = 0;
        }
        if lines.len() > SHOWN_MAX {
            let half = SHOWN_MAX / 2;
            let gap = format!("… {} more …", lines.len() - 2 * half);
            lines.splice(half..lines.len() - half, std::iter::once(gap));
        }
        lines
    }

    fn line(&self, moment: &Moment<'_>) -> Option<String> {
        let context = self.context;
        Some(match &moment.what {
            What::Enters { stage, from, door, restart, .. } => {
                let verb = match from {
                    None => "comes in to",
                    Some(_) if *restart => "starts anew in",
                    Some(from) if from == stage => {
                        return Some(format!("comes to {} again: {}", self.name(*stage), context.quote(door.span)));
                    }
                    Some(_) => "goes on to",
                };
                format!("{verb} {}: {}", self.name(*stage), context.quote(door.span))
            }
            What::Leaves { stage, leave, .. } => format!("leaves from {}: {}", self.name(*stage), context.quote(leave.span)),
            What::Ends { stage } => format!("is at the end in {}", self.name(*stage)),
            What::Begins { stage, nurture, event } => {
                let nurture = context.model.stages[*stage].nurtures.get(*nurture)?;
                event.as_ref()?;
                format!("{} begins", context.quote(nurture.span))
            }
            What::Sends { message, .. } => format!("`{}` goes out", context.model.messages[*message].name.text),
            What::Records { event, .. } => format!("`{}` is recorded", context.model.events[*event].name.text),
            What::Sets { .. } if matches!(self.verdict.class, Class::Endless | Class::TooFast) => return None,
            What::Sets { step, .. } => format!("{} is done", quoted(context, step.span)),
            What::Finishes => return None,
        })
    }

    /// Attributes that are set to and fro on the lap.
    pub fn toggled(&self) -> Vec<(String, Vec<Span>)> {
        let sets = sets_of(&self.verdict.lap).into_iter().filter(|(_, set)| set.len() > 1);
        sets.map(|(id, set)| {
            (format!("`{}`", self.context.model.attributes[id].name.text), set.into_iter().map(|(_, span)| span).collect())
        })
        .collect()
    }

    /// Whether somebody leaves on the lap.
    pub fn leaves(&self) -> bool {
        self.verdict.lap.lap.iter().any(|it| matches!(it.what, What::Leaves { .. } | What::Ends { .. }))
    }

    pub fn starts_anew(&self) -> bool {
        self.verdict.lap.lap.iter().any(|it| matches!(it.what, What::Enters { restart: true, .. }))
    }

    /// Whether it goes on by plays alone.
    pub fn stays(&self) -> bool {
        !self.verdict.lap.lap.iter().any(|it| matches!(it.what, What::Enters { .. }))
    }

    pub fn is_cascade(&self) -> bool {
        self.verdict.lap.how == Stop::Cascade
    }

    /// What the runtime says of it.
    pub fn cut_off(&self) -> Claim {
        if self.is_cascade() { Claim::Cascade } else { Claim::Looping }
    }

    /// What happens to it at run time.
    pub fn at_run_time(&self) -> &'static str {
        if self.is_cascade() {
            "after 64 rounds of what funnels record, the rest is set aside as `cascade`, and what should have come of it does not happen"
        } else {
            "a run that comes to a stage twice in one instant is stopped there as `looping`, and the contact is stuck until something else happens"
        }
    }
}

fn quoted(context: &Context<'_>, span: Span) -> String {
    format!("`{}`", sentence_of(context.sources.slice(span)))
}

fn place_of(moment: &Moment<'_>) -> Option<StageId> {
    match moment.what {
        What::Enters { stage, from, .. } => from.or(Some(stage)),
        What::Begins { stage, .. } | What::Leaves { stage, .. } | What::Ends { stage } => Some(stage),
        What::Finishes | What::Sends { .. } | What::Records { .. } | What::Sets { .. } => None,
    }
}

//! What a finding says can never be seen, and what was seen and should have been said.

use super::{
    probe::Place,
    sim::{Fact, Seen},
};
use funnelc::{diag::Diagnostic, model::Model, ruleset::RuleSet, source::Span, workspace::Analysis};

/// The clauses of a program: where they stand, and their identities in the rule set.
pub struct Clauses {
    list: Vec<Clause>,
}

/// One clause.
pub struct Clause {
    pub span: Span,
    pub id: String,
    pub funnel: String,
    /// The stage a door leads to, in which a leave or nurture stands.
    pub stage: String,
    pub kind: ClauseKind,
}

/// Which clause.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ClauseKind {
    Door,
    Leave,
    Nurture,
}

impl Clauses {
    /// Those of a model and its rule set.
    pub fn of(model: &Model, rules: &RuleSet) -> Self {
        let mut list = Vec::new();
        for (funnel, lowered) in model.funnels.values().zip(&rules.funnels) {
            let mut push = |span, id: &str, stage: &str, kind| {
                list.push(Clause { span, id: id.to_owned(), funnel: lowered.name.clone(), stage: stage.to_owned(), kind });
            };
            for (leave, to) in funnel.leaves.iter().zip(&lowered.leaves) {
                push(leave.span, &to.id, "", ClauseKind::Leave);
            }
            for (stage, to) in funnel.stages.iter().map(|id| &model.stages[*id]).zip(&lowered.stages) {
                stage.doors.iter().zip(&to.doors).for_each(|(door, it)| push(door.span, &it.id, &to.name, ClauseKind::Door));
                stage.leaves.iter().zip(&to.leaves).for_each(|(leave, it)| push(leave.span, &it.id, &to.name, ClauseKind::Leave));
                stage.nurtures.iter().zip(&to.nurtures).for_each(|(play, it)| push(play.span, &it.id, &to.name, ClauseKind::Nurture));
            }
        }
        Self { list }
    }

    /// The clause in which a place lies.
    pub fn at(&self, span: Span) -> Option<&Clause> {
        self.list.iter().filter(|clause| clause.span.contains(span)).min_by_key(|clause| clause.span.len())
    }

    /// By identity.
    pub fn by_id(&self, id: &str) -> Option<&Clause> {
        self.list.iter().find(|clause| clause.id == id)
    }

    /// All.
    pub fn iter(&self) -> impl Iterator<Item = &Clause> {
        self.list.iter()
    }
}

/// What a program is, its findings, and what was seen of it.
pub struct Case<'a> {
    pub analysis: &'a Analysis,
    pub rules: &'a RuleSet,
    pub clauses: &'a Clauses,
    pub marks: &'a [Place],
    pub seen: &'a Seen,
}

/// Codes that are not owed yet in every case in which something is seen: what they miss is a lie only where it is asked for.
const WATCHED: &[&str] = &["F504", "F312", "F706", "F708"];

/// Something that was said and is not so, or is so and was not said.
#[derive(Clone, Debug)]
pub struct Lie {
    /// A short name of it, the same for the same kind of lie.
    pub kind: String,
    pub text: String,
    /// What shows it.
    pub fact: Option<Fact>,
}

impl Case<'_> {
    /// All lies.
    pub fn lies(&self) -> Vec<Lie> {
        let mut lies = Vec::new();
        for finding in self.analysis.diagnostics.iter() {
            for fact in self.never(finding) {
                if self.seen.facts.contains_key(&fact) {
                    let text = format!("{} says `{}`, and yet it is seen", finding.code.id, finding.message);
                    lies.push(Lie { kind: format!("false {}", finding.code.id), text, fact: Some(fact) });
                    break;
                }
            }
        }
        let is_built = |code: &str| funnelc::check::CODES.iter().any(|it| it.id == code);
        let is_strict = super::random::setting("CHECKER_STRICT", 0) > 0;
        for fact in self.seen.facts.keys() {
            let about = self.about(fact);
            let says = |finding: &Diagnostic, codes: &[&str]| {
                let spans = || finding.labels.iter().map(|label| label.span).chain([finding.primary.span]);
                let near = |span: Span| about.iter().any(|it| it.contains(span) || span.contains(*it));
                codes.contains(&finding.code.id) && (about.is_empty() || spans().any(near))
            };
            if let Some(codes) = self.owed(fact)
                && is_built(codes[0])
                && (is_strict || !WATCHED.contains(&codes[0]))
                && !self.analysis.diagnostics.iter().any(|finding| says(finding, codes))
            {
                let text = format!("none of {codes:?} is said, and yet it is seen");
                lies.push(Lie { kind: format!("missed {}", codes[0]), text, fact: Some(fact.clone()) });
            }
        }
        lies
    }

    /// The stage whose name stands at a place.
    fn stage_at(&self, span: Span) -> Option<(String, String)> {
        let model = &self.analysis.model;
        let stage = model.stages.values().find(|stage| stage.name.span.unwrap_or(stage.span).contains(span))?;
        Some((model.funnels[stage.funnel].name.text.to_string(), stage.name.text.to_string()))
    }

    /// What a finding says will never be seen. Where it speaks of something else there is nothing in it.
    fn never(&self, finding: &Diagnostic) -> Vec<Fact> {
        let at = finding.primary.span;
        match finding.code.id {
            "F301" | "F302" => match self.stage_at(at) {
                Some((funnel, stage)) => vec![Fact::Entered(funnel, stage)],
                None => self.taken(at),
            },
            "F509" => self.marks_of(|place| matches!(place, Place::Otherwise(span, _) if span.contains(at))),
            // One side of a condition may be dead without the whole of it.
            "F501" | "F511" if !self.is_whole(at) => Vec::new(),
            "F304" | "F310" | "F501" | "F503" | "F508" | "F511" | "F315" | "F601" => self.taken(at),
            "F308" => vec![Fact::Recorded(self.analysis.sources.slice(at).split(' ').next().unwrap_or_default().to_owned())],
            "F305" | "F307" | "F405" | "F406" => self.getting_out(finding),
            "F502" => self.marks_of(|place| matches!(place, Place::Otherwise(span, _) if span.contains(at))),
            "F306" => self.clauses.at(at).map_or(Vec::new(), |door| self.goals_after(&door.id)),
            "F313" => self.stage_at(at).map_or(Vec::new(), |(funnel, stage)| {
                let is_it = |fact: &&Fact| matches!(fact, Fact::Then(f, s, _, _) if *f == funnel && *s == stage);
                self.seen.facts.keys().filter(is_it).cloned().collect()
            }),
            _ => Vec::new(),
        }
    }

    /// Whether a place is a whole condition, or a whole clause.
    fn is_whole(&self, at: Span) -> bool {
        let model = &self.analysis.model;
        let doors = model.stages.values().flat_map(|stage| &stage.doors).filter_map(|door| door.when.as_ref());
        let of_stages = model.stages.values().flat_map(|stage| &stage.leaves).filter_map(|leave| leave.when.as_ref());
        let of_funnels = model.funnels.values().flat_map(|funnel| &funnel.leaves).filter_map(|leave| leave.when.as_ref());
        let arm = |place: &Place| matches!(place, Place::Arm(span) if *span == at);
        let is_condition = doors.chain(of_stages).chain(of_funnels).any(|when| when.span == at);
        is_condition || self.marks.iter().any(arm) || self.clauses.iter().any(|clause| clause.span == at)
    }

    /// That the clause, arm or step at a place is taken.
    fn taken(&self, at: Span) -> Vec<Fact> {
        let fits = |place: &Place| match place {
            Place::Arm(span) => span.contains(at),
            Place::Otherwise(..) | Place::Inside(_) => false,
            Place::Behind(span) => *span == at,
        };
        if self.marks.iter().any(&fits) {
            return self.marks_of(fits);
        }
        self.clauses.at(at).map(|clause| Fact::Took(clause.id.clone())).into_iter().collect()
    }

    /// That the marks that fit are passed. A play that is used twice has each mark twice; only where all of them are passed
    /// something is wrong.
    fn marks_of(&self, fits: impl Fn(&Place) -> bool) -> Vec<Fact> {
        let marks: Vec<Fact> = self.marks.iter().enumerate().filter(|(_, place)| fits(place)).map(|(n, _)| Fact::Passed(n)).collect();
        if marks.iter().all(|mark| self.seen.facts.contains_key(mark)) { marks } else { Vec::new() }
    }

    fn goals_after(&self, door: &str) -> Vec<Fact> {
        let goals = self.rules.funnels.iter().flat_map(|funnel| &funnel.stages).filter(|stage| stage.goal);
        goals.map(|stage| Fact::After(door.to_owned(), stage.name.clone())).collect()
    }

    /// That somebody gets from one of the named stages to a goal, a final stage, or out, not by opting out.
    fn getting_out(&self, finding: &Diagnostic) -> Vec<Fact> {
        let labels = finding.labels.iter().filter(|label| label.text.contains("inside the trap")).map(|label| label.span);
        let inside: Vec<(String, String)> =
            [finding.primary.span].into_iter().chain(labels).filter_map(|span| self.stage_at(span)).collect();
        let is_way_out = |cause: &str, to: &Option<String>, funnel: &str| {
            let opts_out = self.clauses.by_id(cause).is_some_and(|clause| self.opts_out(clause.span));
            let funnel = self.rules.funnels.iter().find(|it| it.name == funnel);
            let stage = funnel.and_then(|it| it.stages.iter().find(|stage| Some(&stage.name) == to.as_ref()));
            // A door that leads out is the first half of a restart.
            let restarts = to.is_none() && self.clauses.by_id(cause).is_some_and(|clause| clause.kind == ClauseKind::Door);
            // A loop may lead through a goal.
            let is_loop = ["F405", "F406"].contains(&finding.code.id);
            !opts_out && !restarts && stage.is_none_or(|stage| (stage.goal && !is_loop) || stage.is_final)
        };
        let is_it = |fact: &&Fact| match fact {
            Fact::Then(funnel, stage, cause, to) => inside.iter().any(|(f, s)| f == funnel && s == stage) && is_way_out(cause, to, funnel),
            _ => false,
        };
        self.seen.facts.keys().filter(is_it).cloned().collect()
    }

    /// Whether a clause speaks of an event that opts out.
    fn opts_out(&self, span: Span) -> bool {
        let text = self.analysis.sources.slice(span);
        let events = self.analysis.model.events.values().filter(|event| !event.opts_out.is_empty() || event.name.text == "complained");
        events.map(|event| event.name.text.as_str()).any(|name| text.contains(name))
    }

    /// The clauses one of which a finding has to speak of where something is seen; any finding will do where there are none.
    fn about(&self, fact: &Fact) -> Vec<Span> {
        let span = |id: &String| self.clauses.by_id(id).map(|clause| clause.span);
        match fact {
            Fact::BothOpen(one, other) => [one, other].into_iter().filter_map(span).collect(),
            _ => Vec::new(),
        }
    }

    /// The codes one of which has to be said where something is seen.
    fn owed(&self, fact: &Fact) -> Option<&'static [&'static str]> {
        match fact {
            Fact::Looping(_) => Some(&["F401", "F402", "F802", "F410"]),
            Fact::Cascade => Some(&["F402", "F802", "F401"]),
            Fact::BothOpen(..) => Some(&["F504", "F508", "F315", "F401", "F402", "F304", "F310", "F501"]),
            Fact::PassedThrough(_, stage, clause) => {
                let stages = || self.rules.funnels.iter().flat_map(|funnel| &funnel.stages);
                let busy = stages().any(|it| it.name == *stage && !it.nurtures.is_empty());
                let clause = self.clauses.by_id(clause)?;
                let by_end = self.analysis.sources.slice(clause.span).contains("finished");
                (busy && !by_end).then_some(&["F312", "F401", "F402", "F305", "F307"])
            }
            Fact::Twice(_) => Some(&["F706", "F401", "F402", "F403", "F404", "F410", "F412", "F708"]),
            Fact::AtOnce(..) => Some(&["F708", "F401", "F402"]),
            Fact::Endless(_) => Some(&["F404", "F401", "F402", "F403", "F410", "F412"]),
            _ => None,
        }
    }

    /// What nobody was seen to do and no finding speaks of: a stage, a clause, an arm.
    pub fn silent(&self) -> Vec<String> {
        let mut out = Vec::new();
        let spoken = |span: Span| {
            self.analysis.diagnostics.iter().any(|finding| {
                let spans = finding.labels.iter().map(|label| label.span).chain([finding.primary.span]);
                spans.into_iter().any(|other| span.contains(other) || other.contains(span))
            })
        };
        for clause in self.clauses.iter() {
            if !self.seen.facts.contains_key(&Fact::Took(clause.id.clone())) && !spoken(clause.span) {
                out.push(self.analysis.sources.slice(clause.span).to_owned());
            }
        }
        for (number, place) in self.marks.iter().enumerate() {
            let (Place::Arm(span) | Place::Behind(span)) = *place else { continue };
            if !self.seen.facts.contains_key(&Fact::Passed(number)) && !spoken(span) {
                out.push(self.analysis.sources.slice(span).to_owned());
            }
        }
        out
    }
}

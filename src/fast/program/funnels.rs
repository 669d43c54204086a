//! Funnels: for every stage, before what somebody stands there.

use super::{
    CauseOf, Clause, DelayOf, Does, Events, FunnelOf, Id, NurtureOf, StageOf, Standing, StartOf,
    compile::{Compiler, Unfit},
};
use crate::ruleset::{Delay, Door, Funnel, Leave, Reentry, Source, Stage, Start};

/// The clauses of a funnel, each compiled once.
struct Clauses<'r> {
    leaves: Vec<Standing<'r>>,
    stage_leaves: Vec<Vec<Standing<'r>>>,
    doors: Vec<Vec<(Standing<'r>, &'r Door)>>,
}

impl<'r> Compiler<'r> {
    /// A funnel.
    pub(super) fn funnel(&mut self, at: usize, funnel: &'r Funnel) -> FunnelOf<'r> {
        if funnel.stages.len() >= usize::from(u16::MAX) || at >= usize::from(u16::MAX) {
            self.unfit.get_or_insert(Unfit::TooMany("stages"));
        }
        let mut names: Vec<&str> = funnel.stages.iter().map(|stage| stage.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|two| two[0] == two[1]) {
            self.unfit.get_or_insert(Unfit::Twice(twice[0].to_owned()));
        }
        let clauses = Clauses {
            leaves: self.leaves(&funnel.leaves, Clause::FunnelLeave),
            stage_leaves: funnel.stages.iter().map(|stage| self.leaves(&stage.leaves, Clause::StageLeave)).collect(),
            doors: funnel.stages.iter().zip(0..).map(|(stage, to)| self.doors(stage, to)).collect(),
        };
        let first_step = self.program.steps.len();
        let nurtures: Vec<Vec<NurtureOf<'r>>> = funnel.stages.iter().map(|stage| self.nurtures(stage)).collect();
        let asks = self.program.steps[first_step..].iter().any(|step| matches!(step.does, Does::Send(..) | Does::Act(_)));
        let stages = funnel.stages.iter().enumerate().zip(nurtures).map(|((at, stage), nurtures)| StageOf {
            stage,
            standing: clauses.standing(funnel, Some(at)),
            visits_max: stage.visits.map(|limit| limit.at_most),
            nurtures,
            heard: Events::default(),
            concerns: Vec::new(),
        });
        FunnelOf {
            funnel,
            stages: stages.collect(),
            outside: clauses.standing(funnel, None),
            counts_visits: self.program.is_whole || asks || funnel.stages.iter().any(|stage| stage.visits.is_some()),
            heard: Events::default(),
            concerns: Vec::new(),
        }
    }

    fn delay(&mut self, delay: Option<&'r Delay>) -> Option<DelayOf> {
        let delay = delay?;
        let without = delay.without.as_ref().and_then(|event| self.past(event));
        Some(DelayOf { ms: delay.delay_ms, without })
    }

    fn leaves(&mut self, leaves: &'r [Leave], clause: fn(u16) -> Clause) -> Vec<Standing<'r>> {
        let standing = |(leave, at): (&'r Leave, u16)| Standing {
            clause: clause(at),
            delay: self.delay(leave.after.as_ref()),
            when: leave.when.as_ref().map(|when| self.root(when)),
            restart: false,
            cause: CauseOf { id: &leave.id, sentence: &leave.sentence },
            hears: Events::default(),
        };
        leaves.iter().zip(0..).map(standing).collect()
    }

    fn doors(&mut self, stage: &'r Stage, to: u16) -> Vec<(Standing<'r>, &'r Door)> {
        let standing = |(door, at): (&'r Door, u16)| {
            let standing = Standing {
                clause: Clause::Door(to, at),
                delay: self.delay(door.after.as_ref()),
                when: door.when.as_ref().map(|when| self.root(when)),
                restart: false,
                cause: CauseOf { id: &door.id, sentence: &door.sentence },
                hears: Events::default(),
            };
            (standing, door)
        };
        stage.doors.iter().zip(0..).map(standing).collect()
    }

    fn nurtures(&mut self, stage: &'r Stage) -> Vec<NurtureOf<'r>> {
        let nurture = |nurture: &'r crate::ruleset::Nurture| {
            let start = match &nurture.start {
                Start::Entry => StartOf::Entry,
                Start::When(when) => StartOf::When(self.root(when)),
                Start::EachTime(when) => StartOf::EachTime(self.root(when)),
            };
            let block: Id = self.block(&nurture.steps);
            NurtureOf { nurture, name: self.play(&nurture.name), start, block }
        };
        stage.nurtures.iter().map(nurture).collect()
    }
}

impl<'r> Clauses<'r> {
    /// Before what somebody stands in a stage, or outside, in the order in which it is tried.
    fn standing(&self, funnel: &Funnel, at: Option<usize>) -> Vec<Standing<'r>> {
        let mut out = Vec::new();
        if let Some(at) = at {
            out.extend(self.stage_leaves[at].iter().cloned());
            out.extend(self.leaves.iter().cloned());
        }
        let doors = |stage: Option<usize>, restart: bool| {
            let all = self.doors.iter().enumerate().flat_map(|(to, doors)| doors.iter().map(move |door| (to, door)));
            all.filter(move |(to, (_, door))| leads(funnel, &door.from, stage, *to))
                .map(move |(_, (standing, _))| Standing { restart, ..standing.clone() })
        };
        out.extend(doors(at, false));
        if let (Some(stage), Reentry::RestartFrom(names)) = (at.map(|at| &funnel.stages[at]), &funnel.reentry)
            && names.contains(&stage.name)
        {
            out.extend(doors(None, true));
        }
        out
    }
}

/// Whether somebody in `stage` (or outside) stands before a door of the stage `to`.
fn leads(funnel: &Funnel, from: &Source, stage: Option<usize>, to: usize) -> bool {
    let ongoing = |at: usize| !funnel.stages[at].is_final;
    match (from, stage) {
        (Source::Outside | Source::AnywhereOrOutside, None) => true,
        (Source::Stages(_) | Source::Anywhere, None) | (Source::Outside, Some(_)) => false,
        (Source::Stages(names), Some(at)) => ongoing(at) && names.contains(&funnel.stages[at].name),
        (Source::Anywhere | Source::AnywhereOrOutside, Some(at)) => at != to && ongoing(at),
    }
}

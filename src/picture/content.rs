//! What a picture of a funnel says: roles, rows of cards, ways between stages. No places yet, and no markup.

use crate::{
    ruleset::{Door, Funnel, Nurture, RuleSet, Source, Stage, Start, Step, StepKind, WaitArms},
    units::{Duration, Share},
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The most rows of steps on one card.
const ROWS_MAX: usize = 60;

/// What part a stage plays; said by colour, word and frame, so that nobody needs the colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// People come in here.
    Start,
    /// On the way.
    Plain,
    /// Success is counted here.
    Goal,
    /// Off the way: come to by timers alone, and leading on to no later stage.
    Side,
    /// The end.
    Final,
}

impl Role {
    /// Whether a stage of this role stands on the main way.
    #[must_use]
    pub fn is_on_the_way(self) -> bool {
        !matches!(self, Self::Side | Self::Final)
    }
}

/// How a row reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A remark over the whole width.
    Remark,
    /// The head of a nurture: its name, and behind it when it starts.
    Heading,
    /// A step.
    Step,
    /// A step that asks a condition, whose steps stand below it.
    Condition,
}

/// A row of a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// How it reads.
    pub kind: Kind,
    /// The word on its chip, if it has one.
    pub chip: Option<String>,
    /// How deep it stands in others.
    pub depth: usize,
    /// Its text; of a heading, the name.
    pub text: String,
    /// Of a heading, when it starts.
    pub when: String,
    /// The nurture or step it stands for, by its identity, and of a condition the arm.
    pub rule: Option<(String, Option<usize>)>,
}

impl Row {
    fn remark(text: String) -> Self {
        Self { kind: Kind::Remark, chip: None, depth: 0, text, when: String::new(), rule: None }
    }
}

/// How a way between two stages is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Line {
    /// To the next stage of the main way.
    Spine,
    /// Onwards.
    On,
    /// To a side stage or an end.
    Off,
    /// Back to an earlier stage, or to the same.
    Back,
}

/// A way between two stages with all doors that lead there: one arrow, whatever their number.
#[derive(Clone, Debug)]
pub struct Way<'r> {
    /// The stage it leads from, by its place in the funnel.
    pub from: usize,
    /// The stage it leads to.
    pub to: usize,
    /// Its doors, in declaration order.
    pub doors: Vec<&'r Door>,
    /// How it is drawn.
    pub line: Line,
}

/// A funnel as a picture tells it.
#[derive(Clone, Debug)]
pub struct Content<'r> {
    /// The rule set it stands in.
    pub rules: &'r RuleSet,
    /// The funnel.
    pub funnel: &'r Funnel,
    /// The role of each stage.
    pub roles: Vec<Role>,
    /// The ways between stages, in declaration order of their first doors.
    pub ways: Vec<Way<'r>>,
}

impl<'r> Content<'r> {
    /// What a picture of this funnel says.
    #[must_use]
    pub fn new(rules: &'r RuleSet, funnel: &'r Funnel) -> Self {
        Self::beside(rules, funnel, &BTreeSet::new())
    }

    /// The same with some stages, by their ids, off the main way.
    #[must_use]
    pub fn beside(rules: &'r RuleSet, funnel: &'r Funnel, unreachable: &BTreeSet<String>) -> Self {
        let mut roles = roles(funnel);
        for (role, _) in roles.iter_mut().zip(&funnel.stages).filter(|(_, stage)| unreachable.contains(&stage.id)) {
            *role = Role::Side;
        }
        let ways = ways(funnel, &roles);
        Self { rules, funnel, roles, ways }
    }

    /// The stages of the main way, in declaration order.
    pub fn spine(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.roles.len()).filter(|s| self.roles[*s].is_on_the_way())
    }

    /// What people call the funnel.
    #[must_use]
    pub fn title(&self) -> &'r str {
        self.funnel.label.as_deref().unwrap_or(&self.funnel.name)
    }

    /// Its figures: stages, actions, goals, key.
    #[must_use]
    pub fn facts(&self) -> Vec<String> {
        let funnel = self.funnel;
        let mut facts = vec![counted(funnel.stages.len(), "stage"), counted(funnel.stages.iter().map(actions).sum(), "action")];
        let goals: Vec<&str> = funnel.stages.iter().filter(|it| it.goal).map(name_of).collect();
        if !goals.is_empty() {
            facts.push(format!("goal {}", goals.join(", ")));
        }
        if let Some(key) = &funnel.key {
            facts.push(format!("one run for each {key}"));
        }
        facts
    }

    /// The ways out of the whole funnel, as sentences.
    pub fn ways_out(&self) -> impl Iterator<Item = String> + 'r {
        self.funnel.leaves.iter().map(|leave| format!("everybody leaves {}", opening(&leave.sentence, true)))
    }
}

/// `1 stage`, `2 stages`.
#[must_use]
pub fn counted(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// What people call a stage.
#[must_use]
pub fn name_of(stage: &Stage) -> &str {
    stage.label.as_deref().unwrap_or(&stage.name)
}

/// Whether people come into a stage from outside.
#[must_use]
pub fn is_entered(stage: &Stage) -> bool {
    stage.doors.iter().any(|door| matches!(door.from, Source::Outside | Source::AnywhereOrOutside))
}

/// Whether a door leads from any other stage.
#[must_use]
pub fn is_from_anywhere(door: &Door) -> bool {
    matches!(door.from, Source::Anywhere | Source::AnywhereOrOutside)
}

/// The words for all that a stage is.
#[must_use]
pub fn words(stage: &Stage, role: Role) -> Vec<&'static str> {
    let mut words = Vec::new();
    if is_entered(stage) {
        words.push("START");
    }
    if stage.goal {
        words.push("GOAL");
    }
    if stage.is_final {
        words.push("FINAL");
    }
    if role == Role::Side && words.is_empty() {
        words.push("SIDE");
    }
    words
}

fn roles(funnel: &Funnel) -> Vec<Role> {
    let leads_on: HashSet<(&str, usize)> = (funnel.stages.iter().enumerate())
        .filter(|(_, stage)| stage.goal || !stage.is_final)
        .flat_map(|(to, stage)| stage.doors.iter().map(move |door| (to, door)))
        .filter_map(|(to, door)| if let Source::Stages(names) = &door.from { Some((to, names)) } else { None })
        .flat_map(|(to, names)| names.iter().map(move |name| (name.as_str(), to)))
        .collect();
    let mut last_target: HashMap<&str, usize> = HashMap::new();
    for (name, to) in leads_on {
        last_target.entry(name).and_modify(|last| *last = (*last).max(to)).or_insert(to);
    }
    let role = |(s, stage): (usize, &Stage)| {
        let by_timers = !stage.doors.is_empty() && stage.doors.iter().all(|door| door.after.is_some());
        if stage.goal {
            Role::Goal
        } else if stage.is_final {
            Role::Final
        } else if is_entered(stage) {
            Role::Start
        } else if by_timers && last_target.get(stage.name.as_str()).is_none_or(|last| *last <= s) {
            Role::Side
        } else {
            Role::Plain
        }
    };
    funnel.stages.iter().enumerate().map(role).collect()
}

fn ways<'r>(funnel: &'r Funnel, roles: &[Role]) -> Vec<Way<'r>> {
    let index: HashMap<&str, usize> = funnel.stages.iter().enumerate().map(|(s, stage)| (stage.name.as_str(), s)).collect();
    // How many stages of the main way stand before each.
    let before: Vec<usize> = roles
        .iter()
        .scan(0, |count, role| {
            let before = *count;
            *count += usize::from(role.is_on_the_way());
            Some(before)
        })
        .collect();
    let line = |from: usize, to: usize| {
        if to <= from {
            Line::Back
        } else if !roles[to].is_on_the_way() {
            Line::Off
        } else if roles[from].is_on_the_way() && before[to] == before[from] + 1 {
            Line::Spine
        } else {
            Line::On
        }
    };
    let mut ways: Vec<Way<'r>> = Vec::new();
    let mut known: HashMap<(usize, usize), usize> = HashMap::new();
    for (to, stage) in funnel.stages.iter().enumerate() {
        for door in &stage.doors {
            let Source::Stages(names) = &door.from else { continue };
            for from in names.iter().filter_map(|name| index.get(name.as_str()).copied()) {
                match known.get(&(from, to)).and_then(|index| ways.get_mut(*index)) {
                    Some(way) => way.doors.push(door),
                    None => {
                        known.insert((from, to), ways.len());
                        ways.push(Way { from, to, doors: vec![door], line: line(from, to) });
                    }
                }
            }
        }
    }
    ways
}

/// When a clause opens, of its sentence: `when purchase` of `enter from a when purchase`, or without its `when`.
#[must_use]
pub fn opening(sentence: &str, with_when: bool) -> String {
    let found = [" when ", " after "].iter().filter_map(|word| sentence.find(word)).min();
    let Some(at) = found else { return if with_when { String::new() } else { "at once".to_owned() } };
    let text = sentence[at..].trim_start();
    match text.strip_prefix("when ") {
        Some(condition) if !with_when => condition.to_owned(),
        _ => text.to_owned(),
    }
}

/// The rows about who comes in and how many should; what the steps do; the ways out. All that stands below a header.
#[must_use]
pub fn rows(rules: &RuleSet, stage: &Stage) -> Vec<Row> {
    let mut rows = remarks(stage);
    rows.extend(steps(rules, stage));
    rows.extend(stage.leaves.iter().map(|leave| Row {
        kind: Kind::Step,
        chip: Some("LEAVE".to_owned()),
        depth: 0,
        text: opening(&leave.sentence, false),
        when: String::new(),
        rule: Some((leave.id.clone(), None)),
    }));
    rows
}

/// Who comes in from outside, how many should, how often.
#[must_use]
pub fn remarks(stage: &Stage) -> Vec<Row> {
    let mut rows = Vec::new();
    for door in stage.doors.iter().filter(|door| matches!(door.from, Source::Outside | Source::AnywhereOrOutside)) {
        rows.push(Row::remark(format!("enters {}", opening(&door.sentence, true))));
    }
    for target in &stage.targets {
        let of = target.of.as_ref().map_or_else(String::new, |of| format!(" of {of}"));
        rows.push(Row::remark(format!("target {}%{of} within {}", target.percent, Duration::from_milliseconds(target.within_ms))));
    }
    if let Some(limit) = stage.visits {
        rows.push(Row::remark(format!("visits at most {}", limit.at_most)));
    }
    rows
}

/// What the nurtures of a stage do.
#[must_use]
pub fn steps(rules: &RuleSet, stage: &Stage) -> Vec<Row> {
    let mut steps = Steps { rules, rows: Vec::new(), nurture: String::new() };
    for nurture in &stage.nurtures {
        steps.nurture(nurture, stage.nurtures.len() > 1);
    }
    let mut rows = steps.rows;
    if rows.len() > ROWS_MAX {
        let more = rows.len() - ROWS_MAX;
        rows.truncate(ROWS_MAX);
        rows.push(Row::remark(format!("+{more} more")));
    }
    rows
}

struct Steps<'r> {
    rules: &'r RuleSet,
    rows: Vec<Row>,
    /// The identity of the nurture that is read.
    nurture: String,
}

impl Steps<'_> {
    fn nurture(&mut self, it: &Nurture, one_of_several: bool) {
        let name = it.label.as_deref().unwrap_or(&it.name);
        self.nurture.clone_from(&it.id);
        match &it.start {
            Start::Entry if one_of_several || it.label.is_some() => self.heading(name, ""),
            Start::Entry => {}
            Start::When(_) => self.heading(name, &tail(&it.sentence, " when ")),
            Start::EachTime(_) => self.heading(name, &tail(&it.sentence, " each time ")),
        }
        self.steps(&it.steps, 0);
    }

    fn heading(&mut self, name: &str, when: &str) {
        let rule = Some((self.nurture.clone(), None));
        self.rows.push(Row { kind: Kind::Heading, chip: None, depth: 0, text: name.to_owned(), when: when.to_owned(), rule });
    }

    fn steps(&mut self, list: &[Step], depth: usize) {
        for step in list {
            self.step(step, depth);
        }
    }

    fn push(&mut self, id: &str, chip: &str, text: &str, depth: usize) {
        let rule = Some((id.to_owned(), None));
        self.rows.push(Row { kind: Kind::Step, chip: Some(chip.to_owned()), depth, text: text.to_owned(), when: String::new(), rule });
    }

    fn condition(&mut self, (id, arm): (&str, Option<usize>), chip: &str, text: &str, steps: &[Step], depth: usize) {
        let rule = Some((id.to_owned(), arm));
        self.rows.push(Row { kind: Kind::Condition, chip: Some(chip.to_owned()), depth, text: text.to_owned(), when: String::new(), rule });
        self.steps(steps, depth + 1);
    }

    fn step(&mut self, it: &Step, depth: usize) {
        match &it.kind {
            StepKind::Send { message, arguments: _ } => {
                let message = self.rules.messages.iter().find(|it| it.name == *message);
                let channel = message.map_or_else(|| "SEND".to_owned(), |it| it.channel.to_uppercase().chars().take(9).collect());
                self.push(&it.id, &channel, message.map_or("an unknown message", |it| it.label.as_deref().unwrap_or(&it.name)), depth);
            }
            StepKind::Act { action, arguments: _ } => {
                let declared = self.rules.actions.iter().find(|it| it.name == *action);
                self.push(&it.id, "DO", declared.and_then(|it| it.label.as_deref()).unwrap_or(action), depth);
            }
            StepKind::WaitMs(_)
            | StepKind::WaitCalendarDays(_)
            | StepKind::WaitClock(_)
            | StepKind::WaitInstant(_)
            | StepKind::WaitUntil(_) => self.push(&it.id, "WAIT", without(&it.sentence, "wait "), depth),
            StepKind::WaitArms(wait) => self.arms(&it.id, wait, without(&it.sentence, "wait "), depth),
            StepKind::If { branches, otherwise } => {
                for (n, branch) in branches.iter().enumerate() {
                    self.condition((&it.id, Some(n)), if n == 0 { "IF" } else { "ELSE IF" }, &branch.sentence, &branch.steps, depth);
                }
                if !otherwise.is_empty() {
                    self.condition((&it.id, Some(branches.len())), "ELSE", "otherwise", otherwise, depth);
                }
            }
            StepKind::Split(split) => {
                for (n, arm) in split.arms.iter().enumerate() {
                    let share = Share::from_millionths(arm.share_millionths).map_or_else(String::new, |share| share.to_string());
                    self.condition((&it.id, Some(n)), "SPLIT", &format!("{share} {}", arm.name), &arm.steps, depth);
                }
            }
            StepKind::Repeat(repeat) => self.condition((&it.id, None), "REPEAT", without(&it.sentence, "repeat "), &repeat.steps, depth),
            StepKind::Set { .. } => self.push(&it.id, "SET", without(&it.sentence, "set "), depth),
            StepKind::Add { .. } => self.push(&it.id, "ADD", without(&it.sentence, "add "), depth),
            StepKind::Remove { .. } => self.push(&it.id, "REMOVE", without(&it.sentence, "remove "), depth),
            StepKind::Record { .. } => self.push(&it.id, "RECORD", without(&it.sentence, "record "), depth),
            StepKind::Stop {} => self.push(&it.id, "STOP", "this play ends", depth),
        }
    }

    fn arms(&mut self, id: &str, wait: &WaitArms, text: &str, depth: usize) {
        self.push(id, "WAIT", text, depth);
        for (n, arm) in wait.arms.iter().enumerate() {
            self.condition((id, Some(n)), "ON", &arm.sentence, &arm.steps, depth);
        }
        if !wait.otherwise.is_empty() {
            self.condition((id, Some(wait.arms.len())), "TIME-OUT", "otherwise", &wait.otherwise, depth);
        }
    }
}

fn without<'s>(sentence: &'s str, word: &str) -> &'s str {
    sentence.strip_prefix(word).unwrap_or(sentence)
}

fn tail(sentence: &str, word: &str) -> String {
    sentence.find(word).map_or_else(|| sentence.to_owned(), |at| sentence[at..].trim().to_owned())
}

/// How many messages and actions the nurtures of a stage ask for.
#[must_use]
pub fn actions(stage: &Stage) -> usize {
    let asks = |step: &&Step| matches!(step.kind, StepKind::Send { .. } | StepKind::Act { .. });
    stage.nurtures.iter().map(|nurture| Step::all(&nurture.steps).into_iter().filter(asks).count()).sum()
}

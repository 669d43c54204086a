//! Random small programs: one funnel or two, with guarantees in them and over them.

use crate::random::Random;

const EVENTS: &[&str] = &["a", "b", "buy", "sent m", "clicked k", "tick", "buy where amount > 10"];
const STATES: &[&str] = &[
    "hot = yes",
    "hot = no",
    "n < 2",
    "n >= 1",
    "had buy",
    "no a within 2 days",
    "plan = pro",
    "no buy since entering",
    "mail = yes",
    "mail = no",
    "busy = yes",
    "busy = no",
];
/// After what nothing is to be sent.
const AFTER: &[&str] = &["a", "b", "b", "buy", "buy where amount > 10", "complained e", "clicked k"];
/// What opens a funnel.
const DOORS: &[&str] = &["a", "b", "a or b", "buy", "buy and plan = pro", "a and n < 2", "a and no b", "buy and no a"];
/// What ties a funnel to another.
const GATES: &[&str] = &["tick", "tick", "b", "b and no a", "buy and plan = free", "buy and n >= 1", "a and had tick"];
const SPANS: &[&str] = &["12 hours", "1 day", "2 days", "3 days", "5 days"];

/// The event that `assume` speaks of, the stage, and within how many milliseconds of entering it.
pub type Assumed = (&'static str, String, i64);

/// A program by chance.
pub struct Program {
    pub text: String,
    /// What it assumes of the world.
    pub assumed: Option<Assumed>,
}

pub fn program(random: &mut Random) -> Program {
    let mut maker = Maker { random, stages: Vec::new(), names: 0, assumed: None, is_keyed: false, is_tied: false };
    let text = maker.program();
    Program { text, assumed: maker.assumed }
}

struct Maker<'r> {
    random: &'r mut Random,
    /// The stages of the funnel that is written.
    stages: Vec<String>,
    names: usize,
    /// Runs of a funnel have keys.
    is_keyed: bool,
    /// Funnels wait for each other by an attribute of ours.
    is_tied: bool,
    assumed: Option<Assumed>,
}

impl Maker<'_> {
    fn of(&mut self, list: &[&str]) -> String {
        (*self.random.pick(list)).to_owned()
    }

    fn stage(&mut self) -> String {
        self.random.pick(&self.stages).clone()
    }

    fn when(&mut self) -> String {
        match self.random.below(10) {
            0..=4 => self.of(EVENTS),
            5..=6 => self.of(STATES),
            7 => format!("{} and {}", self.of(EVENTS), self.of(STATES)),
            8 => "at least 2 a within 3 days".to_owned(),
            _ => format!("{} or {}", self.of(EVENTS), self.of(EVENTS)),
        }
    }

    fn clause(&mut self) -> String {
        match self.random.below(12) {
            0..=3 => format!("after {}", self.of(SPANS)),
            4 => format!("after {} when {}", self.of(SPANS), self.of(STATES)),
            5 => format!("after {} without a", self.of(SPANS)),
            6 => format!("when n {} {}", self.of(&[">=", "<"]), self.random.below(4)),
            _ => format!("when {}", self.when()),
        }
    }

    fn steps(&mut self, deep: usize) -> String {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| self.step(deep) + "\n").collect()
    }

    fn step(&mut self, deep: usize) -> String {
        self.names += 1;
        let name = self.names;
        match self.random.below(if deep == 0 { 9 } else { 13 }) {
            0..=3 => format!("send {} as x{name}", self.of(&["m", "k", "e", "e"])),
            4 => format!("wait {}", self.of(SPANS)),
            5 => format!("wait until {} up to {}", self.of(EVENTS), self.of(SPANS)),
            6 => self.of(&["set n = n + 1", "set n = n + 1", "set n = 0"]),
            7 => "record tick".to_owned(),
            8 => self.of(&["wait until 09:00", "stop", "wait 1 calendar days"]),
            9 => format!("if {} {{\n{}}}", self.of(STATES), self.steps(deep - 1)),
            10 => format!("repeat up to 3 times every {} {{\n{}}}", self.of(SPANS), self.steps(deep - 1)),
            11 => format!(
                "wait up to {} {{\non {} {{\n{}}}\notherwise {{\n{}}}\n}}",
                self.of(SPANS),
                self.of(EVENTS),
                self.steps(deep - 1),
                self.steps(deep - 1)
            ),
            _ => format!("split p{name} {{\n50% l {{\n{}}}\n50% r {{\n{}}}\n}}", self.steps(deep - 1), self.steps(deep - 1)),
        }
    }

    fn nurture(&mut self, at: usize) -> String {
        let start = match self.random.below(8) {
            0 => format!(" when {}", self.when()),
            1 => format!(" each time {}", self.of(EVENTS)),
            2 => " each time b".to_owned(),
            _ => String::new(),
        };
        // Echoes of echoes take long to play, and are what other checks are about.
        let steps = self.steps(2);
        let steps = if start.contains("tick") { steps.replace("record tick", "wait 1 day") } else { steps };
        let steps = if start.contains("sent m") { steps.replace("send m ", "send k ") } else { steps };
        let steps = if self.is_tied && self.random.chance(60) { self.tied(&steps) } else { steps };
        format!("nurture n{at}{start} {{\n{steps}}}\n")
    }

    /// Steps in which other funnels are to wait, or some of them.
    fn tied(&mut self, steps: &str) -> String {
        match self.random.below(8) {
            0 => format!("set busy = yes\n{steps}"),
            1 => format!("{steps}set busy = no\n"),
            2 => format!("{steps}set busy = yes\nwait {}\nset busy = no\n", self.of(SPANS)),
            3 => format!("set busy = yes\n{steps}set busy = no\n"),
            _ => format!("set busy = yes\n{steps}wait {}\nset busy = no\n", self.of(SPANS)),
        }
    }

    fn program(&mut self) -> String {
        let fixed = if self.random.chance(40) { " fixed" } else { "" };
        let cap = if self.random.chance(40) { "at most 2 within 3 days\n" } else { "" };
        let quiet = if self.random.chance(30) { "quiet from 21:00 to 08:00\n" } else { "" };
        let rate = if self.random.chance(60) { " at most 1 per 2 days" } else { "" };
        let out = if self.random.chance(20) { " opt out of email" } else { "" };
        let plan = if self.random.chance(30) { "plan : one of [free, pro]? fixed" } else { "plan : one of [free, pro] = free" };
        let mail = self.of(&["flag = yes", "flag = yes", "flag = no", "flag? fixed", "flag? fixed", "flag = no ours"]);
        self.is_keyed = self.random.chance(15);
        self.is_tied = self.random.chance(50);
        let (a, b, buy) = if self.is_keyed { ("(cart: text)", "(cart: text?)", ", cart: text") } else { ("", "", "") };
        let mut text = format!(
            "contact {{\nhot : flag = no\n{plan}\nn : number = 0 ours\nbusy : flag = no ours\nmail : {mail}\ntimezone : text?{fixed}\n}}\n\
             event a{a}\nevent b{b}{out}{rate}\nevent buy(amount: number{buy})\nevent tick ours\nchannel web\n\
             channel email {{\nneeds mail\n{cap}{quiet}}}\nmessage m by web\nmessage k by web\nmessage e by email\nmessage t by email {{ transactional }}\n"
        );
        if !self.is_keyed && self.random.chance(30) {
            return text + &self.waiting();
        }
        let count = 2 + self.random.below(5);
        text += &self.funnel("f", "s", count);
        let mut all = self.stages.clone();
        for (name, letter, chance) in [("g", "r", 45), ("h", "w", 40)] {
            if !self.random.chance(chance) {
                break;
            }
            let count = 1 + self.random.below(3);
            text += &self.funnel(name, letter, count);
            all.extend(self.stages.clone());
        }
        self.stages = all;
        let top = 1 + self.random.below(2) + if self.is_tied { 2 } else { 0 };
        for _ in 0..top {
            let guarantee = self.guarantee();
            text += &format!("guarantee {guarantee}\n");
        }
        text
    }

    /// Two or three small funnels that wait for each other, or begin together, and what they send in all.
    fn waiting(&mut self) -> String {
        let mut text = String::new();
        let count = 2 + usize::from(self.random.chance(30));
        for (name, letter) in [("f", "s"), ("g", "r"), ("h", "w")].into_iter().take(count) {
            let door = self.of(&["a", "a", "b", "b", "buy", "b and had a", "a and no b"]);
            let tied = if self.random.chance(75) { " and busy = no" } else { "" };
            let reentry = self.of(&["never", "never", "after leaving", "3 days after leaving"]);
            let leave = self.of(&["when n0 finished", "when n0 finished", "after 5 days", "when b", "when n0 finished\nleave when a"]);
            let mut steps = String::new();
            for _ in 0..1 + self.random.below(3) {
                self.names += 1;
                let sends = format!("send {} as x{}", self.of(&["m", "k", "k", "e"]), self.names);
                let waits = format!("wait {}", self.of(SPANS));
                steps += &match self.random.below(8) {
                    0..=3 => format!("{sends}\n{waits}\n"),
                    4 => format!("{waits}\n{sends}\n"),
                    5 => format!("if busy = {} {{\n{sends}\n}}\n{waits}\n", self.of(&["yes", "no"])),
                    6 => format!("wait until a up to {}\n{sends}\n", self.of(SPANS)),
                    _ => format!("{sends}\nrecord tick\n"),
                };
            }
            let steps = if self.random.chance(75) { self.tied(&steps) } else { steps };
            text += &format!(
                "funnel {name} {{\nfor each contact\nreentry {reentry}\nstage {letter}0 {{\nenter when {door}{tied}\nleave {leave}\n\
                 nurture n0 {{\n{steps}}}\n}}\n}}\n"
            );
        }
        for _ in 0..5 {
            let (span, most) = (self.of(SPANS), 1 + self.random.below(2));
            text += &match self.random.below(5) {
                0 | 1 => format!("guarantee at least {span} between messages\n"),
                2 | 3 => format!("guarantee at most {most} messages within {span}\n"),
                _ => format!("guarantee at most {most} messages by web within {span}\n"),
            };
        }
        text
    }

    fn funnel(&mut self, name: &str, letter: &str, count: usize) -> String {
        self.stages = (0..count).map(|at| format!("{letter}{at}")).collect();
        let restart = format!("restart from {}", self.stage());
        let reentry = self.of(&["never", "never", "after leaving", "3 days after leaving", "3 days after starting", &restart]);
        let each = if self.is_keyed && (name == "f" || self.random.chance(50)) { "contact and cart" } else { "contact" };
        let mut text = format!("funnel {name} {{\nfor each {each}\nreentry {reentry}\n");
        if self.random.chance(20) {
            text += "leave when hot = yes and a\n";
        }
        if self.random.chance(15) {
            text += "leave after 8 days\n";
        }
        for at in 0..count {
            text += &self.block(at);
        }
        if self.assumed.is_none() && self.random.chance(10) {
            let (stage, days) = (self.stage(), 1 + self.random.below(4));
            text += &format!("assume buy within {days} days of entering {stage}\n");
            self.assumed = Some(("buy", stage, i64::try_from(days).expect("small") * 86_400_000));
        }
        for _ in 0..4 {
            let guarantee = self.guarantee();
            text += &format!("guarantee {guarantee}\n");
        }
        text + "}\n"
    }

    fn block(&mut self, at: usize) -> String {
        let is_final = at > 0 && self.random.chance(25);
        let mut text = format!("{}stage {} {{\n", if is_final { "goal final " } else { "" }, self.stages[at]);
        if at == 0 || self.random.chance(15) {
            let is_second = !self.is_keyed && !self.stages[at].starts_with('s');
            let door = if is_second && self.random.chance(40) { self.of(GATES) } else { self.of(DOORS) };
            let is_tied = self.is_tied && self.random.chance(70);
            let door = if is_tied && door.contains(" or ") { format!("({door})") } else { door };
            text += &format!("enter when {door}{}\n", if is_tied { " and busy = no" } else { "" });
        }
        for _ in 0..self.random.below(3) + usize::from(at > 0) {
            let from = if self.random.chance(10) { "anywhere".to_owned() } else { self.stage() };
            text += &format!("enter from {from} {}\n", self.clause());
        }
        if !is_final && self.random.chance(30) {
            text += &format!("leave {}\n", self.clause());
        }
        if self.random.chance(25) {
            text += &format!("visits at most {}\n", 1 + self.random.below(3));
        }
        for nurture in 0..self.random.below(4) {
            text += &self.nurture(nurture);
        }
        text + "}\n"
    }

    fn guarantee(&mut self) -> String {
        let scope = self.of(&["messages", "messages by email", "messages by web", "m", "e"]);
        match self.random.below(13) {
            0 | 1 => format!("every contact leaves {} within {}", self.stage(), self.of(SPANS)),
            2 => format!("every contact in {} reaches {} or {} within {}", self.stage(), self.stage(), self.stage(), self.of(SPANS)),
            3 => format!("whoever enters {} reaches {}", self.stage(), self.stage()),
            4 => format!("{} leads to {} within {}", self.of(&["a", "b", "buy", "buy where amount > 10"]), self.stage(), self.of(SPANS)),
            5 | 6 => format!("at most {} {scope} within {}", 1 + self.random.below(3), self.of(SPANS)),
            7 => format!("at least {} between {scope}", self.of(SPANS)),
            8 => format!("never send {} after {}", self.of(&["m", "k", "e"]), self.of(AFTER)),
            9 => format!("never send {} in {}", self.of(&["m", "k", "e"]), self.stage()),
            10 => format!("every way to {} goes through {}", self.stage(), self.stage()),
            11 => format!("{} never follows {}", self.stage(), self.stage()),
            _ => self.last_form(&scope),
        }
    }

    fn last_form(&mut self, scope: &str) -> String {
        match self.random.below(3) {
            0 => format!("{} excludes {}", self.stage(), self.stage()),
            1 => format!("at most {} {scope}", 1 + self.random.below(4)),
            _ => format!("{} is reachable from every stage", self.stage()),
        }
    }
}

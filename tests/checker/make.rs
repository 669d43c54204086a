//! Random small funnels, as text: few stages, few values, few lengths of time, so that simulation sees nearly everything.

use super::random::Random;

/// What is declared in every file; what a funnel does not use gives findings that nobody looks at here.
const VOCABULARY: &str = "contact {
  plan : one of [free, pro, team] = free
  vip : flag = no
  tries : number = 0 ours
  budget : number?
  country : text? fixed
  mail_ok : flag = yes
}
event a
event b
event buy(amount: number)
event quit
event stop_mail opt out of email
event tick ours
event tock ours
channel web
channel email {
  needs mail_ok
}
message hello by web
message offer by web
message letter by email
segment rich when plan = pro and vip = yes
segment active when had a within 2 days
play chat {
  send hello as chatted
  wait 1 day
  send offer as asked
}
";

const TIMES: &[&str] = &["1 day", "2 days", "3 days"];
const PLACES: &[&str] = &["s0", "s1", "s2", "s3", "s4", "s5"];

fn own<T: ToString>(it: T) -> String {
    it.to_string()
}

/// A text with its sub-parts by chance.
pub struct Maker<'r> {
    random: &'r mut Random,
    stages: usize,
    plays: usize,
    names: usize,
    /// Conditions of attributes alone, so that loops close often.
    is_plain: bool,
}

impl<'r> Maker<'r> {
    /// A maker for one file.
    pub fn new(random: &'r mut Random) -> Self {
        let is_plain = random.chance(40);
        Self { random, stages: 0, plays: 0, names: 0, is_plain }
    }

    fn of(&mut self, list: &[&str]) -> String {
        own(self.random.pick(list))
    }

    /// One or two funnels.
    pub fn file(&mut self) -> String {
        let mut out = own(VOCABULARY);
        out.push_str(&self.funnel("f"));
        if self.random.chance(20) {
            out.push_str(&self.funnel("g"));
        }
        out
    }

    /// Several funnels.
    pub fn funnels(&mut self, names: &[&str]) -> String {
        own(VOCABULARY) + &names.iter().map(|name| self.funnel(name)).collect::<String>()
    }

    fn state(&mut self) -> String {
        let plain = [
            "plan = free",
            "plan = pro",
            "plan = team",
            "plan != free",
            "plan in [free, pro]",
            "vip = yes",
            "vip = no",
            "tries < 2",
            "tries >= 1",
            "tries = 0",
            "tries > 2",
            "budget > 10",
            "budget <= 10",
            "budget > 20",
            "budget is missing",
            "country = \"DE\"",
            "country is known",
            "in segment rich",
            "not (plan = pro and vip = yes)",
            "not in segment rich",
        ];
        let past = [
            "had a",
            "no a",
            "had a within 1 day",
            "had a within 2 days",
            "no a within 2 days",
            "no b since entering",
            "had b since entering",
            "had b since starting",
            "at least 2 a",
            "at most 1 a within 3 days",
            "exactly 1 b since entering",
            "at least 2 b within 1 day",
            "time since a > 1 day",
            "time since b <= 2 days",
            "sum of buy.amount >= 20",
            "buy.amount > 10",
            "had buy where amount > 10",
            "no buy where amount > 20",
            "had tick",
            "no tick since entering",
            "had tock",
            "had sent hello",
            "had clicked hello",
            "in segment active",
        ];
        let from: &[&str] = if self.is_plain || self.random.chance(55) { &plain } else { &past };
        self.of(from)
    }

    /// A condition without a trigger.
    fn states(&mut self) -> String {
        match self.random.below(8) {
            0 => format!("{} and {}", self.state(), self.state()),
            1 => format!("({} or {})", self.state(), self.state()),
            2 => format!("{} and ({} or {})", self.state(), self.state(), self.state()),
            _ => self.state(),
        }
    }

    fn trigger(&mut self) -> String {
        let list = [
            "a",
            "a",
            "b",
            "b",
            "buy",
            "buy where amount > 10",
            "buy where amount > 20",
            "tick",
            "tock",
            "clicked hello",
            "sent hello",
            "quit",
        ];
        self.of(&list)
    }

    fn condition(&mut self) -> String {
        let often = if self.is_plain { 30 } else { 50 };
        match self.random.below(100) {
            n if n < often => self.trigger(),
            n if n < often + 15 => format!("{} and {}", self.trigger(), self.states()),
            n if n < often + 20 => format!("{} or {}", self.trigger(), self.trigger()),
            n if n < often + 24 => format!("{} or {}", self.trigger(), self.state()),
            _ => self.states(),
        }
    }

    fn step(&mut self, depth: usize, indent: &str, out: &mut String) {
        let inner = format!("{indent}  ");
        self.names += 1;
        let n = self.names;
        let kind = self.random.below(if depth == 0 { 13 } else { 18 });
        match kind {
            0..=3 => {
                let message = self.of(&["hello", "offer", "letter"]);
                out.push_str(&format!("{indent}send {message} as m{n}\n"));
            }
            4..=6 => {
                let time = self.of(TIMES);
                out.push_str(&format!("{indent}wait {time}\n"));
            }
            7 => {
                let event = self.of(&["tick", "tock"]);
                out.push_str(&format!("{indent}record {event}\n"));
            }
            8 | 9 => {
                let set = self.of(&["tries = tries + 1", "tries = 0", "plan = pro", "plan = free", "vip = yes", "vip = no", "budget = 15"]);
                out.push_str(&format!("{indent}set {set}\n"));
            }
            10 | 11 => {
                let (when, time) = (self.condition(), self.of(TIMES));
                out.push_str(&format!("{indent}wait until {when} up to {time}\n"));
            }
            12 => out.push_str(&format!("{indent}send offer as m{n}\n")),
            13 | 14 => {
                let when = self.states();
                out.push_str(&format!("{indent}if {when} {{\n"));
                self.steps(depth - 1, &inner, out);
                if self.random.chance(40) {
                    let when = self.states();
                    out.push_str(&format!("{indent}}} else if {when} {{\n"));
                    self.steps(depth - 1, &inner, out);
                }
                if self.random.chance(50) {
                    out.push_str(&format!("{indent}}} else {{\n"));
                    self.steps(depth - 1, &inner, out);
                }
                out.push_str(&format!("{indent}}}\n"));
            }
            15 | 16 => {
                let time = self.of(TIMES);
                out.push_str(&format!("{indent}wait up to {time} {{\n"));
                for _ in 0..1 + self.random.below(2) {
                    let when = self.condition();
                    out.push_str(&format!("{inner}on {when} {{\n"));
                    self.steps(depth - 1, &format!("{inner}  "), out);
                    out.push_str(&format!("{inner}}}\n"));
                }
                if self.random.chance(50) {
                    out.push_str(&format!("{inner}otherwise {{\n"));
                    self.steps(depth - 1, &format!("{inner}  "), out);
                    out.push_str(&format!("{inner}}}\n"));
                }
                out.push_str(&format!("{indent}}}\n"));
            }
            _ => {
                let (times, time) = (2 + self.random.below(2), self.of(TIMES));
                out.push_str(&format!("{indent}repeat up to {times} times every {time} {{\n"));
                self.steps(depth - 1, &inner, out);
                out.push_str(&format!("{indent}}}\n"));
            }
        }
    }

    fn steps(&mut self, depth: usize, indent: &str, out: &mut String) {
        for _ in 0..1 + self.random.below(3) {
            self.step(depth, indent, out);
        }
    }

    fn nurture(&mut self, out: &mut String) {
        self.plays += 1;
        if self.random.chance(6) && !out.ends_with("nurture chat\n") {
            out.push_str("    nurture chat\n");
            return;
        }
        let start = match self.random.below(8) {
            0 => format!(" when {}", self.states()),
            1 => format!(" each time {}", self.trigger()),
            _ => String::new(),
        };
        out.push_str(&format!("    nurture n{}{start} {{\n", self.plays));
        self.steps(2, "      ", out);
        out.push_str("    }\n");
    }

    fn after(&mut self) -> String {
        let time = self.of(TIMES);
        let without = if self.random.chance(25) { format!(" without {}", self.of(&["a", "b", "buy"])) } else { String::new() };
        let when = if self.random.chance(30) { format!(" when {}", self.states()) } else { String::new() };
        format!("after {time}{without}{when}")
    }

    fn door(&mut self, funnel: &str, out: &mut String) {
        let mut from: Vec<String> =
            (0..1 + self.random.below(2)).map(|_| format!("{funnel}{}", PLACES[self.random.below(self.stages)])).collect();
        from.dedup();
        let from = if self.random.chance(8) { own("anywhere") } else { from.join(", ") };
        let opens = if self.random.chance(35) { self.after() } else { format!("when {}", self.condition()) };
        out.push_str(&format!("    enter from {from} {opens}\n"));
    }

    fn funnel(&mut self, name: &str) -> String {
        self.stages = 2 + self.random.below(4);
        let reentry = match self.random.below(10) {
            0..=4 => own("never"),
            5 | 6 => own("after leaving"),
            7 => own("2 days after leaving"),
            8 => own("3 days after starting"),
            _ => format!("restart from {name}s0"),
        };
        let mut out = format!("funnel {name} {{\n  for each contact\n  reentry {reentry}\n");
        if self.random.chance(25) {
            let when = if self.random.chance(50) { own("when quit") } else { self.after() };
            out.push_str(&format!("  leave {when}\n"));
        }
        for (at, place) in PLACES.iter().enumerate().take(self.stages) {
            let ending = if at + 1 == self.stages { self.of(&["goal ", "goal final ", "final ", ""]) } else { String::new() };
            let goal = if ending.is_empty() && self.random.chance(12) { "goal " } else { "" };
            out.push_str(&format!("  {goal}{ending}stage {name}{place} {{\n"));
            if at == 0 {
                let when = if self.random.chance(80) { self.trigger() } else { self.condition() };
                out.push_str(&format!("    enter when {when}\n"));
            }
            let doors = if at == 0 { self.random.below(2) } else { 1 + self.random.below(2) };
            for _ in 0..doors {
                self.door(name, &mut out);
            }
            if self.random.chance(15) {
                let times = 1 + self.random.below(3);
                out.push_str(&format!("    visits at most {times}\n"));
            }
            if self.random.chance(15) {
                let when = if self.random.chance(50) { format!("when {}", self.condition()) } else { self.after() };
                out.push_str(&format!("    leave {when}\n"));
            }
            for _ in 0..self.random.below(3).min(self.random.below(3)) {
                self.nurture(&mut out);
            }
            out.push_str("  }\n");
        }
        out.push_str("}\n");
        out
    }
}

//! All pairs of 200 conditions of ten comparisons each: which of them can hold together. CPU time, one core.

use cpu_time::ProcessTime;
use funnelc::{
    logic::Solver,
    model::{Condition, Model},
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::time::Duration;

const GOAL_MS: f64 = 50.0;
const CONDITIONS: usize = 200;
const ATOMS: usize = 10;
const ROUNDS: usize = 21;

/// A small generator of numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn atom(&mut self) -> String {
        let attribute = self.below(8);
        match self.below(8) {
            0 => format!("plan{attribute} = {}", ["free", "pro", "team"][self.below(3) as usize]),
            1 => format!("plan{attribute} != {}", ["free", "pro", "team"][self.below(3) as usize]),
            2 => format!("age{attribute} > {}", self.below(50)),
            3 => format!("age{attribute} <= {}", 50 + self.below(50)),
            4 => format!("country{attribute} in [\"c{}\", \"c{}\", \"c{}\"]", self.below(6), self.below(6), 6 + self.below(6)),
            5 => format!("not country{attribute} = \"c{}\"", self.below(12)),
            6 => format!("had event{} within {} days", self.below(4), 1 + self.below(60)),
            _ => format!("at most {} event{} within {} days", 2 + self.below(5), self.below(4), 1 + self.below(60)),
        }
    }

    /// Ten atoms: some certain, some in choices of two or three.
    fn condition(&mut self) -> String {
        let mut members = Vec::new();
        let mut left = ATOMS;
        while left > 0 {
            let sides = usize::try_from(1 + self.below(3)).expect("small").min(left);
            left -= sides;
            let list: Vec<String> = (0..sides).map(|_| self.atom()).collect();
            members.push(if sides == 1 { list.concat() } else { format!("({})", list.join(" or ")) });
        }
        members.join(" and ")
    }
}

fn model() -> Model {
    let mut random = Random(7);
    let mut text = String::from("event visit\ncontact {\n");
    for n in 0..8 {
        text.push_str(&format!("  plan{n} : one of [free, pro, team] = free\n  age{n} : number?\n  country{n} : text?\n"));
    }
    text.push_str("}\nevent event0\nevent event1\nevent event2\nevent event3\nfunnel f {\n  for each contact\n  reentry never\n  stage a {\n    enter when visit\n");
    for _ in 0..CONDITIONS {
        text.push_str(&format!("    leave when {}\n", random.condition()));
    }
    text.push_str("  }\n}\n");
    let loaded = Loaded::read(&MemoryLoader::new([("a.funnel".to_owned(), text)]), &["a.funnel".to_owned()]).expect("in memory");
    analyse(loaded).model
}

fn main() {
    let model = model();
    let conditions: Vec<&Condition> = model.stages.values().flat_map(|it| &it.leaves).filter_map(|it| it.when.as_ref()).collect();
    assert_eq!(conditions.len(), CONDITIONS);
    let (mut best, mut overlapping, mut pairs) = (Duration::MAX, 0, 0);
    for _ in 0..ROUNDS {
        let start = ProcessTime::now();
        let solver = Solver::new(&model);
        let ready = solver.pairs(&conditions);
        (overlapping, pairs) = (0, 0);
        for a in 0..CONDITIONS {
            for b in 0..a {
                pairs += 1;
                overlapping += usize::from(ready.overlap(a, b));
            }
        }
        best = best.min(start.elapsed());
    }
    let ms = best.as_secs_f64() * 1e3;
    let verdict = if ms < GOAL_MS { "met" } else { "MISSED" };
    println!("{CONDITIONS} conditions of {ATOMS} atoms, {pairs} pairs, {overlapping} overlap: {ms:.1} ms, goal < {GOAL_MS} ms: {verdict}");
}

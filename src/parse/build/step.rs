//! Steps of nurtures and plays.

use super::{
    Builder, Kids,
    atom::{Operand, Part, PastWord},
    node::{Built, FromBroken},
};
use crate::{
    ast::{
        Arm, Block, Branch, Broken, Condition, ConditionKind, Ident, InstantBase, InstantExpr, PastWait, Repeat, Spanned, Split, SplitArm,
        SplitShare, Step, ValueKind, Wait, WaitArms,
    },
    diag::Diagnostic,
    parse::{
        codes::{F001, F002, F005, F214},
        explain::Context,
        grammar::{Pair, Rule},
    },
    source::Span,
    units::Weekday,
};

impl FromBroken for Step {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for Arm {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for SplitArm {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl<'i> Builder<'i> {
    /// The block of steps that comes next, if one does.
    pub fn steps(&mut self, kids: &mut Kids<'i>) -> Option<Block<Step>> {
        self.body(kids, Rule::steps, Context::Step, Self::step)
    }

    fn steps_of(&mut self, kids: &mut Kids<'i>, within: Span) -> Block<Step> {
        self.steps(kids).unwrap_or_else(|| {
            self.internal(within, "a block");
            Block { span: within, items: Vec::new(), tail: Vec::new(), one_line: true }
        })
    }

    pub fn step(&mut self, pair: Pair<'i>, span: Span) -> Built<Step> {
        let rule = pair.as_rule();
        let mut inner = Kids::of(pair);
        let kids = &mut inner;
        let built = match rule {
            Rule::send => {
                let message = self.ident(kids, span);
                Some(Step::Send { message, args: self.args(kids), alias: self.alias(kids) })
            }
            Rule::do_action => {
                let action = self.ident(kids, span);
                Some(Step::Do { action, args: self.args(kids), alias: self.alias(kids) })
            }
            Rule::wait => self.wait(kids, span).map(Step::Wait),
            Rule::if_step => Some(self.if_step(kids, span)),
            Rule::split => self.split(kids, span).map(Step::Split),
            Rule::repeat => self.repeat(kids, span).map(|repeat| Step::Repeat(Box::new(repeat))),
            Rule::set => {
                let attribute = self.ident(kids, span);
                self.equals(kids);
                Some(Step::Set { attribute, value: self.value(kids) })
            }
            Rule::add => {
                let value = self.value(kids);
                Some(Step::Add { value, attribute: self.ident(kids, span) })
            }
            Rule::remove => {
                let value = self.value(kids);
                Some(Step::Remove { value, attribute: self.ident(kids, span) })
            }
            Rule::record => {
                let event = self.ident(kids, span);
                Some(Step::Record { event, args: self.args(kids) })
            }
            Rule::stop_step => Some(Step::Stop),
            Rule::note => Some(Step::Note(self.quoted(kids, span))),
            Rule::formerly => Some(Step::Formerly(self.ident(kids, span))),
            _ => {
                self.internal(span, "a step");
                None
            }
        };
        self.no_more(kids);
        built
    }

    fn alias(&mut self, kids: &mut Kids<'i>) -> Option<Ident> {
        let pair = kids.next_if(Rule::alias)?;
        let span = self.span(&pair);
        Some(self.ident(&mut Kids::of(pair), span))
    }

    fn wait(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Wait> {
        let pair = kids.next()?;
        let place = self.span(&pair);
        match pair.as_rule() {
            Rule::dur => Some(Wait::For(self.duration_of(&pair))),
            Rule::calendar => {
                let mut inner = Kids::of(pair);
                Some(Wait::CalendarDays(self.count(&mut inner, place)))
            }
            Rule::arms_what => Some(Wait::Arms(Box::new(self.arms(pair, span)?))),
            Rule::until_what => {
                let mut inner = Kids::of(pair);
                self.wait_until(&mut inner, place)
            }
            _ => {
                self.internal(place, "`wait`");
                None
            }
        }
    }

    fn wait_until(&mut self, kids: &mut Kids<'i>, place: Span) -> Option<Wait> {
        if let Some(pair) = kids.next_if(Rule::weekday) {
            let weekday = Some(self.weekday(&pair));
            return Some(Wait::Clock { weekday, at: self.clock(kids, place) });
        }
        if kids.peek() == Some(Rule::clock) {
            return Some(Wait::Clock { weekday: None, at: self.clock(kids, place) });
        }
        let operand = self.operand(kids);
        let span = operand.span;
        let (mut at, mut past, end) = self.at_and_past(kids, span);
        let up_to = kids.next_if(Rule::up_to);
        // Clauses in another order or given twice.
        for pair in kids.by_ref() {
            let second = self.span(&pair);
            self.push(
                Diagnostic::new(F001, second, "this does not belong behind what `wait until` waits for")
                    .help("write `wait until C up to 5 days`, or `wait until 2026-12-24 at 09:00, if past skip`"),
            );
            self.frame.damaged = true;
        }
        let said = at.is_some() || past.is_some();
        if let (Part::Name(name), Some(at)) = (&operand.part, at)
            && let Some(weekday) = Weekday::from_word(&name.text.to_lowercase())
        {
            let small = name.text.to_lowercase();
            self.correct(Diagnostic::new(F002, span, format!("words are written in small letters: `{small}`")).at("a weekday").replace(
                span,
                small.clone(),
                format!("write `{small}`"),
            ));
            return Some(Wait::Clock { weekday: Some(Spanned { span, it: weekday }), at });
        }
        if up_to.is_none() && self.meant_up_to(&operand) {
            return Some(Wait::Until { condition: Box::new(Condition { span, kind: ConditionKind::Broken }), up_to: None });
        }
        let base = match operand.part {
            Part::Instant(instant, own_past) => {
                past = past.or(own_past);
                at = at.or(instant.at);
                return Some(self.wait_instant(InstantExpr { at, ..instant }, past, up_to));
            }
            Part::Name(name) if said => InstantBase::Value(crate::ast::Value { span, kind: ValueKind::Word(name) }),
            Part::Value(ValueKind::Date(date)) => InstantBase::Date(Spanned { span, it: date }),
            Part::Value(ValueKind::Time(time)) => InstantBase::Time(Spanned { span, it: time }),
            Part::Value(kind @ ValueKind::Path { .. }) => InstantBase::Value(crate::ast::Value { span, kind }),
            _ => {
                let condition = self.as_condition(operand);
                return self.wait_condition(condition, said.then_some(end), up_to);
            }
        };
        Some(self.wait_instant(InstantExpr { span: span.to(end), offset: None, base, at }, past, up_to))
    }

    /// `wait until login within 3 days`, `wait until login or 3 days`: how long the wait may last, in other words.
    fn meant_up_to(&mut self, operand: &Operand) -> bool {
        let text = self.source.get(operand.span.range()).unwrap_or("");
        let Some((before, word)) =
            [" within ", " or "].into_iter().find_map(|word| text.rsplit_once(word).map(|(before, _)| (before, word)))
        else {
            return false;
        };
        let start = operand.span.start + small(before.len() + 1);
        let place = Span { start, end: start + small(word.trim().len()), ..operand.span };
        let rest = text.get(before.len() + word.len()..).unwrap_or("");
        let looks_ahead = match &operand.part {
            Part::Condition(ConditionKind::Had { word, .. }) => word.is_empty(),
            Part::Condition(ConditionKind::Or(_)) => rest.starts_with(|c: char| c.is_ascii_digit()) && rest.split_whitespace().count() == 2,
            _ => false,
        };
        if looks_ahead {
            self.findings.retain(|finding| !(operand.span.contains(finding.primary.span) && finding.code != F005));
            self.correct(
                Diagnostic::new(F001, place, format!("how long this wait may last is not said with `{}`", word.trim()))
                    .at("a wait lasts `up to` a time")
                    .replace(place, "up to", format!("write `up to {rest}`")),
            );
        }
        looks_ahead
    }

    fn wait_instant(&mut self, instant: InstantExpr, past: Option<Spanned<PastWord>>, up_to: Option<Pair<'i>>) -> Wait {
        if let Some(pair) = up_to {
            let place = self.span(&pair);
            self.push(
                Diagnostic::new(F001, place, "an instant comes by itself: `up to` does not belong here")
                    .help("say what happens when it is past already: `, if past skip` or `, if past stop`"),
            );
            self.frame.damaged = true;
        }
        let past = match past {
            None => {
                self.past_missing(instant.span, ["skip", "stop"]);
                None
            }
            Some(Spanned { span, it }) => {
                let it = match it {
                    PastWord::Skip => PastWait::Skip,
                    PastWord::Stop => PastWait::Stop,
                    PastWord::Open => self.wrong_past(span, "open", "skip", PastWait::Skip),
                    PastWord::Never => self.wrong_past(span, "never", "stop", PastWait::Stop),
                };
                Some(Spanned { span, it })
            }
        };
        Wait::Instant { instant: Box::new(instant), past }
    }

    fn wait_condition(&mut self, condition: Condition, said: Option<Span>, up_to: Option<Pair<'i>>) -> Option<Wait> {
        if let Some(place) = said {
            self.push(
                Diagnostic::new(F001, place, "`at` and `if past` belong to an instant, and this is a condition")
                    .help("write `wait until C up to 5 days`"),
            );
            self.frame.damaged = true;
        }
        let up_to = match up_to {
            Some(pair) => {
                let place = self.span(&pair);
                Some(self.duration(&mut Kids::of(pair), place))
            }
            None => {
                if condition.kind != ConditionKind::Broken && !self.frame.trailing {
                    self.push(
                        Diagnostic::new(F214, self.behind(condition.span), "how long this wait may last is not said")
                            .at("add `up to 5 days`, or another time-out")
                            .label(condition.span, "this may never happen")
                            .help("a wait with no end does not compile: `wait until C up to 5 days`")
                            .replace(Span { start: condition.span.end, ..condition.span }, " up to 5 days", "write `up to 5 days`")
                            .safely(false),
                    );
                }
                None
            }
        };
        Some(Wait::Until { condition: Box::new(condition), up_to })
    }

    fn arms(&mut self, pair: Pair<'i>, wait: Span) -> Option<WaitArms> {
        let span = self.span(&pair);
        let mut kids = Kids::of(pair);
        let up_to = match kids.next_if(Rule::up_to) {
            Some(pair) => Some(self.duration(&mut Kids::of(pair), span)),
            None => {
                {
                    let word = Span { end: (wait.start + 4).min(wait.end), ..wait };
                    self.push(
                        Diagnostic::new(F214, word, "how long this wait may last is not said")
                            .at("add `up to 5 days`, or another time-out")
                            .help("a wait with no end does not compile: `wait up to 5 days { on … { … } otherwise { … } }`")
                            .replace(Span { start: word.end, ..word }, " up to 5 days", "write `up to 5 days`")
                            .safely(false),
                    );
                }
                None
            }
        };
        self.header(&mut kids, wait, Context::Step);
        let arms = self.body(&mut kids, Rule::arms, Context::Arm, Self::arm)?;
        self.otherwise_last(&arms);
        Some(WaitArms { up_to, arms })
    }

    fn otherwise_last(&mut self, arms: &Block<Arm>) {
        let otherwise = |arm: &&crate::ast::Node<Arm>| matches!(arm.it, Arm::Otherwise { .. });
        let Some(first) = arms.items.iter().find(otherwise) else { return };
        for arm in arms.items.iter().filter(|arm| arm.span.start > first.span.start) {
            match arm.it {
                Arm::Otherwise { .. } => self.twice("`otherwise`", head_word(first.span, 9), head_word(arm.span, 9)),
                Arm::On { .. } => self.push(
                    Diagnostic::new(F001, head_word(first.span, 9), "`otherwise` stands behind all arms")
                        .label(head_word(arm.span, 2), "this arm comes behind it")
                        .help("move `otherwise { … }` to the end"),
                ),
                Arm::Broken(_) => {}
            }
        }
    }

    fn arm(&mut self, pair: Pair<'i>, span: Span) -> Built<Arm> {
        let on = pair.as_rule() == Rule::on_arm;
        let mut kids = Kids::of(pair);
        let when = on.then(|| self.condition_after(&mut kids, "on", head_word(span, 2)));
        self.header(&mut kids, span, Context::Arm);
        let body = self.steps_of(&mut kids, span);
        Some(match when {
            Some(when) => Arm::On { when, body },
            None => Arm::Otherwise { body },
        })
    }

    fn if_step(&mut self, kids: &mut Kids<'i>, span: Span) -> Step {
        let mut branches = Vec::new();
        while let Some(pair) = kids.next_if_any(&[Rule::branch, Rule::foreign_else_if]) {
            let place = self.span(&pair);
            if pair.as_rule() == Rule::foreign_else_if {
                let length = pair.as_str().find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0);
                let word = head_word(place, u32::try_from(length).unwrap_or(0));
                let text = self.source.get(word.range()).unwrap_or("").to_owned();
                self.push(Diagnostic::new(F002, word, format!("`{text}` is two words here")).at("`else` and `if`").replace(
                    word,
                    "else if",
                    "write `else if`",
                ));
            }
            let mut inner = Kids::of(pair);
            let when = self.condition_after(&mut inner, "if", head_word(place, 2));
            self.header(&mut inner, place, Context::Step);
            let body = self.steps_of(&mut inner, place);
            self.no_more(&mut inner);
            branches.push(Branch { span: place, when, body });
        }
        let otherwise = kids.next_if(Rule::else_part).map(|pair| {
            let mut inner = Kids::of(pair);
            self.header(&mut inner, span, Context::Step);
            self.steps_of(&mut inner, span)
        });
        Step::If { branches, otherwise }
    }

    fn split(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Split> {
        if kids.peek() != Some(Rule::name) {
            self.head(kids, span, Context::Step);
            return None;
        }
        let name = self.ident(kids, span);
        self.header(kids, span, Context::Step);
        Some(Split { name, arms: self.body(kids, Rule::shares, Context::Share, Self::share_arm)? })
    }

    pub fn share_arm(&mut self, pair: Pair<'i>, span: Span) -> Built<SplitArm> {
        let mut kids = Kids::of(pair);
        let share = match kids.next_if(Rule::share) {
            Some(pair) => SplitShare::Part(self.share(&pair)),
            None => SplitShare::Rest(kids.next_if(Rule::rest).map_or(span, |pair| self.span(&pair))),
        };
        let name = self.ident(&mut kids, span);
        self.header(&mut kids, span, Context::Share);
        Some(SplitArm::Share { share, name, body: self.steps_of(&mut kids, span) })
    }

    fn repeat(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Repeat> {
        let times = kids.next_if(Rule::times).map(|pair| self.count(&mut Kids::of(pair), span));
        let Some(every) = kids.next_if(Rule::period).map(|pair| self.duration(&mut Kids::of(pair), span)) else {
            self.head(kids, span, Context::Step);
            return None;
        };
        if times.is_none() {
            self.push(
                Diagnostic::new(F214, head_word(span, 6), "how often this repeats at most is not said")
                    .at("add `up to 3 times`, or another bound")
                    .help("write `repeat up to 3 times every 7 days { … }`")
                    .replace(Span { start: head_word(span, 6).end, ..head_word(span, 6) }, " up to 3 times", "write `up to 3 times`")
                    .safely(false),
            );
        }
        let until = kids.next_if(Rule::until).map(|pair| {
            let place = self.span(&pair);
            let mut inner = Kids::of(pair);
            if inner.peek().is_none() && kids.peek() == Some(Rule::damage) {
                return Condition { span: self.behind(place), kind: ConditionKind::Broken };
            }
            self.condition_after(&mut inner, "until", place)
        });
        self.header(kids, span, Context::Step);
        let body = self.steps(kids)?;
        Some(Repeat { times, every, until, body })
    }
}

fn small(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The first letters of a place: the word an item begins with.
fn head_word(span: Span, length: u32) -> Span {
    Span { end: (span.start + length).min(span.end), ..span }
}

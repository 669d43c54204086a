//! Funnels, stages, doors.

use super::{
    Builder, Kids,
    node::{Built, FromBroken},
};
use crate::{
    ast::{
        After, Arg, Broken, Condition, Enter, Funnel, FunnelItem, Leave, Nurture, NurtureStart, Reentry, ReentryKind, Source, Stage,
        StageItem, Target,
    },
    diag::Diagnostic,
    parse::{
        codes::F001,
        explain::{self, Context},
        grammar::{Pair, Rule},
    },
    source::Span,
};

impl FromBroken for FunnelItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl FromBroken for StageItem {
    fn from_broken(broken: Broken, _: Span) -> Self {
        Self::Broken(broken)
    }
}

impl<'i> Builder<'i> {
    pub fn funnel(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Funnel> {
        let mut head = self.head(kids, span, Context::Top)?;
        self.no_params(&mut head, "a funnel");
        self.header(kids, span, Context::Top);
        Some(Funnel { head, body: self.body(kids, Rule::funnel_block, Context::Funnel, Self::funnel_line)? })
    }

    pub fn funnel_line(&mut self, pair: Pair<'i>, span: Span) -> Built<FunnelItem> {
        let rule = pair.as_rule();
        let mut kids = Kids::of(pair);
        let kids = &mut kids;
        let built = match rule {
            Rule::stage => self.stage(kids, span).map(FunnelItem::Stage),
            Rule::note => Some(FunnelItem::Note(self.quoted(kids, span))),
            Rule::formerly => Some(FunnelItem::Formerly(self.ident(kids, span))),
            Rule::for_each => Some(FunnelItem::ForEach { key: kids.next_if(Rule::name).map(|pair| self.ident_of(&pair)) }),
            Rule::reentry => self.reentry(kids, span).map(FunnelItem::Reentry),
            Rule::leave => Some(FunnelItem::Leave(self.leave(kids, span))),
            Rule::guarantee => self.guarantee(kids, span).map(FunnelItem::Guarantee),
            Rule::assume => Some(FunnelItem::Assume(self.assume(kids, span))),
            _ => {
                self.internal(span, "an item of a funnel");
                None
            }
        };
        self.no_more(kids);
        built
    }

    fn reentry(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Reentry> {
        let pair = kids.next()?;
        let rule = pair.as_rule();
        let place = self.span(&pair);
        let mut inner = Kids::of(pair);
        let kind = match rule {
            Rule::never => ReentryKind::Never,
            Rule::restart => ReentryKind::Restart(self.idents(&mut inner)),
            Rule::after_leaving => {
                if inner.next_if(Rule::leaving).is_some_and(|word| word.as_str() == "starting") {
                    self.push(
                        Diagnostic::new(F001, place, "`reentry after starting` would let everybody in again at once")
                            .help("write `reentry after leaving`, or say how long: `reentry 30 days after starting`"),
                    );
                }
                ReentryKind::AfterLeaving
            }
            Rule::delayed => {
                let delay = self.duration(&mut inner, place);
                if inner.next_if(Rule::leaving).is_some_and(|word| word.as_str() == "starting") {
                    ReentryKind::DelayAfterStarting(delay)
                } else {
                    ReentryKind::DelayAfterLeaving(delay)
                }
            }
            _ => {
                self.internal(place, "`reentry`");
                return None;
            }
        };
        Some(Reentry { span, kind })
    }

    fn stage(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Stage> {
        let (mut goal, mut is_final) = (None, None);
        while let Some(pair) = kids.next_if_any(&[Rule::goal, Rule::final_word]) {
            let place = self.span(&pair);
            if pair.as_rule() == Rule::final_word {
                self.once(&mut is_final, "`final`", place);
                continue;
            }
            if let Some(before) = is_final {
                let both = before.to(place);
                self.push(Diagnostic::new(F001, both, "`goal` stands before `final`").replace(
                    both,
                    "goal final",
                    "write `goal final stage`",
                ));
            }
            self.once(&mut goal, "`goal`", place);
        }
        let mut head = self.head(kids, span, Context::Funnel)?;
        self.no_params(&mut head, "a stage");
        self.header(kids, span, Context::Funnel);
        let body = self.body(kids, Rule::stage_block, Context::Stage, Self::stage_line);
        Some(Stage { goal, is_final, head, body })
    }

    pub fn stage_line(&mut self, pair: Pair<'i>, span: Span) -> Built<StageItem> {
        let rule = pair.as_rule();
        let mut kids = Kids::of(pair);
        let kids = &mut kids;
        let built = match rule {
            Rule::note => Some(StageItem::Note(self.quoted(kids, span))),
            Rule::formerly => Some(StageItem::Formerly(self.ident(kids, span))),
            Rule::enter => Some(StageItem::Enter(self.enter(kids, span))),
            Rule::leave => Some(StageItem::Leave(self.leave(kids, span))),
            Rule::visits => Some(StageItem::VisitsAtMost(self.count(kids, span))),
            Rule::feeds => Some(StageItem::Feeds { stage: self.stage_ref(kids, span), by: self.ident(kids, span) }),
            Rule::target => self.target(kids, span).map(StageItem::Target),
            Rule::open_to => Some(StageItem::OpenTo(self.idents(kids))),
            Rule::nurture => self.nurture(kids, span).map(StageItem::Nurture),
            _ => {
                self.internal(span, "an item of a stage");
                None
            }
        };
        self.no_more(kids);
        built
    }

    fn target(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Target> {
        let share = kids.next_if(Rule::share)?;
        let share = self.share(&share);
        let of = kids.next_if(Rule::of_stage).map(|pair| self.ident(&mut Kids::of(pair), span));
        Some(Target { share, of, within: self.duration(kids, span) })
    }

    fn enter(&mut self, kids: &mut Kids<'i>, span: Span) -> Enter {
        let mut clauses = Clauses::default();
        let mut source = Source::Outside;
        for pair in kids.by_ref() {
            let place = self.span(&pair);
            match pair.as_rule() {
                Rule::from => {
                    let given = self.source_of(pair);
                    if self.clause(&mut clauses.from, "`from`", place) {
                        source = given;
                    }
                    self.in_order(place, "`from`", "`after` and `when`", clauses.after.or(clauses.when));
                }
                _ => self.door_clause(pair, place, &mut clauses),
            }
        }
        self.door_complete(span, &clauses);
        Enter { source, after: clauses.delay, when: clauses.condition }
    }

    pub fn leave(&mut self, kids: &mut Kids<'i>, span: Span) -> Leave {
        let mut clauses = Clauses::default();
        for pair in kids.by_ref() {
            let place = self.span(&pair);
            self.door_clause(pair, place, &mut clauses);
        }
        self.door_complete(span, &clauses);
        Leave { after: clauses.delay, when: clauses.condition }
    }

    fn door_clause(&mut self, pair: Pair<'i>, place: Span, clauses: &mut Clauses) {
        match pair.as_rule() {
            Rule::after => {
                let mut inner = Kids::of(pair);
                let delay = self.duration(&mut inner, place);
                let without = inner.peek().is_some().then(|| self.event(&mut inner, place));
                if self.clause(&mut clauses.after, "`after`", place) {
                    clauses.delay = Some(After { span: place, delay, without });
                }
                self.in_order(place, "`after`", "`when`", clauses.when);
            }
            Rule::when => {
                let mut inner = Kids::of(pair);
                let condition = self.condition_after(&mut inner, "when", place);
                self.no_more(&mut inner);
                if self.clause(&mut clauses.when, "`when`", place) {
                    clauses.condition = Some(condition);
                }
            }
            _ => self.internal(place, "a door"),
        }
    }

    fn clause(&mut self, slot: &mut Option<Span>, what: &str, place: Span) -> bool {
        let first = slot.is_none();
        self.once(slot, what, place);
        first
    }

    fn in_order(&mut self, place: Span, what: &str, before: &str, other: Option<Span>) {
        if let Some(other) = other {
            self.push(
                Diagnostic::new(F001, place, format!("{what} stands before {before}"))
                    .label(other, "this comes behind it")
                    .help("the order is `from …`, then `after …`, then `when …`"),
            );
            self.frame.damaged = true;
        }
    }

    /// A door says when it opens.
    fn door_complete(&mut self, span: Span, clauses: &Clauses) {
        if clauses.after.is_none() && clauses.when.is_none() && !self.frame.trailing {
            self.push(
                Diagnostic::new(F001, self.behind(span), "expected `when …` or `after …`: a door says when it opens")
                    .help("for example `when purchase`, or `after 14 days`"),
            );
        }
    }

    fn source_of(&mut self, pair: Pair<'i>) -> Source {
        let mut inner = Kids::of(pair);
        match inner.next_if(Rule::anywhere) {
            Some(pair) => Source::Anywhere { span: self.span(&pair), or_outside: pair.as_str().trim_end().ends_with("outside") },
            None => Source::Stages(self.idents(&mut inner)),
        }
    }

    /// `when …`, which the grammar promises.
    pub fn when(&mut self, kids: &mut Kids<'i>, item: Span) -> Condition {
        match kids.next_if(Rule::when) {
            Some(pair) => {
                let place = self.span(&pair);
                let mut inner = Kids::of(pair);
                // Damage behind it is a sibling of the clause: it is explained from there.
                if inner.peek().is_none() && kids.peek() == Some(Rule::damage) {
                    return Condition { span: self.behind(place), kind: crate::ast::ConditionKind::Broken };
                }
                let condition = self.condition_after(&mut inner, "when", place);
                self.no_more(&mut inner);
                condition
            }
            None => {
                self.internal(item, "`when`");
                Condition { span: item, kind: crate::ast::ConditionKind::Broken }
            }
        }
    }

    fn nurture(&mut self, kids: &mut Kids<'i>, span: Span) -> Option<Nurture> {
        if kids.peek() != Some(Rule::name) {
            self.head(kids, span, Context::Stage);
            return None;
        }
        let name = self.ident(kids, span);
        let args = self.args(kids);
        let label = self.quoted_if(kids);
        let (mut start, mut alias) = (NurtureStart::Entry, None);
        let (mut start_place, mut alias_place) = (None, None);
        while let Some(pair) = kids.next_if_any(&[Rule::when, Rule::each_time, Rule::alias]) {
            let place = self.span(&pair);
            let rule = pair.as_rule();
            let mut inner = Kids::of(pair);
            if rule == Rule::alias {
                let name = self.ident(&mut inner, place);
                if self.clause(&mut alias_place, "`as`", place) {
                    alias = Some(name);
                }
                continue;
            }
            let word = if rule == Rule::when { "when" } else { "each time" };
            let broken = inner.peek().is_none() && kids.peek() == Some(Rule::damage);
            let condition = if broken {
                Condition { span: self.behind(place), kind: crate::ast::ConditionKind::Broken }
            } else {
                self.condition_after(&mut inner, word, place)
            };
            self.no_more(&mut inner);
            if self.clause(&mut start_place, "the start of this nurture", place) {
                start = if rule == Rule::when { NurtureStart::When(condition) } else { NurtureStart::EachTime(condition) };
            }
        }
        self.header(kids, span, Context::Stage);
        let body = self.steps(kids);
        if let (Some(args), Some(_)) = (&args, &body) {
            explain::args_with_block(self, &name, args);
        }
        Some(Nurture { name, label, args, start, alias, body })
    }

    pub fn args(&mut self, kids: &mut Kids<'i>) -> Option<Vec<Arg>> {
        let pair = kids.next_if(Rule::args)?;
        let span = self.span(&pair);
        let mut args: Vec<Arg> = Vec::new();
        for pair in Kids::of(pair) {
            let place = self.span(&pair);
            let mut inner = Kids::of(pair);
            let name = self.ident(&mut inner, span);
            self.colon(&mut inner);
            let value = self.value(&mut inner);
            self.no_more(&mut inner);
            if let Some(first) = args.iter().find(|arg| arg.name.text == name.text) {
                let first = first.name.span;
                self.twice(&format!("`{}`", name.text), first, place);
            } else {
                args.push(Arg { name, value });
            }
        }
        Some(args)
    }
}

/// What a door has said so far, and where.
#[derive(Default)]
struct Clauses {
    from: Option<Span>,
    after: Option<Span>,
    when: Option<Span>,
    delay: Option<After>,
    condition: Option<Condition>,
}

//! What always holds between variables: the nature of counts, times, figures and values.
//!
//! Invariants: each law is true of every contact at every instant; laws that would need more than the variables at hand
//! are left out, which makes fewer things impossible, never more.

use super::{
    Events, Filter, Operand, Period, Solver, Var, VarKind,
    formula::{Formula, LAW, Never},
    read::happening_key,
    set::{Key, ValueSet},
    var::Table,
};
use crate::model::{AggregateKind, EventId, Keeper, Model, TextTest};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

/// What two variables have to do with each other.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Where the first is in the first set, the second is in the second.
    Implies(ValueSet, ValueSet),
    /// The first is at most the second; a missing value is more than any.
    AtMost,
    /// The second says whether the first passes a test.
    Tests(TextTest, SmolStr),
}

/// A law between two variables.
#[derive(Clone, Debug)]
pub(super) struct Law {
    pub a: Var,
    pub b: Var,
    pub rule: Rule,
}

/// All laws that concern some variables.
#[derive(Debug, Default)]
pub(super) struct Laws {
    /// The variables, those that the laws brought in included.
    pub vars: Vec<Var>,
    pub pairs: Vec<Law>,
    pub clauses: Vec<Formula>,
}

fn int(value: i64) -> Key {
    Key::Int(value)
}

fn yes() -> ValueSet {
    ValueSet::one(int(1))
}

fn some() -> ValueSet {
    ValueSet::at_least(int(1))
}

/// Gathers laws until no further variable comes in.
pub(super) struct Gatherer<'s, 'm> {
    solver: &'s Solver<'m>,
    laws: Laws,
    seen: FxHashSet<Var>,
    /// Clauses that stand already.
    said: FxHashSet<(Var, u8)>,
}

impl<'s, 'm> Gatherer<'s, 'm> {
    pub fn gather(solver: &'s Solver<'m>, vars: impl IntoIterator<Item = Var>) -> Laws {
        let mut it = Self { solver, laws: Laws::default(), seen: FxHashSet::default(), said: FxHashSet::default() };
        vars.into_iter().for_each(|var| it.add(var));
        let mut done = 0;
        loop {
            while let Some(var) = it.laws.vars.get(done).copied() {
                done += 1;
                it.own(var);
            }
            it.clauses();
            if done == it.laws.vars.len() {
                break;
            }
        }
        it.history();
        it.tests();
        it.laws
    }

    fn add(&mut self, var: Var) {
        if self.seen.insert(var) {
            self.laws.vars.push(var);
        }
    }

    fn model(&self) -> &'m Model {
        self.solver.model
    }

    fn kind(&self, var: Var) -> VarKind {
        self.solver.table.borrow().kind(var).clone()
    }

    fn var(&mut self, kind: VarKind) -> Var {
        let var = self.solver.table.borrow_mut().var(self.solver.model, kind, None);
        self.add(var);
        var
    }

    fn implies(&mut self, a: Var, if_in: ValueSet, b: Var, then_in: ValueSet) {
        self.add(b);
        self.laws.pairs.push(Law { a, b, rule: Rule::Implies(if_in, then_in) });
    }

    fn at_most(&mut self, a: Var, b: Var) {
        self.laws.pairs.push(Law { a, b, rule: Rule::AtMost });
    }

    fn known_with(&mut self, a: Var, b: Var) {
        self.implies(a, ValueSet::KNOWN, b, ValueSet::KNOWN);
    }

    /// The laws that a variable brings with it.
    fn own(&mut self, var: Var) {
        match self.kind(var) {
            VarKind::OnClock(base) => {
                self.known_with(var, base);
                self.known_with(base, var);
            }
            VarKind::Text(base, test, text) => {
                self.add(base);
                self.laws.pairs.push(Law { a: base, b: var, rule: Rule::Tests(test, text) });
            }
            VarKind::TextOf(a, _, b) => {
                self.implies(var, yes(), a, ValueSet::KNOWN);
                self.implies(var, yes(), b, ValueSet::KNOWN);
            }
            VarKind::Order(a, b) => {
                self.known_with(var, a);
                self.known_with(var, b);
                let either = [Formula::law(a, ValueSet::MISSING), Formula::law(b, ValueSet::MISSING), Formula::law(var, ValueSet::KNOWN)];
                self.laws.clauses.push(any(either));
            }
            VarKind::Arithmetic { left, right, .. } => {
                for operand in [left, right] {
                    if let Operand::Var(operand) = operand {
                        self.known_with(var, operand);
                    }
                }
            }
            VarKind::Latest(event, property) => {
                let since = self.var(VarKind::Since(Events { event, filter: Filter::NONE, of_contact: false }));
                self.known_with(var, since);
                if self.model().events[event].properties.get(property as usize).is_some_and(|it| !it.optional) {
                    self.known_with(since, var);
                }
            }
            VarKind::Figure { kind, of, property, period } => self.figure(var, kind, of, property, period),
            VarKind::Attribute(_)
            | VarKind::Property(..)
            | VarKind::Entry(_)
            | VarKind::Score(_)
            | VarKind::Today
            | VarKind::Count(..)
            | VarKind::Since(_)
            | VarKind::Happening
            | VarKind::Finished(_)
            | VarKind::Unknown(_) => {}
        }
    }

    /// There is a figure where there is such an event; over nothing a sum is 0.
    fn figure(&mut self, var: Var, kind: AggregateKind, of: Events, property: u32, period: Period) {
        let (exists, there) = match period {
            Period::WithinMs(ms) => (VarKind::Since(of), ValueSet::between(Some(int(0)), Some(int(ms)))),
            Period::Ever => (VarKind::Since(of), ValueSet::KNOWN),
            Period::SinceEntering | Period::SinceStarting => (VarKind::Count(of, period), some()),
        };
        let exists = self.var(exists);
        if kind == AggregateKind::Sum {
            self.implies(var, ValueSet::one(int(0)).complement(), exists, there);
            return;
        }
        self.implies(var, ValueSet::KNOWN, exists, there.clone());
        if self.model().events[of.event].properties.get(property as usize).is_some_and(|it| !it.optional) {
            self.implies(exists, there, var, ValueSet::KNOWN);
        }
    }

    /// Laws over more than two variables, and those of what is happening.
    fn clauses(&mut self) {
        let vars = self.laws.vars.clone();
        let happening = vars.iter().copied().find(|var| self.kind(*var) == VarKind::Happening);
        let latest: FxHashSet<EventId> = vars
            .iter()
            .filter_map(|var| match self.kind(*var) {
                VarKind::Latest(event, _) => Some(event),
                _ => None,
            })
            .collect();
        for var in vars {
            let (of, now) = match self.kind(var) {
                VarKind::Since(of) => (of, ValueSet::one(int(0))),
                VarKind::Count(of, _) => (of, some()),
                VarKind::Attribute(_) => {
                    if let Some(happening) = happening {
                        self.opt_out(happening, var);
                    }
                    continue;
                }
                _ => continue,
            };
            if let Some(happening) = happening
                && self.said.insert((var, 0))
            {
                let not_it = Formula::law(happening, ValueSet::one(int(happening_key(of.event))).complement());
                let not_fit = self.on_latest(of.filter).negated();
                self.clause([not_it, not_fit, Formula::law(var, now)]);
            }
            let is_since = matches!(self.kind(var), VarKind::Since(_));
            if is_since && of.filter != Filter::NONE && latest.contains(&of.event) && self.said.insert((var, 1)) {
                let any_such = self.var(VarKind::Since(Events { filter: Filter::NONE, of_contact: false, ..of }));
                let not_fit = self.on_latest(of.filter).negated();
                self.clause([Formula::law(any_such, ValueSet::MISSING), not_fit, Formula::law(var, ValueSet::KNOWN)]);
            }
        }
    }

    fn clause(&mut self, sides: [Formula; 3]) {
        let clause = any(sides);
        let mut vars = Vec::new();
        clause.each(&mut |it| vars.push(it.var));
        vars.into_iter().for_each(|var| self.add(var));
        self.laws.clauses.push(clause);
    }

    /// A `where`, said of the latest such event, as a law.
    fn on_latest(&self, filter: Filter) -> Formula {
        let mut table = self.solver.table.borrow_mut();
        let formula = table.filters.get(filter.0 as usize).cloned().unwrap_or(Formula::True);
        as_law(&super::read::Reader::new(self.solver.model, &mut table, LAW).of_latest(&formula))
    }

    /// At the instant of an opt-out the flag is `no` already.
    fn opt_out(&mut self, happening: Var, flag: Var) {
        let VarKind::Attribute(id) = self.kind(flag) else { return };
        if self.model().attributes[id].keeper != Keeper::Anyone || !self.said.insert((flag, 2)) {
            return;
        }
        let solver = self.solver;
        for event in solver.closing(id) {
            self.implies(happening, ValueSet::one(int(happening_key(*event))), flag, ValueSet::one(int(0)));
        }
    }

    /// Counts, times since and figures of one event.
    fn history(&mut self) {
        let mut list: Vec<(EventId, Var, VarKind)> = Vec::new();
        for var in &self.laws.vars {
            let kind = self.kind(*var);
            if let VarKind::Since(of) | VarKind::Count(of, _) | VarKind::Figure { of, .. } = &kind {
                list.push((of.event, *var, kind));
            }
        }
        list.sort_by_key(|(event, var, _)| (*event, *var));
        for (n, (event, a, first)) in list.iter().enumerate() {
            for (_, b, second) in list.iter().skip(n + 1).take_while(|(other, ..)| other == event) {
                self.pair(*a, first, *b, second);
                self.pair(*b, second, *a, first);
            }
        }
    }

    /// The laws by which the first variable bounds the second.
    fn pair(&mut self, a: Var, first: &VarKind, b: Var, second: &VarKind) {
        match (first, second) {
            (VarKind::Count(x, p), VarKind::Count(y, q)) if p.is_within(*q) && self.are_among(*x, *y) => self.at_most(a, b),
            (VarKind::Since(x), VarKind::Since(y)) if self.are_among(*x, *y) => self.at_most(b, a),
            (VarKind::Count(x, p), VarKind::Since(y)) if self.are_among(*x, *y) => self.implies(a, some(), b, reach(*p)),
            (VarKind::Since(x), VarKind::Count(y, p)) if self.are_among(*x, *y) => match p {
                Period::WithinMs(_) | Period::Ever => self.implies(a, reach(*p), b, some()),
                Period::SinceEntering | Period::SinceStarting => {}
            },
            (VarKind::Figure { kind: k, of: x, property: v, period: p }, VarKind::Figure { kind: l, of: y, property: w, period: q })
                if (x, v, p) == (y, w, q) && is_below(*k, *l) =>
            {
                self.at_most(a, b);
            }
            _ => {}
        }
    }

    /// Whether each of these events is one of those.
    fn are_among(&self, these: Events, those: Events) -> bool {
        (those.of_contact || !these.of_contact) && self.solver.filter_implies(these.filter, those.filter)
    }

    /// Tests of one text: what contains `shoes` contains `shoe`.
    fn tests(&mut self) {
        let mut list: Vec<(Var, Var, TextTest, SmolStr)> = Vec::new();
        for var in &self.laws.vars {
            if let VarKind::Text(base, test, text) = self.kind(*var) {
                list.push((base, *var, test, text));
            }
        }
        list.sort();
        for (n, (base, a, test, text)) in list.iter().enumerate() {
            for (_, b, other, with) in list.iter().skip(n + 1).take_while(|it| it.0 == *base) {
                let is_list = self.solver.table.borrow().ty(*base) == &crate::model::Type::List;
                if is_list {
                    continue;
                }
                if implied(*test, text, *other, with) {
                    self.implies(*a, yes(), *b, yes());
                }
                if implied(*other, with, *test, text) {
                    self.implies(*b, yes(), *a, yes());
                }
                let ends = *test == TextTest::EndsWith && *other == TextTest::EndsWith;
                if ends && !text.ends_with(with.as_str()) && !with.ends_with(text.as_str()) {
                    self.implies(*a, yes(), *b, ValueSet::one(int(0)));
                }
            }
        }
    }
}

/// Whether each text that passes the first test passes the second.
fn implied(test: TextTest, text: &str, other: TextTest, with: &str) -> bool {
    match (test, other) {
        (_, TextTest::Contains) => text.contains(with),
        (TextTest::EndsWith, TextTest::EndsWith) => text.ends_with(with),
        (TextTest::StartsWith, TextTest::StartsWith) => text.starts_with(with),
        (TextTest::Contains | TextTest::StartsWith | TextTest::EndsWith, _) => false,
    }
}

/// Whether a figure is never more than another over the same events.
fn is_below(a: AggregateKind, b: AggregateKind) -> bool {
    use AggregateKind::{Average, First, Highest, Lowest, Sum};
    match (a, b) {
        (Lowest, Average | First | Highest) | (Average | First, Highest) => true,
        (Lowest | Average | First | Highest | Sum, Lowest | Average | First | Highest | Sum) => false,
    }
}

/// The times since an event that lies in a period; of periods that begin at an unknown instant, any.
fn reach(period: Period) -> ValueSet {
    match period {
        Period::WithinMs(ms) => ValueSet::between(Some(int(0)), Some(int(ms))),
        Period::Ever | Period::SinceEntering | Period::SinceStarting => ValueSet::KNOWN,
    }
}

fn any(sides: impl IntoIterator<Item = Formula>) -> Formula {
    Formula::any(sides, Never { span: None, part: LAW })
}

/// The same, belonging to no part of a question.
fn as_law(formula: &Formula) -> Formula {
    match formula {
        Formula::True => Formula::True,
        Formula::False(_) => Formula::False(Never { span: None, part: LAW }),
        Formula::Is(it) => Formula::law(it.var, it.set.clone()),
        Formula::All(list) => Formula::All(list.iter().map(as_law).collect()),
        Formula::Any(list) => Formula::Any(list.iter().map(as_law).collect()),
    }
}

/// Whether a variable's cells must be intervals: a law asks which of two values is more.
pub(super) fn keeps_order(table: &Table, var: Var) -> bool {
    match table.kind(var) {
        VarKind::Count(..) | VarKind::Since(_) | VarKind::Figure { .. } => true,
        VarKind::Attribute(_)
        | VarKind::Property(..)
        | VarKind::Entry(_)
        | VarKind::Latest(..)
        | VarKind::Score(_)
        | VarKind::Arithmetic { .. }
        | VarKind::OnClock(_)
        | VarKind::Today
        | VarKind::Happening
        | VarKind::Finished(_)
        | VarKind::Text(..)
        | VarKind::Order(..)
        | VarKind::TextOf(..)
        | VarKind::Unknown(_) => false,
    }
}

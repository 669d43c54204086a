//! What conditions speak of: one variable for each thing that can be this or that.

use super::formula::Formula;
use crate::{
    model::{AggregateKind, ArithmeticOp, AttributeId, EventId, Id, Model, Property, ScoreId, TextTest, Type},
    units::Number,
};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

/// A variable of one solver. Equal things are the same variable, wherever they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Var(pub(super) u32);

impl Var {
    /// Its number among those of its solver, from 0 on.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The variable of a number.
    #[must_use]
    pub fn at(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// A `where`, as one thing that can be compared; the first is none at all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Filter(pub(super) u32);

impl Filter {
    /// No `where`: every such event.
    pub const NONE: Self = Self(0);
}

/// Which events are counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Events {
    /// Of this name.
    pub event: EventId,
    /// For which this holds.
    pub filter: Filter,
    /// Whether those of other runs of the contact are counted too, as segments do.
    pub of_contact: bool,
}

/// The time that is looked back over, shortest first where they can be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Period {
    /// Later than now less so many milliseconds.
    WithinMs(i64),
    /// Since this stage was entered.
    SinceEntering,
    /// Since this run started.
    SinceStarting,
    /// At any time.
    Ever,
}

impl Period {
    /// Whether this time lies inside the other, whenever one looks.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        match (self, other) {
            (Self::WithinMs(a), Self::WithinMs(b)) => a <= b,
            (_, Self::Ever) | (Self::SinceEntering, Self::SinceEntering | Self::SinceStarting) => true,
            (Self::SinceStarting, Self::SinceStarting) => true,
            (Self::WithinMs(_) | Self::SinceEntering | Self::SinceStarting | Self::Ever, _) => false,
        }
    }
}

/// One side of a calculation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operand {
    /// Something that varies.
    Var(Var),
    /// A number.
    Constant(Number),
}

/// What a variable stands for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum VarKind {
    /// An attribute of the contact.
    Attribute(AttributeId),
    /// Inside `where`: a property of the event looked at.
    Property(EventId, u32),
    /// A property that a door brought.
    Entry(SmolStr),
    /// A property of the latest such event.
    Latest(EventId, u32),
    /// A score.
    Score(ScoreId),
    /// A figure over past events.
    Figure {
        /// Which.
        kind: AggregateKind,
        /// Over which events.
        of: Events,
        /// Of which property.
        property: u32,
        /// Over which time.
        period: Period,
    },
    /// A calculation that is not a shift or a multiple of one variable.
    Arithmetic {
        /// Which.
        op: ArithmeticOp,
        /// Its left side.
        left: Operand,
        /// Its right side.
        right: Operand,
    },
    /// An instant, as the contact's clock shows it.
    OnClock(Var),
    /// The day on the contact's calendar.
    Today,
    /// How many such events there are.
    Count(Events, Period),
    /// Milliseconds since the latest such event; missing where there was none.
    Since(Events),
    /// What is happening at this instant: 0 is nothing, see [`super::Solver::happening`].
    Happening,
    /// Whether a nurture of the stage has come to its end.
    Finished(SmolStr),
    /// Whether a text or list passes a test.
    Text(Var, TextTest, SmolStr),
    /// How the first compares with the second: -1 less, 0 equal, 1 greater; missing where one of them is.
    Order(Var, Var),
    /// Whether one text passes a test with another.
    TextOf(Var, TextTest, Var),
    /// Something that is not understood: yes or no.
    Unknown(u32),
}

/// All variables of a solver.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: Vec<Entry>,
    by_kind: FxHashMap<VarKind, Var>,
    pub filters: Vec<Formula>,
    by_filter: FxHashMap<Formula, Filter>,
    unknown: u32,
    /// Clock triggers, by their own words without places.
    pub clocks: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    kind: VarKind,
    ty: Type,
    optional: bool,
}

impl Table {
    pub fn new() -> Self {
        let mut table = Self::default();
        table.filter(Formula::True);
        table
    }

    pub fn var(&mut self, model: &Model, kind: VarKind, declared: Option<(&Type, bool)>) -> Var {
        if let Some(var) = self.by_kind.get(&kind) {
            return *var;
        }
        let (ty, optional) = self.nature(model, &kind, declared);
        let var = Var(u32::try_from(self.entries.len()).expect("limits keep conditions small"));
        self.entries.push(Entry { kind: kind.clone(), ty, optional });
        self.by_kind.insert(kind, var);
        var
    }

    pub fn unknown(&mut self, model: &Model) -> Var {
        self.unknown += 1;
        self.var(model, VarKind::Unknown(self.unknown), None)
    }

    pub fn kind(&self, var: Var) -> &VarKind {
        &self.entries[var.0 as usize].kind
    }

    pub fn ty(&self, var: Var) -> &Type {
        &self.entries[var.0 as usize].ty
    }

    pub fn optional(&self, var: Var) -> bool {
        self.entries[var.0 as usize].optional
    }

    pub fn filter(&mut self, formula: Formula) -> Filter {
        if let Some(filter) = self.by_filter.get(&formula) {
            return *filter;
        }
        let filter = Filter(u32::try_from(self.filters.len()).expect("limits keep conditions small"));
        self.filters.push(formula.clone());
        self.by_filter.insert(formula, filter);
        filter
    }

    pub fn clock(&mut self, words: String) -> i64 {
        let place = self.clocks.iter().position(|it| *it == words).unwrap_or_else(|| {
            self.clocks.push(words);
            self.clocks.len() - 1
        });
        -1 - i64::try_from(place).expect("limits keep conditions small")
    }

    /// The type of a variable and whether it can be missing.
    fn nature(&self, model: &Model, kind: &VarKind, declared: Option<(&Type, bool)>) -> (Type, bool) {
        let property = |event: EventId, at: u32| -> Option<&Property> { model.events[event].properties.get(at as usize) };
        match kind {
            VarKind::Attribute(id) => (model.attributes[*id].ty.clone(), model.attributes[*id].optional),
            VarKind::Property(event, at) => property(*event, *at).map_or((Type::Unknown, true), |it| (it.ty.clone(), it.optional)),
            VarKind::Latest(event, at) => property(*event, *at).map_or((Type::Unknown, true), |it| (it.ty.clone(), true)),
            VarKind::Entry(_) => declared.map_or((Type::Unknown, true), |(ty, _)| (ty.clone(), true)),
            VarKind::Score(_) => (Type::Number, false),
            VarKind::Figure { kind, .. } => (Type::Number, *kind != AggregateKind::Sum),
            VarKind::Arithmetic { .. } => (Type::Number, true),
            VarKind::OnClock(base) => (Type::Time, self.optional(*base)),
            VarKind::Today => (Type::Date, false),
            VarKind::Count(..) | VarKind::Happening => (Type::Number, false),
            VarKind::Since(_) => (Type::Duration, true),
            VarKind::Finished(_) | VarKind::Text(..) | VarKind::TextOf(..) | VarKind::Unknown(_) => (Type::Flag, false),
            VarKind::Order(a, b) => (Type::Number, self.optional(*a) || self.optional(*b)),
        }
    }
}

/// Whether the values of a type are texts, in the order of sets.
pub(super) fn is_text(ty: &Type) -> bool {
    match ty {
        Type::Text | Type::List | Type::Unknown => true,
        Type::Number | Type::Flag | Type::Date | Type::Time | Type::OneOf(_) | Type::Message | Type::Duration => false,
    }
}

/// The number of an id as a key.
pub(super) fn number_of<I: Id>(id: I) -> i64 {
    i64::try_from(id.index()).expect("limits keep models small")
}

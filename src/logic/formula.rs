//! Conditions as formulas: variables in sets, joined by `and` and `or`; `not` has gone inside.

use super::{Var, set::ValueSet};
use crate::source::Span;
use std::hash::{Hash, Hasher};

/// A variable is in a set.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Which variable.
    pub var: Var,
    /// In which set.
    pub set: ValueSet,
    /// The words that say so; two literals are equal whatever these are.
    pub span: Option<Span>,
    /// The part of the question it comes from.
    pub part: u32,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.var == other.var && self.set == other.set
    }
}

impl Eq for Literal {}

impl Hash for Literal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.var.hash(state);
        self.set.hash(state);
    }
}

/// A condition that holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Formula {
    /// Always.
    True,
    /// Never; the words that say so, and the part they belong to.
    False(Never),
    /// A variable is in a set.
    Is(Literal),
    /// All of them.
    All(Vec<Self>),
    /// One of them or more.
    Any(Vec<Self>),
}

/// Why a formula is false in itself; all are equal.
#[derive(Clone, Copy, Debug)]
pub struct Never {
    /// The words.
    pub span: Option<Span>,
    /// The part of the question.
    pub part: u32,
}

impl PartialEq for Never {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Never {}

impl Hash for Never {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// What belongs to no words of a question: what always holds.
pub(super) const LAW: u32 = u32::MAX;

impl Formula {
    /// Something that always holds, by the nature of things.
    pub fn law(var: Var, set: ValueSet) -> Self {
        Self::Is(Literal { var, set, span: None, part: LAW })
    }

    /// All of these.
    pub fn all(list: impl IntoIterator<Item = Self>) -> Self {
        let mut members = Vec::new();
        for it in list {
            match it {
                Self::True => {}
                Self::All(inner) => members.extend(inner),
                Self::False(_) | Self::Is(_) | Self::Any(_) => members.push(it),
            }
        }
        match members.len() {
            0 => Self::True,
            1 => members.remove(0),
            _ => Self::All(members),
        }
    }

    /// One of these or more. A side that is false in itself stays only where all are.
    pub fn any(list: impl IntoIterator<Item = Self>, never: Never) -> Self {
        let mut members = Vec::new();
        for it in list {
            match it {
                Self::True => return Self::True,
                Self::Any(inner) => members.extend(inner),
                Self::False(_) | Self::Is(_) | Self::All(_) => members.push(it),
            }
        }
        match members.len() {
            0 => Self::False(never),
            1 => members.remove(0),
            _ => Self::Any(members),
        }
    }

    /// Its opposite.
    pub fn negated(&self) -> Self {
        match self {
            Self::True => Self::False(Never { span: None, part: LAW }),
            Self::False(_) => Self::True,
            Self::Is(it) => Self::Is(Literal { set: it.set.complement(), ..it.clone() }),
            Self::All(list) => Self::any(list.iter().map(Self::negated), Never { span: None, part: LAW }),
            Self::Any(list) => Self::all(list.iter().map(Self::negated)),
        }
    }

    /// The same with each variable replaced.
    pub fn renamed(&self, rename: &mut dyn FnMut(Var) -> Var) -> Self {
        match self {
            Self::True => Self::True,
            Self::False(never) => Self::False(*never),
            Self::Is(it) => Self::Is(Literal { var: rename(it.var), ..it.clone() }),
            Self::All(list) => Self::All(list.iter().map(|it| it.renamed(rename)).collect()),
            Self::Any(list) => Self::Any(list.iter().map(|it| it.renamed(rename)).collect()),
        }
    }

    /// Shows every literal.
    pub fn each<'f>(&'f self, see: &mut dyn FnMut(&'f Literal)) {
        match self {
            Self::True | Self::False(_) => {}
            Self::Is(it) => see(it),
            Self::All(list) | Self::Any(list) => list.iter().for_each(|it| it.each(see)),
        }
    }
}

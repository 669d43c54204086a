//! A place in a rule set, written out only when something is wrong there.

use std::fmt;

/// A place: a field or an item of a list, below another place.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    above: Option<&'a Path<'a>>,
    part: Part,
}

#[derive(Clone, Copy)]
enum Part {
    Root,
    Field(&'static str),
    Item(usize),
}

impl<'a> Path<'a> {
    /// The whole rule set.
    pub(super) const ROOT: Path<'static> = Path { above: None, part: Part::Root };

    /// A field below this place, by its name on the wire.
    pub(super) fn field(&'a self, name: &'static str) -> Path<'a> {
        Path { above: Some(self), part: Part::Field(name) }
    }

    /// An item of the list at this place.
    pub(super) fn item(&'a self, index: usize) -> Path<'a> {
        Path { above: Some(self), part: Part::Item(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.part {
            Part::Root => Ok(()),
            Part::Field(name) if self.above.is_none_or(|above| matches!(above.part, Part::Root)) => f.write_str(name),
            Part::Field(name) => write!(f, ".{name}"),
            Part::Item(index) => write!(f, "[{index}]"),
        }
    }
}

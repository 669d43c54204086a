//! A statement that writes row after row: what a parameter has from the row before is not handed to SQLite again.

use rusqlite::{CachedStatement, Connection, types::Null};

/// Longer texts are seldom the same again, and are not compared.
const TEXT_MAX: usize = 64;

/// A value of a row.
#[derive(Clone, Copy)]
pub(super) enum Cell<'c> {
    Null,
    Number(i64),
    Text(&'c str),
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl<'c> From<&'c str> for Cell<'c> {
    fn from(text: &'c str) -> Self {
        Self::Text(text)
    }
}

impl<'c> From<&'c String> for Cell<'c> {
    fn from(text: &'c String) -> Self {
        Self::Text(text)
    }
}

impl<'c, T: Into<Self>> From<Option<T>> for Cell<'c> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a parameter has.
#[derive(Clone)]
enum Bound {
    /// Nothing, or what is not compared.
    Unknown,
    Null,
    Number(i64),
    Text(String),
}

impl Bound {
    /// Whether that is this value.
    fn is(&self, cell: Cell<'_>) -> bool {
        match (self, cell) {
            (Self::Null, Cell::Null) => true,
            (Self::Number(one), Cell::Number(other)) => *one == other,
            (Self::Text(one), Cell::Text(other)) => one == other,
            _ => false,
        }
    }

    fn set(&mut self, cell: Cell<'_>) {
        match (&mut *self, cell) {
            (_, Cell::Null) => *self = Self::Null,
            (_, Cell::Number(number)) => *self = Self::Number(number),
            (_, Cell::Text(text)) if text.len() > TEXT_MAX => *self = Self::Unknown,
            (Self::Text(kept), Cell::Text(text)) => {
                kept.clear();
                kept.push_str(text);
            }
            (_, Cell::Text(text)) => *self = Self::Text(text.to_owned()),
        }
    }
}

/// A statement that writes row after row.
pub(super) struct Again<'t> {
    statement: CachedStatement<'t>,
    bound: Vec<Bound>,
}

impl<'t> Again<'t> {
    pub fn new(db: &'t Connection, sql: &str) -> rusqlite::Result<Self> {
        let statement = db.prepare_cached(sql)?;
        Ok(Self { bound: vec![Bound::Unknown; statement.parameter_count()], statement })
    }

    /// Writes a row, with a value for each parameter.
    pub fn put(&mut self, row: &[Cell<'_>]) -> rusqlite::Result<()> {
        if row.len() != self.bound.len() {
            return Err(rusqlite::Error::InvalidParameterCount(row.len(), self.bound.len()));
        }
        for (at, (cell, bound)) in (1..).zip(row.iter().zip(&mut self.bound)) {
            if bound.is(*cell) {
                continue;
            }
            match cell {
                Cell::Null => self.statement.raw_bind_parameter(at, Null)?,
                Cell::Number(number) => self.statement.raw_bind_parameter(at, number)?,
                Cell::Text(text) => self.statement.raw_bind_parameter(at, text)?,
            }
            bound.set(*cell);
        }
        self.statement.raw_execute().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_values() {
        let db = Connection::open_in_memory().expect("memory is there");
        db.execute_batch("CREATE TABLE t (a, b, c)").expect("it is new");
        let long = "long ".repeat(40);
        let rows: [[Cell<'_>; 3]; 6] = [
            [1_i64.into(), "x".into(), Cell::Null],
            [1_i64.into(), "x".into(), Cell::Null],
            [2_i64.into(), long.as_str().into(), "y".into()],
            [Cell::Null, long.as_str().into(), "y".into()],
            ["1".into(), "x".into(), 7_u32.into()],
            [1_i64.into(), Cell::Null, "z".into()],
        ];
        let mut again = Again::new(&db, "INSERT INTO t VALUES (?1, ?2, ?3)").expect("the table is there");
        rows.iter().for_each(|row| again.put(row).expect("it can be written"));
        assert!(again.put(&rows[0][..2]).is_err());
        let mut found = db.prepare("SELECT quote(a) || ' ' || quote(b) || ' ' || quote(c) FROM t ORDER BY rowid").expect("a query");
        let found: rusqlite::Result<Vec<String>> = found.query_map([], |row| row.get(0)).expect("rows").collect();
        let long = format!("'{long}'");
        let wanted = [
            "1 'x' NULL".to_owned(),
            "1 'x' NULL".to_owned(),
            format!("2 {long} 'y'"),
            format!("NULL {long} 'y'"),
            "'1' 'x' 7".to_owned(),
            "1 NULL 'z'".to_owned(),
        ];
        assert_eq!(found.expect("texts"), wanted);
    }
}

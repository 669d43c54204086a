//! Rows of columns of which nothing is wanted but what happened to whom and when: they stay as they lie, and become no rows of a batch.

use super::{ingest::Texts, names::Sought, program::Id, roll::Key};
use arrow_array::ArrayRef;

/// Such rows of a block, and what is to be known of the others in it, which nobody wants.
pub struct Bare {
    /// The rows.
    pub rows: Vec<BareRow>,
    /// Whom all rows of the block are about.
    pub contacts: Contacts,
    /// How many others were taken.
    pub passed: u64,
    /// The instant of the first that was taken, wanted or not; nothing where none was.
    pub first_ms: Option<i64>,
    /// The latest of them.
    pub latest_ms: i64,
    /// The first that is earlier than one before it: the latest before it, and its own instant.
    pub disorder: Option<(i64, i64)>,
}

/// A row that is wanted.
pub struct BareRow {
    /// When it happened.
    pub time_ms: i64,
    /// Which event.
    pub event: Id,
    /// Its place in the block.
    pub row: u32,
}

/// Names as they lie in a column.
pub enum Contacts {
    /// Whole numbers of at most fifteen digits.
    Whole(Vec<i64>),
    /// Texts.
    Texts(ArrayRef),
    /// Places in a dictionary of texts.
    Keys(ArrayRef, Vec<usize>),
}

impl Bare {
    /// None yet.
    pub fn new(contacts: Contacts) -> Self {
        Self { rows: Vec::new(), contacts, passed: 0, first_ms: None, latest_ms: i64::MIN, disorder: None }
    }

    /// Notes when a row happened that is taken.
    #[inline]
    pub fn happens(&mut self, time_ms: i64) {
        self.first_ms.get_or_insert(time_ms);
        if time_ms < self.latest_ms && self.disorder.is_none() {
            self.disorder = Some((self.latest_ms, time_ms));
        }
        self.latest_ms = self.latest_ms.max(time_ms);
    }
}

impl Contacts {
    /// The names, to be asked for one by one.
    pub fn open(&self) -> Names<'_> {
        match self {
            Self::Whole(all) => Names::Whole(all),
            Self::Texts(texts) => Names::Texts(Self::texts(texts)),
            Self::Keys(texts, keys) => Names::Keys(Self::texts(texts), keys),
        }
    }

    fn texts(array: &ArrayRef) -> Texts<'_> {
        Texts::of(array, None).expect("the column was taken for texts when its rows were told apart")
    }
}

/// Names that were opened.
pub enum Names<'b> {
    /// Whole numbers.
    Whole(&'b [i64]),
    /// Texts.
    Texts(Texts<'b>),
    /// Texts by keys.
    Keys(Texts<'b>, &'b [usize]),
}

impl<'b> Names<'b> {
    /// What says whom a row is about.
    #[inline]
    pub fn key(&self, row: u32) -> Key<'b> {
        let named = |texts: &Texts<'b>, at: usize| Key::Name(Sought::new(texts.text(at).unwrap_or_default()));
        match self {
            Self::Whole(all) => Key::Whole(all[row as usize] as u64),
            Self::Texts(texts) => named(texts, row as usize),
            Self::Keys(texts, keys) => named(texts, keys[row as usize]),
        }
    }
}

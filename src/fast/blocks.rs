//! Rows of memory that grow block by block: nothing is moved when they grow, and no more than a block stands empty.

/// So many contacts make a block: it is long enough that little of it is lost to the pages of an allocator.
pub const BLOCK: usize = 32_768;

/// A row of memory with as many things for each contact.
#[derive(Default)]
pub struct Blocks<T> {
    blocks: Vec<Vec<T>>,
    /// How many for each contact.
    width: usize,
}

impl<T: Clone> Blocks<T> {
    /// Nothing yet, of so many for each contact.
    pub fn new(width: usize) -> Self {
        Self { blocks: Vec::new(), width }
    }

    /// Adds what one more contact has: the same, as often as it is wide.
    pub fn push(&mut self, it: &T) {
        if self.width == 0 {
            return;
        }
        let is_full = self.blocks.last().is_none_or(|block| block.len() >= BLOCK * self.width);
        if is_full {
            self.blocks.push(Vec::with_capacity(BLOCK * self.width));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.resize(block.len() + self.width, it.clone());
        }
    }

    /// What a contact has.
    pub fn of(&self, at: usize) -> &[T] {
        if self.width == 0 {
            return &[];
        }
        let begin = at % BLOCK * self.width;
        &self.blocks[at / BLOCK][begin..begin + self.width]
    }

    /// The same, to change it.
    pub fn of_mut(&mut self, at: usize) -> &mut [T] {
        if self.width == 0 {
            return &mut [];
        }
        let begin = at % BLOCK * self.width;
        &mut self.blocks[at / BLOCK][begin..begin + self.width]
    }
}

impl<T: Clone> std::ops::Index<usize> for Blocks<T> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.blocks[at / BLOCK][at % BLOCK * self.width]
    }
}

impl<T: Clone> std::ops::IndexMut<usize> for Blocks<T> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.blocks[at / BLOCK][at % BLOCK * self.width]
    }
}

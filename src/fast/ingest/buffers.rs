//! The memory of chunks that were read, for those that come: memory that is fresh from the system is cleared page by page, which
//! takes longer than reading what is written into it.

use std::sync::{Mutex, PoisonError};

/// Buffers that nobody uses.
#[derive(Default)]
pub struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// One of them, or a new one.
    pub fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps one for another chunk.
    pub fn give(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}

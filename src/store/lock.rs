//! The lock beside a store: one run at a time, and one delivery.

use super::{Result, StoreError};
use std::{
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// A program that is just being started holds a copy of every lock for a moment; so often is a lock tried, with pauses.
const PATIENCE: usize = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// A lock beside a store, which the system takes back whenever the process ends, however that is.
pub(super) fn taken(path: &Path, ending: &str, what: &'static str) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    let beside = PathBuf::from(name);
    let fault = |error| StoreError::File { path: beside.display().to_string(), what: "cannot be written", error };
    let mut file = File::options().create(true).read(true).write(true).truncate(false).open(&beside).map_err(fault)?;
    let mut tries = std::iter::repeat_with(|| file.try_lock()).take(PATIENCE);
    let taken = tries.find(|taken| {
        let is_held = matches!(taken, Err(TryLockError::WouldBlock));
        if is_held {
            std::thread::sleep(PAUSE);
        }
        !is_held
    });
    match taken {
        Some(Ok(())) => {}
        None | Some(Err(TryLockError::WouldBlock)) => {
            let mut process = String::new();
            let read = file.read_to_string(&mut process).is_ok();
            let who = if read && !process.trim().is_empty() { format!(" (process {})", process.trim()) } else { String::new() };
            return Err(StoreError::Busy { path: path.display().to_string(), what, who });
        }
        Some(Err(TryLockError::Error(error))) => return Err(fault(error)),
    }
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(fault)?;
    Ok(file)
}

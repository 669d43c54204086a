//! The metadata of a finding's code.

use std::fmt;

/// How grave a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Blocks the build.
    Error,
    /// Worth a look; blocks where warnings are denied.
    Warning,
    /// Shown when asked for.
    Information,
}

impl Severity {
    /// The word for it in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// A code: what kind of finding this is. Codes never change meaning and are never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// `F` and three digits.
    pub id: &'static str,
    /// Its gravity before any configuration.
    pub severity: Severity,
    /// What a finding of this code is, in one phrase.
    pub title: &'static str,
}

impl Code {
    /// A code that blocks the build.
    #[must_use]
    pub const fn error(id: &'static str, title: &'static str) -> Self {
        Self { id, severity: Severity::Error, title }
    }

    /// A code that warns.
    #[must_use]
    pub const fn warning(id: &'static str, title: &'static str) -> Self {
        Self { id, severity: Severity::Warning, title }
    }

    /// A code that informs.
    #[must_use]
    pub const fn information(id: &'static str, title: &'static str) -> Self {
        Self { id, severity: Severity::Information, title }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

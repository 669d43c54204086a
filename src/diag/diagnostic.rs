//! One finding.

use super::{Code, Plot, Search, Severity, Story};
use crate::source::Span;
use smol_str::SmolStr;

/// A place with a word about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; lower-case start, no final full stop. May be empty.
    pub text: String,
}

/// A replacement of one span by a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// A change that mends the finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an order: "write `had purchase`".
    pub title: String,
    /// The edits, none overlapping.
    pub edits: Vec<Edit>,
    /// Whether it may be applied without asking.
    pub safe: bool,
}

/// A stage on the way that a proof is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// The stage, as `funnel/stage`.
    pub stage: SmolStr,
    /// What is to be said of it, such as how long people are there; may be empty.
    pub text: String,
}

/// One finding: code, message, places, help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What kind of finding.
    pub code: Code,
    /// Its gravity here; the code's own unless configured.
    pub severity: Severity,
    /// What is wrong, in the user's words.
    pub message: String,
    /// The main place.
    pub primary: Label,
    /// Further places, in any file.
    pub labels: Vec<Label>,
    /// What follows from it or how it comes about: a witness path, a sum, a reason. One line each.
    pub notes: Vec<String>,
    /// Those notes that tell the path to it, and that a story stands in for where there is one.
    pub path: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
    /// Ways in which it may come about, the best first; the replay makes the story of the first that does what it claims.
    pub plots: Vec<Plot>,
    /// Whether it is proved for everybody, so that a story only shows it in one of them and need not be found.
    pub is_proved: bool,
    /// How it comes about, played on the reference runtime.
    pub story: Option<Story>,
    /// What has to be seen in plays before this may be said: of each list one plot.
    pub witnesses: Vec<Vec<Plot>>,
    /// What the world may do in a search for a story, where no plot does what is claimed.
    pub search: Option<Search>,
    /// The way that a proof is about, in the order of going, where a picture can show it.
    pub way: Vec<Stop>,
    /// What is said instead where no story is found, or a witness is not seen.
    pub otherwise: Option<Box<Diagnostic>>,
}

impl Diagnostic {
    /// A finding of `code` at `span`.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            primary: Label { span, text: String::new() },
            labels: Vec::new(),
            notes: Vec::new(),
            path: Vec::new(),
            help: None,
            fix: None,
            plots: Vec::new(),
            is_proved: false,
            story: None,
            witnesses: Vec::new(),
            search: None,
            way: Vec::new(),
            otherwise: None,
        }
    }

    /// Says what to say instead where this cannot be shown.
    #[must_use]
    pub fn or_else(mut self, otherwise: Self) -> Self {
        self.otherwise = Some(Box::new(otherwise));
        self
    }

    /// Says what is to be said where it could not be shown, and takes the plots away.
    pub fn untold(&mut self) {
        self.plots.clear();
        self.witnesses.clear();
        self.search = None;
        if let Some(otherwise) = self.otherwise.take() {
            *self = *otherwise;
        }
    }

    /// Says what stands at the main place.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at a further place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a line of explanation.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a line that tells a step on the way to it; a story stands in for these.
    #[must_use]
    pub fn step(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.notes.push(text.clone());
        self.path.push(text);
        self
    }

    /// Adds ways in which it may come about, the best first.
    #[must_use]
    pub fn plots(mut self, plots: impl IntoIterator<Item = Plot>) -> Self {
        self.plots.extend(plots);
        self
    }

    /// Adds ways in which what is proved shows; without a story of one the finding stands all the same.
    #[must_use]
    pub fn shown_by(mut self, plots: impl IntoIterator<Item = Plot>) -> Self {
        self.is_proved = true;
        self.plots(plots)
    }

    /// Adds a way in which it may come about.
    #[must_use]
    pub fn plot(mut self, plot: Plot) -> Self {
        self.plots.push(plot);
        self
    }

    /// Offers a safe replacement of `span`.
    #[must_use]
    pub fn replace(mut self, span: Span, text: impl Into<String>, title: impl Into<String>) -> Self {
        self.fix = Some(Fix { title: title.into(), edits: vec![Edit { span, text: text.into() }], safe: true });
        self
    }

    /// Says whether the change offered may be made without asking.
    #[must_use]
    pub fn safely(mut self, safe: bool) -> Self {
        if let Some(fix) = &mut self.fix {
            fix.safe = safe;
        }
        self
    }
}

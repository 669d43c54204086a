//! Findings at the places where their text stands now.

use crate::{
    diag::{Breach, BreachKind, Claim, Diagnostic, Happening, Label, Plot},
    source::Span,
};

/// From where declarations stood to where they stand.
pub(super) struct Shift {
    /// Each with its old place, in the order of these.
    pairs: Vec<(Span, Span)>,
}

impl Shift {
    /// Declarations with equal texts, one by one.
    pub fn new(before: &[Span], after: &[Span]) -> Self {
        let mut pairs: Vec<(Span, Span)> = before.iter().copied().zip(after.iter().copied()).collect();
        pairs.sort_unstable();
        Self { pairs }
    }

    /// A place now; `None` where it lies outside all declarations, so that nobody knows where it went.
    fn place(&self, span: Span) -> Option<Span> {
        let behind = self.pairs.partition_point(|(before, _)| (before.file, before.start) <= (span.file, span.start));
        let (before, after) = self.pairs.get(behind.checked_sub(1)?)?;
        let is_inside = before.file == span.file && span.end <= before.end;
        let moved = |at: u32| (at - before.start) + after.start;
        is_inside.then(|| Span::new(after.file, moved(span.start), moved(span.end)))
    }

    fn label(&self, label: &Label) -> Option<Label> {
        Some(Label { span: self.place(label.span)?, text: label.text.clone() })
    }

    /// A finding with all its places; `None` where one of them is lost.
    pub fn moved(&self, finding: &Diagnostic) -> Option<Diagnostic> {
        if self.pairs.iter().all(|(before, after)| before == after) {
            return Some(finding.clone());
        }
        let mut moved = finding.clone();
        moved.primary = self.label(&finding.primary)?;
        moved.labels = finding.labels.iter().map(|label| self.label(label)).collect::<Option<_>>()?;
        for edit in moved.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = self.place(edit.span)?;
        }
        for plot in &mut moved.plots {
            self.plot(plot)?;
        }
        if let Some(story) = &mut moved.story {
            self.plot(&mut story.plot)?;
            for moment in &mut story.moments {
                moment.span = self.perhaps(moment.span)?;
            }
        }
        if let Some(otherwise) = &finding.otherwise {
            moved.otherwise = Some(Box::new(self.moved(otherwise)?));
        }
        Some(moved)
    }

    fn plot(&self, plot: &mut Plot) -> Option<()> {
        for Happening { span, .. } in &mut plot.happenings {
            *span = self.perhaps(*span)?;
        }
        for claim in &mut plot.claims {
            match claim {
                Claim::OpensToo { door, .. } => *door = self.place(*door)?,
                Claim::Breaks(Breach { kind: BreachKind::Unmet { asked, .. } | BreachKind::SentAfter { asked, .. }, .. }) => {
                    *asked = self.perhaps(*asked)?;
                }
                _ => {}
            }
        }
        Some(())
    }

    /// The place of what may have none.
    fn perhaps(&self, span: Option<Span>) -> Option<Option<Span>> {
        span.map_or(Some(None), |span| self.place(span).map(Some))
    }
}

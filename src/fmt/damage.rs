//! Which items pass through as they stand: the innermost ones around each place that could not be read as it is written.

use crate::{
    ast::{
        Arm, Attribute, Block, Broken, ChannelItem, File, FunnelItem, MessageItem, Node, NoteItem, ScoreItem, SplitArm, StageItem, Step,
        TestItem, Top, Wait,
    },
    source::Span,
};

/// How much around a place passes through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// The innermost item.
    Item,
    /// The whole declaration.
    Declaration,
}

/// Marks the items around these places as damaged; returns the spans of the items, or nothing if a place lies in none.
pub(super) fn mark(file: &mut File, text: &str, places: &[Span], around: Around) -> Option<Vec<Span>> {
    let mut marking = Marking { text, around, marked: Vec::new() };
    let rest = marking.nodes(&mut file.items, places.to_vec());
    rest.is_empty().then_some(marking.marked)
}

struct Marking<'t> {
    text: &'t str,
    around: Around,
    marked: Vec<Span>,
}

/// Items that hold others.
trait Holder {
    /// Marks inside; returns the places that lie in no inner item.
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span>;
}

impl Marking<'_> {
    /// Marks those of the items around places; returns the places that lie in none.
    fn nodes<T: Holder>(&mut self, nodes: &mut [Node<T>], places: Vec<Span>) -> Vec<Span> {
        let mut rest = places;
        for node in nodes {
            if rest.is_empty() {
                break;
            }
            let (mine, others): (Vec<Span>, Vec<Span>) = rest.into_iter().partition(|place| node.span.contains(*place));
            rest = others;
            if mine.is_empty() {
                continue;
            }
            let own = if self.around == Around::Item { node.it.inside(self, mine) } else { mine };
            if !own.is_empty() {
                self.damaged(node);
            }
        }
        rest
    }

    fn damaged<T>(&mut self, node: &mut Node<T>) {
        let Some(text) = self.text.get(node.span.range()) else { return };
        let trivia = node.trivia.get_or_insert_default();
        // The comments inside stand in the text that is kept.
        let span = node.span;
        trivia.before.retain(|comment| !span.contains(comment.span));
        trivia.after = trivia.after.take().filter(|comment| !span.contains(comment.span)).or_else(|| trivia.closing.take());
        trivia.damaged = Some(Broken { text: text.into() });
        self.marked.push(span);
    }

    fn block<T: Holder>(&mut self, block: &mut Block<T>, places: Vec<Span>) -> Vec<Span> {
        self.nodes(&mut block.items, places)
    }

    fn body<T: Holder>(&mut self, block: Option<&mut Block<T>>, places: Vec<Span>) -> Vec<Span> {
        match block {
            Some(block) => self.block(block, places),
            None => places,
        }
    }
}

impl Holder for Top {
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
        match self {
            Self::Contact(block) => marking.block(block, places),
            Self::Event(it) => marking.body(it.body.as_mut(), places),
            Self::Channel(it) => marking.body(it.body.as_mut(), places),
            Self::Message(it) => marking.body(it.body.as_mut(), places),
            Self::Action(it) => marking.body(it.body.as_mut(), places),
            Self::Segment(it) => marking.body(it.body.as_mut(), places),
            Self::Score(it) => marking.block(&mut it.body, places),
            Self::Play(it) => marking.block(&mut it.body, places),
            Self::Funnel(it) => marking.block(&mut it.body, places),
            Self::Test(it) => marking.block(&mut it.body, places),
            Self::Use(_) | Self::Timezone(_) | Self::Assume(_) | Self::Guarantee(_) | Self::Broken(_) => places,
        }
    }
}

impl Holder for FunnelItem {
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
        match self {
            Self::Stage(it) => marking.body(it.body.as_mut(), places),
            Self::Note(_)
            | Self::Formerly(_)
            | Self::ForEach { .. }
            | Self::Reentry(_)
            | Self::Leave(_)
            | Self::Guarantee(_)
            | Self::Assume(_)
            | Self::Broken(_) => places,
        }
    }
}

impl Holder for StageItem {
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
        match self {
            Self::Nurture(it) => marking.body(it.body.as_mut(), places),
            Self::Note(_)
            | Self::Formerly(_)
            | Self::Enter(_)
            | Self::Leave(_)
            | Self::VisitsAtMost(_)
            | Self::Feeds { .. }
            | Self::Target(_)
            | Self::OpenTo(_)
            | Self::Broken(_) => places,
        }
    }
}

impl Holder for Step {
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
        match self {
            Self::If { branches, otherwise } => {
                let rest = branches.iter_mut().fold(places, |places, branch| marking.block(&mut branch.body, places));
                marking.body(otherwise.as_mut(), rest)
            }
            Self::Wait(Wait::Arms(it)) => marking.block(&mut it.arms, places),
            Self::Split(it) => marking.block(&mut it.arms, places),
            Self::Repeat(it) => marking.block(&mut it.body, places),
            Self::Send { .. }
            | Self::Do { .. }
            | Self::Wait(_)
            | Self::Set { .. }
            | Self::Add { .. }
            | Self::Remove { .. }
            | Self::Record { .. }
            | Self::Stop
            | Self::Note(_)
            | Self::Formerly(_)
            | Self::Broken(_) => places,
        }
    }
}

impl Holder for Arm {
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
        match self {
            Self::On { body, .. } | Self::Otherwise { body } => marking.block(body, places),
            Self::Broken(_) => places,
        }
    }
}

impl Holder for SplitArm {
    fn inside(&mut self, marking: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
        match self {
            Self::Share { body, .. } => marking.block(body, places),
            Self::Broken(_) => places,
        }
    }
}

/// Items that hold no others.
macro_rules! leaves {
    ($($name:ident),*) => {$(
        impl Holder for $name {
            fn inside(&mut self, _: &mut Marking<'_>, places: Vec<Span>) -> Vec<Span> {
                places
            }
        }
    )*};
}

leaves!(Attribute, NoteItem, ChannelItem, MessageItem, ScoreItem, TestItem);

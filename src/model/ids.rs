//! Typed ids and the arenas they index.

use std::{
    marker::PhantomData,
    ops::{Index, IndexMut},
};

/// An id that an [`Arena`] hands out.
pub trait Id: Copy {
    /// The id with this number.
    fn new(index: u32) -> Self;
    /// Its number.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(u32);

        impl Id for $name {
            fn new(index: u32) -> Self { Self(index) }
            fn index(self) -> usize { self.0 as usize }
        }

        impl $name {
            /// Its number in its arena.
            #[must_use]
            pub fn index(self) -> usize { self.0 as usize }
        }
    )* };
}

ids! {
    /// An attribute of the contact.
    AttributeId;
    /// An event.
    EventId;
    /// A channel.
    ChannelId;
    /// A message.
    MessageId;
    /// An action.
    ActionId;
    /// A segment.
    SegmentId;
    /// A score.
    ScoreId;
    /// A play.
    PlayId;
    /// A funnel.
    FunnelId;
    /// A stage of any funnel.
    StageId;
}

/// A list whose places are typed ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arena<I, T> {
    items: Vec<T>,
    id: PhantomData<I>,
}

impl<I, T> Default for Arena<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), id: PhantomData }
    }
}

impl<I: Id, T> Arena<I, T> {
    /// Adds an item and returns its id.
    pub fn push(&mut self, item: T) -> I {
        let id = I::new(u32::try_from(self.items.len()).expect("limits keep arenas small"));
        self.items.push(item);
        id
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..u32::try_from(self.items.len()).expect("limits keep arenas small")).map(I::new)
    }

    /// The items with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.ids().zip(&self.items)
    }

    /// The items, in order.
    pub fn values(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items, in order, to be changed.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }
}

impl<I: Id, T> Index<I> for Arena<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Arena<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}

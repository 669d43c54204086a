//! Names to ids, and what to say where there is none.

use super::{F101, F102, Resolver, finding::DiagnosticExt};
use crate::{
    ast::Ident,
    diag::{Diagnostic, nearest, slip},
    model::{ActionId, AttributeId, ChannelId, EventId, FunnelId, MessageId, Model, PlayId, ScoreId, SegmentId, StageId, Type},
};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

/// The names of every kind. Looked up, never walked through.
#[derive(Default)]
pub(super) struct Names {
    pub attributes: FxHashMap<SmolStr, AttributeId>,
    pub events: FxHashMap<SmolStr, EventId>,
    pub channels: FxHashMap<SmolStr, ChannelId>,
    pub messages: FxHashMap<SmolStr, MessageId>,
    pub actions: FxHashMap<SmolStr, ActionId>,
    pub segments: FxHashMap<SmolStr, SegmentId>,
    pub scores: FxHashMap<SmolStr, ScoreId>,
    pub plays: FxHashMap<SmolStr, PlayId>,
    pub funnels: FxHashMap<SmolStr, FunnelId>,
    /// By funnel: its stages.
    pub stages: Vec<FxHashMap<SmolStr, StageId>>,
    /// The first stage of each name in any funnel, and whether there are more.
    pub any_stage: FxHashMap<SmolStr, (StageId, bool)>,
    /// Channels whose `needs` names no flag, which was reported.
    pub damaged_needs: FxHashSet<ChannelId>,
    /// Words in text that did not parse: they may be declared there.
    pub damaged_words: FxHashSet<SmolStr>,
    /// Funnels whose key no event has, which was reported.
    pub damaged_keys: FxHashSet<FunnelId>,
    /// By stage: its nurtures.
    pub nurtures: Vec<Vec<SmolStr>>,
    /// By funnel: the nurtures of all its stages.
    pub funnel_nurtures: Vec<FxHashSet<SmolStr>>,
    /// The properties of all events.
    pub properties: FxHashSet<SmolStr>,
}

/// The kinds of named things.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Attribute,
    Event,
    Channel,
    Message,
    Action,
    Segment,
    Score,
    Play,
    Funnel,
    /// Of this funnel, or of any.
    Stage(Option<FunnelId>),
}

impl Kind {
    /// Its word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Event => "event",
            Self::Channel => "channel",
            Self::Message => "message",
            Self::Action => "action",
            Self::Segment => "segment",
            Self::Score => "score",
            Self::Play => "play",
            Self::Funnel => "funnel",
            Self::Stage(_) => "stage",
        }
    }

    /// Its word with an article.
    pub(super) fn one(self) -> &'static str {
        match self {
            Self::Attribute => "an attribute of the contact",
            Self::Event => "an event",
            Self::Channel => "a channel",
            Self::Message => "a message",
            Self::Action => "an action",
            Self::Segment => "a segment",
            Self::Score => "a score",
            Self::Play => "a play",
            Self::Funnel => "a funnel",
            Self::Stage(_) => "a stage",
        }
    }

    /// How one is declared, for help.
    fn declaration(self, name: &str) -> String {
        match self {
            Self::Attribute => format!("declare it in `contact {{ {name} : text? }}`"),
            Self::Event => format!("declare it: `event {name}`"),
            Self::Channel => format!("declare it: `channel {name}`"),
            Self::Message => format!("declare it: `message {name} \"…\" by …`"),
            Self::Action => format!("declare it: `action {name}`"),
            Self::Segment => format!("declare it: `segment {name} when …`"),
            Self::Score => format!("declare it: `score {name} {{ … }}`"),
            Self::Play => format!("declare it, `play {name} {{ … }}`, or write its steps here in `{{ … }}`"),
            Self::Funnel => format!("declare it: `funnel {name} {{ … }}`"),
            Self::Stage(_) => format!("declare it in the funnel: `stage {name} {{ … }}`"),
        }
    }
}

impl Names {
    /// What else goes by this name.
    fn other(&self, name: &str, not: Kind) -> Option<Kind> {
        let kinds = [
            (Kind::Event, self.events.contains_key(name)),
            (Kind::Message, self.messages.contains_key(name)),
            (Kind::Stage(None), self.any_stage.contains_key(name)),
            (Kind::Attribute, self.attributes.contains_key(name)),
            (Kind::Segment, self.segments.contains_key(name)),
            (Kind::Score, self.scores.contains_key(name)),
            (Kind::Play, self.plays.contains_key(name)),
            (Kind::Channel, self.channels.contains_key(name)),
            (Kind::Action, self.actions.contains_key(name)),
            (Kind::Funnel, self.funnels.contains_key(name)),
        ];
        kinds.into_iter().find(|(kind, there)| *there && kind.word() != not.word()).map(|(kind, _)| kind)
    }
}

/// The declared names of a kind, for suggestions.
fn candidates(model: &Model, kind: Kind) -> Vec<&str> {
    match kind {
        Kind::Attribute => model.attributes.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Event => model.events.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Channel => model.channels.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Message => model.messages.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Action => model.actions.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Segment => model.segments.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Score => model.scores.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Play => model.plays.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Funnel => model.funnels.values().map(|it| it.name.text.as_str()).collect(),
        Kind::Stage(Some(funnel)) => model.stages_of(funnel).map(|(_, it)| it.name.text.as_str()).collect(),
        Kind::Stage(None) => model.stages.values().map(|it| it.name.text.as_str()).collect(),
    }
}

macro_rules! lookups {
    ($($(#[$doc:meta])* $function:ident, $table:ident, $id:ty, $kind:expr;)*) => { $(
        $(#[$doc])*
        pub(super) fn $function(&mut self, ident: &Ident) -> Option<$id> {
            let found = self.names.$table.get(&ident.text).copied();
            match found {
                Some(id) => {
                    self.used.$table.mark(id);
                    self.note(ident.span, || id.into());
                }
                None => self.undefined($kind, ident),
            }
            found
        }
    )* };
}

impl Resolver<'_> {
    lookups! {
        /// The event of this name; reported if there is none, noted as used if there is.
        event, events, EventId, Kind::Event;
        /// The channel of this name.
        channel, channels, ChannelId, Kind::Channel;
        /// The message of this name.
        message, messages, MessageId, Kind::Message;
        /// The action of this name.
        action, actions, ActionId, Kind::Action;
        /// The segment of this name.
        segment, segments, SegmentId, Kind::Segment;
        /// The attribute of this name.
        attribute, attributes, AttributeId, Kind::Attribute;
        /// The funnel of this name.
        funnel, funnels, FunnelId, Kind::Funnel;
    }

    /// The stage of this name in a funnel; reported if there is none.
    pub(super) fn stage(&mut self, funnel: FunnelId, ident: &Ident) -> Option<StageId> {
        let found = self.names.stages.get(funnel.index()).and_then(|stages| stages.get(&ident.text)).copied();
        match found {
            Some(id) => self.note(ident.span, || id.into()),
            None => self.undefined(Kind::Stage(Some(funnel)), ident),
        }
        found
    }

    /// The nearest of some words, as long as suggestions are given.
    pub(super) fn suggest<'s>(&mut self, word: &str, candidates: impl IntoIterator<Item = &'s str>) -> Option<SmolStr> {
        self.suggestions_left = self.suggestions_left.checked_sub(1)?;
        // Every single letter is near every other.
        word.chars().nth(1)?;
        nearest(word, candidates).map(SmolStr::new)
    }

    /// Reports a name that is nowhere declared as this kind.
    pub(super) fn undefined(&mut self, kind: Kind, ident: &Ident) {
        let name = ident.text.as_str();
        if self.names.damaged_words.contains(name) {
            return;
        }
        let code = if matches!(kind, Kind::Event | Kind::Attribute) { F102 } else { F101 };
        if let Some(other) = self.names.other(name, kind) {
            self.mark_name(other, name);
            let help = match (kind, other) {
                (Kind::Stage(Some(_)), Kind::Stage(None)) => String::from("doors and guarantees of a funnel name its own stages"),
                (Kind::Event, Kind::Attribute) => match self.names.attributes.get(name).map(|id| &self.model.attributes[*id].ty) {
                    Some(Type::Flag) => format!("a flag is compared: `{name} = yes`, `{name} = no`"),
                    _ => format!("an attribute is compared: `{name} = …`"),
                },
                (Kind::Event, Kind::Score) => format!("a score is compared: `{name} >= …`"),
                (Kind::Event, Kind::Segment) => format!("write `in segment {name}`"),
                (Kind::Event, Kind::Message) => {
                    format!("what people do with a message is `clicked {name}`, `opened {name}`, `replied {name}`")
                }
                (Kind::Attribute, Kind::Event) => format!("whether it happened is `had {name}`, what it brought is `{name}.…`"),
                _ => format!("name {} here", kind.one()),
            };
            let finding = Diagnostic::new(code, ident.span, format!("`{name}` is {}, not {}", other.one(), kind.one()))
                .at(format!("this should be {}", kind.one()))
                .help(help);
            self.report(if (kind, other) == (Kind::Event, Kind::Segment) {
                finding.offer(ident.span, format!("in segment {name}"), format!("write `in segment {name}`"))
            } else {
                finding
            });
            return;
        }
        let looks = self.take_suggestion();
        let suggestion =
            if looks && name.chars().nth(1).is_some() { nearest(name, candidates(&self.model, kind)).map(SmolStr::new) } else { None };
        let finding = Diagnostic::new(code, ident.span, self.undefined_message(kind, name));
        let finding = match suggestion {
            Some(near) => {
                self.mark_name(kind, &near);
                let is_slip = slip(name, candidates(&self.model, kind)) == Some(near.as_str());
                let finding = finding.help(format!("did you mean `{near}`?"));
                finding.offer(ident.span, near.as_str(), format!("write `{near}`")).safely(is_slip)
            }
            None => finding.help(looks.then(|| self.meant(kind, name)).flatten().unwrap_or_else(|| kind.declaration(name))),
        };
        self.report(finding);
    }

    /// What a name that is nowhere declared was probably meant to say.
    fn meant(&self, kind: Kind, name: &str) -> Option<String> {
        let brings = |name: &str| self.model.events.values().find(|event| event.properties.iter().any(|property| property.name == name));
        match kind {
            Kind::Stage(_) if matches!(name, "any" | "all" | "every" | "everywhere" | "somewhere" | "anything" | "start") => {
                Some("any stage is `anywhere`: `enter from anywhere when …`".to_owned())
            }
            Kind::Event | Kind::Attribute if matches!(name, "today" | "tomorrow" | "yesterday" | "now") => Some(
                "dates are asked with `before 2026-12-31` and `from 2026-12-01 on`, days that come with `every year on birthday at 09:00`"
                    .to_owned(),
            ),
            Kind::Event => {
                let attribute = self.model.attributes.values().find(|attribute| match &attribute.ty {
                    Type::OneOf(values) => values.iter().any(|value| value == name),
                    _ => false,
                })?;
                Some(format!("`{name}` is a value of `{0}`: write `{0} = {name}`, or `{0} in […, {name}]`", attribute.name.text))
            }
            Kind::Attribute => {
                let event = &brings(name)?.name.text;
                Some(format!("`{name}` comes with the event `{event}`: write `{event}.{name}`, or `entry.{name}` if it opened the door"))
            }
            _ => None,
        }
    }

    fn take_suggestion(&mut self) -> bool {
        let left = self.suggestions_left;
        self.suggestions_left = left.saturating_sub(1);
        left > 0
    }

    fn undefined_message(&self, kind: Kind, name: &str) -> String {
        match kind {
            Kind::Stage(Some(funnel)) => format!("the funnel `{}` has no stage `{name}`", self.model.funnels[funnel].name.text),
            Kind::Attribute => format!("the contact has no attribute `{name}`"),
            _ => format!("there is no {} called `{name}`", kind.word()),
        }
    }

    /// What was probably meant counts as used.
    fn mark_name(&mut self, kind: Kind, name: &str) {
        let used = &mut self.used;
        match kind {
            Kind::Attribute => used.attributes.mark_if(self.names.attributes.get(name)),
            Kind::Event => used.events.mark_if(self.names.events.get(name)),
            Kind::Channel => used.channels.mark_if(self.names.channels.get(name)),
            Kind::Message => used.messages.mark_if(self.names.messages.get(name)),
            Kind::Action => used.actions.mark_if(self.names.actions.get(name)),
            Kind::Segment => used.segments.mark_if(self.names.segments.get(name)),
            Kind::Score => used.scores.mark_if(self.names.scores.get(name)),
            Kind::Play => used.plays.mark_if(self.names.plays.get(name)),
            Kind::Funnel | Kind::Stage(_) => {}
        }
    }
}

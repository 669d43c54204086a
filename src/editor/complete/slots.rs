//! Which names of a program fit where the grammar takes one.

use super::{
    CompletionKind as Kind,
    behind::{self, Path},
    offers::Offers,
};
use crate::{
    editor::{Program, place::Place},
    model::{ConditionKind, EventId, FunnelId, Keeper, Name, Play, Property, Stage, Type},
    parse::next::{Block, Next},
};
use std::collections::BTreeSet;

/// What names are offered from.
pub(super) struct Slots<'p> {
    pub program: &'p Program,
    pub text: &'p str,
    pub place: &'p Place<'p>,
}

/// The rules in which a name stands for something of ours; the innermost counts.
const RULES: [&str; 40] = [
    "about",
    "event_ref",
    "path",
    "aggregate",
    "in_segment",
    "formerly",
    "head",
    "param",
    "one_of",
    "split_head",
    "share_head",
    "alias",
    "attribute",
    "kind",
    "arg",
    "touchpoint",
    "opt_out",
    "by",
    "open_to",
    "needs",
    "scope",
    "never_send",
    "stage_ref",
    "for_each",
    "from",
    "restart",
    "of_stage",
    "feeds",
    "nurture_head",
    "send",
    "do_action",
    "record",
    "set",
    "add",
    "remove",
    "atom",
    "plain",
    "test_head",
    "test_event",
    "record_at",
];
/// Those of tests.
const TEST_RULES: [&str; 5] = ["given_split", "given_value", "expect_in", "expect_sent", "expect_did"];

impl<'p> Slots<'p> {
    /// A word of the language. At the beginning of an item those of its block, behind it the rest.
    pub fn word(&self, word: &'static str, next: &Next, at_start: bool, offers: &mut Offers) {
        let is_operand = !at_start && (next.is_in("operands") || next.is_in("value") || next.is_in("comparison"));
        // Where a value is compared with the values of a list, no condition begins.
        if is_operand && !next.is_in("root") && self.wanted().is_some_and(|ty| matches!(ty, Type::OneOf(_) | Type::Message)) {
            return;
        }
        offers.add(Kind::Word, word, None, if is_operand { 4 } else { 2 });
    }

    /// A name.
    pub fn name(&self, next: &Next, offers: &mut Offers) {
        let rules: Vec<&'static str> = RULES.iter().chain(&TEST_RULES).chain(&["expect_named"]).copied().collect();
        let Some(rule) = next.innermost(&rules) else { return };
        match rule {
            "event_ref" | "test_event" | "record_at" => self.events(offers, |_| true),
            "record" => self.events(offers, |keeper| keeper != Keeper::Runtime),
            "about" | "send" | "scope" | "never_send" | "expect_sent" => self.messages(offers),
            "do_action" | "expect_did" => self.actions(offers),
            "path" => {
                self.attributes(offers, |ty| matches!(ty, Type::Date | Type::Time));
                self.events(offers, |_| true);
            }
            "aggregate" => self.events(offers, |_| true),
            "in_segment" => self.segments(offers),
            "kind" => self.types(offers),
            "arg" => self.parameters(offers),
            "touchpoint" | "opt_out" | "by" | "open_to" => self.channels(offers),
            "needs" => self.attributes(offers, |ty| *ty == Type::Flag),
            "stage_ref" | "feeds" => self.any_stages(next, offers),
            "from" | "restart" | "of_stage" => self.stages(self.funnel(), offers),
            "expect_in" => self.stages(self.tested(), offers),
            "test_head" => self.funnels(offers),
            "for_each" => self.event_properties(offers),
            "nurture_head" => self.plays(offers),
            "set" | "given_value" => self.attributes(offers, |_| true),
            "add" | "remove" => self.attributes(offers, |ty| *ty == Type::List),
            "given_split" => self.splits(offers),
            "expect_named" => {
                self.messages(offers);
                self.attributes(offers, |_| true);
                self.nurtures(offers);
            }
            "atom" if !self.values(offers) => {
                self.events(offers, |_| true);
                self.operands(next, offers);
                self.nurtures(offers);
            }
            "plain" => {
                if next.is_in("default") {
                    behind::listed(self.place.item).into_iter().for_each(|word| offers.add(Kind::Value, word, None, 0));
                } else {
                    if !self.values(offers) {
                        self.operands(next, offers);
                    }
                    self.events_for_properties(offers);
                }
            }
            // A new name, which only the author knows.
            _ => {}
        }
    }

    /// What stands behind a dot.
    pub fn property(&self, offers: &mut Offers) {
        match behind::before_dot(self.place.item) {
            Some("entry") => self.event_properties(offers),
            Some("contact") => self.attributes(offers, |_| true),
            Some(event) => {
                if let Some(id) = self.event(event) {
                    self.properties(id, 0, offers);
                }
            }
            None => {}
        }
    }

    fn event(&self, name: &str) -> Option<EventId> {
        self.program.model().events.iter().find(|(_, event)| event.name.text == name).map(|(id, _)| id)
    }

    fn funnel_called(&self, name: &str) -> Option<FunnelId> {
        self.program.model().funnels.iter().find(|(_, funnel)| funnel.name.text == name).map(|(id, _)| id)
    }

    /// The funnel we stand in.
    fn funnel(&self) -> Option<FunnelId> {
        self.funnel_called(self.place.name_of(self.text, Block::Funnel)?)
    }

    /// The funnel that the test we stand in speaks of.
    fn tested(&self) -> Option<FunnelId> {
        let open = self.place.open.iter().find(|open| open.block == Block::Test)?;
        let head = self.text.get(open.head.clone())?;
        self.funnel_called(head.rsplit('"').next()?.split_whitespace().nth(1)?)
    }

    /// The play we stand in.
    fn play(&self) -> Option<&'p Play> {
        let open = self.place.open.first().filter(|open| open.block == Block::Steps)?;
        let name = super::super::place::name_in(self.text.get(open.head.clone())?)?;
        self.program.model().plays.values().find(|play| play.name.text == name)
    }

    /// The event behind whose `where` we stand.
    fn filtered(&self, next: &Next) -> Option<EventId> {
        next.is_in("filter").then(|| behind::filtered(self.place.item).into_iter().find_map(|word| self.event(word))).flatten()
    }

    /// The type that the value we are at should have.
    fn wanted(&self) -> Option<Type> {
        let item = self.place.item;
        if let Some(name) = behind::argument(item) {
            return self.taken().into_iter().find(|it| it.name == name).map(|it| it.ty);
        }
        self.type_of(behind::compared(item)?)
    }

    fn type_of(&self, path: Path<'_>) -> Option<Type> {
        let model = self.program.model();
        let attribute = || model.attributes.values().find(|it| it.name.text == path.name).map(|it| it.ty.clone());
        let of_event = |event: EventId| model.events[event].properties.iter().find(|it| it.name == path.name).map(|it| it.ty.clone());
        match path.root {
            Some("contact") => attribute(),
            Some("entry") => {
                model.events.values().flat_map(|event| &event.properties).find(|it| it.name == path.name).map(|it| it.ty.clone())
            }
            Some(event) => of_event(self.event(event)?),
            None => {
                let filtered = behind::filtered(self.place.item).into_iter().find_map(|word| self.event(word));
                let parameter = self.play().and_then(|play| play.parameters.iter().find(|it| it.name == path.name)).map(|it| it.ty.clone());
                filtered.and_then(of_event).or(parameter).or_else(attribute)
            }
        }
    }

    /// The values that alone fit, where the type says which.
    fn values(&self, offers: &mut Offers) -> bool {
        match self.wanted() {
            Some(Type::OneOf(words)) => {
                words.iter().for_each(|word| offers.add(Kind::Value, word, None, 0));
                self.play_parameters(offers);
                true
            }
            Some(Type::Message) => {
                self.messages(offers);
                true
            }
            Some(Type::Flag) => {
                ["yes", "no"].iter().for_each(|word| offers.add(Kind::Value, word, None, 0));
                false
            }
            Some(Type::Text | Type::Number | Type::Date | Type::Time | Type::List | Type::Duration | Type::Unknown) | None => false,
        }
    }

    /// What may be compared and reckoned with.
    fn operands(&self, next: &Next, offers: &mut Offers) {
        if let Some(event) = self.filtered(next) {
            self.properties(event, 0, offers);
        }
        self.play_parameters(offers);
        self.attributes(offers, |_| true);
        for it in self.program.model().scores.values() {
            self.add(Kind::Score, &it.name, "score", 1, offers);
        }
    }

    fn add(&self, kind: Kind, name: &Name, word: &str, rank: u8, offers: &mut Offers) {
        let detail = match &name.label {
            Some(label) => format!("{word} · {label}"),
            None => word.to_owned(),
        };
        offers.named(kind, &name.text, Some(detail), name.note.as_ref().map(ToString::to_string), rank);
    }

    fn events(&self, offers: &mut Offers, fits: impl Fn(Keeper) -> bool) {
        for it in self.program.model().events.values().filter(|it| fits(it.keeper)) {
            let word = signature("event", &it.properties);
            self.add(Kind::Event, &it.name, &word, 0, offers);
        }
    }

    /// Events whose latest properties are values: `purchase.amount`.
    fn events_for_properties(&self, offers: &mut Offers) {
        for it in self.program.model().events.values().filter(|it| !it.properties.is_empty() && !it.about_message) {
            self.add(Kind::Event, &it.name, "event, for what the latest one brought", 3, offers);
        }
    }

    fn attributes(&self, offers: &mut Offers, fits: impl Fn(&Type) -> bool) {
        for it in self.program.model().attributes.values().filter(|it| fits(&it.ty)) {
            let word = super::super::hover::type_words(&it.ty, it.optional);
            self.add(Kind::Attribute, &it.name, &word, 1, offers);
        }
    }

    fn messages(&self, offers: &mut Offers) {
        let model = self.program.model();
        for it in model.messages.values() {
            let by = it.channel.map_or_else(|| "message".to_owned(), |channel| format!("message by {}", model.channels[channel].name.text));
            self.add(Kind::Message, &it.name, &signature(&by, &it.parameters), 0, offers);
        }
        self.play_parameters(offers);
    }

    fn actions(&self, offers: &mut Offers) {
        for it in self.program.model().actions.values() {
            self.add(Kind::Action, &it.name, &signature("action", &it.parameters), 0, offers);
        }
    }

    fn segments(&self, offers: &mut Offers) {
        self.program.model().segments.values().for_each(|it| self.add(Kind::Segment, &it.name, "segment", 0, offers));
    }

    fn channels(&self, offers: &mut Offers) {
        self.program.model().channels.values().for_each(|it| self.add(Kind::Channel, &it.name, "channel", 0, offers));
    }

    fn plays(&self, offers: &mut Offers) {
        for it in self.program.model().plays.values() {
            self.add(Kind::Play, &it.name, &signature("play", &it.parameters), 0, offers);
        }
    }

    fn funnels(&self, offers: &mut Offers) {
        self.program.model().funnels.values().for_each(|it| self.add(Kind::Funnel, &it.name, "funnel", 0, offers));
    }

    fn stages(&self, funnel: Option<FunnelId>, offers: &mut Offers) {
        let Some(funnel) = funnel else { return };
        self.program.model().stages_of(funnel).for_each(|(_, it)| self.add(Kind::Stage, &it.name, stage_words(it), 0, offers));
    }

    /// Stages of this funnel, of the one before the dot, or of all.
    fn any_stages(&self, next: &Next, offers: &mut Offers) {
        let direct = next.is_in("stage_ref");
        if !direct {
            return;
        }
        if let Some(funnel) = behind::before_dot(self.place.item) {
            self.stages(self.funnel_called(funnel), offers);
            return;
        }
        match self.funnel() {
            Some(funnel) => self.stages(Some(funnel), offers),
            None => self.program.model().stages.values().for_each(|it| self.add(Kind::Stage, &it.name, stage_words(it), 0, offers)),
        }
        for it in self.program.model().funnels.values() {
            self.add(Kind::Funnel, &it.name, "funnel, for one of its stages", 3, offers);
        }
    }

    fn properties(&self, event: EventId, rank: u8, offers: &mut Offers) {
        let event = &self.program.model().events[event];
        for it in &event.properties {
            let words = format!("{} · of {}", super::super::hover::type_words(&it.ty, it.optional), event.name.text);
            offers.add(Kind::Property, &it.name, Some(words), rank);
        }
    }

    /// The properties of the events that open a door of this funnel, or of all where there is none.
    fn event_properties(&self, offers: &mut Offers) {
        let model = self.program.model();
        let mut opening = BTreeSet::new();
        let doors = self.funnel().into_iter().flat_map(|funnel| model.stages_of(funnel)).flat_map(|(_, stage)| &stage.doors);
        for when in doors.filter_map(|door| door.when.as_ref()) {
            when.each_atom(true, &mut |atom, _| {
                if let ConditionKind::Event(test) = &atom.kind {
                    opening.extend(test.event);
                }
            });
        }
        if opening.is_empty() {
            opening.extend(model.events.ids());
        }
        opening.into_iter().for_each(|id| self.properties(id, 0, offers));
    }

    fn play_parameters(&self, offers: &mut Offers) {
        for it in self.play().into_iter().flat_map(|play| &play.parameters) {
            offers.add(Kind::Parameter, &it.name, Some(super::super::hover::type_words(&it.ty, it.optional)), 0);
        }
    }

    /// What the item we are in hands values over to.
    fn taken(&self) -> Vec<Property> {
        let model = self.program.model();
        let Some((before, name)) = behind::taker(self.place.item) else { return Vec::new() };
        let event = || model.events.values().find(|it| it.name.text == name).map(|it| it.properties.clone());
        let found = match before.last().copied() {
            Some("send" | "sent") => model.messages.values().find(|it| it.name.text == name).map(|it| it.parameters.clone()),
            Some("do" | "did") => model.actions.values().find(|it| it.name.text == name).map(|it| it.parameters.clone()),
            Some("nurture") => model.plays.values().find(|it| it.name.text == name).map(|it| it.parameters.clone()),
            _ => event(),
        };
        found.unwrap_or_default()
    }

    /// The parameters that have no value yet.
    fn parameters(&self, offers: &mut Offers) {
        let given: BTreeSet<&str> = behind::given(self.place.item).into_iter().collect();
        for it in self.taken().iter().filter(|it| !given.contains(it.name.as_str())) {
            offers.snippet(&it.name, &format!("{}: $0", it.name), &super::super::hover::type_words(&it.ty, it.optional));
        }
    }

    fn types(&self, offers: &mut Offers) {
        let mut words = vec!["text", "number", "flag", "date", "time"];
        if self.place.item.trim_start().starts_with("play") {
            words.push("message");
        }
        words.into_iter().for_each(|word| offers.add(Kind::Type, word, Some("type".to_owned()), 0));
    }

    fn splits(&self, offers: &mut Offers) {
        let names: BTreeSet<String> = self
            .program
            .names()
            .iter()
            .filter(|it| it.declares)
            .filter_map(|it| match &it.thing {
                super::super::Thing::Split(name) => Some(name.to_string()),
                _ => None,
            })
            .collect();
        let arms = behind::compared(self.place.item).map(|path| path.name.to_owned());
        match arms {
            Some(split) => {
                for it in self.program.names().iter().filter(|it| it.declares) {
                    if let super::super::Thing::Arm(of, arm) = &it.thing
                        && *of == split
                    {
                        offers.add(Kind::Value, arm, Some(format!("arm of {split}")), 0);
                    }
                }
            }
            None => names.iter().for_each(|name| offers.add(Kind::Split, name, Some("split".to_owned()), 0)),
        }
    }

    /// The nurtures that `… finished` may ask about.
    fn nurtures(&self, offers: &mut Offers) {
        let Some(funnel) = self.funnel().or_else(|| self.tested()) else { return };
        let model = self.program.model();
        for nurture in model.stages_of(funnel).flat_map(|(_, stage)| &stage.nurtures) {
            offers.add(Kind::Play, &nurture.name, Some("nurture, for `… finished`".to_owned()), 3);
        }
    }
}

fn stage_words(stage: &Stage) -> &'static str {
    match (stage.goal, stage.is_final) {
        (true, true) => "goal, final stage",
        (true, false) => "goal stage",
        (false, true) => "final stage",
        (false, false) => "stage",
    }
}

fn signature(word: &str, properties: &[Property]) -> String {
    if properties.is_empty() {
        return word.to_owned();
    }
    format!("{word} ({})", properties.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", "))
}

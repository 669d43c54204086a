//! First pass: every declaration gets its id, and names get unique.

use super::{F103, Resolver, builtin::IDENTIFY, names::Kind, once::Once, stage::StageTree};
use crate::{
    ast::{self, Head, Ident, Node, Top},
    diag::Diagnostic,
    model::{
        Action, ActionId, Attribute, AttributeId, Channel, ChannelId, Condition, ConditionKind, Event, EventId, Funnel, FunnelId, Keeper,
        Message, MessageId, Name, Play, PlayId, Score, ScoreId, Segment, SegmentId, Type,
    },
    source::{FileId, Span},
};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

/// The trees behind the ids. A declaration whose name is taken has none, and is not looked at further.
#[derive(Default)]
pub(super) struct Declared<'a> {
    pub attributes: Vec<(AttributeId, &'a ast::Attribute, Span)>,
    pub events: Vec<(EventId, &'a ast::Event)>,
    pub channels: Vec<(ChannelId, &'a ast::Channel)>,
    pub messages: Vec<(MessageId, &'a ast::Message)>,
    pub actions: Vec<(ActionId, &'a ast::Action)>,
    pub segments: Vec<(SegmentId, &'a ast::Segment)>,
    pub scores: Vec<(ScoreId, &'a ast::Score)>,
    pub plays: Vec<(PlayId, &'a ast::Play)>,
    pub funnels: Vec<(FunnelId, &'a ast::Funnel)>,
    pub assumes: Vec<&'a ast::Assume>,
    pub guarantees: Vec<&'a ast::Guarantee>,
    pub tests: Vec<(Span, &'a ast::Test)>,
    pub timezones: Vec<&'a ast::Text>,
    /// The stages of all funnels.
    pub stages: Vec<StageTree<'a>>,
    /// By funnel: which of `stages` are its own.
    pub stage_ranges: Vec<std::ops::Range<usize>>,
    libraries: FxHashSet<FileId>,
}

impl Declared<'_> {
    /// Whether another file uses this one.
    pub(super) fn is_library(&self, file: FileId) -> bool {
        self.libraries.contains(&file)
    }
}

/// The head of a declaration in the model, its block not read yet.
pub(super) fn name_of(head: &Head) -> Name {
    Name {
        text: head.name.text.clone(),
        span: Some(head.name.span),
        label: head.label.as_ref().map(|label| label.value.clone()),
        note: None,
        formerly: None,
    }
}

macro_rules! declare {
    ($self:ident, $declared:ident, $table:ident, $kind:expr, $item:expr, $new:expr) => {{
        let item = $item;
        if $self.free($self.names.$table.get(&item.head.name.text).map(|id| $self.model.$table[*id].name.span), $kind, &item.head.name) {
            let id = $self.model.$table.push($new);
            $self.names.$table.insert(item.head.name.text.clone(), id);
            $declared.$table.push((id, item));
        }
    }};
}

impl<'a> Resolver<'a> {
    /// Gives ids to the declarations of all files.
    pub(super) fn declare(&mut self, files: &'a [ast::File]) -> Declared<'a> {
        let mut declared = Declared::default();
        for file in files {
            for node in &file.items {
                self.declare_top(node, &mut declared);
            }
        }
        self.find_libraries(files, &mut declared);
        self.builtin_timezone();
        declared
    }

    fn declare_top(&mut self, node: &'a Node<Top>, declared: &mut Declared<'a>) {
        self.note_damage(node);
        match &node.it {
            Top::Use(_) => {}
            Top::Timezone(zone) => declared.timezones.push(zone),
            Top::Contact(block) => block.items.iter().for_each(|item| self.declare_attribute(item, declared)),
            Top::Event(event) => self.declare_event(event, declared),
            Top::Channel(it) => {
                declare!(
                    self,
                    declared,
                    channels,
                    Kind::Channel,
                    it,
                    Channel { name: name_of(&it.head), needs: None, caps: Vec::new(), quiet: Vec::new() }
                );
            }
            Top::Message(it) => {
                declare!(
                    self,
                    declared,
                    messages,
                    Kind::Message,
                    it,
                    Message { name: name_of(&it.head), channel: None, parameters: Vec::new(), template: None, transactional: false }
                );
            }
            Top::Action(it) => {
                declare!(self, declared, actions, Kind::Action, it, Action { name: name_of(&it.head), parameters: Vec::new() });
            }
            Top::Segment(it) => {
                let when = Condition { span: it.when.span, kind: ConditionKind::Broken };
                declare!(self, declared, segments, Kind::Segment, it, Segment { name: name_of(&it.head), when });
            }
            Top::Score(it) => {
                declare!(self, declared, scores, Kind::Score, it, Score { name: name_of(&it.head), lines: Vec::new() });
            }
            Top::Play(it) => {
                declare!(self, declared, plays, Kind::Play, it, Play { name: name_of(&it.head), parameters: Vec::new() });
            }
            Top::Assume(it) => declared.assumes.push(it),
            Top::Guarantee(it) => declared.guarantees.push(it),
            Top::Funnel(it) => {
                declare!(
                    self,
                    declared,
                    funnels,
                    Kind::Funnel,
                    it,
                    Funnel {
                        name: name_of(&it.head),
                        span: node.span,
                        key: None,
                        reentry: None,
                        stages: Vec::new(),
                        leaves: Vec::new(),
                        guarantees: Vec::new(),
                        assumptions: Vec::new()
                    }
                );
            }
            Top::Test(it) => declared.tests.push((node.span, it)),
            Top::Broken(broken) => self.broken_words(broken),
        }
    }

    /// Notes the words of an item that did not parse as a whole.
    pub(super) fn note_damage<T>(&mut self, node: &Node<T>) {
        if let Some(broken) = node.trivia.as_ref().and_then(|trivia| trivia.damaged.as_ref()) {
            self.broken_words(broken);
        }
    }

    /// Notes the words of text that did not parse: what they name is not reported as undefined.
    pub(super) fn broken_words(&mut self, broken: &ast::Broken) {
        self.damaged = true;
        let words = broken.text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        self.names.damaged_words.extend(words.filter(|word| !word.is_empty()).map(SmolStr::new));
    }

    /// Does something in a damaged item, where findings would be echoes of the damage.
    pub(super) fn unless_damaged<T, R>(&mut self, node: &Node<T>, work: impl FnOnce(&mut Self) -> R) -> R {
        if !is_damaged(node) {
            return work(self);
        }
        self.unless_outside(true, &[], work)
    }

    /// Does something in an item whose own words may be damaged, and drops findings outside its blocks then.
    pub(super) fn unless_outside<R>(&mut self, damaged: bool, blocks: &[Span], work: impl FnOnce(&mut Self) -> R) -> R {
        if !damaged {
            return work(self);
        }
        self.damaged = true;
        let before = std::mem::take(&mut self.findings);
        let result = work(self);
        let own = std::mem::replace(&mut self.findings, before);
        let inside = |span: Span| blocks.iter().any(|block| block.contains(span));
        self.findings.extend(own.into_iter().filter(|finding| inside(finding.primary.span)).collect());
        result
    }

    fn declare_event(&mut self, event: &'a ast::Event, declared: &mut Declared<'a>) {
        if event.head.name.text == IDENTIFY {
            self.report(
                Diagnostic::new(F103, event.head.name.span, "`identify` is built in: it sets the contact's attributes from outside")
                    .help("choose another name for this event"),
            );
            return;
        }
        declare!(
            self,
            declared,
            events,
            Kind::Event,
            event,
            Event {
                name: name_of(&event.head),
                properties: Vec::new(),
                channel: None,
                keeper: Keeper::Anyone,
                opts_out: Vec::new(),
                rate: None,
                about_message: false
            }
        );
    }

    fn declare_attribute(&mut self, node: &'a Node<ast::Attribute>, declared: &mut Declared<'a>) {
        let attribute = &node.it;
        self.note_damage(node);
        if let Some(broken) = &attribute.broken {
            self.broken_words(broken);
            return;
        }
        let before = self.names.attributes.get(&attribute.name.text).map(|id| self.model.attributes[*id].name.span);
        if self.free(before, Kind::Attribute, &attribute.name) {
            let name = Name {
                text: attribute.name.text.clone(),
                span: Some(attribute.name.span),
                label: attribute.label.as_ref().map(|label| label.value.clone()),
                note: None,
                formerly: None,
            };
            let id =
                self.model.attributes.push(Attribute { name, ty: Type::Unknown, optional: false, default: None, keeper: Keeper::Anyone });
            self.names.attributes.insert(attribute.name.text.clone(), id);
            declared.attributes.push((id, attribute, node.span));
        }
    }

    /// Whether a name is still free; reports the second declaration otherwise. `before` is where the first stands.
    pub(super) fn free(&mut self, before: Option<Option<Span>>, kind: Kind, ident: &Ident) -> bool {
        let Some(first) = before else { return true };
        // What the second one says is not looked at, and may name anything.
        self.damaged = true;
        self.report(taken(kind.word(), ident, first));
        false
    }

    /// A file whose name another file's `use` gives is a library.
    fn find_libraries(&self, files: &[ast::File], declared: &mut Declared<'a>) {
        let names: FxHashMap<String, FileId> = self.sources.files().map(|(id, file)| (normalised(file.name()), id)).collect();
        for file in files {
            let folder = self.sources.file(file.span.file).name().rsplit_once('/').map_or("", |(folder, _)| folder);
            for node in &file.items {
                if let Top::Use(path) = &node.it {
                    let target = if folder.is_empty() { path.value.to_string() } else { format!("{folder}/{}", path.value) };
                    if let Some(id) = names.get(&normalised(&target)) {
                        declared.libraries.insert(*id);
                    }
                }
            }
        }
    }

    /// Reads a block that holds nothing but a note.
    pub(super) fn note_block(&mut self, body: Option<&ast::Block<ast::NoteItem>>, inside: &str) -> Option<SmolStr> {
        let mut note = Once::default();
        for node in body.into_iter().flat_map(|body| &body.items) {
            match &node.it {
                ast::NoteItem::Note(text) => self.once(&mut note, text.value.clone(), node.span, "`note`", inside),
                ast::NoteItem::Broken(_) => self.damaged = true,
            }
        }
        note.take()
    }
}

/// Whether a part of an item did not parse.
pub(super) fn is_damaged<T>(node: &Node<T>) -> bool {
    node.trivia.as_ref().is_some_and(|trivia| trivia.damaged.is_some())
}

/// The finding for a name that is taken.
pub(super) fn taken(kind: &str, ident: &Ident, first: Option<Span>) -> Diagnostic {
    let finding =
        Diagnostic::new(F103, ident.span, format!("the {kind} `{}` is declared twice, so nobody could say which is meant", ident.text))
            .at("declared again here")
            .help("rename one of the two, or take it out");
    match first {
        Some(first) => finding.label(first, "declared first here"),
        None => finding.note(format!("`{}` is built in", ident.text)),
    }
}

/// A path without `.` and `..`, with `/` between its parts.
fn normalised(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

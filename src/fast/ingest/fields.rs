//! Tokens by what they are called: the parts of a record, properties with their slots, and names that nobody declared.
//!
//! For each event the names met so far stand in a list; which of them a token has is known by what stands before its value, so
//! that a name is mostly not even compared.

use super::{
    super::{
        feed::{Feed, UNKNOWN, Want, content, hash_of},
        program::{Id, Program},
        row::{Batch, Cell, Extra, Name, Row},
        shapes::{Bits, Found, Known, Shapes},
    },
    Kind, Taken, Token,
    contents::JsonOf,
    met::Met,
    numbers,
    times::{self, Day},
};
use crate::{
    ruleset::{Keeper, Property, Type},
    runtime::input::{Flat, Form, word},
};
use smallvec::SmallVec;
use std::borrow::Cow;

/// More names of one event make its lines odd.
const NAMES_MAX: usize = 1_024;
/// And so do more declared properties.
const PROPERTIES_MAX: usize = 64;

/// What a name is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A part of the record: contact, time, event or id.
    Part,
    /// A property, by its place in the declaration; behind all of them one that nobody declared and that is told.
    Property(u8),
    /// Nobody declared it.
    Ignored,
    /// A column without a name.
    Nothing,
    /// Only the runtime's own reader knows what to do with it.
    Odd,
}

/// The properties of an event, and one that it does not declare and that is told.
type Told<'p> = (&'p [Property], Option<&'p str>);

/// A name.
struct Named {
    name: Box<str>,
    /// The property that it is.
    word: Box<str>,
    role: Role,
    /// The place of the first name that is the same property.
    same: usize,
}

/// The names of an event.
struct Names {
    /// Each name with what it is for.
    list: Vec<Named>,
    /// The columns of a table that matter, each with the property that it is; nothing for what nobody declared.
    columns: Vec<(u16, Option<u8>)>,
    /// For each lead, the place of its name in the list and one; 0 is not known yet.
    of_lead: Vec<u16>,
    /// The properties that must be there.
    needed: u64,
    /// Sets of names that nobody declared.
    shapes: Known,
    /// What became of the last line of objects that went through.
    plan: Option<Plan>,
    is_odd: bool,
}

/// What the tokens of a line are for, by the leads before them: the next line is mostly cut the same.
struct Plan {
    leads: Vec<u16>,
    /// The places of tokens with the properties that they are.
    properties: Vec<(u16, u8)>,
    /// The number of the set of names that nobody declared.
    shape: u32,
    /// Where lines have ids, their properties by the words that they are.
    sorted: Vec<Sorted>,
}

/// A property of a line: the place of its token, and of its name.
type Sorted = (u16, u16);

impl Plan {
    /// That of a line, if its leads say all of it.
    fn of(tokens: &[Token], properties: &[(u16, u8)], shape: u32, sorted: &[Sorted]) -> Option<Self> {
        let says = |token: &Token| token.lead > 0 && token.kind != Kind::Null;
        let leads = || tokens.iter().map(|token| token.lead).collect();
        let plan = || Self { leads: leads(), properties: properties.to_vec(), shape, sorted: sorted.to_vec() };
        tokens.iter().all(says).then(plan)
    }

    /// Whether it is that of a line.
    fn is_of(&self, tokens: &[Token]) -> bool {
        let is = |(token, lead): (&Token, &u16)| token.lead == *lead && token.kind != Kind::Null;
        self.leads.len() == tokens.len() && tokens.iter().zip(&self.leads).all(is)
    }
}

/// The parts of a record that do not stand beside its properties.
pub struct Parts<'t> {
    /// Whom it is about.
    pub contact: Token,
    /// When.
    pub time: Token,
    /// What.
    pub event: Token,
    /// Its id, if it has one.
    pub id: Option<Cow<'t, str>>,
}

/// What takes the tokens of lines.
pub struct Fields<'p> {
    feed: Feed<'p>,
    /// Where the parts of a record stand beside its properties, if they do.
    flat: Option<&'p Flat>,
    /// Names beside the properties that are none.
    parts: Vec<&'p str>,
    /// Whether lines may have ids.
    has_ids: bool,
    /// The columns of a table.
    table: Option<&'p [String]>,
    /// By event, the last for all that nobody declared; made when it is first met.
    names: Vec<Option<Names>>,
    met: Met<'p>,
    /// The day of the last line.
    day: Day,
    /// Where contact, time, event and id stood in the last line, and behind which lead.
    places: [(usize, u16); 4],
    /// The event of every line, if it is always the same.
    always: Option<Option<Id>>,
    /// Sets of names that nobody declared.
    shapes: Found,
    /// Where lines have ids, the properties of the last one by the words that they are; of a table those of all lines.
    sorted: Vec<Sorted>,
    /// The JSON of the last line that has an id.
    json: String,
    /// Whether nothing is passed over any more.
    keeps_all: bool,
    is_odd: bool,
}

impl<'p> Fields<'p> {
    fn of_parts(feed: Feed<'p>, parts: Vec<&'p str>, has_ids: bool) -> Self {
        Self {
            feed,
            flat: None,
            parts,
            has_ids,
            table: None,
            names: (0..=feed.program.events.len()).map(|_| None).collect(),
            met: Met::new(feed.program),
            day: Day::default(),
            places: [(0, 0), (1, 0), (2, 0), (3, 0)],
            always: None,
            shapes: Found::default(),
            sorted: Vec::new(),
            json: String::new(),
            keeps_all: false,
            is_odd: false,
        }
    }

    /// For the lines of one chunk that are the objects of an export.
    pub fn of_form(feed: Feed<'p>, form: &'static Form) -> Self {
        Self::of_parts(feed, form.hidden.to_vec(), true)
    }

    /// For the lines of one chunk in which parts and properties stand beside each other.
    pub fn new(feed: Feed<'p>, flat: &'p Flat, table: Option<&'p [String]>) -> Self {
        let event = flat.event.as_ref().ok();
        let parts = [Some(&flat.contact), Some(&flat.time), event, flat.id.as_ref()].into_iter().flatten();
        let always = flat.event.as_ref().err().map(|name| feed.program.event_ids.get(name.as_str()).copied());
        let fields = Self::of_parts(feed, parts.map(String::as_str).collect(), flat.id.is_some());
        let mut fields = Self { flat: Some(flat), table, always, ..fields };
        if let Some(columns) = table {
            let place = |name: &str| columns.iter().position(|column| column == name);
            let event = flat.event.as_ref().map_or(Some(0), |name| place(name));
            // A column that is not there is one that no line has.
            let id = flat.id.as_ref().and_then(|name| place(name)).unwrap_or(columns.len());
            match (place(&flat.contact), place(&flat.time), event) {
                (Some(contact), Some(time), Some(event)) => fields.places = [contact, time, event, id].map(|at| (at, 0)),
                _ => fields.is_odd = true,
            }
            let mut words: Vec<(String, usize)> = columns.iter().map(|name| word(name)).zip(0..).collect();
            words.sort_unstable();
            fields.is_odd |= words.windows(2).any(|two| two[0].0 == two[1].0 && !two[0].0.is_empty());
            let is_property = |at: usize| !columns[at].is_empty() && !fields.parts.contains(&columns[at].as_str());
            let properties = words.iter().map(|(_, at)| *at).filter(|at| fields.has_ids && is_property(*at));
            // Of a table with more columns than names are kept all lines are odd.
            fields.sorted = properties.take(NAMES_MAX).map(|at| (at as u16, at as u16)).collect();
        }
        fields
    }

    /// The sets of names that nobody declared.
    pub fn shapes(self) -> Shapes {
        let Self { names, shapes, .. } = self;
        shapes.finish(|event| names[event as usize].iter().flat_map(|names| &names.list).map(|name| name.word.to_string()).collect())
    }

    /// Passes over nothing any more: how late the line is that comes next in the log is not known yet.
    pub fn keep_all(&mut self) {
        self.keeps_all = true;
    }

    /// How many columns of a table of so many are looked at, from the first on.
    pub fn columns(&self, all: usize) -> usize {
        let Some(columns) = self.table.filter(|_| self.feed.wanted.is_some() && !self.has_ids) else { return all };
        let declared = self.feed.program.events.iter().filter_map(|event| event.declared);
        let properties = declared.flat_map(|event| &event.properties);
        let last = columns.iter().rposition(|column| properties.clone().any(|property| property.name == word(column)));
        let parts = self.places[..3].iter().map(|(at, _)| *at);
        parts.chain(last).max().map_or(all, |last| last + 1)
    }

    /// The row of a line whose parts stand beside its properties; nothing where that is odd.
    pub fn take(&mut self, texts: &str, tokens: &[Token], batch: &mut Batch) -> Option<Taken> {
        let flat = self.flat.filter(|_| !self.is_odd)?;
        let [contact, time] = [self.part(texts, tokens, 0, &flat.contact)?, self.part(texts, tokens, 1, &flat.time)?];
        let event = match (&flat.event, self.always) {
            (Ok(name), _) => {
                let at = self.part(texts, tokens, 2, name)?;
                self.event(text(texts, tokens[at].at), tokens[at].kind)?
            }
            (Err(_), id) => id.flatten()?,
        };
        let id = self.id(texts, tokens)?;
        self.row(texts, tokens, (tokens[contact], tokens[time], event, id), batch)
    }

    /// The row of a line with such parts, whose other tokens are properties; nothing where that is odd.
    pub fn take_parts(&mut self, texts: &str, tokens: &[Token], parts: &Parts<'_>, batch: &mut Batch) -> Option<Taken> {
        let event = self.event(text(texts, parts.event.at), parts.event.kind)?;
        self.row(texts, tokens, (parts.contact, parts.time, event, parts.id.as_deref()), batch)
    }

    fn row(
        &mut self,
        texts: &str,
        tokens: &[Token],
        (contact, time, event, id): (Token, Token, Id, Option<&str>),
        batch: &mut Batch,
    ) -> Option<Taken> {
        let name = text(texts, contact.at);
        let is_name = matches!(contact.kind, Kind::Text | Kind::Number | Kind::Cell);
        if !is_name || (!name.as_bytes().first().is_some_and(u8::is_ascii_graphic) && name.trim().is_empty()) {
            return None;
        }
        if !matches!(time.kind, Kind::Text | Kind::Number | Kind::Cell) {
            return None;
        }
        let time_ms = self.day.read(text(texts, time.at), self.feed.zone)?;
        let first = batch.cells.len();
        let Some(shape) = self.cells(texts, tokens, event, batch) else {
            batch.cells.truncate(first);
            return None;
        };
        if event == UNKNOWN {
            batch.unknown += 1;
            return Some(Taken::Passed);
        }
        let has_id = id.is_some();
        if let Some(id) = id {
            let content = self.content(texts, tokens, event, (name, time_ms, id));
            batch.extras.push(Extra { id: Some((id.into(), content)), ..Extra::default() });
        }
        if !has_id && !self.keeps_all && self.feed.want(event) == Want::Nothing && batch.pass(time_ms) {
            batch.cells.truncate(first);
            return Some(Taken::Passed);
        }
        let hash = hash_of(name.as_bytes());
        let extra = if has_id { batch.extras.len() as u32 } else { 0 };
        let row = Row { time_ms, now_ms: time_ms, position: 0, cells: first as u32, event, extra, shape };
        Some(Taken::Row(row, Name { hash, at: contact.at }))
    }

    /// The id of a line, if it has one; nothing where it is odd.
    fn id<'t>(&mut self, texts: &'t str, tokens: &[Token]) -> Option<Option<&'t str>> {
        let Some(name) = self.flat.and_then(|flat| flat.id.as_ref()) else { return Some(None) };
        let Some(token) = self.part(texts, tokens, 3, name).map(|at| tokens[at]) else { return Some(None) };
        let id = text(texts, token.at);
        match token.kind {
            Kind::Text | Kind::Number | Kind::Cell => Some(Some(id).filter(|id| !id.trim().is_empty())),
            Kind::Null => Some(None),
            Kind::True | Kind::False | Kind::Escaped | Kind::Nested => None,
        }
    }

    /// What a line is in short, as it is of its record: what must agree when its id comes again.
    fn content(&mut self, texts: &str, tokens: &[Token], event: Id, (contact, time_ms, id): (&str, i64, &str)) -> [u8; 16] {
        let mut json = JsonOf::new(std::mem::take(&mut self.json), time_ms, contact, self.feed.program.events[event as usize].name, id);
        let names = self.names[event as usize].as_ref().map_or(&[][..], |names| &names.list);
        for (place, name) in &self.sorted {
            let token = tokens[usize::from(*place)];
            json.property(&names[usize::from(*name)].word, token.kind, texts, token.at);
        }
        self.json = json.finish();
        content(&self.json)
    }

    /// The token of a part of a record.
    fn part(&mut self, texts: &str, tokens: &[Token], part: usize, name: &str) -> Option<usize> {
        let (at, lead) = self.places[part];
        if self.table.is_some() {
            return (at < tokens.len()).then_some(at);
        }
        if tokens.get(at).is_some_and(|token| token.lead == lead && lead > 0) {
            return Some(at);
        }
        let at = tokens.iter().position(|token| bytes(texts, token.name) == name.as_bytes())?;
        self.places[part] = (at, tokens[at].lead);
        Some(at)
    }

    /// The event of that name, if lines of it may be plain.
    fn event(&mut self, name: &str, kind: Kind) -> Option<Id> {
        let unknown = || (self.feed.counts_unknown && !name.trim().is_empty()).then_some(UNKNOWN);
        self.met.event(name).or_else(unknown).filter(|_| matches!(kind, Kind::Text | Kind::Cell))
    }

    /// The cells of a line; the number of its set of names that nobody declared.
    fn cells(&mut self, texts: &str, tokens: &[Token], event: Id, batch: &mut Batch) -> Option<u32> {
        let program = self.feed.program;
        let event_at = (event as usize).min(program.events.len());
        if self.names[event_at].is_none() {
            self.names[event_at] = Some(self.names_of(event));
        }
        let Some(names) = &mut self.names[event_at] else { return None };
        if names.is_odd {
            return None;
        }
        let declared = program.events.get(event_at);
        let first = batch.cells.len();
        let properties = declared.and_then(|event| event.declared).map_or(&[][..], |event| &event.properties);
        let slot_of = declared.map_or(&[][..], |event| &event.slot_of);
        let other = program.other(event);
        batch.cells.resize(first + declared.map_or(0, |event| event.slots.len()), Cell::Missing);
        if let Some(plan) = names.plan.as_ref().filter(|plan| plan.is_of(tokens)) {
            if self.table.is_none() {
                self.sorted.clone_from(&plan.sorted);
            }
            for (place, property) in &plan.properties {
                let property = usize::from(*property);
                let cell = self.feed.cell(type_of(properties, property), texts, tokens[usize::from(*place)])?;
                if let Some(slot) = slot_of[property] {
                    batch.cells[first + usize::from(slot)] = cell;
                }
            }
            return Some(plan.shape);
        }
        let mut taken: SmallVec<[(u16, u8); 16]> = SmallVec::new();
        let (mut seen, mut got, mut ignored) = (Bits::default(), 0_u64, Bits::default());
        for (column, property) in &names.columns {
            let Some(token) = tokens.get(usize::from(*column)).filter(|token| token.at.1 > 0) else { continue };
            let Some(property) = property else {
                ignored.add(usize::from(*column));
                continue;
            };
            let property = usize::from(*property);
            let cell = self.feed.cell(type_of(properties, property), texts, *token)?;
            if property < properties.len() {
                got |= 1 << property;
            } else {
                ignored.add(usize::from(*column));
            }
            if let Some(slot) = slot_of[property] {
                batch.cells[first + usize::from(slot)] = cell;
            }
        }
        let counts = self.feed.wanted.is_none() && declared.is_some();
        let objects = if self.table.is_none() { tokens } else { &[] };
        if self.table.is_none() {
            self.sorted.clear();
        }
        for (place, token) in objects.iter().enumerate() {
            let at = match names.of_lead.get(usize::from(token.lead)) {
                Some(at @ 1..) => usize::from(*at) - 1,
                _ => names.find(&self.parts, (properties, other), text(texts, token.name), token.lead)?,
            };
            let name_at = at as u16;
            let Named { role, same: at, .. } = *names.list.get(at)?;
            if seen.has(at) {
                return None;
            }
            seen.add(at);
            if self.has_ids && role != Role::Part {
                self.sorted.push((place as u16, name_at));
            }
            match role {
                Role::Odd => return None,
                Role::Part | Role::Nothing => {}
                Role::Ignored if token.kind == Kind::Null || !counts => {}
                Role::Ignored => ignored.add(at),
                Role::Property(_) if token.kind == Kind::Null => {}
                Role::Property(property) => {
                    // More tokens than names fit are odd before that.
                    taken.push((place as u16, property));
                    let property = usize::from(property);
                    let cell = self.feed.cell(type_of(properties, property), texts, *token)?;
                    if property < properties.len() {
                        got |= 1 << property;
                    } else {
                        ignored.add(at);
                    }
                    if let Some(slot) = slot_of[property] {
                        batch.cells[first + usize::from(slot)] = cell;
                    }
                }
            }
        }
        if got & names.needed != names.needed {
            return None;
        }
        let shape = self.shapes.number(event, &mut names.shapes, &ignored);
        if self.table.is_none() {
            self.sorted.sort_by(|(_, one), (_, other)| names.list[usize::from(*one)].word.cmp(&names.list[usize::from(*other)].word));
            names.plan = Plan::of(tokens, &taken, shape, &self.sorted);
        }
        Some(shape)
    }

    fn names_of(&self, event: Id) -> Names {
        let it = self.feed.program.events.get(event as usize);
        let properties = it.and_then(|it| it.declared).map_or(&[][..], |event| &event.properties);
        let is_odd = (it.is_some() && !is_plain_event(self.feed.program, event)) || properties.len() > PROPERTIES_MAX;
        let needed = properties.iter().take(PROPERTIES_MAX).enumerate().filter(|(_, property)| !property.optional);
        let needed = needed.fold(0, |needed, (at, _)| needed | 1 << at);
        let mut names =
            Names { list: Vec::new(), columns: Vec::new(), of_lead: Vec::new(), needed, shapes: Known::default(), plan: None, is_odd };
        let columns = self.table.unwrap_or_default();
        names.is_odd |= columns.len() > NAMES_MAX;
        for (at, column) in columns.iter().enumerate().take(NAMES_MAX) {
            let role =
                if column.is_empty() { Role::Nothing } else { role_of(&self.parts, (properties, self.feed.program.other(event)), column) };
            match role {
                Role::Property(property) => names.columns.push((at as u16, Some(property))),
                Role::Ignored if self.feed.wanted.is_none() && it.is_some() => names.columns.push((at as u16, None)),
                Role::Part | Role::Ignored | Role::Nothing | Role::Odd => {}
            }
            names.list.push(Named { name: column.as_str().into(), word: word(column).into(), role, same: at });
        }
        names
    }
}

/// Whether records of an event are no more than their declared properties: not those that funnels record, not `identify`, not
/// answers whose request nobody declared.
pub fn is_plain_event(program: &Program<'_>, event: Id) -> bool {
    let it = &program.events[event as usize];
    let properties = it.declared.map_or(&[][..], |event| &event.properties);
    let from_outside = it.declared.is_some_and(|event| matches!(event.keeper, Keeper::Anyone | Keeper::Fixed));
    let undeclared_request = it.is_answer && properties.iter().all(|property| property.name != "request");
    from_outside && event != program.identify && !undeclared_request
}

/// The type of a property, by its place.
fn type_of(properties: &[Property], place: usize) -> &Type {
    properties.get(place).map_or(&Type::Text, |property| &property.ty)
}

fn text(texts: &str, (at, length): (u32, u32)) -> &str {
    texts.get(at as usize..at as usize + length as usize).unwrap_or_default()
}

fn bytes(texts: &str, (at, length): (u32, u32)) -> &[u8] {
    texts.as_bytes().get(at as usize..at as usize + length as usize).unwrap_or_default()
}

impl Names {
    /// The place of a name in the list, made where it is not there yet.
    fn find(&mut self, parts: &[&str], properties: Told<'_>, name: &str, lead: u16) -> Option<usize> {
        let at = match self.list.iter().position(|other| *other.name == *name) {
            Some(at) => at,
            None if self.list.len() < NAMES_MAX => {
                let word = word(name);
                let role = if word.is_empty() { Role::Odd } else { role_of(parts, properties, name) };
                let is_same = |other: &Named| role != Role::Part && other.role != Role::Part && *other.word == *word;
                let at = self.list.len();
                let same = self.list.iter().position(is_same).unwrap_or(at);
                self.list.push(Named { name: name.into(), word: word.into(), role, same });
                at
            }
            None => return None,
        };
        let lead = usize::from(lead);
        if self.of_lead.len() <= lead {
            self.of_lead.resize(lead + 1, 0);
        }
        // Number 0 says nothing of a name.
        self.of_lead[lead] = if lead > 0 { at as u16 + 1 } else { 0 };
        Some(at)
    }
}

/// What a name is for in records of an event.
fn role_of(parts: &[&str], (properties, other): Told<'_>, name: &str) -> Role {
    if parts.contains(&name) {
        return Role::Part;
    }
    let word = word(name);
    let property = properties.iter().map(|property| property.name.as_str()).chain(other).position(|property| property == word);
    property.and_then(|at| u8::try_from(at).ok()).map_or(Role::Ignored, Role::Property)
}

impl Feed<'_> {
    /// A token as a value of a type; nothing where it does not plainly fit.
    fn cell(&self, ty: &Type, texts: &str, token: Token) -> Option<Cell> {
        let (at, length) = token.at;
        if matches!(token.kind, Kind::Escaped | Kind::Nested) {
            return None;
        }
        if *ty == Type::Text {
            return Some(Cell::Text(at, length));
        }
        let said = text(texts, token.at);
        Some(match (ty, token.kind) {
            (Type::Text, _) => Cell::Text(at, length),
            (Type::Number, Kind::Number | Kind::Cell) => Cell::Number(numbers::read(bytes(texts, token.at))?),
            (Type::Flag, Kind::True) => Cell::Flag(true),
            (Type::Flag, Kind::False) => Cell::Flag(false),
            (Type::Flag, Kind::Cell) => match said {
                "yes" | "true" | "1" => Cell::Flag(true),
                "no" | "false" | "0" => Cell::Flag(false),
                _ => return None,
            },
            (Type::Date, Kind::Text | Kind::Cell) => Cell::Date(said.parse().ok()?),
            (Type::Time, Kind::Text | Kind::Number | Kind::Cell) => Cell::Time(times::read(said, self.zone)?),
            (Type::OneOf(words), Kind::Text | Kind::Cell) if words.iter().any(|word| word == said) => Cell::Choice(at, length),
            (Type::Number | Type::Flag | Type::Date | Type::Time | Type::OneOf(_) | Type::List, _) => return None,
        })
    }
}

//! Lines of exports: which of their tokens are parts of a record, and which its properties.
//!
//! A line is cut twice, into its fields and then the object with its properties. What is not surely what the runtime's own reader
//! would make of it is odd.

use super::{Kind, Token, fields::Parts, line_end, objects::Cutter};
use crate::runtime::input::Form;
use std::{borrow::Cow, ops::Range};

/// What cuts the lines of an export.
pub struct Exports {
    form: &'static Form,
    outside: Level,
    inside: Level,
    /// The fields of the last line.
    fields: Vec<Token>,
    /// Names of the level outside: the object with the properties, what the line says it is, of what its id is one, its event, and
    /// objects beside.
    properties: Range<usize>,
    call: Range<usize>,
    id_of: Range<usize>,
    event: Range<usize>,
    beside: Range<usize>,
    /// Names of the level where they lie.
    contact: Range<usize>,
    time: Range<usize>,
    id: Range<usize>,
}

/// Fields of an object, and some of them that are looked for by name.
struct Level {
    cutter: Cutter,
    names: Vec<&'static str>,
    /// Where each stood in the last line, if it did, and the leads there.
    places: Vec<Option<usize>>,
    leads: Vec<u16>,
}

impl Level {
    fn new() -> Self {
        Self { cutter: Cutter::new(), names: Vec::new(), places: Vec::new(), leads: Vec::new() }
    }

    /// Looks for names as well; their numbers.
    fn want(&mut self, names: &[&'static str]) -> Range<usize> {
        let first = self.names.len();
        self.names.extend(names);
        first..self.names.len()
    }

    /// Finds out where the names stand; whether none of them stands twice.
    fn locate(&mut self, texts: &str, tokens: &[Token]) -> bool {
        let is_known = |(token, lead): (&Token, &u16)| token.lead == *lead && *lead > 0;
        if self.leads.len() == tokens.len() && !tokens.is_empty() && tokens.iter().zip(&self.leads).all(is_known) {
            return true;
        }
        self.places.clear();
        self.places.resize(self.names.len(), None);
        self.leads.clear();
        for (at, token) in tokens.iter().enumerate() {
            let (begin, length) = (token.name.0 as usize, token.name.1 as usize);
            let name = texts.get(begin..begin + length).unwrap_or_default();
            let wanted = self.names.iter().position(|wanted| *wanted == name);
            if wanted.is_some_and(|wanted| self.places[wanted].replace(at).is_some()) {
                return false;
            }
        }
        self.leads.extend(tokens.iter().map(|token| token.lead));
        true
    }

    /// The first of some names that says anything.
    fn first(&self, tokens: &[Token], names: &Range<usize>) -> Option<Token> {
        let mut found = self.places[names.clone()].iter().filter_map(|place| Some(tokens[(*place)?]));
        found.find(|token| !is_silent(token))
    }
}

/// Whether a field says nothing.
fn is_silent(token: &Token) -> bool {
    token.kind == Kind::Null || (token.kind == Kind::Text && token.at.1 == 0)
}

impl Exports {
    /// For the lines of an export.
    pub fn new(form: &'static Form) -> Self {
        let (mut outside, mut inside) = (Level::new(), Level::new());
        let properties = outside.want(&[form.properties]);
        let call = outside.want(form.call.map(|(name, _)| name).as_slice());
        let id_of = outside.want(form.id_of.as_slice());
        let event = outside.want(form.event);
        let beside = outside.want(form.beside);
        let level = if form.is_inside { &mut inside } else { &mut outside };
        let (contact, time, id) = (level.want(form.contact), level.want(form.time), level.want(form.id));
        Self { form, outside, inside, fields: Vec::new(), properties, call, id_of, event, beside, contact, time, id }
    }

    /// Cuts the line that begins at a place into its properties; where it ends, and its parts, if it is plain.
    pub fn cut<'t>(&mut self, texts: &'t str, at: usize, tokens: &mut Vec<Token>) -> (usize, Option<Parts<'t>>) {
        self.fields.clear();
        match self.outside.cutter.cut(texts.as_bytes(), at, &mut self.fields) {
            Some(end) => (end, self.parts(texts, tokens)),
            None => (line_end(texts.as_bytes(), at), None),
        }
    }

    fn parts<'t>(&mut self, texts: &'t str, tokens: &mut Vec<Token>) -> Option<Parts<'t>> {
        let Self { form, outside, inside, fields, .. } = self;
        let said = |token: Token| texts.get(token.at.0 as usize..token.at.0 as usize + token.at.1 as usize).unwrap_or_default();
        if !outside.locate(texts, fields) {
            return None;
        }
        if let Some((_, call)) = form.call {
            outside.first(fields, &self.call).filter(|token| token.kind == Kind::Text && said(*token) == call)?;
        }
        if outside.places[self.beside.clone()].iter().flatten().any(|at| !is_object(texts, fields[*at])) {
            return None;
        }
        if let Some(at) = outside.places[self.properties.start] {
            let token = fields[at];
            if !is_object(texts, token) {
                return None;
            }
            let (begin, end) = (token.at.0 as usize, (token.at.0 + token.at.1) as usize);
            let is_empty = token.kind != Kind::Nested || matches!(texts.as_bytes()[begin + 1..end].trim_ascii_start(), [b'}' | b']']);
            if !is_empty {
                inside.cutter.cut(&texts.as_bytes()[..end], begin, tokens)?;
            }
        }
        if !inside.locate(texts, tokens) {
            return None;
        }
        let (level, within) = if form.is_inside { (&*inside, &tokens[..]) } else { (&*outside, &fields[..]) };
        let event = outside.first(fields, &self.event).filter(|event| !form.no_events.contains(&said(*event)))?;
        let id = match (level.first(within, &self.id), outside.first(fields, &self.id_of)) {
            (None, _) => None,
            (Some(_), Some(of)) if of.kind == Kind::Escaped => return None,
            (Some(id), Some(of)) if id.kind == Kind::Text && of.kind == Kind::Text => {
                Some(Cow::Owned(format!("{} {}", said(of), said(id))))
            }
            (Some(id), _) if matches!(id.kind, Kind::Text | Kind::Number) => Some(Cow::Borrowed(said(id))),
            (Some(_), _) => return None,
        };
        let (contact, time) = (level.first(within, &self.contact)?, level.first(within, &self.time)?);
        Some(Parts { contact, time, event, id: id.filter(|id| !id.trim().is_empty()) })
    }
}

/// Whether a field is an object, or nothing that an export would have in its place.
fn is_object(texts: &str, token: Token) -> bool {
    let text = texts.get(token.at.0 as usize..token.at.0 as usize + token.at.1 as usize).unwrap_or_default();
    is_silent(&token) || (token.kind == Kind::Nested && (text.starts_with('{') || text == "[]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::input::Layout;

    /// Contact, time, event and id of a line, and the names of its properties.
    fn told(exports: &mut Exports, line: &str) -> Option<String> {
        let mut tokens = Vec::new();
        let (end, parts) = exports.cut(line, 0, &mut tokens);
        assert_eq!(end, line.len(), "{line}");
        let Parts { contact, time, event, id } = parts?;
        let text = |(at, length): (u32, u32)| &line[at as usize..(at + length) as usize];
        let names: Vec<&str> = tokens.iter().map(|token| text(token.name)).collect();
        let [contact, time, event] = [contact, time, event].map(|token| text(token.at));
        Some(format!("{contact} {time} {event} {} {}", id.unwrap_or("-".into()), names.join(",")))
    }

    #[test]
    fn usual_lines_are_plain_and_others_are_odd_whatever_came_before() {
        let segment = [
            (r#"{"type":"track","userId":"u","timestamp":5,"event":"buy","messageId":"m","properties":{"a":1,"b":"x"}}"#, "u 5 buy m a,b"),
            (r#"{"type":"track","userId":"","anonymousId":"a","sentAt":"t","event":"buy","context":{"x":{}}}"#, "a t buy - "),
            (r#"{"properties": { } ,"type":"track","userId":7,"timestamp":5,"event":"buy","traits":{}}"#, "7 5 buy - "),
            (r#"{"type":"page","userId":"u","timestamp":5,"event":"buy"}"#, ""),
            (r#"{"type":"track","userId":"u","timestamp":5,"event":"buy","properties":"{}"}"#, ""),
            (r#"{"type":"track","userId":"u","timestamp":5,"event":"buy","traits":"x"}"#, ""),
            (r#"{"type":"track","userId":"u","timestamp":5,"event":"buy","messageId":true}"#, ""),
            (r#"{"type":"track","userId":"u","userId":"v","timestamp":5,"event":"buy"}"#, ""),
            (r#"{"type":"track","userId":null,"timestamp":5,"event":"buy"}"#, ""),
            (r#"{"type":"track","userId":"u","timestamp":5}"#, ""),
        ];
        let posthog = [
            (r#"{"event":"buy","distinct_id":"u","timestamp":5,"uuid":null,"id":"i","properties":{"$set":{},"a":1}}"#, "u 5 buy i $set,a"),
            (r#"{"event":"$identify","distinct_id":"u","timestamp":5}"#, ""),
        ];
        let mixpanel = [
            (r#"{"event":"buy","properties":{"distinct_id":"u","time":5,"a":1}}"#, "u 5 buy - distinct_id,time,a"),
            (r#"{"event":"buy","properties":{"distinct_id":"u","time":5,"time":6}}"#, ""),
            (r#"{"event":"buy","distinct_id":"u","time":5}"#, ""),
        ];
        let cloudevents = [
            (r#"{"type":"buy","subject":"u","time":5,"source":"s","id":"i","data":{"a":1}}"#, "u 5 buy s i a"),
            (r#"{"type":"buy","subject":"u","time":5,"source":3,"id":"i","data":[]}"#, "u 5 buy i "),
            (r#"{"type":"buy","subject":"u","time":5,"source":"s\u0020","id":"i"}"#, ""),
            (r#"{"type":"buy","subject":"u","time":5,"source":"s","id":"i","data_base64":"x"}"#, ""),
        ];
        let layouts = [Layout::Segment, Layout::Posthog, Layout::Mixpanel, Layout::Cloudevents];
        for (layout, lines) in layouts.into_iter().zip([&segment[..], &posthog[..], &mixpanel[..], &cloudevents[..]]) {
            for (first, _) in lines {
                let mut exports = Exports::new(layout.form().expect("it has a form"));
                told(&mut exports, first);
                for (line, expected) in lines {
                    assert_eq!(told(&mut exports, line).unwrap_or_default(), *expected, "{line} behind {first}");
                }
            }
        }
    }
}

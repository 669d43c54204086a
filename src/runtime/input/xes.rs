//! An event log in XES (IEEE 1849-2016) as records: what tools of process mining write.
//!
//! A trace is a contact, by its `concept:name`; an event's `concept:name` is the event, its `time:timestamp` the time, and its
//! `identity:id`, if it has one, the id. All other attributes are properties under the words that their keys become
//! (`org:resource` is `org_resource`), those of the trace with `case_` before them.
//! Deliberately absent: attributes inside attributes, lists, globals, classifiers, and events outside of traces, which name
//! nobody and are set aside as such.

use super::{
    Parts, Reading, add_property,
    mapping::{Field, Origin},
};
use crate::runtime::record::{Raw, Record, SetAside};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read},
};

/// What is mapped where nothing else was said.
const USUAL: [(Field, &str); 4] =
    [(Field::Contact, "case:concept:name"), (Field::Time, "time:timestamp"), (Field::Event, "concept:name"), (Field::Id, "identity:id")];

/// A log that is read from its beginning.
pub(super) struct Log<R> {
    reader: Reader<Counted<R>>,
    buffer: Vec<u8>,
    /// The elements around the place in the log: `log`, `trace`, `event`, and those that are not looked into.
    path: Vec<Element>,
    trace: BTreeMap<String, Raw>,
    event: BTreeMap<String, Raw>,
    /// The line on which the event began.
    begin: u64,
    error: Option<io::Error>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Element {
    Log,
    Trace,
    Event,
    Other,
}

impl<R: BufRead> Log<R> {
    pub fn new(reader: R, line: u64) -> Self {
        let reader = Reader::from_reader(Counted { reader, line });
        let (trace, event) = (BTreeMap::new(), BTreeMap::new());
        Self { reader, buffer: Vec::new(), path: Vec::new(), trace, event, begin: line, error: None }
    }

    pub fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The next event.
    pub fn next(&mut self, reading: &Reading) -> Option<Result<Record, SetAside>> {
        while self.error.is_none() {
            match self.step() {
                Ok(Step::Event) => return Some(self.record(reading)),
                Ok(Step::Other) => {}
                Ok(Step::End) if self.path.is_empty() => return None,
                Ok(Step::End) => self.breaks_off(&"it ends before `</log>`"),
                Err(error) => self.breaks_off(&error),
            }
        }
        None
    }

    fn breaks_off(&mut self, why: &dyn std::fmt::Display) {
        let words = format!("from line {} on this log is no XML: {why}", self.reader.get_ref().line);
        self.error = Some(io::Error::new(io::ErrorKind::InvalidData, words));
    }

    fn step(&mut self) -> Result<Step, quick_xml::Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let read = match self.reader.read_event_into(&mut buffer)? {
            Event::Start(start) | Event::Empty(start) if self.path.is_empty() && start.local_name().as_ref() != "log" => {
                let name = start.local_name().as_ref().to_owned();
                self.error = Some(io::Error::new(io::ErrorKind::InvalidData, format!("this XML is no XES log: it begins with `<{name}>`")));
                Opened::Nothing
            }
            Event::Start(start) => {
                let element = self.inner(&start);
                if element == Element::Other { Opened::Attribute(attribute(&start)?) } else { Opened::Element(element) }
            }
            Event::Empty(start) if self.inner(&start) == Element::Other => Opened::Closed(attribute(&start)?),
            Event::Empty(start) => Opened::Empty(self.inner(&start)),
            Event::End(_) => Opened::End,
            Event::Eof => Opened::Eof,
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => Opened::Nothing,
        };
        self.buffer = buffer;
        Ok(self.take(read))
    }

    fn take(&mut self, read: Opened) -> Step {
        match read {
            Opened::Element(element) => {
                self.begins(element);
                self.path.push(element);
            }
            Opened::Empty(element) => {
                self.begins(element);
                return if element == Element::Event { Step::Event } else { Step::Other };
            }
            Opened::Attribute(attribute) => {
                self.keep(attribute);
                self.path.push(Element::Other);
            }
            Opened::Closed(attribute) => self.keep(attribute),
            Opened::End => return if self.path.pop() == Some(Element::Event) { Step::Event } else { Step::Other },
            Opened::Eof => return Step::End,
            Opened::Nothing => {}
        }
        Step::Other
    }

    /// What an element is where it stands.
    fn inner(&self, start: &BytesStart<'_>) -> Element {
        match (self.path.last(), start.local_name().as_ref()) {
            (None, "log") => Element::Log,
            (Some(Element::Log), "trace") => Element::Trace,
            (Some(Element::Log | Element::Trace), "event") => Element::Event,
            (_, _) => Element::Other,
        }
    }

    fn begins(&mut self, element: Element) {
        match element {
            Element::Trace => self.trace.clear(),
            Element::Event => {
                self.event.clear();
                self.begin = self.reader.get_ref().line;
            }
            Element::Log | Element::Other => {}
        }
    }

    /// Keeps an attribute of a trace or of an event.
    fn keep(&mut self, attribute: Option<(String, Raw)>) {
        let Some((key, raw)) = attribute else { return };
        match self.path.last() {
            Some(Element::Trace) => drop(self.trace.insert(format!("case:{key}"), raw)),
            Some(Element::Event) => drop(self.event.insert(key, raw)),
            Some(Element::Log | Element::Other) | None => {}
        }
    }

    fn record(&self, reading: &Reading) -> Result<Record, SetAside> {
        let mut values = if self.path.contains(&Element::Trace) { self.trace.clone() } else { BTreeMap::new() };
        values.extend(self.event.clone());
        let whole = Raw::object(&values);
        let mut used = Vec::new();
        let [contact, time, event, id] = USUAL.map(|(field, usual)| {
            let name = match reading.mapping.origin(field) {
                Some(Origin::Constant(text)) => return Some(Raw::Text(text.clone())),
                Some(Origin::Field(name)) => name.as_str(),
                None => usual,
            };
            used.push(name.to_owned());
            values.get(name).cloned()
        });
        values.retain(|name, _| !used.contains(name));
        let mut properties = BTreeMap::new();
        for (name, raw) in values {
            add_property(&mut properties, &name, raw);
        }
        let record = Parts { contact, time, event, id, properties }.into_record(&reading.zone);
        let told = |(reason, detail)| SetAside { position: self.begin, reason, detail, record: whole.clone() };
        record.map(|record| Record { position: self.begin, ..record }).map_err(told)
    }
}

enum Step {
    Event,
    Other,
    End,
}

/// A piece of the file.
enum Opened {
    Element(Element),
    /// An element with nothing in it.
    Empty(Element),
    /// An attribute in which others may stand.
    Attribute(Option<(String, Raw)>),
    Closed(Option<(String, Raw)>),
    End,
    Eof,
    Nothing,
}

/// The key and the value of an attribute; nothing for an element that is none.
fn attribute(start: &BytesStart<'_>) -> Result<Option<(String, Raw)>, quick_xml::Error> {
    let part = |name: &str| -> Result<Option<String>, quick_xml::Error> {
        let found = start.try_get_attribute(name)?;
        found.map(|it| Ok(it.normalized_value(XmlVersion::Implicit1_0)?.into_owned())).transpose()
    };
    let (Some(key), Some(value)) = (part("key")?, part("value")?) else { return Ok(None) };
    Ok(match start.local_name().as_ref() {
        "string" | "date" | "id" => Some((key, Raw::Text(value))),
        "int" | "float" => Some((key, Raw::Number(value))),
        "boolean" => Some((key, Raw::Flag(value.trim() == "true"))),
        _ => None,
    })
}

/// Counts the lines that were read.
struct Counted<R> {
    reader: R,
    /// The line of what comes next, from 1.
    line: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let read = bytes.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed stands in the buffer still, so that asking for it again reads nothing.
        if let Ok(bytes) = self.reader.fill_buf() {
            let ends = bytes.iter().take(amount).filter(|byte| **byte == b'\n').count();
            self.line += u64::try_from(ends).unwrap_or(u64::MAX);
        }
        self.reader.consume(amount);
    }
}

//! Contact, time and event of a log, read into columns in memory by the libraries of Rust that do so: readers csv|sonic-rs FILE REPETITIONS
//!
//! Prints how many rows, contacts and kinds of events there are, and the seconds of the processor of each reading, the file's
//! included; counting takes none of them.

use cpu_time::ProcessTime;
use serde::Deserialize;
use std::{collections::HashSet, error::Error, fs};

/// The columns; texts lie one behind the other.
#[derive(Default)]
struct Columns {
    contacts: Texts,
    times: Vec<i64>,
    events: Texts,
}

#[derive(Default)]
struct Texts {
    letters: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.letters.push_str(text);
        self.ends.push(self.letters.len());
    }

    fn kinds(&self) -> usize {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| &self.letters[*begin..*end]).collect::<HashSet<_>>().len()
    }
}

#[derive(Deserialize)]
struct Record<'r> {
    #[serde(borrow)]
    contact: &'r str,
    time: i64,
    event: &'r str,
}

fn table(bytes: &[u8]) -> Result<Columns, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let head = reader.byte_headers()?.clone();
    let place = |name: &str| head.iter().position(|column| column == name.as_bytes()).ok_or("a column is missing");
    let (contact, time, event) = (place("contact")?, place("time")?, place("event")?);
    let (mut columns, mut record) = (Columns::default(), csv::ByteRecord::new());
    while reader.read_byte_record(&mut record)? {
        columns.contacts.push(std::str::from_utf8(&record[contact])?);
        columns.times.push(std::str::from_utf8(&record[time])?.parse()?);
        columns.events.push(std::str::from_utf8(&record[event])?);
    }
    Ok(columns)
}

fn lines(bytes: &[u8]) -> Result<Columns, Box<dyn Error>> {
    let mut columns = Columns::default();
    let mut begin = 0;
    while begin < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[begin..]).map_or(bytes.len(), |length| begin + length);
        let record: Record<'_> = sonic_rs::from_slice(&bytes[begin..end])?;
        begin = end + 1;
        columns.contacts.push(record.contact);
        columns.times.push(record.time);
        columns.events.push(record.event);
    }
    Ok(columns)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (read, path, repetitions): (fn(&[u8]) -> Result<Columns, Box<dyn Error>>, _, _) = match arguments[..] {
        [_, "csv", path, repetitions] => (table, path, repetitions),
        [_, "sonic-rs", path, repetitions] => (lines, path, repetitions),
        _ => return Err("usage: readers csv|sonic-rs FILE REPETITIONS".into()),
    };
    let (mut seconds, mut answer) = (Vec::new(), [0; 3]);
    for _ in 0..repetitions.parse()? {
        let begin = ProcessTime::now();
        let columns = read(&fs::read(path)?)?;
        seconds.push(begin.elapsed().as_secs_f64());
        answer = [columns.times.len(), columns.contacts.kinds(), columns.events.kinds()];
    }
    println!("{}", serde_json::json!({ "answer": answer, "seconds": seconds }));
    Ok(())
}

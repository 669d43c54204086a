//! `funnelc state export`: what is in a store, one JSON object a line.

use super::commands::What;
use crate::{
    cli::{Failure, Outcome, apart::apart, io},
    store::Store,
};
use std::{io::Write, path::Path};

pub fn run(store: &str, what: What, output: Option<&str>) -> Result<Outcome, Failure> {
    apart([store], &[("--output", output)])?;
    let store = Store::beside(Path::new(store))?;
    let mut out = io::writer(output)?;
    let mut failed = None;
    let mut line = |text: String| {
        if failed.is_none() {
            failed = writeln!(out, "{text}").err();
        }
    };
    match what {
        What::Contacts => store.contacts(None, |contact| line(contact.to_json()))?,
        What::Results => store.results(None, |kept| line(kept.outcome.to_json()))?,
        What::Requests => store.requests(None, |request| line(request.to_json()))?,
        What::SetAside => store.set_aside()?.iter().for_each(|aside| line(aside.to_json())),
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(out.flush().map(|()| Outcome::Clean)?),
    }
}

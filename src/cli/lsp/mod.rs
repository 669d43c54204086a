//! `funnelc lsp`: the language server.
//!
//! Job: bring the questions of an editor to [`crate::editor`], and its answers back, in the shapes of the protocol. The
//! only place that knows `lsp_server` and `lsp_types`, and the only one that counts columns in UTF-16.
//! Invariants: every request gets one answer, from the texts as they were when it came; findings about text and names are
//! shown after each key stroke, those of the checks as soon as they are there, and never those of older texts as such.
//! Deliberately absent: knowledge of funnels.

mod board;
mod checker;
mod convert;
mod paths;
mod requests;
mod session;

use super::{Failure, Outcome};
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, Response};
use session::Session;
use std::{
    io::IsTerminal as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Speak the language server protocol on standard input and output, for editors
///
/// An editor starts this by itself; docs/editors.md shows how to set it up.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  funnelc lsp < /dev/null  what an editor starts; here nobody speaks, and it ends")]
pub struct Args {
    /// Take standard input and output; there is no other way, and editors that pass this are understood
    #[arg(long)]
    stdio: bool,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    // The only way there is.
    let _ = args.stdio;
    if std::io::stdin().is_terminal() {
        eprintln!("funnelc: this speaks with an editor, which starts it by itself; docs/editors.md shows how");
    }
    let (connection, threads) = Connection::stdio();
    let served = serve(&connection);
    drop(connection);
    threads.join()?;
    match served {
        // An editor that goes without a word has nothing to hear any more.
        Err(error) if !error.channel_is_disconnected() => Err(Failure::World(format!("the editor broke the protocol: {error}"))),
        Ok(()) | Err(_) => Ok(Outcome::Clean),
    }
}

/// Serves one editor until it says goodbye.
///
/// # Errors
/// A client that does not keep to the protocol.
pub fn serve(connection: &Connection) -> Result<(), ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    let params = serde_json::from_value(params).unwrap_or_default();
    let result = serde_json::json!({
        "capabilities": requests::capabilities(),
        "serverInfo": { "name": "funnelc", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    let sender = connection.sender.clone();
    let send = move |message| {
        // Where the editor has gone, nobody misses it.
        let _ = sender.send(message);
    };
    let mut session = Session::new(&params, Box::new(send));
    session.begin();
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    break;
                }
                let response = answer(&mut session, request);
                let _ = connection.sender.send(Message::Response(response));
            }
            Message::Notification(notification) => hear(&mut session, notification),
            Message::Response(_) => {}
        }
        // While more is coming, what is known would be old at once.
        if connection.receiver.is_empty() {
            session.refresh();
        }
    }
    Ok(())
}

/// The answer to a request. A mistake of ours is one answer that says so, not the end of the session.
fn answer(session: &mut Session, request: Request) -> Response {
    let id = request.id.clone();
    catch_unwind(AssertUnwindSafe(|| requests::answer(session, request))).unwrap_or_else(|_| {
        let message = "internal error: this is a mistake in funnelc; please report it with what you did".to_owned();
        Response::new_err(id, ErrorCode::InternalError as i32, message)
    })
}

fn hear(session: &mut Session, notification: Notification) {
    // What went wrong was written to standard error; the next change is read afresh.
    let _ = catch_unwind(AssertUnwindSafe(|| session.hear(notification)));
}

//! The page of a funnel.

use super::{
    content::{Finding, Item, Link, Page, Part},
    html::{Html, whole},
    uses::How,
};
use crate::{
    diag::Severity,
    picture::{agenda::Entry, look},
};

/// The page as HTML; `title` is that of the index.
pub fn page(page: &Page, title: &str) -> String {
    whole(&page.title, |html| {
        html.line("nav", &[], |html| {
            html.link(Some("index.html"), &format!("← {title}"));
        });
        html.block("main", &[], |html| {
            head(html, page);
            html.block("section", &[("class", "picture"), ("tabindex", "0"), ("aria-label", "the picture of the funnel")], |html| {
                html.raw(&page.picture);
            });
            stages(html, page);
            requests(html, page, "Messages", "message", |entry| entry.chip != "DO");
            requests(html, page, "Actions", "action", |entry| entry.chip == "DO");
            list(html, "Promises and assumptions", &page.promises);
            list(html, "What is certain", &page.certain);
            uses(html, page);
        });
    })
}

fn head(html: &mut Html, page: &Page) {
    html.line("h1", &[("dir", "auto")], |html| {
        html.text(&page.title);
    });
    if let Some(note) = &page.note {
        html.line("p", &[("class", "lead"), ("dir", "auto")], |html| {
            html.text(note);
        });
    }
    html.line("p", &[("class", "mute")], |html| {
        html.text(&page.facts.join(" · "));
    });
    html.line("p", &[("class", "mute")], |html| {
        html.text("from ").word("code", &[], &page.source);
    });
    if !page.is_whole {
        html.line("p", &[("class", "finding error")], |html| {
            html.word("b", &[], "This file has errors: only what could be read of it is told here.");
        });
    }
    findings(html, &page.findings);
}

/// What was found.
pub fn findings(html: &mut Html, findings: &[Finding]) {
    for finding in findings {
        let (class, word) = match finding.severity {
            Severity::Error => ("finding error", "error"),
            Severity::Warning | Severity::Information => ("finding", "warning"),
        };
        html.block("div", &[("class", class)], |html| {
            html.word("b", &[], &format!("{word} {}", finding.code)).raw(" ");
            html.said(&finding.message);
            html.raw("<br>").word("span", &[("class", "mute")], &finding.place);
            if let Some(help) = &finding.help {
                html.raw("<br>").said(&format!("help: {help}"));
            }
        });
    }
}

fn stages(html: &mut Html, page: &Page) {
    heading(html, "Stages");
    for part in &page.stages {
        html.block("section", &[("class", "box"), ("id", &part.name)], |html| stage(html, part));
    }
}

fn stage(html: &mut Html, part: &Part) {
    html.line("h3", &[], |html| {
        html.word("span", &[("dir", "auto")], &part.label);
        if !part.words.is_empty() {
            html.word("span", &[("class", "words")], &part.words.join(" · "));
        }
    });
    if let Some(note) = &part.note {
        html.line("p", &[("dir", "auto")], |html| {
            html.text(note);
        });
    }
    for aim in &part.aims {
        html.line("p", &[("class", "mute")], |html| {
            html.text(aim);
        });
    }
    html.line("h4", &[], |html| {
        html.text("How people come in");
    });
    html.block("ul", &[], |html| {
        for (from, when) in &part.doors {
            html.line("li", &[], |html| entrance(html, from, when));
        }
        if part.doors.is_empty() {
            html.line("li", &[], |html| {
                html.text("nobody does: no door leads here");
            });
        }
    });
    for agenda in &part.agendas {
        let start = agenda.start.as_deref().map_or_else(String::new, |start| format!(", {start}"));
        html.line("h4", &[], |html| {
            html.text(&format!("What happens: {}{start}", agenda.name));
        });
        html.block("ol", &[("class", "steps")], |html| {
            for entry in &agenda.entries {
                html.line("li", &[], |html| step(html, entry));
            }
        });
    }
    html.line("h4", &[], |html| {
        html.text("Where people go");
    });
    html.block("ul", &[], |html| {
        for (link, when) in &part.goes {
            html.line("li", &[], |html| {
                html.text(if link.to.is_some() { "to " } else { "" }).link(link.to.as_deref(), &link.text).text(&format!(", {when}"));
            });
        }
        if part.is_final || part.goes.is_empty() {
            html.line("li", &[], |html| {
                html.text(if part.is_final { "nowhere: the run ends here" } else { "nowhere: no door leads on" });
            });
        }
    });
}

fn entrance(html: &mut Html, from: &[Link], when: &str) {
    for (n, link) in from.iter().enumerate() {
        html.text(match (n, &link.to) {
            (0, None) => "",
            (0, Some(_)) => "from ",
            (_, _) => " or ",
        });
        html.link(link.to.as_deref(), &link.text);
    }
    html.text(&format!(", {when}"));
}

fn step(html: &mut Html, entry: &Entry) {
    html.word("span", &[("class", "when day")], &entry.day()).raw(" ");
    chip(html, &entry.chip, &entry.chip);
    html.raw(" ").span("span", &[], |html| {
        html.word("span", &[("dir", "auto")], &entry.text);
        if !entry.conditions.is_empty() {
            html.raw(" ").word("span", &[("class", "mute")], &format!("— {}", entry.conditions.join(", ")));
        }
    });
}

/// A word in the colours it has on pictures.
fn chip(html: &mut Html, chip: &str, word: &str) {
    let (back, front) = look::chip(chip);
    html.word("span", &[("class", "chip"), ("style", &format!("background:{back};color:{front}"))], word);
}

/// Everything that is asked for, when, and to whom.
fn requests(html: &mut Html, page: &Page, title: &str, column: &str, is_it: impl Fn(&Entry) -> bool) {
    let agendas = page.stages.iter().flat_map(|part| part.agendas.iter().map(move |agenda| (part, agenda)));
    let rows: Vec<_> = agendas
        .flat_map(|(part, agenda)| agenda.entries.iter().map(move |entry| (part, agenda, entry)))
        .filter(|(.., entry)| entry.is_request && is_it(entry))
        .collect();
    if rows.is_empty() {
        return;
    }
    heading(html, title);
    html.block("table", &[], |html| {
        html.block("thead", &[], |html| {
            html.line("tr", &[], |html| {
                for text in [column, "by", "in", "when", "to whom"] {
                    html.word("th", &[("scope", "col")], text);
                }
            });
        });
        html.block("tbody", &[], |html| {
            for (part, agenda, entry) in rows {
                let when: Vec<String> = std::iter::once(entry.day()).chain(agenda.start.clone()).collect();
                let whom = if entry.conditions.is_empty() { "everybody there".to_owned() } else { entry.conditions.join(", ") };
                html.line("tr", &[], |html| {
                    html.span("td", &[("dir", "auto")], |html| {
                        html.word("strong", &[], &entry.text);
                    });
                    html.span("td", &[("data-label", "by")], |html| {
                        chip(html, &entry.chip, if entry.chip == "DO" { "ACTION" } else { &entry.chip });
                    });
                    html.span("td", &[("data-label", "in")], |html| {
                        html.link(Some(&format!("#{}", part.name)), &part.label);
                    });
                    html.word("td", &[("data-label", "when")], &when.join(", "));
                    html.word("td", &[("data-label", "to whom")], &whom);
                });
            }
        });
    });
}

fn uses(html: &mut Html, page: &Page) {
    heading(html, "What it uses");
    if page.uses.is_empty() {
        html.line("p", &[], |html| {
            html.text("Nothing that is declared outside it.");
        });
    }
    for (how, items) in &page.uses {
        html.line("h3", &[], |html| {
            html.text(kind(*how));
        });
        html.block("ul", &[], |html| items.iter().for_each(|item| used(html, item)));
    }
    if !page.from_others.is_empty() {
        html.line("h3", &[], |html| {
            html.text("From other funnels");
        });
        joined(html, &page.from_others);
    }
    heading(html, "What uses it");
    if page.to_others.is_empty() {
        html.line("p", &[], |html| {
            html.text("No other funnel goes by what it records, sets or sends.");
        });
    } else {
        joined(html, &page.to_others);
    }
}

fn joined(html: &mut Html, joined: &[(Link, String)]) {
    html.block("ul", &[], |html| {
        for (link, words) in joined {
            html.line("li", &[], |html| {
                html.link(link.to.as_deref(), &link.text).text(&format!(": {words}"));
            });
        }
    });
}

fn used(html: &mut Html, item: &Item) {
    html.line("li", &[], |html| {
        html.word("code", &[], &item.name);
        if let Some(label) = &item.label {
            html.text(" ").word("span", &[("dir", "auto")], label);
        }
        if !item.about.is_empty() {
            html.raw(" ").word("span", &[("class", "mute")], &format!("— {}", item.about));
        }
        for (n, link) in item.also.iter().enumerate() {
            html.text(if n == 0 { " (also in " } else { ", " }).link(link.to.as_deref(), &link.text);
        }
        if !item.also.is_empty() {
            html.text(")");
        }
    });
}

fn kind(how: How) -> &'static str {
    match how {
        How::Sends => "Messages it sends",
        How::By => "Channels",
        How::Asks => "Actions it asks for",
        How::Hears => "Events it goes by",
        How::Records => "Events it records",
        How::Follows => "Messages whose fate it asks about",
        How::Reads => "What it reads of the contact",
        How::Writes => "What it changes of the contact",
        How::Segment => "Segments",
        How::Score => "Scores",
    }
}

fn list(html: &mut Html, title: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    heading(html, title);
    html.block("ul", &[], |html| {
        for text in texts {
            html.line("li", &[], |html| {
                html.text(text);
            });
        }
    });
}

fn heading(html: &mut Html, text: &str) {
    html.line("h2", &[], |html| {
        html.text(text);
    });
}

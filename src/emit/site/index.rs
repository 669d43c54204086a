//! The index of all pages.

use super::{
    content::{Finding, Page},
    html::whole,
    page::findings,
};
use crate::{diag::Severity, picture::content::counted};

/// The index as HTML.
pub fn index(title: &str, pages: &[Page], outside: &[Finding]) -> String {
    whole(title, |html| {
        html.block("main", &[], |html| {
            html.line("h1", &[("dir", "auto")], |html| {
                html.text(title);
            });
            html.line("p", &[("class", "mute")], |html| {
                html.text(&counted(pages.len(), "funnel"));
            });
            findings(html, outside);
            for page in pages {
                html.block("section", &[("class", "box")], |html| {
                    html.line("h3", &[("dir", "auto")], |html| {
                        html.link(Some(&page.file), &page.title);
                    });
                    if let Some(note) = &page.note {
                        html.line("p", &[("dir", "auto")], |html| {
                            html.text(note);
                        });
                    }
                    html.line("p", &[("class", "mute")], |html| {
                        html.text(page.facts.first().map_or("", String::as_str)).raw("<br>\n").word("code", &[], &page.source);
                    });
                    let worst = page.findings.iter().map(|finding| finding.severity).min();
                    if let Some(severity) = worst {
                        let class = if severity == Severity::Error { "finding error" } else { "finding" };
                        html.line("p", &[("class", class)], |html| {
                            html.word("b", &[], &counted(page.findings.len(), "finding"));
                        });
                    }
                });
            }
        });
    })
}

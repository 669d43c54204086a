//! The report as one page that needs nothing else: for light and dark, wide and narrow, screen and paper.
//!
//! Invariants: every text is escaped; nothing is loaded and nothing runs; the same report gives the same bytes. Bars are made
//! of plain boxes, so that they fit any width; every bar has its number beside it.

mod charts;
mod tables;

use super::{
    FunnelReport, Report,
    words::{day, length, percent, plural},
};
use crate::{
    emit::{
        site::html::{Html, styled},
        svg::{self, Theme},
    },
    picture::{
        fold, journey,
        notes::{Counts, Notes, grouped},
        sheet::{Detail, Sheet},
    },
    ruleset::{Funnel, RuleSet},
};

const MARK: &str = "<!DOCTYPE html>\n<!-- written by funnelc report -->\n";

impl Report {
    /// It as a page; the rules draw the pictures.
    #[must_use]
    pub fn to_html(&self, rules: &RuleSet) -> String {
        let names: Vec<&str> = self.funnels.iter().map(|funnel| funnel.label.as_ref().unwrap_or(&funnel.name).as_str()).collect();
        let title = if names.is_empty() { "Report".to_owned() } else { format!("Report: {}", names.join(", ")) };
        styled(MARK, include_str!("style.css"), &title, |html| {
            html.block("header", &[], |html| self.head(html, &names));
            html.block("main", &[], |html| {
                for funnel in &self.funnels {
                    let drawn = rules.funnels.iter().find(|it| it.name == funnel.name);
                    html.block("section", &[("class", "funnel"), ("id", &funnel.name)], |html| {
                        self.funnel(html, funnel, drawn.map(|drawn| self.picture(rules, drawn)));
                    });
                }
                tables::messages(html, self);
                tables::promises(html, &self.promises);
                tables::records(html, self);
            });
            html.block("footer", &[], |html| {
                html.text("Made by funnelc. Visits, runs and shares are counted, not estimated; days and weeks are those of each contact's own calendar.");
            });
        })
    }

    fn head(&self, html: &mut Html, names: &[&str]) {
        html.line("h1", &[("dir", "auto")], |html| {
            html.text(if names.is_empty() { "Report".to_owned() } else { names.join(", ") }.as_str());
        });
        html.line("p", &[("class", "mute")], |html| {
            let period = match (&self.from, &self.until) {
                (Some(from), Some(until)) => format!("{} to {} · ", day(Some(from)), day(Some(until))),
                (None, _) | (_, None) => String::new(),
            };
            html.text(&format!("{period}{} · {}", plural(self.contacts, "contact"), plural(self.records.taken, "record")));
        });
    }

    fn funnel(&self, html: &mut Html, funnel: &FunnelReport, picture: Option<String>) {
        if self.funnels.len() > 1 {
            heading(html, funnel.label.as_ref().unwrap_or(&funnel.name));
        }
        tiles(html, funnel);
        charts::stages(html, funnel);
        for (class, sentence) in says(funnel) {
            html.line("p", &[("class", class)], |html| {
                html.said(&sentence);
            });
        }
        tables::stages(html, funnel);
        if let Some(picture) = picture {
            title(html, "The funnel");
            html.block(
                "div",
                &[("class", "picture"), ("tabindex", "0"), ("aria-label", "the picture of the funnel with counts")],
                |html| {
                    html.raw(&picture);
                },
            );
        }
        charts::weeks(html, funnel);
        if let Some(by) = &self.by {
            tables::groups(html, funnel, by);
        }
    }

    /// The picture of a funnel with its counts.
    fn picture(&self, rules: &RuleSet, funnel: &Funnel) -> String {
        let notes = Notes { counts: Some(self.counts()), ..Notes::default() };
        let sheet = fold::folded(Sheet::new(rules, funnel, Detail::Actions, &notes));
        svg::svg(&journey::scene(&sheet, Detail::Actions), Theme::Auto, true)
    }

    /// What is laid over pictures.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let people = if self.contacts == 1 { "person" } else { "people" };
        let until = self.until.as_ref().map(|until| format!(" until {}", day(Some(until)))).unwrap_or_default();
        let mut counts = Counts { about: format!("{} {people}{until}", grouped(self.contacts)), ..Counts::default() };
        for funnel in &self.funnels {
            let id = |stage: &str| format!("{}/{stage}", funnel.name);
            for stage in &funnel.stages {
                counts.stages.insert(id(&stage.name), stage.runs);
                counts.visits.insert(id(&stage.name), stage.entered);
                counts.moves.extend(stage.ways.iter().map(|way| ((id(&stage.name), id(&way.to)), way.times)));
            }
        }
        counts
    }
}

/// What is worth a sentence.
fn says(funnel: &FunnelReport) -> Vec<(&'static str, String)> {
    let leak = funnel.leak.iter().map(|leak| ("say", leak.sentence()));
    let lever = funnel.levers.first().map(|lever| ("say good", lever.sentence()));
    leak.chain(lever).collect()
}

fn tiles(html: &mut Html, funnel: &FunnelReport) {
    html.block("div", &[("class", "tiles")], |html| {
        tile(html, &grouped(funnel.runs), &format!("{} began, of {}", noun(funnel.runs, "run"), plural(funnel.contacts, "contact")));
        if let Some(goal) = &funnel.goal {
            let share = goal.percent.map(|share| format!(", {} of all", percent(share))).unwrap_or_default();
            tile(html, &grouped(goal.runs), &format!("reached a goal{share}"));
            if let (Some(median_ms), Some(p90_ms)) = (goal.median_ms, goal.p90_ms) {
                tile(html, &length(median_ms), &format!("to the goal for half of them; 9 of 10 within {}", length(p90_ms)));
            }
        }
        let inside: u64 = funnel.stages.iter().filter(|stage| !stage.r#final).map(|stage| stage.now_in).sum();
        tile(html, &grouped(inside), "are in the funnel now");
    });
}

fn noun(count: u64, word: &str) -> String {
    format!("{word}{}", if count == 1 { "" } else { "s" })
}

fn tile(html: &mut Html, number: &str, about: &str) {
    html.line("div", &[("class", "tile")], |html| {
        html.word("b", &[], number).word("span", &[], about);
    });
}

fn heading(html: &mut Html, text: &str) {
    html.line("h2", &[("dir", "auto")], |html| {
        html.text(text);
    });
}

fn title(html: &mut Html, text: &str) {
    html.line("h3", &[], |html| {
        html.text(text);
    });
}

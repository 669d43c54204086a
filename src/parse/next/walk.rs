//! The walk over a text: as the parser reads it, and wherever the text ends, a note of what would be taken there.

use super::{
    Next, What,
    rules::{Form, RuleIndex, Rules},
};
use std::collections::BTreeSet;

/// A walk ends after so many steps; only texts that nobody writes take more.
const STEPS_MAX: u32 = 400_000;
/// Rules inside rules, at most.
const DEPTH_MAX: usize = 400;

/// Clauses that stand once in their item.
const ONCE: [&str; 9] = ["when", "from", "after", "each_time", "alias", "touchpoint", "default", "rate", "opt_out"];

/// What `rule` would take at the end of `text`.
pub(super) fn walk(rules: &'static Rules, rule: &str, text: &str) -> BTreeSet<Next> {
    let Some(rule) = rules.find(rule) else { return BTreeSet::new() };
    let mut walk = Walk { rules, text, found: BTreeSet::new(), open: Vec::new(), done: Vec::new(), steps: 0, silent: 0 };
    walk.rule(rule, 0);
    walk.found
}

struct Walk<'t> {
    rules: &'static Rules,
    text: &'t str,
    found: BTreeSet<Next>,
    /// The rules we are in, each with where it began.
    open: Vec<(RuleIndex, usize)>,
    /// The rules that were read whole, on the way we are on.
    done: Vec<RuleIndex>,
    steps: u32,
    /// In how many looks ahead we are that are no offers.
    silent: u32,
}

impl Walk<'_> {
    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or("")
    }

    fn is_end(&self, at: usize) -> bool {
        at >= self.text.len()
    }

    fn offer(&mut self, what: What) {
        if self.silent > 0 {
            return;
        }
        let end = self.text.len();
        let again =
            |(rule, start): &(RuleIndex, usize)| *start == end && self.done.contains(rule) && ONCE.contains(&self.rules.name(*rule));
        if !self.open.iter().any(again) {
            let rules = self.open.iter().map(|(rule, _)| self.rules.name(*rule)).collect();
            self.found.insert(Next { what, rules });
        }
    }

    /// Reads a rule at a place; where it ends, if it fits.
    fn rule(&mut self, rule: RuleIndex, at: usize) -> Option<usize> {
        self.steps += 1;
        if self.steps > STEPS_MAX || self.open.len() > DEPTH_MAX {
            return None;
        }
        let name = self.rules.name(rule);
        if name == "s" {
            return Some(at + self.rest(at).bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count());
        }
        self.open.push((rule, at));
        let known = if self.is_end(at) { known(name) } else { None };
        let end = if let Some(what) = known {
            self.offer(what);
            None
        } else {
            self.form(self.rules.form(rule), at)
        };
        self.open.pop();
        if end.is_some() {
            self.done.push(rule);
        }
        end
    }

    fn form(&mut self, form: &'static Form, at: usize) -> Option<usize> {
        match form {
            Form::Text(text) => self.literal(text, at),
            Form::AnyCase(text) => {
                let found = self.rest(at).get(..text.len())?;
                found.eq_ignore_ascii_case(text).then_some(at + text.len())
            }
            Form::Letter(from, to) => {
                let letter = self.rest(at).chars().next()?;
                (*from..=*to).contains(&letter).then_some(at + letter.len_utf8())
            }
            Form::Any => Some(at + self.rest(at).chars().next()?.len_utf8()),
            Form::Rule(rule) => self.rule(*rule, at),
            Form::Ahead(wanted, inner) => {
                let is_digit = matches!(**inner, Form::Letter('0', '9'));
                if *wanted && is_digit && self.is_end(at) {
                    self.offer(What::Number);
                    return None;
                }
                self.silent += u32::from(!wanted);
                let before = self.done.len();
                let fits = self.form(inner, at).is_some();
                self.done.truncate(before);
                self.silent -= u32::from(!wanted);
                (fits == *wanted).then_some(at)
            }
            Form::All(list) => {
                let before = self.done.len();
                let end = list.iter().try_fold(at, |at, form| self.form(form, at));
                if end.is_none() {
                    self.done.truncate(before);
                }
                end
            }
            Form::First(list) => list.iter().find_map(|form| self.form(form, at)),
            Form::Many(inner, most) => {
                let mut at = at;
                for _ in 0..*most {
                    match self.form(inner, at) {
                        Some(end) if end > at => at = end,
                        _ => break,
                    }
                }
                Some(at)
            }
            Form::Never => None,
        }
    }

    fn literal(&mut self, text: &'static str, at: usize) -> Option<usize> {
        if self.is_end(at) {
            let is_word = text.chars().all(|letter| letter.is_ascii_lowercase());
            self.offer(if is_word { What::Word(text) } else { What::Mark(text) });
            return None;
        }
        self.rest(at).starts_with(text).then(|| at + text.len())
    }
}

/// Rules that are offered as a whole.
fn known(rule: &str) -> Option<What> {
    match rule {
        "name" => Some(What::Name),
        "text" => Some(What::Text),
        "unit" => Some(What::Unit),
        "choice" => Some(What::Choice),
        "digits" => Some(What::Number),
        "initial" => Some(What::Property),
        _ => None,
    }
}

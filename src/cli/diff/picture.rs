//! The picture of a change, for a page that draws Mermaid.

use crate::{
    emit::mermaid,
    picture::{
        diff, fold,
        notes::Notes,
        sheet::{Detail, Sheet},
    },
    ruleset::RuleSet,
};

/// A flowchart of the funnels in which something is drawn otherwise; of all where nothing is.
pub fn drawn(old: &RuleSet, new: &RuleSet) -> String {
    let sheets = |rules: &RuleSet| -> Vec<Sheet> {
        rules.funnels.iter().map(|funnel| Sheet::new(rules, funnel, Detail::Actions, &Notes::default())).collect()
    };
    let (before, now) = (sheets(old), sheets(new));
    let is_gone = |sheet: &&Sheet| now.iter().all(|other| other.name != sheet.name);
    let gone: Vec<Sheet> = before.iter().filter(is_gone).map(diff::gone).collect();
    let compare = |sheet: &Sheet| diff::compared(sheet.clone(), before.iter().find(|other| other.name == sheet.name));
    let all: Vec<Sheet> = now.iter().map(compare).chain(gone).collect();
    let changed = all.iter().filter(|sheet| sheet.facts.last().is_none_or(|fact| fact != "nothing changed"));
    let changed: Vec<Sheet> = changed.cloned().map(fold::folded).collect();
    mermaid::mermaid(if changed.is_empty() { &all } else { &changed })
}

//! What a file declares, as a tree; and what all files declare, by name.

use super::Program;
use crate::{
    ast::{FunnelItem, Head, Ident, Node, StageItem, Text, Top},
    source::{FileId, Span},
};

/// The kinds of symbols.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each names its kind")]
pub enum SymbolKind {
    Contact,
    Attribute,
    Event,
    Channel,
    Message,
    Action,
    Segment,
    Score,
    Play,
    Funnel,
    Stage,
    Nurture,
    Test,
}

/// Something that is declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its label.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// From its first word to its last character.
    pub whole: Span,
    /// Its name.
    pub span: Span,
    /// What is declared in it.
    pub inside: Vec<Symbol>,
}

/// What a file declares.
#[must_use]
pub fn symbols(program: &Program, file: FileId) -> Vec<Symbol> {
    program.tree(file).map(|tree| tree.items.iter().filter_map(top).collect()).unwrap_or_default()
}

/// What any file declares whose name or label holds the letters of `query` in their order.
#[must_use]
pub fn workspace_symbols(program: &Program, query: &str) -> Vec<Symbol> {
    let mut found = Vec::new();
    for tree in program.trees() {
        for symbol in tree.items.iter().filter_map(top) {
            gather(symbol, query, &mut found);
        }
    }
    found
}

fn gather(mut symbol: Symbol, query: &str, found: &mut Vec<Symbol>) {
    let inside = std::mem::take(&mut symbol.inside);
    if holds(&symbol.name, query) || symbol.detail.as_ref().is_some_and(|label| holds(label, query)) {
        found.push(symbol);
    }
    inside.into_iter().for_each(|symbol| gather(symbol, query, found));
}

/// Whether the letters of `query` stand in `text` in their order.
fn holds(text: &str, query: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).all(|wanted| letters.any(|letter| letter == wanted))
}

fn symbol(kind: SymbolKind, whole: Span, name: &Ident, label: Option<&Text>) -> Symbol {
    Symbol {
        name: name.text.to_string(),
        detail: label.map(|label| label.value.to_string()),
        kind,
        whole: whole.to(name.span),
        span: name.span,
        inside: Vec::new(),
    }
}

fn top(node: &Node<Top>) -> Option<Symbol> {
    let of = |kind: SymbolKind, head: &Head| Some(symbol(kind, node.span, &head.name, head.label.as_ref()));
    match &node.it {
        Top::Contact(block) => {
            let span = Span::new(node.span.file, node.span.start, (node.span.start + 7).min(node.span.end));
            let attributes = block.items.iter().filter(|item| item.it.broken.is_none());
            let inside = attributes.map(|item| symbol(SymbolKind::Attribute, item.span, &item.it.name, item.it.label.as_ref())).collect();
            Some(Symbol { name: "contact".to_owned(), detail: None, kind: SymbolKind::Contact, whole: node.span, span, inside })
        }
        Top::Event(it) => of(SymbolKind::Event, &it.head),
        Top::Channel(it) => of(SymbolKind::Channel, &it.head),
        Top::Message(it) => of(SymbolKind::Message, &it.head),
        Top::Action(it) => of(SymbolKind::Action, &it.head),
        Top::Segment(it) => of(SymbolKind::Segment, &it.head),
        Top::Score(it) => of(SymbolKind::Score, &it.head),
        Top::Play(it) => of(SymbolKind::Play, &it.head),
        Top::Funnel(it) => {
            let mut funnel = symbol(SymbolKind::Funnel, node.span, &it.head.name, it.head.label.as_ref());
            funnel.inside = it.body.items.iter().filter_map(stage).collect();
            Some(funnel)
        }
        Top::Test(it) => Some(Symbol {
            name: it.name.value.to_string(),
            detail: Some(format!("for {}", it.funnel.text)),
            kind: SymbolKind::Test,
            whole: node.span,
            span: it.name.span,
            inside: Vec::new(),
        }),
        Top::Use(_) | Top::Timezone(_) | Top::Assume(_) | Top::Guarantee(_) | Top::Broken(_) => None,
    }
}

fn stage(node: &Node<FunnelItem>) -> Option<Symbol> {
    let FunnelItem::Stage(it) = &node.it else { return None };
    let mut stage = symbol(SymbolKind::Stage, node.span, &it.head.name, it.head.label.as_ref());
    let items = it.body.iter().flat_map(|body| &body.items);
    stage.inside = items
        .filter_map(|item| match &item.it {
            StageItem::Nurture(it) => {
                let name = it.alias.as_ref().unwrap_or(&it.name);
                Some(symbol(SymbolKind::Nurture, item.span, name, it.label.as_ref()))
            }
            _ => None,
        })
        .collect();
    Some(stage)
}

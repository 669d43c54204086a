//! Our types to those of the protocol. Columns are counted in UTF-16 here and nowhere else.

use super::paths;
use crate::{
    diag::{Edit, Severity},
    editor::{Completion, CompletionKind, Problem, Program, Symbol, SymbolKind, TokenKind},
    resolve,
    source::{FileId, SourceMap, Span},
};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentSymbol, Documentation, InsertTextFormat, Location, MarkupContent, MarkupKind, NumberOrString, Position, Range,
    SemanticTokenModifier, SemanticTokenType, TextEdit, Uri, WorkspaceEdit,
};
use std::collections::HashMap;

/// A place in a file.
pub(super) fn position(sources: &SourceMap, file: FileId, offset: u32) -> Position {
    let file = sources.file(file);
    let at = file.lines().position_utf16(file.text(), offset);
    Position::new(at.line.saturating_sub(1), at.column.saturating_sub(1))
}

/// The offset of a place.
pub(super) fn offset(program: &Program, file: FileId, position: Position) -> u32 {
    let source = program.source(file);
    source.lines().offset_utf16(source.text(), position.line, position.character)
}

pub(super) fn range(sources: &SourceMap, span: Span) -> Range {
    Range::new(position(sources, span.file, span.start), position(sources, span.file, span.end))
}

/// The address of a file of a program.
pub(super) fn uri(sources: &SourceMap, file: FileId) -> Option<Uri> {
    paths::uri_of(sources.file(file).name())
}

pub(super) fn location(sources: &SourceMap, span: Span) -> Option<Location> {
    Some(Location::new(uri(sources, span.file)?, range(sources, span)))
}

/// An edit; line ends are written as the file writes them.
pub(super) fn text_edit(sources: &SourceMap, edit: &Edit) -> TextEdit {
    let windows = sources.file(edit.span.file).text().contains("\r\n");
    let text = if windows { edit.text.replace("\r\n", "\n").replace('\n', "\r\n") } else { edit.text.clone() };
    TextEdit::new(range(sources, edit.span), text)
}

#[allow(clippy::mutable_key_type, reason = "the protocol's own type; addresses do not change")]
pub(super) fn workspace_edit(sources: &SourceMap, edits: &[Edit]) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        if let Some(uri) = uri(sources, edit.span.file) {
            changes.entry(uri).or_default().push(text_edit(sources, edit));
        }
    }
    WorkspaceEdit::new(changes)
}

pub(super) fn markdown(text: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value: text }
}

pub(super) fn diagnostic(sources: &SourceMap, problem: &Problem) -> Diagnostic {
    let severity = match problem.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Information => DiagnosticSeverity::INFORMATION,
    };
    let related: Vec<DiagnosticRelatedInformation> = (problem.related.iter())
        .filter_map(|(span, text)| Some(DiagnosticRelatedInformation { location: location(sources, *span)?, message: text.clone() }))
        .collect();
    Diagnostic {
        range: range(sources, problem.span),
        severity: Some(severity),
        code: Some(NumberOrString::String(problem.code.id.to_owned())),
        code_description: None,
        source: Some("funnelc".to_owned()),
        message: problem.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        tags: (problem.code == resolve::F104).then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    }
}

pub(super) fn completion(sources: &SourceMap, it: &Completion, snippets: bool) -> CompletionItem {
    let kind = match it.kind {
        CompletionKind::Attribute => CompletionItemKind::VARIABLE,
        CompletionKind::Event => CompletionItemKind::EVENT,
        CompletionKind::Property | CompletionKind::Parameter => CompletionItemKind::PROPERTY,
        CompletionKind::Value => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Channel => CompletionItemKind::INTERFACE,
        CompletionKind::Message | CompletionKind::Action => CompletionItemKind::FUNCTION,
        CompletionKind::Segment | CompletionKind::Score => CompletionItemKind::CONSTANT,
        CompletionKind::Play => CompletionItemKind::METHOD,
        CompletionKind::Funnel => CompletionItemKind::MODULE,
        CompletionKind::Stage => CompletionItemKind::CLASS,
        CompletionKind::Split => CompletionItemKind::ENUM,
        CompletionKind::Type => CompletionItemKind::TYPE_PARAMETER,
        CompletionKind::Unit => CompletionItemKind::UNIT,
        CompletionKind::Word => CompletionItemKind::KEYWORD,
        CompletionKind::Snippet => CompletionItemKind::SNIPPET,
    };
    let as_snippet = it.is_snippet && snippets;
    let text = if it.is_snippet && !snippets { filled(&it.insert) } else { it.insert.clone() };
    CompletionItem {
        label: it.label.clone(),
        kind: Some(kind),
        detail: it.detail.clone(),
        documentation: it.about.clone().map(|about| Documentation::MarkupContent(markdown(about))),
        sort_text: Some(format!("{}{}", it.rank, it.label)),
        filter_text: it.is_snippet.then(|| it.label.split(" …").next().unwrap_or(&it.label).to_owned()),
        insert_text_format: as_snippet.then_some(InsertTextFormat::SNIPPET),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range(sources, it.replaces), text))),
        ..CompletionItem::default()
    }
}

/// A snippet with its stops as they are, for editors that know none.
fn filled(snippet: &str) -> String {
    let mut text = snippet.replace("$0", "");
    while let Some(at) = text.rfind("${") {
        let Some(end) = text.get(at..).and_then(|rest| rest.find('}')).map(|end| at + end) else { break };
        let inside = text.get(at + 2..end).and_then(|stop| stop.split_once(':')).map_or("", |(_, inside)| inside).to_owned();
        text.replace_range(at..=end, &inside);
    }
    text
}

#[allow(deprecated, reason = "the protocol's type has a field that nobody uses any more")]
pub(super) fn symbol(sources: &SourceMap, it: &Symbol) -> DocumentSymbol {
    DocumentSymbol {
        name: it.name.clone(),
        detail: it.detail.clone(),
        kind: symbol_kind(it.kind),
        tags: None,
        deprecated: None,
        range: range(sources, it.whole),
        selection_range: range(sources, it.span),
        children: (!it.inside.is_empty()).then(|| it.inside.iter().map(|inside| symbol(sources, inside)).collect()),
    }
}

pub(super) fn symbol_kind(kind: SymbolKind) -> lsp_types::SymbolKind {
    match kind {
        SymbolKind::Contact => lsp_types::SymbolKind::OBJECT,
        SymbolKind::Attribute => lsp_types::SymbolKind::FIELD,
        SymbolKind::Event => lsp_types::SymbolKind::EVENT,
        SymbolKind::Channel => lsp_types::SymbolKind::INTERFACE,
        SymbolKind::Message | SymbolKind::Action => lsp_types::SymbolKind::FUNCTION,
        SymbolKind::Segment | SymbolKind::Score => lsp_types::SymbolKind::CONSTANT,
        SymbolKind::Play | SymbolKind::Nurture => lsp_types::SymbolKind::METHOD,
        SymbolKind::Funnel => lsp_types::SymbolKind::MODULE,
        SymbolKind::Stage => lsp_types::SymbolKind::CLASS,
        SymbolKind::Test => lsp_types::SymbolKind::BOOLEAN,
    }
}

/// The name of a kind of words. Kinds of our own keep theirs; themes colour those of the protocol.
pub(super) fn token_type(kind: TokenKind) -> SemanticTokenType {
    match kind {
        TokenKind::Keyword => SemanticTokenType::KEYWORD,
        TokenKind::Text => SemanticTokenType::STRING,
        TokenKind::Number => SemanticTokenType::NUMBER,
        TokenKind::Comment => SemanticTokenType::COMMENT,
        TokenKind::Operator => SemanticTokenType::OPERATOR,
        TokenKind::Attribute | TokenKind::Score => SemanticTokenType::VARIABLE,
        TokenKind::Event => SemanticTokenType::EVENT,
        TokenKind::Property => SemanticTokenType::PROPERTY,
        TokenKind::Parameter => SemanticTokenType::PARAMETER,
        TokenKind::Value => SemanticTokenType::ENUM_MEMBER,
        TokenKind::Channel => SemanticTokenType::INTERFACE,
        TokenKind::Message | TokenKind::Action => SemanticTokenType::FUNCTION,
        TokenKind::Segment => SemanticTokenType::TYPE,
        TokenKind::Play => SemanticTokenType::METHOD,
        TokenKind::Funnel => SemanticTokenType::NAMESPACE,
        TokenKind::Stage => SemanticTokenType::CLASS,
        TokenKind::Split => SemanticTokenType::ENUM,
    }
}

/// The kinds of words we tell, each once.
pub(super) fn token_types() -> Vec<SemanticTokenType> {
    let mut types = Vec::new();
    for kind in TokenKind::ALL {
        let name = token_type(kind);
        if !types.contains(&name) {
            types.push(name);
        }
    }
    types
}

/// What we tell of words besides their kind.
pub(super) fn token_modifiers() -> Vec<SemanticTokenModifier> {
    vec![SemanticTokenModifier::DECLARATION]
}

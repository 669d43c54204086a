//! The questions of an editor, one function each.

use super::{convert, paths, session::Session};
use crate::{
    diag::Edit,
    editor::{self, Program, TokenKind},
    emit::svg::Theme,
    source::{FileId, Span},
};
use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeLens, CodeLensParams, Command, CompletionList, CompletionParams,
    CompletionResponse, DocumentFormattingParams, DocumentHighlight, DocumentHighlightKind, DocumentSymbolParams, DocumentSymbolResponse,
    ExecuteCommandParams, FoldingRange, FoldingRangeKind, FoldingRangeParams, GotoDefinitionParams, GotoDefinitionResponse, Hover,
    HoverContents, HoverParams, InlayHint, InlayHintLabel, InlayHintParams, InlayHintTooltip, Location, PrepareRenameResponse,
    ReferenceParams, RenameParams, SemanticToken, SemanticTokens, SemanticTokensParams, SymbolInformation, TextDocumentIdentifier,
    TextDocumentPositionParams, TextEdit, Uri, WorkspaceSymbolParams,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// The command behind a lens.
const SHOW: &str = "funnelc.showDiagram";
/// The same for editors that cannot show a picture: we write a file, and the system shows it.
const OPEN: &str = "funnelc.openDiagram";
/// The request for a picture.
const SVG: &str = "funnelc/svg";

/// What we can do, for the editor.
pub(super) fn capabilities() -> serde_json::Value {
    serde_json::json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": { "openClose": true, "change": 2 },
        "completionProvider": { "triggerCharacters": [".", "=", "(", ":", "["] },
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "documentFormattingProvider": true,
        "renameProvider": { "prepareProvider": true },
        "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll"] },
        "codeLensProvider": { "resolveProvider": false },
        "foldingRangeProvider": true,
        "inlayHintProvider": true,
        "semanticTokensProvider": {
            "legend": { "tokenTypes": convert::token_types(), "tokenModifiers": convert::token_modifiers() },
            "full": true,
            "range": false,
        },
        "executeCommandProvider": { "commands": [OPEN] },
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
        "experimental": { "svg": SVG },
    })
}

/// Why a question has no answer.
enum Refusal {
    /// It is not understood.
    Params(String),
    /// It cannot be done, in the user's words.
    Refused(String),
}

type Answer<T> = Result<T, Refusal>;

/// The answer to a request.
pub(super) fn answer(session: &mut Session, request: Request) -> Response {
    let Request { id, method, params } = request;
    match method.as_str() {
        "textDocument/completion" => reply(id, params, |it| completion(session, &it)),
        "textDocument/hover" => reply(id, params, |it| hover(session, &it)),
        "textDocument/definition" => reply(id, params, |it| definition(session, &it)),
        "textDocument/references" => reply(id, params, |it| references(session, &it)),
        "textDocument/documentHighlight" => reply(id, params, |it| highlights(session, &it)),
        "textDocument/documentSymbol" => reply(id, params, |it| symbols(session, &it)),
        "workspace/symbol" => reply(id, params, |it| workspace_symbols(session, &it)),
        "textDocument/formatting" => reply(id, params, |it| formatting(session, &it)),
        "textDocument/prepareRename" => reply(id, params, |it| prepare_rename(session, &it)),
        "textDocument/rename" => reply(id, params, |it| rename(session, &it)),
        "textDocument/codeAction" => reply(id, params, |it| actions(session, &it)),
        "textDocument/codeLens" => reply(id, params, |it| lenses(session, &it)),
        "textDocument/foldingRange" => reply(id, params, |it| folds(session, &it)),
        "textDocument/inlayHint" => reply(id, params, |it| hints(session, &it)),
        "textDocument/semanticTokens/full" => reply(id, params, |it| tokens(session, &it)),
        "workspace/executeCommand" => reply(id, params, |it| execute(session, &it)),
        SVG => reply(id, params, |it| svg(session, &it)),
        other => Response::new_err(id, ErrorCode::MethodNotFound as i32, format!("funnelc does not know `{other}`")),
    }
}

fn reply<P: DeserializeOwned, R: Serialize>(id: RequestId, params: serde_json::Value, work: impl FnOnce(P) -> Answer<R>) -> Response {
    let result = serde_json::from_value(params).map_err(|error| Refusal::Params(error.to_string())).and_then(work);
    match result {
        Ok(result) => Response::new_ok(id, result),
        Err(Refusal::Params(reason)) => Response::new_err(id, ErrorCode::InvalidParams as i32, reason),
        Err(Refusal::Refused(reason)) => Response::new_err(id, ErrorCode::RequestFailed as i32, reason),
    }
}

/// A place in a program.
struct Here {
    program: Arc<Program>,
    file: FileId,
    offset: u32,
}

fn here(session: &mut Session, at: &TextDocumentPositionParams) -> Option<Here> {
    let (program, file) = session.program(&at.text_document.uri)?;
    let offset = convert::offset(&program, file, at.position);
    Some(Here { program, file, offset })
}

fn file(session: &mut Session, document: &TextDocumentIdentifier) -> Option<(Arc<Program>, FileId)> {
    session.program(&document.uri)
}

fn completion(session: &mut Session, params: &CompletionParams) -> Answer<Option<CompletionResponse>> {
    let (snippets, own_snippets) = (session.client.snippets, session.options.own_snippets);
    let Some(Here { program, file, offset }) = here(session, &params.text_document_position) else { return Ok(None) };
    let found = editor::complete(&program, file, offset);
    let is_own = |it: &editor::Completion| editor::skeletons().iter().any(|(label, _, _)| *label == it.label);
    let found = found.iter().filter(|it| !(own_snippets && is_own(it)));
    let items = found.map(|it| convert::completion(program.sources(), it, snippets)).collect();
    Ok(Some(CompletionResponse::List(CompletionList { is_incomplete: false, items })))
}

fn hover(session: &mut Session, params: &HoverParams) -> Answer<Option<Hover>> {
    let Some(Here { program, file, offset }) = here(session, &params.text_document_position_params) else { return Ok(None) };
    Ok(editor::hover(&program, file, offset).map(|hover| Hover {
        range: Some(convert::range(program.sources(), hover.span)),
        contents: HoverContents::Markup(convert::markdown(hover.text)),
    }))
}

fn definition(session: &mut Session, params: &GotoDefinitionParams) -> Answer<Option<GotoDefinitionResponse>> {
    let Some(Here { program, file, offset }) = here(session, &params.text_document_position_params) else { return Ok(None) };
    let found: Vec<Location> =
        editor::declarations(&program, file, offset).into_iter().filter_map(|span| convert::location(program.sources(), span)).collect();
    Ok((!found.is_empty()).then_some(GotoDefinitionResponse::Array(found)))
}

fn references(session: &mut Session, params: &ReferenceParams) -> Answer<Option<Vec<Location>>> {
    let Some(Here { program, file, offset }) = here(session, &params.text_document_position) else { return Ok(None) };
    let found = editor::references(&program, file, offset, params.context.include_declaration);
    Ok(Some(found.into_iter().filter_map(|span| convert::location(program.sources(), span)).collect()))
}

fn highlights(session: &mut Session, params: &lsp_types::DocumentHighlightParams) -> Answer<Option<Vec<DocumentHighlight>>> {
    let Some(Here { program, file, offset }) = here(session, &params.text_document_position_params) else { return Ok(None) };
    let found = editor::references(&program, file, offset, true);
    let here = found.into_iter().filter(|span| span.file == file);
    Ok(Some(
        here.map(|span| DocumentHighlight { range: convert::range(program.sources(), span), kind: Some(DocumentHighlightKind::TEXT) })
            .collect(),
    ))
}

fn symbols(session: &mut Session, params: &DocumentSymbolParams) -> Answer<Option<DocumentSymbolResponse>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let found = editor::symbols(&program, file).iter().map(|it| convert::symbol(program.sources(), it)).collect();
    Ok(Some(DocumentSymbolResponse::Nested(found)))
}

#[allow(deprecated, reason = "the protocol's type has a field that nobody uses any more")]
fn workspace_symbols(session: &mut Session, params: &WorkspaceSymbolParams) -> Answer<Option<Vec<SymbolInformation>>> {
    let mut found: Vec<SymbolInformation> = Vec::new();
    for program in session.programs() {
        for it in editor::workspace_symbols(&program, &params.query) {
            let Some(location) = convert::location(program.sources(), it.span) else { continue };
            let symbol = SymbolInformation {
                name: it.name,
                kind: convert::symbol_kind(it.kind),
                tags: None,
                deprecated: None,
                location,
                container_name: it.detail,
            };
            if !found.contains(&symbol) {
                found.push(symbol);
            }
        }
    }
    Ok(Some(found))
}

fn formatting(session: &mut Session, params: &DocumentFormattingParams) -> Answer<Option<Vec<TextEdit>>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let edit = editor::format(&program, file).map_err(|error| Refusal::Refused(format!("{error}; nothing was changed")))?;
    Ok(Some(edit.iter().map(|edit| convert::text_edit(program.sources(), edit)).collect()))
}

fn prepare_rename(session: &mut Session, params: &TextDocumentPositionParams) -> Answer<Option<PrepareRenameResponse>> {
    let Some(Here { program, file, offset }) = here(session, params) else { return Ok(None) };
    let span = editor::renamable(&program, file, offset).map_err(|error| Refusal::Refused(error.to_string()))?;
    Ok(Some(PrepareRenameResponse::Range(convert::range(program.sources(), span))))
}

fn rename(session: &mut Session, params: &RenameParams) -> Answer<Option<lsp_types::WorkspaceEdit>> {
    let Some(Here { program, file, offset }) = here(session, &params.text_document_position) else { return Ok(None) };
    let edits = editor::rename(&program, file, offset, &params.new_name).map_err(|error| Refusal::Refused(error.to_string()))?;
    Ok(Some(convert::workspace_edit(program.sources(), &edits)))
}

fn actions(session: &mut Session, params: &CodeActionParams) -> Answer<Option<Vec<CodeActionOrCommand>>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let (problems, _) = session.problems(&program);
    let sources = program.sources();
    let wanted = |kind: &CodeActionKind| {
        let asked = params.context.only.as_ref();
        asked.is_none_or(|only| {
            only.iter().any(|it| kind.as_str() == it.as_str() || kind.as_str().starts_with(&format!("{}.", it.as_str())))
        })
    };
    let mut found = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        let start = convert::offset(&program, file, params.range.start);
        let end = convert::offset(&program, file, params.range.end).max(start);
        for action in editor::actions(&program, &problems, Span::new(file, start, end)) {
            let mended = problems.iter().find(|problem| action.mends == Some((problem.code, problem.span)));
            found.push(CodeActionOrCommand::CodeAction(CodeAction {
                title: action.title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: mended.map(|problem| vec![convert::diagnostic(sources, problem)]),
                edit: Some(convert::workspace_edit(sources, &action.edits)),
                is_preferred: action.is_safe.then_some(true),
                ..CodeAction::default()
            }));
        }
    }
    // Only where it is asked for by name: editors run it when a file is saved.
    if params.context.only.is_some() && wanted(&CodeActionKind::SOURCE_FIX_ALL) {
        let edits = editor::all_safe(&problems, file);
        if !edits.is_empty() {
            found.push(fix_all(&program, &edits));
        }
    }
    Ok(Some(found))
}

fn fix_all(program: &Program, edits: &[Edit]) -> CodeActionOrCommand {
    CodeActionOrCommand::CodeAction(CodeAction {
        title: "make all changes that are safe".to_owned(),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: Some(convert::workspace_edit(program.sources(), edits)),
        ..CodeAction::default()
    })
}

fn lenses(session: &mut Session, params: &CodeLensParams) -> Answer<Option<Vec<CodeLens>>> {
    let shows = session.options.shows_diagrams;
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let lens = |it: editor::Lens| {
        let argument = SvgParams {
            text_document: params.text_document.clone(),
            funnel: Some(it.funnel),
            stage: it.stage,
            position: None,
            theme: None,
        };
        let command = Command {
            title: it.text,
            command: if shows { SHOW } else { OPEN }.to_owned(),
            arguments: serde_json::to_value(argument).ok().map(|argument| vec![argument]),
        };
        CodeLens { range: convert::range(program.sources(), it.at), command: Some(command), data: None }
    };
    Ok(Some(editor::lenses(&program, file).into_iter().map(lens).collect()))
}

fn folds(session: &mut Session, params: &FoldingRangeParams) -> Answer<Option<Vec<FoldingRange>>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let fold = |it: editor::Fold| FoldingRange {
        start_line: u32::try_from(it.first).unwrap_or(u32::MAX),
        end_line: u32::try_from(it.last).unwrap_or(u32::MAX),
        kind: it.is_comment.then_some(FoldingRangeKind::Comment),
        ..FoldingRange::default()
    };
    Ok(Some(editor::folds(&program, file).into_iter().map(fold).collect()))
}

fn hints(session: &mut Session, params: &InlayHintParams) -> Answer<Option<Vec<InlayHint>>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let start = convert::offset(&program, file, params.range.start);
    let end = convert::offset(&program, file, params.range.end);
    let found = editor::hints(&program, file).into_iter().filter(|hint| start <= hint.at.start && hint.at.end <= end);
    let hint = |it: editor::Hint| InlayHint {
        position: convert::position(program.sources(), file, it.at.start),
        label: InlayHintLabel::String(it.text),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(it.about)),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    Ok(Some(found.map(hint).collect()))
}

fn tokens(session: &mut Session, params: &SemanticTokensParams) -> Answer<Option<SemanticTokens>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let types = convert::token_types();
    let number = |kind: TokenKind| types.iter().position(|it| *it == convert::token_type(kind)).and_then(|it| u32::try_from(it).ok());
    let (mut line, mut column) = (0, 0);
    let mut data = Vec::new();
    for token in editor::tokens(&program, file) {
        let range = convert::range(program.sources(), token.span);
        let Some(token_type) = number(token.kind).filter(|_| range.start.line == range.end.line) else { continue };
        let delta_line = range.start.line - line;
        let delta_start = if delta_line == 0 { range.start.character - column } else { range.start.character };
        (line, column) = (range.start.line, range.start.character);
        let length = range.end.character - range.start.character;
        data.push(SemanticToken { delta_line, delta_start, length, token_type, token_modifiers_bitset: u32::from(token.declares) });
    }
    Ok(Some(SemanticTokens { result_id: None, data }))
}

/// What is to be drawn: a funnel by name, or the one at a place, or the first of the file; a stage of it alone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SvgParams {
    text_document: TextDocumentIdentifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    funnel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<lsp_types::Position>,
    /// `light`, `dark`, or as the reader's system says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    theme: Option<String>,
}

/// A picture.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SvgResult {
    /// SVG; `null` where the file holds no funnel.
    svg: Option<String>,
    /// The funnel it shows.
    funnel: Option<String>,
    /// Whether the program is whole; if not, only what could be read is drawn.
    is_whole: bool,
    /// The funnels there are.
    funnels: Vec<String>,
}

fn svg(session: &mut Session, params: &SvgParams) -> Answer<Option<SvgResult>> {
    let Some((program, file)) = file(session, &params.text_document) else { return Ok(None) };
    let (_, findings) = session.problems(&program);
    let offset = params.position.map_or(0, |at| convert::offset(&program, file, at));
    let funnel = params.funnel.clone().or_else(|| editor::funnel_near(&program, file, offset));
    let theme = match params.theme.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::Auto,
    };
    let picture = funnel.and_then(|funnel| editor::picture(&program, &findings, &funnel, params.stage.as_deref(), theme));
    let is_whole = program.is_whole();
    let funnels = program.model().funnels.values().map(|it| it.name.text.to_string()).collect();
    Ok(Some(match picture {
        Some(picture) => SvgResult { svg: Some(picture.svg), funnel: Some(picture.funnel), is_whole, funnels },
        None => SvgResult { svg: None, funnel: None, is_whole, funnels },
    }))
}

/// Draws into a file of the system's folder for such, and has the editor open it.
fn execute(session: &mut Session, params: &ExecuteCommandParams) -> Answer<Option<serde_json::Value>> {
    if params.command != OPEN {
        return Err(Refusal::Params(format!("funnelc does not know the command `{}`", params.command)));
    }
    let argument = params.arguments.first().cloned().ok_or_else(|| Refusal::Params("the command takes what is to be drawn".to_owned()))?;
    let argument: SvgParams = serde_json::from_value(argument).map_err(|error| Refusal::Params(error.to_string()))?;
    let result = svg(session, &argument)?;
    let drawn = result.and_then(|result| Some((result.funnel?, result.svg?)));
    let (funnel, svg) = drawn.ok_or_else(|| Refusal::Refused("there is no such funnel to be drawn".to_owned()))?;
    let name = argument.stage.map_or_else(|| funnel.clone(), |stage| format!("{funnel}.{stage}"));
    let path = std::env::temp_dir().join(format!("funnelc-{}-{name}.svg", std::process::id()));
    std::fs::write(&path, svg).map_err(|error| Refusal::Refused(format!("`{}` cannot be written: {error}", path.display())))?;
    let uri: Option<Uri> = paths::uri_of(&crate::workspace::normal(&path.to_string_lossy()));
    let uri = uri.ok_or_else(|| Refusal::Refused("the picture has no address".to_owned()))?;
    if session.client.shows_documents {
        session.ask("window/showDocument", serde_json::json!({ "uri": uri, "external": true }));
    }
    Ok(Some(serde_json::json!({ "uri": uri })))
}

//! The questions of the protocol, put to `relance_dsl::ide`.

use super::answers;
use super::desk::Folder;
use super::server::{Server, params, scenario};
use super::text::Lines;
use super::uri;
use super::wire::Refusal;
use gen_lsp_types::{
    CodeActionParams, CompletionList, CompletionParams, DefinitionParams, DocumentFormattingParams,
    DocumentRangeFormattingParams, DocumentSymbolParams, FoldingRangeParams, HoverParams, Location,
    PrepareRenameParams, Range, ReferenceParams, RenameParams, SemanticTokensParams, TextDocumentPositionParams, Uri,
};
use lsp_server::ErrorCode;
use relance_dsl::ide;
use serde_json::{Value, json};

/// A file that a question is about.
pub struct Asked<'a> {
    /// Its project.
    pub folder: &'a Folder,
    /// Its path in it.
    pub path: String,
    /// Its text, cut into lines.
    pub lines: Lines<'a>,
}

impl Server {
    /// The file that an address names, when it is on the desk.
    fn asked(&self, address: &Uri) -> Option<Asked<'_>> {
        let (folder, path) = self.desk.find(&scenario(address)?)?;
        let lines = Lines::new(folder.workspace.text(&path)?, self.encoding);
        Some(Asked { folder, path, lines })
    }

    /// The file and the byte that a position names.
    fn placed(&self, place: &TextDocumentPositionParams) -> Option<(Asked<'_>, usize)> {
        let asked = self.asked(&place.text_document.uri)?;
        let at = asked.lines.offset(place.position);
        Some((asked, at))
    }
}

/// The answer to a question; `null` for files that are not on the desk.
pub fn answer(server: &Server, method: &str, given: Value) -> Result<Value, Refusal> {
    let found = match method {
        "textDocument/completion" => completion(server, &params(given)?),
        "textDocument/hover" => hover(server, &params(given)?),
        "textDocument/definition" => definition(server, &params(given)?),
        "textDocument/references" => references(server, &params(given)?),
        "textDocument/prepareRename" => return prepare_rename(server, &params(given)?),
        "textDocument/rename" => return rename(server, &params(given)?),
        "textDocument/documentSymbol" => outline(server, &params(given)?),
        "textDocument/foldingRange" => folds(server, &params(given)?),
        "textDocument/formatting" => formatting(server, &params(given)?),
        "textDocument/rangeFormatting" => range_formatting(server, &params(given)?),
        "textDocument/codeAction" => code_actions(server, &params(given)?),
        "textDocument/semanticTokens/full" => colours(server, &params(given)?),
        _ => return Err(Refusal::new(ErrorCode::MethodNotFound, format!("`{method}` n’est pas proposé"))),
    };
    Ok(found.unwrap_or(Value::Null))
}

fn completion(server: &Server, given: &CompletionParams) -> Option<Value> {
    let (asked, at) = server.placed(&given.text_document_position_params)?;
    let found = ide::complete(&asked.folder.workspace, &asked.path, at);
    let items = found.iter().enumerate().map(|(rank, one)| answers::completion(&asked, one, rank, at, server.snippets));
    // The client knows nothing of accents: it asks again at each letter.
    Some(json!(CompletionList { is_incomplete: true, items: items.collect(), ..Default::default() }))
}

fn hover(server: &Server, given: &HoverParams) -> Option<Value> {
    let (asked, at) = server.placed(&given.text_document_position_params)?;
    let found = ide::hover(&asked.folder.workspace, &asked.folder.office, &asked.path, at)?;
    Some(json!(answers::hover(&asked, &found)))
}

fn definition(server: &Server, given: &DefinitionParams) -> Option<Value> {
    let (asked, at) = server.placed(&given.text_document_position_params)?;
    let targets = ide::definition(&asked.folder.workspace, &asked.folder.office, &asked.path, at);
    let place = |target: ide::Target| match target {
        ide::Target::Place { file, span } => location(server, asked.folder, &file, span),
        ide::Target::Line { file, line } => {
            let start = gen_lsp_types::Position { line: line.saturating_sub(1), character: 0 };
            Some(Location { uri: uri::uri(&asked.folder.dir.join(file)), range: Range { start, end: start } })
        }
    };
    Some(json!(targets.into_iter().filter_map(place).collect::<Vec<_>>()))
}

fn location(server: &Server, folder: &Folder, file: &str, span: relance_dsl::Span) -> Option<Location> {
    let range = Lines::new(folder.workspace.text(file)?, server.encoding).range(span);
    Some(Location { uri: uri::uri(&folder.dir.join(file)), range })
}

fn references(server: &Server, given: &ReferenceParams) -> Option<Value> {
    let (asked, at) = server.placed(&given.text_document_position_params)?;
    let all = ide::references(&asked.folder.workspace, &asked.path, at, given.context.include_declaration);
    let all = all.into_iter().filter_map(|(file, span)| location(server, asked.folder, &file, span));
    Some(json!(all.collect::<Vec<_>>()))
}

fn refused(why: String) -> Refusal {
    Refusal::new(ErrorCode::RequestFailed, why)
}

fn prepare_rename(server: &Server, given: &PrepareRenameParams) -> Result<Value, Refusal> {
    let Some((asked, at)) = server.placed(&given.text_document_position_params) else { return Ok(Value::Null) };
    let span = ide::renamable(&asked.folder.workspace, &asked.path, at).map_err(refused)?;
    Ok(json!(asked.lines.range(span)))
}

fn rename(server: &Server, given: &RenameParams) -> Result<Value, Refusal> {
    let Some((asked, at)) = server.placed(&given.text_document_position_params) else { return Ok(Value::Null) };
    let edits = ide::rename(&asked.folder.workspace, &asked.path, at, &given.new_name).map_err(refused)?;
    Ok(json!(answers::workspace_edit(asked.folder, &edits, server.encoding)))
}

fn outline(server: &Server, given: &DocumentSymbolParams) -> Option<Value> {
    let asked = server.asked(&given.text_document.uri)?;
    let parts = ide::outline(&asked.folder.workspace, &asked.path);
    Some(json!(parts.iter().map(|part| answers::symbol(&asked, part)).collect::<Vec<_>>()))
}

fn folds(server: &Server, given: &FoldingRangeParams) -> Option<Value> {
    let asked = server.asked(&given.text_document.uri)?;
    let folds = ide::folds(&asked.folder.workspace, &asked.path);
    Some(json!(folds.iter().map(|fold| answers::fold(&asked, *fold)).collect::<Vec<_>>()))
}

fn formatting(server: &Server, given: &DocumentFormattingParams) -> Option<Value> {
    let asked = server.asked(&given.text_document.uri)?;
    let edits = ide::format_file(&asked.folder.workspace, &asked.path)?;
    Some(json!(answers::text_edits(&asked, &edits)))
}

fn range_formatting(server: &Server, given: &DocumentRangeFormattingParams) -> Option<Value> {
    let asked = server.asked(&given.text_document.uri)?;
    let edits = ide::format_range(&asked.folder.workspace, &asked.path, asked.lines.span(given.range))?;
    Some(json!(answers::text_edits(&asked, &edits)))
}

fn code_actions(server: &Server, given: &CodeActionParams) -> Option<Value> {
    let asked = server.asked(&given.text_document.uri)?;
    let fixes = ide::fixes(&asked.folder.workspace, &asked.path, asked.lines.span(given.range));
    let action = |fix| answers::action(asked.folder, fix, server.encoding);
    Some(json!(fixes.iter().map(action).collect::<Vec<_>>()))
}

fn colours(server: &Server, given: &SemanticTokensParams) -> Option<Value> {
    let asked = server.asked(&given.text_document.uri)?;
    let painted = ide::paint(&asked.folder.workspace, &asked.path);
    Some(json!(answers::colours(&asked, &painted)))
}

//! What `relance_dsl::ide` says, in the protocol's words.

use super::desk::Folder;
use super::load::Problem;
use super::requests::Asked;
use super::text::{Encoding, Lines, number};
use super::uri;
use gen_lsp_types::{
    CodeAction, CodeActionKind, CompletionItem, CompletionItemKind, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DocumentSymbol, FoldingRange, FoldingRangeKind, Hover, InsertTextFormat, Location,
    MarkupContent, MarkupKind, Position, Range, SemanticToken, SemanticTokens, SymbolKind, TextEdit, Uri,
    WorkspaceEdit,
};
use relance_dsl::ide::{self, Completion, CompletionKind, Edit, Fix, Fold, Outline, OutlineKind, Paint, Painted};
use relance_dsl::{Severity, Span};
use std::collections::HashMap;

/// The names of colours, in the order of their numbers.
pub const TOKEN_TYPES: [&str; 11] = [
    "keyword",
    "property",
    "class",
    "string",
    "number",
    "comment",
    "label",
    "namespace",
    "enumMember",
    "variable",
    "function",
];

fn colour(paint: Paint) -> u32 {
    match paint {
        Paint::Keyword => 0,
        Paint::Fact => 1,
        Paint::Template => 2,
        Paint::Text => 3,
        Paint::Number => 4,
        Paint::Comment => 5,
        Paint::Stage => 6,
        Paint::Scenario => 7,
        Paint::Value => 8,
        Paint::Constant => 9,
        Paint::Function => 10,
    }
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// A finding.
pub fn diagnostic(folder: &Folder, found: &relance_dsl::Diagnostic, encoding: Encoding) -> Diagnostic {
    let range = |file: &str, span: Span| {
        // A finding may stand in a script.
        let script = || folder.workspace.context().scripts.iter().find(|script| script.path == file);
        let text = folder.workspace.text(file).or_else(|| script().map(|script| script.text.as_str()));
        text.map(|text| Lines::new(text, encoding).range(span)).unwrap_or_default()
    };
    let severity = match found.severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Info => DiagnosticSeverity::Information,
    };
    let mut message = found.message.clone();
    if let Some(help) = &found.help {
        message.push_str(&format!("\naide : {help}"));
    }
    let related: Vec<DiagnosticRelatedInformation> = found
        .labels
        .iter()
        .filter(|label| !label.primary)
        .map(|label| DiagnosticRelatedInformation {
            location: Location { uri: uri::uri(&folder.dir.join(&label.file)), range: range(&label.file, label.span) },
            message: label.text.clone(),
        })
        .collect();
    let place = found.place().map(|label| range(&label.file, label.span)).unwrap_or_default();
    Diagnostic {
        range: place,
        severity: Some(severity),
        code: Some(found.code.name().to_owned().into()),
        source: Some("relance".to_owned()),
        message: message.into(),
        related_information: (!related.is_empty()).then_some(related),
        ..Default::default()
    }
}

/// Something wrong with a template.
pub fn problem(found: &Problem) -> Diagnostic {
    let start = Position { line: found.line.saturating_sub(1), character: found.column.saturating_sub(1) };
    Diagnostic {
        range: Range { start, end: start },
        severity: Some(if found.error { DiagnosticSeverity::Error } else { DiagnosticSeverity::Warning }),
        source: Some("relance".to_owned()),
        message: found.message.clone().into(),
        ..Default::default()
    }
}

/// A completion. Its filter is what has been written: the choice is made here, where accents are known.
pub fn completion(asked: &Asked<'_>, found: &Completion, rank: usize, at: usize, snippets: bool) -> CompletionItem {
    let kind = match found.kind {
        CompletionKind::Keyword => CompletionItemKind::Keyword,
        CompletionKind::Snippet => CompletionItemKind::Snippet,
        CompletionKind::Fact => CompletionItemKind::Property,
        CompletionKind::Constant => CompletionItemKind::Constant,
        CompletionKind::Function => CompletionItemKind::Function,
        CompletionKind::Template => CompletionItemKind::Class,
        CompletionKind::Value => CompletionItemKind::EnumMember,
        CompletionKind::Stage => CompletionItemKind::Reference,
        CompletionKind::Scenario => CompletionItemKind::Module,
        CompletionKind::Role => CompletionItemKind::Variable,
        CompletionKind::Event => CompletionItemKind::Event,
        CompletionKind::File => CompletionItemKind::File,
    };
    let marked = found.insert.contains('$');
    let format = if snippets && marked { InsertTextFormat::Snippet } else { InsertTextFormat::PlainText };
    let text = if snippets || !marked { found.insert.clone() } else { found.plain() };
    let written = asked.folder.workspace.text(&asked.path).and_then(|text| text.get(found.span.start..at));
    CompletionItem {
        label: found.label.clone(),
        kind: Some(kind),
        detail: (!found.detail.is_empty()).then(|| found.detail.clone()),
        documentation: (!found.doc.is_empty()).then(|| markdown(found.doc.clone()).into()),
        sort_text: Some(format!("{rank:04}")),
        filter_text: written.filter(|written| !written.is_empty()).map(str::to_owned),
        insert_text_format: Some(format),
        text_edit: Some(TextEdit { range: asked.lines.range(found.span), new_text: text }.into()),
        ..Default::default()
    }
}

/// A hover.
pub fn hover(asked: &Asked<'_>, found: &ide::Hover) -> Hover {
    Hover { contents: markdown(found.text.clone()).into(), range: Some(asked.lines.range(found.span)) }
}

/// Edits of the file that was asked about.
pub fn text_edits(asked: &Asked<'_>, edits: &[Edit]) -> Vec<TextEdit> {
    let edit = |edit: &Edit| TextEdit { range: asked.lines.range(edit.span), new_text: edit.text.clone() };
    edits.iter().map(edit).collect()
}

/// Edits of any files of a project.
pub fn workspace_edit(folder: &Folder, edits: &[Edit], encoding: Encoding) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        let Some(text) = folder.workspace.text(&edit.file) else { continue };
        let range = Lines::new(text, encoding).range(edit.span);
        let file = changes.entry(uri::uri(&folder.dir.join(&edit.file))).or_default();
        file.push(TextEdit { range, new_text: edit.text.clone() });
    }
    WorkspaceEdit { changes: Some(changes), ..Default::default() }
}

/// A quick fix.
pub fn action(folder: &Folder, fix: &Fix, encoding: Encoding) -> CodeAction {
    CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostic(folder, &fix.diagnostic, encoding)]),
        is_preferred: fix.preferred.then_some(true),
        edit: Some(workspace_edit(folder, &fix.edits, encoding)),
        ..Default::default()
    }
}

/// A part of the outline.
#[allow(deprecated)] // The field has no other name.
pub fn symbol(asked: &Asked<'_>, part: &Outline) -> DocumentSymbol {
    let kind = match part.kind {
        OutlineKind::Scenario => SymbolKind::Module,
        OutlineKind::Stage => SymbolKind::Class,
        OutlineKind::Rule => SymbolKind::Event,
        OutlineKind::Segment => SymbolKind::Enum,
        OutlineKind::Field => SymbolKind::Field,
        OutlineKind::Constant => SymbolKind::Constant,
        OutlineKind::Test => SymbolKind::Method,
    };
    // The protocol wants a name of something.
    let name = if part.name.trim().is_empty() { "…".to_owned() } else { part.name.clone() };
    DocumentSymbol {
        name,
        detail: (!part.detail.is_empty()).then(|| part.detail.clone()),
        kind,
        tags: None,
        deprecated: None,
        range: asked.lines.range(part.span),
        selection_range: asked.lines.range(part.name_span),
        children: (!part.children.is_empty()).then(|| part.children.iter().map(|child| symbol(asked, child)).collect()),
    }
}

/// Lines that can be folded away.
pub fn fold(asked: &Asked<'_>, fold: Fold) -> FoldingRange {
    let range = asked.lines.range(fold.span);
    FoldingRange {
        start_line: range.start.line,
        end_line: range.end.line,
        kind: fold.comment.then_some(FoldingRangeKind::Comment),
        ..Default::default()
    }
}

/// The colours of a file, each relative to the one before.
pub fn colours(asked: &Asked<'_>, painted: &[Painted]) -> SemanticTokens {
    let text = asked.folder.workspace.text(&asked.path).unwrap_or_default();
    let mut data = Vec::with_capacity(painted.len());
    let mut before = Position::default();
    for word in painted {
        let at = asked.lines.position(word.span.start);
        let same_line = at.line == before.line;
        data.push(SemanticToken {
            delta_line: at.line - before.line,
            delta_start: if same_line { at.character - before.character } else { at.character },
            length: number(asked.lines.width(text.get(word.span.start..word.span.end).unwrap_or_default())),
            token_type: colour(word.paint),
            token_modifiers_bitset: u32::from(word.defines),
        });
        before = at;
    }
    SemanticTokens { result_id: None, data }
}

//! A session: how it begins and ends, which texts are open, what is published.

use super::answers;
use super::desk::{Desk, Folder, Open};
use super::load::Problem;
use super::requests;
use super::text::{Encoding, Lines};
use super::uri;
use super::wire::Refusal;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, InitializeParams, InitializeResult, PublishDiagnosticsParams, RenameOptions, Save,
    SemanticTokensLegend, SemanticTokensOptions, ServerCapabilities, ServerInfo, TextDocumentContentChangeEvent,
    TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use lsp_server::{ErrorCode, Notification, Request};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A session.
pub struct Server {
    /// The files.
    pub desk: Desk,
    /// What columns count.
    pub encoding: Encoding,
    /// The client fills in snippets.
    pub snippets: bool,
    begun: bool,
    shut_down: bool,
    /// A text or file has changed since findings were published.
    changed: bool,
    /// A text has been saved since.
    saved: bool,
    /// What was published of each file.
    published: BTreeMap<PathBuf, Value>,
}

/// The answer to a request that was taken back.
pub fn cancelled() -> Refusal {
    // RequestCancelled, of the protocol.
    Refusal { code: -32800, message: "la demande a été annulée".to_owned() }
}

/// The parameters of a message.
pub fn params<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params)
        .map_err(|_| Refusal::new(ErrorCode::InvalidParams, "les paramètres de cette demande sont mal formés"))
}

impl Server {
    /// A session that has not begun.
    pub fn new(invoice: Option<String>, base: Option<String>) -> Server {
        Server {
            desk: Desk { invoice, base, ..Desk::default() },
            encoding: Encoding::default(),
            snippets: false,
            begun: false,
            shut_down: false,
            changed: false,
            saved: false,
            published: BTreeMap::new(),
        }
    }

    /// Whether the client has taken its leave.
    pub fn has_shut_down(&self) -> bool {
        self.shut_down
    }

    /// Answers a request.
    pub fn request(&mut self, request: Request) -> Result<Value, Refusal> {
        match request.method.as_str() {
            "initialize" if self.begun => Err(Refusal::new(ErrorCode::InvalidRequest, "la session est déjà ouverte")),
            "initialize" => self.initialize(request.params),
            _ if self.shut_down => Err(Refusal::new(ErrorCode::InvalidRequest, "la session est close")),
            _ if !self.begun => Err(Refusal::new(ErrorCode::ServerNotInitialized, "la session n’est pas ouverte")),
            "shutdown" => {
                self.shut_down = true;
                Ok(Value::Null)
            }
            method => {
                self.check();
                requests::answer(self, method, request.params)
            }
        }
    }

    fn initialize(&mut self, given: Value) -> Result<Value, Refusal> {
        let given: InitializeParams = params(given)?;
        let general = given.capabilities.general.unwrap_or_default();
        self.encoding = Encoding::choose(&general.position_encodings.unwrap_or_default());
        let completion = given.capabilities.text_document.and_then(|text| text.completion);
        let item = completion.and_then(|completion| completion.completion_item);
        self.snippets = item.and_then(|item| item.snippet_support).unwrap_or(false);
        let wanted = given.initialization_options.as_ref().and_then(|options| options.get("facture"));
        if let Some(invoice) = wanted.and_then(Value::as_str).filter(|number| !number.trim().is_empty()) {
            self.desk.invoice = Some(invoice.trim().to_owned());
        }
        self.begun = true;
        let result = InitializeResult {
            capabilities: self.capabilities(),
            server_info: Some(ServerInfo {
                name: "relance".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        };
        Ok(json!(result))
    }

    fn capabilities(&self) -> ServerCapabilities {
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(Save::Bool(true)),
            ..Default::default()
        };
        let completion = CompletionOptions {
            trigger_characters: Some([" ", ".", "\"", "("].map(str::to_owned).to_vec()),
            ..Default::default()
        };
        let colours = SemanticTokensOptions {
            legend: SemanticTokensLegend {
                token_types: answers::TOKEN_TYPES.map(str::to_owned).to_vec(),
                token_modifiers: vec!["declaration".to_owned()],
            },
            full: Some(true.into()),
            ..Default::default()
        };
        let actions =
            CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QuickFix]), ..Default::default() };
        ServerCapabilities {
            position_encoding: Some(self.encoding.kind()),
            text_document_sync: Some(sync.into()),
            completion_provider: Some(completion),
            hover_provider: Some(true.into()),
            definition_provider: Some(true.into()),
            references_provider: Some(true.into()),
            rename_provider: Some(RenameOptions { prepare_provider: Some(true), ..Default::default() }.into()),
            document_symbol_provider: Some(true.into()),
            document_formatting_provider: Some(true.into()),
            document_range_formatting_provider: Some(true.into()),
            code_action_provider: Some(actions.into()),
            folding_range_provider: Some(true.into()),
            semantic_tokens_provider: Some(colours.into()),
            ..Default::default()
        }
    }

    /// Takes note of something. What cannot be understood is passed over: nobody waits for an answer.
    pub fn notification(&mut self, notification: Notification) {
        let given = notification.params;
        match notification.method.as_str() {
            _ if !self.begun || self.shut_down => {}
            "textDocument/didOpen" => {
                if let Ok(opened) = params::<DidOpenTextDocumentParams>(given) {
                    let document = opened.text_document;
                    if let Some(file) = scenario(&document.uri) {
                        self.desk.set(file, Open { version: document.version, text: document.text });
                        self.changed = true;
                    }
                }
            }
            "textDocument/didChange" => {
                if let Ok(change) = params::<DidChangeTextDocumentParams>(given) {
                    self.change(change);
                }
            }
            "textDocument/didClose" => {
                if let Ok(closed) = params::<DidCloseTextDocumentParams>(given)
                    && let Some(file) = scenario(&closed.text_document.uri)
                {
                    self.desk.close(&file);
                    self.changed = true;
                }
            }
            // Settings, templates, scripts or scenarios may have changed on the disk.
            method @ ("textDocument/didSave" | "workspace/didChangeWatchedFiles") => {
                self.desk.reload();
                self.changed = true;
                // Proofs take longer than an edit may: they are told of what is saved, and go with the next edit.
                self.saved = method == "textDocument/didSave";
            }
            _ => {}
        }
    }

    fn change(&mut self, change: DidChangeTextDocumentParams) {
        let document = change.text_document;
        let Some(file) = scenario(&document.text_document_identifier.uri) else { return };
        let Some(open) = self.desk.open.remove(&file) else { return };
        let mut text = open.text;
        for change in change.content_changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let span = Lines::new(&text, self.encoding).span(part.range);
                    text.replace_range(span.start..span.end, &part.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => text = whole.text,
            }
        }
        self.desk.set(file, Open { version: document.version, text });
        self.changed = true;
    }

    /// Checks what has changed, so that questions are answered on the texts as they stand.
    fn check(&mut self) {
        for folder in self.desk.folders.values_mut() {
            folder.workspace.check();
        }
    }

    /// The findings that differ from what was published last.
    pub fn publish(&mut self) -> Vec<Value> {
        if !std::mem::take(&mut self.changed) {
            return Vec::new();
        }
        let mut all: BTreeMap<PathBuf, Value> = BTreeMap::new();
        let prove = std::mem::take(&mut self.saved);
        for folder in self.desk.folders.values_mut() {
            if prove && folder.known {
                folder.workspace.prove();
            }
            for (file, found) in folder.findings() {
                let found: Vec<_> = found.iter().map(|one| answers::diagnostic(folder, one, self.encoding)).collect();
                all.insert(file, json!(found));
            }
            for (file, found) in problems(folder) {
                all.insert(file, found);
            }
        }
        // What is mended, or no longer on the desk, is taken back.
        for file in self.published.keys() {
            all.entry(file.clone()).or_insert_with(|| json!([]));
        }
        let mut messages = Vec::new();
        for (file, found) in all {
            let open = self.desk.open.get(&file);
            let clean = found.as_array().is_some_and(Vec::is_empty);
            let before = self.published.get(&file);
            if before == Some(&found) || (before.is_none() && clean && open.is_none()) {
                continue;
            }
            let diagnostics = serde_json::from_value(found.clone()).unwrap_or_default();
            let version = open.map(|open| open.version);
            let params = PublishDiagnosticsParams { uri: uri::uri(&file), version, diagnostics };
            messages.push(json!({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params}));
            self.published.insert(file, found);
        }
        self.published.retain(|file, found| {
            self.desk.open.contains_key(file) || found.as_array().is_some_and(|all| !all.is_empty())
        });
        messages
    }
}

/// The scenario file that an address names.
pub fn scenario(address: &Uri) -> Option<PathBuf> {
    uri::path(address).filter(|path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("relance")))
}

/// What is wrong with the settings and templates of a project, by file.
fn problems(folder: &Folder) -> BTreeMap<PathBuf, Value> {
    let mut all: BTreeMap<PathBuf, Vec<&Problem>> = BTreeMap::new();
    for problem in &folder.problems {
        all.entry(folder.dir.join(Path::new(&problem.file))).or_default().push(problem);
    }
    all.into_iter()
        .map(|(file, found)| (file, json!(found.into_iter().map(answers::problem).collect::<Vec<_>>())))
        .collect()
}

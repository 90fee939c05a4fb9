//! An editor, as the language server sees it: messages with their length over standard input and output.

use super::Project;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// An editor with a session open.
pub struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: i64,
    root: String,
    /// What the server told without being asked, oldest first.
    pub told: Vec<Value>,
}

impl Editor {
    /// Starts `relance lsp` in a project.
    pub fn start(project: &Project, args: &[&str]) -> Editor {
        let mut command = project.command(&[&["lsp"], args].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let root = format!("file://{}", project.path("").display());
        Editor { child, input, output, next: 0, root, told: Vec::new() }
    }

    /// The address of a file of the project.
    pub fn uri(&self, file: &str) -> String {
        format!("{}{file}", self.root)
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, text: &str) {
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server has gone");
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The next message that is an answer; what was told before it is kept.
    pub fn answer(&mut self) -> Value {
        loop {
            let message = self.read();
            if message.get("method").is_none() {
                return message;
            }
            self.told.push(message);
        }
    }

    /// Asks, and gives the whole answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        self.raw(&json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params}).to_string());
        let answer = self.answer();
        assert_eq!(answer["id"], self.next);
        answer
    }

    /// Asks, and gives the result without the folder's name in it.
    pub fn result(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params);
        assert!(answer.get("error").is_none(), "{answer}");
        self.shown(&answer["result"])
    }

    /// A message without the folder's name in it.
    pub fn shown(&self, value: &Value) -> Value {
        serde_json::from_str(&value.to_string().replace(&self.root, "projet:")).unwrap()
    }

    /// Tells the server something.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.raw(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
    }

    /// Opens the session as an editor does that fills in snippets.
    pub fn begin(&mut self) -> Value {
        let capabilities = json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true}}}});
        let result =
            self.result("initialize", json!({"processId": null, "rootUri": null, "capabilities": capabilities}));
        self.notify("initialized", json!({}));
        result
    }

    /// Opens a text.
    pub fn open(&mut self, file: &str, text: &str) {
        let uri = self.uri(file);
        let document = json!({"uri": uri, "languageId": "relance", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces what stands in a range.
    pub fn change(&mut self, file: &str, version: i32, from: (u32, u32), to: (u32, u32), text: &str) {
        let position = |(line, character): (u32, u32)| json!({"line": line, "character": character});
        let range = json!({"start": position(from), "end": position(to)});
        let uri = self.uri(file);
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"range": range, "text": text}]}),
        );
    }

    /// Asks about a place of a file.
    pub fn at(&mut self, method: &str, file: &str, line: u32, character: u32) -> Value {
        let uri = self.uri(file);
        let place = json!({"line": line, "character": character});
        self.result(method, json!({"textDocument": {"uri": uri}, "position": place}))
    }

    /// The findings of a file that the server tells next.
    pub fn findings(&mut self, file: &str) -> Value {
        let uri = self.uri(file);
        loop {
            let found = self.told.iter().position(|told| told["params"]["uri"] == uri);
            if let Some(found) = found {
                let told = self.told.remove(found);
                return self.shown(&told["params"]);
            }
            let message = self.read();
            self.told.push(message);
        }
    }

    /// Takes leave; the server's exit code and what it complained of.
    pub fn leave(mut self) -> (Option<i32>, String) {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.notify("exit", Value::Null);
        self.gone()
    }

    /// Waits until the server has gone.
    pub fn gone(self) -> (Option<i32>, String) {
        drop(self.input);
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

//! The addresses that the server answers, as its source says them: one that is new there and not in the table fails the matrix.

use std::path::Path;

/// Address and method of every `.route("…", …)` of the server.
pub fn routes() -> Vec<(String, &'static str)> {
    let mut text = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src"), &mut text);
    let mut found = Vec::new();
    for chunk in text.split(".route(").skip(1) {
        let call = balanced(chunk);
        let Some(path) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
        for (word, method) in [
            ("get(", "GET"),
            ("post(", "POST"),
            ("put(", "PUT"),
            ("patch(", "PATCH"),
            ("delete(", "DELETE"),
            ("any(", "GET"),
        ] {
            if call.match_indices(word).any(|(at, _)| call[..at].ends_with([' ', '.', '('])) {
                found.push((path.to_owned(), method));
            }
        }
    }
    found.sort();
    found
}

/// Up to where the call is closed.
fn balanced(text: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn read(dir: &Path, text: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|end| end == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

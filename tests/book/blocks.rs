//! The fenced blocks of a Markdown page.

use std::fs;
use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A page of the documentation.
pub struct Page {
    /// From the checkout, with `/`.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// A fenced block.
pub struct Block {
    /// `page:line` of its opening fence, for messages.
    pub place: String,
    /// The first word after the fence.
    pub kind: String,
    /// The rest of that line: the file that the block is, if it says so.
    pub file: String,
    /// What is between the fences.
    pub text: String,
}

/// README.md and every page of docs/, by name.
pub fn pages() -> Vec<Page> {
    let mut names = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names.sort();
    let page = |name: String| Page { text: fs::read_to_string(root().join(&name)).unwrap(), name };
    names.into_iter().map(page).collect()
}

impl Page {
    /// Its blocks, in order; an unclosed one is an error.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(String, Block)> = None;
        for (n, line) in self.text.lines().enumerate() {
            let fence: String = line.chars().take_while(|c| *c == '`').collect();
            if fence.len() < 3 {
                if let Some((_, block)) = &mut open {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                continue;
            }
            match open.take() {
                Some((mark, block)) if line.trim_end() == mark => blocks.push(block),
                Some((mark, mut block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                    open = Some((mark, block));
                }
                None => {
                    let info = line[fence.len()..].trim();
                    let (kind, file) = info.split_once(' ').unwrap_or((info, ""));
                    let place = format!("{}:{}", self.name, n + 1);
                    let block =
                        Block { place, kind: kind.to_owned(), file: file.trim().to_owned(), text: String::new() };
                    open = Some((fence, block));
                }
            }
        }
        assert!(open.is_none(), "{} : un bloc n’est pas fermé", self.name);
        blocks
    }
}

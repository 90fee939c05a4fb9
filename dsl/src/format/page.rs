//! The whole file: blocks one below the other, their comments, the blank lines between them.

use super::layout::{self, INDENT};
use super::pieces::{Block, Comment, Pieces, ends_line, unix};
use crate::chunk;
use crate::parse::Rule;
use crate::span::Span;

/// What a block is for the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `scénario`, `étape`: what follows is set in.
    Header,
    Test,
    /// `segment`, `champ`, `script`, `inclure`.
    Declaration,
    /// A rule or a setting.
    Line,
}

fn role(block: &Block) -> Role {
    match block.rule {
        Some(Rule::scenario_block | Rule::stage_block) => Role::Header,
        Some(Rule::test_block) => Role::Test,
        Some(rule) if chunk::is_header(rule) => Role::Declaration,
        _ => Role::Line,
    }
}

struct Page<'p, 'a> {
    pieces: &'p Pieces<'a>,
    out: String,
    /// Of rules, at this place of the file.
    indent: usize,
    /// Of the block before.
    before: Option<Role>,
    /// Where it ends in the original.
    end: usize,
    /// Nothing stands under the header yet.
    under_header: bool,
}

/// Writes a file.
pub(super) fn write(pieces: &Pieces<'_>) -> String {
    let out = String::with_capacity(pieces.original.len());
    let mut page = Page { pieces, out, indent: 0, before: None, end: 0, under_header: false };
    for block in &pieces.blocks {
        page.block(block);
    }
    page.loose(&pieces.after);
    page.out
}

impl Page<'_, '_> {
    fn block(&mut self, block: &Block) {
        if block.joined {
            self.out.pop();
            let place = Span { start: self.end, end: block.place.end };
            self.out.push_str(&unix(self.pieces.written(place)));
            self.out.push('\n');
            self.end = block.place.end;
            return;
        }
        let role = role(block);
        let indent = if role == Role::Line { self.indent } else { 0 };
        let apart = match role {
            Role::Header | Role::Test => true,
            Role::Declaration => self.before != Some(Role::Declaration),
            Role::Line => false,
        };
        // Comments with no empty line between them and a header belong to it.
        let own = if apart {
            let blanks = block.before.iter().skip(1).map(|c| c.blank).chain([block.blank]);
            let blanks: Vec<bool> = blanks.collect();
            block.before.len().saturating_sub(blanks.iter().rev().take_while(|blank| !**blank).count())
        } else {
            0
        };
        let (loose, own) = block.before.split_at(own);
        self.loose(loose);
        let mut first = true;
        for comment in own {
            self.blank_line(comment.blank, first && apart);
            self.comment(comment, indent);
            first = false;
        }
        self.blank_line(block.blank, first && apart);
        match &block.atoms {
            Some(atoms) => layout::write(&mut self.out, self.pieces, atoms, &block.inside, indent),
            None => self.kept(block, indent),
        }
        if let Some(comment) = &block.end {
            self.out.push_str("  ");
            self.out.push_str(self.pieces.written(comment.place));
        }
        self.out.push('\n');
        self.before = Some(role);
        self.end = block.place.end;
        self.under_header = role == Role::Header;
        if role == Role::Header {
            self.indent = INDENT;
        }
    }

    /// An empty line, where the author left one, or where one must be; none at the top, nor right under a header.
    fn blank_line(&mut self, author: bool, must: bool) {
        if !self.out.is_empty() && (must || (author && !self.under_header)) {
            self.out.push('\n');
        }
    }

    /// Comments that belong to no block after them: they keep to the margin, or to what stands above.
    fn loose(&mut self, comments: &[Comment]) {
        for comment in comments {
            let indent = if comment.indented && self.before.is_some() { self.indent } else { 0 };
            self.blank_line(comment.blank, false);
            self.comment(comment, indent);
        }
    }

    fn comment(&mut self, comment: &Comment, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(self.pieces.written(comment.place));
        self.out.push('\n');
        self.under_header = false;
    }

    /// What could not be read, with its own margin when it begins its line.
    fn kept(&mut self, block: &Block, indent: usize) {
        let before = self.pieces.original.get(..block.place.start).unwrap_or_default();
        let margin = before.rsplit(ends_line).next().unwrap_or_default();
        if margin.trim().is_empty() {
            self.out.push_str(margin);
        } else {
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
        self.out.push_str(&unix(self.pieces.written(block.place)));
    }
}

//! The third reading of a body: its structure, for paper. Nothing in it is markup any more, whatever the data holds.

use super::protect::reveal;
use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::Serialize;

/// Lists and quotes inside one another beyond this depth are read as if they were not.
const DEEPEST: usize = 6;

/// Words that look alike. A line break inside a paragraph is a span whose text is `\n`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Span {
    /// The words.
    pub text: String,
    /// In bold.
    pub strong: bool,
    /// In italics.
    pub emphasis: bool,
}

/// A piece of the body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// Its words.
        spans: Vec<Span>,
    },
    /// A heading.
    Heading {
        /// 1 for the largest, 3 for the smallest.
        level: u8,
        /// Its words.
        spans: Vec<Span>,
    },
    /// A list.
    List {
        /// The number of its first item; none for bullets.
        first: Option<u64>,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// What stands in a frame.
    Quote {
        /// Its content.
        blocks: Vec<Block>,
    },
    /// A table.
    Table {
        /// Whether each column stands at the right.
        right: Vec<bool>,
        /// The headings.
        head: Vec<Vec<Span>>,
        /// The cells of each row.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// A line across.
    Rule,
}

/// Reads a body whose values were hidden (see [`protect`](super::protect)).
pub(super) fn read(source: &str) -> Vec<Block> {
    let mut reader = Reader { open: vec![Level::Root(Vec::new())], ..Reader::default() };
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        reader.event(event);
    }
    reader.flush();
    match reader.open.into_iter().next() {
        Some(Level::Root(blocks)) => blocks,
        _ => Vec::new(),
    }
}

/// What is being filled, from the outside to the inside.
enum Level {
    Root(Vec<Block>),
    Quote(Vec<Block>),
    List(Option<u64>, Vec<Vec<Block>>),
    Item(Vec<Block>),
    /// Too deep: what it holds goes into what is around it.
    Ignored,
}

#[derive(Default)]
struct Reader {
    open: Vec<Level>,
    spans: Vec<Span>,
    strong: usize,
    emphasis: usize,
    heading: Option<u8>,
    /// The address of the open link, and where its words begin.
    link: Option<(String, usize)>,
    table: Option<OpenTable>,
}

#[derive(Default)]
struct OpenTable {
    right: Vec<bool>,
    head: Vec<Vec<Span>>,
    rows: Vec<Vec<Vec<Span>>>,
    cells: Vec<Vec<Span>>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::Html(text)
            | Event::InlineHtml(text) => self.words(&reveal(&text)),
            Event::SoftBreak => self.words(" "),
            Event::HardBreak => self.words("\n"),
            Event::Rule => {
                self.flush();
                self.push(Block::Rule);
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn words(&mut self, text: &str) {
        let (strong, emphasis) = (self.strong > 0, self.emphasis > 0);
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.spans.push(Span { text: "\n".to_owned(), ..Span::default() });
            }
            match self.spans.last_mut() {
                _ if line.is_empty() => {}
                Some(last) if last.text != "\n" && (last.strong, last.emphasis) == (strong, emphasis) => {
                    last.text.push_str(line);
                }
                _ => self.spans.push(Span { text: line.to_owned(), strong, emphasis }),
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    _ => 3,
                });
            }
            Tag::Table(columns) => {
                self.flush();
                let right = columns.iter().map(|column| *column == Alignment::Right).collect();
                self.table = Some(OpenTable { right, ..OpenTable::default() });
            }
            Tag::BlockQuote(_) => self.open(Level::Quote(Vec::new())),
            Tag::List(first) => self.open(Level::List(first, Vec::new())),
            Tag::Item => self.open(Level::Item(Vec::new())),
            Tag::Emphasis => self.emphasis += 1,
            Tag::Strong => self.strong += 1,
            Tag::Link { dest_url, .. } => self.link = Some((reveal(&dest_url), self.spans.len())),
            Tag::Paragraph | Tag::HtmlBlock | Tag::CodeBlock(_) => self.flush(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::CodeBlock | TagEnd::Heading(_) => self.flush(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => self.close(),
            TagEnd::Emphasis => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Link => self.end_link(),
            TagEnd::TableCell | TagEnd::TableHead | TagEnd::TableRow | TagEnd::Table => self.end_of_table(tag),
            _ => {}
        }
    }

    fn end_of_table(&mut self, tag: TagEnd) {
        let Some(table) = &mut self.table else { return };
        match tag {
            TagEnd::TableCell => table.cells.push(std::mem::take(&mut self.spans)),
            TagEnd::TableHead => table.head = std::mem::take(&mut table.cells),
            TagEnd::TableRow => table.rows.push(std::mem::take(&mut table.cells)),
            _ => {
                let OpenTable { right, head, rows, .. } = self.table.take().unwrap_or_default();
                self.push(Block::Table { right, head, rows });
            }
        }
    }

    /// Paper has no links: the address stands behind the words, unless they say it.
    fn end_link(&mut self) {
        let Some((target, from)) = self.link.take() else { return };
        let bare = target.trim_start_matches("mailto:").trim_start_matches("tel:").to_owned();
        let said: String = self.spans.iter().skip(from.saturating_sub(1)).map(|span| span.text.as_str()).collect();
        if !said.contains(&bare) {
            self.words(&format!("\u{a0}: {bare}"));
        }
    }

    fn open(&mut self, level: Level) {
        self.flush();
        let deep = self.open.iter().filter(|level| !matches!(level, Level::Item(_) | Level::Ignored)).count();
        let item = matches!(level, Level::Item(_));
        let outside = !matches!(self.open.last(), Some(Level::List(..)));
        // An item of an ignored list is ignored as well.
        let ignored = if item { outside } else { deep > DEEPEST };
        self.open.push(if ignored { Level::Ignored } else { level });
    }

    fn close(&mut self) {
        self.flush();
        if self.open.len() < 2 {
            return;
        }
        match self.open.pop() {
            Some(Level::Quote(blocks)) => self.push(Block::Quote { blocks }),
            Some(Level::List(first, items)) => self.push(Block::List { first, items }),
            Some(Level::Item(blocks)) => {
                if let Some(Level::List(_, items)) = self.open.last_mut() {
                    items.push(blocks);
                }
            }
            Some(Level::Root(_) | Level::Ignored) | None => {}
        }
    }

    /// Ends the words at hand.
    fn flush(&mut self) {
        let heading = self.heading.take();
        let mut spans = std::mem::take(&mut self.spans);
        while spans.last().is_some_and(|span| span.text.trim().is_empty()) {
            spans.pop();
        }
        if spans.is_empty() {
            return;
        }
        self.push(match heading {
            Some(level) => Block::Heading { level, spans },
            None => Block::Paragraph { spans },
        });
    }

    fn push(&mut self, block: Block) {
        for level in self.open.iter_mut().rev() {
            match level {
                Level::Root(blocks) | Level::Quote(blocks) | Level::Item(blocks) => return blocks.push(block),
                Level::List(..) | Level::Ignored => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::protect::{clean, hide};
    use super::*;

    fn plain(blocks: &[Block]) -> String {
        let spans = |spans: &[Span]| spans.iter().map(|span| span.text.clone()).collect::<String>();
        let told = blocks.iter().map(|block| match block {
            Block::Paragraph { spans: words } => spans(words),
            Block::Heading { level, spans: words } => format!("h{level} {}", spans(words)),
            Block::Quote { blocks } => format!("[{}]", plain(blocks)),
            Block::List { first, items } => {
                format!("{first:?}({})", items.iter().map(|item| plain(item)).collect::<Vec<_>>().join("; "))
            }
            Block::Table { head, rows, .. } => {
                let row = |cells: &Vec<Vec<Span>>| cells.iter().map(|cell| spans(cell)).collect::<Vec<_>>().join(" / ");
                std::iter::once(head).chain(rows).map(row).collect::<Vec<_>>().join(" // ")
            }
            Block::Rule => "---".to_owned(),
        });
        told.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn the_structure_of_a_letter() {
        let source = "Bonjour **vous** *tous*,\n\n## Titre\n\n- un\n- deux\n  - trois\n\n3. a\n\n> IBAN : FR76\\\n> BIC : X\n\n---\n\n[Payer](https://p.fr) et [a@b.fr](mailto:a@b.fr)";
        insta::assert_debug_snapshot!(read(source));
    }

    #[test]
    fn data_is_never_markup() {
        for nasty in
            ["<b>*SARL*_", "# Titre", "- liste", "> cadre", "[x](y)", "a\nb", "```", "    code", "1. a", "#set"]
        {
            let blocks = read(&format!("{}\n\n**{}**", hide(&clean(nasty)), hide(&clean(nasty))));
            assert_eq!(plain(&blocks), format!("{nasty} | {nasty}"), "{nasty}");
        }
    }

    #[test]
    fn a_table_keeps_its_cells_whatever_they_hold() {
        let source = format!(
            "| Facture | Reste dû |\n| :-- | --: |\n| **{}** | 1 € |\n| Total | |\n\nFin",
            hide(&clean("F|1 | x"))
        );
        let blocks = read(&source);
        assert_eq!(plain(&blocks), "Facture / Reste dû // F|1 | x / 1 € // Total /  | Fin");
        assert!(matches!(&blocks[0], Block::Table { right, .. } if right == &[false, true]), "{blocks:?}");
    }

    #[test]
    fn depth_is_bounded_and_nothing_is_lost() {
        let mut source = String::new();
        for depth in 0..60 {
            source.push_str(&format!("{}{depth}\n{}\n", "> ".repeat(depth), "> ".repeat(depth)));
        }
        let told = plain(&read(&source));
        assert_eq!(told.matches('[').count(), DEEPEST, "{told}");
        assert!((0..60).all(|depth| told.contains(&depth.to_string())));
        let nested: String = (0..40).map(|depth| format!("{}- {depth}\n", "  ".repeat(depth))).collect();
        let told = plain(&read(&nested));
        assert!((0..40).all(|depth| told.contains(&depth.to_string())), "{told}");
    }
}

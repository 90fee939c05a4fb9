//! One Markdown source, two readings: HTML for those who see it, plain text for the others. Only light Markdown has a
//! meaning: paragraphs, headings, emphasis, lists, tables, quotes, rules and links. HTML in a template is shown, not obeyed.
//!
//! Styles stand in each element, since mail programs drop others; classes are for dark screens only.

use super::look::Colour;
use super::protect::reveal;
use super::table::Table;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Both readings of a body.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Body {
    pub html: String,
    pub text: String,
    /// Whether the source holds HTML, which is shown as it is written: probably not what was meant.
    pub has_html: bool,
    /// A link that leads nowhere safe, and was therefore left out.
    pub bad_link: Option<String>,
}

/// Text for HTML, attribute values included.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// French wants a no-break space before `? ! : ; »` and after `«`, and a curved apostrophe; whoever writes templates should
/// not have to know how to type them. Values are still hidden here, so that data stays as it is.
pub(super) fn french_spaces(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut previous = '\n';
    while let Some(c) = chars.next() {
        let before = matches!(chars.peek(), Some('?' | '!' | ':' | ';' | '»' | '€' | '%'));
        let opens = previous == '«';
        let elides = c == '\'' && previous.is_alphabetic() && chars.peek().is_some_and(|next| !next.is_whitespace());
        if elides {
            spaced.push('’');
            previous = c;
            continue;
        }
        spaced.push(
            if c == ' '
                && ((before && !previous.is_whitespace() && !matches!(previous, '>' | '-' | '#' | '|')) || opens)
            {
                '\u{a0}'
            } else {
                c
            },
        );
        previous = c;
    }
    spaced
}

/// Reads a body whose values were hidden (see [`protect`](super::protect)); buttons have the colour.
pub(super) fn read(source: &str, colour: Colour) -> Body {
    let body = Body {
        html: String::with_capacity(source.len() * 3),
        text: String::with_capacity(source.len()),
        ..Body::default()
    };
    let mut writer = Writer { body, colour, ..Writer::default() };
    for event in Parser::new_ext(source, Options::ENABLE_TABLES) {
        writer.event(event);
    }
    writer.body.text.truncate(writer.body.text.trim_end().len());
    writer.body
}

#[derive(Default)]
struct Writer {
    body: Body,
    colour: Colour,
    /// Where the open paragraph begins in both readings.
    paragraph: (usize, usize),
    /// The last link: where it begins and ends in the page, its address, where its words end in the page.
    last_link: Option<Placed>,
    table: Option<Table>,
    /// The indentation of the text's lines, one entry for each list or quote.
    indents: Vec<&'static str>,
    /// The next number of each open list; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// The address of the open link, and where its words begin in the text.
    link: Option<(String, usize)>,
    /// Whether a blank line is due before the next block of text.
    gap: bool,
}

/// A link in the page.
struct Placed {
    from: usize,
    words: usize,
    to: usize,
    target: String,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.words(&text)
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                self.body.has_html = true;
                self.words(&text);
            }
            Event::SoftBreak => {
                self.body.html.push('\n');
                self.body.text.push(' ');
            }
            Event::HardBreak => self.line_break(),
            Event::Rule => {
                self.body
                    .html
                    .push_str("<hr class=\"line\" style=\"border:0;border-top:1px solid #d3dae3;margin:24px 0;\">\n");
                self.open_text();
                self.body.text.push_str("----------");
                self.close_text();
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn words(&mut self, text: &str) {
        let plain = reveal(text);
        for (i, line) in plain.split('\n').enumerate() {
            if i > 0 {
                self.line_break();
            }
            self.body.html.push_str(&escape(line));
            self.body.text.push_str(line);
        }
    }

    fn line_break(&mut self) {
        self.body.html.push_str("<br>\n");
        self.body.text.push('\n');
        self.indent();
    }

    fn indent(&mut self) {
        for indent in &self.indents {
            self.body.text.push_str(indent);
        }
    }

    /// Begins a block of text on a line of its own.
    fn open_text(&mut self) {
        if !self.body.text.is_empty() {
            if !self.body.text.ends_with('\n') {
                self.body.text.push('\n');
            }
            if self.gap {
                self.body.text.push('\n');
            }
        }
        self.gap = false;
        self.indent();
    }

    fn close_text(&mut self) {
        self.body.text.push('\n');
        self.gap = true;
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock | Tag::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_)) => {
                self.paragraph.0 = self.body.html.len();
                self.body.html.push_str("<p style=\"margin:0 0 16px;\">");
                // The first paragraph of an item stands behind its bullet.
                if !self.body.text.ends_with("- ") && !self.body.text.ends_with(". ") {
                    self.open_text();
                }
            }
            Tag::Heading { level, .. } => {
                let (name, size) = heading(level);
                let style = format!("font-size:{size}px;line-height:1.3;margin:24px 0 12px;");
                self.body.html.push_str(&format!("<{name} style=\"{style}\">"));
                self.open_text();
            }
            Tag::BlockQuote(_) => {
                let style = "margin:0 0 20px;padding:16px 18px 1px;border:1px solid #d3dae3;border-radius:6px;background:#f5f7fa;";
                self.body.html.push_str(&["<blockquote class=\"box\" style=\"", style, "\">\n"].concat());
                self.indents.push("  ");
            }
            Tag::List(first) => {
                let name = if first.is_some() { "ol" } else { "ul" };
                self.body.html.push_str(&format!("<{name} style=\"margin:0 0 16px;padding-left:24px;\">\n"));
                if !self.lists.is_empty() {
                    self.gap = false;
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.body.html.push_str("<li style=\"margin:0 0 8px;\">");
                self.open_text();
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let bullet = format!("{number}. ");
                        *number = number.saturating_add(1);
                        bullet
                    }
                    _ => "- ".to_owned(),
                };
                self.body.text.push_str(&bullet);
                self.indents.push("  ");
            }
            Tag::Table(columns) => {
                self.open_text();
                self.table = Some(Table::open(&columns, &mut self.body.html));
            }
            Tag::TableHead => {
                if let Some(table) = &mut self.table {
                    table.open_head(&mut self.body.html);
                }
            }
            Tag::TableRow => self.body.html.push_str("<tr>"),
            Tag::TableCell => {
                let (html, from) = (&mut self.body.html, self.body.text.len());
                if let Some(table) = &mut self.table {
                    table.open_cell(html, from);
                }
            }
            Tag::Emphasis => self.body.html.push_str("<em>"),
            Tag::Strong => self.body.html.push_str("<strong>"),
            Tag::Link { dest_url, .. } => self.open_link(&reveal(&dest_url)),
            _ => {}
        }
    }

    fn open_link(&mut self, target: &str) {
        let safe = ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| target.starts_with(scheme));
        let safe = safe && !target.chars().any(|c| c.is_whitespace() || c.is_control());
        if safe {
            let from = self.body.html.len();
            self.body
                .html
                .push_str(&["<a class=\"link\" style=\"color:#1d5a96;\" href=\"", &escape(target), "\">"].concat());
            self.last_link = Some(Placed { from, words: self.body.html.len(), to: 0, target: target.to_owned() });
            self.link = Some((target.to_owned(), self.body.text.len()));
        } else if self.body.bad_link.is_none() {
            self.body.bad_link = Some(target.to_owned());
        }
    }

    fn close_link(&mut self) {
        let Some((target, from)) = self.link.take() else { return };
        self.body.html.push_str("</a>");
        if let Some(link) = &mut self.last_link {
            link.to = self.body.html.len();
        }
        let words = self.body.text.get(from..).unwrap_or("").trim();
        let bare = target.trim_start_matches("mailto:").trim_start_matches("tel:");
        if words != target && words != bare {
            self.body.text.push_str(&format!("\u{a0}: {bare}"));
        }
    }

    /// A paragraph that is nothing but a link to a page is a button.
    fn button(&mut self) -> bool {
        let alone = "<p style=\"margin:0 0 16px;\">".len() + self.paragraph.0;
        let html = &mut self.body.html;
        let Some(link) = self.last_link.take().filter(|link| link.from == alone && link.to == html.len()) else {
            return false;
        };
        if !link.target.starts_with("http") {
            return false;
        }
        let words = html.get(link.words..link.to.saturating_sub("</a>".len())).unwrap_or_default().to_owned();
        html.truncate(self.paragraph.0);
        let (colour, ink) = (self.colour.css(), self.colour.ink());
        let address = escape(&link.target);
        // A cell with a colour of its own: the only button that every mail program shows.
        html.push_str(&[
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:4px 0 20px;\"><tr><td bgcolor=\"",
            &colour, "\" style=\"border-radius:6px;background:", &colour, ";\"><a href=\"", &address,
            "\" style=\"display:inline-block;padding:12px 24px;font-weight:600;text-decoration:none;color:", ink, ";\">",
            &words, "</a></td></tr></table>\n",
        ].concat());
        true
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::CodeBlock => {
                if !self.button() {
                    self.body.html.push_str("</p>\n");
                }
                self.close_text();
            }
            TagEnd::Table => {
                self.table = None;
                self.body.html.push_str("</tbody></table>\n");
                self.gap = true;
            }
            TagEnd::TableHead => {
                if let Some(table) = &mut self.table {
                    table.close_head(&mut self.body);
                }
            }
            TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    table.close_row(&mut self.body, &self.indents.concat());
                }
            }
            TagEnd::TableCell => {
                if let Some(table) = &mut self.table {
                    table.close_cell(&mut self.body);
                }
            }
            TagEnd::Heading(level) => {
                self.body.html.push_str(&format!("</{}>\n", heading(level).0));
                self.close_text();
            }
            TagEnd::BlockQuote(_) => {
                self.body.html.push_str("</blockquote>\n");
                self.indents.pop();
                self.gap = true;
            }
            TagEnd::List(ordered) => {
                self.body.html.push_str(if ordered { "</ol>\n" } else { "</ul>\n" });
                self.lists.pop();
                self.gap = self.lists.is_empty();
            }
            TagEnd::Item => {
                self.body.html.push_str("</li>\n");
                if !self.body.text.ends_with('\n') {
                    self.body.text.push('\n');
                }
                self.indents.pop();
                self.gap = false;
            }
            TagEnd::Emphasis => self.body.html.push_str("</em>"),
            TagEnd::Strong => self.body.html.push_str("</strong>"),
            TagEnd::Link => self.close_link(),
            _ => {}
        }
    }
}

fn heading(level: HeadingLevel) -> (&'static str, u32) {
    match level {
        HeadingLevel::H1 => ("h1", 20),
        HeadingLevel::H2 => ("h2", 18),
        _ => ("h3", 16),
    }
}

#[cfg(test)]
mod tests {
    use super::super::protect::{clean, hide};
    use super::*;

    const BLUE: Colour = Colour::DEFAULT;

    #[test]
    fn both_readings() {
        let body = read(
            "Bonjour,\n\n**Total** : 3\n\n- un\n- deux\n\n> cadre\\\n> suite\n\n[Payer](https://p.fr/?a=1&b=2)\n\n\
             | Facture | Échéance | Dû |\n|:--|:--|--:|\n| **F1** | le 3 | 12 € |\n| Total | | 12 € |\n\nFin, [ici](https://p.fr)",
            BLUE,
        );
        insta::assert_snapshot!(format!("{}\n=====\n{}", body.html, body.text));
    }

    #[test]
    fn data_is_never_markup() {
        for nasty in
            ["<b>*SARL*_", "# Titre", "- liste", "[x](javascript:alert(1))", "a\nb", "&amp;", "```", "    code", "1. a"]
        {
            let body = read(&format!("{}\n\n**{}**", hide(&clean(nasty)), hide(&clean(nasty))), BLUE);
            assert_eq!(body.text, format!("{nasty}\n\n{nasty}"), "{nasty}");
            let shown = escape(nasty).replace('\n', "<br>\n");
            assert!(body.html.contains(&format!("<strong>{shown}</strong>")), "{}", body.html);
            assert!(!body.has_html);
        }
    }

    #[test]
    fn links_lead_to_safe_places_only() {
        let link = |target: &str| read(&format!("[ici]({})", hide(target)), BLUE);
        assert_eq!(link("javascript:alert(1)").html, "<p style=\"margin:0 0 16px;\">ici</p>\n");
        assert_eq!(link("javascript:alert(1)").bad_link.as_deref(), Some("javascript:alert(1)"));
        assert!(link("https://x.fr/\"onclick=").html.contains("&quot;onclick"));
        assert_eq!(link("mailto:a@b.fr").text, "ici\u{a0}: a@b.fr");
    }

    #[test]
    fn html_is_shown_and_reported() {
        let body = read("<div>bloc</div>\n\nUn <b>mot</b>", BLUE);
        assert!(body.has_html);
        assert!(!body.html.contains("<b>") && body.html.contains("&lt;b&gt;"));
    }

    #[test]
    fn french_typography() {
        assert_eq!(french_spaces("Reçu ? « Oui » : 3 %"), "Reçu\u{a0}? «\u{a0}Oui\u{a0}»\u{a0}: 3\u{a0}%");
        assert_eq!(french_spaces("l'échéance d'un « 'mot' »"), "l’échéance d’un «\u{a0}'mot'\u{a0}»");
        assert_eq!(french_spaces("> :a\n- : b"), "> :a\n- : b");
    }
}

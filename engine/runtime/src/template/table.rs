//! A table of a body: columns in the page, and for who reads text, one entry for each row with its headings.

use super::markdown::Body;
use pulldown_cmark::Alignment;

/// An open table.
pub(super) struct Table {
    columns: Vec<Alignment>,
    headings: Vec<String>,
    /// The cells of the open row, as text.
    cells: Vec<String>,
    in_head: bool,
    /// Where the open cell begins in the text.
    from: usize,
}

impl Table {
    pub fn open(columns: &[Alignment], html: &mut String) -> Table {
        html.push_str(
            "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
             style=\"width:100%;table-layout:fixed;margin:0 0 20px;border-collapse:collapse;font-size:15px;line-height:1.45;\">\n",
        );
        Table { columns: columns.to_vec(), headings: Vec::new(), cells: Vec::new(), in_head: false, from: 0 }
    }

    pub fn open_head(&mut self, html: &mut String) {
        self.in_head = true;
        html.push_str("<thead><tr>");
    }

    pub fn open_cell(&mut self, html: &mut String, from: usize) {
        self.from = from;
        let right = matches!(self.columns.get(self.cells.len()), Some(Alignment::Right));
        // An amount is never cut; a long number of an invoice may be, before the page gets wider than the screen.
        let side =
            if right { "text-align:right;overflow-wrap:normal;" } else { "text-align:left;overflow-wrap:break-word;" };
        let align = if right { "right" } else { "left" };
        let edge = if self.cells.is_empty() { "0" } else { "10px" };
        let (open, style) = if self.in_head {
            (
                "<th scope=\"col\" class=\"line\" align=\"",
                "vertical-align:bottom;font-size:13px;font-weight:600;border-bottom:2px solid #d3dae3;padding:0 0 8px ",
            )
        } else {
            ("<td class=\"line\" align=\"", "vertical-align:top;border-bottom:1px solid #d3dae3;padding:10px 0 10px ")
        };
        html.push_str(&[open, align, "\" style=\"", side, style, edge, ";\">"].concat());
    }

    pub fn close_cell(&mut self, body: &mut Body) {
        let text = body.text.split_off(self.from.min(body.text.len()));
        self.cells.push(text.trim().to_owned());
        body.html.push_str(if self.in_head { "</th>" } else { "</td>" });
    }

    pub fn close_head(&mut self, body: &mut Body) {
        self.in_head = false;
        self.headings = std::mem::take(&mut self.cells);
        body.html.push_str("</tr></thead>\n<tbody>");
    }

    /// The first cell, then each of the others behind its heading.
    pub fn close_row(&mut self, body: &mut Body, indent: &str) {
        body.html.push_str("</tr>\n");
        for (n, cell) in std::mem::take(&mut self.cells).iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            if !body.text.is_empty() && !body.text.ends_with('\n') {
                body.text.push('\n');
            }
            let heading = self.headings.get(n).map(String::as_str).filter(|heading| n > 0 && !heading.is_empty());
            let (mark, colon) = (if n == 0 { "- " } else { "  " }, if heading.is_some() { "\u{a0}: " } else { "" });
            body.text.push_str(&[indent, mark, heading.unwrap_or_default(), colon, cell].concat());
        }
        body.text.push('\n');
    }
}

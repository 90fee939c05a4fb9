//! Workbooks made of the XML of one sheet, stored as it is, so that mutations reach the reader of cells.

use std::io::{Cursor, Write};
use std::sync::Once;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of one sheet; its second style is that of dates.
pub fn with_sheet(sheet: &[u8]) -> Vec<u8> {
    let types = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let part =
        |name: &str, kind: &str| format!("<Override PartName=\"/xl/{name}\" ContentType=\"{types}.{kind}+xml\"/>");
    let parts =
        [part("workbook.xml", "sheet.main"), part("worksheets/sheet1.xml", "worksheet"), part("styles.xml", "styles")];
    let link = |id: u8, kind: &str, to: &str| {
        format!("<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{to}\"/>")
    };
    let links = |all: &str| format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>");
    let inside = [link(1, "worksheet", "worksheets/sheet1.xml"), link(2, "styles", "styles.xml")].concat();
    let files: [(&str, Vec<u8>); 6] = [
        ("[Content_Types].xml", format!("{HEAD}<Types xmlns=\"{PACKAGE}/content-types\">{}</Types>", parts.concat()).into()),
        ("_rels/.rels", links(&link(1, "officeDocument", "xl/workbook.xml")).into()),
        ("xl/_rels/workbook.xml.rels", links(&inside).into()),
        (
            "xl/workbook.xml",
            format!(
                "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>\
                 <sheet name=\"Feuil1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            )
            .into(),
        ),
        (
            "xl/styles.xml",
            format!("{HEAD}<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>")
                .into(),
        ),
        ("xl/worksheets/sheet1.xml", sheet.to_vec()),
    ];
    let mut book = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        book.start_file(name, stored).expect("a file is begun");
        book.write_all(&bytes).expect("a file is written");
    }
    book.finish().expect("a workbook is closed").into_inner()
}

/// A sheet that shows the rows of a CSV text: for the seeds.
pub fn sheet(csv: &str) -> String {
    let cell = |text: &str| match text.replace(',', ".").parse::<f64>() {
        Ok(number) => format!("<c><v>{number}</v></c>"),
        Err(_) => match text.split('/').map(str::parse::<i64>).collect::<Result<Vec<_>, _>>() {
            Ok(date) if date.len() == 3 => format!("<c s=\"1\"><v>{}</v></c>", 46_000 + date[0] + 30 * date[1]),
            _ => format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", text.replace('&', "&amp;").replace('<', "&lt;")),
        },
    };
    let row = |line: &str| format!("<row>{}</row>\n", line.split(';').map(cell).collect::<String>());
    format!(
        "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData>\n{}</sheetData></worksheet>",
        csv.lines().map(row).collect::<String>()
    )
}

/// A panic of the library that reads workbooks is caught where it is called; the fuzzer would stop at it.
pub fn forgive_the_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let fatal = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let theirs = |file: &str| ["calamine-", "quick-xml-", "zip-"].iter().any(|name| file.contains(name));
            if !panic.location().is_some_and(|at| theirs(at.file())) {
                fatal(panic);
            }
        }));
    });
}

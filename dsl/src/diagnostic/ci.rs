//! Findings for continuous integration: SARIF for code scanning, annotations for GitHub's log, JUnit for test reports.

use super::codes::code_page;
use super::render::Finding;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Findings as a SARIF 2.1.0 log (OASIS), columns in characters.
pub fn sarif(findings: &[Finding], version: &str) -> Value {
    let codes: BTreeSet<&str> = findings.iter().map(|f| f.code.as_str()).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| match code_page(code) {
            Some(page) => json!({
                "id": code,
                "shortDescription": { "text": page.title },
                "fullDescription": { "text": page.explanation },
                "help": { "text": format!("relance expliquer-code {code}") },
            }),
            None => json!({ "id": code }),
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(sarif_result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "relance", "version": version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn sarif_result(finding: &Finding) -> Value {
    let level = match finding.severity {
        "erreur" => "error",
        "avertissement" => "warning",
        _ => "note",
    };
    let region = json!({
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    });
    let mut result = json!({
        "ruleId": finding.code,
        "level": level,
        "message": { "text": with_help(finding) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&finding.file) }, "region": region } }],
    });
    if let (Some(fix), Some(object)) = (&finding.fix, result.as_object_mut()) {
        let change = json!({
            "artifactLocation": { "uri": uri(&finding.file) },
            "replacements": [{ "deletedRegion": region, "insertedContent": { "text": fix } }],
        });
        let text = finding.help.clone().unwrap_or_else(|| format!("écrire `{fix}`"));
        object.insert("fixes".to_owned(), json!([{ "description": { "text": text }, "artifactChanges": [change] }]));
    }
    result
}

fn with_help(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => format!("{} — {help}", finding.message),
        None => finding.message.clone(),
    }
}

/// A path as a relative URI: what RFC 3986 does not let stand is written in percents.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Findings as workflow commands, which GitHub shows beside the lines of a change.
pub fn github(findings: &[Finding]) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut out = String::new();
    for finding in findings {
        let command = match finding.severity {
            "erreur" => "error",
            "avertissement" => "warning",
            _ => "notice",
        };
        let _ = writeln!(
            out,
            "::{command} file={},line={},endLine={},col={},endColumn={},title={}::{}",
            property(&finding.file),
            finding.line,
            finding.end_line,
            finding.column,
            finding.end_column,
            property(&finding.code),
            data(&with_help(finding))
        );
    }
    out
}

/// Findings as a JUnit report: one case a file, which fails when the file has an error; other findings stand in its output.
pub fn junit(findings: &[Finding], files: &[String]) -> String {
    let mut all: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    all.extend(findings.iter().map(|f| f.file.as_str()));
    let of = |file: &str| findings.iter().filter(|f| f.file == file).collect::<Vec<_>>();
    let failed = all.iter().filter(|file| of(file).iter().any(|f| f.severity == "erreur")).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites tests=\"{}\" failures=\"{failed}\">", all.len());
    let _ = writeln!(out, "  <testsuite name=\"relance verifier\" tests=\"{}\" failures=\"{failed}\">", all.len());
    for file in &all {
        let own = of(file);
        let _ = write!(out, "    <testcase classname=\"verifier\" name=\"{}\"", xml(file));
        if own.is_empty() {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        let line =
            |f: &&Finding| format!("{}:{}:{} {}[{}] {}", f.file, f.line, f.column, f.severity, f.code, with_help(f));
        let errors: Vec<String> = own.iter().filter(|f| f.severity == "erreur").map(line).collect();
        let others: Vec<String> = own.iter().filter(|f| f.severity != "erreur").map(line).collect();
        if let Some(first) = errors.first() {
            let _ = writeln!(out, "      <failure message=\"{}\">{}</failure>", xml(first), xml(&errors.join("\n")));
        }
        if !others.is_empty() {
            let _ = writeln!(out, "      <system-out>{}</system-out>", xml(&others.join("\n")));
        }
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Text that may stand in XML 1.0, in an attribute or between tags.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

//! What the targets begin with.

use crate::workbooks;
use chrono::NaiveDate;
use relance_core::machine::Channel;
use relance_engine::portfolio::{Params, generate};
use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file with one of these endings under a folder.
fn files(folder: &Path, endings: &[&str]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
                found.extend(fs::read(path));
            }
        }
    }
    found
}

/// The fenced blocks of the documentation whose first line begins with this word: the rest of that line, and the text.
fn named_blocks(kind: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for page in files(&root().join("docs"), &["md"]) {
        let page = String::from_utf8_lossy(&page).into_owned();
        found.extend(page.split("```").skip(1).step_by(2).filter_map(|block| {
            let (head, text) = block.split_once('\n')?;
            Some((head.strip_prefix(kind)?.trim().to_owned(), text.to_owned()))
        }));
    }
    found
}

fn blocks(kind: &str) -> impl Iterator<Item = Vec<u8>> {
    named_blocks(kind).into_iter().map(|(_, text)| text.into_bytes())
}

/// The scripts in the tests of the script host: texts that hold a function.
fn scripts() -> Vec<Vec<u8>> {
    let tests = files(&root().join("engine/core/tests/script"), &["rs"]);
    let mut found = files(&root(), &["rhai"]);
    for test in tests {
        let text = String::from_utf8_lossy(&test).into_owned();
        found.extend(text.lines().filter_map(|line| {
            let body = line.trim().strip_prefix('"')?.strip_suffix("\",")?.replace("\\\"", "\"").replace("\\n", "\n");
            let whole = if body.contains("fn ") { body } else { format!("fn f() {{ {body} }}\nfn test_f() {{ f() }}") };
            Some(whole.into_bytes())
        }));
    }
    found.extend(blocks("rhai"));
    found
}

/// Generated portfolios, the tables of the documentation, each kind of file alone and all together, as text and as workbooks.
fn imports() -> Vec<Vec<u8>> {
    let today = NaiveDate::from_ymd_opt(2026, 3, 18).unwrap_or_default();
    let mut found = Vec::new();
    for seed in 0..6 {
        let portfolio = generate(Params { invoices: 5, customers: 2, seed, today });
        let named: Vec<String> = portfolio.files().iter().map(|(name, text)| format!("{name}\n{text}")).collect();
        found.push(named.join("\u{1}"));
        let sheet =
            |(name, text): &(String, String)| format!("{}\n{}", name.replace(".csv", ".xlsx"), workbooks::sheet(text));
        found.extend(portfolio.files().iter().map(sheet));
        found.extend(named);
    }
    for (name, table) in named_blocks("csv") {
        found.push([name, "\n".to_owned(), table].concat());
    }
    let mut found: Vec<Vec<u8>> = found.into_iter().map(String::into_bytes).collect();
    let book = workbooks::with_sheet(
        workbooks::sheet("numero;client;date_emission;montant\nF1;C1;01/02/2026;12,5\n").as_bytes(),
    );
    found.push([b"factures.xlsx\n".to_vec(), book].concat());
    found
}

/// The shipped templates and those of the documentation, each behind the folder of its channel.
fn templates() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for channel in Channel::ALL {
        let folder = channel.folder();
        let behind = |text: Vec<u8>| [folder.as_bytes(), b"\n", &text].concat();
        found.extend(files(&root().join("scenarios/modeles").join(folder), &["md"]).into_iter().map(behind));
    }
    found.extend(named_blocks("modele").into_iter().map(|(_, text)| format!("email\n{text}").into_bytes()));
    found
}

/// Writes a folder of seeds for each target.
pub fn write() -> Result<()> {
    let mut scenarios = files(&root().join("tests/corpus"), &["relance"]);
    scenarios.extend(files(&root().join("scenarios"), &["relance"]));
    scenarios.extend(files(&root().join("dsl/tests/format/files"), &["relance"]));
    scenarios.extend(blocks("relance"));
    let folders: [(&str, Vec<Vec<u8>>); 7] = [
        ("langage", scenarios.clone()),
        ("forme", scenarios.clone()),
        ("essais", scenarios.clone()),
        ("vies", scenarios),
        ("scripts", scripts()),
        ("imports", imports()),
        ("modeles", templates()),
    ];
    for (name, seeds) in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("graines").join(name);
        fs::create_dir_all(&folder)?;
        for (n, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("graine-{n:03}")), seed)?;
        }
        println!("{name} : {} graines", seeds.len());
    }
    Ok(())
}

//! What the targets begin with.

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

/// The fenced blocks of the documentation that begin with one of these words.
fn blocks(kinds: &[&str]) -> Vec<Vec<u8>> {
    let pages = files(&root().join("docs"), &["md"]);
    let mut found = Vec::new();
    for page in pages {
        let page = String::from_utf8_lossy(&page).into_owned();
        let mut inside = page.split("```").skip(1).step_by(2);
        found.extend(inside.by_ref().filter_map(|block| {
            let (head, text) = block.split_once('\n')?;
            kinds.iter().any(|kind| head.starts_with(kind)).then(|| text.as_bytes().to_vec())
        }));
    }
    found
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
    found.extend(blocks(&["rhai"]));
    found
}

/// Writes a folder of seeds for each target.
pub fn write() -> Result<()> {
    let mut scenarios = files(&root().join("tests/corpus"), &["relance"]);
    scenarios.extend(files(&root().join("scenarios"), &["relance"]));
    scenarios.extend(files(&root().join("dsl/tests/format/files"), &["relance"]));
    scenarios.extend(blocks(&["relance"]));
    let folders: [(&str, Vec<Vec<u8>>); 5] = [
        ("langage", scenarios.clone()),
        ("forme", scenarios.clone()),
        ("essais", scenarios.clone()),
        ("vies", scenarios),
        ("scripts", scripts()),
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

//! The programs that look at a PDF. Where one is missing, the test says so and ends.

use std::path::Path;
use std::process::Command;

/// Whether a program is there; if not, the test is told to be skipped.
pub fn has(program: &str, package: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("IGNORÉ : `{program}` est introuvable (paquet {package})");
    }
    there
}

/// What a program prints; it has to end well.
pub fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {args:?} : {told}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a PDF, as they stand, without the places where a long one could break.
pub fn words(pdf: &Path) -> String {
    output("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]).replace('\u{200b}', "")
}

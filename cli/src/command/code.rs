//! `expliquer-code`: what a diagnostic's code means.

use crate::args::CodeArgs;
use crate::failure::Failure;
use crate::output::{self, BOLD};

/// Explains one code, or lists them all.
pub fn run(args: &CodeArgs) -> Result<(), Failure> {
    match &args.code {
        Some(code) => match relance_dsl::code_page(code) {
            Some(page) => {
                output::print(&format!("{BOLD}{} : {}{BOLD:#}\n\n{}\n", page.code, page.title, page.explanation))
            }
            None => Err(Failure::Usage(
                format!("code inconnu `{code}`"),
                "un code s’écrit R suivi de quatre chiffres ; `relance expliquer-code` en donne la liste".to_owned(),
            )),
        },
        None => {
            let mut text = String::new();
            for page in relance_dsl::diagnostic::Code::ALL.iter().map(|code| code.page()) {
                text.push_str(&format!("{}  {}\n", page.code, page.title));
            }
            output::print(&text)
        }
    }
}

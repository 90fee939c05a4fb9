//! `lsp`: answers an editor.

use crate::args::LspArgs;
use crate::failure::Failure;
use crate::lsp;

/// Answers the editor at the other end of standard input and output until it leaves.
pub async fn run(base: Option<&str>, args: &LspArgs) -> Result<(), Failure> {
    let (invoice, base) = (args.facture.clone(), base.map(str::to_owned));
    let session = move || lsp::run(std::io::stdin(), &mut std::io::stdout(), invoice, base);
    match tokio::task::spawn_blocking(session).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Findings("l’éditeur est parti sans clore la session".to_owned())),
        Err(_) => {
            Err(Failure::Outside("la session s’est arrêtée".to_owned(), "relancez-la depuis l’éditeur".to_owned()))
        }
    }
}

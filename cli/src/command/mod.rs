//! One file per verb.

mod backup;
mod call;
mod calls;
mod check;
mod code;
mod demo;
mod evidence;
mod execute;
mod explain;
mod export;
mod fetch;
mod following;
mod forget;
mod format;
mod generate;
mod graph;
mod import;
mod init;
mod ledger;
mod letters;
mod log;
mod lsp;
mod notify;
pub mod paper;
mod plan;
mod portfolio;
mod preview;
mod publish;
mod rates;
mod replay;
mod restore;
mod serve;
mod service;
mod settle;
mod simulate;
mod snapshot;
mod statement;
mod status;
mod test;
mod transfer;
mod worlds;

use crate::args::{Args, Command};
use crate::failure::Failure;

/// Runs a command.
pub async fn run(args: Args) -> Result<(), Failure> {
    let Args { projet, base, command, .. } = args;
    let base = base.as_deref();
    match command {
        Command::Demo(demo) => demo::run(&demo).await,
        Command::Init(init) => init::run(&projet, &init),
        Command::Verifier(check) => check::run(&projet, base, &check).await,
        Command::Formater(format) => format::run(&projet, &format),
        Command::Lsp(lsp) => lsp::run(base, &lsp).await,
        Command::ExpliquerCode(code) => code::run(&code),
        Command::Graphe(graph) => graph::run(&projet, base, &graph).await,
        Command::Importer(import) => import::run(&projet, base, &import).await,
        Command::Simuler(simulate) => simulate::run(&projet, base, &simulate).await,
        Command::Tester(test) => test::run(&projet, &test),
        Command::Planifier(plan) => plan::run(&projet, base, &plan).await,
        Command::Publier(publish) => publish::run(&projet, base, &publish).await,
        Command::Executer(execute) => execute::run(&projet, base, &execute).await,
        Command::Serveur(serve) => serve::run(&projet, base, &serve).await,
        Command::Service(service) => service::run(&projet, base, &service).await,
        Command::Expliquer(explain) => explain::run(&projet, base, &explain).await,
        Command::Apercu(preview) => preview::run(&projet, base, &preview).await,
        Command::Decompte(args) => statement::run(&projet, base, &args).await,
        Command::Taux(args) => rates::run(&projet, base, &args).await,
        Command::Etat(status) => status::run(&projet, base, &status).await,
        Command::Relever(fetch) => fetch::run(&projet, base, &fetch).await,
        Command::Notifier(args) => notify::run(&projet, base, &args).await,
        Command::Appels(calls) => calls::run(&projet, base, &calls).await,
        Command::Courriers(letters) => letters::run(&projet, base, &letters).await,
        Command::Dossier(args) => evidence::run(&projet, base, &args).await,
        Command::Appel(call) => call::run(&projet, base, &call).await,
        Command::Trancher(settle) => settle::run(&projet, base, &settle).await,
        Command::Journal(log) => log::run(&projet, base, &log).await,
        Command::VerifierJournal(ledger) => ledger::run(&projet, base, &ledger).await,
        Command::Rejouer(replay) => replay::run(&projet, base, &replay).await,
        Command::Exporter(export) => export::run(&projet, base, &export).await,
        Command::Oublier(forget) => forget::run(&projet, base, &forget).await,
        Command::Sauvegarder(backup) => backup::run(&projet, base, &backup).await,
        Command::Restaurer(restore) => restore::run(&projet, base, &restore).await,
        Command::Transferer(transfer) => transfer::run(&projet, base, &transfer).await,
        Command::Generer(generate) => generate::run(&projet, &generate),
    }
}

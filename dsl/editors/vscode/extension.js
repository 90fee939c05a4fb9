// Starts `relance lsp` for the scenarios of a window, and stops it with the window.
"use strict";

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function start() {
  const settings = workspace.getConfiguration("relance");
  const server = { command: settings.get("commande") || "relance", args: ["lsp"] };
  const watcher = workspace.createFileSystemWatcher("**/{relance.toml,scenarios/**/*.relance,modeles/**/*.md,scripts/**/*.rhai}");
  client = new LanguageClient("relance", "Relance", server, {
    documentSelector: [{ scheme: "file", language: "relance" }],
    initializationOptions: { facture: settings.get("facture") || "" },
    synchronize: { fileEvents: watcher },
  });
  return client.start().catch((error) => {
    window.showErrorMessage(
      `Relance : le programme « ${server.command} » ne démarre pas (${error.message}). ` +
        "Installez-le, ou indiquez son chemin dans le réglage « relance.commande »."
    );
  });
}

function stop() {
  const running = client;
  client = undefined;
  return running && running.isRunning() ? running.stop() : Promise.resolve();
}

function activate(context) {
  const again = () => stop().then(start);
  context.subscriptions.push(
    commands.registerCommand("relance.redemarrer", again),
    workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("relance") && again())
  );
  return start();
}

module.exports = { activate, deactivate: stop };

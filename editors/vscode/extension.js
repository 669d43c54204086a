// Starts the language server, and shows diagrams beside the text.
"use strict";

const vscode = require("vscode");
const { LanguageClient, RevealOutputChannelOn } = require("vscode-languageclient/node");
const { Preview } = require("./preview");

let client;
let shown;

async function start() {
  const settings = vscode.workspace.getConfiguration("funnelc");
  const command = settings.get("path") || "funnelc";
  const run = { command, args: ["lsp"] };
  client = new LanguageClient("funnelc", "Funnels", { run, debug: run }, {
    documentSelector: [{ language: "funnel" }],
    initializationOptions: { separately: settings.get("separately"), showsDiagrams: true, ownSnippets: true },
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(
      `The program \`${command}\` could not be started, so there are colours and no findings: ${(error && error.message) || error}`,
      "Say where it is",
    );
    if (choice) await vscode.commands.executeCommand("workbench.action.openSettings", "funnelc.path");
  }
}

async function stop() {
  const old = client;
  client = undefined;
  if (old) await old.stop();
}

/** What the server is asked to draw; the colours are those of the editor. */
function ask(target) {
  if (!client) throw new Error("the language server does not run");
  const kind = vscode.window.activeColorTheme.kind;
  const dark = kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
  return client.sendRequest("funnelc/svg", { ...target, theme: dark ? "dark" : "light" });
}

function panel() {
  if (shown) return shown;
  const view = vscode.window.createWebviewPanel(
    "funnelc.preview",
    "Funnel",
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    { enableScripts: true, retainContextWhenHidden: true },
  );
  const preview = new Preview(ask, (html) => {
    view.webview.html = html;
  });
  shown = { view, preview };
  view.onDidDispose(() => {
    preview.dispose();
    shown = undefined;
  });
  return shown;
}

/** Shows what a lens names, or what stands where the cursor is. */
async function show(target) {
  const editor = vscode.window.activeTextEditor;
  if (!target) {
    if (!editor || editor.document.languageId !== "funnel") return;
    const { line, character } = editor.selection.active;
    target = { textDocument: { uri: editor.document.uri.toString() }, position: { line, character } };
  }
  const { view, preview } = panel();
  view.title = target.stage || target.funnel || "Funnel";
  view.reveal(undefined, true);
  await preview.turnTo(target);
}

async function activate(context) {
  const redraw = (document) => {
    const target = shown && shown.preview.target;
    // A file that is used by the one that is drawn counts as well.
    if (target && document.languageId === "funnel") shown.preview.textChanged();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("funnelc.showPreview", () => show()),
    vscode.commands.registerCommand("funnelc.showDiagram", (target) => show(target)),
    vscode.commands.registerCommand("funnelc.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeTextDocument((event) => redraw(event.document)),
    vscode.window.onDidChangeActiveColorTheme(() => shown && shown.preview.draw()),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("funnelc")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };

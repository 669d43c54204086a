// The extension without VS Code: what it calls is played by stand-ins, the language server is the real one.
// Usage: node test.js FUNNELC, with `npm ci` done in `tests/editors`.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");

const funnelc = process.argv[2];
const root = join(__dirname, "..", "..");
const library = (name) => require(join(root, "tests", "editors", "node_modules", name));
const rpc = library("vscode-jsonrpc/lib/node/main.js");

const text = readFileSync(join(root, "tests", "editor", "shop.funnel"), "utf8");
const uri = "untitled:shop.funnel";

// The stand-ins.
const commands = new Map();
const listeners = { change: [] };
const pages = [];
let closed;
const document = { languageId: "funnel", uri: { toString: () => uri } };
const vscode = {
  workspace: {
    getConfiguration: () => ({ get: (name) => ({ path: funnelc, separately: false })[name] }),
    onDidChangeTextDocument: (listener) => listeners.change.push(listener) && { dispose() {} },
    onDidChangeConfiguration: () => ({ dispose() {} }),
  },
  window: {
    activeColorTheme: { kind: 2 },
    activeTextEditor: { document, selection: { active: { line: 45, character: 3 } } },
    createWebviewPanel: () => ({
      webview: { set html(page) { pages.push(page); } },
      reveal() {},
      onDidDispose: (listener) => (closed = listener),
    }),
    onDidChangeActiveColorTheme: () => ({ dispose() {} }),
    showErrorMessage: (message) => assert.fail(message),
  },
  commands: { registerCommand: (name, run) => commands.set(name, run) && { dispose() {} } },
  ColorThemeKind: { Light: 1, Dark: 2, HighContrast: 3 },
  ViewColumn: { Beside: -2 },
};

/** The client as the real one is used: started, asked, stopped. */
class LanguageClient {
  constructor(id, name, server, options) {
    Object.assign(this, { server, options });
  }
  async start() {
    const { command, args } = this.server.run;
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.connection = rpc.createMessageConnection(
      new rpc.StreamMessageReader(this.process.stdout),
      new rpc.StreamMessageWriter(this.process.stdin),
    );
    this.connection.listen();
    const { initializationOptions } = this.options;
    await this.connection.sendRequest("initialize", { processId: null, rootUri: null, capabilities: {}, initializationOptions });
    await this.connection.sendNotification("initialized", {});
    await this.write(text);
    LanguageClient.last = this;
  }
  async write(text) {
    await this.connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "funnel", version: 1, text } });
  }
  sendRequest(method, params) {
    return this.connection.sendRequest(method, params);
  }
  async stop() {
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    this.connection.dispose();
  }
}

const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "vscode") return vscode;
  if (name === "vscode-languageclient/node") return { LanguageClient, RevealOutputChannelOn: { Never: 4 } };
  return load(name, ...rest);
};

async function until(what, holds) {
  for (let n = 0; n < 500; n += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`never came: ${what}`);
}

async function extension() {
  const { activate, deactivate } = require("./extension.js");
  await activate({ subscriptions: { push() {} } });
  await commands.get("funnelc.showPreview")();
  assert.match(pages.at(-1), /<svg[\s\S]*Gone quiet/);
  const lenses = await LanguageClient.last.sendRequest("textDocument/codeLens", { textDocument: { uri } });
  const lens = lenses.find((it) => it.command.arguments[0].stage === "quiet");
  assert.equal(lens.command.command, "funnelc.showDiagram");
  await commands.get(lens.command.command)(...lens.command.arguments);
  assert.match(pages.at(-1), /COMES IN/);
  const list = await LanguageClient.last.sendRequest("textDocument/completion", { textDocument: { uri }, position: { line: 1, character: 0 } });
  assert.ok(list.items.some((it) => it.label === "event") && !list.items.some((it) => it.label === "event …"), "snippets come once");

  // The diagram follows the text.
  await LanguageClient.last.write(text.replaceAll("Gone quiet", "Asleep").replace("stage quiet", "stage quiet"));
  await commands.get("funnelc.showPreview")();
  const before = pages.length;
  await LanguageClient.last.write(text.replaceAll("Gone quiet", "Fast asleep"));
  listeners.change.forEach((listener) => listener({ document }));
  await until("the new diagram", () => pages.length > before);
  assert.match(pages.at(-1), /Fast asleep/);
  await LanguageClient.last.write("event a\n");
  listeners.change.forEach((listener) => listener({ document }));
  await until("the remark", () => pages.at(-1).includes("the last one there was"));
  assert.match(pages.at(-1), /Fast asleep/);
  closed();
  await deactivate();
}

async function colours() {
  const textmate = library("vscode-textmate");
  const oniguruma = library("vscode-oniguruma");
  const wasm = join(root, "tests", "editors", "node_modules", "vscode-oniguruma", "release", "onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm).buffer);
  const path = join(__dirname, "syntaxes", "funnel.tmLanguage.json");
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (string) => new oniguruma.OnigString(string),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(path, "utf8"), path),
  });
  const grammar = await registry.loadGrammar("source.funnel");
  const scopes = (line) => {
    const { tokens } = grammar.tokenizeLine(line, textmate.INITIAL);
    return new Map(tokens.map((token) => [line.slice(token.startIndex, token.endIndex).trim(), token.scopes.at(-1)]));
  };
  const door = scopes("    enter from größe after 14 days without purchase # \"why\"");
  assert.equal(door.get("enter"), "keyword.control.funnel");
  assert.equal(door.get("days"), "keyword.control.funnel");
  assert.equal(door.get("14"), "constant.numeric.funnel");
  assert.equal(door.get("# \"why\""), "comment.line.number-sign.funnel");
  const stage = scopes("  goal final stage stage \"A # no comment\" {");
  assert.equal(stage.get("goal"), "storage.modifier.funnel");
  assert.equal(stage.get("A # no comment"), "string.quoted.double.funnel");
  assert.equal(scopes("event purchase(amount: number)").get("purchase"), "entity.name.function.funnel");
  assert.equal(scopes("event purchase(amount: number)").get("number"), "support.type.funnel");
  assert.equal(scopes("  at 2026-03-02 10:00").get("2026-03-02"), "constant.numeric.date.funnel");
  assert.equal(scopes("  quiet from 21:00 to 08:00").get("21:00"), "constant.numeric.clock.funnel");
  assert.equal(scopes("    if plan = pro and stages > 2 {").get("and"), "keyword.operator.word.funnel");
}

colours()
  .then(extension)
  .then(() => {
    console.log("all well");
    process.exit(0);
  })
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });

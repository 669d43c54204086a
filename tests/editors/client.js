// A client of the language server on vscode-jsonrpc, the library that editors built on Node speak with.
// Usage: node client.js FUNNELC FOLDER. FOLDER holds `shop.funnel`, with a mistake to be fixed.
"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");
const rpc = require("vscode-jsonrpc/node");

const [, , funnelc, folder] = process.argv;
const path = join(folder, "shop.funnel");
const uri = pathToFileURL(path).href;
let text = readFileSync(path, "utf8");
let version = 1;

const server = spawn(funnelc, ["lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const gone = new Promise((resolve) => server.on("exit", resolve));
const connection = rpc.createMessageConnection(new rpc.StreamMessageReader(server.stdout), new rpc.StreamMessageWriter(server.stdin));

const waiting = [];
let published = [];
connection.onNotification("textDocument/publishDiagnostics", (params) => {
  if (params.uri !== uri) return;
  published = params.diagnostics;
  for (const waiter of waiting.splice(0)) waiter.fits(published) ? waiter.resolve(published) : waiting.push(waiter);
});
connection.onRequest("client/registerCapability", () => null);
connection.listen();

/** The findings, as soon as they fit. */
function findings(fits) {
  return fits(published) ? Promise.resolve(published) : new Promise((resolve) => waiting.push({ fits, resolve }));
}

/** The offset of a place in UTF-16 units, which are those of JavaScript's texts. */
function offset(position) {
  const lines = text.split("\n");
  return lines.slice(0, position.line).reduce((sum, line) => sum + line.length + 1, 0) + position.character;
}

/** The place of some letters. */
function place(of) {
  const before = text.slice(0, text.indexOf(of)).split("\n");
  assert.ok(text.includes(of), of);
  return { line: before.length - 1, character: before[before.length - 1].length };
}

/** Makes edits in the text, and tells the server. */
async function make(edit) {
  const edits = edit.changes[uri].slice().sort((a, b) => offset(b.range.start) - offset(a.range.start));
  for (const { range, newText } of edits) {
    text = text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end));
  }
  version += 1;
  await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ text }] });
}

async function main() {
  const hello = await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
  });
  assert.equal(hello.serverInfo.name, "funnelc");
  await connection.sendNotification("initialized", {});
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "funnel", version, text } });

  const [first] = await findings((list) => list.length === 1);
  assert.equal(first.code, "F101");
  const actions = await connection.sendRequest("textDocument/codeAction", {
    textDocument: { uri },
    range: first.range,
    context: { diagnostics: [first] },
  });
  assert.equal(actions[0].title, "write `lead`");
  await make(actions[0].edit);
  await findings((list) => list.every((it) => it.severity === 3));

  const at = place("stage customer");
  const position = { line: at.line, character: at.character + "stage ".length };
  const edit = await connection.sendRequest("textDocument/rename", { textDocument: { uri }, position, newName: "kundin" });
  const before = text;
  await make(edit);
  assert.ok(text.includes("stage kundin ") && text.includes("expect in kundin") && !/\bcustomer\b(?! )/.test(text.replace(/"[^"]*"/g, "")), text);
  assert.equal(text.length, before.length - 3 * ("customer".length - "kundin".length));
  await findings((list) => list.every((it) => it.severity === 3));

  const hover = await connection.sendRequest("textDocument/hover", { textDocument: { uri }, position });
  assert.match(hover.contents.value, /Größte Kundin/);
  const door = place("from lead after");
  const list = await connection.sendRequest("textDocument/completion", {
    textDocument: { uri },
    position: { line: door.line, character: door.character + "from ".length },
  });
  assert.ok(list.items.some((it) => it.label === "kundin"));
  const drawn = await connection.sendRequest("funnelc/svg", { textDocument: { uri } });
  assert.match(drawn.svg, /^<svg/);
  await assert.rejects(connection.sendRequest("textDocument/rename", { textDocument: { uri }, position, newName: "every" }), /reserved word/);

  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.equal(await gone, 0);
  console.log("all well");
}

setTimeout(() => {
  console.error("no answer in time; last came", JSON.stringify(published, null, 2));
  process.exit(1);
}, 60_000).unref();
main().catch((error) => {
  console.error(error);
  process.exit(1);
});

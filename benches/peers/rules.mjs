// The conditions of rules.py in Node: node rules.mjs cel-js|json-rules-engine FOLDER
import { readFileSync } from "node:fs";

const [peer, folder] = process.argv.slice(2);
const conditions = JSON.parse(readFileSync(`${folder}/conditions.json`, "utf8"));

async function celJs() {
  const { Environment } = await import("@marcbachmann/cel-js");
  const engine = new Environment();
  for (const name of ["kind", "channel", "source", "country", "plan"]) engine.registerVariable(name, "string");
  for (const name of ["stage", "amount", "days", "views", "opens"]) engine.registerVariable(name, "double");
  // To a number of this kind a whole number is none.
  const typed = (text) => text.replace(/(>=?) (\d+)/g, "$1 $2.0");
  const stages = conditions.cel.map((texts) => texts.map((text) => engine.parse(typed(text))));
  return (it) => {
    let hits = 0;
    for (const holds of stages[it.stage]) if (holds(it)) hits++;
    return hits;
  };
}

async function jsonRulesEngine() {
  const { Engine } = await import("json-rules-engine");
  const stages = conditions.facts.map((stage) => {
    const engine = new Engine();
    stage.forEach((test, at) => engine.addRule({ conditions: test, event: { type: `c${at}` } }));
    return engine;
  });
  return async (it) => (await stages[it.stage].run(it)).events.length;
}

const spent = (begin) => {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
};

const test = await { "cel-js": celJs, "json-rules-engine": jsonRulesEngine }[peer]();
const seconds = [];
const alone = [];
let answer;
for (let turn = 0; turn < 3; turn++) {
  const begin = process.cpuUsage();
  const given = readFileSync(`${folder}/records.ndjson`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const between = process.cpuUsage();
  answer = 0;
  for (const it of given) {
    const hits = test(it);
    answer += typeof hits === "number" ? hits : await hits;
  }
  alone.push(spent(between));
  seconds.push(spent(begin));
}
const median = alone.sort((one, other) => one - other)[1];
console.log(JSON.stringify({ answer, seconds, aside: { "without reading": median } }));

// The texts of texts.py in Node: node texts.mjs prisma-validate|prisma-format|graphql-validate|graphql-print FOLDER REPETITIONS
// To validate tells the findings in the right text and in the wrong one, to print how many stages were printed.
import { readFileSync } from "node:fs";

const [peer, folder, repetitions] = process.argv.slice(2);
const [library, what] = peer.split("-");

async function prisma() {
  const { format, validate } = (await import("@prisma/prisma-schema-wasm")).default;
  const options = JSON.stringify({ textDocument: { uri: "file:/text.prisma" }, options: { tabSize: 2, insertSpaces: true } });
  return {
    validate: (text) => {
      try {
        validate(JSON.stringify({ prismaSchema: text, noColor: true }));
        return 0;
      } catch (error) {
        return (JSON.parse(error.message).message.match(/^error:/gim) ?? [error.message]).length;
      }
    },
    format: (text) => JSON.parse(format(JSON.stringify([["file:/text.prisma", text]]), options))[0][1],
  }[what];
}

async function graphql() {
  const { buildASTSchema, parse, print, validateSchema } = await import("graphql");
  const { validateSDL } = await import("graphql/validation/validate.js");
  return {
    validate: (text) => {
      const document = parse(text, { noLocation: false });
      const findings = validateSDL(document);
      return findings.length || validateSchema(buildASTSchema(document, { assumeValidSDL: true })).length;
    },
    print: (text) => print(parse(text)),
  }[what];
}

const run = await { prisma, graphql }[library]();
const read = (name) => readFileSync(`${folder}/${name}.${library}`, "utf8");
const text = read("right");
const seconds = [];
let given;
for (let turn = 0; turn < Number(repetitions); turn++) {
  const begin = process.cpuUsage();
  given = run(text);
  const { user, system } = process.cpuUsage(begin);
  seconds.push((user + system) / 1e6);
}
const answer = what === "validate" ? [given, run(read("wrong"))] : new Set(given.match(/\bs\d+_\d+\b/g)).size;
console.log(JSON.stringify({ answer, seconds }));

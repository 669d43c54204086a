// The machines of machines.py with XState's pure transitions: node machines.mjs CONTACTS
import { initialTransition, setup, transition } from "xstate";

const contacts = Number(process.argv[2]);
const EACH = 20;
const STEPS = ["visit", "signup", "view_product", "add_to_cart", "checkout", "purchase", "review", "refer"];
const NAMES = [...STEPS, "page_view", "email_open", "search", "unsubscribe"];

const states = { done: { type: "final" }, left: { type: "final" } };
STEPS.forEach((step, at) => {
  states[`s${at}`] = { on: { [step]: at < 7 ? `s${at + 1}` : "done", unsubscribe: "left" } };
});
const machine = setup({}).createMachine({ id: "funnel", initial: "s0", states });

let state = 42;
const event = (turn) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  if (state >>> 24 === 0) return 11;
  return (state >>> 8) % 10 < 6 ? Math.floor((turn * 8) / EACH) : (state >>> 12) % 11;
};

const people = Array.from({ length: contacts }, () => initialTransition(machine)[0]);
const begin = process.cpuUsage();
for (let turn = 0; turn < EACH; turn++) {
  for (let at = 0; at < contacts; at++) {
    const type = NAMES[event(turn)];
    if (people[at].status === "active") people[at] = transition(machine, people[at], { type })[0];
  }
}
const { user, system } = process.cpuUsage(begin);
const answer = {};
for (const { value } of people) answer[value] = (answer[value] ?? 0) + 1;
const sorted = Object.fromEntries(Object.entries(answer).sort(([one], [other]) => (one < other ? -1 : 1)));
console.log(JSON.stringify({ answer: sorted, seconds: [(user + system) / 1e6] }));

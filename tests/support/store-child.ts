/**
 * A process that works on a store until it is killed, and keeps a ledger on its standard output: what was given to the
 * store, what the store accepted, and what was acknowledged. Every line is written before the next step is taken.
 *
 * Arguments: path of the database, first id, seed.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../../agent/base/clock.js";
import { PRIORITY_CLASSES } from "../../agent/base/outbox.js";
import type { StoreEntry } from "../../agent/store/record.js";
import { Store } from "../../agent/store/store.js";

const [path = "", firstId = "0", seed = "1"] = process.argv.slice(2);
let state = Number(seed) | 1;
/** Deterministic noise: xorshift32, below `bound`. */
function random(bound: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % bound;
}
const say = (...words: readonly (string | number)[]): number => writeSync(1, `${words.join(" ")}\n`);

const store = await Store.open({
  path,
  // Room for everything the ledger expects to find: nothing is evicted.
  budgetBytes: 64 * 1024 * 1024,
  clock: systemClock,
  limits: { maxDelayMs: 5 },
});
say("open", store.status().boot, store.outbox.ledger);
let id = Number(firstId);

async function append(): Promise<void> {
  const ids = Array.from({ length: 1 + random(60) }, () => id++);
  const entries = ids.map((number): StoreEntry => {
    const payload = JSON.stringify({
      id: number,
      filler: "x".repeat(random(10) === 0 ? 9_000 : random(900)),
    });
    return {
      priority: PRIORITY_CLASSES[random(4)] ?? "low",
      message: { topic: "incident", payload },
      incident: { id: `I${number % 100}`, isOpen: true, updatedMs: number, payload },
    };
  });
  say("give", ids[0]!, ids.at(-1)!);
  const { committed, sequences } = await store.append(entries);
  if (committed !== ids.length) say("shed");
  say("accepted", ...ids.map((number, index) => `${number}:${sequences[index]}`));
}

async function acknowledge(): Promise<void> {
  const messages = await store.outbox.lease(30);
  const sequences = messages.map(({ sequence }) => sequence);
  say("acknowledging", ...sequences);
  await store.outbox.acknowledge(0, sequences);
  say("acknowledged", ...sequences);
}

for (;;) await Promise.all([append(), append(), acknowledge()]);

/** Kills at random moments: what was accepted is there, once, in order. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { MEBIBYTE, openStore, query, readOutbox } from "../support/store.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const KILLS = chaosSize(1_000, 20);

let child: Bundle;
beforeAll(async () => {
  child = await bundle(new URL("../support/store-child.ts", import.meta.url));
});
afterAll(() => child.remove());

/** Let a process work on the store and kill it after a while; returns its ledger. */
async function workAndKill(path: string, firstId: number, seed: number, afterMs: number): Promise<string[]> {
  const process_ = spawn(process.execPath, [child.path, path, `${firstId}`, `${seed}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  process_.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (text === "") setTimeout(() => process_.kill("SIGKILL"), afterMs);
    text += chunk;
  });
  await once(process_, "close");
  // The last line may be torn.
  return text.split("\n").slice(0, -1);
}

it(
  `loses nothing it accepted, doubles nothing and keeps its order over ${KILLS} kills at random moments`,
  async () => {
    const path = join(await temporaryDirectory(), "store.db");
    const seed = CHAOS_SEED % 100_000;
    const sequenceOf = new Map<number, number>();
    const acknowledging = new Set<number>();
    const acknowledged = new Set<number>();
    let nextId = 0;
    let highest = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const ledger = await workAndKill(path, nextId, seed + kill * 7_919, 20 + ((seed + kill * 37) % 150));
      for (const line of ledger) {
        const [event, ...words] = line.split(" ");
        if (event === "give") nextId = Math.max(nextId, Number(words[1]) + 1);
        if (event === "acknowledging") for (const word of words) acknowledging.add(Number(word));
        if (event === "acknowledged") for (const word of words) acknowledged.add(Number(word));
        expect(event).not.toBe("shed");
        if (event !== "accepted") continue;
        for (const word of words) {
          const [id, sequence] = word.split(":").map(Number);
          // Rising within a process and over all of them: no number is given twice.
          if (!sequenceOf.has(id!)) sequenceOf.set(id!, sequence!);
          highest = Math.max(highest, sequence!);
        }
      }
      const directory = join(path, "..");
      const store = await openStore(directory, { budgetBytes: 64 * MEBIBYTE });
      expect(store.status().state).toBe("ready");
      const messages = (await readOutbox(store)).filter(({ topic }) => topic === "incident");
      const { sequences } = await store.append([
        { priority: "low", message: { topic: "probe", payload: "{}" } },
      ]);
      expect(sequences[0]).toBeGreaterThan(highest);
      highest = sequences[0]!;
      await store.outbox.acknowledge(0, sequences);
      await store.close();

      const found = new Map<number, number>();
      for (const { payload, sequence } of messages) {
        const { id } = JSON.parse(payload) as { id: number };
        expect(found.has(id), `message ${id} is there twice`).toBe(false);
        found.set(id, sequence);
        expect(acknowledged.has(sequence), `message ${id} came back`).toBe(false);
      }
      for (const [id, sequence] of sequenceOf) {
        if (acknowledging.has(sequence)) continue;
        expect(found.get(id), `message ${id} with sequence ${sequence} was accepted`).toBe(sequence);
      }
      expect(await query(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    }
    expect(sequenceOf.size).toBeGreaterThan(KILLS * 10);
    expect(new Set(sequenceOf.values()).size).toBe(sequenceOf.size);
    report(`${sequenceOf.size} accepted, ${acknowledged.size} acknowledged, ${KILLS} kills, seed ${seed}`);
  },
  chaosTimeoutMs(120_000),
);

/** Damaged databases: every start succeeds, and what is intact is kept. */
import { cp, open, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Counters } from "../../agent/base/counters.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { idsOf, incident, MEBIBYTE, message, openStore, readOutbox, until } from "../support/store.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const DATABASES = chaosSize(1_000, 50);
const MESSAGES = 3_000;

async function flipBits(path: string, flips: number, random: (bound: number) => number): Promise<void> {
  const { size } = await stat(path);
  const file = await open(path, "r+");
  for (let i = 0; i < flips; i++) {
    const offset = random(i % 3 === 0 ? Math.min(size, 12 * 4096) : size);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, offset);
    byte[0]! ^= 1 << random(8);
    await file.write(byte, 0, 1, offset);
  }
  await file.close();
}

it(
  `starts within 10 s on each of ${DATABASES} damaged databases and keeps the rows that are intact`,
  async () => {
    const directory = await temporaryDirectory();
    const seed = CHAOS_SEED % 100_000;
    let state = seed | 1;
    const random = (bound: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % bound;
    };
    const whole = join(directory, "whole");
    const original = await openStore(whole, { budgetBytes: 16 * MEBIBYTE });
    for (let i = 0; i < MESSAGES; i += 250) {
      const numbers = Array.from({ length: 250 }, (_, n) => i + n);
      await original.append(
        numbers.flatMap((n) => [message(n, "normal", 300 + (n % 500)), incident(`I${n}`, false)]),
      );
    }
    // As a power cut leaves it, with commits that are only in the log.
    const cutOff = join(directory, "cut-off");
    await cp(whole, cutOff, { recursive: true });
    await original.close();
    const { size } = await stat(join(whole, "store.db"));

    let slowestMs = 0;
    let lost = 0;
    for (let round = 0; round < DATABASES; round++) {
      const copy = join(directory, `${round}`);
      await cp(round % 5 === 3 ? cutOff : whole, copy, { recursive: true });
      const path = join(copy, "store.db");
      // One in five is truncated, one gets bits flipped in its log too, the others up to 16 flipped bits, a third of
      // them among the first pages.
      let flips = 0;
      if (round % 5 === 4) {
        await truncate(path, random(size));
      } else {
        flips = 1 + random(16);
        await flipBits(path, flips, random);
        if (round % 5 === 3) await flipBits(`${path}-wal`, 1 + random(4), random);
      }
      const startedMs = performance.now();
      const counters = new Counters();
      const store = await openStore(copy, { budgetBytes: 16 * MEBIBYTE, counters });
      await store.append([message("after", "critical")]);
      const tookMs = performance.now() - startedMs;
      slowestMs = Math.max(slowestMs, tookMs);
      expect(tookMs, `round ${round}`).toBeLessThan(10_000);
      expect(store.status().state, `round ${round}`).toBe("ready");
      // Damage that opening did not see empties a lease when it shows, and is repaired.
      let ids: ReadonlySet<unknown>;
      let failures: number;
      do {
        await until(() => store.status().state === "ready");
        failures = counters.get("store.failures");
        ids = new Set(idsOf(await readOutbox(store)).filter((id) => typeof id === "number"));
      } while (counters.get("store.failures") > failures);
      await store.close();
      // How much a log loses behind its damage is not told by the number of bits.
      if (flips === 0 || round % 5 === 3) continue;
      // A flipped bit costs a page of rows at most: about ten messages.
      lost += MESSAGES - ids.size;
      expect(MESSAGES - ids.size, `seed ${seed}, round ${round}, ${flips} flips`).toBeLessThanOrEqual(
        flips * 12,
      );
    }
    report(
      `${DATABASES} starts, slowest ${Math.round(slowestMs)} ms, ${lost} messages lost to bits, seed ${seed}`,
    );
  },
  chaosTimeoutMs(120_000),
);

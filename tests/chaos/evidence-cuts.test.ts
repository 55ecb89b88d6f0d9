/** Ends of the process and power cuts at every step of writing, sealing and compressing the chain of evidence. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { EvidenceChain } from "../../agent/evidence/evidence-chain.js";
import { parseSeal } from "../../agent/evidence/seal.js";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { judge, openChain, readChain } from "../support/evidence-chain.js";
import { cutPower, PowerDisk } from "../support/power-disk.js";
import { memoryDirectory, temporaryDirectory } from "../support/temporary-directory.js";

/** In a default run the process does not end at every step, and the power is cut at few. */
const END_STRIDE = chaosSize(1, 2);
const CUT_STRIDE = chaosSize(1, 19);
const OPTIONS = {
  retention: { budgetBytes: 1e9, holdBytes: 1e9, retentionMs: 1e12 },
  limits: { segmentBytes: 700, retryMinMs: 1e9 },
};

/** What the box had said is on disk when the cut came. */
interface Promised {
  records: number;
  seals: string[];
}

/** Write, seal and compress as the agent does, until the end or the cut. */
async function work(chain: EvidenceChain, promised: Promised): Promise<void> {
  for (let i = 0; i < 8; i++) {
    chain.append("action", { event: `work ${i}`, text: "x".repeat(100) });
    if (await chain.flush()) promised.records = chain.numbers.kept;
    if (i % 2 === 1) {
      await chain.seal();
      await chain.maintain();
    }
  }
}

/** Run the work with a cut at the step of that number. @returns how many steps there were */
async function runWithCut(
  folder: string,
  cutAt: number,
  cut: () => void,
  promised: Promised,
): Promise<number> {
  let steps = 0;
  let isCut = false;
  const step = (): void => {
    if (isCut || steps++ === cutAt) {
      if (!isCut) cut();
      isCut = true;
      throw new Error("cut");
    }
  };
  const onSeal = ({ line }: { line: string }): void => {
    if (!isCut) promised.seals.push(line);
  };
  let chain: EvidenceChain | undefined;
  try {
    chain = openChain(folder, { ...OPTIONS, step, onSeal });
    await work(chain, promised);
  } catch (error) {
    if (!isCut) throw error;
  }
  await chain?.close().catch(() => undefined);
  return steps;
}

/** After the cut: everything that was promised is there and holds, and the work can go on. */
async function check(folder: string, promised: Promised): Promise<void> {
  const chain = openChain(folder, OPTIONS);
  expect(chain.found.damaged).toBeUndefined();
  expect(chain.found.setAside).toBeUndefined();
  expect(chain.numbers.last).toBeGreaterThanOrEqual(promised.records);
  await work(chain, { records: 0, seals: [] });
  await chain.seal();
  await chain.close();
  const kept = promised.seals.map((line) => parseSeal(line)!);
  expect(judge(readChain(folder, chain.publicKey), kept, 1)).toBeUndefined();
}

test("an end at any step loses no record and no seal that was told of", async () => {
  const steps = await runWithCut(await memoryDirectory(), -1, () => undefined, { records: 0, seals: [] });
  for (let cutAt = 0; cutAt < steps; cutAt += END_STRIDE) {
    const folder = await memoryDirectory();
    const promised: Promised = { records: 0, seals: [] };
    await runWithCut(folder, cutAt, () => undefined, promised);
    await check(folder, promised);
  }
  report(`${Math.ceil(steps / END_STRIDE)} ends, nothing lost`);
});

test(
  "a power cut at any step loses no record and no seal that was told of",
  async (context) => {
    const disk = PowerDisk.make(await temporaryDirectory(), 16 * 1024 * 1024);
    if (disk === undefined) return context.skip("mounting is not allowed here");
    onTestFinished(() => disk.remove());
    const steps = await runWithCut(await memoryDirectory(), -1, () => undefined, { records: 0, seals: [] });
    let cuts = 0;
    for (let cutAt = 0; cutAt < steps; cutAt += CUT_STRIDE) {
      const folder = join(disk.path, `box-${cutAt}`);
      mkdirSync(folder);
      const promised: Promised = { records: 0, seals: [] };
      await runWithCut(folder, cutAt, () => cutPower(disk.path), promised);
      await disk.restore();
      await check(folder, promised);
      cuts++;
    }
    report(`${cuts} power cuts, nothing lost`);
  },
  chaosTimeoutMs(),
);

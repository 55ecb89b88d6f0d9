import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Seal } from "../../../agent/evidence/seal.js";
import { judgeCheckpoint } from "../../../scripts/monitor/checkpoint.js";
import { openChain } from "../../support/evidence-chain.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

/** The seals a box makes, as it tells them. */
async function tellSeals(count: number): Promise<{ key: string; seal: string }[]> {
  const told: { key: string; seal: string }[] = [];
  const onSeal = (seal: Seal, key: string): void => void told.push({ key, seal: seal.line });
  const chain = openChain(await memoryDirectory(), { onSeal });
  for (let i = 0; i < count; i++) {
    chain.append("action", { i });
    await chain.seal();
  }
  await chain.close();
  return told;
}

/** What a monitor says of each, keeping what it is told. */
function judgeAll(told: readonly { key: string; seal: string }[]): string[] {
  const known: { key: string; seal: string; verdict: string }[] = [];
  return told.map((data) => {
    const { verdict } = judgeCheckpoint(data, known);
    known.unshift({ ...data, verdict });
    return verdict;
  });
}

describe("a device's checkpoints at the monitor", () => {
  it("follow one from another, come twice, and come late", async () => {
    const [one, two, three, four] = await tellSeals(4);
    expect(judgeAll([one!, two!, two!, four!, three!])).toEqual(["first", "next", "repeat", "gap", "next"]);
  });

  it("of a box that was put back contradict what is kept", async () => {
    const [one, two, three] = await tellSeals(3);
    const other = await tellSeals(3);
    expect(judgeAll([one!, two!, other[0]!])).toEqual(["first", "next", "other_chain"]);
    const chained = { key: one!.key, seal: other[2]!.seal };
    expect(judgeAll([one!, three!, { ...two!, key: other[0]!.key }])).toEqual(["first", "gap", "forged"]);
    expect(judgeAll([one!, chained])).toEqual(["first", "other_chain"]);
  });

  it("of a box whose disk was put back to an earlier day contradict what is kept", async () => {
    const folder = join(await memoryDirectory(), "box");
    const backup = join(await memoryDirectory(), "backup");
    const told: { key: string; seal: string }[] = [];
    const onSeal = (seal: Seal, key: string): void => void told.push({ key, seal: seal.line });
    const sealOnce = async (event: string): Promise<void> => {
      const chain = openChain(folder, { onSeal });
      chain.append("action", { event });
      await chain.seal();
      await chain.close();
    };
    await sealOnce("before");
    cpSync(folder, backup, { recursive: true });
    await sealOnce("break-in");
    rmSync(folder, { recursive: true });
    cpSync(backup, folder, { recursive: true });
    await sealOnce("nothing happened");
    expect(judgeAll(told)).toEqual(["first", "next", "fork"]);
  });

  it("that nobody signed are forged", async () => {
    const [one, two] = await tellSeals(2);
    const changed = { ...two!, seal: two!.seal.replace('"last":2', '"last":1') };
    expect(judgeAll([one!, changed, { key: one!.key, seal: "x" }])).toEqual(["first", "forged", "forged"]);
  });
});

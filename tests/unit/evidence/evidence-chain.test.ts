import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EvidenceChain } from "../../../agent/evidence/evidence-chain.js";
import { listSegments } from "../../../agent/evidence/segment.js";
import { judge, openChain, readChain } from "../../support/evidence-chain.js";
import { ManualClock } from "../../support/manual-clock.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

/** Three records, sealed one after another. */
async function sealThree(chain: EvidenceChain): Promise<void> {
  for (const event of ["one", "two", "three"]) {
    chain.append("action", { event });
    await chain.seal();
  }
}

describe("a chain of evidence", () => {
  it("holds by its public key alone, over restarts", async () => {
    const folder = await memoryDirectory();
    const first = openChain(folder);
    await sealThree(first);
    await first.close();
    const second = openChain(folder);
    await sealThree(second);
    await second.close();
    expect(second.numbers).toEqual({ last: 6, kept: 6, sealed: 6 });
    const text = readChain(folder, first.publicKey);
    expect(text.segments[0]!.slice(1).map((line) => JSON.parse(line.slice(17)).n)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(judge(text)).toBeUndefined();
  });

  it("belongs to one process at a time", async () => {
    const folder = await memoryDirectory();
    const chain = openChain(folder);
    expect(() => openChain(folder)).toThrow(/Another process works on the evidence/);
    await chain.close();
    await openChain(folder).close();
  });

  it("seals with another key each time, and keeps no key that has signed", async () => {
    const folder = await memoryDirectory();
    const chain = openChain(folder);
    const keys = new Set<string>();
    for (let i = 0; i < 3; i++) {
      keys.add(JSON.parse(readFileSync(join(folder, "key.json"), "utf8").split("\n")[1]!).key);
      chain.append("action", { i });
      await chain.seal();
    }
    await chain.close();
    expect(keys.size).toBe(3);
    const all = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.endsWith("held"))
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("");
    for (const key of keys) expect(all).not.toContain(key);
  });

  it("goes on behind a record that was being written when the power went, and says so", async () => {
    const folder = await memoryDirectory();
    const chain = openChain(folder);
    await sealThree(chain);
    chain.append("action", { event: "unsealed" });
    await chain.close();
    const [file] = listSegments(folder);
    appendFileSync(file!.path, '0123456789abcdef {"n":5,"at":17');
    const again = openChain(folder);
    expect(again.found).toEqual({ tornBytes: 31 });
    again.append("start", again.found);
    await again.seal();
    await again.close();
    expect(again.numbers.sealed).toBe(5);
    expect(judge(readChain(folder, chain.publicKey))).toBeUndefined();
  });

  it("does not mend what was sealed: it is set aside, and the gap shows", async () => {
    const folder = await memoryDirectory();
    const chain = openChain(folder);
    await sealThree(chain);
    await chain.close();
    const [file] = listSegments(folder);
    writeFileSync(file!.path, readFileSync(file!.path, "utf8").replace('"two"', '"twö"'));
    const again = openChain(folder);
    expect(again.found).toEqual({ damaged: `damaged-${file!.name}` });
    await sealThree(again);
    await again.close();
    expect(readdirSync(folder)).toContain(`damaged-${file!.name}`);
    const text = readChain(folder, chain.publicKey);
    expect(text.segments[0]![0]).toContain('"first":4');
    expect(judge(text)).toBeUndefined();
  });

  it("begins anew where its key is gone, under another public key, and keeps what was there", async () => {
    const folder = await memoryDirectory();
    const chain = openChain(folder);
    await sealThree(chain);
    await chain.close();
    rmSync(join(folder, "key.json"));
    const again = openChain(folder);
    await again.close();
    expect(again.publicKey).not.toBe(chain.publicKey);
    expect(again.found.setAside).toMatch(/^aside-/);
    expect(judge(readChain(join(folder, again.found.setAside!), chain.publicKey))).toBeUndefined();
  });

  it("tells every seal once, also one that a failing disk held up", async () => {
    const folder = await memoryDirectory();
    const told: number[] = [];
    let isFailing = true;
    const chain = openChain(folder, {
      onSeal: ({ epoch }) => told.push(epoch),
      step: (name) => {
        if (name === "records-written" && isFailing) throw new Error("no space left");
      },
    });
    chain.append("action", {});
    await expect(chain.seal()).rejects.toThrow(/no space left/);
    expect(chain.error?.code).toBe("error.evidence.disk");
    isFailing = false;
    await chain.seal();
    expect(chain.error).toBeUndefined();
    await chain.close();
    expect(told).toEqual([1]);
    expect(judge(readChain(folder, chain.publicKey))).toBeUndefined();
  });

  it("counts what the disk could not keep up with, and says so in its place", async () => {
    const folder = await memoryDirectory();
    const chain = openChain(folder, { limits: { queueBytes: 500 } });
    for (let i = 0; i < 50; i++) chain.append("action", { event: "x".repeat(50) });
    await chain.flush();
    chain.append("action", { event: "after" });
    await chain.seal();
    await chain.close();
    const records = readChain(folder, chain.publicKey)
      .segments[0]!.slice(1)
      .map((line) => line.slice(17));
    expect(chain.shedCount).toBe(50 - (records.length - 2));
    expect(JSON.parse(records.at(-2)!)).toMatchObject({
      kind: "gap",
      data: { reason: "overflow", records: chain.shedCount },
    });
  });

  it("compresses closed segments, and gives up the oldest first, but not what is held", async () => {
    const folder = await memoryDirectory();
    const clock = new ManualClock();
    const chain = openChain(folder, {
      clock,
      retention: { budgetBytes: 1000, holdBytes: 2000, retentionMs: 1e12 },
      limits: { segmentBytes: 1 },
    });
    const start = clock.wall;
    chain.holds.place({
      ...{ incident: "K7-4F3-9M", by: "sato", reason: "claim", at: start },
      fromMs: start + 60_000,
      toMs: start + 60_000,
    });
    for (let i = 0; i < 12; i++) {
      chain.append("action", { event: `${i}`, text: Buffer.from(String(i).repeat(200)).toString("base64") });
      await chain.seal();
      clock.advance(60_000);
      await chain.maintain();
    }
    await chain.seal();
    const files = listSegments(folder);
    expect(files[0]).toMatchObject({ first: 2, isHeld: true });
    const firsts = files.filter(({ isHeld }) => !isHeld).map(({ first }) => first);
    expect(firsts[0]).toBeGreaterThan(3);
    expect(files.filter(({ isHeld }) => !isHeld).reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(
      4000,
    );
    chain.holds.release("K7-4F3-9M");
    await chain.maintain();
    expect(listSegments(folder).some(({ isHeld }) => isHeld)).toBe(false);
    await chain.close();
    const text = readChain(folder, chain.publicKey);
    expect(judge(text)).toEqual({ what: "record", n: chain.numbers.sealed + 1, why: "unsealed" });
  });
});

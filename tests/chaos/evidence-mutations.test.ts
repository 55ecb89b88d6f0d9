/** Bit flips, deletions, swaps, truncations, renewed hashes, seals and rollbacks of a chain of evidence: each is caught. */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { isHintOf, lineOf, linkOf, parseLine } from "../../agent/evidence/record.js";
import { parseSeal, signSeal } from "../../agent/evidence/seal.js";
import { verifySeals } from "../../agent/evidence/verification.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { type ChainText, judge, judgeRecords, openChain, readChain } from "../support/evidence-chain.js";
import { memoryDirectory } from "../support/temporary-directory.js";

const RANDOM_CHANGES = chaosSize(1_000_000, 300);
const LARGE_RECORDS = chaosSize(20_000, 200);
/** In a default run not every bit of the seals: each costs a signature's verification. */
const SEAL_STRIDE = chaosSize(1, 13);

async function makeChain(records: number, sealEvery: number): Promise<ChainText> {
  const folder = await memoryDirectory();
  const chain = openChain(folder, { limits: { segmentBytes: 2000 } });
  for (let i = 1; i <= records; i++) {
    chain.append(i % 3 === 0 ? "detection" : "action", { event: `e${i}`, by: "佐藤" });
    if (i % sealEvery === 0) await chain.seal();
  }
  await chain.seal();
  await chain.close();
  return readChain(folder, chain.publicKey);
}

/** All lines in one list with where each belongs, so that any can be changed. */
function linesOf(text: ChainText): { list: "seals" | number; at: number }[] {
  const seals = text.seals.map((_, at) => ({ list: "seals" as const, at }));
  return [...seals, ...text.segments.flatMap((lines, list) => lines.map((_, at) => ({ list, at })))];
}

function withLines(text: ChainText, list: "seals" | number, change: (lines: string[]) => void): ChainText {
  const lines = [...(list === "seals" ? text.seals : text.segments[list]!)];
  change(lines);
  if (list === "seals") return { ...text, seals: lines };
  return { ...text, segments: text.segments.map((one, i) => (i === list ? lines : one)) };
}

/** As a file would be read: an octet changed may make a line end, or join two. */
function flipped(lines: string[], at: number, bit: number): void {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const start = Buffer.byteLength(lines.slice(0, at).join("\n")) + (at > 0 ? 1 : 0);
  bytes[start + (bit >> 3)]! ^= 1 << (bit & 7);
  lines.splice(0, lines.length, ...bytes.toString("utf8").split("\n"));
  if (lines.at(-1) === "") lines.pop();
}

test("every single bit of a small chain counts, and the record that was changed is named", async () => {
  const text = await makeChain(chaosSize(12, 4), chaosSize(2, 4));
  expect(judge(text)).toBeUndefined();
  const { seals } = verifySeals(text.seals, text.publicKey);
  const { last } = seals.at(-1)!;
  let flips = 0;
  for (const { list, at } of linesOf(text)) {
    const line = list === "seals" ? text.seals[at]! : text.segments[list]![at]!;
    const stride = list === "seals" ? SEAL_STRIDE : 1;
    for (let bit = 0; bit < (Buffer.byteLength(line) + 1) * 8; bit += stride) {
      const changed = withLines(text, list, (lines) => flipped(lines, at, bit));
      const problem =
        list === "seals"
          ? verifySeals(changed.seals, text.publicKey).problem
          : judgeRecords(changed, seals, last);
      flips++;
      if (problem === undefined) expect.fail(`bit ${bit} of line ${at} of ${list} does not count`);
      if (list === "seals") expect(problem).toMatchObject({ what: "seal", epoch: at });
      else if (at > 0) {
        const n = JSON.parse(text.segments[list]![at]!.slice(17)).n as number;
        expect(problem).toMatchObject({ what: "record", n });
      }
    }
  }
  report(`${flips} bit flips, each caught`);
});

test("every deletion, repetition, swap and truncation of lines is caught", async () => {
  const text = await makeChain(8, 2);
  const checkpoint = parseSeal(text.seals.at(-1)!)!;
  const kept = [{ epoch: checkpoint.epoch, digest: checkpoint.digest }];
  for (const { list, at } of linesOf(text)) {
    const changes: ((lines: string[]) => void)[] = [
      (lines) => lines.splice(at, 1),
      (lines) => lines.splice(at, 0, lines[at]!),
      (lines) => lines.splice(at),
    ];
    const count = list === "seals" ? text.seals.length : text.segments[list]!.length;
    for (let other = at + 1; other < count; other++)
      changes.push((lines) => ([lines[at], lines[other]] = [lines[other]!, lines[at]!]));
    for (const change of changes) expect(judge(withLines(text, list, change), kept, 1)).toBeDefined();
  }
  for (const [i] of text.segments.entries()) {
    const without = { ...text, segments: text.segments.filter((_, at) => at !== i) };
    expect(judge(without, kept, 1)).toBeDefined();
  }
});

test("a thief who renews all hashes, and has the key of the epoch that runs, changes nothing that is sealed", async () => {
  const text = await makeChain(8, 2);
  const list = 0;
  const renewed = withLines(text, list, (lines) => {
    let link = Buffer.from(JSON.parse(lines[0]!).previous, "hex") as Buffer;
    for (let at = 1; at < lines.length; at++) {
      const json = parseLine(lines[at]!)!.json!.replace('"e1"', '"ex"');
      link = linkOf(link, parseLine(lineOf(Buffer.alloc(32), json).trimEnd())!.digest);
      lines[at] = lineOf(link, json).trimEnd();
      expect(isHintOf(parseLine(lines[at]!)!, link)).toBe(true);
    }
  });
  expect(judge(renewed)).toEqual({ what: "record", n: 1, why: "seal" });
  const { privateKey } = generateKeyPairSync("ed25519");
  for (const [at, line] of text.seals.entries()) {
    const { line: _line, digest: _digest, ...body } = parseSeal(line)!;
    const forged = signSeal({ ...body, at: body.at + 1 }, privateKey).line;
    const resealed = withLines(text, "seals", (lines) => lines.splice(at, 1, forged));
    expect(judge(resealed)).toEqual({ what: "seal", epoch: at, why: "signature" });
  }
});

test("a box put back to an earlier day contradicts the checkpoints kept elsewhere", async () => {
  const text = await makeChain(8, 2);
  const kept = text.seals.map((line) => parseSeal(line)!).map(({ epoch, digest }) => ({ epoch, digest }));
  const other = await makeChain(8, 2);
  expect(judge(other, kept)).toMatchObject({ what: "seal", epoch: 0, why: "checkpoint" });
  for (let upTo = 1; upTo < text.seals.length; upTo++) {
    const { last } = parseSeal(text.seals[upTo - 1]!)!;
    const records = text.segments.map((lines) => [
      lines[0]!,
      ...lines.slice(1).filter((line) => JSON.parse(line.slice(17)).n <= last),
    ]);
    const earlier = {
      ...text,
      seals: text.seals.slice(0, upTo),
      segments: records.filter((one) => one.length > 1),
    };
    expect(judge(earlier)?.what).not.toBe("seal");
    expect(judge(earlier, kept)).toEqual({ what: "seal", epoch: upTo, why: "missing" });
  }
});

test(
  `${RANDOM_CHANGES} random changes of a chain of ${LARGE_RECORDS} records are caught`,
  async () => {
    const text = await makeChain(LARGE_RECORDS, 50);
    const { seals } = verifySeals(text.seals, text.publicKey);
    const random = noise(CHAOS_SEED);
    // Each change is judged over its own segment and the seals around it, as the rest is as it was.
    for (let i = 0; i < RANDOM_CHANGES; i++) {
      const list = random(text.segments.length);
      const whole = text.segments[list]!;
      const at = 1 + random(whole.length - 1);
      const alone = { ...text, segments: [whole] };
      const changed = withLines(alone, 0, (lines) => {
        const kind = random(4);
        if (kind === 0) flipped(lines, at, random((Buffer.byteLength(lines[at]!) + 1) * 8));
        else if (kind === 1) lines.splice(at, 1);
        else if (kind === 2) lines.splice(at, 0, lines[at]!);
        else {
          const other = 1 + ((at + random(whole.length - 2)) % (whole.length - 1));
          if (other === at) lines.splice(at, 1);
          else [lines[at], lines[other]] = [lines[other]!, lines[at]!];
        }
      });
      const last = JSON.parse(whole.at(-1)!.slice(17)).n as number;
      if (judgeRecords(changed, seals, last) === undefined)
        expect.fail(`change ${i} of segment ${list}, line ${at} is not caught`);
    }
    report(`${RANDOM_CHANGES} changes, each caught`);
  },
  chaosTimeoutMs(),
);

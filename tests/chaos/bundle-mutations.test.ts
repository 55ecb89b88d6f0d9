/** Bundles of rules changed in every way: none is accepted, none crashes the reader. */
import { expect, test } from "vitest";
import { AgentError } from "../../agent/base/errors.js";
import { encodeBundle } from "../../scripts/rulesets/bundle-file.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { Operator, part, rule, signer, verify } from "../support/rule-bundles.js";

const MUTATIONS = chaosSize(100_000, 1_000);
const STEP_BYTES = [0, 1, 0x7f, 0x80, 0xff];

type Random = (bound: number) => number;

/** Signed bundles with and without rotation and several signers; each is also what others are spliced with. */
function bundles() {
  const plain = new Operator();
  const rotated = new Operator({ root: 2, rules: 3, rulesThreshold: 2 });
  rotated.rotate({});
  const fresh = signer();
  const keys = [...rotated.rulesKeys.slice(1), fresh];
  rotated.rotate({ rules: { keys, threshold: 2 } });
  const content = [part("a.rules", rule(1) + rule(2)), part("b.domains.txt", "bad.example\n")];
  return [
    { operator: plain, bytes: plain.bytes({ version: 3 }), trust: plain.trust() },
    { operator: plain, bytes: plain.bytes({ version: 4 }, content), trust: plain.trust() },
    { operator: rotated, bytes: encodeBundle(rotated.bundle({}, content, keys)), trust: rotated.trust() },
    {
      operator: rotated,
      bytes: encodeBundle(rotated.bundle({}, content, keys)),
      // A box that has followed one of the roots already.
      trust: rotated.trust({ root: rotated.chain[1]! }),
    },
  ];
}

const mutators: readonly ((bytes: Buffer, random: Random, other: Buffer) => Buffer)[] = [
  (bytes, random) => changed(bytes, random, (byte) => byte ^ (1 << random(8))),
  (bytes, random) => changed(bytes, random, () => STEP_BYTES[random(STEP_BYTES.length)]!),
  (bytes, random) => changed(bytes, random, () => random(256)),
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(1 + random(64), random(256))]),
  (bytes, random) => {
    const [at, length] = [random(bytes.length), 1 + random(128)];
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  },
  (bytes, random) => {
    const [at, from] = [random(bytes.length), random(bytes.length)];
    return Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(from, from + 1 + random(128)),
      bytes.subarray(at),
    ]);
  },
  (bytes, random, other) => {
    const at = random(Math.min(bytes.length, other.length));
    return Buffer.concat([bytes.subarray(0, at), other.subarray(at)]);
  },
  (bytes, random, other) => {
    const copy = Buffer.from(bytes);
    const from = random(other.length);
    other.copy(copy, random(copy.length), from, from + 1 + random(256));
    return copy;
  },
];

function changed(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = 0; i <= random(3); i++) {
    // The front, where lengths and counts stand, is hit as often as all the rest.
    const at = random(random(2) === 0 ? Math.min(400, copy.length) : copy.length);
    copy[at] = change(copy[at]!);
  }
  return copy;
}

test(
  `of ${MUTATIONS} mutated bundles none is accepted and none crashes`,
  () => {
    const originals = bundles();
    const random = noise(CHAOS_SEED);
    const refusals: Record<string, number> = {};
    for (const { bytes, trust } of originals)
      expect(verify(bytes, trust).manifest.version).toBeGreaterThan(0);
    for (let i = 0; i < MUTATIONS; ) {
      const { bytes, trust } = originals[random(originals.length)]!;
      const other = originals[random(originals.length)]!.bytes;
      const mutated = mutators[random(mutators.length)]!(bytes, random, other);
      if (originals.some((original) => original.bytes.equals(mutated))) continue;
      i++;
      try {
        verify(mutated, trust);
        throw new Error(`mutation ${i} of seed ${CHAOS_SEED} was accepted`);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        refusals[error.code] = (refusals[error.code] ?? 0) + 1;
      }
    }
    const counts = Object.entries(refusals).map(([code, count]) => `${code} ${count}`);
    report(`bundle-mutations: ${MUTATIONS} mutated, 0 accepted, 0 crashes (${counts.join(", ")})`);
    // Every check has been reached, not only the first.
    expect(Object.keys(refusals).length).toBeGreaterThan(4);
  },
  chaosTimeoutMs(),
);

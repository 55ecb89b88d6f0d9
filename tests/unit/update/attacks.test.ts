/**
 * Attacks of the TUF specification (section 1.5.2) on a bundle and the keys behind it, under its names. What concerns a bundle on
 * its way (slow retrieval, malicious mirrors) stands in delivery.test.ts and download.test.ts, what a box remembers over restarts
 * in rule-set-desk.test.ts.
 */
import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../../agent/update/bundle.js";
import { encodeSigned } from "../../../agent/update/signed-document.js";
import { assembleBundle, encodeBundle, signBundle } from "../../../scripts/rulesets/bundle-file.js";
import { draftOf, firstRoot, followingRoot } from "../../../scripts/rulesets/roots.js";
import {
  at,
  DAY_MS,
  NOW_MS,
  Operator,
  outcome,
  part,
  READER,
  rule,
  signer,
  verify,
} from "../../support/rule-bundles.js";

const operator = new Operator();
const refusal = (bytes: Uint8Array, trust = operator.trust(), options = {}) =>
  outcome(() => verify(bytes, trust, options));

describe("a bundle as it should be", () => {
  test("is accepted, its parts come whole, and its version is remembered", () => {
    const parts: Record<string, string> = {};
    const content = [part("office.rules", rule(7001)), part("tests/one/expect.yaml", "alerts: {}\n")];
    const { manifest, trust } = verify(operator.bytes({ version: 4 }, content), operator.trust(), {
      onPart: ({ path }) => ({
        write: (bytes) => {
          parts[path] = (parts[path] ?? "") + Buffer.from(bytes).toString();
        },
        end: () => undefined,
      }),
    });
    expect(manifest.version).toBe(4);
    expect(trust.highest).toEqual({ vendor: 4, site: 0 });
    expect(parts).toEqual({ "office.rules": rule(7001), "tests/one/expect.yaml": "alerts: {}\n" });
  });
});

describe("wrong software installation", () => {
  test("a bundle is for the devices and groups it names, and for agents that are new enough", () => {
    const targets = (devices: string[], groups: string[]) => operator.bytes({ targets: { devices, groups } });
    expect(refusal(targets(["box-1"], []))).toBe(1);
    expect(refusal(targets([], ["offices"]))).toBe(1);
    expect(refusal(targets(["box-2"], ["shops"]))).toBe("error.bundle.target");
    expect(refusal(operator.bytes({ minimumAgent: "0.2.0" }))).toBe("error.bundle.agent");
    const reader = { ...READER, agent: "1.0.0" };
    expect(refusal(operator.bytes({ minimumAgent: "0.2.0" }), undefined, { reader })).toBe(1);
  });
});

describe("arbitrary installation", () => {
  test("signed by a stranger's key is refused", () => {
    expect(refusal(operator.bytes({}, undefined, [signer()]))).toBe("error.bundle.unknown_key");
  });

  test("signed by a root key, which may not sign rules, is refused", () => {
    expect(refusal(operator.bytes({}, undefined, operator.rootKeys))).toBe("error.bundle.unknown_key");
  });

  test("of another operator with a chain of roots of its own is refused", () => {
    const stranger = new Operator();
    expect(refusal(stranger.bytes())).toBe("error.bundle.unknown_key");
    stranger.rotate({});
    expect(refusal(stranger.bytes())).toBe("error.bundle.threshold");
  });

  test("without any signature is refused", () => {
    expect(refusal(operator.bytes({}, undefined, []))).toBe("error.bundle.form");
  });

  test("under a signature that was made for another kind of document is refused", () => {
    const bundle = operator.bundle();
    const asRoot = { ...bundle.signed, signatures: operator.root.signed.signatures };
    expect(refusal(encodeBundle({ ...bundle, signed: asRoot }))).toBe("error.bundle.unknown_key");
  });
});

describe("rollback attack", () => {
  const trust = operator.trust({ highest: { vendor: 6, site: 2 } });

  test.each([1, 5, 6])("to version %i where 6 was accepted is refused", (version) => {
    expect(refusal(operator.bytes({ version }), trust)).toBe("error.bundle.rollback");
  });

  test("concerns each layer by itself", () => {
    expect(refusal(operator.bytes({ version: 3, layer: "site" }), trust)).toBe(3);
    expect(refusal(operator.bytes({ version: 7 }), trust)).toBe(7);
  });

  test("under another name is one all the same", () => {
    expect(refusal(operator.bytes({ version: 5, name: "shops" }), trust)).toBe("error.bundle.rollback");
  });
});

describe("indefinite freeze attack", () => {
  test("a bundle is refused from the moment it expires on", () => {
    const bytes = operator.bytes({ expires: at(1000) });
    expect(refusal(bytes)).toBe(1);
    expect(refusal(bytes, undefined, { nowMs: NOW_MS + 1000 })).toBe("error.bundle.expired");
  });

  test("a clock that was put back does not revive it: what was signed later proves the time", () => {
    const bytes = operator.bytes({ version: 2, created: at(-9 * DAY_MS), expires: at(-DAY_MS) });
    const trust = operator.trust({ certainMs: NOW_MS });
    expect(refusal(bytes, trust, { nowMs: 0 })).toBe("error.bundle.expired");
  });

  test("a root that has expired signs nothing any more", () => {
    const nowMs = NOW_MS + 4000 * DAY_MS;
    const bytes = operator.bytes({ expires: at(5000 * DAY_MS) });
    expect(refusal(bytes, undefined, { nowMs })).toBe("error.bundle.expired");
  });
});

describe("mix-and-match attack", () => {
  const one = operator.bundle({ version: 2 }, [part("a.rules", rule(1)), part("b.rules", rule(2))]);
  const two = operator.bundle({ version: 3 }, [part("a.rules", rule(3)), part("b.rules", rule(4))]);

  test("content of another signed bundle is refused, whole or in part", () => {
    expect(refusal(encodeBundle({ ...two, content: one.content }))).toBe("error.bundle.part");
    const half = two.content.length / 2;
    const mixed = Buffer.concat([two.content.subarray(0, half), one.content.subarray(half)]);
    expect(refusal(encodeBundle({ ...two, content: mixed }))).toBe("error.bundle.part");
  });

  test("signatures of another bundle are refused", () => {
    const signed = { ...two.signed, signatures: one.signed.signatures };
    expect(refusal(encodeBundle({ ...two, signed }))).toBe("error.bundle.signature");
  });

  test("roots of another bundle are refused, also those that the box has passed already", () => {
    const rotated = new Operator();
    const before = rotated.bundle({ version: 2 });
    rotated.rotate({});
    const after = rotated.bundle({ version: 3 });
    expect(refusal(encodeBundle({ ...after, head: before.head }), rotated.trust())).toBe("error.bundle.form");
    const passed = rotated.trust({ root: rotated.root });
    expect(refusal(encodeBundle(after), passed)).toBe(3);
    const changed = Buffer.from(after.head);
    changed[40]! ^= 1;
    expect(refusal(encodeBundle({ ...after, head: changed }), passed)).toBe("error.bundle.form");
  });
});

describe("endless data attack", () => {
  /** Counts what is read of a source that never ends. */
  const endless = (front: Uint8Array): ByteSource & { count: number } => ({
    count: 0,
    read(into) {
      for (let i = 0; i < into.length; i++) into[i] = front[this.count + i] ?? 0xff;
      this.count += into.length;
      return into.length;
    },
  });

  test("behind a bundle is refused after one byte", async () => {
    const { verifyBundle } = await import("../../../agent/update/bundle.js");
    const bytes = operator.bytes();
    const source = endless(bytes);
    const options = { trust: operator.trust(), reader: READER, nowMs: NOW_MS };
    expect(() => verifyBundle(source, options)).toThrow("bytes behind the last part");
    expect(source.count).toBe(bytes.length + 1);
  });

  test("in place of a document is refused by its length, before it is read", async () => {
    const { verifyBundle } = await import("../../../agent/update/bundle.js");
    const { head, signed } = operator.bundle();
    const envelope = encodeSigned({ ...signed, bytes: new Uint8Array() });
    envelope.fill(0xff, envelope.length - 4);
    const front = Buffer.concat([head, envelope]);
    const source = endless(front);
    const options = { trust: operator.trust(), reader: READER, nowMs: NOW_MS };
    expect(() => verifyBundle(source, options)).toThrow("a document of 4294967295 bytes");
    expect(source.count).toBe(front.length);
  });

  test("is not parsed: an unsigned manifest stays unread, whatever it says", () => {
    const bundle = operator.bundle();
    const bytes = Buffer.from("{".repeat(1000));
    const forged = { ...bundle, signed: { ...bundle.signed, bytes } };
    expect(refusal(encodeBundle(forged))).toBe("error.bundle.signature");
  });
});

describe("key compromise below the threshold", () => {
  const two = new Operator({ rules: 3, rulesThreshold: 2 });
  const [a, b] = [two.rulesKeys[0]!, two.rulesKeys[1]!];

  test("one of two signatures is refused, two are accepted, three as well", () => {
    expect(refusal(two.bytes({}, undefined, [a]), two.trust())).toBe("error.bundle.threshold");
    expect(refusal(two.bytes({}, undefined, [a, b]), two.trust())).toBe(1);
    expect(refusal(two.bytes({}, undefined, two.rulesKeys), two.trust())).toBe(1);
  });

  test("the same key twice counts once", () => {
    const bundle = two.bundle({}, undefined, [a]);
    const twice = {
      ...bundle.signed,
      signatures: [...bundle.signed.signatures, ...bundle.signed.signatures],
    };
    expect(refusal(encodeBundle({ ...bundle, signed: twice }), two.trust())).toBe("error.bundle.form");
  });

  test("a false signature beside enough good ones is refused", () => {
    const bundle = two.bundle({}, undefined, two.rulesKeys);
    const signatures = bundle.signed.signatures.map((one, i) =>
      i === 1 ? { ...one, signature: Buffer.alloc(64, 1) } : one,
    );
    const forged = { ...bundle, signed: { ...bundle.signed, signatures } };
    expect(refusal(encodeBundle(forged), two.trust())).toBe("error.bundle.signature");
  });
});

describe("key compromise at the threshold, and the roots that mend it", () => {
  test("a new rules key counts once the root names it, and one that left counts no more", () => {
    const rotating = new Operator();
    const stolen = rotating.rulesKeys[0]!;
    const fresh = signer();
    rotating.rotate({ rules: { keys: [fresh], threshold: 1 } });
    const trusts: number[] = [];
    const options = {
      onRoot: ({ root }: { root: { root: { version: number } } }) => trusts.push(root.root.version),
    };
    expect(refusal(rotating.bytes({}, undefined, [fresh]), rotating.trust(), options)).toBe(1);
    expect(trusts).toEqual([2]);
    expect(refusal(rotating.bytes({}, undefined, [stolen]), rotating.trust())).toBe(
      "error.bundle.unknown_key",
    );
  });

  test("a box that was off for three roots follows all of them, and skips none", () => {
    const rotating = new Operator({ root: 2 });
    for (let i = 0; i < 3; i++) rotating.rotate({});
    expect(refusal(rotating.bytes(), rotating.trust())).toBe(1);
    rotating.chain.splice(1, 1);
    expect(refusal(rotating.bytes(), rotating.trust())).toBe("error.bundle.root_order");
  });

  test("a root that fewer than the threshold of the old one have signed is refused", () => {
    const rotating = new Operator({ root: 3, rootThreshold: 2 });
    const thief = rotating.rootKeys[0]!;
    const draft = { ...draftOf(rotating.root), root: { keys: [thief], threshold: 1 } };
    expect(() => rotating.rotate(draft, [thief])).toThrow("1 of 2");
  });

  test("a chain that ends before the root of the box gives the keys of old no power back", () => {
    const rotating = new Operator();
    const stolen = rotating.rulesKeys[0]!;
    const old = rotating.bytes({ version: 9 }, undefined, [stolen]);
    rotating.rotate({ rules: { keys: [signer()], threshold: 1 } });
    expect(refusal(old, rotating.trust({ root: rotating.root }))).toBe("error.bundle.unknown_key");
  });

  test("a rules key makes no root", () => {
    const robbed = new Operator();
    const [thief] = robbed.rulesKeys;
    const own = { ...draftOf(robbed.root), root: { keys: [thief!], threshold: 1 } };
    const forged = followingRoot(firstRoot(own, [thief!.privateKey]), own, [thief!.privateKey]);
    robbed.chain.push(forged);
    expect(refusal(robbed.bytes({}, undefined, [thief!]), robbed.trust())).toBe("error.bundle.threshold");
  });
});

describe("fast-forward attack", () => {
  test("who stole a rules key and signed the highest version there is does not lock the owner out", () => {
    const rotating = new Operator();
    const thief = rotating.rulesKeys[0]!;
    const version = Number.MAX_SAFE_INTEGER;
    const { trust } = verify(rotating.bytes({ version }, undefined, [thief]), rotating.trust());
    const fresh = signer();
    rotating.rotate({ rules: { keys: [fresh], threshold: 1 }, floors: { vendor: 41, site: 0 } });
    expect(refusal(rotating.bytes({ version: 41 }, undefined, [fresh]), trust)).toBe("error.bundle.rollback");
    expect(refusal(rotating.bytes({ version: 42 }, undefined, [fresh]), trust)).toBe(42);
  });
});

describe("extraneous dependencies and files", () => {
  test.each([
    "../evil.rules",
    "/etc/passwd.rules",
    "a/../../evil.rules",
    "tests/../evil.rules",
    "tests/one/two/evil.rules",
    ".hidden.rules",
    "evil.sh",
    "evil.rules\0.txt",
    "",
  ])("a signer cannot even name %j", (path) => {
    const draft = operator.bundle().manifest;
    const forged = () => assembleBundle(operator.chain, draft, [part(path, "x")]);
    expect(forged).toThrow(/name that is not allowed|manifest that is none/);
  });

  test("a part that stands there twice is refused", () => {
    const draft = operator.bundle().manifest;
    const twice = () => assembleBundle(operator.chain, draft, [part("a.rules", "x"), part("a.rules", "y")]);
    expect(twice).toThrow("name that is not allowed");
  });

  test("signed bytes in another spelling of JSON are refused", async () => {
    const { withSignature } = await import("../../../agent/update/signed-document.js");
    const bundle = operator.bundle();
    const text = Buffer.from(bundle.signed.bytes).toString();
    for (const spelling of [
      ` ${text}`,
      text.replace('"version":1', '"version":1,"version":1'),
      text.replace('"version":1', '"version":1.0'),
    ]) {
      const unsigned = { signatures: [], bytes: Buffer.from(spelling) };
      const signed = withSignature("rules", unsigned, operator.rulesKeys[0]!.privateKey);
      expect(refusal(encodeBundle({ ...bundle, signed }))).toBe("error.bundle.form");
    }
  });

  test("signing twice with one key leaves one signature", () => {
    const bundle = operator.bundle();
    expect(signBundle(bundle, operator.rulesKeys[0]!.privateKey).signed.signatures).toHaveLength(1);
  });
});

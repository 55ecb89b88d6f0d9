/** The laws of rule images as bytes: what is written is read, and nothing damaged is. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlatError } from "../../../agent/base/flat-layout.js";
import { shippedRulesFolder } from "../../../agent/config/rule-files.js";
import { compileRules } from "../../../agent/signature/compile.js";
import type { RuleImage } from "../../../agent/signature/image.js";
import { decodeImage, encodeImage, imageIn, KEY_BYTES } from "../../../agent/signature/image-file.js";
import { parseRules } from "../../support/rules.js";

const KEY = Uint8Array.from({ length: KEY_BYTES }, (_, i) => i * 7);

/** One rule of every part an image has. */
const RULES = `
alert tcp any any -> 10.0.0.0/8 [80,8080:8090] (msg:"é content"; content:"abc"; content:"de"; distance:1; within:9; flowbits:set,seen; classtype:trojan-activity; reference:url,example.org/x; metadata:a b, a c; sid:1;)
alert http any any -> any any (msg:"uri"; http.uri; content:"/gate.php"; pcre:"/gate\\.php\\?id=[0-9]+$/i"; flowbits:isset,seen; threshold:type limit, track by_src, count 1, seconds 60; sid:2; rev:3;)
alert dns any any -> any any (msg:"dns"; dns.query; dotprefix; content:".evil.example"; endswith; xbits:set,host,track ip_src,expire 9; sid:4294967295;)
alert ip 192.0.2.0/24 any -> any any (msg:"address"; sid:4;)
alert ip 2001:db8::/32 any -> any any (msg:"address 6"; sid:5;)
alert tls any any -> any any (msg:"set"; tls.sni; dataset:set,names,type string; flowint:hits,+,1; sid:6;)
alert tcp any any -> any any (msg:"numbers"; dsize:>5; byte_test:4,>,4000000000,0; content:"x"; sid:7;)
`;

function imageOf(text: string): RuleImage {
  return compileRules(parseRules(text).signatures, new Map());
}

describe("an image that was written", () => {
  test("is read as it was, part by part", () => {
    const image = imageOf(RULES);
    expect(image.ruleCount).toBe(7);
    const read = decodeImage(encodeImage({ image, report: "{}" }, KEY), KEY);
    expect(read).toEqual({ image, report: "{}" });
  });

  test("and written again gives the same bytes for any choice of rules", () => {
    const shipped = readFileSync(`${shippedRulesFolder()}/sekisho.rules`, "utf8");
    const lines = [...shipped.split("\n"), ...RULES.split("\n")];
    fc.assert(
      fc.property(fc.subarray(lines), fc.string(), (chosen, report) => {
        const bytes = encodeImage({ image: imageOf(chosen.join("\n")), report }, KEY);
        const read = decodeImage(bytes, KEY);
        expect(read.report).toBe(report);
        expect(Buffer.compare(Buffer.from(encodeImage(read, KEY)), Buffer.from(bytes))).toBe(0);
      }),
      { numRuns: 40, seed: 20 },
    );
  });

  test("consists of views on one shared buffer", () => {
    const bytes = encodeImage({ image: imageOf(RULES), report: "" }, KEY);
    const { image } = decodeImage(bytes, KEY);
    expect(image.program.buffer).toBe(bytes);
    expect(image.search.buffer).toBe(bytes);
    expect(structuredClone(image).program.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

describe("an image is refused", () => {
  const bytes = new Uint8Array(
    encodeImage(
      { image: imageOf('alert udp any any -> any 53 (msg:"m"; content:"ab"; sid:1;)'), report: "r" },
      KEY,
    ),
  );
  const copy = (from: Uint8Array, length = from.length): SharedArrayBuffer => {
    const buffer = new SharedArrayBuffer(length);
    new Uint8Array(buffer).set(from.subarray(0, length));
    return buffer;
  };

  test("where it is cut short or goes on", () => {
    for (let length = 0; length < bytes.length; length = length < 160 ? length + 1 : length + 509) {
      expect(() => decodeImage(copy(bytes, length), KEY)).toThrow();
    }
    const longer = new SharedArrayBuffer(bytes.length + 8);
    new Uint8Array(longer).set(bytes);
    expect(() => decodeImage(longer, KEY)).toThrow("cut short");
  });

  test("where any bit of its head, or one of its data, is another one", () => {
    const buffer = copy(bytes);
    const damaged = new Uint8Array(buffer);
    const survived: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit = bit < 1024 ? bit + 1 : bit + 4_999) {
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      try {
        decodeImage(buffer, KEY);
        survived.push(bit);
      } catch {
        // As it should be.
      }
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
    }
    expect(survived).toEqual([]);
  });

  test("where it was made from other rules", () => {
    expect(() => decodeImage(copy(bytes), new Uint8Array(KEY_BYTES))).toThrow("other rules");
  });

  test("where its directory lies, whatever it says, and nothing is read beyond the bytes", () => {
    const words = new Int32Array(bytes.buffer.slice(0) as SharedArrayBuffer);
    const directory = 18;
    fc.assert(
      fc.property(
        fc.nat(words[4]! - 1),
        fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer()),
        (at, lie) => {
          const buffer = copy(bytes);
          new Int32Array(buffer)[directory + at]! = lie;
          try {
            // As if whoever lied had put the checksum right.
            imageIn(buffer);
          } catch (error) {
            expect(error).toBeInstanceOf(FlatError);
          }
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });
});

import { createHash, createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { BlockHash } from "../../../../agent/base/hash/block-hash.js";
import { writeColonHex, writeHex, writeHexUint16 } from "../../../../agent/base/hash/hex.js";
import { HkdfSha256 } from "../../../../agent/base/hash/hkdf-sha256.js";
import { Md5 } from "../../../../agent/base/hash/md5.js";
import { Sha1 } from "../../../../agent/base/hash/sha1.js";
import { Sha256 } from "../../../../agent/base/hash/sha256.js";

function hex(hash: BlockHash, bytes: Uint8Array, offset = 0, length = bytes.length): string {
  const out = new Uint8Array(hash.digestBytes + 4);
  hash.digest(bytes, offset, length, out, 2);
  expect([out[0], out[1], out.at(-1), out.at(-2)]).toEqual([0, 0, 0, 0]);
  return Buffer.from(out.subarray(2, 2 + hash.digestBytes)).toString("hex");
}

/** A reproducible sequence that is no text. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 167 + (i >>> 3) * 13) & 255;
  return bytes;
}

const HASHES: readonly [string, BlockHash][] = [
  ["md5", new Md5()],
  ["sha1", new Sha1()],
  ["sha256", new Sha256()],
];

describe("hashes", () => {
  it("MD5 gives the digests of RFC 1321, appendix A.5", () => {
    const md5 = new Md5();
    expect(hex(md5, Buffer.from(""))).toBe("d41d8cd98f00b204e9800998ecf8427e");
    expect(hex(md5, Buffer.from("abc"))).toBe("900150983cd24fb0d6963f7d28e17f72");
    expect(hex(md5, Buffer.from("abcdefghijklmnopqrstuvwxyz"))).toBe("c3fcd3d76192e4007dfb496cca67e13b");
    expect(hex(md5, Buffer.from("1234567890".repeat(8)))).toBe("57edf4a22be3c955ac49da2e2107b67a");
  });

  it("SHA-1 and SHA-256 give the digests of the FIPS 180 examples", () => {
    const two = Buffer.from("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    expect(hex(new Sha1(), Buffer.from("abc"))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
    expect(hex(new Sha1(), two)).toBe("84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    expect(hex(new Sha256(), Buffer.from("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(hex(new Sha256(), two)).toBe("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  });

  for (const [name, hash] of HASHES) {
    it(`${name} agrees with OpenSSL for every length around the block boundaries and inside a larger buffer`, () => {
      const bytes = pattern(300);
      for (let length = 0; length <= 260; length++) {
        const expected = createHash(name)
          .update(bytes.subarray(7, 7 + length))
          .digest("hex");
        expect(hex(hash, bytes, 7, length)).toBe(expected);
      }
    });

    it(`${name} gives the same digest however the input is cut`, () => {
      const bytes = pattern(200);
      const expected = createHash(name).update(bytes).digest("hex");
      const out = new Uint8Array(hash.digestBytes);
      for (let cut = 0; cut <= bytes.length; cut++) {
        hash.begin();
        hash.update(bytes, 0, cut);
        hash.update(bytes, cut, bytes.length - cut);
        hash.finish(out, 0);
        expect(Buffer.from(out).toString("hex")).toBe(expected);
      }
    });
  }

  it("HMAC and HKDF-Expand-Label agree with OpenSSL", () => {
    const hkdf = new HkdfSha256();
    const key = pattern(20);
    const data = pattern(70);
    const out = new Uint8Array(32);
    hkdf.mac(key, 0, key.length, data, 3, 50, out, 0);
    expect(Buffer.from(out)).toEqual(createHmac("sha256", key).update(data.subarray(3, 53)).digest());
    hkdf.mac(pattern(64), 0, 64, data, 0, 0, out, 0);
    expect(Buffer.from(out)).toEqual(createHmac("sha256", pattern(64)).digest());

    // With an empty salt, HKDF-Extract is HMAC with a key of zeros: so hkdfSync's whole output can be compared.
    const secret = createHmac("sha256", Buffer.alloc(32)).update(key).digest();
    const info = Buffer.concat([Buffer.from([0, 16, 13]), Buffer.from("tls13 quic iv"), Buffer.from([0])]);
    hkdf.expandLabel(secret, 0, Buffer.from("quic iv"), out, 4, 16);
    expect(Buffer.from(out.subarray(4, 20))).toEqual(Buffer.from(hkdfSync("sha256", key, "", info, 16)));
  });

  it("hexadecimal text is written in both cases, with and without colons", () => {
    const out = new Uint8Array(16);
    const text = (end: number): string => Buffer.from(out.subarray(1, end)).toString("latin1");
    const bytes = new Uint8Array([0x00, 0x9f, 0xa0, 0xff]);
    expect(text(writeHex(bytes, 1, 3, out, 1))).toBe("9fa0ff");
    expect(text(writeHexUint16(0x0a1f, out, 1))).toBe("0a1f");
    expect(text(writeColonHex(bytes, 0, 4, true, out, 1))).toBe("00:9F:A0:FF");
    expect(text(writeColonHex(bytes, 1, 2, false, out, 1))).toBe("9f:a0");
    expect(text(writeColonHex(bytes, 1, 0, false, out, 1))).toBe("");
  });
});

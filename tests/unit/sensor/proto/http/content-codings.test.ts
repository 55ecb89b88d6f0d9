/**
 * Bodies decoded as libhtp decodes them, which gives up where zlib does and then shows what is still to be shown. The
 * inflater itself is held against node:zlib.
 */

import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  Inflated,
  type InflatedCode,
  Inflater,
  Wrapping,
  type WrappingId,
} from "../../../../../agent/sensor/proto/http/inflater.js";
import { concat, request, response, withLength } from "./exchange.js";

const TEXT = Buffer.from("a page that says the same, the same, the same over and over again");

/** The body of an answer whose Content-Encoding is `coding`. */
function decoded(coding: string, body: Uint8Array) {
  const { fields, events } = response(
    withLength(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n`, Uint8Array.from(body)),
  );
  return { body: fields.HTTP_RESPONSE_BODY?.[0], file: fields.FILE_DATA?.[0], events };
}

function plainText(coding: string, body: Uint8Array): string | undefined {
  return decoded(coding, body).body;
}

describe("HTTP: content codings", () => {
  const text = TEXT.toString("latin1");
  const gzip = zlib.gzipSync(TEXT);
  const raw = zlib.deflateRawSync(TEXT);

  it.each([
    ["gzip", gzip],
    ["x-gzip", gzip],
    ["GZip", gzip],
    ["deflate", zlib.deflateSync(TEXT)],
    ["deflate", raw],
    ["x-deflate", raw],
    ["deflate, gzip", zlib.gzipSync(raw)],
    ["gzip,gzip", zlib.gzipSync(gzip)],
    ["identity", TEXT],
    ["identity, gzip", gzip],
  ])("are undone: %s", (coding, body) => {
    const answer = decoded(coding, body);
    expect(answer.body).toBe(text);
    expect(answer.file).toBe(text);
  });

  it("are undone across chunks", () => {
    const chunked = concat(
      ...Array.from(gzip, (octet) => Uint8Array.of(0x31, 0x0d, 0x0a, octet, 0x0d, 0x0a)),
      Buffer.from("0\r\n\r\n"),
    );
    const head = Buffer.from(
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    expect(response(concat(head, chunked)).fields.FILE_DATA).toEqual([text]);
  });

  it("are left alone where Suricata knows none of them", () => {
    for (const coding of ["br", "compress", "foo", "lzma"]) {
      expect(plainText(coding, gzip)).toBe(gzip.toString("latin1"));
    }
  });

  it("are undone twice, not a third time", () => {
    const three = zlib.gzipSync(zlib.gzipSync(gzip));
    const answer = decoded("gzip, gzip, gzip", three);
    expect(answer.body).not.toBe(text);
    expect(answer.events).toContain("http.too_many_encoding_layers");
  });

  it("that are announced but were not applied leave the body", () => {
    expect(plainText("gzip", TEXT)).toBe(text);
    expect(plainText("deflate", TEXT)).toBe(text);
    expect(plainText("gzip", raw)).toBe(text);
    expect(plainText("deflate", gzip)).toBe(text);
  });

  it("that end too early leave what was undone", () => {
    const half = plainText("gzip", gzip.subarray(0, 40))!;
    expect(half.length).toBeGreaterThan(10);
    expect(text.startsWith(half)).toBe(true);
  });

  it("do not need a right checksum", () => {
    const wrong = Uint8Array.from(gzip);
    wrong[wrong.length - 6]! ^= 1;
    expect(plainText("gzip", wrong)).toBe(text);
  });

  it("that grow out of all measure are cut and noted", () => {
    const { body, events } = decoded("gzip", zlib.gzipSync(Buffer.alloc(4_000_000)));
    expect(body?.length).toBe(100 * 1024);
    expect(events).toEqual([]);
    expect(decoded("gzip, gzip", zlib.gzipSync(zlib.gzipSync(Buffer.alloc(4_000_000)))).body?.length).toBe(
      100 * 1024,
    );
  });

  it("of requests are undone as well", () => {
    const head = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n";
    expect(request(withLength(head, gzip)).fields.HTTP_REQUEST_BODY).toEqual([text]);
  });
});

describe("HTTP: the inflater", () => {
  const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY } = zlib.constants;
  const inflater = new Inflater();
  const output = new Uint8Array(80_000);

  function inflate(packed: Uint8Array, wrapping: WrappingId): [InflatedCode, Buffer] {
    const code = inflater.run(wrapping, packed, 0, packed.length, output, 0, output.length);
    return [code, Buffer.from(output.subarray(0, inflater.outputEnd))];
  }

  it("undoes what zlib does, at every level and with every kind of block", () => {
    for (const length of [0, 1, 257, 4096, 70_000]) {
      const data = Buffer.from(Uint8Array.from({ length }, (_, i) => ((i * i) >> 5) & 0x3f));
      for (const level of [0, 1, 6, 9]) {
        for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY]) {
          const options = { level, strategy };
          for (const [packed, wrapping] of [
            [zlib.deflateRawSync(data, options), Wrapping.NONE],
            [zlib.deflateSync(data, options), Wrapping.ZLIB_OR_GZIP],
            [zlib.gzipSync(data, options), Wrapping.ZLIB_OR_GZIP],
          ] as const) {
            const [code, output] = inflate(packed, wrapping);
            expect(code).toBe(Inflated.END);
            expect(output.equals(data)).toBe(true);
          }
        }
      }
    }
  });

  it("says of every beginning that there is more to come, and gives what is certain", () => {
    const packed = zlib.deflateRawSync(TEXT);
    let before = 0;
    for (let end = 0; end < packed.length; end++) {
      const [code, data] = inflate(packed.subarray(0, end), Wrapping.NONE);
      expect(code).toBe(Inflated.MORE);
      expect(data.length).toBeGreaterThanOrEqual(before);
      expect(TEXT.subarray(0, data.length)).toEqual(data);
      before = data.length;
    }
  });

  it("calls broken what node:zlib does", () => {
    const packed = zlib.deflateSync(TEXT);
    for (let at = 0; at < packed.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const broken = Uint8Array.from(packed);
        broken[at]! ^= 1 << bit;
        const [code] = inflate(broken, Wrapping.ZLIB_OR_GZIP);
        expect(code, `octet ${at} bit ${bit}`).toBe(verdictOfZlib(broken));
      }
    }
  });
});

/** How node:zlib takes the same octets. */
function verdictOfZlib(packed: Uint8Array): InflatedCode {
  try {
    zlib.inflateSync(packed);
    return Inflated.END;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "Z_BUF_ERROR" ? Inflated.MORE : Inflated.ERROR;
  }
}

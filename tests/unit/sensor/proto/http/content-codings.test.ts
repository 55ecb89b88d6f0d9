/**
 * Bodies decoded as libhtp decodes them, which gives up where zlib does and then shows what is still to be shown. The
 * inflater itself is held against node:zlib.
 */

import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { Inflated, Inflater } from "../../../../../agent/sensor/proto/http/inflater.js";
import { concat, response, withLength } from "./exchange.js";

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
    const answer = response(
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      Buffer.from(
        withLength("POST /p HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n", Uint8Array.from(gzip)),
      ).toString("latin1"),
    );
    expect(answer.fields.HTTP_STAT_CODE).toEqual(["200"]);
  });
});

describe("HTTP: the inflater", () => {
  const SIZES = [0, 1, 257, 4096, 70_000];
  const LEVELS = [0, 1, 6, 9];
  const STRATEGIES = [zlib.constants.Z_DEFAULT_STRATEGY, zlib.constants.Z_FIXED, zlib.constants.Z_HUFFMAN_ONLY];

  it("undoes what zlib does, at every level and with every kind of block", () => {
    const inflater = new Inflater();
    const output = new Uint8Array(80_000);
    for (const size of SIZES) {
      const data = Buffer.from(Uint8Array.from({ length: size }, (_, i) => ((i * i) >> 5) & 0x3f));
      for (const level of LEVELS) {
        for (const strategy of STRATEGIES) {
          const packed = Uint8Array.from(zlib.deflateRawSync(data, { level, strategy }));
          const code = inflater.inflateRaw(packed, 0, packed.length, output, output.length);
          expect(code).toBe(Inflated.END);
          expect(Buffer.compare(output.subarray(0, inflater.produced), data)).toBe(0);
        }
      }
    }
  });
});

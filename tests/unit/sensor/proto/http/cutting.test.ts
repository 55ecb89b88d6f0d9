/** What a stream says must not depend on how it is cut, nor on the lengths it claims. */

import zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { STAGE_BODY } from "../../../../../agent/sensor/proto/message-view.js";
import { Parsed } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { bytesOf, concat, Exchange, GET, OK, withLength } from "./exchange.js";

const UPLOAD = '--xx\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nfile\r\n--xx--\r\n';
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";

const REQUESTS: readonly (readonly [string, Uint8Array])[] = [
  ["two requests", bytesOf(GET + GET)],
  ["a request with LF", bytesOf("\r\nGET /x HTTP/1.0\nHost: a\nX: a\n b\n\n")],
  [
    "an upload",
    withLength(
      "POST /u HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=xx\r\n",
      bytesOf(UPLOAD),
    ),
  ],
  [
    "a chunked request",
    bytesOf(
      `POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n1\r\nd\r\n0\r\nT: t\r\n\r\n${GET}`,
    ),
  ],
  [
    "a compressed request",
    withLength(
      "POST /z HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n",
      Uint8Array.from(zlib.gzipSync("hello")),
    ),
  ],
];

const RESPONSES: readonly (readonly [string, Uint8Array])[] = [
  ["two responses", bytesOf(OK + OK)],
  ["100 Continue and a response", bytesOf(`HTTP/1.1 100 Continue\r\n\r\n${OK}`)],
  ["chunks", bytesOf(`${CHUNKED}\r\n3;x\r\nabc\r\n1\r\nd\r\n0\r\nT: t\r\n\r\n${OK}`)],
  [
    "gzip",
    withLength("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", Uint8Array.from(zlib.gzipSync("hello"))),
  ],
  [
    "gzip in chunks",
    concat(
      bytesOf(`${CHUNKED}Content-Encoding: gzip\r\n\r\n`),
      ...Array.from(zlib.gzipSync("hello"), (octet) =>
        concat(bytesOf("1\r\n"), Uint8Array.of(octet, 13, 10)),
      ),
      bytesOf("0\r\n\r\n"),
    ),
  ],
  ["a body to the end", bytesOf("HTTP/1.0 200 OK\r\nServer: s\r\n\r\nhello\r\n\r\nworld")],
];

/** What a stream in pieces says. */
function said(direction: 0 | 1, pieces: readonly Uint8Array[]): unknown {
  const exchange = new Exchange();
  if (direction === TO_CLIENT) exchange.client(GET + GET);
  for (const piece of pieces) {
    if (direction === TO_SERVER) exchange.client(piece);
    else exchange.server(piece);
  }
  exchange.close();
  expect(exchange.parser.waitingBodies).toBe(0);
  return exchange.messages.map(({ stage, transaction, fields, numbers, events, eve }) => ({
    stage,
    transaction,
    fields,
    numbers,
    events,
    eve: stage === STAGE_BODY ? eve : undefined,
  }));
}

describe("HTTP: streams cut anywhere", () => {
  const all = [
    ...REQUESTS.map(([name, bytes]) => [name, TO_SERVER, bytes] as const),
    ...RESPONSES.map(([name, bytes]) => [name, TO_CLIENT, bytes] as const),
  ];

  it.each(all)("say the same: %s", (_, direction, bytes) => {
    const whole = said(direction, [bytes]);
    expect(whole).not.toEqual([]);
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(said(direction, [bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(whole);
    }
    expect(
      said(
        direction,
        Array.from(bytes, (octet) => Uint8Array.of(octet)),
      ),
    ).toEqual(whole);
  });

  it.each(all)("that end anywhere come to an end: %s", (_, direction, bytes) => {
    for (let end = 0; end < bytes.length; end++) said(direction, [bytes.subarray(0, end)]);
  });
});

describe("HTTP: lengths that lie", () => {
  it.each([
    "Content-Length: 99999999999999999999",
    "Content-Length: 9007199254740993",
    "Content-Length: -1",
    "Content-Length: 0x10",
    "Content-Length: 1\r\nContent-Length: 2",
    "Content-Length: ,",
    "Content-Length:",
  ])("come to an end: %s", (header) => {
    const exchange = new Exchange()
      .client(`POST / HTTP/1.1\r\nHost: a\r\n${header}\r\n\r\nab`)
      .server(`HTTP/1.1 200 OK\r\n${header}\r\n\r\nab`)
      .close();
    expect(exchange.complete(TO_SERVER)).not.toEqual([]);
    expect(exchange.parser.waitingBodies).toBe(0);
  });

  it("of a length far beyond the stream let the rest of it be skipped", () => {
    const exchange = new Exchange()
      .client(GET)
      .server("HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\n");
    for (let i = 0; i < 100; i++) exchange.server(new Uint8Array(1500));
    expect(exchange.complete(TO_CLIENT)).toHaveLength(1);
    expect(exchange.flow.last).toBe(Parsed.NEED_MORE);
    expect(exchange.close().complete(TO_CLIENT)).toHaveLength(1);
  });

  it.each(["7fffffff", "80000000", "ffffffffffffffffffff", "-5", ""])(
    "come to an end: chunk of %j",
    (size) => {
      const exchange = new Exchange().client(GET).server(`${CHUNKED}\r\n${size}\r\nabc`).close();
      expect(exchange.complete(TO_CLIENT)).toHaveLength(1);
      expect(exchange.complete(TO_CLIENT)[0]?.fields.HTTP_RESPONSE_BODY?.[0]).toContain("abc");
    },
  );
});

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FilePool } from "../../../../../agent/sensor/proto/file-pool.js";
import { HeaderList } from "../../../../../agent/sensor/proto/http2/header-list.js";
import { Hpack, HpackDecoder } from "../../../../../agent/sensor/proto/http2/hpack-decoder.js";
import { Http2Parser } from "../../../../../agent/sensor/proto/http2/parser.js";
import { STAGE_BODY, STAGE_HEAD } from "../../../../../agent/sensor/proto/message-view.js";
import { Probe } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../../support/parse-messages.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

function frame(type: number, flags: number, stream: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(content.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, content]);
}

/** Literal fields that go into no table (RFC 7541, 6.2.2). */
function block(fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.from([0, name.length]),
    Buffer.from(name, "latin1"),
    Buffer.from([value.length]),
    Buffer.from(value, "latin1"),
  ]);
  return Buffer.concat(parts);
}

const REQUEST = {
  ":method": "GET",
  ":path": "/a?b=1",
  ":authority": "User@WWW.Example.jp:8080",
  "user-agent": "curl/8",
  cookie: "k=v",
};
const flow = () => new ParserFlow(new Http2Parser(new FilePool()));
const fieldsOf = (list: HeaderList) =>
  Array.from(
    { length: list.count },
    (_, i) =>
      Buffer.from(list.bytes.subarray(list.nameStart(i), list.valueStart(i))).toString() +
      ": " +
      Buffer.from(list.bytes.subarray(list.valueStart(i), list.valueEnd(i))).toString(),
  );

describe("HPACK", () => {
  it("reads the requests of RFC 7541, C.4, with one table for all of them", () => {
    const decoder = new HpackDecoder();
    const list = new HeaderList();
    const read = (hex: string) => {
      const bytes = fromHex(hex);
      expect(decoder.decode(bytes, 0, bytes.length, list)).toBe(Hpack.OK);
      return fieldsOf(list);
    };
    const first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
    expect(read("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")).toEqual(first);
    expect(read("8286 84be 5886 a8eb 1064 9cbf")).toEqual([...first, "cache-control: no-cache"]);
    expect(read("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")).toEqual([
      ":method: GET",
      ":scheme: https",
      ":path: /index.html",
      ":authority: www.example.com",
      "custom-key: custom-value",
    ]);
  });

  it("keeps its table as small as RFC 7541, C.6, has it", () => {
    const decoder = new HpackDecoder();
    const list = new HeaderList();
    // A table of 256 octets, then a response whose fields push each other out.
    const first = fromHex(
      "3fe1 01 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
    );
    expect(decoder.decode(first, 0, first.length, list)).toBe(Hpack.OK);
    expect(list.sizeUpdate).toBe(256);
    const second = fromHex("4883 640e ffc1 c0bf");
    decoder.decode(second, 0, second.length, list);
    expect(fieldsOf(list)).toEqual([
      ":status: 307",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]);
  });

  it.each(["be", "ff ff ff ff ff ff 7f", "82 40 85 ff ff ff ff ff", "00 05 61"])("refuses %s", (hex) => {
    const bytes = fromHex(hex);
    expect(new HpackDecoder().decode(bytes, 0, bytes.length, new HeaderList())).not.toBe(Hpack.OK);
  });
});

describe("HTTP/2", () => {
  it("is recognised by the client's preface and by the server's settings", () => {
    const parser = new Http2Parser(new FilePool());
    const settings = frame(SETTINGS, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]));
    const preface = fromLatin1(PREFACE);
    expect(parser.probe(preface, 0, preface.length, TO_SERVER)).toBe(Probe.YES);
    expect(parser.probe(preface, 0, 7, TO_SERVER)).toBe(Probe.UNSURE);
    expect(parser.probe(settings, 0, settings.length, TO_CLIENT)).toBe(Probe.YES);
    expect(parser.probe(fromLatin1("GET / HTTP/1.1\r\n"), 0, 16, TO_SERVER)).toBe(Probe.NO);
  });

  it("makes the fields of HTTP/1 of a request's headers", () => {
    const [head] = flow()
      .stream(TO_SERVER, fromLatin1(PREFACE))
      .stream(TO_SERVER, frame(HEADERS, END_HEADERS | END_STREAM, 1, block(REQUEST))).messages;
    expect(head?.stage).toBe(STAGE_HEAD);
    expect(head?.fields).toMatchObject({
      HTTP_METHOD: ["GET"],
      HTTP_URI: ["/a?b=1"],
      HTTP_HOST: ["www.example.jp"],
      HTTP_HOST_RAW: ["User@WWW.Example.jp:8080"],
      HTTP_USER_AGENT: ["curl/8"],
      HTTP_COOKIE: ["k=v"],
      HTTP_REQUEST_LINE: ["GET /a?b=1 HTTP/2\r\n"],
      HTTP_PROTOCOL: ["HTTP/2"],
      HTTP_HEADER: [
        ":method: GET\r\n:path: /a?b=1\r\n:authority: User@WWW.Example.jp:8080\r\nuser-agent: curl/8\r\n",
      ],
      HTTP_HEADER_NAMES: ["\r\n:method\r\n:path\r\n:authority\r\nuser-agent\r\ncookie\r\n\r\n"],
    });
    expect(head?.numbers).toMatchObject({ HTTP2_FRAME_TYPE: HEADERS });
    expect(head?.eve).toMatchObject({ http: { version: "2", url: "/a?b=1", http2: { stream_id: 1 } } });
  });

  it("tells the weight and the reason of an end that either side gave its stream", () => {
    const weight = Buffer.from([0, 0, 0, 0, 146]);
    const { messages } = flow()
      .stream(TO_SERVER, fromLatin1(PREFACE))
      .stream(TO_SERVER, frame(HEADERS, END_HEADERS | PRIORITY, 1, Buffer.concat([weight, block(REQUEST)])))
      .stream(TO_CLIENT, frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 8])));
    const http2 = { stream_id: 1, request: { priority: 146 }, response: { error_code: "Cancel" } };
    expect(messages.at(-1)?.eve).toMatchObject({ http: { url: "/a?b=1", http2 } });
  });

  it("puts a header block together that spans frames, wherever the stream is cut", () => {
    const whole = block(REQUEST);
    const bytes = Buffer.concat([
      Buffer.from(PREFACE),
      frame(HEADERS, END_STREAM, 1, whole.subarray(0, 20)),
      frame(CONTINUATION, END_HEADERS, 1, whole.subarray(20)),
    ]);
    for (let cut = 1; cut < bytes.length; cut += 7) {
      const { messages } = flow()
        .stream(TO_SERVER, bytes.subarray(0, cut))
        .stream(TO_SERVER, bytes.subarray(cut));
      expect(messages.map(({ fields }) => fields.HTTP_URI)).toEqual([["/a?b=1"]]);
    }
  });

  it("hands out a body when its stream ends, without padding and decompressed", () => {
    const content = gzipSync("<html>");
    const padded = Buffer.concat([Buffer.from([3]), content.subarray(0, 5), Buffer.alloc(3)]);
    const { messages } = flow()
      .stream(
        TO_CLIENT,
        frame(HEADERS, END_HEADERS, 1, block({ ":status": "200", "content-encoding": "gzip" })),
      )
      .stream(TO_CLIENT, frame(DATA, PADDED, 1, padded))
      .stream(TO_CLIENT, frame(DATA, END_STREAM, 1, content.subarray(5)));
    const body = messages.find(({ stage }) => stage === STAGE_BODY);
    expect(body?.fields).toMatchObject({
      FILE_DATA: ["<html>"],
      HTTP_RESPONSE_BODY: ["<html>"],
      HTTP_STAT_CODE: ["200"],
      HTTP_RESPONSE_LINE: ["HTTP/2 200\r\n"],
    });
    expect(messages.filter(({ numbers }) => numbers.HTTP2_FRAME_TYPE === DATA)).toHaveLength(2);
  });

  it("hands out a body whose stream never ends when the connection does", () => {
    const { messages } = flow()
      .stream(TO_CLIENT, frame(HEADERS, END_HEADERS, 1, block({ ":status": "200" })))
      .stream(TO_CLIENT, frame(DATA, 0, 1, Buffer.from("half")).subarray(0, 11), true);
    expect(messages.at(-1)?.fields.FILE_DATA).toEqual(["ha"]);
  });

  it("tells settings, errors and what is strange", () => {
    const { messages } = flow()
      .stream(TO_SERVER, fromLatin1(PREFACE))
      .stream(TO_SERVER, frame(SETTINGS, 0, 0, Buffer.from([0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])))
      .stream(TO_SERVER, frame(HEADERS, END_HEADERS, 1, block({ ":authority": "a@b", host: "c" })))
      .stream(TO_SERVER, frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 8])))
      .stream(TO_SERVER, frame(RST_STREAM, 0, 1, Buffer.from([0])));
    expect(messages[0]?.fields.HTTP2_SETTINGS).toEqual(["\0\x02\0\0\0\0", "\0\x03\0\0\0d"]);
    expect(messages[1]?.events).toHaveLength(2);
    expect(messages[2]?.numbers).toMatchObject({ HTTP2_FRAME_TYPE: RST_STREAM, HTTP2_ERROR_CODE: 8 });
    expect(messages[3]?.events).toHaveLength(1);
  });
});

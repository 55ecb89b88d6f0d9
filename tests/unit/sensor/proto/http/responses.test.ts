/** Buffers as Suricata 7.0.10 with libhtp 0.5.50 fills them for the same octets. */

import { describe, expect, it } from "vitest";
import { Parsed } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { Exchange, GET, OK, response } from "./exchange.js";

const PAGE =
  "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nSet-Cookie: x=y\r\nLocation: /z\r\n" +
  "Content-Length: 5\r\n\r\nhello";
const HEAD_REQUEST = "HEAD /a HTTP/1.1\r\nHost: example.jp\r\n\r\n";
const CONNECT = "CONNECT example.jp:443 HTTP/1.1\r\nHost: example.jp\r\n\r\n";
const CLIENT_HELLO = "\x16\x03\x01\x02\x00";

describe("HTTP: responses", () => {
  it("fills the buffers of a page", () => {
    const { fields, numbers, events } = response(PAGE);
    const headers = PAGE.slice(PAGE.indexOf("\r\n") + 2, -5);
    expect(fields).toEqual({
      HTTP_RESPONSE_LINE: ["HTTP/1.1 200 OK"],
      HTTP_PROTOCOL: ["HTTP/1.1"],
      HTTP_STAT_CODE: ["200"],
      HTTP_STAT_MSG: ["OK"],
      HTTP_SERVER: ["nginx"],
      HTTP_LOCATION: ["/z"],
      HTTP_COOKIE: ["x=y"],
      HTTP_CONTENT_TYPE: ["text/html"],
      HTTP_CONTENT_LEN: ["5"],
      HTTP_HEADER_RAW: [headers],
      HTTP_START: [PAGE.slice(0, -5)],
      HTTP_HEADER: [headers.replace("Set-Cookie: x=y\r\n", "").slice(0, -2)],
      HTTP_HEADER_NAMES: ["\r\nServer\r\nContent-Type\r\nSet-Cookie\r\nLocation\r\nContent-Length\r\n\r\n"],
      HTTP_RESPONSE_HEADER: headers.trimEnd().split("\r\n"),
      HTTP_RESPONSE_BODY: ["hello"],
      FILE_NAME: ["/a"],
      FILE_DATA: ["hello"],
      FILE_SIZE: ["\x02\0\0\0\x05\x01\0\0\0\x05"],
      HTTP_FRAME: [PAGE],
    });
    expect(numbers).toEqual({ HTTP_VERSION: 101, HTTP_STATUS: 200, HTTP_CONTENT_LENGTH: 5 });
    expect(events).toEqual([]);
  });

  it.each([
    ["HTTP/1.1 404 Not Found", "404", "Not Found", []],
    ["HTTP/1.1 204", "204", undefined, []],
    ["HTTP/1.1\t200\tfine", "200", "fine", []],
    ["HTTP/1.1  200  ok", "200", "ok", []],
    ["HTTP/1.1 20x no", "20x", "no", ["http.response_invalid_status"]],
    ["HTTP/1.1 2000 no", "2000", "no", ["http.response_invalid_status"]],
    ["HTTP/1.01 200 ok", "200", "ok", ["http.response_invalid_protocol"]],
    ["HTTP/2.0 200 ok", "200", "ok", ["http.response_invalid_protocol"]],
  ] as const)("reads the status line %j", (line, code, text, events) => {
    const message = response(`${line}\r\nContent-Length: 0\r\n\r\n`);
    expect(message.fields.HTTP_STAT_CODE).toEqual([code]);
    expect(message.fields.HTTP_STAT_MSG?.[0]).toBe(text);
    expect(message.events).toEqual(events);
  });

  it("answers requests in their order, with what they asked for in EVE", () => {
    const exchange = new Exchange().client(GET + GET.replace("/a", "/b")).server(OK + OK);
    expect(exchange.outline().slice(4)).toEqual(["< head 0", "< body 0", "< head 1", "< body 1"]);
    expect(exchange.complete(TO_CLIENT).map(({ eve }) => eve)).toEqual(
      ["/a", "/b"].map((url) => ({
        http: {
          hostname: "example.jp",
          url,
          http_method: "GET",
          protocol: "HTTP/1.1",
          status: 200,
          length: 5,
        },
      })),
    );
  });

  it("tells where a redirection leads", () => {
    const { eve } = response("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
    expect(eve).toMatchObject({ http: { status: 302, redirect: "/there" } });
  });

  it("does not hand out 100 Continue", () => {
    const exchange = new Exchange().client(GET).server(`HTTP/1.1 100 Continue\r\n\r\n${OK}`);
    expect(exchange.outline().slice(2)).toEqual(["< head 0", "< body 0"]);
    expect(exchange.complete(TO_CLIENT)[0]?.fields.HTTP_STAT_CODE).toEqual(["200"]);
  });

  it("says that a request is cut within its first line only where that line has no end", () => {
    const events = ["GET /a HT", "GET /a HTTP/1.1\r\nHost: a"].map((begun) => {
      const exchange = new Exchange().client(begun).server(OK);
      return exchange.complete(TO_CLIENT)[0]!.events;
    });
    expect(events).toEqual([["http.request_line_incomplete"], []]);
  });

  it("takes a line behind a response with which the stream ends for more of its body, unless it begins the next one", () => {
    const bodies = ["\0", "HTTP/1.1 20"].map((rest) => {
      const exchange = new Exchange()
        .client(GET)
        .server(OK + rest)
        .close();
      expect(exchange.outline()).toEqual(["> head 0", "> body 0", "< head 0", "< body 0"]);
      return exchange.complete(TO_CLIENT)[0]!.fields.HTTP_RESPONSE_BODY;
    });
    expect(bodies).toEqual([["hello\0"], ["hello"]]);
  });

  it("shows nothing of the body of a response to a request whose first line has no end", () => {
    const exchange = new Exchange().client("GET /a HT").server(OK);
    expect(exchange.complete(TO_CLIENT)[0]!.fields).not.toHaveProperty("HTTP_RESPONSE_BODY");
  });

  it("notes a response without a request", () => {
    const exchange = new Exchange().server(OK).close();
    const [{ fields, events }] = exchange.complete(TO_CLIENT) as [ReturnType<typeof response>];
    expect(fields.FILE_NAME).toEqual(["/libhtp::request_uri_not_seen"]);
    expect(events).toEqual(["http.unable_to_match_response_to_request"]);
  });

  it("forgets the facts of requests when more than 16 are open, not the messages", () => {
    const requests = Array.from({ length: 40 }, (_, i) => GET.replace("/a", `/${i}`)).join("");
    const exchange = new Exchange().client(requests).server(OK.repeat(40));
    const answers = exchange.complete(TO_CLIENT);
    expect(answers).toHaveLength(40);
    expect(answers[39]?.eve).toMatchObject({ http: { url: "/39" } });
    expect(answers[0]?.eve).toMatchObject({ http: { status: 200 } });
  });
});

describe("HTTP: the end of a response", () => {
  const twice = (first: string, asked = GET) =>
    new Exchange()
      .client(asked + GET)
      .server(first)
      .server(OK)
      .close()
      .complete(TO_CLIENT)
      .map(({ fields }) => [fields.HTTP_STAT_CODE?.[0], fields.HTTP_RESPONSE_BODY?.[0]]);
  const page = ["200", "hello"];

  it.each([
    ["of HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", HEAD_REQUEST, ["200", undefined]],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", GET, ["204", undefined]],
    ["304", "HTTP/1.1 304 Not Modified\r\n\r\n", GET, ["304", undefined]],
    ["304 with a body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nab", GET, ["304", "ab"]],
    ["102", "HTTP/1.1 102 Processing\r\n\r\n", GET, ["102", undefined]],
    ["without content", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", GET, ["200", undefined]],
    ["of a length", "HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nabc", GET, ["500", "abc"]],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n002;x\r\nde\r\n0\r\n\r\n",
      GET,
      ["200", "abcde"],
    ],
    [
      "in chunks, and a length",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      GET,
      ["200", "abc"],
    ],
  ])("is known: %s", (_, text, asked, expected) => {
    expect(twice(text, asked)).toEqual([expected, page]);
  });

  it("is the end of the stream where nothing else is said", () => {
    const { fields } = response("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 404 no\r\n\r\nend");
    expect(fields.HTTP_RESPONSE_BODY).toEqual(["HTTP/1.1 404 no\r\n\r\nend"]);
  });

  it.each([
    ["a length without digits", "Content-Length: abc\r\n\r\nabc"],
    ["parts of a range", "Content-Type: multipart/byteranges; boundary=x\r\n\r\nabc"],
  ])("cannot be found: %s", (_, rest) => {
    const exchange = new Exchange().client(GET).server(`HTTP/1.1 206 OK\r\n${rest}`);
    expect(exchange.flow.last).toBe(Parsed.FAILED);
    expect(exchange.complete(TO_CLIENT)[0]?.fields.HTTP_STAT_CODE).toEqual(["206"]);
    expect(exchange.client(GET).flow.last).toBe(Parsed.FAILED);
  });

  it("shows what came of a body that the stream cuts short", () => {
    expect(response("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc").fields.FILE_DATA).toEqual(["abc"]);
    expect(
      response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc").fields.FILE_DATA,
    ).toEqual(["abc"]);
  });

  it("shows what came of a head that the stream cuts short", () => {
    const { fields } = response("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Ty");
    expect(fields.HTTP_SERVER).toEqual(["x"]);
    expect(fields.HTTP_STAT_CODE).toEqual(["200"]);
  });
});

/** Each of these answers shows "hello" in a browser or another (as in Steffen Ullrich's HTTP Evader). */
describe("HTTP: twisted responses", () => {
  const OK_CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunks = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";

  it.each([
    ["lines of LF", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"],
    ["a line before", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
    [
      "another protocol's status before",
      " SIP/2.0 200 ok\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"],
    [
      "two transfer codings",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    ],
    ["chunked in a folded line", `HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n${chunks}`],
    ["chunked somewhere", `HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n${chunks}`],
    ["chunked behind a space", `HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n${chunks}`],
    ["chunked without chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello"],
    ["chunked by HTTP/1.0", `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`],
    ["no last chunk", `${OK_CHUNKED}5\r\nhello\r\n`],
    ["sizes with zeros", `${OK_CHUNKED}00005\r\nhello\r\n000\r\n\r\n`],
    ["sizes behind spaces", `${OK_CHUNKED}  5 \r\nhello\r\n0\r\n\r\n`],
    ["sizes with extensions", `${OK_CHUNKED}5;a=b\r\nhello\r\n0\r\n\r\n`],
    ["chunks ended by LF", `${OK_CHUNKED}5\nhello\n0\n\n`],
    [
      "a line of CR among the headers",
      `HTTP/1.1 200 OK\r\n\r\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    ],
    ["no known status", "HTTP/1.1 2 OK\r\nContent-Length: 5\r\n\r\nhello"],
  ])("are read: %s", (_, text) => {
    expect(response(text).fields.HTTP_RESPONSE_BODY?.[0]).toContain("hello");
  });

  it("takes what is no chunk, and the rest of the stream, for the body", () => {
    const { fields, events } = response(`${OK_CHUNKED}2\r\nab\r\nzz\r\ncd`);
    expect(fields.HTTP_RESPONSE_BODY).toEqual(["abzz\r\ncd"]);
    expect(events).toEqual(["http.invalid_response_chunk_len"]);
  });

  it("takes lines that are no response for a body", () => {
    const exchange = new Exchange().client(GET).server("<html>\nnothing else\n").close();
    expect(exchange.complete(TO_CLIENT)[0]?.fields.HTTP_RESPONSE_BODY).toEqual(["<html>\nnothing else\n"]);
  });

  it("notes folded, nameless and repeated headers", () => {
    const { events } = response(
      "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nnothing\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    );
    expect(events).toEqual([
      "http.response_field_missing_colon",
      "http.duplicate_content_length_field_in_response",
    ]);
  });
});

describe("HTTP: what gives way to another protocol", () => {
  it("is done after 2xx to CONNECT, leaving the tunnel's octets unread", () => {
    const exchange = new Exchange().client(CONNECT + CLIENT_HELLO);
    expect(exchange.outline()).toEqual(["> head 0", "> body 0"]);
    expect(exchange.flow.last).toBe(Parsed.NEED_MORE);
    exchange.server("HTTP/1.1 200 Connection established\r\n\r\n");
    expect(exchange.flow.last).toBe(Parsed.DONE);
    expect(exchange.flow.state.isTunnel).toBe(true);
    expect(exchange.client().flow.last).toBe(Parsed.DONE);
    expect(exchange.outline()).toEqual(["> head 0", "> body 0", "< head 0", "< body 0"]);
  });

  it("goes on with HTTP after a CONNECT that was refused", () => {
    const exchange = new Exchange()
      .client(CONNECT)
      .server("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
      .client(GET)
      .server(OK);
    expect(exchange.flow.state.isTunnel).toBe(false);
    expect(exchange.complete(TO_SERVER)[1]?.fields.HTTP_URI).toEqual(["/a"]);
    expect(exchange.complete(TO_CLIENT)[1]?.fields.HTTP_RESPONSE_BODY).toEqual(["hello"]);
  });

  const upgrade = (to: string) =>
    new Exchange()
      .client(`GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: ${to}\r\nConnection: Upgrade\r\n\r\n`)
      .server(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${to}\r\n\r\n\x81\x05hello`);

  it("is done after 101 without a body, and only behind an upgrade to HTTP/2 is something else looked for", () => {
    for (const to of ["websocket", "h2c", "H2C"]) {
      const exchange = upgrade(to);
      expect(exchange.flow.last).toBe(Parsed.DONE);
      expect(exchange.flow.state.isTunnel, to).toBe(to === "h2c");
      expect(exchange.complete(TO_CLIENT)[0]?.fields.HTTP_RESPONSE_BODY).toBeUndefined();
      expect(exchange.client(GET).flow.last).toBe(Parsed.DONE);
    }
  });

  it("hides the header block of a response that gives way to HTTP/2, not its single headers", () => {
    const [hidden, shown] = ["h2c", "websocket"].map((to) => upgrade(to).complete(TO_CLIENT)[0]!.fields);
    for (const field of ["HTTP_START", "HTTP_HEADER", "HTTP_HEADER_RAW", "HTTP_HEADER_NAMES"]) {
      expect(hidden).not.toHaveProperty(field);
      expect(shown).toHaveProperty(field);
    }
    expect(hidden!.HTTP_RESPONSE_HEADER).toEqual(["Upgrade: h2c"]);
  });
});

it("notes a Content-Range that names no part of its file", () => {
  const events = (range: string): readonly string[] =>
    new Exchange()
      .client(GET)
      .server(`HTTP/1.1 206 Partial Content\r\nContent-Range: ${range}\r\nContent-Length: 2\r\n\r\nhi`)
      .complete(TO_CLIENT)
      .flatMap((message) => message.events);
  for (const range of ["bytes 5-2/10", "bytes 0-10/10", "bytes x", "bytes 1-", "bytes 1-2", "lines 1-2/3"])
    expect(events(range), range).toEqual(["http.range_invalid"]);
  for (const range of ["bytes 2-5/10", "bytes 0-9/10", "bytes 2-4/*", "bytes */10"])
    expect(events(range), range).toEqual([]);
});

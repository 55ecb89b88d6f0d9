/** Buffers as Suricata 7.0.10 with libhtp 0.5.50 fills them for the same octets. */

import { describe, expect, it } from "vitest";
import { HttpParser } from "../../../../../agent/sensor/proto/http/parser.js";
import { Parsed, Probe } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import type { CollectedMessage } from "../../../../support/parse-messages.js";
import { bytesOf, Exchange, request } from "./exchange.js";

const BROWSER =
  "GET /a%2fb/../c.php?x=%41 HTTP/1.1\r\nHost: Example.JP:8080\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n" +
  "Accept-Language: ja\r\nAccept-Encoding: gzip\r\nReferer: http://r.example/\r\nCookie: a=b\r\n" +
  "Connection: keep-alive\r\n\r\n";

describe("HTTP: what speaks it", () => {
  const parser = new HttpParser();
  const probe = (text: string, direction: 0 | 1) =>
    parser.probe(bytesOf(text), 0, text.length, direction as typeof TO_SERVER);

  it("knows a request by a method and a space, a response by its version, in any case", () => {
    expect(probe("GET / ", TO_SERVER)).toBe(Probe.YES);
    expect(probe("get / ", TO_SERVER)).toBe(Probe.YES);
    expect(probe("PROPFIND /x", TO_SERVER)).toBe(Probe.YES);
    expect(probe("HTTP/1.1", TO_CLIENT)).toBe(Probe.YES);
    expect(probe("http/1.0 200", TO_CLIENT)).toBe(Probe.YES);
  });

  it("is unsure of a beginning and says no to everything else", () => {
    expect(probe("", TO_SERVER)).toBe(Probe.UNSURE);
    expect(probe("PO", TO_SERVER)).toBe(Probe.UNSURE);
    expect(probe("HTTP/1", TO_CLIENT)).toBe(Probe.UNSURE);
    expect(probe("GETX / ", TO_SERVER)).toBe(Probe.NO);
    expect(probe("\x16\x03\x01\x00", TO_SERVER)).toBe(Probe.NO);
    expect(probe("HTTP/2.0 200", TO_CLIENT)).toBe(Probe.NO);
    expect(probe("220 mail", TO_CLIENT)).toBe(Probe.NO);
  });
});

describe("HTTP: requests", () => {
  it("fills the buffers of a browser's request", () => {
    const { fields, numbers, events } = request(BROWSER);
    const headers = BROWSER.slice(BROWSER.indexOf("\r\n") + 2);
    expect(fields).toEqual({
      HTTP_METHOD: ["GET"],
      HTTP_URI: ["/a/c.php?x=A"],
      HTTP_URI_RAW: ["/a%2fb/../c.php?x=%41"],
      HTTP_REQUEST_LINE: ["GET /a%2fb/../c.php?x=%41 HTTP/1.1"],
      HTTP_FRAME: [BROWSER],
      HTTP_PROTOCOL: ["HTTP/1.1"],
      HTTP_HOST: ["Example.JP"],
      HTTP_HOST_RAW: ["Example.JP:8080"],
      HTTP_USER_AGENT: ["Mozilla/5.0"],
      HTTP_REFERER: ["http://r.example/"],
      HTTP_COOKIE: ["a=b"],
      HTTP_ACCEPT: ["*/*"],
      HTTP_ACCEPT_ENC: ["gzip"],
      HTTP_ACCEPT_LANG: ["ja"],
      HTTP_CONNECTION: ["keep-alive"],
      HTTP_HEADER_RAW: [headers],
      HTTP_START: [BROWSER],
      HTTP_HEADER: [headers.replace("Cookie: a=b\r\n", "").slice(0, -2)],
      HTTP_HEADER_NAMES: [
        "\r\nHost\r\nUser-Agent\r\nAccept\r\nAccept-Language\r\nAccept-Encoding\r\nReferer\r\nCookie\r\nConnection\r\n\r\n",
      ],
      HTTP_REQUEST_HEADER: headers.trimEnd().split("\r\n"),
    });
    expect(numbers).toEqual({ HTTP_VERSION: 101 });
    expect(events).toEqual([]);
  });

  it("hands out the head before the body and all of it again with the body", () => {
    const exchange = new Exchange();
    exchange.client("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    expect(exchange.outline()).toEqual(["> head 0"]);
    expect(exchange.flow.last).toBe(Parsed.NEED_MORE);
    exchange.client("cd");
    expect(exchange.outline()).toEqual(["> head 0", "> body 0"]);
    const [head, body] = exchange.messages;
    expect(head?.fields.HTTP_REQUEST_BODY).toBeUndefined();
    expect(body?.fields).toEqual({
      ...head?.fields,
      HTTP_REQUEST_BODY: ["abcd"],
      FILE_NAME: ["/p"],
      FILE_DATA: ["abcd"],
      // At least and exactly four octets.
      FILE_SIZE: ["\x02\0\0\0\x04\x01\0\0\0\x04"],
      HTTP_FRAME: ["POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"],
    });
  });

  it("hands out both stages of a request without body", () => {
    expect(new Exchange().client(BROWSER + BROWSER).outline()).toEqual([
      "> head 0",
      "> body 0",
      "> head 1",
      "> body 1",
    ]);
  });

  it("takes a request that begins with empty lines and ends its lines with LF", () => {
    const { fields } = request("\r\n\nGET /x HTTP/1.0\nHost: a\n\n");
    expect(fields.HTTP_REQUEST_LINE).toEqual(["GET /x HTTP/1.0"]);
    expect(fields.HTTP_START).toEqual(["GET /x HTTP/1.0\r\nHost: a\r\n\r\n"]);
    expect(fields.HTTP_HEADER_RAW).toEqual(["Host: a\n\n"]);
  });

  it("takes a request line without protocol for HTTP/0.9, whose answer is all body", () => {
    const exchange = new Exchange().client("GET /a\r\n").server("<html>").close();
    expect(exchange.outline()).toEqual(["> head 0", "> body 0", "< head 0", "< body 0"]);
    const [{ fields }] = exchange.complete(TO_SERVER) as [CollectedMessage];
    expect([fields.HTTP_URI, fields.HTTP_PROTOCOL]).toEqual([["/a"], undefined]);
    expect(exchange.complete(TO_CLIENT)[0]?.fields).toEqual({
      HTTP_RESPONSE_BODY: ["<html>"],
      FILE_NAME: ["/a"],
      FILE_DATA: ["<html>"],
      FILE_SIZE: ["\x02\0\0\0\x06\x01\0\0\0\x06"],
    });
  });

  it("shows of a request whose framing cannot be read what single headers say, then gives up", () => {
    const exchange = new Exchange().client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\nabc");
    expect(exchange.flow.last).toBe(Parsed.FAILED);
    const { fields } = exchange.complete(TO_SERVER)[0]!;
    expect(fields.HTTP_HOST).toEqual(["a"]);
    expect(fields.HTTP_REQUEST_HEADER).toEqual(["Host: a", "Content-Length: x"]);
    expect(fields.HTTP_HEADER).toBeUndefined();
    expect(fields.HTTP_START).toBeUndefined();
    expect(exchange.server("HTTP/1.1 200 OK\r\n\r\n").flow.last).toBe(Parsed.FAILED);
  });

  it("takes lines behind a request that begin with no method for more of its body", () => {
    const { fields, events } = request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabcd\r\n");
    expect(fields.HTTP_REQUEST_BODY).toEqual(["abcd\r\n"]);
    expect(events).toEqual(["http.request_body_unexpected"]);
  });

  it("takes a line behind a request with which the stream ends for more of its body, and is silent about it", () => {
    const { fields, events } = request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabcd");
    expect([fields.HTTP_REQUEST_BODY, events]).toEqual([["abcd"], []]);
  });

  it("reads chunked requests and their trailers", () => {
    const { fields, events } = request(
      "POST /u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n02\r\nde\r\n0\r\nTail: t\r\n\r\n",
    );
    expect(fields.HTTP_REQUEST_BODY).toEqual(["abcde"]);
    expect(fields.HTTP_HEADER_NAMES).toEqual(["\r\nHost\r\nTransfer-Encoding\r\nTail\r\n\r\n"]);
    expect(events).toEqual(["http.request_chunk_extension"]);
  });

  it("stops at a request chunk without a size", () => {
    const exchange = new Exchange().client(
      "POST /u HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
    );
    expect(exchange.flow.last).toBe(Parsed.FAILED);
    const [{ fields, events }] = exchange.complete(TO_SERVER) as [CollectedMessage];
    expect(fields.HTTP_REQUEST_BODY).toEqual(["abc"]);
    expect(events).toEqual(["http.invalid_request_chunk_len"]);
  });

  it("describes the request as EVE does", () => {
    expect(request(BROWSER).eve).toEqual({
      http: {
        hostname: "Example.JP",
        http_port: 8080,
        url: "/a%2fb/../c.php?x=%41",
        http_user_agent: "Mozilla/5.0",
        http_refer: "http://r.example/",
        http_method: "GET",
        protocol: "HTTP/1.1",
        length: 0,
      },
    });
  });
});

describe("HTTP: headers of requests", () => {
  const headersOf = (lines: string) => request(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n`);

  it.each([
    ["Cookie: a\r\nCookie: b", "Cookie: a, b", []],
    ["X: a\r\nY: b\r\nx: c", "X: a, c|Y: b", []],
    ["X: a\r\n  b\r\n\tc", "X: a  b\tc", []],
    ["X : a", "X: a", ["http.request_header_invalid"]],
    ["X:   a \t", "X: a", []],
    ["X:", "X: ", []],
    [": a", ": a", ["http.request_header_invalid"]],
    ["nothing", ": nothing", ["http.request_field_missing_colon"]],
    ["X: a\0b", "X: a\0b", []],
    ["X\0Y: b", ": X\0Y: b", ["http.request_field_missing_colon"]],
    ["X: a\rY: b", "X: a\rY: b", []],
  ] as const)("reads %j", (lines, entries, events) => {
    const message = headersOf(lines);
    expect(message.fields.HTTP_REQUEST_HEADER?.slice(1).join("|")).toBe(entries);
    expect(message.events).toEqual(events);
  });

  it("composes the normalised block where the one on the wire differs from it", () => {
    const { fields } = headersOf("X:a\r\nCookie:  c\r\nY : b");
    expect(fields.HTTP_HEADER).toEqual(["Host: a\r\nX: a\r\nY: b\r\n"]);
    expect(fields.HTTP_START).toEqual(["GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nCookie: c\r\nY: b\r\n\r\n"]);
    expect(fields.HTTP_HEADER_RAW).toEqual(["Host: a\r\nX:a\r\nCookie:  c\r\nY : b\r\n\r\n"]);
  });

  it("gives up behind more than 1,024 headers, but hands out the request", () => {
    const lines = Array.from({ length: 1100 }, (_, i) => `A${i}: b`).join("\r\n");
    const exchange = new Exchange(new HttpParser(), 1 << 16).client(`GET / HTTP/1.1\r\n${lines}\r\n\r\n`);
    expect(exchange.flow.last).toBe(Parsed.FAILED);
    expect(exchange.complete(TO_SERVER)[0]?.events).toContain("http.request_too_many_headers");
  });
});

describe("HTTP: URIs", () => {
  it.each([
    ["/a/./b/../c", "/a/c"],
    ["/../../a", "/a"],
    ["//a///b", "/a/b"],
    ["/a\\b\\..\\c", "/a/c"],
    ["/%5ca%5C..", ""],
    ["/a%2f%2fb", "/a/b"],
    ["/%4", "/%4"],
    ["/%4g", "/%4g"],
    ["/%2541", "/%41"],
    ["/%u0041%U0042", "/AB"],
    ["/%u00", "/%u00"],
    ["/%uff0e%uff0e/x", "/x"],
    ["/a%u002e%u002e/b", "/a../b"],
    ["/%c0%af", "//"],
    ["/%e0%80%af", "//"],
    ["/\xe3\x81\x82x", "/?x"],
    ["/%c3%a9", "/\xe9"],
    ["/\xff\xfe", "/??"],
    ["/a%00b", "/a\0b"],
    ["/a;b=c/../d", "/d"],
    ["/a#f%41", "/a#fA"],
    ["/a?b?c%41%u0041%+%2", "/a?b?cA%u0041%+%2"],
    ["/a?x=/../%2e%2e/\\", "/a?x=/../../\\"],
    ["/%3f?%23", "/??#"],
    ["../a", "a"],
    ["/.", ""],
    ["/...", "/..."],
    ["/a..b", "/a..b"],
    ["/a//..//b", "/b"],
    ["*", "*"],
    ["http://a/x%2fy?z", "/x/y?z"],
    ["http://a", ""],
  ])("normalises %j to %j", (raw, normalised) => {
    const { fields } = request(`GET ${raw} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(fields.HTTP_URI).toEqual([normalised]);
    expect(fields.HTTP_URI_RAW).toEqual([raw]);
  });

  it("notes a URI that ends in white space or is set off by another than one space", () => {
    expect(request("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n").events).toEqual(["http.method_delim_non_compliant"]);
    expect(request("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n").events).toEqual(["http.uri_delim_non_compliant"]);
  });
});

describe("HTTP: hosts", () => {
  it.each([
    ["/", "A.example", "a.example", "A.example", []],
    ["/", "A.example:81", "A.example", "A.example:81", []],
    ["/", "A.example.", "a.example.", "A.example.", []],
    ["/", "[::1]:80", "[::1]", "[::1]:80", []],
    ["/", "a:x", "a", "a:x", ["http.request_header_host_invalid"]],
    ["http://U:p@B.example:81/", "b.example", "b.example", "b.example", []],
    ["http://b/", "c", "b", "b", ["http.host_header_ambiguous"]],
  ] as const)("of %j with Host %j is %j", (uri, header, host, raw, events) => {
    const message = request(`GET ${uri} HTTP/1.1\r\nHost: ${header}\r\n\r\n`);
    expect(message.fields.HTTP_HOST).toEqual([host]);
    expect(message.fields.HTTP_HOST_RAW).toEqual([raw]);
    expect(message.events).toEqual(events);
  });

  it("misses the header in HTTP/1.1 only", () => {
    expect(request("GET / HTTP/1.1\r\n\r\n").events).toEqual(["http.missing_host_header"]);
    expect(request("GET / HTTP/1.0\r\n\r\n").events).toEqual([]);
  });
});

describe("HTTP: heads that do not fit", () => {
  it("hands out what there is, skips the rest and finds the body", () => {
    const filler = `X: ${"y".repeat(900)}\r\n`.repeat(30);
    const exchange = new Exchange().client(
      `POST /long HTTP/1.1\r\nHost: a\r\n${filler}Content-Length: 3\r\n\r\nabcGET /next HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    const [long, next] = exchange.complete(TO_SERVER);
    expect(long?.fields.HTTP_URI).toEqual(["/long"]);
    expect(long?.fields.HTTP_HOST).toEqual(["a"]);
    expect(long?.fields.HTTP_REQUEST_BODY).toEqual(["abc"]);
    expect(long?.events).toContain("http.request_field_too_long");
    expect(next?.fields.HTTP_URI).toEqual(["/next"]);
  });

  it("knows nothing that takes all headers where one of them does not end", () => {
    const exchange = new Exchange().client(`GET /a HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(40_000)}`).close();
    const { fields, events } = exchange.complete(TO_SERVER)[0]!;
    expect(events).toContain("http.request_field_too_long");
    expect(fields.HTTP_URI).toEqual(["/a"]);
    for (const name of ["HTTP_HEADER", "HTTP_HEADER_RAW", "HTTP_HEADER_NAMES", "HTTP_START", "HTTP_HOST"])
      expect(fields).not.toHaveProperty(name);
  });

  it("takes a request line without end for what it is", () => {
    const exchange = new Exchange().client(`GET /${"a".repeat(40_000)}`).close();
    const message = exchange.complete(TO_SERVER)[0]!;
    expect(message.fields.HTTP_METHOD).toEqual(["GET"]);
    expect(message.fields.HTTP_URI?.[0]?.length).toBeGreaterThan(16_000);
    expect(message.events).toContain("http.request_field_too_long");
  });
});

import { describe, expect, it } from "vitest";
import { HTTP_LIMITS, HttpParser } from "../../../../../agent/sensor/proto/http/parser.js";
import { MessageView } from "../../../../../agent/sensor/proto/message-view.js";
import { Parsed, ParserInput } from "../../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { bytesOf, concat, Exchange, GET, OK } from "./exchange.js";

const LIMIT_BYTES = 100 * 1024;
const POST = (length: number) => `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

const letters = (length: number) => Uint8Array.from({ length }, (_, i) => 0x61 + ((i * 7) % 26));

function inSegments(bytes: Uint8Array, take: (segment: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += 1448) take(bytes.subarray(at, at + 1448));
}

describe("HTTP: bodies", () => {
  it("are shown up to their limit once, and what follows is skipped", () => {
    const body = letters(300_000);
    const exchange = new Exchange();
    inSegments(concat(bytesOf(POST(body.length)), body, bytesOf(GET)), (segment) => exchange.client(segment));
    expect(exchange.outline()).toEqual(["> head 0", "> body 0", "> head 1", "> body 1"]);
    const [upload, next] = exchange.complete(TO_SERVER);
    expect(upload?.fields.HTTP_REQUEST_BODY).toEqual([
      Buffer.from(body.subarray(0, LIMIT_BYTES)).toString("latin1"),
    ]);
    expect(next?.fields.HTTP_URI).toEqual(["/a"]);
    expect(exchange.parser.waitingBodies).toBe(0);
  });

  it("are passed over where nobody looks at them, and what comes behind them is read", () => {
    const body = letters(3000);
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const coded = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip";
    const requests = concat(bytesOf(POST(body.length)), body, bytesOf(GET + GET + GET));
    const answers = concat(
      bytesOf(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`),
      body,
      bytesOf(`${chunked}7d0\r\n`),
      letters(2000),
      bytesOf(`\r\n0\r\nA: b\r\n\r\n${coded}HTTP/1.1 200 Last\r\n\r\n`),
      body,
    );
    for (const segmentBytes of [100, 1448, 100_000]) {
      const exchange = new Exchange(new HttpParser(), undefined, false);
      for (let at = 0; at < requests.length; at += segmentBytes)
        exchange.client(requests.subarray(at, at + segmentBytes));
      for (let at = 0; at < answers.length; at += segmentBytes)
        exchange.server(answers.subarray(at, at + segmentBytes));
      exchange.close();
      const of = (mark: string) => [0, 1, 2, 3].flatMap((i) => [`${mark} head ${i}`, `${mark} body ${i}`]);
      expect(exchange.outline()).toEqual([...of(">"), ...of("<")]);
      const answered = exchange.complete(TO_CLIENT);
      expect(answered.map(({ fields }) => fields.HTTP_RESPONSE_BODY)).toEqual(new Array(4).fill(undefined));
      expect(answered.at(-1)?.fields.HTTP_STAT_MSG).toEqual(["Last"]);
      expect(exchange.complete(TO_SERVER).map(({ fields }) => fields.HTTP_URI?.[0])).toEqual([
        "/p",
        "/a",
        "/a",
        "/a",
      ]);
      expect(exchange.parser.waitingBodies).toBe(0);
    }
  });

  it("are followed chunk by chunk beyond their limit", () => {
    const chunk = concat(bytesOf("4000\r\n"), letters(0x4000), bytesOf("\r\n"));
    const chunks = concat(...new Array<Uint8Array>(12).fill(chunk), bytesOf("0\r\n\r\n"));
    const head = bytesOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const exchange = new Exchange().client(GET + GET);
    inSegments(concat(head, chunks, bytesOf(OK)), (segment) => exchange.server(segment));
    const [page, next] = exchange.complete(TO_CLIENT);
    expect(page?.fields.HTTP_RESPONSE_BODY?.[0]?.length).toBe(LIMIT_BYTES);
    expect(next?.fields.HTTP_RESPONSE_BODY).toEqual(["hello"]);
  });

  it("without an end are done when their limit is reached", () => {
    const exchange = new Exchange().client(GET).server("HTTP/1.1 200 OK\r\n\r\n");
    inSegments(letters(LIMIT_BYTES + 20_000), (segment) => exchange.server(segment));
    expect(exchange.complete(TO_CLIENT)[0]?.fields.HTTP_RESPONSE_BODY?.[0]?.length).toBe(LIMIT_BYTES);
    expect(exchange.flow.last).toBe(Parsed.DONE);
    expect(exchange.parser.waitingBodies).toBe(0);
  });

  it("are not copied where they stand in the input in one piece", () => {
    const parser = new HttpParser();
    const message = new MessageView();
    const input = new ParserInput();
    input.bytes = bytesOf(`${POST(4)}abcd`);
    input.end = input.bytes.length;
    const state = parser.createState();
    expect(parser.parse(state, input, message)).toBe(Parsed.MESSAGE);
    expect(parser.parse(state, input, message)).toBe(Parsed.MESSAGE);
    expect(message.entryBytes[message.entryCount - 1]).toBe(input.bytes);
    expect(parser.waitingBodies).toBe(0);
  });

  it("tell the driver how many octets not to keep", () => {
    const parser = new HttpParser({ ...HTTP_LIMITS, bodyBytes: 8 });
    const message = new MessageView();
    const input = new ParserInput();
    input.bytes = bytesOf(`${POST(1000)}0123456789`);
    input.end = input.bytes.length;
    const state = parser.createState();
    while (parser.parse(state, input, message) === Parsed.MESSAGE);
    expect(input.offset).toBe(input.end);
    expect(input.skipBytes).toBe(990);
    input.offset = 0;
    input.skipBytes = 0;
    input.bytes = bytesOf(GET);
    input.end = input.bytes.length;
    expect(parser.parse(state, input, message)).toBe(Parsed.MESSAGE);
    expect(message.transaction).toBe(1);
  });
});

describe("HTTP: bodies that wait", () => {
  const limits = { ...HTTP_LIMITS, maxBodies: 2, bodyIdleUs: 1000 };

  it("are as many as the pool holds; the next is shown as far as it is there", () => {
    const parser = new HttpParser(limits);
    const exchanges = [1, 2, 3].map(() => new Exchange(parser).client(`${POST(6)}abc`));
    expect(parser.waitingBodies).toBe(2);
    expect(parser.shortenedBodies).toBe(1);
    expect(exchanges.map((exchange) => exchange.complete(TO_SERVER).length)).toEqual([0, 0, 1]);
    expect(exchanges[2]?.complete(TO_SERVER)[0]?.fields.HTTP_REQUEST_BODY).toEqual(["abc"]);
    for (const exchange of exchanges) exchange.client(`def${GET}`);
    expect(exchanges.map((exchange) => exchange.complete(TO_SERVER)[0]?.fields.HTTP_REQUEST_BODY)).toEqual([
      ["abcdef"],
      ["abcdef"],
      ["abc"],
    ]);
    expect(exchanges[2]?.complete(TO_SERVER)[1]?.fields.HTTP_URI).toEqual(["/a"]);
    expect(parser.waitingBodies).toBe(0);
  });

  it("take as much memory as they are long: hundreds of small ones wait at the same time, and fewer large ones", () => {
    const parser = new HttpParser();
    const open = (count: number, length: number) =>
      Array.from({ length: count }, () =>
        new Exchange(parser).client(`${POST(length + 3)}${"x".repeat(length)}`),
      );
    const shown = (exchanges: readonly Exchange[]) =>
      exchanges.map(
        (exchange) => exchange.client("end").complete(TO_SERVER)[0]?.fields.HTTP_REQUEST_BODY?.[0],
      );
    const bytes = () => {
      const counters: Record<string, number> = {};
      parser.addCounters(counters);
      return counters["proto.body_buffers_bytes"]!;
    };
    expect(new Set(shown(open(500, 600)))).toEqual(new Set([`${"x".repeat(600)}end`]));
    expect(parser.shortenedBodies).toBe(0);
    const large = open(200, 90_000);
    expect(bytes()).toBeLessThanOrEqual(HTTP_LIMITS.bodyMemoryBytes);
    expect(bytes()).toBeGreaterThan(HTTP_LIMITS.bodyMemoryBytes * 0.9);
    expect(shown(large).filter((body) => body?.length === 90_003).length).toBeGreaterThan(40);
    expect(parser.shortenedBodies).toBeGreaterThan(100);
    expect(parser.waitingBodies).toBe(0);
    expect(new Set(shown(open(500, 600)))).toEqual(new Set([`${"x".repeat(600)}end`]));
    expect(bytes()).toBeLessThanOrEqual(HTTP_LIMITS.bodyMemoryBytes);
  });

  it("give way to newer ones when they were idle for long, and lose only what follows", () => {
    const parser = new HttpParser(limits);
    const message = new MessageView();
    const input = new ParserInput();
    const open = (timeUs: number) => {
      const state = parser.createState();
      feed(state, `${POST(6)}abc`, timeUs);
      return state;
    };
    const feed = (state: ReturnType<HttpParser["createState"]>, text: string, timeUs: number): number => {
      input.bytes = bytesOf(text);
      input.offset = 0;
      input.end = text.length;
      input.timeUs = timeUs;
      let messages = 0;
      while (parser.parse(state, input, message) === Parsed.MESSAGE) messages++;
      return messages;
    };
    const first = open(0);
    open(10);
    open(1001);
    expect(parser.waitingBodies).toBe(2);
    expect(parser.shortenedBodies).toBe(1);
    expect(feed(first, `def${GET}`, 1002)).toBe(2);
    expect(message.transaction).toBe(1);
  });

  it("are given back with the flow they belong to", () => {
    const parser = new HttpParser(limits);
    const exchange = new Exchange(parser).client(`${POST(6)}abc`).server("HTTP/1.1 200 OK\r\n\r\nabc");
    expect(parser.waitingBodies).toBe(2);
    parser.release(exchange.flow.state);
    expect(parser.waitingBodies).toBe(0);
  });

  it("of one flow that came before their head are no other flow's business", () => {
    const told = (isDisturbed: boolean) => {
      const parser = new HttpParser(limits);
      const exchange = new Exchange(parser)
        .client(GET)
        .server("not a head\r\nnor this\r\nHTTP/1.1 200 OK\r\nContent-Le");
      if (isDisturbed) new Exchange(parser).client(GET).server(OK);
      exchange.server("ngth: 10\r\n\r\nhello").server("world").close();
      return { messages: exchange.messages, waiting: parser.waitingBodies };
    };
    expect(told(true)).toEqual(told(false));
    expect(told(true).waiting).toBe(0);
  });

  it("are given back at the end of the stream, and when the framing breaks", () => {
    const parser = new HttpParser(limits);
    new Exchange(parser).client(`${POST(6)}abc`).close();
    expect(parser.waitingBodies).toBe(0);
    const exchange = new Exchange(parser).client(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    );
    expect(parser.waitingBodies).toBe(1);
    expect(exchange.client("c\r\nzz\r\n").flow.last).toBe(Parsed.FAILED);
    expect(parser.waitingBodies).toBe(0);
  });
});

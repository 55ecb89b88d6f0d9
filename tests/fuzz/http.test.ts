/**
 * Mutated conversations through the HTTP parser: nothing throws, nothing is read or points outside the input, every
 * call comes to an end, no body is left in the pool, and the worst input costs in proportion to its length.
 *
 * `FUZZ_SEED` repeats a run, `FUZZ_STREAMS` sets its length.
 */
import zlib from "node:zlib";
import { it } from "vitest";
import { HTTP_LIMITS, HttpParser } from "../../agent/sensor/proto/http/parser.js";
import { MessageView } from "../../agent/sensor/proto/message-view.js";
import { Parsed, ParserInput } from "../../agent/sensor/proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { expectProportion, GROWTH_SIZES, OCTET_SIZES } from "../support/growth.js";
import {
  feedParser,
  mutate,
  type Piece,
  type Random,
  randomFrom,
  runParser,
} from "../support/parser-fuzz.js";

const seed = FUZZ_SEED;
const streamCount = Number(process.env.FUZZ_STREAMS ?? 1500);
/** How long a busy machine may take; nothing is judged by it. */
const PATIENCE_MS = 240_000;
const hint = `FUZZ_SEED=${seed}`;

const STREAM_BYTES = 16 * 1024;
const TELLING_OCTETS = [...Buffer.from('\0\t\n\v\r :;,%.0159afgHhT/?\\"-\x7f\x80\xc0\xe3\xff', "latin1")];

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, "latin1"));
const withBody = (head: string, body: Uint8Array): Uint8Array =>
  Uint8Array.from(Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]));

const PAGE = Buffer.from("<html>the same, the same, the same and the same again</html>".repeat(8));
const REQUESTS: readonly Uint8Array[] = [
  text(
    "GET /a%2fb/../c%u0041?x=%41 HTTP/1.1\r\nHost: a.example:80\r\nCookie: a=b\r\nAuthorization: Basic YTpi\r\n\r\n",
  ),
  text("POST http://U@B.example/x HTTP/1.0\nHost: b\nX: a\n b\nX: c\nContent-Length: 3\n\nabc"),
  text("PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: t\r\n\r\n"),
  withBody(
    "POST /u HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=xx\r\n",
    text(
      '--xx\r\nContent-Disposition: form-data; filename="a"\r\n\r\nd\r\n--xx\r\nContent-Disposition: x\r\n\r\ne\r\n--xx--',
    ),
  ),
  withBody("POST /z HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n", zlib.gzipSync(PAGE)),
  text("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n"),
  text("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /9\r\n"),
];
const RESPONSES: readonly Uint8Array[] = [
  text(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nServer: s\r\nSet-Cookie: a\r\nContent-Length: 5\r\n\r\nhello",
  ),
  text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: t\r\n\r\n"),
  withBody("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", zlib.gzipSync(PAGE)),
  withBody(
    "HTTP/1.1 200 OK\r\nContent-Encoding: deflate, gzip\r\n",
    zlib.gzipSync(zlib.deflateRawSync(PAGE)),
  ),
  withBody(
    'HTTP/1.1 200 OK\r\nContent-Disposition: x; filename="y"\r\nContent-Encoding: deflate\r\n',
    zlib.deflateSync(PAGE),
  ),
  text("HTTP/1.0 200 OK\r\nServer: s\r\n\r\nhello"),
  text("HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\nHTTP/1.1 101 Switching\r\n\r\n\x81\x05hello"),
  text(" SIP/2.0 200 ok\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
];

/** A conversation, mutated and cut into segments. */
function conversation(random: Random): Piece[] {
  const pieces: Piece[] = [];
  for (let turn = random(4); turn >= 0; turn--) {
    for (const direction of [TO_SERVER, TO_CLIENT] as const) {
      const seeds = direction === TO_SERVER ? REQUESTS : RESPONSES;
      let bytes = seeds[random(seeds.length)]!;
      if (random(4) > 0) bytes = mutate(random, bytes, TELLING_OCTETS);
      while (bytes.length > 0) {
        const length = random(3) === 0 ? 1 + random(8) : 1 + random(bytes.length);
        pieces.push({ direction, bytes: bytes.subarray(0, length) });
        bytes = bytes.subarray(length);
      }
    }
  }
  return pieces;
}

/** Run a conversation to its end. Throws where the parser breaks a promise. */
function runToEnd(parser: HttpParser, pieces: readonly Piece[]): void {
  const state = parser.createState();
  const message = new MessageView();
  const input = new ParserInput();
  for (const direction of [TO_SERVER, TO_CLIENT] as readonly DirectionId[]) {
    const own = pieces.filter((piece) => piece.direction === direction).map(({ bytes }) => bytes);
    input.bytes = Uint8Array.from(Buffer.concat(own));
    input.offset = 0;
    input.end = input.bytes.length;
    input.direction = direction;
    input.isEnd = true;
    for (let calls = 0; ; calls++) {
      if (calls > 2 * input.end + 16) throw new Error("the parser does not come to an end");
      if (parser.parse(state, input, message) !== Parsed.MESSAGE) break;
      parser.describe(state, message);
    }
  }
  if (parser.waitingBodies > 0) throw new Error("a body is left in the pool");
}

it(
  `${streamCount} mutated conversations keep every promise (${hint})`,
  () => {
    const random = randomFrom(seed);
    const parser = new HttpParser();
    const small = new HttpParser({
      bodyBytes: 64,
      headBytes: 256,
      maxBodies: 2,
      bodyMemoryBytes: 640,
      bodyIdleUs: 1,
    });
    for (let index = 0; index < streamCount; index++) {
      const pieces = conversation(random);
      try {
        const first = runParser(new HttpParser(), pieces, {
          isStream: true,
          capBytes: STREAM_BYTES,
          margin: 0x0a,
        });
        const second = runParser(new HttpParser(), pieces, {
          isStream: true,
          capBytes: STREAM_BYTES,
          margin: 0x35,
        });
        if (first !== second) throw new Error("what stands around the input is read");
        runParser(small, pieces, { isStream: true, capBytes: 300, margin: 0x61 });
        runToEnd(parser, pieces);
      } catch (error) {
        throw new Error(`stream ${index}, ${hint}`, { cause: error });
      }
    }
  },
  PATIENCE_MS,
);

it(`noise behind a request or a status line keeps every promise (${hint})`, () => {
  const random = randomFrom(seed ^ 0x5bd1e995);
  const parser = new HttpParser();
  for (let index = 0; index < streamCount / 4; index++) {
    const isRequest = random(2) === 0;
    const start = text(isRequest ? "GET / HTTP/1.1\r\n" : "HTTP/1.1 200 OK\r\n");
    const noise = Uint8Array.from({ length: random(400) }, () =>
      random(2) === 0 ? random(256) : TELLING_OCTETS[random(TELLING_OCTETS.length)]!,
    );
    const bytes = Uint8Array.from([...start, ...noise]);
    runToEnd(parser, [{ direction: isRequest ? TO_SERVER : TO_CLIENT, bytes }]);
  }
});

const GET = "GET / HTTP/1.1\r\nHost: a\r\n";
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

function repeated(what: string, size: number): string {
  return what.repeat(Math.ceil(size / what.length));
}

/** Streams of about `size` octets that ask for as much work as possible, in one piece. */
const HOSTILE: readonly (readonly [string, DirectionId, (size: number) => string])[] = [
  ["many headers", TO_SERVER, (size) => `${GET}${numbered(size)}\r\n`],
  ["many headers of a response", TO_CLIENT, (size) => `${OK}${numbered(size)}\r\n`],
  ["one header over and over", TO_SERVER, (size) => `${GET}${repeated("a: b\r\n", size)}\r\n`],
  ["a header in many lines", TO_SERVER, (size) => `${GET}X: a\r\n${repeated(" b\r\n", size)}\r\n`],
  ["a header in many lines, with CR", TO_CLIENT, (size) => `${OK}X: a\r\n${repeated(" b\r", size)}\r\n\r\n`],
  ["a long line", TO_SERVER, (size) => `${GET}${repeated("a", size)}\r\n\r\n`],
  [
    "a request line of spaces",
    TO_SERVER,
    (size) => `GET${repeated(" ", size)}/${repeated(" ", size)}HTTP/1.1\r\n\r\n`,
  ],
  ["a path of dots", TO_SERVER, (size) => `GET ${repeated("/a/..", size)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["a path of escapes", TO_SERVER, (size) => `GET /${repeated("%c3%u", size)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["empty lines", TO_SERVER, (size) => repeated("\r\n", size)],
  ["lines without a response", TO_CLIENT, (size) => repeated("x\r\n", size)],
  ["lines of CR", TO_CLIENT, (size) => `${OK}${repeated("a\r", size)}`],
  ["requests", TO_SERVER, (size) => repeated(`${GET}\r\n`, size)],
  ["responses", TO_CLIENT, (size) => repeated(`${OK}Content-Length: 0\r\n\r\n`, size)],
  [
    "chunks of one octet",
    TO_SERVER,
    (size) => `POST / HTTP/1.1\r\nHost: a\r\n${CHUNKED}${repeated("1\r\na\r\n", size)}`,
  ],
  [
    "chunks of one octet in a response",
    TO_CLIENT,
    (size) => `${OK}${CHUNKED}${repeated("1\r\na\r\n", size)}0\r\n\r\n`,
  ],
  ["lines before a chunk", TO_CLIENT, (size) => `${OK}${CHUNKED}${repeated("\r\n", size)}`],
  ["a long chunk size", TO_CLIENT, (size) => `${OK}${CHUNKED}${repeated("0", size)}`],
  ["trailers", TO_CLIENT, (size) => `${OK}${CHUNKED}0\r\n${repeated("a: b\r\n", size)}\r\n`],
  [
    "broken gzip in chunks",
    TO_CLIENT,
    (size) => `${OK}Content-Encoding: gzip, gzip\r\n${CHUNKED}${repeated("1\r\n\x1f\r\n", size)}0\r\n\r\n`,
  ],
  [
    "a boundary that nearly matches",
    TO_SERVER,
    (size) =>
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=${"-".repeat(190)}x\r\n` +
      `Content-Length: ${size}\r\n\r\n${"-".repeat(size)}`,
  ],
  [
    "many files",
    TO_SERVER,
    (size) => {
      const body = repeated('--x\r\nContent-Disposition: a; filename="b"\r\n\r\nc\r\n', size);
      const type = "Content-Type: multipart/form-data; boundary=x\r\n";
      return `POST / HTTP/1.1\r\nHost: a\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
    },
  ],
];

function numbered(size: number): string {
  const lines: string[] = [];
  for (let length = 0; length < size; length += 9) lines.push(`a${10_000 + lines.length}:\r\n`);
  return lines.join("");
}

const ARRIVALS = [
  ["in one piece", (bytes: Uint8Array) => [bytes]],
  ["octet by octet", (bytes: Uint8Array) => Array.from(bytes, (octet) => Uint8Array.of(octet))],
] as const;

for (const [arrival, cut] of ARRIVALS) {
  it.each(HOSTILE)(`%s, ${arrival}, cost in proportion to their length`, (name, direction, make) => {
    const parser = new HttpParser({ ...HTTP_LIMITS, headBytes: 1 << 18 });
    expectProportion(
      `HTTP: ${name}, ${arrival}`,
      (size, wrap) => {
        const pieces = cut(text(make(size))).map((bytes) => ({ direction, bytes }));
        feedParser(parser, pieces, 1 << 18, wrap);
      },
      arrival === "in one piece" ? GROWTH_SIZES : OCTET_SIZES,
    );
  });
}

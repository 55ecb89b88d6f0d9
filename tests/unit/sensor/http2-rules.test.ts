import { describe, expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const END_STREAM = 1;
const END_HEADERS = 4;

/** A frame as Latin-1 text. */
function frame(type: number, flags: number, stream: number, content = ""): string {
  return `\0\0${String.fromCharCode(content.length, type, flags)}\0\0\0${String.fromCharCode(stream)}${content}`;
}

/** A literal field that goes into no table (RFC 7541, 6.2.2). */
const field = (name: string, value: string) =>
  `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`;

const REQUEST = [
  field(":method", "GET"),
  field(":path", "/"),
  field(":authority", "a"),
  field("x-asked", "1"),
].join("");
const ANSWER = field(":status", "200") + field("x-answer", "yes");

/** Sids told of a conversation: what the client says, what the server says, what the client says then. */
function sidsOf(rules: readonly string[], ...turns: readonly string[]): number[] {
  const { sensor, sids } = sensorWith(
    rules.map((rule, i) => `alert http2 any any -> any any (${rule}; sid:${i + 1};)`),
  );
  const conversation = new TcpConversation(sensor, { serverPort: 80 });
  for (const [turn, text] of turns.entries()) {
    if (turn % 2 === 0) conversation.client(text);
    else conversation.server(text);
  }
  return [...new Set(sids)].sort();
}

describe("rules on HTTP/2, as in Suricata", () => {
  const rules = [
    'http.response_header; content:"x-answer"',
    'http2.header_name; content:"x-answer"',
    'http.response_header; pcre:"/yes/"',
    'http.stat_code; content:"200"',
    'http2.header_name; content:"x-asked"',
  ];

  test("headers of an answer find no rule once the client has ended the stream; what asks for no content sees them", () => {
    const asked = PREFACE + frame(HEADERS, END_HEADERS | END_STREAM, 1, REQUEST);
    expect(sidsOf(rules, asked, frame(HEADERS, END_HEADERS | END_STREAM, 1, ANSWER))).toEqual([3, 4, 5]);
  });

  test("where the client has not gone on they do", () => {
    const asking = PREFACE + frame(HEADERS, END_HEADERS, 1, REQUEST);
    expect(sidsOf(rules, asking, frame(HEADERS, END_HEADERS | END_STREAM, 1, ANSWER))).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  test("settings that set nothing, and frames of a stream that is over, are not told", () => {
    const asked = PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS | END_STREAM, 1, REQUEST);
    const answer = frame(HEADERS, END_HEADERS | END_STREAM, 1, ANSWER);
    const frames = ["http2.frametype:SETTINGS", "http2.frametype:RSTSTREAM"];
    expect(sidsOf(frames, asked, answer, frame(RST_STREAM, 0, 1, "\0\0\0\u0008"))).toEqual([]);
    expect(sidsOf(frames, asked, frame(SETTINGS, 0, 0, "\0\u0002\0\0\0\0"))).toEqual([1]);
    expect(sidsOf(frames, asked, frame(RST_STREAM, 0, 1, "\0\0\0\u0008"))).toEqual([2]);
  });

  test("the reason of GOAWAY is its first word", () => {
    const asked = PREFACE + frame(HEADERS, END_HEADERS | END_STREAM, 1, REQUEST);
    const goAway = frame(GOAWAY, 0, 0, "\0\0\0\u0001\0\0\0\u0008");
    expect(sidsOf(["http2.errorcode:PROTOCOL_ERROR", "http2.errorcode:CANCEL"], asked, goAway)).toEqual([1]);
  });
});

/** Conversations over HTTP as text, and what the parser made of them. */

import type { HttpState } from "../../../../../agent/sensor/proto/http/http-state.js";
import { HttpParser } from "../../../../../agent/sensor/proto/http/parser.js";
import { STAGE_BODY, STAGE_HEAD } from "../../../../../agent/sensor/proto/message-view.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { type CollectedMessage, fromLatin1, ParserFlow } from "../../../../support/parse-messages.js";

/** As many bytes as a stream keeps for a parser. */
export const STREAM_BYTES = 16 * 1024;

export const GET = "GET /a HTTP/1.1\r\nHost: example.jp\r\n\r\n";
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

const NOTHING = new Uint8Array(0);

export class Exchange {
  readonly parser: HttpParser;
  readonly flow: ParserFlow<HttpState>;

  constructor(parser = new HttpParser(), streamBytes = STREAM_BYTES, isAsked = true) {
    this.parser = parser;
    this.flow = new ParserFlow(parser, streamBytes, isAsked);
  }

  /** Latin-1 text or bytes of the client. */
  client(data: string | Uint8Array = NOTHING, isEnd = false): this {
    this.flow.stream(TO_SERVER, bytesOf(data), isEnd);
    return this;
  }

  server(data: string | Uint8Array = NOTHING, isEnd = false): this {
    this.flow.stream(TO_CLIENT, bytesOf(data), isEnd);
    return this;
  }

  close(): this {
    return this.client(NOTHING, true).server(NOTHING, true);
  }

  get messages(): readonly CollectedMessage[] {
    return this.flow.messages;
  }

  /** The messages of one direction with their bodies. */
  complete(direction: DirectionId): readonly CollectedMessage[] {
    return this.messages.filter((message) => message.direction === direction && message.stage === STAGE_BODY);
  }

  /** "> head", "< body" and so on. */
  outline(): string[] {
    return this.messages.map(
      ({ direction, stage, transaction }) =>
        `${direction === TO_SERVER ? ">" : "<"} ${stage === STAGE_HEAD ? "head" : "body"} ${transaction}`,
    );
  }
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? fromLatin1(data) : data;
}

/** The first request of a stream, with its body. */
export function request(text: string | Uint8Array): CollectedMessage {
  return new Exchange().client(text).close().complete(TO_SERVER)[0]!;
}

/** The answer to `asked`, with its body. */
export function response(text: string | Uint8Array, asked = GET): CollectedMessage {
  return new Exchange().client(asked).server(text).close().complete(TO_CLIENT)[0]!;
}

/** A body after a head that says how long it is. */
export function withLength(head: string, body: Uint8Array): Uint8Array {
  const text = bytesOf(`${head}Content-Length: ${body.length}\r\n\r\n`);
  return concat(text, body);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

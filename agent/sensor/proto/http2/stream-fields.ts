/**
 * Owns the fields of an HTTP/2 message, made of a header list as Suricata makes them: what HTTP/1 calls request line, method,
 * URI and host comes from the pseudo fields, and those stand among the headers too.
 */
import { Field, type FieldId, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { asciiOctets, lowerCase } from "../octets.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { TextBuffer } from "../text-buffer.js";
import { type HeaderList, MAX_HEADER_BYTES, MAX_HEADERS } from "./header-list.js";
import { Http2Event } from "./http2-event.js";

/** One-header entries at most: room must remain for the other fields. */
const MAX_ENTRIES = 120;
/** Everything made of a list is not longer than this. */
const SCRATCH_BYTES = 6 * MAX_HEADER_BYTES + 16 * MAX_HEADERS;
const MAX_HTTP_1_STATUS = 999;

const METHOD = asciiOctets(":method");
const PATH = asciiOctets(":path");
const AUTHORITY = asciiOctets(":authority");
const STATUS = asciiOctets(":status");
const HOST = asciiOctets("host");
const COOKIE = asciiOctets("cookie");
const SET_COOKIE = asciiOctets("set-cookie");
const VERSION = asciiOctets("HTTP/2");
const AT = 0x40;
const COLON = 0x3a;
const SPACE = 0x20;

/** Fields that are the value of one header, in requests and in responses. */
const VALUES: readonly (readonly (readonly [Uint8Array, FieldId])[])[] = [
  [
    [METHOD, Field.HTTP_METHOD],
    [PATH, Field.HTTP_URI],
    [PATH, Field.HTTP_URI_RAW],
    [AUTHORITY, Field.HTTP_HOST_RAW],
    [COOKIE, Field.HTTP_COOKIE],
    [asciiOctets("user-agent"), Field.HTTP_USER_AGENT],
    [asciiOctets("referer"), Field.HTTP_REFERER],
    [asciiOctets("accept"), Field.HTTP_ACCEPT],
    [asciiOctets("accept-encoding"), Field.HTTP_ACCEPT_ENC],
    [asciiOctets("accept-language"), Field.HTTP_ACCEPT_LANG],
    [asciiOctets("connection"), Field.HTTP_CONNECTION],
    [asciiOctets("content-type"), Field.HTTP_CONTENT_TYPE],
    [asciiOctets("content-length"), Field.HTTP_CONTENT_LEN],
  ],
  [
    [STATUS, Field.HTTP_STAT_CODE],
    [SET_COOKIE, Field.HTTP_COOKIE],
    [asciiOctets("server"), Field.HTTP_SERVER],
    [asciiOctets("location"), Field.HTTP_LOCATION],
    [asciiOctets("connection"), Field.HTTP_CONNECTION],
    [asciiOctets("content-type"), Field.HTTP_CONTENT_TYPE],
    [asciiOctets("content-length"), Field.HTTP_CONTENT_LEN],
  ],
];

export class StreamFields {
  readonly #text = new TextBuffer(SCRATCH_BYTES);

  /** Add the fields of `list` to `message`. */
  add(message: MessageView, list: HeaderList, direction: DirectionId): void {
    this.#text.clear();
    for (const [name, field] of VALUES[direction]!) this.#addValue(message, list, name, field);
    message.add(Field.HTTP_PROTOCOL, VERSION, 0, VERSION.length);
    if (direction === TO_SERVER) {
      this.#addLine(message, list, Field.HTTP_REQUEST_LINE, METHOD, PATH);
      this.#addHost(message, list);
    } else {
      this.#addLine(message, list, Field.HTTP_RESPONSE_LINE, undefined, STATUS);
      message.add(Field.HTTP_STAT_MSG, VERSION, 0, 0);
      addStatus(message, list);
    }
    this.#addBlocks(message, list, direction === TO_SERVER ? COOKIE : SET_COOKIE);
    this.#addEntries(message, list, direction);
    if (list.sizeUpdate >= 0) message.setNumber(NumberField.HTTP2_SIZE_UPDATE, list.sizeUpdate);
    if (direction === TO_SERVER) addEvents(message, list);
  }

  /** The value of a header; values of several of one name are joined. */
  #addValue(message: MessageView, list: HeaderList, name: Uint8Array, field: FieldId): void {
    const first = list.find(name);
    if (first < 0) return;
    if (list.find(name, first + 1) < 0) {
      message.add(field, list.bytes, list.valueStart(first), list.valueEnd(first) - list.valueStart(first));
      return;
    }
    const text = this.#text;
    const start = text.length;
    for (let index = first; index >= 0; index = list.find(name, index + 1)) {
      if (index > first) {
        text.pushByte(0x2c);
        text.pushByte(SPACE);
      }
      this.#push(list, list.valueStart(index), list.valueEnd(index));
    }
    message.add(field, text.bytes, start, text.length - start);
  }

  /** `METHOD URI HTTP/2` or `HTTP/2 STATUS`, with its line end. */
  #addLine(
    message: MessageView,
    list: HeaderList,
    field: FieldId,
    before: Uint8Array | undefined,
    behind: Uint8Array,
  ): void {
    const text = this.#text;
    const start = text.length;
    if (before !== undefined) {
      this.#pushValue(list, before);
      text.pushByte(SPACE);
      this.#pushValue(list, behind);
      text.pushByte(SPACE);
    }
    for (const octet of VERSION) text.pushByte(octet);
    if (before === undefined) {
      text.pushByte(SPACE);
      this.#pushValue(list, behind);
    }
    this.#pushLineEnd();
    message.add(field, text.bytes, start, text.length - start);
  }

  /** The authority in lower case, without user and port. */
  #addHost(message: MessageView, list: HeaderList): void {
    const index = list.find(AUTHORITY);
    if (index < 0) return;
    let from = list.valueStart(index);
    let to = list.valueEnd(index);
    for (let at = from; at < to; at++) if (list.bytes[at] === AT) from = at + 1;
    let at = to - 1;
    while (at > from && list.bytes[at]! >= 0x30 && list.bytes[at]! <= 0x39) at--;
    if (at > from && list.bytes[at] === COLON) to = at;
    const text = this.#text;
    const start = text.length;
    for (let i = from; i < to; i++) text.pushByte(lowerCase(list.bytes[i]!));
    message.add(Field.HTTP_HOST, text.bytes, start, text.length - start);
  }

  /** `http.header`, without cookies; `http.header.raw`, with them; the names. */
  #addBlocks(message: MessageView, list: HeaderList, cookie: Uint8Array): void {
    const text = this.#text;
    const first = list.find(cookie);
    let start = text.length;
    for (let i = 0; i < list.count; i++)
      if (first < 0 || !isNamed(list, i, cookie)) this.#pushHeader(list, i);
    message.add(Field.HTTP_HEADER, text.bytes, start, text.length - start);
    if (first >= 0) {
      start = text.length;
      for (let i = 0; i < list.count; i++) this.#pushHeader(list, i);
    }
    message.add(Field.HTTP_HEADER_RAW, text.bytes, start, text.length - start);
    start = text.length;
    this.#pushLineEnd();
    for (let i = 0; i < list.count; i++) {
      this.#push(list, list.nameStart(i), list.valueStart(i));
      this.#pushLineEnd();
    }
    this.#pushLineEnd();
    message.add(Field.HTTP_HEADER_NAMES, text.bytes, start, text.length - start);
  }

  /** `name: value` of each header, and its name. */
  #addEntries(message: MessageView, list: HeaderList, direction: DirectionId): void {
    const field = direction === TO_SERVER ? Field.HTTP_REQUEST_HEADER : Field.HTTP_RESPONSE_HEADER;
    const text = this.#text;
    for (let i = 0; i < Math.min(list.count, MAX_ENTRIES); i++) {
      const start = text.length;
      this.#push(list, list.nameStart(i), list.valueStart(i));
      text.pushByte(COLON);
      text.pushByte(SPACE);
      this.#push(list, list.valueStart(i), list.valueEnd(i));
      message.add(field, text.bytes, start, text.length - start);
      // As in Suricata a block that begins with a size update has no list of names.
      if (list.sizeUpdate >= 0) continue;
      message.add(
        Field.HTTP2_HEADER_NAME,
        list.bytes,
        list.nameStart(i),
        list.valueStart(i) - list.nameStart(i),
      );
    }
  }

  #pushHeader(list: HeaderList, index: number): void {
    this.#push(list, list.nameStart(index), list.valueStart(index));
    this.#text.pushByte(COLON);
    this.#text.pushByte(SPACE);
    this.#push(list, list.valueStart(index), list.valueEnd(index));
    this.#pushLineEnd();
  }

  #pushValue(list: HeaderList, name: Uint8Array): void {
    const index = list.find(name);
    if (index >= 0) this.#push(list, list.valueStart(index), list.valueEnd(index));
  }

  #push(list: HeaderList, start: number, end: number): void {
    for (let i = start; i < end; i++) this.#text.pushByte(list.bytes[i]!);
  }

  #pushLineEnd(): void {
    this.#text.pushByte(0x0d);
    this.#text.pushByte(0x0a);
  }
}

function isNamed(list: HeaderList, index: number, name: Uint8Array): boolean {
  return list.find(name, index) === index;
}

function addStatus(message: MessageView, list: HeaderList): void {
  const index = list.find(STATUS);
  if (index < 0) return;
  let status = 0;
  for (let i = list.valueStart(index); i < list.valueEnd(index) && status <= MAX_HTTP_1_STATUS; i++) {
    status = status * 10 + list.bytes[i]! - 0x30;
  }
  message.setNumber(NumberField.HTTP_STATUS, status);
}

/** An authority with a user, or another one than the host. */
function addEvents(message: MessageView, list: HeaderList): void {
  const authority = list.find(AUTHORITY);
  if (authority < 0) return;
  const from = list.valueStart(authority);
  const length = list.valueEnd(authority) - from;
  if (list.bytes.subarray(from, from + length).includes(AT)) message.addEvent(Http2Event.USERINFO_IN_URI);
  const host = list.find(HOST);
  if (host < 0) return;
  let isSame = list.valueEnd(host) - list.valueStart(host) === length;
  for (let i = 0; i < length && isSame; i++) {
    isSame = lowerCase(list.bytes[from + i]!) === lowerCase(list.bytes[list.valueStart(host) + i]!);
  }
  if (!isSame) message.addEvent(Http2Event.AUTHORITY_HOST_MISMATCH);
}

/**
 * Owns the fields of a request's and of a response's head in a message.
 */

import { Field, type FieldId, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { asciiOctets } from "../octets.js";
import type { ByteScratch } from "./byte-scratch.js";
import { Framing, Version } from "./framing.js";
import { HeaderFields } from "./header-fields.js";
import { Header, type HeaderId, type HeaderTable } from "./header-table.js";
import type { RequestHead } from "./request-head.js";
import type { ResponseHead } from "./response-head.js";

const COOKIE = asciiOctets("cookie");
const SET_COOKIE = asciiOctets("set-cookie");

/** Fields that are the value of one header. */
const REQUEST_HEADERS: readonly (readonly [HeaderId, FieldId])[] = [
  [Header.USER_AGENT, Field.HTTP_USER_AGENT],
  [Header.REFERER, Field.HTTP_REFERER],
  [Header.COOKIE, Field.HTTP_COOKIE],
  [Header.ACCEPT, Field.HTTP_ACCEPT],
  [Header.ACCEPT_ENCODING, Field.HTTP_ACCEPT_ENC],
  [Header.ACCEPT_LANGUAGE, Field.HTTP_ACCEPT_LANG],
  [Header.CONNECTION, Field.HTTP_CONNECTION],
  [Header.CONTENT_TYPE, Field.HTTP_CONTENT_TYPE],
  [Header.CONTENT_LENGTH, Field.HTTP_CONTENT_LEN],
];
const RESPONSE_HEADERS: readonly (readonly [HeaderId, FieldId])[] = [
  [Header.SERVER, Field.HTTP_SERVER],
  [Header.LOCATION, Field.HTTP_LOCATION],
  [Header.SET_COOKIE, Field.HTTP_COOKIE],
  [Header.CONNECTION, Field.HTTP_CONNECTION],
  [Header.CONTENT_TYPE, Field.HTTP_CONTENT_TYPE],
  [Header.CONTENT_LENGTH, Field.HTTP_CONTENT_LEN],
];

export class HeadFields {
  readonly #headerFields: HeaderFields;

  /** `scratch`: the one the heads were parsed with; composed fields are put behind what is in it. */
  constructor(scratch: ByteScratch) {
    this.#headerFields = new HeaderFields(scratch);
  }

  addRequest(message: MessageView, head: RequestHead): void {
    const { bytes, uri, headers } = head;
    message.add(Field.HTTP_METHOD, bytes, head.methodStart, head.methodEnd - head.methodStart);
    message.add(Field.HTTP_URI, uri.bytes, uri.start, uri.end - uri.start);
    if (head.hasUri) message.add(Field.HTTP_URI_RAW, bytes, head.uriStart, head.uriEnd - head.uriStart);
    message.add(Field.HTTP_REQUEST_LINE, bytes, head.lineStart, head.lineEnd - head.lineStart);
    if (head.hasProtocol) {
      message.add(Field.HTTP_PROTOCOL, bytes, head.protocolStart, head.protocolEnd - head.protocolStart);
    }
    if (head.hasHost)
      message.add(Field.HTTP_HOST, head.hostBytes, head.hostStart, head.hostEnd - head.hostStart);
    if (uri.hasHost) {
      message.add(Field.HTTP_HOST_RAW, uri.hostBytes, uri.hostStart, uri.hostEnd - uri.hostStart);
    } else addHeader(message, headers, Header.HOST, Field.HTTP_HOST_RAW);
    for (let i = 0; i < REQUEST_HEADERS.length; i++) {
      addHeader(message, headers, REQUEST_HEADERS[i]![0], REQUEST_HEADERS[i]![1]);
    }
    addVersion(message, head.version);
    if (head.framing === Framing.LENGTH) message.setNumber(NumberField.HTTP_CONTENT_LENGTH, head.bodyLength);
    this.#headerFields.add(message, head, COOKIE, Field.HTTP_REQUEST_HEADER);
    head.events.addTo(message);
  }

  addResponse(message: MessageView, head: ResponseHead): void {
    const { bytes, headers } = head;
    message.add(Field.HTTP_RESPONSE_LINE, bytes, head.lineStart, head.lineEnd - head.lineStart);
    if (head.hasProtocol) {
      message.add(Field.HTTP_PROTOCOL, bytes, head.protocolStart, head.protocolEnd - head.protocolStart);
    }
    if (head.hasStatus) {
      message.add(Field.HTTP_STAT_CODE, bytes, head.statusStart, head.statusEnd - head.statusStart);
    }
    if (head.hasMessage) {
      message.add(Field.HTTP_STAT_MSG, bytes, head.messageStart, head.messageEnd - head.messageStart);
    }
    for (let i = 0; i < RESPONSE_HEADERS.length; i++) {
      addHeader(message, headers, RESPONSE_HEADERS[i]![0], RESPONSE_HEADERS[i]![1]);
    }
    addVersion(message, head.version);
    if (head.status >= 0) message.setNumber(NumberField.HTTP_STATUS, head.status);
    if (head.framing === Framing.LENGTH) message.setNumber(NumberField.HTTP_CONTENT_LENGTH, head.bodyLength);
    this.#headerFields.add(message, head, SET_COOKIE, Field.HTTP_RESPONSE_HEADER);
    head.events.addTo(message);
  }
}

function addHeader(message: MessageView, headers: HeaderTable, id: HeaderId, field: FieldId): void {
  const index = headers.find(id);
  if (index < 0) return;
  const start = headers.valueStart[index]!;
  message.add(field, headers.valueBytes[index]!, start, headers.valueEnd[index]! - start);
}

function addVersion(message: MessageView, version: number): void {
  if (version !== Version.INVALID) message.setNumber(NumberField.HTTP_VERSION, version);
}

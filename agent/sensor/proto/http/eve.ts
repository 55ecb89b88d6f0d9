/**
 * Owns the EVE object `http` of a message, with Suricata's keys. A response says as well what it answers, as far as
 * the flow remembers the request. Records besides alerts have all headers in their order.
 */

import { eveText } from "../eve-text.js";
import { Field, type FieldId } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TO_SERVER } from "../protocols.js";
import { recordedHeader } from "../secret-header.js";
import type { HttpState } from "./http-state.js";
import { Fact, type FactId } from "./request-facts.js";

interface EveHttp {
  [key: string]: unknown;
  length?: number;
}

const COLON = 0x3a;

export function describeHttp(state: HttpState, message: MessageView): EveHttp {
  const http: EveHttp = {};
  if (message.direction === TO_SERVER) {
    putField(http, "hostname", message, Field.HTTP_HOST);
    putPort(http, state, state.facts.requests - 1);
    putField(http, "url", message, Field.HTTP_URI_RAW);
    putField(http, "http_user_agent", message, Field.HTTP_USER_AGENT);
    putField(http, "http_refer", message, Field.HTTP_REFERER);
    putField(http, "http_method", message, Field.HTTP_METHOD);
    putField(http, "protocol", message, Field.HTTP_PROTOCOL);
    http.length = 0;
    return http;
  }
  const request = message.transaction < state.facts.responses ? state.facts.responses - 1 : -1;
  putFact(http, "hostname", state, request, Fact.HOST);
  putPort(http, state, request);
  putFact(http, "url", state, request, Fact.URI);
  putFact(http, "http_user_agent", state, request, Fact.USER_AGENT);
  const type = fieldText(message, Field.HTTP_CONTENT_TYPE);
  if (type !== undefined) http.http_content_type = type.split(";", 1)[0]!;
  putFact(http, "http_refer", state, request, Fact.REFERER);
  putFact(http, "http_method", state, request, Fact.METHOD);
  putFact(http, "protocol", state, request, Fact.PROTOCOL);
  const status = Number.parseInt(fieldText(message, Field.HTTP_STAT_CODE) ?? "", 10);
  if (!Number.isNaN(status)) http.status = status;
  putField(http, "redirect", message, Field.HTTP_LOCATION);
  http.length = state.response.bodyOctets;
  return http;
}

/** The object for a record: it has the headers of the message, and its length is kept up to date. */
export function describeHttpRecord(state: HttpState, message: MessageView): EveHttp {
  const http = describeHttp(state, message);
  const isRequest = message.direction === TO_SERVER;
  const headers = headersOf(message, isRequest ? Field.HTTP_REQUEST_HEADER : Field.HTTP_RESPONSE_HEADER);
  const headerValue = (name: string) => headers.find((header) => header.name.toLowerCase() === name)?.value;
  if (isRequest) {
    const forwarded = headerValue("x-forwarded-for");
    if (forwarded !== undefined) http.xff = forwarded;
    if (headers.length > 0) http.request_headers = headers;
    return http;
  }
  const range = contentRange(headerValue("content-range"));
  if (range !== undefined) http.content_range = range;
  if (headers.length > 0) http.response_headers = headers;
  state.response.record = http;
  return http;
}

function headersOf(
  message: MessageView,
  field: FieldId,
): { readonly name: string; readonly value: string }[] {
  const headers: { readonly name: string; readonly value: string }[] = [];
  for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
    const bytes = message.entryBytes[entry]!;
    const start = message.entryOffset[entry]!;
    const end = start + message.entryLength[entry]!;
    let colon = start;
    while (colon < end && bytes[colon] !== COLON) colon++;
    // Entries are written `name: value`.
    const value = Math.min(colon + 2, end);
    headers.push(recordedHeader(eveText(bytes, start, colon - start), eveText(bytes, value, end - value)));
  }
  return headers;
}

/** `bytes 0-8/34` in its parts, as far as they are numbers. */
function contentRange(raw: string | undefined): Record<string, unknown> | undefined {
  if (raw === undefined) return undefined;
  const parts = /^bytes[ \t]+(?:(\d+)-(\d+)|\*)\/(?:(\d+)|\*)/.exec(raw);
  if (parts === null) return { raw };
  const [, start, end, size] = parts;
  return {
    raw,
    ...(start === undefined ? {} : { start: Number(start), end: Number(end) }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

function fieldText(message: MessageView, field: FieldId): string | undefined {
  const entry = message.first(field);
  if (entry < 0) return undefined;
  return eveText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!);
}

function putField(http: EveHttp, key: string, message: MessageView, field: FieldId): void {
  const text = fieldText(message, field);
  if (text !== undefined) http[key] = text;
}

function putFact(http: EveHttp, key: string, state: HttpState, request: number, fact: FactId): void {
  const { facts } = state;
  if (!facts.hasText(request, fact)) return;
  const start = facts.textStart(request, fact);
  http[key] = eveText(facts.bytes, start, facts.textEnd(request, fact) - start);
}

function putPort(http: EveHttp, state: HttpState, request: number): void {
  const port = state.facts.port(request);
  if (port >= 0) http.http_port = port;
}

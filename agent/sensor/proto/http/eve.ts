/**
 * Owns the EVE object `http` of a message, with Suricata's keys. A response says as well what it answers, as far as
 * the flow remembers the request.
 */

import { eveText } from "../eve-text.js";
import { Field, type FieldId } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TO_SERVER } from "../protocols.js";
import type { HttpState } from "./http-state.js";
import { Fact, type FactId } from "./request-facts.js";

type EveHttp = Record<string, string | number>;

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

/** Owns the EVE object `http` of an HTTP/2 message, with Suricata's keys: what is known of its stream. */
import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { asciiOctets } from "../octets.js";
import { TO_CLIENT, TO_SERVER } from "../protocols.js";
import { recordedHeader } from "../secret-header.js";
import type { HeaderList } from "./header-list.js";
import type { Http2State } from "./http2-state.js";

const REQUEST: readonly (readonly [string, Uint8Array])[] = [
  ["hostname", asciiOctets(":authority")],
  ["url", asciiOctets(":path")],
  ["http_user_agent", asciiOctets("user-agent")],
  ["http_refer", asciiOctets("referer")],
  ["http_method", asciiOctets(":method")],
];
const STATUS = asciiOctets(":status");
const CONTENT_TYPE = asciiOctets("content-type");

export function describeHttp2(state: Http2State, message: MessageView): Readonly<Record<string, unknown>> {
  const { stream } = state;
  const http: Record<string, unknown> = { version: "2" };
  const id = stream?.id ?? 0;
  if (stream !== undefined) {
    const request = stream.sides[TO_SERVER].headers;
    const response = stream.sides[TO_CLIENT].headers;
    for (const [key, name] of REQUEST) put(http, key, request, name);
    put(http, "http_content_type", response, CONTENT_TYPE);
    const status = Number.parseInt(headerText(response, STATUS) ?? "", 10);
    if (!Number.isNaN(status)) http.status = status;
    http.length = stream.sides[TO_CLIENT].bodyBytes;
  }
  http.http2 = { stream_id: id, ...detailOf(message) };
  return { http };
}

/** The object for a record: it has the headers of both sides in their order as well. */
export function describeHttp2Record(
  state: Http2State,
  message: MessageView,
): Readonly<Record<string, unknown>> {
  const { http } = describeHttp2(state, message) as { http: Record<string, unknown> };
  const { stream } = state;
  if (stream === undefined) return { http };
  for (const [key, list] of [
    ["request_headers", stream.sides[TO_SERVER].headers],
    ["response_headers", stream.sides[TO_CLIENT].headers],
  ] as const) {
    if (list !== undefined && list.count > 0) http[key] = headersOf(list);
  }
  return { http };
}

function headersOf(list: HeaderList): { readonly name: string; readonly value: string }[] {
  return Array.from({ length: list.count }, (_, i) =>
    recordedHeader(
      eveText(list.bytes, list.nameStart(i), list.valueStart(i) - list.nameStart(i)),
      eveText(list.bytes, list.valueStart(i), list.valueEnd(i) - list.valueStart(i)),
    ),
  );
}

/** RFC 9113 6.5.2 by number, as Suricata spells them. */
const SETTING_NAMES: readonly string[] = [
  "",
  "SETTINGSHEADERTABLESIZE",
  "SETTINGSENABLEPUSH",
  "SETTINGSMAXCONCURRENTSTREAMS",
  "SETTINGSINITIALWINDOWSIZE",
  "SETTINGSMAXFRAMESIZE",
  "SETTINGSMAXHEADERLISTSIZE",
];

function detailOf(message: MessageView): Readonly<Record<string, unknown>> {
  const side: Record<string, unknown> = {};
  if (message.hasNumber(NumberField.HTTP2_ERROR_CODE)) {
    side.error_code = message.number(NumberField.HTTP2_ERROR_CODE);
  }
  if (message.hasNumber(NumberField.HTTP2_PRIORITY))
    side.priority = message.number(NumberField.HTTP2_PRIORITY);
  const settings: unknown[] = [];
  for (let entry = message.first(Field.HTTP2_SETTINGS); entry >= 0; entry = message.next(entry)) {
    const at = message.entryOffset[entry]!;
    const view = new DataView(
      message.entryBytes[entry]!.buffer,
      message.entryBytes[entry]!.byteOffset + at,
      6,
    );
    const id = view.getUint16(0);
    settings.push({ settings_id: SETTING_NAMES[id] || `Unknown(${id})`, settings_value: view.getUint32(2) });
  }
  if (settings.length > 0) side.settings = settings;
  return message.direction === TO_SERVER ? { request: side, response: {} } : { request: {}, response: side };
}

function put(
  http: Record<string, unknown>,
  key: string,
  list: HeaderList | undefined,
  name: Uint8Array,
): void {
  const text = headerText(list, name);
  if (text !== undefined) http[key] = text;
}

function headerText(list: HeaderList | undefined, name: Uint8Array): string | undefined {
  const index = list?.find(name) ?? -1;
  if (list === undefined || index < 0) return undefined;
  return eveText(list.bytes, list.valueStart(index), list.valueEnd(index) - list.valueStart(index));
}

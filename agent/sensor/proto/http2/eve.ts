/** Owns the EVE object `http` of an HTTP/2 message, with Suricata's keys: what is known of its stream. */
import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { asciiOctets } from "../octets.js";
import { TO_CLIENT, TO_SERVER } from "../protocols.js";
import { recordedHeader } from "../secret-header.js";
import type { HeaderList } from "./header-list.js";
import type { Http2State, Http2Stream } from "./http2-state.js";

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
  http.http2 = { stream_id: id, ...detailOf(stream, message) };
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

/** A table size update stands before the headers of its block (RFC 7541, 4.2). */
function headersOf(list: HeaderList): Readonly<Record<string, unknown>>[] {
  const headers: Readonly<Record<string, unknown>>[] =
    list.sizeUpdate < 0 ? [] : [{ table_size_update: list.sizeUpdate }];
  for (let i = 0; i < list.count; i++) {
    const name = eveText(list.bytes, list.nameStart(i), list.valueStart(i) - list.nameStart(i));
    const value = eveText(list.bytes, list.valueStart(i), list.valueEnd(i) - list.valueStart(i));
    headers.push(recordedHeader(name, value));
  }
  return headers;
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

/** RFC 9113 7 by number, as Suricata spells them. */
const ERROR_NAMES: readonly string[] = [
  "NoError",
  "ProtocolError",
  "InternalError",
  "FlowControlError",
  "SettingsTimeout",
  "StreamClosed",
  "FrameSizeError",
  "RefusedStream",
  "Cancel",
  "CompressionError",
  "ConnectError",
  "EnhanceYourCalm",
  "InadequateSecurity",
  "Http11Required",
];

/** What both sides said besides headers: of the message's stream; of a frame that belongs to none, the frame. */
function detailOf(stream: Http2Stream | undefined, message: MessageView): Readonly<Record<string, unknown>> {
  const sides = [TO_SERVER, TO_CLIENT].map((direction) => {
    const isOwn = message.direction === direction;
    const side: Record<string, unknown> = {};
    const settings = isOwn ? settingsOf(message) : [];
    if (settings.length > 0) side.settings = settings;
    const known = stream?.sides[direction];
    const own = (number: number): number =>
      isOwn && message.hasNumber(number) ? message.number(number) : -1;
    const errorCode = known?.errorCode ?? own(NumberField.HTTP2_ERROR_CODE);
    const priority = known?.priority ?? own(NumberField.HTTP2_PRIORITY);
    if (errorCode >= 0) side.error_code = ERROR_NAMES[errorCode] ?? String(errorCode);
    if (priority >= 0) side.priority = priority;
    return side;
  });
  return { request: sides[0], response: sides[1] };
}

function settingsOf(message: MessageView): unknown[] {
  const settings: unknown[] = [];
  for (let entry = message.first(Field.HTTP2_SETTINGS); entry >= 0; entry = message.next(entry)) {
    const bytes = message.entryBytes[entry]!;
    const view = new DataView(bytes.buffer, bytes.byteOffset + message.entryOffset[entry]!, 6);
    const id = view.getUint16(0);
    settings.push({ settings_id: SETTING_NAMES[id] || `Unknown(${id})`, settings_value: view.getUint32(2) });
  }
  return settings;
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

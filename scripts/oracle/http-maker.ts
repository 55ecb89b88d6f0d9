/** An HTTP request and its answer that carry what a rule asks of their fields. */
import { Field } from "#agent/sensor/proto/fields.js";
import { ascii, join } from "../story/bytes.js";
import { NotMade } from "./buffer-maker.js";

type Buffers = ReadonlyMap<number, Uint8Array>;

const REQUEST_HEADERS: readonly (readonly [field: number, name: string])[] = [
  [Field.HTTP_USER_AGENT, "User-Agent"],
  [Field.HTTP_REFERER, "Referer"],
  [Field.HTTP_ACCEPT, "Accept"],
  [Field.HTTP_ACCEPT_LANG, "Accept-Language"],
  [Field.HTTP_ACCEPT_ENC, "Accept-Encoding"],
];
const RESPONSE_HEADERS: readonly (readonly [field: number, name: string])[] = [
  [Field.HTTP_SERVER, "Server"],
  [Field.HTTP_LOCATION, "Location"],
];
/** Fields of the direction that the rule looks at. */
const OF_EITHER: readonly (readonly [field: number, name: string])[] = [
  [Field.HTTP_CONTENT_TYPE, "Content-Type"],
  [Field.HTTP_CONNECTION, "Connection"],
];
const OTHERS: readonly number[] = [
  Field.HTTP_METHOD,
  Field.HTTP_URI,
  Field.HTTP_URI_RAW,
  Field.HTTP_HOST,
  Field.HTTP_HOST_RAW,
  Field.HTTP_HEADER,
  Field.HTTP_HEADER_RAW,
  Field.HTTP_HEADER_NAMES,
  Field.HTTP_COOKIE,
  Field.HTTP_STAT_CODE,
  Field.HTTP_STAT_MSG,
  Field.HTTP_REQUEST_BODY,
  Field.HTTP_RESPONSE_BODY,
  Field.FILE_DATA,
];
const KNOWN = new Set([...REQUEST_HEADERS, ...RESPONSE_HEADERS, ...OF_EITHER].map(([field]) => field));
for (const field of OTHERS) KNOWN.add(field);

/** @throws NotMade for a field that is not made here */
export function httpMessages(
  buffers: Buffers,
  isToServer: boolean,
): { request: Uint8Array; response: Uint8Array } {
  if ([...buffers.keys()].some((field) => !KNOWN.has(field))) throw new NotMade("a field of HTTP");
  const text = (field: number): string | undefined => {
    const bytes = buffers.get(field);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1");
  };
  const own = headerLines(text, isToServer);
  const body = text(isToServer ? Field.HTTP_REQUEST_BODY : Field.HTTP_RESPONSE_BODY) ?? text(Field.FILE_DATA);
  const requestBody = isToServer ? body : undefined;
  const responseBody = (isToServer ? undefined : body) ?? "ok";
  const method = text(Field.HTTP_METHOD) ?? (requestBody === undefined ? "GET" : "POST");
  const uri = text(Field.HTTP_URI_RAW) ?? escaped(text(Field.HTTP_URI) ?? "/");
  const host = (text(Field.HTTP_HOST) ?? text(Field.HTTP_HOST_RAW) ?? "made.example").replace(/^\./, "made.");
  const madeOf = (lines: readonly string[]) =>
    own.filter((line) => !lines.some((other) => isSameHeader(line, other)));
  const requestHeaders = named(REQUEST_HEADERS, text);
  const responseHeaders = named(RESPONSE_HEADERS, text);
  const request = [
    `${method} ${uri} HTTP/1.1`,
    `Host: ${host}`,
    ...requestHeaders,
    ...(isToServer ? madeOf(requestHeaders) : []),
    ...(requestBody === undefined ? [] : [`Content-Length: ${requestBody.length}`]),
  ];
  const response = [
    `HTTP/1.1 ${text(Field.HTTP_STAT_CODE) ?? "200"} ${text(Field.HTTP_STAT_MSG) ?? "OK"}`,
    ...responseHeaders,
    ...(isToServer ? [] : madeOf(responseHeaders)),
    `Content-Length: ${responseBody.length}`,
  ];
  return { request: message(request, requestBody ?? ""), response: message(response, responseBody) };
}

function isSameHeader(line: string, other: string): boolean {
  return line.split(":")[0]!.toLowerCase() === other.split(":")[0]!.toLowerCase();
}

function headerLines(text: (field: number) => string | undefined, isToServer: boolean): string[] {
  const lines = named(OF_EITHER, text);
  const cookie = text(Field.HTTP_COOKIE);
  if (cookie !== undefined) lines.push(`${isToServer ? "Cookie" : "Set-Cookie"}: ${cookie}`);
  const header = text(Field.HTTP_HEADER) ?? text(Field.HTTP_HEADER_RAW);
  if (header !== undefined) {
    if (/\r\n\r\n/.test(header)) throw new NotMade("the end of the headers");
    const whole = header.replace(/^\r\n/, "").replace(/\r\n$/, "");
    const isLine = /^[\w-]+:/.test(whole);
    lines.push(isLine ? whole : `X-Made: ${whole}`);
  }
  const names = text(Field.HTTP_HEADER_NAMES);
  for (const name of names?.split("\r\n") ?? []) {
    if (name === "" || lines.some((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)))
      continue;
    if (!/^[\w-]+$/.test(name)) throw new NotMade("names of headers");
    if (!/^(?:host|content-length)$/i.test(name)) lines.push(`${name}: x`);
  }
  return lines;
}

function named(
  fields: readonly (readonly [field: number, name: string])[],
  text: (field: number) => string | undefined,
): string[] {
  return fields.flatMap(([field, name]) => {
    const value = text(field);
    return value === undefined ? [] : [`${name}: ${value}`];
  });
}

/** What would end the request line, or be decoded, is escaped. */
function escaped(uri: string): string {
  return uri.replace(/[^!-~]|%(?![0-9a-fA-F]{2})/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function message(lines: readonly string[], body: string): Uint8Array {
  return join(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body, "latin1"), ascii(""));
}

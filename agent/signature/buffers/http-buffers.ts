/** Buffers of HTTP (RFC 9110, RFC 9112), with the old modifiers and the letters of `pcre`. */
import { Field } from "../../sensor/proto/fields.js";
import { STAGE_BODY } from "../../sensor/proto/message-view.js";
import { Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { BOTH_DIRECTIONS, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import type { BufferSpec } from "./buffer-spec.js";

const TS = TO_SERVER_BIT;
const TC = TO_CLIENT_BIT;
const BOTH = BOTH_DIRECTIONS;
const http: readonly ProtocolId[] = [Protocol.HTTP1];

export const HTTP_BUFFERS: readonly BufferSpec[] = [
  {
    names: ["http.uri"],
    modifiers: ["http_uri"],
    pcreLetter: "U",
    field: Field.HTTP_URI,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.uri.raw"],
    modifiers: ["http_raw_uri"],
    pcreLetter: "I",
    field: Field.HTTP_URI_RAW,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.method"],
    modifiers: ["http_method"],
    pcreLetter: "M",
    field: Field.HTTP_METHOD,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.host"],
    modifiers: ["http_host"],
    pcreLetter: "W",
    field: Field.HTTP_HOST,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.host.raw"],
    modifiers: ["http_raw_host"],
    pcreLetter: "Z",
    field: Field.HTTP_HOST_RAW,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.user_agent"],
    modifiers: ["http_user_agent"],
    pcreLetter: "V",
    field: Field.HTTP_USER_AGENT,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.header"],
    modifiers: ["http_header"],
    pcreLetter: "H",
    field: Field.HTTP_HEADER,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.header.raw"],
    modifiers: ["http_raw_header"],
    pcreLetter: "D",
    field: Field.HTTP_HEADER_RAW,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.header_names", "http_header_names"],
    field: Field.HTTP_HEADER_NAMES,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.cookie"],
    modifiers: ["http_cookie"],
    pcreLetter: "C",
    field: Field.HTTP_COOKIE,
    protocols: http,
    directions: BOTH,
  },
  { names: ["http.referer", "http_referer"], field: Field.HTTP_REFERER, protocols: http, directions: TS },
  {
    names: ["http.content_type", "http_content_type"],
    field: Field.HTTP_CONTENT_TYPE,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.content_len", "http_content_len"],
    field: Field.HTTP_CONTENT_LEN,
    protocols: http,
    directions: BOTH,
  },
  { names: ["http.accept", "http_accept"], field: Field.HTTP_ACCEPT, protocols: http, directions: TS },
  {
    names: ["http.accept_lang", "http_accept_lang"],
    field: Field.HTTP_ACCEPT_LANG,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.accept_enc", "http_accept_enc"],
    field: Field.HTTP_ACCEPT_ENC,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.connection", "http_connection"],
    field: Field.HTTP_CONNECTION,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.protocol", "http_protocol"],
    field: Field.HTTP_PROTOCOL,
    protocols: http,
    directions: BOTH,
  },
  { names: ["http.start", "http_start"], field: Field.HTTP_START, protocols: http, directions: BOTH },
  {
    names: ["http.request_line", "http_request_line"],
    field: Field.HTTP_REQUEST_LINE,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.response_line", "http_response_line"],
    field: Field.HTTP_RESPONSE_LINE,
    protocols: http,
    directions: TC,
  },
  {
    names: ["http.stat_code"],
    modifiers: ["http_stat_code"],
    pcreLetter: "S",
    field: Field.HTTP_STAT_CODE,
    protocols: http,
    directions: TC,
  },
  {
    names: ["http.stat_msg"],
    modifiers: ["http_stat_msg"],
    pcreLetter: "Y",
    field: Field.HTTP_STAT_MSG,
    protocols: http,
    directions: TC,
  },
  { names: ["http.server"], field: Field.HTTP_SERVER, protocols: http, directions: TC },
  { names: ["http.location"], field: Field.HTTP_LOCATION, protocols: http, directions: TC },
  {
    names: ["http.request_header"],
    field: Field.HTTP_REQUEST_HEADER,
    protocols: http,
    directions: TS,
    isMultiple: true,
  },
  {
    names: ["http.response_header"],
    field: Field.HTTP_RESPONSE_HEADER,
    protocols: http,
    directions: TC,
    isMultiple: true,
  },
  {
    names: ["http.request_body"],
    modifiers: ["http_client_body"],
    pcreLetter: "P",
    field: Field.HTTP_REQUEST_BODY,
    protocols: http,
    directions: TS,
    stage: STAGE_BODY,
  },
  {
    names: ["http.response_body"],
    modifiers: ["http_server_body"],
    pcreLetter: "Q",
    field: Field.HTTP_RESPONSE_BODY,
    protocols: http,
    directions: TC,
    stage: STAGE_BODY,
  },
];

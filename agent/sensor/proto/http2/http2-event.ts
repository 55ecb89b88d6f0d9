/** What can be strange about HTTP/2, by the numbers that stand in messages and rule images. */
export const Http2Event = {
  INVALID_CLIENT_MAGIC: 400,
  INVALID_FRAME_HEADER: 401,
  INVALID_FRAME_DATA: 402,
  INVALID_HEADER: 403,
  INVALID_FRAME_LENGTH: 404,
  EXTRA_HEADER_DATA: 405,
  LONG_FRAME_DATA: 406,
  STREAM_ID_REUSE: 407,
  INVALID_HTTP1_SETTINGS: 408,
  FAILED_DECOMPRESSION: 409,
  INVALID_RANGE: 410,
  HEADER_INTEGER_OVERFLOW: 411,
  TOO_MANY_STREAMS: 412,
  AUTHORITY_HOST_MISMATCH: 413,
  USERINFO_IN_URI: 414,
  REASSEMBLY_LIMIT_REACHED: 415,
  DATA_STREAM_ZERO: 416,
} as const;

/** Names as `app-layer-event` knows them. */
export const HTTP2_EVENT_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Http2Event).map(([name, number]) => [number, `http2.${name.toLowerCase()}`]),
);

/** Which fields of messages rules and lists look at: what they do not, a parser need not make before somebody describes it. */
import { PROTOCOL_LIMIT, type RuleImage } from "../../signature/image.js";
import { IndicatorSpace } from "../../signature/indicators/indicator-kind.js";
import { BufferWord } from "../../signature/search-words.js";
import type { AppLayer } from "../proto/app-layer.js";
import { FIELD_LIMIT, Field, type FieldId } from "../proto/fields.js";
import type { FrameReader } from "../proto/frames/frame-reader.js";
import { STAGE_HEAD, STAGES } from "../proto/message-view.js";

const FIELDS_OF_LISTS: readonly (readonly [space: number, field: FieldId])[] = [
  [IndicatorSpace.JA3, Field.JA3_HASH],
  [IndicatorSpace.JA4, Field.JA4_HASH],
  [IndicatorSpace.CERTIFICATE_SHA1, Field.TLS_CERT_FINGERPRINT],
];

const BODIES = [Field.HTTP_REQUEST_BODY, Field.HTTP_RESPONSE_BODY] as const;
/** Of headers, those of trailers included. */
const HEADERS = [
  Field.HTTP_HEADER,
  Field.HTTP_HEADER_RAW,
  Field.HTTP_HEADER_NAMES,
  Field.HTTP_START,
  Field.HTTP_REQUEST_HEADER,
  Field.HTTP_RESPONSE_HEADER,
  Field.HTTP_HOST_RAW,
  Field.HTTP_USER_AGENT,
  Field.HTTP_COOKIE,
  Field.HTTP_REFERER,
  Field.HTTP_CONTENT_TYPE,
  Field.HTTP_CONTENT_LEN,
  Field.HTTP_ACCEPT,
  Field.HTTP_ACCEPT_LANG,
  Field.HTTP_ACCEPT_ENC,
  Field.HTTP_CONNECTION,
  Field.HTTP_SERVER,
  Field.HTTP_LOCATION,
] as const;
const FIELDS_OF_RECORDS = [...BODIES, Field.HTTP_REQUEST_HEADER, Field.HTTP_RESPONSE_HEADER] as const;

/** 1 for each field that any of the images looks at. */
export function wantedFields(...images: readonly (RuleImage | undefined)[]): Uint8Array {
  const wanted = new Uint8Array(FIELD_LIMIT);
  for (const image of images) {
    if (image === undefined) continue;
    const { fields, indicators } = image;
    for (let field = 0; field < FIELD_LIMIT; field++) if (fields[field] === 1) wanted[field] = 1;
    for (const [space, field] of FIELDS_OF_LISTS) if (indicators.spaces[space] === 1) wanted[field] = 1;
    if (looksAtBodies(image)) for (const field of BODIES) wanted[field] = 1;
  }
  return wanted;
}

/** Whether a rule waits for the body of a message, if only for what is odd in it. */
function looksAtBodies({ bufferGroups, messageRules, search }: RuleImage): boolean {
  for (let group = 0; group < 2 * STAGES; group++) {
    if (group % STAGES === STAGE_HEAD) continue;
    if (search[bufferGroups[group]! + BufferWord.FIELD] !== 0) return true;
    for (let protocol = 0; protocol < PROTOCOL_LIMIT; protocol++) {
      const count = messageRules[(group * PROTOCOL_LIMIT + protocol) * 2 + 1]!;
      if (count > 0) return true;
    }
  }
  return false;
}

/** Have these fields made, and what is read for rules on them alone. */
export function askFor(wanted: Uint8Array, appLayer: AppLayer, frames: FrameReader): void {
  appLayer.message.wanted = wanted;
  const { input } = appLayer;
  if (input.recordSink !== undefined) for (const field of FIELDS_OF_RECORDS) wanted[field] = 1;
  input.readsBodies = BODIES.some((field) => wanted[field] === 1);
  input.readsTrailers = HEADERS.some((field) => wanted[field] === 1);
  input.tellsSteps = wanted[Field.TLS_STEP] === 1;
  frames.isWanted = wanted[Field.FRAME] === 1;
}

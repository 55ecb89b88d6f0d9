/** Which fields of messages rules and lists look at: what they do not, a parser need not make before somebody describes it. */
import type { RuleImage } from "../../signature/image.js";
import { IndicatorSpace } from "../../signature/indicators/indicator-kind.js";
import type { AppLayer } from "../proto/app-layer.js";
import { FIELD_LIMIT, Field, type FieldId } from "../proto/fields.js";
import type { FrameReader } from "../proto/frames/frame-reader.js";

const FIELDS_OF_LISTS: readonly (readonly [space: number, field: FieldId])[] = [
  [IndicatorSpace.JA3, Field.JA3_HASH],
  [IndicatorSpace.JA4, Field.JA4_HASH],
  [IndicatorSpace.CERTIFICATE_SHA1, Field.TLS_CERT_FINGERPRINT],
];

/** 1 for each field that any of the images looks at. */
export function wantedFields(...images: readonly (RuleImage | undefined)[]): Uint8Array {
  const wanted = new Uint8Array(FIELD_LIMIT);
  for (const image of images) {
    if (image === undefined) continue;
    const { fields, indicators } = image;
    for (let field = 0; field < FIELD_LIMIT; field++) if (fields[field] === 1) wanted[field] = 1;
    for (const [space, field] of FIELDS_OF_LISTS) if (indicators.spaces[space] === 1) wanted[field] = 1;
  }
  return wanted;
}

/** Have these fields made, and what is read for rules on them alone. */
export function askFor(wanted: Uint8Array, appLayer: AppLayer, frames: FrameReader): void {
  appLayer.message.wanted = wanted;
  appLayer.input.tellsSteps = wanted[Field.TLS_STEP] === 1;
  frames.isWanted = wanted[Field.FRAME] === 1;
}

import { formatAddress } from "../base/address.js";
import { latin1Text } from "../base/latin1.js";
import { INDICATOR_GID, type IndicatorImage } from "../signature/indicators/indicator-set.js";
import type { RuleDescription } from "../signature/rule-description.js";
import type { Endpoints } from "./match/endpoints.js";
import type { IndicatorHit } from "./match/indicator-matcher.js";
import { Field } from "./proto/fields.js";
import type { MessageView } from "./proto/message-view.js";

/** Longer values are cut. */
const MAX_VALUE_BYTES = 256;

/** What is said about a listed value: which list and line it stands in, and what the traffic showed. */
export function describeIndicator(
  { lists }: IndicatorImage,
  hit: IndicatorHit,
  message: MessageView | undefined,
  endpoints: Endpoints,
): RuleDescription {
  const list = lists[hit.list]!;
  const value = matchedValue(hit, message, endpoints);
  return {
    sid: list.sid,
    gid: INDICATOR_GID,
    rev: list.rev,
    message: `${list.message} [${list.name}:${hit.line}]`,
    classtype: list.classtype,
    category: list.category,
    severity: list.severity,
    metadata: {
      ioc_list: [list.name],
      ioc_line: [String(hit.line)],
      ioc_kind: [list.kind],
      ...(value === undefined ? {} : { ioc_value: [value] }),
      ...(list.confidence === 0 ? {} : { confidence: [String(list.confidence)] }),
    },
    references: [],
  };
}

function matchedValue(
  { field, entry }: IndicatorHit,
  message: MessageView | undefined,
  { ipVersion, source, destination }: Endpoints,
): string | undefined {
  if (field === Field.NONE) return formatAddress(ipVersion, entry === 0 ? source : destination);
  // The certificate itself is no text.
  if (message === undefined || field === Field.TLS_CERTS) return undefined;
  const length = Math.min(message.entryLength[entry]!, MAX_VALUE_BYTES);
  return latin1Text(message.entryBytes[entry]!, message.entryOffset[entry]!, length);
}

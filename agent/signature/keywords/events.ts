import { STREAM_EVENT_NAMES } from "../../sensor/flow/stream-event.js";
import { APP_LAYER_EVENT_NAMES } from "../../sensor/proto/app-layer-events.js";
import { HTTP2_EVENT_NAMES } from "../../sensor/proto/http2/http2-event.js";
import { PROTOCOL_NAMES, type ProtocolId } from "../../sensor/proto/protocols.js";
import { RECOGNITION_EVENT_BITS } from "../../sensor/proto/recognition-event.js";
import { DECODE_REASON_NAMES, FIRST_OWN_REASON } from "../../sensor/wire/decode-reason.js";
import { Compare } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, PacketValue, type PacketValueId } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";
import { SILENT_EVENTS } from "./silent-events.js";

/** A keyword that asks for one event of the packet, by its name in a list. */
function packetEventKeyword(
  allNames: readonly string[],
  value: PacketValueId,
  names: readonly string[],
): Keyword {
  return {
    names: allNames,
    apply(rule, text, _context, name) {
      const event = names.indexOf(requireValue(text, name).toLowerCase());
      if (event <= 0) throw new RuleError(`${name}: "${text}" is not known`);
      rule.packetTests.push({ value, operator: Compare.EQUAL, a: event, b: 0 });
    },
  };
}

const APP_LAYER_EVENTS: ReadonlyMap<string, number> = new Map(
  Object.entries({ ...APP_LAYER_EVENT_NAMES, ...HTTP2_EVENT_NAMES }).map(([number, name]) => [
    name,
    Number(number),
  ]),
);

/** A number that no message carries. */
const NO_EVENT = 0xffff;

/** Malformations that decoders, the stream engine and parsers have counted. */
export const eventKeywords: readonly Keyword[] = [
  packetEventKeyword(
    ["decode-event", "engine-event"],
    PacketValue.DECODE_EVENT,
    DECODE_REASON_NAMES.slice(0, FIRST_OWN_REASON),
  ),
  packetEventKeyword(["stream-event"], PacketValue.STREAM_EVENT, STREAM_EVENT_NAMES),
  {
    names: ["app-layer-event"],
    apply(rule, value) {
      const name = requireValue(value, "app-layer-event")
        .toLowerCase()
        .replace(/^ikev2\./, "ike.");
      const silence = SILENT_EVENTS.get(name);
      if (silence !== undefined) rule.neverFires(`there is no "${name}" here: ${silence}`);
      const bits = RECOGNITION_EVENT_BITS.get(name);
      if (bits !== undefined) {
        const value = PacketValue.RECOGNITION_EVENT;
        rule.packetTests.push({ value, operator: Compare.ANY_BIT, a: bits, b: 0 });
        return;
      }
      const event = silence === undefined ? APP_LAYER_EVENTS.get(name) : NO_EVENT;
      const protocol = PROTOCOL_NAMES.indexOf(name.split(".")[0]!);
      if (event === undefined || protocol < 0)
        throw new RuleError(`app-layer-event: "${value}" is not known`);
      rule.messageEvents.push(event);
      rule.markMessageRule([protocol as ProtocolId], BOTH_DIRECTIONS);
    },
  },
];

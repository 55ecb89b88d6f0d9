import { Field, NumberField } from "../../sensor/proto/fields.js";
import { FRAME_NAMES } from "../../sensor/proto/frames/frame-kinds.js";
import { STAGE_BODY } from "../../sensor/proto/message-view.js";
import { PROTOCOL_NAMES, Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { Compare } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, PseudoField, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import type { SignatureBuilder } from "../signature-builder.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Parts of SIP, which are found again in the datagram when a rule asks for them. */
const SIP_FRAMES: Readonly<Record<string, number>> = {
  pdu: PseudoField.SIP_PDU,
  "request.line": PseudoField.SIP_REQUEST_LINE,
  "request.headers": PseudoField.SIP_REQUEST_HEADERS,
  "request.body": PseudoField.SIP_REQUEST_BODY,
  "response.line": PseudoField.SIP_RESPONSE_LINE,
  "response.headers": PseudoField.SIP_RESPONSE_HEADERS,
  "response.body": PseudoField.SIP_RESPONSE_BODY,
};
/** Directions of the frames of HTTP/1, by name. */
const HTTP_FRAMES: Readonly<Record<string, number>> = { request: TO_SERVER_BIT, response: TO_CLIENT_BIT };

/** `frame:tls.hdr`, or `frame:hdr` in a rule of that protocol: a part of the protocol as it was sent. */
export const frameKeywords: readonly Keyword[] = [
  {
    names: ["frame"],
    apply(rule, value) {
      const text = requireValue(value, "frame").toLowerCase();
      const { protocol, name } = partOf(text, rule.headerProtocols);
      if (protocol === Protocol.HTTP1 && Object.hasOwn(HTTP_FRAMES, name)) {
        const directions = HTTP_FRAMES[name]!;
        openFrame(rule, protocol, Field.HTTP_FRAME, directions, STAGE_BODY);
      } else if (protocol === Protocol.SIP && Object.hasOwn(SIP_FRAMES, name)) {
        openFrame(rule, protocol, SIP_FRAMES[name]!);
      } else {
        const kinds = FRAME_NAMES.get(protocol) ?? {};
        if (name === "stream")
          throw new RuleError(
            "frame: streams are no part here; contents on the payload of a rule on the protocol look at them",
          );
        if (!Object.hasOwn(kinds, name)) throw new RuleError(`frame: "${text}" is not kept`);
        const test = { field: NumberField.FRAME_KIND, operator: Compare.EQUAL, a: kinds[name]!, b: 0 };
        if (rule.messageTests.some(({ field, a }) => field === test.field && a !== test.a))
          throw new RuleError("frame: a rule looks at one kind of part");
        openFrame(rule, protocol, Field.FRAME);
        rule.addMessageTest(test, [protocol], BOTH_DIRECTIONS);
      }
    },
  },
];

/** The protocol stands in front of the name, or is the one of the rule. */
function partOf(
  text: string,
  headerProtocols: readonly ProtocolId[] | undefined,
): { protocol: ProtocolId; name: string } {
  const dot = text.indexOf(".");
  const first = text.slice(0, Math.max(0, dot));
  const named = first === "http1" ? Protocol.HTTP1 : first === "http" ? -1 : PROTOCOL_NAMES.indexOf(first);
  if (named > 0) return { protocol: named as ProtocolId, name: text.slice(dot + 1) };
  const protocol = headerProtocols?.length === 1 ? headerProtocols[0]! : undefined;
  if (protocol === undefined) throw new RuleError(`frame: "${text}" names no protocol, nor does the rule`);
  return { protocol, name: text };
}

function openFrame(
  rule: SignatureBuilder,
  protocol: ProtocolId,
  field: number,
  directions = BOTH_DIRECTIONS,
  stage?: number,
): void {
  rule.openBuffer({
    names: [],
    field,
    protocols: [protocol],
    directions,
    ...(stage === undefined ? {} : { stage }),
  });
}

import { Field } from "../../sensor/proto/fields.js";
import { STAGE_BODY } from "../../sensor/proto/message-view.js";
import { PROTOCOL_NAMES, Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import type { BufferSpec } from "../buffers/buffer-spec.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, PseudoField, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Frames the engine can find again exactly; those of streams would have to be kept until they are complete. */
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
const HTTP_PREFIX = "http1.";
const PREFIX = `${PROTOCOL_NAMES[Protocol.SIP]}.`;

/** `frame:sip.request.line`, or `frame:request.line` in a rule of that protocol: a part of the protocol as it was sent. */
export const frameKeywords: readonly Keyword[] = [
  {
    names: ["frame"],
    apply(rule, value) {
      const text = requireValue(value, "frame").toLowerCase();
      const isSip = text.startsWith(PREFIX) || rule.headerProtocols?.includes(Protocol.SIP) === true;
      const name = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
      const httpFrame = text.replace(HTTP_PREFIX, "");
      if (isHttp(text, rule.headerProtocols) && Object.hasOwn(HTTP_FRAMES, httpFrame)) {
        rule.openBuffer({
          names: [],
          field: Field.HTTP_FRAME,
          protocols: [Protocol.HTTP1],
          directions: HTTP_FRAMES[httpFrame]!,
          stage: STAGE_BODY,
        });
        return;
      }
      const field = isSip && Object.hasOwn(SIP_FRAMES, name) ? SIP_FRAMES[name] : undefined;
      if (field === undefined) throw new RuleError(`frame: "${text}" is not kept`);
      const spec: BufferSpec = {
        names: [],
        field,
        protocols: [Protocol.SIP],
        directions: BOTH_DIRECTIONS,
      };
      rule.openBuffer(spec);
    },
  },
];

/** A rule on HTTP/1 may leave the protocol out of the name. */
function isHttp(text: string, headerProtocols: readonly ProtocolId[] | undefined): boolean {
  if (text.startsWith(HTTP_PREFIX)) return true;
  return headerProtocols?.length === 1 && headerProtocols[0] === Protocol.HTTP1;
}

/** Rules for tests: parse, compile and run them over hand-made messages and packets. */

import { parseAddress } from "../../agent/base/address.js";
import { Matcher } from "../../agent/sensor/match/matcher.js";
import type { FieldId } from "../../agent/sensor/proto/fields.js";
import { MessageView, STAGE_HEAD } from "../../agent/sensor/proto/message-view.js";
import { type DirectionId, type ProtocolId, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import { PacketView } from "../../agent/sensor/wire/packet-view.js";
import { compileRules } from "../../agent/signature/compile.js";
import { RuleFlag, type RuleImage } from "../../agent/signature/image.js";
import type { RulePolicy } from "../../agent/signature/policy/rule-policy.js";
import { describeRule } from "../../agent/signature/rule-description.js";
import { parseRuleSet, type RuleSet } from "../../agent/signature/rule-set.js";
import { defaultVariables } from "../../agent/signature/variables.js";

const EVERY_PROTOCOL: ReadonlySet<ProtocolId> = new Set(
  Array.from({ length: 64 }, (_, protocol) => protocol as ProtocolId),
);
const CLASSIFICATIONS = new Map([
  ["trojan-activity", { description: "A Network Trojan was detected", priority: 1 }],
]);

/** Parse rules with the default variables, as if every protocol had a parser. */
export function parseRules(...texts: readonly string[]): RuleSet {
  return parseRulesWithData({}, ...texts);
}

/** The same with data files by name. */
export function parseRulesWithData(
  data: Readonly<Record<string, string>>,
  ...texts: readonly string[]
): RuleSet {
  return parseRuleSet([{ path: "test.rules", text: texts.join("\n") }], {
    classifications: CLASSIFICATIONS,
    variables: defaultVariables(),
    supportedProtocols: EVERY_PROTOCOL,
    readData: (name) => data[name],
  });
}

/** The same with what an operator says about them; policy texts by kind, each as the file of that name. */
export function parseRulesWithPolicy(
  policy: Partial<Record<keyof RulePolicy, string>>,
  ...files: readonly { path: string; text: string }[]
): RuleSet {
  const texts = (kind: keyof RulePolicy, path: string) =>
    policy[kind] === undefined ? [] : [{ path, text: policy[kind] }];
  return parseRuleSet(files, {
    classifications: CLASSIFICATIONS,
    variables: defaultVariables(),
    supportedProtocols: EVERY_PROTOCOL,
    policy: {
      thresholds: texts("thresholds", "threshold.config"),
      disable: texts("disable", "disable.conf"),
      enable: texts("enable", "enable.conf"),
      drop: texts("drop", "drop.conf"),
      modify: texts("modify", "modify.conf"),
    },
  });
}

/** Why the one rule is refused; undefined where it loads. */
export function refusalOf(text: string): string | undefined {
  return parseRules(text).refused[0]?.reason;
}

/** Compile signatures as they are. */
export function imageOfSignatures({ signatures }: RuleSet): RuleImage {
  return compileRules(signatures, CLASSIFICATIONS);
}

/** Compile rules that must all load. */
export function imageOf(...texts: readonly string[]): RuleImage {
  return imageWithData({}, ...texts);
}

/** The same with data files by name. */
export function imageWithData(
  data: Readonly<Record<string, string>>,
  ...texts: readonly string[]
): RuleImage {
  const { signatures, refused } = parseRulesWithData(data, ...texts);
  if (refused.length > 0) throw new Error(refused.map(({ reason }) => reason).join("; "));
  return compileRules(signatures, CLASSIFICATIONS);
}

export interface TestMessage {
  readonly protocol: ProtocolId;
  readonly direction?: DirectionId;
  readonly stage?: number;
  readonly fields?: readonly (readonly [field: FieldId, text: string | Uint8Array])[];
  readonly numbers?: readonly (readonly [field: number, value: number])[];
}

export interface TestEnds {
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly ipProtocol?: number;
  readonly timeS?: number;
  readonly flow?: number;
  readonly isEstablished?: boolean;
  readonly direction?: DirectionId;
}

/** A matcher that collects the sids of its alerts. */
export class RuleBench {
  readonly sids: number[] = [];
  /** RuleFlag of what the last alert of each sid did. */
  readonly actions = new Map<number, number>();
  matcher: Matcher;

  /** @param rules texts, or an image already compiled */
  constructor(...rules: readonly string[] | readonly [RuleImage]) {
    const [first] = rules;
    this.matcher = this.#newMatcher(
      typeof first === "object" ? first : imageOf(...(rules as readonly string[])),
    );
  }

  /** Go on with other rules, as a sensor does under traffic. */
  swap(...rules: readonly string[]): void {
    this.matcher = this.#newMatcher(imageOf(...rules), this.matcher);
  }

  #newMatcher(image: RuleImage, previous?: Matcher): Matcher {
    const sink = (rule: number): void => {
      const { sid } = describeRule(image, rule);
      this.sids.push(sid);
      this.actions.set(
        sid,
        this.matcher.outcome.alertAction & (RuleFlag.DROP | RuleFlag.REJECT | RuleFlag.PASS),
      );
    };
    return new Matcher(image, 64, sink, previous);
  }

  /** Sids alerted on a message. */
  message(message: TestMessage, ends: TestEnds = {}): number[] {
    const view = new MessageView();
    const direction = message.direction ?? TO_SERVER;
    view.begin(message.protocol, direction, message.stage ?? STAGE_HEAD, 0);
    for (const [field, text] of message.fields ?? []) {
      const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
      view.add(field, bytes, 0, bytes.length);
    }
    for (const [field, value] of message.numbers ?? []) view.setNumber(field as never, value);
    this.#fill({ direction, ...ends });
    this.matcher.endpoints.applicationProtocol = message.protocol;
    this.sids.length = 0;
    this.matcher.inspectMessage(view, undefined);
    return [...this.sids];
  }

  /** Sids alerted on a packet; `edit` sets header fields. */
  packet(
    payload: string,
    ends: TestEnds = {},
    edit: (packet: PacketView) => void = () => undefined,
  ): number[] {
    const packet = new PacketView();
    packet.bytes = Buffer.from(payload, "latin1");
    packet.payloadLength = packet.bytes.length;
    packet.transportOffset = 1;
    packet.ipVersion = 4;
    this.#fill(ends);
    const { endpoints } = this.matcher;
    packet.source.set(endpoints.source);
    packet.destination.set(endpoints.destination);
    packet.ipProtocol = endpoints.ipProtocol;
    edit(packet);
    this.sids.length = 0;
    this.matcher.inspectPacket(packet, true, false);
    return [...this.sids];
  }

  /** Sids alerted on bytes of a stream that are looked at together. */
  stream(text: string, ends: TestEnds = {}): number[] {
    const bytes = Buffer.from(text, "latin1");
    this.#fill(ends);
    this.sids.length = 0;
    this.matcher.inspectStream(undefined, { bytes, offset: 0, length: bytes.length, isFurther: false });
    return [...this.sids];
  }

  #fill(ends: TestEnds): void {
    const { endpoints } = this.matcher;
    const source = parseAddress(ends.source ?? "192.168.10.20")!;
    const destination = parseAddress(ends.destination ?? "203.0.113.5")!;
    endpoints.ipVersion = source.version;
    endpoints.source.set(source.words);
    endpoints.destination.set(destination.words);
    endpoints.sourcePort = ends.sourcePort ?? 40_000;
    endpoints.destinationPort = ends.destinationPort ?? 80;
    endpoints.ipProtocol = ends.ipProtocol ?? 6;
    endpoints.hasPorts = endpoints.ipProtocol === 6 || endpoints.ipProtocol === 17;
    endpoints.flow = ends.flow ?? 0;
    endpoints.flowGeneration = 1;
    endpoints.direction = ends.direction ?? TO_SERVER;
    endpoints.isEstablished = ends.isEstablished ?? true;
    endpoints.applicationProtocol = 0;
    endpoints.timeUs = (ends.timeS ?? 1_700_000_000) * 1_000_000;
  }
}

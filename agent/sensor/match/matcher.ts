import { RULE_STRIDE, RuleColumn, RuleFlag, type RuleImage } from "../../signature/image.js";
import { Op } from "../../signature/program.js";
import { isMessageField, PAYLOAD_FIELD, PacketValue, PseudoField } from "../../signature/signature.js";
import { DcerpcOrder, NumberField } from "../proto/fields.js";
import type { MessageView } from "../proto/message-view.js";
import { IP_PROTOCOL_TCP, NO_BYTES, PacketView } from "../wire/packet-view.js";
import { BufferConditions } from "./buffer-conditions.js";
import { CandidateFinder } from "./candidate-finder.js";
import type { CandidateList } from "./candidate-list.js";
import { Endpoints } from "./endpoints.js";
import { HeaderTest } from "./header-test.js";
import type { SearchCounts } from "./literal-scan.js";
import { messageTestHolds } from "./message-values.js";
import { AddressBytes, headerLength, headerOffset } from "./packet-headers.js";
import { mayHaveSize, packetTestHolds } from "./packet-values.js";
import { hasDecidingRules, hasRulesWith, type RuleMarks } from "./rule-marks.js";
import { RuleMemory } from "./rule-memory.js";
import { type AlertSink, RuleOutcome } from "./rule-outcome.js";
import { SipFrames } from "./sip-frames.js";
import type { StreamWindow } from "./stream-window.js";
import type { Thresholds } from "./thresholds.js";
import { Transforms } from "./transforms.js";

/** What is being judged. */
const JUDGING_PACKET = 0;
const JUDGING_STREAM = 1;
const JUDGING_MESSAGE = 2;
const JUDGING_END = 3;
const NO_PACKET = new PacketView();

/**
 * Runs a rule image over packets, stream windows and messages.
 *
 * The caller fills `endpoints` and calls one of the `inspect` methods. Candidates come from the literal prefilters and the
 * lists of rules without a literal; each is judged once, in judging order: header, then tests, marks and buffers. Memory is
 * taken when the matcher is made.
 */
export class Matcher {
  readonly endpoints: Endpoints;
  readonly image: RuleImage;
  readonly memory: RuleMemory;
  readonly outcome: RuleOutcome;
  readonly #finder: CandidateFinder;
  readonly #candidates: CandidateList;
  readonly #header: HeaderTest;
  readonly #conditions: BufferConditions;
  readonly #addressBytes = new AddressBytes();
  readonly #sipFrames = new SipFrames();
  readonly #transforms: Transforms;
  readonly #thresholds: Thresholds;
  readonly #marks: RuleMarks;
  readonly #isWithoutRules: boolean;
  readonly hasStreamRules: boolean;
  /** What rules say of a message depends on what those on the stream it came in have said. */
  readonly asksStreamFirst: boolean;
  #judging = JUDGING_PACKET;
  #packet: PacketView | undefined;
  #message: MessageView | undefined;
  #payload: Uint8Array = NO_BYTES;
  #payloadOffset = 0;
  #payloadLength = 0;
  /** What of the stream is looked at with the packet, and whether the packet's payload is part of the stream. */
  #window: StreamWindow | undefined;
  #isInStream = false;
  /** The window is what conditions on the payload see, instead of `#packetLength` bytes of the packet's payload. */
  #isOnWindow = false;
  #packetLength = 0;
  /** Rules judged (prefilter hits and rules without a literal), for statistics. */
  judgedCount: number;

  /**
   * @param previous the matcher that judged by other rules until now: what it remembers goes on, and it is used no more
   * @param endpoints those of another matcher that judges the same
   */
  constructor(
    image: RuleImage,
    maxFlows: number,
    sink: AlertSink,
    previous?: Matcher,
    endpoints = new Endpoints(),
  ) {
    this.endpoints = endpoints;
    this.image = image;
    this.#isWithoutRules = image.ruleCount === 0;
    this.hasStreamRules = hasRulesWith(image, RuleFlag.ON_STREAM);
    this.asksStreamFirst =
      hasRulesWith(image, RuleFlag.ON_STREAM | RuleFlag.HAS_EFFECTS) || hasDecidingRules(image);
    this.#header = new HeaderTest(image);
    this.memory = new RuleMemory(image, maxFlows, previous?.memory);
    this.outcome = new RuleOutcome(image, this.memory, this.endpoints, sink);
    this.#conditions = new BufferConditions(image, this.memory.dataSets, this.memory.captured);
    this.#transforms = new Transforms(image.transformChains);
    this.#finder = new CandidateFinder(image, this.endpoints, this.#transforms, previous?.searchCounts);
    this.#candidates = this.#finder.candidates;
    this.#thresholds = this.memory.thresholds;
    this.#marks = this.memory.marks;
    this.judgedCount = previous?.judgedCount ?? 0;
    if (previous) this.#conditions.limitReached = previous.limitCounts.evaluations;
  }

  /**
   * Judge header and payload of one packet, and the stream that is looked at with it.
   *
   * As in Suricata a rule on the stream is looked for in the window first and then, where it asks for places in the payload or the
   * payload is in no stream, in the packet. It alerts once. Where a window is looked at, a packet without payload has an empty one.
   *
   * @param isFirst the first packet of the flow in this direction, or one without a flow: address rules are judged too
   * @param isInStream the payload is part of the stream, where stream rules see it
   */
  inspectPacket(packet: PacketView, isFirst: boolean, isInStream: boolean, window?: StreamWindow): void {
    const { endpoints } = this;
    this.#begin();
    if (this.#isWithoutRules || this.memory.isDecided(endpoints)) return;
    const payloadLength = packet.hasTunnelledPacket || endpoints.isPayloadHidden ? 0 : packet.payloadLength;
    const isOutside = !isInStream && payloadLength > 0 && endpoints.ipProtocol === IP_PROTOCOL_TCP;
    this.#finder.findForPacket(packet, payloadLength, isFirst, isOutside, window !== undefined);
    if (window !== undefined) {
      // As in Suricata nothing is searched any more once the flow is encrypted; rules without a literal see the last of it.
      const searched = endpoints.isPayloadHidden ? 0 : window.length;
      this.#finder.addForStream(window.bytes, window.offset, searched);
    }
    if (this.#candidates.count === 0) return;
    this.#packet = packet;
    this.#message = undefined;
    this.#window = window;
    this.#isInStream = isInStream;
    this.#packetLength = payloadLength;
    this.#leaveWindow();
    this.#judgeAll();
    this.#window = undefined;
    this.#isOnWindow = false;
  }

  /** Judge rules on bytes of a stream that are looked at without a packet; `packet` is the one at hand, if any. */
  inspectStream(packet: PacketView | undefined, window: StreamWindow): void {
    if (packet === undefined && !window.isFurther) this.#begin();
    this.outcome.beginWindow(window.isFurther);
    if (window.length === 0 || this.#isWithoutRules || this.memory.isDecided(this.endpoints)) return;
    this.#candidates.begin();
    this.#finder.addForStream(window.bytes, window.offset, window.length);
    if (this.#candidates.count === 0) return;
    this.setPayload(window.bytes, window.offset, window.length);
    this.#packet = packet;
    this.#message = undefined;
    this.#judging = JUDGING_STREAM;
    this.#judgeAll();
  }

  /** Judge the rules that are about the flow alone, at its end. */
  inspectEnd(): void {
    this.#begin();
    if (this.#isWithoutRules || this.memory.isDecided(this.endpoints)) return;
    this.#finder.findForPacket(NO_PACKET, 0, false, false, false);
    if (this.#candidates.count === 0) return;
    this.#packet = undefined;
    this.#message = undefined;
    this.#judging = JUDGING_END;
    this.#judgeAll();
  }

  /** Whether any rule is to be judged on the message, which is inspected next: what is found is put aside for that. */
  hasCandidates(message: MessageView): boolean {
    if (this.#isWithoutRules) return false;
    this.#finder.findForMessage(message);
    this.#candidates.keep();
    return this.#candidates.count > 0;
  }

  /** What `hasCandidates` has found is to be looked for again. */
  dropCandidates(): void {
    this.#candidates.dropKept();
  }

  /** Nothing is ever judged. */
  get isIdle(): boolean {
    return this.#isWithoutRules;
  }

  /** Whether no rule can hold of a packet, whatever is known of it: of frames that are not of IP nearly none asks. */
  passesOver({ ipVersion, payloadLength }: PacketView): boolean {
    return ipVersion === 0 && payloadLength === 0 && (this.#isWithoutRules || !this.#header.mayHoldWithoutIp);
  }

  /** Whether no rule can hold of a TCP packet of an established flow in which there is nothing to look at. */
  passesOverEmpty(packet: PacketView, direction: 0 | 1): boolean {
    return this.#isWithoutRules || !this.#finder.emptyPackets.mayHold(packet, direction);
  }

  /**
   * Judge rules on the fields of a message; `packet` is the one that completed it, if any. What their conditions on the
   * payload look at is given by `setPayload`.
   */
  inspectMessage(message: MessageView, packet: PacketView | undefined): void {
    const isFound = this.#candidates.takeKept();
    if (this.#isWithoutRules || this.memory.isDecided(this.endpoints)) return;
    if (!isFound) this.#finder.findForMessage(message);
    if (this.#candidates.count === 0) return;
    this.#packet = packet;
    this.#packetLength = packet === undefined ? 0 : packet.payloadLength;
    this.#message = message;
    this.outcome.message = message;
    this.#judging = JUDGING_MESSAGE;
    const hasOrder = message.hasNumber(NumberField.DCERPC_ORDER);
    this.#conditions.dcerpcOrder = hasOrder ? message.number(NumberField.DCERPC_ORDER) : DcerpcOrder.UNKNOWN;
    this.#judgeAll();
    this.#conditions.dcerpcOrder = DcerpcOrder.UNKNOWN;
  }

  /** What is being judged: the packet at hand, and where its payload or the bytes of the stream stand. */
  get subject(): { packet: PacketView | undefined; bytes: Uint8Array; offset: number; length: number } {
    const [offset, length] = [this.#payloadOffset, this.#payloadLength];
    return { packet: this.#packet, bytes: this.#payload, offset, length };
  }

  /** The message that is being judged, for whoever describes an alert. */
  get message(): MessageView | undefined {
    return this.#message;
  }

  /** Bytes searched for literals, literals compared in full, and searches cut off by their limit, since the start. */
  get searchCounts(): SearchCounts {
    return this.#finder.scanner;
  }

  /** Evaluations cut off by their limit, and remembered thresholds, marks and captures that were overwritten, since the start. */
  get limitCounts(): Readonly<
    Record<"evaluations" | "thresholds" | "hostMarks" | "captures" | "dataSets", number>
  > {
    return {
      evaluations: this.#conditions.limitReached + this.#transforms.cutCount,
      thresholds: this.#thresholds.evictions,
      hostMarks: this.#marks.evictions,
      captures: this.memory.captured.evictions,
      dataSets: this.memory.dataSets.refusedCount,
    };
  }

  /** Forget flows, thresholds and marks: fresh state for another capture. */
  clear(): void {
    this.memory.clear();
  }

  setPayload(bytes: Uint8Array, offset: number, length: number): void {
    this.#payload = bytes;
    this.#payloadOffset = offset;
    this.#payloadLength = length;
  }

  #begin(): void {
    this.outcome.begin();
    this.memory.beginPacket();
    this.#conditions.beginPacket();
    this.memory.captured.beginPacket();
  }

  #judgeAll(): void {
    const { rules, count } = this.#candidates;
    this.#candidates.sort();
    this.#header.begin(this.endpoints);
    this.judgedCount += count;
    for (let i = 0; i < count; i++) {
      const rule = rules[i]!;
      if (!this.#header.holds(rule, this.endpoints)) continue;
      const hasMessage = this.#judging === JUDGING_MESSAGE;
      if (this.#holds(rule) && this.outcome.matched(rule, this.#judging === JUDGING_STREAM, hasMessage))
        return;
      if (this.#isOnWindow) this.#leaveWindow();
    }
  }

  /** What holds on the window is left there, for whoever looks at what matched. */
  #holds(rule: number): boolean {
    const flags = this.image.rules[rule * RULE_STRIDE + RuleColumn.FLAGS]!;
    if ((flags & RuleFlag.ON_RECOGNITION) !== 0 && !this.endpoints.isProtocolNews) return false;
    if (this.#judging === JUDGING_END && (flags & RuleFlag.FLOW_WIDE) === 0) return false;
    if (this.#judging === JUDGING_PACKET && (flags & RuleFlag.ON_STREAM) !== 0) {
      if (this.#window !== undefined) {
        this.#enterWindow(this.#window);
        if (this.#header.placeHolds(rule, true) && this.#programHolds(rule)) return true;
        const isGuarded = (flags & RuleFlag.GUARDED) !== 0 && !this.#guardHolds(rule);
        this.#leaveWindow();
        if (isGuarded) return false;
      }
      if ((flags & RuleFlag.ON_SEGMENT) === 0 && this.#isInStream) return false;
    }
    return this.#header.placeHolds(rule, this.#judging === JUDGING_STREAM) && this.#programHolds(rule);
  }

  /** The section with which the program begins. */
  #guardHolds(rule: number): boolean {
    const words = this.image.program;
    const at = this.image.rules[rule * RULE_STRIDE + RuleColumn.PROGRAM]!;
    return this.#sectionHolds(words[at + 2]!, words[at + 3]!, words[at + 1]!, words[at + 4]!);
  }

  #enterWindow(window: StreamWindow): void {
    this.#isOnWindow = true;
    this.#judging = JUDGING_STREAM;
    this.setPayload(window.bytes, window.offset, window.length);
  }

  #leaveWindow(): void {
    const packet = this.#packet!;
    this.#isOnWindow = false;
    this.#judging = JUDGING_PACKET;
    this.setPayload(packet.bytes, packet.payloadOffset, this.#packetLength);
  }

  #programHolds(rule: number): boolean {
    const words = this.image.program;
    let at = this.image.rules[rule * RULE_STRIDE + RuleColumn.PROGRAM]!;
    for (;;) {
      const next = words[at + 1]!;
      switch (words[at]) {
        case Op.END:
          return true;
        case Op.SECTION:
          if (!this.#sectionHolds(words[at + 2]!, words[at + 3]!, next, words[at + 4]!)) return false;
          at = words[at + 4]!;
          continue;
        case Op.PACKET_TEST: {
          const a = this.image.numbers[words[at + 4]!]!;
          const b = this.image.numbers[words[at + 5]!]!;
          if (!packetTestHolds(words[at + 2]!, words[at + 3]!, a, b, this.#packet, this.endpoints))
            return false;
          if (words[at + 2] !== PacketValue.DSIZE) break;
          if (!mayHaveSize(words[at + 3]!, a, b, this.#packetLength === 0 && this.#window === undefined))
            return false;
          break;
        }
        case Op.REPUTATION:
          if (!this.#header.areKnown(words[at + 2]!, words[at + 3]!, this.endpoints)) return false;
          break;
        case Op.MESSAGE_TEST:
        case Op.MESSAGE_NUMBER_IN:
        case Op.RECORD_TEST:
        case Op.MESSAGE_EVENT:
          if (!messageTestHolds(this.image, at, this.#message)) return false;
          break;
        default:
          if (!this.#marks.holds(at, this.endpoints)) return false;
      }
      at = next;
    }
  }

  /** Whether the conditions [at, end) hold for the payload, or for some instance of the field. */
  #sectionHolds(field: number, chain: number, at: number, end: number): boolean {
    if (field === PAYLOAD_FIELD) {
      const isWindow = this.#judging === JUDGING_STREAM;
      if (this.endpoints.isPayloadHidden && !isWindow) return false;
      // As in Suricata nothing holds of a payload that is not there, not even that it lacks something.
      if (this.#payloadLength === 0 && this.#window === undefined) return false;
      return this.#conditions.hold(at, end, this.#payload, this.#payloadOffset, this.#payloadLength);
    }
    if (!isMessageField(field)) return this.#headerHolds(field, chain, at, end);
    const message = this.#message;
    if (message === undefined) return false;
    for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
      const bytes = message.entryBytes[entry]!;
      const offset = message.entryOffset[entry]!;
      const length = message.entryLength[entry]!;
      if (this.#bytesHold(chain, at, end, bytes, offset, length)) return true;
    }
    return false;
  }

  /** The same for buffers that are no fields of a message: headers of the packet and its addresses. */
  #headerHolds(field: number, chain: number, at: number, end: number): boolean {
    if (field === PseudoField.IP_SOURCE || field === PseudoField.IP_DESTINATION) {
      const length = this.#addressBytes.fill(field, this.endpoints);
      return length > 0 && this.#bytesHold(chain, at, end, this.#addressBytes.bytes, 0, length);
    }
    const packet = this.#packet;
    if (packet === undefined) return false;
    if (field >= PseudoField.SIP_PDU) {
      const frames = this.#sipFrames;
      if (this.#message === undefined || !frames.find(field, this.#message, packet)) return false;
      return this.#bytesHold(chain, at, end, frames.bytes, frames.offset, frames.length);
    }
    const length = headerLength(field, packet);
    return length > 0 && this.#bytesHold(chain, at, end, packet.bytes, headerOffset(field, packet), length);
  }

  #bytesHold(
    chain: number,
    at: number,
    end: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    if (chain === 0) return this.#conditions.hold(at, end, bytes, offset, length);
    const transforms = this.#transforms;
    transforms.apply(chain, bytes, offset, length);
    return this.#conditions.hold(at, end, transforms.bytes, transforms.offset, transforms.length);
  }
}

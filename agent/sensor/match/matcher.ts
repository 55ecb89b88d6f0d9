import { Compare } from "../../signature/comparison.js";
import { RULE_STRIDE, RuleColumn, RuleFlag, type RuleImage, RuleKind } from "../../signature/image.js";
import { Op } from "../../signature/program.js";
import {
  FlowFlag,
  isMessageField,
  PAYLOAD_FIELD,
  PacketValue,
  PseudoField,
} from "../../signature/signature.js";
import type { MessageView } from "../proto/message-view.js";
import { IP_PROTOCOL_TCP, NO_BYTES, type PacketView } from "../wire/packet-view.js";
import { BufferConditions } from "./buffer-conditions.js";
import { CandidateFinder } from "./candidate-finder.js";
import type { CandidateList } from "./candidate-list.js";
import { compares } from "./comparison.js";
import { Endpoints } from "./endpoints.js";
import { HeaderTest } from "./header-test.js";
import { messageTestHolds } from "./message-values.js";
import { AddressBytes, headerLength, headerOffset } from "./packet-headers.js";
import { packetTestHolds } from "./packet-values.js";
import type { RuleMarks } from "./rule-marks.js";
import { RuleMemory } from "./rule-memory.js";
import { SipFrames } from "./sip-frames.js";
import type { Thresholds } from "./thresholds.js";
import { Transforms } from "./transforms.js";

/** Called for every alert, while packet, message and endpoints still hold what matched. */
export type AlertSink = (rule: number) => void;

/** What a literal deep in a stream waits for has to begin within this many bytes. */
const MAX_LITERAL_BYTES = 256;

/** What is being judged. */
const JUDGING_PACKET = 0;
const JUDGING_STREAM = 1;
const JUDGING_MESSAGE = 2;

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
  readonly #sink: AlertSink;
  readonly #finder: CandidateFinder;
  readonly #candidates: CandidateList;
  readonly #header: HeaderTest;
  readonly #conditions: BufferConditions;
  readonly #addressBytes = new AddressBytes();
  readonly #sipFrames = new SipFrames();
  readonly #transforms: Transforms;
  readonly #thresholds: Thresholds;
  readonly #marks: RuleMarks;
  /** 1 where no literal stands in what was seen of a stream, by flow and direction. */
  readonly #isSettled: Uint8Array;
  readonly #isWithoutRules: boolean;
  #judging = JUDGING_PACKET;
  #packet: PacketView | undefined;
  #message: MessageView | undefined;
  #payload: Uint8Array = NO_BYTES;
  #payloadOffset = 0;
  #payloadLength = 0;
  /** Bytes of a stream that were judged before, from the start of the payload. */
  #oldLength = 0;
  /** RuleFlag of what the alert just told does (DROP, REJECT, PASS); a rate_filter may have changed it. */
  alertAction = 0;
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
    this.#sink = sink;
    this.#header = new HeaderTest(image);
    this.memory = new RuleMemory(image, maxFlows, previous?.memory);
    this.#conditions = new BufferConditions(image, this.memory.dataSets);
    this.#transforms = new Transforms(image.transformChains);
    this.#finder = new CandidateFinder(image, this.endpoints, this.#transforms);
    this.#candidates = this.#finder.candidates;
    this.#isSettled = new Uint8Array(maxFlows * 2);
    this.#thresholds = this.memory.thresholds;
    this.#marks = this.memory.marks;
    this.judgedCount = previous?.judgedCount ?? 0;
    if (previous) {
      this.#conditions.limitReached = previous.limitCounts.evaluations;
      this.#finder.scanner.searchedBytes = previous.searchCounts.bytes;
      this.#finder.scanner.comparedCount = previous.searchCounts.compared;
      this.#finder.scanner.cutCount = previous.searchCounts.cut;
    }
  }

  /**
   * Judge header and payload of one packet.
   *
   * @param isFirst the first packet of the flow in this direction, or one without a flow: address rules are judged too
   * @param isInStream the payload is part of the stream, where stream rules see it
   */
  inspectPacket(packet: PacketView, isFirst: boolean, isInStream: boolean): void {
    const { endpoints } = this;
    if (this.#isWithoutRules || this.memory.isDecided(endpoints)) return;
    const payloadLength = packet.hasTunnelledPacket || endpoints.isPayloadHidden ? 0 : packet.payloadLength;
    const withStreamRules = !isInStream && payloadLength > 0 && endpoints.ipProtocol === IP_PROTOCOL_TCP;
    this.#finder.findForPacket(packet, payloadLength, isFirst, withStreamRules);
    if (this.#candidates.count === 0) return;
    this.setPayload(packet.bytes, packet.payloadOffset, payloadLength);
    this.#packet = packet;
    this.#message = undefined;
    this.#judging = JUDGING_PACKET;
    this.#judgeAll();
  }

  /**
   * Judge rules on in-order bytes of one direction; `packet` is the one that completed them.
   *
   * Bytes that were judged before stand in front of the new ones, so that a match may reach back. A rule that holds on the
   * old bytes alone has been told already and is passed over. Where no literal was found in the old bytes, only those
   * are looked for that end in new ones. Else a rule may have waited for more: at the head of a stream literals are looked
   * for in all bytes, since rules ask for several places of it; further in only in the last MAX_LITERAL_BYTES of the old.
   *
   * @param newLength how many of the bytes are new, from the end
   */
  inspectStream(
    packet: PacketView | undefined,
    bytes: Uint8Array,
    offset: number,
    length: number,
    newLength: number,
    isHead: boolean,
  ): void {
    if (newLength <= 0 || this.#isWithoutRules || this.memory.isDecided(this.endpoints)) return;
    const end = offset + length;
    const { flow, direction } = this.endpoints;
    const old = end - newLength;
    const isSettled = this.#isSettled[flow * 2 + direction] === 1;
    const fresh = isSettled ? old : isHead ? offset : Math.max(offset, old - MAX_LITERAL_BYTES);
    this.#finder.findForStream(bytes, offset, fresh, end);
    this.#isSettled[flow * 2 + direction] = this.#candidates.count === 0 ? 1 : 0;
    if (this.#candidates.count === 0) return;
    this.setPayload(bytes, offset, length);
    this.#packet = packet;
    this.#message = undefined;
    this.#judging = JUDGING_STREAM;
    this.#oldLength = length - newLength;
    this.#judgeAll();
  }

  /**
   * Judge rules on the fields of a message; `packet` is the one that completed it, if any. What their conditions on the
   * payload look at is given by `setPayload`.
   */
  inspectMessage(message: MessageView, packet: PacketView | undefined): void {
    if (this.#isWithoutRules || this.memory.isDecided(this.endpoints)) return;
    this.#finder.findForMessage(message);
    if (this.#candidates.count === 0) return;
    this.#packet = packet;
    this.#message = message;
    this.#judging = JUDGING_MESSAGE;
    this.#judgeAll();
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
  get searchCounts(): { bytes: number; compared: number; cut: number } {
    const { searchedBytes, comparedCount, cutCount } = this.#finder.scanner;
    return { bytes: searchedBytes, compared: comparedCount, cut: cutCount };
  }

  /** Evaluations cut off by their limit, and remembered thresholds and marks that were overwritten, since the start. */
  get limitCounts(): { evaluations: number; thresholds: number; hostMarks: number; dataSets: number } {
    return {
      evaluations: this.#conditions.limitReached + this.#transforms.cutCount,
      thresholds: this.#thresholds.evictions,
      hostMarks: this.#marks.evictions,
      dataSets: this.memory.dataSets.refusedCount,
    };
  }

  /** Forget flows, thresholds and marks: fresh state for another capture. */
  clear(): void {
    this.memory.clear();
    this.#isSettled.fill(0);
  }

  setPayload(bytes: Uint8Array, offset: number, length: number): void {
    this.#payload = bytes;
    this.#payloadOffset = offset;
    this.#payloadLength = length;
  }

  #judgeAll(): void {
    const { rules, count } = this.#candidates;
    this.#candidates.sort();
    this.#header.begin(this.endpoints);
    this.judgedCount += count;
    for (let i = 0; i < count; i++) {
      const rule = rules[i]!;
      if (!this.#header.holds(rule, this.endpoints) || !this.#placeHolds(rule)) continue;
      if (!this.#programHolds(rule) || this.#isToldBefore(rule)) continue;
      if (this.#matched(rule)) return;
    }
  }

  /** Whether a rule that holds on the stream holds without its new bytes as well. */
  #isToldBefore(rule: number): boolean {
    if (this.#judging !== JUDGING_STREAM || this.#oldLength <= 0) return false;
    const length = this.#payloadLength;
    this.#payloadLength = this.#oldLength;
    const isTold = this.#programHolds(rule);
    this.#payloadLength = length;
    return isTold;
  }

  /** `only_stream` and `no_stream` of the flow keyword. */
  #placeHolds(rule: number): boolean {
    const flowFlags = this.image.rules[rule * RULE_STRIDE + RuleColumn.FLOW_FLAGS]!;
    if ((flowFlags & (FlowFlag.ONLY_STREAM | FlowFlag.NO_STREAM)) === 0) return true;
    const isStream = this.#judging === JUDGING_STREAM;
    return isStream ? (flowFlags & FlowFlag.NO_STREAM) === 0 : (flowFlags & FlowFlag.ONLY_STREAM) === 0;
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
          if (
            words[at + 2] === PacketValue.DSIZE &&
            (this.endpoints.isPayloadHidden || this.#packet?.hasTunnelledPacket === true) &&
            (words[at + 3] === Compare.NOT_EQUAL || !compares(words[at + 3]!, 0, a, b))
          )
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
      // As in Suricata nothing holds of a payload that is not there, not even that it lacks something.
      if (this.endpoints.isPayloadHidden || this.#payloadLength === 0) return false;
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

  /** Effects and alert of a rule that matched; true where a pass rule ends the judging. */
  #matched(rule: number): boolean {
    const row = rule * RULE_STRIDE;
    const flags = this.image.rules[row + RuleColumn.FLAGS]!;
    const threshold = this.image.rules[row + RuleColumn.THRESHOLD]!;
    if ((flags & RuleFlag.HAS_EFFECTS) !== 0) this.#marks.applyEffects(rule, this.endpoints);
    if ((flags & RuleFlag.PASS) !== 0) {
      this.alertAction = RuleFlag.PASS;
      if ((flags & RuleFlag.ALERTING) !== 0) this.#sink(rule);
      this.memory.decide(this.endpoints);
      return true;
    }
    if ((flags & RuleFlag.BYPASSING) !== 0) this.memory.decide(this.endpoints);
    if ((flags & RuleFlag.NOALERT) !== 0) {
      if ((flags & RuleFlag.SUPPRESSED) !== 0) this.#thresholds.suppressedCount++;
      return false;
    }
    this.alertAction = flags;
    if (threshold >= 0) {
      if (!this.#thresholds.admits(threshold, this.endpoints)) return false;
      this.alertAction = this.#thresholds.newAction || this.alertAction;
      // As in Suricata the new action pass hides the alert and those of the rules behind.
      if (this.#thresholds.newAction === RuleFlag.PASS) return true;
    }
    this.#sink(rule);
    if ((flags & RuleFlag.DROP) !== 0 && this.image.rules[row + RuleColumn.KIND] !== RuleKind.PACKET)
      this.memory.decide(this.endpoints);
    return false;
  }
}

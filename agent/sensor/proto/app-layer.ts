import { EventMemory } from "./event-memory.js";
import type { HeldParser } from "./held-parser.js";
import { MessageView } from "./message-view.js";
import { Parsed, type ParsedCode, ParserInput, type TunnelState } from "./parser.js";
import { ProbeOrder, type RegisteredParser } from "./probe-order.js";
import { type DirectionId, Protocol, type ProtocolId } from "./protocols.js";

/** Called for every message, while `message` and `parser`/`state` hold it. */
export type MessageSink = (flow: number) => void;

/** More than the greatest number of an event (app-layer-events.ts, http2-event.ts). */
const MAX_EVENT_NUMBERS = 512;
/** Bytes of a direction after which nobody is asked any more. */
const PROBE_LIMIT_BYTES = 1024;
/** Datagrams of a flow that are probed before it counts as unknown. */
const PROBE_LIMIT_DATAGRAMS = 4;
/** Trials of a stream, shifted by a direction: it was not recognised, and nobody recognises it whatever follows. */
const IS_UNKNOWN = 1;
const IS_HOPELESS = 4;
const UNKNOWN_BITS = IS_UNKNOWN | (IS_UNKNOWN << 1);
/** Beside them, of a flow that has a parser: a message has told of something odd. */
const HAS_EVENTS = 128;
/** Messages taken out of one packet: a bound against parsers that would go on for ever. */
const MAX_MESSAGES_PER_CALL = 4096;

/**
 * Recognises the application protocol of a flow by its first bytes and runs its parser, message by message.
 *
 * Per flow it holds a protocol number and, once recognised, the parser's state object; both go with the flow. Memory: the
 * columns, and one bounded state for each recognised flow.
 */
export class AppLayer {
  readonly message = new MessageView();
  /** About what the states of all flows take. */
  stateBytes = 0;
  readonly input = new ParserInput();
  /** Protocol of each flow; UNKNOWN while it is probed, FAILED when nobody knows it. */
  readonly protocols: Uint8Array;
  /** The protocol that was recognised last, which it stays where its parser has given up; UNKNOWN before that. */
  readonly recognised: Uint8Array;
  /** The protocol that gave way to that one, UNKNOWN where none did. */
  readonly original: Uint8Array;
  readonly #states: unknown[];
  /** State of the protocol that gave way to the one of the flow, by flow: few have one. */
  readonly #earlierStates = new Map<number, unknown>();
  readonly #trials: Uint8Array;
  readonly #parsers: (HeldParser | undefined)[];
  readonly #tcp: ProbeOrder;
  readonly #udp: ProbeOrder;
  /** Parsers of connections that other flows announce. */
  readonly #claimants: readonly HeldParser[];
  readonly #sink: MessageSink;
  /** The flow whose bytes are being parsed. */
  currentFlow = -1;
  /** Messages since the start, by protocol. */
  readonly messageCounts = new Float64Array(64);
  /** Malformations and oddities since the start, by their numbers. */
  readonly eventCounts = new Float64Array(MAX_EVENT_NUMBERS);
  readonly #events = new EventMemory();

  constructor(parsers: readonly RegisteredParser[], maxFlows: number, sink: MessageSink) {
    this.protocols = new Uint8Array(maxFlows);
    this.recognised = new Uint8Array(maxFlows);
    this.original = new Uint8Array(maxFlows);
    this.#states = new Array(maxFlows).fill(undefined);
    this.#parsers = new Array(maxFlows).fill(undefined);
    this.#trials = new Uint8Array(maxFlows);
    const of = (other: "tcp" | "udp") => parsers.filter(({ transport }) => transport !== other);
    this.#tcp = new ProbeOrder(of("udp"), true);
    this.#udp = new ProbeOrder(of("tcp"), false);
    this.#claimants = this.#tcp.parsers.filter(({ mayClaim }) => mayClaim);
    this.#sink = sink;
  }

  /** Whether the flow has spoken another protocol before. */
  hasChanged(flow: number): boolean {
    return this.#earlierStates.has(flow);
  }

  /** The flow is over, and all of it was parsed. */
  finish(flow: number): void {
    const parser = this.#parsers[flow]?.parser;
    if (parser?.finish?.(this.#states[flow], this.input, this.message) === true) this.#sink(flow);
  }

  /** The flow's slot is given to another flow. */
  release(flow: number): void {
    this.#forget(flow);
    if (this.#earlierStates.size > 0) this.#earlierStates.delete(flow);
    this.recognised[flow] = Protocol.UNKNOWN;
    this.original[flow] = Protocol.UNKNOWN;
  }

  #forget(flow: number): void {
    const held = this.#parsers[flow];
    if (held !== undefined) {
      if (held.isReleased) held.parser.release!(this.#states[flow]);
      this.stateBytes -= held.stateBytes;
      this.#states[flow] = undefined;
      this.#parsers[flow] = undefined;
      if ((this.#trials[flow]! & HAS_EVENTS) !== 0) this.#events.forget(flow);
    }
    this.protocols[flow] = Protocol.UNKNOWN;
    this.#trials[flow] = 0;
  }

  /**
   * What the flow is taken to speak: as in Suricata it stays that where its parser has given up, or where
   * it has given way to another that is yet to be seen.
   */
  spoken(flow: number): number {
    const protocol = this.protocols[flow]!;
    const isOpen = protocol === Protocol.FAILED || protocol === Protocol.UNKNOWN;
    return isOpen && this.recognised[flow] !== Protocol.UNKNOWN ? this.recognised[flow]! : protocol;
  }

  /** Whether anything is still to be learnt from the stream of this flow. */
  isFinished(flow: number): boolean {
    return this.protocols[flow] === Protocol.FAILED;
  }

  /** Whether the flow's parser may go on behind a hole. */
  mayPassGap(flow: number): boolean {
    return this.#parsers[flow]?.mayPassGap === true;
  }

  /** See `ProtocolParser.joinsOverGap`. */
  joinsOverGap(flow: number): boolean {
    return this.#parsers[flow]?.joinsOverGap === true;
  }

  /** See `ProtocolParser.readsUpToGap`. */
  readsUpToGap(flow: number): boolean {
    return this.#parsers[flow]?.readsUpToGap === true;
  }

  /** Ask the flow's parser to go on behind `byteCount` missing octets of a direction. */
  passGap(flow: number, direction: DirectionId, byteCount: number): boolean {
    return this.#parsers[flow]?.parser.passGap?.(this.#states[flow], direction, byteCount) ?? false;
  }

  /** What the parsers' shared memory counts, by dotted names. */
  addCounters(counters: Record<string, number>): void {
    for (const { parser } of this.#tcp.parsers) parser.addCounters?.(counters);
    for (const { parser } of this.#udp.parsers) parser.addCounters?.(counters);
  }

  /** The EVE object of the current message, for the flow it belongs to. */
  describe(flow: number): Readonly<Record<string, unknown>> {
    const parser = this.#parsers[flow]?.parser;
    return parser ? parser.describe(this.#states[flow], this.message) : {};
  }

  /** The EVE object of the current message for a record of its own. */
  describeRecord(flow: number): Readonly<Record<string, unknown>> {
    const parser = this.#parsers[flow]?.parser;
    if (parser?.describeRecord === undefined) return this.describe(flow);
    return parser.describeRecord(this.#states[flow], this.message);
  }

  /**
   * Find out what the flow speaks from the bytes in `input`, unless that is known. Returns whether there is a parser to
   * run; where there is none yet the bytes have to be kept, unless the flow `isFinished`.
   */
  recognise(flow: number, isDatagram: boolean): boolean {
    const protocol = this.protocols[flow]!;
    if (protocol === Protocol.FAILED) return false;
    if (protocol !== Protocol.UNKNOWN) return true;
    if (!isDatagram && this.#claim(flow)) return true;
    const order = isDatagram ? this.#udp : this.#tcp;
    const trials = this.#trials[flow]!;
    const { direction } = this.input;
    const isHopeless = !isDatagram && (trials & (IS_HOPELESS << direction)) !== 0;
    const found = isHopeless
      ? undefined
      : order.find(this.input, (trials & (IS_UNKNOWN << (direction ^ 1))) !== 0);
    if (found !== undefined) {
      const earlier = this.#earlierStates.size === 0 ? undefined : this.#earlierStates.get(flow);
      this.#begin(flow, found, found.parser.createState(earlier));
      return true;
    }
    if (isDatagram) this.#countDatagram(flow);
    else this.#countTrial(flow, !isHopeless && order.isUnsure);
    return false;
  }

  /** The flow is not to be read, whatever was recognised. */
  giveUp(flow: number): void {
    this.#forget(flow);
    this.protocols[flow] = Protocol.FAILED;
    this.recognised[flow] = Protocol.UNKNOWN;
  }

  /** What is shown next of a direction is not what stood there before: it is to be looked at anew. */
  lookAgain(flow: number, direction: DirectionId): void {
    this.#trials[flow] = this.#trials[flow]! & ~(IS_HOPELESS << direction);
  }

  /** What the bytes in `input` show by themselves, whatever the flow is known to speak. */
  probeDirection(isDatagram: boolean): ProtocolId | undefined {
    return (isDatagram ? this.#udp : this.#tcp).find(this.input, false)?.protocol;
  }

  /**
   * Run the parser over `input`, message by message. Leaves in `input.offset` and `input.skipBytes` what was consumed; the
   * answer says whether this direction (DONE) or the whole flow (FAILED) is of no further interest. Where a protocol gives
   * way to another (TunnelState) the flow is unknown again: what is unread is the beginning of what follows.
   */
  parse(flow: number): ParsedCode {
    const held = this.#parsers[flow];
    if (held === undefined) return Parsed.FAILED;
    const { parser } = held;
    this.currentFlow = flow;
    for (let i = 0; i < MAX_MESSAGES_PER_CALL; i++) {
      const code = held.parse.call(parser, this.#states[flow], this.input, this.message);
      if (code !== Parsed.MESSAGE) {
        if (code === Parsed.FAILED) this.protocols[flow] = Protocol.FAILED;
        if (code !== Parsed.DONE || !isTunnel(this.#states[flow])) return code;
        const earlier = this.#states[flow];
        this.original[flow] = held.protocol;
        this.#forget(flow);
        this.#earlierStates.set(flow, earlier);
        return Parsed.NEED_MORE;
      }
      this.messageCounts[held.protocol]!++;
      if (this.message.eventCount > 0) this.#trials[flow] = this.#trials[flow]! | HAS_EVENTS;
      if ((this.#trials[flow]! & HAS_EVENTS) !== 0) this.#joinEvents(flow);
      this.#sink(flow);
    }
    return Parsed.NEED_MORE;
  }

  #joinEvents(flow: number): void {
    const { message, eventCounts } = this;
    this.#events.join(flow, message);
    for (let i = message.toldEventCount; i < message.eventCount; i++) eventCounts[message.events[i]!]!++;
  }

  #begin(flow: number, held: HeldParser, state: unknown): void {
    this.protocols[flow] = held.protocol;
    this.recognised[flow] = held.protocol;
    this.stateBytes += held.stateBytes;
    this.#parsers[flow] = held;
    this.#states[flow] = state;
  }

  /** Whether the flow was announced by another one. */
  #claim(flow: number): boolean {
    for (let i = 0; i < this.#claimants.length; i++) {
      const held = this.#claimants[i]!;
      const state = held.parser.claim?.(this.input);
      if (state === undefined) continue;
      this.#begin(flow, held, state);
      return true;
    }
    return false;
  }

  #countDatagram(flow: number): void {
    const trials = this.#trials[flow]! + 1;
    this.#trials[flow] = trials;
    if (trials >= PROBE_LIMIT_DATAGRAMS) this.protocols[flow] = Protocol.FAILED;
  }

  /** A direction that nobody recognises waits for the other one; when both have failed the flow is given up. */
  #countTrial(flow: number, isUnsure: boolean): void {
    const { input } = this;
    const mayStillBeKnown = isUnsure && input.end - input.offset < PROBE_LIMIT_BYTES;
    if (mayStillBeKnown && !input.isEnd && !input.isFull) return;
    const trials =
      this.#trials[flow]! | ((isUnsure ? IS_UNKNOWN : IS_UNKNOWN | IS_HOPELESS) << input.direction);
    this.#trials[flow] = trials;
    const areBoth = (trials & UNKNOWN_BITS) === UNKNOWN_BITS;
    if (areBoth || input.isFull) this.protocols[flow] = Protocol.FAILED;
  }
}

function isTunnel(state: unknown): boolean {
  return (state as Partial<TunnelState> | undefined)?.isTunnel === true;
}

/**
 * Owns what each direction of a flow by itself shows of its protocol, as Suricata tells it: for `app-layer-protocol`, which asks for
 * the direction of the packet, and for the events of recognition (`applayer_…`). Parsers do not need it: for them a flow has one
 * protocol, whoever shows it first.
 *
 * A direction that nobody recognises has failed where the other one is known, or has failed as well; of TCP after so many bytes
 * that no beginning can still be meant, of UDP with its first datagram. Memory: 5 bytes a flow.
 */
import { TCP_CLOSED } from "./flow/flow-state.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { Endpoints } from "./match/endpoints.js";
import type { AppLayer } from "./proto/app-layer.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { RecognitionEvent } from "./proto/recognition-event.js";
import { TCP_RST } from "./wire/packet-view.js";

/**
 * Bytes after which nobody in Suricata can recognise a stream any more, of the client and of the server: longer than every pattern,
 * and than what the parsers want to see that are asked on the server's port. MQTT's and telnet's never give up.
 */
const DECIDED_BYTES = [17, 8] as const;
const DECIDED_BYTES_ON_PORT: ReadonlyMap<number, readonly [client: number, server: number]> = new Map([
  [23, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]],
  [53, [17, 15]],
  [80, [25, 9]],
  [139, [37, 37]],
  [445, [37, 37]],
  [1883, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]],
  [2049, [17, 12]],
  [3389, [17, 17]],
]);

/** Bits of a flow: a direction was looked at in vain; the server spoke first; the protocol has given way to another. */
const IN_VAIN = 1;
const HAS_DATA = 4;
const SERVER_FIRST = 8;
const AFTER_STARTTLS = 16;
const AFTER_HTTP = 32;

/** Shifted by a direction: it is looked at anew, and shows what it showed before until something else is found. */
const IS_AGAIN = 64;
/** Shifted by a direction: a packet of it was judged since it is known. */
const IS_TOLD = 256;
/** What shows that a direction has failed was acknowledged. */
const IS_FAILURE_KNOWN = 1024;
/** Shifted by a direction: that came to be known with a packet of it, for which it is no news yet. */
const IS_LATE = 2048;
/** Shifted by a direction: and a second packet; of UDP. */
const IS_TOLD_AGAIN = 8192;

/** 1 for each protocol that Suricata does not read; every packet is asked. */
const IS_FOREIGN = new Uint8Array(256);
for (const protocol of [Protocol.MDNS, Protocol.LLMNR, Protocol.NBNS, Protocol.POP3, Protocol.IMAP])
  IS_FOREIGN[protocol] = 1;
/** Protocols of which parsers here know the beginning of one side alone, and Suricata those of both. */
const SHOWN_BY_ONE: ReadonlySet<number> = new Set([Protocol.NFS, Protocol.HTTP2]);
/** Protocols whose clients have to speak first: where the server does, nobody reads the flow, as in Suricata. */
const CLIENT_FIRST: ReadonlySet<number> = new Set([Protocol.TLS]);

export class ProtocolFindings {
  /** What each direction shows, by flow and direction: UNKNOWN, FAILED or a protocol. */
  readonly #results: Uint8Array;
  readonly #flags: Uint16Array;
  /** Events that rules have not been asked about yet. */
  readonly #events: Uint8Array;

  constructor(maxFlows: number) {
    this.#results = new Uint8Array(maxFlows * 2);
    this.#flags = new Uint16Array(maxFlows);
    this.#events = new Uint8Array(maxFlows);
  }

  /** What the direction shows. */
  of(flow: number, direction: DirectionId): number {
    return this.#results[flow * 2 + direction]!;
  }

  /** Whether the direction is still to be looked at. */
  isOpen(flow: number, direction: DirectionId): boolean {
    return (
      this.#results[flow * 2 + direction] === Protocol.UNKNOWN ||
      (this.#flags[flow]! & (IS_AGAIN << direction)) !== 0
    );
  }

  /** Tell rules about the TCP packet at hand. As in Suricata nobody knows a protocol before what shows it was acknowledged. */
  fill(endpoints: Endpoints, tracker: FlowTracker, appLayer: AppLayer, flow: number): void {
    const { direction } = endpoints;
    const own = this.#results[flow * 2 + direction]!;
    const other = this.#results[flow * 2 + (direction ^ 1)]!;
    const { isEstablished, table } = tracker;
    const ownBytes = knownBytes(tracker, flow, direction);
    const otherBytes = knownBytes(tracker, flow, direction ^ 1);
    const isShown =
      isProtocol(own) || isProtocol(other)
        ? (isProtocol(own) && ownBytes > 0) || (isProtocol(other) && otherBytes > 0)
        : ownBytes > 0 || otherBytes > 0;
    endpoints.applicationProtocol = isShown ? appLayer.spoken(flow) : Protocol.UNKNOWN;
    if (own === Protocol.FAILED || other === Protocol.FAILED || IS_FOREIGN[appLayer.protocols[flow]!] === 1)
      this.#noteFailure(flow, direction, table.serverPort(flow), ownBytes, otherBytes);
    const failure = this.of(flow, direction) === Protocol.FAILED ? IS_FAILURE_KNOWN : 0;
    const isOwn = failure === 0 ? ownBytes > 0 : (this.#flags[flow]! & failure) !== 0;
    endpoints.directionProtocol = isOwn ? this.of(flow, direction) : Protocol.UNKNOWN;
    const isUnacknowledged = (isProtocol(own) && ownBytes === 0) || (isProtocol(other) && otherBytes === 0);
    endpoints.recognitionEvents = isEstablished && !isUnacknowledged ? this.#takeKnownEvents(flow) : 0;
    this.#fillNews(endpoints, flow);
  }

  /** The same at the end of the flow. */
  fillAtEnd(endpoints: Endpoints, appLayer: AppLayer, flow: number): void {
    endpoints.applicationProtocol = appLayer.spoken(flow);
    endpoints.directionProtocol = this.of(flow, endpoints.direction);
    endpoints.recognitionEvents = this.takeEvents(flow);
    endpoints.isProtocolNews = false;
  }

  /** The same for a datagram. As in Suricata it is news for the first two of each direction. */
  fillForDatagram(endpoints: Endpoints, appLayer: AppLayer, flow: number): void {
    this.fillAtEnd(endpoints, appLayer, flow);
    const { direction } = endpoints;
    const flags = this.#flags[flow]!;
    const isSecond = (flags & (IS_TOLD << direction)) !== 0;
    endpoints.isProtocolNews = !isSecond || (flags & (IS_TOLD_AGAIN << direction)) === 0;
    this.#flags[flow] = flags | ((isSecond ? IS_TOLD_AGAIN : IS_TOLD) << direction);
  }

  /** Whether what the packet at hand acknowledges shows that a direction has failed, that is to say both, or one beside the other. */
  #noteFailure(
    flow: number,
    direction: DirectionId,
    serverPort: number,
    ownBytes: number,
    otherBytes: number,
  ): void {
    const flags = this.#flags[flow]!;
    if ((flags & IS_FAILURE_KNOWN) !== 0) return;
    const own = this.#results[flow * 2 + direction]!;
    const other = this.#results[flow * 2 + (direction ^ 1)]!;
    if (ownBytes < neededBytes(own, flags, serverPort, direction)) return;
    if (otherBytes < neededBytes(other, flags, serverPort, direction ^ 1)) return;
    this.#flags[flow] = flags | IS_FAILURE_KNOWN | (IS_LATE << direction);
    if (isProtocol(own) || isProtocol(other)) return;
    this.#results[flow * 2] = Protocol.FAILED;
    this.#results[flow * 2 + 1] = Protocol.FAILED;
  }

  #takeKnownEvents(flow: number): number {
    const isWaiting = (this.#events[flow]! & RecognitionEvent.ONLY_ONE_DIRECTION) !== 0;
    return isWaiting && (this.#flags[flow]! & IS_FAILURE_KNOWN) === 0 ? 0 : this.takeEvents(flow);
  }

  /** The events since the last time, as bits of RecognitionEvent. */
  takeEvents(flow: number): number {
    const events = this.#events[flow]!;
    if (events !== 0) this.#events[flow] = 0;
    return events;
  }

  /**
   * Bytes of a direction that is open were put before the parsers.
   *
   * @param position where they begin in the stream
   * @param before the flow's protocol before
   * @returns whether the flow is to be read
   */
  look(flow: number, direction: DirectionId, appLayer: AppLayer, position: number, before: number): boolean {
    this.#noteFirst(flow, direction);
    const protocol = ownProtocol(appLayer.protocols[flow]!);
    const isFirst = before === Protocol.UNKNOWN && protocol !== Protocol.UNKNOWN;
    if (isFirst && protocol !== Protocol.FAILED) {
      const isRead = this.#found(flow, direction, protocol);
      // A connection that another one has announced is known in both directions.
      if (protocol === Protocol.FTP_DATA) this.#results[flow * 2 + (direction ^ 1)] = protocol;
      return isRead;
    }
    const { input } = appLayer;
    let own = Protocol.UNKNOWN as number;
    if (SHOWN_BY_ONE.has(protocol)) own = protocol;
    else if (position === 0 && before !== Protocol.UNKNOWN)
      own = ownProtocol(appLayer.probeDirection(false) ?? Protocol.UNKNOWN);
    if (own !== Protocol.UNKNOWN) return this.#found(flow, direction, own);
    if (protocol === Protocol.FAILED) this.#lookedInVain(flow, direction);
    else {
      const serverPort = direction === TO_SERVER ? input.destinationPort : input.sourcePort;
      const seen = position + input.end - input.offset;
      if (seen >= decidedBytes(serverPort, direction)) this.#lookedInVain(flow, direction);
    }
    return true;
  }

  /** The first datagram of a direction was put before the parsers. */
  lookAtDatagram(flow: number, direction: DirectionId, appLayer: AppLayer, before: number): void {
    const protocol = ownProtocol(appLayer.protocols[flow]!);
    const other = this.#results[flow * 2 + (direction ^ 1)]!;
    let own = Protocol.UNKNOWN as number;
    if (isProtocol(protocol)) {
      const isFirst = before === Protocol.UNKNOWN;
      own = isFirst ? protocol : ownProtocol(appLayer.probeDirection(true) ?? Protocol.UNKNOWN);
    }
    const isOwn = own !== Protocol.UNKNOWN;
    if (isOwn && isProtocol(other) && other !== own)
      this.#raise(flow, RecognitionEvent.MISMATCH_BOTH_DIRECTIONS);
    if (isOwn) this.#results[flow * 2 + direction] = own;
    else this.passDatagram(flow, direction);
  }

  /** The first datagram of a direction shows nothing. */
  passDatagram(flow: number, direction: DirectionId): void {
    const other = this.#results[flow * 2 + (direction ^ 1)]!;
    this.#results[flow * 2 + direction] = other === Protocol.UNKNOWN ? Protocol.FAILED : other;
  }

  /** The protocol of the flow gives way to another, which is recognised anew. */
  change(flow: number, earlier: number): void {
    const after = earlier === Protocol.HTTP1 ? AFTER_HTTP : AFTER_STARTTLS;
    const told = this.#flags[flow]! & (IS_TOLD | (IS_TOLD << 1));
    this.#flags[flow] = HAS_DATA | after | IS_AGAIN | (IS_AGAIN << 1) | told;
  }

  /** The flow's slot is given to another flow. */
  release(flow: number): void {
    this.#results[flow * 2] = Protocol.UNKNOWN;
    this.#results[flow * 2 + 1] = Protocol.UNKNOWN;
    this.#flags[flow] = 0;
    this.#events[flow] = 0;
  }

  #fillNews(endpoints: Endpoints, flow: number): void {
    const bit = IS_TOLD << endpoints.direction;
    const flags = this.#flags[flow]!;
    const late = IS_LATE << endpoints.direction;
    const isLate = endpoints.directionProtocol === Protocol.FAILED && (flags & late) !== 0;
    if (isLate) this.#flags[flow] = flags & ~late;
    endpoints.isProtocolNews =
      endpoints.directionProtocol !== Protocol.UNKNOWN && (flags & bit) === 0 && !isLate;
    if (endpoints.isProtocolNews) this.#flags[flow] = flags | bit;
  }

  #noteFirst(flow: number, direction: DirectionId): void {
    const flags = this.#flags[flow]!;
    if ((flags & HAS_DATA) !== 0) return;
    this.#flags[flow] = flags | HAS_DATA | (direction === TO_CLIENT ? SERVER_FIRST : 0);
  }

  /** @returns whether the flow is to be read */
  #found(flow: number, direction: DirectionId, protocol: number): boolean {
    const flags = this.#flags[flow]!;
    const otherIndex = flow * 2 + (direction ^ 1);
    // What the other direction showed before it was to be looked at anew does not count.
    if ((flags & (IS_AGAIN << (direction ^ 1))) !== 0) this.#results[otherIndex] = Protocol.UNKNOWN;
    const other = this.#results[otherIndex]!;
    this.#flags[flow] = flags & ~(IS_AGAIN | (IS_AGAIN << 1) | (IS_TOLD << direction));
    this.#results[flow * 2 + direction] = protocol;
    if (isProtocol(other)) {
      if (other !== protocol) this.#raise(flow, RecognitionEvent.MISMATCH_BOTH_DIRECTIONS);
      return true;
    }
    const isOtherInVain = (flags & (IN_VAIN << (direction ^ 1))) !== 0;
    if ((flags & SERVER_FIRST) !== 0 && !isOtherInVain && CLIENT_FIRST.has(protocol)) {
      this.#raise(flow, RecognitionEvent.WRONG_DIRECTION_FIRST_DATA);
      this.#results[otherIndex] = Protocol.FAILED;
      return false;
    }
    this.#compareWithExpected(flow, protocol, flags);
    if (isOtherInVain) this.#fail(flow, direction === TO_SERVER ? 1 : 0);
    return true;
  }

  #compareWithExpected(flow: number, protocol: number, flags: number): void {
    if ((flags & (AFTER_STARTTLS | AFTER_HTTP)) === 0 || protocol === Protocol.TLS) return;
    if ((flags & AFTER_HTTP) !== 0 && protocol === Protocol.HTTP2) return;
    this.#raise(flow, RecognitionEvent.UNEXPECTED_PROTOCOL | RecognitionEvent.NO_TLS_AFTER_STARTTLS);
  }

  /** Nobody recognises the direction. */
  #lookedInVain(flow: number, direction: DirectionId): void {
    // What was known before stays where nothing else is found.
    if ((this.#flags[flow]! & (IS_AGAIN << direction)) !== 0) return;
    const flags = this.#flags[flow]! | (IN_VAIN << direction);
    this.#flags[flow] = flags;
    const other = this.#results[flow * 2 + (direction ^ 1)]!;
    if (isProtocol(other)) this.#fail(flow, direction);
    else if ((flags & (IN_VAIN | (IN_VAIN << 1))) === (IN_VAIN | (IN_VAIN << 1))) {
      this.#results[flow * 2] = Protocol.FAILED;
      this.#results[flow * 2 + 1] = Protocol.FAILED;
    }
  }

  /** The other direction alone shows what the flow speaks. */
  #fail(flow: number, direction: DirectionId): void {
    this.#results[flow * 2 + direction] = Protocol.FAILED;
    this.#raise(flow, RecognitionEvent.ONLY_ONE_DIRECTION);
  }

  #raise(flow: number, events: number): void {
    this.#events[flow] = this.#events[flow]! | events;
  }
}

/** What Suricata has read of a direction: what was acknowledged, and all where its sender has cut the connection off. */
function knownBytes(tracker: FlowTracker, flow: number, direction: number): number {
  const { streams, table } = tracker;
  const isCutOff = table.tcpState(flow) === TCP_CLOSED && (tracker.tcpFlags(flow, direction) & TCP_RST) !== 0;
  return isCutOff ? streams.receivedBytes(flow, direction) : streams.acknowledgedBytes(flow, direction);
}

/** Acknowledged bytes that a direction of this result needs, so that another one can have failed. */
function neededBytes(result: number, flags: number, serverPort: number, direction: number): number {
  if (isProtocol(result)) return 1;
  const isWrongWay = result === Protocol.FAILED && (flags & (IN_VAIN << direction)) === 0;
  return isWrongWay ? 0 : decidedBytes(serverPort, direction);
}

function decidedBytes(serverPort: number, direction: number): number {
  return (DECIDED_BYTES_ON_PORT.get(serverPort) ?? DECIDED_BYTES)[direction]!;
}

function isProtocol(result: number): boolean {
  return result !== Protocol.UNKNOWN && result !== Protocol.FAILED;
}

/** A protocol as Suricata would tell it. */
function ownProtocol(protocol: number): number {
  return IS_FOREIGN[protocol] === 1 ? Protocol.UNKNOWN : protocol;
}

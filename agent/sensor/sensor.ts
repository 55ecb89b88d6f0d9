import type { RuleImage } from "../signature/image.js";
import type { FrameSink } from "./capture/packet-source.js";
import type { Detection } from "./detection.js";
import { buildDetection } from "./detection-builder.js";
import { Defragmenter } from "./flow/defrag.js";
import type { FlowLimits } from "./flow/flow-limits.js";
import { FlowTracker } from "./flow/flow-tracker.js";
import { APP, RAW } from "./flow/stream-buffers.js";
import type { Endpoints } from "./match/endpoints.js";
import { Matcher } from "./match/matcher.js";
import { AppLayer, type RegisteredParser } from "./proto/app-layer.js";
import { Parsed } from "./proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { sensorCounters } from "./sensor-counters.js";
import { FrameDecoder } from "./wire/frame-decoder.js";
import { IP_PROTOCOL_SCTP, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, type PacketView } from "./wire/packet-view.js";

/** Flows whose time-out is looked at per packet, and in a burst after a second without packets. */
const EXPIRE_PER_PACKET = 2;
/** The stream is searched again with this many bytes before the new ones, so that a literal cut in two is found. */
const RAW_OVERLAP_BYTES = 2560;

export interface SensorOptions {
  readonly image: RuleImage;
  readonly interfaceName: string;
  readonly flowLimits: FlowLimits;
  readonly parsers: readonly RegisteredParser[];
  readonly onDetection: (detection: Detection) => void;
  /** Wall time in milliseconds, asked once a detection. */
  readonly wallMs: () => number;
}

/**
 * The run-to-completion loop: one frame in, all that it completes judged, nothing kept but flow state.
 *
 * Order per packet, as in Suricata: flow and stream are updated and the protocol recognised; packet rules; stream rules;
 * then messages, each with its rules.
 */
export class Sensor implements FrameSink {
  readonly #options: SensorOptions;
  readonly #decoder = new FrameDecoder();
  readonly #datagramDecoder = new FrameDecoder();
  readonly #defragmenter = new Defragmenter({
    maxDatagrams: 1024,
    maxBytes: 8 * 1024 * 1024,
    timeoutUs: 60_000_000,
  });
  readonly #tracker: FlowTracker;
  readonly #appLayer: AppLayer;
  #matcher: Matcher;
  #packet: PacketView | undefined;
  /** A hole follows behind the input that was filled last. */
  #hasGap = false;
  packetCount = 0;
  byteCount = 0;
  detectionCount = 0;

  constructor(options: SensorOptions) {
    this.#options = options;
    this.#tracker = new FlowTracker(options.flowLimits, (flow) => this.#releaseFlow(flow));
    this.#appLayer = new AppLayer(options.parsers, options.flowLimits.maxFlows, (flow) =>
      this.#inspectMessage(flow),
    );
    this.#matcher = this.#newMatcher(options.image);
  }

  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    this.packetCount++;
    this.byteCount += wireLength;
    const count = this.#decoder.decodeFrame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
    this.#processAll(this.#decoder, count);
    this.#tracker.expire(timeUs, EXPIRE_PER_PACKET);
  }

  /** Judge what is still unfinished, as at the end of a capture. */
  finish(): void {
    this.#tracker.releaseAll();
  }

  /** Forget all state but the rules, so that another capture starts fresh. */
  reset(): void {
    this.#tracker.reset();
    this.#matcher.clear();
    this.#defragmenter.reset();
  }

  /** Judge by other rules from the next packet on. Flows stay; marks and thresholds start anew. */
  swapRules(image: RuleImage): void {
    this.#matcher = this.#newMatcher(image);
  }

  /** All counters of the sensor by their dotted names. */
  counters(): Record<string, number> {
    return sensorCounters(
      this,
      this.#decoder,
      this.#defragmenter,
      this.#tracker,
      this.#appLayer,
      this.#matcher,
    );
  }

  #newMatcher(image: RuleImage): Matcher {
    return new Matcher(image, this.#options.flowLimits.maxFlows, (rule) => this.#alert(rule));
  }

  /** Tunnelled packets first, as Suricata judges them. */
  #processAll(decoder: FrameDecoder, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      const packet = decoder.packets[i]!;
      this.#process(packet, decoder === this.#datagramDecoder);
      if (packet.isFragment && decoder === this.#decoder && this.#defragmenter.add(packet)) {
        const { bytes, offset, end } = this.#defragmenter;
        const parts = this.#datagramDecoder.decodeDatagram(
          bytes,
          offset,
          end,
          packet.timeUs,
          packet.tunnelDepth,
        );
        this.#processAll(this.#datagramDecoder, parts);
      }
    }
  }

  #process(packet: PacketView, isReassembled: boolean): void {
    this.#packet = packet;
    const tracker = this.#tracker;
    const flow = packet.ipVersion === 0 || packet.isFragment ? -1 : tracker.track(packet);
    const endpoints = this.#matcher.endpoints;
    fillFromPacket(endpoints, packet);
    endpoints.isReassembled = isReassembled;
    endpoints.flow = flow;
    endpoints.direction = flow < 0 ? TO_SERVER : (tracker.direction as DirectionId);
    endpoints.isEstablished = flow >= 0 && tracker.isEstablished;
    endpoints.flowGeneration = flow < 0 ? 0 : tracker.table.generation[flow]!;
    if (flow < 0) {
      endpoints.applicationProtocol = 0;
      this.#matcher.inspectPacket(packet, true, false);
    } else if (packet.ipProtocol === IP_PROTOCOL_TCP) {
      this.#processSegment(packet, flow, endpoints.direction);
    } else {
      this.#processDatagram(packet, flow);
    }
    this.#packet = undefined;
  }

  #processSegment(packet: PacketView, flow: number, direction: DirectionId): void {
    const tracker = this.#tracker;
    const hasInput = tracker.hasNewStreamData && this.#fillInput(flow, direction, packet.timeUs);
    const isKnown = hasInput && this.#appLayer.recognise(flow, false);
    this.#matcher.endpoints.applicationProtocol = this.#appLayer.protocols[flow]!;
    this.#matcher.inspectPacket(packet, this.#isFirst(flow, direction), tracker.isPacketInStream);
    if (tracker.hasNewStreamData) this.#inspectStream(packet, flow, direction);
    if (isKnown) {
      this.#parse(flow, direction, packet.timeUs);
      this.#parseOther(flow, direction === TO_SERVER ? TO_CLIENT : TO_SERVER, packet.timeUs);
    } else if (hasInput && this.#appLayer.isFinished(flow)) {
      this.#stopBoth(flow);
    }
    tracker.streams.finishPacket();
  }

  #processDatagram(packet: PacketView, flow: number): void {
    const appLayer = this.#appLayer;
    const { direction } = this.#matcher.endpoints;
    let isKnown = false;
    if (packet.ipProtocol === IP_PROTOCOL_UDP && packet.payloadLength > 0 && !packet.hasTunnelledPacket) {
      const { input } = appLayer;
      input.bytes = packet.bytes;
      input.offset = packet.payloadOffset;
      input.end = packet.payloadOffset + packet.payloadLength;
      input.direction = direction;
      input.isEnd = true;
      input.isFull = false;
      input.skipBytes = 0;
      input.timeUs = packet.timeUs;
      input.sourcePort = packet.sourcePort;
      input.destinationPort = packet.destinationPort;
      isKnown = appLayer.recognise(flow, true);
    }
    this.#matcher.endpoints.applicationProtocol = appLayer.protocols[flow]!;
    this.#matcher.inspectPacket(packet, this.#isFirst(flow, direction), false);
    if (isKnown) appLayer.parse(flow);
  }

  #isFirst(flow: number, direction: DirectionId): boolean {
    return this.#tracker.table.packets[flow * 2 + direction] === 1;
  }

  /** Put the unread bytes of a direction before the parsers; false where there are none. */
  #fillInput(flow: number, direction: DirectionId, timeUs: number): boolean {
    const { streams, table } = this.#tracker;
    if (!streams.span(flow, direction, APP)) return false;
    const { input } = this.#appLayer;
    input.bytes = streams.bytes;
    input.offset = streams.offset;
    input.end = streams.end;
    input.direction = direction;
    input.isEnd = streams.isEnd;
    this.#hasGap = streams.hasGap;
    input.isFull = streams.isFull;
    input.skipBytes = 0;
    input.timeUs = timeUs;
    const isFromClient = direction === TO_SERVER;
    input.sourcePort = isFromClient ? table.clientPort[flow]! : table.serverPort[flow]!;
    input.destinationPort = isFromClient ? table.serverPort[flow]! : table.clientPort[flow]!;
    return true;
  }

  /** Run the parser over the input that was filled, then over what the stream shows next (behind a hole, from a full head). */
  #parse(flow: number, direction: DirectionId, timeUs: number): void {
    const { input } = this.#appLayer;
    const { streams } = this.#tracker;
    for (;;) {
      const start = input.offset;
      const code = this.#appLayer.parse(flow);
      const consumed = input.offset - start;
      if (code === Parsed.FAILED) {
        this.#stopBoth(flow);
        return;
      }
      if (code === Parsed.DONE) {
        streams.stop(flow, direction, APP);
        return;
      }
      if (consumed > 0) streams.consume(flow, direction, APP, consumed);
      if (input.skipBytes > 0) streams.skip(flow, direction, APP, input.skipBytes);
      const isMore = this.#hasGap || (input.isFull && consumed > 0);
      if (!isMore || !this.#fillInput(flow, direction, timeUs)) return;
    }
  }

  /** Bytes of the other direction that waited for the protocol to be recognised. */
  #parseOther(flow: number, direction: DirectionId, timeUs: number): void {
    if (this.#tracker.streams.isStopped(flow, direction, APP)) return;
    if (!this.#fillInput(flow, direction, timeUs) || this.#appLayer.isFinished(flow)) return;
    this.#turnEndpoints();
    this.#parse(flow, direction, timeUs);
    this.#turnEndpoints();
  }

  #stopBoth(flow: number): void {
    this.#tracker.streams.stop(flow, TO_SERVER, APP);
    this.#tracker.streams.stop(flow, TO_CLIENT, APP);
  }

  /** Payload rules see the unread bytes with some of the ones before. */
  #inspectStream(packet: PacketView | undefined, flow: number, direction: DirectionId): void {
    const { streams } = this.#tracker;
    if (!streams.span(flow, direction, RAW)) return;
    const length = streams.end - streams.offset;
    const isLast = streams.isEnd || streams.isFull;
    this.#matcher.inspectStream(packet, streams.bytes, streams.offset, length);
    const surplus = isLast ? length : length - RAW_OVERLAP_BYTES;
    if (surplus > 0) streams.consume(flow, direction, RAW, surplus);
  }

  #inspectMessage(flow: number): void {
    const { message } = this.#appLayer;
    const { endpoints } = this.#matcher;
    endpoints.applicationProtocol = this.#appLayer.protocols[flow]!;
    if (message.direction === endpoints.direction) {
      this.#matcher.inspectMessage(message, this.#packet);
      return;
    }
    // The message says that the packet went the other way than the flow was begun (an answer seen first).
    const direction = endpoints.direction;
    endpoints.direction = message.direction;
    this.#matcher.inspectMessage(message, this.#packet);
    endpoints.direction = direction;
  }

  #alert(rule: number): void {
    this.detectionCount++;
    const { endpoints, image, message } = this.#matcher;
    const detection = buildDetection({
      image,
      rule,
      endpoints,
      table: this.#tracker.table,
      interfaceName: this.#options.interfaceName,
      observedMs: this.#options.wallMs(),
      metadata: message === undefined ? {} : this.#appLayer.describe(endpoints.flow),
    });
    this.#options.onDetection(detection);
  }

  /** The flow ends: what its parsers still hold is judged as it is. */
  #releaseFlow(flow: number): void {
    const { table } = this.#tracker;
    if (table.ipProtocol[flow] === IP_PROTOCOL_TCP && !this.#appLayer.isFinished(flow)) {
      this.#flush(flow, TO_SERVER);
      this.#flush(flow, TO_CLIENT);
    }
    this.#appLayer.release(flow);
  }

  #flush(flow: number, direction: DirectionId): void {
    const { table, streams } = this.#tracker;
    const timeUs = table.lastUs[flow]!;
    if (streams.isStopped(flow, direction, APP) || !this.#fillInput(flow, direction, timeUs)) return;
    const packet = this.#packet;
    this.#packet = undefined;
    this.#fillFromFlow(flow, direction);
    this.#appLayer.input.isEnd = true;
    if (this.#appLayer.recognise(flow, false)) this.#appLayer.parse(flow);
    this.#packet = packet;
  }

  #fillFromFlow(flow: number, direction: DirectionId): void {
    const { table } = this.#tracker;
    const { endpoints } = this.#matcher;
    const isFromClient = direction === TO_SERVER;
    const from = isFromClient ? table.clientAddress : table.serverAddress;
    const to = isFromClient ? table.serverAddress : table.clientAddress;
    for (let i = 0; i < 4; i++) {
      endpoints.source[i] = from[flow * 4 + i]!;
      endpoints.destination[i] = to[flow * 4 + i]!;
    }
    endpoints.sourcePort = isFromClient ? table.clientPort[flow]! : table.serverPort[flow]!;
    endpoints.destinationPort = isFromClient ? table.serverPort[flow]! : table.clientPort[flow]!;
    endpoints.hasPorts = true;
    endpoints.isReassembled = false;
    endpoints.ipVersion = table.ipVersion[flow]!;
    endpoints.ipProtocol = table.ipProtocol[flow]!;
    endpoints.timeUs = table.lastUs[flow]!;
    endpoints.flow = flow;
    endpoints.flowGeneration = table.generation[flow]!;
    endpoints.direction = direction;
    endpoints.isEstablished = true;
  }

  /** Look at the packet from the other end. */
  #turnEndpoints(): void {
    const { endpoints } = this.#matcher;
    for (let i = 0; i < 4; i++) {
      const word = endpoints.source[i]!;
      endpoints.source[i] = endpoints.destination[i]!;
      endpoints.destination[i] = word;
    }
    const port = endpoints.sourcePort;
    endpoints.sourcePort = endpoints.destinationPort;
    endpoints.destinationPort = port;
    endpoints.direction = endpoints.direction === TO_SERVER ? TO_CLIENT : TO_SERVER;
  }
}

function fillFromPacket(endpoints: Endpoints, packet: PacketView): void {
  for (let i = 0; i < 4; i++) {
    endpoints.source[i] = packet.source[i]!;
    endpoints.destination[i] = packet.destination[i]!;
  }
  endpoints.ipVersion = packet.ipVersion;
  endpoints.ipProtocol = packet.ipProtocol;
  endpoints.sourcePort = packet.sourcePort;
  endpoints.destinationPort = packet.destinationPort;
  endpoints.hasPorts =
    packet.transportOffset > 0 &&
    (packet.ipProtocol === IP_PROTOCOL_TCP ||
      packet.ipProtocol === IP_PROTOCOL_UDP ||
      packet.ipProtocol === IP_PROTOCOL_SCTP);
  endpoints.timeUs = packet.timeUs;
}

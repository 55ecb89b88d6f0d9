/**
 * Packets for tests of the flow room, filled in as views without going through frames: what matters here is the
 * sequence of segments, not their encoding.
 */
import { parseAddress } from "../../agent/base/address.js";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "../../agent/sensor/flow/flow-limits.js";
import { FlowTracker } from "../../agent/sensor/flow/flow-tracker.js";
import type { StreamBuffers } from "../../agent/sensor/flow/stream-buffers.js";
import { STREAM_EVENT_NAMES } from "../../agent/sensor/flow/stream-event.js";
import { APP, RAW, type ReaderId } from "../../agent/sensor/flow/stream-heads.js";
import {
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  PacketView,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
} from "../../agent/sensor/wire/packet-view.js";

const FLAG_BITS: Readonly<Record<string, number>> = {
  F: TCP_FIN,
  S: TCP_SYN,
  R: TCP_RST,
  P: TCP_PSH,
  A: TCP_ACK,
  U: TCP_URG,
};

/** 2026-11-23 00:00:00 UTC. */
export const TEST_START_US = 1_795_392_000_000_000;

export interface PacketFields {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly payload?: string | Uint8Array;
  readonly timeUs?: number;
  readonly vlans?: readonly number[];
}

/** Any IP packet with a payload. */
export function ipPacket(fields: PacketFields): PacketView {
  const payload =
    typeof fields.payload === "string"
      ? Buffer.from(fields.payload, "latin1")
      : (fields.payload ?? new Uint8Array(0));
  // Bytes before the payload stand for the headers: offsets are not zero in real packets either.
  const bytes = new Uint8Array(payload.length + 54);
  bytes.set(payload, 54);
  const view = new PacketView();
  view.reset(bytes, 0, bytes.length, bytes.length, fields.timeUs ?? TEST_START_US, 0);
  const source = parseAddress(fields.source)!;
  const destination = parseAddress(fields.destination)!;
  view.ipVersion = source.version;
  view.ipOffset = 14;
  view.ipHeaderLength = 20;
  view.ipEnd = bytes.length;
  view.ipProtocol = fields.protocol;
  view.source.set(source.words);
  view.destination.set(destination.words);
  view.transportOffset = 34;
  view.sourcePort = fields.sourcePort ?? 0;
  view.destinationPort = fields.destinationPort ?? 0;
  view.payloadOffset = 54;
  view.payloadLength = payload.length;
  for (const vlan of fields.vlans ?? []) view.vlanIds[view.vlanDepth++] = vlan;
  return view;
}

export function udpPacket(
  source: string,
  sourcePort: number,
  destination: string,
  destinationPort: number,
  timeUs = TEST_START_US,
): PacketView {
  return ipPacket({
    source,
    sourcePort,
    destination,
    destinationPort,
    protocol: IP_PROTOCOL_UDP,
    timeUs,
    payload: "x",
  });
}

export interface SegmentOptions {
  /** Relative to the sender's initial sequence number, which is 0; default: what it has not sent yet. */
  readonly seq?: number;
  /** Relative to the receiver's initial sequence number; default: all it has sent so far. */
  readonly ack?: number;
  readonly window?: number;
  readonly scale?: number;
  /** Timestamp value and echo. */
  readonly ts?: readonly [number, number];
  readonly urgent?: number;
  readonly fastOpen?: boolean;
  /** Seconds after the previous segment; default 1 ms. */
  readonly afterS?: number;
}

interface Side {
  readonly address: string;
  readonly port: number;
  readonly initial: number;
  next: number;
}

/** Two TCP ends that talk to each other past a tracker whose readers take everything. */
export class TcpTalk {
  readonly tracker: FlowTracker;
  readonly client: Side;
  readonly server: Side;
  /** What the readers got, per direction: APP as text; holes as `{hole}`, the end as `{end}`. */
  readonly app: [string, string] = ["", ""];
  readonly raw: [string, string] = ["", ""];
  readonly releases: number[] = [];
  flow = -1;
  timeUs = TEST_START_US;
  /** How many bytes of a span APP takes; default all. */
  appetite: (bytes: Uint8Array) => number = (bytes) => bytes.length;

  constructor(
    options: {
      readonly limits?: Partial<FlowLimits>;
      readonly tracker?: FlowTracker;
      readonly clientPort?: number;
      readonly clientInitial?: number;
      readonly serverInitial?: number;
    } = {},
  ) {
    this.tracker =
      options.tracker ??
      new FlowTracker(
        { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1 << 20, ...options.limits },
        (flow) => {
          this.releases.push(flow);
          this.read(flow, 0);
          this.read(flow, 1);
        },
      );
    this.client = {
      address: "192.168.1.10",
      port: options.clientPort ?? 40_000,
      initial: options.clientInitial ?? 1_000,
      next: 0,
    };
    this.server = { address: "203.0.113.5", port: 80, initial: options.serverInitial ?? 5_000, next: 0 };
  }

  /** The client sends; `flags` as letters of FSRPAU. */
  c(flags: string, data: string | Uint8Array = "", options: SegmentOptions = {}): this {
    return this.#send(this.client, this.server, flags, data, options);
  }

  s(flags: string, data: string | Uint8Array = "", options: SegmentOptions = {}): this {
    return this.#send(this.server, this.client, flags, data, options);
  }

  /** A plain three-way handshake. */
  open(options: SegmentOptions = {}): this {
    return this.c("S", "", options)
      .s("SA", "", options)
      .c("A", "", { ...options, scale: -1 });
  }

  /** Names of the last packet's stream events. */
  get events(): string[] {
    return [...this.tracker.streamEvents.subarray(0, this.tracker.streamEventCount)].map(
      (code) => STREAM_EVENT_NAMES[code]!,
    );
  }

  get streams(): StreamBuffers {
    return this.tracker.streams;
  }

  packet(
    flags: string,
    from: Side,
    to: Side,
    data: string | Uint8Array,
    options: SegmentOptions,
  ): PacketView {
    this.timeUs += (options.afterS ?? 0.001) * 1e6;
    const view = ipPacket({
      source: from.address,
      sourcePort: from.port,
      destination: to.address,
      destinationPort: to.port,
      protocol: IP_PROTOCOL_TCP,
      payload: data,
      timeUs: this.timeUs,
    });
    for (const letter of flags) view.tcpFlags |= FLAG_BITS[letter]!;
    view.tcpHeaderLength = 20;
    view.tcpSequence = (from.initial + (options.seq ?? from.next)) >>> 0;
    view.tcpAcknowledgement = flags.includes("A") ? (to.initial + (options.ack ?? to.next)) >>> 0 : 0;
    view.tcpWindow = options.window ?? 65_535;
    view.tcpUrgentPointer = options.urgent ?? 0;
    if (flags.includes("S")) {
      view.tcpWindowScale = options.scale ?? -1;
      view.hasTcpFastOpen = options.fastOpen ?? false;
    }
    if (options.ts) {
      view.hasTcpTimestamp = true;
      view.tcpOptionsLength = 12;
      view.tcpTimestampValue = options.ts[0] >>> 0;
      view.tcpTimestampEcho = options.ts[1] >>> 0;
    }
    return view;
  }

  /** Let both readers take what there is. */
  read(flow: number, direction: 0 | 1): void {
    this.#take(flow, direction, APP, this.app, this.appetite);
    this.#take(flow, direction, RAW, this.raw, (bytes) => bytes.length);
  }

  #send(from: Side, to: Side, flags: string, data: string | Uint8Array, options: SegmentOptions): this {
    const view = this.packet(flags, from, to, data, options);
    const used = data.length + (flags.includes("S") ? 1 : 0) + (flags.includes("F") ? 1 : 0);
    from.next = Math.max(from.next, (options.seq ?? from.next) + used);
    this.flow = this.tracker.track(view);
    if (this.flow >= 0) {
      if (this.tracker.isPredicted) this.tracker.openStreams(this.flow);
      this.read(this.flow, this.tracker.direction);
      if (this.tracker.hasNewPeerData) this.read(this.flow, this.tracker.direction === 0 ? 1 : 0);
    }
    this.tracker.streams.finishPacket();
    // The next packet's bytes overwrite these, as in a live capture.
    view.bytes.fill(0x7e);
    return this;
  }

  #take(
    flow: number,
    direction: 0 | 1,
    reader: ReaderId,
    into: [string, string],
    appetite: (bytes: Uint8Array) => number,
  ): void {
    const streams = this.tracker.streams;
    for (let turn = 0; turn < 1000 && streams.span(flow, direction, reader); turn++) {
      const bytes = streams.bytes.slice(streams.offset, streams.end);
      const taken = appetite(bytes);
      into[direction] += Buffer.from(bytes.subarray(0, taken)).toString("latin1");
      const { hasGap, isEnd, isFull, holeBytes } = streams;
      if (hasGap || holeBytes > 0) into[direction] += "{hole}";
      else if (isEnd) into[direction] += "{end}";
      streams.consume(flow, direction, reader, holeBytes > 0 ? bytes.length + holeBytes : taken);
      if (!hasGap && holeBytes === 0 && !(isFull && taken > 0)) break;
    }
  }
}

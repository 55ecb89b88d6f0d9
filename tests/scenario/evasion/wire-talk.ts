/** Two hosts on a wire, frame by frame: what each of them would send, or what somebody would make them seem to send. */
import { LINKTYPE_ETHERNET } from "../../../agent/sensor/wire/link-type.js";
import {
  type Built,
  bytesOf,
  concat,
  ethernet,
  fragmentHeader,
  type Ipv4Fields,
  ipv4,
  ipv6,
  type Payload,
  raw,
  tcp,
} from "../../support/frames.js";
import { TEST_START_US } from "../../support/segments.js";

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };
const CLIENT = { v4: "192.168.10.20", v6: "2001:db8:10::20", port: 40_000 };
const SERVER = { v4: "203.0.113.5", v6: "2001:db8:5::5", port: 80 };

export interface SegmentFields {
  /** Relative to the sender's initial sequence number; default: what it has not sent yet. */
  readonly seq?: number;
  /** Relative to the receiver's initial sequence number; default: all it has sent. */
  readonly ack?: number;
  readonly window?: number;
  readonly urgent?: number;
  /** Timestamp value and echo. */
  readonly ts?: readonly [number, number];
  readonly options?: Uint8Array;
  readonly headerWords?: number;
  /** Hop limit of the IP packet. */
  readonly ttl?: number;
  readonly ip?: Ipv4Fields;
  /** Added to the right checksum. */
  readonly checksumError?: number;
}

export interface FragmentPiece {
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly hasMore: boolean;
}

interface Side {
  readonly isClient: boolean;
  readonly initial: number;
  next: number;
}

export interface SentFrame {
  readonly bytes: Uint8Array;
  readonly linkType: number;
  readonly timeUs: number;
}

export class WireTalk {
  readonly frames: SentFrame[] = [];
  readonly client: Side = { isClient: true, initial: 1_000_000, next: 0 };
  readonly server: Side = { isClient: false, initial: 5_000_000, next: 0 };
  readonly #isIpv6: boolean;
  #timeUs = TEST_START_US;
  #ipId = 1;

  constructor(isIpv6 = false) {
    this.#isIpv6 = isIpv6;
  }

  /** Handshake, with timestamps where told. */
  open(ts?: { readonly client: number; readonly server: number }): this {
    if (ts === undefined) return this.c("S").s("SA").c("A");
    const { client, server } = ts;
    return this.c("S", "", { ts: [client, 0] })
      .s("SA", "", { ts: [server, client] })
      .c("A", "", { ts: [client, server] });
  }

  c(flags: string, payload: Payload = "", fields: SegmentFields = {}): this {
    return this.send(this.packet(this.client, flags, payload, fields));
  }

  s(flags: string, payload: Payload = "", fields: SegmentFields = {}): this {
    return this.send(this.packet(this.server, flags, payload, fields));
  }

  /** The client sends this, or seems to, without having sent it: the next segment has the same place. */
  fake(flags: string, payload: Payload = "", fields: SegmentFields = {}): this {
    const { next } = this.client;
    this.c(flags, payload, fields);
    this.client.next = next;
    return this;
  }

  /** The IP packet of a segment of `side`, which counts as sent. */
  packet(side: Side, flags: string, payload: Payload, fields: SegmentFields): Built {
    const data = bytesOf(payload);
    const peer = side.isClient ? this.server : this.client;
    const bits = [...flags].reduce((sum, flag) => sum | FLAG_BITS[flag]!, 0);
    const relative = fields.seq ?? side.next;
    if (fields.seq === undefined) side.next += data.length + ((bits & 2) >> 1) + (bits & 1);
    const ack = fields.ack ?? peer.next;
    const segment = tcp(
      {
        sourcePort: side.isClient ? CLIENT.port : SERVER.port,
        destinationPort: side.isClient ? SERVER.port : CLIENT.port,
        sequence: (side.initial + relative) >>> 0,
        acknowledgement: (bits & 16) === 0 && fields.ack === undefined ? 0 : (peer.initial + ack) >>> 0,
        flags: bits,
        window: fields.window ?? 65_535,
        urgentPointer: fields.urgent ?? 0,
        ...(fields.headerWords === undefined ? {} : { headerWords: fields.headerWords }),
        options: concat(
          ...(fields.ts ? [timestampOption(fields.ts)] : []),
          fields.options ?? new Uint8Array(0),
        ),
      },
      data,
    );
    const from = side.isClient ? CLIENT : SERVER;
    const to = side.isClient ? SERVER : CLIENT;
    const packet = this.#isIpv6
      ? ipv6({ source: from.v6, destination: to.v6, hopLimit: fields.ttl ?? 64 }, segment)
      : ipv4(
          { source: from.v4, destination: to.v4, ttl: fields.ttl ?? 64, id: this.#ipId++, ...fields.ip },
          segment,
        );
    if (fields.checksumError !== undefined) {
      const at = packet.bytes.length - segment.bytes.length + 16;
      packet.bytes[at] = packet.bytes[at]! ^ fields.checksumError;
    }
    return packet;
  }

  /** An IP packet of the client in pieces, in the order given; `dataOf` cuts what the IP header carries. */
  fragments(packet: Built, dataOf: (data: Uint8Array) => readonly FragmentPiece[], ttl = 64): this {
    const id = this.#ipId++;
    const data = packet.bytes.slice(this.#isIpv6 ? 40 : 20);
    for (const { from, bytes, hasMore } of dataOf(data)) {
      const piece = raw(6, bytes);
      this.send(
        this.#isIpv6
          ? ipv6(
              {
                source: CLIENT.v6,
                destination: SERVER.v6,
                hopLimit: ttl,
                extensions: [fragmentHeader(id, from, hasMore)],
              },
              piece,
            )
          : ipv4(
              {
                source: CLIENT.v4,
                destination: SERVER.v4,
                ttl,
                id,
                flags: hasMore ? 1 : 0,
                fragmentOffset: from,
                keepsTransportChecksum: true,
              },
              piece,
            ),
      );
    }
    return this;
  }

  send(packet: Built): this {
    return this.sendFrame(ethernet(packet, { paddedLength: 60 }));
  }

  sendFrame(bytes: Uint8Array): this {
    this.#timeUs += 1000;
    this.frames.push({ bytes, linkType: LINKTYPE_ETHERNET, timeUs: this.#timeUs });
    return this;
  }

  pause(seconds: number): this {
    this.#timeUs += seconds * 1e6;
    return this;
  }
}

/** NOP, NOP, timestamps. */
export function timestampOption([value, echo]: readonly [number, number]): Uint8Array {
  const option = new Uint8Array(12);
  option.set([1, 1, 8, 10]);
  new DataView(option.buffer).setUint32(4, value);
  new DataView(option.buffer).setUint32(8, echo);
  return option;
}

/** `data` cut into fragments of `size` octets. */
export function cut(data: Uint8Array, size: number): FragmentPiece[] {
  const pieces: FragmentPiece[] = [];
  for (let from = 0; from < data.length; from += size) {
    pieces.push({ from, bytes: data.slice(from, from + size), hasMore: from + size < data.length });
  }
  return pieces;
}

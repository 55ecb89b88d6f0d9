/** The wire everybody talks over: what is sent at which moment, put in order at the end. */

import { CaptureWriter } from "#agent/sensor/capture/capture-writer.js";
import { LINKTYPE_ETHERNET } from "#agent/sensor/wire/link-type.js";
import { u8 } from "./bytes.js";
import {
  ARP_REPLY,
  ARP_REQUEST,
  arpPacket,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ethernetFrame,
  ipv4Packet,
  type TcpFields,
  type Transport,
  tcpSegment,
  udpDatagram,
} from "./frames.js";
import type { Station } from "./station.js";

const MAX_CAPTURE_BYTES = 64 * 1024 * 1024;
const FIRST_EPHEMERAL_PORT = 49_152;
const UNKNOWN_MAC = "00:00:00:00:00:00";

interface Sent {
  readonly timeUs: number;
  readonly frame: Uint8Array;
}

/** What an operating system counts up from. */
interface Counts {
  port: number;
  ipId: number;
}

export class Wire {
  readonly #sent: Sent[] = [];
  readonly #counts = new Map<Station, Counts>();

  /** A port of `station` for a new connection or question. */
  nextPort(station: Station): number {
    return this.#countsOf(station).port++;
  }

  /** The next IPv4 identification of `station`. */
  nextIpId(station: Station): number {
    const counts = this.#countsOf(station);
    counts.ipId = (counts.ipId + 1) % 0x10000;
    return counts.ipId;
  }

  /** A frame as it is. Times may come in any order. */
  frame(timeUs: number, frame: Uint8Array): void {
    this.#sent.push({ timeUs, frame });
  }

  /** An IPv4 packet from one station to another. */
  packet(timeUs: number, from: Station, to: Station, transport: Transport): void {
    const fields = { source: from.address, destination: to.address, ttl: from.ttl, id: this.nextIpId(from) };
    this.frame(timeUs, ethernetFrame(from.mac, to.mac, ETHERTYPE_IPV4, ipv4Packet(fields, transport)));
  }

  udp(
    timeUs: number,
    from: Station,
    fromPort: number,
    to: Station,
    toPort: number,
    payload: Uint8Array,
  ): void {
    this.packet(timeUs, from, to, udpDatagram(fromPort, toPort, payload));
  }

  tcp(timeUs: number, from: Station, to: Station, fields: TcpFields, payload: Uint8Array = u8()): void {
    this.packet(timeUs, from, to, tcpSegment(fields, payload));
  }

  /** `asker` asks for the MAC address of `target`, which answers. Returns when the answer is there. */
  resolveAddress(timeUs: number, asker: Station, target: Station): number {
    const request = arpPacket(ARP_REQUEST, asker, { mac: UNKNOWN_MAC, address: target.address });
    this.frame(timeUs, ethernetFrame(asker.mac, BROADCAST_MAC, ETHERTYPE_ARP, request));
    const answeredUs = timeUs + target.answersAfterUs;
    this.frame(
      answeredUs,
      ethernetFrame(target.mac, asker.mac, ETHERTYPE_ARP, arpPacket(ARP_REPLY, target, asker)),
    );
    return answeredUs;
  }

  /** The frames in order of time, as a pcap file. */
  capture(): { file: Uint8Array; frames: number; endUs: number } {
    const writer = new CaptureWriter(LINKTYPE_ETHERNET, MAX_CAPTURE_BYTES);
    const ordered = [...this.#sent].sort((a, b) => a.timeUs - b.timeUs);
    for (const { timeUs, frame } of ordered) {
      if (!writer.append(frame, 0, frame.length, frame.length, timeUs))
        throw new Error("the story is too long");
    }
    return { file: writer.file(), frames: writer.frames, endUs: ordered.at(-1)?.timeUs ?? 0 };
  }

  #countsOf(station: Station): Counts {
    const known = this.#counts.get(station);
    if (known !== undefined) return known;
    // Every station counts from somewhere else, the same in every run.
    const seed = station.address.split(".").reduce((sum, part) => sum * 31 + Number(part), 7);
    const counts = { port: FIRST_EPHEMERAL_PORT + (seed % 9000), ipId: seed % 0x10000 };
    this.#counts.set(station, counts);
    return counts;
  }
}

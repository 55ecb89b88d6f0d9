/**
 * Turns what devices say about themselves into observations: which MAC has an address (ARP, IPv6 neighbour discovery), what it
 * is called (DHCP, mDNS, LLMNR, NetBIOS, NTLM in SMB), what it is (DHCP's vendor class and parameter list, SSDP, user agents)
 * and which servers it asks for (TLS, QUIC, HTTP).
 *
 * Packets that tell nothing new make no objects. News is bounded per second of packet time, apart by who could flood it.
 */
import { formatAddress, formatIpv4 } from "../base/address.js";
import { AnnouncedNames } from "./announced-names.js";
import type { Observation } from "./detection.js";
import type { FlowTable } from "./flow/flow-table.js";
import {
  dhcpFields,
  isQuestion,
  macText,
  netbiosName,
  ntlmHost,
  ssdpFields,
  textOf,
} from "./name-announcements.js";
import { NoveltyFilter } from "./novelty-filter.js";
import type { AppLayer } from "./proto/app-layer.js";
import { FIXED_BYTES } from "./proto/dhcp/format.js";
import { Field } from "./proto/fields.js";
import type { MessageView } from "./proto/message-view.js";
import { Protocol, TO_SERVER } from "./proto/protocols.js";
import { ARP_SENDER_IP, ARP_SENDER_MAC } from "./wire/arp.js";
import { IP_PROTOCOL_ICMPV6, IP_PROTOCOL_UDP, type PacketView } from "./wire/packet-view.js";

/** Known things are told again after this long, so that it is known who is still there. */
const REPEAT_US = 600_000_000;
/** Observations of one second of packet time: of packets that only neighbours can send, and of connections. */
const MAX_LOCAL_PER_SECOND = 200;
const MAX_CLIENT_PER_SECOND = 50;
const SSDP_PORT = 1900;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** ICMPv6 header, flags, target; behind it the options (RFC 4861, 4.3 and 4.4). */
const NEIGHBOUR_TARGET_AT = 8;
const NEIGHBOUR_OPTIONS_AT = 24;
const MAC_BYTES = 6;
/** Client's, own, server's and relay's address, and the client's MAC (RFC 2131, 2). */
const DHCP_ADDRESSES_AT = 12;
const DHCP_ADDRESSES_BYTES = 22;

const Kind = { ARP: 1, NEIGHBOUR: 2, DATAGRAM: 3, SSDP: 4, AGENT: 5, SERVER: 6, LOG_ON: 7 } as const;
type KindId = (typeof Kind)[keyof typeof Kind];

export class Observer {
  /** News that was not told because there was too much in a second. */
  shedCount = 0;
  readonly #interfaceName: string;
  readonly #report: ((observation: Observation) => void) | undefined;
  readonly #known = new NoveltyFilter();
  readonly #announced = new AnnouncedNames();
  readonly #words = new Uint32Array(4);
  #second = 0;
  #localCount = 0;
  #clientCount = 0;

  /** @param report undefined where nobody listens: then nothing is looked at */
  constructor(interfaceName: string, report: ((observation: Observation) => void) | undefined) {
    this.#interfaceName = interfaceName;
    this.#report = report;
  }

  get isHeard(): boolean {
    return this.#report !== undefined;
  }

  /** Any packet. */
  onPacket(packet: PacketView): void {
    if (packet.arpOperation !== 0) this.#onArp(packet);
    else if (packet.ipProtocol === IP_PROTOCOL_UDP) this.#onDatagram(packet);
    else if (packet.ipProtocol === IP_PROTOCOL_ICMPV6) this.#onIcmpv6(packet);
  }

  /** An ARP packet (`arpOperation` is not 0). */
  #onArp(packet: PacketView): void {
    const { bytes, timeUs } = packet;
    const at = packet.arpOffset + ARP_SENDER_IP;
    const word = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    // An address of zeros is a host that asks whether the address it wants is free.
    if (word === 0) return;
    this.#begin(Kind.ARP, timeUs);
    this.#known.addWord(word);
    this.#known.addBytes(bytes, packet.arpOffset + ARP_SENDER_MAC, MAC_BYTES);
    if (!this.#known.isNew() || !this.#isWithinRate(timeUs, true)) return;
    this.#tell("arp", timeUs, formatIpv4(word), macText(bytes, packet.arpOffset + ARP_SENDER_MAC), {});
  }

  /** An ICMPv6 packet: neighbours say which MAC has an address. */
  #onIcmpv6(packet: PacketView): void {
    const { bytes, payloadOffset, payloadLength, icmpType, timeUs } = packet;
    if (icmpType !== NEIGHBOUR_SOLICITATION && icmpType !== NEIGHBOUR_ADVERTISEMENT) return;
    const start = packet.transportOffset;
    const options = start + NEIGHBOUR_OPTIONS_AT;
    // The payload that rules see lacks the last eight octets (see icmpv6.ts), which is as much as one option.
    if (options > payloadOffset + payloadLength) return;
    const isAnswer = icmpType === NEIGHBOUR_ADVERTISEMENT;
    // The sender's link-layer address in a question, the target's in an answer; one unit of eight octets.
    if (bytes[options] !== (isAnswer ? 2 : 1) || bytes[options + 1] !== 1) return;
    const words = isAnswer ? this.#wordsAt(bytes, start + NEIGHBOUR_TARGET_AT) : packet.source;
    if ((words[0]! | words[1]! | words[2]! | words[3]!) === 0) return;
    this.#begin(Kind.NEIGHBOUR, timeUs);
    for (let i = 0; i < 4; i++) this.#known.addWord(words[i]!);
    this.#known.addBytes(bytes, options + 2, MAC_BYTES);
    if (!this.#known.isNew() || !this.#isWithinRate(timeUs, true)) return;
    this.#tell("ndp", timeUs, formatAddress(6, words), macText(bytes, options + 2), {});
  }

  /** A UDP packet of a port whose protocol no rule asks for. */
  #onDatagram(packet: PacketView): void {
    if (packet.destinationPort !== SSDP_PORT && packet.sourcePort !== SSDP_PORT) return;
    const { bytes, payloadOffset, payloadLength, timeUs } = packet;
    this.#begin(Kind.SSDP, timeUs);
    this.#addSource(packet);
    this.#known.addBytes(bytes, payloadOffset, payloadLength);
    if (!this.#known.isNew() || !this.#isWithinRate(timeUs, true)) return;
    this.#tellOfSender("ssdp", packet, ssdpFields(bytes, payloadOffset, payloadOffset + payloadLength));
  }

  /** A message of an application protocol. */
  onMessage(
    message: MessageView,
    flow: number,
    packet: PacketView | undefined,
    appLayer: AppLayer,
    table: FlowTable,
  ): void {
    switch (message.protocol) {
      case Protocol.DHCP:
      case Protocol.MDNS:
      case Protocol.LLMNR:
      case Protocol.NBNS:
        if (packet !== undefined) this.#onAnnouncement(message, flow, packet, appLayer);
        break;
      case Protocol.HTTP1:
        if (message.direction !== TO_SERVER) break;
        this.#onClient(Kind.AGENT, Field.HTTP_USER_AGENT, message, flow, appLayer, table);
        this.#onClient(Kind.SERVER, Field.HTTP_HOST, message, flow, appLayer, table);
        break;
      case Protocol.TLS:
        this.#onClient(Kind.SERVER, Field.TLS_SNI, message, flow, appLayer, table);
        break;
      case Protocol.QUIC:
        this.#onClient(Kind.SERVER, Field.QUIC_SNI, message, flow, appLayer, table);
        break;
      case Protocol.SMB:
        this.#onClient(Kind.LOG_ON, Field.SMB_NTLMSSP_USER, message, flow, appLayer, table);
        break;
    }
  }

  /** What a device tells its neighbours. The datagram itself is looked at: its fields do not hold everything. */
  #onAnnouncement(message: MessageView, flow: number, packet: PacketView, appLayer: AppLayer): void {
    const { bytes, payloadOffset, payloadLength, timeUs } = packet;
    if (isQuestion(message)) return;
    this.#begin(Kind.DATAGRAM, timeUs);
    this.#addSource(packet);
    if (message.protocol === Protocol.DHCP) {
      // Number and time of the exchange differ each time: addresses, MAC and options are what counts.
      this.#known.addBytes(bytes, payloadOffset + DHCP_ADDRESSES_AT, DHCP_ADDRESSES_BYTES);
      this.#known.addBytes(bytes, payloadOffset + FIXED_BYTES, payloadLength - FIXED_BYTES);
    } else this.#known.addBytes(bytes, payloadOffset + 2, payloadLength - 2);
    if (!this.#known.isNew() || !this.#isWithinRate(timeUs, true)) return;
    switch (message.protocol) {
      case Protocol.DHCP: {
        const told = dhcpFields(message, packet);
        if (told) this.#tell("dhcp", timeUs, told.address, told.macAddress, told.fields);
        return;
      }
      case Protocol.NBNS:
        this.#tellOfSender("nbns", packet, netbiosName(appLayer.describe(flow)));
        return;
      case Protocol.LLMNR:
        this.#tellOfSender("llmnr", packet, this.#announced.read(packet, false));
        return;
      default:
        this.#tellOfSender("mdns", packet, this.#announced.read(packet, true));
    }
  }

  /** What the client of a flow says of itself, or asks for. */
  #onClient(
    kind: KindId,
    field: number,
    message: MessageView,
    flow: number,
    appLayer: AppLayer,
    table: FlowTable,
  ): void {
    const entry = message.first(field);
    if (entry < 0 || flow < 0) return;
    const timeUs = table.lastUs(flow);
    const at = table.addressOffset(flow);
    this.#begin(kind, timeUs);
    for (let i = 0; i < 4; i++) this.#known.addWord(table.clientAddress[at + i]!);
    const bytes = message.entryBytes[entry]!;
    const offset = message.entryOffset[entry]!;
    const length = message.entryLength[entry]!;
    this.#known.addBytes(bytes, offset, length);
    if (!this.#known.isNew() || !this.#isWithinRate(timeUs, false)) return;
    const address = formatAddress(table.ipVersion(flow), table.clientAddress, at);
    if (kind === Kind.LOG_ON) {
      const host = ntlmHost(appLayer.describe(flow));
      if (host !== undefined) this.#tell("ntlm", timeUs, address, "", { name: host });
      return;
    }
    const text = textOf(bytes, offset, length);
    if (kind === Kind.AGENT) this.#tell("http", timeUs, address, "", { user_agent: text });
    else this.#tell("peer", timeUs, address, "", { server: text });
  }

  #begin(kind: KindId, timeUs: number): void {
    this.#known.begin(kind);
    this.#known.addWord(Math.floor(timeUs / REPEAT_US));
  }

  #addSource(packet: PacketView): void {
    for (let i = 0; i < 4; i++) this.#known.addWord(packet.source[i]!);
    if (packet.macOffset >= 0) this.#known.addBytes(packet.bytes, packet.macOffset + MAC_BYTES, MAC_BYTES);
  }

  #wordsAt(bytes: Uint8Array, at: number): Uint32Array {
    for (let i = 0; i < 4; i++) {
      const from = at + 4 * i;
      this.#words[i] =
        (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
    }
    return this.#words;
  }

  #isWithinRate(timeUs: number, isLocal: boolean): boolean {
    const second = Math.floor(timeUs / 1e6);
    if (second !== this.#second) {
      this.#second = second;
      this.#localCount = 0;
      this.#clientCount = 0;
    }
    const isWithin = isLocal
      ? ++this.#localCount <= MAX_LOCAL_PER_SECOND
      : ++this.#clientCount <= MAX_CLIENT_PER_SECOND;
    if (!isWithin) this.shedCount++;
    return isWithin;
  }

  /** The frame's sender counts only where the frame went to all neighbours: else a router may stand between. */
  #tellOfSender(
    event: string,
    packet: PacketView,
    fields: Readonly<Record<string, string>> | undefined,
  ): void {
    if (fields === undefined) return;
    const { bytes, macOffset } = packet;
    const isToAll = macOffset >= 0 && (bytes[macOffset]! & 1) === 1;
    const address = formatAddress(packet.ipVersion, packet.source);
    const macAddress = isToAll ? macText(bytes, macOffset + MAC_BYTES) : "";
    this.#tell(event, packet.timeUs, address, macAddress, fields);
  }

  #tell(
    event: string,
    timeUs: number,
    address: string,
    macAddress: string,
    fields: Readonly<Record<string, string>>,
  ): void {
    const interfaceName = this.#interfaceName;
    this.#report?.({ kind: "observation", timeUs, interfaceName, event, address, macAddress, fields });
  }
}

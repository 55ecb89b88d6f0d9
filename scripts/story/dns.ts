/** DNS messages (RFC 1035), and a look-up as the LAN sees it. mDNS (RFC 6762) uses the same records. */

import { parseAddress } from "#agent/base/address.js";
import { ascii, ipv4Bytes, join, u8, u16, u32, vector } from "./bytes.js";
import type { Station } from "./station.js";
import type { Wire } from "./wire.js";

export const DNS_PORT = 53;

export const TYPE_A = 1;
export const TYPE_PTR = 12;
export const TYPE_TXT = 16;
export const TYPE_AAAA = 28;
export const TYPE_SRV = 33;

const CLASS_IN = 1;
/** mDNS: this record replaces what was known. */
const CLASS_IN_FLUSH = 0x8001;
const FLAGS_QUERY = 0x0100;
const FLAGS_ANSWER = 0x8180;
const FLAGS_NO_SUCH_NAME = 0x8183;
const FLAGS_MDNS_ANSWER = 0x8400;
/** The name of the first question. */
const POINTER_TO_QUESTION = 0xc00c;

/** How long the gateway takes to ask the world and answer. */
const RECURSION_US = 14_000;

/** What a name means. */
export interface Addresses {
  readonly ipv4: string;
  readonly ipv6?: string;
}

export interface MdnsRecord {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

/** Labels with their lengths, and the root. */
export function domainName(name: string): Uint8Array {
  return join(...name.split(".").map((label) => vector(1, ascii(label))), u8(0));
}

function question(name: string, type: number): Uint8Array {
  return join(domainName(name), u16(type, CLASS_IN));
}

export function dnsQuery(id: number, name: string, type: number): Uint8Array {
  return join(u16(id, FLAGS_QUERY, 1, 0, 0, 0), question(name, type));
}

/** An answer with `addresses`, or that there is no such name. */
export function dnsAnswer(
  id: number,
  name: string,
  type: number,
  addresses: readonly Uint8Array[] | undefined,
): Uint8Array {
  const flags = addresses === undefined ? FLAGS_NO_SUCH_NAME : FLAGS_ANSWER;
  const records = (addresses ?? []).map((data) =>
    join(u16(POINTER_TO_QUESTION, type, CLASS_IN), u32(300), vector(2, data)),
  );
  return join(u16(id, flags, 1, records.length, 0, 0), question(name, type), ...records);
}

/** A look-up of both kinds of addresses, as every operating system does. Returns when the answers are there. */
export function lookUp(
  wire: Wire,
  timeUs: number,
  client: Station,
  resolver: Station,
  name: string,
  addresses: Addresses | undefined,
): number {
  const ipv6 = addresses?.ipv6 === undefined ? [] : [ipv6Bytes(addresses.ipv6)];
  const answers = [
    { type: TYPE_A, data: addresses && [ipv4Bytes(addresses.ipv4)] },
    { type: TYPE_AAAA, data: addresses && ipv6 },
  ];
  let askedUs = timeUs;
  for (const { type, data } of answers) {
    const port = wire.nextPort(client);
    const id = wire.nextIpId(client) ^ 0x5a5a;
    wire.udp(askedUs, client, port, resolver, DNS_PORT, dnsQuery(id, name, type));
    wire.udp(askedUs + RECURSION_US, resolver, DNS_PORT, client, port, dnsAnswer(id, name, type, data));
    askedUs += 120;
  }
  return askedUs + RECURSION_US;
}

export function mdnsQuery(name: string): Uint8Array {
  return join(u16(0, 0, 1, 0, 0, 0), question(name, TYPE_PTR));
}

export function mdnsAnnouncement(records: readonly MdnsRecord[]): Uint8Array {
  const encoded = records.map(({ name, type, data }) =>
    // A service type is shared by all who offer it: only the others replace.
    join(
      domainName(name),
      u16(type, type === TYPE_PTR ? CLASS_IN : CLASS_IN_FLUSH),
      u32(120),
      vector(2, data),
    ),
  );
  return join(u16(0, FLAGS_MDNS_ANSWER, 0, records.length, 0, 0), ...encoded);
}

/** A service on a host, as its own announcement says. */
export function serviceRecords(
  instance: string,
  service: string,
  host: string,
  port: number,
  address: string,
): MdnsRecord[] {
  const name = `${instance}.${service}`;
  return [
    { name: service, type: TYPE_PTR, data: domainName(name) },
    { name, type: TYPE_SRV, data: join(u16(0, 0, port), domainName(host)) },
    { name, type: TYPE_TXT, data: vector(1, ascii("txtvers=1")) },
    { name: host, type: TYPE_A, data: ipv4Bytes(address) },
  ];
}

function ipv6Bytes(address: string): Uint8Array {
  return join(...parseAddress(address)!.words.map(u32));
}

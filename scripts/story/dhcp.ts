/** DHCP messages (RFC 2131, 2132): how a station gets its address and how it keeps it. */

import { ascii, hex, ipv4Bytes, join, padded, u8, u16, u32, vector } from "./bytes.js";
import { BROADCAST_MAC, ETHERTYPE_IPV4, ethernetFrame, ipv4Packet, udpDatagram } from "./frames.js";
import type { Station } from "./station.js";
import type { Wire } from "./wire.js";

const CLIENT_PORT = 68;
const SERVER_PORT = 67;
const MIN_MESSAGE_BYTES = 300;
const LEASE_SECONDS = 28_800;
const NO_ADDRESS = "0.0.0.0";
const EVERYBODY = "255.255.255.255";
const NETMASK = "255.255.255.0";

const DISCOVER = 1;
const OFFER = 2;
const REQUEST = 3;
const ACKNOWLEDGE = 5;

const OPTION_NETMASK = 1;
const OPTION_ROUTER = 3;
const OPTION_DNS = 6;
const OPTION_HOST_NAME = 12;
const OPTION_REQUESTED_ADDRESS = 50;
const OPTION_LEASE = 51;
const OPTION_MESSAGE = 53;
const OPTION_SERVER = 54;
const OPTION_PARAMETERS = 55;
const OPTION_MAX_SIZE = 57;
const OPTION_VENDOR_CLASS = 60;
const OPTION_END = 255;

const ANSWER_US = 1_200;

/** What a client says of itself besides its name. */
export interface DhcpClient {
  readonly station: Station;
  readonly vendorClass: string;
  /** Option 55: the order tells operating systems apart. */
  readonly parameters: readonly number[];
}

/** DISCOVER, OFFER, REQUEST, ACK. Returns when the address may be used. */
export function obtainLease(
  wire: Wire,
  timeUs: number,
  client: DhcpClient,
  server: Station,
  id: number,
): number {
  const { station } = client;
  const { mac, address } = station;
  const wanted = option(OPTION_REQUESTED_ADDRESS, ipv4Bytes(address));
  const chosen = option(OPTION_SERVER, ipv4Bytes(server.address));
  const shout = (atUs: number, payload: Uint8Array): void => {
    const fields = { source: NO_ADDRESS, destination: EVERYBODY, ttl: 64 };
    const packet = ipv4Packet(fields, udpDatagram(CLIENT_PORT, SERVER_PORT, payload));
    wire.frame(atUs, ethernetFrame(mac, BROADCAST_MAC, ETHERTYPE_IPV4, packet));
  };
  shout(timeUs, request(client, DISCOVER, id, NO_ADDRESS));
  answer(wire, timeUs + ANSWER_US, client, server, OFFER, id, NO_ADDRESS);
  shout(timeUs + 3 * ANSWER_US, request(client, REQUEST, id, NO_ADDRESS, wanted, chosen));
  answer(wire, timeUs + 4 * ANSWER_US, client, server, ACKNOWLEDGE, id, NO_ADDRESS);
  return timeUs + 5 * ANSWER_US;
}

/** Half of the lease is over: REQUEST and ACK, straight between the two. */
export function renewLease(
  wire: Wire,
  timeUs: number,
  client: DhcpClient,
  server: Station,
  id: number,
): void {
  const { station } = client;
  wire.udp(timeUs, station, CLIENT_PORT, server, SERVER_PORT, request(client, REQUEST, id, station.address));
  answer(wire, timeUs + ANSWER_US, client, server, ACKNOWLEDGE, id, station.address);
}

function request(
  client: DhcpClient,
  type: number,
  id: number,
  currentAddress: string,
  ...options: readonly Uint8Array[]
): Uint8Array {
  return message(
    ...header(1, id, currentAddress, NO_ADDRESS, client.station.mac),
    option(OPTION_MESSAGE, u8(type)),
    ...options,
    option(OPTION_MAX_SIZE, u16(1500)),
    option(OPTION_VENDOR_CLASS, ascii(client.vendorClass)),
    option(OPTION_HOST_NAME, ascii(client.station.name)),
    option(OPTION_PARAMETERS, u8(...client.parameters)),
  );
}

function answer(
  wire: Wire,
  timeUs: number,
  client: DhcpClient,
  server: Station,
  type: number,
  id: number,
  currentAddress: string,
): void {
  const gateway = ipv4Bytes(server.address);
  const payload = message(
    ...header(2, id, currentAddress, client.station.address, client.station.mac),
    option(OPTION_MESSAGE, u8(type)),
    option(OPTION_SERVER, gateway),
    option(OPTION_LEASE, u32(LEASE_SECONDS)),
    option(OPTION_NETMASK, ipv4Bytes(NETMASK)),
    option(OPTION_ROUTER, gateway),
    option(OPTION_DNS, gateway),
  );
  wire.udp(timeUs, server, SERVER_PORT, client.station, CLIENT_PORT, payload);
}

/** The fixed part up to the magic cookie: who asks, what it has, what it gets. */
function header(operation: number, id: number, current: string, given: string, mac: string): Uint8Array[] {
  return [
    u8(operation, 1, 6, 0),
    u32(id),
    u16(0, 0),
    ipv4Bytes(current),
    ipv4Bytes(given),
    ipv4Bytes(NO_ADDRESS),
    ipv4Bytes(NO_ADDRESS),
    padded(hex(mac), 16),
    new Uint8Array(64 + 128),
    hex("63825363"),
  ];
}

function message(...parts: readonly Uint8Array[]): Uint8Array {
  return padded(join(...parts, u8(OPTION_END)), MIN_MESSAGE_BYTES);
}

function option(code: number, value: Uint8Array): Uint8Array {
  return join(u8(code), vector(1, value));
}

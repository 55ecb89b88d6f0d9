/** The EVE `dhcp` object of a message, with all that Suricata's `extended` adds. The cold path. */

import { readUint32 } from "../../wire/big-endian.js";
import { addressText, eveText, hexText } from "../eve-text.js";
import {
  ASSIGNED_ADDRESS_AT,
  BOOTP_REPLY,
  BOOTP_REQUEST,
  CLIENT_ADDRESS_AT,
  DhcpOption,
  FIXED_BYTES,
  HARDWARE_ADDRESS_AT,
} from "./format.js";

const MESSAGE_TYPES: readonly string[] = [
  "unknown",
  "discover",
  "offer",
  "request",
  "decline",
  "ack",
  "nak",
  "release",
  "inform",
];

const PARAMETERS: Readonly<Record<number, string>> = {
  1: "subnet_mask",
  3: "router",
  6: "dns_server",
  15: "domain",
  35: "arp_timeout",
  42: "ntp_server",
  66: "tftp_server_name",
  150: "tftp_server_ip",
};

/** `[start, end)`: one datagram of at least the fixed part. */
export function describeDhcp(bytes: Uint8Array, start: number, end: number): Record<string, unknown> {
  if (end - start < FIXED_BYTES) return {};
  const opcode = bytes[start]!;
  const dhcp: Record<string, unknown> = {
    type: opcode === BOOTP_REQUEST ? "request" : opcode === BOOTP_REPLY ? "reply" : "<unknown>",
    id: readUint32(bytes, start + 4),
    client_mac: hexText(bytes, start + HARDWARE_ADDRESS_AT, Math.min(bytes[start + 2]!, 16), ":"),
    assigned_ip: addressText(bytes, start + ASSIGNED_ADDRESS_AT, 4),
    client_ip: addressText(bytes, start + CLIENT_ADDRESS_AT, 4),
  };
  if (opcode === BOOTP_REPLY) {
    dhcp.relay_ip = addressText(bytes, start + 24, 4);
    dhcp.next_server_ip = addressText(bytes, start + 20, 4);
  }
  let at = start + FIXED_BYTES;
  while (at < end && bytes[at] !== DhcpOption.END) {
    const code = bytes[at]!;
    if (code === DhcpOption.PAD) {
      at++;
      continue;
    }
    const data = at + 2;
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (data + length > end) break;
    describeOption(dhcp, code, bytes, data, length);
    at = data + length;
  }
  return dhcp;
}

function describeOption(
  dhcp: Record<string, unknown>,
  code: number,
  bytes: Uint8Array,
  data: number,
  length: number,
): void {
  switch (code) {
    case DhcpOption.SUBNET_MASK:
      dhcp.subnet_mask = addressText(bytes, data, length);
      break;
    case DhcpOption.ROUTERS:
      dhcp.routers = addresses(bytes, data, length);
      break;
    case DhcpOption.DNS_SERVERS:
      dhcp.dns_servers = addresses(bytes, data, length);
      break;
    case DhcpOption.HOSTNAME:
      if (length > 0) dhcp.hostname = eveText(bytes, data, length);
      break;
    case DhcpOption.REQUESTED_IP:
      dhcp.requested_ip = addressText(bytes, data, length);
      break;
    case DhcpOption.LEASE_TIME:
      if (length === 4) dhcp.lease_time = readUint32(bytes, data);
      break;
    case DhcpOption.RENEWAL_TIME:
      if (length === 4) dhcp.renewal_time = readUint32(bytes, data);
      break;
    case DhcpOption.REBINDING_TIME:
      if (length === 4) dhcp.rebinding_time = readUint32(bytes, data);
      break;
    case DhcpOption.MESSAGE_TYPE:
      if (length > 0) dhcp.dhcp_type = MESSAGE_TYPES[bytes[data]!] ?? "unknown";
      break;
    case DhcpOption.PARAMETER_LIST: {
      const parameters = Array.from(bytes.subarray(data, data + length), (octet) => PARAMETERS[octet]);
      dhcp.params = parameters.filter((name) => name !== undefined);
      break;
    }
    case DhcpOption.VENDOR_CLASS:
      if (length > 0) dhcp.vendor_class_identifier = eveText(bytes, data, length);
      break;
    case DhcpOption.CLIENT_ID:
      if (length > 1) dhcp.client_id = hexText(bytes, data + 1, length - 1, ":");
      break;
  }
}

function addresses(bytes: Uint8Array, data: number, length: number): string[] {
  const texts: string[] = [];
  for (let at = data; at + 4 <= data + length; at += 4) texts.push(addressText(bytes, at, 4));
  return texts;
}

/**
 * The stage: an office LAN behind a gateway, and servers on the Internet. All names, addresses and MAC addresses are
 * reserved for documentation (RFC 2606, 5737, 3849, 7042), except the phone's random, locally administered MAC.
 */

import type { Addresses } from "./dns.js";
import type { Station } from "./station.js";

const LAN = "192.168.10.";
const OFFICE_MAC = "00:00:5e:00:53:";
const GATEWAY_MAC = `${OFFICE_MAC}01`;

const WINDOWS_TTL = 128;
const UNIX_TTL = 64;
/** Seen from the LAN, after a dozen routers. */
const REMOTE_TTL = 52;

function office(name: string, host: number, ttl: number, answersAfterUs: number): Station {
  const mac = OFFICE_MAC + host.toString(16).padStart(2, "0");
  return { name, mac, address: LAN + host, ttl, answersAfterUs };
}

export const gateway = office("gateway", 1, UNIX_TTL, 300);
export const nas = office("NAS01", 10, UNIX_TTL, 400);
export const printer = office("PRINTER-2F", 20, UNIX_TTL, 1_500);

/** General affairs, accounting, sales, development, the president. */
export const computers: readonly Station[] = [
  ...["PC-SOUMU01", "PC-SOUMU02", "PC-KEIRI01", "PC-KEIRI02"],
  ...["PC-EIGYO01", "PC-EIGYO02", "PC-EIGYO03", "PC-EIGYO04"],
  ...["PC-KAIHATSU01", "PC-KAIHATSU02", "PC-UKETSUKE", "PC-SHACHO"],
].map((name, index) => office(name, 101 + index, WINDOWS_TTL, 180));

/** A private phone: the second bit of its MAC address says "made up", as phones do for every Wi-Fi. */
export const phone: Station = {
  name: "Galaxy-A54",
  mac: "d6:3f:8a:51:07:c2",
  address: `${LAN}143`,
  ttl: UNIX_TTL,
  answersAfterUs: 2_500,
};

/** A server on the Internet and the name under which it is found. */
export interface Site {
  readonly name: string;
  readonly addresses: Addresses;
  readonly station: Station;
}

function site(name: string, ipv4: string, answersAfterUs: number, ipv6?: string): Site {
  const station = { name, mac: GATEWAY_MAC, address: ipv4, ttl: REMOTE_TTL, answersAfterUs };
  return { name, addresses: ipv6 === undefined ? { ipv4 } : { ipv4, ipv6 }, station };
}

/** What an office visits all day. */
export const webSites: readonly Site[] = [
  site("www.example.com", "203.0.113.10", 6_000, "2001:db8:10::10"),
  site("portal.example.org", "203.0.113.20", 8_000, "2001:db8:20::1"),
  site("mail.example.net", "198.51.100.25", 11_000),
  site("drive.example.com", "203.0.113.31", 7_000, "2001:db8:10::31"),
  site("news.example.org", "198.51.100.40", 19_000),
  site("kintai.example.net", "198.51.100.52", 5_000),
  site("bank.example.com", "192.0.2.80", 9_000),
];
export const updateSite = site("update.example.com", "192.0.2.130", 12_000);
export const timeSite = site("ntp.example.net", "203.0.113.123", 7_000);
export const connectivitySite = site("connectivity.example.net", "203.0.113.204", 15_000);

export const commandSite = site("c2.badexample.test", "203.0.113.66", 128_000);
export const downloadSite = site("dl.badexample.test", "198.51.100.99", 131_000);

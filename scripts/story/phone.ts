/**
 * The phone: somebody's own, with an app that is more than it says. It joins the Wi-Fi, looks up its command-and-control
 * server, beacons, fetches a program, and in the end knocks at every computer's file sharing.
 */

import { ascii, hex, join, u8, u32 } from "./bytes.js";
import { selfSignedCertificate } from "./certificate.js";
import { obtainLease } from "./dhcp.js";
import { lookUp, mdnsQuery } from "./dns.js";
import {
  ETHERTYPE_IPV6,
  ethernetFrame,
  icmpv6Message,
  ipv6Packet,
  type Transport,
  udpDatagram,
} from "./frames.js";
import { talkHttp } from "./http.js";
import { HTTP_PORT, HTTPS_PORT, SECOND_US, talkToSite } from "./office-traffic.js";
import {
  commandSite,
  computers,
  connectivitySite,
  downloadSite,
  gateway,
  phone,
  webSites,
} from "./places.js";
import { ANDROID_DHCP, IMPLANT_AGENT, implant, PHONE_AGENT, phoneApp } from "./programs.js";
import { Random } from "./random.js";
import { SMB_PORT } from "./smb.js";
import type { Station } from "./station.js";
import { TcpConversation } from "./tcp-conversation.js";
import { talkTls } from "./tls-session.js";
import type { Wire } from "./wire.js";

/** Seconds after the beginning of the capture. */
const JOIN_AT = 180;
const FIRST_BEACON_AT = 240;
const DOWNLOAD_AT = 330;
const KNOCKING_AT = 600;
const BROWSING_AT = [200, 290, 415, 520, 710, 820];

const BEACON_INTERVAL_SECONDS = 60;
const BEACON_JITTER_US = 2 * SECOND_US;
/** The name is looked up again when its five minutes are over. */
const BEACONS_PER_LOOKUP = 5;
const KNOCK_INTERVAL_US = 350_000;

export const BEACONS = 10;
/** Each look-up asks for IPv4 and for IPv6. */
export const COMMAND_LOOKUPS = 2 * Math.ceil(BEACONS / BEACONS_PER_LOOKUP);
export const DOWNLOAD_URI = "/get/sync-service.bin";
const DOWNLOAD_BYTES = 49_152;

/** The computer whose file sharing is open to everybody. */
export const OPEN_COMPUTER = computers[2]!;

/** Computers whose firewall does not even say no. */
const SILENT_COMPUTERS = new Set([3, 7, 8, 11].map((index) => computers[index]!));

/** Link-local, made from the MAC address (RFC 4291, appendix A). */
const PHONE_IPV6 = "fe80::d43f:8aff:fe51:7c2";

/** Everything the phone does, in a capture that begins at `startUs`. */
export function tellPhone(wire: Wire, startUs: number): void {
  const random = new Random(3000);
  const at = (seconds: number): number => startUs + seconds * SECOND_US;
  joinWifi(wire, random, at(JOIN_AT));
  for (const seconds of BROWSING_AT) useApp(wire, random, at(seconds));
  for (let beacon = 0; beacon < BEACONS; beacon++) {
    const jitterUs = random.between(-BEACON_JITTER_US, BEACON_JITTER_US);
    sendBeacon(wire, random, at(FIRST_BEACON_AT + beacon * BEACON_INTERVAL_SECONDS) + jitterUs, beacon);
  }
  fetchProgram(wire, random, at(DOWNLOAD_AT));
  computers.forEach((computer, index) => {
    knock(wire, random, at(KNOCKING_AT) + index * KNOCK_INTERVAL_US, computer);
  });
}

function joinWifi(wire: Wire, random: Random, atUs: number): void {
  greetIpv6(wire, atUs);
  const client = { station: phone, ...ANDROID_DHCP };
  const leasedUs = obtainLease(wire, atUs + 200_000, client, gateway, random.between(1, 0x7fffffff));
  const readyUs = wire.resolveAddress(leasedUs, phone, gateway);
  const { name, addresses, station } = connectivitySite;
  const knownUs = lookUp(wire, readyUs, phone, gateway, name, addresses);
  talkHttp(new TcpConversation(wire, random, phone, station, HTTP_PORT, knownUs), {
    method: "GET",
    host: name,
    uri: "/generate_204",
    userAgent: PHONE_AGENT,
    status: "204 No Content",
    contentType: "text/plain",
    body: u8(),
  });
}

/** Duplicate address detection, a call for routers, a question for displays nearby: an IPv6 host's first words. */
function greetIpv6(wire: Wire, atUs: number): void {
  const say = (afterUs: number, mac: string, source: string, to: string, transport: Transport): void => {
    const packet = ipv6Packet({ source, destination: to, ttl: 255 }, transport);
    wire.frame(atUs + afterUs, ethernetFrame(phone.mac, mac, ETHERTYPE_IPV6, packet));
  };
  const target = hex("fe80000000000000d43f8afffe5107c2");
  const sourceLinkLayer = join(u8(1, 1), hex(phone.mac));
  const neighbourSolicitation = icmpv6Message(135, join(u32(0), target));
  const routerSolicitation = icmpv6Message(133, join(u32(0), sourceLinkLayer));
  say(0, "33:33:ff:51:07:c2", "::", "ff02::1:ff51:7c2", neighbourSolicitation);
  say(1_000_000, "33:33:00:00:00:02", PHONE_IPV6, "ff02::2", routerSolicitation);
  const question = udpDatagram(5353, 5353, mdnsQuery("_googlecast._tcp.local"));
  say(1_500_000, "33:33:00:00:00:fb", PHONE_IPV6, "ff02::fb", question);
}

function useApp(wire: Wire, random: Random, atUs: number): void {
  const site = random.pick(webSites);
  const readyUs = lookUp(wire, atUs, phone, gateway, site.name, site.addresses);
  talkToSite(wire, random, readyUs, phone, site, phoneApp);
}

function sendBeacon(wire: Wire, random: Random, atUs: number, beacon: number): void {
  const { name, addresses, station } = commandSite;
  const mustLookUp = beacon % BEACONS_PER_LOOKUP === 0;
  const readyUs = mustLookUp ? lookUp(wire, atUs, phone, gateway, name, addresses) : atUs;
  talkTls(new TcpConversation(wire, random, phone, station, HTTPS_PORT, readyUs), {
    client: implant,
    serverName: name,
    certificate: selfSignedCertificate(
      { commonName: "localhost", notBefore: "261101000000Z", notAfter: "361029000000Z" },
      new Random(4000),
    ),
    exchanges: [{ requestBytes: 212, answerBytes: 90 }],
  });
}

function fetchProgram(wire: Wire, random: Random, atUs: number): void {
  const { name, addresses, station } = downloadSite;
  const readyUs = lookUp(wire, atUs, phone, gateway, name, addresses);
  talkHttp(new TcpConversation(wire, random, phone, station, HTTP_PORT, readyUs), {
    method: "GET",
    host: name,
    uri: DOWNLOAD_URI,
    userAgent: IMPLANT_AGENT,
    status: "200 OK",
    contentType: "application/octet-stream",
    // An ELF header is all that is true of it.
    body: join(hex("7f454c46 02010100"), ascii("not a program"), random.bytes(DOWNLOAD_BYTES - 21)),
  });
}

function knock(wire: Wire, random: Random, atUs: number, computer: Station): void {
  const knownUs = wire.resolveAddress(atUs, phone, computer);
  const conversation = new TcpConversation(wire, random, phone, computer, SMB_PORT, knownUs);
  if (computer === OPEN_COMPUTER) conversation.open().pause(300_000).close();
  else if (SILENT_COMPUTERS.has(computer)) conversation.meetSilence();
  else conversation.meetRefusal();
}

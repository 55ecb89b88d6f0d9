/** An ordinary morning: what the computers, the printer and the file server of the office do by themselves and for people. */

import { ascii, join, padded, u8, u32 } from "./bytes.js";
import { selfSignedCertificate } from "./certificate.js";
import { renewLease } from "./dhcp.js";
import { lookUp, mdnsAnnouncement, serviceRecords } from "./dns.js";
import { ETHERTYPE_IPV4, ethernetFrame, ipv4Packet, udpDatagram } from "./frames.js";
import { talkHttp } from "./http.js";
import { computers, gateway, nas, printer, type Site, timeSite, updateSite, webSites } from "./places.js";
import { BROWSER_AGENT, browser, businessClient, UPDATE_AGENT, WINDOWS_DHCP } from "./programs.js";
import { Random } from "./random.js";
import { SMB_PORT, talkSmb } from "./smb.js";
import type { Station } from "./station.js";
import { TcpConversation } from "./tcp-conversation.js";
import { TLS_1_2, type TlsClient } from "./tls-messages.js";
import { talkTls } from "./tls-session.js";
import type { Wire } from "./wire.js";

export const SECOND_US = 1_000_000;
export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;

const NTP_PORT = 123;
const MDNS_PORT = 5353;
const MDNS_GROUP = { mac: "01:00:5e:00:00:fb", address: "224.0.0.251" };

/** Seconds between two visits of one computer to the web. */
const WEB_VISIT_SECONDS = [45, 110] as const;
const ARP_SECONDS = [90, 210] as const;
const ANNOUNCEMENT_SECONDS = [200, 260] as const;

/** Everything the office does in `durationUs` from `startUs` on. */
export function tellOffice(wire: Wire, startUs: number, durationUs: number): void {
  const endUs = startUs + durationUs;
  computers.forEach((computer, index) => {
    const random = new Random(1000 + index);
    repeat(random, startUs, endUs, WEB_VISIT_SECONDS, (atUs) => visitWeb(wire, random, atUs, computer));
    repeat(random, startUs, endUs, ARP_SECONDS, (atUs) => void wire.resolveAddress(atUs, computer, gateway));
    const moment = (): number => startUs + random.between(0, durationUs - 30 * SECOND_US);
    renewLease(
      wire,
      moment(),
      { station: computer, ...WINDOWS_DHCP },
      gateway,
      random.between(1, 0x7fffffff),
    );
    askTime(wire, random, moment(), computer);
    useFileServer(wire, random, moment(), computer);
    if (index % 3 === 0) fetchUpdateCatalogue(wire, random, moment(), computer);
    if (index % 4 === 1) lookAtPrinter(wire, random, moment(), computer);
  });
  const random = new Random(2000);
  repeat(random, startUs, endUs, ANNOUNCEMENT_SECONDS, (atUs) => announceServices(wire, atUs));
}

/** Call `act` at moments between `startUs` and `endUs` that lie between `low` and `high` seconds apart. */
function repeat(
  random: Random,
  startUs: number,
  endUs: number,
  [low, high]: readonly [number, number],
  act: (atUs: number) => void,
): void {
  const gap = (from: number): number => random.between(from * SECOND_US, high * SECOND_US);
  // What begins in the last seconds would reach beyond the end.
  const lastUs = endUs - 15 * SECOND_US;
  for (let atUs = startUs + gap(0); atUs < lastUs; atUs += gap(low)) act(atUs);
}

function visitWeb(wire: Wire, random: Random, atUs: number, computer: Station): void {
  const site = random.pick(webSites);
  const readyUs = lookUp(wire, atUs, computer, gateway, site.name, site.addresses);
  talkToSite(wire, random, readyUs, computer, site, random.between(0, 3) === 0 ? businessClient : browser);
}

/** A TLS session with a few requests, as long as a page is. */
export function talkToSite(
  wire: Wire,
  random: Random,
  atUs: number,
  client: Station,
  { name, station }: Site,
  program: TlsClient,
): void {
  const conversation = new TcpConversation(wire, random, client, station, HTTPS_PORT, atUs);
  const exchanges = Array.from({ length: random.between(1, 4) }, () => ({
    requestBytes: random.between(180, 900),
    answerBytes: random.between(800, 24_000),
  }));
  // Only TLS 1.2 shows it.
  const certificate =
    program.version === TLS_1_2
      ? selfSignedCertificate(
          { commonName: name, notBefore: "260901000000Z", notAfter: "271001000000Z" },
          random,
        )
      : u8();
  talkTls(conversation, { client: program, serverName: name, certificate, exchanges });
}

function askTime(wire: Wire, random: Random, atUs: number, computer: Station): void {
  const readyUs = lookUp(wire, atUs, computer, gateway, timeSite.name, timeSite.addresses);
  const port = wire.nextPort(computer);
  const { station } = timeSite;
  // Version 4, client; then version 4, server, stratum 2. The rest of the 48 bytes: poll, precision, time stamps.
  const request = padded(u8(0x23, 0, 6, 0xec), 48);
  const answer = join(padded(u8(0x24, 2, 6, 0xe9), 16), u32(0xea5a0000), random.bytes(28));
  wire.udp(readyUs, computer, port, station, NTP_PORT, request);
  wire.udp(readyUs + station.answersAfterUs, station, NTP_PORT, computer, port, answer);
}

function useFileServer(wire: Wire, random: Random, atUs: number, computer: Station): void {
  const conversation = new TcpConversation(wire, random, computer, nas, SMB_PORT, atUs);
  talkSmb(
    conversation,
    Array.from({ length: random.between(3, 8) }, () => random.between(200, 9_000)),
  );
}

function fetchUpdateCatalogue(wire: Wire, random: Random, atUs: number, computer: Station): void {
  const { name, addresses, station } = updateSite;
  const readyUs = lookUp(wire, atUs, computer, gateway, name, addresses);
  talkHttp(new TcpConversation(wire, random, computer, station, HTTP_PORT, readyUs), {
    method: "GET",
    host: name,
    uri: "/catalogue/2026-11.json",
    userAgent: UPDATE_AGENT,
    status: "200 OK",
    contentType: "application/json",
    body: ascii(`{"catalogue":"2026-11","updates":[${'"KB0000000",'.repeat(180)}null]}`),
  });
}

function lookAtPrinter(wire: Wire, random: Random, atUs: number, computer: Station): void {
  talkHttp(new TcpConversation(wire, random, computer, printer, HTTP_PORT, atUs), {
    method: "GET",
    host: printer.address,
    uri: "/status.html",
    userAgent: BROWSER_AGENT,
    status: "200 OK",
    contentType: "text/html",
    body: ascii(`<html><title>${printer.name}</title><p>Toner 64 %${"<p>Tray 1: A4".repeat(60)}</html>`),
  });
}

function announceServices(wire: Wire, atUs: number): void {
  const services = [
    { station: printer, service: "_ipp._tcp.local", port: 631 },
    { station: nas, service: "_smb._tcp.local", port: SMB_PORT },
  ];
  services.forEach(({ station, service, port }, index) => {
    const host = `${station.name}.local`;
    const message = mdnsAnnouncement(serviceRecords(station.name, service, host, port, station.address));
    const fields = {
      source: station.address,
      destination: MDNS_GROUP.address,
      ttl: 255,
      id: wire.nextIpId(station),
    };
    const packet = ipv4Packet(fields, udpDatagram(MDNS_PORT, MDNS_PORT, message));
    wire.frame(atUs + index * SECOND_US, ethernetFrame(station.mac, MDNS_GROUP.mac, ETHERTYPE_IPV4, packet));
  });
}

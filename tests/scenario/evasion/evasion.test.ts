/**
 * Packets made to be read differently here than by their receiver, as frames through the whole sensor: the families of
 *
 * - Ptacek & Newsham, "Insertion, Evasion, and Denial of Service" (1998): overlap, checksums, TTL, RST, FIN, options, fragments;
 * - Wang et al., "SymTCP" (2020), and "Themis" (2021): SYN with data, RST and FIN beside their place, urgent data, timestamps,
 *   MD5 signatures, acknowledgements of nonsense, windows.
 *
 * The expected reading is that of a current Linux receiver, which is also the policy of Suricata 7 for Linux hosts:
 *
 * Every case was also played to Suricata 7.0.10 as Debian ships it; where that reads something else, the case says so.
 *
 * | where | reading |
 * |---|---|
 * | segments a receiver drops (checksum, no ACK, PAWS, MD5, window, nonsense acknowledged) | not read |
 * | RST, SYN, FIN beside their place | no effect |
 * | RST at its place, and its sender goes on | read on; `suspected_rst_inject` |
 * | data on a SYN | read if the server acknowledges it |
 * | segments that wait for earlier ones and overlap | the new one wins where it begins before the old one; else the old one |
 * | the same place twice in order, not acknowledged yet (small TTL) | the first; `reassembly_overlap_different_data` |
 * | the same place again after the acknowledgement | the first; `pkt_spurious_retransmission` |
 * | urgent octet | not part of the stream |
 * | IPv4 fragments that overlap | policy WINDOWS, as suricata.yaml ships it: the older one wins; `ipv4.frag_overlap` |
 * | IPv6 fragments that overlap | policy BSD; a Linux receiver drops the datagram (RFC 5722), so `ipv6.frag_overlap` tells |
 * | lengths in IP and TCP headers that lie | not read; a decode event |
 */
import { describe, expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { imageOf } from "../../support/rules.js";
import type { EvasionCase } from "./evasion-case.js";
import { IP_CASES } from "./ip-cases.js";
import { TCP_CASES } from "./tcp-cases.js";

const ALL: readonly EvasionCase[] = [...TCP_CASES, ...IP_CASES];
const EVENTS = [...new Set(ALL.flatMap(({ events }) => events ?? []))];
const FIRST_EVENT_SID = 100;

/** One rule for either reading, as request and as bytes of the stream, and one for each event. */
const RULES: readonly string[] = [
  'alert http any any -> any any (http.uri; content:"/evil"; sid:1;)',
  'alert http any any -> any any (http.uri; content:"/good"; sid:2;)',
  'alert tcp any any -> any any (flow:established,to_server,only_stream; content:"GET /evil HTTP"; sid:3;)',
  'alert tcp any any -> any any (flow:established,to_server,only_stream; content:"GET /good HTTP"; sid:4;)',
  ...EVENTS.map((event, i) => {
    const isDecode = event.includes(".");
    return `alert ${isDecode ? "pkthdr" : "tcp"} any any -> any any (${isDecode ? "decode" : "stream"}-event:${event}; sid:${FIRST_EVENT_SID + i};)`;
  }),
];
const image = imageOf(...RULES);

function sidsOf(evasion: EvasionCase): Set<number> {
  const sids = new Set<number>();
  const sensor = new Sensor({
    image,
    interfaceName: "test0",
    flowLimits: {
      ...DEFAULT_FLOW_LIMITS,
      maxFlows: 16,
      streamMemoryBytes: 1024 * 1024,
      verifiesChecksums: true,
    },
    makeParsers: registeredParsers,
    onDetection: ({ signatureId }) => sids.add(signatureId),
    wallMs: () => 0,
  });
  for (const { bytes, linkType, timeUs } of evasion.talk().frames) {
    sensor.frame(bytes, 0, bytes.length, bytes.length, linkType, timeUs);
  }
  sensor.finish();
  return sids;
}

describe("what the receiver reads is read", () => {
  it.each(ALL)("$name: $reads", (evasion) => {
    const sids = sidsOf(evasion);
    const { reads } = evasion;
    expect([sids.has(1), sids.has(2)], "as a request").toEqual([reads === "evil", reads === "good"]);
    expect([sids.has(3), sids.has(4)], "as a stream").toEqual([reads === "evil", reads === "good"]);
    for (const event of evasion.events ?? []) {
      expect(sids.has(FIRST_EVENT_SID + EVENTS.indexOf(event)), event).toBe(true);
    }
  });
});

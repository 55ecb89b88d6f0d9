import { describe, expect, it } from "vitest";
import { DECODE_REASON_NAMES, DecodeReason } from "../../../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder, MAX_TUNNEL_DEPTH } from "../../../../agent/sensor/wire/frame-decoder.js";
import { LINKTYPE_RAW } from "../../../../agent/sensor/wire/link-type.js";
import {
  type Built,
  concat,
  ethernet,
  extension,
  gre,
  hex,
  ipv4,
  ipv6,
  raw,
  tcp,
  udp,
  vlan,
} from "../../../support/frames.js";
import { decode, eventNames, packetFields, payloadText } from "../../../support/packet-fields.js";

const decoder = new FrameDecoder();
const inner = ipv4({ source: "192.168.0.1", destination: "192.168.0.2" }, udp({ sourcePort: 7 }, "inside"));
const innerV6 = ipv6({ source: "fd00::1", destination: "fd00::2" }, udp({ sourcePort: 7 }, "inside"));

/** Addresses of the packets in a frame, outermost first. */
function sources(payload: Built): unknown[] {
  return decode(decoder, ethernet(payload)).map((packet) => packetFields(packet).source);
}

describe("tunnels", () => {
  it.each<[string, Built, number]>([
    ["IPv4 in IPv4", ipv4({}, inner), 4],
    ["IPv6 in IPv4 (6in4)", ipv4({}, innerV6), 4],
    ["IPv4 in IPv6 (DS-Lite, MAP-E)", ipv6({}, inner), 6],
    ["IPv6 in IPv6", ipv6({}, innerV6), 6],
    [
      "IPv4 in IPv6 behind destination options",
      ipv6({ extensions: [extension(60, hex("04 01 04 010100"))] }, inner),
      6,
    ],
    ["IPv6 in IPv6 behind destination options", ipv6({ extensions: [extension(60)] }, innerV6), 6],
    ["IPv4 in GRE", ipv4({}, gre(inner)), 4],
    ["IPv6 in GRE over IPv6", ipv6({}, gre(innerV6)), 6],
    ["a VLAN tag in GRE", ipv4({}, gre(vlan(5, inner))), 4],
    ["Ethernet in GRE", ipv4({}, gre(raw(0x6558, ethernet(inner)))), 4],
    [
      "GRE with checksum, key and sequence",
      ipv4({}, raw(47, concat(hex("b000 0800 00000000 00000001 00000002"), inner.bytes))),
      4,
    ],
    [
      "GRE with routing entries",
      ipv4({}, raw(47, concat(hex("4000 0800 00000000 0800 00 04 0a000001 0000 00 00"), inner.bytes))),
      4,
    ],
    ["ERSPAN type I", ipv4({}, raw(47, concat(hex("0000 88be"), ethernet(inner)))), 4],
    ["VXLAN", ipv4({}, udp({ destinationPort: 4789 }, concat(hex("08000000 00000100"), ethernet(inner)))), 4],
    [
      "a VLAN tag in VXLAN",
      ipv4({}, udp({ destinationPort: 4789 }, concat(hex("08000000 00000100"), ethernet(vlan(5, inner))))),
      4,
    ],
    [
      "Geneve with options",
      ipv4(
        {},
        udp(
          { destinationPort: 6081 },
          concat(hex("0400 6558 00002500 0108 0001 11111111 0108 0001 11111111"), ethernet(inner)),
        ),
      ),
      4,
    ],
    [
      "Geneve with IPv6",
      ipv4({}, udp({ destinationPort: 6081 }, concat(hex("0000 86dd 00002500"), innerV6.bytes))),
      4,
    ],
    ["Teredo", ipv4({}, udp({ destinationPort: 3544 }, innerV6.bytes)), 4],
    [
      "Teredo behind an origin indication",
      ipv4({}, udp({ sourcePort: 3544 }, concat(hex("0000 f227 bec861af"), innerV6.bytes))),
      4,
    ],
  ])("opens %s", (_name, payload, outerVersion) => {
    const packets = decode(decoder, ethernet(payload));
    expect(packets).toHaveLength(2);
    expect(packets[0]).toMatchObject({
      ipVersion: outerVersion,
      tunnelDepth: 0,
      hasTunnelledPacket: true,
      reason: 0,
    });
    expect(packets[1]).toMatchObject({ tunnelDepth: 1, sourcePort: 7, hasTunnelledPacket: false, reason: 0 });
    expect(payloadText(packets[1]!)).toBe("inside");
    // The inner packet's frame is what the tunnel carries.
    expect(packets[1]!.frameOffset).toBeGreaterThan(packets[0]!.ipOffset);
    expect(packets[1]!.frameEnd).toBe(packets[0]!.ipEnd);
  });

  // arkime, 6-4-gre-ppp-udp-4-dns: VLAN 100; IPv6 → IPv4 200.192.52.166 → 154.48.129.136 → GRE version 1 with key, sequence
  // and acknowledgement → PPP → IPv4 172.16.44.3 → 8.8.8.8, UDP 40768 → 53, a DNS query.
  const IPV6_IPV4_GRE_PPP = hex(`
    c500000082c4 00121ef2613d 8100 0064 86dd
    60000000 008b 04 f6 2402f00000018e010000000000005555 2607fcd00100230000000000b1082a6b
    45 00 008b 8caf 0000 40 2f 75fe 100000c8 c034a69a
    3081 880b 0067 1780 00068fb1 00083a76 ff03 0021
    45 00 0063 0000 4000 3c 11 5667 ac102c03 08080808
    9f40 0035 004f 2d23 a62c 0100 0001 0000 0000 0000
    357871742d6465746563742d6d6f6465322d39373731326538382d313637612d343562392d393365652d393133313430653736363738 00 001c 0001`);

  it("opens a real IPv6, IPv4, GRE, PPP, IPv4 nesting", () => {
    const packets = decode(decoder, IPV6_IPV4_GRE_PPP);
    expect(packets.map((packet) => packetFields(packet))).toMatchObject([
      { ipVersion: 6, vlanIds: [100], source: "2402:f000:1:8e01::5555", tunnelDepth: 0 },
      { ipVersion: 4, vlanIds: [], source: "16.0.0.200", ipProtocol: 47, tunnelDepth: 1, macOffset: -1 },
      { ipVersion: 4, source: "172.16.44.3", sourcePort: 40768, destinationPort: 53, tunnelDepth: 2 },
    ]);
  });

  // suricata-verify, decode-erspan-typeII-01: 2.2.2.2 → 1.1.1.1 GRE with sequence, ERSPAN II of VLAN 23, Ethernet, 23.0.0.2 →
  // 23.0.0.3 ICMP echo.
  it("opens a real ERSPAN type II frame and takes over its VLAN", () => {
    const packets = decode(
      decoder,
      concat(
        hex(`6400f1e20112 6400f1e20101 0800 45 00 0096 0000 4000 fe 2f 7633 02020202 01010101
             1000 88be 00000704 1017 0864 00000000 6400f1e10303 6400f1e10202 0800
             45 00 0064 0894 0000 ff 01 8500 17000002 17000003 08 00 57b5 0016 0000 0000000000a825d7`),
        hex("abcd".repeat(32)),
      ),
    );
    expect(packetFields(packets[1]!)).toMatchObject({
      vlanIds: [23],
      source: "23.0.0.2",
      icmpType: 8,
      icmpId: 0x16,
    });
    expect(packets[1]!.macOffset).toBeGreaterThan(0);
  });

  it("leaves the ARP in a VXLAN frame closed, but looks for no content in it either way", () => {
    const arp = concat(hex("08000000 00000100 020000000001 020000000002 0806"), new Uint8Array(28));
    const packets = decode(decoder, ethernet(ipv4({}, udp({ destinationPort: 4789 }, arp))));
    expect(packets).toHaveLength(1);
    expect(packets[0]).toMatchObject({ hasTunnelledPacket: false, reason: 0 });
  });

  it.each<[string, Built]>([
    [
      "VXLAN without its flag",
      udp({ destinationPort: 4789 }, concat(hex("00000000 00000100"), ethernet(inner))),
    ],
    [
      "VXLAN with its reserved byte set",
      udp({ destinationPort: 4789 }, concat(hex("08000000 00000101"), ethernet(inner))),
    ],
    [
      "Geneve whose options do not add up",
      udp({ destinationPort: 6081 }, concat(hex("0100 0800 00002500 0108 0004"), inner.bytes)),
    ],
    [
      "Geneve of another version",
      udp({ destinationPort: 6081 }, concat(hex("4000 0800 00002500"), inner.bytes)),
    ],
    ["Teredo with bytes left over", udp({ destinationPort: 3544 }, concat(innerV6.bytes, hex("00")))],
    ["Teredo with hop limit 0", udp({ destinationPort: 3544 }, ipv6({ hopLimit: 0 }, udp({})).bytes)],
    [
      "Teredo authentication",
      udp({ destinationPort: 3544 }, concat(hex("0001 0000 0000000000000000 00"), innerV6.bytes)),
    ],
    [
      "Teredo around a broken packet",
      udp({ destinationPort: 3544 }, ipv6({}, tcp({ headerWords: 1 })).bytes),
    ],
    [
      "the same bytes on another port",
      udp({ destinationPort: 4790 }, concat(hex("08000000 00000100"), ethernet(inner))),
    ],
  ])("takes for plain UDP: %s", (_name, datagram) => {
    const packets = decode(decoder, ethernet(ipv4({}, datagram)));
    expect(packets).toHaveLength(1);
    expect(packets[0]).toMatchObject({ ipProtocol: 17, hasTunnelledPacket: false, reason: 0 });
    expect(packets[0]!.payloadLength).toBe(datagram.bytes.length - 8);
  });

  it.each<[string, Built]>([
    ["gre.pkt_too_small", ipv4({}, raw(47, hex("0000 08")))],
    ["gre.wrong_version", ipv4({}, raw(47, hex("0002 0800")))],
    ["gre.version0_recur", ipv4({}, raw(47, hex("0100 0800")))],
    ["gre.version0_flags", ipv4({}, raw(47, hex("0008 0800")))],
    ["gre.version0_hdr_too_big", ipv4({}, raw(47, hex("2000 0800 0000")))],
    ["gre.version0_malformed_sre_hdr", ipv4({}, raw(47, hex("4000 0800 00000000 0800 00")))],
    ["gre.version0_malformed_sre_hdr", ipv4({}, raw(47, hex("4000 0800 00000000 0800 00 ff 00000000")))],
    ["gre.version1_chksum", ipv4({}, raw(47, hex("a001 880b 00000000")))],
    ["gre.version1_route", ipv4({}, raw(47, hex("6001 880b 00000000")))],
    ["gre.version1_ssr", ipv4({}, raw(47, hex("2801 880b 00000000")))],
    ["gre.version1_recur", ipv4({}, raw(47, hex("2101 880b 00000000")))],
    ["gre.version1_flags", ipv4({}, raw(47, hex("2009 880b 00000000")))],
    ["gre.version1_wrong_protocol", ipv4({}, raw(47, hex("2001 0800 00000000")))],
    ["gre.version1_no_key", ipv4({}, raw(47, hex("0001 880b 00000000")))],
    ["gre.version1_hdr_too_big", ipv4({}, raw(47, hex("3081 880b 00010000 00000000")))],
    ["ipv6.ipv4_in_ipv6_too_small", ipv6({}, raw(4, hex("45")))],
    ["ipv6.ipv4_in_ipv6_wrong_version", ipv6({}, raw(4, hex("65".repeat(20))))],
    ["ipv6.ipv6_in_ipv6_too_small", ipv6({}, raw(41, hex("60")))],
    ["ipv6.ipv6_in_ipv6_wrong_version", ipv6({}, raw(41, hex("45".repeat(40))))],
    [
      "vxlan.unknown_payload_type",
      ipv4({}, udp({ destinationPort: 4789 }, concat(hex("08000000 00000100"), ethernet(raw(0x1234, "x"))))),
    ],
    ["geneve.unknown_payload_type", ipv4({}, udp({ destinationPort: 6081 }, hex("0000 1234 00002500")))],
  ])("keeps the outer packet with the reason %s", (reason, payload) => {
    const packets = decode(decoder, ethernet(payload));
    expect(packets).toHaveLength(1);
    expect(DECODE_REASON_NAMES[packets[0]!.reason]).toBe(reason);
    expect(packets[0]!.ipVersion).not.toBe(0);
  });

  it.each<[string, number, Built]>([
    ["IPv6", DecodeReason.IPV6_TRUNC_PKT, ipv4({}, ipv6({ payloadLength: 500 }, udp({})))],
    ["IPv4", DecodeReason.IPV4_WRONG_IP_VERSION, ipv4({}, gre(raw(0x0800, innerV6.bytes)))],
    ["PPP", DecodeReason.PPP_IP4_PKT_TOO_SMALL, ipv4({}, raw(47, hex("2001 880b 00050000 ff03 0021 45")))],
    [
      "ERSPAN",
      DecodeReason.ERSPAN_UNSUPPORTED_VERSION,
      ipv4({}, raw(47, hex("1000 88be 00000001 2000 0000 00000000 00"))),
    ],
  ])("drops an inner packet whose first header is unsound, and counts it: %s", (_name, reason, payload) => {
    const fresh = new FrameDecoder();
    const packets = decode(fresh, ethernet(payload));
    expect(packets).toHaveLength(1);
    expect(packets[0]).toMatchObject({ hasTunnelledPacket: false, reason: 0 });
    expect(fresh.reasonCounts[reason]).toBe(1);
  });

  it("keeps an inner packet whose transport is unsound", () => {
    const packets = decode(decoder, ethernet(ipv4({}, ipv6({}, tcp({ headerWords: 1 })))));
    expect(packets).toHaveLength(2);
    expect(eventNames(packets[1]!)).toEqual(["tcp.invalid_optlen"]);
  });

  it("ignores the payload of a GRE acknowledgement", () => {
    expect(decode(decoder, ethernet(ipv4({}, raw(47, hex("2081 880b 00000001 00000002")))))).toHaveLength(1);
  });

  it("opens what Suricata 7.0 does not open only if it may", () => {
    const exact = new FrameDecoder({ opensMoreTunnels: false });
    expect(decode(exact, ethernet(ipv4({}, inner)))).toHaveLength(1);
    const behindOptions = ipv6({ extensions: [extension(60)] }, innerV6);
    expect(eventNames(decode(exact, ethernet(behindOptions))[0]!)).toContain("ipv6.unknown_next_header");
    expect(decode(exact, ethernet(ipv6({ extensions: [extension(60)] }, inner)))).toHaveLength(2);
  });

  it("gives up where tunnels are nested too deeply, whatever they are made of", () => {
    let nested = inner;
    for (let i = 0; i < MAX_TUNNEL_DEPTH; i++) nested = ipv6({}, nested);
    const deepest = decode(decoder, nested.bytes, LINKTYPE_RAW);
    expect(deepest).toHaveLength(MAX_TUNNEL_DEPTH + 1);
    expect(payloadText(deepest.at(-1)!)).toBe("inside");

    const tooDeep = decode(decoder, ipv6({}, nested).bytes, LINKTYPE_RAW);
    expect(tooDeep).toHaveLength(MAX_TUNNEL_DEPTH + 1);
    expect(eventNames(tooDeep.at(-1)!)).toEqual(["too_many_layers"]);

    let bridged = ethernet(inner);
    for (let i = 0; i < 20; i++) bridged = ethernet(ipv4({}, gre(raw(0x6558, bridged))));
    const layers = decode(decoder, bridged);
    expect(layers.length).toBeLessThanOrEqual(MAX_TUNNEL_DEPTH + 1);
    expect(eventNames(layers.at(-1)!)).toEqual(["too_many_layers"]);
  });

  it("forgets the packets of the frame before", () => {
    decode(decoder, IPV6_IPV4_GRE_PPP);
    expect(sources(inner)).toEqual(["192.168.0.1"]);
    expect(packetFields(decoder.packets[0]!)).toEqual(
      packetFields(decode(new FrameDecoder(), ethernet(inner))[0]!),
    );
  });
});

describe("reassembled datagrams", () => {
  it("are decoded with the tags of the fragment they came from", () => {
    const [fragment] = decode(decoder, ethernet(vlan(12, ipv4({ flags: 1 }, raw(17, "fragment")))));
    const count = decoder.decodeDatagram(inner.bytes, 0, inner.bytes.length, 5, 0, fragment);
    expect(count).toBe(1);
    expect(packetFields(decoder.packets[0]!)).toMatchObject({
      vlanIds: [12],
      etherType: 0x0800,
      macOffset: -1,
      source: "192.168.0.1",
      timeUs: 5,
      tunnelDepth: 0,
    });
  });

  it("have as much room for tunnels as their fragments left", () => {
    const nested = ipv6({}, ipv6({}, inner)).bytes;
    expect(decoder.decodeDatagram(nested, 0, nested.length, 0, 0)).toBe(3);
    expect(decoder.decodeDatagram(nested, 0, nested.length, 0, MAX_TUNNEL_DEPTH - 1)).toBe(2);
    expect(decoder.packets[1]!.tunnelDepth).toBe(MAX_TUNNEL_DEPTH);
    expect(decoder.decodeDatagram(nested, 0, nested.length, 0, MAX_TUNNEL_DEPTH + 1)).toBe(0);
  });
});

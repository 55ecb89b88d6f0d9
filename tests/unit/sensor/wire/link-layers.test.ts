import { describe, expect, it } from "vitest";
import {
  ARP_SENDER_IP,
  ARP_SENDER_MAC,
  ARP_TARGET_IP,
  ARP_TARGET_MAC,
} from "../../../../agent/sensor/wire/arp.js";
import { readUint32 } from "../../../../agent/sensor/wire/big-endian.js";
import { DECODE_REASON_NAMES, DecodeReason } from "../../../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import {
  LINKTYPE_C_HDLC,
  LINKTYPE_IEEE802_11,
  LINKTYPE_IEEE802_11_RADIOTAP,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_PPP,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_RAW,
} from "../../../../agent/sensor/wire/link-type.js";
import {
  arp,
  concat,
  ethernet,
  hex,
  ipv4,
  ipv6,
  macOf,
  pppoe,
  raw,
  tcp,
  udp,
  vlan,
} from "../../../support/frames.js";
import { decode, eventNames, packetFields, payloadText } from "../../../support/packet-fields.js";

const decoder = new FrameDecoder();
const inner = ipv4({ source: "192.0.2.1", destination: "192.0.2.2" }, udp({ sourcePort: 5 }, "hello"));
const innerV6 = ipv6({}, udp({ sourcePort: 5 }, "hello"));

function nameOf(reason: number): string {
  return DECODE_REASON_NAMES[reason]!;
}

describe("link types", () => {
  it.each([
    ["raw IP", LINKTYPE_RAW, inner.bytes],
    ["raw IP of libpcap", 12, inner.bytes],
    ["IPv4", LINKTYPE_IPV4, inner.bytes],
    ["Linux SLL", LINKTYPE_LINUX_SLL, concat(hex("0000 0001 0006 020000000001 0000 0800"), inner.bytes)],
    [
      "Linux SLL2",
      LINKTYPE_LINUX_SLL2,
      concat(hex("0800 0000 00000003 0001 00 06 020000000001 0000"), inner.bytes),
    ],
    ["BSD null, little-endian", LINKTYPE_NULL, concat(hex("02000000"), inner.bytes)],
    ["BSD null, big-endian", LINKTYPE_NULL, concat(hex("00000002"), inner.bytes)],
    ["OpenBSD loop", LINKTYPE_LOOP, concat(hex("00000002"), inner.bytes)],
    ["PPP with address and control", LINKTYPE_PPP, concat(hex("ff03 0021"), inner.bytes)],
    ["PPP without address and control", LINKTYPE_PPP, concat(hex("0021"), inner.bytes)],
    ["PPP with a protocol field of one byte", LINKTYPE_PPP, concat(hex("21"), inner.bytes)],
    ["PPPoE session without Ethernet", LINKTYPE_PPP_ETHER, pppoe(inner).bytes],
    ["Cisco HDLC", LINKTYPE_C_HDLC, concat(hex("0f00 0800"), inner.bytes)],
    [
      "802.11 data",
      LINKTYPE_IEEE802_11,
      concat(hex("0801 0000 020000000001 020000000002 020000000003 0000 aaaa03000000 0800"), inner.bytes),
    ],
    [
      "802.11 QoS data between access points with radiotap",
      LINKTYPE_IEEE802_11_RADIOTAP,
      concat(
        hex("00 00 0a00 00000000 0000"),
        hex("8803 0000 020000000001 020000000002 020000000003 0000 020000000004 0000 aaaa03000000 0800"),
        inner.bytes,
      ),
    ],
    [
      "802.11 QoS data that a driver has aligned, as radiotap's flags behind two words and a time stamp say",
      LINKTYPE_IEEE802_11_RADIOTAP,
      concat(
        hex("00 00 1900 030000a0 00000000 00000000 0000000000000000 20"),
        hex("8801 0000 020000000001 020000000002 020000000003 0000 0000 0000 aaaa03000000 0800"),
        inner.bytes,
      ),
    ],
  ])("finds the datagram in a frame of %s", (_name, linkType, frame) => {
    const packets = decode(decoder, frame, linkType);
    expect(packets).toHaveLength(1);
    expect(packetFields(packets[0]!)).toMatchObject({
      ipVersion: 4,
      source: "192.0.2.1",
      destination: "192.0.2.2",
      sourcePort: 5,
      destinationPort: 53,
      macOffset: -1,
      reason: 0,
      frameOffset: 0,
      frameEnd: frame.length,
    });
    expect(payloadText(packets[0]!)).toBe("hello");
  });

  it.each([
    ["raw IP", LINKTYPE_RAW, innerV6.bytes],
    ["IPv6", LINKTYPE_IPV6, innerV6.bytes],
    ["macOS loopback", LINKTYPE_NULL, concat(hex("1e000000"), innerV6.bytes)],
    ["FreeBSD loopback", LINKTYPE_NULL, concat(hex("1c000000"), innerV6.bytes)],
    ["PPP", LINKTYPE_PPP, concat(hex("ff03 0057"), innerV6.bytes)],
  ])("finds an IPv6 datagram in a frame of %s", (_name, linkType, frame) => {
    const [packet] = decode(decoder, frame, linkType);
    expect(packet!.ipVersion).toBe(6);
    expect(payloadText(packet!)).toBe("hello");
  });

  it("holds no packet and counts one for a link type without a decoder", () => {
    const fresh = new FrameDecoder();
    expect(decode(fresh, inner.bytes, 147)).toHaveLength(0);
    expect(fresh.reasonCounts[DecodeReason.LINK_UNSUPPORTED_TYPE]).toBe(1);
  });

  it.each([
    ["ethernet.pkt_too_small", 1, hex("020000000002 020000000001 08")],
    ["sll.pkt_too_small", LINKTYPE_LINUX_SLL, hex("0000 0001 0006 020000000001 0000 08")],
    ["sll2.pkt_too_small", LINKTYPE_LINUX_SLL2, hex("0800 0000 00000003")],
    ["ltnull.pkt_too_small", LINKTYPE_NULL, hex("020000")],
    ["ltnull.unsupported_type", LINKTYPE_NULL, concat(hex("07000000"), inner.bytes)],
    ["ipraw.invalid_ip_version", LINKTYPE_RAW, hex("50".repeat(20))],
    ["ipv4.pkt_too_small", LINKTYPE_RAW, hex("45".repeat(19))],
    ["chdlc.pkt_too_small", LINKTYPE_C_HDLC, hex("0f0008")],
    ["ppp.pkt_too_small", LINKTYPE_PPP, hex("ff0300")],
    ["ppp.pkt_too_small", LINKTYPE_PPP, hex("")],
    ["ppp.ip4_pkt_too_small", LINKTYPE_PPP, hex("ff03 0021 45c000")],
    ["ppp.ip6_pkt_too_small", LINKTYPE_PPP, hex("ff03 0057 600000")],
    ["ppp.wrong_type", LINKTYPE_PPP, hex("ff03 00ff 4500")],
    ["ieee80211.pkt_too_small", LINKTYPE_IEEE802_11_RADIOTAP, hex("00 00 ff00 00000000 0801")],
    ["ieee80211.no_data", LINKTYPE_IEEE802_11, hex(`8000 ${"00".repeat(40)}`)],
    ["ieee80211.encrypted", LINKTYPE_IEEE802_11, hex(`0841 ${"00".repeat(40)}`)],
    ["ieee80211.unknown_payload", LINKTYPE_IEEE802_11, hex(`0801 ${"00".repeat(40)}`)],
  ])("gives the reason %s", (reason, linkType, frame) => {
    const packets = decode(decoder, frame, linkType);
    expect(packets).toHaveLength(1);
    expect(nameOf(packets[0]!.reason)).toBe(reason);
    expect(packets[0]!.ipVersion).toBe(0);
  });

  it("reads TCP behind the IP header that Van Jacobson's scheme left uncompressed", () => {
    const datagram = ipv4({ protocol: 0 }, tcp({ destinationPort: 443 }));
    const [packet] = decode(decoder, concat(hex("ff03 002f"), datagram.bytes), LINKTYPE_PPP);
    expect(packetFields(packet!)).toMatchObject({ destinationPort: 443, reason: 0 });
    const [unmarked] = decode(decoder, concat(hex("ff03 0021"), datagram.bytes), LINKTYPE_PPP);
    expect(unmarked!.transportOffset).toBe(0);
  });

  it("ends quietly at PPP's control protocols and notes network protocols without a decoder", () => {
    const [lcp] = decode(decoder, hex("ff03 c021 01010004"), LINKTYPE_PPP);
    expect(eventNames(lcp!)).toEqual([]);
    const [ipx] = decode(decoder, hex("ff03 002b 01010004"), LINKTYPE_PPP);
    expect(eventNames(ipx!)).toEqual(["ppp.unsup_proto"]);
  });
});

describe("Ethernet and its tags", () => {
  it("does not take padding for payload", () => {
    const frame = ethernet(ipv4({}, tcp({})), { paddedLength: 60 });
    const [packet] = decode(decoder, frame);
    expect(packetFields(packet!)).toMatchObject({ payloadLength: 0, ipEnd: 54, frameEnd: 60, macOffset: 0 });
  });

  // zeek, vlan-qinqinq: Ethernet, 802.1Q 10, 20, 10, IPv4 141.142.228.5 → 192.150.187.43, TCP 59856 → 80 SYN with MSS
  // 1460, window scale 4, timestamp, SACK permitted.
  const QINQINQ = hex(`
    0010db88d2ef c8bcc896d2a0 8100 001e 8100 0014 8100 000a 0800
    45 00 0040 df8e 4000 40 06 6dd3 8d8ee405 c096bb2b
    e9d0 0050 fe21323a 00000000 b0 02 ffff 3bc0 0000
    020405b4 01 030304 01 01 080a164add2000000000 0402 0000`);

  it("reads three VLAN tags, outermost first", () => {
    const [packet] = decode(decoder, QINQINQ);
    expect(packetFields(packet!)).toMatchObject({
      vlanIds: [30, 20, 10],
      etherType: 0x0800,
      source: "141.142.228.5",
      destination: "192.150.187.43",
      sourcePort: 59856,
      tcpSequence: 0xfe21323a,
      tcpMss: 1460,
      tcpWindowScale: 4,
      hasTcpSackPermitted: true,
      tcpTimestampValue: 0x164add20,
      payloadLength: 0,
    });
  });

  it("stops at a fourth tag", () => {
    const [packet] = decode(decoder, ethernet(vlan(1, vlan(2, vlan(3, vlan(4, inner))))));
    expect(packetFields(packet!)).toMatchObject({ vlanIds: [1, 2, 3], ipVersion: 0 });
    expect(nameOf(packet!.reason)).toBe("vlan.too_many_layers");
  });

  it("knows the tags of 802.1ad, QinQ, 802.1ah, VN-Tag and FabricPath", () => {
    const frames = [
      ethernet(vlan(7, vlan(8, inner), 0x88a8)),
      ethernet(vlan(7, vlan(8, inner), 0x9100)),
      ethernet(raw(0x88e7, concat(hex("00000001 020000000003 020000000004 0800"), inner.bytes))),
      ethernet(raw(0x8926, concat(hex("00000033 0800"), inner.bytes))),
      ethernet(raw(0x8903, concat(hex("0001"), ethernet(inner)))),
    ];
    const texts = frames.map((frame) => payloadText(decode(decoder, frame)[0]!));
    expect(texts).toEqual(Array(5).fill("hello"));
  });

  it.each([
    ["vlan.header_too_small", raw(0x8100, hex("0001 08"))],
    ["vlan.unknown_type", raw(0x8100, hex("0001 1234 00"))],
    ["vntag.header_too_small", raw(0x8926, hex("00000033"))],
    ["vntag.unknown_type", raw(0x8926, hex("00000033 1234"))],
    ["ieee8021ah.header_too_small", raw(0x88e7, hex("00000001"))],
    ["dce.pkt_too_small", raw(0x8903, hex("0001 020000000003"))],
    ["ethernet.unknown_type", raw(0xfbb7, hex("00"))],
    ["ethernet.llc", raw(0x0026, hex("424203"))],
    ["pppoe.pkt_too_small", raw(0x8864, hex("1100 0001 0003"))],
    ["pppoe.pkt_too_small", raw(0x8864, hex("1100 0001 0003 00"))],
    ["pppoe.pkt_too_small", raw(0x8863, hex("1109 0000"))],
    ["pppoe.wrong_code", raw(0x8863, hex("11bb 0000 0000"))],
    ["pppoe.malformed_tags", raw(0x8863, hex("1109 0000 0005 01010000"))],
    ["mpls.header_too_small", raw(0x8847, hex("000110"))],
    ["mpls.header_too_small", raw(0x8847, hex("00010000"))],
    ["mpls.pkt_too_small", raw(0x8847, hex("000151ff 450102"))],
    ["mpls.bad_label_router_alert", raw(0x8847, hex("000011ff 45000000"))],
    ["mpls.bad_label_implicit_null", raw(0x8847, hex("000031ff 45000000"))],
    ["mpls.bad_label_reserved", raw(0x8848, hex("000051ff 45000000"))],
    ["mpls.unknown_payload_type", raw(0x8847, hex("000151ff 15000000"))],
    ["nsh.header_too_small", raw(0x894f, hex("0002 0201"))],
    ["nsh.unsupported_version", raw(0x894f, hex("ff02 0201 00000100"))],
    ["nsh.bad_header_length", raw(0x894f, hex("0002 0201 00000100"))],
    ["nsh.bad_header_length", raw(0x894f, hex("0002 0101 00000100 4500"))],
    ["nsh.reserved_type", raw(0x894f, hex("0002 0001 00000100 4500"))],
    ["nsh.unsupported_type", raw(0x894f, hex("0002 0301 00000100 4500"))],
    ["nsh.unknown_payload", raw(0x894f, hex("0002 0299 00000100 4500"))],
  ])("gives the reason %s", (reason, payload) => {
    const [packet] = decode(decoder, ethernet(payload));
    expect(nameOf(packet!.reason)).toBe(reason);
    expect(packet!.ipVersion).toBe(0);
  });

  it("goes on behind a PPPoE session header, with IPv4 and IPv6, tagged or not", () => {
    for (const frame of [ethernet(pppoe(inner)), ethernet(pppoe(innerV6)), ethernet(vlan(9, pppoe(inner)))]) {
      expect(payloadText(decode(decoder, frame)[0]!)).toBe("hello");
    }
  });

  it("takes PPPoE discovery and an empty session packet as they are", () => {
    const padi = raw(0x8863, hex("1109 0000 0004 01010000"));
    const empty = raw(0x8864, hex("1100 0001 0000 c021"));
    for (const payload of [padi, empty]) expect(decode(decoder, ethernet(payload))[0]!.reason).toBe(0);
  });

  it("skips an MPLS stack by explicit label, by the first nibble, and over a pseudo-wire", () => {
    const frames = [
      ethernet(raw(0x8847, concat(hex("00000140"), inner.bytes))),
      ethernet(raw(0x8847, concat(hex("00002140"), innerV6.bytes))),
      ethernet(raw(0x8847, concat(hex("00010040 00011040 00012140"), inner.bytes))),
      ethernet(raw(0x8848, concat(hex("00012140"), innerV6.bytes))),
      ethernet(raw(0x8847, concat(hex("00012140 00000000"), ethernet(inner)))),
    ];
    expect(frames.map((frame) => payloadText(decode(decoder, frame)[0]!))).toEqual(Array(5).fill("hello"));
  });

  // suricata-verify, decode-nsh-type2: Ethernet, NSH (length 2 words, type 2, IPv4), 10.0.0.1 → 10.0.0.2,
  // UDP 52377 → 52464 with "data\n\n".
  it("skips a network service header", () => {
    const [packet] = decode(
      decoder,
      hex(`525400000001 525400000002 894f 0002 02 01 00000102
           45 00 0022 2844 4000 11 11 e96a 0a000001 0a000002 cc99 ccf0 000e 0000 646174610a0a`),
    );
    expect(packetFields(packet!)).toMatchObject({ source: "10.0.0.1", sourcePort: 52377, reason: 0 });
    expect(payloadText(packet!)).toBe("data\n\n");
  });
});

describe("ARP", () => {
  it("gives the operation and where the addresses stand", () => {
    const frame = ethernet(
      arp({
        operation: 2,
        senderMac: "02:00:00:00:00:0a",
        senderAddress: "10.1.2.3",
        targetAddress: "10.1.2.4",
      }),
      { paddedLength: 60 },
    );
    const [packet] = decode(decoder, frame);
    expect(packetFields(packet!)).toMatchObject({ arpOperation: 2, arpOffset: 14, ipVersion: 0, reason: 0 });
    const at = packet!.arpOffset;
    expect(packet!.bytes.slice(at + ARP_SENDER_MAC, at + ARP_SENDER_MAC + 6)).toEqual(
      macOf("02:00:00:00:00:0a"),
    );
    expect(packet!.bytes.slice(at + ARP_TARGET_MAC, at + ARP_TARGET_MAC + 6)).toEqual(new Uint8Array(6));
    expect(readUint32(packet!.bytes, at + ARP_SENDER_IP)).toBe(0x0a010203);
    expect(readUint32(packet!.bytes, at + ARP_TARGET_IP)).toBe(0x0a010204);
  });

  it("gives no addresses where the message is cut off or of another kind", () => {
    const [short] = decode(decoder, ethernet(raw(0x0806, hex("0001 0800 06 04 0001"))));
    expect(nameOf(short!.reason)).toBe("arp.pkt_too_small");
    const other = arp({});
    other.bytes[1] = 6;
    const [token] = decode(decoder, ethernet(other));
    expect(nameOf(token!.reason)).toBe("arp.unsupported_format");
    expect(token!.arpOperation).toBe(0);
  });
});

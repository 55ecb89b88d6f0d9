import { describe, expect, it } from "vitest";
import { readUint16 } from "../../../../agent/sensor/wire/big-endian.js";
import {
  adjustChecksum,
  foldChecksum,
  ipv4HeaderChecksum,
  isIpv4ChecksumValid,
  isTransportChecksumValid,
  sumWords,
} from "../../../../agent/sensor/wire/checksum.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import { ethernet, hex, icmpv4, icmpv6, ipv4, ipv6, tcp, udp } from "../../../support/frames.js";
import { decode } from "../../../support/packet-fields.js";

// Ethernet, IPv4 1.2.3.4 → 4.5.6.7 with an extended security option (85 03 00, end), TCP 20 → 80 SYN.
// Made by scapy: both checksums (e6b6, 816d) are right.
const SYN = hex(`
  ffffffffffff 080027c4a879 0800
  46 00 002c 0001 0000 40 06 e6b6 01020304 04050607 85030000
  0014 0050 00000000 00000000 50 02 2000 816d 0000`);

describe("Internet checksum", () => {
  it("follows the worked example of RFC 1071", () => {
    // 0001 + f203 + f4f5 + f6f7 = 2ddf0 → ddf2, complemented 220d
    expect(foldChecksum(sumWords(hex("0001f203f4f5f6f7"), 0, 8))).toBe(0x220d);
  });

  it("counts an odd last byte as the high half of a word", () => {
    expect(sumWords(hex("0102ff"), 0, 3)).toBe(0x0102 + 0xff00);
  });

  it("computes an IPv4 header checksum whatever stands in its place", () => {
    const frame = SYN.slice();
    frame[24] = 0x12;
    expect(ipv4HeaderChecksum(frame, 14, 24)).toBe(0xe6b6);
  });

  it("stays right when one word is changed and the checksum adjusted", () => {
    const before = hex("4500 0034 1234 2000 4006 0000 0a000001 0a000002");
    const after = hex("4500 0070 1234 2000 4006 0000 0a000001 0a000002");
    const adjusted = adjustChecksum(ipv4HeaderChecksum(before, 0, 20), 0x0034, 0x0070);
    expect(adjusted).toBe(ipv4HeaderChecksum(after, 0, 20));
  });
});

describe("checksums of decoded packets", () => {
  const decoder = new FrameDecoder();

  it("accepts those of a real packet", () => {
    const [packet] = decode(decoder, SYN);
    expect(isIpv4ChecksumValid(packet!)).toBe(true);
    expect(isTransportChecksumValid(packet!)).toBe(true);
  });

  it.each([
    ["TCP over IPv4", ethernet(ipv4({}, tcp({}, "odd")))],
    ["UDP over IPv4", ethernet(ipv4({}, udp({}, "payload")), { paddedLength: 80 })],
    ["ICMP over IPv4", ethernet(ipv4({}, icmpv4({ type: 8, id: 7 }, "ping")))],
    ["TCP over IPv6", ethernet(ipv6({}, tcp({}, "payload")))],
    ["UDP over IPv6", ethernet(ipv6({}, udp({}, "odd")))],
    ["ICMPv6", ethernet(ipv6({}, icmpv6({ type: 128, id: 7 }, "ping")))],
  ])("accepts a sound %s checksum and notices one flipped bit of the payload", (_name, frame) => {
    const [packet] = decode(decoder, frame);
    expect(isTransportChecksumValid(packet!)).toBe(true);
    const damaged = frame.slice();
    const at = packet!.payloadOffset;
    damaged[at] = damaged[at]! ^ 0x10;
    expect(isTransportChecksumValid(decode(decoder, damaged)[0]!)).toBe(false);
  });

  it("takes a UDP checksum of zero as none over IPv4 and as wrong over IPv6", () => {
    const inIpv4 = ipv4({ keepsTransportChecksum: true }, udp({}, "x"));
    const inIpv6 = ipv6({ keepsTransportChecksum: true }, udp({}, "x"));
    expect(isTransportChecksumValid(decode(decoder, ethernet(inIpv4))[0]!)).toBe(true);
    expect(isTransportChecksumValid(decode(decoder, ethernet(inIpv6))[0]!)).toBe(false);
  });

  it("checks as much of a datagram as its UDP length covers", () => {
    const datagram = ipv4({}, udp({}, "covered"));
    const longer = ipv4({ keepsTransportChecksum: true }, { protocol: 17, bytes: new Uint8Array(40) });
    longer.bytes.set(datagram.bytes.subarray(20), 20);
    const [packet] = decode(decoder, ethernet(longer));
    expect(packet!.payloadLength).toBe(7);
    expect(isTransportChecksumValid(packet!)).toBe(true);
    expect(readUint16(packet!.bytes, packet!.transportOffset + 6)).not.toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { DECODE_REASON_NAMES } from "../../../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import {
  type Built,
  concat,
  ethernet,
  hex,
  icmpv4,
  icmpv6,
  ipv4,
  ipv6,
  raw,
  sctp,
  tcp,
  udp,
} from "../../../support/frames.js";
import { decode, eventNames, packetFields, payloadText } from "../../../support/packet-fields.js";

const decoder = new FrameDecoder();

function one(payload: Built) {
  return decode(decoder, ethernet(payload))[0]!;
}

describe("TCP", () => {
  it("reads every field of the header", () => {
    const packet = one(
      ipv4(
        {},
        tcp(
          {
            sourcePort: 65535,
            destinationPort: 443,
            sequence: 0xfffffff0,
            acknowledgement: 0x80000001,
            flags: 0xff,
            window: 1024,
            urgentPointer: 7,
          },
          "payload",
        ),
      ),
    );
    expect(packetFields(packet)).toMatchObject({
      transportOffset: 34,
      sourcePort: 65535,
      destinationPort: 443,
      tcpSequence: 0xfffffff0,
      tcpAcknowledgement: 0x80000001,
      tcpFlags: 0xff,
      tcpWindow: 1024,
      tcpUrgentPointer: 7,
      tcpHeaderLength: 20,
      tcpOptionsLength: 0,
      tcpMss: -1,
      tcpWindowScale: -1,
      payloadOffset: 54,
      payloadLength: 7,
    });
    expect(payloadText(packet)).toBe("payload");
  });

  it.each([
    ["tcp.pkt_too_small", raw(6, new Uint8Array(19))],
    ["tcp.hlen_too_small", tcp({ headerWords: 6 })],
    ["tcp.invalid_optlen", tcp({ headerWords: 4 })],
  ])("leaves only IP where the header is unusable: %s", (reason, segment) => {
    for (const packet of [one(ipv4({}, segment)), one(ipv6({}, segment))]) {
      expect(DECODE_REASON_NAMES[packet.reason]).toBe(reason);
      expect(packet).toMatchObject({ ipProtocol: 6, transportOffset: 0, sourcePort: 0, payloadLength: 0 });
      expect(packet.ipVersion).not.toBe(0);
    }
  });

  // suricata-verify, tcp-fastopen-01: 10.99.99.1 → 10.99.99.45, TCP 60680 → 22 SYN with MSS 1460, SACK permitted,
  // timestamp, no-operation, window scale 7, and the experimental Fast Open option (fe 04 f989).
  it("reads the options of a real SYN", () => {
    const [packet] = decode(
      decoder,
      hex(`000c296db67a 005056c00001 0800 45 00 0040 f2e6 4000 40 06 6cdd 0a636301 0a63632d
           d8ed 0050 60969a45 00000000 b0 02 7210 b5d2 0000
           020405b4 0402 080a00d968a300000000 01 030307 fe04f989`),
    );
    expect(packetFields(packet!)).toMatchObject({
      tcpMss: 1460,
      hasTcpSackPermitted: true,
      hasTcpTimestamp: true,
      tcpTimestampValue: 0x00d968a3,
      tcpTimestampEcho: 0,
      tcpWindowScale: 7,
      hasTcpFastOpen: true,
      tcpOptionsOffset: 54,
      tcpOptionsLength: 24,
      reason: 0,
    });
  });

  function withOptions(text: string) {
    return one(ipv4({}, tcp({ options: hex(text) }, "x")));
  }

  it("finds the SACK blocks", () => {
    const packet = withOptions("01 01 05 12 00000010 00000020 00000030 00000040");
    expect(packetFields(packet)).toMatchObject({ tcpSackOffset: 58, tcpSackCount: 2, events: [] });
    expect(packetFields(withOptions("05 02 00"))).toMatchObject({ tcpSackCount: 0, events: [] });
  });

  it("reads timestamps at their usual place and elsewhere alike", () => {
    for (const text of ["0101 080a 01020304 f5060708", "080a 01020304 f5060708 0101"]) {
      expect(packetFields(withOptions(text))).toMatchObject({
        hasTcpTimestamp: true,
        tcpTimestampValue: 0x01020304,
        tcpTimestampEcho: 0xf5060708,
      });
    }
  });

  it("reads a window scale beyond 14 as none", () => {
    expect(withOptions("03 03 0f 00").tcpWindowScale).toBe(0);
    expect(withOptions("03 03 0e 00").tcpWindowScale).toBe(14);
  });

  it.each(["22 02 0000", "22 08 010203040506", "22 0a 0102030405060708", "fd 0c f989 0102030405060708"])(
    "knows Fast Open by %s",
    (text) => {
      expect(withOptions(text)).toMatchObject({ hasTcpFastOpen: true, reason: 0 });
    },
  );

  it.each([
    ["02 05 05b400"],
    ["03 04 0700"],
    ["04 03 00"],
    ["05 0b 000000000000000000"],
    ["08 09 00000000000000"],
    ["22 07 0000000000"],
    ["fe 05 f98900"],
    ["13 10 0000000000000000000000000000"],
    ["1d 03 00"],
    ["02 00 0000"],
    ["02 01 0000"],
    ["02 09 0000"],
  ])("notes an option of a wrong length and keeps the segment: %s", (text) => {
    const packet = withOptions(text);
    expect(eventNames(packet)).toEqual(["tcp.opt_invalid_len"]);
    expect(payloadText(packet)).toBe("x");
    expect(packet.tcpMss).toBe(-1);
  });

  it.each(["02 04 0001 02 04 0002", "03 03 01 03 03 02", "0402 0402", "2202 2202"])(
    "notes a repeated option, of which the first counts: %s",
    (text) => {
      const packet = withOptions(text);
      expect(eventNames(packet)).toEqual(["tcp.opt_duplicate"]);
      expect([-1, 1]).toContain(packet.tcpMss);
      expect([-1, 1]).toContain(packet.tcpWindowScale);
    },
  );

  it("stops reading at the end of options and at a lone last byte", () => {
    expect(withOptions("00 02 04 05").tcpMss).toBe(-1);
    expect(eventNames(withOptions("01 01 01 02"))).toEqual([]);
  });
});

describe("UDP", () => {
  it("cuts the payload to the length in the header", () => {
    const packet = one(ipv4({}, udp({ length: 12 }, "fourteen bytes")));
    expect(packetFields(packet)).toMatchObject({ sourcePort: 40000, destinationPort: 53, payloadLength: 4 });
    expect(payloadText(packet)).toBe("four");
  });

  it.each([
    ["udp.hlen_too_small", raw(17, new Uint8Array(7))],
    ["udp.pkt_too_small", udp({ length: 9 })],
    ["udp.len_invalid", udp({ length: 7 })],
    ["udp.len_invalid", udp({ length: 0 })],
  ])("leaves only IP where the header is unusable: %s", (reason, datagram) => {
    const packet = one(ipv4({}, datagram));
    expect(DECODE_REASON_NAMES[packet.reason]).toBe(reason);
    expect(packet).toMatchObject({ ipVersion: 4, transportOffset: 0, destinationPort: 0 });
  });
});

describe("SCTP and ESP", () => {
  it("reads the ports of SCTP over IPv4 and IPv6", () => {
    for (const payload of [ipv4({}, sctp({}, "chunk")), ipv6({}, sctp({}, "chunk"))]) {
      expect(packetFields(one(payload))).toMatchObject({
        ipProtocol: 132,
        sourcePort: 40000,
        destinationPort: 3868,
        payloadLength: 5,
      });
    }
    expect(DECODE_REASON_NAMES[one(ipv4({}, raw(132, new Uint8Array(11)))).reason]).toBe(
      "sctp.pkt_too_small",
    );
  });

  it("takes what follows the sequence number of ESP for payload", () => {
    for (const payload of [
      ipv4({}, raw(50, hex("0000007b 00000008 ffff"))),
      ipv6({}, raw(50, hex("0000007b 00000008 ffff"))),
    ]) {
      expect(packetFields(one(payload))).toMatchObject({ ipProtocol: 50, payloadLength: 2, reason: 0 });
    }
    expect(DECODE_REASON_NAMES[one(ipv4({}, raw(50, new Uint8Array(7)))).reason]).toBe("esp.pkt_too_small");
  });
});

describe("ICMPv4", () => {
  it("reads identifier and sequence of an echo", () => {
    const packet = one(ipv4({}, icmpv4({ type: 8, id: 0x13c2, sequence: 1 }, "ping")));
    expect(packetFields(packet)).toMatchObject({ icmpType: 8, icmpId: 0x13c2, icmpSequence: 1, reason: 0 });
    expect(payloadText(packet)).toBe("ping");
  });

  it("finds the flow that an error is about", () => {
    const original = ipv4(
      { source: "10.0.0.9", destination: "192.0.2.53", options: hex("01010101") },
      udp({ sourcePort: 4444, destinationPort: 53 }, "query"),
    ).bytes;
    const packet = one(ipv4({ source: "10.0.0.1" }, icmpv4({ type: 3, code: 3 }, original.subarray(0, 28))));
    expect(packetFields(packet)).toMatchObject({
      icmpType: 3,
      icmpCode: 3,
      icmpId: -1,
      embeddedOffset: 42,
      embeddedIpVersion: 4,
      embeddedProtocol: 17,
      embeddedTransportOffset: 66,
      embeddedSource: "10.0.0.9",
      embeddedDestination: "192.0.2.53",
      embeddedSourcePort: 4444,
      embeddedDestinationPort: 53,
      payloadLength: 28,
    });
  });

  it("gives no ports of a later fragment or of a header that is cut before them", () => {
    const later = ipv4({ fragmentOffset: 8 }, raw(17, "eight by")).bytes;
    expect(one(ipv4({}, icmpv4({ type: 11 }, later)))).toMatchObject({
      embeddedIpVersion: 4,
      embeddedTransportOffset: 0,
      embeddedSourcePort: 0,
    });
    const cut = ipv4({}, udp({})).bytes.subarray(0, 23);
    expect(one(ipv4({}, icmpv4({ type: 3 }, cut)))).toMatchObject({
      embeddedProtocol: 17,
      embeddedTransportOffset: 0,
    });
  });

  it.each([
    ["icmpv4.ipv4_trunc_pkt", icmpv4({ type: 3 }, new Uint8Array(19))],
    ["icmpv4.ipv4_unknown_ver", icmpv4({ type: 3 }, new Uint8Array(20))],
    ["icmpv4.unknown_code", icmpv4({ type: 3, code: 16 })],
    ["icmpv4.unknown_code", icmpv4({ type: 5, code: 4 })],
    ["icmpv4.unknown_code", icmpv4({ type: 11, code: 2 })],
    ["icmpv4.unknown_code", icmpv4({ type: 12, code: 1 })],
    ["icmpv4.unknown_code", icmpv4({ type: 8, code: 1 })],
    ["icmpv4.unknown_type", icmpv4({ type: 171 })],
    ["icmpv4.ipv4_trunc_pkt", icmpv4({ type: 13 })],
  ])("notes %s and keeps the packet", (event, message) => {
    const packet = one(ipv4({}, message));
    expect(eventNames(packet)).toEqual([event]);
    expect(packet.transportOffset).toBe(34);
    expect(packet.embeddedIpVersion).toBe(0);
  });

  it("counts the timestamps and the router addresses as header", () => {
    expect(one(ipv4({}, icmpv4({ type: 13 }, new Uint8Array(14)))).payloadLength).toBe(2);
    const advertisement = raw(9, "");
    const bytes = concat(hex("09 00 0000 01 02 0708"), new Uint8Array(10));
    expect(one(ipv4({}, { ...advertisement, protocol: 1, bytes })).payloadLength).toBe(2);
  });

  it("leaves only IP where the message is too short", () => {
    const packet = one(ipv4({}, raw(1, new Uint8Array(7))));
    expect(DECODE_REASON_NAMES[packet.reason]).toBe("icmpv4.pkt_too_small");
    expect(packet.transportOffset).toBe(0);
  });
});

describe("ICMPv6", () => {
  it("reads identifier and sequence of an echo", () => {
    const packet = one(ipv6({}, icmpv6({ type: 129, id: 0xface, sequence: 2 }, "pong")));
    expect(packetFields(packet)).toMatchObject({
      icmpType: 129,
      icmpId: 0xface,
      icmpSequence: 2,
      events: [],
    });
    expect(payloadText(packet)).toBe("pong");
  });

  it("finds the flow that an error is about", () => {
    const original = ipv6(
      { source: "2001:db8::9", destination: "2001:db8:1::1" },
      tcp({ sourcePort: 50000, destinationPort: 443 }),
    ).bytes;
    const packet = one(ipv6({}, icmpv6({ type: 1, code: 4 }, original)));
    expect(packetFields(packet)).toMatchObject({
      embeddedIpVersion: 6,
      embeddedProtocol: 6,
      embeddedSource: "2001:db8::9",
      embeddedDestination: "2001:db8:1::1",
      embeddedSourcePort: 50000,
      embeddedDestinationPort: 443,
    });
  });

  it("hands on the payload of other messages as Suricata does, eight bytes short", () => {
    const packet = one(ipv6({ hopLimit: 255 }, icmpv6({ type: 135 }, "0123456789abcdef")));
    expect(packetFields(packet)).toMatchObject({ payloadOffset: 58, payloadLength: 12 });
    expect(one(ipv6({}, icmpv6({ type: 134 }, "abc"))).payloadLength).toBe(0);
  });

  it.each([
    ["icmpv6.ipv6_trunc_pkt", icmpv6({ type: 1 }, new Uint8Array(39))],
    ["icmpv6.ipv6_unknown_version", icmpv6({ type: 3 }, new Uint8Array(40))],
    ["icmpv6.unknown_code", icmpv6({ type: 1, code: 7 })],
    ["icmpv6.unknown_code", icmpv6({ type: 2, code: 1 })],
    ["icmpv6.unknown_code", icmpv6({ type: 128, code: 1 })],
    ["icmpv6.unknown_code", icmpv6({ type: 138, code: 3 })],
    ["icmpv6.unknown_code", icmpv6({ type: 155, code: 4 })],
    ["icmpv6.mld_message_with_invalid_hl", icmpv6({ type: 131 })],
    ["icmpv6.unassigned_type", icmpv6({ type: 5, code: 9 })],
    ["icmpv6.unassigned_type", icmpv6({ type: 160, code: 9 })],
    ["icmpv6.unassigned_type", icmpv6({ type: 255 })],
    ["icmpv6.experimentation_type", icmpv6({ type: 100 })],
    ["icmpv6.experimentation_type", icmpv6({ type: 201 })],
    ["icmpv6.unknown_type", icmpv6({ type: 127 })],
  ])("notes %s and keeps the packet", (event, message) => {
    const packet = one(ipv6({}, message));
    expect(eventNames(packet)).toEqual([event]);
    expect(packet.transportOffset).toBe(54);
  });

  it("leaves only IP where the message is too short", () => {
    const packet = one(ipv6({}, raw(58, new Uint8Array(7))));
    expect(DECODE_REASON_NAMES[packet.reason]).toBe("icmpv6.pkt_too_small");
    expect(packet).toMatchObject({ ipVersion: 6, transportOffset: 0, icmpId: -1 });
  });

  it("takes a listener report with hop limit 1 and a router renumbering reset as they are", () => {
    expect(eventNames(one(ipv6({ hopLimit: 1 }, icmpv6({ type: 131 }, new Uint8Array(16)))))).toEqual([]);
    expect(eventNames(one(ipv6({}, icmpv6({ type: 138, code: 255 }))))).toEqual([]);
  });
});

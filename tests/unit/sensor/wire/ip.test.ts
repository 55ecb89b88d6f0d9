import { describe, expect, it } from "vitest";
import { DECODE_REASON_NAMES } from "../../../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import {
  hasIpOption,
  IP_OPTION_END,
  IP_OPTION_EXTENDED_SECURITY,
  IP_OPTION_LOOSE_SOURCE_ROUTE,
  IP_OPTION_NOP,
  IP_OPTION_RECORD_ROUTE,
  IP_OPTION_ROUTER_ALERT,
  IP_OPTION_STRICT_SOURCE_ROUTE,
  IP_OPTION_TIMESTAMP,
} from "../../../../agent/sensor/wire/ipv4-options.js";
import {
  type Built,
  ethernet,
  extension,
  fragmentHeader,
  hex,
  type Ipv4Fields,
  icmpv6,
  ipv4,
  ipv6,
  raw,
  tcp,
  udp,
} from "../../../support/frames.js";
import { decode, eventNames, packetFields, payloadText } from "../../../support/packet-fields.js";

const decoder = new FrameDecoder();

function one(payload: Built) {
  return decode(decoder, ethernet(payload))[0]!;
}

function reasonOf(payload: Built): string {
  return DECODE_REASON_NAMES[one(payload).reason]!;
}

describe("IPv4", () => {
  it("reads every field of the header", () => {
    const packet = one(
      ipv4(
        { source: "203.0.113.9", destination: "198.51.100.7", ttl: 3, tos: 0xb8, id: 0xbeef, flags: 2 },
        udp({}, "data"),
      ),
    );
    expect(packetFields(packet)).toMatchObject({
      ipVersion: 4,
      ipOffset: 14,
      ipHeaderLength: 20,
      ipEnd: 46,
      ipProtocol: 17,
      ttl: 3,
      tos: 0xb8,
      ipId: 0xbeef,
      ipFlags: 2,
      fragmentOffset: 0,
      isFragment: false,
      source: "203.0.113.9",
      destination: "198.51.100.7",
      reason: 0,
      events: [],
    });
  });

  it.each<[string, Ipv4Fields]>([
    ["ipv4.wrong_ip_version", { version: 5 }],
    ["ipv4.hlen_too_small", { headerWords: 4 }],
    ["ipv4.iplen_smaller_than_hlen", { totalLength: 19 }],
    ["ipv4.trunc_pkt", { totalLength: 1000 }],
    ["ipv4.trunc_pkt", { totalLength: 29 }],
  ])("gives no IP packet but the reason %s for %j", (reason, fields) => {
    const packet = one(ipv4(fields, udp({})));
    expect(DECODE_REASON_NAMES[packet.reason]).toBe(reason);
    expect(packetFields(packet)).toMatchObject({ ipVersion: 0, transportOffset: 0, payloadLength: 0 });
    // What the link layer said stays.
    expect(packetFields(packet)).toMatchObject({ macOffset: 0, etherType: 0x0800 });
  });

  it("gives no payload to a protocol without a decoder, but shows where its bytes are", () => {
    const packet = one(ipv4({}, raw(2, hex("1600 fa01 ef000001"))));
    expect(packetFields(packet)).toMatchObject({
      ipProtocol: 2,
      transportOffset: 0,
      payloadOffset: 34,
      payloadLength: 0,
      ipEnd: 42,
      reason: 0,
    });
  });

  it("refuses ICMPv6 in IPv4", () => {
    expect(reasonOf(ipv4({}, icmpv6({ type: 128 })))).toBe("ipv4.icmpv6");
  });

  it("ends at a fragment, first or later, and keeps its place", () => {
    const first = one(ipv4({ flags: 1, id: 7 }, udp({}, "first half")));
    expect(packetFields(first)).toMatchObject({ isFragment: true, fragmentOffset: 0, transportOffset: 0 });
    const last = one(ipv4({ fragmentOffset: 1480, id: 7 }, udp({}, "last")));
    expect(packetFields(last)).toMatchObject({ isFragment: true, fragmentOffset: 1480, ipFlags: 0 });
  });

  it("reads a datagram of the largest size", () => {
    const packet = one(ipv4({}, udp({}, new Uint8Array(65_535 - 28))));
    expect(packetFields(packet)).toMatchObject({ ipEnd: 14 + 65_535, payloadLength: 65_507, reason: 0 });
  });
});

describe("IPv4 options", () => {
  function withOptions(text: string) {
    return one(ipv4({ options: hex(text) }, udp({}, "x")));
  }

  it("knows the ones that are there and sound", () => {
    // No-operation, record route of two addresses, router alert, end.
    const packet = withOptions("01 07 0b 04 00000000 00000000 94 04 0000 00");
    expect(packetFields(packet)).toMatchObject({ ipOptionsOffset: 34, ipOptionsLength: 20, reason: 0 });
    expect(hasIpOption(packet, IP_OPTION_RECORD_ROUTE)).toBe(true);
    expect(hasIpOption(packet, IP_OPTION_ROUTER_ALERT)).toBe(true);
    expect(hasIpOption(packet, IP_OPTION_NOP)).toBe(true);
    expect(hasIpOption(packet, IP_OPTION_END)).toBe(true);
    expect(hasIpOption(packet, IP_OPTION_TIMESTAMP)).toBe(false);
    expect(payloadText(packet)).toBe("x");
  });

  // suricata-verify, ipopts-esec: extended security of three bytes, end; TCP 20 → 80.
  it("reads the extended security option of a real packet", () => {
    const [packet] = decode(
      decoder,
      hex(`ffffffffffff 080027c4a879 0800 46 00 002c 0001 0000 40 06 e6b6 01020304 04050607 85030000
           0014 0050 00000000 00000000 50 02 2000 816d 0000`),
    );
    expect(hasIpOption(packet!, IP_OPTION_EXTENDED_SECURITY)).toBe(true);
    expect(packetFields(packet!)).toMatchObject({ sourcePort: 20, destinationPort: 80, tcpFlags: 2 });
  });

  it.each([
    [
      "pointer not on an address",
      "83 0b 05 00000000 00000000 00",
      "ipv4.opt_malformed",
      IP_OPTION_LOOSE_SOURCE_ROUTE,
    ],
    [
      "pointer far behind the option",
      "89 07 20 00000000 00",
      "ipv4.opt_malformed",
      IP_OPTION_STRICT_SOURCE_ROUTE,
    ],
    [
      "timestamp pointer inside a record",
      "44 0c 06 00 00000000 00000000",
      "ipv4.opt_malformed",
      IP_OPTION_TIMESTAMP,
    ],
    ["router alert of a wrong length", "94 03 00 00", "ipv4.opt_invalid_len", IP_OPTION_ROUTER_ALERT],
    ["CIPSO tag that does not fit", "86 0a 00000001 01 ff 00 00 00 00", "ipv4.opt_malformed", 134],
  ])("does not count an option with a %s, but goes on", (_name, text, event, type) => {
    const packet = withOptions(text);
    expect(eventNames(packet)).toContain(event);
    expect(hasIpOption(packet, type)).toBe(false);
    expect(payloadText(packet)).toBe("x");
  });

  it.each([
    ["ipv4.opt_invalid", "1e 04 0000 00000000"],
    ["ipv4.opt_duplicate", "94 04 0000 94 04 0000"],
    ["ipv4.opt_pad_required", "94 04 0000"],
    ["ipv4.opt_eol_required", "01 01 01 94"],
  ])("notes %s and goes on", (event, text) => {
    const packet = withOptions(text);
    expect(eventNames(packet)).toContain(event);
    expect(payloadText(packet)).toBe("x");
  });

  it.each(["94 09 0000", "94 01 0000", "94 00 0000"])(
    "gives no IP packet where an option's length leaves the header: %s",
    (text) => {
      const packet = withOptions(text);
      expect(DECODE_REASON_NAMES[packet.reason]).toBe("ipv4.opt_invalid_len");
      expect(packet.ipVersion).toBe(0);
    },
  );
});

describe("IPv6", () => {
  it("reads every field of the header", () => {
    const packet = one(
      ipv6(
        { source: "2001:db8::a", destination: "ff02::fb", hopLimit: 255, trafficClass: 0xb8 },
        udp({}, "data"),
      ),
    );
    expect(packetFields(packet)).toMatchObject({
      ipVersion: 6,
      ipOffset: 14,
      ipHeaderLength: 40,
      ipEnd: 66,
      ipProtocol: 17,
      ttl: 255,
      tos: 0xb8,
      source: "2001:db8::a",
      destination: "ff02::fb",
      transportOffset: 54,
      reason: 0,
    });
  });

  it.each([
    ["ipv6.wrong_ip_version", ipv6({ version: 7 }, udp({}))],
    ["ipv6.trunc_pkt", ipv6({ payloadLength: 9 }, udp({}))],
    ["ipv6.pkt_too_small", raw(0x86dd, hex(`60${"00".repeat(38)}`))],
  ])("gives no IP packet but the reason %s", (reason, payload) => {
    expect(reasonOf(payload)).toBe(reason);
    expect(one(payload).ipVersion).toBe(0);
  });

  it("steps over extension headers in any order", () => {
    const extensions = [extension(60), extension(0), extension(43, hex("02 00 00000000")), extension(135)];
    const packet = one(ipv6({ extensions }, tcp({ destinationPort: 443 }, "x")));
    expect(packetFields(packet)).toMatchObject({
      ipProtocol: 6,
      ipHeaderLength: 40 + 32,
      destinationPort: 443,
      payloadLength: 1,
      reason: 0,
    });
  });

  it("steps over an authentication header, whose length counts words of four", () => {
    const header = raw(51, hex("00 04 0000 00000001 00000001 0011223344556677 8899aabb"));
    const packet = one(ipv6({ extensions: [header] }, udp({}, "x")));
    expect(packetFields(packet)).toMatchObject({ ipProtocol: 17, ipHeaderLength: 64, reason: 0 });
  });

  it.each([
    ["ipv6.exthdr_dupl_hh", [extension(0), extension(0)]],
    ["ipv6.exthdr_dupl_rh", [extension(43, hex("02 00 00000000")), extension(43, hex("02 00 00000000"))]],
    ["ipv6.exthdr_dupl_dh", [extension(60), extension(60), extension(60)]],
    [
      "ipv6.exthdr_dupl_ah",
      [raw(51, hex("00 01 0000 0000000000000000")), raw(51, hex("00 01 0000 0000000000000000"))],
    ],
    ["ipv6.exthdr_dupl_fh", [fragmentHeader(1, 0, false), fragmentHeader(2, 8, true)]],
    ["ipv6.exthdr_ah_res_not_null", [raw(51, hex("00 01 0001 0000000000000000"))]],
    ["ipv6.exthdr_useless_fh", [fragmentHeader(1, 0, false)]],
    ["ipv6.rh_type_0", [extension(43, hex("00 00 00000000"))]],
    ["ipv6.hopopts_only_padding", [extension(0)]],
    ["ipv6.dstopts_only_padding", [extension(60, hex("01 04 00000000"))]],
    ["ipv6.zero_len_padn", [extension(60, hex("01 00 01 02 0000"))]],
    ["ipv6.hopopts_unknown_opt", [extension(0, hex("1e 04 00000000"))]],
    ["ipv6.dstopts_unknown_opt", [extension(60, hex("1e 04 00000000"))]],
    ["ipv6.exthdr_invalid_optlen", [extension(0, hex("05 01 00 010100"))]],
    ["ipv6.exthdr_invalid_optlen", [extension(60, hex("1e 20 00000000"))]],
    ["ipv6.exthdr_invalid_optlen", [extension(60, hex("0000000000 1e"))]],
  ])("notes %s and goes on to the transport", (event, extensions) => {
    const packet = one(ipv6({ extensions }, udp({ destinationPort: 99 }, "x")));
    expect(eventNames(packet)).toContain(event);
    expect(packetFields(packet)).toMatchObject({ destinationPort: 99, isFragment: false });
    expect(payloadText(packet)).toBe("x");
  });

  it("takes a router alert for what it is", () => {
    const packet = one(ipv6({ extensions: [extension(0, hex("05 02 0000 0000"))] }, udp({})));
    expect(eventNames(packet)).toEqual([]);
  });

  it("ends at a fragment and keeps what reassembly needs", () => {
    const packet = one(
      ipv6(
        { extensions: [extension(60), fragmentHeader(0xfacef0c2, 1400, true)] },
        raw(17, new Uint8Array(8)),
      ),
    );
    expect(packetFields(packet)).toMatchObject({
      isFragment: true,
      fragmentOffset: 1400,
      ipFlags: 1,
      ipId: 0xfacef0c2,
      ipProtocol: 44,
      ipHeaderLength: 48,
      fragmentHeaderOffset: 62,
      fragmentNextHeaderOffset: 54,
      transportOffset: 0,
    });
    expect(eventNames(packet)).not.toContain("ipv6.frag_invalid_length");
  });

  it("notes a fragment that is not the last and not a multiple of eight", () => {
    const packet = one(ipv6({ extensions: [fragmentHeader(1, 0, true)] }, raw(17, new Uint8Array(9))));
    expect(eventNames(packet)).toEqual(["ipv6.frag_invalid_length"]);
    expect(packet.isFragment).toBe(true);
  });

  it("ends at a chain that is cut off", () => {
    const cut = ipv6({ extensions: [extension(60)] }, raw(43, hex("3b 7f 00")));
    expect(reasonOf(cut)).toBe("ipv6.trunc_exthdr");
    expect(one(cut)).toMatchObject({ ipVersion: 6, ipProtocol: 43, transportOffset: 0 });
  });

  it("refuses a jumbogram, which says that it is empty", () => {
    const jumbo = ipv6({ payloadLength: 0, extensions: [extension(0, hex("c2 04 00010000"))] }, udp({}, "x"));
    expect(reasonOf(jumbo)).toBe("ipv6.trunc_exthdr");
  });

  it("notes data behind the last header, an unknown protocol, and ICMPv4", () => {
    expect(eventNames(one(ipv6({}, raw(59, hex("00")))))).toEqual(["ipv6.data_after_none_header"]);
    expect(eventNames(one(ipv6({}, raw(253, hex("0000")))))).toEqual(["ipv6.unknown_next_header"]);
    const icmp = one(ipv6({}, raw(1, hex("0800000000000000"))));
    expect(eventNames(icmp)).toEqual(["ipv6.icmpv4"]);
    expect(icmp.ipProtocol).toBe(0);
  });
});

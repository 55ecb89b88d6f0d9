import { describe, expect, it } from "vitest";
import { Defragmenter, type DefragOptions } from "../../../../agent/sensor/flow/defrag.js";
import { DefragPolicy, MAX_FRAGMENTS_PER_DATAGRAM } from "../../../../agent/sensor/flow/defrag-fragments.js";
import { isIpv4ChecksumValid } from "../../../../agent/sensor/wire/checksum.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import { LINKTYPE_RAW } from "../../../../agent/sensor/wire/link-type.js";
import type { PacketView } from "../../../../agent/sensor/wire/packet-view.js";
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
  udp,
  vlan,
} from "../../../support/frames.js";
import { eventNames, packetFields, payloadText } from "../../../support/packet-fields.js";

const LIMITS = { maxDatagrams: 16, maxBytes: 1 << 18, timeoutUs: 60e6 };

/** A defragmenter and the decoders before and behind it. */
class Bench {
  readonly defragmenter: Defragmenter;
  readonly #decoder = new FrameDecoder();
  readonly #rebuilt = new FrameDecoder();

  constructor(options: DefragOptions = {}, limits = LIMITS) {
    this.defragmenter = new Defragmenter(limits, options);
  }

  /** Feed a fragment; the rebuilt packet if it completed the datagram. The views stay valid until the next call. */
  add(payload: Built, timeUs = 0): { packet: PacketView; rebuilt: PacketView | undefined } {
    const frame = ethernet(payload);
    const count = this.#decoder.decodeFrame(frame, 0, frame.length, frame.length, 1, timeUs);
    const packet = this.#decoder.packets[count - 1]!;
    expect(packet.isFragment).toBe(true);
    if (!this.defragmenter.add(packet)) return { packet, rebuilt: undefined };
    const { bytes, offset, end } = this.defragmenter;
    this.#rebuilt.decodeDatagram(bytes, offset, end, timeUs, packet.tunnelDepth, packet);
    return { packet, rebuilt: this.#rebuilt.packets[0]! };
  }
}

/** A UDP datagram cut into IPv4 fragments of so many data bytes. */
function cutIpv4(payload: string | Uint8Array, size: number, fields: Ipv4Fields = {}): Built[] {
  const whole = ipv4(fields, udp({}, payload)).bytes.subarray(20);
  const pieces: Built[] = [];
  for (let at = 0; at < whole.length; at += size) {
    const hasMore = at + size < whole.length;
    pieces.push(
      ipv4(
        { id: 77, ...fields, fragmentOffset: at, flags: hasMore ? 1 : 0 },
        raw(17, whole.subarray(at, at + size)),
      ),
    );
  }
  return pieces;
}

function cutIpv6(payload: string, size: number, extensions: readonly Built[] = []): Built[] {
  const whole = ipv6({}, udp({}, payload)).bytes.subarray(40);
  const pieces: Built[] = [];
  for (let at = 0; at < whole.length; at += size) {
    const header = fragmentHeader(0xabcdef01, at, at + size < whole.length);
    pieces.push(ipv6({ extensions: [...extensions, header] }, raw(17, whole.subarray(at, at + size))));
  }
  return pieces;
}

const TEXT = "The quick brown fox jumps over the lazy dog, twice and once more.";

describe("reassembly", () => {
  it.each([
    ["in order", (pieces: Built[]) => pieces],
    ["in reverse order", (pieces: Built[]) => pieces.toReversed()],
    ["the middle last", (pieces: Built[]) => [...pieces.slice(3), ...pieces.slice(0, 2), pieces[2]!]],
  ])("rebuilds an IPv4 datagram, its fragments coming %s", (_name, order) => {
    const bench = new Bench();
    const pieces = order(cutIpv4(TEXT, 16));
    const results = pieces.map((piece) => bench.add(piece).rebuilt);
    const packet = results.at(-1);
    expect(results.slice(0, -1).every((result) => result === undefined)).toBe(true);
    expect(payloadText(packet!)).toBe(TEXT);
    expect(packetFields(packet!)).toMatchObject({
      isFragment: false,
      fragmentOffset: 0,
      ipFlags: 0,
      source: "10.0.0.1",
      ipEnd: 28 + TEXT.length,
      reason: 0,
    });
    expect(isIpv4ChecksumValid(packet!)).toBe(true);
    expect(bench.defragmenter).toMatchObject({ completed: 1, overlapping: 0, fragments: pieces.length });
  });

  it("keeps the options of the first fragment", () => {
    const bench = new Bench();
    const options = hex("94 04 0000");
    const whole = ipv4({}, udp({}, TEXT)).bytes.subarray(20);
    bench.add(ipv4({ id: 77, options, flags: 1 }, raw(17, whole.subarray(0, 40))));
    const { rebuilt } = bench.add(ipv4({ id: 77, fragmentOffset: 40 }, raw(17, whole.subarray(40))));
    expect(packetFields(rebuilt!)).toMatchObject({ ipOptionsLength: 4, ipHeaderLength: 24, reason: 0 });
    expect(payloadText(rebuilt!)).toBe(TEXT);
  });

  it("rebuilds an IPv6 datagram without its fragment header", () => {
    const bench = new Bench();
    const results = cutIpv6(TEXT, 24).map((piece) => bench.add(piece).rebuilt);
    expect(payloadText(results.at(-1)!)).toBe(TEXT);
    expect(packetFields(results.at(-1)!)).toMatchObject({ ipVersion: 6, ipProtocol: 17, ipHeaderLength: 40 });
  });

  it("keeps the extension headers before the fragment header and mends their chain", () => {
    const bench = new Bench();
    const results = cutIpv6(TEXT, 24, [extension(0), extension(60)]).map((piece) => bench.add(piece).rebuilt);
    expect(packetFields(results.at(-1)!)).toMatchObject({
      ipProtocol: 17,
      ipHeaderLength: 56,
      destinationPort: 53,
      fragmentHeaderOffset: 0,
    });
    expect(payloadText(results.at(-1)!)).toBe(TEXT);
  });

  it("rebuilds a datagram of the largest size from fragments of an Ethernet link", () => {
    const bench = new Bench();
    const payload = Uint8Array.from({ length: 65_535 - 28 }, (_, i) => i % 251);
    const results = cutIpv4(payload, 1480).map((piece) => bench.add(piece).rebuilt);
    const packet = results.at(-1)!;
    expect(packet.payloadLength).toBe(payload.length);
    expect(packet.bytes.slice(packet.payloadOffset, packet.ipEnd)).toEqual(payload);
  });

  it("keeps datagrams apart by addresses, identification, protocol and VLAN", () => {
    const bench = new Bench();
    const variants: [string, Built[]][] = [
      ["one", cutIpv4("first datagram of all, a long one", 16)],
      ["other source", cutIpv4("second datagram, also a long one", 16, { source: "10.0.0.3" })],
      ["other destination", cutIpv4("third datagram, also a long one", 16, { destination: "10.0.0.3" })],
      ["other id", cutIpv4("fourth datagram, also a long one", 16, { id: 78 })],
      ["VLAN", cutIpv4("fifth datagram, also a long one", 16).map((piece) => vlan(3, piece))],
      ["other VLAN", cutIpv4("sixth datagram, also a long one", 16).map((piece) => vlan(4, piece))],
      ["IPv6", cutIpv6("seventh datagram, also a long one", 16)],
    ];
    const texts: string[] = [];
    for (let i = 0; i < 3; i++) {
      for (const [, pieces] of variants) {
        const rebuilt = bench.add(pieces[i]!).rebuilt;
        if (rebuilt) texts.push(payloadText(rebuilt));
      }
    }
    expect(texts.map((text) => text.split(" ")[0])).toEqual([
      "first",
      "second",
      "third",
      "fourth",
      "fifth",
      "sixth",
      "seventh",
    ]);
  });

  it("rebuilds what is itself a fragment inside a tunnel", () => {
    const bench = new Bench();
    const outer = ipv4({}, ipv6({}, udp({}, TEXT))).bytes.subarray(20);
    bench.add(ipv4({ id: 5, flags: 1 }, raw(41, outer.subarray(0, 48))));
    const { rebuilt } = bench.add(ipv4({ id: 5, fragmentOffset: 48 }, raw(41, outer.subarray(48))));
    expect(rebuilt!.hasTunnelledPacket).toBe(true);
  });

  it("does not mix what comes after a completed datagram into the next one", () => {
    const bench = new Bench();
    const pieces = cutIpv4(TEXT, 40);
    for (const piece of pieces) bench.add(piece);
    const again = pieces.map((piece) => bench.add(piece).rebuilt);
    expect(payloadText(again.at(-1)!)).toBe(TEXT);
    expect(bench.defragmenter).toMatchObject({ completed: 2, overlapping: 0 });
  });
});

describe("overlaps", () => {
  const A = "A".repeat(8);
  const B = "B".repeat(8);

  /** Feed pieces of eight-byte units, written as [offset in units, text]; the last one ends the datagram. */
  function resolve(policy: number, pieces: readonly (readonly [number, string, boolean])[]): string {
    const bench = new Bench({ ipv4Policy: policy as 0 | 1 | 2 });
    let text = "";
    for (const [units, data, hasMore] of pieces) {
      const { rebuilt } = bench.add(
        ipv4({ id: 9, fragmentOffset: units * 8, flags: hasMore ? 1 : 0 }, raw(253, data)),
      );
      if (rebuilt) text = Buffer.from(rebuilt.bytes.slice(20, rebuilt.ipEnd)).toString("latin1");
    }
    return text.replace(/(.)\1{7}/g, "$1");
  }

  // Old data A, new data B, then C closes the datagram; what BSD, Linux and Windows make of it.
  const CASES: [string, readonly (readonly [number, string, boolean])[], string, string, string][] = [
    [
      "a new fragment that begins where an old one begins",
      [
        [0, A + A, true],
        [0, B + B, true],
        [2, "C".repeat(8), false],
      ],
      "AAC",
      "BBC",
      "AAC",
    ],
    [
      "a new fragment that reaches behind an old one",
      [
        [0, A + A, true],
        [1, B + B, true],
        [3, "C".repeat(8), false],
      ],
      "AABC",
      "AABC",
      "AABC",
    ],
    [
      "a new fragment that begins before an old one",
      [
        [1, A + A, true],
        [0, B + B, true],
        [3, "C".repeat(8), false],
      ],
      "BBAC",
      "BBAC",
      "BAAC",
    ],
    [
      "a new fragment that covers an old one on both sides",
      [
        [1, A, true],
        [0, B + B + B, true],
        [3, "C".repeat(8), false],
      ],
      "BBBC",
      "BBBC",
      "BBBC",
    ],
    [
      "a new fragment inside an old one",
      [
        [0, A + A + A, true],
        [1, B, true],
        [3, "C".repeat(8), false],
      ],
      "AAAC",
      "AAAC",
      "AAAC",
    ],
  ];

  it.each(CASES)("%s", (_name, pieces, bsd, linux, windows) => {
    expect([
      resolve(DefragPolicy.BSD, pieces),
      resolve(DefragPolicy.LINUX, pieces),
      resolve(DefragPolicy.WINDOWS, pieces),
    ]).toEqual([bsd, linux, windows]);
  });

  it("are noted on the packet and counted", () => {
    const bench = new Bench();
    bench.add(ipv4({ id: 9, flags: 1 }, raw(253, A + A)));
    const { packet } = bench.add(ipv4({ id: 9, fragmentOffset: 8, flags: 1 }, raw(253, B + B)));
    expect(eventNames(packet)).toEqual(["ipv4.frag_overlap"]);
    expect(bench.defragmenter.overlapping).toBe(1);
  });

  it("take IPv4 for Windows and IPv6 for BSD if nothing else is said, as suricata.yaml does", () => {
    const windows = new Bench();
    windows.add(ipv4({ id: 1, fragmentOffset: 8, flags: 1 }, raw(253, A + A)));
    windows.add(ipv4({ id: 1, flags: 1 }, raw(253, B + B)));
    const v4 = windows.add(ipv4({ id: 1, fragmentOffset: 24 }, raw(253, "C"))).rebuilt!;
    expect(Buffer.from(v4.bytes.slice(20, 44)).toString("latin1")).toBe(B + A + A);

    windows.add(ipv6({ extensions: [fragmentHeader(1, 8, true)] }, raw(253, A + A)));
    const { packet } = windows.add(ipv6({ extensions: [fragmentHeader(1, 0, true)] }, raw(253, B + B)));
    expect(eventNames(packet)).toEqual(["ipv6.frag_overlap"]);
    const v6 = windows.add(ipv6({ extensions: [fragmentHeader(1, 24, false)] }, raw(253, "C"))).rebuilt!;
    expect(Buffer.from(v6.bytes.slice(40, 64)).toString("latin1")).toBe(B + B + A);
  });

  it("do not let fragments behind the last one into the datagram", () => {
    const bench = new Bench();
    bench.add(ipv4({ id: 1, fragmentOffset: 16, flags: 1 }, raw(253, B)));
    bench.add(ipv4({ id: 1, fragmentOffset: 8, flags: 0 }, raw(253, A)));
    const { rebuilt } = bench.add(ipv4({ id: 1, flags: 1 }, raw(253, A)));
    expect(rebuilt!.ipEnd).toBe(20 + 16);
  });
});

describe("bounds", () => {
  it("refuse a fragment that reaches beyond the largest datagram", () => {
    const bench = new Bench();
    const { packet } = bench.add(ipv4({ fragmentOffset: 65_512 }, raw(17, new Uint8Array(8))));
    expect(eventNames(packet)).toEqual(["ipv4.frag_pkt_too_large"]);
    const v6 = bench.add(
      ipv6({ extensions: [fragmentHeader(1, 65_528, false)] }, raw(17, new Uint8Array(8))),
    );
    expect(eventNames(v6.packet)).toEqual(["ipv6.frag_pkt_too_large"]);
    expect(bench.defragmenter).toMatchObject({ tooLarge: 2, completed: 0 });
  });

  it("refuse a whole that is larger than IPv6 can announce", () => {
    const bench = new Bench();
    const large = [extension(60, new Uint8Array(1022)), fragmentHeader(1, 0, true)];
    bench.add(ipv6({ extensions: large }, raw(17, new Uint8Array(32_000))));
    bench.add(ipv6({ extensions: [fragmentHeader(1, 32_000, false)] }, raw(17, new Uint8Array(33_535))));
    expect(bench.defragmenter).toMatchObject({ tooLarge: 1, completed: 0 });
  });

  it("give up a datagram whose next fragment does not come in time", () => {
    const bench = new Bench();
    const pieces = cutIpv4(TEXT, 40);
    bench.add(pieces[0]!, 0);
    expect(bench.add(pieces[1]!, 60e6 + 1).rebuilt).toBeUndefined();
    expect(bench.defragmenter).toMatchObject({ timedOut: 1, completed: 0 });

    const patient = new Bench();
    patient.add(pieces[0]!, 0);
    expect(patient.add(pieces[1]!, 60e6).rebuilt).toBeDefined();
  });

  it("give up the datagram that waited longest when there are too many", () => {
    const bench = new Bench({}, { ...LIMITS, maxDatagrams: 3 });
    const starts = [1, 2, 3].map((id) => cutIpv4(TEXT, 40, { id }));
    for (const pieces of starts) bench.add(pieces[0]!);
    // The first one is heard of again, so the second waited longest.
    bench.add(ipv4({ id: 1, fragmentOffset: 800, flags: 1 }, raw(17, new Uint8Array(8))));
    bench.add(cutIpv4(TEXT, 40, { id: 4 })[0]!);
    expect(bench.defragmenter.evicted).toBe(1);
    expect(bench.add(starts[2]![1]!).rebuilt).toBeDefined();
    expect(bench.add(starts[1]![1]!).rebuilt).toBeUndefined();
  });

  it("give up old datagrams when the arena is full, and one that alone is too large for it", () => {
    const bench = new Bench({}, { ...LIMITS, maxBytes: 8 * 512 });
    const piece = (id: number, units: number): Built =>
      ipv4({ id, fragmentOffset: units * 8, flags: 1 }, raw(17, new Uint8Array(1480)));
    bench.add(piece(1, 0));
    bench.add(piece(2, 0));
    expect(bench.defragmenter.evicted).toBe(0);
    bench.add(piece(3, 0));
    expect(bench.defragmenter.evicted).toBe(1);

    bench.add(piece(3, 185));
    const { packet } = bench.add(piece(3, 370));
    expect(eventNames(packet)).toEqual(["ipv4.frag_ignored"]);
    expect(bench.defragmenter).toMatchObject({ ignored: 1, evicted: 2 });
    const small = cutIpv4(TEXT, 40, { id: 8 }).map((part) => bench.add(part).rebuilt);
    expect(payloadText(small.at(-1)!)).toBe(TEXT);
  });

  it("give up a datagram of too many fragments", () => {
    const bench = new Bench({}, { ...LIMITS, maxBytes: 1 << 20 });
    for (let i = 1; i <= MAX_FRAGMENTS_PER_DATAGRAM; i++) {
      bench.add(ipv4({ id: 1, fragmentOffset: 16 * i, flags: 1 }, raw(17, new Uint8Array(8))));
    }
    expect(bench.defragmenter.ignored).toBe(0);
    const { packet } = bench.add(ipv4({ id: 1, flags: 1 }, raw(17, new Uint8Array(8))));
    expect(eventNames(packet)).toEqual(["ipv4.frag_ignored"]);
    expect(bench.defragmenter.ignored).toBe(1);
  });

  it("lose no memory over many incomplete, overlapping and completed datagrams", () => {
    const bench = new Bench({}, { ...LIMITS, maxBytes: 64 * 512 });
    for (let round = 0; round < 200; round++) {
      for (const piece of cutIpv4(TEXT, 16, { id: round })) {
        if (round % 3 === 0 && piece.bytes[6] === 0x20 && piece.bytes[7] === 0) continue;
        bench.add(piece);
        bench.add(piece);
      }
    }
    const large = cutIpv4(new Uint8Array(20_000), 1480, { id: 999 }).map((piece) => bench.add(piece).rebuilt);
    expect(large.at(-1)!.payloadLength).toBe(20_000);
  });
});

it("is not needed for an IPv6 atomic fragment, which is decoded at once", () => {
  const decoder = new FrameDecoder();
  const frame = ipv6({ extensions: [fragmentHeader(5, 0, false)] }, icmpv6({ type: 128, id: 1 }, "x")).bytes;
  decoder.decodeFrame(frame, 0, frame.length, frame.length, LINKTYPE_RAW, 0);
  expect(packetFields(decoder.packets[0]!)).toMatchObject({ isFragment: false, icmpType: 128 });
  expect(eventNames(decoder.packets[0]!)).toEqual(["ipv6.exthdr_useless_fh"]);
});

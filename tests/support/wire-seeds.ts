/** Frames of every protocol that the decoder knows, to be mutated and cut. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readCaptureFile } from "../../agent/sensor/capture/capture-file.js";
import * as link from "../../agent/sensor/wire/link-type.js";
import {
  type Built,
  concat,
  ethernet,
  extension,
  fragmentHeader,
  gre,
  hex,
  icmpv4,
  icmpv6,
  ipv4,
  ipv6,
  pppoe,
  raw,
  sctp,
  tcp,
  udp,
  vlan,
} from "./frames.js";

/** Link type and bytes: one frame per protocol, and a few of the corpus where it is there. */
export function seedFrames(): [number, Uint8Array][] {
  const inner = ipv4(
    {},
    tcp({ options: hex("020405b4 0402 080a0000000100000000 01 030307") }, "GET / HTTP/1.1"),
  );
  const innerV6 = ipv6(
    { extensions: [extension(0, hex("05 02 0000 0000")), extension(60)] },
    udp({}, "data"),
  );
  const payloads: Built[] = [
    inner,
    innerV6,
    ipv4({ options: hex("07 0b 04 00000000 00000000 94 04 0000 00") }, udp({}, "data")),
    ipv4({}, icmpv4({ type: 3, code: 1 }, inner.bytes)),
    ipv6({}, icmpv6({ type: 1, code: 1 }, innerV6.bytes)),
    ipv4({}, sctp({}, "chunk")),
    ipv4({ flags: 1 }, raw(17, new Uint8Array(24))),
    ipv6({ extensions: [fragmentHeader(9, 0, true)] }, raw(17, new Uint8Array(24))),
    ipv4({}, innerV6),
    ipv6({}, inner),
    ipv4({}, gre(raw(0x6558, ethernet(vlan(4, inner))))),
    ipv4({}, raw(47, concat(hex("4000 0800 00000000 0800 00 04 0a000001 0000 00 00"), inner.bytes))),
    ipv4({}, raw(47, concat(hex("3081 880b 00670000 00000001 00000002 ff03 0021"), inner.bytes))),
    ipv4({}, raw(47, concat(hex("1000 88be 00000001 1017 0864 00000000"), ethernet(inner)))),
    ipv4({}, udp({ destinationPort: 4789 }, concat(hex("08000000 00000100"), ethernet(inner)))),
    ipv4(
      {},
      udp({ destinationPort: 6081 }, concat(hex("0200 6558 00002500 0108 0001 11111111"), ethernet(inner))),
    ),
    ipv4({}, udp({ destinationPort: 3544 }, innerV6.bytes)),
    vlan(1, vlan(2, pppoe(innerV6))),
    raw(0x8847, concat(hex("00010040 00012140 00000000"), ethernet(inner))),
    raw(0x894f, concat(hex("0006 0101 00000102 00000000000000000000000000000000"), inner.bytes)),
    raw(0x8863, hex("1109 0000 0004 01010000")),
    raw(0x0806, hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002")),
  ];
  const frames: [number, Uint8Array][] = payloads.map((payload) => [
    link.LINKTYPE_ETHERNET,
    ethernet(payload),
  ]);
  frames.push(
    [link.LINKTYPE_RAW, inner.bytes],
    [link.LINKTYPE_NULL, concat(hex("1e000000"), innerV6.bytes)],
    [link.LINKTYPE_PPP, concat(hex("ff030021"), inner.bytes)],
    [link.LINKTYPE_LINUX_SLL, concat(hex("0000000100060200000000010000 0800"), inner.bytes)],
    [
      link.LINKTYPE_IEEE802_11_RADIOTAP,
      concat(hex(`0000080000000000 8801 ${"00".repeat(24)} aaaa03000000 0800`), inner.bytes),
    ],
  );
  return [...frames, ...corpusFrames()];
}

/** A few frames of every capture in the corpus, where it is there. */
function corpusFrames(): [number, Uint8Array][] {
  const folder = fileURLToPath(new URL("../../../shared/corpus/verify/", import.meta.url));
  if (!existsSync(folder)) return [];
  const frames: [number, Uint8Array][] = [];
  for (const name of readdirSync(folder).filter((_, i) => i % 5 === 0)) {
    const path = `${folder}${name}/input.pcap`;
    if (!existsSync(path)) continue;
    let taken = 0;
    readCaptureFile(path, {
      frame(bytes, offset, capturedLength, _wireLength, linkType) {
        if (taken++ < 4)
          frames.push([linkType, Uint8Array.from(bytes.subarray(offset, offset + capturedLength))]);
      },
    });
  }
  return frames;
}

/** Payloads under the layer that tells their length, to be cut at every byte below a header that does not lie. */
export function layeredPayloads(): [(payload: Uint8Array) => Uint8Array, Uint8Array][] {
  const inIpv4 = (protocol: number) => (payload: Uint8Array) => ethernet(ipv4({}, raw(protocol, payload)));
  const inIpv6 = (protocol: number) => (payload: Uint8Array) => ethernet(ipv6({}, raw(protocol, payload)));
  const inUdp = (destinationPort: number) => (payload: Uint8Array) =>
    ethernet(ipv4({}, udp({ destinationPort }, payload)));
  const inner = ipv4({ options: hex("07 07 04 00000000 00") }, udp({}, "data"));
  const innerV6 = ipv6({ extensions: [extension(60, hex("05 02 0000 1e00"))] }, udp({}, "data"));
  const segment = tcp(
    { options: hex("020405b4 0402 080a0000000100000000 01 030307 fd0c f9890102030405060708") },
    "x",
  );
  const inPppoe = (protocol: string) => concat(hex(`1100 0001 0040 ${protocol}`), inner.bytes);
  return [
    [inIpv4(6), segment.bytes],
    [inIpv6(6), segment.bytes],
    [inIpv4(17), udp({}, "data").bytes],
    [inIpv4(1), icmpv4({ type: 3 }, inner.bytes).bytes],
    [inIpv4(1), icmpv4({ type: 13 }, new Uint8Array(16)).bytes],
    [inIpv4(1), hex("0902000002020708 00000000 00000000 00000000 00000000")],
    [inIpv6(58), icmpv6({ type: 1 }, innerV6.bytes).bytes],
    [inIpv6(58), icmpv6({ type: 130 }, new Uint8Array(16)).bytes],
    [inIpv4(132), sctp({}, "x").bytes],
    [inIpv4(50), new Uint8Array(12)],
    [inIpv4(4), inner.bytes],
    [inIpv4(41), innerV6.bytes],
    [inIpv6(4), inner.bytes],
    [inIpv6(41), innerV6.bytes],
    [
      inIpv6(60),
      concat(
        hex("2b00 050200001e00 3300 020000000000 2c02 0000 0000000000000000 0000000000000000"),
        new Uint8Array(16),
      ),
    ],
    [inIpv6(44), hex("1100 0001 00000001 9c40 0035 0008 0000")],
    [inIpv6(0), hex("3b00 c20400010000 00")],
    [
      inIpv4(47),
      concat(hex("f000 0800 00000000 00000001 00000002 0800 0004 0a000001 0000 0000"), inner.bytes),
    ],
    [inIpv4(47), concat(hex("3081 880b 00670000 00000001 00000002 ff03 0021"), inner.bytes)],
    [inIpv4(47), concat(hex("2001 880b 00670000 2f"), inner.bytes)],
    [inIpv4(47), concat(hex("1000 88be 00000001 1017 0864 00000000"), ethernet(inner))],
    [inIpv4(47), concat(hex("0000 8100 0005 0800"), inner.bytes)],
    [inUdp(4789), concat(hex("08000000 00000100"), ethernet(vlan(5, inner)))],
    [inUdp(6081), concat(hex("0400 6558 00002500 0108 0001 11111111 0108 0001 11111111"), ethernet(inner))],
    [inUdp(3544), concat(hex("0000 f227 bec861af"), innerV6.bytes)],
    [(payload) => ethernet(raw(0x8100, payload)), vlan(1, vlan(2, inner)).bytes],
    [(payload) => ethernet(raw(0x8926, payload)), concat(hex("00000033 0800"), inner.bytes)],
    [
      (payload) => ethernet(raw(0x88e7, payload)),
      concat(hex(`00000001 ${"00".repeat(12)} 0800`), inner.bytes),
    ],
    [(payload) => ethernet(raw(0x8903, payload)), concat(hex("0001"), ethernet(inner))],
    [(payload) => ethernet(raw(0x8847, payload)), concat(hex("00010040 00012140 00000000"), ethernet(inner))],
    [(payload) => ethernet(raw(0x8864, payload)), inPppoe("0021")],
    [(payload) => ethernet(raw(0x8864, payload)), inPppoe("21")],
    [(payload) => ethernet(raw(0x8863, payload)), hex("1109 0000 0004 01010000")],
    [(payload) => ethernet(raw(0x0806, payload)), new Uint8Array(28)],
    [
      (payload) => ethernet(raw(0x894f, payload)),
      concat(hex("0006 0101 00000102"), new Uint8Array(16), inner.bytes),
    ],
    ...[1, 2, 3, 5, 7, 9].map((words): [(payload: Uint8Array) => Uint8Array, Uint8Array] => [
      (payload) => ethernet(ipv4({ options: payload, headerWords: 5 + words }, udp({}, ""))),
      hex("07 0b 04 00000000 00000000 44 08 05 01 00000000 86 0a 00000001 01 04 00 00 88 04 0000").slice(
        0,
        4 * words,
      ),
    ]),
  ];
}

/**
 * One name asked for in every way a gateway may see it: link types, tags, tunnels, fragments, options. The sensor and, where it
 * is installed, tshark find the same names; what is about a flow, or has no ports, is filed with its flow, or as a flow without ports.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../agent/sensor/sensor.js";
import type { TrafficRecord } from "../../agent/sensor/traffic-record.js";
import * as link from "../../agent/sensor/wire/link-type.js";
import { PcapngBlocks } from "../support/capture-file.js";
import {
  type Built,
  bytesOf,
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
  udp,
  vlan,
} from "../support/frames.js";
import { imageOf } from "../support/rules.js";
import { TEST_START_US } from "../support/segments.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

interface Case {
  readonly name: string;
  readonly linkType: number;
  readonly frames: readonly Uint8Array[];
}

function query(name: string): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...bytesOf(label)]);
  return Uint8Array.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

const asked = (name: string): Built => udp({ sourcePort: 40_000 }, query(`${name}.example`));
const inV4 = (name: string): Built => ipv4({}, asked(name));
const inV6 = (name: string): Built => ipv6({}, asked(name));
const vxlan = (frame: Uint8Array): Built =>
  ipv4({}, udp({ destinationPort: 4789 }, concat(hex("08000000 00000100"), frame)));

function over(linkType: number, name: string, head: string, packet = inV4(name)): Case {
  return { name, linkType, frames: [concat(hex(head), packet.bytes)] };
}

function inEthernet(name: string, build: (name: string) => Built): Case {
  return { name, linkType: link.LINKTYPE_ETHERNET, frames: [ethernet(build(name))] };
}

/** IPv4: eights in reverse order; IPv6: two pieces. */
function fragmented(): Case[] {
  const four = asked("fragments-of-ipv4").bytes;
  const six = asked("fragments-of-ipv6").bytes;
  const pieces = [16, 0].map((from) =>
    ethernet(
      ipv4(
        { id: 5, flags: from === 0 ? 1 : 0, fragmentOffset: from },
        raw(17, four.slice(from, from === 0 ? 16 : four.length)),
      ),
    ),
  );
  const pieces6 = [0, 16].map((from) =>
    ethernet(
      ipv6(
        { extensions: [fragmentHeader(9, from, from === 0)] },
        raw(17, six.slice(from, from === 0 ? 16 : six.length)),
      ),
    ),
  );
  return [
    { name: "fragments-of-ipv4", linkType: link.LINKTYPE_ETHERNET, frames: pieces },
    { name: "fragments-of-ipv6", linkType: link.LINKTYPE_ETHERNET, frames: pieces6 },
  ];
}

const RADIOTAP = "0000 0a00 00000000 0000";
const DATA = "0801 0000 020000000001 020000000002 020000000003 0000 aaaa03000000 0800";
const QOS = "8801 0000 020000000001 020000000002 020000000003 0000 0000 aaaa03000000 86dd";

const CASES: readonly Case[] = [
  over(link.LINKTYPE_RAW, "raw-ipv4", ""),
  over(link.LINKTYPE_IPV6, "raw-ipv6", "", inV6("raw-ipv6")),
  over(link.LINKTYPE_LINUX_SLL, "sll", "0000 0001 0006 020000000001 0000 0800"),
  over(link.LINKTYPE_LINUX_SLL2, "sll2", "86dd 0000 00000003 0001 00 06 020000000001 0000", inV6("sll2")),
  over(link.LINKTYPE_NULL, "null", "02000000"),
  over(link.LINKTYPE_LOOP, "loop", "00000002"),
  over(link.LINKTYPE_PPP, "ppp", "ff03 0021"),
  over(link.LINKTYPE_PPP_HDLC, "ppp-hdlc", "ff03 0057", inV6("ppp-hdlc")),
  over(link.LINKTYPE_IEEE802_11, "wifi", DATA),
  over(link.LINKTYPE_IEEE802_11_RADIOTAP, "wifi-radiotap", `${RADIOTAP} ${QOS}`, inV6("wifi-radiotap")),
  inEthernet("tag", (name) => vlan(10, inV4(name))),
  inEthernet("qinq", (name) => vlan(10, vlan(20, inV4(name)), 0x88a8)),
  inEthernet("three-tags", (name) => vlan(10, vlan(20, vlan(30, inV6(name))), 0x88a8)),
  inEthernet("pppoe", (name) => pppoe(inV6(name))),
  inEthernet("tagged-pppoe", (name) => vlan(10, pppoe(inV4(name)))),
  inEthernet("ds-lite", (name) => ipv6({}, inV4(name))),
  inEthernet("map-e-over-pppoe", (name) => pppoe(ipv6({}, inV4(name)))),
  inEthernet("six-in-four", (name) => ipv4({}, inV6(name))),
  inEthernet("four-in-four", (name) => ipv4({}, inV4(name))),
  inEthernet("six-in-six", (name) => ipv6({}, inV6(name))),
  inEthernet("gre", (name) => ipv4({}, gre(inV4(name)))),
  inEthernet("gre-ethernet", (name) => ipv4({}, gre(raw(0x6558, ethernet(inV6(name)))))),
  inEthernet("vxlan", (name) => vxlan(ethernet(vlan(7, inV4(name))))),
  inEthernet("teredo", (name) => ipv4({}, udp({ destinationPort: 3544 }, inV6(name).bytes))),
  inEthernet("mpls", (name) => raw(0x8847, concat(hex("00064040 00065140"), inV4(name).bytes))),
  inEthernet("options", (name) => ipv4({ options: hex("94040000 01010100") }, asked(name))),
  inEthernet("extensions", (name) =>
    ipv6({ extensions: [extension(0, hex("010400000000")), extension(60)] }, asked(name)),
  ),
  {
    name: "padded",
    linkType: link.LINKTYPE_ETHERNET,
    frames: [ethernet(inV4("padded"), { paddedLength: 200 })],
  },
  ...fragmented(),
];
/** tshark is told of them only by a setting, or shows them otherwise. */
const NOT_FOR_TSHARK: ReadonlySet<string> = new Set(["teredo"]);

function listen(): {
  readonly records: TrafficRecord[];
  readonly see: (linkType: number, frame: Uint8Array) => void;
  readonly end: () => void;
} {
  const records: TrafficRecord[] = [];
  const sensor = new Sensor({
    image: imageOf(),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 256, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    onTraffic: (record) => records.push(record),
    wallMs: () => 0,
  });
  let timeUs = TEST_START_US;
  return {
    records,
    see: (linkType, frame) => sensor.frame(frame, 0, frame.length, frame.length, linkType, timeUs++),
    end: () => sensor.finish(),
  };
}

const namesOf = (records: readonly TrafficRecord[]): string[] =>
  records
    .filter(({ event }) => event === "dns")
    .map(({ metadata }) => String((metadata.dns as { rrname: string }).rrname).replace(".example", ""));

describe("a name that is asked for", () => {
  it.each(CASES)("is found in $name", ({ name, linkType, frames }) => {
    const { records, see, end } = listen();
    for (const frame of frames) see(linkType, frame);
    end();
    expect(namesOf(records)).toEqual([name]);
  });

  const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

  it.skipIf(!hasTshark)(
    "is found by tshark in the same frames (skipped where tshark is not installed)",
    async () => {
      const cases = CASES.filter(({ name }) => !NOT_FOR_TSHARK.has(name));
      const linkTypes = [...new Set(cases.map(({ linkType }) => linkType))];
      const blocks = new PcapngBlocks();
      const file = join(await temporaryDirectory(), "all.pcapng");
      writeFileSync(
        file,
        Buffer.concat([
          blocks.section(),
          ...linkTypes.map((linkType) => blocks.interface(linkType)),
          ...cases.flatMap(({ linkType, frames }) =>
            frames.map((bytes) => blocks.enhanced(linkTypes.indexOf(linkType), BigInt(TEST_START_US), bytes)),
          ),
        ]),
      );
      const found = execFileSync("tshark", ["-r", file, "-T", "fields", "-e", "dns.qry.name"], {
        encoding: "utf8",
      });
      const names = found.split("\n").filter((line) => line !== "");
      expect(names.map((name) => name.replace(".example", "")).sort()).toEqual(
        cases.map(({ name }) => name).sort(),
      );
    },
  );
});

describe("what is no question", () => {
  it("files an ICMP error with the flow it is about, in IPv4 and IPv6", () => {
    const { records, see, end } = listen();
    const four = inV4("a");
    const six = inV6("b");
    see(link.LINKTYPE_ETHERNET, ethernet(four));
    see(link.LINKTYPE_ETHERNET, ethernet(six));
    const answer = { source: "10.0.0.9", destination: "10.0.0.1" };
    see(
      link.LINKTYPE_ETHERNET,
      ethernet(ipv4(answer, icmpv4({ type: 3, code: 3 }, four.bytes.slice(0, 28)))),
    );
    see(
      link.LINKTYPE_ETHERNET,
      ethernet(
        ipv6({ source: "2001:db8::9", destination: "2001:db8::1" }, icmpv6({ type: 1, code: 4 }, six.bytes)),
      ),
    );
    end();
    expect(records.filter(({ event }) => event === "flow").map(({ protocol }) => protocol)).toEqual([
      "UDP",
      "UDP",
    ]);
  });

  it("has flows without ports for ESP, AH, GRE and IGMP, with ports for SCTP", () => {
    const { records, see, end } = listen();
    const packets = [
      raw(50, hex("00000001 00000001 0000000000000000")),
      raw(51, concat(hex("1104 0000 00000001 00000001"), new Uint8Array(12), asked("hidden").bytes)),
      raw(2, hex("1600 09f4 e00000fb")),
      gre(raw(0x1234, "x")),
      sctp({ sourcePort: 40_000, destinationPort: 3868 }),
    ];
    for (const packet of packets) see(link.LINKTYPE_ETHERNET, ethernet(ipv4({}, packet)));
    end();
    const flows = records
      .filter(({ event }) => event === "flow")
      .map(({ protocol, ports }) => [protocol, ports]);
    expect(flows).toEqual([
      ["ESP", undefined],
      ["AH", undefined],
      ["IGMP", undefined],
      ["GRE", undefined],
      ["SCTP", [40_000, 3868]],
    ]);
  });
});

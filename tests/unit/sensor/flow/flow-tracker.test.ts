import { describe, expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "../../../../agent/sensor/flow/flow-limits.js";
import { FLOW_CLOSED, FLOW_ESTABLISHED, FLOW_NEW } from "../../../../agent/sensor/flow/flow-state.js";
import { FlowTracker } from "../../../../agent/sensor/flow/flow-tracker.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import type { PacketView } from "../../../../agent/sensor/wire/packet-view.js";
import {
  type Built,
  ethernet,
  icmpv4,
  icmpv6,
  ipv4,
  ipv6,
  raw,
  tcp,
  udp,
  vlan,
} from "../../../support/frames.js";
import { ipPacket, TcpTalk, TEST_START_US, udpPacket } from "../../../support/segments.js";

interface Setup {
  readonly tracker: FlowTracker;
  readonly released: number[];
}

function setUp(limits: Partial<FlowLimits> = {}): Setup {
  const released: number[] = [];
  const tracker = new FlowTracker(
    { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1 << 20, ...limits },
    (flow) => {
      released.push(flow);
    },
  );
  return { tracker, released };
}

/** The innermost packet of a frame. */
function decoded(payload: Built): PacketView {
  const frame = ethernet(payload);
  const decoder = new FrameDecoder();
  const count = decoder.decodeFrame(frame, 0, frame.length, frame.length, 1, TEST_START_US);
  return decoder.packets[count - 1]!;
}

const C = "192.168.1.10";
const S = "203.0.113.5";

describe("which flow a packet belongs to", () => {
  it("the first packet's sender is the client; both sides seen is established", () => {
    const { tracker } = setUp();
    const flow = tracker.track(udpPacket(C, 5353, S, 53));
    expect([tracker.isNewFlow, tracker.direction, tracker.isEstablished]).toEqual([true, 0, false]);
    expect(tracker.track(udpPacket(C, 5353, S, 53))).toBe(flow);
    expect([tracker.isNewFlow, tracker.isEstablished, tracker.table.state(flow)]).toEqual([
      false,
      false,
      FLOW_NEW,
    ]);
    expect(tracker.track(udpPacket(S, 53, C, 5353))).toBe(flow);
    expect([tracker.direction, tracker.isEstablished, tracker.table.state(flow)]).toEqual([
      1,
      true,
      FLOW_ESTABLISHED,
    ]);
    expect([tracker.table.packets(flow, 0), tracker.table.packets(flow, 1)]).toEqual([2, 1]);
    expect(tracker.table.bytes(flow, 0)).toBe(2 * (14 + 41));
  });

  it("ports, protocol, VLANs and tunnel depth tell flows apart", () => {
    const { tracker } = setUp();
    const base = { source: C, destination: S, sourcePort: 1, destinationPort: 2, protocol: 17 };
    const inTunnel = ipPacket(base);
    inTunnel.tunnelDepth = 1;
    const packets = [
      ipPacket(base),
      ipPacket({ ...base, sourcePort: 3 }),
      ipPacket({ ...base, protocol: 132 }),
      ipPacket({ ...base, vlans: [7] }),
      ipPacket({ ...base, vlans: [8] }),
      ipPacket({ ...base, vlans: [7, 8] }),
      ipPacket({ ...base, vlans: [7, 8, 9] }),
      inTunnel,
    ];
    expect(new Set(packets.map((packet) => tracker.track(packet))).size).toBe(packets.length);
    const loose = setUp({ vlanTracking: false }).tracker;
    expect(loose.track(packets[3]!)).toBe(loose.track(packets[6]!));
  });

  it("IPv4 and IPv6 addresses with the same last words are different", () => {
    const { tracker } = setUp();
    const v4 = ipPacket({ source: "0.0.0.1", destination: "0.0.0.2", protocol: 50 });
    const v6 = ipPacket({ source: "::1", destination: "::2", protocol: 50 });
    expect(tracker.track(v4)).not.toBe(tracker.track(v6));
    expect(tracker.table.ipVersion(tracker.track(v6))).toBe(6);
  });

  it("other protocols are flows without ports, with a direction by address", () => {
    const { tracker } = setUp();
    for (const protocol of [2, 47, 50, 51]) {
      const flow = tracker.track(ipPacket({ source: C, destination: S, protocol }));
      expect(tracker.track(ipPacket({ source: S, destination: C, protocol }))).toBe(flow);
      expect([tracker.direction, tracker.isEstablished, tracker.table.clientPort(flow)]).toEqual([
        1,
        true,
        0,
      ]);
    }
  });

  it("a packet from an end point to itself is from the client", () => {
    const { tracker } = setUp();
    tracker.track(udpPacket(C, 9, C, 9));
    tracker.track(udpPacket(C, 9, C, 9));
    expect(tracker.direction).toBe(0);
  });

  it("packets that are not IP, fragments, and unreadable transports have none", () => {
    const { tracker } = setUp();
    const noIp = udpPacket(C, 1, S, 2);
    noIp.ipVersion = 0;
    const fragment = udpPacket(C, 1, S, 2);
    fragment.isFragment = true;
    const broken = udpPacket(C, 1, S, 2);
    broken.transportOffset = 0;
    expect([noIp, fragment, broken].map((packet) => tracker.track(packet))).toEqual([-1, -1, -1]);
    expect([tracker.untrackedPackets, tracker.table.usedCount]).toEqual([3, 0]);
  });

  it("a flow can be turned round when the protocol shows that its answer came first", () => {
    const { tracker } = setUp();
    const flow = tracker.track(udpPacket(S, 53, C, 5353));
    expect([tracker.reverse(flow), tracker.direction, tracker.table.clientPort(flow)]).toEqual([
      true,
      1,
      5353,
    ]);
    expect(tracker.track(udpPacket(C, 5353, S, 53))).toBe(flow);
    expect([tracker.direction, tracker.isEstablished]).toEqual([0, true]);
    const talk = new TcpTalk().c("S");
    expect(talk.tracker.reverse(talk.flow)).toBe(false);
  });
});

describe("ICMP", () => {
  const echo = (type: number, source: string, destination: string, id: number): PacketView =>
    decoded(ipv4({ source, destination }, icmpv4({ type, id })));

  it("question and answer are one flow, whatever their ids", () => {
    const { tracker } = setUp();
    const flow = tracker.track(echo(8, C, S, 1));
    expect(tracker.track(echo(8, C, S, 2))).toBe(flow);
    expect(tracker.track(echo(0, S, C, 1))).toBe(flow);
    expect([tracker.direction, tracker.isEstablished]).toEqual([1, true]);
    expect([tracker.table.clientPort(flow), tracker.table.serverPort(flow)]).toEqual([8, 0]);
    // The other side asking is another flow.
    expect(tracker.track(echo(8, S, C, 1))).not.toBe(flow);
    const v6 = tracker.track(
      decoded(ipv6({ source: "fe80::1", destination: "fe80::2" }, icmpv6({ type: 135 }))),
    );
    expect(
      tracker.track(decoded(ipv6({ source: "fe80::2", destination: "fe80::1" }, icmpv6({ type: 136 })))),
    ).toBe(v6);
  });

  it("errors belong to the flow of the packet they quote, and are no answer", () => {
    const { tracker } = setUp();
    const flow = tracker.track(udpPacket(C, 5000, S, 53));
    const quoted = ipv4(
      { source: C, destination: S },
      udp({ sourcePort: 5000, destinationPort: 53 }, "x"),
    ).bytes;
    const router = decoded(
      ipv4({ source: "10.9.9.9", destination: C }, icmpv4({ type: 3, code: 3 }, quoted)),
    );
    expect(tracker.track(router)).toBe(flow);
    expect([tracker.direction, tracker.isIcmpError, tracker.isEstablished]).toEqual([1, true, false]);
    expect([tracker.table.packets(flow, 0), tracker.table.packets(flow, 1)]).toEqual([1, 0]);
    const expired = decoded(ipv4({ source: C, destination: S }, icmpv4({ type: 11 }, quoted)));
    expect([tracker.track(expired), tracker.direction]).toEqual([flow, 0]);
  });

  it("errors about TCP and IPv6 packets and about an echo find their flows", () => {
    const { tracker } = setUp();
    const talk = new TcpTalk({ tracker }).c("S");
    const segment = ipv4(
      { source: C, destination: S },
      tcp({ sourcePort: 40_000, destinationPort: 80, sequence: 1000 }),
    );
    expect(
      tracker.track(decoded(ipv4({ source: S, destination: C }, icmpv4({ type: 3 }, segment.bytes)))),
    ).toBe(talk.flow);
    const ask = tracker.track(echo(8, C, S, 7));
    const quoted = ipv4({ source: C, destination: S }, icmpv4({ type: 8, id: 7 })).bytes;
    expect(
      tracker.track(decoded(ipv4({ source: "10.9.9.9", destination: C }, icmpv4({ type: 11 }, quoted)))),
    ).toBe(ask);
    const six = { source: "2001:db8::1", destination: "2001:db8::2" };
    const datagram = ipv6(six, udp({ sourcePort: 6000, destinationPort: 53 }, "x"));
    const flow = tracker.track(decoded(datagram));
    const error = ipv6(
      { source: "2001:db8::2", destination: "2001:db8::1" },
      icmpv6({ type: 1, code: 4 }, datagram.bytes),
    );
    expect(tracker.track(decoded(error))).toBe(flow);
  });

  it("errors about nothing known, or cut short, have no flow", () => {
    const { tracker } = setUp();
    const quoted = ipv4({ source: C, destination: S }, udp({ sourcePort: 1, destinationPort: 2 }, "x")).bytes;
    const about = (bytes: Uint8Array): number =>
      tracker.track(decoded(ipv4({ source: S, destination: C }, icmpv4({ type: 3 }, bytes))));
    expect(about(quoted)).toBe(-1);
    for (let length = 0; length < quoted.length; length++) expect(about(quoted.subarray(0, length))).toBe(-1);
    expect(tracker.table.usedCount).toBe(0);
  });

  it("decoded VLAN tags reach the key", () => {
    const { tracker } = setUp();
    const inner = ipv4({ source: C, destination: S }, raw(50, "payload of ESP"));
    const flow = tracker.track(decoded(vlan(7, inner)));
    expect(tracker.table.vlan(flow)).toBe(7);
    expect(tracker.track(decoded(inner))).not.toBe(flow);
  });
});

describe("time-outs", () => {
  const at = (seconds: number): number => TEST_START_US + seconds * 1e6;

  it("are Suricata's, by protocol and state", () => {
    const { tracker, released } = setUp();
    const asked = tracker.track(udpPacket(C, 1, S, 53, at(0)));
    const answered = tracker.track(udpPacket(C, 2, S, 53, at(0)));
    tracker.track(udpPacket(S, 53, C, 2, at(0)));
    const ends = (until: number, flow: number): boolean => {
      tracker.expire(at(until), 10);
      return released.includes(flow);
    };
    expect([ends(29, asked), ends(30, asked)]).toEqual([false, true]);
    expect([ends(299, answered), ends(300, answered)]).toEqual([false, true]);
    for (const [until, expected] of [
      [["S"], 60],
      [["S", "SA", "A"], 600],
      [["S", "SA", "A", "R"], 60],
    ] as const) {
      const talk = new TcpTalk();
      for (const flags of until)
        if (flags === "SA") talk.s(flags);
        else talk.c(flags);
      talk.tracker.expire(talk.timeUs + (expected - 1) * 1e6, 10);
      expect(talk.releases).toEqual([]);
      talk.tracker.expire(talk.timeUs + expected * 1e6, 10);
      expect(talk.releases).toEqual([talk.flow]);
    }
  });

  it("count from the last packet, and end no more flows at a time than asked", () => {
    const { tracker, released } = setUp();
    for (let i = 0; i < 10; i++) tracker.track(udpPacket(C, i, S, 53, at(i)));
    tracker.track(udpPacket(C, 0, S, 53, at(20)));
    tracker.expire(at(39), 4);
    expect(released.length).toBe(4);
    tracker.expire(at(39), 100);
    expect(released.length).toBe(9);
    tracker.expire(at(50), 100);
    expect(tracker.table.usedCount).toBe(0);
  });

  it("a packet that comes after its flow's time-out begins a new one, expired or not", () => {
    const { tracker, released } = setUp();
    const flow = tracker.track(udpPacket(C, 1, S, 53, at(0)));
    const generation = tracker.table.generation(flow);
    const next = tracker.track(udpPacket(S, 53, C, 1, at(31)));
    expect(released).toEqual([flow]);
    expect([tracker.isNewFlow, tracker.direction, tracker.table.clientPort(next)]).toEqual([true, 0, 53]);
    expect(tracker.table.generation(next)).toBe(generation + 1);
  });
});

describe("release", () => {
  it("tells each flow once, before its columns are wiped, oldest silence first", () => {
    const seen: string[] = [];
    const tracker = new FlowTracker({ ...DEFAULT_FLOW_LIMITS, maxFlows: 8 }, (flow) => {
      seen.push(`${tracker.table.clientPort(flow)} ${tracker.table.packets(flow, 0)}`);
    });
    for (const [port, second] of [
      [1, 0],
      [3, 2],
      [2, 5],
      [1, 9],
    ] as const) {
      tracker.track(udpPacket(C, port, S, 53, TEST_START_US + second * 1e6));
    }
    tracker.releaseAll();
    expect(seen).toEqual(["3 1", "2 1", "1 2"]);
    tracker.releaseAll();
    expect(seen.length).toBe(3);
  });

  it("is not told by a reset, after which everything is fresh", () => {
    const talk = new TcpTalk().open().c("PA", "unread").c("PA", "early", { seq: 90 });
    const { tracker } = talk;
    tracker.reset();
    expect([talk.releases, tracker.table.usedCount, tracker.streams.usedBytes]).toEqual([[], 0, 0]);
    const again = new TcpTalk({ tracker }).open().c("PA", "hello");
    expect([again.app[0], tracker.table.createdCount]).toEqual(["hello", 1]);
  });

  it("gives flow ids that are decimal, unlike each other, and safe in JSON: below 2⁵³", () => {
    const { tracker } = setUp();
    const ids = Array.from({ length: 60 }, (_, i) =>
      tracker.table.flowId(tracker.track(udpPacket(C, i, S, 53))),
    );
    expect(new Set(ids).size).toBe(60);
    for (const id of ids) {
      expect(id).toMatch(/^[1-9]\d*$/);
      expect(BigInt(id)).toBeLessThan(2n ** 53n);
    }
  });
});

describe("a full table", () => {
  const limits = { maxFlows: 16, fairSourceFlows: 6 };
  const establish = (tracker: FlowTracker, source: string, port: number): number => {
    tracker.track(udpPacket(source, port, S, 53));
    return tracker.track(udpPacket(S, 53, source, port));
  };

  it("gives up flows nobody answered, then closed ones, then those of the source with most", () => {
    const { tracker, released } = setUp(limits);
    const own = Array.from({ length: 4 }, (_, i) => establish(tracker, C, i));
    const closed = new TcpTalk({ tracker }).open().c("R").flow;
    const greedy = Array.from({ length: 9 }, (_, i) => establish(tracker, "10.0.0.66", i));
    const asked = [0, 1].map((i) => tracker.track(udpPacket("10.0.0.77", i, S, 53)));
    expect(tracker.table.isFull).toBe(true);
    // Each newcomer is answered at once, so nothing of it is left to give up.
    for (let i = 0; i < 5; i++) establish(tracker, `10.1.0.${i}`, 1);
    expect(released).toEqual([...asked, closed, greedy[0], greedy[1]]);
    expect(own.every((flow) => !released.includes(flow))).toBe(true);
    expect([...tracker.evictedFlows]).toEqual([2, 2, 1]);
  });

  it("lets one source push out only its own unanswered flows once it has more than its share", () => {
    const { tracker, released } = setUp(limits);
    const other = tracker.track(udpPacket("10.0.0.1", 1, S, 53, TEST_START_US));
    for (let i = 0; i < 200; i++) tracker.track(udpPacket("10.0.0.66", i, S, 53, TEST_START_US + 1000 + i));
    expect(released.includes(other)).toBe(false);
    expect(tracker.table.ipVersion(other)).toBe(4);
  });

  it("counts IPv6 sources by their /64", () => {
    const { tracker, released } = setUp(limits);
    const other = tracker.track(udpPacket("2001:db8:1::1", 1, "2001:db8::53", 53, TEST_START_US));
    for (let i = 0; i < 200; i++) {
      tracker.track(
        udpPacket(`2001:db8:66::${i.toString(16)}`, 1, "2001:db8::53", 53, TEST_START_US + 1000 + i),
      );
    }
    expect(released.includes(other)).toBe(false);
  });

  it("never pushes out established flows for a flood from ever new sources", () => {
    const { tracker, released } = setUp({ maxFlows: 64, fairSourceFlows: 6 });
    const own = Array.from({ length: 40 }, (_, i) => establish(tracker, `192.168.1.${i}`, 1));
    for (let i = 0; i < 5000; i++)
      tracker.track(udpPacket(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, i, S, 53));
    expect(own.some((flow) => released.includes(flow))).toBe(false);
    expect(tracker.table.usedCount).toBe(64);
  });

  it("shortens the time-outs until it is emptier, and begins no flow for TCP without SYN meanwhile", () => {
    const { tracker } = setUp(limits);
    for (let i = 0; i < 17; i++) tracker.track(udpPacket(C, i, S, 53));
    expect([tracker.isEmergency, tracker.emergencies]).toEqual([true, 1]);
    const talk = new TcpTalk({ tracker }).c("PA", "x", { seq: 1, ack: 1 });
    expect(talk.flow).toBe(-1);
    tracker.expire(TEST_START_US + 11e6, 3);
    expect(tracker.isEmergency).toBe(true);
    tracker.expire(TEST_START_US + 11e6, 100);
    talk.c("S");
    expect(tracker.isEmergency).toBe(false);
    expect(tracker.table.state(talk.flow)).not.toBe(FLOW_CLOSED);
  });
});

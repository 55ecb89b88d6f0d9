import { describe, expect, it } from "vitest";
import { InboundGuard } from "../../../agent/uplink/inbound-guard.js";

const LIMITS = { packetBytes: 1000, bytesPerSecond: 10_000 };
/** CONNACK of MQTT 3.1.1, accepted: type 2, length 2, no session, return code 0. */
const CONNACK = [0x20, 2, 0, 0];
/** PUBLISH at QoS 0, topic "a", payload "hi". */
const PUBLISH = [0x30, 5, 0, 1, 0x61, 0x68, 0x69];
const PUBACK = [0x40, 2, 0, 1];
const PINGRESP = [0xd0, 0];

function inspectAll(bytes: readonly number[], cutAt = bytes.length): string | undefined {
  const guard = new InboundGuard(LIMITS, 0);
  return (
    guard.inspect(Uint8Array.from(bytes.slice(0, cutAt)), 0) ??
    guard.inspect(Uint8Array.from(bytes.slice(cutAt)), 0)
  );
}

describe("inbound guard", () => {
  it("lets through what a broker sends, however TCP cuts it", () => {
    const stream = [...CONNACK, ...PUBLISH, ...PUBACK, ...PINGRESP, ...PUBLISH];
    for (let cut = 0; cut <= stream.length; cut++) expect(inspectAll(stream, cut)).toBeUndefined();
  });

  it("finds the same violation wherever the stream is cut", () => {
    const stream = [...CONNACK, ...PUBLISH, 0x62, 2, 0, 1];
    for (let cut = 0; cut <= stream.length; cut++)
      expect(inspectAll(stream, cut)).toBe("unexpected packet type 6");
  });

  it("wants CONNACK first, and once", () => {
    expect(inspectAll(PUBLISH)).toBe("unexpected packet type 3");
    expect(inspectAll([...CONNACK, ...CONNACK])).toBe("unexpected packet type 2");
  });

  it("refuses every packet type a publishing client has no use for", () => {
    for (const type of [0, 1, 5, 6, 7, 8, 10, 12, 15]) {
      expect(inspectAll([...CONNACK, type << 4, 0])).toBe(`unexpected packet type ${type}`);
    }
  });

  it("refuses PUBLISH at QoS 2 and at the impossible QoS 3", () => {
    expect(inspectAll([...CONNACK, 0x34, 5])).toBe("PUBLISH above QoS 1");
    expect(inspectAll([...CONNACK, 0x36, 5])).toBe("PUBLISH above QoS 1");
  });

  it("judges a packet by the length it claims, before a byte of it has come", () => {
    expect(inspectAll([...CONNACK, 0x30, 0xff, 0xff, 0xff, 0x7f])).toBe("packet of 268435455 bytes");
    expect(inspectAll([...CONNACK, 0x30, 0xe9, 0x07])).toBe("packet of 1001 bytes");
    expect(inspectAll([...CONNACK, 0x30, 0xe8, 0x07])).toBeUndefined();
  });

  it("refuses a length of five bytes", () => {
    expect(inspectAll([...CONNACK, 0x30, 0x80, 0x80, 0x80, 0x80, 0x01])).toBe("malformed remaining length");
  });

  it("holds all packets but PUBLISH to four kilobytes", () => {
    const guard = new InboundGuard({ packetBytes: 100_000, bytesPerSecond: 1_000_000 }, 0);
    expect(guard.inspect(Uint8Array.from([...CONNACK, 0x40, 0x81, 0x20]), 0)).toBe("packet of 4097 bytes");
  });

  it("lets four seconds' worth of bytes come at once and then no more than the rate", () => {
    const guard = new InboundGuard({ packetBytes: 100_000, bytesPerSecond: 1_000 }, 0);
    const header = Uint8Array.from([...CONNACK, 0x30, 0xa0, 0x9c, 0x01]);
    expect(guard.inspect(header, 0)).toBeUndefined();
    expect(guard.inspect(new Uint8Array(3_992), 0)).toBeUndefined();
    expect(guard.inspect(new Uint8Array(1_000), 1_000)).toBeUndefined();
    expect(guard.inspect(new Uint8Array(2), 1_001)).toBe("too many bytes per second");
  });
});

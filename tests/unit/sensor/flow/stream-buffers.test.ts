import { describe, expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "../../../../agent/sensor/flow/flow-limits.js";
import { FlowTracker } from "../../../../agent/sensor/flow/flow-tracker.js";
import type { StreamBuffers } from "../../../../agent/sensor/flow/stream-buffers.js";
import { APP, RAW } from "../../../../agent/sensor/flow/stream-heads.js";
import { TcpTalk } from "../../../support/segments.js";

/** A talk whose packets are tracked, but read by the test. */
class Unread extends TcpTalk {
  override read(): void {}
}

function unread(limits: Partial<FlowLimits> = {}): Unread {
  return new Unread({ limits }).open();
}

/** A packet of the client is tracked and stays at hand. */
function arrive(talk: TcpTalk, data: string | Uint8Array, seq?: number): StreamBuffers {
  const view = talk.packet("PA", talk.client, talk.server, data, seq === undefined ? {} : { seq });
  talk.client.next = (seq ?? talk.client.next) + data.length;
  talk.flow = talk.tracker.track(view);
  return talk.streams;
}

function shown(streams: StreamBuffers): string {
  return Buffer.from(streams.bytes.subarray(streams.offset, streams.end)).toString("latin1");
}

describe("a span", () => {
  it("points into the packet when nothing older is unread", () => {
    const talk = unread();
    const view = talk.packet("PA", talk.client, talk.server, "GET /", {});
    const flow = talk.tracker.track(view);
    expect(talk.streams.span(flow, 0, APP)).toBe(true);
    expect(talk.streams.bytes).toBe(view.bytes);
    expect([talk.streams.offset, talk.streams.end, talk.streams.streamOffset]).toEqual([54, 59, 0]);
    expect(talk.streams.usedBytes).toBe(0);
  });

  it("is kept only as far as a reader leaves it, and continued by the next packet", () => {
    const talk = unread();
    let streams = arrive(talk, "one two thr");
    streams.span(talk.flow, 0, APP);
    streams.consume(talk.flow, 0, APP, 8);
    streams.span(talk.flow, 0, RAW);
    streams.consume(talk.flow, 0, RAW, 11);
    streams.finishPacket();
    expect(streams.usedBytes).toBeGreaterThan(0);
    streams = arrive(talk, "ee four");
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    expect([shown(streams), streams.streamOffset]).toEqual(["three four", 8]);
    expect(streams.span(talk.flow, 0, RAW)).toBe(true);
    expect([shown(streams), streams.streamOffset]).toEqual(["ee four", 11]);
    streams.consume(talk.flow, 0, APP, 10);
    streams.consume(talk.flow, 0, RAW, 7);
    streams.finishPacket();
    expect(streams.usedBytes).toBe(0);
    expect(streams.span(talk.flow, 0, APP)).toBe(false);
  });

  it("stays readable after it was consumed, until the packet is finished", () => {
    const talk = unread();
    arrive(talk, "kept ").finishPacket();
    const streams = arrive(talk, "bytes");
    streams.span(talk.flow, 0, APP);
    const { bytes, offset, end } = streams;
    streams.consume(talk.flow, 0, APP, 10);
    streams.span(talk.flow, 0, RAW);
    expect(Buffer.from(bytes.subarray(offset, end)).toString()).toBe("kept bytes");
  });

  it("of a direction without a stream is nothing", () => {
    const talk = unread();
    expect(talk.streams.span(63, 0, APP)).toBe(false);
    expect(talk.streams.isStopped(63, 0, APP)).toBe(true);
    talk.streams.stop(63, 0, APP);
    expect(talk.streams.span(talk.flow, 1, APP)).toBe(false);
  });
});

describe("a full head", () => {
  const limits = { streamHeadBytes: 4096 };

  it("is told, and takes the rest of the packet once something is consumed", () => {
    const talk = unread(limits);
    arrive(talk, "a".repeat(3000)).finishPacket();
    const streams = arrive(talk, `${"b".repeat(1096)}${"c".repeat(500)}`);
    streams.span(talk.flow, 0, APP);
    expect([streams.end - streams.offset, streams.isFull]).toEqual([4096, true]);
    streams.consume(talk.flow, 0, APP, 3000);
    streams.span(talk.flow, 0, APP);
    expect([shown(streams), streams.isFull]).toEqual([`${"b".repeat(1096)}${"c".repeat(500)}`, false]);
  });

  it("of which nothing is consumed loses everything, and the hole is told before the next bytes", () => {
    const talk = unread(limits);
    for (let i = 0; i < 3; i++) {
      const streams = arrive(talk, "x".repeat(1400));
      streams.span(talk.flow, 0, APP);
      expect(streams.isFull).toBe(i === 2);
      streams.span(talk.flow, 0, RAW);
      streams.consume(talk.flow, 0, RAW, 1400);
      streams.finishPacket();
    }
    expect(talk.streams.droppedBytes).toBe(3 * 1400);
    const streams = arrive(talk, "behind");
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    expect([shown(streams), streams.hasGap, streams.isEnd]).toEqual(["", true, true]);
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    expect([shown(streams), streams.hasGap]).toEqual(["behind", false]);
  });

  it("is told of a packet larger than a head", () => {
    const talk = unread(limits);
    const streams = arrive(talk, "x".repeat(5000));
    streams.span(talk.flow, 0, APP);
    expect([streams.end - streams.offset, streams.isFull]).toEqual([5000, true]);
    streams.consume(talk.flow, 0, APP, 4000);
    streams.finishPacket();
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    expect([shown(streams), streams.streamOffset]).toEqual(["x".repeat(1000), 4000]);
  });

  it("does not bound a connection whose reader keeps consuming", () => {
    const talk = new TcpTalk({ limits });
    talk.open();
    for (let i = 0; i < 200; i++) talk.c("PA", "y".repeat(1460)).s("A");
    expect(talk.app[0].length).toBe(200 * 1460);
  });
});

describe("skipping", () => {
  it("passes over bytes that are there and bytes that come later, early ones without keeping them", () => {
    const talk = unread();
    let streams = arrive(talk, "HEAD0123");
    streams.span(talk.flow, 0, APP);
    streams.consume(talk.flow, 0, APP, 4);
    streams.skip(talk.flow, 0, 20);
    streams.stop(talk.flow, 0, RAW);
    streams.finishPacket();
    streams = arrive(talk, "ef", 15);
    streams.finishPacket();
    expect(streams.usedBytes).toBe(0);
    streams = arrive(talk, "456789abcd", 9);
    expect(streams.span(talk.flow, 0, APP)).toBe(false);
    streams.finishPacket();
    streams = arrive(talk, "ghijNEXT", 19);
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    // The early "ef" was within what is skipped, and so is nearly all of this.
    expect([shown(streams), streams.streamOffset]).toEqual(["XT", 24]);
  });

  it("passes over holes within what is skipped", () => {
    const talk = unread();
    const streams = arrive(talk, "HEAD");
    streams.span(talk.flow, 0, APP);
    streams.consume(talk.flow, 0, APP, 4);
    streams.skip(talk.flow, 0, 10);
    streams.stop(talk.flow, 0, RAW);
    streams.finishPacket();
    talk.s("A", "", { ack: 11 });
    arrive(talk, "0123NEXT", 11);
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    expect([shown(streams), streams.hasGap, streams.streamOffset]).toEqual(["NEXT", false, 14]);
  });
});

describe("readers that stop", () => {
  it("are shown nothing more, and the other one reads on", () => {
    const talk = unread();
    let streams = arrive(talk, "first");
    streams.stop(talk.flow, 0, APP);
    expect([streams.span(talk.flow, 0, APP), streams.isStopped(talk.flow, 0, APP)]).toEqual([false, true]);
    streams.finishPacket();
    streams = arrive(talk, " second");
    expect(streams.span(talk.flow, 0, RAW)).toBe(true);
    expect(shown(streams)).toBe("first second");
    expect(streams.isStopped(talk.flow, 1, APP)).toBe(false);
  });

  it("both: bytes are only counted, in any order, and nothing is kept", () => {
    const talk = unread();
    arrive(talk, "x").finishPacket();
    talk.streams.stop(talk.flow, 0, APP);
    talk.streams.stop(talk.flow, 0, RAW);
    expect(talk.streams.usedBytes).toBe(0);
    arrive(talk, "early", 100).finishPacket();
    arrive(talk, "late", 2).finishPacket();
    arrive(talk, "more", 105).finishPacket();
    expect([talk.streams.receivedBytes(talk.flow, 0), talk.streams.usedBytes]).toEqual([108, 0]);
    expect([talk.streams.assembly.gaps, talk.tracker.isTcpValid]).toEqual([0, true]);
  });

  it("RAW stops at its depth and is told that this is the end", () => {
    const talk = unread({ rawDepthBytes: 10 });
    const streams = arrive(talk, "0123456");
    streams.span(talk.flow, 0, RAW);
    expect([shown(streams), streams.isEnd]).toEqual(["0123456", false]);
    streams.consume(talk.flow, 0, RAW, 7);
    streams.finishPacket();
    arrive(talk, "789beyond");
    expect(streams.span(talk.flow, 0, RAW)).toBe(true);
    expect([shown(streams), streams.isEnd]).toEqual(["789", true]);
    streams.consume(talk.flow, 0, RAW, 3);
    expect(streams.span(talk.flow, 0, RAW)).toBe(false);
    streams.finishPacket();
    expect(streams.isStopped(talk.flow, 0, RAW)).toBe(true);
    expect(streams.span(talk.flow, 0, APP)).toBe(true);
    expect(shown(streams)).toBe("0123456789beyond");
  });
});

describe("a pool that is full", () => {
  /** Room for four pages of 4 KiB. */
  const limits = { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 4 * 4096, streamHeadBytes: 4096 };

  it("takes the head that was used least recently, tells its reader, and never more than it has", () => {
    const tracker = new FlowTracker(limits, () => {});
    const talks = Array.from({ length: 10 }, (_, i) => new Unread({ tracker, clientPort: 2000 + i }).open());
    for (const talk of talks) {
      arrive(talk, "half a mess");
      tracker.streams.stop(talk.flow, 0, RAW);
      tracker.streams.finishPacket();
      expect(tracker.streams.usedBytes).toBeLessThanOrEqual(4 * 4096);
    }
    // Eight heads of 2 KiB fit; the two oldest share a page and went together.
    expect(tracker.streams.lostHeads).toBe(2);
    const results = talks.map((talk) => {
      const streams = arrive(talk, "age");
      streams.span(talk.flow, 0, APP);
      const result = streams.hasGap ? "hole" : shown(streams);
      streams.stop(talk.flow, 0, APP);
      streams.finishPacket();
      return result;
    });
    expect(results).toEqual(["hole", "hole", ...new Array<string>(8).fill("half a message")]);
  });

  it("takes early segments before the heads of established flows", () => {
    const tracker = new FlowTracker(limits, () => {});
    const head = new Unread({ tracker, clientPort: 2000 }).open();
    arrive(head, "half a mess");
    tracker.streams.stop(head.flow, 0, RAW);
    tracker.streams.finishPacket();
    for (let i = 0; i < 20; i++) {
      const other = new Unread({ tracker, clientPort: 3000 + i }).open();
      for (let k = 0; k < 3; k++) {
        arrive(other, "early", 100 + k * 1000);
        tracker.streams.finishPacket();
      }
    }
    const streams = arrive(head, "age");
    streams.span(head.flow, 0, APP);
    expect(shown(streams)).toBe("half a message");
    expect(tracker.streams.usedBytes).toBeLessThanOrEqual(4 * 4096);
  });

  it("shows a hole where an early segment lost its bytes", () => {
    const tracker = new FlowTracker(limits, () => {});
    const talk = new TcpTalk({ tracker, clientPort: 2000 }).open().c("PA", "early", { seq: 6 });
    for (let i = 0; i < 20; i++)
      new TcpTalk({ tracker, clientPort: 3000 + i }).open().c("PA", "early", { seq: 50 });
    talk.c("PA", "first", { seq: 1 }).c("PA", "later", { seq: 11 });
    expect(talk.app[0]).toBe("first{hole}later");
  });
});

import { describe, expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { createLog } from "../../../agent/base/log.js";
import type { PublishOutcome } from "../../../agent/uplink/connection.js";
import { EnvelopeWriter } from "../../../agent/uplink/envelope.js";
import { UPLINK_LIMITS, type UplinkLimits } from "../../../agent/uplink/limits.js";
import { Publisher, type PublishPort } from "../../../agent/uplink/publisher.js";
import { ManualClock } from "../../support/manual-clock.js";
import { MemoryOutbox } from "../../support/memory-outbox.js";

/** A connection that notes what is published and answers when told. */
class FakePort implements PublishPort {
  maximumPacketBytes = 1 << 20;
  window = 65_535;
  readonly published: number[] = [];
  readonly texts: string[] = [];
  readonly #open: ((outcome: PublishOutcome) => void)[] = [];

  canPublish(): boolean {
    return this.#open.length < this.window;
  }

  publish(
    _topic: string,
    payload: string,
    _retain: boolean,
    onOutcome: (outcome: PublishOutcome) => void,
  ): void {
    this.published.push(JSON.parse(payload).seq);
    this.texts.push(payload);
    this.#open.push(onOutcome);
  }

  answer(outcome: PublishOutcome = "accepted", count = this.#open.length): void {
    for (const onOutcome of this.#open.splice(0, count)) onOutcome(outcome);
  }
}

function setUp(options: { acknowledgement?: "monitor" | "broker"; limits?: Partial<UplinkLimits> } = {}) {
  const outbox = new MemoryOutbox();
  const clock = new ManualClock();
  const counters = new Counters();
  const lines: string[] = [];
  const limits = { ...UPLINK_LIMITS, ...options.limits };
  const publisher = new Publisher({
    outbox,
    device: "box-1",
    envelopes: new EnvelopeWriter({ device: "box-1", outbox, boot: 1 }, limits.historicalMs),
    acknowledgement: options.acknowledgement ?? "monitor",
    limits,
    clock,
    counters,
    log: createLog({ level: "debug" }, { write: (line) => void lines.push(line) }),
  });
  return { outbox, clock, counters, lines, publisher, port: new FakePort() };
}

/** Let the outbox's answers come. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

const ack = (upTo: number, also?: [number, number][], ledger = "test-ledger") => ({
  v: 1 as const,
  ledger,
  upTo,
  ...(also && { also }),
});

describe("publisher", () => {
  it("asks nothing of the outbox and publishes nothing while there is no connection", async () => {
    const { outbox, publisher } = setUp();
    outbox.append();
    publisher.tick();
    await settle();
    expect(outbox.leases).toBe(0);
  });

  it("deletes nothing on the broker's word, everything on the monitor's", async () => {
    const { outbox, publisher, port } = setUp();
    for (let i = 0; i < 5; i++) outbox.append();
    publisher.attach(port);
    await settle();
    expect(port.published).toEqual([1, 2, 3, 4, 5]);
    port.answer("accepted");
    await settle();
    expect(outbox.size).toBe(5);
    publisher.acknowledge(ack(3, [[5, 5]]));
    await settle();
    expect(outbox.acknowledged).toEqual([1, 2, 3, 5]);
    expect(publisher.isIdle).toBe(false);
    publisher.acknowledge(ack(5));
    await settle();
    expect(outbox.size).toBe(0);
    expect(publisher.isIdle).toBe(true);
  });

  it("never deletes what it has not published, however far an acknowledgement reaches", async () => {
    const { outbox, publisher, port } = setUp();
    port.window = 2;
    for (let i = 0; i < 10; i++) outbox.append();
    publisher.attach(port);
    await settle();
    publisher.acknowledge(ack(Number.MAX_SAFE_INTEGER, [[1, Number.MAX_SAFE_INTEGER]]));
    await settle();
    expect(outbox.acknowledged).toEqual([1, 2]);
    expect(outbox.size).toBe(8);
  });

  it("ignores the acknowledgement of another ledger", async () => {
    const { outbox, publisher, port, counters } = setUp();
    outbox.append();
    publisher.attach(port);
    await settle();
    publisher.acknowledge(ack(1, undefined, "earlier-life"));
    await settle();
    expect(outbox.size).toBe(1);
    expect(counters.get("uplink.acks_of_other_ledger")).toBe(1);
  });

  it("forgets every number when the store was made anew, so that no old acknowledgement meets a new message", async () => {
    const { outbox, publisher, port } = setUp();
    for (let i = 0; i < 5; i++) outbox.append();
    publisher.attach(port);
    await settle();
    port.answer();
    outbox.beginAnew("second-life");
    outbox.append();
    await settle();
    publisher.acknowledge(ack(5));
    await settle();
    expect(outbox.size).toBe(1);
    expect(port.texts.map((text) => JSON.parse(text).ledger)).toEqual([
      ...Array(5).fill("test-ledger"),
      "second-life",
    ]);
    publisher.acknowledge(ack(1, undefined, "second-life"));
    await settle();
    expect(outbox.size).toBe(0);
  });

  it("finds what a store holds that was away and came back without a word", async () => {
    const { outbox, publisher, port, clock } = setUp();
    outbox.append();
    outbox.isAway = true;
    publisher.attach(port);
    await settle();
    outbox.isAway = false;
    clock.advance(UPLINK_LIMITS.outboxPollMs);
    publisher.tick();
    await settle();
    expect(port.published).toEqual([1]);
  });

  it("sends critical messages before an older backlog, and before what it had leased already", async () => {
    const { outbox, publisher, port } = setUp({ limits: { ackWindowStart: 512 } });
    port.window = 10;
    for (let i = 0; i < 1_000; i++) outbox.append("low");
    publisher.attach(port);
    await settle();
    const critical = outbox.append("critical");
    await settle();
    port.answer();
    await settle();
    expect(port.published[10]).toBe(critical);
  });

  it("has room for critical messages when the window is full of others", async () => {
    const { outbox, publisher, port } = setUp({ limits: { ackWindowStart: 64 } });
    for (let i = 0; i < 200; i++) outbox.append("normal");
    publisher.attach(port);
    await settle();
    expect(port.published).toHaveLength(64);
    const critical = outbox.append("critical");
    await settle();
    expect(port.published).toEqual([...Array.from({ length: 64 }, (_, i) => i + 1), critical]);
    for (let i = 0; i < 500; i++) outbox.append("critical");
    await settle();
    expect(port.published.length).toBeLessThanOrEqual(64 + UPLINK_LIMITS.criticalReserve);
  });

  it("sends everything unacknowledged again after a reconnect, without deleting any of it", async () => {
    const { outbox, publisher, port, counters } = setUp();
    for (let i = 0; i < 3; i++) outbox.append();
    publisher.attach(port);
    await settle();
    publisher.detach();
    port.answer("lost");
    const next = new FakePort();
    publisher.attach(next);
    await settle();
    expect(next.published).toEqual([1, 2, 3]);
    expect(counters.get("uplink.repeated")).toBe(3);
    expect(counters.get("uplink.published")).toBe(3);
  });

  it("sends again when an acknowledgement stays out, ever more rarely, and with a small window", async () => {
    const { outbox, publisher, port, clock, lines } = setUp({
      limits: { ackTimeoutMs: 1_000, ackTimeoutLongestMs: 4_000, ackWindowSmallest: 16, ackWindowStart: 64 },
    });
    for (let i = 0; i < 100; i++) outbox.append();
    publisher.attach(port);
    await settle();
    expect(port.published).toHaveLength(64);
    port.answer();
    const pauses: number[] = [];
    let sinceMs = 0;
    for (let second = 0; second < 40 && pauses.length < 5; second++) {
      clock.advance(500);
      sinceMs += 500;
      const before = port.published.length;
      publisher.tick();
      await settle();
      port.answer();
      if (port.published.length > before) {
        expect(port.published.length - before).toBe(16);
        pauses.push(sinceMs);
        sinceMs = 0;
      }
    }
    expect(pauses).toEqual([1_500, 2_500, 4_500, 4_500, 4_500]);
    expect(lines.filter((line) => line.includes("unacknowledged"))).toHaveLength(1);
    expect(publisher.isMonitorSilent).toBe(true);
  });

  it("does not count the time a slow line takes against the monitor", async () => {
    const { outbox, publisher, port, clock, counters } = setUp({ limits: { ackTimeoutMs: 1_000 } });
    outbox.append();
    publisher.attach(port);
    await settle();
    clock.advance(100_000);
    publisher.tick();
    expect(counters.get("uplink.ack_timeouts")).toBe(0);
    port.answer();
    clock.advance(1_001);
    publisher.tick();
    expect(counters.get("uplink.ack_timeouts")).toBe(1);
  });

  it("starts at once when a monitor is heard again after a silence", async () => {
    const { outbox, publisher, port, clock } = setUp({ limits: { ackTimeoutMs: 1_000 } });
    for (let i = 0; i < 10; i++) outbox.append();
    publisher.attach(port);
    await settle();
    port.answer();
    for (let i = 0; i < 4; i++) {
      clock.advance(10_000);
      publisher.tick();
      await settle();
      port.answer();
    }
    const before = port.published.length;
    publisher.acknowledge(ack(0));
    await settle();
    expect(port.published.length - before).toBe(10);
    expect(publisher.isMonitorSilent).toBe(false);
  });

  it("sends again at once what a monitor that has just come did not hear, but not as often as it is told to", async () => {
    const { outbox, publisher, port, clock } = setUp();
    for (let i = 0; i < 10; i++) outbox.append();
    publisher.attach(port);
    await settle();
    port.answer();
    publisher.acknowledge({ ...ack(4), fresh: true });
    await settle();
    expect(port.published.slice(10)).toEqual([5, 6, 7, 8, 9, 10]);
    port.answer();
    for (let i = 0; i < 100; i++) publisher.acknowledge({ ...ack(4), fresh: true });
    await settle();
    expect(port.published).toHaveLength(16);
    clock.advance(UPLINK_LIMITS.freshEveryMs);
    publisher.acknowledge({ ...ack(4), fresh: true });
    await settle();
    expect(port.published).toHaveLength(22);
  });

  it("takes an acknowledgement that comes after the message was sent again, and does not send it a third time", async () => {
    const { outbox, publisher, port, clock } = setUp({ limits: { ackTimeoutMs: 1_000 } });
    outbox.append();
    publisher.attach(port);
    await settle();
    port.answer();
    clock.advance(1_500);
    publisher.tick();
    publisher.acknowledge(ack(1));
    await settle();
    expect(outbox.size).toBe(0);
    const before = port.published.length;
    clock.advance(10_000);
    publisher.tick();
    await settle();
    expect(port.published.length).toBe(before);
  });

  it("keeps within the connection's window", async () => {
    const { outbox, publisher, port } = setUp();
    port.window = 1;
    for (let i = 0; i < 5; i++) outbox.append();
    publisher.attach(port);
    for (let sent = 1; sent <= 5; sent++) {
      await settle();
      expect(port.published).toHaveLength(sent);
      port.answer();
    }
  });

  it("lives through an outbox that fails, saying so once, and goes on when it works again", async () => {
    const { outbox, publisher, port, lines } = setUp();
    outbox.append();
    outbox.failure = new Error("disk I/O error");
    publisher.attach(port);
    for (let i = 0; i < 5; i++) {
      await settle();
      publisher.tick();
    }
    await settle();
    expect(lines.filter((line) => line.includes("disk I/O error"))).toHaveLength(1);
    outbox.failure = undefined;
    publisher.tick();
    await settle();
    expect(port.published).toEqual([1]);
    outbox.failure = new Error("disk I/O error");
    publisher.acknowledge(ack(1));
    await settle();
    expect(outbox.size).toBe(1);
    outbox.failure = undefined;
    publisher.tick();
    await settle();
    expect(outbox.size).toBe(0);
    expect(port.published).toEqual([1]);
  });

  it("leaves a message in the outbox that is larger than the broker takes, and sends the others", async () => {
    const { outbox, publisher, port, counters } = setUp();
    port.maximumPacketBytes = 500;
    outbox.append("normal", { text: "x".repeat(600) });
    outbox.append("normal", {});
    publisher.attach(port);
    await settle();
    expect(port.published).toEqual([2]);
    expect(counters.get("uplink.too_large_for_broker")).toBe(1);
    expect(outbox.size).toBe(2);
  });

  it("asks the outbox in portions, not message by message", async () => {
    const { outbox, publisher, port } = setUp();
    for (let i = 0; i < 2_000; i++) outbox.append();
    publisher.attach(port);
    for (let round = 0; round < 200 && outbox.size > 0; round++) {
      await settle();
      port.answer();
      const last = port.published.at(-1) ?? 0;
      publisher.acknowledge(ack(last));
      await settle();
    }
    expect(outbox.size).toBe(0);
    expect(outbox.leases).toBeLessThan(2_000 / 16);
  });

  describe("with the broker's acknowledgement", () => {
    it("deletes on PUBACK", async () => {
      const { outbox, publisher, port } = setUp({ acknowledgement: "broker" });
      for (let i = 0; i < 5; i++) outbox.append();
      publisher.attach(port);
      await settle();
      port.answer("accepted", 3);
      await settle();
      expect(outbox.acknowledged).toEqual([1, 2, 3]);
    });

    it("keeps what the broker refuses or nobody hears, and tries it again later", async () => {
      const { outbox, publisher, port, clock } = setUp({
        acknowledgement: "broker",
        limits: { ackTimeoutMs: 1_000 },
      });
      outbox.append();
      outbox.append();
      publisher.attach(port);
      await settle();
      port.answer("unheard", 1);
      port.answer("refused", 1);
      await settle();
      expect(outbox.size).toBe(2);
      clock.advance(2_000);
      publisher.tick();
      await settle();
      expect(port.published).toEqual([1, 2, 1, 2]);
    });
  });
});

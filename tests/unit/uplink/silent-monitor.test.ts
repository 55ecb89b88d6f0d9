/** How a monitor that is not there shows while nothing waits to be sent. */
import { expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { createLog } from "../../../agent/base/log.js";
import { EnvelopeWriter } from "../../../agent/uplink/envelope.js";
import { UPLINK_LIMITS } from "../../../agent/uplink/limits.js";
import { Publisher, type PublishPort } from "../../../agent/uplink/publisher.js";
import { ManualClock } from "../../support/manual-clock.js";
import { MemoryOutbox } from "../../support/memory-outbox.js";

const PORT: PublishPort = { maximumPacketBytes: 1 << 20, canPublish: () => true, publish: () => undefined };

function setUp(acknowledgement: "monitor" | "broker") {
  const outbox = new MemoryOutbox();
  const clock = new ManualClock();
  const lines: string[] = [];
  const publisher = new Publisher({
    outbox,
    device: "box-1",
    envelopes: new EnvelopeWriter({ device: "box-1", outbox, boot: 1 }, UPLINK_LIMITS.historicalMs),
    acknowledgement,
    limits: UPLINK_LIMITS,
    clock,
    counters: new Counters(),
    log: createLog({ level: "debug" }, { write: (line) => void lines.push(line) }),
  });
  const answer = (): void => publisher.acknowledge({ v: 1, ledger: outbox.ledger, upTo: 0 });
  /** The state is told each minute, as by an agent. */
  const minutes = (count: number, isAnswered: boolean): void => {
    for (let second = 0; second < 60 * count; second++) {
      if (second % 60 === 0) publisher.expectAnswer();
      if (isAnswered && second % 60 === 1) answer();
      clock.advance(1_000);
      publisher.tick();
    }
  };
  publisher.attach(PORT);
  return { publisher, lines, answer, minutes };
}

it("one that leaves three statements of state unanswered is silent, until it answers again", () => {
  const { publisher, lines, answer, minutes } = setUp("monitor");
  minutes(10, true);
  // Two may be lost.
  minutes(2, false);
  expect(publisher.isMonitorSilent).toBe(false);
  minutes(8, false);
  expect(publisher.isMonitorSilent).toBe(true);
  answer();
  expect(publisher.isMonitorSilent).toBe(false);
  expect(lines.filter((line) => line.includes("no monitor answers"))).toHaveLength(1);
  expect(lines.filter((line) => line.includes("acknowledges again"))).toHaveLength(1);
});

it("a new connection begins anew", () => {
  const { publisher, minutes } = setUp("monitor");
  minutes(5, false);
  publisher.detach();
  publisher.attach(PORT);
  expect(publisher.isMonitorSilent).toBe(false);
});

it("none is awaited where the broker acknowledges", () => {
  const { publisher, minutes } = setUp("broker");
  minutes(10, false);
  expect(publisher.isMonitorSilent).toBe(false);
});

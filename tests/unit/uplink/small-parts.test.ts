import { describe, expect, it } from "vitest";
import { Backoff } from "../../../agent/base/backoff.js";
import { EnvelopeWriter } from "../../../agent/uplink/envelope.js";
import { ProtocolChoice } from "../../../agent/uplink/protocol-choice.js";
import { downTopic, parseUpTopic, upTopic } from "../../../agent/uplink/topics.js";
import { ManualClock } from "../../support/manual-clock.js";

describe("back-off", () => {
  it("doubles its ceiling up to the longest and draws uniformly below it", () => {
    const longest = new Backoff(1_000, 60_000, () => 0.999999);
    const ceilings = Array.from({ length: 9 }, () => Math.round(longest.next() / 1000));
    expect(ceilings).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(new Backoff(1_000, 60_000, () => 0).next()).toBe(0);
  });

  it("begins small again after a reset, and stays finite after years of failures", () => {
    const backoff = new Backoff(1_000, 60_000, () => 0.5);
    for (let i = 0; i < 2_000; i++) expect(backoff.next()).toBeLessThanOrEqual(30_000);
    backoff.reset();
    expect(backoff.next()).toBe(500);
  });
});

describe("choice of the MQTT version", () => {
  const choose = (setting: "auto" | 4 | 5 = "auto") => {
    const clock = new ManualClock();
    return { clock, choice: new ProtocolChoice(setting, clock, 1_000) };
  };

  it("begins with 5, and changes to 3.1.1 at once where 5 is refused", () => {
    const { choice } = choose();
    expect(choice.next()).toBe(5);
    expect(choice.note(5, "version-refused")).toBe(true);
    expect(choice.next()).toBe(4);
    expect(choice.note(4, "accepted")).toBe(false);
    expect(choice.next()).toBe(4);
  });

  it("takes two unanswered closes for a refusal, one for an accident", () => {
    const { choice } = choose();
    expect(choice.note(5, "closed-unanswered")).toBe(false);
    expect(choice.next()).toBe(5);
    expect(choice.note(5, "closed-unanswered")).toBe(true);
    expect(choice.next()).toBe(4);
  });

  it("does not count closes that a failure of another kind stands between", () => {
    const { choice } = choose();
    choice.note(5, "closed-unanswered");
    choice.note(5, "failed");
    expect(choice.note(5, "closed-unanswered")).toBe(false);
  });

  it("returns to 5 where 3.1.1 does not work either", () => {
    const { choice } = choose();
    choice.note(5, "version-refused");
    expect(choice.note(4, "failed")).toBe(false);
    expect(choice.next()).toBe(5);
  });

  it("tries 5 again after the interval and stays with it where it is accepted now", () => {
    const { choice, clock } = choose();
    choice.note(5, "version-refused");
    choice.note(4, "accepted");
    clock.advance(999);
    expect(choice.next()).toBe(4);
    clock.advance(1);
    expect(choice.next()).toBe(5);
    choice.note(5, "accepted");
    clock.advance(1);
    expect(choice.next()).toBe(5);
  });

  it("keeps 3.1.1 while the broker is merely away", () => {
    const { choice } = choose();
    choice.note(5, "version-refused");
    choice.note(4, "accepted");
    choice.note(4, "failed");
    expect(choice.next()).toBe(4);
  });

  it("never leaves a version that was set", () => {
    const { choice } = choose(5);
    expect(choice.note(5, "version-refused")).toBe(false);
    expect(choice.next()).toBe(5);
  });
});

describe("topics", () => {
  it("are built and read the same way", () => {
    expect(upTopic("box-1", "incident")).toBe("sekisho/v1/box-1/up/incident");
    expect(downTopic("box-1", "ack")).toBe("sekisho/v1/box-1/down/ack");
    expect(parseUpTopic(upTopic("box-1", "incident"))).toEqual({ device: "box-1", kind: "incident" });
  });

  it("are nothing else", () => {
    for (const topic of [
      "",
      "sekisho/v1/a/down/ack",
      "sekisho/v2/a/up/x",
      "sekisho/v1//up/x",
      "sekisho/v1/a/up/x/y",
    ]) {
      expect(parseUpTopic(topic)).toBeUndefined();
    }
  });
});

describe("envelope", () => {
  const writer = new EnvelopeWriter({ device: "box-1", boot: 7, outbox: { ledger: "ab12" } }, 60_000);
  const message = {
    sequence: 9,
    priority: "high",
    topic: "incident",
    payload: '{"x":"関"}',
    committedMs: 1_000,
  } as const;

  it("wraps the outbox's JSON without reading it", () => {
    expect(JSON.parse(writer.numbered(message, 61_000))).toEqual({
      v: 1,
      device: "box-1",
      ledger: "ab12",
      boot: 7,
      seq: 9,
      class: "high",
      sentAt: "1970-01-01T00:01:01.000Z",
      committedAt: "1970-01-01T00:00:01.000Z",
      data: { x: "関" },
    });
  });

  it("says how far the clock could be believed when it was written, where that is known", () => {
    expect(JSON.parse(writer.numbered({ ...message, clock: "unset" }, 0))).toHaveProperty("clock", "unset");
  });

  it("marks what has waited for more than a minute", () => {
    expect(JSON.parse(writer.numbered(message, 61_001))).toHaveProperty("historical", true);
    // The clock was put back meanwhile.
    expect(JSON.parse(writer.numbered(message, -61_001))).toHaveProperty("historical", true);
  });

  it("stays valid JSON with a time no clock shows", () => {
    for (const committedMs of [Number.NaN, 1e300, -8.65e15]) {
      expect(JSON.parse(writer.numbered({ ...message, committedMs }, 0)).committedAt).toBe(
        "1970-01-01T00:00:00.000Z",
      );
    }
  });
});

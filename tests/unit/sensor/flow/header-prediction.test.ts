import { afterEach, describe, expect, test, vi } from "vitest";
import { ROW_WORDS, RowPart } from "../../../../agent/sensor/flow/flow-rows.js";
import { HeaderPrediction } from "../../../../agent/sensor/flow/header-prediction.js";
import { APP, RAW } from "../../../../agent/sensor/flow/stream-heads.js";
import { FUZZ_SEED } from "../../../support/fuzz-seed.js";
import { type Random, randomFrom } from "../../../support/parser-fuzz.js";
import { type SegmentOptions, TcpTalk } from "../../../support/segments.js";

function opened(options: SegmentOptions = {}): TcpTalk {
  return new TcpTalk().open(options);
}

function isPredicted(talk: TcpTalk): boolean {
  return talk.tracker.isPredicted;
}

function stopReading(talk: TcpTalk, direction: 0 | 1): void {
  talk.streams.stop(talk.flow, direction, APP);
  talk.streams.stop(talk.flow, direction, RAW);
}

/** Nobody reads what the client says. */
function unread(talk: TcpTalk): TcpTalk {
  stopReading(talk, 0);
  return talk;
}

describe("a segment is what its connection expected", () => {
  test("where it acknowledges, and brings nothing", () => {
    const talk = opened().c("PA", "hello").s("A");
    expect(isPredicted(talk)).toBe(true);
    expect([talk.tracker.direction, talk.tracker.isEstablished, talk.tracker.hasNewStreamData]).toEqual([
      1,
      true,
      false,
    ]);
    expect(talk.tracker.table.packets(talk.flow, 1)).toBe(2);
  });

  test("where it tells of more room, which what follows may fill", () => {
    const talk = opened({ window: 1000 }).s("A", "", { window: 3000 });
    expect(isPredicted(talk)).toBe(true);
    talk.c("PA", "x".repeat(2900));
    expect([talk.tracker.isTcpValid, talk.app[0].length]).toEqual([true, 2900]);
  });

  test("where it brings data that nobody reads", () => {
    const talk = unread(opened()).c("PA", "secret");
    expect([isPredicted(talk), talk.tracker.isPacketInStream, talk.app[0]]).toEqual([true, true, ""]);
    expect(talk.streams.receivedBytes(talk.flow, 0)).toBe(6);
  });
});

describe("a segment goes the long way", () => {
  const ways: Readonly<Record<string, () => TcpTalk>> = {
    "with data for a reader": () => opened().c("PA", "hello"),
    "when it closes": () => opened().c("FA"),
    "when it resets": () => opened().c("R"),
    "when it asks whether the other side is there": () =>
      opened().c("PA", "hello").s("A").c("A", "", { seq: 4 }),
    "when it comes late": () => opened().c("PA", "hello").s("A").s("A", "", { ack: 0 }),
    "when it acknowledges what was not sent": () => opened().s("A", "", { ack: 200_000 }),
    "when it acknowledges a hole": () => opened().c("PA", "behind", { seq: 17 }).s("A", "", { ack: 23 }),
    "when it does not fit into the window": () => unread(opened({ window: 100 })).c("PA", "x".repeat(200)),
    "with the octet that probes a closed window": () =>
      unread(opened()).s("A", "", { window: 0 }).c("A", "x"),
    "with a timestamp from before": () => opened({ ts: [100, 100] }).c("A", "", { ts: [50, 100] }),
    "before the connection stands": () => new TcpTalk().c("S").s("SA").c("A"),
  };
  test.each(Object.keys(ways))("%s", (way) => {
    expect(isPredicted(ways[way]!())).toBe(false);
  });
});

/** One segment that is as it should be, or in one way not quite. */
function chosen(talk: TcpTalk, random: Random, timestamp: number | undefined) {
  const isClient = random(2) === 0;
  const side = isClient ? talk.client : talk.server;
  const other = isClient ? talk.server : talk.client;
  const options: { -readonly [K in keyof SegmentOptions]: SegmentOptions[K] } = {};
  if (timestamp !== undefined) options.ts = [timestamp - (random(9) === 0 ? random(3) : 0), 1];
  if (random(6) === 0) options.window = random(3) * 30_000;
  if (random(8) === 0) options.seq = Math.max(0, side.next + random(5) - 2);
  if (random(5) === 0) options.ack = Math.max(0, other.next - random(12) + random(3));
  const data = random(2) === 0 ? "" : "d".repeat([1, 5, 800][random(3)]!);
  const usual = random(3) === 0 ? "PA" : "A";
  const flags = random(90) === 0 ? ["FA", "RA", "R", "SA", "S"][random(5)]! : usual;
  return { isClient, flags, data, options };
}

/** All that is kept of the flow. */
function rowOf({ tracker, flow }: TcpTalk): string {
  const words = tracker.rows.int32(RowPart.KEY);
  return words.subarray(flow * ROW_WORDS, (flow + 1) * ROW_WORDS).join(" ");
}

afterEach(() => vi.restoreAllMocks());

test.each([false, true])("the flow is left as the long way leaves it (timestamps: %s)", (hasTimestamps) => {
  const { takes } = HeaderPrediction.prototype;
  let isAllowed = true;
  let taken = 0;
  vi.spyOn(HeaderPrediction.prototype, "takes").mockImplementation(function (
    this: HeaderPrediction,
    ...segment
  ) {
    const isTaken = isAllowed && takes.apply(this, segment);
    if (isTaken) taken++;
    return isTaken;
  });
  const random = randomFrom(FUZZ_SEED);
  for (let round = 0; round < 120; round++) {
    const [quick, long] = [new TcpTalk(), new TcpTalk()];
    const both = (act: (talk: TcpTalk) => void): void => {
      isAllowed = true;
      act(quick);
      isAllowed = false;
      act(long);
    };
    const isUnread = [random(2) === 0, random(2) === 0];
    both((talk) => {
      talk.open(hasTimestamps ? { ts: [10, 10], scale: 2 } : { scale: 2 });
      for (const direction of [0, 1] as const) if (isUnread[direction]) stopReading(talk, direction);
    });
    for (let i = 0; i < 40; i++) {
      const { isClient, flags, data, options } = chosen(quick, random, hasTimestamps ? 10 + i : undefined);
      both((talk) => (isClient ? talk.c(flags, data, options) : talk.s(flags, data, options)));
      expect(quick.events).toEqual(long.events);
      expect(rowOf(quick)).toBe(rowOf(long));
    }
    expect([quick.app, quick.raw]).toEqual([long.app, long.raw]);
  }
  expect(taken).toBeGreaterThan(700);
});

/** Mutated lines of every format, through framing, headers, encodings, formats, blocks and rules: no exception, no growth. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { recordsOfEvents } from "../../agent/log-records.js";
import { LogSensor } from "../../agent/log-sensor.js";
import { EventReader } from "../../agent/syslog/event-reader.js";
import { StreamFraming, splitDatagram } from "../../agent/syslog/line-framing.js";
import { readLogBlock } from "../../agent/syslog/log-block.js";
import { LogIntake } from "../../agent/syslog/log-intake.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, report } from "../support/chaos.js";
import { FIXTURES } from "../support/log-fixtures.js";
import { ManualClock } from "../support/manual-clock.js";
import { imageOf } from "../support/rules.js";

const MESSAGES = chaosSize(10_000_000, 4000);
const GROWTH_BYTES = 16 * 1024 * 1024;
const RULES = [
  'alert dns any any -> any any (msg:"name"; dns.query; content:"example"; sid:1;)',
  'alert http any any -> any any (msg:"url"; http.uri; content:"/"; sid:2;)',
  'alert tls any any -> any any (msg:"sni"; tls.sni; content:"example"; sid:3;)',
  'alert ip any any -> 203.0.113.0/24 any (msg:"address"; threshold:type limit, track by_src, count 1, seconds 60; sid:4;)',
];
/** Text that Japanese devices write, in the two encodings that are not UTF-8. */
const ENCODED = [
  Buffer.from([0x8e, 0xd5, 0x92, 0x66, 0x82, 0xb5, 0x82, 0xdc, 0x82, 0xb5, 0x82, 0xbd]),
  Buffer.from([0xbc, 0xd7, 0xc3, 0xc7, 0xa4, 0xb7, 0xa4, 0xde, 0xa4, 0xb7, 0xa4, 0xbf]),
];
const PIECES = [
  "<",
  ">",
  "<134>",
  "<999>",
  "1 ",
  "- ",
  "[",
  "]",
  '"',
  "\\",
  "=",
  "|",
  ",",
  ":",
  "::",
  "\n",
  "\r\n",
];
const WORDS = [
  "\0",
  "0 ",
  "99999 <",
  "\u{feff}",
  "65536",
  "256.1.1.1",
  "CEF:0|",
  "Nov 31 25:61:61",
  "%ASA-6-",
];

const SEEDS = [
  ...Object.values(FIXTURES).flatMap((fixtures) => fixtures.map(([line]) => Buffer.from(line))),
  ...ENCODED.map((text) => Buffer.concat([Buffer.from("<134>Nov 28 19:00:00 utm fw: "), text])),
];

/** A line with some of it flipped, taken away, doubled, put in, or joined with another's. */
function mutated(random: (below: number) => number): Buffer {
  let bytes = Buffer.from(SEEDS[random(SEEDS.length)]!);
  for (let left = 1 + random(4); left > 0; left--) {
    const [at, length] = [random(bytes.length + 1), random(24)];
    const rest = bytes.subarray(Math.min(bytes.length, at + length));
    const head = bytes.subarray(0, at);
    switch (random(6)) {
      case 0:
        if (at < bytes.length) bytes[at]! ^= 1 << random(8);
        break;
      case 1:
        bytes = Buffer.concat([head, rest]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 3: {
        const words = random(2) ? PIECES : WORDS;
        bytes = Buffer.concat([head, Buffer.from(words[random(words.length)]!), bytes.subarray(at)]);
        break;
      }
      case 4:
        bytes = Buffer.concat([head, SEEDS[random(SEEDS.length)]!]);
        break;
      default:
        // Rarely, as it is slow: one that is too long.
        bytes = random(500) ? Buffer.concat([head, ENCODED[random(2)]!, rest]) : Buffer.alloc(70_000, bytes);
    }
  }
  return bytes;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heldBytes(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i++) {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

test(
  `${MESSAGES} mutated messages end in no exception, and memory does not grow`,
  () => {
    const random = noise(CHAOS_SEED);
    const clock = new ManualClock(Date.UTC(2026, 10, 28, 10));
    const reader = new EventReader();
    const sensor = new LogSensor(imageOf(...RULES), [{ name: "auto", address: "127.0.0.1" }], clock);
    const sources = ["auto", ...Object.keys(FIXTURES)].map((format, i) => ({
      ...{ name: `s${i}`, address: `192.0.2.${i + 1}`, format, max_per_s: 200_000 },
    }));
    let [unread, detections] = [0, 0];
    const intake: LogIntake = new LogIntake({
      sources,
      clock,
      send: (rows) => {
        // Blocks are read again from time to time: what is kept can be had back.
        for (const { payload } of rows) if (random(20) === 0 && readLogBlock(payload) === undefined) unread++;
        intake.acknowledge();
      },
      onMessage: (message, source) => reader.read(message, source),
    });
    const book = intake.book.sources;
    const framings = book.map((one) => new StreamFraming((line, isCut) => intake.take(one, line, isCut)));
    let [first, last] = [0, 0];
    for (let i = 1; i <= MESSAGES; i++) {
      const which = random(book.length);
      const bytes = mutated(random);
      if (random(2)) splitDatagram(bytes, (line, isCut) => intake.take(book[which]!, line, isCut));
      else framings[which]!.push(random(3) ? Buffer.concat([bytes, Buffer.from("\n")]) : bytes);
      if (i % 500 === 0) {
        clock.advance(250);
        intake.tick();
        const events = reader.take();
        detections += recordsOfEvents(events, clock.wallMs()).length + sensor.judge(events).length;
      }
      // What is kept lies within its bounds after the first fifth.
      if (i === MESSAGES / 5) first = heldBytes();
    }
    intake.flush();
    last = heldBytes();
    const total = book.reduce((sum, { counts }) => sum + counts.ok + counts.partial + counts.none, 0);
    const received = book.reduce((sum, { counts }) => sum + counts.received, 0);
    const lost = book.reduce((sum, { counts }) => sum + counts.flooded + counts.shed, 0);
    expect(unread).toBe(0);
    expect(total + lost).toBe(received);
    expect(detections).toBeGreaterThan(MESSAGES / 1000);
    expect(last - first).toBeLessThan(GROWTH_BYTES);
    const growth = ((last - first) / 1024 / 1024).toFixed(1);
    report(
      `${MESSAGES} messages, ${received} lines, ${detections} detections and leases; ${growth} MiB more than after a fifth`,
    );
  },
  chaosTimeoutMs(),
);

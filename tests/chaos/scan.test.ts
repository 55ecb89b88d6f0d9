/** A scan of a million hits: what it costs the line. */
import { expect, it } from "vitest";
import type { Detection } from "../../agent/sensor/detection.js";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";
import { DeskRun } from "../support/desk-run.js";

const DETECTIONS = chaosSize(1_000_000, 10_000);
const MINUTES = 120;

/** The n-th knock. */
const SCANS: Readonly<Record<string, (n: number) => Partial<Detection>>> = {
  "by one device inside over the whole Internet": (n) => ({
    serverAddress: `203.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    isAnswered: false,
  }),
  "from one stranger over all devices": (n) => ({
    clientAddress: "198.51.100.7",
    serverAddress: `192.168.${(n >> 8) & 255}.${n & 255}`,
    isAnswered: false,
  }),
  "from everywhere at one device": (n) => ({
    clientAddress: `198.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    serverAddress: "192.168.1.9",
    isAnswered: false,
  }),
};

it.each(Object.entries(SCANS))(
  `${DETECTIONS} detections of a scan %s cost less than 64 KiB of uplink`,
  (what, knock) => {
    const run = new DeskRun();
    for (let n = 0; n < DETECTIONS; n++) {
      run.observe({ category: "Detection of a Network Scan", severity: 2, ...knock(n) });
      if (n % Math.floor(DETECTIONS / (MINUTES * 2)) === 0) run.pass(30_000);
    }
    run.pass(3_600_000);
    const counted = run
      .summaries()
      .reduce((sum, { period, detections }) => (period === "hour" ? sum + detections : sum), 0);
    report(`scan: ${DETECTIONS} detections ${what}: ${run.messages.length} messages, ${run.sentBytes} bytes`);
    expect(counted).toBe(DETECTIONS);
    expect(run.sentBytes).toBeLessThan(64 * 1024);
  },
  chaosTimeoutMs(),
);

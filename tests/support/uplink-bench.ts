/** A device and a monitor as the uplink's tests need them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../agent/base/clock.js";
import { Counters } from "../../agent/base/counters.js";
import { createLog } from "../../agent/base/log.js";
import { loadConfig } from "../../agent/config/load.js";
import type { Config } from "../../agent/config/schema.js";
import { parseBrokerUrl } from "../../agent/config/semantics.js";
import type { CommandOptions } from "../../agent/uplink/command-desk.js";
import type { UplinkLimits } from "../../agent/uplink/limits.js";
import type { HealthData } from "../../agent/uplink/schema/health.js";
import { Uplink } from "../../agent/uplink/uplink.js";
import { Monitor, type MonitorNews, type MonitorOptions } from "../../scripts/monitor/monitor.js";
import { MemoryOutbox } from "./memory-outbox.js";

/** Short times, so that repeats and back-off happen within a test. */
export const QUICK: Partial<UplinkLimits> = {
  backoffFirstMs: 20,
  backoffLongestMs: 200,
  ackTimeoutMs: 400,
  tickEveryMs: 50,
  healthEveryMs: 200,
};

export const HEALTH: HealthData = {
  uptimeS: 1,
  rssBytes: 2,
  clock: "free",
  sensors: [{ interface: "eth0", alive: true, packets: 3, drops: 0 }],
  rules: { generation: 1, loaded: 10, refused: 0 },
  store: { bytes: 4096, budgetBytes: 8 << 20 },
  counters: { "capture.packets": 3 },
};

export interface TestDevice {
  readonly uplink: Uplink;
  readonly outbox: MemoryOutbox;
  readonly counters: Counters;
  /** Lines of the log. */
  readonly lines: string[];
}

export function startDevice(
  url: string,
  options: {
    config?: Partial<Config["uplink"]>;
    outbox?: MemoryOutbox;
    device?: string;
    boot?: () => number;
    clock?: Clock;
    limits?: Partial<UplinkLimits>;
    commands?: CommandOptions;
  } = {},
): TestDevice {
  const outbox = options.outbox ?? new MemoryOutbox();
  const counters = new Counters();
  const lines: string[] = [];
  const uplink = new Uplink({
    config: { ...loadConfig(undefined, {}).uplink, url, ...options.config },
    device: options.device ?? "box-1",
    boot: options.boot ?? (() => 1),
    outbox,
    clock: options.clock ?? systemClock,
    log: createLog({ level: "debug" }, { write: (line) => void lines.push(line) }),
    counters,
    health: () => HEALTH,
    version: "0.1.0",
    ...(options.commands && { commands: options.commands }),
    limits: { ...QUICK, ...options.limits },
  });
  uplink.start();
  return { uplink, outbox, counters, lines };
}

/** A monitor's database file in a folder of its own. */
export function temporaryFolder(): { path: string; file: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "sekisho-monitor-"));
  return {
    path,
    file: join(path, "monitor.db"),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export async function startMonitor(
  url: string,
  file: string,
  news: MonitorNews = {},
  options: Partial<MonitorOptions> = {},
): Promise<Monitor> {
  const broker = parseBrokerUrl(url);
  if (typeof broker === "string") throw new Error(broker);
  const monitor = new Monitor({
    broker,
    clientId: "monitor-1",
    group: "monitors",
    isAlone: true,
    file,
    news,
    limits: QUICK,
    gapPatienceMs: 100,
    ...options,
  });
  await monitor.start();
  return monitor;
}

/** What the sensor that judges logs costs beside the sensors of packets, with the same rules: node --expose-gc log-sensor-process.js JSON. */
import { systemClock } from "#agent/base/clock.js";
import { LogSensor } from "#agent/log-sensor.js";
import { loadRules } from "#agent/rule-loading.js";
import { HeaderParser } from "#agent/syslog/header-parser.js";
import { FormatReader } from "#agent/syslog/log-formats.js";
import type { SourcedEvent } from "#agent/syslog/thread-messages.js";
import { RouterLines } from "./router-lines.js";

export interface LogSensorFigures {
  readonly rules: number;
  readonly heldMiB: number;
  readonly rssMiB: number;
  readonly cpuUs: number;
}

const MIB = 1024 * 1024;
const EVENTS = 20_000;
/** The sensor judges so many a second; the clock of this run goes as fast as it likes. */
const STEP = 1000;

function held(): number {
  for (let i = 0; i < 4; i++) gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const rules = JSON.parse(process.argv[2] ?? "[]") as string[];
const { image, loadedSids } = await loadRules({
  paths: rules,
  homeNet: undefined,
  groups: undefined,
  policy: {},
  isUncached: true,
});
const events = eventsOf();
const [heldBefore, rssBefore] = [held(), process.memoryUsage.rss()];
let monotonicMs = 0;
const clock = { ...systemClock, monotonicMs: () => monotonicMs };
const sensor = new LogSensor(image, [{ name: "router", address: "192.168.100.1" }], clock);
const cpu = process.cpuUsage();
for (let i = 0; i < events.length; i += STEP) {
  monotonicMs += 1000;
  sensor.judge(events.slice(i, i + STEP));
}
const { user, system } = process.cpuUsage(cpu);
const figures: LogSensorFigures = {
  rules: loadedSids.length,
  heldMiB: (held() - heldBefore) / MIB,
  rssMiB: (process.memoryUsage.rss() - rssBefore) / MIB,
  cpuUs: (user + system) / EVENTS,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

function eventsOf(): SourcedEvent[] {
  const made = new RouterLines(1);
  const headers = new HeaderParser();
  const reader = new FormatReader("auto");
  const found: SourcedEvent[] = [];
  for (let id = 0; found.length < EVENTS; id++) {
    const timeMs = Date.UTC(2026, 10, 28) + id;
    const line = made.line(id, timeMs);
    const header = headers.parse(line, timeMs);
    const event = reader.read({ ...header, line, text: line.slice(header.textStart), receivedMs: timeMs });
    if (event?.kind === "flow") found.push({ source: "router", format: "yamaha", timeMs, event });
  }
  return found;
}

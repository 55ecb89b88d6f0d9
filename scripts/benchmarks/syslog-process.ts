/**
 * Logs taken in, measured in this process: node syslog-process.js JSON. Another process sends lines of a router to loopback,
 * at an even rate or as a day of it played fast; every line has its number, and those that are on disk at the end are counted.
 */
import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { listSegments, readSegment } from "#agent/evidence/segment.js";
import { readLogBlock } from "#agent/syslog/log-block.js";
import { LogStation } from "./log-station.js";
import { RouterLines, timeInDay } from "./router-lines.js";

export interface SyslogRun {
  readonly folder: string;
  readonly rules: readonly string[];
  readonly lines: number;
  /** Lines a second, or how many times as fast as a day of them. */
  readonly pace: { readonly linesPerSecond: number } | { readonly speed: number };
}

export interface SyslogFigures {
  readonly sentPerSecond: number;
  readonly mostPerSecond: number;
  readonly kept: number;
  readonly chained: number;
  readonly kernelDrops: number;
  readonly told: number;
  readonly unreported: number;
  readonly judged: number;
  readonly cpuUs: number;
  readonly payloadBytes: number;
  readonly lineBytes: number;
  readonly rssMiB: number;
}

const PAUSE_MS = 5;
const MAX_ROWS = 10_000;
const MAX_PER_SECOND = 100_000;
const MIDNIGHT = Date.UTC(2026, 10, 27, 15);
const ID = / (\d+)$/;

/** How many lines are due when the sender has run for so long. */
function dueAfter(elapsedMs: number, { lines, pace }: SyslogRun): number {
  if ("linesPerSecond" in pace) return Math.min(lines, Math.floor((elapsedMs * pace.linesPerSecond) / 1000));
  const nowMs = elapsedMs * pace.speed;
  let [low, high] = [0, lines];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeInDay(middle / lines) <= nowMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sender: as many lines as are due at every turn. */
async function sendLines(port: number, run: SyslogRun): Promise<void> {
  const { lines, pace } = run;
  const made = new RouterLines(1);
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  // What a sender that was held up has missed is not made good in one burst.
  const mostAtOnce = "linesPerSecond" in pace ? pace.linesPerSecond / 20 : 1000;
  const startedMs = performance.now();
  let [answered, windowMs, inWindow, mostPerSecond] = [0, startedMs, 0, 0];
  for (let sent = 0; sent < lines; ) {
    const nowMs = performance.now();
    const until = Math.min(dueAfter(nowMs - startedMs, run), sent + mostAtOnce);
    if (nowMs - windowMs >= 1000) {
      mostPerSecond = Math.max(mostPerSecond, (inWindow * 1000) / (nowMs - windowMs));
      [windowMs, inWindow] = [nowMs, 0];
    }
    inWindow += until - sent;
    for (; sent < until; sent++) socket.send(made.line(sent, MIDNIGHT + nowMs), () => answered++);
    await sleep(PAUSE_MS);
  }
  while (answered < lines) await sleep(PAUSE_MS);
  process.send?.({ seconds: (performance.now() - startedMs) / 1000, mostPerSecond });
  socket.close();
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function measure(run: SyslogRun): Promise<SyslogFigures> {
  const port = await freePort();
  const station = await LogStation.open({
    folder: run.folder,
    port,
    maxPerSecond: MAX_PER_SECOND,
    rules: run.rules,
  });
  await station.listening();
  const before = process.cpuUsage();
  const sender = fork(fileURLToPath(import.meta.url), [JSON.stringify(run), String(port)]);
  const { seconds, mostPerSecond } = await new Promise<{ seconds: number; mostPerSecond: number }>(
    (resolve) => sender.once("message", (message) => resolve(message as never)),
  );
  await station.finish(run.lines);
  const cpu = process.cpuUsage(before);
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  const kept = new Set<number>();
  let payloadBytes = 0;
  for (const { payload, source } of await station.store.recentLogs(MAX_ROWS)) {
    if (source !== "router") continue;
    payloadBytes += payload.length;
    for (const { bytes } of readLogBlock(payload) ?? []) kept.add(idOf(bytes.toString("latin1")));
  }
  await station.store.close();
  const count = (name: string): number => station.count(name);
  const told = count("syslog.flooded") + count("syslog.shed") + count("store.shed");
  const kernelDrops = count("syslog.kernel_drops");
  return {
    sentPerSecond: run.lines / seconds,
    mostPerSecond,
    kept: kept.size,
    chained: chainedLines(station.evidenceFolder),
    kernelDrops,
    told,
    unreported: run.lines - kept.size - kernelDrops - told,
    judged: count("syslog.judged"),
    cpuUs: (cpu.user + cpu.system) / run.lines,
    payloadBytes: payloadBytes / Math.max(1, kept.size),
    lineBytes: new RouterLines(1).line(run.lines, MIDNIGHT).length,
    rssMiB,
  };
}

function idOf(line: string): number {
  return Number(ID.exec(line)?.[1] ?? -1);
}

/** Lines that the chain holds, each counted once. */
function chainedLines(folder: string): number {
  const seen = new Set<number>();
  for (const file of listSegments(folder)) {
    for (const text of readSegment(file).split("\n")) {
      if (!text.includes('"kind":"log"')) continue;
      const { data } = JSON.parse(text.slice(17)) as { data: { lines?: [number, string, string][] } };
      for (const [, , line] of data.lines ?? []) seen.add(idOf(line));
    }
  }
  return seen.size;
}

const [given, port] = process.argv.slice(2);
const run = JSON.parse(given ?? "{}") as SyslogRun;
if (port === undefined) process.stdout.write(`${JSON.stringify(await measure(run))}\n`);
else {
  await sendLines(Number(port), run);
  process.disconnect();
}

/**
 * Logs taken in, measured in this process: node syslog-process.js JSON. Another process sends lines of a router at a
 * given rate to loopback; every line has its number, and those that are on disk at the end are counted.
 */
import { fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "#agent/base/clock.js";
import { Store } from "#agent/store/store.js";
import { readLogBlock } from "#agent/syslog/log-block.js";
import { LogReception } from "#agent/syslog/log-reception.js";

export interface SyslogRun {
  readonly path: string;
  readonly lines: number;
  readonly linesPerSecond: number;
}

export interface SyslogFigures {
  readonly sentPerSecond: number;
  readonly kept: number;
  readonly kernelDrops: number;
  readonly told: number;
  readonly unreported: number;
  readonly cpuUs: number;
  readonly payloadBytes: number;
  readonly lineBytes: number;
  readonly rssMiB: number;
}

const MIB = 1024 * 1024;
const PAUSE_MS = 5;
const PATIENCE_MS = 20_000;
const MAX_ROWS = 10_000;

function lineOf(id: number): string {
  const port = 1024 + (id % 60_000);
  return `<134>[INSPECT] PP[01][out][101087] TCP 192.0.2.${id % 250}:${port} > 198.51.100.${(id * 7) % 250}:443 (2026/11/28 15:59:58) ${id}`;
}

/** The sender: lines at an even rate, as many as are due at every turn. */
async function sendLines(port: number, { lines, linesPerSecond }: SyslogRun): Promise<void> {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const startedMs = performance.now();
  let answered = 0;
  for (let sent = 0; sent < lines; ) {
    const due = Math.min(lines, Math.floor(((performance.now() - startedMs) * linesPerSecond) / 1000));
    // What a sender that was held up has missed is not made good in one burst.
    const until = Math.min(due, sent + linesPerSecond / 20);
    for (; sent < until; sent++) socket.send(lineOf(sent), () => answered++);
    await sleep(PAUSE_MS);
  }
  while (answered < lines) await sleep(PAUSE_MS);
  process.send?.({ seconds: (performance.now() - startedMs) / 1000 });
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
  const store = await Store.open({
    path: run.path,
    budgetBytes: 1024 * MIB,
    shares: { outbox: 5, incidents: 5, detections: 5, logs: 85 },
    clock: systemClock,
  });
  const port = await freePort();
  let isListening = false;
  let shed = 0;
  const options = {
    address: "127.0.0.1",
    udp_port: port,
    tcp_port: null,
    tls_port: null,
    cert_file: null,
    key_file: null,
    client_ca_file: null,
    sources: [{ name: "router", address: "127.0.0.1", max_per_s: run.linesPerSecond * 2 }],
  };
  const reception = new LogReception(options, systemClock, {
    keep: async (rows) => {
      shed += (await store.append(rows.map((log) => ({ priority: "low", log })))).shed;
    },
    onEvents: () => undefined,
    onListening: () => {
      isListening = true;
    },
    onGap: (error) => {
      throw error;
    },
    onStranger: () => undefined,
  });
  reception.start();
  while (!isListening) await sleep(PAUSE_MS);
  const before = process.cpuUsage();
  const sender = fork(fileURLToPath(import.meta.url), [JSON.stringify(run), String(port)]);
  const seconds = await new Promise<number>((resolve) => {
    sender.once("message", (message) => resolve((message as { seconds: number }).seconds));
  });
  const count = (name: string): number => reception.counters()[`syslog.${name}`] ?? 0;
  const isDone = (): boolean => count("received") + count("kernel_drops") >= run.lines;
  for (let waited = 0; waited < PATIENCE_MS && !isDone(); waited += 100) await sleep(100);
  await reception.stop(PATIENCE_MS);
  await store.flush();
  const cpu = process.cpuUsage(before);
  const seen = new Set<string>();
  let payloadBytes = 0;
  for (const { payload } of await store.recentLogs(MAX_ROWS)) {
    payloadBytes += payload.length;
    for (const { bytes } of readLogBlock(payload) ?? []) seen.add(bytes.toString("latin1"));
  }
  await store.close();
  const told = count("flooded") + count("shed") + shed;
  return {
    sentPerSecond: run.lines / seconds,
    kept: seen.size,
    kernelDrops: count("kernel_drops"),
    told,
    unreported: run.lines - seen.size - count("kernel_drops") - told,
    cpuUs: (cpu.user + cpu.system) / run.lines,
    payloadBytes: payloadBytes / Math.max(1, seen.size),
    lineBytes: lineOf(run.lines).length,
    rssMiB: process.resourceUsage().maxRSS / 1024,
  };
}

const [given, port] = process.argv.slice(2);
const run = JSON.parse(given ?? "{}") as SyslogRun;
if (port === undefined) process.stdout.write(`${JSON.stringify(await measure(run))}\n`);
else {
  await sendLines(Number(port), run);
  process.disconnect();
}

/** What is taken in, from real sockets to rows of a real store. */
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../agent/base/clock.js";
import { type LogRow, MAX_BLOCK_BYTES, readLogBlock } from "../../../agent/syslog/log-block.js";
import { type IntakeOptions, LogIntake } from "../../../agent/syslog/log-intake.js";
import { type ReceiverOptions, SyslogReceiver } from "../../../agent/syslog/receiver.js";
import { SourceHealth } from "../../../agent/syslog/source-health.js";
import { CertificateAuthority, hasOpenssl, readCertificate } from "../../support/certificates.js";
import { ManualClock } from "../../support/manual-clock.js";
import { poll } from "../../support/poll.js";
import { openStore } from "../../support/store.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const LOCAL = { name: "rtx", address: "127.0.0.1" };

/** Octets that nothing compresses, the same in every run. */
function shakeNoise(seed: string, byteCount: number): Buffer {
  return createHash("shake256", { outputLength: byteCount }).update(seed).digest();
}

function makeIntake(changes: Partial<IntakeOptions> = {}) {
  const rows: LogRow[] = [];
  const clock = new ManualClock();
  const intake = new LogIntake({ sources: [LOCAL], clock, send: (more) => rows.push(...more), ...changes });
  const lines = (): string[] =>
    rows.flatMap(({ payload }) => (readLogBlock(payload) ?? []).map(({ bytes }) => bytes.toString("latin1")));
  return { intake, rows, clock, lines, source: intake.book.sources[0]! };
}

async function openReceiver(intake: LogIntake, options: Partial<ReceiverOptions>): Promise<SyslogReceiver> {
  const ports = { address: "127.0.0.1", udpPort: null, tcpPort: null, tlsPort: null };
  const receiver = new SyslogReceiver({ ...ports, ...options }, intake);
  await receiver.open();
  onTestFinished(() => receiver.close());
  return receiver;
}

it("lines come back from the store octet by octet, whatever their encoding", async () => {
  const store = await openStore(await temporaryDirectory());
  const { intake, rows, source } = makeIntake();
  const given = [
    Buffer.from("<13>Nov 28 15:59:58 gw app: plain"),
    Buffer.from([0x3c, 0x31, 0x33, 0x3e, 0x83, 0x8d, 0x83, 0x4f]),
    Buffer.from([0x41, 0xff, 0x00, 0x42]),
    Buffer.from("\u{feff}with a mark"),
  ];
  for (let round = 0; round < 40; round++) for (const line of given) intake.take(source, line, false);
  intake.flush();
  await store.append(rows.map((log) => ({ priority: "low", log })));
  const [kept] = await store.recentLogs(1);
  const lines = readLogBlock(kept!.payload)!;
  expect(kept!.source).toBe("rtx");
  expect(lines.map(({ bytes }) => bytes.toString("hex"))).toEqual(
    Array.from({ length: 160 }, (_, i) => given[i % 4]!.toString("hex")),
  );
  expect(lines.slice(0, 4).map(({ quality }) => quality)).toEqual(["ok", "partial", "none", "none"]);
  expect(source.counts).toMatchObject({ received: 160, ok: 40, partial: 40, none: 80 });
});

it("the worst lines of a block fit a row of the store", async () => {
  const store = await openStore(await temporaryDirectory());
  const { intake, rows, source } = makeIntake({ sources: [{ ...LOCAL, max_per_s: 1000 }] });
  for (let i = 0; i < 8; i++) {
    const noise = shakeNoise(`${i}`, MAX_BLOCK_BYTES / 2);
    intake.take(source, noise, false);
  }
  intake.flush();
  await expect(store.append(rows.map((log) => ({ priority: "low", log })))).resolves.toMatchObject({
    shed: 0,
  });
});

it("a flood is bounded and told in the next block", () => {
  const { intake, rows, clock, source } = makeIntake({ sources: [{ ...LOCAL, max_per_s: 100 }] });
  for (let i = 0; i < 250; i++) intake.take(source, Buffer.from("<13>x"), false);
  clock.advance(1000);
  intake.tick();
  expect(source.counts).toMatchObject({ received: 250, partial: 100, flooded: 150 });
  expect(JSON.parse(rows[0]!.payload)).toMatchObject({ n: 100, lost: { flooded: 150 } });
});

it("a store that does not keep up is not asked for more memory: what is beyond is counted", () => {
  const { intake, rows, clock, source } = makeIntake({
    sources: [{ ...LOCAL, max_per_s: 200_000 }],
    maxWaitingBytes: 20_000,
  });
  const noise = (i: number): Buffer => Buffer.from(`<13>${i} ${Math.sin(i)} `.repeat(300));
  let given = 0;
  while (!intake.isFull && given < 20_000) intake.take(source, noise(given++), false);
  for (let i = 0; i < 10; i++) intake.take(source, noise(i), false);
  expect(source.counts.shed).toBe(10);
  while (intake.isFull) intake.acknowledge();
  clock.advance(1000);
  intake.tick();
  expect(JSON.parse(rows.at(-1)!.payload)).toMatchObject({ lost: { shed: 10 } });
  const kept = rows.reduce((sum, { payload }) => sum + (JSON.parse(payload) as { n: number }).n, 0);
  expect(kept).toBe(given);
});

it("UDP, TCP and TLS are taken in, from known addresses only", async ({ skip }) => {
  if (!hasOpenssl) skip("needs openssl");
  const authority = new CertificateAuthority();
  onTestFinished(() => authority.remove());
  const { cert, key } = readCertificate(authority.issue("box", "IP:127.0.0.1"));
  const strangers: string[] = [];
  const { intake, lines } = makeIntake({
    clock: systemClock,
    onStranger: (address) => strangers.push(address),
  });
  const receiver = await openReceiver(intake, { udpPort: 0, tcpPort: 0, tlsPort: 0, tls: { cert, key } });
  const { udp, streams } = receiver.ports;
  const sender = createSocket("udp4");
  sender.send("<13>by UDP", udp!, "127.0.0.1");
  connect(streams[0]!, "127.0.0.1").end("12 <13>by TCP 1<13>by TCP 2\n");
  connectTls({ port: streams[1]!, host: "127.0.0.1", ca: cert, rejectUnauthorized: false }).end(
    "<13>by TLS\n",
  );
  await poll("four lines", () => {
    intake.flush();
    return lines().length >= 4;
  });
  expect(lines().sort()).toEqual(["<13>by TCP 1", "<13>by TCP 2", "<13>by TLS", "<13>by UDP"]);
  await new Promise<void>((resolve) => sender.close(() => resolve()));
  const other = createSocket("udp4");
  await new Promise<void>((resolve) => other.bind(0, "127.0.0.2", resolve));
  other.send("<13>who?", udp!, "127.0.0.1");
  await poll("the stranger", () => intake.book.refusedCount === 1);
  await new Promise<void>((resolve) => other.close(() => resolve()));
  expect(strangers).toEqual(["127.0.0.2"]);
  expect(receiver.kernelDrops).toBe(0);
});

it("a port that is taken is said with its number", async () => {
  const { intake } = makeIntake();
  const { streams } = (await openReceiver(intake, { tcpPort: 0 })).ports;
  await expect(openReceiver(intake, { tcpPort: streams[0]! })).rejects.toMatchObject({
    code: "error.syslog.listen",
  });
});

it("silence, lines that cannot be read, floods, losses and a dead receiver are conditions by name", () => {
  const counts = { received: 0, ok: 0, partial: 0, none: 0, flooded: 0, shed: 0, cut: 0 };
  const receiver = { datagrams: 0, connections: 0, refusedConnections: 0, failedHandshakes: 0 };
  const status = (source: object, kernelDrops = 0) => ({
    sources: [{ ...counts, name: "rtx", silentMs: 0, silenceMs: 3_600_000, ...source }],
    receiver,
    refused: 0,
    kernelDrops,
    events: {},
  });
  const names = (health: SourceHealth, nowMs: number, given: ReturnType<typeof status>) =>
    health.observe(nowMs, given, true).map(({ name }) => name);
  const health = new SourceHealth();
  expect(names(health, 0, status({ ok: 100 }))).toEqual([]);
  expect(names(health, 1000, status({ ok: 100, silentMs: 3_600_000 }))).toEqual(["syslog.silent"]);
  expect(names(health, 2000, status({ ok: 100, none: 300 }))).toEqual(["syslog.unparsable"]);
  expect(names(health, 3000, status({ ok: 100, flooded: 1 }, 2))).toEqual(["syslog.flooded", "syslog.lost"]);
  expect(health.observe(9000, undefined, false).map(({ name }) => name)).toEqual(["syslog.down"]);
});

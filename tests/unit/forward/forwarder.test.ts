/** What is sent on, over real sockets and into real files, and what becomes of it where a collector fails. */
import { createSocket } from "node:dgram";
import { readFileSync, renameSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../agent/base/clock.js";
import { DatagramOutlet } from "../../../agent/forward/datagram-outlet.js";
import { FileOutlet } from "../../../agent/forward/file-outlet.js";
import type { ForwardRecord } from "../../../agent/forward/forward-record.js";
import { Forwarder, type ForwarderOptions } from "../../../agent/forward/forwarder.js";
import { jsonLine, syslogMessage } from "../../../agent/forward/rfc5424.js";
import { StreamOutlet } from "../../../agent/forward/stream-outlet.js";
import { HeaderParser } from "../../../agent/syslog/header-parser.js";
import { StreamFraming } from "../../../agent/syslog/line-framing.js";
import { CertificateAuthority, hasOpenssl, readCertificate } from "../../support/certificates.js";
import { makeDetection } from "../../support/detection.js";
import { ManualClock } from "../../support/manual-clock.js";
import { poll } from "../../support/poll.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const ORIGIN = { device: "office-1", version: "1.2.3", isSynchronized: () => true };
const SYSLOG: ForwarderOptions["form"] = (message) => syslogMessage(message, "text", ORIGIN, 7);
const LINES: ForwarderOptions["form"] = (message) => {
  const { text, isShortened } = jsonLine(message, "eve", ORIGIN, 65_536);
  return { bytes: Buffer.from(text), isShortened };
};

function detection(n: number, priority: ForwardRecord["priority"] = "normal"): ForwardRecord {
  const one = makeDetection({ signatureId: n, signature: `TEST ${n}` });
  return { kind: "detections", priority, timeMs: 1_790_000_000_000, bytes: 1000, detection: one };
}

function forward(options: Pick<ForwarderOptions, "outlet"> & Partial<ForwarderOptions>): Forwarder {
  const forwarder = new Forwarder({
    name: "siem",
    wants: new Set(["detections", "agent"]),
    queueBytes: 1_000_000,
    clock: systemClock,
    origin: ORIGIN,
    form: SYSLOG,
    onChange: () => undefined,
    firstPauseMs: 10,
    ...options,
  });
  onTestFinished(() => forwarder.stop(0));
  forwarder.start();
  return forwarder;
}

async function listen(server: Server, at: { port?: number; path?: string } = {}): Promise<number> {
  await new Promise<void>((resolve) =>
    server.listen(at.path ?? { port: at.port ?? 0, host: "127.0.0.1" }, resolve),
  );
  const address = server.address();
  return typeof address === "object" ? address!.port : 0;
}

/** A collector that keeps the text of each message. */
function collector(make: (onSocket: (socket: Socket) => void) => Server) {
  const texts: string[] = [];
  const sockets = new Set<Socket>();
  const parser = new HeaderParser();
  const server = make((socket) => {
    sockets.add(socket);
    const framing = new StreamFraming((line) => {
      const text = line.toString();
      texts.push(text.slice(parser.parse(text, 1_790_000_000_000).textStart));
    });
    socket.on("data", (chunk: Buffer) => framing.push(chunk));
    socket.on("error", () => undefined);
  });
  const end = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(end);
  return { texts, server, sockets, end };
}

it("tells each detection by UDP in the form of RFC 5424", async () => {
  const socket = createSocket("udp4");
  onTestFinished(() => void socket.close());
  const lines: string[] = [];
  socket.on("message", (bytes) => lines.push(bytes.toString()));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const forwarder = forward({ outlet: new DatagramOutlet("127.0.0.1", socket.address().port) });
  forwarder.offer(detection(1, "critical"));
  await poll("the datagram", () => lines.length === 1);
  const header = new HeaderParser().parse(lines[0]!, 1_790_000_000_000);
  expect(header).toMatchObject({
    quality: "ok",
    facility: 20,
    severity: 2,
    timeMs: 1_790_000_000_000,
    host: "office-1",
    application: "sekisho",
    processId: "7",
    messageId: "alert",
  });
  expect(header.structuredData).toMatch(/^\[timeQuality .*isSynced="1"\]\[origin software="sekisho"/);
  expect(lines[0]!.slice(header.textStart)).toMatch(
    /^signature="TEST 1" rule=1:1:3 severity=1 .*src=192\.168\.1\.20:50000/,
  );
});

it("goes on over TCP where a collector was away, and loses nothing of what waited", async () => {
  const first = collector((onSocket) => createServer(onSocket));
  const port = await listen(first.server);
  const reasons: (string | undefined)[] = [];
  const forwarder = forward({
    outlet: new StreamOutlet({ scheme: "tcp", host: "127.0.0.1", port }, {}),
    onChange: (reason) => reasons.push(reason),
  });
  forwarder.offer(detection(1));
  await poll("the first", () => first.texts.length === 1);
  await first.end();
  // An end is noticed although nothing is sent.
  await poll("the end", () => {
    forwarder.conditions();
    return !forwarder.state().isOpen;
  });
  for (let n = 2; n <= 50; n++) forwarder.offer(detection(n));
  const second = collector((onSocket) => createServer(onSocket));
  await listen(second.server, { port });
  await poll("the others", () => second.texts.length >= 49);
  expect(second.texts.map((text) => /rule=1:(\d+)/.exec(text)![1])).toEqual(
    Array.from({ length: 49 }, (_, i) => String(i + 2)),
  );
  expect(forwarder.state()).toMatchObject({ isOpen: true, waiting: 0, sent: 50, dropped: 0 });
  expect(reasons[0]).toBeUndefined();
  expect(reasons.at(-1)).toBeUndefined();
  expect(reasons[1]).toMatch(/closed|ECONNRESET/);
});

it("a collector that reads nothing fills its queue alone: the least important leaves and is told of", async () => {
  const deaf = createServer((socket) => void socket.pause());
  onTestFinished(() => void deaf.close());
  const port = await listen(deaf);
  const outlet = new StreamOutlet({ scheme: "tcp", host: "127.0.0.1", port }, {}, 200);
  const large = (message: Parameters<typeof SYSLOG>[0]) => ({
    ...SYSLOG(message),
    bytes: Buffer.alloc(8000),
  });
  const forwarder = forward({ outlet, form: large, queueBytes: 500_000, firstPauseMs: 1e9 });
  await poll("the connection", () => forwarder.state().isOpen);
  let offered = 0;
  // How much kernels take for who does not read differs.
  await poll("the end of patience", () => {
    for (let i = 0; i < 1000; i++) forwarder.offer(detection(++offered, i % 100 === 0 ? "critical" : "low"));
    return !forwarder.state().isOpen;
  });
  const { dropped, waiting, sent } = forwarder.state();
  const told = forwarder.counters()["forward.siem.overflows"]!;
  expect(sent + waiting + dropped - told).toBe(offered);
  expect(forwarder.conditions()).toMatchObject([{ name: "forward.dropping", subject: "siem" }]);
  expect(forwarder.state().reason).toMatch(/taken nothing/);
});

it("of a full queue the lowest class leaves first, of that the oldest, and the collector is told how many", async () => {
  const folder = await memoryDirectory();
  const path = join(folder, "eve.json");
  const outlet = new FileOutlet(path, 1e6, 1);
  const forwarder = new Forwarder({
    ...{ name: "local", wants: new Set(["detections"] as const), queueBytes: 4000, clock: new ManualClock() },
    ...{ outlet, origin: ORIGIN, form: LINES, onChange: () => undefined },
  });
  forwarder.offer(detection(1, "critical"));
  for (const n of [2, 3, 4, 5, 6]) forwarder.offer(detection(n, "low"));
  forwarder.offer(detection(7, "high"));
  forwarder.start();
  await poll("all", () => forwarder.state().sent === 5);
  await forwarder.stop(1000);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const events = lines.map(
    (line) => JSON.parse(line) as { alert?: { signature_id: number }; agent?: object },
  );
  expect(events[0]).toMatchObject({ agent: { event: "forward_overflow", dropped: 3 } });
  expect(events.slice(1).map(({ alert }) => alert!.signature_id)).toEqual([1, 7, 5, 6]);
});

it("says after a minute that a collector is not reached, and why", async () => {
  const clock = new ManualClock();
  const outlet = new StreamOutlet({ scheme: "unix", path: "/nowhere/collector.sock" }, {});
  const forwarder = forward({ outlet, clock, firstPauseMs: 1e9 });
  await poll("the failure", () => forwarder.state().reason !== undefined);
  expect(forwarder.conditions()).toEqual([]);
  clock.advance(120_000);
  expect(forwarder.conditions()).toMatchObject([
    {
      name: "forward.down",
      subject: "siem",
      params: { minutes: 2, reason: expect.stringMatching(/ENOENT/) },
    },
  ]);
});

it.skipIf(!hasOpenssl)("over TLS only the collector whose certificate holds is told anything", async () => {
  const authority = new CertificateAuthority();
  onTestFinished(() => authority.remove());
  const server = readCertificate(authority.issue("collector", "IP:127.0.0.1"));
  const client = authority.issue("office-1");
  const right = collector((onSocket) =>
    createTlsServer(
      { ...server, ca: readFileSync(authority.certFile), requestCert: true, rejectUnauthorized: true },
      onSocket,
    ),
  );
  const port = await listen(right.server);
  const target = { scheme: "tls", host: "127.0.0.1", port } as const;
  const { certFile, keyFile } = client;
  const trusted = forward({
    outlet: new StreamOutlet(target, { caFile: authority.certFile, certFile, keyFile }),
  });
  const careful = forward({ outlet: new StreamOutlet(target, {}), firstPauseMs: 1e9 });
  for (const one of [trusted, careful]) one.offer(detection(1));
  await poll("the message", () => right.texts.length === 1);
  await poll("the refusal", () => careful.state().reason !== undefined);
  expect(careful.state()).toMatchObject({ isOpen: false, waiting: 1, sent: 0 });
  expect(careful.state().reason).toMatch(/certificate/);
});

it("ends at once where a collector is half reached, and leaves no connection behind", async () => {
  const sockets: Socket[] = [];
  const deaf = createServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  onTestFinished(() => void deaf.close());
  const port = await listen(deaf);
  const forwarder = forward({ outlet: new StreamOutlet({ scheme: "tls", host: "127.0.0.1", port }, {}) });
  forwarder.offer(detection(1));
  await poll("the beginning of a handshake", () => sockets.length === 1);
  sockets[0]!.resume();
  await forwarder.stop(0);
  await poll("the end of the connection", () => sockets[0]!.destroyed);
  expect(forwarder.state()).toMatchObject({ isOpen: false, waiting: 1 });
});

it("a record that cannot be put into words is counted, and the next one goes", async () => {
  const path = join(await memoryDirectory(), "eve.json");
  const form: ForwarderOptions["form"] = (message) =>
    message.priority === "low" ? JSON.parse("no") : LINES(message);
  const forwarder = forward({ outlet: new FileOutlet(path, 1e6, 1), form });
  for (const priority of ["low", "high"] as const) forwarder.offer(detection(1, priority));
  await poll("the other", () => forwarder.state().sent === 1);
  expect(forwarder.counters()["forward.siem.unformed"]).toBe(1);
  await forwarder.stop(0);
});

it("a unix socket takes lines of JSON", async () => {
  const path = join(await memoryDirectory(), "collector.sock");
  let text = "";
  const server = createServer((socket) => void socket.on("data", (chunk) => (text += chunk)));
  onTestFinished(() => void server.close());
  await listen(server, { path });
  const forwarder = forward({ outlet: new StreamOutlet({ scheme: "unix", path }, {}), form: LINES });
  forwarder.offer(detection(1));
  await poll("the line", () => text.endsWith("\n"));
  expect(JSON.parse(text)).toMatchObject({
    event_type: "alert",
    host: "office-1",
    alert: { signature_id: 1 },
  });
  await forwarder.stop(0);
});

it("files change when they are full, keep their bound, and come back where one was taken away", async () => {
  const folder = await memoryDirectory();
  const path = join(folder, "sub", "eve.json");
  const outlet = new FileOutlet(path, 1000, 2);
  await outlet.open();
  const write = (n: number): Promise<void> => outlet.write([outlet.frame(Buffer.from(`${n}`.repeat(400)))]);
  for (let n = 1; n <= 9; n++) await write(n);
  const first = (file: string): string => readFileSync(file, "utf8")[0]!;
  expect([path, `${path}.1`, `${path}.2`].map(first)).toEqual(["9", "7", "5"]);
  expect(statSync(`${path}.3`, { throwIfNoEntry: false })).toBeUndefined();
  expect(statSync(path).mode & 0o777).toBe(0o640);
  renameSync(path, `${path}.moved`);
  await write(8);
  expect(readFileSync(path, "utf8")).toBe(`${"8".repeat(400)}\n`);
  await outlet.close();
});

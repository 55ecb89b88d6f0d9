/** Entry of the worker thread that takes logs in: a flood of them must not keep the main thread from its work. */
import { type MessagePort, workerData } from "node:worker_threads";
import { systemClock } from "../base/clock.js";
import { AgentError, reasonOf } from "../base/errors.js";
import { readPublicFile, readSecretFile } from "../config/secret-file.js";
import { EventReader } from "./event-reader.js";
import { LogIntake } from "./log-intake.js";
import { type ReceiverOptions, SyslogReceiver } from "./receiver.js";
import type { SyslogCommand, SyslogEvent, SyslogOptions, SyslogStatus } from "./thread-messages.js";

const TICK_MS = 100;
const TICKS_PER_STATUS = 10;

const { port, options } = workerData as { port: MessagePort; options: SyslogOptions };
const send = (event: SyslogEvent): void => port.postMessage(event);

const reader = new EventReader();
const intake = new LogIntake({
  sources: options.sources,
  clock: systemClock,
  send: (rows) => send({ event: "rows", rows }),
  onMessage: (message, source) => reader.read(message, source),
  onStranger: (address) => send({ event: "stranger", address }),
});

try {
  const receiver = new SyslogReceiver(await receiverOptions(options), intake);
  await receiver.open();
  send({ event: "listening" });
  let ticks = 0;
  const timer = setInterval(() => {
    intake.tick();
    receiver.tick();
    sendEvents();
    if (++ticks % TICKS_PER_STATUS === 0) send({ event: "status", status: statusOf(receiver) });
  }, TICK_MS);
  port.on("message", (command: SyslogCommand) => {
    if (command.command === "acknowledge") intake.acknowledge();
    else {
      clearInterval(timer);
      void receiver.close().then(() => {
        intake.flush();
        sendEvents();
        send({ event: "status", status: statusOf(receiver) });
        port.close();
      });
    }
  });
} catch (error) {
  if (error instanceof AgentError) send({ event: "failed", code: error.code, params: error.params });
  else send({ event: "failed", code: "error.internal", params: { reason: reasonOf(error) } });
  port.close();
}

function sendEvents(): void {
  const events = reader.take();
  if (events.length > 0) send({ event: "events", events });
}

function statusOf(receiver: SyslogReceiver): SyslogStatus {
  const nowMs = systemClock.monotonicMs();
  return {
    sources: intake.book.sources.map((source) => ({
      ...source.counts,
      name: source.name,
      silentMs: nowMs - source.lastMs,
      silenceMs: source.silenceMs,
    })),
    receiver: { ...receiver.counts },
    refused: intake.book.refusedCount,
    kernelDrops: receiver.kernelDrops ?? null,
    events: { ...reader.counts },
  };
}

async function receiverOptions(wanted: SyslogOptions): Promise<ReceiverOptions> {
  const { address, udp_port, tcp_port, tls_port, cert_file, key_file, client_ca_file } = wanted;
  const ports = { address, udpPort: udp_port, tcpPort: tcp_port, tlsPort: tls_port };
  if (tls_port === null || cert_file === null || key_file === null) return ports;
  const cert = await readPublicFile(cert_file);
  const key = await readSecretFile(key_file);
  const clientCa = client_ca_file === null ? undefined : await readPublicFile(client_ca_file);
  return { ...ports, tls: { cert, key, ...(clientCa && { clientCa }) } };
}

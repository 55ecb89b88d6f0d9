/** Joins the collectors with the rest of the agent: what is committed is offered to each, and how each does is told. */
import type { Clock } from "./base/clock.js";
import type { ClockQuality } from "./base/clock-quality.js";
import type { Log } from "./base/log.js";
import { parseForwardTarget } from "./config/forward-target.js";
import type { Config } from "./config/schema.js";
import { DatagramOutlet } from "./forward/datagram-outlet.js";
import { FileOutlet } from "./forward/file-outlet.js";
import type { ForwardOrigin, RecordKind } from "./forward/forward-record.js";
import {
  type ForwardCondition,
  Forwarder,
  type ForwarderOptions,
  type ForwarderState,
} from "./forward/forwarder.js";
import type { Outlet } from "./forward/outlet.js";
import { jsonLine, syslogMessage } from "./forward/rfc5424.js";
import { StreamOutlet } from "./forward/stream-outlet.js";
import { forwardRecords } from "./forward-records.js";
import type { StoreEntry } from "./store/record.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const DEFAULT_QUEUE_KIB = 1024;
const DEFAULT_MAX_MIB = 16;
const DEFAULT_FILES = 3;
const DEFAULT_RECORDS: readonly RecordKind[] = ["detections", "incidents", "agent"];
/** Of a line of JSON in a file or on a unix socket. */
const MAX_LINE_BYTES = 64 * KIB;

type Destination = Config["forward"][number];

export interface ForwardDeskParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly clockQuality: () => ClockQuality;
}

export class ForwardDesk {
  readonly #forwarders: readonly Forwarder[];

  constructor(parts: ForwardDeskParts) {
    this.#forwarders = parts.config.forward.map((one) => makeForwarder(one, parts));
  }

  get isWanted(): boolean {
    return this.#forwarders.length > 0;
  }

  start(): void {
    for (const forwarder of this.#forwarders) forwarder.start();
  }

  /** Offer what is committed; takes no time worth mentioning and never fails. */
  offer(entries: readonly StoreEntry[], wallMs: number): void {
    if (!this.isWanted) return;
    for (const entry of entries) {
      for (const record of forwardRecords(entry, wallMs)) {
        for (const forwarder of this.#forwarders) forwarder.offer(record);
      }
    }
  }

  states(): readonly ForwarderState[] {
    return this.#forwarders.map((forwarder) => forwarder.state());
  }

  conditions(): readonly ForwardCondition[] {
    return this.#forwarders.flatMap((forwarder) => forwarder.conditions());
  }

  counters(): Readonly<Record<string, number>> {
    return Object.assign({}, ...this.#forwarders.map((forwarder) => forwarder.counters()));
  }

  /** Send what waits, as far as there is time. */
  async stop(patienceMs: number): Promise<void> {
    await Promise.all(this.#forwarders.map((forwarder) => forwarder.stop(patienceMs)));
  }
}

function makeForwarder(one: Destination, parts: ForwardDeskParts): Forwarder {
  const { config, clock, log, version, clockQuality } = parts;
  const { name, queue_kib = DEFAULT_QUEUE_KIB } = one;
  const origin: ForwardOrigin = {
    device: config.device.id,
    version,
    isSynchronized: () => clockQuality() === "synchronized",
  };
  return new Forwarder({
    ...{ name, clock, origin },
    ...makeWay(one, origin),
    wants: new Set(one.records ?? DEFAULT_RECORDS),
    queueBytes: queue_kib * KIB,
    onChange: (reason) => {
      if (reason === undefined) log.info({ collector: name }, "the collector is reached");
      else log.warn({ collector: name, reason }, "the collector is not reached; that will be tried again");
    },
  });
}

/** The outlet of a destination, and the form in which it takes records. */
function makeWay(one: Destination, origin: ForwardOrigin) {
  const target = parseForwardTarget(one.to)!;
  switch (target.scheme) {
    case "udp":
      return syslogWay(one, origin, new DatagramOutlet(target.host, target.port));
    case "tcp":
    case "tls": {
      const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = one;
      const files = {
        ...(caFile !== undefined && { caFile }),
        ...(certFile !== undefined && { certFile }),
        ...(keyFile !== undefined && { keyFile }),
      };
      const { scheme, host, port } = target;
      return syslogWay(one, origin, new StreamOutlet({ scheme, host, port }, files));
    }
    case "unix":
      return lineWay(one, origin, new StreamOutlet({ scheme: "unix", path: target.path }, {}));
    case "file": {
      const { max_mib = DEFAULT_MAX_MIB, files = DEFAULT_FILES } = one;
      return lineWay(one, origin, new FileOutlet(target.path, max_mib * MIB, files));
    }
  }
}

function syslogWay({ format = "text" }: Destination, origin: ForwardOrigin, outlet: Outlet) {
  const form: ForwarderOptions["form"] = (message) => syslogMessage(message, format, origin, process.pid);
  return { outlet, form };
}

function lineWay({ format }: Destination, origin: ForwardOrigin, outlet: Outlet) {
  const form: ForwarderOptions["form"] = (message) => {
    const { text, isShortened } = jsonLine(message, format === "ecs" ? "ecs" : "eve", origin, MAX_LINE_BYTES);
    return { bytes: Buffer.from(text), isShortened };
  };
  return { outlet, form };
}

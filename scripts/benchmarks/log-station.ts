/** The parts of the agent that other devices' logs pass, joined as the agent joins them: receiver, rules, store, chain of evidence. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#agent/base/clock.js";
import { Counters } from "#agent/base/counters.js";
import { createLog } from "#agent/base/log.js";
import { loadConfig } from "#agent/config/load.js";
import { EvidenceDesk } from "#agent/evidence-desk.js";
import { LogDesk } from "#agent/log-desk.js";
import { loadRules } from "#agent/rule-loading.js";
import type { StoreEntry } from "#agent/store/record.js";
import { Store } from "#agent/store/store.js";

const MIB = 1024 * 1024;
const PAUSE_MS = 5;
const PATIENCE_MS = 20_000;

export interface StationOptions {
  readonly folder: string;
  readonly port: number;
  readonly maxPerSecond: number;
  readonly rules: readonly string[];
}

export class LogStation {
  readonly store: Store;
  readonly evidenceFolder: string;
  readonly #logs: LogDesk;
  readonly #evidence: EvidenceDesk;
  readonly #counters: Counters;

  private constructor(
    store: Store,
    evidenceFolder: string,
    logs: LogDesk,
    evidence: EvidenceDesk,
    counters: Counters,
  ) {
    this.store = store;
    this.evidenceFolder = evidenceFolder;
    this.#logs = logs;
    this.#evidence = evidence;
    this.#counters = counters;
  }

  static async open({ folder, port, maxPerSecond, rules }: StationOptions): Promise<LogStation> {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "sekisho.yaml");
    const source = { name: "router", address: "127.0.0.1", max_per_s: maxPerSecond };
    const syslog = { address: "127.0.0.1", udp_port: port, sources: [source] };
    const path = join(folder, "store.db");
    writeFileSync(file, JSON.stringify({ store: { path }, syslog, evidence: { budget_mib: 1024 } }));
    const config = loadConfig(file, {});
    const store = await Store.open({
      path,
      budgetBytes: 1024 * MIB,
      shares: { outbox: 5, incidents: 5, detections: 5, logs: 85 },
      clock: systemClock,
    });
    const { image } = await loadRules({
      paths: rules,
      homeNet: undefined,
      groups: undefined,
      policy: {},
      isUncached: true,
    });
    const log = createLog({ level: "fatal" });
    const counters = new Counters();
    const parts = { config, clock: systemClock, log, version: "bench" };
    const evidence = new EvidenceDesk({
      ...parts,
      clockQuality: () => "synchronized",
      publish: () => undefined,
    });
    const keep = async (entries: readonly StoreEntry[]): Promise<void> => {
      const [{ shed }] = await Promise.all([store.append(entries), evidence.keep(entries)]);
      counters.add("store.shed", shed);
    };
    const logs = new LogDesk(parts, image, keep, (records) => {
      const found = records.flatMap((one) => (one.kind === "detection" ? [one] : []));
      counters.add("detections", found.length);
      void keep(found.map((detection) => ({ priority: "low", detection })));
    });
    const station = new LogStation(store, join(folder, "evidence"), logs, evidence, counters);
    await logs.start();
    return station;
  }

  count(name: string): number {
    const counters = { ...this.#logs.counters(), ...this.#evidence.counters() };
    return counters[name] ?? this.#counters.get(name);
  }

  /** Wait until so many lines have come or are told as dropped by the kernel; then take what is on the way and close. */
  async finish(lines: number): Promise<void> {
    const isDone = (): boolean => this.count("syslog.received") + this.count("syslog.kernel_drops") >= lines;
    for (let waited = 0; waited < PATIENCE_MS && !isDone(); waited += 100) await sleep(100);
    await this.#logs.stop(PATIENCE_MS);
    await this.store.flush();
    await this.#evidence.stop();
  }

  /** Resolves when its port is open. */
  async listening(): Promise<void> {
    // The thread tells its first figures a second after it listens.
    while (this.#logs.counters()["syslog.datagrams"] === undefined) await sleep(PAUSE_MS);
  }
}

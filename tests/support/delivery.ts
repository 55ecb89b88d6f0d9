/**
 * An agent's store and uplink under attack, with a ledger outside of both: which message was accepted under which
 * number. In the end the monitor's file is held against it.
 */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../agent/base/clock.js";
import { Counters } from "../../agent/base/counters.js";
import { createLog } from "../../agent/base/log.js";
import { PRIORITY_CLASSES } from "../../agent/base/outbox.js";
import { loadConfig } from "../../agent/config/load.js";
import { openSqlite } from "../../agent/store/sqlite-driver.js";
import { Store } from "../../agent/store/store.js";
import type { UplinkLimits } from "../../agent/uplink/limits.js";
import { Uplink } from "../../agent/uplink/uplink.js";
import { poll } from "./poll.js";
import { MEBIBYTE } from "./store.js";
import { memoryDirectory } from "./temporary-directory.js";
import { HEALTH, QUICK } from "./uplink-bench.js";

export interface DeliveryOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<UplinkLimits>;
}

/** What the monitor's file says against the ledger. */
export interface Verdict {
  readonly accepted: number;
  readonly stored: number;
  /** Ids that were accepted and are not there, that are there twice, and that stand before an earlier one. */
  readonly lost: number;
  readonly doubled: number;
  readonly misordered: number;
}

export class Delivery {
  readonly store: Store;
  readonly uplink: Uplink;
  readonly counters: Counters;
  readonly folder: string;
  /** Id → sequence number, as the store accepted it. */
  readonly #ledger = new Map<number, number>();
  #nextId = 1;

  private constructor(store: Store, uplink: Uplink, counters: Counters, folder: string) {
    this.store = store;
    this.uplink = uplink;
    this.counters = counters;
    this.folder = folder;
  }

  static async start(
    url: string,
    { clock = systemClock, limits = {} }: DeliveryOptions = {},
  ): Promise<Delivery> {
    const folder = await memoryDirectory();
    const store = await Store.open({
      path: join(folder, "store.db"),
      budgetBytes: 256 * MEBIBYTE,
      clock,
      limits: { maxDelayMs: 5 },
    });
    const counters = new Counters();
    const uplink = new Uplink({
      config: { ...loadConfig(undefined, {}).uplink, url },
      device: "box-1",
      boot: () => store.status().boot,
      outbox: store.outbox,
      clock,
      log: createLog({ level: "silent" }),
      counters,
      health: () => HEALTH,
      // A machine that is busy with other proofs answers late: that is not yet a silent monitor.
      limits: { ...QUICK, ackTimeoutMs: 5_000, ...limits },
    });
    uplink.start();
    onTestFinished(async () => {
      await uplink.stop(0);
      await store.close();
    });
    return new Delivery(store, uplink, counters, folder);
  }

  /** Have messages accepted, of all classes. */
  async give(count: number, random: (bound: number) => number): Promise<void> {
    const ids = Array.from({ length: count }, () => this.#nextId++);
    const { committed, sequences } = await this.store.append(
      ids.map((id) => ({
        priority: PRIORITY_CLASSES[random(4)] ?? "low",
        message: { topic: "incident", payload: JSON.stringify({ id, filler: "x".repeat(random(400)) }) },
      })),
    );
    if (committed !== count) throw new Error("the store has shed messages");
    for (const [i, id] of ids.entries()) this.#ledger.set(id, sequences[i]!);
  }

  /** Everything is acknowledged and has left. Waits as long as something leaves within a minute. */
  async settled(): Promise<void> {
    const waiting = (): number => this.store.status().usage.outbox.records;
    for (let before = waiting(); before > 0; before = waiting()) {
      await poll("the outbox to shrink", () => waiting() < before, 60_000);
    }
  }

  /** Hold the monitor's file against the ledger. */
  async verify(monitorFile: string): Promise<Verdict> {
    const connection = await openSqlite(monitorFile);
    const rows = await connection.all(
      "SELECT seq, text ->> '$.data.id' AS id FROM message WHERE kind = 'incident' ORDER BY seq",
    );
    await connection.close();
    const found = new Set<number>();
    let doubled = 0;
    let misordered = 0;
    let last = 0;
    for (const row of rows) {
      const id = Number(row.id);
      if (found.has(id)) doubled++;
      found.add(id);
      if (id < last || this.#ledger.get(id) !== Number(row.seq)) misordered++;
      last = id;
    }
    const lost = [...this.#ledger.keys()].filter((id) => !found.has(id)).length;
    return { accepted: this.#ledger.size, stored: found.size, lost, doubled, misordered };
  }
}

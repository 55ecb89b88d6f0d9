/** Joins the logs of other devices with the rest of the agent: what is taken in is committed, what goes wrong is said. */
import type { Clock } from "./base/clock.js";
import type { Log } from "./base/log.js";
import type { Config } from "./config/schema.js";
import { recordsOfEvents } from "./log-records.js";
import type { LogSensor } from "./log-sensor.js";
import type { SensorRecord } from "./sensor/detection.js";
import type { RuleImage } from "./signature/image.js";
import type { StoreEntry } from "./store/record.js";
import { LogReception } from "./syslog/log-reception.js";
import type { LogCondition } from "./syslog/source-health.js";

export interface LogDeskParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

export class LogDesk {
  readonly #reception: LogReception | undefined;
  readonly #options: LogDeskParts;
  #image: RuleImage;
  #sensor: LogSensor | undefined;

  /**
   * @param image rules that what the lines say is judged by
   * @param keep commits; resolves when that is done, or given up
   * @param onRecords told what the lines say as a sensor would say it
   */
  constructor(
    options: LogDeskParts,
    image: RuleImage,
    keep: (entries: readonly StoreEntry[]) => Promise<void>,
    onRecords: (records: readonly SensorRecord[]) => void,
  ) {
    const { config, clock, log } = options;
    this.#options = options;
    this.#image = image;
    if (!LogReception.isWanted(config.syslog)) return;
    this.#reception = new LogReception(config.syslog, clock, {
      keep: (rows) => keep(rows.map((row) => ({ priority: "low", log: row }))),
      onEvents: (events) =>
        onRecords([...recordsOfEvents(events, clock.wallMs()), ...(this.#sensor?.judge(events) ?? [])]),
      onListening: () => log.info("logs of other devices are taken in"),
      onGap: (reason, retryMs) =>
        log.error({ err: reason, retryMs }, "no logs are taken in; that will be tried again"),
      onStranger: (address) =>
        log.warn({ address }, "sends logs and is none of syslog.sources: they are thrown away"),
    });
  }

  async start(): Promise<void> {
    if (!this.#reception) return;
    // Only who takes logs in needs a sensor, with all its parsers, in this thread.
    const { LogSensor } = await import("./log-sensor.js");
    const { config, clock } = this.#options;
    this.#sensor = new LogSensor(this.#image, config.syslog.sources, clock);
    this.#reception.start();
  }

  /** Take nothing in any more and hand over what has come. */
  async stop(patienceMs: number): Promise<void> {
    await this.#reception?.stop(patienceMs);
  }

  conditions(): readonly LogCondition[] {
    return this.#reception?.conditions() ?? [];
  }

  /** Judge by other rules. */
  swapRules(image: RuleImage): void {
    this.#image = image;
    this.#sensor?.swapRules(image);
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#reception?.counters(), ...this.#sensor?.counters() };
  }
}

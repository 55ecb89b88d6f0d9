/**
 * Judges what other devices' logs say of traffic by the signature rules in force, as if it had been seen: events become packets, and a
 * small sensor in the main thread looks at them. The same rule between the same ends makes the same incident, whichever way it was seen.
 *
 * Bounds: EVENTS_PER_SECOND are judged, more are counted; the flow table is small, as a logged connection is over at once.
 */
import { randomInt } from "node:crypto";
import type { Clock } from "./base/clock.js";
import type { Detection } from "./sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "./sensor/flow/flow-limits.js";
import { registeredParsers } from "./sensor/registered-parsers.js";
import { Sensor } from "./sensor/sensor.js";
import { LINKTYPE_RAW } from "./sensor/wire/link-type.js";
import type { RuleImage } from "./signature/image.js";
import { framesOf } from "./syslog/event-frames.js";
import type { SourcedEvent } from "./syslog/thread-messages.js";

const EVENTS_PER_SECOND = 2000;
const FLOW_LIMITS = {
  ...DEFAULT_FLOW_LIMITS,
  maxFlows: 2048,
  parserMemoryBytes: 1024 * 1024,
  streamMemoryBytes: 2 * 1024 * 1024,
};

export class LogSensor {
  readonly #clock: Clock;
  readonly #sensor: Sensor;
  /** Address of each source that is one. */
  readonly #resolvers: ReadonlyMap<string, string>;
  #found: Detection[] = [];
  #windowMs = Number.NEGATIVE_INFINITY;
  #inWindow = 0;
  #judged = 0;
  #shed = 0;
  #source = "";

  constructor(
    image: RuleImage,
    sources: readonly { readonly name: string; readonly address: string }[],
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#resolvers = new Map(sources.map(({ name, address }) => [name, address]));
    this.#sensor = new Sensor({
      image,
      interfaceName: "logs",
      flowLimits: { ...FLOW_LIMITS, hashSeed: randomInt(0x7fff_ffff) },
      makeParsers: () => registeredParsers(true),
      onDetection: (detection) => this.#found.push({ ...detection, interfaceName: this.#source }),
      wallMs: clock.wallMs,
    });
  }

  swapRules(image: RuleImage): void {
    this.#sensor.swapRules(image);
  }

  /** What the rules in force say of events. */
  judge(events: readonly SourcedEvent[]): readonly Detection[] {
    for (const { source, event, timeMs } of events) {
      const frames = framesOf(event, this.#resolvers.get(source));
      if (frames.length === 0) continue;
      if (!this.#admits()) {
        this.#shed++;
        continue;
      }
      this.#judged++;
      this.#source = source;
      for (const frame of frames)
        this.#sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_RAW, timeMs * 1000);
    }
    const found = this.#found;
    this.#found = [];
    return found;
  }

  counters(): Readonly<Record<string, number>> {
    return { "syslog.judged": this.#judged, "syslog.judged_shed": this.#shed };
  }

  #admits(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowMs >= 1000) {
      this.#windowMs = nowMs;
      this.#inWindow = 0;
    }
    return ++this.#inWindow <= EVENTS_PER_SECOND;
  }
}

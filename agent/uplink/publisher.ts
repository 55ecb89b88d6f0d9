/**
 * Owns the way of a message from the outbox to the broker and its end by acknowledgement.
 *
 * It publishes only while a connection is attached, in the order of the outbox (class, then number), and takes a
 * message out of the outbox only when it has been acknowledged: by the monitor, or, where so configured, by the
 * broker. It forgets nothing it cannot ask the outbox for again: after a reconnect, or when an acknowledgement stays
 * out, the outbox is rewound and everything unacknowledged is sent again.
 *
 * Bound: `leaseBatch` messages in memory, `SentWindow`'s numbers, and what the connection's window holds open.
 */
import type { Clock } from "../base/clock.js";
import type { Counters } from "../base/counters.js";
import { reasonOf } from "../base/errors.js";
import type { Log } from "../base/log.js";
import { type Outbox, type OutboxMessage, PRIORITY_CLASSES, type PriorityClass } from "../base/outbox.js";
import { coverageOf } from "./acknowledgement.js";
import type { PublishOutcome } from "./connection.js";
import { Deletions } from "./deletions.js";
import type { EnvelopeWriter } from "./envelope.js";
import type { UplinkLimits } from "./limits.js";
import type { AckMessage } from "./schema/ack.js";
import { SentWindow } from "./sent-window.js";
import { upTopic } from "./topics.js";

/** What the publisher needs of a connection. */
export interface PublishPort {
  readonly maximumPacketBytes: number;
  canPublish(): boolean;
  publish(
    topic: string,
    payload: string,
    retain: boolean,
    onOutcome: (outcome: PublishOutcome) => void,
  ): void;
}

export interface PublisherOptions {
  readonly outbox: Outbox;
  readonly device: string;
  readonly envelopes: EnvelopeWriter;
  readonly acknowledgement: "monitor" | "broker";
  readonly limits: UplinkLimits;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
}

/** The last of these messages stays with the broker, for whoever comes later. */
const RETAINED_KIND = "rules";
/** Leased in smaller portions only where the window itself is smaller. */
const SMALLEST_LEASE = 32;
/** MQTT's fixed header, packet id and properties around topic and payload. */
const PACKET_OVERHEAD_BYTES = 16;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #window: SentWindow;
  readonly #unsubscribe: () => void;
  #port: PublishPort | undefined;
  /** Leased, not yet published; in sending order. */
  #ready: OutboxMessage[] = [];
  /** Acknowledged, not yet deleted. */
  readonly #deletions: Deletions;
  #mustRewind = false;
  /** Whether the outbox may hold something that has not been leased. */
  #mayHaveMore = true;
  #criticalWaiting = 0;
  #isLeasing = false;
  /** The outbox failed; nothing is asked of it until the next tick. */
  #isOutboxPaused = false;
  #isOutboxFailing = false;
  /** Acknowledgements that stayed out, in a row. */
  #silences = 0;
  /** When the first statement of state was made that no acknowledgement has followed. */
  #statedMs: number | undefined;
  #isUnanswered = false;
  /** The ledger that all numbers in memory belong to. */
  #ledger: string;
  #polledMs = 0;
  #freshMs = Number.NEGATIVE_INFINITY;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#window = new SentWindow(options.limits);
    this.#ledger = options.outbox.ledger;
    this.#deletions = new Deletions(options.outbox, options.counters, (error) =>
      this.#onOutboxFailure(error),
    );
    this.#unsubscribe = options.outbox.onCommitted((priority) => this.#onCommitted(priority));
  }

  /** Published and not acknowledged. */
  get unacknowledged(): number {
    return this.#window.outstanding;
  }

  /** Whether the monitor has left a message, or several statements of state, unacknowledged beyond its time, and none since. */
  get isMonitorSilent(): boolean {
    return this.#silences > 0 || this.#isUnanswered;
  }

  /** Whether everything in the outbox has been sent, acknowledged and deleted. */
  get isIdle(): boolean {
    return (
      this.#ready.length === 0 &&
      this.#window.outstanding === 0 &&
      this.#deletions.isEmpty &&
      !this.#mayHaveMore &&
      !this.#isLeasing
    );
  }

  /** Publish over this connection from now on; all that is unacknowledged goes again. */
  attach(port: PublishPort): void {
    this.#port = port;
    this.#silences = 0;
    this.#isUnanswered = false;
    this.#statedMs = undefined;
    this.#rewind(this.#options.limits.ackWindowStart);
  }

  /** The device has told its state, which a monitor answers: how one that is not there shows while nothing waits to be sent. */
  expectAnswer(): void {
    this.#statedMs ??= this.#options.clock.monotonicMs();
  }

  detach(): void {
    this.#port = undefined;
    this.#ready = [];
  }

  /** No more messages are taken from the outbox. */
  close(): void {
    this.detach();
    this.#unsubscribe();
  }

  /** A monitor's acknowledgement came. */
  acknowledge(ack: AckMessage): void {
    this.#followLedger();
    const wasSilent = this.isMonitorSilent;
    this.#statedMs = undefined;
    this.#isUnanswered = false;
    if (ack.ledger !== this.#ledger) {
      this.#options.counters.add("uplink.acks_of_other_ledger");
      return;
    }
    this.#deletions.add(this.#window.confirm(coverageOf(ack)));
    if (wasSilent) {
      this.#options.log.info("monitor acknowledges again");
      this.#silences = 0;
      this.#rewind(this.#options.limits.ackWindowStart);
    } else if (ack.fresh) {
      this.#onFresh();
    }
    this.#pump();
  }

  /** To be called about every second. */
  tick(): void {
    this.#isOutboxPaused = false;
    const { limits, clock, counters, log } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#polledMs >= limits.outboxPollMs) {
      // A store that was away gives empty leases, and announces nothing when it is back.
      this.#polledMs = nowMs;
      this.#mayHaveMore = true;
    }
    const patienceMs = Math.min(limits.ackTimeoutMs * 2 ** this.#silences, limits.ackTimeoutLongestMs);
    if (this.#port && this.#window.oldestAgeMs(nowMs) > patienceMs) {
      if (this.#silences === 0)
        log.warn({ afterMs: patienceMs }, "messages stay unacknowledged, sending again");
      counters.add("uplink.ack_timeouts");
      this.#silences = Math.min(this.#silences + 1, 30);
      this.#rewind(limits.ackWindowSmallest);
    }
    this.#judgeAnswer(nowMs);
    void this.#deletions.flush();
    this.#pump();
  }

  #judgeAnswer(nowMs: number): void {
    const { acknowledgement, limits, log } = this.#options;
    if (this.#isUnanswered || !this.#port || acknowledgement !== "monitor") return;
    const afterMs = nowMs - (this.#statedMs ?? nowMs);
    this.#isUnanswered = afterMs > limits.stateAnswerMs;
    if (this.#isUnanswered) log.warn({ afterMs }, "no monitor answers");
  }

  /** A monitor began to listen after this device: what is outstanding does not wait for its time to be up. */
  #onFresh(): void {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#window.outstanding === 0 || nowMs - this.#freshMs < limits.freshEveryMs) return;
    this.#freshMs = nowMs;
    this.#rewind(limits.ackWindowStart);
  }

  #onCommitted(priority: PriorityClass): void {
    this.#mayHaveMore = true;
    if (priority === "critical") this.#criticalWaiting++;
    this.#pump();
  }

  #rewind(windowSize: number): void {
    this.#window.restart(windowSize);
    this.#ready = [];
    this.#mustRewind = true;
    this.#mayHaveMore = true;
    this.#pump();
  }

  /** Numbers of an earlier ledger mean nothing in the present one. */
  #followLedger(): void {
    const { ledger } = this.#options.outbox;
    if (ledger === this.#ledger) return;
    this.#ledger = ledger;
    this.#window.clear();
    this.#deletions.clear();
    this.#ready = [];
    this.#mustRewind = true;
    this.#mayHaveMore = true;
  }

  /** Send what is ready, then ask the outbox for more if there is room. */
  #pump(): void {
    this.#followLedger();
    this.#publishReady();
    if (!this.#port || this.#isLeasing || this.#isOutboxPaused || !this.#mayHaveMore) return;
    const room = this.#room();
    if (room > 0) void this.#lease(room);
  }

  /** How many messages may be leased now; 0 while the portion would be too small to be worth a query. */
  #room(): number {
    const { leaseBatch, criticalReserve } = this.#options.limits;
    const inHand = this.#window.outstanding + this.#ready.length;
    if (this.#criticalWaiting > 0) {
      const room = this.#window.size + criticalReserve - inHand;
      return Math.max(
        0,
        Math.min(room, leaseBatch, Math.max(this.#criticalWaiting, this.#window.size - inHand)),
      );
    }
    const room = Math.min(this.#window.size - inHand, leaseBatch - this.#ready.length);
    return room >= Math.min(SMALLEST_LEASE, Math.ceil(this.#window.size / 2)) ? room : 0;
  }

  async #lease(limit: number): Promise<void> {
    const { outbox } = this.#options;
    this.#isLeasing = true;
    try {
      if (this.#mustRewind) {
        outbox.rewind();
        this.#mustRewind = false;
      }
      this.#mayHaveMore = false;
      const criticalBefore = this.#criticalWaiting;
      const messages = await outbox.lease(limit);
      this.#isOutboxFailing = false;
      this.#followLedger();
      if (this.#mustRewind || !this.#port) {
        // They are leased again after the rewind that is due.
        this.#mayHaveMore = true;
      } else {
        this.#mayHaveMore ||= messages.length === limit;
        const critical = messages.filter(({ priority }) => priority === "critical").length;
        this.#criticalWaiting -=
          critical < limit ? criticalBefore : Math.min(critical, this.#criticalWaiting);
        this.#line(messages);
      }
    } catch (error) {
      this.#mayHaveMore = true;
      this.#onOutboxFailure(error);
    } finally {
      this.#isLeasing = false;
    }
    this.#pump();
  }

  #onOutboxFailure(error: unknown): void {
    const { counters, log } = this.#options;
    counters.add("uplink.outbox_failures");
    if (!this.#isOutboxFailing) log.warn({ reason: reasonOf(error) }, "the outbox does not answer");
    this.#isOutboxFailing = true;
    this.#isOutboxPaused = true;
  }

  /** Put messages behind those ready; where a more urgent one is among them, it goes before. */
  #line(messages: readonly OutboxMessage[]): void {
    const last = this.#ready.at(-1);
    const [first] = messages;
    this.#ready.push(...messages);
    if (last && first && rankOf(first) < rankOf(last)) {
      this.#ready.sort((a, b) => rankOf(a) - rankOf(b) || a.sequence - b.sequence);
    }
  }

  #publishReady(): void {
    const { device, envelopes, clock, counters, log } = this.#options;
    let next = 0;
    while (next < this.#ready.length && this.#port?.canPublish()) {
      const message = this.#ready[next++]!;
      const { sequence } = message;
      if (this.#deletions.has(sequence)) continue;
      const topic = upTopic(device, message.topic);
      const payload = envelopes.numbered(message, clock.wallMs());
      const packetBytes = Buffer.byteLength(payload) + topic.length + PACKET_OVERHEAD_BYTES;
      if (packetBytes > this.#port.maximumPacketBytes) {
        // It stays in the outbox: another broker may take it. Its number keeps `lowestSeq` down.
        if (counters.get("uplink.too_large_for_broker") === 0) {
          log.warn({ sequence, packetBytes }, "message is larger than the broker takes");
        }
        counters.add("uplink.too_large_for_broker");
        continue;
      }
      counters.add(this.#window.isRepeat(sequence) ? "uplink.repeated" : "uplink.published");
      this.#window.sent(sequence);
      this.#port.publish(topic, payload, message.topic === RETAINED_KIND, (outcome) =>
        this.#onOutcome(sequence, outcome),
      );
    }
    if (next > 0) this.#ready = this.#ready.slice(next);
  }

  #onOutcome(sequence: number, outcome: PublishOutcome): void {
    const { acknowledgement, clock, counters } = this.#options;
    if (outcome !== "lost") this.#window.answered(sequence, clock.monotonicMs());
    if (outcome === "accepted") {
      if (acknowledgement === "broker" && this.#window.confirmOne(sequence)) {
        this.#deletions.add([sequence]);
        this.#silences = 0;
      }
    } else if (outcome !== "lost") {
      // Refused, or nobody listens: it is sent again when its time is up.
      counters.add(`uplink.${outcome}`);
    }
    this.#pump();
  }
}

function rankOf(message: OutboxMessage): number {
  return PRIORITY_CLASSES.indexOf(message.priority);
}

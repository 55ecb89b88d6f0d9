/**
 * Runs candidate rules beside those in force: the same packets, streams and messages, judged a second time by rules that nobody
 * hears. What they would have said is counted, and on some frames the time is taken, of the frame and of either judging.
 *
 * Flows, streams and parsers are shared, so a shadow costs the memory of its image and of what its rules remember. Where a
 * candidate throws it is left alone from then on, and the run says so; the rules in force go on.
 */
import { systemClock } from "../base/clock.js";
import { reasonOf } from "../base/errors.js";
import type { RuleImage } from "../signature/image.js";
import type { Endpoints } from "./match/endpoints.js";
import { IndicatorMatcher, type IndicatorSink } from "./match/indicator-matcher.js";
import { Matcher } from "./match/matcher.js";
import type { AlertSink } from "./match/rule-outcome.js";
import type { MessageView } from "./proto/message-view.js";
import type { PacketView } from "./wire/packet-view.js";

/** One frame of so many is timed. */
const TIMED_EVERY = 16;

/** A run of candidate rules beside others. */
export class ShadowRun {
  readonly image: RuleImage;
  /** Alerts of the candidate. */
  alerts = 0;
  /** Frames whose time was taken, and what they took: in all, and by the judging of either set. */
  frames = 0;
  frameMs = 0;
  activeMs = 0;
  candidateMs = 0;
  /** Why the candidate judges no more. */
  failure: string | undefined;
  /** Whether the frame at hand is timed. */
  isTimed = false;
  #untilTimed = TIMED_EVERY;
  #startedMs = 0;

  readonly #monotonicMs: () => number;

  /** @param monotonicMs by which time is taken */
  constructor(image: RuleImage, monotonicMs = systemClock.monotonicMs) {
    this.image = image;
    this.#monotonicMs = monotonicMs;
  }

  /** A rule of the candidate would have alerted. */
  alerted(_rule: number, _matcher: Matcher): void {
    this.alerts++;
  }

  beginFrame(): void {
    if (--this.#untilTimed > 0) return;
    this.#untilTimed = TIMED_EVERY;
    this.isTimed = true;
    this.#startedMs = this.#monotonicMs();
  }

  endFrame(): void {
    if (!this.isTimed) return;
    this.isTimed = false;
    this.frames++;
    this.frameMs += this.#monotonicMs() - this.#startedMs;
  }

  /** Judge by the rules in force, then by the candidate. */
  judge(active: () => void, candidate: () => void): void {
    if (!this.isTimed) {
      active();
      this.#unheard(candidate);
      return;
    }
    const startedMs = this.#monotonicMs();
    active();
    const betweenMs = this.#monotonicMs();
    this.#unheard(candidate);
    this.activeMs += betweenMs - startedMs;
    this.candidateMs += this.#monotonicMs() - betweenMs;
  }

  counters(): Record<string, number> {
    return {
      "shadow.alerts": this.alerts,
      "shadow.frames": this.frames,
      "shadow.frame_us": Math.round(this.frameMs * 1000),
      "shadow.active_us": Math.round(this.activeMs * 1000),
      "shadow.candidate_us": Math.round(this.candidateMs * 1000),
      "shadow.failures": this.failure === undefined ? 0 : 1,
    };
  }

  #unheard(candidate: () => void): void {
    if (this.failure !== undefined) return;
    try {
      candidate();
    } catch (error) {
      this.failure = reasonOf(error);
    }
  }
}

/** The rules in force, with a candidate behind them. */
class ShadowedMatcher extends Matcher {
  readonly #run: ShadowRun;
  readonly #candidate: Matcher;

  constructor(
    image: RuleImage,
    maxFlows: number,
    sink: AlertSink,
    previous: Matcher | undefined,
    run: ShadowRun,
  ) {
    super(image, maxFlows, sink, previous);
    this.#run = run;
    const told = (rule: number): void => run.alerted(rule, this.#candidate);
    this.#candidate = new Matcher(run.image, maxFlows, told, undefined, this.endpoints);
  }

  override inspectPacket(...packet: Parameters<Matcher["inspectPacket"]>): void {
    this.#run.judge(
      () => super.inspectPacket(...packet),
      () => this.#candidate.inspectPacket(...packet),
    );
  }

  override inspectStream(...stream: Parameters<Matcher["inspectStream"]>): void {
    this.#run.judge(
      () => super.inspectStream(...stream),
      () => this.#candidate.inspectStream(...stream),
    );
  }

  override inspectMessage(message: MessageView, packet: PacketView | undefined): void {
    this.#run.judge(
      () => super.inspectMessage(message, packet),
      () => this.#candidate.inspectMessage(message, packet),
    );
  }

  /** Looked for again by both where it is timed: else the one in force would seem the cheaper. */
  override hasCandidates(message: MessageView): boolean {
    const has = super.hasCandidates(message);
    this.dropCandidates();
    return has;
  }

  override get isIdle(): boolean {
    return super.isIdle && this.#candidate.isIdle;
  }

  override passesOver(packet: PacketView): boolean {
    return super.passesOver(packet) && this.#candidate.passesOver(packet);
  }

  override passesOverEmpty(...packet: Parameters<Matcher["passesOverEmpty"]>): boolean {
    return super.passesOverEmpty(...packet) && this.#candidate.passesOverEmpty(...packet);
  }

  override setPayload(bytes: Uint8Array, offset: number, length: number): void {
    super.setPayload(bytes, offset, length);
    this.#candidate.setPayload(bytes, offset, length);
  }

  override clear(): void {
    super.clear();
    this.#candidate.clear();
  }
}

/** The lists in force, with a candidate's behind them. */
class ShadowedIndicators extends IndicatorMatcher {
  readonly #run: ShadowRun;
  readonly #candidate: IndicatorMatcher;

  constructor({ indicators }: RuleImage, sink: IndicatorSink, run: ShadowRun) {
    super(indicators, sink);
    this.#run = run;
    this.#candidate = new IndicatorMatcher(run.image.indicators, () => void run.alerts++);
  }

  override inspectFlow(endpoints: Endpoints): void {
    this.#run.judge(
      () => super.inspectFlow(endpoints),
      () => this.#candidate.inspectFlow(endpoints),
    );
  }

  override inspectMessage(message: MessageView, endpoints: Endpoints): void {
    this.#run.judge(
      () => super.inspectMessage(message, endpoints),
      () => this.#candidate.inspectMessage(message, endpoints),
    );
  }
}

/** What judges by the rules of an image, with a candidate behind it where there is a run. */
export function makeMatcher(
  image: RuleImage,
  maxFlows: number,
  sink: AlertSink,
  previous: Matcher | undefined,
  run: ShadowRun | undefined,
): Matcher {
  if (run) return new ShadowedMatcher(image, maxFlows, sink, previous, run);
  return new Matcher(image, maxFlows, sink, previous);
}

/** The same for the lists of an image. */
export function makeIndicators(
  image: RuleImage,
  sink: IndicatorSink,
  run: ShadowRun | undefined,
): IndicatorMatcher {
  return run ? new ShadowedIndicators(image, sink, run) : new IndicatorMatcher(image.indicators, sink);
}

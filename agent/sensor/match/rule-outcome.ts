/** What follows from a rule that matched: its marks, its threshold, its alert, and whether it decides about packet or flow. */
import { RULE_STRIDE, RuleColumn, RuleFlag, type RuleImage } from "../../signature/image.js";
import type { MessageView } from "../proto/message-view.js";
import type { Endpoints } from "./endpoints.js";
import { asksForHeaders } from "./header-rules.js";
import type { RuleMemory } from "./rule-memory.js";

/** Called for every alert, while packet, message and endpoints still hold what matched. */
export type AlertSink = (rule: number) => void;

/** Rules that are remembered until the last window of a packet was judged; of more, some may hold twice. */
const MAX_HELD = 64;

export class RuleOutcome {
  /** The first pass rule that holds on the packet at hand: rules behind it do not alert on it. */
  passedRule = Number.POSITIVE_INFINITY;
  /** RuleFlag of what the alert just told does (DROP, REJECT, PASS); a rate_filter may have changed it. */
  alertAction = 0;
  /** What is judged, where that is a message. */
  message: MessageView | undefined;
  /** Rules that do not ask for the list of headers do not hold. */
  isOnHeadersAlone = false;
  readonly #image: RuleImage;
  readonly #memory: RuleMemory;
  readonly #endpoints: Endpoints;
  readonly #sink: AlertSink;
  /** Rules that have held of the packet, or in the windows of the stream looked at with it. */
  readonly #held = new Int32Array(MAX_HELD);
  #heldCount = 0;
  #isFurtherWindow = false;

  constructor(image: RuleImage, memory: RuleMemory, endpoints: Endpoints, sink: AlertSink) {
    this.#image = image;
    this.#memory = memory;
    this.#endpoints = endpoints;
    this.#sink = sink;
  }

  /** Another packet is judged. */
  begin(): void {
    this.passedRule = Number.POSITIVE_INFINITY;
    this.beginWindow(false);
  }

  /** Another window of the stream is judged, parted from those before by a hole if `isFurther`. */
  beginWindow(isFurther: boolean): void {
    this.#isFurtherWindow = isFurther;
    if (!isFurther) this.#heldCount = 0;
  }

  /**
   * A rule holds; true where that ends the judging.
   *
   * @param isOnStream its conditions were found in the stream
   * @param isOnMessage in a message
   */
  matched(rule: number, isOnStream: boolean, isOnMessage: boolean): boolean {
    if (isOnMessage ? this.#hasHeldBefore(rule) : !this.#isNewOfWindows(rule)) return false;
    const row = rule * RULE_STRIDE;
    const flags = this.#image.rules[row + RuleColumn.FLAGS]!;
    const threshold = this.#image.rules[row + RuleColumn.THRESHOLD]!;
    const { marks, thresholds } = this.#memory;
    if ((flags & RuleFlag.HAS_EFFECTS) !== 0) marks.applyEffects(rule, this.#endpoints, isOnMessage);
    if (rule > this.passedRule) return false;
    if ((flags & RuleFlag.PASS) !== 0) {
      this.alertAction = RuleFlag.PASS;
      if ((flags & RuleFlag.ALERTING) !== 0) this.#sink(rule);
      this.passedRule = rule;
      if (this.#decidesFlow(row, isOnStream)) this.#memory.decide(this.#endpoints);
      return false;
    }
    if ((flags & RuleFlag.BYPASSING) !== 0) this.#memory.decide(this.#endpoints);
    if ((flags & RuleFlag.NOALERT) !== 0) {
      if ((flags & RuleFlag.SUPPRESSED) !== 0) thresholds.suppressedCount++;
      return false;
    }
    this.alertAction = flags;
    if (threshold >= 0) {
      if (!thresholds.admits(threshold, this.#endpoints)) return false;
      this.alertAction = thresholds.newAction || this.alertAction;
      // As in Suricata the new action pass hides the alert and those of the rules behind.
      if (thresholds.newAction === RuleFlag.PASS) return true;
    }
    this.#sink(rule);
    if ((flags & (RuleFlag.DROP | RuleFlag.REJECT)) !== 0 && this.#decidesFlow(row, isOnStream))
      this.#memory.decide(this.#endpoints);
    return false;
  }

  #isNewOfWindows(rule: number): boolean {
    const held = this.#held;
    if (this.#isFurtherWindow) for (let i = 0; i < this.#heldCount; i++) if (held[i] === rule) return false;
    if (this.#heldCount < MAX_HELD) held[this.#heldCount++] = rule;
    return true;
  }

  /** Whether the rule has held of the transaction that the message belongs to. */
  #hasHeldBefore(rule: number): boolean {
    const { message } = this;
    if (message === undefined) return false;
    if (this.isOnHeadersAlone && !asksForHeaders(this.#image, rule)) return true;
    const { told } = this.#memory;
    if (message.isOfWholeFlow) return !told.isNews(rule, this.#endpoints, 0);
    return message.part >= 0 && !told.isNews(rule, this.#endpoints, message.part + 1) && message.goesOn;
  }

  /** As in Suricata a rule on streams decides about the flow where it was found in one. */
  #decidesFlow(row: number, isOnStream: boolean): boolean {
    const flags = this.#image.rules[row + RuleColumn.FLAGS]!;
    return isOnStream || (flags & RuleFlag.FLOW_WIDE) !== 0;
  }
}

/**
 * Makes records of what matched and tells whoever listens: alerts of rules when their packet is over (see alert-queue.ts), values
 * of lists at once. Memory: the alerts of one packet, and descriptions of the rules that alerted lately.
 */
import { SELF_TEST_SID } from "../base/self-test-mark.js";
import type { RuleDescription } from "../signature/rule-description.js";
import { AlertQueue, DEFAULT_ALERTS_PER_PACKET } from "./alert-queue.js";
import { DescribedRules } from "./described-rules.js";
import type { Detection } from "./detection.js";
import { buildDetection } from "./detection-builder.js";
import type { FlowTable } from "./flow/flow-table.js";
import { describeIndicator } from "./indicator-description.js";
import type { IndicatorHit } from "./match/indicator-matcher.js";
import type { Matcher } from "./match/matcher.js";
import type { AppLayer } from "./proto/app-layer.js";
import { Field } from "./proto/fields.js";
import type { MessageView } from "./proto/message-view.js";
import type { SensorOptions } from "./sensor-options.js";
import type { TrafficRecorder } from "./traffic-recorder.js";

export class DetectionTeller {
  /** What was told, without the self-test's. */
  detectionCount = 0;
  readonly #options: SensorOptions;
  readonly #table: FlowTable;
  readonly #recorder: TrafficRecorder | undefined;
  readonly #describedRules = new DescribedRules();
  readonly #alerts: AlertQueue;

  constructor(options: SensorOptions, table: FlowTable, recorder: TrafficRecorder | undefined) {
    this.#options = options;
    this.#table = table;
    this.#recorder = recorder;
    const maxAlerts = options.maxAlertsPerPacket ?? DEFAULT_ALERTS_PER_PACKET;
    this.#alerts = new AlertQueue(maxAlerts, (detection) => this.#tell(detection));
  }

  /** Alerts left out because their packet had more. */
  get discardedCount(): number {
    return this.#alerts.discardedCount;
  }

  /** A rule alerts on what `matcher` holds; `appLayer` holds the message. */
  onAlert(rule: number, matcher: Matcher, appLayer: AppLayer): void {
    if (this.#options.onMatch?.(rule, matcher) === true) return;
    const { image, message, outcome } = matcher;
    const description = this.#describedRules.of(image, rule);
    this.#alerts.add(rule, this.#describe(description, outcome.alertAction, message, matcher, appLayer));
  }

  /** A value of a list was seen. */
  onIndicator(hit: IndicatorHit, matcher: Matcher, appLayer: AppLayer): void {
    const { image, endpoints } = matcher;
    const message = hit.field === Field.NONE ? undefined : appLayer.message;
    const description = describeIndicator(image.indicators, hit, message, endpoints);
    this.#tell(this.#describe(description, 0, message, matcher, appLayer));
  }

  /** All rules of a packet, or of what stands for one at the end of a flow, were judged. */
  flush(matcher: Matcher): void {
    if (!this.#alerts.isEmpty) this.#alerts.flush(matcher.outcome.passedRule);
  }

  #describe(
    description: RuleDescription,
    action: number,
    message: MessageView | undefined,
    { endpoints }: Matcher,
    appLayer: AppLayer,
  ): Detection {
    const { flow } = endpoints;
    const detection = buildDetection({
      description,
      action,
      endpoints,
      table: this.#table,
      interfaceName: this.#options.interfaceName,
      observedMs: this.#options.wallMs(),
      metadata: message === undefined ? {} : appLayer.describe(flow),
      communityId: flow < 0 ? undefined : this.#recorder?.communityId(flow),
    });
    this.#recorder?.onAlert(flow);
    return detection;
  }

  #tell(detection: Detection): void {
    if (detection.signatureId !== SELF_TEST_SID) this.detectionCount++;
    this.#options.onDetection(detection);
  }
}

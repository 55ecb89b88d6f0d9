/**
 * Why a rule alerts on a flow of a capture, or what stops it: the capture runs through a real sensor with the real rules and,
 * beside them, the steps of the rule in question (see rule-steps.ts). What the deepest step saw is kept as a short excerpt.
 *
 * For a person at a terminal: excerpts of payload appear here and nowhere else. Bounded: MAX_FLOWS flows, MAX_SHOWN_BYTES a value.
 */
import { formatAddress } from "../base/address.js";
import { type CaptureFileResult, readCaptureFile } from "../sensor/capture/capture-file.js";
import { DEFAULT_FLOW_LIMITS } from "../sensor/flow/flow-limits.js";
import { flowKey, flowText } from "../sensor/flow-text.js";
import type { Matcher } from "../sensor/match/matcher.js";
import { packetNumber } from "../sensor/match/packet-values.js";
import type { RegisteredParser } from "../sensor/proto/probe-order.js";
import type { ParsedRules } from "../sensor/rule-compiler.js";
import { Sensor } from "../sensor/sensor.js";
import { compileRules } from "../signature/compile.js";
import { describeRule } from "../signature/rule-description.js";
import { isMessageField, PAYLOAD_FIELD, type Signature } from "../signature/signature.js";
import { eventName, MAX_SHOWN_BYTES, patternText } from "./condition-syntax.js";
import { type RuleStep, type StepPlace, type StepwiseRule, stepwise } from "./rule-steps.js";

/** Generator number of the steps; none of a rule can be as large. */
const STEP_GID = 0xffff_ff00;
/** More flows are counted and not told apart. */
const MAX_FLOWS = 20_000;
/** Values shown of a field that a message has several times. */
const MAX_VALUES = 3;

/** How far one flow came. */
export interface FlowStory {
  /** `192.168.1.5:51000 → 203.0.113.7:80 TCP`, as the packet that came furthest was sent. */
  readonly flow: string;
  /** Packet time, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** Steps taken; all of them: the rule holds. */
  readonly stepCount: number;
  /** How often all steps held, and how often an alert was told. */
  readonly matchCount: number;
  readonly alertCount: number;
  /** What the next step would have looked at; undefined where there is nothing of the kind. */
  readonly seen: string | undefined;
  /** The rule would hold if no pass or drop rule had ended the judging of the flow. */
  readonly isEndedByOther: boolean;
}

export interface WhyReport {
  readonly steps: readonly RuleStep[];
  readonly flows: readonly FlowStory[];
  /** Flows beyond MAX_FLOWS. */
  readonly uncountedFlows: number;
  readonly captures: readonly CaptureFileResult[];
}

export interface WhyOptions {
  readonly rules: ParsedRules;
  readonly signature: Signature;
  readonly captures: readonly string[];
  readonly makeParsers: () => readonly RegisteredParser[];
  readonly opensMoreTunnels: boolean;
  readonly wallMs: () => number;
}

type Growing = { -readonly [Key in keyof FlowStory]: FlowStory[Key] };

interface Trace {
  readonly stories: Map<string, Growing>;
  readonly uncountedFlows: number;
  readonly captures: readonly CaptureFileResult[];
}

/**
 * Run the captures and tell of every flow that took at least the first step, the furthest first.
 *
 * @throws AgentError where a capture cannot be read at all
 */
export function explainCaptures(options: WhyOptions): WhyReport {
  const { rules, signature } = options;
  const stepwiseRule = stepwise(signature);
  // The rule itself stays among the others: it leaves its marks and decides about alerts as ever. A pass rule would end the
  // judging of its own steps, and has nothing else to do.
  const others = rules.signatures.filter((other) => other !== signature || signature.action !== "pass");
  const trace = traceSteps(options, stepwiseRule, others);
  const patient = others.filter(({ action }) => action !== "pass" && action !== "drop");
  if (patient.length < others.length) markEnded(trace, traceSteps(options, stepwiseRule, patient));
  const flows = [...trace.stories.values()].sort((a, b) => b.stepCount - a.stepCount || a.timeUs - b.timeUs);
  const { uncountedFlows, captures } = trace;
  return { steps: stepwiseRule.steps, flows, uncountedFlows, captures };
}

/** Mark flows on which the rule holds only where no other rule ends the judging. */
function markEnded({ stories }: Trace, without: Trace): void {
  for (const [key, story] of without.stories) {
    if (story.matchCount === 0 || (stories.get(key)?.matchCount ?? 0) > 0) continue;
    stories.set(key, { ...story, matchCount: 0, alertCount: 0, isEndedByOther: true });
  }
}

function traceSteps(
  options: WhyOptions,
  { steps, variants }: StepwiseRule,
  others: readonly Signature[],
): Trace {
  const { rules, signature } = options;
  const marked = variants.map((variant, step) => ({ ...variant, gid: STEP_GID, sid: step + 1 }));
  const image = compileRules([...others, ...marked], rules.classifications);
  const stepOf = new Int32Array(image.ruleCount).fill(-1);
  let target = -1;
  for (let rule = 0; rule < image.ruleCount; rule++) {
    const { gid, sid } = describeRule(image, rule);
    if (gid === STEP_GID) stepOf[rule] = sid - 1;
    else if (gid === signature.gid && sid === signature.sid) target = rule;
  }
  const stories = new Map<string, Growing>();
  let uncountedFlows = 0;
  const storyOf = (matcher: Matcher): Growing | undefined => {
    const key = flowKey(matcher);
    let story = stories.get(key);
    if (!story && stories.size < MAX_FLOWS) {
      const flow = flowText(matcher);
      const { timeUs } = matcher.endpoints;
      const counts = { stepCount: 0, matchCount: 0, alertCount: 0 };
      story = { flow, timeUs, ...counts, seen: undefined, isEndedByOther: false };
      stories.set(key, story);
    }
    if (!story) uncountedFlows++;
    return story;
  };
  const onMatch = (rule: number, matcher: Matcher): boolean => {
    const step = stepOf[rule]!;
    if (step < 0 && rule !== target) return true;
    const story = storyOf(matcher);
    if (!story) return true;
    if (step < 0) story.alertCount++;
    else if (step + 1 === steps.length) story.matchCount++;
    if (step + 1 <= story.stepCount) return true;
    story.stepCount = step + 1;
    story.flow = flowText(matcher);
    story.timeUs = matcher.endpoints.timeUs;
    story.seen = step + 1 < steps.length ? valueAt(steps[step + 1]!.place, matcher) : undefined;
    return true;
  };
  const sensor = new Sensor({
    image,
    interfaceName: "",
    flowLimits: DEFAULT_FLOW_LIMITS,
    makeParsers: options.makeParsers,
    onDetection: () => undefined,
    onMatch,
    wallMs: options.wallMs,
    opensMoreTunnels: options.opensMoreTunnels,
  });
  const captures = options.captures.map((path) => readCaptureFile(path, sensor));
  sensor.finish();
  return { stories, uncountedFlows, captures };
}

/** What stands at the place that a step looks at; undefined where there is nothing. */
function valueAt(place: StepPlace, matcher: Matcher): string | undefined {
  const { endpoints, message } = matcher;
  const { packet } = matcher.subject;
  switch (place.kind) {
    case "endpoint":
      if (place.part === "source") return formatAddress(endpoints.ipVersion, endpoints.source);
      if (place.part === "destination") return formatAddress(endpoints.ipVersion, endpoints.destination);
      if (!endpoints.hasPorts) return undefined;
      return String(place.part === "source_port" ? endpoints.sourcePort : endpoints.destinationPort);
    case "flow":
      return endpoints.flow < 0 ? undefined : endpoints.isEstablished ? "established" : "not_established";
    case "packet": {
      const number = packet ? packetNumber(place.value, packet) : -1;
      return number < 0 ? undefined : String(number);
    }
    case "number":
      return message?.hasNumber(place.field) ? String(message.number(place.field)) : undefined;
    case "events":
      return message && message.eventCount > 0
        ? [...message.events.subarray(0, message.eventCount)].map(eventName).join(", ")
        : undefined;
    case "field":
      return fieldValue(place.field, matcher);
    default:
      return undefined;
  }
}

function fieldValue(field: number, { message, subject }: Matcher): string | undefined {
  if (field === PAYLOAD_FIELD) return excerpt(subject.bytes, subject.offset, subject.length);
  if (!isMessageField(field) || !message) return undefined;
  const values: string[] = [];
  for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
    if (values.length === MAX_VALUES) return `${values.join(", ")}, …`;
    const text = excerpt(
      message.entryBytes[entry]!,
      message.entryOffset[entry]!,
      message.entryLength[entry]!,
    );
    values.push(text ?? '""');
  }
  return values.length === 0 ? undefined : values.join(", ");
}

function excerpt(bytes: Uint8Array, offset: number, length: number): string | undefined {
  if (length === 0) return undefined;
  const text = patternText(bytes.subarray(offset, offset + Math.min(length, MAX_SHOWN_BYTES)));
  return length > MAX_SHOWN_BYTES ? `${text}… (${length} bytes)` : text;
}

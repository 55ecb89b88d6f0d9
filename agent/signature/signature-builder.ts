import { STAGE_HEAD } from "../sensor/proto/message-view.js";
import { Protocol, type ProtocolId } from "../sensor/proto/protocols.js";
import { stageOf } from "./buffer-table.js";
import type { BufferSpec } from "./buffers/buffer-spec.js";
import { type Condition, type ContentCondition, isRelativeReading, type Operand } from "./condition.js";
import { RuleError } from "./rule-error.js";
import {
  type BitOperation,
  BOTH_DIRECTIONS,
  type FlowIntOperation,
  type MessageTest,
  type NumberListTest,
  PAYLOAD_FIELD,
  type PacketTest,
  PseudoField,
  type RecordTest,
  type ReputationTest,
  type Section,
  type Threshold,
  TO_CLIENT_BIT,
  TO_SERVER_BIT,
  type Transform,
} from "./signature.js";
import { isSameChain } from "./transform-names.js";

/** Most variables one rule may extract. */
const MAX_VARIABLES = 8;
/** Most transforms of one buffer; each works through all of it. */
const MAX_TRANSFORMS = 16;
/** Most conditions one rule may have: a bound on what one evaluation can cost. */
const MAX_CONDITIONS = 256;

const NO_VARIABLES = new Map<string, number>();

interface OpenBuffer {
  readonly spec: BufferSpec | undefined;
  readonly transforms: Transform[];
  section: Section | undefined;
}

/** Collects what the keywords of one rule say, in order. Keywords are its only callers. */
export class SignatureBuilder {
  sid = 0;
  gid = 1;
  rev = 0;
  message = "";
  classtype = "";
  priority: number | undefined;
  readonly references: string[] = [];
  /** As written; see parseMetadata. */
  metadata = "";
  /** Of all `flow` keywords together; 0 where there is none. */
  #flowDirections = 0;
  flowFlags = 0;
  readonly sections: Section[] = [];
  readonly packetTests: PacketTest[] = [];
  readonly reputationTests: ReputationTest[] = [];
  readonly messageTests: MessageTest[] = [];
  readonly numberListTests: NumberListTest[] = [];
  readonly recordTests: RecordTest[] = [];
  readonly messageEvents: number[] = [];
  readonly bits: BitOperation[] = [];
  readonly flowInts: FlowIntOperation[] = [];
  threshold: Threshold | undefined;
  isNoAlert = false;
  /** A pass rule that tells of itself. */
  isAlerting = false;
  /** What follows of the flow is not judged any more. */
  isBypassing = false;
  readonly notes: string[] = [];
  /** Whether what the rule asks for does not come here: it loads and is told of. */
  isSilent = false;

  /** What message tests and buffers say about the rule as a whole. */
  applicationProtocols: readonly ProtocolId[] | undefined;
  bufferDirections = BOTH_DIRECTIONS;
  stage = STAGE_HEAD;
  isMessageRule = false;

  asksForIpProtocol = false;
  /** Name of the last keyword that tests something: `prefilter` belongs to it. */
  lastTest = "";
  /** Contents with `rawbytes`: they stay on the payload. */
  readonly rawContents: ContentCondition[] = [];

  /** Few rules name any, and a map is dear to make. */
  #variables: Map<string, number> = NO_VARIABLES;
  #variableCounts: Map<string, number> = NO_VARIABLES;
  #open: OpenBuffer = { spec: undefined, transforms: [], section: undefined };
  #conditionCount = 0;
  #lastContent: ContentCondition | undefined;
  #newestContent: ContentCondition | undefined;
  #lastContentSection: Section | undefined;
  /** Where the last condition went. */
  #lastSection: Section | undefined;

  /**
   * @param file path of the file the rule stands in
   * @param headerProtocols what the header names, undefined where it names no application protocol
   * @param headerTransport numbers of the IP protocols the header names, undefined for all
   */
  constructor(
    readonly file: string,
    readonly headerProtocols: readonly ProtocolId[] | undefined,
    readonly headerTransport: readonly number[] | undefined,
  ) {}

  /** The rule loads, and nothing will make it alert. */
  neverFires(reason: string): void {
    this.isSilent = true;
    this.notes.push(`never fires: ${reason}`);
  }

  /** Later conditions look at this buffer; undefined: back to the payload (`pkt_data`). */
  openBuffer(spec: BufferSpec | undefined): void {
    if (spec?.field === PseudoField.BASE64_DATA && this.lastCondition?.kind !== "base64_decode") {
      throw new RuleError("base64_data: stands behind base64_decode");
    }
    if (spec) this.requireUsedBuffer();
    if (spec && !isOutside(spec.field) && this.openField === PseudoField.BASE64_DATA) {
      throw new RuleError("behind base64_data no other buffer can be opened");
    }
    this.#open = { spec, transforms: spec?.transforms?.slice() ?? [], section: undefined };
    // A buffer that is opened once more still has its last content.
    if (this.#lastContentSection?.field !== (spec?.field ?? PAYLOAD_FIELD)) this.#lastContent = undefined;
    this.#lastSection = undefined;
    if (spec) this.#narrow(spec);
  }

  /**
   * A transform of the open buffer. Behind a condition it begins another reading of the buffer, with this transform instead
   * of those before; the conditions that follow look there.
   */
  addTransform(transform: Transform): void {
    const { spec, section, transforms } = this.#open;
    if (!spec) throw new RuleError(`${transform.name}: no buffer is open`);
    if (spec.field === PseudoField.IP_SOURCE || spec.field === PseudoField.IP_DESTINATION) {
      throw new RuleError(`${transform.name}: addresses cannot be transformed`);
    }
    if (transforms.length >= MAX_TRANSFORMS) {
      throw new RuleError(`${transform.name}: more than ${MAX_TRANSFORMS} transforms of one buffer`);
    }
    if (section) this.#open = { spec, transforms: [transform], section: undefined };
    else transforms.push(transform);
  }

  addCondition(condition: Condition): void {
    const follows = this.#open.spec === undefined && isRelativeReading(condition);
    this.#append(follows && this.#lastSection ? this.#lastSection : this.#currentSection(), condition);
  }

  /** For `pcre` with a buffer letter and the old modifiers: into the section of that buffer. */
  addConditionTo(spec: BufferSpec, condition: Condition, transforms = spec.transforms ?? []): void {
    this.#narrow(spec);
    this.#append(this.#sectionFor(spec, transforms, false), condition);
  }

  /** Directions that a `flow` keyword allows: as in Suricata those of several add up. */
  addFlowDirections(directions: number): void {
    this.#flowDirections |= directions;
  }

  get flowDirections(): number {
    return this.#flowDirections === 0 ? BOTH_DIRECTIONS : this.#flowDirections;
  }

  /** @throws RuleError where a sticky buffer is open that nothing was asked of */
  requireUsedBuffer(): void {
    const { spec, section } = this.#open;
    if (!spec || section || spec.field === PseudoField.BASE64_DATA) return;
    // Opened again for a modifier alone.
    if (spec.isMultiple !== true && this.sections.some(({ field }) => field === spec.field)) return;
    throw new RuleError(`${spec.names[0] ?? "frame"}: nothing is asked of this buffer`);
  }

  /** Whether a sticky buffer is open. */
  get hasOpenBuffer(): boolean {
    return this.#open.spec !== undefined;
  }

  /** Field number of the open buffer, PAYLOAD_FIELD where none is open. */
  get openField(): number {
    return this.#open.spec?.field ?? PAYLOAD_FIELD;
  }

  /** Transforms of the open buffer, for conditions that come now. */
  get openTransforms(): readonly Transform[] {
    return this.#open.spec ? this.#open.transforms : [];
  }

  /** Whether the open buffer is transformed and nothing was asked of it yet. */
  get hasPendingTransforms(): boolean {
    const { spec, section, transforms } = this.#open;
    return section === undefined && transforms.length > (spec?.transforms?.length ?? 0);
  }

  isPayloadContent(content: ContentCondition): boolean {
    return this.#payloadConditions.includes(content);
  }

  /** Whether a content of the payload is the fast pattern already. */
  get hasPayloadFastPattern(): boolean {
    return this.#payloadConditions.some((known) => known.kind === "content" && known.fastPattern !== "no");
  }

  /** Whether something was looked for in the payload, so that a cursor stands there. */
  get hasPayloadMatch(): boolean {
    return this.#payloadConditions.some(({ kind }) => kind === "content" || kind === "pcre");
  }

  /** The content or expression in front of the last content, in its buffer. */
  searchBefore(content: ContentCondition): Condition | undefined {
    const conditions = this.#lastContentSection?.conditions ?? [];
    const before = conditions.slice(0, conditions.indexOf(content));
    return before.findLast(({ kind }) => kind === "content" || kind === "pcre");
  }

  get #payloadConditions(): readonly Condition[] {
    return this.sections.find(({ field }) => field === PAYLOAD_FIELD)?.conditions ?? [];
  }

  /** The condition before, in the buffer that is open. */
  get lastCondition(): Condition | undefined {
    return this.#lastSection?.conditions.at(-1);
  }

  /** The last content, whatever buffer it stands in: `fast_pattern` belongs to it. */
  get newestContent(): ContentCondition | undefined {
    return this.#newestContent;
  }

  /** The content a modifier belongs to. */
  lastContent(keyword: string): ContentCondition {
    if (!this.#lastContent) throw new RuleError(`${keyword}: no content stands before it`);
    return this.#lastContent;
  }

  /** Move the last content from the payload to `spec` (old modifiers such as `http_uri`). */
  moveLastContent(spec: BufferSpec, keyword: string): void {
    const content = this.lastContent(keyword);
    if (this.#open.spec) throw new RuleError(`${keyword}: cannot be mixed with the buffer that is open`);
    if (this.rawContents.includes(content)) throw new RuleError(`${keyword}: cannot be mixed with rawbytes`);
    const from = this.#lastContentSection!;
    from.conditions.splice(from.conditions.indexOf(content), 1);
    if (from.conditions.length === 0) this.sections.splice(this.sections.indexOf(from), 1);
    if (this.#open.section === from && from.conditions.length === 0) this.#open.section = undefined;
    this.#conditionCount--;
    // As in Suricata the old modifiers know no HTTP/2.
    if (spec.protocols.includes(Protocol.HTTP2) && spec.protocols.includes(Protocol.HTTP1)) {
      this.markMessageRule([Protocol.HTTP1], spec.directions);
    }
    this.addConditionTo(spec, content);
  }

  /** A test of a number of a message. */
  addMessageTest(test: MessageTest, protocols: readonly ProtocolId[], directions: number): void {
    this.messageTests.push(test);
    this.markMessageRule(protocols, directions);
  }

  /** A test of the records of a field. */
  addRecordTest(test: RecordTest, protocols: readonly ProtocolId[], directions: number): void {
    this.recordTests.push(test);
    this.markMessageRule(protocols, directions);
  }

  /** The rule needs a message of one of `protocols` in one of `directions`. */
  markMessageRule(protocols: readonly ProtocolId[], directions: number): void {
    this.isMessageRule = true;
    this.bufferDirections &= directions;
    this.applicationProtocols =
      this.applicationProtocols?.filter((protocol) => protocols.includes(protocol)) ?? protocols;
    if (this.applicationProtocols.length === 0) {
      throw new RuleError("the rule asks for fields of different protocols, which no message has");
    }
    if (this.bufferDirections === 0) {
      throw new RuleError("the rule mixes fields of requests and of responses, which no message has");
    }
  }

  /**
   * Number of the variable `name`. As in Suricata 7 each keyword counts its own, in each buffer anew: of two with one number the later
   * value counts.
   */
  defineVariable(name: string, keyword: "byte_extract" | "byte_math"): number {
    const known = this.#variables.get(name);
    if (known !== undefined) return known;
    if (!/^\w[\w.-]*$/.test(name)) throw new RuleError(`"${name}" is no name for a variable`);
    if (this.#variables.size === MAX_VARIABLES) {
      throw new RuleError(`more than ${MAX_VARIABLES} variables`);
    }
    if (this.#variables === NO_VARIABLES) [this.#variables, this.#variableCounts] = [new Map(), new Map()];
    const place = `${keyword} ${this.openField}`;
    const variable = this.#variableCounts.get(place) ?? 0;
    this.#variableCounts.set(place, variable + 1);
    this.#variables.set(name, variable);
    return variable;
  }

  /** A number between `min` and `max`, or a variable that was extracted before. */
  operand(text: string, keyword: string, min: number, max: number): Operand {
    const variable = this.#variables.get(text);
    if (variable !== undefined) return { variable };
    const number = /^[+-]?(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(number >= min && number <= max)) {
      throw new RuleError(`${keyword}: "${text}" is neither a number from ${min} to ${max} nor a variable`);
    }
    return number;
  }

  #currentSection(): Section {
    const open = this.#open;
    if (!open.section) {
      open.section = open.spec
        ? this.#sectionFor(open.spec, open.transforms, open.spec.isMultiple === true)
        : this.#payloadSection();
    }
    return open.section;
  }

  #payloadSection(): Section {
    const known = this.sections.find((section) => section.field === PAYLOAD_FIELD);
    if (known) return known;
    const section: Section = { field: PAYLOAD_FIELD, transforms: [], conditions: [] };
    this.sections.push(section);
    return section;
  }

  #sectionFor(spec: BufferSpec, transforms: readonly Transform[], isFresh: boolean): Section {
    const known = this.sections.find(
      (section) => section.field === spec.field && isSameChain(section.transforms, transforms),
    );
    if (known && !isFresh) return known;
    const section: Section = { field: spec.field, transforms, conditions: [] };
    this.sections.push(section);
    return section;
  }

  #append(section: Section, condition: Condition): void {
    if (++this.#conditionCount > MAX_CONDITIONS) {
      throw new RuleError(`more than ${MAX_CONDITIONS} conditions`);
    }
    section.conditions.push(condition);
    this.#lastSection = section;
    if (condition.kind !== "content") return;
    const letterCase = this.#open.section === section ? this.#open.spec?.letterCase : undefined;
    if (letterCase !== undefined)
      condition.pattern = condition.pattern.map((byte) => inCase(byte, letterCase));
    this.#lastContent = condition;
    this.#newestContent = condition;
    this.#lastContentSection = section;
  }

  #narrow(spec: BufferSpec): void {
    if (spec.isPseudo === true) return;
    this.markMessageRule(spec.protocols, spec.directions);
    this.stage = Math.max(this.stage, stageOf(spec));
  }

  /** Directions left by `flow` and the buffers; 0 where they contradict each other. */
  get directions(): number {
    return this.flowDirections & this.bufferDirections & (TO_SERVER_BIT | TO_CLIENT_BIT);
  }
}

/** Buffers that may be opened behind decoded bytes. */
function isOutside(field: number): boolean {
  const { BASE64_DATA, IP_SOURCE, IP_DESTINATION } = PseudoField;
  return field === BASE64_DATA || field === IP_SOURCE || field === IP_DESTINATION;
}

function inCase(byte: number, letterCase: "lower" | "upper"): number {
  const isUpper = byte >= 0x41 && byte <= 0x5a;
  const isLower = byte >= 0x61 && byte <= 0x7a;
  if (letterCase === "lower") return isUpper ? byte + 0x20 : byte;
  return isLower ? byte - 0x20 : byte;
}

import { PROTOCOL_NAMES, type ProtocolId } from "../sensor/proto/protocols.js";
import { IP_PROTOCOL_TCP } from "../sensor/wire/packet-view.js";
import { DEFAULT_PRIORITY } from "./classification.js";
import { Compare } from "./comparison.js";
import type { ContentCondition } from "./condition.js";
import { isSaidOfFiles } from "./file-kinds.js";
import type { RuleContext } from "./keywords/keyword.js";
import { keywordNamed } from "./keywords/keyword-table.js";
import { checkValueForm } from "./keywords/value-forms.js";
import { checkMixture } from "./rule-consistency.js";
import { RuleError } from "./rule-error.js";
import { ruleHeaderOf } from "./rule-header.js";
import type { RuleLine } from "./rule-lines.js";
import { cutRule, splitOptions } from "./rule-parser.js";
import type { RuleProtocol } from "./rule-protocol.js";
import { PAYLOAD_FIELD, PacketValue, type Section, type Signature } from "./signature.js";
import { SignatureBuilder } from "./signature-builder.js";
import { FILE_MAGIC_TRANSFORM } from "./transform-names.js";
import type { RuleVariables } from "./variables.js";

export interface ParserContext extends RuleContext {
  readonly variables: RuleVariables;
  /** Protocols the sensor has a parser for: a rule that needs another one could never match and is refused. */
  readonly supportedProtocols: ReadonlySet<ProtocolId>;
}

/**
 * Parse and check one rule.
 *
 * @throws RuleError with the reason for refusing it
 */
export function parseSignature(line: RuleLine, context: ParserContext): Signature {
  const cut = cutRule(line.text);
  const header = ruleHeaderOf(cut.header, context.variables);
  const { protocol } = header;
  const rule = new SignatureBuilder(line.file, protocol.applicationProtocols, protocol.ipProtocols);
  applyKeywords(rule, splitOptions(line.text, cut.start, cut.end), context);
  if (rule.sid === 0) throw new RuleError("sid is missing");
  checkMixture(rule, protocol);
  checkContents(rule);
  widenAwaitedNegation(rule);
  const applicationProtocols = commonProtocols(protocol, rule);
  requireParser(applicationProtocols, context);
  const { source, sourcePorts, destination, destinationPorts } = header.ends;
  const ipVersionTest = {
    value: PacketValue.IP_VERSION,
    operator: Compare.EQUAL,
    a: protocol.ipVersion,
    b: 0,
  };
  return {
    file: line.file,
    line: line.line,
    text: line.text,
    action: header.action,
    ipProtocols: protocol.ipProtocols,
    applicationProtocols,
    payloadMode: protocol.payloadMode,
    source,
    sourcePorts,
    destination,
    destinationPorts,
    isBidirectional: header.isBidirectional,
    sid: rule.sid,
    gid: rule.gid,
    rev: rule.rev,
    message: rule.message,
    classtype: rule.classtype,
    priority: rule.priority ?? context.classifications.get(rule.classtype)?.priority ?? DEFAULT_PRIORITY,
    references: compact(rule.references),
    metadata: rule.metadata,
    directions: rule.directions,
    flowFlags: rule.flowFlags,
    sections: filledSections(rule.sections),
    packetTests: protocol.ipVersion === 0 ? compact(rule.packetTests) : [ipVersionTest, ...rule.packetTests],
    reputationTests: compact(rule.reputationTests),
    messageTests: compact(rule.messageTests),
    numberListTests: compact(rule.numberListTests),
    recordTests: compact(rule.recordTests),
    messageEvents: compact(rule.messageEvents),
    bits: compact(rule.bits),
    flowInts: compact(rule.flowInts),
    thresholds: rule.threshold ? [rule.threshold] : NONE,
    suppressions: NONE,
    isSuppressed: false,
    isNoAlert: rule.isNoAlert || header.isConfig,
    isAlerting: rule.isAlerting,
    isBypassing: rule.isBypassing,
    stage: rule.stage,
    isMessageRule: rule.isMessageRule,
    isSilent: rule.isSilent,
    notes: compact(rule.notes),
  };
}

/** Cut from an array of objects, as all lists of signatures are: for V8 `[]` is one of numbers, and of another shape than a list with objects. */
const NONE: readonly never[] = [{} as never].slice(1);

/** What tens of thousands of rules keep until they are compiled: without the room that growing arrays have to spare. */
function compact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list.slice();
}

function filledSections(sections: readonly Section[]): readonly Section[] {
  if (sections.length === 0) return NONE;
  const filled: Section[] = [];
  for (const { field, transforms, conditions } of sections) {
    if (conditions.length > 0) filled.push({ field, transforms, conditions: conditions.slice() });
  }
  return compact(filled);
}

/** @param options names and values in turn */
function applyKeywords(
  rule: SignatureBuilder,
  options: readonly (string | undefined)[],
  context: RuleContext,
): void {
  let seen = 0;
  for (let i = 0; i < options.length; i += 2) {
    const [written, value] = [options[i]!, options[i + 1]];
    const known = keywordNamed(written);
    if (known === undefined) throw new RuleError(`keyword ${written}`);
    const { name, keyword, form, onceBit, isTest } = known;
    if ((seen & onceBit) !== 0) throw new RuleError(`${name}: a rule has one`);
    seen |= onceBit;
    if (form !== undefined) checkValueForm(name, form, value);
    keyword.apply(rule, value, context, name);
    if (isTest) rule.lastTest = name;
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function checkContents(rule: SignatureBuilder): void {
  for (const section of rule.sections) {
    const isMagic = section.transforms.some(({ name }) => name === FILE_MAGIC_TRANSFORM);
    for (const condition of section.conditions) {
      if (condition.kind === "content" && condition.isNegated && condition.fastPattern === "only") {
        throw new RuleError("fast_pattern:only cannot stand on a negated content");
      }
      if (!isMagic || (condition.kind === "content" && isSaidOfFiles(latin1(condition.pattern)))) continue;
      throw new RuleError("file.magic: what is asked for is not said of any kind of file known here");
    }
  }
}

/**
 * As in Suricata a rule of the payload that waits for a negated content is given up wherever that content is found, also
 * where it should only not stand at the end.
 */
function widenAwaitedNegation({ sections }: SignatureBuilder): void {
  let marked: ContentCondition | undefined;
  let longest: ContentCondition | undefined;
  let hasNegated = false;
  let hasPositive = false;
  for (const { field, conditions } of sections) {
    if (field !== PAYLOAD_FIELD) return;
    for (const condition of conditions) {
      if (condition.kind !== "content") continue;
      if (condition.isNegated) hasNegated = true;
      else hasPositive = true;
      if (condition.fastPattern !== "no") marked ??= condition;
      if (longest === undefined || condition.pattern.length > longest.pattern.length) longest = condition;
    }
  }
  if (!hasNegated || (marked === undefined && hasPositive)) return;
  const awaited = marked ?? longest;
  if (awaited?.isNegated !== true) return;
  const { offset, depth, distance, within } = awaited;
  if (offset === undefined && depth === undefined && distance === undefined && within === undefined)
    awaited.isEndsWith = false;
}

/** Protocols both the header and the buffers allow. */
function commonProtocols(header: RuleProtocol, rule: SignatureBuilder): readonly ProtocolId[] | undefined {
  const ofBuffers = rule.applicationProtocols;
  if (!header.applicationProtocols) {
    if (
      ofBuffers &&
      header.ipProtocols &&
      !header.ipProtocols.some((number) => number === IP_PROTOCOL_TCP || number === 17)
    ) {
      rule.neverFires("the protocol of the header carries none of the buffers");
    }
    return ofBuffers;
  }
  if (!ofBuffers) return header.applicationProtocols;
  const common = header.applicationProtocols.filter((protocol) => ofBuffers.includes(protocol));
  if (common.length === 0) throw new RuleError("the buffers do not belong to the protocol of the header");
  return common;
}

function requireParser(protocols: readonly ProtocolId[] | undefined, context: ParserContext): void {
  if (!protocols || protocols.some((protocol) => context.supportedProtocols.has(protocol))) return;
  throw new RuleError(`no parser for ${protocols.map((protocol) => PROTOCOL_NAMES[protocol]).join(", ")}`);
}

/** Whether a rule has conditions on the payload (packet or stream). */
export function hasPayloadSection(signature: Signature): boolean {
  return signature.sections.some((section) => section.field === PAYLOAD_FIELD);
}

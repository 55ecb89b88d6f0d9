/** Conditions of a rule in the syntax of rules again, normalised: the same in every language, safe to print. */
import { AppLayerEvent } from "../sensor/proto/app-layer-events.js";
import { Field, NumberField } from "../sensor/proto/fields.js";
import { BUFFERS } from "../signature/buffer-table.js";
import { Compare, type Comparison } from "../signature/comparison.js";
import type { Condition, ContentCondition, NumberReading, Operand } from "../signature/condition.js";
import {
  type BitOperation,
  type FlowIntOperation,
  PAYLOAD_FIELD,
  PacketValue,
  PseudoField,
  type Threshold,
  type Transform,
} from "../signature/signature.js";

/** Bytes of a pattern or of traffic shown at the most. */
export const MAX_SHOWN_BYTES = 64;

/** Keyword of a buffer; `payload` for the bytes above the transport header. */
export function bufferName(field: number): string {
  if (field === PAYLOAD_FIELD) return "payload";
  if (field === Field.FRAME || field === Field.HTTP_FRAME || field >= PseudoField.SIP_PDU) return "frame";
  return BUFFERS.find((buffer) => buffer.field === field)?.names[0] ?? `field ${field}`;
}

/** The same with its transforms: `http.uri | to_lowercase`. */
export function bufferWithTransforms(field: number, transforms: readonly Transform[]): string {
  return [bufferName(field), ...transforms.map(({ name }) => name)].join(" | ");
}

/** Name of a number of a message, as the source calls it, in lower case. */
export function numberFieldName(field: number): string {
  return nameOf(NumberField, field);
}

/** Name of a number of a packet. */
export function packetValueName(value: number): string {
  return nameOf(PacketValue, value);
}

export function eventName(event: number): string {
  return nameOf(AppLayerEvent, event);
}

function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  const found = Object.entries(table).find(([, number]) => number === value);
  return found ? found[0].toLowerCase() : String(value);
}

/** Bytes as in `content`: printable ones as they are, others in hexadecimal between bars. */
export function patternText(bytes: Uint8Array, limit = MAX_SHOWN_BYTES): string {
  let text = "";
  let isHex = false;
  const shown = Math.min(bytes.length, limit);
  for (let i = 0; i < shown; i++) {
    const byte = bytes[i]!;
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x7c && byte !== 0x22 && byte !== 0x5c;
    if (isPlain === isHex) text += "|";
    else if (isHex) text += " ";
    text += isPlain ? String.fromCharCode(byte) : byte.toString(16).padStart(2, "0");
    isHex = !isPlain;
  }
  return `"${text}${isHex ? "|" : ""}"${bytes.length > limit ? "…" : ""}`;
}

/** `= 5`, `> 5`, `5<>9` … */
export function comparisonText({ operator, a, b }: Comparison): string {
  switch (operator) {
    case Compare.EQUAL:
      return `= ${a}`;
    case Compare.NOT_EQUAL:
      return `!= ${a}`;
    case Compare.LESS:
      return `< ${a}`;
    case Compare.LESS_OR_EQUAL:
      return `<= ${a}`;
    case Compare.GREATER:
      return `> ${a}`;
    case Compare.GREATER_OR_EQUAL:
      return `>= ${a}`;
    case Compare.BETWEEN:
      return `${a}<>${b}`;
    case Compare.MASKED:
      return `& 0x${a.toString(16)} = 0x${b.toString(16)}`;
    case Compare.NOT_MASKED:
      return `& 0x${a.toString(16)} != 0x${b.toString(16)}`;
    default:
      return `& 0x${a.toString(16)}`;
  }
}

/** One condition, without the buffer it looks at. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "content":
      return contentText(condition);
    case "pcre":
      return `pcre:${not(condition.isNegated)}"/${shortened(condition.source)}/${condition.flags}${condition.isRelative ? "R" : ""}"`;
    case "isdataat":
      return `isdataat:${not(condition.isNegated)}${operandText(condition.count)}${condition.isRelative ? ",relative" : ""}`;
    case "bsize":
      return `bsize ${comparisonText(condition as Comparison)}`;
    case "byte_test":
      return `byte_test:${readingText(condition.reading)} ${not(condition.isNegated)}${condition.operator} ${operandText(condition.value)}`;
    case "byte_jump":
      return `byte_jump:${readingText(condition.reading)}, from ${condition.from}, multiplier ${condition.multiplier}`;
    case "byte_extract":
      return `byte_extract:${readingText(condition.reading)}, into variable ${condition.variable}`;
    case "byte_math":
      return `byte_math:${readingText(condition.reading)} ${condition.operator} ${operandText(condition.value)}, into variable ${condition.variable}`;
    case "base64_decode":
      return `base64_decode:bytes ${condition.byteCount}, offset ${condition.offset}${condition.isRelative ? ", relative" : ""}`;
    case "asn1":
      return `asn1: checks ${condition.checks} at ${condition.offset}${condition.isRelative ? " relative" : ""}`;
    case "dataset":
      return `dataset:${condition.command},${condition.set.name}`;
    default:
      return `datarep:${condition.set.name}, ${condition.operator}, ${condition.reputation}`;
  }
}

function contentText(content: ContentCondition): string {
  const parts = [`content:${not(content.isNegated)}${patternText(content.pattern)}`];
  if (content.isNocase) parts.push("nocase");
  for (const name of ["offset", "depth", "distance", "within"] as const) {
    const operand = content[name];
    if (operand !== undefined) parts.push(`${name}:${operandText(operand)}`);
  }
  if (content.isEndsWith) parts.push("endswith");
  return parts.join("; ");
}

export function operandText(operand: Operand): string {
  return typeof operand === "number" ? String(operand) : `variable ${operand.variable}`;
}

function readingText(reading: NumberReading): string {
  const { byteCount, offset, isRelative, base } = reading;
  const order = reading.isDcerpcEndian
    ? " in the call's byte order"
    : reading.isLittleEndian
      ? " little-endian"
      : "";
  const form = base === 0 ? order : ` digits of base ${base}`;
  return `${operandText(byteCount)} bytes${form} at ${operandText(offset)}${isRelative ? " relative" : ""}`;
}

export function bitText({ kind, operation, names, track, pattern }: BitOperation): string {
  if (pattern !== undefined) return `${kind}:${names[0]},${patternText(pattern)}`;
  return `${kind}:${operation},${names.join("|")}${track === "flow" ? "" : `,track ${track}`}`;
}

export function flowIntText({ name, operation, value }: FlowIntOperation): string {
  return `flowint:${name},${operation}${operation.endsWith("set") ? "" : `,${value}`}`;
}

export function thresholdText({ type, track, count, seconds }: Threshold): string {
  return `${type}: track ${track}, count ${count}, seconds ${seconds}`;
}

function not(isNegated: boolean): string {
  return isNegated ? "!" : "";
}

function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

/** Tests of numbers and events that a message carries, as the programs of rules ask them. */
import type { RuleImage } from "../../signature/image.js";
import { Op } from "../../signature/program.js";
import { type MessageView, STAGE_HEAD } from "../proto/message-view.js";
import { compares } from "./comparison.js";

/** Whether the instruction at `at` holds: MESSAGE_TEST, MESSAGE_NUMBER_IN, RECORD_TEST or MESSAGE_EVENT. */
export function messageTestHolds(image: RuleImage, at: number, message: MessageView | undefined): boolean {
  if (message === undefined) return false;
  const words = image.program;
  const field = words[at + 2]!;
  switch (words[at]) {
    case Op.MESSAGE_TEST: {
      if (!message.hasNumber(field)) return false;
      const a = image.numbers[words[at + 4]!]!;
      return compares(words[at + 3]!, message.number(field), a, image.numbers[words[at + 5]!]!);
    }
    case Op.MESSAGE_NUMBER_IN:
      return message.hasNumber(field) && isListed(image, at, message.number(field)) !== (words[at + 3] === 1);
    case Op.RECORD_TEST:
      return recordHolds(image, at, message);
    default:
      return eventsHold(words, at, message);
  }
}

function isListed(image: RuleImage, at: number, value: number): boolean {
  const words = image.program;
  for (let i = at + 4; i < words[at + 1]!; i++) {
    if (words[i] === value) return true;
  }
  return false;
}

/** Whether a record of any instance of the field has the key and a value that compares. */
function recordHolds(image: RuleImage, at: number, message: MessageView): boolean {
  const words = image.program;
  const keyBytes = words[at + 3]!;
  const valueBytes = words[at + 4]!;
  const a = image.numbers[words[at + 7]!]!;
  const b = image.numbers[words[at + 8]!]!;
  const field = words[at + 2]!;
  const recordBytes = keyBytes + valueBytes;
  const numberField = words[at + 9]!;
  if (numberField >= 0 && message.first(field) < 0) {
    return message.hasNumber(numberField) && compares(words[at + 6]!, message.number(numberField), a, b);
  }
  for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
    const bytes = message.entryBytes[entry]!;
    const end = message.entryOffset[entry]! + message.entryLength[entry]!;
    for (let from = message.entryOffset[entry]!; from + recordBytes <= end; from += recordBytes) {
      if (readNumber(bytes, from, keyBytes) !== words[at + 5]!) continue;
      if (compares(words[at + 6]!, readNumber(bytes, from + keyBytes, valueBytes), a, b)) return true;
    }
  }
  return false;
}

/** A big-endian number; 0 of no bytes. */
function readNumber(bytes: Uint8Array, offset: number, byteCount: number): number {
  let value = 0;
  for (let i = 0; i < byteCount; i++) value = value * 256 + bytes[offset + i]!;
  return value;
}

function eventsHold(words: RuleImage["program"], at: number, message: MessageView): boolean {
  let isNews = words[at + 2] === 0 || (message.stage === STAGE_HEAD && !message.isAboutEvents);
  for (let i = at + 3; i < words[at + 1]!; i++) {
    const place = message.placeOfEvent(words[i]!);
    if (place < 0) return false;
    if (place >= message.toldEventCount) isNews = true;
  }
  return isNews;
}

/** What a step of the record layer leads to. */
import { Parsed, type ParsedCode, type ParserInput } from "../parser.js";
import type { TlsSide } from "./tls-state.js";

/** Nothing to report, go on with the rest of the input. */
export const CONTINUE = -1;
export type Step = ParsedCode | typeof CONTINUE;

/** Leave out `length` bytes of the record body, also those that have not arrived. */
export function skip(side: TlsSide, input: ParserInput, length: number): Step {
  const taken = Math.min(length, input.end - input.offset);
  input.offset += taken;
  side.recordRemaining -= length;
  if (taken === length) return CONTINUE;
  input.skipBytes = length - taken;
  return side.isDone ? CONTINUE : Parsed.NEED_MORE;
}

/** What the rule language knows of one buffer. Buffers stand in files by family; buffer-table.ts joins them. */
import type { ProtocolId } from "../../sensor/proto/protocols.js";
import type { Transform } from "../signature.js";

/** A buffer that rules can look at: which keyword opens it, and what using it says about the rule. */
export interface BufferSpec {
  /** Sticky buffer names: the modern one first, then aliases. */
  readonly names: readonly string[];
  /** Old names that stand behind a content instead of before it. */
  readonly modifiers?: readonly string[];
  /** Letter by which `pcre` names the buffer. */
  readonly pcreLetter?: string;
  readonly field: number;
  /** What stands between the field and the buffer. */
  readonly transforms?: readonly Transform[];
  readonly protocols: readonly ProtocolId[];
  readonly directions: number;
  readonly stage?: number;
  /** The field is always in this case, and what rules ask for is brought into it. */
  readonly letterCase?: "lower" | "upper";
  /** Every opening of the buffer may be another instance of the field. */
  readonly isMultiple?: boolean;
  /** Not a field of a message: says nothing about protocol and direction. */
  readonly isPseudo?: boolean;
}

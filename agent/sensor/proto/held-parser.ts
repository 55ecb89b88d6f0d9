/**
 * A parser as the hot path holds it: what is asked of it with every packet stands in an object of one shape. Parsers are of some
 * thirty, and V8 looks each property of them up in a table.
 */
import { DEFAULT_STATE_BYTES, type ProtocolParser } from "./parser.js";
import type { ProtocolId } from "./protocols.js";

export class HeldParser {
  readonly parser: ProtocolParser<unknown>;
  readonly protocol: ProtocolId;
  readonly stateBytes: number;
  /** It may go on behind a hole. */
  readonly mayPassGap: boolean;
  /** It makes do with the part of a step in front of a hole. */
  readonly joinsOverGap: boolean;
  readonly readsUpToGap: boolean;
  /** It parses connections that other flows announce. */
  readonly mayClaim: boolean;
  /** Its states hold memory that flows share. */
  readonly isReleased: boolean;
  readonly probe: ProtocolParser<unknown>["probe"];
  readonly parse: ProtocolParser<unknown>["parse"];

  constructor(parser: ProtocolParser<unknown>) {
    this.parser = parser;
    this.protocol = parser.protocol;
    this.stateBytes = parser.stateBytes ?? DEFAULT_STATE_BYTES;
    this.mayPassGap = parser.passGap !== undefined;
    this.joinsOverGap = parser.joinsOverGap === true;
    this.readsUpToGap = parser.readsUpToGap === true;
    this.mayClaim = parser.claim !== undefined;
    this.isReleased = parser.release !== undefined;
    this.probe = parser.probe;
    this.parse = parser.parse;
  }
}

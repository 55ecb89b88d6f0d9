/** How the units of one protocol lie in a stream, and which parts of a unit rules can look at. */
import type { DirectionId } from "../protocols.js";
import type { FrameKindId } from "./frame-kinds.js";

/** Takes one part of a unit. */
export type FrameTeller = (kind: FrameKindId, bytes: Uint8Array, offset: number, length: number) => void;

/** What the units of one flow have said that later ones need. */
export interface FlowNotes {
  /** Version of NFS that the last call asked for, 0 where there was none. */
  nfsVersion: number;
  readonly rfb: RfbNotes;
}

export interface RfbNotes {
  /** The last digit of the client's version, and the way to log on that was chosen; 0 before that. */
  version: number;
  security: number;
  /** How far each direction has come. */
  readonly steps: Uint8Array;
}

/** What `measure` says of octets that are no unit of the protocol: the stream is not read any further. */
export const NOT_FRAMED = -1;
/** The unit is longer than what is there, by how much is not known yet. */
export const NOT_KNOWN = 0;

export interface FrameSplitter {
  /** As in Suricata units of some protocols are told although they are cut. */
  readonly tellsCut: boolean;
  /** Octets of the unit at `offset`, also where they reach beyond `end`; NOT_KNOWN or NOT_FRAMED. */
  measure(bytes: Uint8Array, offset: number, end: number, direction: DirectionId, notes: FlowNotes): number;
  /** Tell the parts of the unit in [offset, end), which may be cut. */
  tell(
    bytes: Uint8Array,
    offset: number,
    end: number,
    direction: DirectionId,
    notes: FlowNotes,
    tell: FrameTeller,
  ): void;
}

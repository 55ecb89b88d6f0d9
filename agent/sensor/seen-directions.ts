/** Owns in which directions of a flow a packet was judged already. Memory: one byte of the flow's row. */
import { type FlowRows, ROW_BYTES, RowPart } from "./flow/flow-rows.js";
import type { DirectionId } from "./proto/protocols.js";

export class SeenDirections {
  /** Bits by direction. */
  readonly #seen: Uint8Array;

  constructor(rows: FlowRows) {
    this.#seen = rows.uint8(RowPart.READER_STATES + 1);
  }

  /** Whether no packet of this direction was judged before; from now on one was. */
  isFirst(flow: number, direction: DirectionId): boolean {
    const seen = this.#seen[flow * ROW_BYTES]!;
    const bit = 1 << direction;
    if ((seen & bit) !== 0) return false;
    this.#seen[flow * ROW_BYTES] = seen | bit;
    return true;
  }

  isSeen(flow: number, direction: DirectionId): boolean {
    return (this.#seen[flow * ROW_BYTES]! & (1 << direction)) !== 0;
  }

  /** The flow's slot is given to another flow. */
  release(flow: number): void {
    this.#seen[flow * ROW_BYTES] = 0;
  }
}

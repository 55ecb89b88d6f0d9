/**
 * Cells for each flow in blocks beside each other: room for more is another block, so that nothing that stands already is moved.
 * Memory is taken from the system when a flow's cells are first written.
 */
export class MarkBlock<Cells extends Uint32Array | Float64Array> {
  /** Cells before those of this block. */
  readonly start: number;
  readonly end: number;
  readonly width: number;
  cells: Cells;
  next: MarkBlock<Cells> | undefined;

  constructor(start: number, width: number, cells: Cells) {
    this.start = start;
    this.end = start + width;
    this.width = width;
    this.cells = cells;
  }
}

/** The block with cell number `cell`. */
export function blockWith<Cells extends Uint32Array | Float64Array>(
  first: MarkBlock<Cells>,
  cell: number,
): MarkBlock<Cells> {
  let block = first;
  while (cell >= block.end) block = block.next!;
  return block;
}

export function lastBlock<Cells extends Uint32Array | Float64Array>(
  first: MarkBlock<Cells>,
): MarkBlock<Cells> {
  let block = first;
  while (block.next !== undefined) block = block.next;
  return block;
}

/** Zero all cells of a flow. */
export function wipeFlow<Cells extends Uint32Array | Float64Array>(
  first: MarkBlock<Cells>,
  flow: number,
): void {
  for (let block: MarkBlock<Cells> | undefined = first; block !== undefined; block = block.next) {
    block.cells.fill(0, flow * block.width, (flow + 1) * block.width);
  }
}

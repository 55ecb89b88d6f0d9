/**
 * Moves what the packet at hand brings (the chain of its flow) into the heads of the readers, with what they left unread. The head of
 * the payload rules takes holes along: their bytes may still come before they are looked at. Memory: none of its own.
 */
import { WORTH_HIGH, WORTH_LOW } from "./block-pool.js";
import { FLOW_ESTABLISHED } from "./flow-state.js";
import type { FlowTable } from "./flow-table.js";
import type { StreamAssembly } from "./stream-assembly.js";
import { APP, GAP_TOLD, HAS_GAP, IS_STOPPED, JOINS, RAW, type StreamHeads } from "./stream-heads.js";

export class HeadFiller {
  /** Unread bytes dropped because a reader took nothing although its head was full. */
  droppedBytes = 0;
  readonly #heads: StreamHeads;
  readonly #assembly: StreamAssembly;
  readonly #table: FlowTable;
  readonly #rawDepthBytes: number;

  /** @param table knows which flows are established: their heads are the last to lose their memory */
  constructor(heads: StreamHeads, assembly: StreamAssembly, table: FlowTable, rawDepthBytes: number) {
    this.#heads = heads;
    this.#assembly = assembly;
    this.#table = table;
    this.#rawDepthBytes = rawDepthBytes;
  }

  /** Bytes of the direction that the packet at hand brings, holes included. */
  chainBytes(d: number): number {
    const { chain } = this.#assembly;
    return d >> 1 === chain.flow ? chain.length[d & 1]! : 0;
  }

  /** How much of the chain is for this reader: RAW stops at its depth. */
  limit(d: number, reader: number): number {
    const chain = this.chainBytes(d);
    if (reader === APP || chain === 0) return chain;
    const start = this.#assembly.received(d) - chain;
    return Math.max(0, Math.min(chain, this.#rawDepthBytes - start));
  }

  /** Where the bytes that follow `taken` without a hole end; negative: a hole follows, up to there. */
  run(d: number, taken: number, limit: number): number {
    if (this.#assembly.chain.pieces[d & 1] === 0) return limit;
    return Math.min(this.#assembly.chain.runEnd(d, taken), limit);
  }

  /** A reader that was told of a hole goes on behind it. */
  passToldHole(d: number, reader: number): void {
    const r = d * 2 + reader;
    const flags = this.#heads.flags(r);
    if ((flags & JOINS) === 0) this.#heads.clear(r);
    this.#heads.setFlags(r, flags & ~(GAP_TOLD | JOINS));
    const t = (d & 1) * 2 + reader;
    const limit = this.limit(d, reader);
    if (limit === 0 || this.#assembly.chain.taken[t]! >= limit) return;
    const run = this.run(d, this.#assembly.chain.taken[t]!, limit);
    if (run < 0) this.#assembly.chain.taken[t] = Math.min(-run, limit);
  }

  /** Position in the stream of the first byte of a reader's head, or of the first that would come into it. */
  headPosition(d: number, reader: number): number {
    const { chain } = this.#assembly;
    const taken = d >> 1 === chain.flow ? chain.taken[(d & 1) * 2 + reader]! : 0;
    return this.#assembly.received(d) - this.chainBytes(d) + taken - this.#heads.length(d * 2 + reader);
  }

  /** Move as much of the chain into the reader's head as it may hold. */
  fill(d: number, reader: number, limit: number): void {
    const heads = this.#heads;
    const r = d * 2 + reader;
    const t = (d & 1) * 2 + reader;
    const taken = this.#assembly.chain.taken[t]!;
    const length = heads.length(r);
    const byteCount = Math.min(limit - taken, heads.capacityBytes - length);
    if (byteCount <= 0) return;
    const isEstablished = this.#table.state(d >> 1) === FLOW_ESTABLISHED;
    const worth = reader === APP && isEstablished ? WORTH_HIGH : WORTH_LOW;
    const isKept = heads.reserve(r, length + byteCount, worth);
    if (!isKept || !this.#assembly.chain.copy(d, taken, byteCount, r)) {
      heads.clear(r);
      heads.markGap(r);
      this.droppedBytes += length + byteCount;
    }
    this.#assembly.chain.taken[t] = taken + byteCount;
  }

  /** Move what the chain has into the payload rules' head, with its holes: their bytes may still come before they are looked at. */
  absorb(d: number, limit: number): void {
    const r = d * 2 + RAW;
    const { taken } = this.#assembly.chain;
    const t = (d & 1) * 2 + RAW;
    while (taken[t]! < limit && (this.#heads.flags(r) & (HAS_GAP | IS_STOPPED)) === 0) {
      const run = this.run(d, taken[t]!, limit);
      if (run < 0) {
        if (!this.#keepHole(d, Math.min(-run, limit) - taken[t]!)) return;
      } else {
        this.fill(d, RAW, run);
        if (taken[t]! < run) return;
      }
    }
  }

  /** The next `byteCount` bytes of the chain have not come: keep their place. False: there is no room. */
  #keepHole(d: number, byteCount: number): boolean {
    const heads = this.#heads;
    const r = d * 2 + RAW;
    const length = heads.length(r);
    if (length + byteCount > heads.capacityBytes) return false;
    if (!heads.reserve(r, length + byteCount, WORTH_LOW)) {
      heads.clear(r);
      heads.markGap(r);
      this.droppedBytes += length;
      return false;
    }
    const from = this.headPosition(d, RAW) + length;
    if (!this.#assembly.holes.add(d, from, from + byteCount)) return false;
    heads.extend(r, byteCount);
    const t = (d & 1) * 2 + RAW;
    this.#assembly.chain.taken[t] = this.#assembly.chain.taken[t]! + byteCount;
    return true;
  }

  /** Put what is left of the chain into the reader's head, up to the first hole it does not know of. */
  keepUnread(d: number, reader: number): void {
    const heads = this.#heads;
    const r = d * 2 + reader;
    if (heads.isStopped(r)) return;
    if ((heads.flags(r) & GAP_TOLD) !== 0) this.passToldHole(d, reader);
    const t = (d & 1) * 2 + reader;
    const limit = this.limit(d, reader);
    if (reader === RAW && this.#assembly.chain.pieces[d & 1]! > 0) this.absorb(d, limit);
    const taken = this.#assembly.chain.taken[t]!;
    if (taken >= limit) return;
    // A reader that did not come to hear of a hole loses what follows it too: the hole just gets longer.
    const run = (heads.flags(r) & HAS_GAP) === 0 ? this.run(d, taken, limit) : -1;
    if (run > 0) this.fill(d, reader, run);
    const left = limit - this.#assembly.chain.taken[t]!;
    if (left === 0) return;
    this.droppedBytes += left;
    if (this.#assembly.chain.taken[t]! < run) {
      // Its head was full, and it took nothing.
      this.droppedBytes += heads.length(r);
      heads.clear(r);
    }
    heads.markGap(r);
  }
}

/**
 * Owns what leaves the chain's folder: whole segments, the oldest first, when they are too old or together too large. Those in
 * whose time a held incident falls move to a room of their own instead. Seals never leave: with them the rest stays provable.
 */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFolder } from "../base/state-folder.js";
import type { Hold } from "./hold-book.js";
import { HELD_FOLDER, listSegments, type SegmentFile } from "./segment.js";

export interface RetentionLimits {
  /** Of segments that no hold keeps. */
  readonly budgetBytes: number;
  /** Of those that only a hold keeps. */
  readonly holdBytes: number;
  readonly retentionMs: number;
}

/** What has left, or would have to. */
export interface Departure {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly reason: "age" | "room" | "released" | "hold_full";
}

/** Segments that leave for their age in one go: a clock that jumps must not empty the folder at once. */
const MAX_AGED = 1;

/** @param nowMs wall time; undefined where the clock cannot be right */
export function giveUpOld(
  folder: string,
  limits: RetentionLimits,
  holds: readonly Hold[],
  nowMs: number | undefined,
): readonly Departure[] {
  const departures: Departure[] = [];
  const all = listSegments(folder);
  const closed = all.filter((file) => file.closed && !file.isHeld);
  const held = all.filter(({ isHeld }) => isHeld);
  let heldBytes = sum(held);
  for (const file of held.filter((one) => !isHeldBy(holds, one))) {
    departures.push(remove(file, "released"));
    heldBytes -= file.bytes;
  }
  let bytes = sum(all) - sum(held);
  let aged = 0;
  for (const file of closed) {
    const isOld = nowMs !== undefined && nowMs - file.closed!.toMs > limits.retentionMs && aged < MAX_AGED;
    const isTooMuch = bytes > limits.budgetBytes;
    if (!isOld && !isTooMuch) break;
    if (!isHeldBy(holds, file)) departures.push(remove(file, isOld ? "age" : "room"));
    else if (heldBytes + file.bytes <= limits.holdBytes) {
      renameSync(file.path, join(folder, HELD_FOLDER, file.name));
      syncFolder(join(folder, HELD_FOLDER));
      heldBytes += file.bytes;
    } else departures.push(remove(file, "hold_full"));
    bytes -= file.bytes;
    if (isOld) aged++;
  }
  if (departures.length > 0) syncFolder(folder);
  return departures;
}

/** Bytes that a hold over a time would keep besides those that are kept already. */
export function bytesOfHold(folder: string, holds: readonly Hold[], wanted: Hold): number {
  const files = listSegments(folder).filter(({ closed }) => closed);
  return sum(files.filter((file) => isHeldBy([...holds, wanted], file)));
}

function isHeldBy(holds: readonly Hold[], { closed }: SegmentFile): boolean {
  return holds.some(
    ({ fromMs, toMs }) => closed!.toMs >= fromMs && (toMs === null || closed!.fromMs <= toMs),
  );
}

function remove(file: SegmentFile, reason: Departure["reason"]): Departure {
  rmSync(file.path);
  return { first: file.first, last: file.closed!.last, bytes: file.bytes, reason };
}

function sum(files: readonly SegmentFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

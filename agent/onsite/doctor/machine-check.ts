/** Disk, memory and clock of the box. */
import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { ClockQuality } from "../../base/clock-quality.js";
import { reasonOf } from "../../base/errors.js";
import { type Finding, finding } from "./finding.js";

const MIB = 1024 * 1024;
/** With less, not even the ballast helps for long. */
const LEAST_DISK_MIB = 16;
const LEAST_MEMORY_MIB = 64;
const MOST_WEAR_PERCENT = 80;
const MEMORY_LINE = /^MemAvailable:\s+(\d+) kB$/m;

/**
 * Room and rights where the store lies.
 *
 * @param storePath the database file
 * @param usedBytes what the store has of its budget already
 */
export function checkStore(storePath: string, budgetMib: number, usedBytes: number): Finding[] {
  const path = dirname(storePath);
  try {
    accessSync(path, constants.F_OK);
  } catch {
    return [finding("store.missing", { path })];
  }
  const trouble = writingTrouble(path, storePath);
  if (trouble !== undefined) return [trouble];
  const { bavail, bsize } = statfsSync(path);
  const free = Math.floor((bavail * bsize) / MIB);
  if (free < LEAST_DISK_MIB) return [finding("store.full", { path, free })];
  const missing = budgetMib - usedBytes / MIB;
  return missing > free ? [finding("store.tight", { path, free, budget: budgetMib })] : [];
}

function writingTrouble(path: string, storePath: string): Finding | undefined {
  const probe = join(path, `.doctor-${process.pid}`);
  try {
    writeFileSync(probe, "", { flag: "wx" });
    unlinkSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EROFS") return finding("store.read_only", { path });
    if (code === "ENOSPC") return finding("store.full", { path, free: 0 });
    if (code !== "EACCES" && code !== "EPERM") throw new Error(reasonOf(error), { cause: error });
    return finding("store.forbidden", { path, owner: process.getuid?.() ?? "-" });
  }
  // Root may write everywhere; the agent is the user to whom the database belongs.
  const owner = ownerOf(storePath);
  const folder = statSync(path);
  if (owner !== undefined && folder.uid !== owner && (folder.mode & 0o022) === 0) {
    return finding("store.forbidden", { path, owner });
  }
  return undefined;
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** Flash memory that says how much of its life is used (eMMC 5.0, EXT_CSD DEVICE_LIFE_TIME_EST: steps of ten percent). */
export function checkDiskWear(blockFolder = "/sys/block"): Finding[] {
  const devices = readdirSync(blockFolder);
  return devices.flatMap((subject) => {
    const text = textOf(join(blockFolder, subject, "device", "life_time"));
    const steps = text.split(/\s+/).map((word) => Number.parseInt(word, 16) || 0);
    const percent = Math.max(...steps) * 10;
    return percent >= MOST_WEAR_PERCENT
      ? [finding("disk.worn", { subject, percent: Math.min(100, percent) })]
      : [];
  });
}

export function checkMemory(meminfoPath = "/proc/meminfo"): Finding[] {
  const kib = MEMORY_LINE.exec(textOf(meminfoPath))?.[1];
  const free = Math.floor(Number(kib ?? Number.POSITIVE_INFINITY) / 1024);
  return free < LEAST_MEMORY_MIB ? [finding("memory.low", { free })] : [];
}

export function checkClock(quality: ClockQuality, timeText: string): Finding[] {
  if (quality === "unset") return [finding("clock.unset", { time: timeText })];
  return quality === "free" ? [finding("clock.free")] : [];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

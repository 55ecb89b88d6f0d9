import { accessSync, constants, statfsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const MEMORY = "/dev/shm";
/** Containers often have too little there. */
const ROOM_BYTES = 512 * 1024 * 1024;

/** A directory of the running test's own, removed when the test ends. */
export function temporaryDirectory(): Promise<string> {
  return makeIn(tmpdir());
}

/**
 * The same in memory where the system has that: for tests of what a process does, which a killed process leaves behind
 * there as anywhere, and not of what a disk keeps. A synchronisation costs nothing there.
 */
export function memoryDirectory(): Promise<string> {
  return makeIn(hasMemory() ? MEMORY : tmpdir());
}

function hasMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

async function makeIn(parent: string): Promise<string> {
  const path = await mkdtemp(join(parent, "sekisho-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

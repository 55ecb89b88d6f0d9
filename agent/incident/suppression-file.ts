/**
 * Owns the file in which suppressions stand: `suppressions.json` beside the store. The command line writes it, the
 * agent reads it when it starts and when it has changed; neither needs the other to run.
 *
 * A change is written beside it and renamed over it, so that a reader or a power cut finds the old file or the new one.
 * Bound: 1,000 suppressions, 2 MiB.
 */
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";
import { parseSuppressions, type Suppression } from "./suppression.js";

const NAME = "suppressions.json";
const MAX_BYTES = 2 * 1024 * 1024;
/** A lock left behind by a command that was killed is taken over after this time. */
const LOCK_MS = 10_000;
const LOCK_POLL_MS = 50;

/** The file that goes with a store. */
export function suppressionFileFor(storePath: string): string {
  return join(dirname(storePath), NAME);
}

/**
 * The suppressions in a file; none where there is no file.
 *
 * @throws AgentError where it cannot be read or is not what the command line writes
 */
export async function readSuppressions(file: string): Promise<readonly Suppression[]> {
  let content: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new AgentError("error.suppressions.form", { file });
    content = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    if (error instanceof AgentError) throw error;
    throw new AgentError(
      "error.suppressions.unreadable",
      { file, reason: reasonOf(error) },
      { cause: error },
    );
  }
  const suppressions = parseSuppressions(content);
  if (!suppressions) throw new AgentError("error.suppressions.form", { file });
  return suppressions;
}

/**
 * Change the file: read, let `change` make the new list, write. Commands that run at the same time wait for each other.
 *
 * @throws AgentError where the file cannot be read or written
 */
export async function changeSuppressions(
  file: string,
  change: (suppressions: readonly Suppression[]) => readonly Suppression[],
): Promise<void> {
  const lock = `${file}.lock`;
  try {
    await acquire(lock);
  } catch (error) {
    throw new AgentError(
      "error.suppressions.unwritable",
      { file, reason: reasonOf(error) },
      { cause: error },
    );
  }
  try {
    const changed = change(await readSuppressions(file));
    await replace(file, `${JSON.stringify({ v: 1, suppressions: changed }, undefined, 2)}\n`);
  } finally {
    await rm(lock, { force: true });
  }
}

async function acquire(lock: string): Promise<void> {
  for (;;) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const status = await stat(lock).catch(() => undefined);
      if (status && Math.abs(Date.now() - status.mtimeMs) > LOCK_MS) await rm(lock, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

async function replace(file: string, content: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    // The agent runs as another user than whoever suppresses; nothing in here is a secret of the box.
    const handle = await open(draft, "w", 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    const folder = await open(dirname(file), "r");
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new AgentError(
      "error.suppressions.unwritable",
      { file, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

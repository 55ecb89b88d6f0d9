/**
 * Owns that one process at a time changes the rule sets: the agent, or a command while no agent runs. The lock is a file with
 * process, its start and the machine's, so that what a killed process or a power cut has left is known as such.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentError, reasonOf } from "../base/errors.js";

const NAME = "lock";
/** A lock that was left is taken away once; who is then still in the way lives. */
const ATTEMPTS = 2;

/**
 * Take the lock of a folder.
 *
 * @returns what gives it back
 * @throws AgentError where another process has it or the folder cannot be written
 */
export function acquireLock(folder: string): () => void {
  const path = join(folder, NAME);
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, holderText(process.pid), { mode: 0o600 });
    for (let attempt = 1; ; attempt++) {
      try {
        // A link is there with its content or not at all.
        linkSync(own, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        const pid = livingHolder(path);
        if (pid !== undefined || attempt === ATTEMPTS) {
          throw new AgentError("error.rule_sets.locked", { pid: pid ?? "?" });
        }
        rmSync(path, { force: true });
      }
    }
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("error.rule_sets.disk", { path: folder, reason: reasonOf(error) }, { cause: error });
  } finally {
    rmSync(own, { force: true });
  }
}

/** The process that holds the lock, if it lives. */
function livingHolder(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const pid = Number(text.split(" ")[0]);
    return Number.isInteger(pid) && pid > 0 && holderText(pid) === text ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Process, when it was started (field 22 of proc(5)'s stat), and which start of the machine that was. */
function holderText(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return `${pid} ${started} ${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}`;
}

/**
 * Owns that one process at a time changes a folder of the agent's state: the agent, or a command while no agent runs. The lock is a file with
 * process, its start and the machine's, so that what a killed process or a power cut has left is known as such.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentError, type ErrorCode, reasonOf } from "./errors.js";

const NAME = "lock";
/** A lock that was left is taken away once; who is then still in the way lives. */
const ATTEMPTS = 2;

/** What it is called where another process has the folder (`pid`), or it cannot be written (`path`, `reason`). */
export interface LockErrors {
  readonly locked: ErrorCode;
  readonly disk: ErrorCode;
}

/**
 * Take the lock of a folder.
 *
 * @returns what gives it back
 * @throws AgentError where another process has it or the folder cannot be written
 */
export function acquireLock(folder: string, errors: LockErrors): () => void {
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
          throw new AgentError(errors.locked, { pid: pid ?? "?" });
        }
        rmSync(path, { force: true });
      }
    }
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError(errors.disk, { path: folder, reason: reasonOf(error) }, { cause: error });
  } finally {
    rmSync(own, { force: true });
  }
}

/** The process that holds the lock, if it lives. Other users' processes may be hidden from /proc, but not from kill(2). */
function livingHolder(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const [number = "", started, boot] = text.split(" ");
    const pid = Number(number);
    if (!Number.isInteger(pid) || pid <= 0 || boot !== bootId()) return undefined;
    const isSame = startOf(pid) === started || isHidden(pid);
    return isSame ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is such a process that this user may not see. */
function isHidden(pid: number): boolean {
  if (startOf(pid) !== undefined) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Process, its start, and which start of the machine that was. */
function holderText(pid: number): string {
  return `${pid} ${startOf(pid) ?? "?"} ${bootId()}`;
}

/** When a process was started, in clock ticks: field 22 of proc(5)'s stat; undefined where it cannot be seen. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/**
 * Which start of the machine this is, as 32 hexadecimal digits. The unit says it (systemd's `%b`), because its sandbox hides what
 * of /proc is no process.
 */
function bootId(): string {
  const { BOOT_ID: told } = process.env;
  const text = told || readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  return text.trim().replaceAll("-", "").toLowerCase();
}

/**
 * Owns the reading of secrets: a password or a private key stands in a file of its own, never in the configuration.
 *
 * Refused: what everyone on the machine may read or write, and what is no regular file.
 */
import { open } from "node:fs/promises";
import { AgentError, reasonOf } from "../base/errors.js";

const MAX_SECRET_BYTES = 64 * 1024;
const OTHERS_MAY_READ_OR_WRITE = 0o006;

/**
 * The content of a secret file.
 *
 * @throws AgentError where it cannot be read, is too large, or is open to every user of the machine.
 */
export async function readSecretFile(file: string): Promise<Buffer> {
  return readSmallFile(file, true);
}

/** The first line of a secret file, without its line end. */
export async function readPasswordFile(file: string): Promise<string> {
  const [line = ""] = (await readSecretFile(file)).toString("utf8").split(/\r?\n/, 1);
  if (line === "") throw new AgentError("error.secret.empty", { file });
  return line;
}

/** A certificate or another file that is no secret. */
export async function readPublicFile(file: string): Promise<Buffer> {
  return readSmallFile(file, false);
}

async function readSmallFile(file: string, isSecret: boolean): Promise<Buffer> {
  try {
    // Permissions are asked of the opened file, so that they are those of what is read.
    const handle = await open(file, "r");
    try {
      const status = await handle.stat();
      if (!status.isFile() || status.size > MAX_SECRET_BYTES) {
        throw new AgentError("error.secret.not_usable", { file, limit: MAX_SECRET_BYTES / 1024 });
      }
      if (isSecret && (status.mode & OTHERS_MAY_READ_OR_WRITE) !== 0) {
        throw new AgentError("error.secret.exposed", { file });
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("error.secret.unreadable", { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** Asks a running agent over its control socket. */
import { request } from "node:http";
import { AgentError, reasonOf } from "../base/errors.js";

const TIMEOUT_MS = 5000;
/** An answer is a status, no archive. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * The JSON answer to a question, or to a wish (`method` POST).
 *
 * @param socketPath where the agent listens
 * @param path such as `/v1/status`
 * @throws AgentError where no agent answers there, or this user may not ask
 */
export async function askAgent(
  socketPath: string,
  path: string,
  method: "GET" | "POST" = "GET",
): Promise<unknown> {
  try {
    return JSON.parse(await exchange(socketPath, path, method));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isForbidden = code === "EACCES" || code === "EPERM";
    throw new AgentError(
      isForbidden ? "error.control.forbidden" : "error.control.no_agent",
      { path: socketPath, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

function exchange(socketPath: string, path: string, method: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const question = request({ socketPath, path, method, timeout: TIMEOUT_MS, agent: false }, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAX_ANSWER_BYTES) question.destroy(new Error("the answer is too large"));
        else parts.push(part);
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts).toString());
        else reject(new Error(`answer ${response.statusCode}`));
      });
      response.on("error", reject);
    });
    question.on("timeout", () => question.destroy(new Error("no answer in time")));
    question.on("error", reject);
    question.end();
  });
}

/** Entry of the thread that compiles rules. */
import { parentPort, workerData } from "node:worker_threads";
import { AgentError } from "./base/errors.js";
import { compileIntoCache } from "./rule-compiling.js";
import type { LoadingAnswer } from "./rule-loading.js";
import type { LoadingOptions } from "./rule-request.js";

function answer(): LoadingAnswer {
  try {
    return { image: compileIntoCache(workerData as LoadingOptions) };
  } catch (error) {
    if (error instanceof AgentError) return { code: error.code, params: error.params };
    throw error;
  }
}

parentPort?.postMessage(answer());

/** Entry of the thread that compiles rules. */
import { parentPort, workerData } from "node:worker_threads";
import { AgentError } from "./base/errors.js";
import { compileAndKeep, type LoadingAnswer, type LoadingOptions } from "./rule-loading.js";

function answer(): LoadingAnswer {
  try {
    return { image: compileAndKeep(workerData as LoadingOptions) };
  } catch (error) {
    if (error instanceof AgentError) return { code: error.code, params: error.params };
    throw error;
  }
}

parentPort?.postMessage(answer());

/** Entry of the thread that compiles rules. */
import { parentPort, workerData } from "node:worker_threads";
import { AgentError } from "./base/errors.js";
import { loadRulesHere, type RuleAnswer, type RuleRequest } from "./rule-loading.js";

function answer(): RuleAnswer {
  try {
    return { rules: loadRulesHere(workerData as RuleRequest) };
  } catch (error) {
    if (error instanceof AgentError) return { code: error.code, params: error.params };
    throw error;
  }
}

parentPort?.postMessage(answer());

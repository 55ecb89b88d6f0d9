/** Entry of the thread that does the dangerous work on a rule set: it is thrown away with all it has read. */
import { parentPort, workerData } from "node:worker_threads";
import { type RuleSetWork, runRuleSetWork } from "./rule-set-work.js";

parentPort?.postMessage(await runRuleSetWork(workerData as RuleSetWork));

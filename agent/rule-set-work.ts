/**
 * The dangerous work on a rule set, in a thread of its own with bounds on memory and time (WORK_LIMITS): verifying and unpacking a
 * bundle, and running a set's tests. The compilation has its own thread (rule-loading.ts).
 */
import { sep } from "node:path";
import { Worker } from "node:worker_threads";
import { AgentError, reasonOf } from "./base/errors.js";
import { translate } from "./base/language.js";
import { type RuleTest, readRuleTests } from "./config/rule-test-files.js";
import type { runRuleTest } from "./rule-test-run.js";
import { runUnpackJob, type UnpackJob, type UnpackResult } from "./update/unpack-job.js";

const WORK_LIMITS = { heapMib: 512, timeoutMs: 180_000 };

export type RuleSetWork =
  | { readonly kind: "unpack"; readonly job: UnpackJob }
  | { readonly kind: "trial"; readonly tests: string; readonly rules: string };

/** How a trial went; the first failure stands for all. */
interface TrialResult {
  readonly total: number;
  readonly failed: number;
  readonly test: string;
  readonly problem: string;
}

/** Do the work in this thread. */
export function runRuleSetWork(work: RuleSetWork): UnpackResult | Promise<TrialResult> {
  return work.kind === "unpack" ? runUnpackJob(work.job, () => undefined) : runTests(work.tests, work.rules);
}

/** Verify and unpack a bundle. @throws AgentError where it takes more than it may */
export async function unpackApart(job: UnpackJob): Promise<UnpackResult> {
  return (await workApart({ kind: "unpack", job })) as UnpackResult;
}

/**
 * Run the tests of a rule set against it.
 *
 * @param tests folder of tests
 * @param rules folder of the set
 * @throws AgentError where one fails or they take more than they may
 */
export async function tryOutApart(tests: string, rules: string): Promise<void> {
  const { failed, total, test, problem } = (await workApart({ kind: "trial", tests, rules })) as TrialResult;
  if (failed > 0) throw new AgentError("error.rule_sets.trial", { failed, total, test, problem });
}

async function runTests(folder: string, rules: string): Promise<TrialResult> {
  // Only in the thread: whoever sends work there does without the engine.
  const { EngineShelf, runRuleTest } = await import("./rule-test-run.js");
  let tests: readonly RuleTest[];
  try {
    tests = readRuleTests(folder);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { total: 1, failed: 1, test: "-", problem: error.message };
  }
  const engines = new EngineShelf(true);
  const failures: { test: string; problem: string }[] = [];
  for (const test of tests) {
    const problem = await problemOf(test, rules, (paths) => runRuleTest(test, paths, engines));
    if (problem !== undefined) failures.push({ test: test.name, problem });
  }
  return { total: tests.length, failed: failures.length, ...(failures[0] ?? { test: "", problem: "" }) };
}

async function problemOf(
  test: RuleTest,
  rules: string,
  run: (paths: readonly string[]) => ReturnType<typeof runRuleTest>,
): Promise<string | undefined> {
  // A test reads what its bundle brought and nothing else of this machine.
  if (!test.capture.startsWith(test.folder + sep)) return "the capture stands outside of its test";
  const paths = test.rules.length > 0 ? test.rules : [rules];
  const { problems } = await run(paths);
  const first = problems[0];
  return first && translate("en", first.key, first.params);
}

async function workApart(work: RuleSetWork, limits = WORK_LIMITS): Promise<unknown> {
  const { heapMib, timeoutMs } = limits;
  const worker = new Worker(new URL("./rule-set-thread.js", import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  let timer: NodeJS.Timeout | undefined;
  const tooMuch = (cause?: unknown) =>
    new AgentError("error.rule_sets.trial_limits", { seconds: timeoutMs / 1000, limit: heapMib }, { cause });
  try {
    return await new Promise<unknown>((done, fail) => {
      timer = setTimeout(() => fail(tooMuch()), timeoutMs);
      worker.once("message", done);
      worker.once("error", (error) => {
        const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
        fail(
          isMemory
            ? tooMuch(error)
            : new AgentError("error.internal", { reason: reasonOf(error) }, { cause: error }),
        );
      });
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

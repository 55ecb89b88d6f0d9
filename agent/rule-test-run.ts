/** One test that comes with rules: its capture through its rules, by the sensor's own code, and how that differs from what must come. */
import { AgentError } from "./base/errors.js";
import type { MessageKey, MessageParams } from "./base/language.js";
import type { RuleTest } from "./config/rule-test-files.js";
import { readVariablesFile } from "./config/variables-file.js";
import { ReplayEngine } from "./replay-engine.js";
import type { CompiledRules } from "./sensor/rule-compiler.js";

/** A sentence of the catalogue. */
export interface TestProblem {
  readonly key: MessageKey;
  readonly params: MessageParams;
}

export interface TestOutcome {
  /** How often each sid alerted. */
  readonly alerts: Readonly<Record<number, number>>;
  /** Empty where the test passed. */
  readonly problems: readonly TestProblem[];
}

/** Engines by their setting: rules that many tests share are compiled once. */
export class EngineShelf {
  readonly #engines = new Map<string, ReplayEngine>();
  readonly #isUncached: boolean;

  /** @param isUncached neither read nor write compiled rules */
  constructor(isUncached = false) {
    this.#isUncached = isUncached;
  }

  /** @throws AgentError where the test's variables cannot be read */
  engineFor({ vars, homeNet, readsMore }: RuleTest): ReplayEngine {
    const key = JSON.stringify([vars, homeNet, readsMore]);
    let engine = this.#engines.get(key);
    if (!engine) {
      const groups = vars === undefined ? undefined : readVariablesFile(vars);
      engine = new ReplayEngine({ homeNet, groups, policy: {}, readsMore, isUncached: this.#isUncached });
      this.#engines.set(key, engine);
    }
    return engine;
  }
}

/** Run a test with the rules at `paths`. What the outside world refuses is a problem of the test. */
export async function runRuleTest(
  test: RuleTest,
  paths: readonly string[],
  engines: EngineShelf,
): Promise<TestOutcome> {
  const counts = new Map<number, number>();
  const problems: TestProblem[] = [];
  try {
    const engine = engines.engineFor(test);
    const rules = await engine.load(paths);
    const [result] = engine.run(rules, [test.capture], ({ signatureId }) =>
      counts.set(signatureId, (counts.get(signatureId) ?? 0) + 1),
    );
    if (result?.problem) problems.push({ key: result.problem.code, params: result.problem.params });
    problems.push(...differences(test, counts, rules));
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    problems.push({ key: error.code, params: error.params });
  }
  return { alerts: Object.fromEntries([...counts].sort(([a], [b]) => a - b)), problems };
}

function differences(
  { alerts, rules: own }: RuleTest,
  counts: ReadonlyMap<number, number>,
  { loadedSids, refused }: CompiledRules,
): TestProblem[] {
  const problems: TestProblem[] = [];
  const loaded = new Set(loadedSids);
  for (const [sid, expected] of alerts) {
    const got = counts.get(sid) ?? 0;
    const reason = refused.find((rule) => rule.sid === sid)?.reason;
    if (!loaded.has(sid)) {
      problems.push(
        reason === undefined
          ? { key: "cli.rules_test.not_loaded", params: { sid } }
          : { key: "cli.rules_test.refused", params: { sid, reason } },
      );
    } else if (expected === "any" ? got === 0 : got !== expected) {
      problems.push({ key: "cli.rules_test.missing", params: { sid, expected, got } });
    }
  }
  for (const [sid, got] of counts) {
    if (!alerts.has(sid)) problems.push({ key: "cli.rules_test.unexpected", params: { sid, got } });
  }
  // A rule that a test brings and that does not load can keep silent for the wrong reason.
  for (const { sid, reason } of own.length > 0 ? refused : []) {
    if (sid === undefined || !alerts.has(sid)) {
      problems.push({ key: "cli.rules_test.refused", params: { sid: sid ?? "?", reason } });
    }
  }
  return problems;
}

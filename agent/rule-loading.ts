/**
 * From paths to a rule image: from the cache where nothing has changed, else compiled, in a thread of its own that ends with
 * its work: what parsing and compiling tens of thousands of rules leaves behind in memory goes with it, and nothing else waits
 * meanwhile. The image comes back in shared memory, so it is nowhere copied.
 *
 * Bounds of a compilation, against hostile rule files: COMPILE_LIMITS; beyond them the load
 * fails with an error that says so, and whatever ran before goes on.
 */
import { dirname, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { AgentError, type ErrorCode, reasonOf } from "./base/errors.js";
import { FlatError } from "./base/flat-layout.js";
import type { MessageParams } from "./base/language.js";
import { readIndicatorFiles } from "./config/indicator-files.js";
import { readClassifications, readRuleData, readRuleFiles } from "./config/rule-files.js";
import { type RulePolicyPaths, readRulePolicy } from "./config/rule-policy-files.js";
import type { VariableGroups } from "./config/variables-file.js";
import { RuleCache } from "./rule-cache.js";
import { fileHash, type RuleKey, ruleKey } from "./rule-key.js";
import { registeredParsers } from "./sensor/registered-parsers.js";
import {
  type CompiledRules,
  type CompileOptions,
  combineVariables,
  compileRuleFiles,
} from "./sensor/rule-compiler.js";
import { decodeImage, encodeImage } from "./signature/image-file.js";

/** Fewer bytes of rules are compiled sooner than a thread starts or a file is synced: neither thread nor cache for them. */
const SMALL_BYTES = 256 * 1024;
const COMPILE_LIMITS = { heapMib: 512, timeoutMs: 120_000 };

/** Which rules, and what their variables mean. */
export interface RuleRequest {
  readonly paths: readonly string[];
  /** Undefined: the private ranges. */
  readonly homeNet: readonly string[] | undefined;
  readonly groups: VariableGroups | undefined;
  /** Thresholds, suppressions and lists of rules to switch on and off. */
  readonly policy: RulePolicyPaths;
  /** Also what Suricata 7 does not read; default true. */
  readonly readsMore?: boolean;
  /** Where compiled rules are kept if the folder of the rules may not be written; undefined: nowhere else. */
  readonly cacheFolder?: string | undefined;
  /** Neither read nor write compiled rules. */
  readonly isUncached?: boolean;
  /** Compile in a thread of its own however few the rules are: nobody has tried them yet. */
  readonly isUntried?: boolean;
}

export interface LoadedRules extends CompiledRules {
  /** Whether the image came from the cache. */
  readonly isCached: boolean;
}

/** What the thread is given and what it answers. */
export interface LoadingOptions {
  readonly request: RuleRequest;
  readonly key: Uint8Array;
}
export type LoadingAnswer =
  | { readonly image: SharedArrayBuffer }
  | { readonly code: ErrorCode; readonly params: MessageParams };

/** What is kept beside an image, as JSON. */
interface Report extends Omit<CompiledRules, "image"> {
  /** Hash of each data file that rules asked for; null where there was none. */
  readonly dataFiles: Readonly<Record<string, string | null>>;
}

/**
 * The rules of a request, ready to run.
 *
 * @param compileMany how rules are compiled that are not few: in a thread of their own
 * @throws AgentError where a path cannot be read or compiling takes more than it may
 */
export async function loadRules(
  request: RuleRequest,
  compileMany: (options: LoadingOptions) => Promise<SharedArrayBuffer> = compileApart,
): Promise<LoadedRules> {
  const { key, inputBytes } = keyOf(request);
  if (inputBytes < SMALL_BYTES && request.isUntried !== true)
    return { ...open(compile(request, key), key).rules, isCached: false };
  const cached = readCached(request, key);
  if (cached) return { ...cached, isCached: true };
  return { ...open(await compileMany({ request, key }), key).rules, isCached: false };
}

/** The work of the thread: compile, and keep what comes of it. */
export function compileAndKeep({ request, key }: LoadingOptions): SharedArrayBuffer {
  const image = compile(request, key);
  // Files that have changed meanwhile make another image than the key says.
  const isStill = Buffer.compare(keyOf(request).key, key) === 0;
  if (isStill && request.isUncached !== true) cacheOf(request).write(key, image);
  return image;
}

function keyOf({ paths, homeNet, groups, readsMore, policy }: RuleRequest): RuleKey {
  const { thresholdFile, disableConf, enableConf, dropConf, modifyConf } = policy;
  const named = [thresholdFile, disableConf, enableConf, dropConf, modifyConf].map((path) => path ?? null);
  const files = named.filter((path) => path !== null);
  return ruleKey(paths, files, { homeNet, groups, readsMore, named });
}

function cacheOf({ paths, cacheFolder }: RuleRequest): RuleCache {
  return new RuleCache(paths, cacheFolder);
}

/**
 * Everything that stands on disk about the rules of a request.
 *
 * @throws AgentError where a path cannot be read
 */
export function readRules(request: RuleRequest, readData = readRuleData): CompileOptions {
  const { paths, homeNet, groups, policy, readsMore } = request;
  return {
    files: readRuleFiles(paths),
    indicatorFiles: readIndicatorFiles(paths),
    classifications: readClassifications(paths),
    variables: combineVariables(homeNet, groups),
    policy: readRulePolicy(paths, policy),
    parsers: registeredParsers(readsMore),
    readData,
  };
}

/**
 * Read and compile rules in this thread, nothing kept.
 *
 * @throws AgentError where a path cannot be read
 */
export function loadRulesHere(request: RuleRequest, readData = readRuleData): CompiledRules {
  return compileRuleFiles(readRules(request, readData));
}

function compile(request: RuleRequest, key: Uint8Array): SharedArrayBuffer {
  const dataFiles: Record<string, string | null> = {};
  const { image, ...rest } = loadRulesHere(request, (name, ruleFile) => {
    const path = resolve(dirname(ruleFile), name);
    dataFiles[path] = fileHash(path) ?? null;
    return readRuleData(name, ruleFile);
  });
  const report: Report = { ...rest, dataFiles };
  return encodeImage({ image, report: JSON.stringify(report) }, key);
}

function open(
  bytes: SharedArrayBuffer,
  key: Uint8Array,
): { rules: CompiledRules; dataFiles: Report["dataFiles"] } {
  const { image, report } = decodeImage(bytes, key);
  const { dataFiles, ...rest } = JSON.parse(report) as Report;
  return { rules: { image, ...rest }, dataFiles };
}

function readCached(request: RuleRequest, key: Uint8Array): CompiledRules | undefined {
  if (request.isUncached === true) return undefined;
  const cache = cacheOf(request);
  const bytes = cache.read(key);
  if (bytes === undefined) return undefined;
  try {
    const { rules, dataFiles } = open(bytes, key);
    if (Object.entries(dataFiles).every(([path, hash]) => (fileHash(path) ?? null) === hash)) return rules;
  } catch (error) {
    // Damaged, or the work of another engine: compiled anew.
    if (!(error instanceof FlatError || error instanceof SyntaxError)) throw error;
  }
  cache.remove(key);
  return undefined;
}

/**
 * Compile in a thread of its own.
 *
 * @param limits memory of its heap and time
 * @throws AgentError where a path cannot be read or a limit is reached
 */
export async function compileApart(
  options: LoadingOptions,
  limits = COMPILE_LIMITS,
): Promise<SharedArrayBuffer> {
  const { heapMib, timeoutMs } = limits;
  const worker = new Worker(new URL("./rule-loading-thread.js", import.meta.url), {
    workerData: options,
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<LoadingAnswer>((done, fail) => {
      const seconds = timeoutMs / 1000;
      timer = setTimeout(() => fail(new AgentError("error.rules.too_slow", { seconds })), timeoutMs);
      worker.once("message", done);
      worker.once("error", (error) => fail(compileError(error, heapMib)));
    });
    if ("code" in answer) throw new AgentError(answer.code, answer.params);
    return answer.image;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function compileError(error: Error, limit: number): Error {
  const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
  if (isMemory) return new AgentError("error.rules.too_heavy", { limit }, { cause: error });
  return new AgentError("error.internal", { reason: reasonOf(error) }, { cause: error });
}

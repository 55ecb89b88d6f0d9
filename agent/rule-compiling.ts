/**
 * From the files of rules to an image. Everything that knows rules and protocols is imported from here only, so that a
 * process which finds its image in the cache does without.
 */
import { dirname, resolve } from "node:path";
import { SELF_TEST_RULE } from "./base/self-test-mark.js";
import { readIndicatorFiles } from "./config/indicator-files.js";
import { readClassifications, readRuleData, readRuleFiles } from "./config/rule-files.js";
import { readRulePolicy } from "./config/rule-policy-files.js";
import { fileHash } from "./rule-key.js";
import { cacheOf, keyOf, type LoadingOptions, type LoadReport, type RuleRequest } from "./rule-request.js";
import {
  type CompiledRules,
  type CompileOptions,
  combineVariables,
  compileRuleFiles,
} from "./sensor/rule-compiler.js";
import { ImageEncoder } from "./signature/image-file.js";

/** Compile, and keep what comes of it. */
export function compileAndKeep(options: LoadingOptions): SharedArrayBuffer {
  const { encoder } = compileAndWrite(options);
  return encoder.toBuffer();
}

/**
 * Compile into the cache, so that the image is nowhere in memory beside what it is made from.
 *
 * @returns the image where no folder takes it; undefined where it can be read from the cache
 */
export function compileIntoCache(options: LoadingOptions): SharedArrayBuffer | undefined {
  const { encoder, isKept } = compileAndWrite(options);
  return isKept ? undefined : encoder.toBuffer();
}

function compileAndWrite({ request, key }: LoadingOptions): { encoder: ImageEncoder; isKept: boolean } {
  const encoder = compile(request, key);
  // Files that have changed meanwhile make another image than the key says.
  const isStill = request.isUncached !== true && Buffer.compare(keyOf(request).key, key) === 0;
  return { encoder, isKept: isStill && cacheOf(request).write(key, encoder) };
}

/**
 * Everything that stands on disk about the rules of a request.
 *
 * @throws AgentError where a path cannot be read
 */
export function readRules(request: RuleRequest, readData = readRuleData): CompileOptions {
  const { paths, homeNet, groups, policy, hasSelfTest } = request;
  return {
    files: readRuleFiles(paths),
    indicatorFiles: readIndicatorFiles(paths),
    classifications: readClassifications(paths),
    variables: combineVariables(homeNet, groups),
    policy: readRulePolicy(paths, policy),
    readData,
    ...(hasSelfTest === true && { ownRules: [{ path: "self-test", text: SELF_TEST_RULE }] }),
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

/** Compile into the form that is kept. */
export function compileImage(request: RuleRequest, key: Uint8Array): SharedArrayBuffer {
  return compile(request, key).toBuffer();
}

function compile(request: RuleRequest, key: Uint8Array): ImageEncoder {
  const dataFiles: Record<string, string | null> = {};
  const { image, ...rest } = loadRulesHere(request, (name, ruleFile) => {
    const path = resolve(dirname(ruleFile), name);
    dataFiles[path] = fileHash(path) ?? null;
    return readRuleData(name, ruleFile);
  });
  const report: LoadReport = { ...rest, dataFiles };
  return new ImageEncoder({ image, report: JSON.stringify(report) }, key);
}

/**
 * From paths to a rule image: from the cache where nothing has changed, else compiled, in a thread of its own that ends with
 * its work: what parsing and compiling tens of thousands of rules leaves behind in memory goes with it, and nothing else waits
 * meanwhile. The image comes back by way of the cache: it is read when that thread and its memory are gone. Where no folder takes
 * it, it comes in shared memory.
 *
 * Bounds of a compilation, against hostile rule files: COMPILE_LIMITS; beyond them the load
 * fails with an error that says so, and whatever ran before goes on.
 */
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { AgentError, type ErrorCode, reasonOf } from "./base/errors.js";
import { FlatError } from "./base/flat-layout.js";
import type { MessageParams } from "./base/language.js";
import { fileHash } from "./rule-key.js";
import { cacheOf, keyOf, type LoadingOptions, type LoadReport, type RuleRequest } from "./rule-request.js";
import type { CompiledRules } from "./sensor/rule-compiler.js";
import { decodeImage } from "./signature/image-file.js";

/** Fewer bytes of rules are compiled sooner than a thread starts or a file is synced: no thread for them, and no cache by default. */
const SMALL_BYTES = 256 * 1024;
const COMPILE_LIMITS = { heapMib: 512, timeoutMs: 120_000 };
/** V8's default would let 48 MiB of short-lived objects lie about while the agent has little to spare. */
const YOUNG_GENERATION_MIB = 12;
/**
 * How much code of what a function calls V8 may compile into it. Rules are compiled by hundreds of functions that run for a tenth
 * of a second each: with V8's default half of the time goes into compiling them, and what it gains comes too late. The flag
 * holds for the whole process, so only meanwhile.
 */
const INLINED_BYTES = { compiling: 300, default: 920 };

export interface LoadedRules extends CompiledRules {
  /** Whether the image came from the cache. */
  readonly isCached: boolean;
}

/** What the thread answers. */
export type LoadingAnswer =
  /** Undefined: it lies in the cache. */
  | { readonly image: SharedArrayBuffer | undefined }
  | { readonly code: ErrorCode; readonly params: MessageParams };

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
  const isSmall = inputBytes < SMALL_BYTES;
  const cached = isSmall && request.keepsSmall !== true ? undefined : readCached(request, key);
  if (cached) return { ...cached, isCached: true };
  const compile = isSmall && request.isUntried !== true ? compileFew : compileMany;
  const bytes = await compile({ request, key });
  try {
    return { ...open(bytes, key).rules, isCached: false };
  } catch (error) {
    // The disk has changed what was just put into the cache.
    if (!(error instanceof FlatError)) throw error;
    cacheOf(request).remove(key);
    const again = await compile({ request: { ...request, isUncached: true }, key });
    return { ...open(again, key).rules, isCached: false };
  }
}

/** In this thread; what that needs is loaded only now. */
async function compileFew({ request, key }: LoadingOptions): Promise<SharedArrayBuffer> {
  const { compileAndKeep, compileImage } = await import("./rule-compiling.js");
  return request.keepsSmall === true ? compileAndKeep({ request, key }) : compileImage(request, key);
}

function open(
  bytes: SharedArrayBuffer,
  key: Uint8Array,
): { rules: CompiledRules; dataFiles: LoadReport["dataFiles"] } {
  const { image, report } = decodeImage(bytes, key);
  const { dataFiles, ...rest } = JSON.parse(report) as LoadReport;
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
  const { request, key } = options;
  const image = (await compileInThread(options, limits)) ?? cacheOf(request).read(key);
  if (image !== undefined) return image;
  // Somebody has taken the file away meanwhile.
  return (await compileInThread({ key, request: { ...request, isUncached: true } }, limits))!;
}

/** Undefined where the image lies in the cache. */
async function compileInThread(
  options: LoadingOptions,
  { heapMib, timeoutMs }: typeof COMPILE_LIMITS,
): Promise<SharedArrayBuffer | undefined> {
  const worker = new Worker(new URL("./rule-loading-thread.js", import.meta.url), {
    workerData: options,
    resourceLimits: { maxOldGenerationSizeMb: heapMib, maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  });
  let timer: NodeJS.Timeout | undefined;
  setInlining(INLINED_BYTES.compiling);
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
    setInlining(INLINED_BYTES.default);
    clearTimeout(timer);
    await worker.terminate();
  }
}

function setInlining(bytes: number): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${bytes}`);
}

function compileError(error: Error, limit: number): Error {
  const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
  if (isMemory) return new AgentError("error.rules.too_heavy", { limit }, { cause: error });
  return new AgentError("error.internal", { reason: reasonOf(error) }, { cause: error });
}

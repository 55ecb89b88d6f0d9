/**
 * Where fuzzers begin. The same every time, so that a run can be repeated and a red build means a change; give another with
 * FUZZ_SEED=$RANDOM to look further.
 */
export const FUZZ_SEED = Number(process.env.FUZZ_SEED ?? 20_261_123);

/**
 * Lets V8 compile the bounded engine before traffic comes: what it interprets is a hundred times slower, so that the first
 * evaluation that uses up its steps would take 60 to 120 milliseconds instead of three. Costs a tenth of a second, most of it the compiler's.
 */
import { encodeExpression } from "../../signature/expression/expression-program.js";
import { parseExpression } from "../../signature/expression/expression-syntax.js";
import { BoundedExpression } from "./bounded-expression.js";
import { BoundedMemory, STACK_ENTRY } from "./bounded-memory.js";

/**
 * Together they take the engine through all that it has, to a match, to a failure and back; V8 gives compiled code up where it comes
 * to something it has not seen, and the next search is interpreted. A test asks which lines were run.
 */
const WARM_EXPRESSIONS: readonly (readonly [source: string, flags: string])[] = [
  ["(?:a+b?)+c[a-z]*(?<![^\\n])d|(?:x(?!y)[^\\n]+z)", "i"],
  ["\\b[a-b]{2,}\\b.*?(?=never)(?=[a-z]+ )(?<=x )never", "i"],
  ["(?:a|b)+?[a-z]{1,3}x*\\B(?!z.)[^\\n]*$", "i"],
  ["(a+)b(a*)\\1x\\2 (?:never|nowhere)", "i"],
  ["^a+b.+(?<!no) never x+y", "i"],
  ["(?:^a{1,2}b{1,2} |never$\\s)[a-z ]+?(?:x{1,2} \\B|n{1,4}o)", "im"],
  ["(?=[a-z]+(?=x(?!aa+$)|b )(?<=[a-b]))a(?!nev|now.+z)", "i"],
  ["(?:(z)|a)\\1(?:x|(b +)|(.{5,}))(?:\\2|\\3)a", "i"],
  ["(a)(?=b?\\1)|([^q]+)\\2!", "is"],
  [`(?<!x)${"(?=a*".repeat(9)}${")".repeat(9)}`, "i"],
  ["^(?=b)", ""],
  ["q", ""],
  ["(?<=a )(?<!ab)(?:never xx |aa)(?<![^a])", "i"],
];
export const WARM_BYTES = 2048;
const TEXT = "aab AAxaa never\nnowhere aabaaxAA never xx ";
const STACK_WORDS = 48 * 1024;
const MEMO_BITS = 64 * 1024;
/** Too little for any of them, so that they are given up for want of memory, too. */
const LITTLE = { stackWords: 2 * STACK_ENTRY, memoBits: 64 };
/** Bytes that are searched at first: so few that all lines have run long before V8 begins to compile with what it has seen. */
const FIRST_BYTES = 96;
/** Searches of each, and the most steps of one: as often as V8 wants it before it compiles. */
const ROUNDS = 40;
const STEPS = 768;
/** Most matches of one search that are gone through. */
const MATCHES = 8;

/**
 * @param buffers of WARM_BYTES, one of each class that bytes of traffic come in; they are written over
 */
export function warmExpressions(buffers: readonly Uint8Array[]): void {
  for (const bytes of buffers) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = TEXT.charCodeAt(i % TEXT.length);
  }
  const programs = WARM_EXPRESSIONS.map(([source, flags]) =>
    encodeExpression(parseExpression(source, flags)),
  );
  const enginesWith = (memory: BoundedMemory) =>
    programs.map((program) => new BoundedExpression(program, memory));
  const engines = enginesWith(new BoundedMemory(STACK_WORDS, MEMO_BITS));
  const poor = enginesWith(new BoundedMemory(LITTLE.stackWords, LITTLE.memoBits));
  for (const bytes of buffers) {
    for (const engine of [...poor, ...engines]) searchThrough(engine, bytes, FIRST_BYTES);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = buffers[round % buffers.length]!;
    for (const engine of engines) searchThrough(engine, bytes, bytes.length);
  }
}

/** From each match on, until the text or the steps are used up. */
function searchThrough(engine: BoundedExpression, bytes: Uint8Array, length: number): void {
  const least = length / MATCHES;
  let at = 0;
  while (at < length && engine.find(bytes, 0, length, at, false, STEPS)) {
    at = Math.max(engine.end, at + least);
  }
  engine.find(bytes, 0, length, 0, true, STEPS);
}

/**
 * Lets V8 compile the bounded engine before traffic comes: what it interprets is a hundred times slower, so that the first
 * evaluation that uses up its steps would take 60 to 120 milliseconds instead of three. Costs a tenth of a second, most of it the compiler's.
 */
import { encodeExpression } from "../../signature/expression/expression-program.js";
import { parseExpression } from "../../signature/expression/expression-syntax.js";
import { BoundedExpression } from "./bounded-expression.js";
import { BoundedMemory } from "./bounded-memory.js";

/** Together they take every instruction to a match, to a failure and back; V8 gives compiled code up where it comes to one it has not seen. */
export const WARM_SOURCES = [
  "(?:a+b?)+c[a-z]*(?<![^\\n])d|(?:x(?!y)[^\\n]+z)",
  "\\b[a-b]{2,}\\b.*?(?=never)(?=[a-z]+ )(?<=x )never",
  "(?:a|b)+?[a-z]{1,3}x*\\B(?!z.)[^\\n]*$",
  "(a+)b(a*)\\1x\\2 (?:never|nowhere)",
  "^a+b.+(?<!no) never x+y",
];
export const WARM_BYTES = 2048;
const TEXT = "aaabaaxaa never nowhere aabaaxaa never xx ";
const STACK_WORDS = 48 * 1024;
const MEMO_BITS = 64 * 1024;
/** Searches of each, and the most steps of one: as often as V8 wants it before it compiles. */
const ROUNDS = 64;
const STEPS = 768;
/** Most matches of one search that are gone through. */
const MATCHES = 8;

/**
 * @param buffers of WARM_BYTES, one of each class that bytes of traffic come in; they are written over
 */
export function warmExpressions(buffers: readonly Uint8Array[]): void {
  const memory = new BoundedMemory(STACK_WORDS, MEMO_BITS);
  for (const bytes of buffers) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = TEXT.charCodeAt(i % TEXT.length);
  }
  const engines = WARM_SOURCES.map(
    (source) => new BoundedExpression(encodeExpression(parseExpression(source, "i")), memory),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = buffers[round % buffers.length]!;
    for (const engine of engines) searchThrough(engine, bytes);
  }
}

/** From each match on, until the text or the steps are used up. */
function searchThrough(engine: BoundedExpression, bytes: Uint8Array): void {
  const least = bytes.length / MATCHES;
  let at = 0;
  while (at < bytes.length && engine.find(bytes, 0, bytes.length, at, false, STEPS)) {
    at = Math.max(engine.end, at + least);
  }
}

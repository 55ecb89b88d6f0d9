/** What an expression may ask of a place between two bytes, as PCRE understands it in bytes: `^`, `$`, with and without lines, `\\b`. */
import { ASSERTIONS } from "../../signature/expression/expression-program.js";

const IS_WORD = Uint8Array.from({ length: 256 }, (_, byte) => (/\w/.test(String.fromCharCode(byte)) ? 1 : 0));

/**
 * Whether an assertion holds of the subject `bytes[begin, begin + length)`.
 *
 * @param what number of the assertion (ASSERTIONS)
 * @param position from the beginning of the subject
 */
export function asserts(
  what: number,
  bytes: Uint8Array,
  begin: number,
  length: number,
  position: number,
): boolean {
  switch (what) {
    case ASSERTIONS.begin:
      return position === 0;
    case ASSERTIONS.end:
      return position === length;
    case ASSERTIONS.line_begin:
      return position === 0 || isLineEnd(bytes[begin + position - 1]!);
    case ASSERTIONS.line_end:
      return position === length || isLineEnd(bytes[begin + position]!);
    default: {
      const before = position > 0 && IS_WORD[bytes[begin + position - 1]!] === 1;
      const behind = position < length && IS_WORD[bytes[begin + position]!] === 1;
      return (before !== behind) === (what === ASSERTIONS.word_border);
    }
  }
}

function isLineEnd(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d;
}

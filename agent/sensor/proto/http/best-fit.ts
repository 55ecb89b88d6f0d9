/**
 * Owns the mapping of Unicode code points to one octet that servers with the Western European code page make
 * ("best fit 1252", unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WindowsBestFit/bestfit1252.txt, the part below
 * U+10000): full-width ．．／ reaches the file system as ../, so rules see it that way.
 */

/** What stands for a code point without a likeness, and for broken UTF-8. */
const REPLACEMENT = 0x3f;

/** First code point and what it and those after it look like; `?` for nothing. */
const RUNS: readonly (readonly [number, string])[] = [
  [
    0x0100,
    "AaAaAaCcCcCcCcDd?dEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKk?LlLlLl??LlNnNnNn???OoOoOo??RrRrRrSsSsSs??TtTtTtUuUuUuUuUuUuWwYy?Z?Zz???b",
  ],
  [0x0197, "I??l????OOo"],
  [0x01ab, "t??TUu?????z"],
  [0x01c0, "|??!"],
  [0x01cd, "AaIiOoUuUuUuUuUu?Aa????GgGgKkOoOo??j"],
  [0x0261, "g"],
  [0x02b9, "'\"?'"],
  [0x02c4, "^???'??`?_"],
  [0x0300, "`?^~"],
  [0x030e, '"'],
  [0x0331, "__"],
  [0x037e, ";"],
  [0x0393, "G????T"],
  [0x03a3, "S??F??O"],
  [0x03b1, "a??de"],
  [0x03c0, "p??st?f"],
  [0x04bb, "h"],
  [0x0589, ":"],
  [0x066a, "%"],
  [0x2000, "       "],
  [0x2010, "--?????="],
  [0x2032, "'??`"],
  [0x2044, "/"],
  [0x2074, "45678??????n0123456789"],
  [0x20a7, "P"],
  [0x2102, "C????E??gHHHh?IILl?N??PPQRRR??????Z???Z?K?BCeeEF?Mo"],
  [0x2212, "-??/\\*??v???8????|?????n"],
  [0x2236, ":?????~"],
  [0x2261, "=??=="],
  [0x2303, "^"],
  [0x2320, "()"],
  [0x2329, "<>"],
  [0x2500, "-"],
  [0x250c, "+???+???+???+???+"],
  [0x252c, "-"],
  [0x2534, "-"],
  [0x253c, "+"],
  [0x2550, "-?++++++++++++??????------+++"],
  [0x2584, "_"],
  [0x2758, "|"],
  [0x3000, " "],
  [0x3008, "<>"],
  [0x301a, "[]"],
];

const FULL_WIDTH_FIRST = 0xff01;
const FULL_WIDTH_LAST = 0xff5e;
const FULL_WIDTH_DISTANCE = 0xfee0;

export class BestFit {
  readonly #octets = new Uint8Array(0x10000).fill(REPLACEMENT);

  constructor() {
    const octets = this.#octets;
    for (let i = 0; i < 0x100; i++) octets[i] = i;
    for (const [first, text] of RUNS) {
      for (let i = 0; i < text.length; i++) octets[first + i] = text.charCodeAt(i);
    }
    for (let i = FULL_WIDTH_FIRST; i <= FULL_WIDTH_LAST; i++) octets[i] = i - FULL_WIDTH_DISTANCE;
  }

  /** The octet for `codePoint`. */
  octet(codePoint: number): number {
    return codePoint < 0x10000 ? this.#octets[codePoint]! : REPLACEMENT;
  }

  /**
   * Replace UTF-8 in `bytes[start, end)` by best-fit octets, in place; returns the new end. Overlong forms are
   * read; a sequence that breaks off becomes one `?`, unless it is the last thing there: then nothing.
   */
  convertUtf8(bytes: Uint8Array, start: number, end: number): number {
    let write = start;
    let read = start;
    while (read < end) {
      const lead = bytes[read++]!;
      if (lead < 0x80) {
        bytes[write++] = lead;
        continue;
      }
      let pending = lead < 0xc0 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      if (pending === 0) {
        bytes[write++] = REPLACEMENT;
        continue;
      }
      let codePoint = lead & (0x3f >> pending);
      let limit = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      for (; pending > 0 && read < end; pending--) {
        const next = bytes[read]!;
        if (next < 0x80 || next > limit) break;
        codePoint = (codePoint << 6) | (next & 0x3f);
        limit = 0xbf;
        read++;
      }
      if (pending === 0) bytes[write++] = this.octet(codePoint);
      else if (read < end) bytes[write++] = REPLACEMENT;
    }
    return write;
  }
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipText, displayWidth, printable, wrapText } from "../../../agent/base/text-layout.js";

describe("width on a terminal", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["関所", 4],
    ["ｶﾅ", 2],
    ["Ａ１", 4],
    ["、。「」", 8],
    ["か\u3099", 2],
    ["e\u0301", 1],
    ["한국", 4],
    ["🙂", 2],
    ["─▲…", 3],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("lines", () => {
  it("break at spaces, and are indented from the second on", () => {
    expect(wrapText("one two three four", 11, "- ", "  ")).toBe("- one two\n  three\n  four");
  });

  it("break between Japanese characters, but not before a closing or after an opening mark", () => {
    expect(wrapText("関所は、旅人を調べる。", 8)).toBe("関所は、\n旅人を調\nべる。");
    expect(wrapText("これは「関所」です", 8)).toBe("これは\n「関所」\nです");
    expect(wrapText("データ", 4)).toBe("デー\nタ");
  });

  it("keep Latin words within Japanese whole", () => {
    expect(wrapText("ルール MALWARE が検知", 12)).toBe("ルール\nMALWARE が検\n知");
  });

  it("cut a word that is longer than a line", () => {
    expect(wrapText("abcdefghij kl", 4)).toBe("abcd\nefgh\nij\nkl");
  });

  it("lose nothing but spaces, and are never wider than allowed", () => {
    const word = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 30 }),
      fc.constantFrom("関所", "、", "「", "ー", "データ"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), fc.integer({ min: 8, max: 40 }), (words, columns) => {
        const text = words.join(" ").replace(/\s+/g, " ");
        const wrapped = wrapText(text, columns, "* ", "  ");
        for (const line of wrapped.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        const squeezed = (value: string): string => value.replace(/\s/g, "");
        expect(squeezed(wrapped)).toBe(`*${squeezed(text)}`);
      }),
    );
  });

  it("are clipped without cutting a wide character in half", () => {
    expect(clipText("関所", 3)).toBe("関");
    expect(clipText("a🙂b", 2)).toBe("a");
  });
});

describe("printable text", () => {
  it("has nothing that moves the cursor, colours, or turns the direction of writing", () => {
    expect(printable("a\u001b[31mb\r\nc\u009bd\u202ee\u2028")).toBe("a·[31mb··c·d·e·");
    expect(printable("関所 🙂 é")).toBe("関所 🙂 é");
  });
});

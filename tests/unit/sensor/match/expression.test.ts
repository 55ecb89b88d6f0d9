import { expect, test } from "vitest";
import { MAX_STEPS } from "../../../../agent/sensor/match/bounded-expression.js";
import { Expression, ExpressionMemory, MAX_NATIVE_STEPS } from "../../../../agent/sensor/match/expression.js";
import { lengthWithin, riskOf, worstSteps } from "../../../../agent/signature/expression/expression-risk.js";
import { parseExpression } from "../../../../agent/signature/expression/expression-syntax.js";
import { KILLER_EXPRESSIONS, KILLER_LENGTH } from "../../../../scripts/benchmarks/killer-expressions.js";
import { imageOf, RuleBench } from "../../../support/rules.js";

const memory = new ExpressionMemory();
const bytesOf = (text: string) => Buffer.from(text, "latin1");
const risk = (source: string, flags = "") => riskOf(parseExpression(source, flags));

test.each(KILLER_EXPRESSIONS)("/$source/$flags ends on its worst input within its steps", (killer) => {
  const { source, flags = "", input, matches } = killer;
  const expression = new Expression(source, flags, memory);
  // V8's engine gets the input only where the form of the expression says that it comes to an end.
  if (expression.isNativeSafe(input.length)) {
    expect(worstSteps(risk(source, flags), input.length)).toBeLessThanOrEqual(MAX_NATIVE_STEPS);
  }
  const bytes = bytesOf(input);
  const isFound = expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS);
  // One run over the input may stand behind the last step that was counted.
  expect(expression.steps).toBeLessThanOrEqual(MAX_STEPS + KILLER_LENGTH);
  // Given up means no match; what comes to an end is right.
  expect(isFound).toBe(expression.isExhausted ? false : (matches ?? false));
});

test("the table holds at least thirty killers, and V8 is kept from all of them", () => {
  expect(KILLER_EXPRESSIONS.length).toBeGreaterThanOrEqual(30);
  const native = KILLER_EXPRESSIONS.filter(({ source, flags = "", input }) =>
    new Expression(source, flags, memory).isNativeSafe(input.length),
  );
  expect(native.map(({ source }) => source)).toEqual([]);
});

test.each([
  ["abc", 1],
  ["^abc.*", 1],
  ["a.*b", 2],
  ["^a.*b", 1],
  ["^[a-z]+[0-9]+$", 1],
  ["^.*x.*y", 2],
  ["x.*y.*z", 3],
  ["^(?:a+)+b", Number.POSITIVE_INFINITY],
  ["^(?:a|a)*b", Number.POSITIVE_INFINITY],
  ["^(?:ab|cd)*e", 1],
  ["^(?:ab+,)*e", 1],
  ["(a+)\\1b", 3],
])("/%s/ costs about n^%d at the worst", (source, degree) => {
  expect(risk(source).degree).toBe(degree);
});

test("rounds of a counted repetition count where they are taken at every place", () => {
  expect(risk("[ab]{8}c").ways).toBe(8 * risk("[ab]c").ways * 5);
  expect(risk("^[ab]{8}c").ways).toBe(1);
});

test("small repetitions count as ways, and many of them keep V8 away too", () => {
  expect(risk("^a?b").ways).toBe(2);
  expect(lengthWithin(risk("^(?:a?){8}(?:a?){8}(?:a?){8}(?:a?){8}b"), MAX_NATIVE_STEPS)).toBe(0);
});

test("a look-around of several bytes counts, since V8 takes it at every place of a repetition", () => {
  expect(risk("^(?:(?!ab).)+c").ways).toBe(5);
  expect(risk("^(?:(?!ab)(?!cd).)+e").ways).toBe(10);
  expect(risk("^(?:(?!a).)+c").ways).toBe(1);
});

test("bytes that a look-around compares are counted as steps", () => {
  const search = (source: string): number => {
    const expression = new Expression(source, "", memory);
    const bytes = bytesOf("abcdefgh".repeat(64));
    expect(expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS)).toBe(false);
    return expression.steps;
  };
  expect(search("^(?:(?!abcdefgx).)+x")).toBe(search("^(?:(?!ax).)+x") + 64 * 6);
});

/** Expressions and texts of few letters, so that matches are frequent. Linear congruential, so that a run repeats. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  one<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }
  expression(depth: number): string {
    const part = this.below(depth > 0 ? 10 : 4);
    if (part < 3) return this.one(["a", "b", "[ab]", "[^a]", ".", "\\w", "\\x41", "[\\x00-\\x61]"]);
    if (part === 3) return this.one(["^", "$", "\\b", "\\B", "a"]);
    const inner = this.expression(depth - 1);
    const next = this.expression(depth - 1);
    switch (part) {
      case 4:
        return `(?:${inner}|${next})`;
      case 5:
        // Perl and JavaScript differ about repeating what is empty.
        return `(?:${inner}${this.one(["a", "[ab]", "."])})${this.one(["*", "+", "?", "*?", "+?", "{1,2}", "{2}"])}`;
      case 6:
        return `(${inner})${next}`;
      case 7:
        return `(?${this.one(["=", "!"])}${inner})${next}`;
      case 8:
        return `${this.one(["(?<=a)", "(?<!b)", "(?<![\\s\\S])"])}${inner}`;
      default:
        return inner + next;
    }
  }
  text(): string {
    return Array.from({ length: this.below(12) }, () => this.one(["a", "b", "A", "\n", " "])).join("");
  }
}

test("the bounded engine finds what V8 finds, at the same place, for any expression and text", () => {
  const dice = new Dice(7);
  let compared = 0;
  for (let round = 0; round < 4000; round++) {
    const source = dice.expression(4);
    const flags = dice.one(["", "i", "s", "m", "is"]);
    const expression = new Expression(source, flags, memory);
    for (let i = 0; i < 5; i++) {
      const text = dice.text();
      const from = dice.below(3) === 0 ? Math.min(text.length, dice.below(4)) : 0;
      const isSticky = dice.below(4) === 0;
      const native = expression.findInText(text, from, isSticky) && [expression.start, expression.end];
      // Something stands around the subject that must not be seen.
      const bytes = bytesOf(`ab${text}ba`);
      const bounded = expression.findInBytes(bytes, 2, text.length, from, isSticky, MAX_STEPS) && [
        expression.start,
        expression.end,
      ];
      expect(bounded, `/${source}/${flags} on ${JSON.stringify(text)} from ${from}`).toEqual(native);
      compared++;
    }
  }
  expect(compared).toBe(20_000);
});

test("references repeat what their group took", () => {
  const find = (source: string, text: string, flags = "") => {
    const expression = new Expression(source, flags, memory);
    const bytes = bytesOf(text);
    if (!expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS)) return undefined;
    return text.slice(expression.start, expression.end);
  };
  expect(find("(a+)-\\1!", "aa-a-aa-aa!")).toBe("aa-aa!");
  expect(find("(?<x>[ab])\\k<x>", "abba")).toBe("bb");
  // Brackets that are no groups do not count.
  expect(find("\\([(](?<x>[ab])\\k<x>", "((abba((aa")).toBe("((aa");
  expect(find("(a)-\\1", "a-A", "i")).toBe("a-A");
  expect(find("(?=(a*))\\1b", "aaab")).toBe("aaab");
  expect(find("(?:(a)|b)+\\1c", "abac")).toBe("abac");
});

test("a reference that is not reached costs nothing: branches that fail before it are tried once", () => {
  const expression = new Expression("(\\w+)\\s*:=.*=>\\1|\\(\\s*'[^']{100,}", "s", memory);
  const bytes = bytesOf(`${"w".repeat(12_000)}('${"x".repeat(100)}`);
  expect(expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS)).toBe(true);
  expect([expression.start, expression.isExhausted]).toEqual([12_000, false]);
});

test("runs that end in one place alone are not gone back over, and are looked at once", () => {
  // Names of variables, long strings and a reference that fails for every beginning of the name but the last.
  const source = "(\\w+)\\s*:=\\s*('[^']{1024,}'|\"[^\"]{1024,}\")\\s*;.*layer\\s*=>\\s*\\1$";
  const expression = new Expression(source, "s", memory);
  const bytes = bytesOf(`${"a".repeat(1000)}b:='${"cd".repeat(512)}';layer=>b`);
  expect(expression.findInBytes(bytes, 0, bytes.length, 0, false, MAX_STEPS)).toBe(true);
  expect([expression.start, expression.end]).toEqual([1000, bytes.length]);
  expect(expression.steps).toBeLessThan(MAX_STEPS / 3);
});

test("a rule that searches again and again shares one allowance of steps, and what is cut off is counted", () => {
  const rule =
    'alert tcp any any -> any any (content:"a"; pcre:"/\\b(?:x+x+)+y/R"; content:"never"; distance:0; sid:1;)';
  const bench = new RuleBench(imageOf(rule));
  expect(bench.stream(`${"a".repeat(2000)}${"x".repeat(4000)}never`)).toEqual([]);
  expect(bench.matcher.limitCounts.evaluations).toBeGreaterThan(0);
});

test("an expression beyond the native length still decides rules on long buffers", () => {
  const rule = 'alert tcp any any -> any any (content:"needle"; pcre:"/a.*needle.*z/s"; sid:1;)';
  const bench = new RuleBench(imageOf(rule));
  expect(bench.stream(`${"b".repeat(30_000)}a${"c".repeat(20_000)}needle z`)).toEqual([1]);
  expect(bench.stream(`${"b".repeat(30_000)}${"c".repeat(20_000)}needle`, { flow: 2 })).toEqual([]);
});

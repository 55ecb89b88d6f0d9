import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { parseSync } from "rolldown/utils";
import { expect, test } from "vitest";
import { withPlainMembers } from "../../../scripts/packaging/plain-members.js";

const written = (code: string): string => withPlainMembers(code, parseSync("module.js", code).program);

test("classes do what they did", () => {
  const code = `class Counter {
  #count = 0;
  static #made = 0;
  constructor() { Counter.#made++; }
  static get made() { return Counter.#made; }
  get #next() { return this.#count + 1; }
  #take(step) { this.#count = this.#next - 1 + step; return this.#count; }
  add(step = 1) { return this.#take(step); }
  isOne(other) { return #count in other; }
}
class Doubled extends Counter {
  #count = 100;
  add() { return [super.add(2), this.#count++, new (class { #count = 7; read(from) { return [this.#count, from.#own]; } #own = 1; })().read.length]; }
}
const doubled = new Doubled();
[new Counter().add(), doubled.add(), doubled.add(), doubled.isOne(new Counter()), doubled.isOne({}), Counter.made]`;
  const rewritten = written(code);
  expect(rewritten.replace(/"[^"]*"/g, "")).not.toContain("#");
  expect(runInNewContext(rewritten)).toEqual(runInNewContext(code));
});

test("texts and comments stay as they are", () => {
  const code = 'const colour = "#fff"; // #1\nconst other = `#fff`;';
  expect(written(code)).toBe(code);
});

test("the joined module has no private member left", () => {
  const text = readFileSync(new URL("../../../dist/engine.js", import.meta.url), "utf8");
  expect(/\bthis\.#|^\s#\w/m.test(text)).toBe(false);
});

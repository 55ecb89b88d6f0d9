import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BoundedExpression } from "../../../../agent/sensor/match/bounded-expression.js";
import { BoundedMemory } from "../../../../agent/sensor/match/bounded-memory.js";
import { WARM_BYTES, warmExpressions } from "../../../../agent/sensor/match/expression-warmth.js";
import { encodeExpression } from "../../../../agent/signature/expression/expression-program.js";
import { parseExpression } from "../../../../agent/signature/expression/expression-syntax.js";

test("warming up leaves nothing behind: what is searched for afterwards is found as before", () => {
  const buffers = [Buffer.alloc(WARM_BYTES), new Uint8Array(WARM_BYTES)];
  const program = encodeExpression(parseExpression("(a+)x(?=b)\\w+?\\b", "i"));
  const search = () => {
    const expression = new BoundedExpression(program, new BoundedMemory());
    const bytes = Buffer.from("..aaxbcd e");
    return [
      expression.find(bytes, 0, bytes.length, 0, false),
      expression.start,
      expression.end,
      expression.steps,
    ];
  };
  const before = search();
  warmExpressions(buffers);
  expect(search()).toEqual(before);
  expect(before.slice(0, 3)).toEqual([true, 2, 8]);
});

/** The bounded engine, as it stands in the joined module: its class, and the functions beside it. */
const ENGINE = [
  "BoundedExpression = class",
  "asserts = function",
  "isLineEnd = function",
  "isMarked = function",
].map((name) => `\nconst ${name}`);
const END = "\n};";
/** Small functions outside of the search, and what no program has. */
const NOT_RUN = ["groupStart", "groupEnd", "default:"];

test("a line that was never run makes V8 give up what it compiled: the warm-up runs them all", () => {
  const dist = new URL("../../../../dist/", import.meta.url);
  const warmth = new URL("sensor/match/expression-warmth.js", dist).href;
  const joined = new URL("engine.js", dist);
  const script = `
    import { Session } from "node:inspector/promises";
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    const { WARM_BYTES, warmExpressions } = await import(${JSON.stringify(warmth)});
    warmExpressions([Buffer.alloc(WARM_BYTES), new Uint8Array(WARM_BYTES)]);
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const { functions } = result.find(({ url }) => url === ${JSON.stringify(joined.href)});
    console.log(JSON.stringify(functions.flatMap(({ ranges }) => ranges)));
  `;
  const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
  const ranges = JSON.parse(output) as { startOffset: number; endOffset: number; count: number }[];
  const text = readFileSync(joined, "utf8");
  const parts = ENGINE.map((line) => {
    const begin = text.indexOf(line);
    return { begin, end: text.indexOf(END, begin) + END.length };
  });
  expect(parts.every(({ begin }) => begin >= 0)).toBe(true);
  const inside = ranges.filter(({ startOffset, endOffset }) =>
    parts.some(({ begin, end }) => startOffset > begin && endOffset <= end),
  );
  expect(inside.filter(({ count }) => count > 0).length).toBeGreaterThan(10);
  const unrun = inside.filter(({ count }) => count === 0);
  const lines = unrun.map(({ startOffset, endOffset }) => text.slice(startOffset, endOffset));
  expect(lines.filter((line) => !NOT_RUN.some((first) => line.startsWith(first)))).toEqual([]);
});

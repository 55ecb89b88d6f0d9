import { execFileSync } from "node:child_process";
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

const ENGINE = ["bounded-expression.js", "bounded-assertion.js"];
/** Small functions outside of the search, and what no program has. */
const NOT_RUN = ["groupStart", "groupEnd", "default:"];

test("a line that was never run makes V8 give up what it compiled: the warm-up runs them all", () => {
  const warmth = new URL("../../../../dist/sensor/match/expression-warmth.js", import.meta.url).href;
  const script = `
    import { Session } from "node:inspector/promises";
    import { readFileSync } from "node:fs";
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    const { WARM_BYTES, warmExpressions } = await import(${JSON.stringify(warmth)});
    warmExpressions([Buffer.alloc(WARM_BYTES), new Uint8Array(WARM_BYTES)]);
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const engine = result.filter(({ url }) => ${JSON.stringify(ENGINE)}.some((name) => url.endsWith("/" + name)));
    const unrun = engine.flatMap(({ url, functions }) => {
      const text = readFileSync(new URL(url), "utf8");
      const ranges = functions.flatMap(({ ranges }) => ranges.filter(({ count }) => count === 0));
      return ranges.map(({ startOffset, endOffset }) => text.slice(startOffset, endOffset));
    });
    console.log(JSON.stringify({ files: engine.length, unrun }));
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const { files, unrun } = JSON.parse(output) as { files: number; unrun: string[] };
  expect(files).toBe(ENGINE.length);
  expect(unrun.filter((text) => !NOT_RUN.some((begin) => text.startsWith(begin)))).toEqual([]);
});

import { expect, test } from "vitest";
import { BoundedExpression } from "../../../../agent/sensor/match/bounded-expression.js";
import { BoundedMemory } from "../../../../agent/sensor/match/bounded-memory.js";
import {
  WARM_BYTES,
  WARM_SOURCES,
  warmExpressions,
} from "../../../../agent/sensor/match/expression-warmth.js";
import {
  ExpressionOp,
  encodeExpression,
  INSTRUCTION_WORDS,
} from "../../../../agent/signature/expression/expression-program.js";
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

test("an instruction that was never met makes V8 give up what it compiled: the warm-up meets every one", () => {
  const met = new Set<number>();
  for (const source of WARM_SOURCES) {
    const { words } = encodeExpression(parseExpression(source, "i"));
    for (let at = 0; at < words.length; at += INSTRUCTION_WORDS) met.add(words[at]!);
  }
  expect([...met].sort((a, b) => a - b)).toEqual(Object.values(ExpressionOp).sort((a, b) => a - b));
});

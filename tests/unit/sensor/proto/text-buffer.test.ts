import { expect, it } from "vitest";
import { TextBuffer } from "../../../../agent/sensor/proto/text-buffer.js";

const LETTERS = Uint8Array.from({ length: 300 }, (_, i) => 0x61 + (i % 26));

function filled(isMadeAtOnce: boolean, ...lengths: readonly number[]): string {
  const text = new TextBuffer(200, isMadeAtOnce);
  for (const length of lengths) {
    if (length > 1) text.push(LETTERS, 0, length);
    else text.pushByte(0x2d);
  }
  return `${Buffer.from(text.bytes.subarray(0, text.length)).toString()} ${text.isTruncated}`;
}

it("a buffer holds the same whether its memory is made at once or as text comes", () => {
  for (const lengths of [[1], [10, 1], [64, 1], [65], [60, 10, 1], [199, 1], [200, 1], [250], [100, 150]]) {
    expect(filled(false, ...lengths)).toBe(filled(true, ...lengths));
  }
  expect(filled(false, 3)).toBe("abc false");
  expect(filled(false, 250)).toMatch(/ true$/);
});

it("a buffer that waits for text has no memory before, and little for little text", () => {
  const text = new TextBuffer(200, false);
  expect(text.bytes.length).toBe(0);
  text.pushByte(0x61);
  expect(text.bytes.length).toBe(64);
  text.push(LETTERS, 0, 64);
  expect(text.bytes.length).toBe(200);
});

import { expect, test } from "vitest";
import { FilePool, OpenFile } from "../../../../agent/sensor/proto/file-pool.js";
import { fromLatin1 } from "../../../support/parse-messages.js";

const abc = fromLatin1("abcdef");

test("a file keeps a prefix of its bytes and gives its buffer back", () => {
  const pool = new FilePool({ maxFiles: 1, fileBytes: 4, idleUs: 100 });
  const file = new OpenFile(pool);
  file.append(abc, 0, 2, 0);
  expect(file.isOpen).toBe(false);
  expect(file.open(0)).toBe(true);
  file.append(abc, 0, 6, 0);
  file.push(1);
  expect(file.isFull).toBe(true);
  expect(pool.used).toBe(1);
  const closed = file.close()!;
  expect(Buffer.from(closed.bytes.subarray(0, closed.length)).toString()).toBe("abcd");
  expect(pool.used).toBe(0);
  expect(file.close()).toBeNull();
});

test("where all buffers are taken, only one that was idle for long changes hands", () => {
  const pool = new FilePool({ maxFiles: 1, fileBytes: 4, idleUs: 100 });
  const first = new OpenFile(pool);
  const second = new OpenFile(pool);
  first.open(0);
  expect(second.open(50)).toBe(false);
  expect(pool.refused).toBe(1);
  expect(second.open(150)).toBe(true);
  expect(pool.reclaimed).toBe(1);
  first.append(abc, 0, 2, 150);
  expect(first.isOpen).toBe(false);
  expect(first.close()).toBeNull();
  expect(second.length).toBe(0);
});

import { expect, it } from "vitest";
import { TcpTalk } from "../../../support/segments.js";
it("x", () => {
  const t = new TcpTalk().open();
  expect(t.tracker.isEstablished).toBe(false);
  t.c("PA", "GET / HTTP/1.0\r\n");
  expect(t.tracker.isEstablished).toBe(true);
  t.s("PA", "200 OK").c("PA","second").s("FA").c("FA").s("A");
  expect(t.app).toEqual(["GET / HTTP/1.0\r\nsecond{end}", "200 OK{end}"]);
  expect(t.raw).toEqual(t.app);
  expect(t.events).toEqual([]);
});

import { expect, it } from "vitest";
import { STREAM_EVENT_NAMES, StreamEvent } from "../../../../agent/sensor/flow/stream-event.js";

it("every stream event has the name rules know it by, at its number", () => {
  const names = Object.entries(StreamEvent).sort(([, a], [, b]) => a - b);
  expect(names.map(([, code]) => code)).toEqual(STREAM_EVENT_NAMES.map((_, i) => i));
  for (const [name, code] of names.slice(1)) {
    expect(STREAM_EVENT_NAMES[code]).toBe(name.toLowerCase().replace(/^syn([34])_/, "$1whs_"));
  }
});

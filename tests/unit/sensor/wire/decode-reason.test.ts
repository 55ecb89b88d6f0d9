import { expect, it } from "vitest";
import {
  DECODE_REASON_NAMES,
  DecodeReason,
  FIRST_OWN_REASON,
} from "../../../../agent/sensor/wire/decode-reason.js";

it("names every reason after its constant, in the order of the codes", () => {
  const named = Object.entries(DecodeReason).map(([name, code]) => [code, name]);
  const listed = DECODE_REASON_NAMES.map((name, code) => [code, name.toUpperCase().replaceAll(".", "_")]);
  expect(listed).toEqual(named);
});

it("fits a code into the byte that an event of a packet has", () => {
  expect(DECODE_REASON_NAMES.length).toBeLessThan(256);
  expect(new Set(DECODE_REASON_NAMES).size).toBe(DECODE_REASON_NAMES.length);
});

it("keeps Suricata's names apart from those of its own", () => {
  expect(DECODE_REASON_NAMES[FIRST_OWN_REASON - 1]).toBe("too_many_layers");
  expect(DECODE_REASON_NAMES[FIRST_OWN_REASON]).toBe("link.unsupported_type");
});

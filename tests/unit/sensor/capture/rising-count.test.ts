import { expect, it } from "vitest";
import { RisingCount } from "../../../../agent/sensor/capture/rising-count.js";

it("keeps counting when a 32-bit reading wraps around", () => {
  const count = new RisingCount();
  count.read(0xffff_fff0);
  count.read(0xffff_ffff);
  count.read(9);
  expect(count.value).toBe(0x1_0000_0009);
});

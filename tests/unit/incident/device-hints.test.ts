import { describe, expect, it } from "vitest";
import { DeviceHints } from "../../../agent/incident/device-hints.js";
import { makeObservation } from "../../support/detection.js";

describe("hints about devices", () => {
  it("remember the last name and hardware address a device was heard with", () => {
    const hints = new DeviceHints();
    hints.observe(makeObservation({ fields: { hostname: "  keiri-pc\u0000\n" } }));
    hints.observe(makeObservation({ event: "arp" }));
    expect(hints.lookUp("192.168.1.20")).toEqual({
      address: "192.168.1.20",
      hostname: "keiri-pc",
      macAddress: "02:00:00:00:00:20",
    });
    expect(hints.lookUp("192.168.1.21")).toEqual({ address: "192.168.1.21" });
  });

  it("forget the name when another device takes the address", () => {
    const hints = new DeviceHints();
    hints.observe(makeObservation({ fields: { hostname: "keiri-pc" } }));
    hints.observe(makeObservation({ event: "arp", macAddress: "02:00:00:00:00:99" }));
    expect(hints.lookUp("192.168.1.20")).toEqual({
      address: "192.168.1.20",
      macAddress: "02:00:00:00:00:99",
    });
  });

  it("learn nothing from observations without an address or without news", () => {
    const hints = new DeviceHints();
    hints.observe(makeObservation({ address: "0.0.0.0" }));
    hints.observe(makeObservation({ address: "" }));
    hints.observe(makeObservation({ macAddress: "" }));
    expect(hints.size).toBe(0);
  });

  it("are bounded in number and in length; the one longest unheard of leaves", () => {
    const hints = new DeviceHints();
    for (let n = 0; n < 1_030; n++) {
      hints.observe(
        makeObservation({ address: `10.0.${n >> 8}.${n & 255}`, fields: { hostname: "x".repeat(500) } }),
      );
      hints.observe(makeObservation({ address: "10.0.0.0" }));
    }
    expect(hints.size).toBe(1_024);
    expect(hints.lookUp("10.0.0.0").hostname).toHaveLength(64);
    expect(hints.lookUp("10.0.0.1").macAddress).toBeUndefined();
  });
});

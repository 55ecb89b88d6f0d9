import { describe, expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { findCards } from "../../../agent/device/card.js";
import { DeviceBook } from "../../../agent/device/device-book.js";
import { VendorTable } from "../../../agent/device/vendor-table.js";
import type { Observation } from "../../../agent/sensor/detection.js";
import { isInside, makeObservation } from "../../support/detection.js";
import { ManualClock } from "../../support/manual-clock.js";

const VENDORS = VendorTable.read(
  VendorTable.write(
    new Map([
      ["001b63", "Apple"],
      ["70b3d5", "IEEE"],
      ["70b3d5abc", "Small Maker"],
      ["acde481", "Half Maker"],
    ]),
  ),
);
const START_US = 1_790_000_000_000_000;
const MINUTE = 60_000;

function makeBook(maxDevices = 100) {
  const clock = new ManualClock(START_US / 1000);
  const counters = new Counters();
  const book = new DeviceBook({
    isInside,
    vendors: VENDORS,
    counters,
    maxDevices,
    monotonicMs: () => clock.monotonicMs(),
  });
  const hear = (changes: Partial<Observation>): void =>
    book.observe(makeObservation({ timeUs: clock.wallMs() * 1000, event: "arp", ...changes }));
  return { book, clock, counters, hear };
}

const PHONE_1 = "da:a1:19:00:00:01";
const PHONE_2 = "da:a1:19:00:00:02";

describe("who made an interface", () => {
  it("is told by the longest prefix that was given away", () => {
    expect(VENDORS.vendorOf("00:1b:63:12:34:56")).toBe("Apple");
    expect(VENDORS.vendorOf("70:b3:d5:ab:c1:23")).toBe("Small Maker");
    expect(VENDORS.vendorOf("70:b3:d5:11:11:11")).toBe("IEEE");
    expect(VENDORS.vendorOf("ac:de:48:1f:ff:ff")).toBe("Half Maker");
    expect(VENDORS.vendorOf("ac:de:48:2f:ff:ff")).toBeUndefined();
  });

  it("is told by the table of the build", () => {
    const table = VendorTable.ofBuild();
    expect(table.vendorOf("00:1b:63:00:00:01")).toBe("Apple");
    expect(table.vendorOf("00:00:48:00:00:01")).toMatch(/Epson/i);
    expect(table.vendorOf("02:00:00:00:00:01")).toBeUndefined();
  });
});

describe("a device card", () => {
  it("gathers what a device says of itself by its MAC, and follows it to another address", () => {
    const { book, clock, hear } = makeBook();
    const macAddress = "00:1b:63:00:00:20";
    hear({ address: "192.168.1.20", macAddress });
    hear({
      event: "dhcp",
      address: "192.168.1.20",
      macAddress,
      fields: { hostname: "  keiri-mac\u0000\n\u202e", vendor: "MSFT 5.0", parameters: "1,3,6,15" },
    });
    clock.advance(10 * MINUTE);
    hear({ address: "192.168.1.77", macAddress });
    hear({
      event: "http",
      address: "192.168.1.77",
      macAddress: "",
      fields: { user_agent: "Mozilla/5.0 (Macintosh)" },
    });
    hear({ event: "peer", address: "192.168.1.77", macAddress: "", fields: { server: "Mail.Example" } });
    const [card, ...others] = book.cards();
    expect(others).toEqual([]);
    expect(card).toMatchObject({
      name: "keiri-mac",
      kind: "computer",
      vendor: "Apple",
      macAddress,
      isPrivateMac: false,
      dhcp: { vendorClass: "MSFT 5.0", parameters: "1,3,6,15" },
      userAgents: ["Mozilla/5.0 (Macintosh)"],
      peers: ["mail.example"],
    });
    expect(card?.addresses.map(({ value }) => value)).toEqual(["192.168.1.77", "192.168.1.20"]);
    expect(Date.parse(card!.lastSeen) - Date.parse(card!.firstSeen)).toBe(10 * MINUTE);
  });

  it("is made for the office only", () => {
    const { book, hear } = makeBook();
    hear({ address: "203.0.113.9", macAddress: "" });
    hear({ address: "0.0.0.0" });
    hear({ event: "http", address: "8.8.8.8", macAddress: "", fields: { user_agent: "x" } });
    expect(book.size).toBe(0);
  });

  it("takes over what was heard of its address before its MAC was", () => {
    const { book, hear } = makeBook();
    hear({ event: "http", macAddress: "", fields: { user_agent: "Dalvik/2.1 (Linux; Android 14)" } });
    hear({ macAddress: PHONE_1 });
    expect(book.cards()).toMatchObject([{ macAddress: PHONE_1, kind: "phone" }]);
  });

  it("leaves an address to the device that took it", () => {
    const { book, hear } = makeBook();
    hear({ event: "dhcp", macAddress: "00:1b:63:00:00:01", fields: { hostname: "old-owner" } });
    hear({ macAddress: "00:1b:63:00:00:02" });
    expect(book.cardAt("192.168.1.20")).toMatchObject({ macAddress: "00:1b:63:00:00:02" });
    expect(book.cardAt("192.168.1.20")?.name).toBeUndefined();
  });

  it("stays one when a phone makes up another MAC and keeps its name", () => {
    const { book, clock, counters, hear } = makeBook();
    hear({ event: "dhcp", macAddress: PHONE_1, fields: { hostname: "Taro-no-iPhone" } });
    clock.advance(60 * MINUTE);
    hear({ address: "192.168.1.31", macAddress: PHONE_2 });
    expect(book.size).toBe(2);
    hear({ event: "mdns", address: "192.168.1.31", macAddress: PHONE_2, fields: { name: "Taro-no-iPhone" } });
    expect(book.size).toBe(1);
    expect(counters.get("device.merged")).toBe(1);
    expect(book.cardAt("192.168.1.31")).toMatchObject({
      macAddress: PHONE_2,
      isPrivateMac: true,
      kind: "phone",
    });
    expect(book.cardAt("192.168.1.31")?.macAddresses.map(({ value }) => value)).toEqual([PHONE_2, PHONE_1]);
  });

  it("stays one by DHCP's client id, but not by a name that everybody bears", () => {
    const { book, hear } = makeBook();
    hear({ event: "dhcp", macAddress: PHONE_1, fields: { hostname: "iPhone" } });
    hear({ event: "dhcp", address: "192.168.1.31", macAddress: PHONE_2, fields: { hostname: "iPhone" } });
    expect(book.size).toBe(2);
    hear({ event: "dhcp", macAddress: PHONE_1, fields: { client_id: "ff:12:34:56:78" } });
    hear({
      event: "dhcp",
      address: "192.168.1.31",
      macAddress: PHONE_2,
      fields: { client_id: "ff:12:34:56:78" },
    });
    expect(book.size).toBe(1);
  });

  it("is parted again when two MACs of one name take turns", () => {
    const { book, clock, counters, hear } = makeBook();
    const say = (macAddress: string, address: string): void => {
      clock.advance(MINUTE);
      hear({ event: "dhcp", macAddress, address, fields: { hostname: "tana-tablet" } });
    };
    for (let i = 0; i < 4; i++) {
      say(PHONE_1, "192.168.1.30");
      say(PHONE_2, "192.168.1.31");
    }
    expect(book.size).toBe(2);
    expect(counters.get("device.parted")).toBe(1);
    expect(book.cardAt("192.168.1.30")?.macAddress).toBe(PHONE_1);
    expect(book.cardAt("192.168.1.31")?.macAddress).toBe(PHONE_2);
  });

  it("holds what a stranger can make it hold within 16 KiB", () => {
    const { book, hear } = makeBook();
    const macAddress = "00:1b:63:00:00:20";
    for (let i = 0; i < 200; i++) {
      const text = `${i}-${"\u001b[2J表".repeat(100)}`;
      hear({
        event: "mdns",
        address: `192.168.1.${i % 100}`,
        macAddress,
        fields: {
          name: text,
          instance: text,
          model: text,
          services: text,
          user_agent: text,
          server: text,
          vendor: text,
        },
      });
    }
    const payload = JSON.stringify(book.cards()[0]);
    expect(Buffer.byteLength(payload)).toBeLessThan(16 * 1024);
    expect(payload).not.toContain("\\u001b");
  });
});

describe("what a person says of a device", () => {
  it("stands first, is taken back by an empty text, and outlives a restart", () => {
    const { book, hear } = makeBook();
    hear({ event: "dhcp", fields: { hostname: "android-3f" } });
    const id = book.cards()[0]!.id;
    expect(book.label(id, { name: "Sato's phone", owner: "Sato", room: "2F" })?.card).toMatchObject({
      name: "Sato's phone",
    });
    expect(book.label(id, { room: "" })?.card.label).toEqual({ name: "Sato's phone", owner: "Sato" });
    const other = makeBook();
    other.book.resume(JSON.parse(JSON.stringify(book.cards())) as unknown[]);
    expect(other.book.cards()).toEqual(book.cards());
    expect(book.label("d-00000000", { owner: "x" })).toBeUndefined();
  });

  it("finds it: address, MAC in whatever notation, name or its part, owner, card", () => {
    const { book, hear } = makeBook();
    hear({ event: "dhcp", macAddress: "00:1b:63:00:00:20", fields: { hostname: "KEIRI-PC" } });
    hear({
      event: "dhcp",
      address: "192.168.1.21",
      macAddress: "00:1b:63:00:00:21",
      fields: { hostname: "keiri-pc2" },
    });
    const cards = book.cards();
    const found = (text: string, mac?: string): string[] =>
      findCards(cards, text, mac).flatMap(({ name }) => name ?? []);
    expect(found("192.168.1.20")).toEqual(["KEIRI-PC"]);
    expect(found("001B.6300.0021", "00:1b:63:00:00:21")).toEqual(["keiri-pc2"]);
    expect(found("ｋｅｉｒｉ-ｐｃ")).toEqual(["KEIRI-PC"]);
    expect(found("keiri").sort()).toEqual(["KEIRI-PC", "keiri-pc2"]);
    expect(found("nobody")).toEqual([]);
  });
});

describe("what is stored and told", () => {
  it("is a new device once it had time to say its name, then its news, then one write an hour", () => {
    const { book, clock, hear } = makeBook();
    hear({});
    expect(book.tick()).toEqual([]);
    clock.advance(21_000);
    hear({ event: "dhcp", fields: { hostname: "keiri-pc" } });
    expect(book.tick()).toMatchObject([{ event: "new", card: { name: "keiri-pc" } }]);
    hear({});
    expect(book.tick()).toEqual([]);
    hear({ event: "dhcp", fields: { hostname: "eigyo-pc" } });
    expect(book.tick()).toEqual([]);
    clock.advance(10 * MINUTE);
    expect(book.tick()).toMatchObject([{ event: "changed", card: { name: "eigyo-pc" } }]);
    hear({});
    clock.advance(59 * MINUTE);
    expect(book.tick()).toEqual([]);
    clock.advance(MINUTE);
    expect(book.tick()).toMatchObject([{ event: "kept" }]);
  });

  it("is bounded when somebody makes up MACs: so many told an hour, so many kept, labelled ones last to go", () => {
    const { book, clock, counters, hear } = makeBook(200);
    hear({ address: "192.168.1.1", macAddress: "00:1b:63:00:00:01" });
    book.label(book.cards()[0]!.id, { owner: "Sato" });
    let told = 0;
    for (let i = 0; i < 500; i++) {
      clock.advance(1000);
      const hex = i.toString(16).padStart(4, "0");
      hear({
        address: `192.168.${2 + (i >> 8)}.${i & 255}`,
        macAddress: `02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`,
      });
      told += book.tick().filter(({ event }) => event === "new").length;
    }
    expect(book.size).toBe(200);
    expect(told).toBe(120);
    expect(counters.get("device.evicted")).toBe(301);
    expect(counters.get("device.kept_back")).toBeGreaterThan(0);
    expect(book.cardAt("192.168.1.1")?.label).toEqual({ owner: "Sato" });
  });

  it("takes evicted cards out of the store, those that are in it", () => {
    const { book, clock, hear } = makeBook(1);
    hear({ address: "192.168.1.1", macAddress: "00:1b:63:00:00:01" });
    clock.advance(30_000);
    book.tick();
    hear({ address: "192.168.1.2", macAddress: "00:1b:63:00:00:02" });
    hear({ address: "192.168.1.3", macAddress: "00:1b:63:00:00:03" });
    expect(book.tick()).toMatchObject([{ event: "gone", card: { macAddress: "00:1b:63:00:00:01" } }]);
  });
});

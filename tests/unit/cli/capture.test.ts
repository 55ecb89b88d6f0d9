import { createSocket } from "node:dgram";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CAPTURE_AGE_MS, CaptureFolder } from "../../../agent/onsite/capture-folder.js";
import { CaptureRing } from "../../../agent/sensor/capture/capture-ring.js";
import { runCommand } from "../../support/command-line.js";
import { openStore } from "../../support/store.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const AT = "2026-11-28T09:00:00.000Z";
const NOW_MS = Date.parse(AT);
const CARD = {
  id: "d-00000001",
  name: "loop",
  names: {},
  kind: "unknown",
  isPrivateMac: false,
  macAddresses: [],
  addresses: [{ value: "127.0.0.1", firstSeen: AT, lastSeen: AT }],
  ...{ userAgents: [], services: [], peers: [], firstSeen: AT, lastSeen: AT },
};
const ABOUT = {
  device: { id: "d-00000001", name: "loop", address: "127.0.0.1" },
  ...{ interface: "lo", filter: "host 127.0.0.1", startedAt: AT, endedAt: AT, frames: 1, givenUp: 0 },
};

describe("a ring of frames", () => {
  it("holds the latest, at least half of its bound and never more than it", () => {
    const ring = new CaptureRing(10_000);
    const frame = new Uint8Array(100);
    for (let i = 0; i < 1000; i++) {
      frame[0] = i & 255;
      ring.frame(frame, 0, 100, 100, 1, i);
    }
    const file = ring.file();
    expect(file.length).toBeLessThanOrEqual(10_000);
    expect(file.length).toBeGreaterThan(5_000);
    expect(ring.frames + ring.givenUp).toBe(1000);
    expect(file[file.length - 100]).toBe(999 & 255);
    expect((file.length - 24) / 116).toBe(ring.frames);
  });
});

describe("captures on the box", () => {
  it("are the owner's alone, hashed, and gone after seven days or beyond twenty", async () => {
    const directory = await temporaryDirectory();
    const folder = new CaptureFolder(join(directory, "store.db"));
    expect(folder.list()).toEqual([]);
    const record = folder.add(Uint8Array.of(1, 2, 3), ABOUT, NOW_MS);
    expect(statSync(folder.fileOf(record.id)).mode & 0o777).toBe(0o600);
    expect(folder.list()).toEqual([record]);
    expect([...folder.read(record)]).toEqual([1, 2, 3]);
    writeFileSync(folder.fileOf(record.id), "other");
    expect(() => folder.read(record)).toThrow("SHA-256");
    expect(folder.tidy(NOW_MS + CAPTURE_AGE_MS - 1)).toBe(0);
    for (let i = 0; i < 25; i++) folder.add(Uint8Array.of(i), ABOUT, NOW_MS);
    expect(folder.list()).toHaveLength(20);
    expect(folder.tidy(NOW_MS + CAPTURE_AGE_MS)).toBe(20);
    expect(folder.list()).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() !== 0)("sekisho capture", () => {
  it("asks first, records what the card says, ties it to the incident, lists, exports and deletes it", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    await store.append([
      { priority: "low", device: { id: CARD.id, updatedMs: NOW_MS, payload: JSON.stringify(CARD) } },
    ]);
    await store.close();
    const ask = async (...args: string[]) => {
      return runCommand(["capture", ...args], {
        SEKISHO_STORE_PATH: join(directory, "store.db"),
        SEKISHO_CONTROL_SOCKET: join(directory, "none.sock"),
      });
    };
    expect((await ask()).err).toContain("--device");
    expect((await ask("--device", "loop", "--interface", "lo")).err).toContain("--yes");
    expect((await ask("--device", "loop", "--interface", "lo", "--yes", "--for", "2h")).code).toBe(1);
    const socket = createSocket("udp4");
    const timer = setInterval(() => socket.send("marker", 9, "127.0.0.1"), 20);
    const made = await ask("--device", "127.0.0.1", "--interface", "lo", "--yes", "--for", "1s", "--json");
    clearInterval(timer);
    socket.close();
    expect(made.code).toBe(0);
    const record = JSON.parse(made.out) as { id: string; frames: number; sha256: string };
    expect(record).toMatchObject({ filter: "host 127.0.0.1", device: { id: CARD.id } });
    expect(record.frames).toBeGreaterThan(0);
    expect((await ask("--list")).out).toContain(record.id);
    const out = join(directory, "out.pcap");
    expect((await ask("--export", record.id, "--out", out)).out).toContain(record.sha256);
    expect(readFileSync(out).includes("marker")).toBe(true);
    expect((await ask("--export", record.id, "--out", out)).code).toBe(1);
    expect((await ask("--delete", record.id)).code).toBe(0);
    expect((await ask("--list")).out).toContain("no capture");
  });
});

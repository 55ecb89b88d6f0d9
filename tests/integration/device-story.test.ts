/** The demo's story as a technician lives it: from the incident to the phone, by the commands alone. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displayWidth } from "../../agent/base/text-layout.js";
import { writeStory } from "../../scripts/story/story.js";
import { runCommand } from "../support/command-line.js";
import { poll } from "../support/poll.js";
import { MAIN, RunningAgent } from "../support/sekisho-process.js";

let agent: RunningAgent;
let config: string;
let folder: string;

async function ask(...args: string[]) {
  return runCommand([...args, "--config", config]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekisho-story-"));
  const path = (name: string): string => join(folder, name);
  writeStory(path("story.pcap"));
  config = path("sekisho.yaml");
  writeFileSync(
    config,
    JSON.stringify({
      device: { id: "story-box" },
      home_net: ["192.168.10.0/24"],
      capture: { file: path("story.pcap"), speed: 100_000 },
      store: { path: path("sekisho.db"), budget_mib: 16 },
      control: { socket: path("control.sock") },
    }),
  );
  agent = new RunningAgent(config);
  await poll("everything found to be committed", () => agent.log.includes("has come to its end"), 120_000);
});

afterAll(async () => {
  await agent?.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe("the infected phone", () => {
  it("is found from the incident in two commands", async () => {
    const { out: list } = await ask("incidents", "--verdict", "act");
    const [id = ""] = /^\S+(?=[ *])/.exec(list) ?? [];
    const { code, out: sheet } = await ask("incident", id.replaceAll("-", "").replace("*", "").toLowerCase());
    expect(code).toBe(0);
    const [, mac = ""] = /((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s+\(private/.exec(sheet) ?? [];
    const [, address = ""] = /\((192\.168\.10\.\d+)\)/.exec(sheet) ?? [];
    expect(mac).not.toBe("");
    const { out: device } = await ask("device", mac);
    expect(device).toContain(address);
    expect(device).toContain(id.replace("*", ""));
  });

  it("is found by its address, MAC and name alike, in Japanese too, within eighty columns", async () => {
    const { out: json } = await ask("devices", "--json");
    const cards = JSON.parse(json) as {
      name?: string;
      macAddress?: string;
      addresses: { value: string }[];
    }[];
    expect(cards.length).toBeGreaterThan(3);
    const phone = cards.find(({ name }) => /android|iphone|galaxy|pixel/i.test(name ?? ""))!;
    const sheets = await Promise.all(
      [phone.name!, phone.macAddress!.toUpperCase().replaceAll(":", "-"), phone.addresses[0]!.value].map(
        (who) => ask("device", who, "--lang", "ja"),
      ),
    );
    for (const { out } of sheets) {
      expect(out).toBe(sheets[0]!.out);
      expect(out).toContain("スマートフォン");
      for (const line of out.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    }
  });

  it("is seen by tail and top, within a terminal of 80 columns and 24 rows", async () => {
    const lines = (await ask("tail", "--for", "1s", "--last", "3", "--json")).out.trim().split("\n");
    expect(
      lines.map((line) => (JSON.parse(line) as { insideHost: { hostname: string } }).insideHost.hostname),
    ).toEqual(Array.from({ length: 3 }, () => "Galaxy-A54"));
    const none = await ask("tail", "--for", "1s", "--verdict", "information");
    expect([none.code, none.out]).toEqual([0, ""]);
    expect((await ask("tail", "--for", "soon")).code).toBe(1);
    const plain = await ask("top", "--interval", "1", "--lang", "ja");
    expect(plain.out).toContain("Galaxy-A54 (192.168.10.143)");
    expect(plain.out).not.toContain("\u001b");
    for (const line of plain.out.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    // `script` gives the command a terminal.
    const command = `stty cols 80 rows 24; ${process.execPath} ${MAIN} top --count 2 --interval 1 --config ${config}`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8" });
    const screens = stdout.split("\u001b[H").slice(1);
    expect(screens).toHaveLength(2);
    for (const screen of screens) {
      const rows = screen.trimEnd().split(/\r?\n/);
      expect(rows.length).toBeLessThanOrEqual(24);
      for (const row of rows) expect(displayWidth(row.replace(/\p{Cc}\[[JK]/gu, ""))).toBeLessThanOrEqual(80);
    }
  });

  it("is not to be found in a support bundle with pseudonyms, though the bundle tells how the box does", async () => {
    const target = join(folder, "support.tar.gz");
    const { code, out, err } = await ask("support", "--yes", "--pseudonymise", "--out", target);
    expect(code).toBe(0);
    expect(err).toContain("no traffic");
    expect(out).toMatch(/SHA-256: [0-9a-f]{64}/);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    const unpacked = join(folder, "support");
    mkdirSync(unpacked);
    execFileSync("tar", ["-xzf", target, "-C", unpacked]);
    const texts = new Map(
      readdirSync(unpacked).map((file) => [file, readFileSync(join(unpacked, file), "utf8")]),
    );
    expect([...texts.keys()].sort()).toEqual([
      "config.json",
      "doctor.json",
      "incidents.json",
      "journal.txt",
      "machine.json",
      "rules.json",
      "status.json",
    ]);
    for (const text of texts.values())
      expect(text).not.toMatch(/192\.168\.10\.|Galaxy-A54|story-box|d6:3f:8a/);
    expect(JSON.parse(texts.get("config.json")!)).toMatchObject({ store: { budget_mib: 16 } });
    expect(JSON.parse(texts.get("status.json")!)).toMatchObject({ verdict: expect.any(String) });
    expect(JSON.parse(texts.get("incidents.json")!)).toMatchObject({ total: 5, byRule: { "1:9000002": 1 } });
    expect(await ask("support", "--yes", "--out", target)).toMatchObject({ code: 1 });
    expect((await ask("support")).err).toContain("--yes");
  });

  it("bears what a person says of it, also when the agent is gone", async () => {
    const { out } = await ask("devices", "--json");
    const [card] = JSON.parse(out) as { id: string }[];
    expect((await ask("device", card!.id, "--label", "owner=佐藤", "--label", "room=2F")).out).toBe(
      "Noted.\n",
    );
    expect((await ask("device", "佐藤")).out).toContain("2F");
    const wrong = await ask("device", card!.id, "--label", "colour=red");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("colour=red")]);
    expect((await ask("device", "nobody-here")).err).toContain("sekisho devices");
    await agent.kill();
    const stored = await ask("device", "佐藤");
    expect(stored.err).toContain("does not answer");
    expect(stored.out).toContain("2F");
    expect((await ask("device", card!.id, "--label", "room=3F")).code).toBe(1);
  });
});

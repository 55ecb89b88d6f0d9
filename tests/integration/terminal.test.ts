/** Commands as a technician has them on an 80-column console: in a pty of 24 rows, beside a running agent on a real interface. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { displayWidth } from "#agent/base/text-layout.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { writeStory } from "../../scripts/story/story.js";
import { runCommand } from "../support/command-line.js";
import { poll } from "../support/poll.js";
import { MAIN, RunningAgent } from "../support/sekisho-process.js";

const obstacle =
  namespaceObstacle() ?? (spawnSync("script", ["--version"]).error ? "needs script (bsdutils)" : undefined);
const PHONE = "192.168.10.143";
const PACKETS_PER_SECOND = 2_000;

describe.skipIf(obstacle)(`a console of 80 × 24${obstacle ? ` (skipped: ${obstacle})` : ""}`, () => {
  let cable: NetworkNamespace;
  let agent: RunningAgent;
  let folder: string;
  let config: string;

  beforeAll(async () => {
    cable = new NetworkNamespace();
    folder = mkdtempSync(join(tmpdir(), "sekisho-console-"));
    config = join(folder, "sekisho.yaml");
    writeFileSync(
      config,
      JSON.stringify({
        device: { id: "box-7" },
        home_net: ["192.168.10.0/24"],
        capture: { interfaces: [cable.nearInterface] },
        store: { path: join(folder, "sekisho.db"), budget_mib: 8 },
        control: { socket: join(folder, "control.sock") },
      }),
    );
    writeStory(join(folder, "story.pcap"));
    agent = new RunningAgent(config);
    await poll("capture to start", () => agent.log.includes("capture has started"));
    cable.replay(join(folder, "story.pcap"), PACKETS_PER_SECOND);
    await poll("incidents", async () => (await ask("incidents")).out.includes("ACT"));
  });
  afterAll(async () => {
    await agent?.stop();
    cable?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (...args: string[]) => runCommand([...args, "--config", config]);

  /** A command in a pty; `answer` is typed when it asks. */
  async function inTerminal(args: readonly string[], answer = ""): Promise<string> {
    const command = [process.execPath, MAIN, ...args, "--config", config]
      .map((word) => `'${word}'`)
      .join(" ");
    const child = spawn("script", ["-qec", `stty rows 24 cols 80; ${command}`, "/dev/null"], {
      env: { PATH: process.env.PATH, LANG: "C.UTF-8", TERM: "linux" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (answer !== "" && text.includes("[y/N]") && child.stdin.writable) child.stdin.end(answer);
    });
    await once(child, "close");
    return text;
  }

  it("has the whole of top on one screen, drawn in place, in both languages", async () => {
    for (const language of ["en", "ja"]) {
      const traffic = cable.flood(join(folder, "story.pcap"), 600, PACKETS_PER_SECOND);
      const text = await inTerminal(["top", "--count", "2", "--interval", "1", "--lang", language]);
      traffic.kill("SIGKILL");
      const screens = text.split("\u001b[H").slice(1);
      expect(screens).toHaveLength(2);
      for (const screen of screens) {
        expect(screen).toContain("\u001b[J");
        const lines = screen.replaceAll("\u001b[J", "").replaceAll("\u001b[K", "").trimEnd().split(/\r?\n/);
        expect(lines.length).toBeLessThanOrEqual(23);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
        expect(screen).toContain(cable.nearInterface);
      }
      // Somebody of the office is among those who talk most.
      expect(screens.at(-1)).toMatch(/192\.168\.10\.\d+ .*\d+\.\d +\d+\.\d +\d+/);
    }
  });

  it("follows a rule on the flows of now, and says which condition stopped it", async () => {
    const traffic = cable.flood(join(folder, "story.pcap"), 600, PACKETS_PER_SECOND);
    const { out, code } = await ask("why", "9000001", "--for", "2s");
    traffic.kill("SIGKILL");
    expect(code).toBe(0);
    expect(out).toMatch(
      /3\. dns\.query is "c2\.badexample\.test".*\n +stopped \d+ flows here:\n +192\.168\.10\./,
    );
    for (const line of out.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    expect((await ask("why", "77")).code).toBe(1);
  });

  it("asks before it records what may hold content, and takes everything but a yes for a no", async () => {
    const no = await inTerminal(["capture", "--device", PHONE, "--for", "1s"], "n\n");
    expect(no).toContain(PHONE);
    expect((await ask("capture", "--list", "--json")).out.trim()).toBe("[]");
    const unknown = await ask("capture", "--device", PHONE, "--yes", "--incident", "22-222-2");
    expect(unknown.code).toBe(1);
    const support = await inTerminal(
      ["support", "--out", join(folder, "support.tar.gz"), "--lang", "ja"],
      "n\n",
    );
    expect(support).toContain("rules.json");
    const prose = `${no}\n${support}`.split(/\r?\n/).filter((line) => !/\[y\/N\]|: .* or host /.test(line));
    for (const line of prose) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });
});

/** Logs, evidence and collectors in a running agent: a UTM's line and what people do end in the chain, in a collector, and in an archive that holds anywhere. */
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readArchive } from "../../agent/evidence/archive.js";
import { readHolds } from "../../agent/evidence/hold-book.js";
import type { EvidenceRecord } from "../../agent/evidence/record.js";
import type { Incident } from "../../agent/incident/incident.js";
import { CaptureFolder } from "../../agent/onsite/capture-folder.js";
import { writeStory } from "../../scripts/story/story.js";
import { runCommand } from "../support/command-line.js";
import { freePort } from "../support/free-port.js";
import { poll } from "../support/poll.js";
import { RunningAgent, sekisho } from "../support/sekisho-process.js";

const IPS =
  'date=2026-11-28 time=19:00:00 devname="utm" logid="0419016384" type="utm" subtype="ips" severity="critical" action="dropped" proto=6 srcip=SOURCE srcport=50123 dstip=203.0.113.80 dstport=443 attack="Trojan.Generic" attackid=41944';

let agent: RunningAgent;
let config: string;
let folder: string;
let syslogPort: number;
let pagePort: number;
let incident: Incident;

const path = (name: string): string => join(folder, name);
const ask = (...args: string[]) => runCommand([...args, "--config", config], { USER: "sato" });

async function filesOf(archive: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  await readArchive(archive, ({ name, bytes }) => files.set(name, bytes.toString("utf8")));
  return files;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekisho-logs-"));
  writeStory(path("story.pcap"));
  [syslogPort, pagePort] = [await freePort(), await freePort()];
  config = path("sekisho.yaml");
  const settings = {
    device: { id: "office-1" },
    home_net: ["192.168.10.0/24"],
    capture: { file: path("story.pcap"), speed: 100_000 },
    store: { path: path("sekisho.db"), budget_mib: 16 },
    control: { socket: path("control.sock") },
    page: { port: pagePort },
    syslog: { address: "127.0.0.1", udp_port: syslogPort, sources: [{ name: "utm", address: "127.0.0.1" }] },
    forward: [
      {
        ...{ name: "local", to: `file://${path("eve/eve.json")}` },
        records: ["detections", "incidents", "agent", "logs"],
      },
    ],
  };
  writeFileSync(config, JSON.stringify(settings));
  agent = new RunningAgent(config);
  await poll("everything found to be committed", () => agent.log.includes("has come to its end"), 120_000);
  await poll("the port for logs", () => agent.log.includes("logs of other devices are taken in"));
  const { out } = await ask("incidents", "--verdict", "act", "--json");
  [incident] = JSON.parse(out) as [Incident];
});

afterAll(async () => {
  await agent?.kill();
  rmSync(folder, { recursive: true, force: true });
});

it("what a UTM tells reaches the collector as a detection of its own and as a line", async () => {
  const socket = createSocket("udp4");
  const line = `<185>${IPS.replace("SOURCE", incident.insideHost.address)}`;
  await new Promise((resolve) => socket.send(line, syslogPort, "127.0.0.1", resolve));
  socket.close();
  const events = (): { event_type: string; alert?: { gid: number; signature: string }; log?: object }[] =>
    readFileSync(path("eve/eve.json"), "utf8")
      .split("\n")
      .filter((one) => one !== "")
      .map((one) => JSON.parse(one));
  await poll("the line", () => events().some(({ event_type }) => event_type === "log"));
  await poll("the detection", () => events().some(({ alert }) => alert?.signature === "utm: Trojan.Generic"));
  expect(events().map(({ event_type }) => event_type)).toEqual(expect.arrayContaining(["alert", "incident"]));
  const { out } = await ask("status");
  expect(out).toMatch(/local +connected; [\d,]+ sent, 0 dropped, 0 waiting/);
});

it("an archive made through the agent holds elsewhere, with card, rules, capture, and what people did", async () => {
  const { id, insideHost } = incident;
  const captured = new CaptureFolder(path("sekisho.db")).add(
    Buffer.from("frames"),
    {
      device: { id: insideHost.id ?? "", name: "phone", address: insideHost.address },
      ...{ incident: id, interface: "lan0", filter: "", frames: 1, givenUp: 0 },
      ...{ startedAt: incident.firstSeen, endedAt: new Date().toISOString() },
    },
    Date.now(),
  );
  await fetch(`http://127.0.0.1:${pagePort}/setup`, {
    method: "POST",
    headers: { origin: `http://127.0.0.1:${pagePort}`, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ code: "wrong", password: "x".repeat(20), again: "x".repeat(20) }),
  });
  const now = [
    await ask("device", insideHost.address, "--label", "owner=sato"),
    await ask(
      "suppress",
      "add",
      "--rule",
      "1:9999999",
      "--source",
      insideHost.address,
      "--reason",
      "a test",
      "--for",
      "1h",
    ),
    await ask("evidence", "hold", id, "--purpose", "asked by the police"),
  ];
  expect(now.map(({ code, err }) => [code, err])).toEqual([
    [0, ""],
    [0, ""],
    [0, ""],
  ]);
  expect(readHolds(path("evidence"))).toMatchObject([{ incident: id, by: "sato" }]);
  const archive = path("evidence.tar.gz");
  // The agent looks for suppressions once a second.
  await poll("everything in the archive", async () => {
    rmSync(archive, { force: true });
    const to = new Date(Date.now() + 60_000).toISOString();
    const made = await ask("evidence", "export", "--from", "2020-01-01", "--to", to, "--output", archive);
    expect(made).toMatchObject({ code: 0, err: "" });
    return [...(await filesOf(archive)).values()].join("").includes('"event":"suppressions"');
  });
  const all = [...(await filesOf(archive)).values()].join("");
  for (const event of ["page_login_failed", "device_label", "suppressions"])
    expect(all).toContain(`"event":"${event}"`);
  const kinds = new Set(
    [...all.matchAll(/^[0-9a-f]{16} (\{"n".*\})$/gm)].map(
      ([, json]) => (JSON.parse(json!) as EvidenceRecord).kind,
    ),
  );
  for (const kind of ["start", "detection", "incident", "log", "hold", "export", "rules"])
    expect(kinds).toContain(kind);

  const about = path("incident.tar.gz");
  const made = await ask(
    "evidence",
    "export",
    "--incident",
    id,
    "--recipient",
    "police",
    "--output",
    about,
    "--json",
  );
  expect(made).toMatchObject({ code: 0, err: "" });
  const files = await filesOf(about);
  expect(files.get("device.ja.txt")).toContain("sato");
  expect(files.get("rules/fired.rules")).toContain(`sid:${incident.rule.sid};`);
  expect(files.get(`captures/${captured.id}.pcap`)).toBe("frames");
  const { key } = JSON.parse(made.out) as { key: string };
  // Another machine: nothing but the archive and the key.
  const verified = sekisho(["evidence", "verify", about, "--key", key], {
    SEKISHO_STORE_PATH: "/nowhere/x.db",
  });
  expect(verified).toMatchObject({ code: 0 });
  const released = await ask("evidence", "hold", id, "--release");
  expect(released).toMatchObject({ code: 0, err: "" });
  expect(readHolds(path("evidence"))).toEqual([]);
});

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ArchivedFile, ArchiveWriter, readArchive } from "../../../agent/evidence/archive.js";
import { type Incident, incidentEntry } from "../../../agent/incident/incident.js";
import { incidentIdOf } from "../../../agent/incident/incident-id.js";
import { runCommand } from "../../support/command-line.js";
import { openChain } from "../../support/evidence-chain.js";
import { INCIDENT } from "../../support/incident-message.js";
import { ManualClock } from "../../support/manual-clock.js";
import { openStore } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const ID = incidentIdOf("first");
const NOON = Date.UTC(2026, 10, 22, 12);
const OURS = { kind: "detection", sourceAddress: "192.168.10.57", destinationAddress: "203.0.113.5" };
const OTHERS = { kind: "detection", sourceAddress: "192.168.10.5", destinationAddress: "203.0.113.57" };

/** A box with one incident at noon, and what else was recorded that day. */
async function box() {
  const folder = await memoryDirectory();
  const at = new Date(NOON).toISOString();
  const incident = { ...INCIDENT.data, id: ID, state: "closed", firstSeen: at, lastSeen: at } as Incident;
  const store = await openStore(folder);
  await store.append([incidentEntry({ incident, priority: "critical" }, NOON)]);
  await store.close();
  mkdirSync(join(folder, "evidence"));
  const clock = new ManualClock(NOON - 3_600_000);
  const chain = openChain(join(folder, "evidence"), { clock });
  chain.append("start", {});
  await chain.seal();
  clock.advance(3_600_000);
  chain.append("health", { conditions: ["capture.silent lan0"] });
  for (const detection of [OURS, OTHERS]) chain.append("detection", detection);
  chain.append("incident", incident);
  chain.append("log", { source: "utm", lines: [[0, "ok", "drop 192.168.10.57 -> 203.0.113.5"]] });
  chain.append("log", { source: "utm", lines: [[0, "ok", "allow 192.168.10.157"]] });
  await chain.seal();
  await chain.close();
  const ask = async (...args: string[]) => {
    return runCommand(args, {
      SEKISHO_STORE_PATH: join(folder, "store.db"),
      SEKISHO_DEVICE_ID: "office-1",
      USER: "sato",
    });
  };
  const archive = join(folder, "evidence.tar.gz");
  const exportIt = () =>
    ask("evidence", "export", "--incident", ID, "--output", archive, "--recipient", "police", "--json");
  return { folder, archive, key: chain.publicKey, ask, exportIt };
}

async function filesOf(path: string): Promise<ArchivedFile[]> {
  const files: ArchivedFile[] = [];
  await readArchive(path, ({ name, bytes }) => files.push({ name, bytes: Buffer.from(bytes) }));
  return files;
}

function pack(path: string, files: readonly ArchivedFile[]): string {
  rmSync(path, { force: true });
  const writer = new ArchiveWriter(path, 0);
  for (const file of files) writer.add(file);
  writer.end();
  return path;
}

describe("sekisho evidence", () => {
  it("exports an incident so that it holds by the public key alone, and shows nothing of others", async () => {
    const { archive, key, ask, exportIt } = await box();
    const exported = await exportIt();
    expect(exported).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^The agent does not answer.*\n$/),
    });
    expect(JSON.parse(exported.out)).toEqual({ output: archive, records: 5, hidden: 2, key });
    const verified = await ask("evidence", "verify", archive, "--key", key);
    expect(verified.code).toBe(0);
    expect(verified.out).toMatch(/HOLDS: .* of office-1.*by sato to police/);
    const files = await filesOf(archive);
    const all = files.map(({ bytes }) => bytes.toString()).join("");
    expect(all).toContain("drop 192.168.10.57");
    expect(all).not.toContain("192.168.10.157");
    expect(all).not.toContain(`${OTHERS.sourceAddress}"`);
    const names = files.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["index.ja.txt", "index.en.txt", "incident.ja.txt"]));
    expect(all).toContain("capture.silent lan0");
  });

  it("names what was changed, taken away or added, whichever file it is", async () => {
    const { folder, archive, key, ask, exportIt } = await box();
    await exportIt();
    const files = await filesOf(archive);
    const changed = join(folder, "changed.tar.gz");
    const verify = async (list: readonly ArchivedFile[]) => {
      pack(changed, list);
      const { code, out } = await ask("evidence", "verify", changed, "--key", key, "--json");
      expect(code).toBe(1);
      return JSON.parse(out).problem;
    };
    for (const [i, { name, bytes }] of files.entries()) {
      const other = Buffer.from(bytes);
      other[Math.floor(other.length / 2)]! ^= 1;
      const problem = await verify(files.with(i, { name, bytes: other }));
      if (problem.what !== "custody") expect(problem.file).toBe(name);
      else expect(["manifest.json", "custody/records.jsonl"]).toContain(name);
      await verify(files.toSpliced(i, 1));
      await verify(files.toSpliced(i, 0, files[i]!));
    }
    expect(await verify([...files, { name: "extra.txt", bytes: Buffer.from("x") }])).toMatchObject({
      what: "file",
      file: "extra.txt",
    });
    writeFileSync(changed, readFileSync(archive).subarray(0, -40));
    const cut = await ask("evidence", "verify", changed, "--key", key, "--lang", "ja");
    expect(cut).toMatchObject({ code: 1 });
    expect(cut.out).toContain("証跡として成立しません");
  });

  it("does not take an archive of another box, nor one that contradicts the monitor's checkpoint", async () => {
    const { archive, key, ask, exportIt } = await box();
    await exportIt();
    const other = await ask("evidence", "verify", archive, "--key", "0".repeat(64));
    expect(other).toMatchObject({ code: 1 });
    const { digest, epoch } = JSON.parse((await ask("evidence", "status", "--json")).out);
    const good = `${epoch}:${digest}`;
    expect((await ask("evidence", "verify", archive, "--key", key, "--checkpoint", good)).code).toBe(0);
    const bad = [`${epoch}:${"0".repeat(64)}`, `${epoch + 1}:${digest}`];
    for (const checkpoint of bad)
      expect((await ask("evidence", "verify", archive, "--key", key, "--checkpoint", checkpoint)).code).toBe(
        1,
      );
  });

  it("records every hand-over and hold in the chain, and lists what is held", async () => {
    const { folder, ask, exportIt } = await box();
    await exportIt();
    await ask("evidence", "hold", ID, "--purpose", "insurance");
    expect((await ask("evidence", "status")).out).toContain(`Held: ${ID}, by sato: insurance`);
    expect((await ask("evidence", "hold", ID, "--release")).code).toBe(0);
    expect((await ask("evidence", "hold", ID, "--release")).err).toContain("is not held");
    const text = readFileSync(join(folder, "evidence", "000000000000001.open"), "utf8");
    const kinds = text
      .split("\n")
      .slice(1, -1)
      .map((line) => JSON.parse(line.slice(17)).kind as string);
    expect(kinds.slice(-3)).toEqual(["export", "hold", "hold"]);
  });

  it("says what to do where nothing fits", async () => {
    const { ask } = await box();
    const nothing = await ask("evidence", "export", "--from", "2020-01-01T00:00", "--to", "2020-01-02T00:00");
    expect(nothing.err).toContain("sekisho evidence status");
    expect((await ask("evidence", "export")).err).toContain("--incident");
    expect((await ask("evidence", "verify", "x", "--key", "abc")).err).toContain("64 hexadecimal digits");
  });
});

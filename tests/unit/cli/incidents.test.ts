import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { displayWidth } from "../../../agent/base/text-layout.js";
import { type Incident, incidentEntry } from "../../../agent/incident/incident.js";
import { incidentIdOf } from "../../../agent/incident/incident-id.js";
import type { Store } from "../../../agent/store/store.js";
import { runCommand } from "../../support/command-line.js";
import { INCIDENT } from "../../support/incident-message.js";
import { openStore } from "../../support/store.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const PHONE = { address: "192.168.10.57", hostname: "android-3f", macAddress: "da:a1:19:00:00:57" };
const PC = { address: "192.168.10.20", hostname: "KEIRI-PC", macAddress: "00:1b:63:00:00:20" };
const [FIRST, SECOND] = [incidentIdOf("first"), incidentIdOf("second")];

function incident(changed: Partial<Incident>): Incident {
  const { insideHost = PHONE } = changed;
  const insideHosts = { named: [insideHost], count: 1, isEstimate: false };
  return { ...INCIDENT.data, insideHost, insideHosts, ...changed } as Incident;
}

async function office(...incidents: readonly Incident[]) {
  const folder = await temporaryDirectory();
  const store = await openStore(folder);
  await put(store, ...incidents);
  const ask = async (...args: string[]) => {
    return runCommand(args, { SEKISHO_STORE_PATH: join(folder, "store.db") });
  };
  return { store, ask };
}

async function put(store: Store, ...incidents: readonly Incident[]): Promise<void> {
  await store.append(incidents.map((one) => incidentEntry({ incident: one, priority: "critical" }, 1)));
}

describe("sekisho incidents and incident, beside a running agent", () => {
  it("list the latest state of each, the last touched first, and filter", async () => {
    const pc = incident({
      id: SECOND,
      insideHost: PC,
      verdict: "watch",
      rule: { ...INCIDENT.data.rule, sid: 7 },
    });
    const { store, ask } = await office(incident({ id: FIRST }), pc);
    await put(store, incident({ id: FIRST, state: "closed", count: 9 }));
    const ids = async (...args: string[]) =>
      (JSON.parse((await ask("incidents", "--json", ...args)).out) as Incident[]).map(({ id }) => id);
    expect(await ids()).toEqual([FIRST, SECOND]);
    expect(await ids("--limit", "1")).toEqual([FIRST]);
    expect(await ids("--open")).toEqual([SECOND]);
    expect(await ids("--verdict", "act")).toEqual([FIRST]);
    expect(await ids("--rule", "7")).toEqual([SECOND]);
    expect(await ids("--rule", "3:7")).toEqual([]);
    for (const device of ["192.168.10.20", "keiri", "00-1B-63-00-00-20"])
      expect(await ids("--device", device)).toEqual([SECOND]);
    expect((await ask("incidents", "--limit", "1")).err).toBe("1 more; --limit shows them.\n");
    expect((await ask("incidents", "--device", "nobody")).out).toContain("No incident");
    expect((await ask("incidents", "--rule", "x")).code).toBe(1);
  });

  it("lead from a number as it was heard on the phone to the device", async () => {
    const { ask, store } = await office(
      incident({
        id: FIRST,
        count: 12,
        evidence: [{ kind: "tls.sni", value: "c2.example", count: 12 }],
      }),
      incident({ id: SECOND, insideHost: PC }),
    );
    const { out } = await ask("incident", FIRST.replaceAll("-", "").toLowerCase());
    expect(out).toContain("android-3f (192.168.10.57), MAC da:a1:19:00:00:57 (private");
    expect(out).toContain("1:2024001 ET MALWARE");
    expect(out).toContain("tls.sni c2.example (12×)");
    expect(out).toContain("goes on, 12 hits so far");
    expect(out).toMatch(/To do +1\. Disconnect/);
    expect(out).toMatch(/Timeline +\d{4}-/);
    const rule = { ...INCIDENT.data.rule, gid: 1, sid: 9_000_001 };
    await put(store, incident({ id: FIRST, rule }));
    expect((await ask("incident", FIRST)).out).toMatch(/Looks for +traffic of dns/);
    expect((await ask("incident", FIRST, "--lang", "ja")).out).toMatch(/検知条件 +dns の通信/);
    const japanese = await ask("incident", SECOND, "--lang", "ja");
    expect(japanese.out).toContain("KEIRI-PC (192.168.10.20), MAC アドレス 00:1b:63:00:00:20");
    expect(japanese.out).toContain("対処");
  });

  it("keep to eighty columns and print nothing that moves a cursor", async () => {
    const hostname = `\u001b[2J\u202e${"長い名前".repeat(20)}`;
    const { ask } = await office(incident({ id: FIRST, insideHost: { ...PHONE, hostname } }));
    for (const language of ["en", "ja"]) {
      for (const args of [["incidents"], ["incident", FIRST]]) {
        const { out } = await ask(...args, "--lang", language);
        for (const line of out.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
        expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
      }
    }
  });

  it("say what is wrong: a misheard number, one of another box, a store that cannot be read", async () => {
    const { ask } = await office(incident({ id: FIRST }));
    const last = FIRST.at(-1) === "2" ? "3" : "2";
    expect(await ask("incident", FIRST.slice(0, -1) + last)).toMatchObject({
      code: 1,
      err: expect.stringContaining("misheard"),
    });
    expect(await ask("incident", SECOND)).toMatchObject({
      code: 1,
      err: expect.stringContaining("another box"),
    });
    const elsewhere = await runCommand(["incidents"], { SEKISHO_STORE_PATH: "/nonexistent/store.db" });
    expect([elsewhere.code, elsewhere.out + elsewhere.err]).toEqual([1, expect.stringContaining("sudo")]);
  });
});

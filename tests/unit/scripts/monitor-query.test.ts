import { join } from "node:path";
import { expect, it } from "vitest";
import { summarize } from "../../../agent/incident/summary.js";
import { Tally } from "../../../agent/incident/tally.js";
import { MonitorDatabase } from "../../../scripts/monitor/database.js";
import { type QueryArguments, runQuery } from "../../../scripts/monitor/query-command.js";
import { INCIDENT } from "../../support/incident-message.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

type Data = Partial<(typeof INCIDENT)["data"]>;

async function filledMonitor() {
  const file = join(await temporaryDirectory(), "monitor.db");
  const database = await MonitorDatabase.open(file);
  let seq = 0;
  const insert = async (device: string, kind: string, data: object) => {
    seq++;
    const committedAt = `2026-11-2${seq}T00:00:00.000Z`;
    const text = JSON.stringify({ ...INCIDENT, device, seq, committedAt, data });
    await database.insert([{ device, ledger: "a", seq, class: "high", kind, committedAt, text }]);
  };
  const incident = (device: string, changes: Data) =>
    insert(device, "incident", { ...INCIDENT.data, ...changes });
  await incident("box-1", { id: "A", count: 1 });
  await incident("box-1", { id: "A", count: 9, state: "updated" });
  await incident("box-2", { id: "A", verdict: "watch" });
  await incident("box-1", { id: "B", verdict: "information", rule: { ...INCIDENT.data.rule, sid: 7 } });
  const rules = { version: "ab12", loaded: 5, refused: 0 };
  await insert("box-1", "summary", summarize("day", 3, new Tally("day/3"), 86_400_000, rules));
  const ask = async (args: Partial<QueryArguments>, language: "en" | "ja" = "en") => {
    let text = "";
    const all: QueryArguments = {
      what: "incidents",
      db: file,
      json: true,
      limit: 50,
      device: undefined,
      verdict: undefined,
      sid: undefined,
      since: undefined,
      ...args,
    };
    await runQuery(all, language, (chunk) => {
      text += chunk;
    });
    return text;
  };
  return { database, ask };
}

it("a monitor's file answers questions about incidents while the monitor works with it", async () => {
  const { database, ask } = await filledMonitor();
  const ids = async (args: Partial<QueryArguments>) =>
    (await ask(args))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as typeof INCIDENT)
      .map(({ device, data }) => `${device} ${data.id} ${data.count}`)
      .sort();
  expect(await ids({})).toEqual(["box-1 A 9", "box-1 B 1", "box-2 A 1"]);
  expect(await ids({ device: "box-1", verdict: "act" })).toEqual(["box-1 A 9"]);
  expect(await ids({ sid: 7 })).toEqual(["box-1 B 1"]);
  expect(await ids({ since: "2026-11-23T00:00:00.000Z" })).toEqual(["box-1 B 1", "box-2 A 1"]);
  expect(await ids({ limit: 2 })).toHaveLength(2);
  await database.close();
});

it("it shows incidents and summaries in plain words", async () => {
  const { database, ask } = await filledMonitor();
  expect(await ask({ json: false, device: "box-2" })).toMatch(/A goes on: 1 hits.*\(box-2,\s1:2024001/s);
  expect(await ask({ what: "summaries", json: false })).toContain("nothing happened, and everything worked");
  expect(await ask({ what: "summaries", json: false }, "ja")).toContain("異常はありませんでした");
  await database.close();
});

it("a file that is no monitor's is named", async () => {
  const { database, ask } = await filledMonitor();
  await database.close();
  await expect(ask({ db: "/nowhere/monitor.db" })).rejects.toThrow("/nowhere/monitor.db");
});

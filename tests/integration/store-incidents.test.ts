import { expect, it } from "vitest";
import { systemClock } from "../../agent/base/clock.js";
import { Counters } from "../../agent/base/counters.js";
import { explain } from "../../agent/incident/explanation.js";
import { type Incident, incidentEntry } from "../../agent/incident/incident.js";
import { IncidentBook } from "../../agent/incident/incident-book.js";
import type { Detection } from "../../agent/sensor/detection.js";
import type { StoreEntry } from "../../agent/store/record.js";
import type { Store } from "../../agent/store/store.js";
import { directoryOf, isInside, makeDetection } from "../support/detection.js";
import { openStore, readOutbox } from "../support/store.js";
import { memoryDirectory } from "../support/temporary-directory.js";

function openBook(): IncidentBook {
  const devices = directoryOf([
    { address: "192.168.1.50", hostname: "Taro-no-iPhone", macAddress: "02:00:00:00:00:20" },
  ]);
  return new IncidentBook({ clock: systemClock, isInside, devices, counters: new Counters() });
}

/** What the composition does with a detection. */
async function accept(store: Store, book: IncidentBook, detection: Detection): Promise<void> {
  const entries: StoreEntry[] = book.observe(detection).map((change) => incidentEntry(change, Date.now()));
  await store.append([{ priority: entries[0]?.priority ?? "low", detection }, ...entries]);
}

const PHONE = { clientAddress: "192.168.1.50" };

it("carries the story of a phone from detections to the outbox, over a restart of the agent", async () => {
  const directory = await memoryDirectory();
  const first = await openStore(directory);
  const before = openBook();
  const lookup = makeDetection({
    ...PHONE,
    serverAddress: "192.168.1.1",
    serverPort: 53,
    category: "Domain Observed Used for C2 Detected",
    applicationProtocol: "dns",
    metadata: { dns: { query: [{ rrname: "c2.example" }] } },
  });
  await accept(first, before, lookup);
  for (let n = 0; n < 30; n++) {
    const scan = { category: "Detection of a Network Scan", severity: 3, signatureId: 7, serverPort: 445 };
    await accept(first, before, makeDetection({ ...PHONE, ...scan, serverAddress: `192.168.1.${100 + n}` }));
  }
  await first.append(before.settle().map((change) => incidentEntry(change, Date.now())));
  await first.close();

  const second = await openStore(directory);
  const after = openBook();
  const open = await second.openIncidents(1_000);
  after.resume(open.map(({ payload }) => JSON.parse(payload)).reverse());
  expect(after.size).toBe(2);
  await accept(second, after, lookup);
  const ended = after.closeAll().map((change) => incidentEntry(change, Date.now()));
  await second.append(ended);
  expect(await second.openIncidents(10)).toEqual([]);
  expect(second.status().usage.detections.records).toBe(32);

  const sent = (await readOutbox(second)).map(({ priority, payload }) => ({
    priority,
    incident: JSON.parse(payload) as Incident,
  }));
  // In the order of sending: the lookup, the scan's first eight and their fold, then what closed.
  expect(sent.map(({ priority, incident }) => `${priority} ${incident.state} ${incident.scope}`)).toEqual([
    "critical opened pair",
    ...new Array(8).fill("high opened pair"),
    "high opened many-remotes",
    "high updated many-remotes",
    ...new Array(8).fill("normal closed pair"),
    "normal closed many-remotes",
    "normal closed pair",
  ]);
  expect(sent.at(-2)!.incident).toMatchObject({ count: 30, remotes: { count: 30 } });
  const last = sent.at(-1)!.incident;
  expect(last).toMatchObject({ id: sent[0]!.incident.id, count: 2 });
  expect((await second.incident(last.id))?.payload).toBe(JSON.stringify(last));
  expect(explain(last, "ja").title).toBe(
    "Taro-no-iPhone (192.168.1.50) がマルウェアの指令サーバーの名前を検索しました",
  );
});

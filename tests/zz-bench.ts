import { mkdtempSync, rmSync, statSync } from "node:fs";
import { Store } from "#agent/store/store.js";
import { systemClock } from "#agent/base/clock.js";
const [, , mib, rows, bytes] = process.argv.map(Number) as number[];
const dir = mkdtempSync("/tmp/stb-");
const path = `${dir}/a/store.db`;
const options = { path, budgetBytes: mib! * 1048576, clock: systemClock };
let t = performance.now();
let store = await Store.open(options);
console.log(`budget ${mib} MiB, open fresh`, (performance.now() - t).toFixed(1), "ms, rss", (process.memoryUsage().rss / 1e6).toFixed(0));
const payload = JSON.stringify({ a: "x".repeat(bytes!) });
const entry = () => ({ priority: "normal" as const, message: { topic: "incident", payload } });
let maxWal = 0, maxDb = 0, maxRss = 0;
t = performance.now();
for (let n = 0; n < rows!; n += 500) {
  await store.append(Array.from({ length: 500 }, entry));
  if (n % 5000 === 0) { maxWal = Math.max(maxWal, statSync(`${path}-wal`).size); maxDb = Math.max(maxDb, statSync(path).size); maxRss = Math.max(maxRss, process.memoryUsage().rss); }
}
let s = (performance.now() - t) / 1000;
console.log(Math.round(rows! / s), "rows/s, wal", maxWal, "db", maxDb, "rss", (maxRss / 1e6).toFixed(0), JSON.stringify(store.status().usage.outbox));
t = performance.now(); const r = await store.append([{ priority: "critical", message: { topic: "incident", payload } }]); const c = await store.outbox.lease(1);
console.log("critical through the backlog", (performance.now() - t).toFixed(1), "ms", c[0]!.sequence === r.sequences[0]);
await store.close(); t = performance.now(); store = await Store.open(options); console.log("open full", (performance.now() - t).toFixed(1), "ms, rss", (process.memoryUsage().rss / 1e6).toFixed(0));
t = performance.now(); let m = 0; maxRss = 0;
for (;;) { const got = await store.outbox.lease(500); if (got.length === 0) break; m += got.length; await store.outbox.acknowledge(0, got.map((g) => g.sequence)); maxRss = Math.max(maxRss, process.memoryUsage().rss); }
s = (performance.now() - t) / 1000;
console.log("drain", Math.round(m / s), "msg/s of", m, "rss", (maxRss / 1e6).toFixed(0));
await store.close(); rmSync(dir, { recursive: true });

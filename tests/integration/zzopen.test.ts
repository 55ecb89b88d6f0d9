import { test } from "vitest";
import { cp } from "node:fs/promises";
import { openStore, readOutbox, message, MEBIBYTE } from "../support/store.js";
import { openSqlite } from "../../agent/store/sqlite-driver.js";
test("x", async () => {
  await cp("/tmp/sb/hang", "/tmp/sb/work", { recursive: true, force: true });
  let n = 0;
  const store = await openStore("/tmp/sb/work", { budgetBytes: 16 * MEBIBYTE, openSqlite: async (p) => {
    const c = await openSqlite(p);
    return { ...c, all: async (s, q) => { try { return await c.all(s, q); } catch (e) { if (n++ < 60) console.log("FAIL", s.slice(0, 90), String(e)); throw e; } },
     execute: async (s) => { try { return await c.execute(s); } catch (e) { if (n++<60) console.log("FAILX", s.slice(0, 60), String(e)); throw e; } }, interrupt: () => c.interrupt(), close: () => c.close() };
  } });
  console.log(JSON.stringify(store.status()));
  store.onStatus((s) => console.log(s.state, s.error?.message));
  await Promise.race([store.append([message("after", "critical")]), new Promise((r) => setTimeout(r, 2000))]);
  await Promise.race([readOutbox(store), new Promise((r) => setTimeout(r, 2000))]);
  console.log(JSON.stringify(store.status()));
}, 10000);

import { test } from "vitest";
import { execFileSync } from "node:child_process";
import { bundle } from "./support/bundle.js";
test("bench", async () => {
  const b = await bundle(new URL("./zz-bench.ts", import.meta.url));
  try { for (const a of [["8", "50000", "700"], ["64", "100000", "700"], ["512", "300000", "250"]]) process.stdout.write(execFileSync("node", [b.path, ...a], { encoding: "utf8" })); } finally { await b.remove(); }
}, 120000);

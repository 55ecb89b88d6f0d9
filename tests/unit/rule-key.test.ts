import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../support/temporary-directory.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("a change of the engine's code makes compiled rules another engine's, also where size and time stay as they were", async () => {
  const folder = await temporaryDirectory();
  for (const part of ["base", "config", "signature", "sensor", "rule-key.js"]) {
    cpSync(join(ROOT, "dist", part), join(folder, "dist", part), { recursive: true });
  }
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  cpSync(join(ROOT, "rules/classification.config"), join(folder, "rules/classification.config"));
  const script = `
    const { engineFingerprint } = await import(${JSON.stringify(join(folder, "dist/rule-key.js"))});
    process.stdout.write(Buffer.from(engineFingerprint()).toString("hex"));`;
  const fingerprint = (): string => {
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(stdout, stderr).toMatch(/^[0-9a-f]{64}$/);
    return stdout;
  };
  const first = fingerprint();
  expect(fingerprint()).toBe(first);

  const file = join(folder, "dist/signature/image.js");
  const { atime, mtime } = statSync(file);
  writeFileSync(file, readFileSync(file, "utf8").replace("a", "e"));
  utimesSync(file, atime, mtime);
  expect(fingerprint()).not.toBe(first);
});

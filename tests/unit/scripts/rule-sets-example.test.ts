/** The example of README, "Rule sets from afar", line by line as an operator types it. */
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { hasMosquitto, Mosquitto } from "../../support/mosquitto.js";
import { MAIN } from "../../support/sekisho-process.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

test.skipIf(!hasMosquitto)("the example of the README works as it stands there", async () => {
  const section = readFileSync(join(ROOT, "README.md"), "utf8").split("### Rule sets from afar")[1] ?? "";
  const example = /```sh\n(.*?)```/s.exec(section)?.[1] ?? "";
  expect(example.trim().split("\n")).toHaveLength(10);
  const folder = await temporaryDirectory();
  for (const name of ["scripts", "rules"]) symlinkSync(join(ROOT, name), join(folder, name));
  mkdirSync(join(folder, "bin"));
  const program = (name: string, line: string): void => {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${line} "$@"\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  };
  program("sudo", "exec");
  program("sekisho", `exec ${process.execPath} ${MAIN}`);
  const broker = await Mosquitto.start();
  onTestFinished(() => broker.stop());
  const { stdout } = await promisify(execFile)("bash", ["-ec", example], {
    cwd: folder,
    env: {
      PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
      SEKISHO_KEY_PASSPHRASE: "a passphrase",
      SEKISHO_BROKER: broker.url,
      SEKISHO_STORE_PATH: join(folder, "data/sekisho.db"),
      SEKISHO_RULE_SETS_ROOT_FILE: join(folder, "office.roots"),
    },
  });
  expect(stdout).toContain("office-1.bundle is valid: office 1");
  expect(stdout).toContain("1 rules disabled");
  expect(stdout).toContain("rules: 0 added, 1 removed, 0 changed");
  expect(stdout).toMatch(/ring 3 \(100 %\)/);
  expect(stdout).toContain("published vendor 2");
  expect(stdout).toContain("office 2 is in force (vendor)");
});

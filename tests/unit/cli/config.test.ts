import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../support/command-line.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

async function configFile(text: string): Promise<string> {
  const file = join(await temporaryDirectory(), "sekisho.yaml");
  writeFileSync(file, text);
  return file;
}

describe("sekisho config", () => {
  test("check says that a configuration is valid, or every mistake with its line and exit code 1", async () => {
    const good = await configFile("store: {budget_mib: 64}\n");
    expect(await runCommand(["config", "check", "--config", good])).toMatchObject({
      code: 0,
      out: expect.stringContaining("1 keys are set"),
    });
    const bad = await configFile("store:\n  budget_mb: 64\nuplink: {protocol: 7}\n");
    const { code, err } = await runCommand(["config", "check", "--config", bad]);
    expect(code).toBe(1);
    expect(err).toContain(`${bad}:2: unknown key store.budget_mb; did you mean store.budget_mib?`);
    expect(err).toContain(`${bad}:3: uplink.protocol must be one of`);
  });

  test("show --origin names the line, the variable or the default behind every value", async () => {
    const file = await configFile("device:\n  id: box-1\nstore:\n  budget_mib: 64\n");
    const { out } = await runCommand(["config", "show", "--origin", "--config", file], {
      SEKISHO_STORE_BUDGET_MIB: "32",
    });
    expect(out).toContain(`device.id = "box-1"  # ${file}:2\n`);
    expect(out).toContain("store.budget_mib = 32  # SEKISHO_STORE_BUDGET_MIB\n");
    expect(out).toContain("capture.snaplen = 65535  # default\n");
  });

  test("what show prints is a configuration that means the same", async () => {
    const file = await configFile("home_net: [192.168.10.0/24]\nhealth: {silence_min: 3}\n");
    const { out } = await runCommand(["config", "show", "--json", "--config", file]);
    const again = await configFile((await runCommand(["config", "show", "--config", file])).out);
    const { out: meant } = await runCommand(["config", "show", "--json", "--config", again]);
    expect(JSON.parse(meant)).toEqual(JSON.parse(out));
  });

  test("schema prints the JSON Schema that editors read", async () => {
    expect(JSON.parse((await runCommand(["config", "schema"])).out)).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      properties: { home_net: { type: "array" } },
    });
  });
});

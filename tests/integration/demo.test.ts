import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const DEMO = fileURLToPath(new URL("../../dist/scripts/demonstration/main.js", import.meta.url));

test("the demo finds the phone, loses nothing although the broker is killed, and ends by itself", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [DEMO, "--lang", "ja", "--pull-cable", "--speed", "110"],
    {
      encoding: "utf8",
      timeout: 240_000,
    },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toContain("ブローカーを強制終了しました");
  expect(stdout).toContain("確認すべき機器: Galaxy-A54（192.168.10.143、MAC d6:3f:8a:51:07:c2）");
  expect(stdout).toContain("欠落 0 件、未着 0 件");
  expect(stdout).toContain("送信箱は空です");
}, 300_000);

/** The page of a running agent: after a morning in the office, the infected phone is found with a few clicks. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { askAgent } from "#agent/onsite/control-client.js";
import type { Status } from "#agent/onsite/status.js";
import { writeStory } from "../../scripts/story/story.js";
import { browserObstacle, startBrowser } from "../support/browser.js";
import { freePort } from "../support/free-port.js";
import { poll } from "../support/poll.js";
import { RunningAgent, sekisho } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const obstacle = browserObstacle();
const PASSWORD = "correct horse battery";

it.skipIf(obstacle)(
  `from the list to the phone and what to do takes two clicks${obstacle ? ` (skipped: ${obstacle})` : ""}`,
  async () => {
    const folder = await temporaryDirectory();
    const path = (name: string): string => join(folder, name);
    writeStory(path("story.pcap"));
    const port = await freePort();
    const configuration = {
      home_net: ["192.168.10.0/24"],
      capture: { file: path("story.pcap"), speed: 100_000 },
      store: { path: path("sekisho.db"), budget_mib: 8 },
      page: { port },
    };
    writeFileSync(path("sekisho.yaml"), JSON.stringify(configuration));
    const agent = new RunningAgent(path("sekisho.yaml"));
    const browser = await startBrowser();
    const status = async (): Promise<Status> =>
      (await askAgent(path("control.sock"), "/v1/status")) as Status;
    try {
      await poll(
        "everything found to be committed",
        () => agent.log.includes("has come to its end"),
        120_000,
      );
      const { pageSetupCode } = await status();
      expect(sekisho(["status", "--lang", "en", "--socket", path("control.sock")]).out).toContain(
        `set-up code: ${pageSetupCode}`,
      );
      const page = await browser.newPage({ locale: "en-US" });
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.getByLabel("Set-up code").fill(pageSetupCode!);
      await page.getByLabel("New password").fill(PASSWORD);
      await page.getByLabel("The same once more").fill(PASSWORD);
      await page.getByRole("button", { name: "Set the password" }).click();

      await page.getByRole("link", { name: "Incidents" }).click();
      await page.locator(".incidents li a").first().click();
      const sheet = (await page.locator("main").textContent())!;
      expect(sheet).toMatch(/192\.168\.10\.\d+/);
      expect(await page.locator(".actions li").count()).toBeGreaterThan(0);
      expect(await page.locator("article").getAttribute("class")).toContain("act");
      expect((await status()).pageSetupCode).toBeUndefined();
    } finally {
      await browser.close();
      expect(await agent.stop()).toBe(0);
    }
  },
);

/** The box's own page in a real browser: both languages, a phone's width, keyboard and accessibility, and who may see what. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PageServer } from "#agent/onsite/page/page-server.js";
import { PagePassword } from "#agent/onsite/page/password.js";
import { browserObstacle, startBrowser } from "../support/browser.js";
import { freePort } from "../support/free-port.js";
import { officeStatus, PageOffice, runOf } from "../support/page-office.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const PASSWORD = "a long enough password";
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const obstacle = browserObstacle();

/** What axe finds wrong, a line each. */
async function accessibilityTroubles(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
  }>("axe.run()");
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Columns by which the content is wider than the screen. */
async function overhang(page: Page): Promise<number> {
  // The text is there before the style sheet.
  await page.waitForLoadState("load");
  return page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
}

describe.skipIf(obstacle)(`the box's own page${obstacle ? ` (skipped: ${obstacle})` : ""}`, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let office: PageOffice;
  let password: PagePassword;
  let server: PageServer;
  let address: string;
  let monotonicMs = 0;
  let outside: string[];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    office = new PageOffice(20_000);
    password = new PagePassword(join(await temporaryDirectory(), "page-password"));
    const port = await freePort();
    server = await PageServer.open(
      { interface: "lo", port },
      {
        source: office,
        password,
        language: "en",
        monotonicMs: () => monotonicMs,
        wallMs: () => Date.UTC(2026, 8, 21),
      },
    );
    address = `http://127.0.0.1:${port}`;
    context = await browser.newContext({ viewport: DESK, locale: "en-US" });
    page = await context.newPage();
    outside = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(address)) outside.push(request.url());
    });
  });
  afterEach(async () => {
    expect(outside).toEqual([]);
    await context.close();
    await server.close();
  });

  async function signIn(): Promise<void> {
    await password.set(password.setupCode()!, PASSWORD);
    await page.goto(address);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${address}/`);
  }

  it("lets only the holder of the set-up code set the password, once, and then signs in", async () => {
    const code = password.setupCode()!;
    await page.goto(`${address}/incidents`);
    expect(new URL(page.url()).pathname).toBe("/setup");
    const fill = async (values: readonly [string, string, string]): Promise<void> => {
      await page.getByLabel("Set-up code").fill(values[0]);
      await page.getByLabel("New password").fill(values[1]);
      await page.getByLabel("The same once more").fill(values[2]);
      await page.getByRole("button", { name: "Set the password" }).click();
    };
    await fill(["WRONGCOD", PASSWORD, PASSWORD]);
    expect(await page.getByRole("alert").textContent()).toBe("The set-up code is not right.");
    await fill([code, PASSWORD, "another long password"]);
    expect(await page.getByRole("alert").textContent()).toBe("The two passwords differ.");
    expect(await accessibilityTroubles(page)).toEqual([]);
    await fill([code.toLowerCase(), PASSWORD, PASSWORD]);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Overview");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${address}/setup`);
    expect(new URL(page.url()).pathname).toBe("/login");
    expect(await password.set(code, "a different password")).toBe(false);
  });

  it("says what is wrong and what to do, and follows the agent without a reload", async () => {
    office.current = officeStatus({
      verdict: "failing",
      conditions: [{ name: "capture.link_down", level: "failing", subject: "lan0", params: {} }],
    });
    await signIn();
    const light = page.locator("#light");
    expect(await light.textContent()).toContain("NOT PROTECTING");
    expect(await light.textContent()).toContain("lan0 has no link. Check the cable and the switch port.");
    await expect.poll(() => page.locator("figure canvas").count()).toBe(4);
    expect(await accessibilityTroubles(page)).toEqual([]);
    office.current = officeStatus();
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.locator("#light.ok").waitFor();
    expect(await light.textContent()).toContain("Traffic is read, rules are in force");
  });

  it("shows 20,000 incidents a page at a time, those to act on first", async () => {
    await signIn();
    await page.getByRole("link", { name: "Incidents" }).click();
    const items = page.locator(".incidents li");
    expect(await items.count()).toBe(50);
    expect(await page.locator(".incidents li.act").count()).toBe(50);
    const newest = await items.first().textContent();
    await page.getByRole("link", { name: "Older" }).click();
    expect(await items.count()).toBe(50);
    expect(await items.first().textContent()).not.toBe(newest);
    await page.getByRole("link", { name: "Newest" }).click();
    expect(await items.first().textContent()).toBe(newest);
    await page.getByRole("link", { name: "All" }).click();
    expect(await page.locator(".incidents li.information").count()).toBeGreaterThan(10);
    expect(await accessibilityTroubles(page)).toEqual([]);
  });

  it("leads from the list to the device and what to do, shows hostile text as text, and prints on one sheet of A4", async () => {
    await signIn();
    await page.getByRole("link", { name: "Incidents" }).click();
    await page.locator(".incidents li a").first().click();
    const text = (await page.locator("article").textContent())!;
    expect(text).toContain("iPhone-Tanaka (192.168.10.57)");
    expect(text).toContain("Take the device off the Wi-Fi");
    expect(text).toContain("<script>document.title='hacked'</script>");
    expect(await page.locator(".timeline li").allTextContents()).toEqual([
      "2026-09-21 09:13:20 12 hits: evil.example",
      "09:20:00 also K7-00002: scans the office",
    ]);
    expect(await page.title()).not.toBe("hacked");
    expect(await page.getByRole("button", { name: "Print" }).isVisible()).toBe(true);
    expect(await accessibilityTroubles(page)).toEqual([]);
    const sheet = await page.pdf({ preferCSSPageSize: true });
    expect(sheet.toString("latin1").match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  });

  it("speaks Japanese, fits a phone, and remembers the language", async () => {
    await page.setViewportSize(PHONE);
    await signIn();
    await page.getByRole("link", { name: "日本語" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("概要");
    expect(await page.evaluate("document.documentElement.lang")).toBe("ja");
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    await page.goto(`${address}/incidents?filter=all`);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("インシデント");
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    expect(await accessibilityTroubles(page)).toEqual([]);
    await page.getByRole("link", { name: "機器" }).click();
    expect(await page.locator(".devices").textContent()).toContain("iPhone-Tanaka");
    expect(await page.title()).not.toBe("hacked");
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    expect(await accessibilityTroubles(page)).toEqual([]);
    await page.goBack();
    await page.locator(".incidents li a").first().click();
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    expect(await page.getByRole("heading", { name: "対処" }).isVisible()).toBe(true);
  });

  it("begins a check by its button, follows it without a reload, and says what it found", async () => {
    await page.setViewportSize(PHONE);
    await signIn();
    await page.getByRole("link", { name: "Checks" }).click();
    expect(await accessibilityTroubles(page)).toEqual([]);
    await page.getByRole("button", { name: "Run the self-test" }).click();
    await page.waitForURL(`${address}/checks`);
    const region = page.locator("#selftest");
    expect(await region.getByRole("progressbar").getAttribute("value")).toBe("40");
    expect(await page.locator("#doctor").textContent()).toContain("Not run");
    expect(await accessibilityTroubles(page)).toEqual([]);
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    office.checks.selftest = runOf(false, 1);
    await region.getByText("What could be tested works.").waitFor();
    expect(await region.getByRole("progressbar").count()).toBe(0);
    expect(await region.textContent()).toContain("No monitor.");
    expect(await page.title()).not.toBe("hacked");
    expect(await accessibilityTroubles(page)).toEqual([]);
    expect(await overhang(page)).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "Run the doctor" }).click();
    await page.locator("#doctor [aria-label=Progress]").waitFor();
  });

  it("makes guessing slow, also after a restart of the session, and lets the right password in later", async () => {
    await password.set(password.setupCode()!, PASSWORD);
    const attempt = (text: string): Promise<Response> =>
      fetch(`${address}/login`, {
        method: "POST",
        headers: { Origin: address },
        body: new URLSearchParams({ password: text }),
        redirect: "manual",
      });
    for (let failure = 0; failure < 5; failure++) expect((await attempt("wrong")).status).toBe(403);
    expect((await attempt(PASSWORD)).status).toBe(429);
    monotonicMs += 11_000;
    const right = await attempt(PASSWORD);
    expect(right.status).toBe(303);
    expect(right.headers.get("Set-Cookie")).toMatch(
      /^sekisho_session=[\w-]{43};.*HttpOnly.*SameSite=Strict/i,
    );
  });

  it("takes no form from another site, shows nothing without a session, and ends one that is idle", async () => {
    await password.set(password.setupCode()!, PASSWORD);
    const form = {
      method: "POST",
      body: new URLSearchParams({ password: PASSWORD }),
      redirect: "manual",
    } as const;
    const foreign = await fetch(`${address}/login`, { ...form, headers: { Origin: "http://evil.example" } });
    expect(foreign.status).toBe(403);
    const own = await fetch(`${address}/login`, { ...form, headers: { Origin: address } });
    const cookie = own.headers.get("Set-Cookie")!.split(";")[0]!;
    const begin = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${address}/checks/selftest`, { method: "POST", headers, body: form.body, redirect: "manual" });
    expect((await begin({ Cookie: cookie, Origin: "http://evil.example" })).status).toBe(403);
    expect((await begin({ Origin: address })).headers.get("Location")).toBe("/login");
    expect(office.checks).toEqual({});
    const ask = (path: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${address}${path}`, { headers, redirect: "manual" });
    for (const path of [
      "/",
      "/incidents",
      "/incidents/K7-00001",
      "/devices",
      "/checks",
      "/data/history.json",
      "/nothing",
    ]) {
      expect((await ask(path, {})).status).toBe(303);
      expect((await ask(path, { Cookie: cookie })).status).toBe(path === "/nothing" ? 404 : 200);
    }
    const answer = await ask("/", { Cookie: cookie });
    expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    monotonicMs += 31 * 60_000;
    expect((await ask("/", { Cookie: cookie })).status).toBe(303);
  });
});

/** Who comes to the page, goes, or tries in vain is told, with the address. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { pageApp } from "../../../agent/onsite/page/page-app.js";
import type { PageSource } from "../../../agent/onsite/page/page-source.js";
import { PagePassword } from "../../../agent/onsite/page/password.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

const PASSWORD = "a long enough password";
const ADDRESS = "192.168.1.20";

it("setting the password, signing in, failing and signing out are told once each", async () => {
  const password = new PagePassword(join(await memoryDirectory(), "page-password"));
  const told: string[][] = [];
  const app = pageApp({
    ...{
      source: { status: () => ({ device: "box", conditions: [] }) } as unknown as PageSource,
      password,
      language: "en",
    },
    ...{ monotonicMs: () => 0, wallMs: () => 0, onAccess: (...one) => told.push(one) },
  });
  const post = (path: string, form: Record<string, string>, cookie = ""): Promise<Response> =>
    Promise.resolve(
      app.request(
        `http://box${path}`,
        { method: "POST", body: new URLSearchParams(form), headers: { origin: "http://box", cookie } },
        { incoming: { socket: { remoteAddress: ADDRESS } } },
      ),
    );
  const code = password.setupCode()!;
  const set = await post("/setup", { code, password: PASSWORD, again: PASSWORD });
  expect(set.status).toBe(303);
  const cookie = set.headers.get("set-cookie")!.split(";", 1)[0]!;
  await post("/logout", {}, cookie);
  // Who is not signed in does not sign out.
  await post("/logout", {}, cookie);
  await post("/login", { password: "wrong" });
  await post("/login", { password: PASSWORD });
  expect(told).toEqual([
    ["page_password_set", ADDRESS],
    ["page_logout", ADDRESS],
    ["page_login_failed", ADDRESS],
    ["page_login", ADDRESS],
  ]);
});

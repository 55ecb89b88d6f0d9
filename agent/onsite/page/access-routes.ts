/** Who may see the page: signing in with the password, setting the first one, signing out. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Language } from "../../base/language.js";
import { type Frame, type Markup, speaker } from "./layout.js";
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, type PagePassword } from "./password.js";
import { AttemptLimit, Sessions } from "./sessions.js";
import { loginView, setupView } from "./views/access.js";

const SESSION_COOKIE = "sekisho_session";
const COOKIE = { httpOnly: true, sameSite: "Strict", path: "/" } as const;

export interface PageEnvironment {
  readonly Bindings: HttpBindings;
}
export type AccessEvent = "page_login" | "page_login_failed" | "page_logout" | "page_password_set";
export type TellAccess = (event: AccessEvent, address: string) => void;
export type PageContext = Context<PageEnvironment>;

/** Answer with a view. */
export async function send(
  context: PageContext,
  view: Markup,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  return context.html(await view, status);
}

export class PageAccess {
  readonly password: PagePassword;
  readonly frameOf: (context: PageContext) => Frame;
  readonly #sessions: Sessions;
  readonly #attempts: AttemptLimit;
  readonly #tell: TellAccess;

  /**
   * @param monotonicMs elapsed time
   * @param tell told who comes and goes
   */
  constructor(
    password: PagePassword,
    monotonicMs: () => number,
    frameOf: (context: PageContext) => Frame,
    tell: TellAccess,
  ) {
    this.#tell = tell;
    this.password = password;
    this.frameOf = frameOf;
    this.#sessions = new Sessions(monotonicMs);
    this.#attempts = new AttemptLimit(monotonicMs);
  }

  isSignedIn(context: PageContext): boolean {
    return this.#sessions.isValid(getCookie(context, SESSION_COOKIE));
  }

  signIn(context: PageContext, event: "page_login" | "page_password_set"): Response {
    this.#tell(event, addressOf(context));
    this.#attempts.succeeded(addressOf(context));
    setCookie(context, SESSION_COOKIE, this.#sessions.begin(), COOKIE);
    return context.redirect("/", 303);
  }

  signOut(context: PageContext): Response {
    if (this.isSignedIn(context)) this.#tell("page_logout", addressOf(context));
    this.#sessions.end(getCookie(context, SESSION_COOKIE));
    deleteCookie(context, SESSION_COOKIE, COOKIE);
    return context.redirect("/login", 303);
  }

  /** A sentence where the address has to wait, undefined where it may try. */
  waitText(context: PageContext, language: Language): string | undefined {
    const waitMs = this.#attempts.waitMs(addressOf(context));
    if (waitMs === 0) return undefined;
    return speaker(language)("page.login.wait", { seconds: Math.ceil(waitMs / 1000) });
  }

  failed(context: PageContext): void {
    this.#tell("page_login_failed", addressOf(context));
    this.#attempts.failed(addressOf(context));
  }
}

export function addAccessRoutes(app: Hono<PageEnvironment>, access: PageAccess): void {
  const { password } = access;
  app.get("/login", async (context) =>
    password.isSet ? send(context, loginView(access.frameOf(context))) : context.redirect("/setup", 303),
  );
  app.post("/login", async (context) => {
    const frame = { ...access.frameOf(context), here: "/login" };
    const wait = access.waitText(context, frame.language);
    if (wait !== undefined) return send(context, loginView(frame, wait), 429);
    const form = await context.req.parseBody();
    if (await password.verify(textOf(form.password))) return access.signIn(context, "page_login");
    access.failed(context);
    return send(context, loginView(frame, speaker(frame.language)("page.login.wrong")), 403);
  });
  app.get("/setup", async (context) =>
    password.isSet ? context.redirect("/login", 303) : send(context, setupView(access.frameOf(context))),
  );
  app.post("/setup", async (context) => {
    if (password.isSet) return context.redirect("/login", 303);
    const frame = { ...access.frameOf(context), here: "/setup" };
    const say = speaker(frame.language);
    const wait = access.waitText(context, frame.language);
    if (wait !== undefined) return send(context, setupView(frame, wait), 429);
    const form = await context.req.parseBody();
    const [code, first, again] = [textOf(form.code), textOf(form.password), textOf(form.again)];
    if (first !== again) return send(context, setupView(frame, say("page.setup.differ")), 400);
    if (first.length < MIN_PASSWORD_LENGTH || first.length > MAX_PASSWORD_LENGTH) {
      const bounds = { least: MIN_PASSWORD_LENGTH, most: MAX_PASSWORD_LENGTH };
      return send(context, setupView(frame, say("page.setup.short", bounds)), 400);
    }
    if (await password.set(code, first)) return access.signIn(context, "page_password_set");
    access.failed(context);
    return send(context, setupView(frame, say("page.setup.wrong")), 403);
  });
  app.post("/logout", (context) => access.signOut(context));
}

function addressOf(context: PageContext): string {
  return context.env.incoming.socket.remoteAddress ?? "";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

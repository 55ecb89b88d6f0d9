/**
 * Owns the box's own page as an HTTP application: who may see what, and which view answers which path. It shows what the
 * control socket tells, begins checks, changes nothing on the box but the password, and loads nothing from elsewhere.
 *
 * Bounds: forms of 4 KiB, texts of fixed length, pages of 50 incidents; attempts to sign in have a pace.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { chooseLanguage, type Language } from "../../base/language.js";
import { localTime } from "../../base/local-time.js";
import {
  addAccessRoutes,
  PageAccess,
  type PageContext,
  type PageEnvironment,
  send,
  type TellAccess,
} from "./access-routes.js";
import { readAssets } from "./assets.js";
import { type Frame, page, speaker } from "./layout.js";
import { CHECKS, INCIDENT_FILTERS, type IncidentFilter, type PageSource } from "./page-source.js";
import type { PagePassword } from "./password.js";
import { checksView } from "./views/checks.js";
import { devicesView } from "./views/devices.js";
import { incidentView, noIncidentView } from "./views/incident.js";
import { incidentsView } from "./views/incidents.js";
import { overviewView } from "./views/overview.js";

const LANGUAGE_COOKIE = "sekisho_lang";
const MAX_FORM_BYTES = 4096;
const INCIDENTS_PER_PAGE = 50;
const MAX_INCIDENT_ID_LENGTH = 16;

export interface PageOptions {
  readonly source: PageSource;
  readonly password: PagePassword;
  /** Where the reader's browser names no language. */
  readonly language: Language;
  /** Elapsed time in milliseconds. */
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  /** Told who comes and goes, from which address. */
  readonly onAccess?: TellAccess;
}

export function pageApp(options: PageOptions): Hono<PageEnvironment> {
  const { source, password } = options;
  const access = new PageAccess(
    password,
    options.monotonicMs,
    (context) => frameOf(context),
    (event, address) => options.onAccess?.(event, address),
  );
  const assets = readAssets();
  const app = new Hono<PageEnvironment>();

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: "no-referrer",
      xFrameOptions: "DENY",
      strictTransportSecurity: false,
    }),
  );
  app.use(csrf());
  app.use(bodyLimit({ maxSize: MAX_FORM_BYTES }));
  app.use(async (context, next) => {
    context.header("Cache-Control", "no-store");
    await next();
  });

  const frameOf = (context: PageContext, current?: Frame["current"]): Frame => ({
    language: languageOf(context, options.language),
    device: source.status().device,
    here: new URL(context.req.url).pathname + new URL(context.req.url).search,
    ...(current !== undefined && { current }),
  });
  app.get("/assets/:name", (context) => {
    const asset = assets.get(context.req.param("name"));
    if (asset === undefined) return context.notFound();
    return context.body(asset.body, 200, { "Content-Type": asset.contentType });
  });

  addAccessRoutes(app, access);

  app.use(async (context, next) => {
    if (access.isSignedIn(context)) await next();
    else context.res = context.redirect("/login", 303);
  });

  app.get("/", (context) => {
    const frame = frameOf(context, "overview");
    return send(context, overviewView(frame, source.status(), localTime(options.wallMs(), frame.language)));
  });
  app.get("/data/history.json", (context) => context.json(source.history()));
  app.get("/incidents", async (context) => {
    const frame = frameOf(context, "incidents");
    const filter = filterOf(context.req.query("filter"));
    const before = Number.parseInt(context.req.query("before") ?? "", 10);
    const from = Number.isSafeInteger(before) && before > 0 ? before : undefined;
    const { language } = frame;
    const found = await source.incidents({ filter, before: from, limit: INCIDENTS_PER_PAGE, language });
    return send(context, incidentsView(frame, filter, from === undefined, found));
  });
  app.get("/incidents/:id", async (context) => {
    const frame = frameOf(context, "incidents");
    const id = context.req.param("id").slice(0, MAX_INCIDENT_ID_LENGTH);
    const sheet = await source.incident(id, frame.language);
    return sheet === undefined
      ? send(context, noIncidentView(frame), 404)
      : send(context, incidentView(frame, sheet));
  });
  app.get("/devices", (context) => {
    const frame = frameOf(context, "devices");
    return send(context, devicesView(frame, source.devices(frame.language)));
  });
  app.get("/checks", (context) => {
    const frame = frameOf(context, "checks");
    const runs = CHECKS.map((name) => ({ name, run: source.check(name, frame.language) }));
    return send(context, checksView(frame, runs));
  });
  app.post("/checks/:name", (context) => {
    const name = CHECKS.find((one) => one === context.req.param("name"));
    if (name === undefined) return context.notFound();
    source.beginCheck(name, languageOf(context, options.language));
    return context.redirect("/checks", 303);
  });
  app.notFound((context) => {
    const frame = frameOf(context);
    return send(context, page(frame, speaker(frame.language)("page.missing"), html``), 404);
  });
  return app;
}

/** The language asked for in the address, which is then remembered, else the remembered one, else the browser's. */
function languageOf(context: PageContext, fallback: Language): Language {
  const asked = context.req.query("lang");
  if (asked === "ja" || asked === "en") {
    setCookie(context, LANGUAGE_COOKIE, asked, { sameSite: "Strict", path: "/", maxAge: 365 * 86_400 });
    return asked;
  }
  const known = getCookie(context, LANGUAGE_COOKIE);
  if (known === "ja" || known === "en") return known;
  const [first = ""] = (context.req.header("Accept-Language") ?? "").split(",");
  return first === "" ? fallback : chooseLanguage(undefined, { LANG: first.slice(0, 2) });
}

function filterOf(text: string | undefined): IncidentFilter {
  return INCIDENT_FILTERS.find((name) => name === text) ?? "act";
}

/** The frame around every view: head, navigation, language, sign out. Texts are escaped by Hono's `html`. */
import { html } from "hono/html";
import { type Language, type MessageKey, type MessageParams, translate } from "../../base/language.js";

/** What `html` gives: text that is safe to send. */
export type Markup = ReturnType<typeof html>;

export interface Frame {
  readonly language: Language;
  readonly device: string;
  /** Path and query of this view, for the link to the other language. */
  readonly here: string;
  /** Which entry of the navigation is this one; undefined shows no navigation. */
  readonly current?: "overview" | "incidents" | "devices" | "checks";
}

/** Texts in the reader's language. */
export type Say = (key: MessageKey, params?: MessageParams) => string;

export function speaker(language: Language): Say {
  return (key, params) => translate(language, key, params);
}

const NAVIGATION = [
  { name: "overview", path: "/" },
  { name: "incidents", path: "/incidents" },
  { name: "devices", path: "/devices" },
  { name: "checks", path: "/checks" },
] as const;

/** A whole document. */
export function page(frame: Frame, title: string, content: Markup): Markup {
  const { language, device, current } = frame;
  const say = speaker(language);
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} – ${say("page.title", { device })}</title>
<link rel="stylesheet" href="/assets/uplot.css">
<link rel="stylesheet" href="/assets/page.css">
<script defer src="/assets/uplot.js"></script>
<script type="module" src="/assets/page.js"></script>
</head>
<body>
<a class="skip" href="#content">${say("page.skip")}</a>
<header>
<p class="name">${say("page.title", { device })}</p>
${current === undefined ? "" : navigation(current, say)}
<p class="tools"><a href="${otherLanguage(frame)}" lang="${language === "ja" ? "en" : "ja"}">${say("page.language")}</a></p>
${current === undefined ? "" : html`<form method="post" action="/logout" class="tools"><button>${say("page.logout")}</button></form>`}
</header>
<main id="content">
<h1>${title}</h1>
${content}
</main>
</body>
</html>`;
}

function navigation(current: string, say: Say): Markup {
  const links = NAVIGATION.map(
    ({ name, path }) =>
      html`<a href="${path}"${name === current ? html` aria-current="page"` : ""}>${say(`page.nav.${name}`)}</a>`,
  );
  return html`<nav aria-label="${say("page.nav")}">${links}</nav>`;
}

function otherLanguage({ language, here }: Frame): string {
  const address = new URL(here, "http://box");
  address.searchParams.set("lang", language === "ja" ? "en" : "ja");
  return `${address.pathname}${address.search}`;
}

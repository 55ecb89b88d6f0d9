/** Is it really working, and what is wrong: two checks to begin, their progress and what they found. */
import { html } from "hono/html";
import { type Frame, type Markup, page, type Say, speaker } from "../layout.js";
import type { CheckLine, CheckName, CheckRun } from "../page-source.js";

interface ShownCheck {
  readonly name: CheckName;
  readonly run: CheckRun | undefined;
}

export function checksView(frame: Frame, checks: readonly ShownCheck[]): Markup {
  const say = speaker(frame.language);
  return page(frame, say("page.nav.checks"), html`${checks.map((check) => section(check, say))}`);
}

/** The button stands outside of what is exchanged while the check runs: it keeps the focus. */
function section({ name, run }: ShownCheck, say: Say): Markup {
  return html`<section class="check" aria-labelledby="${name}-title">
<h2 id="${name}-title">${say(`page.check.${name}`)}</h2>
<p>${say(`page.check.${name}.about`)}</p>
<form method="post" action="/checks/${name}"><button>${say(`page.check.${name}.begin`)}</button></form>
${outcome(name, run, say)}
</section>`;
}

function outcome(name: CheckName, run: CheckRun | undefined, say: Say): Markup {
  if (run === undefined) {
    return html`<div id="${name}" data-live role="status"><p class="when">${say("page.check.never")}</p></div>`;
  }
  const { isRunning, progress, started, verdict, summary, lines } = run;
  const when = say(isRunning ? "page.check.running" : "page.check.done", { time: started });
  return html`<div id="${name}" data-live${isRunning ? html` data-busy` : ""} role="status" class="${isRunning ? "" : `light ${verdict}`}">
<p class="when">${when}</p>
${
  isRunning
    ? html`<progress max="100" value="${Math.round(progress * 100)}" aria-label="${say("page.check.progress")}"></progress>
<noscript><p><a href="/checks">${say("page.check.reload")}</a></p></noscript>`
    : html`<p><strong>${summary}</strong></p>`
}
${lines.length === 0 ? "" : html`<ul class="lines">${lines.map(line)}</ul>`}
</div>`;
}

function line({ level, state, text, reason, time }: CheckLine): Markup {
  return html`<li class="${level}"><span class="state">${state}</span> <span>${text}${time === undefined ? "" : html` <span class="when">${time}</span>`}${reason === undefined ? "" : html`<br><span class="reason">${reason}</span>`}</span></li>`;
}

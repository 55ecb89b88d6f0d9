/** One incident: which device, what was seen, what it means, what to do. Prints on one sheet of A4. */
import { html } from "hono/html";
import { type Frame, type Markup, page, type Say, speaker } from "../layout.js";
import type { IncidentSheet } from "../page-source.js";

export function incidentView(frame: Frame, sheet: IncidentSheet): Markup {
  const say = speaker(frame.language);
  const { verdict, verdictText, actions, rule } = sheet;
  return page(
    frame,
    sheet.title,
    html`<article class="incident ${verdict}">
<p class="verdict">${verdictText}</p>
<dl>
${row(say("page.incident.id"), html`<strong>${sheet.id}</strong> (${say(sheet.isOpen ? "page.incident.open" : "page.incident.closed")}, ${say("page.incident.count", { count: sheet.count })})`)}
${row(say("page.incident.device"), html`<strong>${sheet.device}</strong>${deviceFacts(sheet)}`)}
${row(say("page.incident.when"), html`${sheet.when}`)}
${row(say("page.incident.seen"), html`${sheet.seen} ${sheet.direction}`)}
${row(say("page.incident.meaning"), html`${sheet.meaning}`)}
</dl>
<h2>${say("page.incident.actions")}</h2>
<ol class="actions">${actions.map((action) => html`<li>${action}</li>`)}</ol>
${timeline(sheet, say)}
<h2>${say("page.incident.evidence")}</h2>
<dl>
${row(say("page.incident.rule"), html`${rule.signature} (sid ${rule.sid}, ${rule.category})`)}
${sheet.remotes.length === 0 ? "" : row(say("page.incident.remotes"), html`${sheet.remotes.join(", ")}`)}
</dl>
${evidenceTable(sheet, say)}
<p class="signature">${say("page.incident.signature")}</p>
<button type="button" data-print hidden>${say("page.incident.print")}</button>
</article>`,
  );
}

export function noIncidentView(frame: Frame): Markup {
  const say = speaker(frame.language);
  return page(frame, say("page.nav.incidents"), html`<p>${say("page.incident.none")}</p>`);
}

function row(name: string, value: Markup): Markup {
  return html`<dt>${name}</dt><dd>${value}</dd>`;
}

function deviceFacts({ deviceFacts }: IncidentSheet): Markup | string {
  if (deviceFacts.length === 0) return "";
  return html`<ul class="facts">${deviceFacts.map(({ name, value }) => html`<li>${name}: ${value}</li>`)}</ul>`;
}

function timeline({ timeline }: IncidentSheet, say: Say): Markup | string {
  if (timeline.length === 0) return "";
  const entries = timeline.map(
    ({ when, text, incidentId }) =>
      html`<li><span class="when">${when}</span> <span>${incidentId === undefined ? text : html`<a href="/incidents/${incidentId}">${text}</a>`}</span></li>`,
  );
  return html`<h2>${say("page.incident.timeline")}</h2>
<ol class="timeline">${entries}</ol>`;
}

function evidenceTable({ evidence }: IncidentSheet, say: Say): Markup | string {
  if (evidence.length === 0) return "";
  return html`<div class="wide"><table>
<thead><tr><th scope="col">${say("page.incident.kind")}</th><th scope="col">${say("page.incident.value")}</th><th scope="col">${say("page.incident.times")}</th></tr></thead>
<tbody>${evidence.map(({ kind, value, count }) => html`<tr><td>${kind}</td><td>${value}</td><td>${count}</td></tr>`)}</tbody>
</table></div>`;
}

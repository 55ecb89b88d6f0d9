/** The list of incidents, newest first, a page at a time. */
import { html } from "hono/html";
import { type Frame, type Markup, page, type Say, speaker } from "../layout.js";
import {
  INCIDENT_FILTERS,
  type IncidentFilter,
  type IncidentPage,
  type IncidentRow,
} from "../page-source.js";

export function incidentsView(
  frame: Frame,
  filter: IncidentFilter,
  isNewest: boolean,
  { rows, next }: IncidentPage,
): Markup {
  const say = speaker(frame.language);
  const list =
    rows.length === 0
      ? html`<p>${say("page.incidents.none")}</p>`
      : html`<ul class="incidents">${rows.map((row) => incidentItem(row, say))}</ul>`;
  return page(
    frame,
    say("page.nav.incidents"),
    html`${filters(filter, say)}
${list}
<p class="pages">
${isNewest ? "" : html`<a href="/incidents?filter=${filter}">${say("page.incidents.newest")}</a>`}
${next === undefined ? "" : html`<a rel="next" href="/incidents?filter=${filter}&amp;before=${next}">${say("page.incidents.older")}</a>`}
</p>`,
  );
}

function filters(current: IncidentFilter, say: Say): Markup {
  const links = INCIDENT_FILTERS.map(
    (name) =>
      html`<a href="/incidents?filter=${name}"${name === current ? html` aria-current="true"` : ""}>${say(`page.filter.${name}`)}</a>`,
  );
  return html`<nav class="filters" aria-label="${say("page.filter")}">${links}</nav>`;
}

function incidentItem({ id, verdict, isOpen, title, device, when, count }: IncidentRow, say: Say): Markup {
  return html`<li class="${verdict}">
<a href="/incidents/${id}"><span class="verdict">${say(`page.filter.${verdict}`)}</span> <strong>${title}</strong></a>
<span class="device">${device}</span>
<span class="when">${when}</span>
<span class="facts">${id} · ${say("page.incident.count", { count })} · ${say(isOpen ? "page.incident.open" : "page.incident.closed")}</span>
</li>`;
}

/** The devices of the office, the last seen first: enough to find the one an incident is about on the desk or in the rack. */
import { html } from "hono/html";
import { type Frame, type Markup, page, speaker } from "../layout.js";
import type { DeviceRow } from "../page-source.js";

export function devicesView(frame: Frame, rows: readonly DeviceRow[]): Markup {
  const say = speaker(frame.language);
  const list =
    rows.length === 0
      ? html`<p>${say("page.devices.none")}</p>`
      : html`<ul class="devices">${rows.map(deviceItem)}</ul>`;
  return page(
    frame,
    say("page.nav.devices"),
    html`<p>${say("page.devices.count", { count: rows.length })}</p>
${list}`,
  );

  function deviceItem({ name, address, facts, lastSeen }: DeviceRow): Markup {
    return html`<li><strong>${name}</strong> <span class="address">${address}</span>
<ul class="facts">${facts.map((fact) => html`<li>${fact.name}: ${fact.value}</li>`)}
<li>${say("device.fact.last")}: ${lastSeen}</li></ul></li>`;
  }
}

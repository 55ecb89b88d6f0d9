/** Is it working? The status light with its reasons, what the parts say, and the last day as charts. */
import { html } from "hono/html";
import { translate } from "../../../base/language.js";
import type { Status } from "../../status.js";
import { statusRows } from "../../status-rows.js";
import { type Frame, type Markup, page, type Say, speaker } from "../layout.js";

const CHARTS = ["traffic", "packets", "detections", "drops"] as const;

export function overviewView(frame: Frame, status: Status, nowText: string): Markup {
  const say = speaker(frame.language);
  return page(
    frame,
    say("page.nav.overview"),
    html`${light(status, frame, nowText, say)}
<section aria-labelledby="charts">
<h2 id="charts">${say("page.charts")}</h2>
<p id="charts-empty" hidden>${say("page.charts.empty")}</p>
<div class="charts" data-charts="/data/history.json" lang="${frame.language}">
${CHARTS.map((name) => html`<figure data-chart="${name}"><figcaption>${say(`page.chart.${name}`)}</figcaption></figure>`)}
</div>
</section>
<section aria-labelledby="details">
<h2 id="details">${say("page.details")}</h2>
<dl id="parts" data-live>
${statusRows(status, frame.language).map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>`)}
</dl>
</section>`,
  );
}

function light(status: Status, frame: Frame, nowText: string, say: Say): Markup {
  const { verdict, conditions } = status;
  const reasons = conditions.map(({ name, params, subject }) =>
    translate(frame.language, `condition.${name}`, { ...params, subject: subject ?? "" }),
  );
  return html`<section id="light" data-live class="light ${verdict}" aria-labelledby="state">
<h2 id="state">${say("page.state")}: <strong>${say(`status.verdict.${verdict}`)}</strong></h2>
<p class="when">${say("page.updated", { time: nowText })}</p>
${
  reasons.length === 0
    ? html`<p>${say("page.reasons.none")}</p>`
    : html`<h3>${say("page.reasons")}</h3><ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
}
</section>`;
}

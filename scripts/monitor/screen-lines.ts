/** Owns the one-line forms of what devices send: an incident as it stands, a summary of a period. */
import { type Language, translate } from "#agent/base/language.js";
import type { IncidentMessage } from "#agent/uplink/schema/incident.js";
import type { SummaryMessage } from "#agent/uplink/schema/summary.js";
import { explainIncident } from "./explained.js";

/** Gaps named in a line. */
const NAMED_GAPS = 3;

export function incidentLine({ data, device }: IncidentMessage, language: Language): string {
  const { title, verdict, when } = explainIncident(data, language);
  const count = translate(language, data.state === "closed" ? "monitor.closed" : "monitor.updated", {
    id: data.id,
    count: data.count,
  });
  return `${count} ${verdict} ${title} (${device}, ${data.rule.gid}:${data.rule.sid}, ${when})`;
}

/** What a period held, and whether that may be believed. */
export function summaryText({ data, device }: SummaryMessage, language: Language): string {
  const { packets, drops, rules, detections, hidden, incidents, statement, signedOff } = data;
  const say = (key: Parameters<typeof translate>[1], params = {}): string => translate(language, key, params);
  const head = say("monitor.summary.head", { device, from: moment(data.from), to: moment(data.to) });
  const parts = [
    say(`monitor.summary.${statement}`, { detections, ...incidents }),
    ...(hidden > 0 ? [say("monitor.summary.hidden", { hidden })] : []),
    ...(signedOff ? [] : [say("monitor.summary.gaps", { gaps: gapText(data) })]),
    ...(data.clock === "unset" ? [say("monitor.summary.clock")] : []),
    say("monitor.summary.basis", { packets, drops, rules: rules.loaded, version: rules.version }),
  ];
  return head + parts.join(language === "en" ? " " : "");
}

function gapText({ gaps, moreGaps }: SummaryMessage["data"]): string {
  const named = gaps.slice(0, NAMED_GAPS).map(({ name, subject, durationS }) => {
    const place = subject === undefined ? "" : ` ${subject}`;
    return `${name}${place} ${durationS === null ? "?" : durationS} s`;
  });
  const more = gaps.length - named.length + (moreGaps?.count ?? 0);
  return named.join(", ") + (more > 0 ? ` +${more}` : "");
}

/** Local time to the minute. */
function moment(iso: string): string {
  const date = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

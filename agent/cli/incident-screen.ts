/**
 * Owns what `sekisho incidents` and `sekisho incident` print: eighty columns, Japanese at its width, everything that came
 * over the network made safe for a terminal.
 */
import { deviceFacts } from "../base/device-facts.js";
import { type Language, type MessageKey, type MessageParams, translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import { clipText, displayWidth, printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import { explain, remoteText } from "../incident/explanation.js";
import type { Device, Incident } from "../incident/incident.js";
import type { TimelineLine } from "../incident/incident-timeline.js";

const LABEL_COLUMNS = 10;

/** `2026-` and `:20` of `2026-09-21 23:13:20`: a line has no room for them. */
const YEAR_CHARACTERS = 5;
const SECOND_CHARACTERS = 3;

/** One line: number, when last seen, verdict, what and who. */
export function incidentRow(incident: Incident, language: Language): string {
  const when = localTime(Date.parse(incident.lastSeen), language).slice(YEAR_CHARACTERS, -SECOND_CHARACTERS);
  const ongoing = incident.state === "closed" ? " " : "*";
  return clipText(`${incident.id}${ongoing} ${when} ${briefText(incident, language)}`, SCREEN_COLUMNS);
}

/** Verdict and title in few words: a device that has a name is called by that alone. */
export function briefText(incident: Incident, language: Language): string {
  const { hostname, address, ...rest } = incident.insideHost;
  const insideHost = { ...rest, address: hostname ?? address };
  const { title } = explain({ ...incident, insideHost }, language);
  return `${translate(language, `cli.incident.brief.${incident.verdict}`)}: ${printable(title)}`;
}

/** What is told of an incident besides its record. */
export interface IncidentStory {
  /** What its rule looks for. */
  readonly conditions?: readonly string[];
  readonly timeline?: readonly TimelineLine[];
}

/** All that is to be said of an incident, in lines. */
export function incidentSheet(
  incident: Incident,
  language: Language,
  { conditions = [], timeline = [] }: IncidentStory = {},
): string[] {
  const { title, verdict, direction, seen, when, meaning, actions } = explain(incident, language);
  const say = (key: MessageKey, params: MessageParams = {}): string => translate(language, key, params);
  const { rule, evidence, insideHosts, remotes } = incident;
  const rows: [MessageKey, readonly string[]][] = [
    ["cli.incident.label.verdict", [verdict]],
    [
      "cli.incident.label.device",
      named(
        insideHosts.named.map((one) => deviceText(one, language)),
        insideHosts.count,
      ),
    ],
    ["cli.incident.label.way", [direction]],
    ["cli.incident.label.seen", [seen]],
    ["cli.incident.label.when", [when]],
    ["cli.incident.label.state", [stateText(incident, language)]],
    ["cli.incident.label.remote", named(remotes.named.map(remoteText), remotes.count)],
    ["cli.incident.label.rule", [`${rule.gid}:${rule.sid} ${rule.signature}`, rule.category]],
    ["cli.incident.label.looks_for", conditions],
    [
      "cli.incident.label.matched",
      evidence.map(({ kind, value, count }) => `${kind} ${say("cli.incident.hits", { value, count })}`),
    ],
    ["cli.incident.label.timeline", timeline.map(({ when, text }) => `${when} ${text}`.trim())],
    ["cli.incident.label.meaning", [meaning]],
    ["cli.incident.label.action", actions.map((action, index) => `${index + 1}. ${action}`)],
  ];
  const indent = " ".repeat(LABEL_COLUMNS);
  const lines = [wrapText(printable(`${incident.id}  ${title}`), SCREEN_COLUMNS), ""];
  for (const [key, texts] of rows) {
    const label = say(key);
    const head = label + " ".repeat(Math.max(1, LABEL_COLUMNS - displayWidth(label)));
    for (const [index, text] of texts.filter((one) => one !== "").entries()) {
      lines.push(wrapText(printable(text), SCREEN_COLUMNS, index === 0 ? head : indent, indent));
    }
  }
  return lines;

  function named(texts: readonly string[], count: number): string[] {
    const more = count - texts.length;
    return [...texts, ...(more > 0 ? [say("cli.incident.more", { more })] : [])];
  }
}

function deviceText(device: Device, language: Language): string {
  const { address, hostname } = device;
  const name =
    hostname === undefined ? address : translate(language, "incident.device", { hostname, address });
  const facts = deviceFacts(device, language).map((fact) => `${fact.name} ${fact.value}`);
  return [name, ...facts].join(", ");
}

function stateText({ state, foldedInto, count }: Incident, language: Language): string {
  if (foldedInto !== undefined) return translate(language, "cli.incident.folded", { id: foldedInto, count });
  return translate(language, state === "closed" ? "cli.incident.closed" : "cli.incident.open", { count });
}

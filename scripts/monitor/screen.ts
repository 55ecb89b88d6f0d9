/**
 * Owns what a person reads of the monitor: incidents in plain words, devices coming and going, totals.
 *
 * Everything that came over the network is made safe for a terminal first. Eighty columns, Japanese counted at its
 * width; colour only where the terminal wants it.
 */

import { isValid } from "#agent/base/json-schema.js";
import { type Language, type MessageKey, type MessageParams, translate } from "#agent/base/language.js";
import { displayWidth, printable, wrapText } from "#agent/base/text-layout.js";
import type { NumberedMessage } from "#agent/uplink/schema/envelope.js";
import { INCIDENT_SCHEMA, type IncidentMessage } from "#agent/uplink/schema/incident.js";
import { SUMMARY_SCHEMA, type SummaryMessage } from "#agent/uplink/schema/summary.js";
import type { CheckpointVerdict } from "./checkpoint.js";
import type { Device } from "./devices.js";
import { explainIncident } from "./explained.js";
import type { Range } from "./held-ranges.js";
import type { MonitorTotals } from "./monitor.js";
import type { Report } from "./report.js";
import { summaryText } from "./screen-lines.js";

type IncidentData = IncidentMessage["data"];

export interface ScreenOptions {
  readonly language: Language;
  readonly columns: number;
  readonly hasColour: boolean;
  readonly write: (text: string) => void;
}

const COLOURS = { act: "\u001b[1;31m", watch: "\u001b[1;33m", information: "\u001b[2m" } as const;
const RESET = "\u001b[0m";
const LABELS = ["seen", "device", "when", "rule", "meaning", "action"] as const;
/** Incidents remembered as printed; of an older one the whole is printed again. */
const MAX_PRINTED = 10_000;

export class Screen implements Report {
  readonly #options: ScreenOptions;
  /** Incident → its verdict. */
  readonly #printed = new Map<string, IncidentData["verdict"]>();
  #downReason: string | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Different incidents so far. */
  get incidents(): number {
    return this.#printed.size;
  }

  onConnected(protocol: number): void {
    this.#downReason = undefined;
    this.#say("monitor.ready", { protocol: protocol === 5 ? "5" : "3.1.1" });
  }

  onDown(reason: string): void {
    if (reason === this.#downReason) return;
    this.#downReason = reason;
    this.#say("monitor.down", { reason });
  }

  onMessage(message: NumberedMessage, kind: string): void {
    if (kind === "incident" && isValid(INCIDENT_SCHEMA, message)) this.#incident(message as IncidentMessage);
    if (kind === "selftest") this.#say("monitor.selftest", { device: message.device });
    if (kind === "summary" && isValid(SUMMARY_SCHEMA, message)) {
      const text = summaryText(message as SummaryMessage, this.#options.language);
      this.#line(wrapText(printable(text), this.#options.columns));
    }
  }

  onState({ id, status }: Device): void {
    if (status !== "unknown") this.#say(`monitor.device.${status}`, { device: id });
  }

  onCheckpoint(device: string, verdict: CheckpointVerdict, epoch: number): void {
    if (verdict === "next" || verdict === "repeat") return;
    this.#say(`monitor.checkpoint.${verdict}`, { device, epoch });
  }

  onSilence(device: string): void {
    this.#say("monitor.device.silent", { device });
  }

  /** The whole at its first message; of later ones a line, unless it has become more serious. */
  #incident(message: IncidentMessage): void {
    const { data } = message;
    const key = `${message.device} ${data.id}`;
    const known = this.#printed.get(key);
    this.#printed.delete(key);
    this.#printed.set(key, data.verdict);
    if (this.#printed.size > MAX_PRINTED) this.#printed.delete(this.#printed.keys().next().value ?? "");
    const id = data.id;
    if (known !== data.verdict) this.#whole(message);
    else if (data.foldedInto !== undefined) this.#say("monitor.folded", { id, larger: data.foldedInto });
    else this.#say(data.state === "closed" ? "monitor.closed" : "monitor.updated", { id, count: data.count });
  }

  onGaps(device: string, gaps: readonly Range[]): void {
    const count = gaps.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const named = gaps.slice(0, 3).map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
    this.#say("monitor.gap", { device, count, ranges: named.join(", ") + (gaps.length > 3 ? " …" : "") });
  }

  totals(totals: MonitorTotals): void {
    const verdicts = [...this.#printed.values()];
    const countOf = (verdict: IncidentData["verdict"]): number =>
      verdicts.filter((one) => one === verdict).length;
    this.#line("─".repeat(this.#options.columns));
    this.#say("monitor.totals", {
      devices: totals.devices,
      incidents: this.incidents,
      act: countOf("act"),
      watch: countOf("watch"),
      information: countOf("information"),
    });
    this.#say("monitor.totals.messages", {
      stored: totals.stored,
      repeats: totals.repeats,
      lost: totals.lost,
      missing: totals.missing,
    });
  }

  #say(key: MessageKey, params: MessageParams = {}): void {
    this.#line(wrapText(printable(this.#text(key, params)), this.#options.columns));
  }

  #whole({ data, historical }: IncidentMessage): void {
    const { language, columns } = this.#options;
    const words = explainIncident(data, language);
    this.#line("");
    // The incident's id stands at the right end.
    const id = printable(data.id);
    const head = printable(`${words.verdict}  ${words.title}`);
    const [first = "", ...rest] = wrapText(head, columns - displayWidth(id) - 2, "", "  ").split("\n");
    const pad = " ".repeat(Math.max(2, columns - displayWidth(first) - displayWidth(id)));
    this.#line(this.#colour(data.verdict, first) + pad + id);
    for (const line of rest) this.#line(this.#colour(data.verdict, line));
    const { when } = words;
    this.#field("seen", words.seen);
    const facts = words.deviceFacts.map(({ name, value }) => `${name} ${value}`);
    if (facts.length > 0) this.#field("device", facts.join(", "));
    this.#field("when", historical ? this.#text("monitor.late", { when }) : when);
    this.#field("rule", `${data.rule.signature} (${data.rule.gid}:${data.rule.sid})`);
    this.#field("meaning", words.meaning);
    for (const [i, action] of words.actions.entries()) {
      this.#field(i === 0 ? "action" : undefined, action, `${i + 1}. `);
    }
  }

  /** A line with its label, or one that continues the field above. */
  #field(label: (typeof LABELS)[number] | undefined, text: string, item = ""): void {
    const { columns } = this.#options;
    const width = Math.max(...LABELS.map((one) => displayWidth(this.#text(`monitor.label.${one}`))));
    const name = label === undefined ? "" : this.#text(`monitor.label.${label}`);
    const first = `  ${name}${" ".repeat(width - displayWidth(name) + 2)}${item}`;
    this.#line(wrapText(printable(text), columns, first, " ".repeat(displayWidth(first))));
  }

  #text(key: MessageKey, params: MessageParams = {}): string {
    return translate(this.#options.language, key, params);
  }

  #colour(verdict: IncidentData["verdict"], text: string): string {
    return this.#options.hasColour ? `${COLOURS[verdict]}${text}${RESET}` : text;
  }

  #line(text: string): void {
    this.#options.write(`${text}\n`);
  }
}

/**
 * Owns what a person reads of the monitor: incidents in plain words, devices coming and going, totals.
 *
 * Everything that came over the network is made safe for a terminal first. Eighty columns, Japanese counted at its
 * width; colour only where the terminal wants it.
 */

import { isValid } from "#agent/base/json-schema.js";
import { type Language, type MessageKey, type MessageParams, translate } from "#agent/base/language.js";
import { clipText, displayWidth, printable, wrapText } from "#agent/base/text-layout.js";
import type { NumberedMessage } from "#agent/uplink/schema/envelope.js";
import { INCIDENT_SCHEMA, type IncidentMessage } from "#agent/uplink/schema/incident.js";
import type { Device } from "./devices.js";
import { explainIncident } from "./explained.js";
import type { Range } from "./held-ranges.js";
import type { MonitorTotals } from "./monitor.js";
import type { Report } from "./report.js";

type IncidentData = IncidentMessage["data"];

export interface ScreenOptions {
  readonly language: Language;
  readonly columns: number;
  readonly hasColour: boolean;
  readonly write: (text: string) => void;
}

const COLOURS = { act: "\u001b[1;31m", watch: "\u001b[1;33m", information: "\u001b[2m" } as const;
const RESET = "\u001b[0m";
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
  }

  onState({ id, status }: Device): void {
    if (status !== "unknown") this.#say(`monitor.device.${status}`, { device: id });
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

  #whole(message: IncidentMessage): void {
    const { data } = message;
    const { language, columns } = this.#options;
    const { title, meaning, action } = explainIncident(data, language);
    this.#line("");
    const verdict = this.#text(`monitor.verdict.${data.verdict}`);
    const head = `${verdict}  ${printable(title)}`;
    // The incident's id stands at the right end where there is room.
    const room = columns - displayWidth(data.id) - 2;
    const lines = wrapText(head, room, "", "  ").split("\n");
    const first = lines[0] ?? "";
    const pad = " ".repeat(Math.max(2, columns - displayWidth(first) - displayWidth(data.id)));
    this.#line(this.#colour(data.verdict, first) + pad + printable(data.id));
    for (const line of lines.slice(1)) this.#line(this.#colour(data.verdict, line));
    this.#field("device", this.#insideText(data));
    this.#field("remote", this.#remoteText(data));
    this.#field("seen", this.#seenText(message));
    this.#field("rule", `${data.rule.signature} (${data.rule.gid}:${data.rule.sid})`);
    this.#field("meaning", meaning);
    this.#field("action", action);
  }

  #field(label: "device" | "remote" | "seen" | "rule" | "meaning" | "action", text: string): void {
    if (text === "") return;
    const { columns } = this.#options;
    const width = LABELS.reduce((most, one) => Math.max(most, displayWidth(this.#text(one))), 0);
    const name = this.#text(`monitor.label.${label}`);
    const first = `  ${name}${" ".repeat(width - displayWidth(name) + 2)}`;
    this.#line(wrapText(printable(text), columns, first, " ".repeat(width + 4)));
  }

  #insideText({ insideHosts }: IncidentData): string {
    const named = insideHosts.named.map(({ hostname, address }) =>
      hostname === undefined ? address : `${hostname} (${address})`,
    );
    return this.#peersText(named, insideHosts.count);
  }

  #remoteText({ remotes, protocol, ports }: IncidentData): string {
    const named = remotes.named.map(({ name, address }) =>
      name !== undefined && address !== undefined ? `${name} (${address})` : (name ?? address ?? ""),
    );
    const service = ports.length > 0 ? `${protocol}/${ports.join(",")}` : protocol;
    return `${this.#peersText(named, remotes.count)}  ${service}`;
  }

  #peersText(named: readonly string[], count: number): string {
    const shown = named.slice(0, 3).map((name) => clipText(name, 60));
    const text = shown.join(", ");
    return count > shown.length
      ? this.#text("monitor.more", { named: text, count: count - shown.length })
      : text;
  }

  #seenText({ data, historical }: IncidentMessage): string {
    const time = localTime(data.firstSeen);
    const seen =
      data.count === 1
        ? this.#text("monitor.seen.once", { time })
        : this.#text("monitor.seen", { time, count: data.count });
    return historical ? this.#text("monitor.seen.historical", { seen }) : seen;
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

const LABELS: readonly MessageKey[] = [
  "monitor.label.device",
  "monitor.label.remote",
  "monitor.label.seen",
  "monitor.label.rule",
  "monitor.label.meaning",
  "monitor.label.action",
];

/** Date and time of the place where it is read. */
function localTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

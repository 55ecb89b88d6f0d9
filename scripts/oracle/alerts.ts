/** Alerts of an engine as comparable keys: rule and unordered pair of endpoints, with how often. */
import { readFileSync } from "node:fs";
import { isObject } from "#agent/base/json-schema.js";

/** What an engine said about one capture. */
export interface Verdict {
  /** How many alerts, by key. */
  readonly alerts: Map<string, number>;
  /** Rules that were refused, with the reason where it was given. */
  readonly refused: Map<number, string>;
}

/** Read EVE JSON lines; only alerts and the `rules` line count. A file that is not there holds nothing. */
export function readVerdict(path: string): Verdict {
  const verdict: Verdict = { alerts: new Map(), refused: new Map() };
  for (const line of linesOf(path)) {
    const event: unknown = JSON.parse(line);
    if (!isObject(event)) continue;
    if (event.event_type === "alert") {
      const key = alertKey(event);
      verdict.alerts.set(key, (verdict.alerts.get(key) ?? 0) + 1);
    } else if (event.event_type === "rules" && Array.isArray(event.refused)) {
      for (const { sid, reason } of event.refused) verdict.refused.set(Number(sid), String(reason));
    }
  }
  return verdict;
}

/** The rule of a key. */
export function sidOf(key: string): number {
  return Number.parseInt(key, 10);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}

function alertKey(event: Readonly<Record<string, unknown>>): string {
  const protocol = String(event.proto ?? "");
  const hasPorts = ["TCP", "UDP", "SCTP"].includes(protocol.toUpperCase());
  const end = (address: unknown, port: unknown) =>
    `${plainAddress(String(address ?? ""))} ${hasPorts ? (port ?? 0) : 0}`;
  const ends = [end(event.src_ip, event.src_port), end(event.dest_ip, event.dest_port)].sort();
  const { alert } = event;
  return `${isObject(alert) ? alert.signature_id : 0} ${ends.join(" - ")}`;
}

/** IPv6 addresses are written in several ways; a URL writes them in one. */
function plainAddress(text: string): string {
  return text.includes(":") ? new URL(`http://[${text}]`).hostname : text;
}

/**
 * Owns what an incident says to the person who reads it: which device, what was seen, what that means, what to do
 * first. Written for an office worker or the technician on the phone; every sentence is in the message catalogue.
 */
import { type DeviceFact, deviceFacts } from "../base/device-facts.js";
import { type Language, type MessageKey, type MessageParams, translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import { actionKeys, scriptFor, TITLE_BY_PROTOCOL } from "./explanation-script.js";
import type { Device, Incident, Peers, Remote } from "./incident.js";

export interface Explanation {
  readonly title: string;
  readonly verdict: string;
  readonly direction: string;
  /** The device it is about, with its name if that is known. */
  readonly device: string;
  /** What else is known of it: kind, maker, owner, room, MAC. */
  readonly deviceFacts: readonly DeviceFact[];
  readonly seen: string;
  /** When it was seen, in the reader's time zone. */
  readonly when: string;
  readonly meaning: string;
  /** What to do, the first thing first; never empty. */
  readonly actions: readonly string[];
}

const LISTED = 3;

/**
 * Explain an incident.
 *
 * @param timeZone IANA name; the system's own if left out
 */
export function explain(incident: Incident, language: Language, timeZone?: string): Explanation {
  const script = scriptFor(incident);
  const params = paramsFor(incident, language);
  const say = (key: MessageKey): string => translate(language, key, params);
  const title = TITLE_BY_PROTOCOL[incident.applicationProtocol ?? ""]?.[script.title] ?? script.title;
  return {
    title: say(title),
    verdict: say(`incident.verdict.${incident.verdict}`),
    direction: say(`incident.direction.${incident.direction}`),
    device: String(params.device),
    deviceFacts: deviceFacts(incident.insideHost, language),
    seen: seenKeys(incident)
      .map(say)
      .join(language === "en" ? " " : ""),
    when: whenText(incident, language, timeZone),
    meaning: say(script.meaning),
    actions: actionKeys(incident, script).map(say),
  };
}

function seenKeys(incident: Incident): readonly MessageKey[] {
  const { scope } = incident;
  return scope === "many-inside-hosts" ? [seenKey(incident), "incident.seen.hosts"] : [seenKey(incident)];
}

function seenKey(incident: Incident): MessageKey {
  const { applicationProtocol, direction, evidence, isAnswered, ports, scope } = incident;
  if (ports.length === 0) return "incident.seen.exchange";
  if (direction === "inbound") return isAnswered ? "incident.seen.answered" : "incident.seen.refused";
  if (applicationProtocol === "dns" && incident.remotes.named[0]?.name !== undefined)
    return "incident.seen.lookup";
  if (scope === "many-remotes") return "incident.seen.many";
  if (applicationProtocol === "tls") return "incident.seen.tls";
  if (evidence.some(({ kind }) => kind === "http.url")) return "incident.seen.http";
  return "incident.seen.connection";
}

function paramsFor(incident: Incident, language: Language): MessageParams {
  const { evidence, id, insideHost, insideHosts, remotes } = incident;
  const urls = evidence.filter(({ kind }) => kind === "http.url").map(({ value }) => value);
  const deviceNames = insideHosts.named.map((device) => deviceName(device, language));
  const isManyHosts = incident.scope === "many-inside-hosts";
  return {
    id,
    device: deviceName(insideHost, language),
    address: insideHost.address,
    mac: insideHost.macAddress ?? "",
    remote: remoteName(remotes.named[0]),
    remotes: list(remotes.named.map(remoteName), remotes.count, language),
    urls: list(urls, urls.length, language),
    devices: list(deviceNames, insideHosts.count, language),
    number: isManyHosts ? countText(insideHosts, language) : countText(remotes, language),
    ports: incident.ports.join(", "),
    count: incident.count,
  };
}

function deviceName({ address, hostname }: Device, language: Language): string {
  return hostname === undefined ? address : translate(language, "incident.device", { hostname, address });
}

function remoteName(remote: Remote | undefined): string {
  return remote?.name ?? remote?.address ?? "";
}

function countText({ count, isEstimate }: Peers<unknown>, language: Language): string {
  return isEstimate ? translate(language, "incident.number.about", { number: count }) : String(count);
}

/** The first few of `total`, and how many more there are. */
function list(names: readonly string[], total: number, language: Language): string {
  const shown = names.slice(0, LISTED).join(translate(language, "incident.list.separator"));
  const more = total - Math.min(names.length, LISTED);
  return more > 0 ? translate(language, "incident.list.more", { names: shown, number: more }) : shown;
}

function whenText(incident: Incident, language: Language, timeZone: string | undefined): string {
  const first = localTime(Date.parse(incident.firstSeen), language, timeZone);
  const last = localTime(Date.parse(incident.lastSeen), language, timeZone);
  return translate(language, first === last ? "incident.when.once" : "incident.when.span", { first, last });
}

/** A remote end by name and address, as far as they are known. */
export function remoteText({ name, address }: Incident["remotes"]["named"][number]): string {
  return name !== undefined && address !== undefined ? `${name} (${address})` : (name ?? address ?? "");
}

/**
 * Owns what of a detection's metadata is kept as evidence: names, addresses they resolved to, URLs without their
 * query, fingerprints of programs and certificates. Everything else stays in the box; payload never gets here.
 *
 * The metadata has the shape of Suricata's EVE records (version 7, and where they differ version 8); it came out of
 * strangers' packets, so nothing in it is trusted to have a shape or a length.
 *
 * Memory: 32 candidates per incident, of which the eight most frequent are shown.
 */
import type { Evidence, EvidenceKind } from "./incident.js";

const VALUE_CHARACTERS = 200;
const CANDIDATES = 32;
const SHOWN = 8;

type Metadata = Readonly<Record<string, unknown>>;

/** Where each kind is found, tried in this order. */
const PATHS: readonly (readonly [EvidenceKind, readonly string[]])[] = [
  ["dns.rrname", ["dns", "query", "rrname"]],
  ["dns.rrname", ["dns", "queries", "rrname"]],
  ["dns.rrname", ["dns", "answer", "rrname"]],
  ["dns.rrname", ["dns", "rrname"]],
  ["dns.answer", ["dns", "answer", "grouped", "A"]],
  ["dns.answer", ["dns", "answer", "grouped", "AAAA"]],
  ["tls.sni", ["tls", "sni"]],
  ["quic.sni", ["quic", "sni"]],
  ["tls.subject", ["tls", "subject"]],
  ["tls.issuerdn", ["tls", "issuerdn"]],
  ["tls.fingerprint", ["tls", "fingerprint"]],
  ["tls.ja4", ["tls", "ja4"]],
  ["tls.ja3", ["tls", "ja3", "hash"]],
  ["tls.ja3s", ["tls", "ja3s", "hash"]],
  ["http.user_agent", ["http", "http_user_agent"]],
  ["ssh.software", ["ssh", "client", "software_version"]],
  ["file.name", ["fileinfo", "filename"]],
];
/** Values of one kind taken from one detection. */
const VALUES = 4;

/** What a detection gives as evidence, most telling first. */
export function evidenceOf(metadata: Metadata): readonly (readonly [EvidenceKind, string])[] {
  const found: (readonly [EvidenceKind, string])[] = [];
  for (const [kind, path] of PATHS) {
    if (metadata[path[0]!] === undefined) continue;
    for (const value of valuesAt(metadata, path)) found.push([kind, value]);
  }
  const url = urlOf(metadata);
  if (url) found.unshift(["http.url", url]);
  return found;
}

/** The name of the server a client asked for: from HTTP's host, TLS' or QUIC's server name. */
export function serverNameOf(metadata: Metadata): string | undefined {
  for (const path of [
    ["tls", "sni"],
    ["quic", "sni"],
    ["http", "hostname"],
  ]) {
    const [name] = valuesAt(metadata, path);
    if (name) return canonicalName(name);
  }
  return undefined;
}

/** The name a DNS message is about. */
export function queriedNameOf(metadata: Metadata): string | undefined {
  for (const [kind, path] of PATHS) {
    const [name] = kind === "dns.rrname" ? valuesAt(metadata, path) : [];
    if (name) return canonicalName(name);
  }
  return undefined;
}

function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Host and path; what follows `?` or `#` may be a customer's secret. */
function urlOf(metadata: Metadata): string | undefined {
  const [host = ""] = valuesAt(metadata, ["http", "hostname"]);
  const [url] = valuesAt(metadata, ["http", "url"]);
  if (url === undefined) return undefined;
  const path = url.replace(/[?#].*$/s, "");
  return clip(host === "" || /^[a-z]+:\/\//i.test(path) ? path : `http://${host}${path}`);
}

/** Strings at a path; where a list is on the way, those of its first elements. */
function valuesAt(value: unknown, path: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.slice(0, VALUES).flatMap((element) => valuesAt(element, path));
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === "string" && value !== "" ? [clip(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  return valuesAt((value as Metadata)[name], rest);
}

function clip(text: string): string {
  return text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS - 1)}…` : text;
}

/** Counts candidates and shows the most frequent. The first to come stay: later ones find it full. */
export class EvidenceTally {
  readonly #items = new Map<string, { kind: EvidenceKind; value: string; count: number }>();

  /** @returns whether it is new */
  add(kind: EvidenceKind, value: string, count = 1): boolean {
    const key = `${kind} ${value}`;
    const item = this.#items.get(key);
    if (item) item.count += count;
    else if (this.#items.size < CANDIDATES) this.#items.set(key, { kind, value, count });
    return item === undefined && this.#items.has(key);
  }

  merge(other: EvidenceTally): void {
    for (const { kind, value, count } of other.#items.values()) this.add(kind, value, count);
  }

  get shown(): readonly Evidence[] {
    // A second witness is worth more than any repeat. The sort is stable: of equals the first seen comes first.
    const rank = ({ kind }: { kind: EvidenceKind }): number => (kind === "also.detected" ? 1 : 0);
    return [...this.#items.values()]
      .sort((a, b) => rank(b) - rank(a) || b.count - a.count)
      .slice(0, SHOWN)
      .map((item) => ({ ...item }));
  }
}

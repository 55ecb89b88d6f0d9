/**
 * Owns the pairing of the EVE records of two sensors on one capture: by flow (protocol and both ends), event type and order.
 * Records that are alike are paired first, so that one missing record does not shift all that follow.
 */

export type EveRecord = Readonly<Record<string, unknown>>;
export type Fields = ReadonlyMap<string, string>;

export interface Pair {
  /** Undefined where the other side has no such record. */
  readonly ours: Fields | undefined;
  readonly theirs: Fields | undefined;
}

/** What differs from run to run, or names the place of a packet instead of what it says. */
const NO_FACTS = new Set([
  "timestamp",
  "flow_id",
  "pcap_cnt",
  "pkt_src",
  "in_iface",
  "parent_id",
  "packet_info",
]);
/** Lists whose order means nothing: Suricata writes them as its hash set has them. */
const SETS = new Set(["ike.payload"]);
/** Records of one flow and type are compared each with each as long as these are not more comparisons. */
const MAX_COMPARISONS = 1_000_000;

/** Every leaf of a record under its path (`dns.answers[0].rdata`), as JSON text. */
export function fieldsOf(record: EveRecord): Fields {
  const fields = new Map<string, string>();
  const visit = (path: string, value: unknown): void => {
    if (Array.isArray(value) && SETS.has(path)) value = [...value].sort();
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(`${path}[${index}]`, item);
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(path === "" ? key : `${path}.${key}`, item);
    } else fields.set(path, JSON.stringify(typeof value === "string" ? shortAddress(value) : value));
  };
  for (const [key, value] of Object.entries(record)) if (!NO_FACTS.has(key)) visit(key, value);
  return fields;
}

/**
 * What our records have besides: which protocol spoke (it tells LLMNR and mDNS from DNS), and of TLS and QUIC
 * what Suricata says from version 8 on.
 */
const OURS_BY_CHOICE: ReadonlySet<string> = new Set([
  "app_proto",
  "quic.ja4",
  "tls.subjectaltname[]",
  "tls.client_alpns[]",
  "tls.server_alpns[]",
]);

/** Members of lists are one field: `dns.answers[].rdata`. */
export const withoutIndex = (path: string): string => path.replace(/\[\d+\]/g, "[]");

/** Whether a field that only our record has is there by choice, and no difference. */
export function isByChoice(path: string): boolean {
  return OURS_BY_CHOICE.has(withoutIndex(path));
}

/** Groups records of both sides by flow and type, and pairs them. The keys of the answer are event types. */
export function pairRecords(ours: readonly EveRecord[], theirs: readonly EveRecord[]): Map<string, Pair[]> {
  const groups = new Map<string, { type: string; ours: Fields[]; theirs: Fields[] }>();
  const file = (record: EveRecord, side: "ours" | "theirs"): void => {
    const type = String(record.event_type);
    const key = `${type} ${flowKey(record)}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { type, ours: [], theirs: [] };
      groups.set(key, group);
    }
    group[side].push(fieldsOf(record));
  };
  for (const record of ours) file(record, "ours");
  for (const record of theirs) file(record, "theirs");
  const pairs = new Map<string, Pair[]>();
  for (const group of groups.values()) {
    const list = pairs.get(group.type) ?? [];
    list.push(...pairGroup(group.ours, group.theirs));
    pairs.set(group.type, list);
  }
  return pairs;
}

/** IPv6 is written in full by one and shortened by the other. */
function shortAddress(text: string): string {
  if (!/^[0-9a-f]*:[0-9a-f:.]+$/i.test(text)) return text;
  return URL.canParse(`http://[${text}]`) ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

function flowKey(record: EveRecord): string {
  const end = (ip: unknown, port: unknown): string => `${shortAddress(String(ip))} ${port}`;
  const ends = [end(record.src_ip, record.src_port), end(record.dest_ip, record.dest_port)].sort();
  return `${record.proto} ${ends.join(" ")}`;
}

/** Equal ones first, then each with the most similar one that is left. */
function pairGroup(ours: readonly Fields[], theirs: readonly Fields[]): Pair[] {
  const pairs: Pair[] = [];
  const waiting = new Map<string, Fields[]>();
  for (const record of theirs) {
    const key = textOf(record);
    const same = waiting.get(key);
    if (same === undefined) waiting.set(key, [record]);
    else same.push(record);
  }
  const ourUsed = new Set<number>();
  const theirUsed = new Set<number>();
  const ourRest: Fields[] = [];
  for (const record of ours) {
    const same = waiting.get(textOf(record))?.shift();
    if (same === undefined) ourRest.push(record);
    else pairs.push({ ours: record, theirs: same });
  }
  const theirRest = [...waiting.values()].flat();
  for (const [ourIndex, theirIndex] of mostSimilar(ourRest, theirRest)) {
    pairs.push({ ours: ourRest[ourIndex], theirs: theirRest[theirIndex] });
    ourUsed.add(ourIndex);
    theirUsed.add(theirIndex);
  }
  for (const [i, record] of ourRest.entries())
    if (!ourUsed.has(i)) pairs.push({ ours: record, theirs: undefined });
  for (const [i, record] of theirRest.entries()) {
    if (!theirUsed.has(i)) pairs.push({ ours: undefined, theirs: record });
  }
  return pairs;
}

/** Index pairs of two lists, those with most equal fields first; long lists are paired in order. */
function mostSimilar(ours: readonly Fields[], theirs: readonly Fields[]): [number, number][] {
  if (ours.length * theirs.length > MAX_COMPARISONS) {
    return Array.from({ length: Math.min(ours.length, theirs.length) }, (_, i) => [i, i]);
  }
  const candidates: { readonly pair: [number, number]; readonly count: number }[] = [];
  for (const [i, our] of ours.entries()) {
    for (const [j, their] of theirs.entries()) {
      let count = 0;
      for (const [path, value] of our) if (their.get(path) === value) count++;
      candidates.push({ pair: [i, j], count });
    }
  }
  candidates.sort((a, b) => b.count - a.count);
  const used = [new Set<number>(), new Set<number>()] as const;
  return candidates.flatMap(({ pair }) => {
    if (used[0].has(pair[0]) || used[1].has(pair[1])) return [];
    used[0].add(pair[0]);
    used[1].add(pair[1]);
    return [pair];
  });
}

function textOf(fields: Fields): string {
  const told = [...fields].filter(([path]) => !isByChoice(path));
  return JSON.stringify(told.sort(([a], [b]) => (a < b ? -1 : 1)));
}

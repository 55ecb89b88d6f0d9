/**
 * Compares EVE records of `sekisho replay --records` with those of a real Suricata, record by record and field by field.
 *
 *     node dist/scripts/oracle/records.js PAIRS.tsv [--type dns,tls] [--examples N]
 *
 * A line of PAIRS is `name<TAB>our eve.json<TAB>their eve.json`, one capture each; `scripts/oracle/records` makes both.
 * Prints a table by event type, then the differences whose reason is known (known-differences.ts), then every other field that
 * differs with its count and examples. Exit code 0.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type DifferenceKind, reasonOf } from "./known-differences.js";
import { type EveRecord, type Fields, isByChoice, pairRecords, withoutIndex } from "./record-pairing.js";

interface Difference {
  count: number;
  readonly examples: string[];
}

class Tally {
  ours = 0;
  theirs = 0;
  paired = 0;
  equalRecords = 0;
  fields = 0;
  equalFields = 0;
  /** Fields that differ, and whose reason is known. */
  explainedFields = 0;
  readonly reasons = new Map<string, number>();
  readonly differences = new Map<string, Difference>();

  explain(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  note(what: string, example: string, maxExamples: number): void {
    const difference = this.differences.get(what) ?? { count: 0, examples: [] };
    difference.count++;
    if (difference.examples.length < maxExamples) difference.examples.push(example);
    this.differences.set(what, difference);
  }
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    type: { type: "string" },
    examples: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});

function readEve(path: string): EveRecord[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EveRecord)
    .filter(({ event_type: type }) => type !== "rules" && type !== "stats" && type !== "alert");
}

function comparePair(
  tally: Tally,
  type: string,
  name: string,
  ours: Fields,
  theirs: Fields,
  maxExamples: number,
): void {
  tally.paired++;
  let isEqual = true;
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const [our, their] = [ours.get(path), theirs.get(path)];
    if (their === undefined && isByChoice(path)) continue;
    // Suricata orders the ports of a host that talks to itself by the octets of a little-endian machine, Wireshark and Zeek by value.
    if (path === "community_id" && ours.get("src_ip") === ours.get("dest_ip")) continue;
    tally.fields++;
    if (our === their) {
      tally.equalFields++;
      continue;
    }
    isEqual = false;
    const kind: DifferenceKind =
      our === undefined ? "only theirs" : their === undefined ? "only ours" : "differs";
    const reason = reasonOf(type, withoutIndex(path), kind, our, their, name);
    if (reason !== undefined) {
      tally.explainedFields++;
      tally.explain(reason);
      continue;
    }
    const values = [our === undefined ? "" : `ours ${our}`, their === undefined ? "" : `theirs ${their}`];
    tally.note(
      `${withoutIndex(path)}: ${kind}`,
      `${name}: ${values.filter((text) => text !== "").join(", ")}`,
      maxExamples,
    );
  }
  if (isEqual) tally.equalRecords++;
}

function main(list: string): void {
  const types = options.type?.split(",");
  const maxExamples = Number(options.examples);
  const tallies = new Map<string, Tally>();
  for (const line of readFileSync(list, "utf8").split("\n")) {
    const [name, ourPath, theirPath] = line.split("\t");
    if (!name || !ourPath || !theirPath) continue;
    for (const [type, pairs] of pairRecords(readEve(ourPath), readEve(theirPath))) {
      if (types !== undefined && !types.includes(type)) continue;
      const tally = tallies.get(type) ?? new Tally();
      tallies.set(type, tally);
      for (const { ours, theirs } of pairs) {
        if (ours) tally.ours++;
        if (theirs) tally.theirs++;
        if (ours && theirs) {
          comparePair(tally, type, name, ours, theirs, maxExamples);
          continue;
        }
        const kind = ours ? "only ours" : "only theirs";
        const reason = reasonOf(type, "(record)", kind, undefined, undefined, name);
        if (reason !== undefined) tally.explain(reason);
        else {
          const text = JSON.stringify(Object.fromEntries(ours ?? theirs ?? [])).replaceAll('\\"', "");
          tally.note(`(record) ${kind}`, `${name}: ${text}`, maxExamples);
        }
      }
    }
  }
  print(tallies);
}

function print(tallies: ReadonlyMap<string, Tally>): void {
  const share = (part: number, whole: number): string =>
    whole === 0 ? "-" : `${((100 * part) / whole).toFixed(2)} %`;
  const rows = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1));
  process.stdout.write("type\ttheirs\tours\tpaired\trecords equal\tfields\tequal\tequal or explained\n");
  for (const [type, t] of rows) {
    const columns = [t.theirs, t.ours, t.paired, share(t.equalRecords, t.paired), t.fields];
    const shares = [share(t.equalFields, t.fields), share(t.equalFields + t.explainedFields, t.fields)];
    process.stdout.write(`${[type, ...columns, ...shares].join("\t")}\n`);
  }
  process.stdout.write("\nExplained:\n");
  for (const [type, { reasons }] of rows) {
    for (const [reason, count] of reasons) process.stdout.write(`    ${type} ${count}: ${reason}\n`);
  }
  for (const [type, { differences }] of rows) {
    const sorted = [...differences].sort(([, a], [, b]) => b.count - a.count);
    for (const [what, { count, examples }] of sorted) {
      process.stdout.write(`\n${type} ${what}: ${count}\n`);
      for (const example of examples) process.stdout.write(`    ${example.slice(0, 700)}\n`);
    }
  }
}

const [list] = positionals;
if (options.help || list === undefined) {
  process.stderr.write(
    "usage: node dist/scripts/oracle/records.js PAIRS.tsv [--type dns,tls] [--examples N]\n",
  );
  process.exitCode = options.help ? 0 : 2;
} else {
  main(list);
}

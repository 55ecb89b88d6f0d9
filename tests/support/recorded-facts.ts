/**
 * What tshark read in the captures of the public corpus, recorded: starting it for every capture costs two minutes of
 * processor time. A capture is known by its SHA-1. The file is text, a line a fact, so that a change can be looked at.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { FACTS, type Fact, type FactTexts, noFacts } from "./eve-fields.js";

export interface RecordedFacts {
  /** First line of `tshark --version`. */
  readonly version: string;
  readonly bySha1: ReadonlyMap<string, FactTexts>;
}

export interface RecordedCapture {
  readonly name: string;
  readonly sha1: string;
  readonly facts: FactTexts;
}

/** What a file holds; nothing where it is not there. */
export function readRecordedFacts(file: string): RecordedFacts {
  const bySha1 = new Map<string, Record<Fact, string[]>>();
  const [version = "", ...lines] = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  let facts = noFacts();
  for (const line of lines) {
    if (line.startsWith("# ")) {
      facts = noFacts();
      bySha1.set(line.split(" ").at(-1)!, facts);
    } else {
      const [fact, text] = JSON.parse(line) as [Fact, string];
      facts[fact].push(text);
    }
  }
  return { version, bySha1 };
}

export function writeRecordedFacts(
  file: string,
  version: string,
  captures: readonly RecordedCapture[],
): void {
  const lines = captures.flatMap(({ name, sha1, facts }) => [
    `# ${name} ${sha1}`,
    ...FACTS.flatMap((fact) => [...facts[fact]].sort().map((text) => JSON.stringify([fact, text]))),
  ]);
  writeFileSync(file, `${[version, ...lines].join("\n")}\n`);
}

/**
 * What is said about a rule when it has matched: numbers in a table, texts that become strings when an alert needs them.
 * Memory: 36 bytes a rule and its distinct texts.
 */
import { type FlatLayout, record, uint32Array } from "../base/flat-layout.js";
import { buildTextTable, TEXT_TABLE, type TextTable, textAt } from "../base/text-table.js";
import type { RuleImage } from "./image.js";
import { InternTable } from "./intern-table.js";
import type { Classification } from "./keywords/keyword.js";
import type { Signature } from "./signature.js";

export interface RuleDescription {
  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly message: string;
  readonly classtype: string;
  readonly category: string;
  readonly severity: number;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** As the rule writes them: `url,example.org/x`. */
  readonly references: readonly string[];
}

export interface DescriptionTable {
  /** DESCRIPTION_STRIDE words a rule: see DescriptionColumn. */
  readonly rows: Uint32Array;
  readonly texts: TextTable;
}

export const DESCRIPTION_TABLE: FlatLayout<DescriptionTable> = record({
  rows: uint32Array,
  texts: TEXT_TABLE,
});

/** The last five are numbers of texts; metadata and references are JSON. */
const DescriptionColumn = {
  SID: 0,
  GID: 1,
  REV: 2,
  SEVERITY: 3,
  MESSAGE: 4,
  CLASSTYPE: 5,
  CATEGORY: 6,
  METADATA: 7,
  REFERENCES: 8,
} as const;
export const DESCRIPTION_STRIDE = 9;

/** Everything that is said about rule number `rule` of the image. */
export function describeRule(
  { descriptions }: Pick<RuleImage, "descriptions">,
  rule: number,
): RuleDescription {
  const { rows, texts } = descriptions;
  const word = (column: number): number => rows[rule * DESCRIPTION_STRIDE + column]!;
  return {
    sid: word(DescriptionColumn.SID),
    gid: word(DescriptionColumn.GID),
    rev: word(DescriptionColumn.REV),
    message: textAt(texts, word(DescriptionColumn.MESSAGE)),
    classtype: textAt(texts, word(DescriptionColumn.CLASSTYPE)),
    category: textAt(texts, word(DescriptionColumn.CATEGORY)),
    severity: word(DescriptionColumn.SEVERITY),
    metadata: JSON.parse(textAt(texts, word(DescriptionColumn.METADATA))),
    references: JSON.parse(textAt(texts, word(DescriptionColumn.REFERENCES))),
  };
}

/** `gid:sid:rev` of a rule: what it is called beyond its image. */
export function ruleName({ descriptions }: Pick<RuleImage, "descriptions">, rule: number): string {
  const { rows } = descriptions;
  const row = rule * DESCRIPTION_STRIDE;
  return `${rows[row + DescriptionColumn.GID]}:${rows[row + DescriptionColumn.SID]}:${rows[row + DescriptionColumn.REV]}`;
}

/** `key words, key words`, each key with all it is given. */
export function parseMetadata(text: string): Record<string, string[]> {
  // Without a prototype: rules choose the keys.
  const metadata: Record<string, string[]> = Object.create(null);
  for (const entry of text.split(",")) {
    const [key, ...words] = entry.trim().split(/\s+/);
    if (!key) continue;
    metadata[key] ??= [];
    metadata[key].push(words.join(" "));
  }
  return metadata;
}

/** @param signatures in judging order */
export function buildDescriptions(
  signatures: readonly Signature[],
  classifications: ReadonlyMap<string, Classification>,
): DescriptionTable {
  const rows = new Uint32Array(signatures.length * DESCRIPTION_STRIDE);
  const texts = new InternTable();
  signatures.forEach((signature, rule) => {
    rows.set(
      [
        signature.sid,
        signature.gid,
        signature.rev,
        signature.priority,
        texts.indexOf(signature.message),
        texts.indexOf(signature.classtype),
        texts.indexOf(classifications.get(signature.classtype)?.description ?? signature.classtype),
        texts.indexOf(JSON.stringify(parseMetadata(signature.metadata))),
        texts.indexOf(JSON.stringify(signature.references)),
      ],
      rule * DESCRIPTION_STRIDE,
    );
  });
  return { rows, texts: buildTextTable(texts.texts()) };
}

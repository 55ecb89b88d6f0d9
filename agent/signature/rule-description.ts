/**
 * What is said about a rule when it has matched: numbers in a table, texts that become strings when an alert needs them.
 * Memory: 36 bytes a rule and its distinct texts.
 */
import { type FlatLayout, record, uint32Array } from "../base/flat-layout.js";
import { GrowingWords } from "../base/growing-words.js";
import { ownText } from "../base/own-text.js";
import { TEXT_TABLE, type TextTable, TextTableBuilder, textAt } from "../base/text-table.js";
import type { RuleImage } from "./image.js";
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

/** The last five are numbers of texts: metadata as the rule writes it, references a line each. */
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
  const references = textAt(texts, word(DescriptionColumn.REFERENCES));
  return {
    sid: word(DescriptionColumn.SID),
    gid: word(DescriptionColumn.GID),
    rev: word(DescriptionColumn.REV),
    message: textAt(texts, word(DescriptionColumn.MESSAGE)),
    classtype: textAt(texts, word(DescriptionColumn.CLASSTYPE)),
    category: textAt(texts, word(DescriptionColumn.CATEGORY)),
    severity: word(DescriptionColumn.SEVERITY),
    metadata: parseMetadata(textAt(texts, word(DescriptionColumn.METADATA))),
    references: references === "" ? [] : references.split("\n"),
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

/** Collects what is said about rules. */
export class DescriptionBuilder {
  readonly #classifications: ReadonlyMap<string, Classification>;
  readonly #rows = new GrowingWords();
  readonly #texts = new TextTableBuilder();
  /** Of the rule before: with three in five rules of a large set the metadata of the one before come again. */
  #metadata = "";
  #metadataNumber: number | undefined;
  /** Numbers of the texts of each classtype. */
  readonly #ofClasstypes = new Map<string, readonly [number, number]>();

  constructor(classifications: ReadonlyMap<string, Classification>) {
    this.#classifications = classifications;
  }

  add(signature: Signature): void {
    const { sid, gid, rev, priority, message, classtype, metadata, references } = signature;
    const texts = this.#texts;
    const [name, category] = this.#classtype(classtype);
    const row = this.#rows.grow(DESCRIPTION_STRIDE);
    const set = (column: number, value: number): void => this.#rows.set(row + column, value);
    // A rule is one line, so that a newline is in none of its references.
    set(DescriptionColumn.REFERENCES, texts.indexOf(references.join("\n")));
    set(DescriptionColumn.SID, sid);
    set(DescriptionColumn.GID, gid);
    set(DescriptionColumn.REV, rev);
    set(DescriptionColumn.SEVERITY, priority);
    set(DescriptionColumn.MESSAGE, texts.indexOf(message));
    set(DescriptionColumn.CLASSTYPE, name);
    set(DescriptionColumn.CATEGORY, category);
    if (metadata !== this.#metadata || this.#metadataNumber === undefined) {
      this.#metadataNumber = texts.indexOf(metadata);
      this.#metadata = metadata;
    }
    set(DescriptionColumn.METADATA, this.#metadataNumber);
  }

  #classtype(classtype: string): readonly [number, number] {
    const known = this.#ofClasstypes.get(classtype);
    if (known !== undefined) return known;
    const category = this.#classifications.get(classtype)?.description ?? classtype;
    const numbers = [this.#texts.indexOf(classtype), this.#texts.indexOf(category)] as const;
    this.#ofClasstypes.set(ownText(classtype), numbers);
    return numbers;
  }

  /** @param order the rules as they came, in the order of their numbers */
  build(order: Uint32Array): DescriptionTable {
    const rows = new Uint32Array(order.length * DESCRIPTION_STRIDE);
    const all = this.#rows.view();
    order.forEach((rule, rank) => {
      const start = rule * DESCRIPTION_STRIDE;
      rows.set(all.subarray(start, start + DESCRIPTION_STRIDE), rank * DESCRIPTION_STRIDE);
    });
    return { rows, texts: this.#texts.build() };
  }
}

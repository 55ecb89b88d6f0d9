/** What a list of indicators may hold, and by which names of files and headers its kind is told. */

/** Spaces of values: equal bytes in different spaces are different values. The numbers stand in rule images. */
export const IndicatorSpace = {
  /** A name, exactly. */
  DOMAIN: 0,
  /** A name and everything below it. */
  DOMAIN_TREE: 1,
  /** An address is a network of full length. */
  NETWORK: 2,
  URL: 3,
  JA3: 4,
  JA4: 5,
  CERTIFICATE_SHA1: 6,
  CERTIFICATE_SHA256: 7,
} as const;
export const INDICATOR_SPACES = 8;

/** What one list holds. */
export type IndicatorKind = "domain" | "ip" | "url" | "ja3" | "ja4" | "certificate";

const FILE_WORDS: Readonly<Record<string, IndicatorKind>> = {
  domains: "domain",
  ips: "ip",
  urls: "url",
  ja3: "ja3",
  ja4: "ja4",
  certificates: "certificate",
};
const KIND_NAMES: Readonly<Record<string, IndicatorKind>> = {
  ...FILE_WORDS,
  domain: "domain",
  ip: "ip",
  url: "url",
  certificate: "certificate",
};

/** How a file of indicators is called: `NAME.ioc`, or `NAME.KIND.txt` and `NAME.KIND.csv`. */
const FILE_NAME = /^(.+?)\.(?:(domains|ips|urls|ja3|ja4|certificates)\.(txt|csv)|ioc)$/i;

export interface IndicatorFileName {
  readonly name: string;
  /** Undefined: the header says it. */
  readonly kind: IndicatorKind | undefined;
  readonly isTable: boolean;
}

/** What the name of a file says; undefined where it is no list of indicators. */
export function parseIndicatorFileName(fileName: string): IndicatorFileName | undefined {
  const match = FILE_NAME.exec(fileName);
  if (!match) return undefined;
  const [, name, kind, extension] = match;
  return {
    name: name!,
    kind: kind === undefined ? undefined : FILE_WORDS[kind.toLowerCase()],
    isTable: extension?.toLowerCase() === "csv",
  };
}

/** The kind a header names, or undefined. */
export function indicatorKindNamed(word: string): IndicatorKind | undefined {
  return Object.hasOwn(KIND_NAMES, word.toLowerCase()) ? KIND_NAMES[word.toLowerCase()] : undefined;
}

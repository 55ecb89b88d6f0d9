import { closeSync, openSync, readSync } from "node:fs";

/** First four bytes of pcap (µs, ns, modified; either byte order) and pcapng files. */
const MAGICS: ReadonlySet<string> = new Set([
  "a1b2c3d4",
  "d4c3b2a1",
  "a1b23c4d",
  "4d3cb2a1",
  "a1b2cd34",
  "34cdb2a1",
  "0a0d0d0a",
]);

/**
 * `--rules` takes several paths, so the captures that stand right behind it end up among them
 * (`--rules a.rules office.pcap`). A path is a capture where its name or its first bytes say so.
 */
export function separateCaptures(paths: readonly string[]): { rules: string[]; captures: string[] } {
  const captures = paths.filter(isCapture);
  return { rules: paths.filter((path) => !captures.includes(path)), captures };
}

function isCapture(path: string): boolean {
  return /\.(?:pcap|pcapng|cap)\d*$/i.test(path) || MAGICS.has(firstBytes(path));
}

function firstBytes(path: string): string {
  const bytes = Buffer.alloc(4);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, bytes);
    } finally {
      closeSync(file);
    }
  } catch {
    // Whoever opens it in earnest says what is wrong.
  }
  return bytes.toString("hex");
}

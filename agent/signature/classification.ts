import type { Classification } from "./keywords/keyword.js";

/** Where neither the rule nor its classtype says anything. */
export const DEFAULT_PRIORITY = 3;

/**
 * Read `classification.config`: lines `config classification: name,description,priority`. Lines that are something
 * else are passed over and counted.
 */
export function parseClassifications(text: string): {
  classifications: Map<string, Classification>;
  unreadableLines: number[];
} {
  const classifications = new Map<string, Classification>();
  const unreadableLines: number[] = [];
  text.split("\n").forEach((line, index) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    const match = /^config\s+classification\s*:\s*([\w-]+)\s*,\s*(.*?)\s*,\s*(\d{1,3})$/.exec(trimmed);
    if (match) classifications.set(match[1]!, { description: match[2]!, priority: Number(match[3]) });
    else unreadableLines.push(index + 1);
  });
  return { classifications, unreadableLines };
}

/**
 * Read `reference.config`: lines `config reference: system prefix`, with which a rule's `reference:system,id` becomes an
 * address. Lines that are something else are passed over.
 */
export function parseReferences(text: string): Map<string, string> {
  const prefixes = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*config\s+reference\s*:\s*([a-zA-Z][\w-]{0,63})\s+(\S{1,1024})\s*$/.exec(line);
    if (match) prefixes.set(match[1]!.toLowerCase(), match[2]!);
  }
  return prefixes;
}

/** The address that a rule's reference (`url,example.org/x`) means; the reference itself where its system is not known. */
export function referenceAddress(reference: string, prefixes: ReadonlyMap<string, string>): string {
  const comma = reference.indexOf(",");
  const system = reference.slice(0, comma).trim().toLowerCase();
  const id = reference.slice(comma + 1).trim();
  const prefix = comma < 0 ? undefined : prefixes.get(system);
  if (prefix === undefined) return reference;
  // Some rules write what the prefix says once more.
  if (/^https?:\/\//i.test(id)) return id;
  return prefix + (system === "cve" ? id.replace(/^CVE-/i, "") : id);
}

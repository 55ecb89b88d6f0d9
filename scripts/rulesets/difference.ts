/** What changes from one bundle to another: files, and rules by their number and revision. */
import { splitRuleLines } from "#agent/signature/rule-lines.js";
import { type BundleFile, partsOf } from "./bundle-file.js";

export interface BundleDifference {
  readonly from: number;
  readonly to: number;
  readonly files: { readonly added: string[]; readonly removed: string[]; readonly changed: string[] };
  readonly rules: { readonly added: string[]; readonly removed: string[]; readonly changed: string[] };
}

export function bundleDifference(before: BundleFile, after: BundleFile): BundleDifference {
  return {
    from: before.manifest.version,
    to: after.manifest.version,
    files: compare(
      new Map(before.manifest.parts.map(({ path, sha256 }) => [path, sha256])),
      new Map(after.manifest.parts.map(({ path, sha256 }) => [path, sha256])),
    ),
    rules: compare(rulesOf(before), rulesOf(after)),
  };
}

function compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  return {
    added: [...after.keys()].filter((key) => !before.has(key)),
    removed: [...before.keys()].filter((key) => !after.has(key)),
    changed: [...after].flatMap(([key, value]) =>
      before.has(key) && before.get(key) !== value ? [key] : [],
    ),
  };
}

/** Texts of all rules by `gid:sid`. */
function rulesOf(bundle: BundleFile): Map<string, string> {
  const rules = new Map<string, string>();
  for (const { path, bytes } of partsOf(bundle)) {
    if (!/^[^/]*\.rules$/.test(path)) continue;
    for (const { text } of splitRuleLines(path, Buffer.from(bytes).toString("utf8"))) {
      const sid = /[;(]\s*sid\s*:\s*(\d+)\s*;/.exec(text)?.[1];
      const gid = /[;(]\s*gid\s*:\s*(\d+)\s*;/.exec(text)?.[1] ?? "1";
      if (sid !== undefined) rules.set(`${gid}:${sid}`, text);
    }
  }
  return rules;
}

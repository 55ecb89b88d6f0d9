/**
 * Says which rules a line of `enable.conf`, `disable.conf`, `drop.conf` or `modify.conf` means, in suricata-update's syntax:
 * `*`, `SID`, `GID:SID`, `GID:SID:REV` (several with commas), `re:EXPRESSION`, `group:NAME` or `NAME.rules`, `filename:NAME`
 * (both with `*`, `?` and `[…]`), `metadata:KEY VALUE`.
 */
import { translatePcre } from "../pcre-translation.js";
import { RuleError } from "../rule-error.js";
import type { EditedRule } from "./rule-edits.js";

export type RuleMatcher = (rule: EditedRule) => boolean;

/**
 * The matcher that `text` describes.
 *
 * @throws RuleError where it is none of the forms above
 */
export function parseRuleMatcher(text: string): RuleMatcher {
  const body = text.trim();
  if (body === "*") return () => true;
  if (/^\d/.test(body)) return idMatcher(body);
  if (body.startsWith("re:")) {
    const expression = compileExpression(body.slice(3).trim(), "i");
    return (rule) => expression.test(rule.text);
  }
  if (body.startsWith("filename:")) {
    const glob = globExpression(body.slice(9).trim());
    return (rule) => glob.test(rule.line.file);
  }
  if (body.startsWith("group:") || body.endsWith(".rules")) {
    const glob = globExpression(body.replace(/^group:/, "").trim());
    return ({ line }) => {
      const name = line.file.slice(line.file.lastIndexOf("/") + 1);
      return glob.test(name) || glob.test(name.replace(/\.[^.]*$/, ""));
    };
  }
  const metadata = /^metadata:\s*(\S+)\s+(.+)$/.exec(body);
  if (metadata) return metadataMatcher(metadata[1]!.toLowerCase(), metadata[2]!.trim().toLowerCase());
  throw new RuleError(
    `"${body.slice(0, 60)}" is none of *, SID, GID:SID, re:…, group:…, filename:…, metadata:KEY VALUE`,
  );
}

/**
 * A regular expression as operators write it (Python's and Perl's syntax agree in what is used here).
 *
 * @throws RuleError where it cannot be read, or could run for ever
 */
export function compileExpression(source: string, flags: "" | "i" | "g"): RegExp {
  const translated = translatePcre(source, new Set(flags === "i" ? ["i"] : []));
  return new RegExp(translated.source, translated.flags + (flags === "g" ? "g" : ""));
}

function idMatcher(text: string): RuleMatcher {
  const ids = text.split(",").map((entry) => {
    const parts = entry.trim().split(":");
    if (parts.length > 3 || !parts.every((part) => /^\d{1,10}$/.test(part))) {
      throw new RuleError(`"${entry.trim().slice(0, 40)}" is not SID, GID:SID or GID:SID:REV`);
    }
    const numbers = parts.map(Number);
    const [gid, sid] = numbers.length === 1 ? [1, numbers[0]!] : [numbers[0]!, numbers[1]!];
    return { gid, sid, rev: numbers[2] };
  });
  return (rule) =>
    ids.some(
      ({ gid, sid, rev }) => sid === rule.sid && gid === rule.gid && (rev === undefined || rev === rule.rev),
    );
}

function metadataMatcher(key: string, value: string): RuleMatcher {
  return ({ text }) =>
    [...text.matchAll(/[;(]\s*metadata\s*:([^;]*);/g)].some((option) =>
      option[1]!.split(",").some((entry) => {
        const [name = "", ...rest] = entry.trim().toLowerCase().split(" ");
        return name === key && rest.join(" ").trim() === value;
      }),
    );
}

/** `*`, `?` and `[…]` of a shell; everything else stands for itself. */
function globExpression(glob: string): RegExp {
  if (glob === "" || glob.length > 1024) throw new RuleError("a name is missing");
  // Several stars in a row mean what one means, and would only make the search slow.
  const source = glob.replace(/\*+/g, "*").replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (part, not, members) => {
    if (members !== undefined) return `[${not ? "^" : ""}${members.replace(/[\\\]^]/g, "\\$&")}]`;
    if (part === "*") return ".*";
    return part === "?" ? "." : part.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, "s");
}

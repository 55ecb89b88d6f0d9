/** Owns the reading of what `sekisho suppress` is given. */
import { AgentError } from "../base/errors.js";
import { isDestination, isSource, type Suppression } from "../incident/suppression.js";
import type { CliContext } from "./context.js";
import { userName } from "./user-name.js";

export interface SuppressionArguments {
  readonly rule: string;
  readonly source: string;
  readonly destination: string;
  readonly reason: string;
  readonly author: string | undefined;
  readonly for: string;
}

/** What a suppression hides, without why and how long. */
export type SuppressionScope = Pick<Suppression, "gid" | "sid" | "source" | "destination">;

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };
const LONGEST_MS = 366 * 24 * HOUR_MS;
const REASON_CHARACTERS = 500;
const AUTHOR_CHARACTERS = 64;

/** @throws AgentError where an argument cannot be understood */
export function parseScope(
  args: Pick<SuppressionArguments, "rule" | "source" | "destination">,
): SuppressionScope {
  const rule = /^(?:(\d{1,9}):)?(\d{1,10})$/.exec(args.rule);
  const gid = Number(rule?.[1] ?? 1);
  const sid = Number(rule?.[2] ?? 0);
  if (gid < 1 || sid < 1) throw wrong("rule", args.rule);
  const source = args.source.trim().toLowerCase();
  const destination = args.destination.trim().toLowerCase().replace(/\.$/, "");
  if (!isSource(source)) throw wrong("source", args.source);
  if (!isDestination(destination)) throw wrong("destination", args.destination);
  return { gid, sid, source, destination };
}

/**
 * A suppression but for its number.
 *
 * @throws AgentError where an argument cannot be understood or says nothing
 */
export function parseSuppression(
  args: SuppressionArguments,
  context: CliContext,
  now: Date,
): Omit<Suppression, "id"> {
  const scope = parseScope(args);
  const duration = /^(\d{1,5})([hdw])$/.exec(args.for.trim());
  const durationMs = Number(duration?.[1] ?? 0) * (UNIT_MS[duration?.[2] ?? ""] ?? 0);
  if (durationMs <= 0 || durationMs > LONGEST_MS) throw wrong("for", args.for);
  return {
    ...scope,
    reason: oneLine("reason", args.reason).slice(0, REASON_CHARACTERS),
    author: oneLine("author", args.author ?? userName(context)).slice(0, AUTHOR_CHARACTERS),
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + durationMs).toISOString(),
  };
}

function oneLine(option: string, text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, " ").trim();
  if (line === "") throw new AgentError("error.suppressions.empty", { option });
  return line;
}

function wrong(option: "rule" | "source" | "destination" | "for", value: string): AgentError {
  return new AgentError(`error.suppressions.${option}`, { value });
}

/** Spans of time as people write them on a command line: `30s`, `10m`, `24h`, `7d`. */
import { AgentError } from "./errors.js";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of a span.
 *
 * @throws AgentError where it is none
 */
export function spanMs(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new AgentError("error.device.span", { text });
  return Number(count) * unitMs;
}

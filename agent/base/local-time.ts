import type { Language } from "./language.js";

/**
 * `2026-09-21 23:13:20`, in Japanese `2026/09/21 23:13:20`: put together here, for locale data change with versions.
 *
 * @param wallMs milliseconds since the Unix epoch
 * @param timeZone IANA name; the system's own if left out
 */
export function localTime(wallMs: number, language: Language, timeZone?: string): string {
  const format = new Intl.DateTimeFormat("en", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...(timeZone !== undefined && { timeZone }),
  });
  const parts = new Map(format.formatToParts(wallMs).map(({ type, value }) => [type, value]));
  const join = (separator: string, ...types: readonly Intl.DateTimeFormatPartTypes[]): string =>
    types.map((type) => parts.get(type)).join(separator);
  const date = join(language === "ja" ? "/" : "-", "year", "month", "day");
  return `${date} ${join(":", "hour", "minute", "second")}`;
}

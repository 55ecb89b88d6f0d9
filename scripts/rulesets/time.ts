const DAY_MS = 86_400_000;

/** The moment so many days from now, as documents write it. */
export function dayFrom(days: number, nowMs = Date.now()): string {
  return new Date(nowMs + days * DAY_MS).toISOString();
}

/** Suricata's form of a time: UTC with microseconds and a numeric zone. */
export function eveTimestamp(timeUs: number): string {
  const seconds = Math.floor(timeUs / 1_000_000);
  const micros = String(timeUs - seconds * 1_000_000).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}+0000`;
}

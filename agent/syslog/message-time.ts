/**
 * Owns how devices write the time in front of a line. Refuses nothing: what is no time leaves `found` false.
 *
 * Known: RFC 3339 (with and without zone, blank or T, comma or point before the fraction), `2026/11/28 07:58:25`,
 * `Nov 28 07:58:25` of RFC 3164 with the year in front of or behind the time or missing, a weekday before it, a zone
 * behind it, and seconds or milliseconds since the Unix epoch. All expressions are anchored and bounded: linear.
 */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A time without year lies in the past, but for clocks that run ahead. */
const MAX_AHEAD_MS = 2 * DAY_MS;

const NUMERIC =
  /(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]{1,2}(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d{2}:?\d{2})(?![\w:]))?/y;
const NAMED =
  /(?:(\d{4}) )?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?([A-Z][a-z]{2}) {1,2}(\d{1,2})(?: (\d{4}))? (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?: (\d{4})(?![\w.:-]))?(?: ?(UTC|GMT|JST|Z|[+-]\d{2}:?\d{2})(?!\w))?/y;
const EPOCH = /(\d{10})(?:\.(\d{1,9})|(\d{3}))?(?=[ :]|$)/y;

/** Finds a time at a place of a line; what it found stands in its properties until the next call. */
export class MessageTime {
  /** Milliseconds since the Unix epoch. */
  timeMs = 0;
  /** First character behind the time. */
  end = 0;

  /**
   * @param receivedMs when the line came: gives the year where none is written
   * @param offsetMin minutes east of UTC of the device's clock; undefined: as this box
   */
  find(line: string, at: number, receivedMs: number, offsetMin: number | undefined): boolean {
    const first = line.charCodeAt(at);
    if (first >= 0x30 && first <= 0x39)
      return (
        this.#numeric(line, at, offsetMin) ||
        this.#epoch(line, at, receivedMs) ||
        this.#named(line, at, receivedMs, offsetMin)
      );
    return this.#named(line, at, receivedMs, offsetMin);
  }

  #numeric(line: string, at: number, offsetMin: number | undefined): boolean {
    NUMERIC.lastIndex = at;
    const match = NUMERIC.exec(line);
    if (match === null) return false;
    const [, year, month, day, hour, minute, second, fraction, zone] = match;
    return this.#set(
      NUMERIC.lastIndex,
      [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)],
      fraction,
      zone,
      offsetMin,
    );
  }

  #named(line: string, at: number, receivedMs: number, offsetMin: number | undefined): boolean {
    NAMED.lastIndex = at;
    const match = NAMED.exec(line);
    if (match === null) return false;
    const end = NAMED.lastIndex;
    const [, yearFirst, name, day, yearBefore, hour, minute, second, fraction, yearBehind, zone] = match;
    const month = MONTHS.indexOf(name!.toLowerCase());
    if (month < 0) return false;
    const rest = [month, Number(day), Number(hour), Number(minute), Number(second)] as const;
    const written = yearFirst ?? yearBefore ?? yearBehind;
    if (written !== undefined) return this.#set(end, [Number(written), ...rest], fraction, zone, offsetMin);
    // The year in which the line is not of the future.
    const year = new Date(receivedMs).getUTCFullYear() + 1;
    for (let back = 0; back < 3; back++) {
      const isSet = this.#set(end, [year - back, ...rest], fraction, zone, offsetMin);
      if (isSet && this.timeMs <= receivedMs + MAX_AHEAD_MS) return true;
    }
    return false;
  }

  #epoch(line: string, at: number, receivedMs: number): boolean {
    EPOCH.lastIndex = at;
    const match = EPOCH.exec(line);
    if (match === null) return false;
    const timeMs = Number(match[1]) * 1000 + fractionMs(match[2] ?? match[3]);
    // Ten digits may be any number: only a time within a year of now is taken for one.
    if (Math.abs(timeMs - receivedMs) > 366 * DAY_MS) return false;
    this.timeMs = timeMs;
    this.end = EPOCH.lastIndex;
    return true;
  }

  #set(
    end: number,
    [year, month, day, hour, minute, second]: readonly number[],
    fraction: string | undefined,
    zone: string | undefined,
    offsetMin: number | undefined,
  ): boolean {
    if (month! < 0 || month! > 11 || day! < 1 || day! > 31 || hour! > 23 || minute! > 59 || second! > 60)
      return false;
    const offset = zone === undefined ? offsetMin : zoneMinutes(zone);
    const timeMs =
      offset === undefined
        ? new Date(year!, month!, day!, hour!, minute!, second!).getTime()
        : Date.UTC(year!, month!, day!, hour!, minute!, second!) - offset * MINUTE_MS;
    if (!Number.isFinite(timeMs)) return false;
    this.timeMs = timeMs + fractionMs(fraction);
    this.end = end;
    return true;
  }
}

function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.slice(0, 3).padEnd(3, "0"));
}

/** Minutes east of UTC. */
function zoneMinutes(zone: string): number {
  if (zone === "JST") return 540;
  if (!/^[+-]/.test(zone)) return 0;
  const digits = zone.replace(":", "");
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith("-") ? -minutes : minutes;
}

/**
 * Lines as a Yamaha RTX1210 of an office sends them, and how they are spread over its day. Forms as in `syslog/formats/yamaha.ts`; the
 * mixture is that of a router that inspects every connection: nine of ten lines are connections. Addresses for documentation.
 */
import { FuzzRandom } from "../fuzzing/random.js";

/** Share of a day's lines in each hour; an office that is open from eight to seven. */
const HOURS = [1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 7, 9, 9, 8, 8, 7, 5, 3, 2, 2, 1, 1] as const;
const HOURS_SUM = HOURS.reduce<number>((sum, share) => sum + share, 0);
const HOUR_MS = 3_600_000;
const SERVERS = 400;

export class RouterLines {
  readonly #random: FuzzRandom;
  #tunnel = 0;

  constructor(seed: number) {
    this.#random = new FuzzRandom(seed);
  }

  /** @param id stands at its end, so that each line can be told from all others */
  line(id: number, timeMs: number): string {
    const random = this.#random;
    const kind = random.below(100);
    const inside = `192.168.100.${2 + random.below(40)}`;
    const port = 49_152 + random.below(16_384);
    const server = random.below(SERVERS);
    const outside = `${server % 2 ? "203.0.113" : "198.51.100"}.${server % 250}`;
    if (kind < 88) {
      const [protocol, to] = kind < 60 ? ["TCP", 443] : kind < 80 ? ["UDP", 53] : ["TCP", 80];
      const rule = 101_000 + random.below(40);
      return `<134>[INSPECT] PP[01][out][${rule}] ${protocol} ${inside}:${port} > ${outside}:${to} (${stamp(timeMs)}) ${id}`;
    }
    if (kind < 97) {
      const to = [23, 22, 445, 3389, 8080, 5060][random.below(6)];
      return `<134>PP[01] Rejected at IN(200099) filter: TCP ${outside}:${port} > 192.0.2.1:${to} ${id}`;
    }
    if (kind < 99) {
      const host = 2 + random.below(40);
      return `<134>[DHCPD] LAN1(port1) Extends 192.168.100.${host}: 00:00:5e:00:53:${hex(host)} ${id}`;
    }
    return `<134>[IKE] [${1 + (this.#tunnel++ % 4)}] SA[${random.below(90)}] rekeyed, lifetime 28800 ${id}`;
  }
}

/** When a line of a day comes: milliseconds after midnight. @param share in [0, 1), of the day's lines */
export function timeInDay(share: number): number {
  let rest = share * HOURS_SUM;
  for (const [hour, weight] of HOURS.entries()) {
    if (rest < weight) return (hour + rest / weight) * HOUR_MS;
    rest -= weight;
  }
  return 24 * HOUR_MS;
}

function stamp(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}

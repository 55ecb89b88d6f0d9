/**
 * Owns which format a source's lines are read by: the one that is configured, or for `auto` whichever reads them, the last that did
 * first. The order is from what cannot be mistaken to what can.
 */
import { parseCef } from "./formats/cef.js";
import { parseCiscoAsa } from "./formats/cisco-asa.js";
import { parseDnsmasq } from "./formats/dnsmasq.js";
import { parseFortigate } from "./formats/fortigate.js";
import { parseLeef } from "./formats/leef.js";
import { parseMeraki } from "./formats/meraki.js";
import { parseNecIx } from "./formats/nec-ix.js";
import { parseNetfilter } from "./formats/netfilter.js";
import { parsePaloAlto } from "./formats/palo-alto.js";
import { parsePfsense } from "./formats/pfsense.js";
import { parseSonicwall } from "./formats/sonicwall.js";
import { parseSophos } from "./formats/sophos.js";
import { parseWatchguard } from "./formats/watchguard.js";
import { parseYamaha } from "./formats/yamaha.js";
import type { LogEvent } from "./log-event.js";
import type { SyslogMessage } from "./syslog-message.js";

/** What a line says; undefined where it is not of this format. Never throws, whatever the line is. */
export type LogFormat = (message: SyslogMessage) => LogEvent | undefined;

const FORMATS: Readonly<Partial<Record<string, LogFormat>>> = {
  cef: parseCef,
  leef: parseLeef,
  "cisco-asa": parseCiscoAsa,
  "palo-alto": parsePaloAlto,
  fortigate: parseFortigate,
  sophos: parseSophos,
  sonicwall: parseSonicwall,
  watchguard: parseWatchguard,
  pfsense: parsePfsense,
  dnsmasq: parseDnsmasq,
  netfilter: parseNetfilter,
  yamaha: parseYamaha,
  "nec-ix": parseNecIx,
  meraki: parseMeraki,
};

export class FormatReader {
  readonly #formats: LogFormat[];
  #name: string;

  /** @param format a name of the configuration; `auto` finds out by itself */
  constructor(format: string) {
    const own = FORMATS[format];
    this.#formats = own ? [own] : Object.values(FORMATS).filter((one) => one !== undefined);
    this.#name = own ? format : "";
  }

  /** The format that read the last line; empty where none did yet. */
  get formatName(): string {
    return this.#name;
  }

  read(message: SyslogMessage): LogEvent | undefined {
    const formats = this.#formats;
    for (let i = 0; i < formats.length; i++) {
      const event = formats[i]!(message);
      if (event === undefined) continue;
      if (i > 0) {
        formats.unshift(...formats.splice(i, 1));
        this.#name = nameOf(formats[0]!);
      } else if (this.#name === "") this.#name = nameOf(formats[0]!);
      return event;
    }
    return undefined;
  }
}

/** Names of all formats, in an order that stays. */
export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);

function nameOf(format: LogFormat): string {
  return Object.keys(FORMATS).find((name) => FORMATS[name] === format) ?? "";
}

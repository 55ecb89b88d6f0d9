/** ArcSight's Common Event Format: `CEF:0|vendor|product|version|id|name|severity|key=value …`, values with spaces. */
import type { LogEvent } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";
import { eventOfFields } from "./extended-fields.js";

const HEADER =
  /CEF:\d(?:\.\d)?\|((?:[^|\\]|\\.){0,256})\|((?:[^|\\]|\\.){0,256})\|((?:[^|\\]|\\.){0,64})\|((?:[^|\\]|\\.){0,256})\|((?:[^|\\]|\\.){0,512})\|([^|]{0,16})\|/;
/** A value ends where another key begins. */
const KEY = /(?:^|\s)([A-Za-z0-9_.]{1,64})=/g;
const MAX_KEYS = 256;

export function parseCef({ line }: SyslogMessage): LogEvent | undefined {
  const start = line.indexOf("CEF:");
  const header = start < 0 ? null : HEADER.exec(line.slice(start, start + 4096));
  if (header === null) return undefined;
  const extension = line.slice(start + header.index + header[0].length);
  const keys = [...extension.matchAll(KEY)].slice(0, MAX_KEYS);
  const values = new Map(
    keys.map((key, i) => {
      const value = extension.slice(key.index + key[0].length, keys[i + 1]?.index ?? extension.length);
      return [key[1]!, value.replace(/\\([=\\|])/g, "$1").trim()] as const;
    }),
  );
  const get = (...names: readonly string[]) => names.map((name) => values.get(name)).find((value) => value);
  return eventOfFields({ id: header[4], name: header[5], severity: severityOfCef(header[6]!), get });
}

/** 0 to 10, or a word. */
function severityOfCef(text: string): number | undefined {
  const words: Readonly<Record<string, number>> = { low: 4, medium: 3, high: 2, "very-high": 1 };
  const word = words[text.toLowerCase()];
  if (word !== undefined || !/^\d{1,2}$/.test(text)) return word;
  const level = Number(text);
  return level >= 9 ? 1 : level >= 7 ? 2 : level >= 4 ? 3 : 4;
}

/** QRadar's Log Event Extended Format, 1.0 (attributes apart by tabs) and 2.0 (by a delimiter of their own). */
import type { LogEvent } from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";
import { eventOfFields } from "./extended-fields.js";

const HEADER =
  /LEEF:([12])\.0\|([^|]{0,256})\|([^|]{0,256})\|([^|]{0,64})\|([^|]{0,256})\|(?:(?:0?x([0-9A-Fa-f]{2,4})|([^|\t]))\|)?/;
const MAX_ATTRIBUTES = 256;

export function parseLeef({ line }: SyslogMessage): LogEvent | undefined {
  const start = line.indexOf("LEEF:");
  const header = start < 0 ? null : HEADER.exec(line.slice(start, start + 2048));
  if (header === null) return undefined;
  const [whole, , , , , id, hex, own] = header;
  const delimiter = hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (own ?? "\t");
  const attributes = line.slice(start + header.index + whole.length).split(delimiter, MAX_ATTRIBUTES);
  const values = new Map(
    attributes.flatMap((attribute) => {
      const at = attribute.indexOf("=");
      return at < 0 ? [] : [[attribute.slice(0, at).trim(), attribute.slice(at + 1)] as const];
    }),
  );
  const get = (...names: readonly string[]) => names.map((name) => values.get(name)).find((value) => value);
  const level = Number(values.get("sev"));
  const severity = level >= 1 ? Math.max(1, 4 - Math.floor((level - 1) / 3)) : undefined;
  return eventOfFields({ id, name: values.get("msg") ?? id, severity, get });
}

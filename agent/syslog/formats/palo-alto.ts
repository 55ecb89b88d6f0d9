/** Palo Alto Networks PAN-OS, comma-separated: TRAFFIC and THREAT, others by their type. Form: "Syslog Field Descriptions". */
import {
  actionOf,
  address,
  byteCount,
  eventOf,
  type LogEvent,
  portNumber,
  protocolName,
  severityOf,
  textOf,
} from "../log-event.js";
import type { SyslogMessage } from "../syslog-message.js";

const START =
  /(?:^|[\s>])\d?,\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d,[0-9A-Za-z-]{1,32},(TRAFFIC|THREAT|SYSTEM|CONFIG|HIPMATCH|GLOBALPROTECT|USERID|DECRYPTION|CORRELATION|AUTHENTICATION),/;
const MAX_FIELDS = 128;

export function parsePaloAlto({ line }: SyslogMessage): LogEvent | undefined {
  const start = START.exec(line);
  if (start === null) return undefined;
  const type = start[1]!;
  if (type !== "TRAFFIC" && type !== "THREAT") return { kind: "other", topic: type };
  const fields = splitFields(line.slice(start.index));
  const about = {
    action: actionOf(fields[30]),
    protocol: protocolName(fields[29]),
    sourceAddress: address(fields[7]),
    sourcePort: portNumber(fields[24]),
    destinationAddress: address(fields[8]),
    destinationPort: portNumber(fields[25]),
  };
  if (type === "TRAFFIC") {
    return eventOf({
      kind: "flow",
      ...about,
      bytesToServer: byteCount(fields[32]),
      bytesToClient: byteCount(fields[33]),
    });
  }
  if (fields[4] === "url") return eventOf({ kind: "http", ...about, url: textOf(fields[31]) });
  const [, signature, signatureId] = /^(.{0,256}?)\((\d{1,12})\)$/.exec(fields[32] ?? "") ?? [
    undefined,
    fields[32],
  ];
  return eventOf({
    kind: "ips",
    ...about,
    signatureId: textOf(signatureId),
    signature: textOf(signature),
    severity: severityOf(fields[34]),
  });
}

/** Fields with commas are quoted, quotes in them doubled. */
function splitFields(text: string): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length && fields.length < MAX_FIELDS; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(",", at);
      fields.push(text.slice(at, end < 0 ? text.length : end));
      if (end < 0) break;
      at = end + 1;
      continue;
    }
    let end = at + 1;
    while (end < text.length && (text[end] !== '"' || text[end + 1] === '"'))
      end += text[end] === '"' ? 2 : 1;
    fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
    at = end + 2;
  }
  return fields;
}

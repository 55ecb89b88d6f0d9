/**
 * Reads out of messages what a device says of itself, as short fields. The cold path: called for news only.
 *
 * Everything here is a stranger's words. Texts are cut; whoever shows them cleans them.
 */
import { latin1Text } from "../base/latin1.js";
import { eveText, hexText } from "./proto/eve-text.js";
import { Field, NumberField } from "./proto/fields.js";
import type { MessageView } from "./proto/message-view.js";
import { Protocol, TO_SERVER } from "./proto/protocols.js";

const MAX_CHARACTERS = 160;
const MAX_PARAMETERS = 48;
const MAX_SSDP_BYTES = 1024;
const LONGEST_SSDP_NAME = "USER-AGENT".length;

type Eve = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, string>>;

/** Text of a field, cut. */
export function textOf(bytes: Uint8Array, offset: number, length: number): string {
  return eveText(bytes, offset, Math.min(length, MAX_CHARACTERS));
}

/** Address, MAC and fields of a DHCP message; undefined where it names no address. */
export function dhcpFields(
  { dhcp }: Eve,
  message: MessageView,
): { readonly address: string; readonly macAddress: string; readonly fields: Fields } | undefined {
  if (!isObject(dhcp)) return undefined;
  // An address that is only wished for belongs to the device soon, or it asks again.
  const addresses = [dhcp.requested_ip, dhcp.client_ip, dhcp.assigned_ip];
  const address = addresses.find((text) => typeof text === "string" && text !== "" && text !== "0.0.0.0");
  const macAddress = dhcp.client_mac;
  if (typeof address !== "string" || typeof macAddress !== "string") return undefined;
  const fields: Record<string, string> = {};
  if (typeof dhcp.hostname === "string") fields.hostname = dhcp.hostname.slice(0, MAX_CHARACTERS);
  if (typeof dhcp.vendor_class_identifier === "string")
    fields.vendor = dhcp.vendor_class_identifier.slice(0, MAX_CHARACTERS);
  if (typeof dhcp.client_id === "string") fields.client_id = dhcp.client_id.slice(0, MAX_CHARACTERS);
  const list = message.first(Field.DHCP_PARAMETER_LIST);
  if (list >= 0) {
    const from = message.entryOffset[list]!;
    const length = Math.min(message.entryLength[list]!, MAX_PARAMETERS);
    fields.parameters = message.entryBytes[list]!.subarray(from, from + length).join(",");
  }
  return { address, macAddress, fields };
}

/** Whether a message says nothing of who sent it, whatever it says: questions do not, but for those that claim a name. */
export function isQuestion(message: MessageView): boolean {
  if (message.direction !== TO_SERVER) return false;
  if (message.protocol === Protocol.MDNS || message.protocol === Protocol.LLMNR) return true;
  return message.protocol === Protocol.NBNS && message.number(NumberField.DNS_OPCODE) === 0;
}

/** The name under which a machine offers files (kind 20): the kind 00 may as well be the name of a workgroup. */
export function netbiosName({ nbns }: Eve): Fields | undefined {
  if (!isObject(nbns)) return undefined;
  const isOwn =
    nbns.type === "answer"
      ? Array.isArray(nbns.names)
      : /^(?:registration|refresh|multihomed)/.test(String(nbns.opcode));
  if (!isOwn) return undefined;
  const names = [nbns.rrname, ...(Array.isArray(nbns.names) ? (nbns.names as unknown[]) : [])];
  const own = names.find((name) => typeof name === "string" && name.endsWith("<20>"));
  return typeof own === "string" ? { name: own.slice(0, -4) } : undefined;
}

/** Machine name of a log-on with NTLM. */
export function ntlmHost({ smb }: Eve): string | undefined {
  const names = isObject(smb) ? smb.ntlmssp : undefined;
  const host = isObject(names) ? names.host : undefined;
  return typeof host === "string" && host !== "" ? host.slice(0, MAX_CHARACTERS) : undefined;
}

/** What a device says of its software in an SSDP announcement or answer; undefined where it says nothing. */
export function ssdpFields(bytes: Uint8Array, from: number, end: number): Fields | undefined {
  const text = latin1Text(bytes, from, Math.min(end - from, MAX_SSDP_BYTES));
  const isSearch = text.startsWith("M-SEARCH ");
  if (!isSearch && !text.startsWith("NOTIFY ") && !text.startsWith("HTTP/1.")) return undefined;
  const fields: Record<string, string> = {};
  for (const line of text.split(/[\r\n]+/)) {
    const colon = line.indexOf(":");
    const key = colon > 0 && colon <= LONGEST_SSDP_NAME ? line.slice(0, colon).toUpperCase() : "";
    const value = line
      .slice(colon + 1)
      .trimStart()
      .slice(0, MAX_CHARACTERS)
      .trimEnd();
    if (value === "") continue;
    if (key === "SERVER") fields.ssdp_server = value;
    else if (key === "USER-AGENT") fields.user_agent = value;
    else if (!isSearch && (key === "NT" || key === "ST")) {
      const [, type] = /:device:([\w-]{1,40})/.exec(value) ?? [];
      if (type !== undefined) fields.services = type.toLowerCase();
    }
  }
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** Bytes as pairs of hexadecimal digits. */
export function macText(bytes: Uint8Array, offset: number): string {
  return hexText(bytes, offset, 6, ":");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

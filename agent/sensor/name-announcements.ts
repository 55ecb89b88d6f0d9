/**
 * Reads out of messages what a device says of itself, as short fields. The cold path: called for news only.
 *
 * Everything here is a stranger's words. Texts are cut; whoever shows them cleans them.
 */
import { formatIpv4 } from "../base/address.js";
import { latin1Text } from "../base/latin1.js";
import { CLIENT_ADDRESS_AT } from "./proto/dhcp/format.js";
import { eveText, hexText } from "./proto/eve-text.js";
import { Field, type FieldId, NumberField, type NumberFieldId } from "./proto/fields.js";
import { COLON, CR, equalsIgnoringCase, LF } from "./proto/http/octet-class.js";
import type { MessageView } from "./proto/message-view.js";
import { asciiOctets, hasPrefix, indexOfOctet } from "./proto/octets.js";
import { Protocol, TO_SERVER } from "./proto/protocols.js";
import { readUint32 } from "./wire/big-endian.js";
import type { PacketView } from "./wire/packet-view.js";

const MAX_CHARACTERS = 160;
const MAX_PARAMETERS = 48;
const MAX_SSDP_BYTES = 1024;
const SSDP_SEARCH = asciiOctets("M-SEARCH ");
const SSDP_NOTIFY = asciiOctets("NOTIFY ");
const SSDP_ANSWER = asciiOctets("HTTP/1.");
const SSDP_SERVER = asciiOctets("server");
const SSDP_AGENT = asciiOctets("user-agent");
const SSDP_TYPE = asciiOctets("nt");
const SSDP_TARGET = asciiOctets("st");
const LONGEST_SSDP_NAME = SSDP_AGENT.length;

type Eve = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, string>>;

/** Text of a field, cut. */
export function textOf(bytes: Uint8Array, offset: number, length: number): string {
  return eveText(bytes, offset, Math.min(length, MAX_CHARACTERS));
}

/** Address, MAC and fields of a DHCP message, the payload of its packet; undefined where it names no address. */
export function dhcpFields(
  message: MessageView,
  { bytes, payloadOffset }: PacketView,
): { readonly address: string; readonly macAddress: string; readonly fields: Fields } | undefined {
  // An address that is only wished for belongs to the device soon, or it asks again.
  const address =
    addressIn(message, NumberField.DHCP_REQUESTED_ADDRESS) ||
    readUint32(bytes, payloadOffset + CLIENT_ADDRESS_AT) ||
    addressIn(message, NumberField.DHCP_ASSIGNED_ADDRESS);
  const mac = message.first(Field.DHCP_CLIENT_MAC);
  if (address === 0 || mac < 0) return undefined;
  const fields: Record<string, string> = {};
  const hostname = fieldText(message, Field.DHCP_HOSTNAME);
  if (hostname !== "") fields.hostname = hostname;
  const vendor = fieldText(message, Field.DHCP_VENDOR_CLASS);
  if (vendor !== "") fields.vendor = vendor;
  const id = message.first(Field.DHCP_CLIENT_ID);
  if (id >= 0) fields.client_id = fieldHex(message, id).slice(0, MAX_CHARACTERS);
  const list = message.first(Field.DHCP_PARAMETER_LIST);
  if (list >= 0) {
    const from = message.entryOffset[list]!;
    const length = Math.min(message.entryLength[list]!, MAX_PARAMETERS);
    fields.parameters = message.entryBytes[list]!.subarray(from, from + length).join(",");
  }
  return { address: formatIpv4(address), macAddress: fieldHex(message, mac), fields };
}

/** 0 where it is not said. */
function addressIn(message: MessageView, field: NumberFieldId): number {
  return message.hasNumber(field) ? message.number(field) : 0;
}

function fieldText(message: MessageView, field: FieldId): string {
  const entry = message.first(field);
  if (entry < 0) return "";
  const text = eveText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!);
  return text.slice(0, MAX_CHARACTERS);
}

function fieldHex(message: MessageView, entry: number): string {
  return hexText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!, ":");
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
  const stop = Math.min(end, from + MAX_SSDP_BYTES);
  const isSearch = hasPrefix(bytes, from, stop, SSDP_SEARCH);
  const isTold = hasPrefix(bytes, from, stop, SSDP_NOTIFY) || hasPrefix(bytes, from, stop, SSDP_ANSWER);
  if (!isSearch && !isTold) return undefined;
  let fields: Record<string, string> | undefined;
  for (let line = from; line < stop; ) {
    let lineEnd = line;
    while (lineEnd < stop && bytes[lineEnd] !== CR && bytes[lineEnd] !== LF) lineEnd++;
    const colon = indexOfOctet(bytes, COLON, line, Math.min(lineEnd, line + LONGEST_SSDP_NAME + 1));
    const told = colon < 0 ? undefined : ssdpFact(bytes, line, colon, lineEnd, isSearch);
    if (told !== undefined) fields = { ...fields, [told.name]: told.value };
    line = lineEnd + 1;
  }
  return fields;
}

/** What a line says that is called `bytes[line, colon)`, undefined where it is of no interest. */
function ssdpFact(
  bytes: Uint8Array,
  line: number,
  colon: number,
  lineEnd: number,
  isSearch: boolean,
): { readonly name: string; readonly value: string } | undefined {
  const isServer = equalsIgnoringCase(bytes, line, colon, SSDP_SERVER);
  const isAgent = equalsIgnoringCase(bytes, line, colon, SSDP_AGENT);
  const isType =
    !isSearch &&
    (equalsIgnoringCase(bytes, line, colon, SSDP_TYPE) ||
      equalsIgnoringCase(bytes, line, colon, SSDP_TARGET));
  if (!isServer && !isAgent && !isType) return undefined;
  const text = latin1Text(bytes, colon + 1, lineEnd - colon - 1).trimStart();
  const value = text.slice(0, MAX_CHARACTERS).trimEnd();
  if (value === "") return undefined;
  if (!isType) return { name: isServer ? "ssdp_server" : "user_agent", value };
  const [, type] = /:device:([\w-]{1,40})/.exec(value) ?? [];
  return type === undefined ? undefined : { name: "services", value: type.toLowerCase() };
}

/** Bytes as pairs of hexadecimal digits. */
export function macText(bytes: Uint8Array, offset: number): string {
  return hexText(bytes, offset, 6, ":");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

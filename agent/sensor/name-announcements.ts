/**
 * Reads out of messages what a device says of itself, as short fields. The cold path: called for news only.
 *
 * Everything here is a stranger's words. Texts are cut; whoever shows them cleans them.
 */
import { formatAddress, parseAddress } from "../base/address.js";
import { latin1Text } from "../base/latin1.js";
import { eveText, hexText } from "./proto/eve-text.js";
import { Field } from "./proto/fields.js";
import type { MessageView } from "./proto/message-view.js";

const MAX_CHARACTERS = 160;
const MAX_SERVICES = 12;
const MAX_PARAMETERS = 48;
const MAX_SSDP_BYTES = 1024;

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

/**
 * Names and services of an mDNS or LLMNR answer; undefined where it is a question or tells neither.
 *
 * @param source the sender: a name counts where its address is the sender's own
 */
export function announcedNames({ dns }: Eve, source: string): Fields | undefined {
  const answer = isObject(dns) ? dns.answer : undefined;
  if (!isObject(answer)) return undefined;
  const records = [answer.answers, answer.additionals].flatMap((list) => (Array.isArray(list) ? list : []));
  const fields: Record<string, string> = {};
  const services = new Set<string>();
  for (const record of records as unknown[]) {
    if (!isObject(record)) continue;
    const { rrname, rrtype, rdata } = record;
    if (typeof rrname !== "string" || typeof rdata !== "string") continue;
    if ((rrtype === "A" || rrtype === "AAAA") && sameAddress(rdata, source)) {
      fields.name ??= rrname.replace(/\.local\.?$/i, "").slice(0, MAX_CHARACTERS);
    } else if (rrtype === "PTR") {
      // `Office Printer._ipp._tcp.local`: what it is called for people, and what it offers.
      const [, instance, service] =
        /^(?:(.{1,63})\.)?_([a-z0-9-]{1,15})\._(?:tcp|udp)\.local\.?$/i.exec(rdata) ?? [];
      if (service !== undefined && services.size < MAX_SERVICES) services.add(service.toLowerCase());
      if (instance !== undefined) fields.instance ??= instance.slice(0, MAX_CHARACTERS);
    } else if (rrtype === "TXT" && /\._device-info\._tcp\.local\.?$/i.test(rrname)) {
      const [, model] = /^model=([\w,.-]{1,40})/.exec(rdata) ?? [];
      if (model !== undefined) fields.model ??= model;
    }
  }
  // The services' own list (RFC 6763, 9) is no service.
  services.delete("services");
  if (services.size > 0) fields.services = [...services].sort().join(" ");
  return Object.keys(fields).length === 0 ? undefined : fields;
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
  if (!/^(?:NOTIFY |HTTP\/1\.|M-SEARCH )/.test(text)) return undefined;
  const fields: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(
    /^(SERVER|USER-AGENT|NT|ST):[ \t]*([^\r\n]{1,160})/gim,
  )) {
    const key = name.toUpperCase();
    if (key === "SERVER") fields.ssdp_server = value.trim();
    else if (key === "USER-AGENT") fields.user_agent = value.trim();
    else if (!text.startsWith("M-SEARCH")) {
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

function sameAddress(text: string, other: string): boolean {
  const parsed = parseAddress(text);
  return parsed !== undefined && formatAddress(parsed.version, parsed.words) === other;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

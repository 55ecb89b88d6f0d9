import { formatIpv4 } from "../base/address.js";
import type { Observation } from "./detection.js";
import type { MessageView } from "./proto/message-view.js";
import { Protocol } from "./proto/protocols.js";
import { ARP_SENDER_IP, ARP_SENDER_MAC } from "./wire/arp.js";
import type { PacketView } from "./wire/packet-view.js";

/** Pairs of address and MAC that were reported lately. */
const MAX_REMEMBERED = 4096;

/**
 * Turns what devices say about themselves into observations: ARP (which MAC has an address) and DHCP (what it is called).
 * The same news is told once; memory: MAX_REMEMBERED short strings.
 */
export class Observer {
  readonly #interfaceName: string;
  readonly #report: (observation: Observation) => void;
  readonly #told = new Set<string>();

  constructor(interfaceName: string, report: (observation: Observation) => void) {
    this.#interfaceName = interfaceName;
    this.#report = report;
  }

  /** An ARP packet (`arpOperation` is not 0). */
  onArp(packet: PacketView): void {
    const { bytes } = packet;
    const macAddress = formatMac(bytes, packet.arpOffset + ARP_SENDER_MAC);
    const at = packet.arpOffset + ARP_SENDER_IP;
    const word = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    // An address of zeros is a host that asks whether the address it wants is free.
    if (word !== 0) this.#tell("arp", packet.timeUs, formatIpv4(word), macAddress, {});
  }

  /** A DHCP message; `describe` gives its EVE object. */
  onMessage(message: MessageView, timeUs: number, describe: () => Readonly<Record<string, unknown>>): void {
    if (message.protocol !== Protocol.DHCP) return;
    const { dhcp } = describe();
    if (typeof dhcp !== "object" || dhcp === null) return;
    const fields = dhcp as Readonly<Record<string, unknown>>;
    const addresses = [fields.requested_ip, fields.client_ip, fields.assigned_ip];
    const address = addresses.find((text) => typeof text === "string" && text !== "" && text !== "0.0.0.0");
    const macAddress = fields.client_mac;
    if (typeof address !== "string" || typeof macAddress !== "string") return;
    const hostname = typeof fields.hostname === "string" ? { hostname: fields.hostname } : {};
    const vendor =
      typeof fields.vendor_class_identifier === "string" ? { vendor: fields.vendor_class_identifier } : {};
    this.#tell("dhcp", timeUs, address, macAddress, { ...hostname, ...vendor });
  }

  #tell(
    event: string,
    timeUs: number,
    address: string,
    macAddress: string,
    fields: Record<string, string>,
  ): void {
    const key = `${event} ${address} ${macAddress} ${Object.values(fields).join(" ")}`;
    if (this.#told.has(key)) return;
    if (this.#told.size >= MAX_REMEMBERED) this.#told.clear();
    this.#told.add(key);
    const interfaceName = this.#interfaceName;
    this.#report({ kind: "observation", timeUs, interfaceName, event, address, macAddress, fields });
  }
}

function formatMac(bytes: Uint8Array, offset: number): string {
  const octets: string[] = [];
  for (let i = 0; i < 6; i++) octets.push(bytes[offset + i]!.toString(16).padStart(2, "0"));
  return octets.join(":");
}

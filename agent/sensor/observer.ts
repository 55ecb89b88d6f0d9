import { formatIpv4 } from "../base/address.js";
import type { Observation } from "./detection.js";
import { ARP_SENDER_IP, ARP_SENDER_MAC } from "./wire/arp.js";
import type { PacketView } from "./wire/packet-view.js";

/** Pairs of address and MAC that were reported lately. */
const MAX_REMEMBERED = 4096;
const ARP_ROWS = 1024;
const ARP_ROW_SHIFT = 22;

/**
 * Turns what devices say about themselves into observations: ARP (which MAC has an address) and DHCP (what it is called).
 * The same news is told once; memory: MAX_REMEMBERED short strings, 12 KiB.
 */
export class Observer {
  readonly #interfaceName: string;
  readonly #report: (observation: Observation) => void;
  readonly #told = new Set<string>();
  /** Address, upper two and lower four octets of the MAC in each row: repeated ARP packets make no strings. */
  readonly #arpPairs = new Int32Array(ARP_ROWS * 3);

  constructor(interfaceName: string, report: (observation: Observation) => void) {
    this.#interfaceName = interfaceName;
    this.#report = report;
  }

  /** An ARP packet (`arpOperation` is not 0). */
  onArp(packet: PacketView): void {
    const { bytes } = packet;
    const at = packet.arpOffset + ARP_SENDER_IP;
    const word = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    if (this.#isRepeated(word, bytes, packet.arpOffset + ARP_SENDER_MAC)) return;
    const macAddress = formatMac(bytes, packet.arpOffset + ARP_SENDER_MAC);
    // An address of zeros is a host that asks whether the address it wants is free.
    if (word !== 0) this.#tell("arp", packet.timeUs, formatIpv4(word), macAddress, {});
  }

  /** A DHCP message with its EVE objects. */
  onDhcp(timeUs: number, { dhcp }: Readonly<Record<string, unknown>>): void {
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

  /** Whether the pair is the one that was seen last of its address (or of one with the same place); it is from now on. */
  #isRepeated(address: number, bytes: Uint8Array, mac: number): boolean {
    const high = (bytes[mac]! << 8) | bytes[mac + 1]!;
    const low = (bytes[mac + 2]! << 24) | (bytes[mac + 3]! << 16) | (bytes[mac + 4]! << 8) | bytes[mac + 5]!;
    const row = (Math.imul(address, 0x9e3779b1) >>> ARP_ROW_SHIFT) * 3;
    const pairs = this.#arpPairs;
    const isSame = pairs[row] === (address | 0) && pairs[row + 1] === high && pairs[row + 2] === low;
    pairs[row] = address;
    pairs[row + 1] = high;
    pairs[row + 2] = low;
    return isSame;
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

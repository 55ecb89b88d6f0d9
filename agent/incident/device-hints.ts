/**
 * Owns what little is known of the devices inside: the name and the hardware address each was heard with.
 *
 * Learns from observations (DHCP, ARP, mDNS, NetBIOS …); the last word counts. A hint is a help for people and
 * no proof: a device may call itself anything.
 *
 * Memory: 1,024 devices, the one longest not heard of leaves first; names of at most 64 characters.
 */
import type { Observation } from "../sensor/detection.js";
import type { Device } from "./incident.js";

const DEVICES = 1_024;
const NAME_CHARACTERS = 64;
/** Names under which an observation may carry what the device calls itself. */
const NAME_FIELDS = ["hostname", "name", "client_fqdn"] as const;

export class DeviceHints {
  /** In order of when they were last heard of. */
  readonly #devices = new Map<string, Device>();

  get size(): number {
    return this.#devices.size;
  }

  observe(observation: Observation): void {
    const { address, macAddress, fields } = observation;
    if (address === "" || address === "0.0.0.0" || address === "::") return;
    const known = this.#devices.get(address);
    const isOther = macAddress !== "" && known?.macAddress !== undefined && known.macAddress !== macAddress;
    const hostname = hostnameOf(fields) ?? (isOther ? undefined : known?.hostname);
    const mac = macAddress || known?.macAddress;
    if (hostname === undefined && !mac) return;
    this.#devices.delete(address);
    this.#devices.set(address, {
      address,
      ...(hostname !== undefined && { hostname }),
      ...(mac && { macAddress: mac }),
    });
    if (this.#devices.size > DEVICES) {
      const [oldest] = this.#devices.keys();
      if (oldest !== undefined) this.#devices.delete(oldest);
    }
  }

  /** What is known of the device at an address; at least the address. */
  lookUp(address: string): Device {
    return this.#devices.get(address) ?? { address };
  }
}

function hostnameOf(fields: Observation["fields"]): string | undefined {
  for (const name of NAME_FIELDS) {
    // Control characters and white space at the ends would spoil the sentences the name stands in.
    const value = fields[name]?.replace(/\p{Cc}/gu, "").trim();
    if (value) return value.slice(0, NAME_CHARACTERS);
  }
  return undefined;
}

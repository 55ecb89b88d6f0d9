/** Who talks: a station of the LAN, or a server on the Internet, which the LAN sees with the gateway's MAC address. */

const FIRST_EPHEMERAL_PORT = 49_152;

export interface StationFields {
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  /** Initial hop count as seen in the LAN: 128 for Windows, 64 for the rest, less for servers far away. */
  readonly ttl: number;
  /** How long its answers take to come back to the LAN. */
  readonly answersAfterUs: number;
}

export class Station {
  readonly name: string;
  readonly mac: string;
  /** Without one until DHCP gives it. */
  readonly address: string;
  readonly ttl: number;
  readonly answersAfterUs: number;
  #port: number;
  #ipId: number;

  constructor(fields: StationFields) {
    this.name = fields.name;
    this.mac = fields.mac;
    this.address = fields.address;
    this.ttl = fields.ttl;
    this.answersAfterUs = fields.answersAfterUs;
    // Every station counts from somewhere else, the same in every run.
    const seed = fields.address.split(".").reduce((sum, part) => sum * 31 + Number(part), 7);
    this.#port = FIRST_EPHEMERAL_PORT + (seed % 9000);
    this.#ipId = seed % 0x10000;
  }

  nextPort(): number {
    return this.#port++;
  }

  nextIpId(): number {
    this.#ipId = (this.#ipId + 1) % 0x10000;
    return this.#ipId;
  }
}

/** Who talks: a station of the LAN, or a server on the Internet, which the LAN sees with the gateway's MAC address. */
export interface Station {
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  /** Hop count as seen in the LAN: 128 for Windows, 64 for the rest, less for servers far away. */
  readonly ttl: number;
  /** How long its answers take to come back to the LAN. */
  readonly answersAfterUs: number;
}

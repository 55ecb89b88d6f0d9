/** One EVE record of traffic that no rule asked for: a message or transaction of an application protocol, or an ended flow. */
export interface TrafficRecord {
  /** Packet time in microseconds since the Unix epoch. */
  readonly timeUs: number;
  readonly interfaceName: string;
  /** Decimal text. */
  readonly flowId: string;
  /** EVE `event_type`: `dns`, `tls`, `http`, `flow` … */
  readonly event: string;
  /** Upper-case name as Suricata writes it. */
  readonly protocol: string;
  readonly sourceAddress: string;
  readonly destinationAddress: string;
  /** Undefined for protocols without ports. */
  readonly ports: readonly [source: number, destination: number] | undefined;
  /** Suricata's name (`dns`, `tls`, `http` …); absent while unknown. */
  readonly applicationProtocol: string | undefined;
  readonly communityId: string;
  /** The objects of the event in EVE shape: `{ dns: {…} }`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a sensor is made of and whom it tells. */
import type { RuleImage } from "../signature/image.js";
import type { Detection, Observation } from "./detection.js";
import type { FlowLimits } from "./flow/flow-limits.js";
import type { LoadShedder } from "./load-shedder.js";
import type { Matcher } from "./match/matcher.js";
import type { RegisteredParser } from "./proto/probe-order.js";
import type { TrafficRecord } from "./traffic-record.js";

export interface SensorOptions {
  readonly image: RuleImage;
  readonly interfaceName: string;
  readonly flowLimits: FlowLimits;
  /** Makes parsers without a memory of earlier traffic; called at the start and for every fresh start. */
  readonly makeParsers: () => readonly RegisteredParser[];
  readonly onDetection: (detection: Detection) => void;
  readonly onObservation?: (observation: Observation) => void;
  /** Told of every message and ended flow, and alerts get a community id. Slow: without it no strings are made. */
  readonly onTraffic?: (record: TrafficRecord) => void;
  /** Told of every match that is to be alerted, before anything is made of it; true: make nothing of it. */
  readonly onMatch?: (rule: number, matcher: Matcher) => boolean;
  /** Look into tunnels that Suricata 7 leaves closed (IPv4 in IPv4, GRE behind IPv6 extension headers). Default true. */
  readonly opensMoreTunnels?: boolean;
  /** Alerts of one packet that are told at most (Suricata's `packet-alert-max`), those of the first rules. Default 15. */
  readonly maxAlertsPerPacket?: number;
  /** What is given up under load; without it everything is looked at, however long that takes. */
  readonly load?: LoadShedder;
  /** Wall time in milliseconds, asked once a detection. */
  readonly wallMs: () => number;
}

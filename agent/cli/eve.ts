import { eveTimestamp } from "../base/eve-timestamp.js";
import type { TrafficRecord } from "../sensor/traffic-record.js";

/** A message, transaction or flow as an EVE JSON object. */
export function eveTraffic(record: TrafficRecord): Record<string, unknown> {
  const { ports } = record;
  return {
    timestamp: eveTimestamp(record.timeUs),
    flow_id: Number(record.flowId),
    ...(record.interfaceName === "" ? {} : { in_iface: record.interfaceName }),
    event_type: record.event,
    src_ip: record.sourceAddress,
    ...(ports === undefined ? {} : { src_port: ports[0] }),
    dest_ip: record.destinationAddress,
    ...(ports === undefined ? {} : { dest_port: ports[1] }),
    proto: record.protocol,
    ...(record.applicationProtocol === undefined ? {} : { app_proto: record.applicationProtocol }),
    community_id: record.communityId,
    ...record.metadata,
  };
}

/** The line that says which rules a replay ran with. */
export function eveRules(
  loaded: readonly number[],
  refused: readonly { readonly sid: number | undefined; readonly line: number; readonly reason: string }[],
): Record<string, unknown> {
  return {
    event_type: "rules",
    loaded,
    refused: refused.map(({ sid, line, reason }) => ({
      ...(sid === undefined ? {} : { sid }),
      line,
      reason,
    })),
  };
}

import { eveTimestamp } from "../base/eve-timestamp.js";
import type { Detection } from "../sensor/detection.js";
import type { TrafficRecord } from "../sensor/traffic-record.js";

/** One alert as an EVE JSON object (https://docs.suricata.io/en/suricata-7.0.10/output/eve/eve-json-format.html). */
export function eveAlert(detection: Detection): Record<string, unknown> {
  const { ruleMetadata } = detection;
  return {
    timestamp: eveTimestamp(detection.timeUs),
    ...(detection.flowId === "" ? {} : { flow_id: Number(detection.flowId) }),
    ...(detection.interfaceName === "" ? {} : { in_iface: detection.interfaceName }),
    event_type: "alert",
    src_ip: detection.sourceAddress,
    src_port: detection.sourcePort,
    dest_ip: detection.destinationAddress,
    dest_port: detection.destinationPort,
    proto: detection.protocol,
    ...(detection.applicationProtocol === undefined ? {} : { app_proto: detection.applicationProtocol }),
    ...(detection.communityId === undefined ? {} : { community_id: detection.communityId }),
    direction: detection.direction,
    alert: {
      action: "allowed",
      gid: detection.generatorId,
      signature_id: detection.signatureId,
      rev: detection.revision,
      signature: detection.signature,
      category: detection.category,
      severity: detection.severity,
      ...(Object.keys(ruleMetadata).length === 0 ? {} : { metadata: ruleMetadata }),
    },
    ...detection.metadata,
  };
}

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

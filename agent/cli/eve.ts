import type { Detection } from "../sensor/detection.js";

/** Suricata's form of a time: UTC with microseconds and a numeric zone. */
export function eveTimestamp(timeUs: number): string {
  const seconds = Math.floor(timeUs / 1_000_000);
  const micros = String(timeUs - seconds * 1_000_000).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}+0000`;
}

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

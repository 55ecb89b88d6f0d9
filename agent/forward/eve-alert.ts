/** Owns the form in which Suricata writes an alert. */
import { eveTimestamp } from "../base/eve-timestamp.js";
import type { Detection } from "../sensor/detection.js";

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

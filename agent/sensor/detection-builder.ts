import { formatAddress } from "../base/address.js";
import { RuleFlag } from "../signature/image.js";
import type { RuleDescription } from "../signature/rule-description.js";
import type { Detection } from "./detection.js";
import { TCP_CLOSED } from "./flow/flow-state.js";
import type { FlowTable } from "./flow/flow-table.js";
import type { Endpoints } from "./match/endpoints.js";
import { PROTOCOL_NAMES, Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { ipProtocolName } from "./protocol-names.js";

/** Everything about a match that is still only numbers in the sensor. */
export interface MatchFacts {
  /** Of the rule, or of the list that holds a value. */
  readonly description: RuleDescription;
  /** RuleFlag of what the alert does; 0: alert. */
  readonly action: number;
  readonly endpoints: Endpoints;
  readonly table: FlowTable;
  readonly interfaceName: string;
  /** Wall time, milliseconds since the Unix epoch. */
  readonly observedMs: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly communityId: string | undefined;
}

/** Make the record that leaves the sensor: this is where strings are born. */
export function buildDetection(facts: MatchFacts): Detection {
  const { endpoints, description, table } = facts;
  const isFromClient = endpoints.direction === TO_SERVER;
  const sourceAddress = formatAddress(endpoints.ipVersion, endpoints.source);
  const destinationAddress = formatAddress(endpoints.ipVersion, endpoints.destination);
  const protocol = endpoints.applicationProtocol;
  const isRecognised = protocol !== Protocol.UNKNOWN && protocol !== Protocol.FAILED;
  return {
    kind: "detection",
    timeUs: endpoints.timeUs,
    observedMs: facts.observedMs,
    interfaceName: facts.interfaceName,
    signatureId: description.sid,
    generatorId: description.gid,
    revision: description.rev,
    signature: description.message,
    classtype: description.classtype,
    category: description.category,
    severity: description.severity,
    action: actionOf(facts.action),
    protocol: ipProtocolName(endpoints.ipProtocol),
    sourceAddress,
    sourcePort: endpoints.hasPorts ? endpoints.sourcePort : 0,
    destinationAddress,
    destinationPort: endpoints.hasPorts ? endpoints.destinationPort : 0,
    direction: isFromClient ? "to_server" : "to_client",
    clientAddress: isFromClient ? sourceAddress : destinationAddress,
    clientPort: isFromClient ? endpoints.sourcePort : endpoints.destinationPort,
    serverAddress: isFromClient ? destinationAddress : sourceAddress,
    serverPort: isFromClient ? endpoints.destinationPort : endpoints.sourcePort,
    isAnswered: endpoints.flow >= 0 && isAnswered(table, endpoints.flow),
    ...(endpoints.flow < 0 ? {} : { flowBytes: flowBytes(table, endpoints.flow) }),
    flowId: endpoints.flow >= 0 ? table.flowId(endpoints.flow) : "",
    ...(facts.communityId === undefined ? {} : { communityId: facts.communityId }),
    ...(isRecognised ? { applicationProtocol: PROTOCOL_NAMES[protocol]! } : {}),
    metadata: facts.metadata,
    ruleMetadata: description.metadata,
  };
}

function flowBytes(table: FlowTable, flow: number): NonNullable<Detection["flowBytes"]> {
  return { toServer: table.bytes(flow, TO_SERVER), toClient: table.bytes(flow, TO_CLIENT) };
}

/** Whether the server has said anything but no: a TCP connection that ended with its first packet was refused. */
function isAnswered(table: FlowTable, flow: number): boolean {
  const packets = table.packets(flow, TO_CLIENT);
  return table.tcpState(flow) === TCP_CLOSED ? packets > 1 : packets > 0;
}

function actionOf(flags: number): Detection["action"] {
  if ((flags & RuleFlag.DROP) !== 0) return "drop";
  if ((flags & RuleFlag.REJECT) !== 0) return "reject";
  return "alert";
}

import type { FlowTable } from "./flow/flow-table.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { Endpoints } from "./match/endpoints.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { IP_PROTOCOL_SCTP, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, type PacketView } from "./wire/packet-view.js";

/** What a packet by itself says; as if it belonged to no flow. */
export function fillFromPacket(endpoints: Endpoints, packet: PacketView, isReassembled: boolean): void {
  for (let i = 0; i < 4; i++) {
    endpoints.source[i] = packet.source[i]!;
    endpoints.destination[i] = packet.destination[i]!;
  }
  endpoints.ipVersion = packet.ipVersion;
  endpoints.ipProtocol = packet.ipProtocol;
  endpoints.sourcePort = packet.sourcePort;
  endpoints.destinationPort = packet.destinationPort;
  endpoints.hasPorts =
    packet.transportOffset > 0 &&
    (packet.ipProtocol === IP_PROTOCOL_TCP ||
      packet.ipProtocol === IP_PROTOCOL_UDP ||
      packet.ipProtocol === IP_PROTOCOL_SCTP);
  endpoints.isReassembled = isReassembled;
  endpoints.timeUs = packet.timeUs;
  endpoints.flow = -1;
  endpoints.flowGeneration = 0;
  endpoints.direction = TO_SERVER;
  endpoints.isEstablished = false;
  endpoints.isPayloadHidden = false;
  endpoints.applicationProtocol = 0;
  endpoints.directionProtocol = 0;
  endpoints.recognitionEvents = 0;
  endpoints.isProtocolNews = false;
  endpoints.hasStream = false;
  endpoints.streamEventCount = 0;
}

/** Which flow it belongs to after all, and where in it. */
export function fillFromTracker(
  endpoints: Endpoints,
  { table, direction, isEstablished }: FlowTracker,
  flow: number,
): void {
  endpoints.flow = flow;
  endpoints.flowGeneration = table.generation(flow);
  endpoints.flowStartUs = table.firstUs(flow);
  endpoints.direction = direction;
  endpoints.isEstablished = isEstablished;
}

/** What the TCP engine found out with the packet at hand. */
export function fillFromStream(endpoints: Endpoints, tracker: FlowTracker, flow: number): void {
  endpoints.hasStream = true;
  endpoints.clientStreamSize = tracker.usedNumbers(flow, TO_SERVER);
  endpoints.serverStreamSize = tracker.usedNumbers(flow, TO_CLIENT);
  endpoints.streamEvents = tracker.streamEvents;
  endpoints.streamEventCount = tracker.streamEventCount;
}

/** A TCP flow seen from one side, where no packet is at hand. */
export function fillFromFlow(
  endpoints: Endpoints,
  table: FlowTable,
  flow: number,
  direction: DirectionId,
): void {
  const isFromClient = direction === TO_SERVER;
  const offset = table.addressOffset(flow);
  const from = isFromClient ? table.clientAddress : table.serverAddress;
  const to = isFromClient ? table.serverAddress : table.clientAddress;
  for (let i = 0; i < 4; i++) {
    endpoints.source[i] = from[offset + i]!;
    endpoints.destination[i] = to[offset + i]!;
  }
  endpoints.sourcePort = isFromClient ? table.clientPort(flow) : table.serverPort(flow);
  endpoints.destinationPort = isFromClient ? table.serverPort(flow) : table.clientPort(flow);
  endpoints.ipVersion = table.ipVersion(flow);
  endpoints.ipProtocol = table.ipProtocol(flow);
  endpoints.hasPorts = true;
  endpoints.isReassembled = false;
  endpoints.timeUs = table.lastUs(flow);
  endpoints.flow = flow;
  endpoints.flowGeneration = table.generation(flow);
  endpoints.flowStartUs = table.firstUs(flow);
  endpoints.direction = direction;
  // Only a connection that was established has bytes left to judge.
  endpoints.isEstablished = true;
  endpoints.isPayloadHidden = false;
  endpoints.hasStream = false;
  endpoints.streamEventCount = 0;
}

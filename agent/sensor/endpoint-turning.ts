/** Owns from which end of a flow the rules look at it. */
import type { Endpoints } from "./match/endpoints.js";
import { type DirectionId, Protocol, type ProtocolId, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

/**
 * Look at the same from the other end. Suricata judges what that end said with its next packet: what a SYN carried, when the
 * connection is established.
 */
export function turnAround(endpoints: Endpoints, isEstablished: boolean): void {
  endpoints.isEstablished = isEstablished;
  for (let i = 0; i < 4; i++) {
    const word = endpoints.source[i]!;
    endpoints.source[i] = endpoints.destination[i]!;
    endpoints.destination[i] = word;
  }
  const port = endpoints.sourcePort;
  endpoints.sourcePort = endpoints.destinationPort;
  endpoints.destinationPort = port;
  endpoints.direction = endpoints.direction === TO_SERVER ? TO_CLIENT : TO_SERVER;
}

/** A message goes in `direction`; the acknowledgements of MQTT belong to the end that began what they acknowledge. */
export function turnTo(endpoints: Endpoints, direction: DirectionId, protocol: ProtocolId): void {
  if (protocol === Protocol.MQTT && direction !== endpoints.direction)
    turnAround(endpoints, endpoints.isEstablished);
  endpoints.direction = direction;
}

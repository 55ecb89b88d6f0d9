/** What a flow is called where its rules are explained. */
import { formatAddress } from "../base/address.js";
import type { Matcher } from "./match/matcher.js";
import { ipProtocolName } from "./protocol-names.js";

/** Packets without a flow belong together by their ends. */
export function flowKey(matcher: Matcher): string {
  const { flow, flowGeneration } = matcher.endpoints;
  return flow >= 0 ? `${flow}:${flowGeneration}` : flowText(matcher);
}

/** `192.168.1.5:51000 → 203.0.113.7:80 TCP`, as the packet at hand was sent. */
export function flowText({ endpoints }: Matcher): string {
  const { ipVersion, source, destination, sourcePort, destinationPort, hasPorts, ipProtocol } = endpoints;
  const end = (address: Uint32Array, port: number): string => {
    const text = formatAddress(ipVersion, address);
    if (!hasPorts) return text;
    return ipVersion === 6 ? `[${text}]:${port}` : `${text}:${port}`;
  };
  return `${end(source, sourcePort)} → ${end(destination, destinationPort)} ${ipProtocolName(ipProtocol)}`;
}

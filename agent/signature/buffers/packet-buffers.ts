/** Buffers that are no fields of a message: headers of the packet and what a rule has decoded. */
import { BOTH_DIRECTIONS, PseudoField } from "../signature.js";
import type { BufferSpec } from "./buffer-spec.js";

const BOTH = BOTH_DIRECTIONS;
const pseudo = { protocols: [], directions: BOTH, isPseudo: true } as const;

export const PACKET_BUFFERS: readonly BufferSpec[] = [
  { names: ["ipv4.hdr"], field: PseudoField.IPV4_HEADER, ...pseudo },
  { names: ["ipv6.hdr"], field: PseudoField.IPV6_HEADER, ...pseudo },
  { names: ["tcp.hdr"], field: PseudoField.TCP_HEADER, ...pseudo },
  { names: ["udp.hdr"], field: PseudoField.UDP_HEADER, ...pseudo },
  { names: ["icmpv4.hdr"], field: PseudoField.ICMPV4_HEADER, ...pseudo },
  { names: ["icmpv6.hdr"], field: PseudoField.ICMPV6_HEADER, ...pseudo },
  { names: ["ip.src"], field: PseudoField.IP_SOURCE, ...pseudo },
  { names: ["ip.dst"], field: PseudoField.IP_DESTINATION, ...pseudo },
  { names: ["base64_data"], field: PseudoField.BASE64_DATA, ...pseudo },
];

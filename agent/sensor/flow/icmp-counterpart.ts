/** Owns which ICMP types are question and answer of each other: a question and its answers are one flow. */

/** The type that answers `type` (RFC 792, 950, 1256) or that it answers; 0 where there is none, as Suricata has it. */
export function icmpv4Counterpart(type: number): number {
  switch (type) {
    case 0:
      return 8;
    case 8:
      return 0;
    case 9:
      return 10;
    case 10:
      return 9;
    case 13:
    case 15:
    case 17:
      return type + 1;
    case 14:
    case 16:
    case 18:
      return type - 1;
    default:
      return 0;
  }
}

/** The same for ICMPv6 (RFC 4443, 4861, 2710, 4620, 6275). */
export function icmpv6Counterpart(type: number): number {
  switch (type) {
    case 128:
    case 130:
    case 133:
    case 135:
    case 139:
    case 141:
    case 144:
    case 146:
      return type + 1;
    case 129:
    case 131:
    case 134:
    case 136:
    case 140:
    case 142:
    case 145:
    case 147:
      return type - 1;
    default:
      return 0;
  }
}

/** Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
export function isIcmpv4Error(type: number): boolean {
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

/** ICMPv6 keeps the types below 128 for errors (RFC 4443, section 2.1). */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

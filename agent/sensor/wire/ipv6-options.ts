import type { DecodeCursor } from "./decode-cursor.js";
import { DecodeReason } from "./decode-reason.js";
import type { PacketView } from "./packet-view.js";

/** Options in a hop-by-hop or destination options header (RFC 8200, section 4.2): only their form is checked. */

const OPTION_PAD1 = 0x00;
const OPTION_PADN = 0x01;
const OPTION_ROUTER_ALERT = 0x05;
const OPTION_JUMBO = 0xc2;
const OPTION_HOME_ADDRESS = 0xc9;

/**
 * Note what is strange about the options of the header at [at, at + length).
 *
 * Nothing here stops the packet, but an option of a wrong length makes it invalid. Each turn takes at least one byte.
 */
export function noteIpv6Options(
  cursor: DecodeCursor,
  packet: PacketView,
  at: number,
  length: number,
  isHopByHop: boolean,
): void {
  const { bytes } = cursor;
  const end = at + length;
  let option = at + 2;
  let paddings = 0;
  let others = 0;
  while (option < end) {
    const type = bytes[option]!;
    if (type === OPTION_PAD1) {
      paddings++;
      option++;
      continue;
    }
    // An option may reach one byte past the header unnoticed: so it is in Suricata.
    if (end - option < 2 || bytes[option + 1]! + 1 > end - option) {
      cursor.invalidate(packet, DecodeReason.IPV6_EXTHDR_INVALID_OPTLEN);
      break;
    }
    const dataLength = bytes[option + 1]!;
    if (type === OPTION_PADN) {
      paddings++;
      if (dataLength === 0) cursor.note(packet, DecodeReason.IPV6_ZERO_LEN_PADN);
    } else {
      const smallest = smallestLength(type);
      if (smallest > dataLength) {
        cursor.invalidate(packet, DecodeReason.IPV6_EXTHDR_INVALID_OPTLEN);
        break;
      }
      if (smallest === 0) {
        cursor.note(
          packet,
          isHopByHop ? DecodeReason.IPV6_HOPOPTS_UNKNOWN_OPT : DecodeReason.IPV6_DSTOPTS_UNKNOWN_OPT,
        );
      }
      // Suricata counts a jumbo option as neither padding nor other.
      if (type !== OPTION_JUMBO) others++;
    }
    option += dataLength + 2;
  }
  if (paddings > 0 && others === 0) {
    cursor.note(
      packet,
      isHopByHop ? DecodeReason.IPV6_HOPOPTS_ONLY_PADDING : DecodeReason.IPV6_DSTOPTS_ONLY_PADDING,
    );
  }
}

/** Data bytes a known option has at least, 0 for an unknown one. */
function smallestLength(type: number): number {
  switch (type) {
    case OPTION_ROUTER_ALERT:
      return 2;
    case OPTION_JUMBO:
      return 4;
    case OPTION_HOME_ADDRESS:
      return 16;
    default:
      return 0;
  }
}

/** What identifies a flow, as one packet shows it. Reused; `source` and `destination` refer to the packet's words. */
export class FlowKey {
  source = new Uint32Array(4);
  destination = new Uint32Array(4);
  /** ICMP: the type, and at the destination the type that answers it. */
  sourcePort = 0;
  destinationPort = 0;
  /** Of the packet; no part of the identity. */
  icmpCode = 0;
  isIpv6 = false;
  ipProtocol = 0;
  /** Protocol, IP version, tunnel depth and third VLAN id in 25 bits. */
  kind = 0;
  /** First and second VLAN id in 24 bits. */
  vlan = 0;
  hash = 0;
}

/** Where the third VLAN id stands in `FlowKey.kind`. */
export const THIRD_VLAN_BIT = 13;
export const VLAN_MASK = 0xfff;

/** Whether four words of `columns` from `offset` on are the address. */
export function isSameAddress(columns: Int32Array, offset: number, address: Uint32Array): boolean {
  return (
    columns[offset + 3] === (address[3]! | 0) &&
    columns[offset + 2] === (address[2]! | 0) &&
    columns[offset + 1] === (address[1]! | 0) &&
    columns[offset] === (address[0]! | 0)
  );
}

/** Offsets, options and message types of DHCP (RFC 2131, 2132) that both the parser and its EVE record use. */

/** BOOTP header and magic cookie. */
export const FIXED_BYTES = 240;
export const CLIENT_ADDRESS_AT = 12;
export const ASSIGNED_ADDRESS_AT = 16;
export const HARDWARE_ADDRESS_AT = 28;
export const BOOTP_REQUEST = 1;
export const BOOTP_REPLY = 2;

export const DhcpOption = {
  PAD: 0,
  SUBNET_MASK: 1,
  ROUTERS: 3,
  DNS_SERVERS: 6,
  HOSTNAME: 12,
  REQUESTED_IP: 50,
  LEASE_TIME: 51,
  MESSAGE_TYPE: 53,
  PARAMETER_LIST: 55,
  RENEWAL_TIME: 58,
  REBINDING_TIME: 59,
  VENDOR_CLASS: 60,
  CLIENT_ID: 61,
  END: 255,
} as const;

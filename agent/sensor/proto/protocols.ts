/** Application protocols the sensor recognises. The numbers are stored in flow tables and rule images. */
export const Protocol = {
  UNKNOWN: 0,
  DNS: 1,
  TLS: 2,
  HTTP1: 3,
  QUIC: 4,
  SSH: 5,
  SMB: 6,
  FTP: 7,
  SMTP: 8,
  DHCP: 9,
  SNMP: 10,
  SIP: 11,
  KRB5: 12,
  NTP: 13,
  IKE: 14,
  RDP: 15,
  RFB: 16,
  MQTT: 17,
  TFTP: 18,
  NFS: 19,
  DCERPC: 20,
  FTP_DATA: 21,
  HTTP2: 22,
  TELNET: 23,
  MDNS: 24,
  LLMNR: 25,
  IMAP: 26,
  POP3: 27,
  BITTORRENT_DHT: 28,
  /** Seen, probed and given up: no parser fits. */
  FAILED: 29,
  NBNS: 30,
} as const;

export type ProtocolId = (typeof Protocol)[keyof typeof Protocol];

/** Suricata's names, as in EVE `app_proto`, in rule headers and in `app-layer-protocol`. */
export const PROTOCOL_NAMES: readonly string[] = [
  "unknown",
  "dns",
  "tls",
  "http",
  "quic",
  "ssh",
  "smb",
  "ftp",
  "smtp",
  "dhcp",
  "snmp",
  "sip",
  "krb5",
  "ntp",
  "ike",
  "rdp",
  "rfb",
  "mqtt",
  "tftp",
  "nfs",
  "dcerpc",
  "ftp-data",
  "http2",
  "telnet",
  "mdns",
  "llmnr",
  "imap",
  "pop3",
  "bittorrent-dht",
  "failed",
  "nbns",
];

/** The side a message came from; the same numbers stand in flow tables and rule images. */
export const TO_SERVER = 0;
export const TO_CLIENT = 1;
export type DirectionId = typeof TO_SERVER | typeof TO_CLIENT;

/**
 * Protocols with a parser: rules for others could never match. Said here as well, and not only by who makes the parsers, so that
 * rules are compiled without their code.
 */
export const PARSED_PROTOCOLS: ReadonlySet<ProtocolId> = new Set(
  Object.values(Protocol).filter((protocol) => protocol !== Protocol.UNKNOWN && protocol !== Protocol.FAILED),
);

/**
 * The vocabulary that parsers fill and rules match: byte fields (sticky buffers) and number fields. A field
 * that exists in both directions (`http.cookie`, `http.header`) has one number; the message tells the direction.
 */

export const Field = {
  NONE: 0,
  // dns
  DNS_QUERY: 1,
  DNS_ANSWER_NAME: 2,
  // tls
  TLS_SNI: 10,
  TLS_CERT_SUBJECT: 11,
  TLS_CERT_ISSUER: 12,
  TLS_CERT_SERIAL: 13,
  /** Lower-case SHA-1 with colons. */
  TLS_CERT_FINGERPRINT: 14,
  /** DER of each certificate of the chain, one entry each. */
  TLS_CERTS: 15,
  TLS_RANDOM: 16,
  TLS_ALPN: 17,
  JA3_HASH: 18,
  JA3_STRING: 19,
  JA3S_HASH: 20,
  JA3S_STRING: 21,
  JA4_HASH: 22,
  TLS_SUBJECT_ALT_NAME: 23,
  /** The first four bytes of the random, and the others. */
  TLS_RANDOM_TIME: 24,
  TLS_RANDOM_BYTES: 25,
  // http, both directions where it makes sense
  HTTP_URI: 30,
  HTTP_URI_RAW: 31,
  HTTP_METHOD: 32,
  /** Normalised: lower case, without port. */
  HTTP_HOST: 33,
  HTTP_HOST_RAW: 34,
  HTTP_USER_AGENT: 35,
  HTTP_HEADER: 36,
  HTTP_HEADER_RAW: 37,
  HTTP_HEADER_NAMES: 38,
  HTTP_COOKIE: 39,
  HTTP_REFERER: 40,
  HTTP_CONTENT_TYPE: 41,
  HTTP_CONTENT_LEN: 42,
  HTTP_ACCEPT: 43,
  HTTP_ACCEPT_LANG: 44,
  HTTP_ACCEPT_ENC: 45,
  HTTP_CONNECTION: 46,
  HTTP_PROTOCOL: 47,
  HTTP_START: 48,
  HTTP_REQUEST_LINE: 49,
  HTTP_RESPONSE_LINE: 50,
  HTTP_STAT_CODE: 51,
  HTTP_STAT_MSG: 52,
  HTTP_SERVER: 53,
  HTTP_LOCATION: 54,
  HTTP_REQUEST_BODY: 55,
  HTTP_RESPONSE_BODY: 56,
  /** One entry per header: `name: value`. */
  HTTP_REQUEST_HEADER: 57,
  HTTP_RESPONSE_HEADER: 58,
  FILE_DATA: 59,
  FILE_NAME: 60,
  /** One entry per file: FileSize records of one byte that says which, and the size as 32 bits, big-endian. */
  FILE_SIZE: 61,
  HTTP2_HEADER_NAME: 62,
  /** Settings, one entry each: identifier (16 bits) and value (32 bits), big-endian. */
  HTTP2_SETTINGS: 63,
  /** A whole message as it was sent: head and body. */
  HTTP_FRAME: 64,
  // ssh
  SSH_PROTO: 70,
  SSH_SOFTWARE: 71,
  SSH_HASSH: 72,
  SSH_HASSH_STRING: 73,
  SSH_HASSH_SERVER: 74,
  SSH_HASSH_SERVER_STRING: 75,
  // smb, dcerpc
  SMB_NAMED_PIPE: 80,
  SMB_SHARE: 81,
  SMB_NTLMSSP_USER: 82,
  SMB_NTLMSSP_DOMAIN: 83,
  DCERPC_STUB_DATA: 84,
  /** 16 bytes of the interface UUID, then version major and minor, big-endian 16 bit each. */
  DCERPC_IFACE: 85,
  // smtp, ftp
  SMTP_HELO: 90,
  SMTP_MAIL_FROM: 91,
  SMTP_RCPT_TO: 92,
  FTP_COMMAND: 93,
  FTP_COMMAND_DATA: 94,
  FTP_REPLY: 95,
  // quic
  QUIC_SNI: 100,
  QUIC_UA: 101,
  /** The four octets of the version as they stand in the header. */
  QUIC_VERSION: 102,
  /** MD5 of the tags of a Google QUIC hello, and the text it is made of: one entry per hello. */
  QUIC_CYU_HASH: 103,
  QUIC_CYU_STRING: 104,
  // snmp, sip, krb5, rfb, mqtt, ike, tftp
  SNMP_COMMUNITY: 110,
  SNMP_USM: 111,
  SIP_METHOD: 115,
  SIP_URI: 116,
  SIP_PROTOCOL: 117,
  SIP_STAT_CODE: 118,
  SIP_STAT_MSG: 119,
  SIP_REQUEST_LINE: 120,
  SIP_RESPONSE_LINE: 121,
  KRB5_CNAME: 125,
  KRB5_SNAME: 126,
  KRB5_TICKET_ENCRYPTION: 127,
  RFB_NAME: 130,
  MQTT_CONNECT_CLIENTID: 135,
  MQTT_CONNECT_USERNAME: 136,
  MQTT_CONNECT_PASSWORD: 137,
  MQTT_CONNECT_WILLTOPIC: 138,
  MQTT_CONNECT_WILLMESSAGE: 139,
  MQTT_CONNECT_PROTOCOL_STRING: 140,
  MQTT_PUBLISH_TOPIC: 141,
  MQTT_PUBLISH_MESSAGE: 142,
  MQTT_SUBSCRIBE_TOPIC: 143,
  MQTT_UNSUBSCRIBE_TOPIC: 144,
  /** SUBACK and UNSUBACK: one byte per topic, each a reason code (or the granted QoS). */
  MQTT_REASON_CODES: 145,
  IKE_INIT_SPI: 150,
  IKE_RESP_SPI: 151,
  IKE_VENDOR: 152,
  IKE_KEY_EXCHANGE_PAYLOAD: 153,
  IKE_NONCE_PAYLOAD: 154,
  /** One entry per attribute: its IKEv1 number (16 bit) and its value (32 bit), big-endian. */
  IKE_CHOSEN_SA_ATTRIBUTE: 155,
  // dhcp: for device identity as much as for rules
  DHCP_HOSTNAME: 160,
  DHCP_VENDOR_CLASS: 161,
  DHCP_CLIENT_ID: 162,
  DHCP_PARAMETER_LIST: 163,
  DHCP_CLIENT_MAC: 164,
  /** A part of a protocol as it was sent; FRAME_KIND says which. */
  FRAME: 165,
  /** Never in a message: stands for the number of that name among the fields that rules look at. */
  TLS_STEP: 166,
} as const;

export type FieldId = (typeof Field)[keyof typeof Field];
/** One more than the largest field number: the length of per-field tables. */
export const FIELD_LIMIT = 176;

/** Numbers a message may carry; absent ones are absent, not 0. */
export const NumberField = {
  DNS_OPCODE: 0,
  DNS_RCODE: 1,
  DNS_RRTYPE: 2,
  DNS_ID: 3,
  DNS_FLAGS: 4,
  TLS_VERSION: 5,
  TLS_CERT_CHAIN_LENGTH: 6,
  /** Milliseconds since the Unix epoch. */
  TLS_CERT_NOT_BEFORE: 7,
  TLS_CERT_NOT_AFTER: 8,
  HTTP_CONTENT_LENGTH: 9,
  HTTP_STATUS: 10,
  QUIC_VERSION: 11,
  SMB_VERSION: 12,
  SMB_COMMAND: 13,
  SMB_STATUS: 14,
  DCERPC_OPNUM: 15,
  DHCP_MESSAGE_TYPE: 16,
  /** IPv4 address as an unsigned number. */
  DHCP_ASSIGNED_ADDRESS: 17,
  DHCP_LEASE_TIME: 18,
  DHCP_RENEWAL_TIME: 19,
  DHCP_REBINDING_TIME: 20,
  SNMP_VERSION: 21,
  SNMP_PDU_TYPE: 22,
  KRB5_MSG_TYPE: 23,
  KRB5_ERROR_CODE: 24,
  RFB_SECTYPE: 25,
  RFB_SECRESULT: 26,
  MQTT_TYPE: 27,
  MQTT_QOS: 28,
  MQTT_PROTOCOL_VERSION: 29,
  MQTT_FLAGS: 30,
  MQTT_CONNECT_FLAGS: 31,
  MQTT_REASON_CODE: 32,
  NFS_PROCEDURE: 33,
  NFS_VERSION: 34,
  IKE_EXCHANGE_TYPE: 35,
  TFTP_OPCODE: 36,
  FTP_DYNAMIC_PORT: 37,
  SMTP_REPLY_CODE: 38,
  IKE_CHOSEN_SA: 39,
  NTP_MODE: 40,
  NTP_VERSION: 41,
  RDP_COOKIE: 42,
  /** MQTT CONNACK session-present flag and other one-bit facts. */
  MQTT_CONNACK_SESSION_PRESENT: 43,
  HTTP_VERSION: 44,
  /** Signed; see RFC 3961 and Microsoft's negative numbers. */
  KRB5_TICKET_ENCRYPTION: 45,
  /** On a data connection of FTP: an FtpTransfer. */
  FTP_DATA_COMMAND: 46,
  /** 1 where PORT names an address that is not the client's. */
  FTP_BOUNCE: 47,
  /** A CertificateValidity. */
  TLS_CERT_VALIDITY: 48,
  HTTP2_FRAME_TYPE: 49,
  HTTP2_ERROR_CODE: 50,
  HTTP2_PRIORITY: 51,
  HTTP2_WINDOW: 52,
  HTTP2_SIZE_UPDATE: 53,
  /** A DcerpcOrder. */
  DCERPC_ORDER: 54,
  /** A FrameKind: what FRAME holds. */
  FRAME_KIND: 55,
  /** A TlsStep. */
  TLS_STEP: 56,
  /** IPv4 address as an unsigned number: for device identity. */
  DHCP_REQUESTED_ADDRESS: 57,
} as const;

export type NumberFieldId = (typeof NumberField)[keyof typeof NumberField];
export const NUMBER_FIELD_LIMIT = 64;

/** How a call of DCERPC over TCP or UDP writes its numbers. */
export const DcerpcOrder = { UNKNOWN: 0, LITTLE_ENDIAN: 1, BIG_ENDIAN: 2 } as const;

/** What TLS_CERT_VALIDITY says of a certificate at the time of its packet. */
export const CertificateValidity = { NOT_YET: 0, VALID: 1, EXPIRED: 2 } as const;

/** Which size a record of FILE_SIZE tells: the one of a file that is over, or how much of it there is at least. */
export const FileSize = { WHOLE: 1, AT_LEAST: 2 } as const;
export const FILE_SIZE_KIND_BYTES = 1;
export const FILE_SIZE_VALUE_BYTES = 4;

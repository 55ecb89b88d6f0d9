import { Field } from "../sensor/proto/fields.js";
import { STAGE_BODY, STAGE_HEAD } from "../sensor/proto/message-view.js";
import { Protocol, type ProtocolId } from "../sensor/proto/protocols.js";
import { BOTH_DIRECTIONS, PseudoField, TO_CLIENT_BIT, TO_SERVER_BIT } from "./signature.js";

/** A buffer that rules can look at: which keyword opens it, and what using it says about the rule. */
export interface BufferSpec {
  /** Sticky buffer names: the modern one first, then aliases. */
  readonly names: readonly string[];
  /** Old names that stand behind a content instead of before it. */
  readonly modifiers?: readonly string[];
  /** Letter by which `pcre` names the buffer. */
  readonly pcreLetter?: string;
  readonly field: number;
  readonly protocols: readonly ProtocolId[];
  readonly directions: number;
  readonly stage?: number;
  /** Every opening of the buffer may be another instance of the field. */
  readonly isMultiple?: boolean;
  /** Not a field of a message: says nothing about protocol and direction. */
  readonly isPseudo?: boolean;
}

const TS = TO_SERVER_BIT;
const TC = TO_CLIENT_BIT;
const BOTH = BOTH_DIRECTIONS;
const http: readonly ProtocolId[] = [Protocol.HTTP1];
const tls: readonly ProtocolId[] = [Protocol.TLS];
const tlsOrQuic: readonly ProtocolId[] = [Protocol.TLS, Protocol.QUIC];
const ssh: readonly ProtocolId[] = [Protocol.SSH];
const mqtt: readonly ProtocolId[] = [Protocol.MQTT];
const sip: readonly ProtocolId[] = [Protocol.SIP];
const smb: readonly ProtocolId[] = [Protocol.SMB];
const ike: readonly ProtocolId[] = [Protocol.IKE];
const withFiles: readonly ProtocolId[] = [
  Protocol.HTTP1,
  Protocol.SMTP,
  Protocol.SMB,
  Protocol.FTP_DATA,
  Protocol.NFS,
];

const pseudo = { protocols: [], directions: BOTH, isPseudo: true } as const;

export const BUFFERS: readonly BufferSpec[] = [
  { names: ["ipv4.hdr"], field: PseudoField.IPV4_HEADER, ...pseudo },
  { names: ["ipv6.hdr"], field: PseudoField.IPV6_HEADER, ...pseudo },
  { names: ["tcp.hdr"], field: PseudoField.TCP_HEADER, ...pseudo },
  { names: ["udp.hdr"], field: PseudoField.UDP_HEADER, ...pseudo },
  { names: ["icmpv4.hdr"], field: PseudoField.ICMPV4_HEADER, ...pseudo },
  { names: ["icmpv6.hdr"], field: PseudoField.ICMPV6_HEADER, ...pseudo },
  { names: ["base64_data"], field: PseudoField.BASE64_DATA, ...pseudo },

  {
    names: ["dns.query", "dns_query"],
    field: Field.DNS_QUERY,
    protocols: [Protocol.DNS],
    directions: TS,
    isMultiple: true,
  },

  { names: ["tls.sni", "tls_sni"], field: Field.TLS_SNI, protocols: tls, directions: TS },
  {
    names: ["tls.cert_subject", "tls_cert_subject"],
    field: Field.TLS_CERT_SUBJECT,
    protocols: tls,
    directions: BOTH,
  },
  {
    names: ["tls.cert_issuer", "tls_cert_issuer"],
    field: Field.TLS_CERT_ISSUER,
    protocols: tls,
    directions: BOTH,
  },
  {
    names: ["tls.cert_serial", "tls_cert_serial"],
    field: Field.TLS_CERT_SERIAL,
    protocols: tls,
    directions: BOTH,
  },
  {
    names: ["tls.cert_fingerprint", "tls_cert_fingerprint"],
    field: Field.TLS_CERT_FINGERPRINT,
    protocols: tls,
    directions: BOTH,
  },
  { names: ["tls.certs"], field: Field.TLS_CERTS, protocols: tls, directions: BOTH, isMultiple: true },
  { names: ["tls.random"], field: Field.TLS_RANDOM, protocols: tls, directions: BOTH },
  { names: ["ja3.hash", "ja3_hash"], field: Field.JA3_HASH, protocols: tlsOrQuic, directions: TS },
  { names: ["ja3.string", "ja3_string"], field: Field.JA3_STRING, protocols: tlsOrQuic, directions: TS },
  { names: ["ja4.hash"], field: Field.JA4_HASH, protocols: tlsOrQuic, directions: TS },
  { names: ["ja3s.hash"], field: Field.JA3S_HASH, protocols: tlsOrQuic, directions: TC },
  { names: ["ja3s.string"], field: Field.JA3S_STRING, protocols: tlsOrQuic, directions: TC },

  {
    names: ["http.uri"],
    modifiers: ["http_uri"],
    pcreLetter: "U",
    field: Field.HTTP_URI,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.uri.raw"],
    modifiers: ["http_raw_uri"],
    pcreLetter: "I",
    field: Field.HTTP_URI_RAW,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.method"],
    modifiers: ["http_method"],
    pcreLetter: "M",
    field: Field.HTTP_METHOD,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.host"],
    modifiers: ["http_host"],
    pcreLetter: "W",
    field: Field.HTTP_HOST,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.host.raw"],
    modifiers: ["http_raw_host"],
    pcreLetter: "Z",
    field: Field.HTTP_HOST_RAW,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.user_agent"],
    modifiers: ["http_user_agent"],
    pcreLetter: "V",
    field: Field.HTTP_USER_AGENT,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.header"],
    modifiers: ["http_header"],
    pcreLetter: "H",
    field: Field.HTTP_HEADER,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.header.raw"],
    modifiers: ["http_raw_header"],
    pcreLetter: "D",
    field: Field.HTTP_HEADER_RAW,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.header_names", "http_header_names"],
    field: Field.HTTP_HEADER_NAMES,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.cookie"],
    modifiers: ["http_cookie"],
    pcreLetter: "C",
    field: Field.HTTP_COOKIE,
    protocols: http,
    directions: BOTH,
  },
  { names: ["http.referer", "http_referer"], field: Field.HTTP_REFERER, protocols: http, directions: TS },
  {
    names: ["http.content_type", "http_content_type"],
    field: Field.HTTP_CONTENT_TYPE,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.content_len", "http_content_len"],
    field: Field.HTTP_CONTENT_LEN,
    protocols: http,
    directions: BOTH,
  },
  { names: ["http.accept", "http_accept"], field: Field.HTTP_ACCEPT, protocols: http, directions: TS },
  {
    names: ["http.accept_lang", "http_accept_lang"],
    field: Field.HTTP_ACCEPT_LANG,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.accept_enc", "http_accept_enc"],
    field: Field.HTTP_ACCEPT_ENC,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.connection", "http_connection"],
    field: Field.HTTP_CONNECTION,
    protocols: http,
    directions: BOTH,
  },
  {
    names: ["http.protocol", "http_protocol"],
    field: Field.HTTP_PROTOCOL,
    protocols: http,
    directions: BOTH,
  },
  { names: ["http.start", "http_start"], field: Field.HTTP_START, protocols: http, directions: BOTH },
  {
    names: ["http.request_line", "http_request_line"],
    field: Field.HTTP_REQUEST_LINE,
    protocols: http,
    directions: TS,
  },
  {
    names: ["http.response_line", "http_response_line"],
    field: Field.HTTP_RESPONSE_LINE,
    protocols: http,
    directions: TC,
  },
  {
    names: ["http.stat_code"],
    modifiers: ["http_stat_code"],
    pcreLetter: "S",
    field: Field.HTTP_STAT_CODE,
    protocols: http,
    directions: TC,
  },
  {
    names: ["http.stat_msg"],
    modifiers: ["http_stat_msg"],
    pcreLetter: "Y",
    field: Field.HTTP_STAT_MSG,
    protocols: http,
    directions: TC,
  },
  { names: ["http.server"], field: Field.HTTP_SERVER, protocols: http, directions: TC },
  { names: ["http.location"], field: Field.HTTP_LOCATION, protocols: http, directions: TC },
  {
    names: ["http.request_header"],
    field: Field.HTTP_REQUEST_HEADER,
    protocols: http,
    directions: TS,
    isMultiple: true,
  },
  {
    names: ["http.response_header"],
    field: Field.HTTP_RESPONSE_HEADER,
    protocols: http,
    directions: TC,
    isMultiple: true,
  },
  {
    names: ["http.request_body"],
    modifiers: ["http_client_body"],
    pcreLetter: "P",
    field: Field.HTTP_REQUEST_BODY,
    protocols: http,
    directions: TS,
    stage: STAGE_BODY,
  },
  {
    names: ["http.response_body"],
    modifiers: ["http_server_body"],
    pcreLetter: "Q",
    field: Field.HTTP_RESPONSE_BODY,
    protocols: http,
    directions: TC,
    stage: STAGE_BODY,
  },
  {
    names: ["file.data", "file_data"],
    field: Field.FILE_DATA,
    protocols: withFiles,
    directions: BOTH,
    stage: STAGE_BODY,
    isMultiple: true,
  },
  {
    names: ["file.name"],
    field: Field.FILE_NAME,
    protocols: withFiles,
    directions: BOTH,
    stage: STAGE_BODY,
    isMultiple: true,
  },

  { names: ["ssh.proto", "ssh_proto"], field: Field.SSH_PROTO, protocols: ssh, directions: BOTH },
  { names: ["ssh.software", "ssh_software"], field: Field.SSH_SOFTWARE, protocols: ssh, directions: BOTH },
  { names: ["ssh.hassh"], field: Field.SSH_HASSH, protocols: ssh, directions: TS, stage: STAGE_BODY },
  {
    names: ["ssh.hassh.string"],
    field: Field.SSH_HASSH_STRING,
    protocols: ssh,
    directions: TS,
    stage: STAGE_BODY,
  },
  {
    names: ["ssh.hassh.server"],
    field: Field.SSH_HASSH_SERVER,
    protocols: ssh,
    directions: TC,
    stage: STAGE_BODY,
  },
  {
    names: ["ssh.hassh.server.string"],
    field: Field.SSH_HASSH_SERVER_STRING,
    protocols: ssh,
    directions: TC,
    stage: STAGE_BODY,
  },

  {
    names: ["smb.named_pipe", "smb_named_pipe"],
    field: Field.SMB_NAMED_PIPE,
    protocols: smb,
    directions: TS,
  },
  { names: ["smb.share", "smb_share"], field: Field.SMB_SHARE, protocols: smb, directions: TS },
  { names: ["smb.ntlmssp_user"], field: Field.SMB_NTLMSSP_USER, protocols: smb, directions: TS },
  { names: ["smb.ntlmssp_domain"], field: Field.SMB_NTLMSSP_DOMAIN, protocols: smb, directions: TS },
  {
    names: ["dcerpc.stub_data", "dce_stub_data"],
    field: Field.DCERPC_STUB_DATA,
    protocols: [Protocol.SMB, Protocol.DCERPC],
    directions: BOTH,
  },

  { names: ["smtp.helo"], field: Field.SMTP_HELO, protocols: [Protocol.SMTP], directions: TS },
  { names: ["smtp.mail_from"], field: Field.SMTP_MAIL_FROM, protocols: [Protocol.SMTP], directions: TS },
  {
    names: ["smtp.rcpt_to"],
    field: Field.SMTP_RCPT_TO,
    protocols: [Protocol.SMTP],
    directions: TS,
    isMultiple: true,
  },
  { names: ["ftp.command"], field: Field.FTP_COMMAND, protocols: [Protocol.FTP], directions: TS },
  { names: ["ftp.command_data"], field: Field.FTP_COMMAND_DATA, protocols: [Protocol.FTP], directions: TS },
  { names: ["ftp.reply"], field: Field.FTP_REPLY, protocols: [Protocol.FTP], directions: TC },

  { names: ["quic.sni"], field: Field.QUIC_SNI, protocols: [Protocol.QUIC], directions: TS },
  { names: ["quic.ua"], field: Field.QUIC_UA, protocols: [Protocol.QUIC], directions: TS },
  { names: ["quic.version"], field: Field.QUIC_VERSION, protocols: [Protocol.QUIC], directions: BOTH },

  { names: ["snmp.community"], field: Field.SNMP_COMMUNITY, protocols: [Protocol.SNMP], directions: BOTH },
  { names: ["snmp.usm"], field: Field.SNMP_USM, protocols: [Protocol.SNMP], directions: BOTH },
  { names: ["sip.method"], field: Field.SIP_METHOD, protocols: sip, directions: TS },
  { names: ["sip.uri"], field: Field.SIP_URI, protocols: sip, directions: TS },
  { names: ["sip.protocol"], field: Field.SIP_PROTOCOL, protocols: sip, directions: BOTH },
  { names: ["sip.stat_code"], field: Field.SIP_STAT_CODE, protocols: sip, directions: TC },
  { names: ["sip.stat_msg"], field: Field.SIP_STAT_MSG, protocols: sip, directions: TC },
  { names: ["sip.request_line"], field: Field.SIP_REQUEST_LINE, protocols: sip, directions: TS },
  { names: ["sip.response_line"], field: Field.SIP_RESPONSE_LINE, protocols: sip, directions: TC },
  {
    names: ["krb5.cname", "krb5_cname"],
    field: Field.KRB5_CNAME,
    protocols: [Protocol.KRB5],
    directions: TC,
    isMultiple: true,
  },
  {
    names: ["krb5.sname", "krb5_sname"],
    field: Field.KRB5_SNAME,
    protocols: [Protocol.KRB5],
    directions: TC,
    isMultiple: true,
  },
  { names: ["rfb.name"], field: Field.RFB_NAME, protocols: [Protocol.RFB], directions: TC },
  { names: ["mqtt.connect.clientid"], field: Field.MQTT_CONNECT_CLIENTID, protocols: mqtt, directions: TS },
  { names: ["mqtt.connect.username"], field: Field.MQTT_CONNECT_USERNAME, protocols: mqtt, directions: TS },
  { names: ["mqtt.connect.password"], field: Field.MQTT_CONNECT_PASSWORD, protocols: mqtt, directions: TS },
  { names: ["mqtt.connect.willtopic"], field: Field.MQTT_CONNECT_WILLTOPIC, protocols: mqtt, directions: TS },
  {
    names: ["mqtt.connect.willmessage"],
    field: Field.MQTT_CONNECT_WILLMESSAGE,
    protocols: mqtt,
    directions: TS,
  },
  {
    names: ["mqtt.connect.protocol_string"],
    field: Field.MQTT_CONNECT_PROTOCOL_STRING,
    protocols: mqtt,
    directions: TS,
  },
  { names: ["mqtt.publish.topic"], field: Field.MQTT_PUBLISH_TOPIC, protocols: mqtt, directions: BOTH },
  { names: ["mqtt.publish.message"], field: Field.MQTT_PUBLISH_MESSAGE, protocols: mqtt, directions: BOTH },
  {
    names: ["mqtt.subscribe.topic"],
    field: Field.MQTT_SUBSCRIBE_TOPIC,
    protocols: mqtt,
    directions: TS,
    isMultiple: true,
  },
  {
    names: ["mqtt.unsubscribe.topic"],
    field: Field.MQTT_UNSUBSCRIBE_TOPIC,
    protocols: mqtt,
    directions: TS,
    isMultiple: true,
  },
  { names: ["ike.init_spi"], field: Field.IKE_INIT_SPI, protocols: ike, directions: BOTH },
  { names: ["ike.resp_spi"], field: Field.IKE_RESP_SPI, protocols: ike, directions: BOTH },
  { names: ["ike.vendor"], field: Field.IKE_VENDOR, protocols: ike, directions: TS, isMultiple: true },
  {
    names: ["ike.key_exchange_payload"],
    field: Field.IKE_KEY_EXCHANGE_PAYLOAD,
    protocols: ike,
    directions: BOTH,
  },
  { names: ["ike.nonce_payload"], field: Field.IKE_NONCE_PAYLOAD, protocols: ike, directions: BOTH },
];

/** The stage at which a buffer is complete. */
export function stageOf(buffer: BufferSpec): number {
  return buffer.stage ?? STAGE_HEAD;
}

/** The buffer whose sticky keyword is `name`. */
export function bufferNamed(name: string): BufferSpec {
  const spec = BUFFERS.find((buffer) => buffer.names.includes(name));
  if (!spec) throw new Error(`no buffer is called ${name}`);
  return spec;
}

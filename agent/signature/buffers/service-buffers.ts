/** Buffers of plain services: DNS, SMB, DCERPC, SMTP, FTP, SNMP, SIP, RFB and MQTT. */
import { Field } from "../../sensor/proto/fields.js";
import { Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { BOTH_DIRECTIONS, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import type { BufferSpec } from "./buffer-spec.js";

const TS = TO_SERVER_BIT;
const TC = TO_CLIENT_BIT;
const BOTH = BOTH_DIRECTIONS;
const mqtt: readonly ProtocolId[] = [Protocol.MQTT];
const sip: readonly ProtocolId[] = [Protocol.SIP];
const smb: readonly ProtocolId[] = [Protocol.SMB];

export const SERVICE_BUFFERS: readonly BufferSpec[] = [
  {
    names: ["dns.query", "dns_query"],
    field: Field.DNS_QUERY,
    protocols: [Protocol.DNS],
    directions: TS,
    isMultiple: true,
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
  { names: ["snmp.community"], field: Field.SNMP_COMMUNITY, protocols: [Protocol.SNMP], directions: BOTH },
  { names: ["snmp.usm"], field: Field.SNMP_USM, protocols: [Protocol.SNMP], directions: BOTH },
  { names: ["sip.method"], field: Field.SIP_METHOD, protocols: sip, directions: TS },
  { names: ["sip.uri"], field: Field.SIP_URI, protocols: sip, directions: TS },
  { names: ["sip.protocol"], field: Field.SIP_PROTOCOL, protocols: sip, directions: BOTH },
  { names: ["sip.stat_code"], field: Field.SIP_STAT_CODE, protocols: sip, directions: TC },
  { names: ["sip.stat_msg"], field: Field.SIP_STAT_MSG, protocols: sip, directions: TC },
  { names: ["sip.request_line"], field: Field.SIP_REQUEST_LINE, protocols: sip, directions: TS },
  { names: ["sip.response_line"], field: Field.SIP_RESPONSE_LINE, protocols: sip, directions: TC },
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
  { names: ["mqtt.publish.message"], field: Field.MQTT_PUBLISH_MESSAGE, protocols: mqtt, directions: TS },
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
];

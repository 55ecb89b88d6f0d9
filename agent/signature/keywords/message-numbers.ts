import { NumberField } from "../../sensor/proto/fields.js";
import { Protocol, type ProtocolId } from "../../sensor/proto/protocols.js";
import { Compare, parseComparison, tlsVersionBit } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import { splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

interface NumberSpec {
  readonly names: readonly string[];
  readonly field: number;
  readonly protocols: readonly ProtocolId[];
  readonly directions: number;
  readonly max: number;
  readonly words?: Readonly<Record<string, number>>;
}

/** Versions as bits of tlsVersionBit. */
const TLS_VERSIONS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ["sslv2", 0x0200],
    ["sslv3", 0x0300],
    ["1.0", 0x0301],
    ["1.1", 0x0302],
    ["1.2", 0x0303],
    ["1.3", 0x0304],
  ].flatMap(([name, version]) => {
    const bit = tlsVersionBit(Number(version));
    return [
      [name, bit],
      [`tls${name}`, bit],
      [`0x${Number(version).toString(16).padStart(4, "0")}`, bit],
    ];
  }),
);

const NUMBERS: readonly NumberSpec[] = [
  {
    names: ["dns.opcode"],
    field: NumberField.DNS_OPCODE,
    protocols: [Protocol.DNS],
    directions: BOTH_DIRECTIONS,
    max: 15,
  },
  {
    names: ["dns.rcode"],
    field: NumberField.DNS_RCODE,
    protocols: [Protocol.DNS],
    directions: TO_CLIENT_BIT,
    max: 65_535,
  },
  {
    names: ["dns.rrtype"],
    field: NumberField.DNS_RRTYPE,
    protocols: [Protocol.DNS],
    directions: BOTH_DIRECTIONS,
    max: 65_535,
  },
  {
    names: ["tls.cert_chain_len"],
    field: NumberField.TLS_CERT_CHAIN_LENGTH,
    protocols: [Protocol.TLS],
    directions: TO_CLIENT_BIT,
    max: 65_535,
  },
  {
    names: ["dhcp.leasetime"],
    field: NumberField.DHCP_LEASE_TIME,
    protocols: [Protocol.DHCP],
    directions: BOTH_DIRECTIONS,
    max: 0xffff_ffff,
  },
  {
    names: ["dhcp.renewal_time"],
    field: NumberField.DHCP_RENEWAL_TIME,
    protocols: [Protocol.DHCP],
    directions: BOTH_DIRECTIONS,
    max: 0xffff_ffff,
  },
  {
    names: ["dhcp.rebinding_time"],
    field: NumberField.DHCP_REBINDING_TIME,
    protocols: [Protocol.DHCP],
    directions: BOTH_DIRECTIONS,
    max: 0xffff_ffff,
  },
  {
    names: ["snmp.version"],
    field: NumberField.SNMP_VERSION,
    protocols: [Protocol.SNMP],
    directions: BOTH_DIRECTIONS,
    max: 65_535,
  },
  {
    names: ["snmp.pdu_type"],
    field: NumberField.SNMP_PDU_TYPE,
    protocols: [Protocol.SNMP],
    directions: BOTH_DIRECTIONS,
    max: 65_535,
  },
  {
    names: ["krb5_msg_type", "krb5.msg_type"],
    field: NumberField.KRB5_MSG_TYPE,
    protocols: [Protocol.KRB5],
    directions: BOTH_DIRECTIONS,
    max: 65_535,
  },
  {
    names: ["krb5_err_code", "krb5.err_code"],
    field: NumberField.KRB5_ERROR_CODE,
    protocols: [Protocol.KRB5],
    directions: BOTH_DIRECTIONS,
    max: 0xffff_ffff,
  },
  {
    names: ["rfb.sectype"],
    field: NumberField.RFB_SECTYPE,
    protocols: [Protocol.RFB],
    directions: TO_SERVER_BIT,
    max: 0xffff_ffff,
  },
  {
    names: ["rfb.secresult"],
    field: NumberField.RFB_SECRESULT,
    protocols: [Protocol.RFB],
    directions: TO_CLIENT_BIT,
    max: 0xffff_ffff,
    words: { ok: 0, fail: 1, toomany: 2, unknown: 3 },
  },
  {
    names: ["mqtt.protocol_version"],
    field: NumberField.MQTT_PROTOCOL_VERSION,
    protocols: [Protocol.MQTT],
    directions: TO_SERVER_BIT,
    max: 255,
  },
  {
    names: ["mqtt.qos"],
    field: NumberField.MQTT_QOS,
    protocols: [Protocol.MQTT],
    directions: TO_SERVER_BIT,
    max: 2,
  },
  {
    names: ["ike.exchtype"],
    field: NumberField.IKE_EXCHANGE_TYPE,
    protocols: [Protocol.IKE],
    directions: BOTH_DIRECTIONS,
    max: 255,
  },
];

function numberKeyword(spec: NumberSpec): Keyword {
  return {
    names: spec.names,
    apply(rule, value, _context, name) {
      const test = { field: spec.field, ...parseComparison(value, name, spec.max, spec.words) };
      rule.addMessageTest(test, spec.protocols, spec.directions);
    },
  };
}

/**
 * `tls.version:1.2`, `ssl_version:sslv3,tls1.0`: the version of the session is one of these. A negated version adds
 * nothing, as in Suricata: `!sslv3` matches no session.
 */
const tlsVersionKeyword: Keyword = {
  names: ["tls.version", "ssl_version"],
  apply(rule, value, _context, name) {
    let mask = 0;
    let hasNegated = false;
    for (const word of splitArguments(value, name)) {
      const text = word.replaceAll('"', "").trim().toLowerCase();
      const bit = TLS_VERSIONS[text.replace(/^!/, "")];
      if (bit === undefined) throw new RuleError(`${name}: "${word}" is not a TLS version`);
      if (text.startsWith("!")) hasNegated = true;
      else mask |= bit;
    }
    if (hasNegated && mask !== 0) throw new RuleError(`${name}: versions are negated all or none`);
    if (mask === 0) rule.neverFires(`${name} has negated versions alone, which no session matches`);
    const test = { field: NumberField.TLS_VERSION, operator: Compare.TLS_VERSION, a: mask, b: 0 };
    rule.addMessageTest(test, [Protocol.TLS], BOTH_DIRECTIONS);
  },
};

/** Keywords that compare a number of a message. */
export const messageNumberKeywords: readonly Keyword[] = [...NUMBERS.map(numberKeyword), tlsVersionKeyword];

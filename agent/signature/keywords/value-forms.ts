/**
 * What Suricata 7 reads behind some keywords that share their parser with more generous ones here: a value it refuses is refused
 * with the form that it takes.
 */
import { RuleError } from "../rule-error.js";

/** What a value has to look like. */
export interface ValueForm {
  readonly pattern: RegExp;
  /** Completes "takes …". */
  readonly takes: string;
}

const NUMBER: ValueForm = { pattern: /^\d+$/, takes: "one number" };
const NUMBER_OR_NOT: ValueForm = { pattern: /^!?\s*\d+$/, takes: "a number, or ! and a number" };
const NOT_NEGATED: ValueForm = { pattern: /^[^!]/, takes: "no !" };
const NOT_QUOTED: ValueForm = { pattern: /^[^"]*$/, takes: "a value without quotes" };
const NUMBERS_AND_RANGES: ValueForm = { pattern: /^[\d\s,-]+$/, takes: "numbers and ranges" };
const REFERENCE: ValueForm = {
  pattern: /^[^\s,]+\s*,\s*\S/,
  takes: "a kind and what it is: url,example.com",
};
const TAG: ValueForm = {
  pattern: /^(?:session|host)(?:\s*,\s*\d+\s*,\s*(?:packets|bytes|seconds)(?:\s*,\s*(?:src|dst))?)?$/,
  takes: "session or host, a number, packets, bytes or seconds, and src or dst",
};

const FORMS: Readonly<Record<string, ValueForm>> = {
  seq: NUMBER,
  "tcp.seq": NUMBER,
  ack: NUMBER,
  "tcp.ack": NUMBER,
  id: NUMBER,
  icmp_id: NUMBER,
  icmp_seq: NUMBER,
  "mqtt.qos": NUMBER,
  "mqtt.reason_code": NUMBER,
  "snmp.pdu_type": NUMBER,
  krb5_msg_type: NUMBER,
  krb5_err_code: NUMBER,
  window: NUMBER_OR_NOT,
  "tcp.window": NUMBER_OR_NOT,
  "dns.opcode": NUMBER_OR_NOT,
  tos: { pattern: /^!?\s*(?:\d+|x[\da-f]+)$/i, takes: "a number, or x and a hexadecimal one" },
  fragoffset: NOT_NEGATED,
  "mqtt.type": NOT_NEGATED,
  "rfb.secresult": NOT_NEGATED,
  "ssh.protoversion": NOT_NEGATED,
  "tls.version": {
    pattern: /^(?:1\.[0-3]|0x[\da-f]{4})$/i,
    takes: "1.0, 1.1, 1.2, 1.3 or a number as 0x0303",
  },
  ssl_version: { pattern: /ssl|tls/i, takes: "sslv2, sslv3, tls1.0, tls1.1, tls1.2 or tls1.3" },
  "ipv4-csum": NOT_QUOTED,
  "tcpv4-csum": NOT_QUOTED,
  "tcpv6-csum": NOT_QUOTED,
  "udpv4-csum": NOT_QUOTED,
  "udpv6-csum": NOT_QUOTED,
  "icmpv4-csum": NOT_QUOTED,
  "icmpv6-csum": NOT_QUOTED,
  "dcerpc.opnum": NUMBERS_AND_RANGES,
  dce_opnum: NUMBERS_AND_RANGES,
  msg: { pattern: /^".*"$/s, takes: "text in double quotes" },
  reference: REFERENCE,
  tag: TAG,
  target: { pattern: /^(?:src_ip|dest_ip)$/, takes: "src_ip or dest_ip" },
  rev: { pattern: /^0*[1-9]\d*$/, takes: "a number from 1" },
  stream_size: { pattern: /^[^=]*(?:[<>!]?=)?[^=]*$/, takes: "one of > < = >= <= !=" },
  dsize: { pattern: /^(?!<\s*0+$)(?!>\s*65535$)/, takes: "sizes a packet can have" },
};
/** Keywords that a rule has once. */
const ONCE = ["msg", "rev", "sid", "dsize"];

/** The form of the values of a keyword, undefined where any is read. */
export function valueFormOf(keyword: string): ValueForm | undefined {
  return Object.hasOwn(FORMS, keyword) ? FORMS[keyword] : undefined;
}

/** A bit of its own for a keyword that a rule has once, 0 for the others. */
export function onceBitOf(keyword: string): number {
  const index = ONCE.indexOf(keyword);
  return index < 0 ? 0 : 1 << index;
}

/** @throws RuleError where Suricata does not read `value` behind `keyword` */
export function checkValueForm(keyword: string, form: ValueForm, value: string | undefined): void {
  if (value === undefined || value === "" || form.pattern.test(value)) return;
  throw new RuleError(`${keyword}: takes ${form.takes}; "${value.slice(0, 40)}" is none`);
}

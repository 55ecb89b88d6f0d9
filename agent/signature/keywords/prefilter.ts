import { RuleError } from "../rule-error.js";
import { refuseValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Keywords that say something about a rule or a content and test nothing themselves. */
const NO_TESTS: ReadonlySet<string> = new Set(
  "sid priority rev classtype metadata reference msg gid target noalert alert requires depth startswith endswith distance within offset nocase fast_pattern rawbytes replace pkt_data prefilter".split(
    " ",
  ),
);
/** Tests that Suricata has no prefilter for: of payload and packet, of files, of protocols. */
const UNFIT: ReadonlySet<string> = new Set(
  [
    "isdataat byte_test byte_jump byte_math byte_extract base64_decode pcre bsize dataset datarep asn1 rpc window tcp.window ip_proto tos ipopts sameip",
    "flowbits xbits hostbits flowint threshold detection_filter tag bypass config decode-event stream-event engine-event app-layer-event",
    "ipv4-csum tcpv4-csum tcpv6-csum udpv4-csum udpv6-csum icmpv4-csum icmpv6-csum",
    "filesize filestore urilen dhcp.leasetime dhcp.rebinding_time dhcp.renewal_time dns.opcode dcerpc.iface dce_iface dcerpc.opnum dce_opnum",
    "tls.version ssl_version ssl_state tls_cert_notbefore tls_cert_notafter tls_cert_expired tls_cert_valid tls.cert_notbefore tls.cert_notafter tls.cert_expired tls.cert_valid tls.cert_chain_len ssh.protoversion ssh.softwareversion",
    "mqtt.type mqtt.qos mqtt.protocol_version mqtt.reason_code mqtt.flags mqtt.connect.flags mqtt.connack.session_present",
    "nfs_procedure nfs.procedure nfs.version ftpbounce snmp.version snmp.pdu_type rfb.sectype rfb.secresult",
    "ike.exchtype ike.nonce_payload_length ike.key_exchange_payload_length ike.chosen_sa_attribute krb5_msg_type krb5.msg_type krb5_err_code krb5.err_code krb5.ticket_encryption",
    "http2.frametype http2.errorcode http2.priority http2.window http2.settings http2.size_update",
  ].flatMap((names) => names.split(" ")),
);

/** Whether a keyword is a test that `prefilter` could belong to. */
export function isTest(keyword: string): boolean {
  return !NO_TESTS.has(keyword);
}

/** `prefilter`: which test of a rule is to be asked first. This engine chooses by itself; what Suricata refuses is refused. */
export const prefilterKeyword: Keyword = {
  names: ["prefilter"],
  apply(rule, value) {
    refuseValue(value, "prefilter");
    const test = rule.lastTest;
    // Suricata keeps the direction elsewhere.
    if (test === "" || (test === "flow" && rule.flowFlags === 0))
      throw new RuleError("prefilter: no test stands before it");
    if (UNFIT.has(test)) throw new RuleError(`prefilter: cannot be made of ${test}`);
    if (test !== "content" && test !== "uricontent") return;
    const content = rule.lastContent("prefilter");
    const { offset, depth, distance, within } = content;
    if (content.isNegated && [offset, depth, distance, within].some((place) => place !== undefined)) {
      throw new RuleError("prefilter: a negated content with a place cannot be searched for first");
    }
    if (content.fastPattern === "no") content.fastPattern = "wanted";
  },
};

import { RuleError } from "../rule-error.js";
import { refuseValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Keywords that say something about a rule or a content and test nothing themselves. */
const NO_TESTS: ReadonlySet<string> = new Set(
  "sid priority rev classtype metadata reference msg gid target noalert alert requires depth startswith endswith distance within offset nocase fast_pattern rawbytes replace pkt_data prefilter".split(
    " ",
  ),
);
/** Tests that Suricata has no prefilter for. */
const UNFIT: ReadonlySet<string> = new Set(
  "isdataat byte_test byte_jump byte_math byte_extract base64_decode pcre bsize dataset datarep window tcp.window ip_proto tos ipopts sameip flowbits xbits hostbits flowint threshold detection_filter tag decode-event stream-event engine-event ipv4-csum tcpv4-csum tcpv6-csum udpv4-csum udpv6-csum icmpv4-csum icmpv6-csum tls.version ssl_version dhcp.leasetime dhcp.rebinding_time dhcp.renewal_time".split(
    " ",
  ),
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
    if (test === "") throw new RuleError("prefilter: no test stands before it");
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

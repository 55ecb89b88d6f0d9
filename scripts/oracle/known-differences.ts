/**
 * Differences between this agent's EVE records and Suricata 7.0.10's that are known, each with its reason. An entry takes in as
 * little as tells it: the type, the field (lists without their indexes, wildcards as in a regular expression), what kind of
 * difference, and values where they tell. `records.ts` counts them apart from the others.
 */

export type DifferenceKind = "only ours" | "only theirs" | "differs";

export interface KnownDifference {
  readonly type: string;
  /** Matches the whole path; `(record)` for a record that has no other one. */
  readonly field: RegExp;
  readonly kinds: readonly DifferenceKind[];
  readonly ours?: RegExp;
  readonly theirs?: RegExp;
  /** Of the name of the capture. */
  readonly capture?: RegExp;
  readonly reason: string;
}

const ANY: readonly DifferenceKind[] = ["only ours", "only theirs", "differs"];

function known(
  type: string,
  field: string,
  reason: string,
  rest: Partial<KnownDifference> = {},
): KnownDifference {
  return { type, field: new RegExp(`^${field}$`), kinds: ANY, reason, ...rest };
}

const ENDED_EXACTLY =
  "flows end exactly at their time-out, in Suricata when its flow manager comes by; the packets behind it are another flow here";
const ICMP_ERRORS =
  "ICMP errors belong to the flow they are about, and are no packets of it; in Suricata they count, of IPv6 they are flows";
const NAMED_BY_ONE =
  "a flow of TCP that nobody recognised has no protocol; Suricata says failed where both directions were judged";
const READ_HERE =
  "read here, and not by Suricata 7 as it is shipped (NetBIOS, mDNS, POP3, IMAP, NFS over UDP)";
const READ_MORE = "mDNS, LLMNR, NetBIOS names, NTP and SIP over TCP have records here";
const IRC = "IRC that begins like FTP: lines that are no replies are told otherwise";
const GLUED =
  "made traffic with commands that no server knows: Suricata looks for a known command anywhere in the line";
const V2 = "Suricata reads version 2 with the names and numbers of version 3";
const PADDING =
  "Suricata does not step over the padding of the machine's name, or reads another number; tshark agrees with this agent";
const UNFINISHED =
  "Suricata writes no record of NULL calls and of compounds of version 4 that it cannot follow";
const SHORT_RECORD =
  "Suricata counts fragments of later calls under the number of an earlier one, and tells no more of the connection";
const HEADER_LINE = "a line of a mail's header that is no field is added to the field before it in Suricata";

const REPEATED_HEADERS =
  "fields of HTTP/2 that stand several times are told several times; tshark agrees with this agent";
const HTTP2_KEYS = "streams of HTTP/2 have the keys of HTTP/1 too";

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  ...["http", "fileinfo"].flatMap((type) => [
    known(type, "http\\.(request|response)_headers\\[\\]\\.value", "credentials and cookies are not told", {
      kinds: ["differs"],
      ours: /^"?\*{8}"?$/,
    }),
    known(type, "http\\.response_headers\\[\\]\\.(name|value)", REPEATED_HEADERS, { capture: /http2-host/ }),
    known(type, "http\\.(hostname|http_content_type|http_refer|length|status)", HTTP2_KEYS, {
      kinds: ["only ours"],
      capture: /http2|protocol-exact|pseudo-headers/,
    }),
  ]),
  known("flow", "tcp\\.t[sc]_max_regions", "how Suricata keeps a stream in memory", {
    kinds: ["only theirs"],
  }),
  known("flow", "flow\\.reason", ENDED_EXACTLY, { ours: /timeout/, theirs: /shutdown/ }),
  known("flow", "flow\\.(start|end|age)", ENDED_EXACTLY),
  known("flow", "flow\\.(pkts|bytes)_to(server|client)", `${ENDED_EXACTLY}; ${ICMP_ERRORS}`),
  known("flow", "\\(record\\)", `${ENDED_EXACTLY}; ${ICMP_ERRORS}; GRE and IGMP are flows here`),
  known("flow", "app_proto_t[sc]", "which direction alone Suricata would not have recognised", {
    kinds: ["only theirs"],
  }),
  known("flow", "app_proto", NAMED_BY_ONE, { kinds: ["only theirs"] }),
  known("flow", "app_proto", READ_HERE, { ours: /mdns|nbns|pop3|imap|nfs/, theirs: /failed/ }),
  known("flow", "app_proto", "RTP and STUN on port 443, which Suricata takes for QUIC", {
    ours: /failed/,
    theirs: /quic/,
  }),
  known("quic", "\\(record\\)", "RTP and STUN on port 443, which Suricata takes for QUIC", {
    kinds: ["only theirs"],
    capture: /viber|stun/,
  }),
  known("nfs", "nfs\\.(procedure|filename|rename\\..*|write\\..*|read\\..*|file_tx)", V2, {
    capture: /nfsv2/,
  }),
  known("nfs", "rpc\\.creds\\.[ug]id", PADDING),
  known(
    "nfs",
    "nfs\\.hhash",
    "Suricata notes the handle of some procedures only, and after LOOKUP another one",
  ),
  known("nfs", "nfs\\.id", UNFINISHED),
  known("nfs", "\\(record\\)", UNFINISHED),
  known("nfs", "rpc\\.(auth_type|creds\\.machine_name)", UNFINISHED),
  known("dcerpc", ".*", SHORT_RECORD, { capture: /truncate-applayer/ }),
  known("dcerpc", "dcerpc\\.response", "a fault is an answer", { ours: /FAULT/, theirs: /UNREPLIED/ }),
  known(
    "dcerpc",
    "dcerpc\\.interfaces\\[\\]\\..*",
    "ALTER_CONTEXT names interfaces too; a result is told where there is one",
    {
      capture: /ntlm_synthetic/,
    },
  ),
  known("smtp", "email\\.subject", HEADER_LINE, { kinds: ["differs"], capture: /etsynth/ }),
  known("smtp", "email\\.attachment\\[\\]", "the file of a mail that has no parts is told as well", {
    kinds: ["only ours"],
  }),
  known("smtp", "\\(record\\)", "a conversation without a mail has no record", { kinds: ["only theirs"] }),
  known("smtp", "email\\..*", "Suricata did not take in the text of the mails in these captures", {
    capture: /bug-7126/,
  }),
  known("smtp", "(\\(record\\)|smtp\\.rcpt_to\\[\\])", "mails by BDAT: the next MAIL begins another one", {
    capture: /bug-7126/,
  }),
  known("smtp", "email\\.status", "a boundary that is too long ends the parts, not the mail", {
    theirs: /PARSE_ERROR/,
  }),
  known("ftp", ".*", IRC, { capture: /irc-whitespace/ }),
  known("ftp", "ftp\\.command_data", "a password stays in the box", { ours: /\*{8}/ }),
  known(
    "ftp",
    "(tx_id|\\(record\\)|ftp\\.(reply|completion_code)\\[\\]|ftp\\.mode)",
    "a command has all lines of its reply; in Suricata each line without a code is a transaction",
    {
      capture: /sip-response-line/,
    },
  ),
  known("ftp", ".*", GLUED, { capture: /etsynth/ }),
  known("tls", "\\(record\\)", "a handshake that nobody answered, and one inside of RDP, has a record too", {
    kinds: ["only ours"],
  }),
  known("dns", "\\(record\\)", READ_MORE, { kinds: ["only ours"] }),
  known("nbns", "\\(record\\)", READ_MORE, { kinds: ["only ours"] }),
  known("ntp", "\\(record\\)", READ_MORE, { kinds: ["only ours"] }),
  known("sip", "\\(record\\)", READ_MORE, { kinds: ["only ours"] }),
];

/** The reason of a difference, or undefined where it has none. */
export function reasonOf(
  type: string,
  field: string,
  kind: DifferenceKind,
  ours: string | undefined,
  theirs: string | undefined,
  capture: string,
): string | undefined {
  return KNOWN_DIFFERENCES.find(
    (difference) =>
      difference.type === type &&
      difference.kinds.includes(kind) &&
      difference.field.test(field) &&
      (difference.ours === undefined || difference.ours.test(ours ?? "")) &&
      (difference.theirs === undefined || difference.theirs.test(theirs ?? "")) &&
      (difference.capture === undefined || difference.capture.test(capture)),
  )?.reason;
}

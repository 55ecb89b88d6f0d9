/**
 * The words random rules are made of: for each protocol the buffers it fills and the tests that belong to it. Values are
 * chosen so that a good part of them holds on ordinary captures: a word that never matches compares nothing.
 */

/** A rule's header protocol with what rules on it may look at; `weight` is how often it is drawn. */
export interface ProtocolWords {
  readonly weight: number;
  readonly buffers: readonly string[];
  /** Whole options without a buffer. */
  readonly tests: readonly string[];
}

/** Stands for `content` without a buffer. */
export const PAYLOAD = "payload";

const SIZES = "0 1 >10 <100 5<>20 >1000 10<>5000";

/** The keyword with each of the values, which are separated by blanks. */
function each(keyword: string, values: string): string[] {
  return values.split(" ").map((value) => `${keyword}:${value}`);
}

const FILE_TESTS = [
  ...each("filesize", SIZES),
  ...each("fileext", '"exe" "html" !"jpg" "txt"'),
  ...each("filename", '"index" !"a" "txt"'),
  'file.magic; content:"text"',
  'filemagic:"ASCII"',
  "filestore",
  "filestore:request",
  "filestore:response,tx",
];

const CERTIFICATE_TESTS = [
  ...each("tls.version", '1.0 1.1 1.2 1.3 "1.2" 0x0303 !1.2'),
  ...each("ssl_version", "tls1.2 !tls1.2 tls1.0,tls1.1 sslv3 !sslv2,!sslv3 tls1.3"),
  ...each(
    "ssl_state",
    "client_hello server_hello client_keyx server_keyx unknown !client_hello client_hello|server_hello",
  ),
  ...each("tls.cert_chain_len", ">1 0 1 <3"),
  ...each("tls_cert_notafter", ">2015-01-01 <2020-01-01 2010<>2030"),
  ...each("tls_cert_notbefore", ">2015-01-01 <2020-01-01"),
  "tls_cert_expired",
  "tls_cert_valid",
  ...each("tls.subject", '"CN" !"CN" "C=US"'),
  ...each("tls.issuerdn", '"CN" !"O=" "C=US"'),
];

const TCP_TESTS = [
  ...each("flags", "S A PA +A !S S,CE *FR SA +P 0 !A S,12 SA,CE !+P *SR,12 A+"),
  ...each("tcp.flags", "S R F,CE"),
  ...each("window", "0 !0 65535 !8192"),
  ...each("seq", "0 1"),
  ...each("ack", "0 1"),
  ...each("tcp.mss", ">1000 1460 <1460 500-1460"),
  ...each(
    "stream_size",
    "server,>,1 client,<,1000 both,>=,1 either,>,5000 server,=,0 client,!=,1 both,<=,100 either,=,1",
  ),
  ...each(
    "stream-event",
    "3whs_ack_in_wrong_dir pkt_invalid_ack est_packet_out_of_window reassembly_overlap_different_data pkt_retransmission fin_invalid_ack suspected_rst_inject pkt_spurious_retransmission shutdown_syn_resend closewait_fin_out_of_window timewait_ack_wrong_seq reassembly_seq_gap 4whs_synack_with_wrong_ack pkt_bad_window_update rst_invalid_ack pkt_broken_ack est_synack_resend 3whs_synack_resend_with_different_ack",
  ),
  "stream_event:wrong_thread",
  ...each(
    "app-layer-protocol",
    "http !http failed tls unknown !unknown http,to_server !tls,to_client smb http2",
  ),
  ...each("dsize", "0 >0 <100 10<>500 >300 !0 !5 >=10 <=20"),
];

const IP_TESTS = [
  ...each("ttl", "64 128 >60 <64 30-64 >=64 <=128 !64"),
  ...each("ip_proto", "6 17 !6 icmp >6 <17 TCP !udp 47"),
  ...each("id", "0 1 !0"),
  ...each("fragbits", "D M !D +D *DM !M MD"),
  ...each("fragoffset", "0 >0 !0 <10"),
  ...each("tos", "0 !0 x10 16 8"),
  ...each("ipopts", "rr any eol nop ts sec lsrr ssrr satid"),
  "sameip",
  ...each("l3_proto", "ipv4 ipv6 ip4"),
  ...each(
    "decode-event",
    "ipv4.trunc_pkt ipv4.opt_pad_required tcp.opt_invalid_len ipv4.frag_overlap udp.hlen_invalid ipv6.zero_len_padn icmpv4.unknown_code vlan.unknown_type tcp.invalid_optlen ipv4.hlen_too_small ethernet.pkt_too_small ipv6.exthdr_dupl_dh ppp.wrong_type gre.version1_hdr_too_big",
  ),
  ...each("ipv4-csum", "valid invalid"),
  ...each("tcpv4-csum", "valid invalid"),
  ...each("udpv4-csum", "valid invalid"),
  ...each("icmpv4-csum", "valid invalid"),
  "geoip:any,JP",
  ...each("vlan.id", "1 >1"),
];

const ICMP_TESTS = [
  ...each("itype", "8 0 >3 0<>10 3 <5 !8"),
  ...each("icode", "0 <3 >0 1<>4 !0"),
  ...each("icmp_id", "1 0 256"),
  ...each("icmp_seq", "0 1 2"),
  ...each("icmpv6.mtu", ">1 1280"),
  ...each("dsize", ">0 56 <64"),
];

export const PROTOCOL_WORDS: Readonly<Record<string, ProtocolWords>> = {
  http: {
    weight: 8,
    buffers: [
      ..."accept accept_enc accept_lang connection content_len content_type cookie header header.raw header_names host host.raw location method protocol referer request_body request_header request_line response_body response_header response_line server start stat_code stat_msg uri uri.raw user_agent"
        .split(" ")
        .map((name) => `http.${name}`),
      "file.data",
      "file.name",
      "http_user_agent",
      "http_header_names",
      "http_request_line",
    ],
    tests: [
      ...each("urilen", ">10 1 5<>20 <20,raw >20,norm 10,raw"),
      ...FILE_TESTS,
      ...each(
        "app-layer-event",
        "http.request_field_missing_colon http.unable_to_match_response_to_request http.missing_host_header http.host_header_ambiguous http.invalid_content_length_field_in_response http.uri_host_invalid http.header_host_invalid http.100_continue_already_seen applayer_mismatch_protocol_both_directions applayer_wrong_direction_first_data applayer_detect_protocol_only_one_direction http.request_header_invalid http.compression_bomb",
      ),
    ],
  },
  dns: {
    weight: 3,
    buffers: ["dns.query", "dns_query"],
    tests: [
      ...each("dns.opcode", "0 !0 4 5 !4"),
      ...each(
        "app-layer-event",
        "dns.malformed_data dns.z_flag_set dns.not_request dns.not_response dns.invalid_opcode",
      ),
    ],
  },
  tls: {
    weight: 4,
    buffers: [
      ..."sni cert_subject cert_issuer cert_serial cert_fingerprint certs random random_time random_bytes"
        .split(" ")
        .map((name) => `tls.${name}`),
      "ja3.hash",
      "ja3.string",
      "ja3s.hash",
      "ja3s.string",
      "ja4.hash",
      "tls_sni",
      "tls_cert_subject",
      "ja3_hash",
    ],
    tests: [
      ...CERTIFICATE_TESTS,
      ...each(
        "app-layer-event",
        "tls.invalid_handshake_message tls.invalid_record_type tls.invalid_ssl_record tls.handshake_invalid_length tls.heartbeat_message tls.invalid_record_length tls.multiple_sni_extensions tls.error_message_encountered tls.invalid_client_hello",
      ),
    ],
  },
  ssh: {
    weight: 2,
    buffers: [
      "ssh.proto",
      "ssh.software",
      "ssh.hassh",
      "ssh.hassh.string",
      "ssh.hassh.server",
      "ssh.hassh.server.string",
    ],
    tests: [...each("ssh.protoversion", "2.0 2_compat 1.99"), ...each("ssh.softwareversion", '"OpenSSH"')],
  },
  smb: {
    weight: 3,
    buffers: [
      "smb.named_pipe",
      "smb.share",
      "file.data",
      "file.name",
      "smb.ntlmssp_user",
      "smb.ntlmssp_domain",
      "dcerpc.stub_data",
    ],
    tests: [
      ...FILE_TESTS,
      ...each("dcerpc.opnum", "0 0-20 15,16 >1 !0"),
      ...each(
        "dcerpc.iface",
        "12345778-1234-abcd-ef00-0123456789ac 4b324fc8-1670-01d3-1278-5a47bf6ee188 367abb81-9844-35f1-ad32-98f038001003,>0",
      ),
    ],
  },
  dcerpc: {
    weight: 1,
    buffers: ["dcerpc.stub_data"],
    tests: [
      ...each("dcerpc.opnum", "0 0-20 15,16"),
      ...each(
        "dcerpc.iface",
        "12345778-1234-abcd-ef00-0123456789ac 4b324fc8-1670-01d3-1278-5a47bf6ee188,any_frag 12345778-1234-abcd-ef00-0123456789ac,=1",
      ),
    ],
  },
  mqtt: {
    weight: 2,
    buffers: [
      ..."connect.clientid connect.password connect.username connect.willmessage connect.willtopic publish.message publish.topic subscribe.topic unsubscribe.topic connect.protocol_string"
        .split(" ")
        .map((name) => `mqtt.${name}`),
    ],
    tests: [
      ...each("mqtt.type", "CONNECT PUBLISH SUBSCRIBE CONNACK DISCONNECT !CONNECT UNASSIGNED"),
      ...each("mqtt.protocol_version", "4 5 3 >3 !4"),
      ...each("mqtt.qos", "0 1 2 !0"),
      ...each("mqtt.flags", "retain !dup dup,!retain dup"),
      ...each("mqtt.reason_code", "0 4 !0 >0"),
      ...each("mqtt.connect.flags", "username clean_session !will username,password will_retain"),
      ...each("mqtt.connack.session_present", "no yes true false"),
      ...each(
        "app-layer-event",
        "mqtt.missing_connect mqtt.double_connect mqtt.malformed_traffic mqtt.invalid_qos_level",
      ),
    ],
  },
  sip: {
    weight: 2,
    buffers: ["method", "protocol", "request_line", "response_line", "stat_code", "stat_msg", "uri"].map(
      (n) => `sip.${n}`,
    ),
    tests: ['frame:sip.pdu; content:"SIP"'],
  },
  snmp: {
    weight: 1,
    buffers: ["snmp.community", "snmp.usm"],
    tests: [...each("snmp.version", "1 2 3 >1 <3"), ...each("snmp.pdu_type", "0 1 2 5")],
  },
  krb5: {
    weight: 1,
    buffers: ["krb5.cname", "krb5.sname", "krb5_cname"],
    tests: [
      ...each("krb5_msg_type", "10 11 30 12 13"),
      ...each("krb5_err_code", "25 18"),
      "krb5.weak_encryption",
      ...each("krb5.ticket_encryption", "weak 23 !weak 18,17 !23"),
    ],
  },
  rfb: {
    weight: 1,
    buffers: ["rfb.name"],
    tests: [...each("rfb.secresult", "ok fail toomany unknown"), ...each("rfb.sectype", "2 >1 1 <5")],
  },
  quic: {
    weight: 1,
    buffers: [
      "quic.cyu.hash",
      "quic.cyu.string",
      "quic.sni",
      "quic.ua",
      "quic.version",
      "ja3.hash",
      "ja4.hash",
    ],
    tests: [
      'quic.cyu.hash; content:"a"',
      "app-layer-event:quic.failed_decrypt",
      "app-layer-event:quic.error_on_data",
    ],
  },
  ike: {
    weight: 1,
    buffers: ["ike.init_spi", "ike.resp_spi", "ike.nonce_payload", "ike.key_exchange_payload", "ike.vendor"],
    tests: [
      ...each("ike.exchtype", "2 34 >2 5"),
      ...each("ike.nonce_payload_length", ">10 20 <=32"),
      ...each("ike.key_exchange_payload_length", ">100 128"),
      ...each("ike.chosen_sa_attribute", "alg_hash=2 alg_enc=7 alg_auth=1 sa_life_type=1"),
    ],
  },
  smtp: { weight: 2, buffers: ["file.data", "file.name", PAYLOAD], tests: FILE_TESTS },
  ftp: {
    weight: 1,
    buffers: [PAYLOAD],
    tests: [
      "app-layer-event:ftp.request_command_too_long",
      "ftpbounce",
      'flow:to_server; content:"USER"; startswith',
    ],
  },
  "ftp-data": {
    weight: 1,
    buffers: ["file.data", "file.name", PAYLOAD],
    tests: [...each("ftpdata_command", "retr stor"), ...FILE_TESTS],
  },
  nfs: {
    weight: 1,
    buffers: ["file.data", "file.name"],
    tests: [...each("nfs_procedure", "1 >1 <10 6 0<>5"), ...each("nfs.version", "3 <4 >2 4")],
  },
  tcp: {
    weight: 5,
    buffers: ["tcp.hdr", "ipv4.hdr", "ipv6.hdr", PAYLOAD, PAYLOAD, PAYLOAD],
    tests: TCP_TESTS,
  },
  "tcp-pkt": { weight: 2, buffers: [PAYLOAD, "tcp.hdr"], tests: TCP_TESTS },
  "tcp-stream": { weight: 2, buffers: [PAYLOAD], tests: ["flow:established", "flow:to_client"] },
  udp: {
    weight: 3,
    buffers: ["udp.hdr", "ipv4.hdr", PAYLOAD, PAYLOAD],
    tests: each("dsize", ">0 <100 !0 50<>500"),
  },
  icmp: { weight: 2, buffers: ["icmpv4.hdr", "icmpv6.hdr", PAYLOAD], tests: ICMP_TESTS },
  http2: {
    weight: 2,
    buffers: [
      "http2.header_name",
      "http.uri",
      "http.host",
      "http.header",
      "http.user_agent",
      "file.data",
      "http.method",
      "http.stat_code",
      "http.request_header",
    ],
    tests: [
      ...each("http2.frametype", "DATA HEADERS SETTINGS GOAWAY WINDOWUPDATE"),
      ...each("http2.errorcode", "NO_ERROR CANCEL"),
      ...each("http2.priority", ">1 <100"),
      ...each("http2.window", ">1 65535"),
      ...each("http2.size_update", ">1"),
      ...each("http2.settings", "SETTINGS_MAX_CONCURRENT_STREAMS SETTINGS_ENABLE_PUSH"),
    ],
  },
  http1: {
    weight: 2,
    buffers: ["http.uri", "http.host", "http.header", "http.method"],
    tests: each("urilen", ">5"),
  },
  ip: { weight: 3, buffers: [PAYLOAD, "ip.src", "ip.dst", "ipv4.hdr"], tests: IP_TESTS },
  dhcp: {
    weight: 1,
    buffers: [],
    tests: [
      ...each("dhcp.leasetime", ">100 3600 <100000"),
      ...each("dhcp.renewal_time", "<100000 >1"),
      ...each("dhcp.rebinding_time", ">1"),
      "app-layer-event:dhcp.truncated_options",
    ],
  },
  ntp: { weight: 1, buffers: [], tests: ["flow:to_server", "app-layer-event:ntp.malformed_data"] },
  tftp: { weight: 1, buffers: [PAYLOAD], tests: [] },
  rdp: { weight: 1, buffers: [PAYLOAD], tests: ["flow:to_server"] },
  telnet: { weight: 1, buffers: [PAYLOAD], tests: ["flow:to_server"] },
};

/** Protocols over TCP, on whose rules tests of TCP may stand too. */
export const OVER_TCP: ReadonlySet<string> = new Set(
  "http http1 http2 tls ssh smb dcerpc mqtt smtp ftp ftp-data rfb rdp telnet tcp tcp-pkt tcp-stream".split(
    " ",
  ),
);
export const ANYWHERE_TESTS: readonly string[] = IP_TESTS;
export const STREAM_TESTS: readonly string[] = TCP_TESTS;

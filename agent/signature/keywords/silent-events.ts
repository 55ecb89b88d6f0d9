/**
 * Events of `app-layer-event` that never come here, each with the reason: rules on them load, and are told to never fire. Most
 * are names that Suricata 7.0.10 has and does not use either; the rest are bounds of its own queues and faults inside of it.
 * A test holds this list against what the parsers raise.
 */

const BOUND = "a bound of Suricata's own queues";
const FAULT = "a fault inside of Suricata";
const NO_ANSWERS = "questions and answers are not matched with each other, as in Suricata 7";

export const SILENT_EVENTS: ReadonlyMap<string, string> = new Map([
  ["applayer_proto_detection_skipped", "a stream that nobody recognises is given up much earlier"],
  ["dhcp.malformed_options", "options that cannot be read are told as dhcp.truncated_options"],
  ["http.double_encoded_uri", "a URI is decoded once, as with Suricata's shipped configuration"],
  ["http.failed_protocol_change", "a change of protocol cannot fail here"],
  ["http.file_name_too_long", "long names of files are cut without an event, as in Suricata 7"],
  ["http.invalid_authority_port", "told as http.request_uri_host_invalid"],
  [
    "http.invalid_server_port_in_request",
    "told as http.request_uri_host_invalid or http.request_header_host_invalid",
  ],
  [
    "http.invalid_transfer_encoding_value_in_response",
    "a response in an unknown coding is read until it ends, as in Suricata 7",
  ],
  ["http.lzma_memlimit_reached", "LZMA is not decompressed, as with Suricata's shipped configuration"],
  ["http.multipart_generic_error", FAULT],
  ["http.request_header_repetition", "repeated headers are joined, as in Suricata 7"],
  ["http.request_line_invalid", "told by what is wrong with the line"],
  [
    "http.request_line_missing_protocol",
    "a request line without a protocol is HTTP/0.9 or read as one, as in Suricata 7 as Debian ships it",
  ],
  ["http.request_server_port_tcp_port_mismatch", "the port of Host is not compared, as in Suricata 7"],
  ["http.response_header_repetition", "repeated headers are joined, as in Suricata 7"],
  ["http.too_many_warnings", BOUND],
  ["http.unknown_error", "every malformation has a name of its own"],
  ["http2.too_many_frames", BOUND],
  ["mqtt.missing_msg_id", "a packet without its identifier is told as mqtt.malformed_traffic"],
  ["mqtt.too_many_transactions", BOUND],
  ["nfs.malformed_data", "calls that cannot be read are passed over"],
  ["nfs.non_existing_version", "calls of versions that do not exist are passed over"],
  ["nfs.too_many_transactions", BOUND],
  ["nfs.unsupported_version", "calls of version 1 are passed over"],
  ["ntp.not_request", NO_ANSWERS],
  ["ntp.not_response", NO_ANSWERS],
  ["ntp.unsolicited_response", NO_ANSWERS],
  ["quic.error_on_header", "a packet whose header cannot be read is passed over"],
  ["rfb.malformed_message", "told as rfb.confused_state"],
  ["smb.internal_error", FAULT],
  ["smb.internal_parser_error", FAULT],
  ["smb.invalid_call_id", "calls of DCERPC are matched by their place"],
  ["smb.malformed_ntlmssp_response", "challenges of servers are not read"],
  ["smb.negotiate_malformed_dialects", "the list of dialects is read up to what is malformed"],
  ["smb.read_queue_cnt_exceeded", BOUND],
  ["smb.read_queue_size_exceeded", BOUND],
  ["smb.record_overflow", BOUND],
  ["smb.request_to_client", "records against their direction are passed over, as in Suricata 7"],
  ["smb.response_to_server", "records against their direction are passed over, as in Suricata 7"],
  ["smb.too_many_transactions", BOUND],
  ["smb.unusual_ntlmssp_order", "the order of NTLMSSP's messages is not judged"],
  ["smb.write_queue_cnt_exceeded", BOUND],
  ["smb.write_queue_size_exceeded", BOUND],
  ["smtp.failed_protocol_change", "a change of protocol cannot fail here"],
  ["smtp.max_command_line_len_exceeded", "told as smtp.truncated_line, as in Suricata 7"],
  ["smtp.max_reply_line_len_exceeded", "told as smtp.truncated_line, as in Suricata 7"],
  ["smtp.mime_malformed_msg", "a line that is no field of the header says nothing, as in Suricata 7"],
  ["smtp.unable_to_match_reply_with_request", "a reply without a command is passed over, as in Suricata 7"],
  ["tls.certificate_invalid_algorithmidentifier", "told as tls.certificate_invalid_der"],
  ["tls.certificate_invalid_validity", "told as tls.certificate_invalid_date"],
  ["tls.certificate_invalid_x509name", "told as tls.certificate_invalid_der"],
  ["tls.heartbeat_message", "a sound heartbeat is no event, as in Suricata 7"],
  ["tls.invalid_tls_header", "told by what is wrong with the header"],
  ["tls.too_many_records_in_packet", BOUND],
]);

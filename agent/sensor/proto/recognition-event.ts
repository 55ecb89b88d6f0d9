/** What may be strange about how the protocol of a flow was recognised, as bits; and Suricata's names, for `app-layer-event`. */
export const RecognitionEvent = {
  MISMATCH_BOTH_DIRECTIONS: 1,
  WRONG_DIRECTION_FIRST_DATA: 2,
  ONLY_ONE_DIRECTION: 4,
  NO_TLS_AFTER_STARTTLS: 8,
  UNEXPECTED_PROTOCOL: 16,
} as const;

export const RECOGNITION_EVENT_BITS: ReadonlyMap<string, number> = new Map([
  ["applayer_mismatch_protocol_both_directions", RecognitionEvent.MISMATCH_BOTH_DIRECTIONS],
  ["applayer_wrong_direction_first_data", RecognitionEvent.WRONG_DIRECTION_FIRST_DATA],
  ["applayer_detect_protocol_only_one_direction", RecognitionEvent.ONLY_ONE_DIRECTION],
  ["applayer_no_tls_after_starttls", RecognitionEvent.NO_TLS_AFTER_STARTTLS],
  ["applayer_unexpected_protocol", RecognitionEvent.UNEXPECTED_PROTOCOL],
  // Nothing is told by it: see silent-events.ts.
  ["applayer_proto_detection_skipped", 0],
]);

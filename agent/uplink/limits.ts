/** Owns the bounds of the uplink, each with its reason. Tests hand in shorter times. */

export const UPLINK_LIMITS = {
  /** Payload of a message from the broker; acknowledgements need 9 KB, commands less. */
  downPayloadBytes: 64 * 1024,
  /** Topic, properties and header on top of the payload. */
  downOverheadBytes: 2 * 1024,
  /** Sustained bytes per second from the broker; PUBACKs of 20,000 messages/s are a tenth of it. */
  downBytesPerSecond: 1024 * 1024,
  /** TCP, TLS and CONNACK together. */
  connectTimeoutMs: 20_000,
  keepaliveS: 60,
  /** A broker that owes PUBACKs and sends none for so long is left. */
  pubackTimeoutMs: 30_000,
  /** First and longest ceiling of the pause between two attempts to connect. */
  backoffFirstMs: 1_000,
  backoffLongestMs: 60_000,
  /** A connection of this age was healthy: the next pause begins small again. */
  healthyMs: 60_000,
  /** How long the monitor may take to acknowledge what the broker has taken; doubled with every silence, up to the longest. */
  ackTimeoutMs: 15_000,
  ackTimeoutLongestMs: 600_000,
  /** How long statements of state, one a minute of which some may be lost, may go unanswered. */
  stateAnswerMs: 135_000,
  /** At most so often a monitor that has just come makes the device send again. */
  freshEveryMs: 1_000,
  /** Unacknowledged messages at the start of a connection, after a silence, and at most. */
  ackWindowStart: 64,
  ackWindowSmallest: 16,
  /** Below mosquitto's default queue of 1000 messages for a subscriber, beyond which it drops. */
  ackWindowLargest: 512,
  /** Room beyond the window that only critical messages use. */
  criticalReserve: 64,
  /** Messages taken from the outbox at once. */
  leaseBatch: 128,
  /** The outbox is asked again so often although it announced nothing. */
  outboxPollMs: 10_000,
  /** Numbers kept in memory as published, for late acknowledgements. */
  publishedRemembered: 8_192,
  /** A message that waited longer is marked historical. */
  historicalMs: 60_000,
  healthEveryMs: 60_000,
  tickEveryMs: 1_000,
  /** MQTT 3.1.1 is kept for so long before version 5 is tried again. */
  protocolRetryMs: 6 * 3_600_000,
} as const;

export type UplinkLimits = { readonly [Key in keyof typeof UPLINK_LIMITS]: number };

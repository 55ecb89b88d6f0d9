import { SENDER_KEYS_BYTES } from "./initial-keys.js";

/** What is known of one direction of a QUIC flow. */
export class QuicSide {
  transaction = 0;
  /** Packets looked at; see the limits of the parser. */
  packets = 0;
  idlePackets = 0;
  /** Its hello is known, or given up. */
  hasHello = false;
  /** Nothing more is read of this direction. */
  isDone = false;
  hasFailedDecrypt = false;
  hasBadData = false;
}

/** What is kept of one QUIC flow. Memory: the keys and two small objects. */
export class QuicState {
  readonly client = new QuicSide();
  readonly server = new QuicSide();
  hasKeys = false;
  hasServerKeys = false;
  /** The version by which they are derived. */
  keysVersion = 0;
  /** Keys derived so far; a bound on the work a flow can cause. */
  derivations = 0;
  hasRetry = false;
  version = 0;
  /** Of the client, then of the server. */
  readonly keys = new Uint8Array(2 * SENDER_KEYS_BYTES);
}

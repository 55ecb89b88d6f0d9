import { MD5_BYTES } from "../../../base/hash/md5.js";
import { MAX_SERVER_NAME_BYTES } from "../tls/hello.js";
import { JA4_BYTES } from "../tls/ja4.js";
import { SENDER_KEYS_BYTES } from "./initial-keys.js";

/** Where things lie in `QuicState.memory`; the keys of the client, then those of the server, come first. */
export const QuicKept = {
  KEYS: 0,
  SERVER_NAME: 2 * SENDER_KEYS_BYTES,
  JA3: 2 * SENDER_KEYS_BYTES + MAX_SERVER_NAME_BYTES,
  JA4: 2 * SENDER_KEYS_BYTES + MAX_SERVER_NAME_BYTES + MD5_BYTES,
} as const;
const MEMORY_BYTES = QuicKept.JA4 + JA4_BYTES;

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

/** What is kept of one QUIC flow. Memory: about 400 bytes of content and two small objects. */
export class QuicState {
  readonly client = new QuicSide();
  readonly server = new QuicSide();
  hasKeys = false;
  /** Keys derived so far; a bound on the work a flow can cause. */
  derivations = 0;
  hasRetry = false;
  version = 0;
  /** −1 while the client has not named a server. */
  serverNameLength = -1;
  hasJa3 = false;
  hasJa4 = false;
  readonly memory = new Uint8Array(MEMORY_BYTES);

  keep(at: number, bytes: Uint8Array, offset: number, length: number): void {
    for (let i = 0; i < length; i++) this.memory[at + i] = bytes[offset + i]!;
  }
}

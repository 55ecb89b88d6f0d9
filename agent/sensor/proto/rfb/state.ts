/** What a flow remembers of an RFB handshake, for its EVE record: under 1 KiB. */

export const VERSION_BYTES = 3;
export const CHALLENGE_BYTES = 16;
export const PIXEL_FORMAT_BYTES = 16;
/** Longer names and reasons are cut. */
const MAX_TEXT_BYTES = 256;

/** What is expected next; each step belongs to one direction. */
export const RfbStep = {
  SERVER_VERSION: 0,
  CLIENT_VERSION: 1,
  SECURITY_TYPES: 2,
  SECURITY_SELECTION: 3,
  /** Version 3.3: the server decides. */
  SERVER_SECURITY_TYPE: 4,
  CHALLENGE: 5,
  RESPONSE: 6,
  SECURITY_RESULT: 7,
  FAILURE_REASON: 8,
  /** Nothing is expected any more, of the client least. */
  FAILURE_READ: 9,
  CLIENT_INIT: 10,
  SERVER_INIT: 11,
  DONE: 12,
  FAILED: 13,
} as const;
export type RfbStepCode = (typeof RfbStep)[keyof typeof RfbStep];

/** A text of at most MAX_TEXT_BYTES. */
class KeptText {
  readonly bytes = new Uint8Array(MAX_TEXT_BYTES);
  /** −1 before it was set. */
  length = -1;

  keep(bytes: Uint8Array, offset: number, length: number): void {
    this.length = Math.min(length, MAX_TEXT_BYTES);
    for (let i = 0; i < this.length; i++) this.bytes[i] = bytes[offset + i]!;
  }
}

export class RfbState {
  step: RfbStepCode = RfbStep.SERVER_VERSION;
  messages = 0;
  /** `003` and `008`, one behind the other; valid once the step is past them. */
  readonly serverVersion = new Uint8Array(2 * VERSION_BYTES);
  readonly clientVersion = new Uint8Array(2 * VERSION_BYTES);
  hasServerVersion = false;
  hasClientVersion = false;
  /** −1: not known. */
  securityType = -1;
  isTypeTold = false;
  readonly challenge = new Uint8Array(CHALLENGE_BYTES);
  readonly response = new Uint8Array(CHALLENGE_BYTES);
  hasChallenge = false;
  hasResponse = false;
  securityResult = -1;
  readonly failureReason = new KeptText();
  /** The client's wish to share the screen; −1: not known. */
  shared = -1;
  width = 0;
  height = 0;
  readonly pixelFormat = new Uint8Array(PIXEL_FORMAT_BYTES);
  readonly name = new KeptText();
}

/** The beginning of an SMB 3 connection (MS-SMB2) to a file server; what follows is encrypted and made of random bytes. */

import { ascii, hex, join, padded, u8, vector } from "./bytes.js";
import type { Random } from "./random.js";
import type { TcpConversation } from "./tcp-conversation.js";

export const SMB_PORT = 445;

const NEGOTIATE = 0;
const FLAG_RESPONSE = 1;
const DIALECT_3_0_2 = 0x0302;

/** Negotiate, then encrypted requests and answers of these lengths. */
export function talkSmb(conversation: TcpConversation, answerBytes: readonly number[]): void {
  const { random } = conversation;
  conversation.open().clientSends(negotiateRequest(random)).serverSends(negotiateResponse(random));
  for (const byteCount of answerBytes) {
    conversation
      .clientSends(encrypted(random, 120))
      .serverSends(encrypted(random, byteCount))
      .pause(random.between(200_000, 900_000));
  }
  conversation.close();
}

function negotiateRequest(random: Random): Uint8Array {
  const body = join(
    le16(36, 2, 1, 0),
    le32(0x7f),
    random.bytes(16),
    new Uint8Array(8),
    le16(0x0300, DIALECT_3_0_2),
  );
  return message(header(0), body);
}

function negotiateResponse(random: Random): Uint8Array {
  const body = join(
    le16(65, 1, DIALECT_3_0_2, 0),
    random.bytes(16),
    le32(0x2f),
    ...[1 << 20, 1 << 20, 1 << 20].map(le32),
    new Uint8Array(16),
    // No security blob: it would begin behind the header and these 64 bytes.
    le16(128, 0),
    le32(0),
  );
  return message(header(FLAG_RESPONSE), body);
}

function header(flags: number): Uint8Array {
  return padded(join(u8(0xfe), ascii("SMB"), le16(64, 0), le32(0), le16(NEGOTIATE, 31), le32(flags)), 64);
}

/** A transform header (signature, nonce, length, session) and ciphertext. */
function encrypted(random: Random, byteCount: number): Uint8Array {
  const sessionId = hex("0100000000040000");
  const nonce = padded(random.bytes(11), 16);
  return message(
    join(u8(0xfd), ascii("SMB"), random.bytes(16), nonce, le32(byteCount), le16(0, 1), sessionId),
    random.bytes(byteCount),
  );
}

/** Direct TCP transport: a zero byte and the length in three bytes. */
function message(...parts: readonly Uint8Array[]): Uint8Array {
  return join(u8(0), vector(3, ...parts));
}

function le16(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, value >>> 8]));
}

function le32(value: number): Uint8Array {
  return le16(value & 0xffff, value >>> 16);
}

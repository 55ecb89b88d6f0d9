/**
 * Owns the head of ONC RPC messages (RFC 5531): calls with program, version and procedure, behind which credentials
 * stand; replies with the number of their call. All numbers are 32 bit.
 */

import { readUint32 } from "../../wire/big-endian.js";

export const NFS_PROGRAM = 100_003;
/** Transaction, direction, RPC version, program, version, procedure. */
export const CALL_BYTES = 24;
/** Transaction, direction. */
export const REPLY_BYTES = 8;
const CALL = 0;
const REPLY = 1;
const RPC_VERSION = 2;
/** RFC 5531 9: opaque bodies of credentials. */
const MAX_AUTH_BYTES = 400;

export class RpcHead {
  isCall = false;
  transactionId = 0;
  program = 0;
  version = 0;
  procedure = 0;
  /** Where the arguments of a call begin; −1 where the credentials are not all here. */
  argumentsAt = -1;

  /** Read `bytes[at, end)`; false where it is no such head. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < REPLY_BYTES) return false;
    this.transactionId = readUint32(bytes, at);
    const direction = readUint32(bytes, at + 4);
    this.isCall = direction === CALL;
    if (direction === REPLY) return true;
    if (direction !== CALL || end - at < CALL_BYTES) return false;
    if (readUint32(bytes, at + 8) !== RPC_VERSION) return false;
    this.program = readUint32(bytes, at + 12);
    this.version = readUint32(bytes, at + 16);
    this.procedure = readUint32(bytes, at + 20);
    const verifier = behindAuth(bytes, at + CALL_BYTES, end);
    this.argumentsAt = verifier < 0 ? -1 : behindAuth(bytes, verifier, end);
    return true;
  }
}

/** Behind flavor, length and body of credentials at `at`; −1 where they do not fit. */
function behindAuth(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8) return -1;
  const length = readUint32(bytes, at + 4);
  const behind = at + 8 + ((length + 3) & ~3);
  return length > MAX_AUTH_BYTES || behind > end ? -1 : behind;
}

const ACCEPTED = 0;
const SUCCESS = 0;

/** What the reply at `bytes[at, end)` says; `resultAt` is where the results of a successful call begin, or −1. */
export function rpcReply(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly isAccepted: boolean; readonly resultAt: number } {
  if (end - at < REPLY_BYTES + 4 || readUint32(bytes, at + REPLY_BYTES) !== ACCEPTED) {
    return { isAccepted: false, resultAt: -1 };
  }
  const status = behindAuth(bytes, at + REPLY_BYTES + 4, end);
  const isSuccess = status >= 0 && end - status >= 4 && readUint32(bytes, status) === SUCCESS;
  return { isAccepted: true, resultAt: isSuccess ? status + 4 : -1 };
}

/**
 * Owns the operations of an NFS 4 COMPOUND (RFC 7530 14.2, RFC 5661): as many as can be told apart without knowing
 * the arguments of all; the walk ends at the first operation whose length is not known here.
 */

import { readUint32 } from "../../wire/big-endian.js";

/** Operations of a compound that are looked at. */
export const MAX_OPERATIONS = 32;
/** Lengths of arguments that are fixed, by operation. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  3: 4, // ACCESS
  4: 20, // CLOSE
  5: 12, // COMMIT
  8: 16, // DELEGRETURN
  10: 0, // GETFH
  16: 0, // LOOKUPP
  19: 4, // OPENATTR
  20: 20, // OPEN_CONFIRM
  23: 0, // PUTPUBFH
  24: 0, // PUTROOTFH
  25: 28, // READ
  27: 0, // READLINK
  30: 8, // RENEW
  31: 0, // RESTOREFH
  32: 0, // SAVEFH
  36: 16, // SETCLIENTID_CONFIRM
  53: 32, // SEQUENCE
};
const GETATTR = 9;
const LOOKUP = 15;
const PUTFH = 22;
const REMOVE = 28;

export class OperationList {
  count = 0;
  readonly operations = new Uint8Array(MAX_OPERATIONS);

  /** Read the arguments of a COMPOUND at `bytes[at, end)`: tag, minor version, operations. */
  read(bytes: Uint8Array, at: number, end: number): void {
    this.count = 0;
    let next = behindOpaque(bytes, at, end);
    if (next < 0 || end - next < 8) return;
    const count = Math.min(readUint32(bytes, next + 4), MAX_OPERATIONS);
    next += 8;
    for (let i = 0; i < count && end - next >= 4; i++) {
      const operation = readUint32(bytes, next);
      if (operation > 255) return;
      this.operations[this.count++] = operation;
      next = behindArguments(operation, bytes, next + 4, end);
      if (next < 0) return;
    }
  }
}

function behindArguments(operation: number, bytes: Uint8Array, at: number, end: number): number {
  const fixed = FIXED_BYTES[operation];
  if (fixed !== undefined) return at + fixed <= end ? at + fixed : -1;
  if (operation === PUTFH || operation === LOOKUP || operation === REMOVE)
    return behindOpaque(bytes, at, end);
  if (operation !== GETATTR || end - at < 4) return -1;
  const words = readUint32(bytes, at);
  return words <= 8 && at + 4 + 4 * words <= end ? at + 4 + 4 * words : -1;
}

/** Behind a length and so many octets, padded to four; −1 where they do not fit. */
function behindOpaque(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return -1;
  const length = readUint32(bytes, at);
  const behind = at + 4 + ((length + 3) & ~3);
  return length > 4096 || behind > end ? -1 : behind;
}

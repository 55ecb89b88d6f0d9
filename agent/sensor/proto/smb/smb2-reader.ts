/**
 * Owns the records of SMB 2 and 3 (MS-SMB2): log-ons, shares, file names, and where the data of reads, writes and
 * pipe transactions stands. Encrypted and compressed records are passed over by the parser.
 *
 * Everything is checked against the record before it is read; fields that point out of it are not followed.
 */

import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import type { MessageView } from "../message-view.js";
import { type DirectionId, TO_CLIENT } from "../protocols.js";
import { handOutTree, readLogOn } from "./log-on.js";
import { Smb2 } from "./names.js";
import { type DataSpan, Found, type FoundId, isDataStatus } from "./record.js";
import type { SmbFile, SmbState } from "./state.js";
import { setWideText } from "./wide-text.js";

export const SMB2_HEADER_BYTES = 64;
const FLAG_RESPONSE = 1;
const SHARE_TYPE_PIPE = 2;
/** Suricata's limits of a read and of a write. */
const MAX_TRANSFER_BYTES = 16 * 1024 * 1024;
const FSCTL_PIPE_TRANSCEIVE = 0x0011_c017;

export class Smb2Reader {
  readonly #span: DataSpan;

  constructor(span: DataSpan) {
    this.#span = span;
  }

  /** Read the record `bytes[at, end)`, which begins with a whole header. */
  read(
    state: SmbState,
    bytes: Uint8Array,
    at: number,
    end: number,
    direction: DirectionId,
    message: MessageView,
  ): FoundId {
    state.version = 2;
    state.command = readUint16Le(bytes, at + 12);
    state.isResponse = (bytes[at + 16]! & FLAG_RESPONSE) !== 0;
    state.requestId = readUint32Le(bytes, at + 24) + readUint32Le(bytes, at + 28) * 0x1_0000_0000;
    state.treeId = readUint32Le(bytes, at + 36);
    state.sessionId = readUint32Le(bytes, at + 40) + readUint32Le(bytes, at + 44) * 0x1_0000_0000;
    state.tree = state.treeById(state.treeId);
    state.file = undefined;
    if (state.isResponse !== (direction === TO_CLIENT)) return Found.NOTHING;
    if (!state.isResponse) return this.#request(state, bytes, at, end, message);
    if (state.command === Smb2.NEGOTIATE) state.endNegotiation(2);
    state.status = readUint32Le(bytes, at + 8);
    state.dosErrorClass = -1;
    return this.#response(state, bytes, at, end);
  }

  #request(state: SmbState, bytes: Uint8Array, at: number, end: number, message: MessageView): FoundId {
    const body = at + SMB2_HEADER_BYTES;
    const size = end - body;
    switch (state.command) {
      case Smb2.NEGOTIATE:
        state.beginNegotiation(2);
        return Found.NOTHING;
      case Smb2.SESSION_SETUP:
        if (size < 24) return Found.MALFORMED;
        return readLogOn(
          state,
          bytes,
          at,
          readUint16Le(bytes, body + 12),
          readUint16Le(bytes, body + 14),
          end,
          message,
        );
      case Smb2.TREE_CONNECT: {
        if (size < 8) return Found.MALFORMED;
        const path = at + readUint16Le(bytes, body + 4);
        const pathEnd = path + readUint16Le(bytes, body + 6);
        if (pathEnd > end) return Found.MALFORMED;
        const tree = state.newTree(state.requestId);
        setWideText(tree.path, bytes, path, pathEnd);
        handOutTree(state, tree, message);
        return Found.MESSAGE;
      }
      case Smb2.CREATE: {
        if (size < 48) return Found.MALFORMED;
        const name = at + readUint16Le(bytes, body + 44);
        const nameEnd = name + readUint16Le(bytes, body + 46);
        if (nameEnd > end) return Found.MALFORMED;
        const file = state.newFile(state.requestId, state.treeId);
        setWideText(file.name, bytes, name, nameEnd);
        state.file = file;
        return Found.NOTHING;
      }
      case Smb2.CLOSE:
        if (size >= 24) state.file = fileAt(state, bytes, body + 8);
        return Found.NOTHING;
      case Smb2.READ:
        if (size < 48) return Found.MALFORMED;
        if (isTooLarge(readUint32Le(bytes, body + 4), state.maxReadBytes))
          state.addOddity(AppLayerEvent.SMB_READ_REQUEST_TOO_LARGE);
        state.file = fileAt(state, bytes, body + 16);
        state.addRequest(state.requestId, Smb2.READ, state.file, readOffset(bytes, body + 8));
        return Found.NOTHING;
      case Smb2.WRITE: {
        if (size < 48) return Found.MALFORMED;
        const start = at + readUint16Le(bytes, body + 2);
        const length = readUint32Le(bytes, body + 4);
        if (isTooLarge(length, state.maxWriteBytes))
          state.addOddity(AppLayerEvent.SMB_WRITE_REQUEST_TOO_LARGE);
        state.file = fileAt(state, bytes, body + 16);
        return this.#span.take(state, bytes, start, length, end, readOffset(bytes, body + 8));
      }
      case Smb2.IOCTL: {
        if (size < 56 || readUint32Le(bytes, body + 4) !== FSCTL_PIPE_TRANSCEIVE) return Found.NOTHING;
        state.file = fileAt(state, bytes, body + 8);
        state.addRequest(state.requestId, Smb2.IOCTL, state.file, 0);
        const start = at + readUint32Le(bytes, body + 24);
        return this.#span.takePipe(state, start, readUint32Le(bytes, body + 28), end);
      }
      default:
        return Found.NOTHING;
    }
  }

  #response(state: SmbState, bytes: Uint8Array, at: number, end: number): FoundId {
    const body = at + SMB2_HEADER_BYTES;
    const size = end - body;
    const hasData = isDataStatus(state.status);
    if (!hasData) return Found.NOTHING;
    switch (state.command) {
      case Smb2.NEGOTIATE:
        if (size >= 6) state.dialect = readUint16Le(bytes, body + 4);
        if (size >= 40) takeLimits(state, readUint32Le(bytes, body + 32), readUint32Le(bytes, body + 36));
        return Found.NOTHING;
      case Smb2.TREE_CONNECT: {
        const tree = state.treeOfRequest(state.requestId);
        if (size < 16 || tree === undefined) return Found.NOTHING;
        tree.id = state.treeId;
        tree.requestId = -1;
        tree.isPipe = bytes[body + 2] === SHARE_TYPE_PIPE;
        return Found.NOTHING;
      }
      case Smb2.CREATE: {
        const file = state.fileOfRequest(state.requestId);
        if (size < 80 || file === undefined) return Found.NOTHING;
        for (let i = 0; i < 4; i++) file.id[i] = readUint32Le(bytes, body + 64 + 4 * i);
        file.requestId = -1;
        file.isOpen = true;
        return Found.NOTHING;
      }
      case Smb2.READ: {
        const request = state.requestOf(state.requestId, Smb2.READ);
        if (size < 16 || request === undefined) return Found.NOTHING;
        state.file = request.file;
        request.id = -1;
        const length = readUint32Le(bytes, body + 4);
        if (isTooLarge(length, state.maxReadBytes))
          state.addOddity(AppLayerEvent.SMB_READ_RESPONSE_TOO_LARGE);
        return this.#span.take(state, bytes, at + bytes[body + 2]!, length, end, request.fileOffset);
      }
      case Smb2.IOCTL: {
        const request = state.requestOf(state.requestId, Smb2.IOCTL);
        if (size < 48 || request === undefined) return Found.NOTHING;
        state.file = request.file;
        request.id = -1;
        return this.#span.takePipe(
          state,
          at + readUint32Le(bytes, body + 32),
          readUint32Le(bytes, body + 36),
          end,
        );
      }
      default:
        return Found.NOTHING;
    }
  }
}

/** Whether so many octets at once are more than the server lets, or more than Suricata does. */
function isTooLarge(length: number, limit: number): boolean {
  return length > MAX_TRANSFER_BYTES || (limit !== 0 && length > limit);
}

function takeLimits(state: SmbState, maxReadBytes: number, maxWriteBytes: number): void {
  state.maxReadBytes = maxReadBytes;
  state.maxWriteBytes = maxWriteBytes;
  if (maxReadBytes > MAX_TRANSFER_BYTES) state.addOddity(AppLayerEvent.SMB_NEGOTIATE_MAX_READ_SIZE_TOO_LARGE);
  if (maxWriteBytes > MAX_TRANSFER_BYTES)
    state.addOddity(AppLayerEvent.SMB_NEGOTIATE_MAX_WRITE_SIZE_TOO_LARGE);
}

function fileAt(state: SmbState, bytes: Uint8Array, at: number): SmbFile | undefined {
  return state.fileById(
    readUint32Le(bytes, at),
    readUint32Le(bytes, at + 4),
    readUint32Le(bytes, at + 8),
    readUint32Le(bytes, at + 12),
  );
}

function readOffset(bytes: Uint8Array, at: number): number {
  return readUint32Le(bytes, at) + readUint32Le(bytes, at + 4) * 0x1_0000_0000;
}

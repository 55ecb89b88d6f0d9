/**
 * Owns the records of SMB 1 (MS-CIFS, MS-SMB): log-ons, shares, file names, and where the data of reads, writes and
 * pipe transactions stands. Of commands that are chained (AndX, MS-CIFS 2.2.3.4) MAX_LINKS are read; each link lies behind the
 * one before it.
 *
 * Everything is checked against the record before it is read.
 */

import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import type { MessageView } from "../message-view.js";
import { asciiOctets, hasPrefix } from "../octets.js";
import { type DirectionId, TO_CLIENT } from "../protocols.js";
import { handOutTree, readLogOn } from "./log-on.js";
import { Smb1 } from "./names.js";
import { type DataSpan, Found, type FoundId, isDataStatus } from "./record.js";
import type { SmbFile, SmbState } from "./state.js";
import { setNarrowText, setWideText } from "./wide-text.js";

export const SMB1_HEADER_BYTES = 32;
const FLAG_RESPONSE = 0x80;
const FLAG2_UNICODE = 0x80;
const FLAG2_NT_STATUS = 0x40;
/** Commands of one record. */
const MAX_LINKS = 4;
const NO_FURTHER_COMMAND = 0xff;
/** LOCKING, OPEN, READ, WRITE, SESSION_SETUP, LOGOFF, TREE_CONNECT, NT_CREATE. */
const CHAINING_COMMANDS: ReadonlySet<number> = new Set([0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2]);
const TRANSACT_PIPE = 0x26;
const PIPE_SERVICE = asciiOctets("IPC");

export class Smb1Reader {
  readonly #span: DataSpan;

  constructor(span: DataSpan) {
    this.#span = span;
  }

  /**
   * Read the record `bytes[at, end)`, which begins with a whole header. Where it answers MESSAGE and `state.link` is not 0 it is to
   * be called again for the same record: a further command waits in it.
   */
  read(
    state: SmbState,
    bytes: Uint8Array,
    at: number,
    end: number,
    direction: DirectionId,
    message: MessageView,
  ): FoundId {
    state.version = 1;
    state.command = bytes[at + 4]!;
    state.isResponse = (bytes[at + 9]! & FLAG_RESPONSE) !== 0;
    state.treeId = readUint16Le(bytes, at + 24);
    state.sessionId = readUint16Le(bytes, at + 28);
    // Process and multiplex identifiers together name a request.
    state.requestId = readUint16Le(bytes, at + 26) * 0x1_0000 + readUint16Le(bytes, at + 30);
    state.tree = state.treeById(state.treeId);
    state.file = undefined;
    const isNtStatus = (bytes[at + 11]! & FLAG2_NT_STATUS) !== 0;
    state.dosErrorClass = isNtStatus ? -1 : bytes[at + 5]!;
    state.status = isNtStatus ? readUint32Le(bytes, at + 5) : readUint16Le(bytes, at + 7);
    if (state.isResponse !== (direction === TO_CLIENT) || end - at < SMB1_HEADER_BYTES + 3)
      return Found.NOTHING;
    if (state.isResponse && state.command === Smb1.NEGOTIATE) state.endNegotiation(1);
    if (state.isResponse && !isDataStatus(state.status)) return Found.NOTHING;
    const first = state.command;
    const found = this.#readLinks(state, bytes, at, end, message);
    state.command = first;
    return found;
  }

  /** The commands of a record from `state.link` on, up to one that has something to say. */
  #readLinks(state: SmbState, bytes: Uint8Array, at: number, end: number, message: MessageView): FoundId {
    const isWide = (bytes[at + 11]! & FLAG2_UNICODE) !== 0;
    let block = state.link > 0 ? state.link : SMB1_HEADER_BYTES;
    if (state.link > 0) state.command = state.linkCommand;
    else state.linkCount = 0;
    for (;;) {
      state.link = 0;
      state.linkCount++;
      const words = at + block + 1;
      if (words > end) return Found.NOTHING;
      const wordBytes = 2 * bytes[words - 1]!;
      if (words + wordBytes + 2 > end) return Found.NOTHING;
      const next = nextLink(state.command, bytes, words, wordBytes);
      const hasNext = next > block && state.linkCount < MAX_LINKS;
      const nextCommand = bytes[words]!;
      const found = state.isResponse
        ? this.#response(state, bytes, at, words, wordBytes, end)
        : this.#request(state, bytes, at, words, wordBytes, end, isWide, message);
      if (!hasNext || found === Found.DATA || found === Found.MALFORMED) return found;
      if (found === Found.MESSAGE) {
        state.link = next;
        state.linkCommand = nextCommand;
        return found;
      }
      block = next;
      state.command = nextCommand;
    }
  }

  #request(
    state: SmbState,
    bytes: Uint8Array,
    at: number,
    words: number,
    wordBytes: number,
    end: number,
    isWide: boolean,
    message: MessageView,
  ): FoundId {
    const data = words + wordBytes + 2;
    switch (state.command) {
      case Smb1.NEGOTIATE:
        state.beginNegotiation(1);
        return Found.NOTHING;
      case Smb1.SESSION_SETUP_ANDX:
        if (wordBytes !== 24) return Found.NOTHING;
        return readLogOn(state, bytes, data, 0, readUint16Le(bytes, words + 14), end, message);
      case Smb1.TREE_CONNECT_ANDX: {
        if (wordBytes < 8) return Found.MALFORMED;
        const password = readUint16Le(bytes, words + 6);
        return this.#treeConnect(state, bytes, at, data + password, end, isWide, message);
      }
      case Smb1.NT_CREATE_ANDX: {
        if (wordBytes < 48) return Found.MALFORMED;
        const name = isWide ? data + ((data - at) & 1) : data;
        const nameEnd = Math.min(name + readUint16Le(bytes, words + 5), end);
        const file = state.newFile(state.requestId, state.treeId);
        if (isWide) setWideText(file.name, bytes, name, nameEnd);
        else setNarrowText(file.name, bytes, name, nameEnd);
        state.file = file;
        return Found.NOTHING;
      }
      case Smb1.CLOSE:
        if (wordBytes >= 2) state.file = fileAt(state, bytes, words);
        return Found.NOTHING;
      case Smb1.READ_ANDX:
        if (wordBytes < 20) return Found.MALFORMED;
        state.file = fileAt(state, bytes, words + 4);
        state.addRequest(state.requestId, Smb1.READ_ANDX, state.file, readUint32Le(bytes, words + 6));
        return Found.NOTHING;
      case Smb1.WRITE_ANDX: {
        if (wordBytes < 24) return Found.MALFORMED;
        const length = readUint16Le(bytes, words + 18) * 0x1_0000 + readUint16Le(bytes, words + 20);
        state.file = fileAt(state, bytes, words + 4);
        const start = at + readUint16Le(bytes, words + 22);
        return this.#span.take(state, bytes, start, length, end, readUint32Le(bytes, words + 6));
      }
      case Smb1.TRANSACTION:
        if (wordBytes < 32 || readUint16Le(bytes, words + 28) !== TRANSACT_PIPE) return Found.NOTHING;
        state.file = fileAt(state, bytes, words + 30);
        state.addRequest(state.requestId, Smb1.TRANSACTION, state.file, 0);
        return this.#span.takePipe(
          state,
          at + readUint16Le(bytes, words + 24),
          readUint16Le(bytes, words + 22),
          end,
        );
      default:
        return Found.NOTHING;
    }
  }

  /** Path and service stand at `path`, each ended by NUL. */
  #treeConnect(
    state: SmbState,
    bytes: Uint8Array,
    at: number,
    path: number,
    end: number,
    isWide: boolean,
    message: MessageView,
  ): FoundId {
    if (path > end) return Found.MALFORMED;
    const tree = state.newTree(state.requestId);
    let service: number;
    if (isWide) {
      const start = path + ((path - at) & 1);
      setWideText(tree.path, bytes, start, end);
      service = start;
      while (service + 1 < end && (bytes[service] !== 0 || bytes[service + 1] !== 0)) service += 2;
      service += 2;
    } else {
      setNarrowText(tree.path, bytes, path, end);
      service = path;
      while (service < end && bytes[service] !== 0) service++;
      service += 1;
    }
    tree.isPipe = hasPrefix(bytes, service, end, PIPE_SERVICE);
    handOutTree(state, tree, message);
    return Found.MESSAGE;
  }

  #response(
    state: SmbState,
    bytes: Uint8Array,
    at: number,
    words: number,
    wordBytes: number,
    end: number,
  ): FoundId {
    switch (state.command) {
      case Smb1.NEGOTIATE:
        state.dialect = 1;
        return Found.NOTHING;
      case Smb1.TREE_CONNECT_ANDX: {
        const tree = state.treeOfRequest(state.requestId);
        if (tree === undefined) return Found.NOTHING;
        tree.id = state.treeId;
        tree.requestId = -1;
        tree.isPipe ||= hasPrefix(bytes, words + wordBytes + 2, end, PIPE_SERVICE);
        return Found.NOTHING;
      }
      case Smb1.NT_CREATE_ANDX: {
        const file = state.fileOfRequest(state.requestId);
        if (wordBytes < 8 || file === undefined) return Found.NOTHING;
        file.id[0] = readUint16Le(bytes, words + 5);
        file.requestId = -1;
        file.isOpen = true;
        return Found.NOTHING;
      }
      case Smb1.READ_ANDX: {
        const request = state.requestOf(state.requestId, Smb1.READ_ANDX);
        if (wordBytes < 24 || request === undefined) return Found.NOTHING;
        state.file = request.file;
        request.id = -1;
        const length = readUint16Le(bytes, words + 10) + readUint16Le(bytes, words + 14) * 0x1_0000;
        const start = at + readUint16Le(bytes, words + 12);
        return this.#span.take(state, bytes, start, length, end, request.fileOffset);
      }
      case Smb1.TRANSACTION: {
        const request = state.requestOf(state.requestId, Smb1.TRANSACTION);
        if (wordBytes < 20 || request === undefined) return Found.NOTHING;
        state.file = request.file;
        request.id = -1;
        const start = at + readUint16Le(bytes, words + 14);
        return this.#span.takePipe(state, start, readUint16Le(bytes, words + 12), end);
      }
      default:
        return Found.NOTHING;
    }
  }
}

/** Where the next command of the record stands, from its beginning; 0: there is none. */
function nextLink(command: number, bytes: Uint8Array, words: number, wordBytes: number): number {
  if (!CHAINING_COMMANDS.has(command) || wordBytes < 4 || bytes[words] === NO_FURTHER_COMMAND) return 0;
  return readUint16Le(bytes, words + 2);
}

function fileAt(state: SmbState, bytes: Uint8Array, at: number): SmbFile | undefined {
  return state.fileById(readUint16Le(bytes, at), 0, 0, 0);
}

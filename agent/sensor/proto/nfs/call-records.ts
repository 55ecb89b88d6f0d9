/**
 * Owns the EVE objects `rpc` and `nfs` of calls with their replies: who calls, what about, with which result. Used only where
 * records are wanted.
 *
 * A file that is read or written is one record, with the number of its pieces, as in Suricata. Its credentials are read with the
 * padding that XDR puts behind the machine's name.
 *
 * Bound: MAX_CALLS calls that wait for their reply, MAX_NAMES names of file handles; the oldest are forgotten.
 */

import { crc32 } from "../../../base/hash/crc32.js";
import { readUint32 } from "../../wire/big-endian.js";
import { eveText } from "../eve-text.js";
import type { RecordSink } from "../parser.js";
import { nfsProcedureName } from "./procedures.js";
import { type RpcHead, rpcReply } from "./rpc.js";
import { nfsStatusName } from "./statuses.js";

const MAX_CALLS = 64;
const MAX_NAMES = 256;
const MAX_HANDLE_BYTES = 64;
const MAX_NAME_BYTES = 1024;
const HANDLE_BYTES_2 = 32;
const AUTH_UNIX = 1;
const AUTH_NAMES: readonly string[] = ["NULL", "UNIX", "SHORT", "DES", "KERB"];
/** Keys of the records of files, apart from those of calls, which are 32-bit numbers. */
const FILE_KEYS = 2 ** 40;

interface Procedures {
  readonly read: number;
  readonly write: number;
  readonly rename: number;
  /** Those about a directory and a name in it. */
  readonly named: ReadonlySet<number>;
  /** Those whose reply gives the handle of that name. */
  readonly opening: ReadonlySet<number>;
  /** Those whose record Suricata leaves out: asked all the time. */
  readonly silent: number;
}

const VERSION_2: Procedures = {
  read: 6,
  write: 8,
  rename: 11,
  named: new Set([4, 9, 10, 11, 13, 14, 15]),
  opening: new Set([4, 9, 14]),
  silent: 1,
};
const VERSION_3: Procedures = {
  read: 6,
  write: 7,
  rename: 14,
  named: new Set([3, 8, 9, 12, 13, 14]),
  opening: new Set([3, 8, 9]),
  silent: 1,
};

interface Call {
  readonly id: number;
  readonly version: number;
  readonly procedure: number;
  readonly rpc: Readonly<Record<string, unknown>>;
  readonly handle: string;
  readonly hash: string | undefined;
  readonly name: string;
  readonly renamedTo: string | undefined;
}

export class CallRecords {
  readonly #calls = new Map<number, Call>();
  readonly #names = new Map<string, string>();
  /** Pieces of each file read or written so far, by direction and handle. */
  readonly #pieces = new Map<string, { readonly key: number; count: number }>();
  #id = 0;

  /** The call at `bytes[at, end)`, whose head was read; `procedure` is that of the operation it is about. */
  onCall(head: RpcHead, procedure: number, bytes: Uint8Array, at: number, end: number): void {
    this.#id++;
    const { version, transactionId } = head;
    const procedures = version === 2 ? VERSION_2 : VERSION_3;
    let handle = "";
    let hash: string | undefined;
    let next = head.argumentsAt;
    if (version <= 3 && next >= 0 && procedure > 0) {
      const length = version === 2 ? HANDLE_BYTES_2 : opaqueLength(bytes, next, end, MAX_HANDLE_BYTES);
      if (version === 3) next += 4;
      if (length > 0 && next + length <= end) {
        handle = String.fromCharCode(...bytes.subarray(next, next + length));
        hash = crc32(bytes, next, next + length).toString(16);
        next += (length + 3) & ~3;
      }
    }
    const isNamed = version <= 3 && handle !== "" && procedures.named.has(procedure);
    const [name, behind] = isNamed ? readName(bytes, next, end) : ["", next];
    const [renamedTo] =
      isNamed && procedure === procedures.rename
        ? readName(bytes, behindHandle(version, bytes, behind, end), end)
        : [undefined];
    if (this.#calls.size === MAX_CALLS) forgetFirst(this.#calls);
    this.#calls.set(transactionId, {
      id: this.#id,
      version,
      procedure,
      rpc: { xid: transactionId, ...credentials(bytes, at, end) },
      handle,
      hash,
      name: isNamed ? name : (this.#names.get(handle) ?? ""),
      renamedTo,
    });
  }

  /** The reply at `bytes[at, end)`. */
  onReply(transactionId: number, bytes: Uint8Array, at: number, end: number, sink: RecordSink): void {
    const call = this.#calls.get(transactionId);
    if (call === undefined) return;
    this.#calls.delete(transactionId);
    const reply = rpcReply(bytes, at, end);
    const { version, procedure, handle } = call;
    const procedures = version === 2 ? VERSION_2 : VERSION_3;
    const { resultAt } = reply;
    const hasStatus = procedure > 0 && resultAt >= 0 && resultAt + 4 <= end;
    const status = hasStatus ? readUint32(bytes, resultAt) : 0;
    if (version <= 3 && status === 0 && procedures.opening.has(procedure)) {
      this.#learn(version, procedure, call.name, bytes, resultAt + 4, end);
    }
    if (version <= 3 && procedure === procedures.silent) return;
    const isRead = procedure === procedures.read;
    const isFile = version <= 3 && (isRead || procedure === procedures.write);
    const nfs: Record<string, unknown> = {
      version,
      procedure: nfsProcedureName(version, procedure),
      filename: call.name,
      ...(call.hash === undefined ? {} : { hhash: call.hash }),
      id: call.id,
      file_tx: isFile,
      type: "response",
      status: nfsStatusName(status),
    };
    if (call.renamedTo !== undefined) nfs.rename = { from: call.name, to: call.renamedTo };
    const rpc = { ...call.rpc, status: reply.isAccepted ? "ACCEPTED" : "DENIED" };
    if (!isFile) {
      sink(transactionId, true, { rpc, nfs });
      return;
    }
    const piece = this.#pieceOf(`${procedure} ${handle}`);
    piece.count++;
    nfs[isRead ? "read" : "write"] = {
      first: true,
      last: true,
      last_xid: transactionId,
      chunks: piece.count,
    };
    sink(FILE_KEYS + piece.key, false, { rpc, nfs });
  }

  /** The handle that stands in a reply belongs to the name that was asked for. */
  #learn(version: number, procedure: number, name: string, bytes: Uint8Array, at: number, end: number): void {
    let start = at;
    let length = HANDLE_BYTES_2;
    if (version === 3) {
      // CREATE and MKDIR say first whether a handle follows.
      if (procedure !== 3) start += 4;
      length = opaqueLength(bytes, start, end, MAX_HANDLE_BYTES);
      start += 4;
    }
    if (length <= 0 || start + length > end) return;
    if (this.#names.size === MAX_NAMES) forgetFirst(this.#names);
    this.#names.set(String.fromCharCode(...bytes.subarray(start, start + length)), name);
  }

  #pieceOf(file: string): { readonly key: number; count: number } {
    let piece = this.#pieces.get(file);
    if (piece === undefined) {
      if (this.#pieces.size === MAX_NAMES) forgetFirst(this.#pieces);
      piece = { key: this.#id, count: 0 };
      this.#pieces.set(file, piece);
    }
    return piece;
  }
}

function forgetFirst(map: Map<unknown, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

/** The length of an opaque at `at`; −1 where it is not one of at most `max` octets. */
function opaqueLength(bytes: Uint8Array, at: number, end: number, max: number): number {
  if (at < 0 || end - at < 4) return -1;
  const length = readUint32(bytes, at);
  return length <= max ? length : -1;
}

function behindHandle(version: number, bytes: Uint8Array, at: number, end: number): number {
  if (version === 2) return at + HANDLE_BYTES_2;
  const length = opaqueLength(bytes, at, end, MAX_HANDLE_BYTES);
  return length < 0 ? end : at + 4 + ((length + 3) & ~3);
}

function readName(bytes: Uint8Array, at: number, end: number): [name: string, behind: number] {
  const length = opaqueLength(bytes, at, end, MAX_NAME_BYTES);
  if (length < 0 || at + 4 + length > end) return ["", end];
  return [eveText(bytes, at + 4, length), at + 4 + ((length + 3) & ~3)];
}

/** Kind of credentials, and of AUTH_UNIX (RFC 5531 appendix A) who calls. */
function credentials(bytes: Uint8Array, at: number, end: number): Record<string, unknown> {
  const flavorAt = at + 24;
  if (end - flavorAt < 8) return {};
  const flavor = readUint32(bytes, flavorAt);
  const auth = { auth_type: AUTH_NAMES[flavor] ?? String(flavor) };
  if (flavor !== AUTH_UNIX) return auth;
  const [machine, behind] = readName(bytes, flavorAt + 12, end);
  if (end - behind < 8) return auth;
  const creds = {
    machine_name: machine,
    uid: readUint32(bytes, behind),
    gid: readUint32(bytes, behind + 4),
  };
  return { ...auth, creds };
}

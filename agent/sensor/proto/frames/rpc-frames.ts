/** Units of NFS: ONC RPC calls and replies (RFC 5531, 9), over TCP behind a record mark (section 11). */
import { readUint32 } from "../../wire/big-endian.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { FrameKind } from "./frame-kinds.js";
import { type FlowNotes, type FrameSplitter, type FrameTeller, NOT_KNOWN } from "./frame-splitter.js";

const MARK_BYTES = 4;
/** Of a call: number, kind, version of RPC, program, version, procedure. */
const CALL_HEADER_BYTES = 24;
const CALL_VERSION_OFFSET = 16;
const REPLY_HEADER_BYTES = 8;
/** Of credentials and verifiers: their kind and length. */
const AUTHENTICATION_BYTES = 8;
const STATE_BYTES = 4;
const STATUS_BYTES = 4;
const NFS4_HEADER_BYTES = 8;
const NFS4 = 4;

export const rpcFrames: FrameSplitter = {
  tellsCut: false,

  measure(bytes, offset, end) {
    if (end - offset < MARK_BYTES) return NOT_KNOWN;
    return MARK_BYTES + (readUint32(bytes, offset) & 0x7fff_ffff);
  },

  tell(bytes, offset, end, direction, notes, tell) {
    tellRpc(bytes, offset, offset + MARK_BYTES, end, direction, notes, tell);
  },
};

/** @param start where the message begins, behind the record mark if there is one */
export function tellRpc(
  bytes: Uint8Array,
  offset: number,
  start: number,
  end: number,
  direction: DirectionId,
  notes: FlowNotes,
  tell: FrameTeller,
): void {
  tell(FrameKind.RPC_PDU, bytes, offset, end - offset);
  if (direction === TO_SERVER) {
    const credentials = start + CALL_HEADER_BYTES;
    const verifier = authenticationEnd(bytes, credentials, end);
    if (verifier < 0) return;
    notes.nfsVersion = readUint32(bytes, start + CALL_VERSION_OFFSET);
    tell(FrameKind.RPC_CREDENTIALS, bytes, credentials, verifier - credentials);
    const data = authenticationEnd(bytes, verifier, end);
    if (data >= 0) tellNfs(bytes, data, end, false, notes, tell);
    return;
  }
  const data = start + REPLY_HEADER_BYTES;
  if (data > end) return;
  tell(FrameKind.RPC_HEADER, bytes, offset, data - offset);
  tell(FrameKind.RPC_DATA, bytes, data, end - data);
  const accepted = authenticationEnd(bytes, data + STATE_BYTES, end);
  if (accepted >= 0) tellNfs(bytes, accepted + STATE_BYTES, end, true, notes, tell);
}

function tellNfs(
  bytes: Uint8Array,
  offset: number,
  end: number,
  isReply: boolean,
  { nfsVersion }: FlowNotes,
  tell: FrameTeller,
): void {
  if (nfsVersion === 0) return;
  const isVersion4 = nfsVersion === NFS4;
  const length = end - offset;
  tell(isVersion4 ? FrameKind.NFS4_PDU : FrameKind.NFS_PDU, bytes, offset, length);
  if (isReply && length >= STATUS_BYTES)
    tell(isVersion4 ? FrameKind.NFS4_STATUS : FrameKind.NFS_STATUS, bytes, offset, STATUS_BYTES);
  if (!isVersion4 || length < NFS4_HEADER_BYTES) return;
  tell(FrameKind.NFS4_HEADER, bytes, offset, NFS4_HEADER_BYTES);
  tell(FrameKind.NFS4_OPERATIONS, bytes, offset + NFS4_HEADER_BYTES, length - NFS4_HEADER_BYTES);
}

/** Behind credentials or a verifier at `offset`, −1 where they are not all there. */
function authenticationEnd(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset < AUTHENTICATION_BYTES) return -1;
  const behind = offset + AUTHENTICATION_BYTES + readUint32(bytes, offset + 4);
  return behind <= end ? behind : -1;
}

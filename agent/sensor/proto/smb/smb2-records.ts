/** Owns what records of SMB 2 and 3 (MS-SMB2 2.2) say in EVE, besides the contents of files and pipes. */

import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import { eveText } from "../eve-text.js";
import type { RecordSink } from "../parser.js";
import { Smb2 } from "./names.js";
import {
  createRequest,
  createResponse,
  type Eve,
  guidText,
  logOnFields,
  negotiate2Request,
  negotiate2Response,
  shareType,
  textAt,
} from "./record-fields.js";
import { SMB2_HEADER_BYTES } from "./smb2-reader.js";
import type { SmbState } from "./state.js";
import type { TransactionRecords } from "./transaction-records.js";

const STATUS_SUCCESS = 0;
const STATUS_PENDING = 0x103;
const FSCTL_PIPE_TRANSCEIVE = 0x0011_c017;
const SHARE_PIPE = 2;

/** Commands whose requests have no record of their own (as in Suricata). */
const SILENT: ReadonlySet<number> = new Set([Smb2.READ, Smb2.WRITE, Smb2.GET_INFO, Smb2.SET_INFO]);

export function addSmb2(
  records: TransactionRecords,
  state: SmbState,
  bytes: Uint8Array,
  at: number,
  end: number,
  sink: RecordSink,
): void {
  const { command, isResponse } = state;
  const body = at + SMB2_HEADER_BYTES;
  if (SILENT.has(command) || isPipeCall(state, bytes, body, end)) return;
  if (!isResponse) {
    const extra = requestFields(records, command, bytes, at, body, end);
    sink(records.key(state), false, { smb: { ...records.requestHead(state), ...extra } });
    return;
  }
  if (state.status === STATUS_PENDING) return;
  const extra = responseFields(state, bytes, body, end);
  // A client that offered SMB 2 in a negotiation of SMB 1 is answered in SMB 2.
  const isOfSmb1 = command === Smb2.NEGOTIATE && records.isNegotiating1 && !records.isNegotiating2;
  const { session_id, tree_id, ...head } = records.responseHead(state);
  const identifiers = command === Smb2.NEGOTIATE ? {} : { session_id, tree_id };
  sink(isOfSmb1 ? NEGOTIATION_1 : records.key(state), true, { smb: { ...head, ...identifiers, ...extra } });
  if (command === Smb2.NEGOTIATE) {
    records.isNegotiating1 = false;
    records.isNegotiating2 = false;
  }
}

/** The key of the negotiation of SMB 1, of which a connection has one. */
export const NEGOTIATION_1 = -1;

function isPipeCall(state: SmbState, bytes: Uint8Array, body: number, end: number): boolean {
  const isControl = state.command === Smb2.IOCTL && end - body >= 8;
  return isControl && readUint32Le(bytes, body + 4) === FSCTL_PIPE_TRANSCEIVE;
}

function requestFields(
  records: TransactionRecords,
  command: number,
  bytes: Uint8Array,
  at: number,
  body: number,
  end: number,
): Eve {
  const size = end - body;
  const span = (offsetAt: number): readonly [start: number, end: number] => {
    const start = at + readUint16Le(bytes, offsetAt);
    return [start, Math.min(start + readUint16Le(bytes, offsetAt + 2), end)];
  };
  if (command === Smb2.NEGOTIATE) {
    records.isNegotiating2 = true;
    return negotiate2Request(bytes, body, end);
  }
  if (command === Smb2.SESSION_SETUP && size >= 24) return logOnFields(bytes, ...span(body + 12));
  if (command === Smb2.TREE_CONNECT && size >= 8) {
    return { share: textAt(bytes, ...span(body + 4), true), share_type: "UNKNOWN" };
  }
  if (command === Smb2.CREATE && size >= 48) {
    const name = textAt(bytes, ...span(body + 44), true);
    return createRequest(name, readUint32Le(bytes, body + 36), readUint32Le(bytes, body + 40));
  }
  return {};
}

function responseFields(state: SmbState, bytes: Uint8Array, body: number, end: number): Eve {
  const { command, status } = state;
  const size = end - body;
  if (command === Smb2.NEGOTIATE) return negotiate2Response(bytes, body, end);
  if (status !== STATUS_SUCCESS) return {};
  if (command === Smb2.TREE_CONNECT && size >= 16) {
    const type = bytes[body + 2]!;
    const path = state.treeById(state.treeId)?.path;
    const isPipe = type === SHARE_PIPE && path !== undefined;
    const name = isPipe ? eveText(path.bytes, 0, path.length) : "";
    return { share_type: shareType(type), ...(isPipe ? { share: undefined, named_pipe: name } : {}) };
  }
  if (command === Smb2.CREATE && size >= 80) {
    return createResponse(bytes, body + 8, body + 48, guidText(bytes, body + 64));
  }
  return {};
}

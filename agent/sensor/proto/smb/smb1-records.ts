/**
 * Owns what records of SMB 1 (MS-CIFS 2.2.4, MS-SMB) say in EVE, besides the contents of files and pipes. Each command of a chain
 * (AndX) has its own record.
 */

import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import type { RecordSink } from "../parser.js";
import { Smb1 } from "./names.js";
import {
  behindText,
  createRequest,
  createResponse,
  dialects1,
  type Eve,
  guidText,
  logOnFields,
  textAt,
  treePath,
} from "./record-fields.js";
import { SMB1_HEADER_BYTES } from "./smb1-reader.js";
import { NEGOTIATION_1 } from "./smb2-records.js";
import type { SmbState } from "./state.js";
import type { TransactionRecords } from "./transaction-records.js";

/** Chained commands of one record: more than that is no client. */
const MAX_CHAIN = 8;
const NO_COMMAND = 0xff;
const LOCKING_ANDX = 0x24;
const TRANSACTION2_SECONDARY = 0x33;
const NT_CANCEL = 0xa4;
const WRITE = 0x0b;
const WRITE_AND_CLOSE = 0x2c;
const CAPABILITY_EXTENDED_SECURITY = 0x8000_0000;
/** Words of a session set-up with a security blob, in octets; without one it has 26. */
const EXTENDED_SETUP_BYTES = 24;

/** Commands whose requests have no record of their own (as in Suricata). */
const SILENT: ReadonlySet<number> = new Set([
  Smb1.READ_ANDX,
  Smb1.WRITE_ANDX,
  Smb1.TRANSACTION,
  Smb1.TRANSACTION2,
  WRITE,
  WRITE_AND_CLOSE,
]);
const UNANSWERED: ReadonlySet<number> = new Set([LOCKING_ANDX, TRANSACTION2_SECONDARY, NT_CANCEL]);
const CHAINING: ReadonlySet<number> = new Set([
  LOCKING_ANDX,
  0x2d,
  Smb1.READ_ANDX,
  Smb1.WRITE_ANDX,
  Smb1.SESSION_SETUP_ANDX,
  0x74,
  Smb1.TREE_CONNECT_ANDX,
  Smb1.NT_CREATE_ANDX,
]);

/** One command with its words and data, as far as they are here. */
interface Block {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
  readonly words: number;
  readonly wordBytes: number;
  readonly data: number;
  readonly isWide: boolean;
}

export function addSmb1(
  records: TransactionRecords,
  state: SmbState,
  bytes: Uint8Array,
  at: number,
  end: number,
  sink: RecordSink,
): void {
  let { command } = state;
  let block = at + SMB1_HEADER_BYTES;
  const isWide = (bytes[at + 11]! & 0x80) !== 0;
  for (let i = 0; i < MAX_CHAIN && block < end; i++) {
    const words = block + 1;
    const wordBytes = 2 * bytes[block]!;
    const data = Math.min(words + wordBytes + 2, end);
    const isCut = words + wordBytes > end;
    const part: Block = { bytes, at, end, words, wordBytes: isCut ? 0 : wordBytes, data, isWide };
    addCommand(records, state, command, part, sink);
    if (!CHAINING.has(command) || part.wordBytes < 4) return;
    const next = bytes[words]!;
    const offset = readUint16Le(bytes, words + 2);
    if (next === NO_COMMAND || at + offset <= block) return;
    command = next;
    block = at + offset;
  }
}

function addCommand(
  records: TransactionRecords,
  state: SmbState,
  command: number,
  block: Block,
  sink: RecordSink,
): void {
  if (SILENT.has(command)) return;
  const isNegotiation = command === Smb1.NEGOTIATE;
  const key = isNegotiation ? NEGOTIATION_1 : records.key(state, command);
  if (!state.isResponse) {
    const extra = requestFields(records, state, command, block);
    const head = records.requestHead(state, command);
    sink(key, UNANSWERED.has(command), {
      smb: { ...head, ...(isNegotiation ? NO_IDENTIFIERS : {}), ...extra },
    });
    return;
  }
  const extra = responseFields(records, state, command, block);
  const head = records.responseHead(state);
  sink(key, true, { smb: { ...head, ...(isNegotiation ? NO_IDENTIFIERS : {}), ...extra } });
  if (isNegotiation) records.isNegotiating1 = false;
}

const NO_IDENTIFIERS: Eve = { session_id: 0, tree_id: 0 };

function requestFields(records: TransactionRecords, state: SmbState, command: number, block: Block): Eve {
  const { bytes, words, wordBytes, data, end, isWide } = block;
  switch (command) {
    case Smb1.NEGOTIATE:
      records.offeredDialects = dialects1(bytes, data, end);
      records.isNegotiating1 = true;
      return { client_dialects: records.offeredDialects };
    case Smb1.SESSION_SETUP_ANDX:
      return setupFields(block);
    case Smb1.TREE_CONNECT_ANDX: {
      if (wordBytes < 8) return {};
      const path = aligned(block, data + readUint16Le(bytes, words + 6));
      const service = textAt(bytes, behindText(bytes, path, end, isWide), end, false);
      const name = treePath(textAt(bytes, path, end, isWide));
      return { [state.tree?.isPipe ? "named_pipe" : "share"]: name, service: { request: service } };
    }
    case Smb1.NT_CREATE_ANDX: {
      if (wordBytes < 48) return {};
      const name = textAt(bytes, aligned(block, data), end, isWide);
      return createRequest(name, readUint32Le(bytes, words + 35), readUint32Le(bytes, words + 39));
    }
    default:
      return {};
  }
}

function responseFields(records: TransactionRecords, state: SmbState, command: number, block: Block): Eve {
  const { bytes, words, wordBytes, data, end } = block;
  switch (command) {
    case Smb1.NEGOTIATE: {
      if (wordBytes < 2) return {};
      records.dialect1 = records.offeredDialects[readUint16Le(bytes, words)];
      const dialect = records.dialect1 === undefined ? {} : { dialect: records.dialect1 };
      const isExtended =
        wordBytes === 34 && (readUint32Le(bytes, words + 19) & CAPABILITY_EXTENDED_SECURITY) !== 0;
      return { ...dialect, server_guid: isExtended && data + 16 <= end ? guidText(bytes, data) : "" };
    }
    case Smb1.SESSION_SETUP_ANDX: {
      const start = wordBytes >= 8 ? data + readUint16Le(bytes, words + 6) : data;
      return { response: nativeNames(block, aligned(block, start)) };
    }
    case Smb1.TREE_CONNECT_ANDX:
      return state.status === 0 ? { service: { response: textAt(bytes, data, end, false) } } : {};
    case Smb1.NT_CREATE_ANDX: {
      if (state.status !== 0 || wordBytes < 68) return {};
      const fuid = readUint16Le(bytes, words + 5)
        .toString(16)
        .padStart(4, "0");
      return createResponse(bytes, words + 11, words + 55, fuid);
    }
    default:
      return {};
  }
}

/** A log-on with a security blob, or with passwords and names in clear. */
function setupFields(block: Block): Eve {
  const { bytes, words, wordBytes, data, end, isWide } = block;
  if (wordBytes === EXTENDED_SETUP_BYTES) {
    const blobEnd = Math.min(data + readUint16Le(bytes, words + 14), end);
    return { ...logOnFields(bytes, data, blobEnd), request: nativeNames(block, aligned(block, blobEnd)) };
  }
  if (wordBytes !== 26) return {};
  const passwords = readUint16Le(bytes, words + 14) + readUint16Le(bytes, words + 16);
  const account = aligned(block, Math.min(data + passwords, end));
  const domain = behindText(bytes, account, end, isWide);
  return {
    ntlmssp: {
      domain: textAt(bytes, domain, end, isWide),
      user: textAt(bytes, account, end, isWide),
      host: "",
    },
    request: nativeNames(block, behindText(bytes, domain, end, isWide)),
  };
}

/** System and program of one side, each ended by NUL. */
function nativeNames(block: Block, at: number): Eve {
  const { bytes, end, isWide } = block;
  const program = behindText(bytes, at, end, isWide);
  return { native_os: textAt(bytes, at, end, isWide), native_lm: textAt(bytes, program, end, isWide) };
}

/** Wide text begins at an even distance from the header. */
function aligned(block: Block, at: number): number {
  return block.isWide ? at + ((at - block.at) & 1) : at;
}

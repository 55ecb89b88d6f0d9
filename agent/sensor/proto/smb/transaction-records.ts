/**
 * Owns the EVE records of SMB: one for each request with its answer, as Suricata makes them. Reads and writes of files have
 * none but the first of each file; calls in pipes have one instead of those of the writes and reads that carry them. Used only
 * where records are wanted; rules are matched without it.
 *
 * Bound: what waits for its answer waits in the sink; here stand a count, and the calls of pipes (PduRecords each).
 */

import type { DcerpcAssociation } from "../dcerpc/association.js";
import type { PduHeader } from "../dcerpc/pdu.js";
import { PduRecords } from "../dcerpc/pdu-records.js";
import { eveText } from "../eve-text.js";
import type { RecordSink } from "../parser.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { smbCommandName, smbDialectName } from "./names.js";
import { type Eve, treePath } from "./record-fields.js";
import { addSmb1 } from "./smb1-records.js";
import { addSmb2 } from "./smb2-records.js";
import type { SmbFile, SmbState } from "./state.js";
import { smbDosErrorName, smbStatusName } from "./statuses.js";

/** Keys: requests of SMB 1 have their command and identifier, those of SMB 2 their message number, calls their pipe and number. */
const SMB2_KEYS = 2 ** 44;
const CALL_KEYS = 2 ** 48;
const FILE_KEYS = 2 ** 50;
const IDENTIFIERS = 2 ** 32;
const MAX_PIPES = 256;
/** Octets in front of the stub data of a response in a pipe. */
const RESPONSE_HEAD_BYTES = 24;

export class TransactionRecords {
  /** Names of the dialects the client offered with SMB 1. */
  offeredDialects: readonly string[] = [];
  /** What was agreed upon with SMB 1. */
  dialect1: string | undefined;
  /** A negotiation of SMB 1 or 2 waits for its answer. */
  isNegotiating1 = false;
  isNegotiating2 = false;
  #count = 0;
  readonly #pipes = new WeakMap<
    DcerpcAssociation,
    { readonly number: number; readonly records: PduRecords }
  >();
  #pipeCount = 0;
  readonly #files = new WeakSet<SmbFile>();

  /** The record `bytes[at, end)`, as far as it is here; `state` holds its header. */
  onRecord(state: SmbState, bytes: Uint8Array, at: number, end: number, sink: RecordSink): void {
    if (state.version === 1) addSmb1(this, state, bytes, at, end, sink);
    else addSmb2(this, state, bytes, at, end, sink);
  }

  /** A fragment in a pipe, whose header was read. */
  onPdu(
    state: SmbState,
    association: DcerpcAssociation,
    header: PduHeader,
    bytes: Uint8Array,
    at: number,
    end: number,
    direction: DirectionId,
    sink: RecordSink,
  ): void {
    let pipe = this.#pipes.get(association);
    if (pipe === undefined) {
      pipe = {
        number: this.#pipeCount++ % MAX_PIPES,
        records: new PduRecords(true, RESPONSE_HEAD_BYTES),
      };
      this.#pipes.set(association, pipe);
    }
    const { callId, isNew, isLast, dcerpc } = pipe.records.add(
      association,
      header,
      bytes,
      at,
      end,
      direction,
    );
    const isRequest = direction === TO_SERVER;
    // Calls are told by who asks: the answer comes with another command.
    const head = isNew ? this.requestHead(state) : {};
    Object.assign(head, isRequest ? {} : this.responseHead(state));
    sink(CALL_KEYS + pipe.number * IDENTIFIERS + callId, isLast, { smb: { ...head, dcerpc } });
  }

  /** Octets of a file are read or written: it has a record, once. */
  onFile(state: SmbState, file: SmbFile, sink: RecordSink): void {
    if (this.#files.has(file)) return;
    this.#files.add(file);
    const tree = state.treeById(file.treeId) ?? state.tree;
    const text = (buffer: { readonly bytes: Uint8Array; readonly length: number }): string =>
      eveText(buffer.bytes, 0, buffer.length);
    sink(FILE_KEYS, true, {
      smb: {
        ...this.requestHead(state),
        filename: text(file.name),
        share: tree === undefined ? "" : state.version === 1 ? treePath(text(tree.path)) : text(tree.path),
      },
    });
  }

  key(state: SmbState, command = state.command): number {
    if (state.version === 2) return SMB2_KEYS + (state.requestId % IDENTIFIERS);
    return command * IDENTIFIERS + state.requestId;
  }

  requestHead(state: SmbState, command = state.command): Eve {
    return { id: ++this.#count, ...this.#head(state), command: smbCommandName(state.version, command) };
  }

  /** What an answer says over its request's head; the identifiers stand there for certain. */
  responseHead(state: SmbState): Eve {
    const { status, dosErrorClass } = state;
    const isDosError = dosErrorClass >= 0;
    return {
      ...this.#head(state),
      status: isDosError ? smbDosErrorName(dosErrorClass, status) : smbStatusName(status),
      status_code: `0x${status.toString(16).padStart(isDosError ? 4 : 1, "0")}`,
    };
  }

  #head(state: SmbState): Eve {
    const dialect =
      state.dialect > 1 ? smbDialectName(state.dialect) : (this.dialect1 ?? smbDialectName(state.dialect));
    return { dialect, session_id: state.sessionId, tree_id: state.treeId };
  }
}

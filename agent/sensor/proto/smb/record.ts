/** What reading one record of SMB found, read over and over. */

import { looksLikePdu } from "../dcerpc/pdu.js";
import type { SmbFile, SmbState } from "./state.js";

/** NTSTATUS of the responses that carry data (MS-ERREF 2.3): all of it, or as much as was asked for. */
const STATUS_SUCCESS = 0;
const STATUS_BUFFER_OVERFLOW = 0x8000_0005;

export function isDataStatus(status: number): boolean {
  return status === STATUS_SUCCESS || status === STATUS_BUFFER_OVERFLOW;
}

export const Found = { NOTHING: 0, MESSAGE: 1, DATA: 2, MALFORMED: 3 } as const;
export type FoundId = (typeof Found)[keyof typeof Found];

/** The data of a write, a read or a pipe transaction: where it stands, whose it is. */
export class DataSpan {
  start = 0;
  length = 0;
  file: SmbFile | undefined;
  isPipe = false;
  /** Where it belongs in its file. */
  fileOffset = 0;

  /**
   * Data of a write or read, `length` octets at `start` of a record that ends at `end` as far as it is here: of a
   * pipe, or of a file at `fileOffset`. What stands in a share that was not seen is told by its first octets.
   */
  take(
    state: SmbState,
    bytes: Uint8Array,
    start: number,
    length: number,
    end: number,
    fileOffset: number,
  ): FoundId {
    if (length === 0 || start > end) return Found.NOTHING;
    const tree = state.file === undefined ? state.tree : state.treeById(state.file.treeId);
    const isPipe = tree?.isPipe ?? (end - start >= 4 && looksLikePdu(bytes, start, end));
    if (isPipe) return this.takePipe(state, start, length, end);
    this.#set(start, length, state.file, false, fileOffset);
    return Found.DATA;
  }

  /** What is written to a pipe or read from it. A pipe whose opening was not seen has a conversation too. */
  takePipe(state: SmbState, start: number, length: number, end: number): FoundId {
    if (length === 0 || start > end) return Found.NOTHING;
    state.file ??= state.newFile(-1, state.treeId);
    this.#set(start, length, state.file, true, 0);
    return Found.DATA;
  }

  #set(start: number, length: number, file: SmbFile | undefined, isPipe: boolean, fileOffset: number): void {
    this.start = start;
    this.length = length;
    this.file = file;
    this.isPipe = isPipe;
    this.fileOffset = fileOffset;
  }
}

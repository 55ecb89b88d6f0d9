/** What reading one record of SMB found, read over and over. */

import type { SmbFile } from "./state.js";

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

  set(start: number, length: number, file: SmbFile | undefined, isPipe: boolean, fileOffset: number): void {
    this.start = start;
    this.length = length;
    this.file = file;
    this.isPipe = isPipe;
    this.fileOffset = fileOffset;
  }
}

/**
 * Owns the data connections that control connections of FTP have announced: who will connect to whom, on which
 * port, for which file.
 *
 * Bound: MAX_EXPECTED rows, each with a name of MAX_NAME_OCTETS at most; a row is forgotten after EXPIRY_US
 * (Suricata's 30 seconds), when its connection comes, or for a newer one when all are taken.
 */

import type { ParserInput } from "../parser.js";

/** What is transferred, as `ftpdata_command` names it. */
export const FtpTransfer = { RETR: 1, STOR: 2 } as const;
export type FtpTransferId = (typeof FtpTransfer)[keyof typeof FtpTransfer];

const MAX_EXPECTED = 64;
export const MAX_NAME_OCTETS = 255;
const EXPIRY_US = 30_000_000;

export class ExpectedTransfers {
  /** Rows that were given to a newer connection before their own came, since construction. */
  evictions = 0;
  readonly #addresses = new Uint32Array(MAX_EXPECTED * 8);
  readonly #ports = new Uint16Array(MAX_EXPECTED);
  /** 0: the row is free. */
  readonly #expiryUs = new Float64Array(MAX_EXPECTED);
  readonly #transfers = new Uint8Array(MAX_EXPECTED);
  readonly #names = new Uint8Array(MAX_EXPECTED * MAX_NAME_OCTETS);
  readonly #nameLengths = new Uint8Array(MAX_EXPECTED);
  /** The rows in use, those among them that have expired since included: each stream that nobody knows yet is looked up. */
  readonly #used = new Uint16Array(MAX_EXPECTED);
  #usedCount = 0;

  /**
   * Expect a connection of one end of the control connection shown in `control` to `port` of the other.
   *
   * @param isToClient the server connects to the client (after PORT)
   */
  add(
    control: ParserInput,
    isToClient: boolean,
    port: number,
    transfer: FtpTransferId,
    name: Uint8Array,
    nameLength: number,
  ): void {
    const row = this.#freeRow(control.timeUs);
    const { addressOffset } = control;
    const from = isToClient ? control.serverAddresses : control.clientAddresses;
    const to = isToClient ? control.clientAddresses : control.serverAddresses;
    for (let i = 0; i < 4; i++) {
      this.#addresses[row * 8 + i] = from[addressOffset + i]!;
      this.#addresses[row * 8 + 4 + i] = to[addressOffset + i]!;
    }
    const length = Math.min(nameLength, MAX_NAME_OCTETS);
    for (let i = 0; i < length; i++) this.#names[row * MAX_NAME_OCTETS + i] = name[i]!;
    this.#nameLengths[row] = length;
    this.#ports[row] = port;
    this.#transfers[row] = transfer;
    this.#expiryUs[row] = control.timeUs + EXPIRY_US;
    if (!this.#used.subarray(0, this.#usedCount).includes(row)) this.#used[this.#usedCount++] = row;
  }

  /** The row of the connection shown in `input`, −1 where it was not announced. The row is free from now on. */
  take(input: ParserInput): number {
    if (this.#usedCount === 0) return -1;
    const isFromClient = input.direction === 0;
    const port = isFromClient ? input.destinationPort : input.sourcePort;
    for (let i = 0; i < this.#usedCount; ) {
      const row = this.#used[i]!;
      const lateUs = input.timeUs - this.#expiryUs[row]!;
      const isFound = lateUs <= 0 && this.#ports[row] === port && this.#isBetween(row, input);
      // What a flow said that is only now over is older than what others have said since.
      if (!isFound && lateUs <= EXPIRY_US) {
        i++;
        continue;
      }
      this.#used[i] = this.#used[--this.#usedCount]!;
      this.#expiryUs[row] = 0;
      if (isFound) return row;
    }
    return -1;
  }

  transferOf(row: number): FtpTransferId {
    return this.#transfers[row] === FtpTransfer.STOR ? FtpTransfer.STOR : FtpTransfer.RETR;
  }

  /** Copy the file name of a row that was taken last to `target`; returns its length. */
  copyName(row: number, target: Uint8Array): number {
    const length = this.#nameLengths[row]!;
    for (let i = 0; i < length; i++) target[i] = this.#names[row * MAX_NAME_OCTETS + i]!;
    return length;
  }

  #isBetween(row: number, input: ParserInput): boolean {
    const { addressOffset } = input;
    for (let i = 0; i < 4; i++) {
      if (this.#addresses[row * 8 + i] !== input.clientAddresses[addressOffset + i]) return false;
      if (this.#addresses[row * 8 + 4 + i] !== input.serverAddresses[addressOffset + i]) return false;
    }
    return true;
  }

  #freeRow(nowUs: number): number {
    let oldest = 0;
    for (let row = 0; row < MAX_EXPECTED; row++) {
      if (this.#expiryUs[row]! < nowUs || this.#expiryUs[row] === 0) return row;
      if (this.#expiryUs[row]! < this.#expiryUs[oldest]!) oldest = row;
    }
    this.evictions++;
    return oldest;
  }
}

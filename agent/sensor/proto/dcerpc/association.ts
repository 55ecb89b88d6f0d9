/**
 * Owns what one association of DCERPC (a connection, a named pipe) has said: interfaces that were bound, calls that
 * await their response, and the stub data of calls that come in fragments.
 *
 * Bound: 1 KiB, and a buffer of the file pool for each direction while a call is incomplete. More than
 * MAX_INTERFACES, MAX_CALLS: the oldest are forgotten. Most associations have one or two of each, and a typed array is dear to
 * make: they have room for few, and plain lists.
 */

import { type FilePool, OpenFile } from "../file-pool.js";

import type { PduRecords } from "./pdu-records.js";

export const UUID_BYTES = 16;
/** UUID in the order in which it is written, major and minor version. */
export const INTERFACE_BYTES = UUID_BYTES + 4;
export const MAX_INTERFACES = 16;
const FIRST_INTERFACES = 2;
const MAX_CALLS = 16;

/** What a bind_ack said of an interface. */
export const BindResult = { ACCEPTED: 0, NONE: 255 } as const;

export class DcerpcAssociation {
  interfaces = new Uint8Array(FIRST_INTERFACES * INTERFACE_BYTES);
  readonly contextIds: number[] = [];
  /** 0: accepted; others: the reason why not; BindResult.NONE: not answered. */
  readonly results: number[] = [];
  interfaceCount = 0;
  /** Where the interfaces of the last bind or alter_context begin. */
  bindStart = 0;
  /** Stub data so far, by direction. */
  readonly stubs: readonly [OpenFile, OpenFile];
  readonly fragmentCounts: [number, number] = [0, 0];
  /** Number of the call, by the order of requests. */
  transaction = 0;
  /** What the last message was about, for EVE. */
  callId = 0;
  operation = 0;
  hasOperation = false;
  requestType = -1;
  responseType = -1;
  readonly stubBytes: [number, number] = [0, 0];
  readonly lastFragmentCounts: [number, number] = [0, 0];
  minorVersion = 0;
  /** Calls with their answers, on a connection of its own; only where records are wanted. */
  records: PduRecords | undefined;

  readonly #callIds: number[] = [];
  readonly #operations: number[] = [];
  readonly #transactions: number[] = [];
  #nextCall = 0;

  constructor(pool: FilePool) {
    this.stubs = [new OpenFile(pool), new OpenFile(pool)];
  }

  beginBind(count: number): void {
    if (this.interfaceCount + count > MAX_INTERFACES) this.interfaceCount = 0;
    this.bindStart = this.interfaceCount;
  }

  /** Remember an interface; its UUID stands in network order behind this. False: there is no room. */
  addInterface(contextId: number): boolean {
    if (this.interfaceCount === MAX_INTERFACES) return false;
    if (this.interfaceCount * INTERFACE_BYTES === this.interfaces.length) {
      const larger = new Uint8Array(MAX_INTERFACES * INTERFACE_BYTES);
      larger.set(this.interfaces);
      this.interfaces = larger;
    }
    this.contextIds[this.interfaceCount] = contextId;
    this.results[this.interfaceCount] = BindResult.NONE;
    this.interfaceCount++;
    return true;
  }

  /** A request of call `callId` for `operation` was sent. */
  addCall(callId: number, operation: number): void {
    const row = this.#nextCall;
    this.#nextCall = (row + 1) % MAX_CALLS;
    this.#callIds[row] = callId;
    this.#operations[row] = operation;
    this.#transactions[row] = this.transaction;
  }

  /** The row of the call, −1 where it is not known. */
  findCall(callId: number): number {
    return this.#callIds.indexOf(callId);
  }

  operationOf(row: number): number {
    return this.#operations[row]!;
  }

  transactionOf(row: number): number {
    return this.#transactions[row]!;
  }

  /** Give back what incomplete calls hold. */
  close(): void {
    this.stubs[0].close();
    this.stubs[1].close();
  }
}

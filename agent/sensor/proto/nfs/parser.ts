/**
 * Owns NFS 2, 3 and 4 over UDP and TCP (record marking of RFC 5531 11), as far as procedures: one message a call;
 * of version 4 one for each operation of a COMPOUND that can be told apart. Contents of files are not read.
 *
 * Memory: NfsState per flow.
 */

import { readUint32 } from "../../wire/big-endian.js";
import { NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_SERVER } from "../protocols.js";
import { CallRecords } from "./call-records.js";
import { OperationList } from "./operations.js";
import { nfsProcedureName } from "./procedures.js";
import { CALL_BYTES, NFS_PROGRAM, RpcHead } from "./rpc.js";

const MARK_BYTES = 4;
const LAST_FRAGMENT = 0x8000_0000;
/** More of a call is not needed: head, credentials, operations in front. */
const CALL_HEAD_BYTES = 2048;
/** A record is not larger than this, or it is none (RFC 8166 and practice: 1 MiB of data and its head). */
const MAX_RECORD_BYTES = 0x0020_0000;
const COMPOUND = 1;
const VERSION_4 = 4;
const MAX_VERSION = 4;
/** GETATTR, GETFH, PUTFH, PUTPUBFH, PUTROOTFH, RESTOREFH, SAVEFH, SEQUENCE. */
const PREPARING_OPERATIONS: ReadonlySet<number> = new Set([9, 10, 22, 23, 24, 31, 32, 53]);

export class NfsState {
  transaction = 0;
  version = 0;
  procedure = 0;
  /** Of each direction: whether the record at hand is the first fragment of a message. */
  readonly calls = { isRecordStart: true };
  readonly replies = { isRecordStart: true };
  /** Operations of the call at hand that are still to be handed out, from `nextOperation` on. */
  operationCount = 0;
  nextOperation = 0;
  /** Calls with their replies; only where records are wanted. */
  records: CallRecords | undefined;
}

export class NfsParser implements ProtocolParser<NfsState> {
  readonly protocol = Protocol.NFS;
  readonly #isStream: boolean;
  readonly #head = new RpcHead();
  readonly #operations = new OperationList();

  /** @param isStream over TCP, with record marks */
  constructor(isStream: boolean) {
    this.#isStream = isStream;
  }

  /** A call of NFS, versions 2 to 4, behind its record mark. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    const at = this.#isStream ? offset + MARK_BYTES : offset;
    if (direction !== TO_SERVER) return Probe.NO;
    if (end - at < CALL_BYTES) {
      const mayBe = this.#isStream && (end - at < 8 || readUint32(bytes, at + 4) === 0);
      return mayBe && this.#isMark(bytes, offset, end) ? Probe.UNSURE : Probe.NO;
    }
    if (this.#isStream && !this.#isMark(bytes, offset, end)) return Probe.NO;
    return this.#isNfsCall(bytes, at, end) ? Probe.YES : Probe.NO;
  }

  createState(): NfsState {
    return new NfsState();
  }

  parse(state: NfsState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.nextOperation < state.operationCount) return this.#nextOperation(state, message);
    const isReply = input.direction !== TO_SERVER;
    if (isReply && input.recordSink === undefined) {
      input.offset = input.end;
      return Parsed.DONE;
    }
    const { bytes, end } = input;
    if (!this.#isStream) {
      const { offset } = input;
      input.offset = end;
      const isCall = offset < end && this.#message(state, input, bytes, offset, end, message);
      return isCall ? Parsed.MESSAGE : Parsed.NEED_MORE;
    }
    const side = isReply ? state.replies : state.calls;
    while (end - input.offset >= MARK_BYTES) {
      const { offset } = input;
      const mark = readUint32(bytes, offset);
      const length = mark & ~LAST_FRAGMENT;
      if (length > MAX_RECORD_BYTES) return Parsed.FAILED;
      const available = end - offset - MARK_BYTES;
      const isWhole = available >= Math.min(length, CALL_HEAD_BYTES);
      if (!isWhole && !input.isFull && !input.isEnd) return Parsed.NEED_MORE;
      const recordEnd = offset + MARK_BYTES + length;
      const isStart = side.isRecordStart;
      side.isRecordStart = mark >= LAST_FRAGMENT;
      input.offset = Math.min(recordEnd, end);
      if (recordEnd > end && !input.isEnd) input.skipBytes = recordEnd - end;
      if (isStart && this.#message(state, input, bytes, offset + MARK_BYTES, input.offset, message)) {
        return Parsed.MESSAGE;
      }
    }
    return Parsed.NEED_MORE;
  }

  describe(state: NfsState): Readonly<Record<string, unknown>> {
    const procedure = nfsProcedureName(state.version, state.procedure);
    return { nfs: { version: state.version, procedure } };
  }

  #isMark(bytes: Uint8Array, offset: number, end: number): boolean {
    if (end - offset < MARK_BYTES) return true;
    const length = readUint32(bytes, offset) & ~LAST_FRAGMENT;
    return length >= CALL_BYTES && length <= MAX_RECORD_BYTES;
  }

  #isNfsCall(bytes: Uint8Array, at: number, end: number): boolean {
    const head = this.#head;
    if (!head.read(bytes, at, end) || !head.isCall || head.program !== NFS_PROGRAM) return false;
    return head.version >= 2 && head.version <= MAX_VERSION;
  }

  /** A call, or a reply where records are wanted. True: the message holds a call. */
  #message(
    state: NfsState,
    input: ParserInput,
    bytes: Uint8Array,
    at: number,
    end: number,
    message: MessageView,
  ): boolean {
    const sink = input.recordSink;
    if (input.direction === TO_SERVER) {
      const isCall = this.#call(state, bytes, at, end, message);
      if (isCall && sink !== undefined) this.#recordCall(state, bytes, at, end);
      return isCall;
    }
    const head = this.#head;
    if (sink !== undefined && head.read(bytes, at, end) && !head.isCall) {
      state.records?.onReply(head.transactionId, bytes, at, end, sink);
    }
    return false;
  }

  /** Of a COMPOUND the first operation that does something; the others say which file it is about. */
  #recordCall(state: NfsState, bytes: Uint8Array, at: number, end: number): void {
    state.records ??= new CallRecords();
    const { operations } = this.#operations;
    let { procedure } = this.#head;
    if (state.version === VERSION_4 && state.operationCount > 0) {
      const list = operations.subarray(0, state.operationCount);
      procedure = list.find((operation) => !PREPARING_OPERATIONS.has(operation)) ?? list.at(-1)!;
    }
    state.records.onCall(this.#head, procedure, bytes, at, end);
  }

  /** True: the call at `bytes[at, end)` is in the message. */
  #call(state: NfsState, bytes: Uint8Array, at: number, end: number, message: MessageView): boolean {
    if (!this.#isNfsCall(bytes, at, end)) return false;
    const head = this.#head;
    state.version = head.version;
    if (head.version === VERSION_4 && head.procedure === COMPOUND && head.argumentsAt >= 0) {
      this.#operations.read(bytes, head.argumentsAt, end);
      state.nextOperation = 0;
      state.operationCount = this.#operations.count;
      if (state.operationCount > 0) return this.#nextOperation(state, message) === Parsed.MESSAGE;
    }
    this.#tell(state, head.procedure, message);
    return true;
  }

  #nextOperation(state: NfsState, message: MessageView): ParsedCode {
    this.#tell(state, this.#operations.operations[state.nextOperation++]!, message);
    return Parsed.MESSAGE;
  }

  #tell(state: NfsState, procedure: number, message: MessageView): void {
    state.procedure = procedure;
    message.begin(Protocol.NFS, TO_SERVER, STAGE_HEAD, state.transaction++);
    message.setNumber(NumberField.NFS_PROCEDURE, procedure);
    message.setNumber(NumberField.NFS_VERSION, state.version);
  }
}

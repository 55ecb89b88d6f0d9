/**
 * Owns SMB 1, 2 and 3 over TCP, with the session framing of NetBIOS (RFC 1002 4.3, MS-SMB2 2.1): frames, the
 * records in them, and the data of writes and reads as files or as DCERPC.
 *
 * Messages: a log-on with NTLMSSP; a share that is asked for; a file that was written or read, once (STAGE_BODY),
 * when it is closed, its inspected prefix is there or the stream ends; each request and response of DCERPC in a
 * pipe. Records that are encrypted or compressed are passed over.
 *
 * Records larger than RECORD_HEAD_BYTES are read by their beginning; their data is followed as it comes. Calls in
 * pipes are read when they are there whole. Memory: SmbState per flow; files and calls in the file pool.
 */

import { readUint32Le } from "../../wire/little-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { PduReader } from "../dcerpc/pdu-reader.js";
import { Field } from "../fields.js";
import type { FilePool } from "../file-pool.js";
import { type MessageView, STAGE_BODY, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { SharedBudget } from "../shared-budget.js";
import { describeSmb } from "./eve.js";
import {
  FRAME_HEAD_BYTES,
  FRAME_MESSAGE,
  FRAME_SESSION_FIRST,
  FRAME_SESSION_LAST,
  findFrame,
  isRecord,
  MARK_COMPRESSED,
  passFrame,
  passOver,
  probeSession,
  readFrame,
} from "./framing.js";
import { Smb1, Smb2 } from "./names.js";
import { DataSpan, Found, type FoundId } from "./record.js";
import { SMB1_HEADER_BYTES, Smb1Reader } from "./smb1-reader.js";
import { SMB2_HEADER_BYTES, Smb2Reader } from "./smb2-reader.js";
import { type SmbFile, type SmbSide, SmbState } from "./state.js";
import { TransactionRecords } from "./transaction-records.js";

/** Files and pipes of all flows beyond the first of each: 8 MiB. */
const MAX_SHARED_FILES = 4096;
const RECORD_HEAD_BYTES = 8192;

const MARK_2 = 0xfe;
const MARK_ENCRYPTED = 0xfd;

export class SmbParser implements ProtocolParser<SmbState> {
  readonly protocol = Protocol.SMB;
  readonly stateBytes = 2048;
  readonly readsUpToGap = true;
  readonly #pool: FilePool;
  readonly #fileBudget = new SharedBudget(MAX_SHARED_FILES);
  readonly #span = new DataSpan();
  readonly #smb1 = new Smb1Reader(this.#span);
  readonly #smb2 = new Smb2Reader(this.#span);
  readonly #pdus = new PduReader();

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  /** A frame with a record in it, or one that sets up a session of NetBIOS. */
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const length = end - offset;
    if (length === 0) return Probe.UNSURE;
    const type = bytes[offset]!;
    if (type >= FRAME_SESSION_FIRST && type <= FRAME_SESSION_LAST) return probeSession(bytes, offset, end);
    if (type !== FRAME_MESSAGE) return Probe.NO;
    if (length < 8) return Probe.UNSURE;
    return isRecord(bytes, offset + FRAME_HEAD_BYTES) ? Probe.YES : Probe.NO;
  }

  addCounters(counters: Record<string, number>): void {
    this.#pool.addCounters(counters);
    counters["proto.smb_files_used"] = this.#fileBudget.taken;
    counters["proto.smb_files_refused"] = this.#fileBudget.refused;
  }

  createState(): SmbState {
    return new SmbState(this.#pool, this.#fileBudget);
  }

  release(state: SmbState): void {
    state.release();
  }

  parse(state: SmbState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.isBroken) return Parsed.FAILED;
    const side = state.sides[input.direction];
    if (input.direction === TO_CLIENT && input.offset < input.end) state.lastNegotiated = 0;
    for (;;) {
      if (state.oddities !== 0) return this.#tellOddities(state, input, message);
      const before = input.offset;
      let found: FoundId = Found.NOTHING;
      let isWaiting = false;
      if (side.isLost) isWaiting = !findFrame(side, input);
      else if (side.dataLeft > 0) {
        found = side.isPipeData
          ? this.#takePdu(state, side, input, message)
          : this.#takeData(state, side, input, message);
      } else if (side.recordLeft > 0) {
        passOver(side, input);
      } else if (side.frameLeft === 0) {
        readFrame(side, input);
        isWaiting = side.frameLeft === 0 && side.recordLeft === 0 && input.offset === before;
      } else {
        if (isNoRecord(side, input)) return this.#break(state, input, message);
        const code = this.#record(state, side, input, message);
        if (code === undefined) isWaiting = true;
        else found = code;
      }
      if (found === Found.MALFORMED) return this.#malformed(state, input, message);
      if (found === Found.MESSAGE) return Parsed.MESSAGE;
      if (state.oddities !== 0) continue;
      if (isWaiting || input.offset === input.end) return this.#wait(state, input, message);
    }
  }

  describe(state: SmbState, message: MessageView): Readonly<Record<string, unknown>> {
    return { smb: describeSmb(state, message) };
  }

  /**
   * A hole within the data of a write or read is left out of the file; one that takes in the beginning of a record makes the
   * parser look for the next frame, as Suricata does.
   */
  passGap(state: SmbState, direction: DirectionId, byteCount: number): boolean {
    const side = state.sides[direction];
    const { file } = side;
    if (byteCount > 0 && side.dataLeft > 0 && file !== undefined) file.hasHole[direction] = 1;
    if (byteCount > 0) side.file = undefined;
    const ofData = Math.min(side.dataLeft, byteCount);
    side.dataLeft -= ofData;
    const ofRecord = Math.min(side.recordLeft, byteCount - ofData);
    side.recordLeft -= ofRecord;
    const ofFrame = Math.min(side.frameLeft, byteCount - ofData - ofRecord);
    side.frameLeft -= ofFrame;
    if (ofFrame > 0) passFrame(side);
    if (ofData + ofRecord + ofFrame < byteCount) side.isLost = true;
    return true;
  }

  /** Nothing more is here. Where nothing more comes, hand out what was gathered. */
  #wait(state: SmbState, input: ParserInput, message: MessageView): ParsedCode {
    if (!input.isEnd && !input.isFull) return Parsed.NEED_MORE;
    // Less than the header of a frame, in front of a hole.
    if (input.offset < input.end) state.sides[input.direction].isLost = true;
    input.offset = input.end;
    if (!input.isEnd) return Parsed.NEED_MORE;
    const file = state.fileWithContent();
    if (file === undefined) return Parsed.NEED_MORE;
    this.#handOut(state, file, file.contents[TO_SERVER].length > 0 ? TO_SERVER : TO_CLIENT, message);
    return Parsed.MESSAGE;
  }

  #malformed(state: SmbState, input: ParserInput, message: MessageView): ParsedCode {
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.transaction++);
    message.addEvent(AppLayerEvent.SMB_MALFORMED_DATA);
    return Parsed.MESSAGE;
  }

  #tellOddities(state: SmbState, input: ParserInput, message: MessageView): ParsedCode {
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.transaction++);
    state.moveOddities(message);
    return Parsed.MESSAGE;
  }

  #break(state: SmbState, input: ParserInput, message: MessageView): ParsedCode {
    state.isBroken = true;
    input.offset = input.end;
    return this.#malformed(state, input, message);
  }

  /** Read the record that begins here; undefined: too little of it is here. */
  #record(state: SmbState, side: SmbSide, input: ParserInput, message: MessageView): FoundId | undefined {
    const { bytes, offset, direction } = input;
    const available = input.end - offset;
    const mustGoOn = input.isFull || input.isEnd;
    if (available < Math.min(side.frameLeft, SMB2_HEADER_BYTES))
      return mustGoOn ? passFrame(side) : undefined;
    const mark = bytes[offset]!;
    if (mark === MARK_ENCRYPTED || mark === MARK_COMPRESSED) return passFrame(side);
    const isSmb2 = mark === MARK_2;
    const next = isSmb2 ? readUint32Le(bytes, offset + 20) : 0;
    const length = next >= SMB2_HEADER_BYTES && next < side.frameLeft ? next : side.frameLeft;
    if (available < Math.min(length, RECORD_HEAD_BYTES) && !mustGoOn) return undefined;

    const end = offset + Math.min(length, available);
    const transaction = state.transaction;
    const found = isSmb2
      ? this.#smb2.read(state, bytes, offset, end, direction, message)
      : this.#smb1.read(state, bytes, offset, end, direction, message);
    if (found === Found.DATA) {
      const span = this.#span;
      const isHere = span.start + span.length <= input.end;
      if (span.isPipe && !isHere && available < length && !mustGoOn) {
        state.transaction = transaction;
        return undefined;
      }
      this.#noteRecord(state, input, end);
      return this.#beginData(state, side, input, length, end);
    }
    if (!isSmb2 && found === Found.MESSAGE && state.link > 0) return found;
    this.#noteRecord(state, input, end);
    side.frameLeft -= length;
    side.recordLeft = length;
    if (found === Found.NOTHING && isClose(state)) return this.#closeFile(state, message);
    return found;
  }

  /** Where records are wanted: the record that begins at the input and ends at `end`, as far as it is here. */
  #noteRecord(state: SmbState, input: ParserInput, end: number): void {
    const { recordSink, bytes, offset, direction } = input;
    if (recordSink === undefined || state.isResponse !== (direction === TO_CLIENT)) return;
    state.records ??= new TransactionRecords();
    state.records.onRecord(state, bytes, offset, end, recordSink);
  }

  /** The data of the record stands at the span; what is in front of it was read. */
  #beginData(state: SmbState, side: SmbSide, input: ParserInput, length: number, end: number): FoundId {
    const span = this.#span;
    const start = Math.max(input.offset, Math.min(span.start, end));
    const head = start - input.offset;
    side.frameLeft -= length;
    side.dataLeft = Math.min(span.length, length - head);
    side.recordLeft = length - head - side.dataLeft;
    side.isPipeData = span.isPipe;
    side.file = span.file;
    input.offset = start;
    if (span.isPipe || span.file === undefined) return Found.NOTHING;
    const { direction } = input;
    const { file } = span;
    if (input.recordSink !== undefined) state.records?.onFile(state, file, input.recordSink);
    if (file.isInspected[direction] === 0 && span.fileOffset < file.lengths[direction]! && !file.hasOverlap) {
      file.hasOverlap = true;
      state.addOddity(AppLayerEvent.SMB_FILE_OVERLAP);
    }
    if (file.isInspected[direction] === 1 || file.lengths[direction] !== span.fileOffset)
      side.file = undefined;
    else if (span.fileOffset === 0) file.contents[direction].open(input.timeUs);
    return Found.NOTHING;
  }

  /** Some octets of a file. */
  #takeData(state: SmbState, side: SmbSide, input: ParserInput, message: MessageView): FoundId {
    const { direction, offset } = input;
    const taken = Math.min(side.dataLeft, input.end - offset);
    input.offset += taken;
    side.dataLeft -= taken;
    const { file } = side;
    if (file === undefined) {
      side.recordLeft += side.dataLeft;
      side.dataLeft = 0;
      return Found.NOTHING;
    }
    const content = file.contents[direction];
    content.append(input.bytes, offset, offset + taken, input.timeUs);
    file.lengths[direction]! += taken;
    if (!content.isFull) return Found.NOTHING;
    side.file = undefined;
    state.file = file;
    this.#handOut(state, file, direction, message);
    return Found.MESSAGE;
  }

  /** One fragment of the DCERPC in a pipe. */
  #takePdu(state: SmbState, side: SmbSide, input: ParserInput, message: MessageView): FoundId {
    const { bytes, offset, direction } = input;
    const end = Math.min(input.end, offset + side.dataLeft);
    const { header } = this.#pdus;
    const file = side.file;
    if (file === undefined || !header.read(bytes, offset, end)) {
      side.recordLeft += side.dataLeft;
      side.dataLeft = 0;
      return Found.NOTHING;
    }
    const taken = Math.min(header.length, end - offset);
    input.offset = offset + taken;
    side.dataLeft -= taken;
    if (input.offset === input.end) {
      // A fragment that is not here whole: what follows of it is not read.
      side.recordLeft += side.dataLeft;
      side.dataLeft = 0;
    }
    state.file = file;
    const pipe = file.pipe(this.#pool);
    const { transaction } = state;
    const isCall = this.#pdus.read(
      pipe,
      bytes,
      offset,
      end,
      direction,
      input.timeUs,
      message,
      this.protocol,
      transaction,
    );
    if (input.recordSink !== undefined) {
      state.records?.onPdu(state, pipe, header, bytes, offset, end, direction, input.recordSink);
    }
    if (!isCall) return Found.NOTHING;
    state.transaction++;
    return Found.MESSAGE;
  }

  /** The file of the close at hand is over. */
  #closeFile(state: SmbState, message: MessageView): FoundId {
    const file = state.file!;
    file.isOpen = false;
    for (let direction = 0; direction < 2; direction++) {
      if (file.contents[direction]!.length === 0) continue;
      this.#handOut(state, file, direction === TO_SERVER ? TO_SERVER : TO_CLIENT, message);
      return Found.MESSAGE;
    }
    return Found.NOTHING;
  }

  #handOut(state: SmbState, file: SmbFile, direction: DirectionId, message: MessageView): void {
    const content = file.contents[direction];
    const { length, isFull } = content;
    const data = content.close();
    file.isInspected[direction] = 1;
    state.file = file;
    message.begin(this.protocol, direction, STAGE_BODY, state.transaction++);
    message.add(Field.FILE_NAME, file.name.bytes, 0, file.name.length);
    message.hasHole = file.hasHole[direction] === 1;
    if (data === null) return;
    message.add(Field.FILE_DATA, data.bytes, 0, length);
    message.addFileSize(length, isFull || message.hasHole);
  }
}

/** Whether the message of the frame at hand is there as far as one can tell, and has no record of SMB. */
function isNoRecord({ frameLeft }: SmbSide, { bytes, offset, end, isFull, isEnd }: ParserInput): boolean {
  if (end - offset < Math.min(frameLeft, SMB2_HEADER_BYTES) && !isFull && !isEnd) return false;
  if (end - offset < Math.min(frameLeft, SMB1_HEADER_BYTES)) return false;
  if (frameLeft < SMB1_HEADER_BYTES || !isRecord(bytes, offset)) return true;
  return bytes[offset] === MARK_2 && frameLeft < SMB2_HEADER_BYTES;
}

function isClose(state: SmbState): boolean {
  if (state.isResponse || state.file === undefined) return false;
  return state.command === (state.version === 1 ? Smb1.CLOSE : Smb2.CLOSE);
}

/**
 * Owns data connections of FTP that their control connection has announced: the file that is transferred.
 *
 * Nothing is recognised by content. Messages: when the transfer begins one for each direction (STAGE_HEAD), since
 * rules may ask for the command in either; one with FILE_DATA (STAGE_BODY) when the file is over or its inspected
 * prefix is there. What comes against the direction of the file is not read.
 *
 * Memory: FtpDataState per flow; files in the file pool. Without a free buffer the first bytes are handed out as
 * they are.
 */

import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import { type FilePool, OpenFile } from "../file-pool.js";
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
import {
  type ExpectedTransfers,
  FtpTransfer,
  type FtpTransferId,
  MAX_NAME_OCTETS,
} from "./expected-transfers.js";

export class FtpDataState {
  transfer: FtpTransferId = FtpTransfer.RETR;
  readonly name = new Uint8Array(MAX_NAME_OCTETS);
  nameLength = 0;
  /** The direction of the file: of the first bytes. */
  direction: DirectionId | undefined;
  /** The beginning was told for the other direction too. */
  isToldToOther = false;
  isHandedOut = false;
  readonly file: OpenFile;

  constructor(pool: FilePool) {
    this.file = new OpenFile(pool);
  }
}

export class FtpDataParser implements ProtocolParser<FtpDataState> {
  readonly protocol = Protocol.FTP_DATA;
  readonly #expected: ExpectedTransfers;
  readonly #pool: FilePool;

  constructor(expected: ExpectedTransfers, pool: FilePool) {
    this.#expected = expected;
    this.#pool = pool;
  }

  probe(): ProbeCode {
    return Probe.NO;
  }

  addCounters(counters: Record<string, number>): void {
    this.#pool.addCounters(counters);
  }

  createState(): FtpDataState {
    return new FtpDataState(this.#pool);
  }

  release(state: FtpDataState): void {
    state.file.close();
  }

  claim(input: ParserInput): FtpDataState | undefined {
    const row = this.#expected.take(input);
    if (row < 0) return undefined;
    const state = this.createState();
    state.transfer = this.#expected.transferOf(row);
    state.nameLength = this.#expected.copyName(row, state.name);
    return state;
  }

  parse(state: FtpDataState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset, end, direction, timeUs } = input;
    if (state.direction === undefined) {
      if (offset === end) return input.isEnd ? Parsed.DONE : Parsed.NEED_MORE;
      state.direction = direction;
      state.file.open(timeUs);
      this.#begin(state, direction, STAGE_HEAD, message);
      return Parsed.MESSAGE;
    }
    if (!state.isToldToOther) {
      state.isToldToOther = true;
      this.#begin(state, direction === TO_SERVER ? TO_CLIENT : TO_SERVER, STAGE_HEAD, message);
      return Parsed.MESSAGE;
    }
    if (state.isHandedOut || state.direction !== direction) return Parsed.DONE;
    const { file } = state;
    input.offset = end;
    file.append(bytes, offset, end, timeUs);
    if (file.isOpen && !file.isFull && !input.isEnd) return Parsed.NEED_MORE;
    state.isHandedOut = true;
    this.#begin(state, direction, STAGE_BODY, message);
    const { length, isFull } = file;
    const data = file.close();
    if (data !== null) message.addFileSize(length, isFull);
    if (data !== null) message.add(Field.FILE_DATA, data.bytes, 0, length);
    else if (end > offset) message.add(Field.FILE_DATA, bytes, offset, end - offset);
    return Parsed.MESSAGE;
  }

  describe(state: FtpDataState): Readonly<Record<string, unknown>> {
    const command = state.transfer === FtpTransfer.STOR ? "STOR" : "RETR";
    return { ftp_data: { filename: eveText(state.name, 0, state.nameLength), command } };
  }

  #begin(state: FtpDataState, direction: DirectionId, stage: number, message: MessageView): void {
    message.begin(this.protocol, direction, stage, 0);
    message.setNumber(NumberField.FTP_DATA_COMMAND, state.transfer);
    message.add(Field.FILE_NAME, state.name, 0, state.nameLength);
  }
}

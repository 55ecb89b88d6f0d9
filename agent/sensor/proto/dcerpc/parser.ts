/**
 * Owns DCERPC directly over TCP (port 135 and the ports it hands out): one message for each request and response
 * that is complete, with the interfaces that were accepted on the connection.
 *
 * What is not DCERPC any more ends the flow. A fragment that is larger than the stream head is read as far as it is
 * there. Memory: a DcerpcAssociation per flow; calls in fragments in the file pool.
 */

import type { FilePool } from "../file-pool.js";
import type { MessageView } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_SERVER } from "../protocols.js";
import { DcerpcAssociation } from "./association.js";
import { describeDcerpc } from "./eve.js";
import { HEADER_BYTES, looksLikePdu, PduType } from "./pdu.js";
import { PduReader } from "./pdu-reader.js";
import { PduRecords } from "./pdu-records.js";

export class DcerpcParser implements ProtocolParser<DcerpcAssociation> {
  readonly protocol = Protocol.DCERPC;
  readonly stateBytes = 1280;
  readonly #pool: FilePool;
  readonly #reader = new PduReader();

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  /** Suricata's: version 5.0 or 5.1, a packet type, a data representation, a length; requests come from clients. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    if (!looksLikePdu(bytes, offset, end)) return Probe.NO;
    if (end - offset < HEADER_BYTES) return Probe.UNSURE;
    const { header } = this.#reader;
    if (!header.read(bytes, offset, end)) return Probe.NO;
    const isFromClient =
      header.type === PduType.REQUEST ||
      header.type === PduType.BIND ||
      header.type === PduType.ALTER_CONTEXT;
    return isFromClient === (direction === TO_SERVER) ? Probe.YES : Probe.NO;
  }

  addCounters(counters: Record<string, number>): void {
    this.#pool.addCounters(counters);
  }

  createState(): DcerpcAssociation {
    return new DcerpcAssociation(this.#pool);
  }

  release(state: DcerpcAssociation): void {
    state.close();
  }

  parse(state: DcerpcAssociation, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, end, direction, timeUs } = input;
    const reader = this.#reader;
    while (input.offset < end) {
      const at = input.offset;
      if (!looksLikePdu(bytes, at, end)) {
        state.close();
        return Parsed.FAILED;
      }
      if (end - at < HEADER_BYTES) return Parsed.NEED_MORE;
      if (!reader.header.read(bytes, at, end)) {
        state.close();
        return Parsed.FAILED;
      }
      const pduEnd = at + reader.header.length;
      if (pduEnd > end && !input.isFull && !input.isEnd) return Parsed.NEED_MORE;
      input.offset = Math.min(pduEnd, end);
      if (pduEnd > end && !input.isEnd) input.skipBytes = pduEnd - end;
      input.inspectBehind(pduEnd);
      const isCall = reader.read(state, bytes, at, end, direction, timeUs, message, this.protocol);
      const { recordSink } = input;
      if (recordSink !== undefined) {
        state.records ??= new PduRecords(false, HEADER_BYTES);
        const pdu = state.records.add(state, reader.header, bytes, at, input.offset, direction);
        recordSink(pdu.callId, pdu.isLast, { dcerpc: pdu.dcerpc });
      }
      if (isCall) return Parsed.MESSAGE;
    }
    return Parsed.NEED_MORE;
  }

  describe(state: DcerpcAssociation): Readonly<Record<string, unknown>> {
    return { dcerpc: describeDcerpc(state) };
  }
}

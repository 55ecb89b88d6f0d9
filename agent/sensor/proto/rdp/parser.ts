/**
 * Owns the beginning of RDP (MS-RDPBCGR) over TCP: connection request with its cookie, negotiation of the security
 * protocol, the client's data, and the TLS that may begin at any of these steps. Frames are TPKT (T.123) around X.224.
 *
 * Each of these is a transaction of its own, and so is the server's chain of certificates, as in Suricata. TLS is read by the
 * parser of TLS: the flow stays RDP (rules for `tls` do not see it, as in Suricata), but its messages are those of TLS, with a
 * record of their own, which Suricata does not write. When the session proper begins there is nothing more to read. Refuses
 * what is neither TPKT nor TLS.
 *
 * Memory: a counter and two flags per flow, and the state of TLS once it has begun.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import type { TlsParser } from "../tls/tls-parser.js";
import type { TlsState } from "../tls/tls-state.js";
import { CertificateChain } from "./certificate-chain.js";
import { describeRdp, RdpItem, type RdpItemCode } from "./eve.js";

const TPKT_VERSION = 3;
const TPKT_HEADER_BYTES = 4;
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR_VERSION = 3;
/** X.224 TPDU codes, high nibble. */
const X224_CONFIRM = 0xd;
const X224_REQUEST = 0xe;
const X224_DATA = 0xf;
/** Length indicator, code, two references, class: what a request or confirm has at least. */
const X224_CONNECT_BYTES = 7;
/** Length indicator, code, end of transmission: in front of data. */
const X224_DATA_BYTES = 3;
/** BER application tags 101 and 102 of T.125, of which the first byte is 0x7f. */
const MCS_TAG = 0x7f;
const MCS_CONNECT_REQUEST = 0x65;
const MCS_CONNECT_RESPONSE = 0x66;

export class RdpState {
  transactions = 0;
  /** The handshake is over. */
  isDone = false;
  /** TLS has begun, for both directions. */
  tls: TlsState | undefined = undefined;
  /** A message of TLS named certificates of the server, which are still to be told as an item of RDP. */
  hasCertificates = false;
}

export class RdpParser implements ProtocolParser<RdpState> {
  readonly protocol = Protocol.RDP;
  /** With the state of TLS. */
  readonly stateBytes = 2048;
  readonly #tls: TlsParser;
  readonly #chain = new CertificateChain();
  #item: RdpItemCode = RdpItem.NONE;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** @param tls reads the TLS inside; it may read other flows as well */
  constructor(tls: TlsParser) {
    this.#tls = tls;
  }

  /** A TPKT frame around an X.224 connection request or confirm. */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode {
    const available = end - offset;
    if (available > 0 && bytes[offset] !== TPKT_VERSION) return Probe.NO;
    if (available < TPKT_HEADER_BYTES + X224_CONNECT_BYTES) return Probe.UNSURE;
    const frameEnd = offset + readUint16(bytes, offset + 2);
    const expected = direction === TO_SERVER ? RdpItem.CONNECTION_REQUEST : RdpItem.CONNECTION_CONFIRM;
    return itemOf(bytes, offset + TPKT_HEADER_BYTES, frameEnd) === expected ? Probe.YES : Probe.NO;
  }

  createState(): RdpState {
    return new RdpState();
  }

  parse(state: RdpState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, end } = input;
    if (state.tls !== undefined) return this.#parseTls(state, state.tls, input, message);
    if (state.isDone) return Parsed.DONE;
    while (end - input.offset >= TPKT_HEADER_BYTES) {
      const offset = input.offset;
      if (bytes[offset] !== TPKT_VERSION) {
        const isTls = bytes[offset] === TLS_HANDSHAKE && bytes[offset + 1] === TLS_MAJOR_VERSION;
        if (!isTls) return Parsed.FAILED;
        state.tls = this.#tls.createState();
        return this.#parseTls(state, state.tls, input, message);
      }
      const frameBytes = readUint16(bytes, offset + 2);
      if (frameBytes < TPKT_HEADER_BYTES) return Parsed.FAILED;
      const frameEnd = offset + frameBytes;
      if (frameEnd > end && !input.isFull) return Parsed.NEED_MORE;
      input.offset = Math.min(frameEnd, end);
      if (frameEnd > end) input.skipBytes = frameEnd - end;
      const start = offset + TPKT_HEADER_BYTES;
      const item = itemOf(bytes, start, Math.min(frameEnd, end));
      if (item === RdpItem.NONE) continue;
      this.#bytes = bytes;
      this.#start = start;
      this.#end = Math.min(frameEnd, end);
      if (item === RdpItem.CONNECT_RESPONSE) state.isDone = true;
      return this.#begin(state, item, input, message);
    }
    return Parsed.NEED_MORE;
  }

  #begin(state: RdpState, item: RdpItemCode, input: ParserInput, message: MessageView): ParsedCode {
    this.#item = item;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.transactions++);
    return Parsed.MESSAGE;
  }

  #parseTls(state: RdpState, tls: TlsState, input: ParserInput, message: MessageView): ParsedCode {
    if (state.hasCertificates) {
      state.hasCertificates = false;
      return this.#begin(state, RdpItem.TLS_CERTIFICATES, input, message);
    }
    const code = this.#tls.parse(tls, input, message);
    // Rules look at the payload of RDP all the same.
    input.encryptedBy = -1;
    if (code === Parsed.MESSAGE && message.direction === TO_CLIENT) {
      state.hasCertificates = this.#chain.take(message);
    }
    return code;
  }

  describe(state: RdpState, message: MessageView): Readonly<Record<string, unknown>> {
    if (message.protocol === Protocol.TLS && state.tls !== undefined) {
      return this.#tls.describe(state.tls, message);
    }
    if (this.#item === RdpItem.TLS_CERTIFICATES) {
      const serials = this.#chain.serialNumbers();
      return { rdp: { tx_id: state.transactions, event_type: "tls_handshake", x509_serials: serials } };
    }
    const item = describeRdp(this.#item, this.#bytes, this.#start, this.#end);
    return { rdp: { tx_id: state.transactions, ...item } };
  }
}

/** What the X.224 TPDU `[start, end)` is. */
function itemOf(bytes: Uint8Array, start: number, end: number): RdpItemCode {
  if (end - start < X224_DATA_BYTES) return RdpItem.NONE;
  const code = bytes[start + 1]! >> 4;
  if (code === X224_DATA) {
    const data = start + X224_DATA_BYTES;
    if (end - data < 2 || bytes[data] !== MCS_TAG) return RdpItem.NONE;
    if (bytes[data + 1] === MCS_CONNECT_REQUEST) return RdpItem.CONNECT_REQUEST;
    return bytes[data + 1] === MCS_CONNECT_RESPONSE ? RdpItem.CONNECT_RESPONSE : RdpItem.NONE;
  }
  const length = bytes[start]!;
  const isConnect = code === X224_REQUEST || code === X224_CONFIRM;
  if (!isConnect || length < X224_CONNECT_BYTES - 1 || length === 0xff) return RdpItem.NONE;
  if (start + 1 + length > end || (bytes[start + 1]! & 0xf) > 1) return RdpItem.NONE;
  // Class 0, no options; a request has no destination reference yet.
  if (bytes[start + 6] !== 0) return RdpItem.NONE;
  if (code === X224_CONFIRM) return RdpItem.CONNECTION_CONFIRM;
  return readUint16(bytes, start + 2) === 0 ? RdpItem.CONNECTION_REQUEST : RdpItem.NONE;
}

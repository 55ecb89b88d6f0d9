/**
 * Owns the EVE object `dcerpc` of calls and bindings with their answers, fragment by fragment. Used only where records are
 * wanted. Bound: MAX_CALLS calls of an association that are not answered; the oldest are forgotten.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { BindResult, type DcerpcAssociation, INTERFACE_BYTES, UUID_BYTES } from "./association.js";
import { uuidText } from "./eve.js";
import {
  CALL_HEADER_BYTES,
  FIRST_FRAGMENT,
  LAST_FRAGMENT,
  PDU_NAMES,
  type PduHeader,
  PduType,
} from "./pdu.js";

const MAX_CALLS = 64;

type Eve = Record<string, unknown>;

interface Side {
  type: number;
  fragments: number;
  stubBytes: number;
}

interface Call {
  readonly request: Side;
  readonly response: Side;
  operation: number;
  contextId: number;
}

/** What a fragment adds to. */
export interface PduRecord {
  readonly callId: number;
  /** It begins with this fragment. */
  readonly isNew: boolean;
  /** Nothing more belongs to it. */
  readonly isLast: boolean;
  /** The object, over what was said of the call before. */
  readonly dcerpc: Eve;
}

export class PduRecords {
  readonly #calls = new Map<number, Call>();
  /** Octets in front of the stub data of a response, as Suricata counts. */
  readonly #responseHeadBytes: number;
  /** In pipes the operation stands beside `req`, and requests have their interface. */
  readonly #isInPipe: boolean;

  constructor(isInPipe: boolean, responseHeadBytes: number) {
    this.#isInPipe = isInPipe;
    this.#responseHeadBytes = responseHeadBytes;
  }

  /** The fragment at `bytes[at, end)`, whose header was read and which `association` knows already. */
  add(
    association: DcerpcAssociation,
    header: PduHeader,
    bytes: Uint8Array,
    at: number,
    end: number,
    direction: DirectionId,
  ): PduRecord {
    const { callId, type } = header;
    const isRequest = direction === TO_SERVER;
    let call = this.#calls.get(callId);
    const isNew = isRequest && (header.flags & FIRST_FRAGMENT) !== 0;
    const isUnknown = call === undefined;
    if (call === undefined || isNew) {
      call = { request: newSide(), response: newSide(), operation: 0, contextId: 0 };
      if (this.#calls.size === MAX_CALLS) this.#forgetOldest();
      this.#calls.set(callId, call);
    }
    const side = isRequest ? call.request : call.response;
    side.type = type;
    side.fragments++;
    const headBytes = isRequest ? CALL_HEADER_BYTES : this.#responseHeadBytes;
    side.stubBytes += Math.max(0, header.length - headBytes);
    if (isRequest && type === PduType.REQUEST && isNew && end - at >= CALL_HEADER_BYTES) {
      call.contextId = header.uint16(bytes, at + CALL_HEADER_BYTES - 4);
      call.operation = header.uint16(bytes, at + CALL_HEADER_BYTES - 2);
    }
    // The third leg of an authentication has no answer.
    const isLast = isRequest ? type === PduType.AUTH3 : (header.flags & LAST_FRAGMENT) !== 0;
    if (isLast) this.#calls.delete(callId);
    return { callId, isNew: isNew || isUnknown, isLast, dcerpc: this.#describe(association, call, callId) };
  }

  #forgetOldest(): void {
    for (const callId of this.#calls.keys()) {
      this.#calls.delete(callId);
      return;
    }
  }

  #describe(association: DcerpcAssociation, call: Call, callId: number): Eve {
    const { request, response, operation } = call;
    const dcerpc: Eve = {
      request: request.type < 0 ? "REQUEST_LOST" : PDU_NAMES[request.type],
      response: response.type < 0 ? "UNREPLIED" : PDU_NAMES[response.type],
      call_id: callId,
    };
    if (request.type === PduType.REQUEST) {
      if (this.#isInPipe) dcerpc.opnum = operation;
      dcerpc.req = {
        ...(this.#isInPipe ? {} : { opnum: operation }),
        frag_cnt: request.fragments,
        stub_data_size: request.stubBytes,
      };
      const { contextId } = call;
      const interfaces = this.#isInPipe ? interfacesOf(association, contextId, false) : [];
      if (interfaces.length > 0) dcerpc.interfaces = interfaces;
    } else if (request.type === PduType.BIND || request.type === PduType.ALTER_CONTEXT) {
      dcerpc.interfaces = interfacesOf(association, -1, this.#isInPipe);
    }
    if (response.type === PduType.RESPONSE) {
      dcerpc.res = { frag_cnt: response.fragments, stub_data_size: response.stubBytes };
    }
    if (!this.#isInPipe) dcerpc.rpc_version = `5.${association.minorVersion}`;
    return dcerpc;
  }
}

function newSide(): Side {
  return { type: -1, fragments: 0, stubBytes: 0 };
}

/** Those of context `contextId` without their result; −1: those of the last binding with it. */
function interfacesOf(association: DcerpcAssociation, contextId: number, hasReason: boolean): Eve[] {
  const described: Eve[] = [];
  const { interfaces, results, contextIds, interfaceCount } = association;
  for (let i = contextId < 0 ? association.bindStart : 0; i < interfaceCount; i++) {
    if (contextId >= 0 && contextIds[i] !== contextId) continue;
    const at = i * INTERFACE_BYTES;
    const major = readUint16(interfaces, at + UUID_BYTES);
    const minor = readUint16(interfaces, at + UUID_BYTES + 2);
    const isAnswered = contextId < 0 && results[i] !== BindResult.NONE;
    described.push({
      uuid: uuidText(interfaces, at),
      version: `${major}.${minor}`,
      ...(isAnswered ? { ack_result: results[i], ...(hasReason ? { ack_reason: 0 } : {}) } : {}),
    });
  }
  return described;
}

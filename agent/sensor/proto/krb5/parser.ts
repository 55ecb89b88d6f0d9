/**
 * Owns Kerberos 5 over UDP and TCP (RFC 4120; over TCP each message has its length in four bytes in front).
 *
 * As in Suricata each request, reply and error is a transaction of its own, in the direction it travels, and an error
 * knows which request failed. Suricata 7 reads one message per chunk of a stream and drops what stands behind it in
 * the same chunk; so does this parser, since clients wait for the answer.
 *
 * Suricata looks for it on UDP and TCP port 88. Memory: three numbers per flow.
 */

import { readUint32 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../parser.js";
import { Protocol } from "../protocols.js";
import { KrbMessage, KrbType, type PrincipalName } from "./message.js";
import { encryptionTypeName, errorCodeName, isWeakEncryption, messageTypeName } from "./names.js";

const MIN_PROBE_BYTES = 11;
const LENGTH_BYTES = 4;
/** Implementations refuse larger messages. */
const MAX_RECORD_BYTES = 16_384;

export class KrbState {
  messages = 0;
  /** Type of the request that waits for its answer; 0: none. */
  request = 0;
  /** The request that the last message answers. */
  answered = 0;
}

abstract class KrbParserBase {
  readonly protocol = Protocol.KRB5;
  protected readonly krb = new KrbMessage();

  createState(): KrbState {
    return new KrbState();
  }

  describe(state: KrbState, message: MessageView): Readonly<Record<string, unknown>> {
    const { krb } = this;
    const described: Record<string, unknown> = { msg_type: messageTypeName(krb.type) };
    if (krb.hasErrorCode) {
      described.failed_request = state.answered > 0 ? messageTypeName(state.answered) : "UNKNOWN";
      described.error_code = errorCodeName(krb.errorCode);
    }
    described.cname = nameText(krb.bytes, krb.cname);
    described.realm = krb.realmLength < 0 ? "<empty>" : eveText(krb.bytes, krb.realmOffset, krb.realmLength);
    described.sname = nameText(krb.bytes, krb.sname);
    described.encryption = krb.hasEncryption ? encryptionTypeName(krb.encryption) : "<none>";
    described.weak_encryption = krb.hasEncryption && isWeakEncryption(krb.encryption);
    if (message.hasNumber(NumberField.KRB5_TICKET_ENCRYPTION)) {
      described.ticket_encryption = encryptionTypeName(krb.ticketEncryption);
      described.ticket_weak_encryption = isWeakEncryption(krb.ticketEncryption);
    }
    return { krb5: described };
  }

  protected probeMessage(bytes: Uint8Array, start: number, end: number): ProbeCode {
    if (end - start < MIN_PROBE_BYTES) return Probe.NO;
    return this.krb.typeOf(bytes, start, end) > 0 ? Probe.YES : Probe.NO;
  }

  /** Whether `[start, end)` gave a message. */
  protected readMessage(
    state: KrbState,
    input: ParserInput,
    start: number,
    end: number,
    message: MessageView,
  ): boolean {
    const { krb } = this;
    if (!krb.read(input.bytes, start, end)) {
      message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
      message.addEvent(AppLayerEvent.KRB5_MALFORMED_DATA);
      return true;
    }
    const { type } = krb;
    state.answered = state.request;
    if (type === KrbType.AS_REQ || type === KrbType.TGS_REQ || type === KrbType.AP_REQ) state.request = type;
    else if (type > 0) state.request = 0;
    if (type === 0) return false;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    message.setNumber(NumberField.KRB5_MSG_TYPE, type);
    addName(message, Field.KRB5_CNAME, input.bytes, krb.cname);
    addName(message, Field.KRB5_SNAME, input.bytes, krb.sname);
    if (krb.hasErrorCode) message.setNumber(NumberField.KRB5_ERROR_CODE, krb.errorCode);
    if (krb.hasEncryption) {
      message.setNumber(NumberField.KRB5_TICKET_ENCRYPTION, krb.ticketEncryption);
      if (isWeakEncryption(krb.encryption)) message.addEvent(AppLayerEvent.KRB5_WEAK_ENCRYPTION);
    }
    return true;
  }
}

/** Kerberos in datagrams. */
export class KrbDatagramParser extends KrbParserBase implements ProtocolParser<KrbState> {
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    return this.probeMessage(bytes, offset, end);
  }

  parse(state: KrbState, input: ParserInput, message: MessageView): ParsedCode {
    const { offset: start, end } = input;
    input.offset = end;
    if (start === end) return Parsed.NEED_MORE;
    return this.readMessage(state, input, start, end, message) ? Parsed.MESSAGE : Parsed.NEED_MORE;
  }
}

/** Kerberos over TCP. */
export class KrbStreamParser extends KrbParserBase implements ProtocolParser<KrbState> {
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (end - offset < LENGTH_BYTES + MIN_PROBE_BYTES) return Probe.UNSURE;
    if (readUint32(bytes, offset) > MAX_RECORD_BYTES) return Probe.NO;
    return this.probeMessage(bytes, offset + LENGTH_BYTES, end);
  }

  parse(state: KrbState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset, end } = input;
    if (end - offset < LENGTH_BYTES) return Parsed.NEED_MORE;
    const recordBytes = readUint32(bytes, offset);
    if (recordBytes > MAX_RECORD_BYTES) return Parsed.FAILED;
    const start = offset + LENGTH_BYTES;
    if (start + recordBytes > end) {
      if (!input.isFull) return Parsed.NEED_MORE;
      input.offset = end;
      input.skipBytes = start + recordBytes - end;
      return Parsed.NEED_MORE;
    }
    input.offset = end;
    return this.readMessage(state, input, start, start + recordBytes, message)
      ? Parsed.MESSAGE
      : Parsed.NEED_MORE;
  }
}

function addName(
  message: MessageView,
  field: typeof Field.KRB5_CNAME | typeof Field.KRB5_SNAME,
  bytes: Uint8Array,
  name: PrincipalName,
): void {
  for (let i = 0; i < name.count; i++) message.add(field, bytes, name.offset[i]!, name.length[i]!);
}

function nameText(bytes: Uint8Array, name: PrincipalName): string {
  if (name.count === 0) return "<empty>";
  const parts: string[] = [];
  for (let i = 0; i < name.count; i++) parts.push(eveText(bytes, name.offset[i]!, name.length[i]!));
  return parts.join("/");
}

/**
 * Owns SNMP over UDP: version, community, user name and PDU type of each datagram, which is a message of its own.
 *
 * Malformed datagrams are an event; the flow is read on. Suricata looks for it on UDP ports 161 and 162. Memory: two
 * numbers per flow.
 */

import { AppLayerEvent } from "../app-layer-events.js";
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
import { describeSnmp } from "./eve.js";
import { SnmpMessage } from "./message.js";

export class SnmpState {
  /** Of the first message; 0 before it. */
  version = 0;
  messages = 0;
}

export class SnmpParser implements ProtocolParser<SnmpState> {
  readonly protocol = Protocol.SNMP;
  readonly #snmp = new SnmpMessage();

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    return this.#snmp.versionOf(bytes, offset, end) > 0 ? Probe.YES : Probe.NO;
  }

  createState(): SnmpState {
    return new SnmpState();
  }

  parse(state: SnmpState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end } = input;
    if (start === end) return Parsed.NEED_MORE;
    input.offset = end;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    const snmp = this.#snmp;
    if (!snmp.read(bytes, start, end)) {
      message.addEvent(AppLayerEvent.SNMP_MALFORMED_DATA);
      message.isHiddenFromRules = true;
      return Parsed.MESSAGE;
    }
    message.isHiddenFromRules = snmp.isUnreadBySuricata;
    if (state.version === 0) state.version = snmp.version;
    else if (state.version !== snmp.version) message.addEvent(AppLayerEvent.SNMP_VERSION_MISMATCH);
    if (snmp.hasUnknownSecurityModel) message.addEvent(AppLayerEvent.SNMP_UNKNOWN_SECURITY_MODEL);
    message.setNumber(NumberField.SNMP_VERSION, state.version);
    if (snmp.pduType >= 0) message.setNumber(NumberField.SNMP_PDU_TYPE, snmp.pduType);
    if (snmp.communityLength > 0) {
      message.add(Field.SNMP_COMMUNITY, bytes, snmp.communityOffset, snmp.communityLength);
    }
    if (snmp.userLength > 0) message.add(Field.SNMP_USM, bytes, snmp.userOffset, snmp.userLength);
    return Parsed.MESSAGE;
  }

  describe(state: SnmpState, _message: MessageView): Readonly<Record<string, unknown>> {
    return { snmp: describeSnmp(this.#snmp, state.version) };
  }
}

/**
 * Owns DHCP over UDP (RFC 2131, options RFC 2132): who a device says it is and which address it was given.
 *
 * Each datagram is a message of its own, as in Suricata; the direction is the flow's. Padding is stepped over.
 * Options that leave the datagram, and options without an end, are `truncated_options`. Refuses what is shorter
 * than the fixed part. Options in `sname` and `file` (overload) are not read.
 *
 * Suricata looks for it on UDP ports 67 and 68. Memory: a counter per flow; entries point into the datagram.
 */

import { readUint32 } from "../../wire/big-endian.js";
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
import { describeDhcp } from "./eve.js";
import {
  ASSIGNED_ADDRESS_AT,
  BOOTP_REPLY,
  BOOTP_REQUEST,
  DhcpOption,
  FIXED_BYTES,
  HARDWARE_ADDRESS_AT,
} from "./format.js";

/** Of lease, renewal and rebinding. */
const TIME_BYTES = 4;
const ADDRESS_BYTES = 4;
const MAX_HARDWARE_ADDRESS_BYTES = 16;

export class DhcpState {
  messages = 0;
}

export class DhcpParser implements ProtocolParser<DhcpState> {
  readonly protocol = Protocol.DHCP;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (end - offset < FIXED_BYTES) return Probe.NO;
    const opcode = bytes[offset]!;
    const isBootp = opcode === BOOTP_REQUEST || opcode === BOOTP_REPLY;
    return isBootp && bytes[offset + 2]! <= MAX_HARDWARE_ADDRESS_BYTES ? Probe.YES : Probe.ON_PORT;
  }

  createState(): DhcpState {
    return new DhcpState();
  }

  parse(state: DhcpState, input: ParserInput, message: MessageView): ParsedCode {
    const { bytes, offset: start, end } = input;
    input.offset = end;
    if (end - start < FIXED_BYTES) return Parsed.NEED_MORE;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    message.begin(this.protocol, input.direction, STAGE_HEAD, state.messages++);
    const hardwareBytes = Math.min(bytes[start + 2]!, MAX_HARDWARE_ADDRESS_BYTES);
    message.add(Field.DHCP_CLIENT_MAC, bytes, start + HARDWARE_ADDRESS_AT, hardwareBytes);
    message.setNumber(NumberField.DHCP_ASSIGNED_ADDRESS, readUint32(bytes, start + ASSIGNED_ADDRESS_AT));
    if (!readOptions(bytes, start + FIXED_BYTES, end, message)) {
      message.addEvent(AppLayerEvent.DHCP_TRUNCATED_OPTIONS);
    }
    return Parsed.MESSAGE;
  }

  describe(_state: DhcpState, _message: MessageView): Readonly<Record<string, unknown>> {
    return { dhcp: describeDhcp(this.#bytes, this.#start, this.#end) };
  }
}

/** Fields and numbers of the options; false where they do not come to their end. */
function readOptions(bytes: Uint8Array, from: number, end: number, message: MessageView): boolean {
  let at = from;
  while (at < end) {
    const code = bytes[at]!;
    if (code === DhcpOption.END) return true;
    if (code === DhcpOption.PAD) {
      at++;
      continue;
    }
    if (at + 2 > end) return false;
    const data = at + 2;
    const length = bytes[at + 1]!;
    if (data + length > end) return false;
    switch (code) {
      case DhcpOption.HOSTNAME:
        message.add(Field.DHCP_HOSTNAME, bytes, data, length);
        break;
      case DhcpOption.VENDOR_CLASS:
        message.add(Field.DHCP_VENDOR_CLASS, bytes, data, length);
        break;
      case DhcpOption.PARAMETER_LIST:
        message.add(Field.DHCP_PARAMETER_LIST, bytes, data, length);
        break;
      case DhcpOption.CLIENT_ID:
        if (length < 2) return false;
        message.add(Field.DHCP_CLIENT_ID, bytes, data + 1, length - 1);
        break;
      case DhcpOption.REQUESTED_IP:
        if (length === ADDRESS_BYTES)
          message.setNumber(NumberField.DHCP_REQUESTED_ADDRESS, readUint32(bytes, data));
        break;
      case DhcpOption.MESSAGE_TYPE:
        if (length > 0) message.setNumber(NumberField.DHCP_MESSAGE_TYPE, bytes[data]!);
        break;
      case DhcpOption.LEASE_TIME:
        if (length < TIME_BYTES) return false;
        if (length === TIME_BYTES) message.setNumber(NumberField.DHCP_LEASE_TIME, readUint32(bytes, data));
        break;
      case DhcpOption.RENEWAL_TIME:
        if (length < TIME_BYTES) return false;
        if (length === TIME_BYTES) message.setNumber(NumberField.DHCP_RENEWAL_TIME, readUint32(bytes, data));
        break;
      case DhcpOption.REBINDING_TIME:
        if (length < TIME_BYTES) return false;
        if (length === TIME_BYTES)
          message.setNumber(NumberField.DHCP_REBINDING_TIME, readUint32(bytes, data));
        break;
    }
    at = data + length;
  }
  return false;
}

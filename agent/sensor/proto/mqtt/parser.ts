/**
 * Owns MQTT 3.1, 3.1.1 and 5 over TCP: every control packet is a message with its type, flags, texts and reason
 * codes. In Suricata an acknowledgement joins the transaction of what it acknowledges, here it does so in records; and as there
 * it goes in the direction of that one for rules.
 *
 * A packet larger than the stream head is read as far as it is there. Malformed packets end the flow with an event;
 * so does, silently, the end of one direction, because then nothing can be said of missing packets any more.
 *
 * Suricata looks for it on TCP port 1883. Memory: MqttSession per flow; entries point into the stream.
 */

import { readUint16 } from "../../wire/big-endian.js";
import { AppLayerEvent } from "../app-layer-events.js";
import { Field, type FieldId, NumberField } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
  type RecordSink,
} from "../parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../protocols.js";
import { describeMqtt } from "./eve.js";
import {
  ConnectFlag,
  endOfProperty,
  endOfString,
  MQTT_5,
  MqttType,
  PROPERTY_KINDS,
  VariableInteger,
} from "./format.js";
import { MqttSession } from "./session.js";

const MAX_QOS = 2;
/** Topics of one packet that are matched (Suricata's limit). */
const MAX_TOPICS = 100;
/** Keys of records that stand alone. */
const FREE_KEYS = 2 ** 32;
/** Packets that answer, and are of the other side's transaction. */
const ACKNOWLEDGEMENTS: ReadonlySet<number> = new Set([
  MqttType.PUBACK,
  MqttType.PUBREC,
  MqttType.PUBCOMP,
  MqttType.SUBACK,
  MqttType.UNSUBACK,
]);
const LETTER_M = 0x4d;
const LETTER_Q = 0x51;
/** First byte of the packets by which the protocol is recognised: type, and no flags. */
const CONNECT_HEAD = MqttType.CONNECT << 4;
const CONNACK_HEAD = MqttType.CONNACK << 4;

export class MqttParser implements ProtocolParser<MqttSession> {
  readonly protocol = Protocol.MQTT;
  readonly #length = new VariableInteger();
  /** The packet at hand: its body, as far as it is here. */
  #bytes: Uint8Array = new Uint8Array(0);
  #type = 0;
  #qos = 0;
  #body = 0;
  #end = 0;

  /**
   * A CONNECT with the protocol's name, or a CONNACK. Other packets may begin like any text (`P` is a PUBREC), so a
   * connection whose beginning was not seen is recognised on its port alone.
   */
  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    if (offset === end) return Probe.UNSURE;
    const head = bytes[offset]!;
    if (head !== CONNECT_HEAD && head !== CONNACK_HEAD)
      return head >> 4 === MqttType.UNASSIGNED || ((head >> 1) & 3) > MAX_QOS ? Probe.NO : Probe.ON_PORT;
    const read = this.#length.read(bytes, offset + 1, end);
    if (read < 0) return Probe.NO;
    if (read === 0) return Probe.UNSURE;
    const { next, value } = this.#length;
    const needed = head === CONNECT_HEAD ? 4 : 2;
    if (value < needed) return Probe.NO;
    if (end - next < needed) return Probe.UNSURE;
    // `MQTT` or `MQIsdp` behind two bytes of length; session present and seven reserved bits.
    const isMqtt = head === CONNECT_HEAD ? isNameStart(bytes, next + 2) : bytes[next]! <= 1;
    return isMqtt ? Probe.YES : Probe.NO;
  }

  createState(): MqttSession {
    return new MqttSession();
  }

  parse(session: MqttSession, input: ParserInput, message: MessageView): ParsedCode {
    if (session.isOver) return Parsed.FAILED;
    const { bytes, offset, end } = input;
    const read = offset < end ? this.#length.read(bytes, offset + 1, end) : 0;
    if (read === 0) return this.#wait(session, input);
    if (read < 0) {
      message.begin(this.protocol, input.direction, STAGE_HEAD, session.messages++);
      return this.#fail(session, message);
    }
    const packetEnd = this.#length.next + this.#length.value;
    const isCut = packetEnd > end;
    if (isCut && !input.isFull) return this.#wait(session, input);
    this.#bytes = bytes;
    this.#type = bytes[offset]! >> 4;
    this.#qos = (bytes[offset]! >> 1) & 3;
    this.#body = this.#length.next;
    this.#end = isCut ? end : packetEnd;
    input.offset = this.#end;
    if (isCut) input.skipBytes = packetEnd - end;
    const isAnswer =
      this.#type === MqttType.CONNACK ? session.isConnecting : ACKNOWLEDGEMENTS.has(this.#type);
    const direction = isAnswer ? otherThan(input.direction) : input.direction;
    message.begin(this.protocol, direction, STAGE_HEAD, session.messages++);
    message.setNumber(NumberField.MQTT_TYPE, this.#type);
    message.setNumber(NumberField.MQTT_QOS, this.#qos);
    message.setNumber(NumberField.MQTT_FLAGS, bytes[offset]! & 0xf);
    const isWellFormed = this.#readPacket(session, message) || isCut;
    message.setNumber(NumberField.MQTT_PROTOCOL_VERSION, session.protocolVersion);
    if (isWellFormed) {
      this.#join(session, message, isAnswer || this.#type === MqttType.PUBREL);
      if (input.recordSink !== undefined) this.#record(session, input.direction, message, input.recordSink);
      return Parsed.MESSAGE;
    }
    // As for Suricata, nothing that could be read of it counts.
    message.begin(this.protocol, input.direction, STAGE_HEAD, message.transaction);
    return this.#fail(session, message);
  }

  describe(session: MqttSession, message: MessageView): Readonly<Record<string, unknown>> {
    if (!message.hasNumber(NumberField.MQTT_TYPE)) return { mqtt: {} };
    const flags = message.number(NumberField.MQTT_FLAGS);
    return {
      mqtt: describeMqtt(this.#bytes, this.#type, flags, this.#body, this.#end, session.protocolVersion),
    };
  }

  /** The packet as part of the transaction that its identifier names; CONNECT and CONNACK are one as well. */
  #record(session: MqttSession, direction: DirectionId, message: MessageView, sink: RecordSink): void {
    const metadata = this.describe(session, message);
    const type = this.#type;
    const isConnecting = type === MqttType.CONNECT || type === MqttType.CONNACK;
    const id = isConnecting ? 0 : packetIdOf(metadata);
    // An acknowledgement belongs to what the other side sent.
    const origin = ACKNOWLEDGEMENTS.has(type) ? otherThan(direction) : direction;
    const key = id === undefined ? FREE_KEYS + message.transaction : id * 2 + origin;
    const hasAnswer =
      type === MqttType.CONNECT ||
      type === MqttType.SUBSCRIBE ||
      type === MqttType.UNSUBSCRIBE ||
      type === MqttType.PUBREC ||
      type === MqttType.PUBREL ||
      (type === MqttType.PUBLISH && (this.#qos === 1 || this.#qos === MAX_QOS));
    sink(isConnecting ? 0 : key, !hasAnswer || id === undefined, metadata);
  }

  #join({ transactions }: MqttSession, message: MessageView, goesOn: boolean): void {
    const id = this.#commonId();
    if (id < 0) return;
    const key = id * 2 + message.direction;
    message.part = goesOn ? transactions.find(key) : transactions.begin(key);
    message.goesOn = goesOn;
  }

  /** The identifier that a packet has in common with its acknowledgements, 0 for the session's beginning, −1 where it stands alone. */
  #commonId(): number {
    const { CONNECT, CONNACK, PUBLISH, UNSUBACK } = MqttType;
    const type = this.#type;
    if (type === CONNECT || type === CONNACK) return 0;
    if (type > UNSUBACK || (type === PUBLISH && this.#qos === 0)) return -1;
    let at = this.#body;
    if (type === PUBLISH) at += at + 2 > this.#end ? 0 : 2 + readUint16(this.#bytes, at);
    return at + 2 > this.#end ? -1 : readUint16(this.#bytes, at);
  }

  /** More bytes are needed, unless none will come. */
  #wait(session: MqttSession, input: ParserInput): ParsedCode {
    if (!input.isEnd) return Parsed.NEED_MORE;
    session.isOver = true;
    return Parsed.FAILED;
  }

  #fail(session: MqttSession, message: MessageView): ParsedCode {
    session.isOver = true;
    message.addEvent(AppLayerEvent.MQTT_MALFORMED_TRAFFIC);
    return Parsed.MESSAGE;
  }

  /** Fields and events of the packet; false where it is malformed. */
  #readPacket(session: MqttSession, message: MessageView): boolean {
    switch (this.#type) {
      case MqttType.CONNECT:
        return this.#readConnect(session, message);
      case MqttType.CONNACK:
        return this.#readConnack(session, message);
      case MqttType.PUBLISH:
        return this.#readPublish(session, message);
      case MqttType.PUBACK:
      case MqttType.PUBREC:
      case MqttType.PUBREL:
      case MqttType.PUBCOMP:
        return this.#readAcknowledgement(session, message);
      case MqttType.SUBSCRIBE:
        return this.#readTopics(session, Field.MQTT_SUBSCRIBE_TOPIC, 1, message);
      case MqttType.UNSUBSCRIBE:
        return this.#readTopics(session, Field.MQTT_UNSUBSCRIBE_TOPIC, 0, message);
      case MqttType.SUBACK:
        return this.#readReasonCodes(session, AppLayerEvent.MQTT_MISSING_SUBSCRIBE, message);
      case MqttType.UNSUBACK:
        return this.#readReasonCodes(session, AppLayerEvent.MQTT_MISSING_UNSUBSCRIBE, message);
      case MqttType.DISCONNECT:
      case MqttType.AUTH:
        return this.#readReason(session, message);
      case MqttType.UNASSIGNED:
        message.addEvent(AppLayerEvent.MQTT_UNASSIGNED_MSG_TYPE);
        return true;
      default:
        introduce(session, message);
        return true;
    }
  }

  #readConnect(session: MqttSession, message: MessageView): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    const name = endOfString(bytes, this.#body, end);
    if (name < 0 || name + 4 > end) return false;
    const version = bytes[name]!;
    const flags = bytes[name + 1]!;
    session.protocolVersion = version;
    if (session.isConnected) message.addEvent(AppLayerEvent.MQTT_DOUBLE_CONNECT);
    session.isConnecting = true;
    message.setNumber(NumberField.MQTT_CONNECT_FLAGS, flags);
    addText(message, Field.MQTT_CONNECT_PROTOCOL_STRING, bytes, this.#body, name);
    let at = this.#skipProperties(name + 4, version);
    at = this.#takeText(at, Field.MQTT_CONNECT_CLIENTID, message);
    if ((flags & ConnectFlag.WILL) !== 0) {
      at = this.#skipProperties(at, version);
      at = this.#takeText(at, Field.MQTT_CONNECT_WILLTOPIC, message);
      at = this.#takeText(at, Field.MQTT_CONNECT_WILLMESSAGE, message);
    }
    if ((flags & ConnectFlag.USERNAME) !== 0) at = this.#takeText(at, Field.MQTT_CONNECT_USERNAME, message);
    if ((flags & ConnectFlag.PASSWORD) !== 0) at = this.#takeText(at, Field.MQTT_CONNECT_PASSWORD, message);
    return at >= 0;
  }

  #readConnack(session: MqttSession, message: MessageView): boolean {
    const bytes = this.#bytes;
    const at = this.#body;
    if (at + 2 > this.#end) return false;
    if (session.isConnecting) session.isConnected = true;
    else message.addEvent(AppLayerEvent.MQTT_MISSING_CONNECT);
    session.isConnecting = false;
    message.setNumber(NumberField.MQTT_CONNACK_SESSION_PRESENT, bytes[at]! & 1);
    message.setNumber(NumberField.MQTT_REASON_CODE, bytes[at + 1]!);
    return this.#skipProperties(at + 2, session.protocolVersion) >= 0;
  }

  #readPublish(session: MqttSession, message: MessageView): boolean {
    const bytes = this.#bytes;
    let at = this.#takeText(this.#body, Field.MQTT_PUBLISH_TOPIC, message);
    if (at < 0) return false;
    if (this.#qos > 0) {
      if (at + 2 > this.#end) return false;
      if (this.#qos <= MAX_QOS) session.open(readUint16(bytes, at));
      else message.addEvent(AppLayerEvent.MQTT_INVALID_QOS_LEVEL);
      at += 2;
    }
    introduce(session, message);
    at = this.#skipProperties(at, session.protocolVersion);
    if (at < 0) return false;
    if (at < this.#end) message.add(Field.MQTT_PUBLISH_MESSAGE, bytes, at, this.#end - at);
    return true;
  }

  /** PUBACK, PUBREC, PUBREL, PUBCOMP: the packet identifier; in version 5 reason code and properties. */
  #readAcknowledgement(session: MqttSession, message: MessageView): boolean {
    const bytes = this.#bytes;
    const at = this.#body;
    const end = this.#end;
    if (at + 2 > end) return false;
    const isLast = this.#type === MqttType.PUBACK || this.#type === MqttType.PUBCOMP;
    if (!session.acknowledge(readUint16(bytes, at), isLast)) {
      message.addEvent(AppLayerEvent.MQTT_MISSING_PUBLISH);
      introduce(session, message);
    }
    if (session.protocolVersion < MQTT_5) return true;
    message.setNumber(NumberField.MQTT_REASON_CODE, at + 3 <= end ? bytes[at + 2]! : 0);
    return at + 3 >= end || this.#skipProperties(at + 3, MQTT_5) >= 0;
  }

  /** SUBSCRIBE and UNSUBSCRIBE: texts, each with `optionBytes` behind it. A subscription needs one at least. */
  #readTopics(session: MqttSession, field: FieldId, optionBytes: number, message: MessageView): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    if (this.#body + 2 > end) return false;
    if (this.#qos > MAX_QOS) message.addEvent(AppLayerEvent.MQTT_INVALID_QOS_LEVEL);
    else if (this.#qos > 0) session.open(readUint16(bytes, this.#body));
    introduce(session, message);
    let at = this.#skipProperties(this.#body + 2, session.protocolVersion);
    if (at < 0) return false;
    let topics = 0;
    for (; at < end && topics < MAX_TOPICS; topics++) {
      const next = endOfString(bytes, at, end);
      if (next < 0 || next + optionBytes > end) break;
      message.add(field, bytes, at + 2, next - at - 2);
      at = next + optionBytes;
    }
    return topics > 0 || optionBytes === 0;
  }

  /** SUBACK and UNSUBACK: one code per topic; the first one is the message's number. */
  #readReasonCodes(
    session: MqttSession,
    missing: typeof AppLayerEvent.MQTT_MISSING_SUBSCRIBE | typeof AppLayerEvent.MQTT_MISSING_UNSUBSCRIBE,
    message: MessageView,
  ): boolean {
    const bytes = this.#bytes;
    if (this.#body + 2 > this.#end) return false;
    if (!session.acknowledge(readUint16(bytes, this.#body), true)) {
      message.addEvent(missing);
      introduce(session, message);
    }
    const at = this.#skipProperties(this.#body + 2, session.protocolVersion);
    if (at < 0) return false;
    if (at < this.#end) message.setNumber(NumberField.MQTT_REASON_CODE, bytes[at]!);
    message.add(Field.MQTT_REASON_CODES, bytes, at, this.#end - at);
    return true;
  }

  /** DISCONNECT and AUTH: in version 5 a reason code, 0 where it is left out, and properties. */
  #readReason(session: MqttSession, message: MessageView): boolean {
    introduce(session, message);
    const at = this.#body;
    const isDisconnect = this.#type === MqttType.DISCONNECT;
    if (isDisconnect && session.protocolVersion < MQTT_5) return true;
    if (at === this.#end && !isDisconnect) return false;
    // As in Suricata a code without properties behind it is none.
    if (at + 1 === this.#end && isDisconnect) return true;
    message.setNumber(NumberField.MQTT_REASON_CODE, at < this.#end ? this.#bytes[at]! : 0);
    return at + 1 >= this.#end || this.#skipProperties(at + 1, MQTT_5) >= 0;
  }

  /** Behind the properties at `at`, which only version 5 has; −1 where they are malformed. */
  #skipProperties(at: number, version: number): number {
    if (at < 0 || version !== MQTT_5) return at;
    const bytes = this.#bytes;
    const length = this.#length;
    if (length.read(bytes, at, this.#end) <= 0) return -1;
    const end = length.next + length.value;
    if (end > this.#end) return -1;
    let property = length.next;
    while (property < end) {
      if (length.read(bytes, property, end) <= 0) return -1;
      property = endOfProperty(bytes, PROPERTY_KINDS[length.value] ?? 0, length.next, end);
      if (property < 0) return -1;
    }
    return end;
  }

  /** Add the text at `at` unless it is empty; behind it, or −1. */
  #takeText(at: number, field: FieldId, message: MessageView): number {
    const next = endOfString(this.#bytes, at, this.#end);
    if (next >= 0) addText(message, field, this.#bytes, at, next);
    return next;
  }
}

/** The packet identifier in the EVE object of a packet. */
function packetIdOf(metadata: Readonly<Record<string, unknown>>): number | undefined {
  const [packet] = Object.values(metadata.mqtt ?? {}) as { message_id?: number }[];
  return packet?.message_id;
}

/** Add the text whose length stands at `at`, unless it is empty: Suricata does not match empty ones. */
function addText(message: MessageView, field: FieldId, bytes: Uint8Array, at: number, next: number): void {
  if (next > at + 2) message.add(field, bytes, at + 2, next - at - 2);
}

function isNameStart(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === LETTER_M && bytes[at + 1] === LETTER_Q;
}

/** Packets before the connection is made are noted. */
function introduce(session: MqttSession, message: MessageView): void {
  if (!session.isConnected) message.addEvent(AppLayerEvent.MQTT_UNINTRODUCED_MESSAGE);
}

function otherThan(direction: DirectionId): DirectionId {
  return direction === TO_SERVER ? TO_CLIENT : TO_SERVER;
}

/**
 * The EVE `mqtt` object of one control packet. Passwords and message bodies are left out: they are content, not
 * metadata. The cold path.
 */

import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { eveText, hexText } from "../eve-text.js";
import {
  ConnectFlag,
  endOfProperty,
  endOfString,
  HeaderFlag,
  MQTT_5,
  MqttType,
  PROPERTY_KINDS,
  PropertyKind,
  VariableInteger,
} from "./format.js";

const MAX_TOPICS = 100;

type EveObject = Record<string, unknown>;

const TYPE_NAMES: readonly string[] = [
  "unassigned",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
];

const PROPERTY_NAMES: Readonly<Record<number, string>> = {
  1: "payload_format_indicator",
  2: "message_expiry_interval",
  3: "content_type",
  8: "response_topic",
  9: "correlation_data",
  11: "subscription_identifier",
  17: "session_expiry_interval",
  18: "assigned_client_identifier",
  19: "server_keep_alive",
  21: "authentication_method",
  22: "authentication_data",
  23: "request_problem_information",
  24: "will_delay_interval",
  25: "request_response_information",
  26: "response_information",
  28: "server_reference",
  31: "reason_string",
  33: "receive_maximum",
  34: "topic_alias_maximum",
  35: "topic_alias",
  36: "maximum_qos",
  37: "retain_available",
  39: "maximum_packet_size",
  40: "wildcard_subscription_available",
  41: "subscription_identifiers_available",
  42: "shared_subscription_available",
};

/** `[from, end)`: the packet behind its fixed header, whose low four bits are `flags`. */
export function describeMqtt(
  bytes: Uint8Array,
  type: number,
  flags: number,
  from: number,
  end: number,
  version: number,
): EveObject {
  if (type === MqttType.UNASSIGNED) return {};
  const packet: EveObject = {
    qos: (flags >> 1) & 3,
    retain: (flags & HeaderFlag.RETAIN) !== 0,
    dup: (flags & HeaderFlag.DUPLICATE) !== 0,
  };
  new PacketDescriber(bytes, from, end, version, packet).describe(type, flags);
  return { [TYPE_NAMES[type]!]: packet };
}

/** Reads one packet from front to back; once something does not fit, nothing further is added. */
class PacketDescriber {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #version: number;
  readonly #packet: EveObject;
  #at: number;

  constructor(bytes: Uint8Array, from: number, end: number, version: number, packet: EveObject) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
    this.#version = version;
    this.#packet = packet;
  }

  describe(type: number, flags: number): void {
    switch (type) {
      case MqttType.CONNECT:
        this.#connect();
        break;
      case MqttType.CONNACK:
        this.#packet.session_present = (this.#byte() & 1) !== 0;
        this.#packet.return_code = this.#byte();
        this.#properties(this.#version);
        break;
      case MqttType.PUBLISH:
        this.#packet.topic = this.#text();
        if ((flags & 6) !== 0) this.#packet.message_id = this.#uint16();
        this.#properties(this.#version);
        break;
      case MqttType.SUBSCRIBE:
      case MqttType.UNSUBSCRIBE:
        this.#packet.message_id = this.#uint16();
        this.#topics(type === MqttType.SUBSCRIBE);
        break;
      case MqttType.SUBACK:
      case MqttType.UNSUBACK: {
        this.#packet.message_id = this.#uint16();
        const properties = this.#readProperties(this.#version);
        const codes = [...this.#bytes.subarray(this.#at, Math.min(this.#end, this.#at + MAX_TOPICS))];
        if (type === MqttType.SUBACK) this.#packet.qos_granted = codes;
        else if (codes.length > 0) this.#packet.reason_codes = codes;
        if (properties) this.#packet.properties = properties;
        break;
      }
      case MqttType.PINGREQ:
      case MqttType.PINGRESP:
        break;
      default:
        if (type !== MqttType.DISCONNECT && type !== MqttType.AUTH) this.#packet.message_id = this.#uint16();
        this.#reason();
    }
  }

  #connect(): void {
    const packet = this.#packet;
    packet.protocol_string = this.#text();
    const version = this.#byte();
    packet.protocol_version = version;
    const flags = this.#byte();
    this.#at += 2;
    const properties = this.#readProperties(version);
    packet.client_id = this.#text();
    packet.flags = {
      username: (flags & ConnectFlag.USERNAME) !== 0,
      password: (flags & ConnectFlag.PASSWORD) !== 0,
      will_retain: (flags & ConnectFlag.WILL_RETAIN) !== 0,
      will: (flags & ConnectFlag.WILL) !== 0,
      clean_session: (flags & ConnectFlag.CLEAN_SESSION) !== 0,
    };
    if ((flags & ConnectFlag.WILL) !== 0) {
      const willProperties = this.#readProperties(version);
      const will: EveObject = { topic: this.#text() };
      this.#text();
      if (willProperties) will.properties = willProperties;
      packet.will = will;
    }
    if ((flags & ConnectFlag.USERNAME) !== 0) packet.username = this.#text();
    if (properties) packet.properties = properties;
  }

  #topics(hasOptions: boolean): void {
    const properties = this.#readProperties(this.#version);
    const topics: unknown[] = [];
    while (this.#at < this.#end && topics.length < MAX_TOPICS) {
      const next = endOfString(this.#bytes, this.#at, this.#end);
      if (next < 0 || next + (hasOptions ? 1 : 0) > this.#end) break;
      const topic = this.#text();
      topics.push(hasOptions ? { topic, qos: this.#byte() } : topic);
    }
    this.#packet.topics = topics;
    if (properties) this.#packet.properties = properties;
  }

  #reason(): void {
    if (this.#version < MQTT_5) return;
    this.#packet.reason_code = this.#at < this.#end ? this.#byte() : 0;
    if (this.#at < this.#end) this.#properties(MQTT_5);
  }

  #properties(version: number): void {
    const properties = this.#readProperties(version);
    if (properties) this.#packet.properties = properties;
  }

  #readProperties(version: number): EveObject | undefined {
    if (version !== MQTT_5) return undefined;
    const bytes = this.#bytes;
    const integer = new VariableInteger();
    if (integer.read(bytes, this.#at, this.#end) <= 0) return undefined;
    const end = Math.min(integer.next + integer.value, this.#end);
    const properties: EveObject = {};
    let at = integer.next;
    this.#at = end;
    while (at < end && integer.read(bytes, at, end) > 0) {
      const identifier = integer.value;
      const kind = PROPERTY_KINDS[identifier] ?? 0;
      const from = integer.next;
      at = endOfProperty(bytes, kind, from, end);
      if (at < 0) break;
      if (kind === PropertyKind.PAIR) {
        const second = endOfString(bytes, from, end);
        // A name such as __proto__ is a property like any other.
        const name = eveText(bytes, from + 2, second - from - 2);
        Object.defineProperty(properties, name, {
          value: eveText(bytes, second + 2, at - second - 2),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else {
        properties[PROPERTY_NAMES[identifier] ?? String(identifier)] = propertyValue(bytes, kind, from, at);
      }
    }
    return Object.keys(properties).length > 0 ? properties : undefined;
  }

  #text(): string {
    const next = endOfString(this.#bytes, this.#at, this.#end);
    if (next < 0) {
      this.#at = this.#end;
      return "";
    }
    const text = eveText(this.#bytes, this.#at + 2, next - this.#at - 2);
    this.#at = next;
    return text;
  }

  #byte(): number {
    return this.#at < this.#end ? this.#bytes[this.#at++]! : 0;
  }

  #uint16(): number {
    if (this.#at + 2 > this.#end) return 0;
    this.#at += 2;
    return readUint16(this.#bytes, this.#at - 2);
  }
}

function propertyValue(bytes: Uint8Array, kind: number, from: number, next: number): unknown {
  switch (kind) {
    case PropertyKind.BYTE:
      return bytes[from];
    case PropertyKind.UINT16:
      return readUint16(bytes, from);
    case PropertyKind.UINT32:
      return readUint32(bytes, from);
    case PropertyKind.VARINT: {
      const integer = new VariableInteger();
      return integer.read(bytes, from, next) > 0 ? integer.value : 0;
    }
    case PropertyKind.STRING:
      return eveText(bytes, from + 2, next - from - 2);
    default:
      return hexText(bytes, from + 2, next - from - 2);
  }
}

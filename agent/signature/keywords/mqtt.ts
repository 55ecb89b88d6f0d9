import { Field, NumberField } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { Compare, parseComparison } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, TO_CLIENT_BIT, TO_SERVER_BIT } from "../signature.js";
import { requireValue, splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Control packet types in the order of their numbers (MQTT 5, 2.1.2). */
const TYPES: readonly string[] = [
  "UNASSIGNED",
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "PINGREQ",
  "PINGRESP",
  "DISCONNECT",
  "AUTH",
];
const HEADER_FLAGS: Readonly<Record<string, number>> = { dup: 0x08, retain: 0x01 };
const CONNECT_FLAGS: Readonly<Record<string, number>> = {
  username: 0x80,
  password: 0x40,
  will_retain: 0x20,
  will: 0x04,
  clean_session: 0x02,
};

function flagsKeyword(
  name: string,
  field: number,
  directions: number,
  bits: Readonly<Record<string, number>>,
): Keyword {
  return {
    names: [name],
    apply(rule, value) {
      let mask = 0;
      let wanted = 0;
      for (const word of splitArguments(value, name)) {
        const bit = bits[word.replace("!", "").trim()];
        if (bit === undefined) throw new RuleError(`${name}: "${word}" is not a flag`);
        mask |= bit;
        if (!word.startsWith("!")) wanted |= bit;
      }
      rule.addMessageTest(
        { field, operator: Compare.MASKED, a: mask, b: wanted },
        [Protocol.MQTT],
        directions,
      );
    },
  };
}

/** Keywords of MQTT beyond its text buffers and plain numbers. */
export const mqttKeywords: readonly Keyword[] = [
  {
    names: ["mqtt.type"],
    apply(rule, value) {
      const text = requireValue(value, "mqtt.type");
      const type = TYPES.indexOf(text.replace("!", "").trim().toUpperCase());
      if (type < 0) throw new RuleError(`mqtt.type: "${text}" is not known`);
      // As in Suricata, which notes an event where a packet has type 0.
      const isUnassigned = type === 0 && !text.startsWith("!");
      if (isUnassigned) rule.neverFires("packets of type 0 are told by an event alone");
      const operator = text.startsWith("!") ? Compare.NOT_EQUAL : Compare.EQUAL;
      rule.addMessageTest(
        { field: NumberField.MQTT_TYPE, operator, a: isUnassigned ? TYPES.length : type, b: 0 },
        [Protocol.MQTT],
        BOTH_DIRECTIONS,
      );
    },
  },
  {
    // SUBACK and UNSUBACK have a list of codes: one of them is enough.
    names: ["mqtt.reason_code"],
    apply(rule, value, _context, name) {
      const test = {
        field: Field.MQTT_REASON_CODES,
        keyBytes: 0,
        valueBytes: 1,
        key: 0,
        ...parseComparison(value, name, 255),
        numberField: NumberField.MQTT_REASON_CODE,
      };
      rule.addRecordTest(test, [Protocol.MQTT], BOTH_DIRECTIONS);
    },
  },
  {
    names: ["mqtt.connack.session_present"],
    apply(rule, value, _context, name) {
      const text = requireValue(value, name).toLowerCase();
      if (!/^(yes|true|no|false)$/.test(text))
        throw new RuleError(`${name}: "${value}" is neither yes nor no`);
      // As in Suricata 7, which looks for it in what the server began.
      rule.neverFires("a CONNACK belongs to what the client began");
      const a = text === "yes" || text === "true" ? 1 : 0;
      rule.addMessageTest(
        { field: NumberField.MQTT_CONNACK_SESSION_PRESENT, operator: Compare.EQUAL, a, b: 0 },
        [Protocol.MQTT],
        TO_CLIENT_BIT,
      );
    },
  },
  flagsKeyword("mqtt.flags", NumberField.MQTT_FLAGS, TO_SERVER_BIT, HEADER_FLAGS),
  flagsKeyword("mqtt.connect.flags", NumberField.MQTT_CONNECT_FLAGS, TO_SERVER_BIT, CONNECT_FLAGS),
];

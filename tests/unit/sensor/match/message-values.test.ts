import { expect, test } from "vitest";
import { Field, NumberField } from "../../../../agent/sensor/proto/fields.js";
import { Protocol, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { RuleBench, refusalOf } from "../../../support/rules.js";

const rule = (options: string) => `alert ip any any -> any any (${options} sid:1;)`;

test.each([
  ["weak", 23, true],
  ["weak", 18, false],
  ["!weak", 18, true],
  ["!weak", 23, false],
  ["rc4-hmac", 23, true],
  ["des-cbc-crc , -128,18", -128, true],
  ["des-cbc-crc , -128,18", 18, true],
  ["des-cbc-crc , -128,18", 17, false],
])("krb5.ticket_encryption:%s on a ticket of type %d is %s", (value, type, expected) => {
  const bench = new RuleBench(rule(`krb5.ticket_encryption:${value};`));
  const numbers = [[NumberField.KRB5_TICKET_ENCRYPTION, type]] as const;
  const answer = { protocol: Protocol.KRB5, direction: TO_CLIENT } as const;
  expect(bench.message({ ...answer, numbers }, answer).length > 0).toBe(expected);
  expect(bench.message(answer, answer)).toEqual([]);
});

test.each([
  ["alg_enc=7", true],
  ["sa_key_length=128", true],
  ["sa_life_duration=86400", true],
  ["alg_enc=128", false],
  ["alg_hash=7", false],
])("ike.chosen_sa_attribute:%s on AES with 128 bits for a day is %s", (value, expected) => {
  const bench = new RuleBench(rule(`ike.chosen_sa_attribute:${value};`));
  const attributes = ["000100000007", "000e00000080", "000c00015180"];
  const fields = attributes.map((hex) => [Field.IKE_CHOSEN_SA_ATTRIBUTE, Buffer.from(hex, "hex")] as const);
  expect(bench.message({ protocol: Protocol.IKE, direction: TO_CLIENT, fields }).length > 0).toBe(expected);
});

test("the SPI of the initiator is looked at in requests, that of the responder in answers", () => {
  const bench = new RuleBench(
    rule('ike.init_spi; content:"aa";'),
    'alert ip any any -> any any (ike.resp_spi; content:"bb"; sid:2;)',
  );
  const fields = [
    [Field.IKE_INIT_SPI, "aa"],
    [Field.IKE_RESP_SPI, "bb"],
  ] as const;
  expect(bench.message({ protocol: Protocol.IKE, direction: TO_SERVER, fields })).toEqual([1]);
  expect(bench.message({ protocol: Protocol.IKE, direction: TO_CLIENT, fields })).toEqual([2]);
});

test("mqtt.reason_code is any code of a list, or the one of a packet without a list", () => {
  const bench = new RuleBench(rule("mqtt.reason_code:17;"));
  const codes = (...numbers: readonly number[]) => ({
    protocol: Protocol.MQTT,
    fields: [[Field.MQTT_REASON_CODES, Uint8Array.from(numbers)]] as const,
    numbers: [[NumberField.MQTT_REASON_CODE, numbers[0]!]] as const,
  });
  expect(bench.message(codes(0, 17))).toEqual([1]);
  expect(bench.message(codes(0, 18))).toEqual([]);
  const single = (code: number) => [[NumberField.MQTT_REASON_CODE, code]] as const;
  expect(bench.message({ protocol: Protocol.MQTT, numbers: single(17) })).toEqual([1]);
  expect(bench.message({ protocol: Protocol.MQTT, numbers: single(0) })).toEqual([]);
});

test("CYU fingerprints of QUIC are buffers of the client", () => {
  const hash = "a46560d4548108cf99308319b3b85346";
  const bench = new RuleBench(rule(`quic.cyu.hash; content:"${hash}"; bsize:32;`));
  const fields = [[Field.QUIC_CYU_HASH, hash]] as const;
  expect(bench.message({ protocol: Protocol.QUIC, fields })).toEqual([1]);
});

test.each([
  ["krb5.ticket_encryption:strong;", '"strong" is no encryption type'],
  ["ike.chosen_sa_attribute:alg_enc;", "is written attribute=number"],
  ["ike.chosen_sa_attribute:alg_rot13=1;", 'attribute "alg_rot13" is not known'],
])("%s is refused because of: %s", (options, reason) => {
  expect(refusalOf(rule(options))).toContain(reason);
});

import { describe, expect, it } from "vitest";
import { Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { SnmpParser } from "../../../../agent/sensor/proto/snmp/parser.js";
import { fromHex, fromLatin1, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

const snmp = new SnmpParser();

/** Real: version 1 (v2c), community "[R0_C@cti!]", get-request 1.3.6.1.2.1.1.3.0, request id 0x21182cd7. */
const GET_V2C = fromHex(`302e 020101 040b 5b52305f4340637469215d
  a01c 0204 21182cd7 020100 020100 300e 300c 0608 2b06010201010300 0500`);
/** Real: version 3, flags reportable, USM with user "username", a response about 1.3.6.1.2.1.1.6.0, in clear. */
const RESPONSE_V3 = fromHex(`306d 020103 3010 0204 207b2f72 0202 4000 0401 00 0201 03
  0425 3023 040d 80001f8880a9498e5e3a2c3043 0201dd 0201dd 0408 757365726e616d65 0400 0400
  302f 040d 80001f8880a9498e5e3a2c3043 0400 a21c 0204 207b2f72 020100 020100 300e 300c 0608 2b06010201010600 0400`);
/** Built after RFC 1157: trap v1 of 1.3.6.1.4.1.9 from 192.0.2.1, linkDown, community "public". */
const TRAP_V1 =
  fromHex(`302b 020100 0406 7075626c6963 a41e 0606 2b0601040109 4004 c0000201 020102 020100 4301 05
  3005 3003 0601 2a`);

describe("SNMP", () => {
  it("gives community, version and PDU type of a v2c request", () => {
    const [message] = parseDatagram(snmp, GET_V2C);
    expect(message).toMatchObject({
      direction: TO_SERVER,
      fields: { SNMP_COMMUNITY: ["[R0_C@cti!]"] },
      numbers: { SNMP_VERSION: 2, SNMP_PDU_TYPE: 0 },
      events: [],
      eve: {
        snmp: { version: 2, pdu_type: "get_request", vars: ["1.3.6.1.2.1.1.3.0"], community: "[R0_C@cti!]" },
      },
    });
  });

  it("gives the user name of version 3", () => {
    const [message] = parseDatagram(snmp, RESPONSE_V3, TO_CLIENT);
    expect(message!.fields).toEqual({ SNMP_USM: ["username"] });
    expect(message!.numbers).toEqual({ SNMP_VERSION: 3, SNMP_PDU_TYPE: 2 });
    expect(message!.eve).toMatchObject({ snmp: { version: 3, pdu_type: "response", usm: "username" } });
  });

  it("says of an encrypted PDU that it is encrypted", () => {
    const bytes = fromHex(`303f 020103 3010 0204 207b2f72 0202 4000 0401 03 0201 03
      0421 301f 040d 80001f8880a9498e5e3a2c3043 0201dd 0201dd 0404 75736572 0400 0400 0403 aabbcc 0500`);
    const whole = Uint8Array.from([...bytes.slice(0, bytes.length - 2)]);
    whole[1] = whole.length - 2;
    const [message] = parseDatagram(snmp, whole);
    expect(message!.fields).toEqual({ SNMP_USM: ["user"] });
    expect(message!.numbers).toEqual({ SNMP_VERSION: 3 });
    expect(message!.eve).toEqual({ snmp: { version: 3, pdu_type: "encrypted" } });
  });

  it("describes traps of version 1", () => {
    const [message] = parseDatagram(snmp, TRAP_V1);
    expect(message!.eve).toEqual({
      snmp: {
        version: 1,
        pdu_type: "trap_v1",
        trap_type: "LinkDown",
        trap_oid: "1.3.6.1.4.1.9",
        trap_address: "192.0.2.1",
        vars: ["1.2"],
        community: "public",
      },
    });
  });

  it("notes a version that differs from the flow's first", () => {
    const flow = new ParserFlow(snmp).datagram(TO_SERVER, GET_V2C).datagram(TO_CLIENT, TRAP_V1);
    expect(flow.messages.map(({ events }) => events)).toEqual([[], ["snmp.version_mismatch"]]);
    expect(flow.messages[1]!.numbers.SNMP_VERSION).toBe(2);
  });

  it("calls what is cut anywhere malformed, and reads on", () => {
    for (const bytes of [GET_V2C, RESPONSE_V3, TRAP_V1]) {
      expect(snmp.probe(bytes, 0, bytes.length)).toBe(Probe.YES);
      for (let end = 1; end < bytes.length; end++) {
        const cut = bytes.slice(0, end);
        expect(snmp.probe(cut, 0, end)).toBe(Probe.NO);
        const flow = new ParserFlow(snmp).datagram(TO_SERVER, cut).datagram(TO_SERVER, bytes);
        expect(flow.messages.map(({ events }) => events)).toEqual([["snmp.malformed_data"], []]);
      }
    }
  });

  it("hides from rules what Suricata does not take: numbers below 0 or above 32 bits, broken variables", () => {
    const hidden = (hex: string) =>
      new ParserFlow(snmp).datagram(TO_SERVER, fromHex(hex)).messages[0]!.isHiddenFromRules;
    const message = (requestId: string, variables: string) => {
      const pdu = `${requestId}020100020100${variables}`;
      const body = `02010104067075626c6963a0${(pdu.length / 2).toString(16).padStart(2, "0")}${pdu}`;
      return `30${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
    };
    expect(hidden(message("020105", "3000"))).toBe(false);
    expect(hidden(message("020500ffffffff", "3000"))).toBe(false);
    expect(hidden(message("0201dd", "3000"))).toBe(true);
    expect(hidden(message("020501ffffffff", "3000"))).toBe(true);
    expect(hidden(message("020105", "3003300506"))).toBe(true);
  });

  it("has no community or user where the text is empty", () => {
    const empty =
      "3018020101" + "0400" + "a011" + "020105" + "020100" + "020100" + "3006" + "3004" + "06000500";
    const { fields } = new ParserFlow(snmp).datagram(TO_SERVER, fromHex(empty)).messages[0]!;
    expect(fields.SNMP_COMMUNITY).toBeUndefined();
  });

  it("refuses lying lengths and other protocols", () => {
    const lying = Uint8Array.from(GET_V2C);
    lying[6] = 0x7f;
    expect(snmp.probe(lying, 0, lying.length)).toBe(Probe.NO);
    expect(snmp.probe(fromHex("300c0201010161070a010004000400"), 0, 15)).toBe(Probe.NO);
    expect(snmp.probe(fromLatin1("GET / HTTP/1.1"), 0, 14)).toBe(Probe.NO);
  });
});

import { describe, expect, it } from "vitest";
import { KrbDatagramParser, KrbStreamParser } from "../../../../agent/sensor/proto/krb5/parser.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromHex, fromLatin1, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

const udp = new KrbDatagramParser();
const tcp = new KrbStreamParser();

/** Real AS-REQ: pvno 5, msg-type 10, cname testuser, realm DEMO.LOCAL, sname krbtgt/DEMO.LOCAL. */
const AS_REQ = fromHex(`6a819a308197 a103020105 a20302010a a4818a308187 a00703050050800000
  a115 3013 a003020101 a10c 300a 1b08 7465737475736572 a20c 1b0a 44454d4f2e4c4f43414c
  a31f 301d a003020102 a116 3014 1b06 6b7262746774 1b0a 44454d4f2e4c4f43414c
  a511 180f 32303236303231303233323535315a a611 180f 32303236303231303233323535315a
  a706 0204 2de004d8 a808 3006 020112 020111`);

function der(tag: number, ...parts: readonly (readonly number[])[]): number[] {
  const content = parts.flat();
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return [tag, ...length, ...content];
}
const text = (value: string): number[] => der(0x1b, [...fromLatin1(value)]);
const integer = (...octets: number[]): number[] => der(2, octets);
const name = (...parts: string[]): number[] =>
  der(0x30, der(0xa0, integer(1)), der(0xa1, der(0x30, ...parts.map(text))));
const encrypted = (...type: number[]): number[] =>
  der(0x30, der(0xa0, integer(...type)), der(0xa2, der(4, new Array<number>(20).fill(7))));

/** AS-REP after RFC 4120: ticket of file/srv under RC4 (23), the client's part under type −133 (0xff7b). */
const AS_REP = Uint8Array.from(
  der(
    0x6b,
    der(
      0x30,
      der(0xa0, integer(5)),
      der(0xa1, integer(11)),
      der(0xa3, text("OFFICE.EXAMPLE")),
      der(0xa4, name("tanaka")),
      der(
        0xa5,
        der(
          0x61,
          der(
            0x30,
            der(0xa0, integer(5)),
            der(0xa1, text("OFFICE.EXAMPLE")),
            der(0xa2, name("file", "srv")),
            der(0xa3, encrypted(23)),
          ),
        ),
      ),
      der(0xa6, encrypted(0xff, 0x7b)),
    ),
  ),
);
const KRB_ERROR = Uint8Array.from(
  der(
    0x7e,
    der(
      0x30,
      der(0xa0, integer(5)),
      der(0xa1, integer(30)),
      der(0xa4, der(0x18, [...fromLatin1("20260210232551Z")])),
      der(0xa5, integer(1)),
      der(0xa6, integer(25)),
      der(0xa9, text("OFFICE.EXAMPLE")),
      der(0xaa, name("krbtgt", "OFFICE.EXAMPLE")),
    ),
  ),
);

function withLength(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0, 0, bytes.length >> 8, bytes.length & 255, ...bytes]);
}

describe("Kerberos", () => {
  it("gives the names of a request", () => {
    const [message] = parseDatagram(udp, AS_REQ);
    expect(message).toMatchObject({
      direction: TO_SERVER,
      fields: { KRB5_CNAME: ["testuser"], KRB5_SNAME: ["krbtgt", "DEMO.LOCAL"] },
      numbers: { KRB5_MSG_TYPE: 10 },
      events: [],
      eve: {
        krb5: {
          msg_type: "KRB_AS_REQ",
          cname: "testuser",
          realm: "DEMO.LOCAL",
          sname: "krbtgt/DEMO.LOCAL",
          encryption: "<none>",
          weak_encryption: false,
        },
      },
    });
  });

  it("gives encryption types of a reply, negative ones too, and calls RC4 weak", () => {
    const [message] = parseDatagram(udp, AS_REP, TO_CLIENT);
    expect(message!.fields).toEqual({ KRB5_CNAME: ["tanaka"], KRB5_SNAME: ["file", "srv"] });
    expect(message!.numbers).toEqual({ KRB5_MSG_TYPE: 11, KRB5_TICKET_ENCRYPTION: 23 });
    expect(message!.events).toEqual(["krb5.weak_encryption"]);
    expect(message!.eve).toMatchObject({
      krb5: {
        msg_type: "KRB_AS_REP",
        realm: "OFFICE.EXAMPLE",
        encryption: "RC4_HMAC_OLD",
        weak_encryption: true,
        ticket_encryption: "RC4_HMAC",
        ticket_weak_encryption: true,
      },
    });
  });

  it("tells which request an error answers", () => {
    const flow = new ParserFlow(udp).datagram(TO_SERVER, AS_REQ).datagram(TO_CLIENT, KRB_ERROR);
    expect(flow.messages[1]!.numbers).toEqual({ KRB5_MSG_TYPE: 30, KRB5_ERROR_CODE: 25 });
    expect(flow.messages[1]!.eve).toMatchObject({
      krb5: {
        msg_type: "KRB_ERROR",
        failed_request: "KRB_AS_REQ",
        error_code: "KDC_ERR_PREAUTH_REQUIRED",
        cname: "<empty>",
        sname: "krbtgt/OFFICE.EXAMPLE",
      },
    });
    flow.datagram(TO_CLIENT, KRB_ERROR);
    expect(flow.messages[2]!.eve).toMatchObject({ krb5: { failed_request: "UNKNOWN" } });
  });

  it("gives nothing of a message that is cut anywhere", () => {
    for (const bytes of [AS_REQ, AS_REP, KRB_ERROR]) {
      expect(udp.probe(bytes, 0, bytes.length)).toBe(Probe.YES);
      for (let end = 0; end < bytes.length; end++) {
        for (const { fields } of parseDatagram(udp, bytes.slice(0, end))) expect(fields).toEqual({});
      }
    }
  });

  it("reads the same over TCP wherever the stream is cut", () => {
    const stream = withLength(AS_REP);
    const whole = new ParserFlow(tcp).stream(TO_CLIENT, stream).messages;
    expect(whole).toHaveLength(1);
    for (let cut = 0; cut <= stream.length; cut++) {
      const flow = new ParserFlow(tcp)
        .stream(TO_CLIENT, stream.slice(0, cut))
        .stream(TO_CLIENT, stream.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("reads one message of a chunk, as Suricata 7 does", () => {
    const flow = new ParserFlow(tcp).stream(
      TO_SERVER,
      Uint8Array.from([...withLength(AS_REQ), ...withLength(AS_REQ)]),
    );
    expect(flow.messages).toHaveLength(1);
    expect(flow.stream(TO_SERVER, withLength(AS_REQ)).messages).toHaveLength(2);
  });

  it("refuses records no implementation sends", () => {
    expect(new ParserFlow(tcp).stream(TO_SERVER, fromHex("00004001 6a")).last).toBe(Parsed.FAILED);
    expect(tcp.probe(withLength(AS_REQ), 0, 10)).toBe(Probe.UNSURE);
    expect(tcp.probe(withLength(AS_REQ), 0, AS_REQ.length + 4)).toBe(Probe.YES);
    expect(tcp.probe(fromLatin1("GET / HTTP/1.1\r\n"), 0, 16)).toBe(Probe.NO);
  });
});

import { describe, expect, it } from "vitest";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { SipDatagramParser, SipStreamParser } from "../../../../agent/sensor/proto/sip/parser.js";
import { fromHex, fromLatin1, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

const udp = new SipDatagramParser();
const tcp = new SipStreamParser();

/** Real, shortened by some header lines. */
const REGISTER = fromLatin1(
  "REGISTER sip:sip.cybercity.dk SIP/2.0\r\n" +
    "Via: SIP/2.0/UDP 192.168.1.2;branch=z9hG4bKnp151248737-46ea715e192.168.1.2;rport\r\n" +
    "From: <sip:voi18063@sip.cybercity.dk>;tag=903df0a\r\n" +
    "CSeq: 68 REGISTER\r\nContent-Length: 0\r\nUser-Agent: Nero SIPPS IP Phone Version 2.0.51.16\r\n\r\n",
);
const TRYING = fromLatin1("SIP/2.0 100 Trying\r\nCSeq: 69 REGISTER\r\nContent-Length: 0\r\n\r\n");
const INVITE = fromLatin1(
  "INVITE sip:bob@example.com;user=phone SIP/2.0\r\nl: 5\r\nSubject: a\r\n folded\r\n\r\nv=0\r\n",
);

describe("SIP datagrams", () => {
  it("gives line, method, URI and protocol of a request", () => {
    const [message] = parseDatagram(udp, REGISTER);
    expect(message).toMatchObject({
      direction: TO_SERVER,
      fields: {
        SIP_METHOD: ["REGISTER"],
        SIP_URI: ["sip:sip.cybercity.dk"],
        SIP_PROTOCOL: ["SIP/2.0"],
        SIP_REQUEST_LINE: ["REGISTER sip:sip.cybercity.dk SIP/2.0"],
      },
      events: [],
      eve: {
        sip: {
          method: "REGISTER",
          uri: "sip:sip.cybercity.dk",
          version: "SIP/2.0",
          request_line: "REGISTER sip:sip.cybercity.dk SIP/2.0",
        },
      },
    });
  });

  it("gives line, code and message of a response", () => {
    const [message] = parseDatagram(udp, TRYING, TO_CLIENT);
    expect(message!.fields).toEqual({
      SIP_PROTOCOL: ["SIP/2.0"],
      SIP_STAT_CODE: ["100"],
      SIP_STAT_MSG: ["Trying"],
      SIP_RESPONSE_LINE: ["SIP/2.0 100 Trying"],
    });
    expect(message!.eve).toEqual({
      sip: { version: "SIP/2.0", code: "100", reason: "Trying", response_line: "SIP/2.0 100 Trying" },
    });
  });

  it("keeps the flow's direction for a call that comes in", () => {
    const [message] = parseDatagram(udp, INVITE, TO_CLIENT);
    expect(message!.direction).toBe(TO_CLIENT);
    expect(message!.fields.SIP_METHOD).toEqual(["INVITE"]);
  });

  it("calls a header without an end incomplete, and other lines invalid", () => {
    for (let end = 1; end < REGISTER.length; end++) {
      expect(parseDatagram(udp, REGISTER.slice(0, end))[0]!.events).toEqual(["sip.incomplete_data"]);
    }
    for (const line of [
      "GET / HTTP/1.1\r\n\r\n",
      "SIP/2.0 ab\r\n\r\n",
      "INVITE  SIP/2.0\r\n\r\n",
      "A b SIP/2.0\n\n",
    ]) {
      expect(parseDatagram(udp, fromLatin1(line))[0]!.events).toEqual(["sip.invalid_data"]);
    }
  });

  it("passes over keep-alive", () => {
    expect(parseDatagram(udp, fromLatin1("\r\n\r\n"))).toEqual([]);
    expect(parseDatagram(udp, fromHex("00000000"))).toEqual([]);
  });

  it("recognises requests to the server and responses to the client", () => {
    expect(udp.probe(REGISTER, 0, REGISTER.length, TO_SERVER)).toBe(Probe.YES);
    expect(udp.probe(REGISTER, 0, REGISTER.length, TO_CLIENT)).toBe(Probe.NO);
    expect(udp.probe(TRYING, 0, TRYING.length, TO_CLIENT)).toBe(Probe.YES);
  });
});

describe("SIP over TCP", () => {
  const both = Uint8Array.from([...INVITE, ...fromLatin1("\r\n\r\n"), ...REGISTER]);

  it("tells messages apart by their length, wherever the stream is cut", () => {
    const whole = new ParserFlow(tcp).stream(TO_SERVER, both).messages;
    expect(whole.map(({ fields }) => fields.SIP_METHOD![0])).toEqual(["INVITE", "REGISTER"]);
    for (let cut = 0; cut <= both.length; cut++) {
      const flow = new ParserFlow(tcp)
        .stream(TO_SERVER, both.slice(0, cut))
        .stream(TO_SERVER, both.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("does not believe a length of many digits", () => {
    const lying = fromLatin1(`INVITE sip:a SIP/2.0\r\nContent-Length: ${"9".repeat(400)}\r\n\r\n`);
    const flow = new ParserFlow(tcp).stream(TO_SERVER, lying);
    expect([flow.messages.length, flow.last]).toEqual([1, Parsed.NEED_MORE]);
  });

  it("gives up what is not SIP and a header larger than the stream head", () => {
    expect(new ParserFlow(tcp).stream(TO_SERVER, fromLatin1("GET / HTTP/1.1\r\n")).last).toBe(Parsed.FAILED);
    const endless = fromLatin1(`INVITE sip:a SIP/2.0\r\nX: ${"a".repeat(5000)}`);
    expect(new ParserFlow(tcp, 4096).stream(TO_SERVER, endless).last).toBe(Parsed.FAILED);
    expect(tcp.probe(fromLatin1("POST / HTTP/1.1\r\n"), 0, 17)).toBe(Probe.NO);
    expect(tcp.probe(REGISTER, 0, 20)).toBe(Probe.UNSURE);
    expect(tcp.probe(REGISTER, 0, 60)).toBe(Probe.YES);
  });
});

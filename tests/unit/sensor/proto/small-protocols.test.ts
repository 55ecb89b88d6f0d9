import { describe, expect, it } from "vitest";
import { NtpParser } from "../../../../agent/sensor/proto/ntp/parser.js";
import { Parsed, ParserInput, Probe } from "../../../../agent/sensor/proto/parser.js";
import { ProbeOrder } from "../../../../agent/sensor/proto/probe-order.js";
import { Protocol, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { TelnetParser } from "../../../../agent/sensor/proto/telnet/parser.js";
import { TftpParser } from "../../../../agent/sensor/proto/tftp/parser.js";
import { registeredParsers } from "../../../../agent/sensor/registered-parsers.js";
import { fromHex, fromLatin1, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

describe("TFTP", () => {
  const tftp = new TftpParser();
  /** Real: read request, rfc1350.txt, octet. */
  const READ = fromHex("0001 726663313335302e747874 00 6f63746574 00");

  it("gives file and mode of a request", () => {
    const [message] = parseDatagram(tftp, READ);
    expect(message!.fields).toEqual({ FILE_NAME: ["rfc1350.txt"] });
    expect(message!.numbers).toEqual({ TFTP_OPCODE: 1 });
    expect(message!.eve).toEqual({ tftp: { packet: "read", file: "rfc1350.txt", mode: "octet" } });
    const write = parseDatagram(tftp, fromLatin1("\0\u0002a\0NetASCII\0"))[0]!;
    expect(write.eve).toEqual({ tftp: { packet: "write", file: "a", mode: "netascii" } });
  });

  it("takes nothing else for a request, though all with an opcode and a number is TFTP on its port", () => {
    for (let end = 0; end < READ.length; end++) {
      expect(tftp.probe(READ, 0, end)).toBe(end < 4 ? Probe.NO : Probe.ON_PORT);
      expect(parseDatagram(tftp, READ.slice(0, end))).toEqual([]);
    }
    for (const other of ["\0\u0003\0\u0001data", "\0\u0001a\0cctet\0", "\0\u0006a\0octet\0"]) {
      expect(parseDatagram(tftp, fromLatin1(other))).toEqual([]);
    }
  });
});

describe("NTP", () => {
  const ntp = new NtpParser();
  /** Real: version 4, client, all zero but the transmit time stamp. */
  const CLIENT = fromHex(`23${"00".repeat(39)}1857abc34a5f2cfe`);

  it("gives version and mode", () => {
    const [message] = parseDatagram(ntp, CLIENT);
    expect(message!.numbers).toEqual({ NTP_VERSION: 4, NTP_MODE: 3 });
    expect(message!.eve).toEqual({
      ntp: { version: 4, mode: "client", stratum: 0, reference_id: "00000000" },
    });
    expect(ntp.probe(CLIENT, 0, CLIENT.length)).toBe(Probe.YES);
  });

  it("notes what is too short or of another version", () => {
    for (let end = 1; end < CLIENT.length; end++) {
      expect(ntp.probe(CLIENT, 0, end)).toBe(Probe.NO);
      expect(parseDatagram(ntp, CLIENT.slice(0, end))[0]!.events).toEqual(["ntp.malformed_data"]);
    }
    const monlist = fromHex(`17000342${"00".repeat(44)}`);
    expect(parseDatagram(ntp, monlist)[0]!.events).toEqual(["ntp.malformed_data"]);
  });

  it("takes control messages of whole words for NTP on its port alone", () => {
    const control = fromHex(`1e02${"00".repeat(46)}`);
    expect(ntp.probe(control, 0, 48)).toBe(Probe.ON_PORT);
    expect(ntp.probe(fromHex(`1e02${"00".repeat(47)}`), 0, 49)).toBe(Probe.NO);
  });

  it("does not take a DNS query of its length for NTP", () => {
    const query = fromHex(`a62c 0100 0001 0000 0000 0000 ${"61".repeat(36)}`);
    expect(ntp.probe(query, 0, query.length)).toBe(Probe.ON_PORT);
  });
});

describe("telnet", () => {
  it("is what stands on its port and is nothing else", () => {
    const order = new ProbeOrder(
      registeredParsers().filter(({ transport }) => transport !== "udp"),
      true,
    );
    const find = (text: string, sourcePort: number, destinationPort: number) => {
      const bytes = fromLatin1(text);
      const input = Object.assign(new ParserInput(), {
        bytes,
        end: bytes.length,
        sourcePort,
        destinationPort,
      });
      return order.find(input, false)?.protocol;
    };
    expect(find("root\r\n", 40_000, 23)).toBe(Protocol.TELNET);
    expect(find("root\r\n", 23, 40_000)).toBeUndefined();
    expect(find("root\r\n", 40_000, 2323)).toBeUndefined();
    expect(find("SSH-2.0-x\r\n", 40_000, 23)).toBe(Protocol.SSH);
  });

  const telnet = new TelnetParser();
  /** Real beginning of a server: DO terminal type, DO terminal speed. */
  const NEGOTIATION = fromHex("fffd18 fffd20");

  it("is recognised by its negotiation and not read", () => {
    expect(telnet.probe(NEGOTIATION, 0, 2)).toBe(Probe.UNSURE);
    expect(telnet.probe(NEGOTIATION, 0, 6)).toBe(Probe.YES);
    expect(telnet.probe(fromHex("ffffff"), 0, 3)).toBe(Probe.ON_PORT);
    expect(telnet.probe(fromLatin1("login: "), 0, 7)).toBe(Probe.ON_PORT);
    const flow = new ParserFlow(telnet)
      .stream(TO_CLIENT, NEGOTIATION)
      .stream(TO_SERVER, fromLatin1("root\r\n"));
    expect([flow.messages, flow.last]).toEqual([[], Parsed.DONE]);
  });
});

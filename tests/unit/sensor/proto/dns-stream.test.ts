import { describe, expect, it } from "vitest";
import { DnsStreamParser } from "../../../../agent/sensor/proto/dns/parser.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { expectProportion } from "../../../support/growth.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";
import { feedParser } from "../../../support/parser-fuzz.js";

/** google.com A 1.2.3.4 with the reserved bit set, owner a pointer. */
const ANSWER_WITH_Z = fromHex(`1032 81c0 0001 0001 0000 0000 06676f6f676c65 03636f6d 00 0001 0001
  c00c 0001 0001 000140ef 0004 01020304`);

/** A message out of its header words and the rest. */
function message(words: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array {
  const header = words.flatMap((word) => [word >> 8, word & 255]);
  return Uint8Array.from([...header, ...parts.flatMap((part) => [...part])]);
}

function withLength(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([bytes.length >> 8, bytes.length & 255, ...bytes]);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("DNS over TCP", () => {
  const tcp = new DnsStreamParser();
  // Real exchange with 9.9.9.9: suricata.io A, then oisf.net A in the same connection.
  const first = fromHex("001d 0000 0100 0001 0000 0000 0000 08 7375726963617461 02 696f 00 0001 0001");
  const second = fromHex("001a 0000 0100 0001 0000 0000 0000 04 6f697366 03 6e6574 00 0001 0001");
  const both = concat(first, second);

  it("reads several messages of one segment", () => {
    const flow = new ParserFlow(tcp).stream(TO_SERVER, both);
    expect(flow.messages.map(({ fields }) => fields.DNS_QUERY)).toEqual([["suricata.io"], ["oisf.net"]]);
    expect(flow.last).toBe(Parsed.NEED_MORE);
  });

  it("reads the same wherever the stream is cut", () => {
    const whole = new ParserFlow(tcp).stream(TO_SERVER, both).messages;
    for (let cut = 0; cut <= both.length; cut++) {
      const flow = new ParserFlow(tcp)
        .stream(TO_SERVER, both.slice(0, cut))
        .stream(TO_SERVER, both.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
    const drip = new ParserFlow(tcp);
    for (const octet of both) drip.stream(TO_SERVER, Uint8Array.of(octet));
    expect(drip.messages).toEqual(whole);
  });

  it("steps over empty messages", () => {
    const flow = new ParserFlow(tcp).stream(TO_SERVER, concat(fromHex("0000 0000"), first));
    expect(flow.messages).toHaveLength(1);
  });

  it("gives up a stream after a malformed message, which is an event", () => {
    const broken = withLength(message([1, 0x0100, 1, 0, 0, 0], fromHex("40 00 0001 0001")));
    const flow = new ParserFlow(tcp).stream(TO_SERVER, concat(first, broken, second));
    expect(flow.messages.map(({ events }) => events)).toEqual([[], ["dns.malformed_data"]]);
    expect(flow.last).toBe(Parsed.FAILED);
  });

  it("tells of a malformed message with the one that the other side sent before it", () => {
    const broken = withLength(ANSWER_WITH_Z.slice(0, -2));
    const answered = new ParserFlow(tcp).stream(TO_SERVER, first).stream(TO_CLIENT, broken);
    const repeated = new ParserFlow(tcp)
      .stream(TO_CLIENT, withLength(ANSWER_WITH_Z))
      .stream(TO_CLIENT, broken);
    const alone = new ParserFlow(tcp).stream(TO_CLIENT, broken);
    const last = [answered, repeated, alone].map(({ messages }) => messages.at(-1)!);
    expect(last.map(({ direction, isHiddenFromRules }) => [direction, isHiddenFromRules])).toEqual([
      [TO_SERVER, false],
      [TO_CLIENT, true],
      [TO_CLIENT, true],
    ]);
  });

  it("gives up a stream whose header cannot be DNS", () => {
    const flow = new ParserFlow(tcp).stream(TO_SERVER, fromLatin1("GET / HTTP/1.1\r\n\r\n".repeat(2000)));
    expect(flow.last).toBe(Parsed.FAILED);
  });

  it("makes do with the beginning of a message larger than the stream head", () => {
    const records = concat(
      ...Array.from({ length: 600 }, () => fromHex("c00c 0001 0001 00000005 0004 01020304")),
    );
    const large = withLength(message([1, 0x8180, 1, 600, 0, 0], fromHex("0178 00 0001 0001"), records));
    const answer = withLength(ANSWER_WITH_Z);
    const flow = new ParserFlow(tcp, 4096).stream(TO_CLIENT, concat(large, answer));
    expect(flow.messages.map(({ fields, events }) => [fields.DNS_ANSWER_NAME, events])).toEqual([
      [["x"], []],
      [["google.com"], ["dns.z_flag_set"]],
    ]);
  });

  it("probes the length, then the message", () => {
    for (let end = 0; end < 14; end++) expect(tcp.probe(first, 0, end)).toBe(Probe.UNSURE);
    for (let end = 14; end < first.length; end++) expect(tcp.probe(first, 0, end)).toBe(Probe.UNSURE);
    expect(tcp.probe(both, 0, first.length)).toBe(Probe.YES);
    expect(tcp.probe(both, 0, both.length)).toBe(Probe.YES);
    expect(tcp.probe(fromLatin1("SSH-2.0-OpenSSH_9.2\r\n"), 0, 21)).toBe(Probe.NO);
    const ldap = fromHex("300c 0201 0161 070a 0100 0400 0400");
    expect(tcp.probe(ldap, 0, ldap.length)).toBe(Probe.UNSURE);
  });
});

describe("cost of DNS", () => {
  it("is linear in the worst messages: pointers to long chains of labels", () => {
    const worst = (questions: number): Uint8Array => {
      const chain = new Uint8Array(501).map((_, i) => (i % 2 === 0 ? 1 : 97));
      chain[500] = 0;
      const parts = Array.from({ length: questions }, () => fromHex("c00c 0001 0001"));
      return message([1, 0x0100, questions + 1, 0, 0, 0], chain, fromHex("0001 0001"), ...parts);
    };
    expectProportion(
      "DNS: pointers to long chains of labels",
      (size, wrap) => {
        const bytes = withLength(worst(Math.floor(size / 6)));
        feedParser(new DnsStreamParser(), [{ direction: TO_SERVER, bytes }], 1 << 17, wrap);
      },
      [5400, 54_000],
    );
  });
});

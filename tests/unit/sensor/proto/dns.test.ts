import { describe, expect, it } from "vitest";
import { DnsDatagramParser } from "../../../../agent/sensor/proto/dns/parser.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { Protocol, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromHex, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

const dns = new DnsDatagramParser(Protocol.DNS);

/** id 0x1032, flags 0x0100 (RD), one question: google.com, type A, class IN. */
const QUERY = fromHex("1032 0100 0001 0000 0000 0000 06676f6f676c65 03636f6d 00 0001 0001");
/** The answer to it with the reserved bit set (flags 0x81c0): google.com A 1.2.3.4, ttl 82159, owner a pointer. */
const ANSWER_WITH_Z = fromHex(`1032 81c0 0001 0001 0000 0000 06676f6f676c65 03636f6d 00 0001 0001
  c00c 0001 0001 000140ef 0004 01020304`);

/** A message out of its header words and the rest. */
function message(words: readonly number[], ...parts: readonly Uint8Array[]): Uint8Array {
  const header = words.flatMap((word) => [word >> 8, word & 255]);
  return Uint8Array.from([...header, ...parts.flatMap((part) => [...part])]);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("DNS datagrams", () => {
  it("gives a question as dotted text, its type and the header numbers", () => {
    const [query, ...rest] = parseDatagram(dns, QUERY);
    expect(rest).toEqual([]);
    expect(query).toMatchObject({
      direction: TO_SERVER,
      stage: 0,
      transaction: 0,
      fields: { DNS_QUERY: ["google.com"] },
      numbers: { DNS_ID: 0x1032, DNS_FLAGS: 0x0100, DNS_OPCODE: 0, DNS_RRTYPE: 1 },
      events: [],
      eve: {
        dns: {
          query: [{ type: "query", id: 4146, rrname: "google.com", rrtype: "A", tx_id: 0, opcode: 0 }],
        },
      },
    });
    expect(query!.numbers).not.toHaveProperty("DNS_RCODE");
  });

  it("gives an answer as a message to the client, without dns.query, in EVE version 2", () => {
    const [answer] = parseDatagram(dns, ANSWER_WITH_Z, TO_CLIENT);
    expect(answer!.direction).toBe(TO_CLIENT);
    expect(answer!.fields).toEqual({ DNS_ANSWER_NAME: ["google.com"] });
    expect(answer!.numbers.DNS_RCODE).toBe(0);
    expect(answer!.events).toEqual(["dns.z_flag_set"]);
    expect(answer!.eve).toEqual({
      dns: {
        answer: {
          version: 2,
          type: "answer",
          id: 4146,
          flags: "81c0",
          qr: true,
          rd: true,
          ra: true,
          z: true,
          opcode: 0,
          rrname: "google.com",
          rrtype: "A",
          rcode: "NOERROR",
          answers: [{ rrname: "google.com", rrtype: "A", ttl: 82159, rdata: "1.2.3.4" }],
          grouped: { A: ["1.2.3.4"] },
        },
      },
    });
  });

  it("writes every common kind of record into EVE", () => {
    // One answer each; owner a pointer to the question "x"; ttl 5.
    const record = (type: number, data: string): Uint8Array => {
      const bytes = fromHex(data);
      return concat(
        fromHex("c00c"),
        Uint8Array.of(type >> 8, type & 255, 0, 1, 0, 0, 0, 5, bytes.length >> 8, bytes.length & 255),
        bytes,
      );
    };
    const records = [
      record(28, "20010db8 00000000 00000000 00000001"),
      record(5, "016e c00c"),
      record(2, "026e73 c00c"),
      record(12, "0370 74 72 00"),
      record(15, "000a 046d61696c c00c"),
      record(16, "0161 026263"),
      record(6, "016d c00c 0172 00 00000001 00000002 00000003 00000004 00000005"),
      record(33, "0001 0002 01bb 0473727631 00"),
      record(44, "01 02 deadbeef"),
      record(10, "00ff41"),
      record(65, "0001 00 0001 0006 026832 026833 0004 0004 c0000201"),
      record(64, "0000 01 79 00"),
      record(99, "aa"),
    ];
    const bytes = message([7, 0x8180, 1, records.length, 0, 0], fromHex("0178 00 0001 0001"), ...records);
    const answer = parseDatagram(dns, bytes, TO_CLIENT)[0]!.eve.dns as {
      answer: { answers: Record<string, unknown>[]; grouped: Record<string, unknown> };
    };
    const shorn = answer.answer.answers.map(({ rrname, ttl, ...rest }) => {
      expect([rrname, ttl]).toEqual(["x", 5]);
      return rest;
    });
    expect(shorn).toEqual([
      { rrtype: "AAAA", rdata: "2001:0db8:0000:0000:0000:0000:0000:0001" },
      { rrtype: "CNAME", rdata: "n.x" },
      { rrtype: "NS", rdata: "ns.x" },
      { rrtype: "PTR", rdata: "ptr" },
      { rrtype: "MX", rdata: "mail.x" },
      { rrtype: "TXT", rdata: "a" },
      { rrtype: "TXT", rdata: "bc" },
      {
        rrtype: "SOA",
        soa: { mname: "m.x", rname: "r", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
      { rrtype: "SRV", srv: { priority: 1, weight: 2, port: 443, name: "srv1" } },
      { rrtype: "SSHFP", sshfp: { fingerprint: "de:ad:be:ef", algo: 1, type: 2 } },
      { rrtype: "NULL", rdata: "\u0000\\xffA" },
      { rrtype: "HTTPS", rdata: "1 . alpn=h2,h3 ipv4hint=192.0.2.1" },
      { rrtype: "SVCB", rdata: "0 y" },
      { rrtype: "SPF" },
    ]);
    expect(answer.answer.grouped.TXT).toEqual(["a", "bc"]);
  });

  it("ends dns.query at the root name, as Suricata's inspection does", () => {
    const bytes = message(
      [1, 0x0100, 3, 0, 0, 0],
      fromHex("0161 00 0001 0001 00 0002 0001 0162 00 0001 0001"),
    );
    expect(parseDatagram(dns, bytes)[0]!.fields).toEqual({ DNS_QUERY: ["a"] });
  });

  it("keeps the bytes of labels as they are", () => {
    const bytes = message([1, 0x0100, 1, 0, 0, 0], fromHex("03412e00 01ff 00 0010 0001"));
    const [query] = parseDatagram(dns, bytes);
    expect(query!.fields.DNS_QUERY).toEqual(["A.\u0000.\u00ff"]);
    expect(query!.eve).toMatchObject({ dns: { query: [{ rrname: "A.\u0000.\\xff", rrtype: "TXT" }] } });
  });

  it("tells the direction of an orphaned answer by its QR bit, and of the query that follows", () => {
    const flow = new ParserFlow(dns).datagram(TO_SERVER, ANSWER_WITH_Z).datagram(TO_CLIENT, QUERY);
    expect(flow.messages.map(({ direction, events }) => [direction, events])).toEqual([
      [TO_CLIENT, ["dns.z_flag_set"]],
      [TO_SERVER, []],
    ]);
  });

  it("notes messages that go the wrong way once the flow has its direction", () => {
    const flow = new ParserFlow(dns).datagram(TO_SERVER, QUERY);
    flow.datagram(TO_CLIENT, ANSWER_WITH_Z);
    flow.datagram(TO_SERVER, ANSWER_WITH_Z).datagram(TO_CLIENT, QUERY);
    expect(flow.messages.map(({ direction, fields, events }) => [direction, fields, events])).toEqual([
      [TO_SERVER, { DNS_QUERY: ["google.com"] }, []],
      [TO_CLIENT, { DNS_ANSWER_NAME: ["google.com"] }, ["dns.z_flag_set"]],
      [TO_SERVER, {}, ["dns.not_request"]],
      [TO_CLIENT, {}, ["dns.not_response"]],
      [TO_CLIENT, { DNS_ANSWER_NAME: ["google.com"] }, []],
    ]);
  });

  it("tells rules nothing of a malformed datagram, since the message that would tell it has been judged", () => {
    const flow = new ParserFlow(dns).datagram(TO_SERVER, QUERY);
    flow.datagram(TO_CLIENT, ANSWER_WITH_Z.slice(0, -2)).datagram(TO_SERVER, ANSWER_WITH_Z);
    expect(flow.messages.map(({ events, isHiddenFromRules }) => [events, isHiddenFromRules])).toEqual([
      [[], false],
      [["dns.malformed_data"], true],
      [["dns.not_request"], true],
    ]);
  });

  it("counts messages per direction", () => {
    const flow = new ParserFlow(dns);
    flow.datagram(TO_SERVER, QUERY).datagram(TO_CLIENT, ANSWER_WITH_Z).datagram(TO_SERVER, QUERY);
    expect(flow.messages.map(({ transaction }) => transaction)).toEqual([0, 0, 1]);
    expect(flow.messages[2]!.eve).toMatchObject({ dns: { query: [{ tx_id: 2 }] } });
  });

  it("notes an unassigned opcode", () => {
    const bytes = Uint8Array.from(QUERY);
    bytes[2] = 7 << 3;
    expect(parseDatagram(dns, bytes)[0]!.events).toEqual(["dns.invalid_opcode"]);
  });

  it("recognises messages by header and questions alone", () => {
    expect(dns.probe(QUERY, 0, QUERY.length)).toBe(Probe.YES);
    expect(dns.probe(ANSWER_WITH_Z, 0, ANSWER_WITH_Z.length)).toBe(Probe.YES);
    for (let end = 0; end < QUERY.length; end++) expect(dns.probe(QUERY, 0, end)).not.toBe(Probe.YES);
    // A call of the port mapper, which has two "additional records".
    const rpc = fromHex(`6a2fd552 00000000 00000002 000186a0 00000002 00000003 ${"00000000".repeat(9)}`);
    expect(dns.probe(rpc, 0, rpc.length)).toBe(Probe.ON_PORT);
    const snmp = fromHex(
      "302902010004067075626c6963a01c02047f0c0e1f020100020100300e300c06082b060102010101000500",
    );
    expect(dns.probe(snmp, 0, snmp.length)).toBe(Probe.NO);
  });

  it("passes over datagrams whose header cannot be one", () => {
    const noQuestion = message([1, 0x0100, 0, 1, 0, 0], fromHex("00 0001 0001 00000000 0000"));
    const manyRecords = message([1, 0x8180, 0xffff, 0xffff, 0, 0]);
    const emptyWithTail = message([1, 0x8180, 0, 0, 0, 0], fromHex("00"));
    for (const bytes of [noQuestion, manyRecords, emptyWithTail]) {
      const flow = new ParserFlow(dns).datagram(TO_SERVER, bytes);
      expect([flow.messages, flow.last]).toEqual([[], Parsed.NEED_MORE]);
    }
  });
});

describe("DNS names", () => {
  const question = (name: Uint8Array): Uint8Array =>
    message([1, 0x0100, 1, 0, 0, 0], name, fromHex("0001 0001"));
  const longName = concat(
    ...Array.from({ length: 20 }, (_, i) => concat(Uint8Array.of(63), new Uint8Array(63).fill(97 + i))),
  );

  it("cuts a name at 1,025 bytes and says so", () => {
    const [query] = parseDatagram(dns, question(concat(longName, Uint8Array.of(0))));
    expect(query!.fields.DNS_QUERY![0]).toHaveLength(1025);
    expect(query!.events).toEqual(["dns.name_too_long"]);
  });

  it("is told by its port where it is cut off, but not where its name is none", () => {
    const header = fromHex("000101000001000000000000");
    for (const [name, answer] of [
      ["03777777", Probe.ON_PORT],
      ["0377777700", Probe.ON_PORT],
      ["0a0001", Probe.ON_PORT],
      ["417777", Probe.NO],
      ["c00c00010001", Probe.NO],
    ] as const) {
      const bytes = Uint8Array.of(...header, ...fromHex(name));
      expect(dns.probe(bytes, 0, bytes.length), name).toBe(answer);
    }
  });

  it("takes a pointer to itself as malformed, behind another pointer as an endless loop", () => {
    expect(parseDatagram(dns, question(fromHex("c00c")))[0]!.events).toEqual(["dns.malformed_data"]);
    // The question's name points behind the questions, where a pointer to itself stands.
    const bytes = concat(question(fromHex("c012")), fromHex("c012"));
    const [query] = parseDatagram(dns, bytes);
    expect(query!.events).toEqual(["dns.infinite_loop"]);
  });

  it("ends two pointers that point at each other after 255 jumps", () => {
    const bytes = concat(question(fromHex("c012")), fromHex("c00c"));
    const [query] = parseDatagram(dns, bytes);
    expect(query!.events).toEqual(["dns.name_too_long", "dns.too_many_labels"]);
  });

  it("takes reserved label types and pointers out of the message as malformed", () => {
    for (const name of ["40 00", "80 00", "c0ff", "3f 61"]) {
      expect(parseDatagram(dns, question(fromHex(name)))[0]!.events).toEqual(["dns.malformed_data"]);
    }
  });

  it("takes a name of more than 255 labels as malformed", () => {
    const name = new Uint8Array(513).map((_, i) => (i % 2 === 0 ? 1 : 97));
    name[512] = 0;
    expect(parseDatagram(dns, question(name))[0]!.events).toEqual(["dns.malformed_data"]);
    expect(parseDatagram(dns, question(name.slice(2)))[0]!.events).toEqual([]);
  });
});

describe("lying lengths in DNS", () => {
  it("calls an answer whose record leaves the message malformed, wherever it is cut", () => {
    for (let end = 12; end < ANSWER_WITH_Z.length; end++) {
      const [answer] = parseDatagram(dns, ANSWER_WITH_Z.slice(0, end), TO_CLIENT);
      if (answer) expect([answer.fields, answer.events]).toEqual([{}, ["dns.malformed_data"]]);
    }
  });

  it.each([
    ["CNAME that leaves its data", 5, "0361"],
    ["MX without preference", 15, "00"],
    ["SRV without port", 33, "0000 0000"],
    ["SOA without numbers", 6, "00 00 0000"],
    ["TXT string longer than its data", 16, "0561"],
    ["SSHFP without type", 44, "01"],
  ])("calls a %s malformed", (_title, type, data) => {
    const bytes = fromHex(data);
    const head = Uint8Array.of(0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length);
    const answer = message([1, 0x8180, 0, 1, 0, 0], fromHex("00"), head, bytes);
    expect(parseDatagram(dns, answer, TO_CLIENT)[0]!.events).toEqual(["dns.malformed_data"]);
  });
});

describe("mDNS and LLMNR", () => {
  it("names the device in an mDNS answer, also out of the additional section", () => {
    const mdns = new DnsDatagramParser(Protocol.MDNS);
    // _ipp._tcp.local PTR Printer._ipp._tcp.local; additional: printer.local A 192.0.2.9
    const bytes = message(
      [0, 0x8400, 0, 1, 0, 1],
      fromHex("045f697070 045f746370 056c6f63616c 00 000c 0001 00001194 000a 075072696e746572 c00c"),
      fromHex("077072696e746572 c016 0001 8001 00000078 0004 c0000209"),
    );
    const [answer] = parseDatagram(mdns, bytes);
    expect(answer!.direction).toBe(TO_CLIENT);
    expect(answer!.fields.DNS_ANSWER_NAME).toEqual(["_ipp._tcp.local", "printer.local"]);
    expect(answer!.eve).toMatchObject({
      dns: {
        answer: {
          answers: [{ rrtype: "PTR", rdata: "Printer._ipp._tcp.local" }],
          additionals: [{ rrname: "printer.local", rrtype: "A", rdata: "192.0.2.9" }],
        },
      },
    });
  });

  it("reads an LLMNR query as a message of its own protocol", () => {
    const llmnr = new DnsDatagramParser(Protocol.LLMNR);
    const bytes = message([9, 0, 1, 0, 0, 0], fromHex("07 6f666669636570 00 00ff 0001"));
    const [query] = parseDatagram(llmnr, bytes);
    expect(query!.fields).toEqual({ DNS_QUERY: ["officep"] });
    expect(query!.eve).toMatchObject({ dns: { query: [{ rrtype: "ANY" }] } });
  });
});

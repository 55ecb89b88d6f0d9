import { describe, expect, it } from "vitest";
import { DcerpcParser } from "../../../../agent/sensor/proto/dcerpc/parser.js";
import { DcerpcOrder } from "../../../../agent/sensor/proto/fields.js";
import { FilePool } from "../../../../agent/sensor/proto/file-pool.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { bind, bindAck, EPM_INTERFACE, pdu, request, response } from "../../../support/dcerpc-pdus.js";
import { fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const dcerpc = new DcerpcParser(new FilePool());

describe("DCERPC over TCP", () => {
  it("gives requests and responses with operation, stub data and the interfaces that were accepted", () => {
    const flow = new ParserFlow(dcerpc)
      .stream(TO_SERVER, bind())
      .stream(TO_CLIENT, bindAck(0))
      .stream(TO_SERVER, request(7, 3, "stub of request"))
      .stream(TO_CLIENT, response(7, "answer"));
    expect(
      flow.messages.map(({ direction, fields, numbers }) => ({ direction, ...fields, ...numbers })),
    ).toEqual([
      {
        direction: TO_SERVER,
        DCERPC_STUB_DATA: ["stub of request"],
        DCERPC_IFACE: [EPM_INTERFACE],
        DCERPC_OPNUM: 3,
        DCERPC_ORDER: DcerpcOrder.LITTLE_ENDIAN,
      },
      {
        direction: TO_CLIENT,
        // Hint, context and cancel count before the stub.
        DCERPC_STUB_DATA: ["\0\0\0\0\0\0\0\0answer"],
        DCERPC_IFACE: [EPM_INTERFACE],
        DCERPC_OPNUM: 3,
        DCERPC_ORDER: DcerpcOrder.LITTLE_ENDIAN,
      },
    ]);
    expect(flow.messages[1]!.eve).toEqual({
      dcerpc: {
        request: "REQUEST",
        req: { opnum: 3, frag_cnt: 1, stub_data_size: 15 },
        response: "RESPONSE",
        res: { frag_cnt: 1, stub_data_size: 14 },
        interfaces: [{ uuid: "e1af8308-5d1f-11c9-91a4-08002b14a0fa", version: "3.0", ack_result: 0 }],
        call_id: 7,
        rpc_version: "5.0",
      },
    });
  });

  it("names no interface that was refused or not answered", () => {
    for (const answers of [[bindAck(2)], []]) {
      const flow = new ParserFlow(dcerpc).stream(TO_SERVER, bind());
      for (const answer of answers) flow.stream(TO_CLIENT, answer);
      flow.stream(TO_SERVER, request(1, 0, "x"));
      expect(flow.messages[0]!.fields.DCERPC_IFACE).toBeUndefined();
    }
  });

  // Suricata 7.0.10 takes any interface a rule asks for to be bound where the bind has no flag of a first fragment; its rules
  // then alert on whatever service is called. That was its fault (mended in 8.0.5).
  it("tells interfaces apart though their bind has no flag of a first fragment", () => {
    const flagless = bind();
    flagless[3] = 0;
    const flow = new ParserFlow(dcerpc).stream(TO_SERVER, flagless).stream(TO_CLIENT, bindAck(0));
    flow.stream(TO_SERVER, request(1, 42, "x"));
    expect(flow.messages[0]!.fields.DCERPC_IFACE).toEqual([EPM_INTERFACE]);
  });

  it("puts the fragments of a call together", () => {
    const flow = new ParserFlow(dcerpc)
      .stream(TO_SERVER, request(1, 5, "one ", 1))
      .stream(TO_SERVER, request(1, 5, "two ", 0))
      .stream(TO_SERVER, request(1, 5, "three", 2));
    expect(flow.messages).toHaveLength(1);
    expect(flow.messages[0]!.fields.DCERPC_STUB_DATA).toEqual(["one two three"]);
    expect(flow.messages[0]!.eve).toMatchObject({ dcerpc: { req: { frag_cnt: 3 } } });
  });

  it("reads the same wherever the stream is cut", () => {
    const bytes = Uint8Array.from([...bind(), ...request(1, 5, "one", 1), ...request(1, 5, "two", 2)]);
    const whole = new ParserFlow(dcerpc).stream(TO_SERVER, bytes).messages;
    for (let cut = 0; cut <= bytes.length; cut++) {
      const flow = new ParserFlow(dcerpc)
        .stream(TO_SERVER, bytes.slice(0, cut))
        .stream(TO_SERVER, bytes.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("reads fragments larger than the stream head by their beginning", () => {
    const flow = new ParserFlow(dcerpc, 64).stream(TO_SERVER, request(1, 5, "a".repeat(100)));
    expect(flow.messages[0]!.fields.DCERPC_STUB_DATA).toEqual(["a".repeat(40)]);
    flow.stream(TO_SERVER, request(2, 6, "b"));
    expect(flow.messages[1]!.numbers.DCERPC_OPNUM).toBe(6);
  });

  it("gives up what is not DCERPC any more", () => {
    const flow = new ParserFlow(dcerpc)
      .stream(TO_SERVER, request(1, 1, ""))
      .stream(TO_SERVER, fromLatin1("GET / "));
    expect(flow.last).toBe(Parsed.FAILED);
    expect(new ParserFlow(dcerpc).stream(TO_SERVER, pdu(0, 1, [], 3, 8)).last).toBe(Parsed.FAILED);
  });

  it("survives binds and answers whose counts lie", () => {
    for (const bytes of [bind(), bindAck(0)]) {
      for (let at = 16; at < bytes.length; at++) {
        const lying = Uint8Array.from(bytes);
        lying[at] = 0xff;
        new ParserFlow(dcerpc).stream(TO_SERVER, bind()).stream(TO_CLIENT, lying).stream(TO_SERVER, lying);
      }
    }
  });

  it("recognises requests of clients and answers of servers", () => {
    const probe = (bytes: Uint8Array, direction: 0 | 1) => dcerpc.probe(bytes, 0, bytes.length, direction);
    expect(probe(bind(), TO_SERVER)).toBe(Probe.YES);
    expect(probe(bind(), TO_CLIENT)).toBe(Probe.NO);
    expect(probe(bindAck(0), TO_CLIENT)).toBe(Probe.YES);
    expect(probe(bind().slice(0, 10), TO_SERVER)).toBe(Probe.UNSURE);
    expect(probe(fromLatin1("\x05\x01\x00"), TO_SERVER)).toBe(Probe.UNSURE);
    expect(probe(fromLatin1("\x05\x02"), TO_SERVER)).toBe(Probe.NO);
  });
});

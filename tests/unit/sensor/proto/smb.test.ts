import { describe, expect, it } from "vitest";
import { FilePool } from "../../../../agent/sensor/proto/file-pool.js";
import { STAGE_BODY } from "../../../../agent/sensor/proto/message-view.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { SmbParser } from "../../../../agent/sensor/proto/smb/parser.js";
import { bind, bindAck, EPM_INTERFACE, request, response } from "../../../support/dcerpc-pdus.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";
import * as records from "../../../support/smb-records.js";

const smb = new SmbParser(new FilePool());
const newFlow = () => new ParserFlow(smb);
type Flow = ReturnType<typeof newFlow>;

function openFile(flow: Flow, share: string, shareType: number, name: string): Flow {
  return flow
    .stream(TO_SERVER, records.treeConnect(share))
    .stream(TO_CLIENT, records.treeConnected(shareType, 7))
    .stream(TO_SERVER, records.create(name, 7))
    .stream(TO_CLIENT, records.created(7));
}

describe("SMB 2", () => {
  it("tells shares and pipes apart", () => {
    const flow = newFlow()
      .stream(TO_SERVER, records.treeConnect("\\\\srv\\経理"))
      .stream(TO_SERVER, records.treeConnect("\\\\srv\\IPC$", 2));
    expect(flow.messages.map(({ fields }) => fields)).toEqual([
      { SMB_SHARE: [Buffer.from("\\\\srv\\経理").toString("latin1")] },
      { SMB_NAMED_PIPE: ["\\\\srv\\IPC$"] },
    ]);
    expect(flow.messages[0]!.eve).toMatchObject({
      smb: { id: 1, command: "SMB2_COMMAND_TREE_CONNECT", share: "\\\\srv\\経理", session_id: 0x41 },
    });
  });

  it("tells who logs on", () => {
    const token = records.ntlmsspAuthenticate("OFFICE", "tanaka", "PC-04");
    const flow = newFlow().stream(TO_SERVER, records.sessionSetup(token));
    expect(flow.messages[0]!.fields).toEqual({
      SMB_NTLMSSP_USER: ["tanaka"],
      SMB_NTLMSSP_DOMAIN: ["OFFICE"],
    });
    expect(flow.messages[0]!.eve).toMatchObject({
      smb: { ntlmssp: { domain: "OFFICE", user: "tanaka", host: "PC-04" } },
    });
    const lying = [...token];
    lying.splice(28, 2, 0xff, 0xff);
    const malformed = newFlow().stream(TO_SERVER, records.sessionSetup(lying));
    expect(malformed.messages[0]!.events).toEqual(["smb.malformed_ntlmssp_request"]);
    const kerberos = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
    const ticket = newFlow().stream(TO_SERVER, records.sessionSetup(kerberos));
    ticket.stream(TO_SERVER, records.treeConnect("\\\\s\\a"));
    expect(ticket.messages[0]!.eve).toMatchObject({ smb: { kerberos: {} } });
  });

  it("gives a written file when it is closed, with its name", () => {
    const flow = openFile(newFlow(), "\\\\srv\\data", 1, "tools\\a.exe")
      .stream(TO_SERVER, records.write(fromLatin1("MZ first "), 0, 7))
      .stream(TO_SERVER, records.write(fromLatin1("second"), 9, 7))
      .stream(TO_SERVER, records.close(7));
    expect(flow.messages).toHaveLength(2);
    expect(flow.messages[1]).toMatchObject({
      direction: TO_SERVER,
      stage: STAGE_BODY,
      fields: { FILE_NAME: ["tools\\a.exe"], FILE_DATA: ["MZ first second"] },
      eve: { smb: { command: "SMB2_COMMAND_CLOSE", filename: "tools\\a.exe", share: "\\\\srv\\data" } },
    });
  });

  it("gives a read file in the direction of the reader", () => {
    const flow = openFile(newFlow(), "\\\\srv\\data", 1, "b.txt")
      .stream(TO_SERVER, records.read(0, 7))
      .stream(TO_CLIENT, records.readDone(fromLatin1("content"), 7))
      .stream(TO_CLIENT, new Uint8Array(0), true);
    expect(flow.messages.at(-1)).toMatchObject({
      direction: TO_CLIENT,
      fields: { FILE_NAME: ["b.txt"], FILE_DATA: ["content"] },
    });
  });

  it("gives a large file when its inspected prefix is there, once, and follows the stream behind it", () => {
    const small = new SmbParser(new FilePool({ maxFiles: 1, fileBytes: 1000, idleUs: 1 }));
    const flow = new ParserFlow(small, 9000);
    openFile(flow, "\\\\srv\\data", 1, "big");
    flow.stream(TO_SERVER, records.write(new Uint8Array(30_000).fill(97), 0, 7));
    flow.stream(TO_SERVER, records.write(new Uint8Array(100), 30_000, 7)).stream(TO_SERVER, records.close(7));
    expect(flow.messages.map(({ fields }) => fields.FILE_DATA?.[0])).toEqual([undefined, "a".repeat(1000)]);
    flow.stream(TO_SERVER, records.treeConnect("\\\\srv\\next", 20));
    expect(flow.messages.at(-1)!.fields.SMB_SHARE).toEqual(["\\\\srv\\next"]);
  });

  it("reads DCERPC in pipes: written and read, and transceived", () => {
    const flow = openFile(newFlow(), "\\\\srv\\IPC$", 2, "svcctl")
      .stream(TO_SERVER, records.write(bind(), 0, 7))
      .stream(TO_SERVER, records.read(0, 7))
      .stream(TO_CLIENT, records.readDone(bindAck(0), 7))
      .stream(TO_SERVER, records.transceive(request(2, 12, "CreateService"), 7))
      .stream(TO_CLIENT, records.transceived(response(2, "handle"), 7));
    const calls = flow.messages.slice(1);
    expect(calls.map(({ direction, fields, numbers }) => ({ direction, ...fields, ...numbers }))).toEqual([
      {
        direction: TO_SERVER,
        DCERPC_STUB_DATA: ["CreateService"],
        DCERPC_IFACE: [EPM_INTERFACE],
        DCERPC_OPNUM: 12,
      },
      { direction: TO_CLIENT, DCERPC_STUB_DATA: ["handle"], DCERPC_IFACE: [EPM_INTERFACE], DCERPC_OPNUM: 12 },
    ]);
    expect(calls[0]!.eve).toMatchObject({
      smb: {
        filename: "svcctl",
        named_pipe: "\\\\srv\\IPC$",
        dcerpc: { request: "REQUEST", req: { opnum: 12 }, call_id: 2 },
      },
    });
  });

  it("notes a second negotiation, limits beyond bounds, transfers beyond limits and what is written twice", () => {
    const events = (flow: Flow): unknown => flow.messages.flatMap((message) => message.events);
    const negotiate = records.smb2(0, new Array<number>(36).fill(0));
    const limits = (bytes: number): Uint8Array =>
      records.smb2(0, [...new Array<number>(32).fill(0), ...records.le32(bytes), ...records.le32(bytes)], {
        isResponse: true,
      });
    const twice = newFlow().stream(TO_SERVER, negotiate).stream(TO_SERVER, negotiate);
    expect(events(twice)).toEqual(["smb.duplicate_negotiate"]);
    const again = newFlow().stream(TO_SERVER, negotiate).stream(TO_CLIENT, limits(100));
    expect(events(again.stream(TO_SERVER, negotiate))).toEqual(["smb.duplicate_negotiate"]);
    const later = newFlow().stream(TO_SERVER, negotiate).stream(TO_CLIENT, limits(100));
    later.stream(TO_CLIENT, records.readDone(new Uint8Array(1), 7)).stream(TO_SERVER, negotiate);
    expect(events(later)).toEqual([]);
    expect(events(newFlow().stream(TO_CLIENT, limits(0x0100_0001)))).toEqual([
      "smb.negotiate_max_read_size_too_large",
      "smb.negotiate_max_write_size_too_large",
    ]);
    const small = openFile(newFlow().stream(TO_CLIENT, limits(100)), "\\\\s\\a", 1, "f")
      .stream(TO_SERVER, records.write(new Uint8Array(101), 0, 7))
      .stream(TO_SERVER, records.read(0, 7))
      .stream(TO_CLIENT, records.readDone(new Uint8Array(101), 7));
    expect(events(small)).toEqual([
      "smb.write_request_too_large",
      "smb.read_request_too_large",
      "smb.read_response_too_large",
    ]);
    const overlapping = openFile(newFlow(), "\\\\s\\a", 1, "f");
    for (const offset of [0, 50, 20])
      overlapping.stream(TO_SERVER, records.write(new Uint8Array(60), offset, 7));
    expect(events(overlapping)).toEqual(["smb.file_overlap"]);
  });

  it("reads every record of a compound frame", () => {
    const path = records.wide("\\\\s\\one");
    const connect = records.smb2Record(3, [9, 0, 0, 0, 72, 0, path.length, 0, ...path], { next: 96 });
    while (connect.length < 96) connect.push(0);
    const second = records.smb2Record(3, [9, 0, 0, 0, 72, 0, path.length, 0, ...path], { messageId: 2 });
    const flow = newFlow().stream(TO_SERVER, records.frame([...connect, ...second]));
    expect(flow.messages.map(({ fields }) => fields.SMB_SHARE)).toEqual([["\\\\s\\one"], ["\\\\s\\one"]]);
  });

  it("passes over encrypted records and frames of NetBIOS", () => {
    const flow = newFlow()
      .stream(TO_SERVER, records.frame(new Array<number>(68).fill(0x20), 0x81))
      .stream(TO_SERVER, records.frame([0xfd, 0x53, 0x4d, 0x42, ...new Array<number>(100).fill(1)]))
      .stream(TO_SERVER, records.treeConnect("\\\\s\\a"));
    expect(flow.messages).toHaveLength(1);
  });

  it("reads the same wherever the stream is cut", () => {
    const bytes = Buffer.concat([
      records.treeConnect("\\\\srv\\IPC$"),
      records.write(request(1, 2, "stub"), 0, 7),
      records.treeConnect("\\\\srv\\x", 2),
    ]);
    const whole = newFlow().stream(TO_SERVER, bytes).messages;
    expect(whole).toHaveLength(3);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const flow = newFlow().stream(TO_SERVER, bytes.subarray(0, cut)).stream(TO_SERVER, bytes.subarray(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("uses the place of the oldest file for a newer one, and gives buffers back when the flow is over", () => {
    const pool = new FilePool();
    const parser = new SmbParser(pool);
    const flow = openFile(new ParserFlow(parser), "\\\\s\\data", 1, "first");
    flow.stream(TO_SERVER, records.write(fromLatin1("data"), 0, 7));
    expect(pool.used).toBe(1);
    for (let id = 100; id < 116; id++) flow.stream(TO_SERVER, records.create("more", 7, id));
    expect(pool.used).toBe(0);
    flow.stream(TO_SERVER, records.create("last", 7, 2)).stream(TO_CLIENT, records.created(7));
    flow.stream(TO_SERVER, records.write(fromLatin1("data"), 0, 7));
    expect(pool.used).toBe(1);
    parser.release(flow.state);
    expect(pool.used).toBe(0);
  });

  it("survives offsets and lengths that lie", () => {
    const all = [
      records.treeConnect("\\\\s\\a"),
      records.create("n", 7),
      records.write(request(1, 1, "x"), 0, 7),
      records.transceive(request(1, 1, "x"), 7),
      records.sessionSetup(records.ntlmsspAuthenticate("d", "u", "h")),
    ];
    for (const bytes of all) {
      for (let at = 4; at < bytes.length; at++) {
        const lying = Uint8Array.from(bytes);
        lying[at] = 0xff;
        newFlow()
          .stream(TO_SERVER, lying)
          .stream(TO_CLIENT, lying)
          .stream(TO_SERVER, new Uint8Array(0), true);
      }
    }
  });

  it("passes over frames of any type, whatever their length says", () => {
    const flow = newFlow()
      .stream(TO_SERVER, records.treeConnect("\\\\s\\a"))
      .stream(TO_SERVER, fromLatin1("S\0\0\x02ab"))
      .stream(TO_SERVER, records.treeConnect("\\\\s\\b"))
      .stream(TO_SERVER, fromLatin1("GET / HTTP/1.1"));
    expect(flow.messages.map(({ fields, events }) => [fields.SMB_SHARE, events])).toEqual([
      [["\\\\s\\a"], []],
      [["\\\\s\\b"], []],
    ]);
    expect(flow.last).toBe(Parsed.NEED_MORE);
  });

  it("ends where a message is none of SMB", () => {
    const flow = newFlow()
      .stream(TO_SERVER, records.treeConnect("\\\\s\\a"))
      .stream(TO_SERVER, records.frame([..."GET /".repeat(20)].map((letter) => letter.charCodeAt(0))));
    expect(flow.messages.at(-1)!.events).toEqual(["smb.malformed_data"]);
    expect(flow.last).toBe(Parsed.FAILED);
  });
});

describe("SMB 1", () => {
  const andX = [0xff, 0, 0, 0];
  const open = (flow: Flow, path: string, service: string) =>
    flow
      .stream(
        TO_SERVER,
        records.smb1(0x75, [...andX, 0, 0, 1, 0], [0, ...fromLatin1(`${path}\0${service}\0`)]),
      )
      .stream(TO_CLIENT, records.smb1(0x75, [...andX, 0, 0], fromLatin1(`${service}\0`) as never, true))
      .stream(
        TO_SERVER,
        records.smb1(0xa2, [...andX, 0, 5, 0, ...new Array<number>(41).fill(0)], [...fromLatin1("\\file")]),
      )
      .stream(TO_CLIENT, records.smb1(0xa2, [...andX, 0, 0x00, 0x40, 0], [], true));

  it("tells shares by their service, and gives written files", () => {
    const data = fromLatin1("X5O!P%@AP");
    const words = [
      ...andX,
      0x00,
      0x40,
      0,
      0,
      0,
      0,
      ...new Array<number>(8).fill(0),
      0,
      0,
      data.length,
      0,
      59,
      0,
    ];
    const flow = open(newFlow(), "\\\\s\\PUBLIC", "A:")
      .stream(TO_SERVER, records.smb1(0x2f, words, [...data]))
      .stream(TO_SERVER, records.smb1(0x04, [0x00, 0x40, 0, 0, 0, 0], []));
    expect(flow.messages.map(({ fields }) => fields)).toEqual([
      { SMB_SHARE: ["\\s\\PUBLIC"] },
      { FILE_NAME: ["\\file"], FILE_DATA: ["X5O!P%@AP"], FILE_SIZE: [expect.any(String)] },
    ]);
  });

  it("reads commands that are chained: a log-on and a share in one record, and no chain without an end", () => {
    for (const name of ["tanaka", "sato"]) {
      const token = records.ntlmsspAuthenticate("OFFICE", name, "PC-04");
      const record = records.chainedTreeConnect(token, "\\\\srv\\old");
      const flow = newFlow().stream(TO_SERVER, record);
      expect(flow.messages.map(({ fields }) => fields)).toEqual([
        { SMB_NTLMSSP_USER: [name], SMB_NTLMSSP_DOMAIN: ["OFFICE"] },
        { SMB_SHARE: ["\\srv\\old"] },
      ]);
      // The next link where the first one stands, behind the record, and in its middle.
      for (const at of [32, 9000, 40, 33]) {
        const lying = record.slice();
        lying.set(records.le16(at), 4 + 35);
        expect(newFlow().stream(TO_SERVER, lying).messages.length).toBeLessThan(5);
      }
    }
  });

  it("reads DCERPC in transactions of pipes", () => {
    const call = request(1, 9, "stub");
    const words = [
      ...new Array<number>(22).fill(0),
      ...records.le16(call.length),
      ...records.le16(67),
      2,
      0,
      0x26,
      0,
      0x00,
      0x40,
    ];
    const flow = open(newFlow(), "\\\\s\\IPC$", "IPC");
    flow.stream(TO_SERVER, records.smb1(0x25, words, [...call]));
    expect(flow.messages[0]!.fields).toEqual({ SMB_NAMED_PIPE: ["\\s\\IPC$"] });
    expect(flow.messages[1]).toMatchObject({
      fields: { DCERPC_STUB_DATA: ["stub"] },
      numbers: { DCERPC_OPNUM: 9 },
    });
  });
});

describe("recognising SMB", () => {
  it("asks for a frame with a record in it, or a session of NetBIOS", () => {
    const probe = (bytes: Uint8Array) => smb.probe(bytes, 0, bytes.length);
    expect(probe(fromHex("00000054 ff534d42"))).toBe(Probe.YES);
    expect(probe(fromHex("00000054 fe534d42"))).toBe(Probe.YES);
    expect(probe(fromHex("00000054 fe"))).toBe(Probe.UNSURE);
    expect(probe(fromHex("00000054 16030100"))).toBe(Probe.NO);
    expect(probe(fromHex("81000044 20"))).toBe(Probe.YES);
    expect(probe(fromHex("81000045 20"))).toBe(Probe.NO);
    expect(probe(fromHex("82000000"))).toBe(Probe.LIKELY);
    expect(probe(fromHex("16"))).toBe(Probe.NO);
  });
});

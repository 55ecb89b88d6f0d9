import { describe, expect, it } from "vitest";
import { NfsParser } from "../../../../agent/sensor/proto/nfs/parser.js";
import { nfsProcedureName } from "../../../../agent/sensor/proto/nfs/procedures.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { ParserFlow, parseDatagram } from "../../../support/parse-messages.js";
import { compound, rpcCall, rpcRecord } from "../../../support/rpc-messages.js";

const overUdp = new NfsParser(false);
const overTcp = new NfsParser(true);

const numbersOf = (messages: readonly { numbers: Readonly<Record<string, number>> }[]) =>
  messages.map(({ numbers }) => [numbers.NFS_VERSION, numbers.NFS_PROCEDURE]);

describe("NFS", () => {
  it("tells version and procedure of calls", () => {
    const messages = parseDatagram(overUdp, rpcCall(3, 7));
    expect(numbersOf(messages)).toEqual([[3, 7]]);
    expect(messages[0]!.eve).toEqual({ nfs: { version: 3, procedure: "WRITE" } });
    expect(parseDatagram(overUdp, rpcCall(3, 7, [], 100_005))).toEqual([]);
    expect(parseDatagram(overUdp, rpcCall(5, 7))).toEqual([]);
  });

  it("tells the operations of a compound up to the first whose length it does not know", () => {
    const putRootHandle = [24];
    const lookUp = [15, 4, 0x61626364];
    const getHandle = [10];
    const readDirectory = [26, 0, 0, 0, 0, 0, 0, 0];
    const operations = [putRootHandle, lookUp, getHandle, readDirectory, [9, 1, 0]];
    const flow = new ParserFlow(overTcp).stream(TO_SERVER, rpcRecord(rpcCall(4, 1, compound(operations))));
    expect(numbersOf(flow.messages)).toEqual([
      [4, 24],
      [4, 15],
      [4, 10],
      [4, 26],
    ]);
  });

  it("reads the same wherever the stream is cut, and passes over data", () => {
    const large = rpcRecord(rpcCall(3, 7, new Array<number>(1000).fill(0x61616161)));
    const bytes = Buffer.concat([rpcRecord(rpcCall(3, 1)), large, rpcRecord(rpcCall(3, 3))]);
    for (let cut = 0; cut <= bytes.length; cut += cut < 200 ? 1 : 97) {
      const flow = new ParserFlow(overTcp, 4096);
      flow.stream(TO_SERVER, bytes.subarray(0, cut)).stream(TO_SERVER, bytes.subarray(cut));
      expect(numbersOf(flow.messages)).toEqual([
        [3, 1],
        [3, 7],
        [3, 3],
      ]);
    }
  });

  it("gives up where records cannot be, and does not read answers", () => {
    const flow = new ParserFlow(overTcp).stream(TO_SERVER, rpcRecord(rpcCall(3, 1)));
    flow.stream(TO_SERVER, Uint8Array.of(0x7f, 0xff, 0xff, 0xff));
    expect(flow.last).toBe(Parsed.FAILED);
    expect(new ParserFlow(overTcp).stream(TO_CLIENT, new Uint8Array(100)).last).toBe(Parsed.DONE);
  });

  it("recognises calls of its versions only", () => {
    const probe = (parser: NfsParser, bytes: Uint8Array, direction: 0 | 1 = TO_SERVER) =>
      parser.probe(bytes, 0, bytes.length, direction);
    expect(probe(overTcp, rpcRecord(rpcCall(4, 0)))).toBe(Probe.YES);
    expect(probe(overTcp, rpcRecord(rpcCall(4, 0)).slice(0, 10))).toBe(Probe.UNSURE);
    expect(probe(overTcp, rpcRecord(rpcCall(4, 0)), TO_CLIENT)).toBe(Probe.NO);
    expect(probe(overUdp, rpcCall(2, 0))).toBe(Probe.YES);
    expect(probe(overUdp, rpcCall(1, 0))).toBe(Probe.NO);
    expect(probe(overUdp, rpcCall(2, 0).slice(0, 10))).toBe(Probe.NO);
  });

  it("names procedures as Suricata does", () => {
    expect([nfsProcedureName(3, 17), nfsProcedureName(4, 38), nfsProcedureName(4, 53)]).toEqual([
      "READDIRPLUS",
      "WRITE",
      "53",
    ]);
  });
});

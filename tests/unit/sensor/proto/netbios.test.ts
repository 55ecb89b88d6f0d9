import { describe, expect, it } from "vitest";
import { NbnsParser } from "../../../../agent/sensor/proto/dns/netbios.js";
import { Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromHex, fromLatin1, parseDatagram } from "../../../support/parse-messages.js";

const nbns = new NbnsParser();

/** Fifteen characters and the kind, each byte as two letters A–P, between a length and the root. */
function encodedName(name: string, kind: number): Uint8Array {
  const bytes = [...fromLatin1(name.padEnd(15, " ")), kind];
  const letters = bytes.flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)]);
  return Uint8Array.from([32, ...letters, 0]);
}

describe("NetBIOS name service", () => {
  it("names the device that registers itself", () => {
    // Registration: opcode 5, one question NB, one additional record with the address.
    const bytes = Uint8Array.from([
      ...fromHex("8001 2910 0001 0000 0000 0001"),
      ...encodedName("OFFICE-PC7", 0),
      ...fromHex("0020 0001 c00c 0020 0001 000493e0 0006 0000 c0a80107"),
    ]);
    expect(nbns.probe(bytes, 0, bytes.length)).toBe(Probe.YES);
    const [message] = parseDatagram(nbns, bytes);
    expect(message!.direction).toBe(TO_SERVER);
    expect(message!.fields).toEqual({ DNS_QUERY: ["OFFICE-PC7<00>"] });
    expect(message!.eve).toEqual({
      nbns: { type: "query", id: 0x8001, opcode: "registration", rrname: "OFFICE-PC7<00>" },
    });
  });

  it("gives the names of a node status table", () => {
    const entry = (name: string, kind: number): number[] => [...fromLatin1(name.padEnd(15, " ")), kind, 4, 0];
    const table = [2, ...entry("FILESRV", 0x20), ...entry("WORKGROUP", 0x00)];
    const bytes = Uint8Array.from([
      ...fromHex("0002 8400 0000 0001 0000 0000"),
      ...encodedName("*", 0),
      ...fromHex("0021 0001 00000000"),
      0,
      table.length,
      ...table,
    ]);
    const [message] = parseDatagram(nbns, bytes);
    expect(message!.direction).toBe(TO_CLIENT);
    expect(message!.fields.DNS_ANSWER_NAME!.slice(1)).toEqual(["FILESRV<20>", "WORKGROUP<00>"]);
    for (let end = 0; end < bytes.length; end++) parseDatagram(nbns, bytes.slice(0, end));
  });

  it("refuses names that are not encoded", () => {
    const bytes = Uint8Array.from([...fromHex("8001 2910 0001 0000 0000 0001"), ...new Uint8Array(60)]);
    expect(nbns.probe(bytes, 0, bytes.length)).toBe(Probe.NO);
    expect(parseDatagram(nbns, bytes)).toEqual([]);
  });
});

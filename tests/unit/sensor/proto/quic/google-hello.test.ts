import { describe, expect, it } from "vitest";
import { Probe } from "../../../../../agent/sensor/proto/parser.js";
import { TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { QuicParser } from "../../../../../agent/sensor/proto/quic/quic-parser.js";
import { OpensslInitialCipher } from "../../../../../agent/sensor/quic-initial-cipher.js";
import { fromHex, ParserFlow } from "../../../../support/parse-messages.js";
import { initialPacket, varInt } from "../../../../support/quic-packets.js";
import { concat, u16 } from "../../../../support/tls-records.js";

const parser = new QuicParser(new OpensslInitialCipher());
const flow = (): ParserFlow<ReturnType<QuicParser["createState"]>> => new ParserFlow(parser);
const ID = fromHex("8394c8f03e515708");

describe("QUIC: Google's own", () => {
  /** Tag, number of entries, then tag and end of value for each, then the values. */
  const message = (tag: string, entries: readonly (readonly [string, string])[]): Buffer => {
    let end = 0;
    const heads = entries.map(([name, value]) => {
      end += value.length;
      const head = Buffer.alloc(8);
      head.write(name.padEnd(4, "\0"), "latin1");
      head.writeUInt32LE(end, 4);
      return head;
    });
    const count = Buffer.alloc(4);
    count.writeUInt16LE(entries.length);
    return concat(Buffer.from(tag), count, ...heads, Buffer.from(entries.map(([, value]) => value).join("")));
  };
  const stream = (data: Buffer): Buffer => concat(fromHex("a001"), u16(data.length), data, Buffer.alloc(30));
  /** Long header of Q046: connection id lengths in one byte, packet number, hash. */
  const q046 = (frames: Buffer): Buffer =>
    concat(fromHex("c3 51303436 50"), ID, Buffer.alloc(4 + 12), frames);
  /** Public header of Q043: flags, connection id, version, packet number, hash. */
  const q043 = (frames: Buffer): Buffer =>
    concat(fromHex("09"), ID, fromHex("51303433 01"), Buffer.alloc(12), frames);
  const TAGS =
    "PAD SNI STK VER CCS NONC AEAD UAID SCID TCID PDMD SMHL ICSL NONP PUBS MIDS SCLS KEXS XLCT CSCT COPT CCRT IRTT CFCW SFCW";
  const hello = (tags: string): Buffer =>
    message(
      "CHLO",
      tags
        .split(" ")
        .map((tag) => [tag, tag === "SNI" ? "www.google.com" : tag === "UAID" ? "Chrome/83" : "v"]),
    );

  it("Q046: server name, user agent and CYU, as Salesforce published it", () => {
    const packet = q046(stream(hello(TAGS)));
    expect(parser.probe(packet, 0, packet.length, TO_SERVER)).toBe(Probe.YES);
    const [first] = flow().datagram(TO_SERVER, packet).messages;
    expect(first?.fields).toEqual({
      QUIC_VERSION: ["Q046"],
      QUIC_SNI: ["www.google.com"],
      QUIC_UA: ["Chrome/83"],
      QUIC_CYU_STRING: [`46,${TAGS.replaceAll(" ", "-")}`],
      QUIC_CYU_HASH: ["a46560d4548108cf99308319b3b85346"],
    });
    expect(first?.eve).toEqual({
      quic: {
        version: "Q046",
        sni: "www.google.com",
        ua: "Chrome/83",
        cyu: [{ hash: "a46560d4548108cf99308319b3b85346", string: `46,${TAGS.replaceAll(" ", "-")}` }],
      },
    });
  });

  it("Q043 with its old header", () => {
    const packet = q043(stream(hello("PAD SNI VER CCS PDMD ICSL MIDS CFCW SFCW")));
    expect(parser.probe(packet, 0, packet.length, TO_SERVER)).toBe(Probe.YES);
    const [first] = flow().datagram(TO_SERVER, packet).messages;
    expect(first?.fields.QUIC_CYU_HASH).toEqual(["e030dea1f2eea44ac7db5fe4de792acd"]);
    expect(first?.fields.QUIC_SNI).toEqual(["www.google.com"]);
  });

  it("a tag nobody knows costs the CYU, not the server name; a lying length costs all", () => {
    const [unknown] = flow().datagram(TO_SERVER, q046(stream(hello("PAD SNI ZZZZ")))).messages;
    expect(unknown?.fields).toEqual({ QUIC_VERSION: ["Q046"], QUIC_SNI: ["www.google.com"] });
    const lying = hello("PAD SNI");
    lying.writeUInt32LE(9999, 20);
    expect(flow().datagram(TO_SERVER, q046(stream(lying))).messages[0]?.fields).toEqual({
      QUIC_VERSION: ["Q046"],
    });
  });

  it("Q050 has the same hello in an encrypted packet", () => {
    const data = hello("PAD SNI VER");
    const frames = concat(fromHex("08 00"), varInt(data.length), data);
    const [first] = flow().datagram(
      TO_SERVER,
      initialPacket({ keyId: ID, version: 0x51303530, frames }),
    ).messages;
    expect(first?.fields.QUIC_SNI).toEqual(["www.google.com"]);
  });
});

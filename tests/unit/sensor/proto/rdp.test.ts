import { describe, expect, it } from "vitest";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { RdpParser } from "../../../../agent/sensor/proto/rdp/parser.js";
import { TlsParser } from "../../../../agent/sensor/proto/tls/tls-parser.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";
import {
  certificate,
  certificates,
  clientHello,
  concat,
  der,
  handshake,
  record,
  serverHello,
  serverName,
} from "../../../support/tls-records.js";

const rdp = new RdpParser(new TlsParser());

/** Real: TPKT of 36 bytes, X.224 connection request, `Cookie: mstshash=A70067`. */
const REQUEST = fromHex("03000024 1f e0 0000 0000 00 436f6f6b69653a206d737473686173683d413730303637 0d0a");
/** Real: connection confirm without negotiation. */
const CONFIRM = fromHex("0300000b 06 d0 0000 1234 00");

/** The core data of a Windows 10 with a Japanese keyboard: 1152 × 864, name "PC-7", all optional parts. */
function coreData(): Uint8Array {
  const core = new Uint8Array(234);
  const view = new DataView(core.buffer);
  const wide = (text: string, at: number): void =>
    [...text].forEach((letter, i) => {
      view.setUint16(at + 2 * i, letter.charCodeAt(0), true);
    });
  const words: readonly [at: number, value: number][] = [
    [4, 0x80008],
    [16, 0x411],
    [20, 17763],
    [56, 7],
    [60, 2],
    [64, 12],
    [136, 99],
    [212, 1],
    [216, 520],
    [220, 320],
    [226, 150],
    [230, 140],
  ];
  for (const [at, value] of words) view.setUint32(at, value, true);
  core.set([0x01, 0xc0, 234, 0]);
  core.set([0x80, 0x04, 0x60, 0x03, 0x01, 0xca], 8);
  core.set([0x01, 0xca, 1, 0], 132);
  // Depth 24, supported depths, capabilities.
  core.set([24, 0, 7, 0, 0x23, 0x04], 140);
  core[210] = 6;
  core[224] = 90;
  wide("PC-7", 24);
  wide("JP1", 68);
  wide("id-1", 146);
  return core;
}

/** MCS connect request with the client's data: core, network with two channels. */
function connectRequest(core = coreData()): Uint8Array {
  const channel = (name: string): number[] => [...fromLatin1(name.padEnd(8, "\0")), 0, 0, 0, 0x80];
  const network = [0x03, 0xc0, 32, 0, 2, 0, 0, 0, ...channel("rdpdr"), ...channel("cliprdr")];
  const total = core.length + network.length;
  const data = [
    0x02,
    0xf0,
    0x80,
    0x7f,
    0x65,
    0x82,
    1,
    0,
    ...fromLatin1("Duca"),
    0x80 | (total >> 8),
    total & 255,
    ...core,
    ...network,
  ];
  const length = data.length + 4;
  return Uint8Array.from([3, 0, length >> 8, length & 255, ...data]);
}

describe("RDP", () => {
  it("gives the cookie of a request and the client's name", () => {
    const flow = new ParserFlow(rdp).stream(TO_SERVER, REQUEST).stream(TO_CLIENT, CONFIRM);
    flow.stream(TO_SERVER, connectRequest());
    expect(flow.messages.map(({ eve }) => eve.rdp)).toEqual([
      { tx_id: 1, event_type: "initial_request", cookie: "A70067" },
      { tx_id: 2, event_type: "initial_response" },
      {
        tx_id: 3,
        event_type: "connect_request",
        client: {
          version: "v10.3",
          desktop_width: 1152,
          desktop_height: 864,
          color_depth: 24,
          keyboard_layout: "ja-JP",
          build: "Windows 10 RS5",
          client_name: "PC-7",
          keyboard_type: "jp",
          keyboard_subtype: 2,
          function_keys: 12,
          ime: "JP1",
          product_id: 1,
          serial_number: 99,
          capabilities: [
            "support_errinfo_pdf",
            "want_32bpp_session",
            "valid_connection_type",
            "support_heartbeat_pdu",
          ],
          id: "id-1",
          connection_hint: "lan",
          physical_width: 520,
          physical_height: 320,
          desktop_orientation: 90,
          scale_factor: 150,
          device_scale_factor: 140,
        },
        channels: ["rdpdr", "cliprdr"],
      },
    ]);
    flow.stream(TO_CLIENT, fromHex("03000009 02f080 7f66"));
    expect(flow.messages.at(-1)!.eve).toEqual({ rdp: { tx_id: 4, event_type: "connect_response" } });
    expect(flow.last).toBe(Parsed.DONE);
  });

  it("describes negotiation, its answer and its failure", () => {
    const request = fromHex("03000013 0e e0 0000 0000 00 01 01 0800 03000000");
    const response = fromHex("03000013 0e d0 0000 1234 00 02 09 0800 02000000");
    const failure = fromHex("03000013 0e d0 0000 1234 00 03 00 0800 05000000");
    const flow = new ParserFlow(rdp)
      .stream(TO_SERVER, request)
      .stream(TO_CLIENT, response)
      .stream(TO_CLIENT, failure);
    expect(flow.messages.map(({ eve }) => eve.rdp)).toEqual([
      { tx_id: 1, event_type: "initial_request", flags: ["restricted_admin_mode_required"] },
      {
        tx_id: 2,
        event_type: "initial_response",
        server_supports: ["extended_client_data", "restricted_admin"],
        protocol: "hybrid",
      },
      { tx_id: 3, event_type: "initial_response", error_code: 5, reason: "hybrid required by server" },
    ]);
  });

  it("reads the same wherever the stream is cut", () => {
    const stream = Uint8Array.from([...REQUEST, ...connectRequest()]);
    const whole = new ParserFlow(rdp).stream(TO_SERVER, stream).messages;
    expect(whole).toHaveLength(2);
    for (let cut = 0; cut <= stream.length; cut++) {
      const flow = new ParserFlow(rdp)
        .stream(TO_SERVER, stream.slice(0, cut))
        .stream(TO_SERVER, stream.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("leaves out optional client data from the first part on that is missing or impossible", () => {
    const optional = ["color_depth", "product_id", "capabilities", "id", "connection_hint", "physical_width"];
    const described = (core: Uint8Array): string[] => {
      const flow = new ParserFlow(rdp).stream(TO_SERVER, connectRequest(core));
      const { client } = flow.messages[0]!.eve.rdp as { client: object };
      return optional.filter((key) => key in client);
    };
    const cut = (length: number): Uint8Array => {
      const core = coreData().slice(0, length);
      core[2] = length;
      return core;
    };
    const changed = (at: number, value: number): Uint8Array => {
      const core = coreData();
      core[at] = value;
      return core;
    };
    expect(described(coreData())).toEqual(optional);
    expect(described(cut(132))).toEqual(["color_depth"]);
    expect(described(cut(136))).toEqual(["color_depth", "product_id"]);
    expect(described(cut(146))).toEqual(["color_depth", "product_id", "capabilities"]);
    expect(described(cut(210))).toEqual(["color_depth", "product_id", "capabilities", "id"]);
    expect(described(changed(140, 7))).toEqual(["color_depth", "product_id"]);
    expect(described(changed(145, 0x80))).toEqual(["color_depth", "product_id"]);
    expect(described(changed(210, 8))).toEqual(["color_depth", "product_id", "capabilities", "id"]);
    expect(described(changed(217, 0xff))).toEqual(optional.slice(0, 5));
  });

  it("reads the TLS that follows the negotiation, and tells the server's certificates", () => {
    const chain = certificates(certificate({ serial: der(2, Uint8Array.of(0, 0x9a, 0xbc)) }), certificate());
    const flow = new ParserFlow(rdp)
      .stream(TO_SERVER, REQUEST)
      .stream(TO_CLIENT, CONFIRM)
      .stream(TO_SERVER, record(22, handshake(1, clientHello(serverName("pc-7.example.jp")))))
      .stream(TO_CLIENT, concat(record(22, handshake(2, serverHello())), record(22, handshake(11, chain))));
    const [hello, answer, certificateMessage, item] = flow.messages.slice(2);
    expect(hello!.fields.TLS_SNI).toEqual(["pc-7.example.jp"]);
    expect(hello!.fields.JA3_HASH).toHaveLength(1);
    expect(answer!.eve).toHaveProperty("tls.ja3s");
    expect(certificateMessage!.eve).toMatchObject({
      tls: { sni: "pc-7.example.jp", subject: "C=JP, CN=ca" },
    });
    expect(item!.eve).toEqual({
      rdp: { tx_id: 3, event_type: "tls_handshake", x509_serials: ["9abc", "9abc"] },
    });
    expect(flow.messages).toHaveLength(6);
    expect(flow.stream(TO_CLIENT, record(23, new Uint8Array(30))).last).toBe(Parsed.DONE);
  });

  it("refuses what is neither TPKT nor TLS", () => {
    expect(new ParserFlow(rdp).stream(TO_SERVER, fromLatin1("GET / HTTP/1.1")).last).toBe(Parsed.FAILED);
    expect(new ParserFlow(rdp).stream(TO_SERVER, fromHex("03000003")).last).toBe(Parsed.FAILED);
  });

  it("recognises a request to the server and a confirm to the client", () => {
    expect(rdp.probe(REQUEST, 0, REQUEST.length, TO_SERVER)).toBe(Probe.YES);
    expect(rdp.probe(REQUEST, 0, 10, TO_SERVER)).toBe(Probe.UNSURE);
    expect(rdp.probe(CONFIRM, 0, CONFIRM.length, TO_CLIENT)).toBe(Probe.YES);
    expect(rdp.probe(CONFIRM, 0, CONFIRM.length, TO_SERVER)).toBe(Probe.NO);
    expect(rdp.probe(new Uint8Array(20).fill(3), 0, 20, TO_SERVER)).toBe(Probe.NO);
  });
});

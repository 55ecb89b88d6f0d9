import { describe, expect, it } from "vitest";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { RdpParser } from "../../../../agent/sensor/proto/rdp/parser.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const rdp = new RdpParser();

/** Real: TPKT of 36 bytes, X.224 connection request, `Cookie: mstshash=A70067`. */
const REQUEST = fromHex("03000024 1f e0 0000 0000 00 436f6f6b69653a206d737473686173683d413730303637 0d0a");
/** Real: connection confirm without negotiation. */
const CONFIRM = fromHex("0300000b 06 d0 0000 1234 00");

/** MCS connect request with client data: core (1152 × 864, name "PC-7"), network with two channels. */
function connectRequest(): Uint8Array {
  const core = new Uint8Array(216);
  core.set([0x01, 0xc0, 216, 0, 0x04, 0, 8, 0, 0x80, 0x04, 0x60, 0x03]);
  [..."PC-7"].forEach((letter, i) => {
    core[24 + 2 * i] = letter.charCodeAt(0);
  });
  const channel = (name: string): number[] => [...fromLatin1(name.padEnd(8, "\0")), 0, 0, 0, 0x80];
  const network = [0x03, 0xc0, 32, 0, 2, 0, 0, 0, ...channel("rdpdr"), ...channel("cliprdr")];
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
    0x80,
    248,
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
        client: { desktop_width: 1152, desktop_height: 864, client_name: "PC-7" },
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

  it("ends where TLS begins and refuses what is neither", () => {
    expect(new ParserFlow(rdp).stream(TO_SERVER, fromHex("1603010200 01")).last).toBe(Parsed.DONE);
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

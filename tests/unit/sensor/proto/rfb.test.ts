import { describe, expect, it } from "vitest";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { RfbParser } from "../../../../agent/sensor/proto/rfb/parser.js";
import type { RfbState } from "../../../../agent/sensor/proto/rfb/state.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const rfb = new RfbParser();

/** Real: 1280 × 800, 32 bits per pixel, depth 24, little-endian, true colour, the desktop's name. */
const SERVER_INIT = fromHex(`0500 0320 20 18 00 01 00ff 00ff 00ff 10 08 00 000000 0000001e
  616e6561676c6573406c6f63616c686f73742e6c6f63616c646f6d61696e`);
type Turn = readonly [DirectionId, Uint8Array];
/** A real session of version 3.7 with VNC authentication. */
const SESSION: readonly Turn[] = [
  [TO_CLIENT, fromLatin1("RFB 003.007\n")],
  [TO_SERVER, fromLatin1("RFB 003.007\n")],
  [TO_CLIENT, fromHex("01 02")],
  [TO_SERVER, fromHex("02")],
  [TO_CLIENT, fromHex("ea5150a99e0feb6343c045c6f95ce44c")],
  [TO_SERVER, fromHex("c39d5ad5c8242ed6bea28a773dbd3a29")],
  [TO_CLIENT, fromHex("00000000")],
  [TO_SERVER, fromHex("00")],
  [TO_CLIENT, SERVER_INIT],
];

function run(turns: readonly Turn[], chunkBytes = 1 << 16): ParserFlow<RfbState> {
  const flow = new ParserFlow(rfb);
  for (const [direction, bytes] of turns) {
    for (let at = 0; at < bytes.length; at += chunkBytes)
      flow.stream(direction, bytes.slice(at, at + chunkBytes));
  }
  return flow;
}

const greeting = (version: string): readonly Turn[] => [
  [TO_CLIENT, fromLatin1(`RFB 003.00${version}\n`)],
  [TO_SERVER, fromLatin1(`RFB 003.00${version}\n`)],
];

describe("RFB", () => {
  it("gives security type, result and name when the handshake is over, the type as of the client", () => {
    const flow = run(SESSION);
    expect(
      flow.messages.map(({ direction, fields, numbers }) => ({ direction, ...fields, ...numbers })),
    ).toEqual([
      { direction: TO_SERVER, RFB_SECTYPE: 2 },
      { direction: TO_CLIENT, RFB_NAME: ["aneagles@localhost.localdomain"], RFB_SECRESULT: 0 },
    ]);
    expect(flow.last).toBe(Parsed.DONE);
    expect(flow.messages.at(-1)!.eve).toEqual({
      rfb: {
        server_protocol_version: { major: "003", minor: "007" },
        client_protocol_version: { major: "003", minor: "007" },
        authentication: {
          security_type: 2,
          vnc: {
            challenge: "ea5150a99e0feb6343c045c6f95ce44c",
            response: "c39d5ad5c8242ed6bea28a773dbd3a29",
          },
          security_result: "OK",
        },
        screen_shared: false,
        framebuffer: {
          width: 1280,
          height: 800,
          name: "aneagles@localhost.localdomain",
          pixel_format: {
            bits_per_pixel: 32,
            depth: 24,
            big_endian: false,
            true_color: true,
            red_max: 255,
            green_max: 255,
            blue_max: 255,
            red_shift: 16,
            green_shift: 8,
            blue_shift: 0,
          },
        },
      },
    });
  });

  it("reads the same in pieces of any size", () => {
    const whole = run(SESSION).messages;
    for (let chunk = 1; chunk < 60; chunk++) expect(run(SESSION, chunk).messages).toEqual(whole);
  });

  it("follows the server's choice of version 3.3 and the reason of a refusal", () => {
    const flow = run([...greeting("3"), [TO_CLIENT, fromHex("00000000 00000003 6e6f21")]]);
    expect(flow.messages.map(({ numbers }) => numbers)).toEqual([{}]);
    expect(flow.messages[0]!.eve).toMatchObject({ rfb: { server_security_failure_reason: "no!" } });
  });

  it("takes the greeting after no authentication in any version, and a result there as out of turn", () => {
    const none: readonly Turn[] = [
      [TO_CLIENT, fromHex("01 01")],
      [TO_SERVER, fromHex("01")],
    ];
    const rest: readonly Turn[] = [
      [TO_SERVER, fromHex("01")],
      [TO_CLIENT, SERVER_INIT],
    ];
    for (const version of ["7", "8"]) {
      const flow = run([...greeting(version), ...none, ...rest]);
      expect(flow.messages.at(-1)!.fields).toHaveProperty("RFB_NAME");
    }
    const confirmed = run([...greeting("8"), ...none, [TO_CLIENT, fromHex("00000000")], ...rest]);
    expect(confirmed.messages.map(({ events, numbers }) => ({ events, ...numbers }))).toEqual([
      { events: [], RFB_SECTYPE: 1 },
      { events: ["rfb.confused_state"] },
    ]);
  });

  it("says nothing of a login that failed until the client goes on as if it had not", () => {
    const refused = run([...SESSION.slice(0, 6), [TO_CLIENT, fromHex("00000001 00000003 6e6f21")]]);
    expect(refused.messages.map(({ numbers }) => numbers)).toEqual([{}]);
    refused.stream(TO_SERVER, fromHex("01"));
    expect(refused.messages.slice(1).map(({ events, numbers }) => ({ events, ...numbers }))).toEqual([
      { events: [], RFB_SECTYPE: 2 },
      { events: ["rfb.confused_state"] },
    ]);
  });

  it("notes security types and results it does not know, and steps out of turn", () => {
    const types: Turn = [TO_CLIENT, fromHex("01 13")];
    const events = (...turns: readonly Turn[]): readonly (readonly string[])[] =>
      run([...greeting("8"), ...turns]).messages.map((message) => message.events);
    expect(events(types, [TO_SERVER, fromHex("13")])).toEqual([["rfb.unimplemented_security_type"]]);
    const session = run([...SESSION.slice(0, 6), [TO_CLIENT, fromHex("00000009")]]).messages;
    expect(session.map((message) => message.events)).toEqual([[], ["rfb.unknown_security_result"]]);
    expect(events([TO_SERVER, fromHex("01")])).toEqual([["rfb.confused_state"]]);
  });

  it("cuts a name that lies about its length when no more will come", () => {
    const lying = Uint8Array.from(SERVER_INIT);
    lying[20] = 0xff;
    const flow = run(SESSION.slice(0, -1)).stream(TO_CLIENT, lying);
    expect(flow.last).toBe(Parsed.NEED_MORE);
    flow.stream(TO_CLIENT, new Uint8Array(0), true);
    expect(flow.messages.at(-1)!.fields.RFB_NAME).toEqual(["aneagles@localhost.localdomain"]);
  });

  it("recognises itself by the greeting", () => {
    const bytes = fromLatin1("RFB 003.008\n");
    expect(rfb.probe(bytes, 0, 3)).toBe(Probe.UNSURE);
    expect(rfb.probe(bytes, 0, 4)).toBe(Probe.YES);
    expect(rfb.probe(fromLatin1("RFC"), 0, 3)).toBe(Probe.NO);
    expect(run([[TO_CLIENT, fromLatin1("RFB 003-008\n")]]).last).toBe(Parsed.FAILED);
  });
});

import { describe, expect, it } from "vitest";
import { BittorrentDhtParser } from "../../../../agent/sensor/proto/bittorrent/parser.js";
import { Probe } from "../../../../agent/sensor/proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const dht = new BittorrentDhtParser();
const NODE = "abcdefghij0123456789";
const BEGIN = `d1:ad2:id20:${NODE}`;

/** The events of a datagram. */
function eventsOf(text: string, direction: DirectionId = TO_SERVER): readonly string[] | undefined {
  return new ParserFlow(dht).stream(direction, fromLatin1(text)).messages[0]?.events;
}

describe("BitTorrent DHT", () => {
  it("is recognised by a query that begins with the id of a node, on any port", () => {
    const probe = (text: string, direction: DirectionId) =>
      dht.probe(fromLatin1(text), 0, text.length, direction);
    expect(probe(`${BEGIN}e1:q4:ping1:t2:aa1:y1:qe`, TO_SERVER)).toBe(Probe.YES);
    expect(probe(`${BEGIN}e1:q4:ping1:t2:aa1:y1:qe`, TO_CLIENT)).toBe(Probe.NO);
    expect(probe(`d1:rd2:id20:${NODE}e1:t2:aa1:y1:re`, TO_SERVER)).toBe(Probe.NO);
    expect(probe("d1:ad2:id20", TO_SERVER)).toBe(Probe.NO);
  });

  it("takes sound queries, answers and errors without an event", () => {
    for (const text of [
      `${BEGIN}e1:q4:ping1:t2:aa1:y1:qe`,
      `${BEGIN}e1:q4:fooo1:t2:aa1:y1:qe`,
      `${BEGIN}e1:q4:ping1:t2:aa1:v4:UT001:y1:qeXX`,
      `${BEGIN}9:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe`,
    ])
      expect(eventsOf(text), text).toEqual([]);
    expect(eventsOf(`d1:rd2:id20:${NODE}6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re`, TO_CLIENT)).toEqual([]);
    expect(eventsOf("d1:eli201e3:abce1:t2:aa1:y1:ee", TO_CLIENT)).toEqual([]);
  });

  it("notes messages that lack what their kind needs, or whose keys are out of order", () => {
    const malformed = ["bittorrent-dht.malformed_packet"];
    for (const text of [
      `${BEGIN}e1:q4:ping1:y1:qe`,
      `${BEGIN}e1:q4:ping1:t2:aae`,
      `${BEGIN}e1:t2:aa1:y1:qe`,
      `${BEGIN}e1:q4:ping1:t2:aa1:y1:re`,
      `${BEGIN}e1:t2:aa1:q4:ping1:y1:qe`,
      `${BEGIN}e`,
      BEGIN,
    ])
      expect(eventsOf(text), text).toEqual(malformed);
    expect(eventsOf("d1:eli201ee1:t2:aa1:y1:ee", TO_CLIENT)).toEqual(malformed);
    expect(eventsOf("d1:rd5:nodes5:abcdee1:t2:aa1:y1:re", TO_CLIENT)).toEqual(malformed);
  });

  it("passes over answers that are too short to be any", () => {
    expect(eventsOf("garbage", TO_CLIENT)).toBeUndefined();
  });
});

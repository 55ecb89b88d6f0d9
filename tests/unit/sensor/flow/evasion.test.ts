/**
 * Packets made to be read differently here than by their receiver: the families of Ptacek & Newsham (1998), INTANG
 * (2017), SymTCP (2020) and Themis (2021). The expected reading is that of a current Linux receiver. What only the
 * receiver can know (whether a packet reached it, whether a checksum was right) stays ambiguous: the first bytes
 * count, and an event says that there were others. (Overlaps among waiting segments: tcp-stream.test.ts.)
 */
import { describe, expect, it } from "vitest";
import { type SegmentOptions, TcpTalk } from "../../../support/segments.js";

const EVIL = "GET /evil HTTP/1.0\r\n";

/** A session with timestamps that stands; the client's next byte is at 1. */
function opened(): TcpTalk {
  return new TcpTalk()
    .c("S", "", { ts: [1000, 0] })
    .s("SA", "", { ts: [500, 1000] })
    .c("A", "", stamp());
}

function stamp(options: SegmentOptions = {}): SegmentOptions {
  return { ts: [1001, 500], ...options };
}

describe("inserted data the receiver drops is not read", () => {
  const junk = "x".repeat(EVIL.length);
  const cases: [string, string, SegmentOptions][] = [
    ["without ACK", "P", stamp()],
    ["without any flag", "", stamp()],
    ["acknowledging what was never sent", "PA", stamp({ ack: 100_000 })],
    ["acknowledging far before what was acknowledged", "PA", stamp({ ack: -200_000 })],
    ["with an old timestamp", "PA", { ts: [900, 500] }],
    ["beyond the window", "PA", stamp({ seq: 100_000 })],
    ["on a SYN with another sequence number", "S", stamp({ seq: 40_000 })],
    ["on a SYN with the next sequence number", "S", stamp({ seq: 1 })],
    ["on a SYN/ACK in the wrong direction", "SA", stamp()],
    ["on a RST in the window", "R", stamp({ seq: 30_000 })],
    ["on a FIN beyond the window", "FA", stamp({ seq: 100_000 })],
    ["on a FIN that is also a SYN", "FSA", stamp()],
  ];
  it.each(cases)("%s", (_, flags, options) => {
    const talk = opened().c(flags, junk, options);
    talk.client.next = 1;
    talk.c("PA", EVIL, stamp()).s("A", "", { ts: [501, 1001] });
    expect(talk.app[0]).toBe(EVIL);
    expect(talk.raw[0]).toBe(EVIL);
  });

  it("signed with TCP-MD5, where the SYN was not", () => {
    const talk = opened();
    const view = talk.packet("PA", talk.client, talk.server, junk, stamp());
    // Two NOPs, the signature, and the end: in the bytes that stand for headers.
    view.bytes.set([1, 1, 19, 18], 20);
    view.tcpOptionsOffset = 20;
    view.tcpOptionsLength = 20;
    talk.tracker.track(view);
    expect(talk.tracker.isTcpValid).toBe(false);
    talk.c("PA", EVIL, stamp());
    expect(talk.app[0]).toBe(EVIL);
  });
});

describe("tearing down what stands", () => {
  it("a RST beside the exact place does not close the session", () => {
    for (const seq of [0, 2, 500, 60_000]) {
      const talk = opened().c("R", "", stamp({ seq }));
      talk.client.next = 1;
      talk.c("PA", EVIL, stamp());
      expect(talk.app[0]).toBe(EVIL);
    }
  });

  it("a RST with an old timestamp, or acknowledging nonsense, does not", () => {
    const old = opened()
      .c("R", "", { ts: [900, 0] })
      .c("PA", EVIL, stamp());
    const wrong = opened()
      .c("RA", "", stamp({ ack: 100_000 }))
      .c("PA", EVIL, stamp());
    expect([old.app[0], wrong.app[0]]).toEqual([EVIL, EVIL]);
  });

  it("a perfect RST that did not reach the receiver is found out by what follows", () => {
    const talk = opened().c("R", "", stamp()).c("PA", EVIL, stamp());
    expect([talk.app[0], talk.events]).toEqual([EVIL, ["suspected_rst_inject"]]);
    const fromServer = opened()
      .s("R", "", { ts: [501, 0] })
      .s("PA", "220 hi", { ts: [501, 1001] });
    expect([fromServer.app[1], fromServer.events]).toEqual(["220 hi", ["suspected_rst_inject"]]);
  });

  it("a perfect FIN that did not reach the receiver hides nothing", () => {
    const talk = opened().c("FA", "", stamp());
    talk.client.next = 1;
    talk.c("PA", EVIL, stamp()).s("A", "", { ts: [501, 1001] });
    expect(talk.app[0]).toBe(EVIL);
    talk.c("FA", "", stamp()).s("A", "", { ts: [501, 1001] });
    expect(talk.app[0]).toBe(`${EVIL}{end}`);
  });

  it("nor does it make the first byte behind it look like a keep-alive", () => {
    const talk = opened().c("FA", "", stamp());
    talk.client.next = 1;
    for (const byte of EVIL) talk.c("PA", byte, stamp());
    expect(talk.app[0]).toBe(EVIL);
  });

  it("a FIN followed by a SYN does not begin a new flow while nobody acknowledged the FIN", () => {
    const talk = opened()
      .c("FA", "", stamp())
      .c("S", "", { seq: 77_000, ts: [1002, 0] });
    expect(talk.tracker.isNewFlow).toBe(false);
    talk.client.next = 1;
    talk.c("PA", EVIL, stamp());
    expect(talk.app[0]).toBe(EVIL);
  });
});

describe("confusing the beginning", () => {
  it("a SYN with another sequence number before the real one", () => {
    const talk = new TcpTalk().c("S", "", { seq: 70_000 });
    talk.client.next = 0;
    talk.c("S").s("SA", "", { ack: 1 }).c("A", "", { seq: 1 }).c("PA", EVIL, { seq: 1 });
    expect(talk.app[0]).toBe(EVIL);
  });

  it("a SYN with another sequence number after the real one", () => {
    const talk = new TcpTalk().c("S").c("S", "", { seq: 70_000 });
    talk.client.next = 1;
    talk.s("SA", "", { ack: 1 }).c("A").c("PA", EVIL);
    expect(talk.app[0]).toBe(EVIL);
  });

  it("a SYN/ACK from the client's side that turns the roles round", () => {
    const talk = new TcpTalk().c("S").c("SA", "", { seq: 0, ack: 0 }).s("SA").c("A").c("PA", EVIL);
    expect([talk.tracker.direction, talk.app[0]]).toEqual([0, EVIL]);
  });

  it("data before the handshake is complete, acknowledging nonsense", () => {
    const talk = new TcpTalk().c("S").s("SA").c("PA", "x".repeat(EVIL.length), { ack: 9_999 });
    talk.client.next = 1;
    talk.c("A", "", { ack: 1 }).c("PA", EVIL, { ack: 1 });
    expect(talk.app[0]).toBe(EVIL);
  });

  it("data on the SYN that the server does not take", () => {
    const talk = new TcpTalk().c("S", "x".repeat(EVIL.length)).s("SA", "", { ack: 1 });
    talk.client.next = 1;
    talk.c("A").c("PA", EVIL);
    expect(talk.app[0]).toBe(EVIL);
  });
});

describe("what cannot be told apart", () => {
  it("two different segments for the same place: the first is read, and an event says that there was another", () => {
    const talk = opened().c("PA", "GET /good HTTP/1.0\r\n", stamp());
    talk.c("PA", EVIL, stamp({ seq: 1 }));
    expect([talk.app[0], talk.events]).toEqual([
      "GET /good HTTP/1.0\r\n",
      ["reassembly_overlap_different_data"],
    ]);
    expect(talk.tracker.streams.assembly.overlapsDifferent).toBe(1);
  });

  it("also if several were sent before any was repeated, and for full segments", () => {
    const talk = opened();
    for (let i = 0; i < 3; i++) talk.c("PA", String(i).repeat(1460), stamp());
    talk.c("PA", "0".repeat(1460), stamp({ seq: 1 }));
    expect(talk.events).toEqual([]);
    talk.c("PA", "?".repeat(1460), stamp({ seq: 1461 }));
    expect(talk.events).toEqual(["reassembly_overlap_different_data"]);
  });

  it("but not once the receiver has acknowledged: it will not look at a repetition", () => {
    const talk = opened()
      .c("PA", "GET /good HTTP/1.0\r\n", stamp())
      .s("A", "", { ts: [501, 1001] });
    talk.c("PA", EVIL, stamp({ seq: 1 }));
    expect(talk.events).toEqual(["pkt_spurious_retransmission"]);
  });

  it("a request cut into single bytes, in reverse, each sent twice, is read as one", () => {
    const talk = opened();
    for (let i = EVIL.length - 1; i >= 0; i--) {
      talk.c("PA", EVIL[i]!, stamp({ seq: 1 + i })).c("PA", EVIL[i]!, stamp({ seq: 1 + i }));
    }
    expect(talk.app[0]).toBe(EVIL);
  });

  it("an urgent byte within a request is not part of it", () => {
    const talk = opened().c("PAU", "GET /evXil HTTP/1.0\r\n", stamp({ urgent: 8 }));
    expect(talk.app[0]).toBe(EVIL);
  });
});

import { describe, expect, it } from "vitest";
import { TcpTalk } from "../../../support/segments.js";

/** A session that stands, with the client's next byte at 1. */
function opened(options: ConstructorParameters<typeof TcpTalk>[0] = {}): TcpTalk {
  return new TcpTalk(options).open();
}

describe("in-order bytes of a TCP direction", () => {
  it("come with the packet that brings them", () => {
    const talk = opened().c("PA", "GET /");
    expect([talk.tracker.hasNewStreamData, talk.tracker.isPacketInStream, talk.app[0]]).toEqual([
      true,
      true,
      "GET /",
    ]);
    talk.s("A");
    expect([talk.tracker.hasNewStreamData, talk.tracker.isPacketInStream]).toEqual([false, false]);
  });

  it("wait for what is missing before them", () => {
    const talk = opened().c("PA", "world", { seq: 7 });
    expect([talk.tracker.hasNewStreamData, talk.tracker.isPacketInStream, talk.app[0]]).toEqual([
      false,
      true,
      "",
    ]);
    talk.c("PA", "hello ", { seq: 1 });
    expect([talk.tracker.hasNewStreamData, talk.app[0], talk.raw[0]]).toEqual([
      true,
      "hello world",
      "hello world",
    ]);
  });

  it("go on over the wrap of sequence numbers", () => {
    const talk = opened({ clientInitial: 2 ** 32 - 4 })
      .c("PA", "abcdef")
      .c("PA", "ghi")
      .s("A");
    expect([talk.app[0], talk.tracker.isTcpValid]).toEqual(["abcdefghi", true]);
  });

  it("are not repeated when a segment is", () => {
    const talk = opened().c("PA", "abc").c("PA", "abc", { seq: 1 });
    expect([talk.tracker.hasNewStreamData, talk.app[0]]).toEqual([false, "abc"]);
    talk.s("A").c("PA", "abc", { seq: 1 });
    expect([talk.events, talk.tracker.isPacketInStream]).toEqual([["pkt_spurious_retransmission"], true]);
    talk.c("PA", "cdef", { seq: 3 });
    expect(talk.app[0]).toBe("abcdef");
  });

  it("are given up on once the receiver has acknowledged beyond a hole", () => {
    const talk = opened().c("PA", "before").c("PA", "behind", { seq: 17 });
    expect(talk.app[0]).toBe("before");
    talk.s("A", "", { ack: 23 });
    expect([talk.events, talk.tracker.hasNewPeerData]).toEqual([["reassembly_seq_gap"], true]);
    expect(talk.app[0]).toBe("before{hole}behind");
    expect(talk.streams.assembly.gapBytes).toBe(10);
  });

  it("are given up on at once if the acknowledgement came first", () => {
    const talk = opened().s("A", "", { ack: 11 }).c("PA", "behind", { seq: 11 });
    expect([talk.events, talk.app[0]]).toEqual([["reassembly_seq_gap"], "{hole}behind"]);
  });

  it("fill an acknowledged hole that nothing has come behind yet", () => {
    const talk = opened().s("A", "", { ack: 11 }).c("PA", "0123456789", { seq: 1 });
    expect([talk.tracker.isTcpValid, talk.app[0]]).toEqual([true, "0123456789"]);
  });

  it("are given up on when too many segments wait behind a hole", () => {
    const talk = opened({ limits: { maxPendingSegments: 4 } });
    for (let i = 0; i < 4; i++) talk.c("PA", `<${i}>`, { seq: 11 + i * 3 });
    expect(talk.app[0]).toBe("");
    talk.c("PA", "<4>", { seq: 23 });
    expect(talk.app[0]).toBe("{hole}<0><1><2><3><4>");
  });

  it("are shown when the flow ends, hole by hole", () => {
    const talk = opened().c("PA", "a").c("PA", "c", { seq: 3 }).c("PA", "e", { seq: 5 });
    talk.tracker.releaseAll();
    expect(talk.app[0]).toBe("a{hole}c{hole}e{end}");
  });
});

describe("overlapping segments, as Linux hosts read them", () => {
  // Ptacek & Newsham 1998, section 5.4: what waits is [4, 8) "OLD!"; then comes what overlaps it, then the start.
  const waiting = (): TcpTalk => opened().c("PA", "OLD!", { seq: 5 });

  it("a new one that begins before the old one wins", () => {
    const talk = waiting().c("PA", "xxNEW", { seq: 3 }).c("PA", "ab", { seq: 1 });
    expect([talk.app[0], talk.streams.assembly.overlapsDifferent]).toEqual(["abxxNEW!", 1]);
  });

  it("a new one that begins with the old one wins if it is longer", () => {
    const longer = waiting().c("PA", "NEWER", { seq: 5 }).c("PA", "abcd", { seq: 1 });
    expect(longer.app[0]).toBe("abcdNEWER");
    const same = waiting().c("PA", "NEW!", { seq: 5 }).c("PA", "abcd", { seq: 1 });
    expect(same.app[0]).toBe("abcdOLD!");
    const shorter = waiting().c("PA", "NE", { seq: 5 }).c("PA", "abcd", { seq: 1 });
    expect(shorter.app[0]).toBe("abcdOLD!");
  });

  it("a new one that begins within the old one loses", () => {
    const talk = waiting().c("PA", "NEWxx", { seq: 7 }).c("PA", "abcd", { seq: 1 });
    expect(talk.app[0]).toBe("abcdOLD!Wxx");
  });

  it("what is next in order wins over what waits", () => {
    const talk = waiting().c("PA", "abcdNE", { seq: 1 });
    expect([talk.app[0], talk.events]).toEqual(["abcdNED!", ["reassembly_overlap_different_data"]]);
    const whole = waiting().c("PA", "abcdNEWxx", { seq: 1 });
    expect(whole.app[0]).toBe("abcdNEWxx");
  });

  it("what has been read stays: a receiver has it too", () => {
    const talk = opened().c("PA", "GET /good").c("PA", "GET /evil more", { seq: 1 });
    expect(talk.app[0]).toBe("GET /good more");
  });

  it("equal bytes are no event, different ones are, also against what a reader has not consumed", () => {
    const equal = waiting().c("PA", "D!..", { seq: 7 });
    expect(equal.events).toEqual([]);
    const unread = opened();
    unread.appetite = () => 0;
    unread.c("PA", "GET /good").c("PA", "GET /good", { seq: 1 });
    expect(unread.events).toEqual([]);
    unread.c("PA", "GET /evil", { seq: 1 });
    expect(unread.events).toEqual(["reassembly_overlap_different_data"]);
  });

  it("pieces between several waiting segments are filled one by one", () => {
    const talk = opened().c("PA", "B", { seq: 2 }).c("PA", "D", { seq: 4 }).c("PA", "F", { seq: 6 });
    talk.c("PA", "bcdefg", { seq: 2 }).c("PA", "a", { seq: 1 });
    // It begins with B and is longer, before D and F: it wins everywhere.
    expect(talk.app[0]).toBe("abcdefg");
    const within = opened().c("PA", "ABC", { seq: 2 }).c("PA", "F", { seq: 7 }).c("PA", "bcdefg", { seq: 3 });
    within.c("PA", "0", { seq: 1 });
    expect(within.app[0]).toBe("0ABCdefg");
  });
});

describe("windows", () => {
  it("data beyond the receiver's window is rejected", () => {
    const talk = new TcpTalk().c("S").s("SA", "", { window: 100 }).c("A");
    talk.c("PA", "x".repeat(100)).c("PA", "y", { seq: 101 });
    expect([talk.events, talk.tracker.isTcpValid]).toEqual([["est_packet_out_of_window"], false]);
    talk.s("A", "", { ack: 101, window: 10 }).c("PA", "z", { seq: 101 });
    expect(talk.app[0]).toBe(`${"x".repeat(100)}z`);
  });

  it("are scaled only if both sides offered it", () => {
    const scaled = new TcpTalk().c("S", "", { scale: 7 }).s("SA", "", { scale: 3, window: 1000 }).c("A");
    scaled.s("A", "", { window: 1000 }).c("PA", "x", { seq: 8000 });
    expect(scaled.tracker.isTcpValid).toBe(true);
    scaled.c("PA", "x", { seq: 8001 });
    expect(scaled.events).toEqual(["est_packet_out_of_window"]);
    const plain = new TcpTalk().c("S").s("SA", "", { scale: 3, window: 1000 }).c("A");
    plain.s("A", "", { window: 1000 }).c("PA", "x", { seq: 1001 });
    expect(plain.events).toEqual(["est_packet_out_of_window"]);
  });

  it("acknowledgements of what cannot have been sent are rejected with their data", () => {
    const talk = opened().s("PA", "evil", { ack: 900_000 });
    expect([talk.events, talk.app[1]]).toEqual([["pkt_invalid_ack", "est_invalid_ack"], ""]);
    expect(talk.tracker.isTcpValid).toBe(false);
  });

  it("segments without ACK are not believed", () => {
    const talk = opened().c("P", "evil");
    expect([talk.tracker.isTcpValid, talk.app[0]]).toEqual([false, ""]);
  });

  it("a probe into a closed window is read only if it is acknowledged", () => {
    const closed = (): TcpTalk => opened().s("A", "", { window: 0 });
    const refused = closed().c("A", "?", { seq: 1 });
    expect([refused.tracker.isTcpValid, refused.app[0]]).toEqual([true, ""]);
    refused.s("A", "", { ack: 1, window: 0 }).s("A", "", { ack: 1, window: 500 }).c("PA", "real", { seq: 1 });
    expect(refused.app[0]).toBe("real");
    const taken = closed().c("A", "r", { seq: 1 }).s("A", "", { ack: 2, window: 500 });
    expect([taken.events, taken.app[0]]).toEqual([["est_ack_zwp_data"], "r"]);
    taken.c("PA", "eal", { seq: 2 });
    expect(taken.app[0]).toBe("real");
  });

  it("a forged shrinking of the window is passed over", () => {
    const talk = opened().c("PA", "x").s("A");
    talk.s("A", "", { seq: 500, ack: 600, window: 1 });
    expect(talk.events).toEqual(["pkt_bad_window_update"]);
    talk.c("PA", "y".repeat(1000));
    expect(talk.tracker.isTcpValid).toBe(true);
  });
});

describe("segments that mean nothing", () => {
  it("keep-alives, with and without their garbage byte, and their answers", () => {
    const talk = opened().c("PA", "abc").s("A");
    talk.c("A", "", { seq: 3 }).s("A").c("A", "#", { seq: 3 }).s("A");
    expect([talk.events, talk.tracker.isTcpValid, talk.app[0]]).toEqual([[], true, "abc"]);
    talk.c("PA", "def");
    expect(talk.app[0]).toBe("abcdef");
  });

  it("acknowledgements that come late", () => {
    const talk = opened().c("PA", "abc").s("A").c("PA", "def").s("A").s("A", "", { ack: 4 });
    expect([talk.events, talk.tracker.isTcpValid]).toEqual([[], true]);
  });
});

describe("timestamps", () => {
  const stamped = (): TcpTalk =>
    new TcpTalk()
      .c("S", "", { ts: [100, 0] })
      .s("SA", "", { ts: [900, 100] })
      .c("A", "", { ts: [101, 900] });

  it("older than what was seen are rejected, off by one is not", () => {
    const talk = stamped()
      .c("PA", "a", { ts: [150, 900] })
      .c("PA", "evil", { ts: [120, 900] });
    expect([talk.events, talk.tracker.isTcpValid]).toEqual([["pkt_invalid_timestamp"], false]);
    talk.c("PA", "b", { seq: 2, ts: [149, 900] });
    expect(talk.app[0]).toBe("ab");
  });

  it("of segments before their turn do not count", () => {
    const talk = stamped()
      .c("PA", "b", { seq: 2, ts: [500, 900] })
      .c("PA", "a", { seq: 1, ts: [400, 900] });
    expect(talk.app[0]).toBe("ab");
  });

  it("say nothing after 24 days of silence", () => {
    const talk = new TcpTalk({ limits: longTimeouts() })
      .c("S", "", { ts: [5000, 0] })
      .s("SA", "", { ts: [1, 5000] });
    talk.c("A", "", { ts: [5001, 1] }).c("PA", "x", { ts: [7, 1], afterS: 25 * 86_400 });
    expect([talk.tracker.isTcpValid, talk.app[0]]).toEqual([true, "x"]);
  });

  it("are not checked where a side does not use them, or began with zero", () => {
    const oneSided = new TcpTalk()
      .c("S", "", { ts: [100, 0] })
      .s("SA")
      .c("A")
      .c("PA", "x", { ts: [5, 0] });
    expect(oneSided.app[0]).toBe("x");
    const zero = new TcpTalk()
      .c("S", "", { ts: [0, 0] })
      .s("SA", "", { ts: [9, 0] })
      .c("A", "", { ts: [50, 9] });
    zero.c("PA", "x", { ts: [40, 9] });
    expect(zero.app[0]).toBe("x");
  });
});

describe("urgent data", () => {
  it("is taken out of the stream, one byte where the pointer says", () => {
    const last = opened().c("PAU", "abcX", { urgent: 4 }).c("PA", "def");
    expect([last.app[0], last.raw[0]]).toEqual(["abcdef", "abcdef"]);
    const middle = opened().c("PAU", "abXcd", { urgent: 3 }).c("PA", "ef");
    expect(middle.app[0]).toBe("abcdef");
    const alone = opened().c("PAU", "X", { urgent: 1 }).c("PA", "abc");
    expect(alone.app[0]).toBe("abc");
  });

  it("is taken out of segments that come before their turn, and of repeated ones", () => {
    const talk = opened()
      .c("PAU", "defX", { seq: 4, urgent: 4 })
      .c("PA", "ghi", { seq: 8 })
      .c("PA", "abc", { seq: 1 });
    talk.c("PAU", "defX", { seq: 4, urgent: 4 });
    expect(talk.app[0]).toBe("abcdefghi");
  });

  it("stays in where the pointer says nothing about this segment", () => {
    const talk = opened()
      .c("PAU", "abc", { urgent: 0 })
      .c("PAU", "def", { urgent: 9 })
      .c("PA", "g", { urgent: 1 });
    expect(talk.app[0]).toBe("abcdefg");
  });
});

function longTimeouts() {
  const year = { newS: 3e7, establishedS: 3e7, closedS: 3e7 };
  const always = { normal: year, emergency: year };
  return { timeouts: { tcp: always, udp: always, icmp: always, other: always } };
}

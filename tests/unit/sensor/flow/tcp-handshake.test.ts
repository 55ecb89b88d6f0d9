import { describe, expect, it } from "vitest";
import { FLOW_ESTABLISHED, FLOW_NEW, TCP_STATE_NAMES } from "../../../../agent/sensor/flow/flow-state.js";
import { TcpTalk } from "../../../support/segments.js";

function stateOf(talk: TcpTalk): string {
  return TCP_STATE_NAMES[talk.tracker.table.tcpState(talk.flow)]!;
}

describe("a TCP handshake", () => {
  it("establishes the flow with its third packet, and counts as established from the fourth on", () => {
    const talk = new TcpTalk().c("S");
    expect(talk.tracker.isNewFlow).toBe(true);
    expect([stateOf(talk), talk.tracker.table.state(talk.flow)]).toEqual(["syn_sent", FLOW_NEW]);
    talk.s("SA");
    expect([stateOf(talk), talk.tracker.direction, talk.tracker.isEstablished]).toEqual([
      "syn_recv",
      1,
      false,
    ]);
    talk.c("A");
    expect([stateOf(talk), talk.tracker.isEstablished]).toEqual(["established", false]);
    expect(talk.tracker.table.state(talk.flow)).toBe(FLOW_ESTABLISHED);
    talk.c("PA", "x");
    expect(talk.tracker.isEstablished).toBe(true);
  });

  it("is complete with its third packet if that carries data", () => {
    const talk = new TcpTalk().c("S").s("SA").c("PA", "GET /");
    expect(talk.tracker.isEstablished).toBe(true);
    expect(talk.app[0]).toBe("GET /");
  });

  it("is not begun by anything but a SYN", () => {
    const talk = new TcpTalk().c("PA", "data", { seq: 1, ack: 1 });
    expect([stateOf(talk), talk.tracker.isTcpValid, talk.tracker.isPacketInStream]).toEqual([
      "none",
      false,
      false,
    ]);
    talk.s("SA");
    expect(stateOf(talk)).toBe("none");
    talk.c("R");
    expect(talk.events).toEqual(["rst_but_no_session"]);
    talk.c("FA");
    expect(talk.events).toEqual(["fin_but_no_session"]);
    expect(talk.app).toEqual(["", ""]);
  });

  it("rejects a SYN/ACK that acknowledges something else", () => {
    const talk = new TcpTalk().c("S").s("SA", "", { ack: 77 });
    expect([talk.events, talk.tracker.isTcpValid]).toEqual([["3whs_synack_with_wrong_ack"], false]);
    expect(stateOf(talk)).toBe("syn_sent");
    talk.s("SA", "", { seq: 0, ack: 1 }).c("A").c("PA", "ok");
    expect(talk.app[0]).toBe("ok");
  });

  it("rejects an ACK with the right sequence number that acknowledges nonsense, and the RST it is meant to excuse", () => {
    const talk = new TcpTalk().c("S").s("SA").c("A", "", { ack: 4242 });
    expect(talk.events).toEqual(["3whs_right_seq_wrong_ack_evasion"]);
    talk.s("RA", "", { seq: 1, ack: 1 });
    expect(talk.tracker.isTcpValid).toBe(false);
    talk.c("A", "", { ack: 1 }).c("PA", "still heard", { ack: 1 });
    expect(talk.app[0]).toBe("still heard");
  });

  it("rejects an ACK with two wrong numbers", () => {
    const talk = new TcpTalk().c("S").s("SA").c("A", "", { seq: 70_000, ack: 9 });
    expect(talk.events).toEqual(["3whs_wrong_seq_wrong_ack"]);
    expect(stateOf(talk)).toBe("syn_recv");
  });

  it("does without the third packet if data shows that it happened", () => {
    const lostAck = new TcpTalk().c("S").s("SA").s("PA", "220 hello", { ack: 1 });
    expect([stateOf(lostAck), lostAck.app[1]]).toEqual(["established", "220 hello"]);
    const lostData = new TcpTalk().c("S").s("SA").c("PA", "behind", { seq: 11, ack: 1 });
    expect(stateOf(lostData)).toBe("established");
    lostData.c("PA", "0123456789", { seq: 1, ack: 1 });
    expect(lostData.app[0]).toBe("0123456789behind");
  });

  it("reads data from the client before the SYN/ACK of nobody", () => {
    const talk = new TcpTalk().c("S").c("PA", "early", { seq: 1, ack: 1 });
    expect([talk.tracker.isTcpValid, talk.tracker.isPacketInStream]).toEqual([false, false]);
    expect(talk.app[0]).toBe("");
  });
});

describe("repeated SYNs", () => {
  it("with the same numbers change nothing", () => {
    const talk = new TcpTalk().c("S").c("S", "", { seq: 0 }).s("SA").c("A").c("PA", "x");
    expect([talk.events, talk.app[0]]).toEqual([[], "x"]);
  });

  it("with other numbers: the one the server answers counts, whether last or first", () => {
    const last = new TcpTalk().c("S").c("S", "", { seq: 50_000 }).s("SA", "", { ack: 50_001 });
    last.c("A", "", { seq: 50_001 }).c("PA", "second", { seq: 50_001 });
    expect(last.app[0]).toBe("second");
    const first = new TcpTalk().c("S").c("S", "", { seq: 50_000 }).s("SA", "", { ack: 1 });
    first.c("A", "", { seq: 1 }).c("PA", "first", { seq: 1 });
    expect(first.app[0]).toBe("first");
  });

  it("with other options: the timestamp the server echoes tells which one counts", () => {
    const talk = new TcpTalk()
      .c("S", "", { ts: [100, 0], scale: 2 })
      .c("S", "", { seq: 0, ts: [200, 0] })
      .s("SA", "", { ts: [900, 100], scale: 3 });
    expect(talk.tracker.isTcpValid).toBe(true);
    talk.c("A", "", { ts: [101, 900] }).c("PA", "x", { ts: [101, 900] });
    expect(talk.app[0]).toBe("x");
    const wrong = new TcpTalk().c("S", "", { ts: [100, 0] }).s("SA", "", { ts: [900, 55] });
    expect(wrong.events).toEqual(["pkt_invalid_timestamp"]);
  });

  it("are remembered to a bound", () => {
    const talk = new TcpTalk();
    for (let i = 0; i < 12; i++) talk.c("S", "", { seq: i * 1000 });
    expect(talk.events).toEqual(["3whs_syn_flood"]);
  });

  it("after the SYN/ACK are rejected if their number differs", () => {
    const talk = new TcpTalk().c("S").s("SA").c("S", "", { seq: 9_000 });
    expect(talk.events).toEqual(["3whs_syn_resend_diff_seq_on_syn_recv"]);
    talk.s("S", "", { seq: 0 });
    expect(talk.events).toEqual(["3whs_syn_toclient_on_syn_recv"]);
  });
});

describe("repeated SYN/ACKs", () => {
  it("with other numbers: the one the client answers counts", () => {
    const talk = new TcpTalk().c("S").s("SA").s("SA", "", { seq: 30_000 });
    talk.c("A", "", { ack: 30_001 }).c("PA", "x", { ack: 30_001 }).s("PA", "y", { seq: 30_001 });
    expect([stateOf(talk), ...talk.app]).toEqual(["established", "x", "y"]);
  });

  it("are remembered to a bound, and rejected if they acknowledge something else", () => {
    const talk = new TcpTalk().c("S").s("SA").s("SA", "", { seq: 9_000, ack: 2 });
    expect(talk.events).toEqual(["3whs_synack_resend_with_different_ack"]);
    for (let i = 1; i < 8; i++) talk.s("SA", "", { seq: i * 1000, ack: 1 });
    expect(talk.events).toEqual(["3whs_synack_flood"]);
  });

  it("are a lost ACK at first, and suspicious once the server has spoken", () => {
    const talk = new TcpTalk().open().s("SA", "", { seq: 0 });
    expect([talk.events, talk.tracker.isTcpValid]).toEqual([[], true]);
    talk.s("PA", "hello").s("SA", "", { seq: 0 });
    expect(talk.events).toEqual(["est_synack_resend"]);
    talk.c("SA");
    expect(talk.events).toEqual(["est_synack_toserver"]);
    talk.s("SA", "", { seq: 7, ack: 1 });
    expect(talk.events).toEqual(["est_synack_resend_with_diff_seq"]);
    talk.s("SA", "", { seq: 0, ack: 44 });
    expect(talk.events).toEqual(["est_synack_resend_with_different_ack"]);
    talk.c("S", "", { seq: 0 });
    expect(talk.events).toEqual(["est_syn_resend"]);
    talk.c("S", "", { seq: 800 });
    expect(talk.events).toEqual(["est_syn_resend_diff_seq"]);
    talk.s("S");
    expect(talk.events).toEqual(["est_syn_toclient"]);
  });
});

describe("unusual handshakes", () => {
  it("split: the server answers with a SYN of its own, and the first SYN's sender stays the client", () => {
    const talk = new TcpTalk().c("S").s("S").c("SA", "", { seq: 0 }).s("A").c("PA", "EVIL");
    expect([stateOf(talk), talk.tracker.direction, talk.app[0]]).toEqual(["established", 0, "EVIL"]);
    talk.s("PA", "answer");
    expect(talk.app[1]).toBe("answer");
  });

  it("simultaneous: both send SYN, then both SYN/ACK", () => {
    const talk = new TcpTalk().c("S").s("S").c("SA", "", { seq: 0 }).s("SA", "", { seq: 0 });
    talk.c("PA", "a").s("PA", "b");
    expect([stateOf(talk), ...talk.app]).toEqual(["established", "a", "b"]);
  });

  it("split with wrong numbers is rejected", () => {
    expect(new TcpTalk().c("S").c("SA").events).toEqual(["3whs_synack_in_wrong_direction"]);
    const wrongAck = new TcpTalk().c("S").s("S").c("SA", "", { seq: 0, ack: 9 });
    expect(wrongAck.events).toEqual(["4whs_synack_with_wrong_ack"]);
    const wrongSyn = new TcpTalk().c("S").s("S").c("SA", "", { seq: 9 });
    expect(wrongSyn.events).toEqual(["4whs_synack_with_wrong_syn"]);
  });

  it("data on a SYN is read only if the SYN/ACK takes it", () => {
    const taken = new TcpTalk().c("S", "early ");
    expect(taken.app[0]).toBe("");
    taken.s("SA").c("PA", "later");
    expect(taken.app[0]).toBe("early later");
    const ignored = new TcpTalk().c("S", "early ").s("SA", "", { ack: 1 });
    ignored.c("A", "", { seq: 1 }).c("PA", "EARLY later", { seq: 1 });
    expect([ignored.app[0], ignored.streams.assembly.gaps]).toEqual(["EARLY later", 0]);
  });

  it("a SYN with data may come again, at any sequence number", () => {
    const talk = new TcpTalk({ clientInitial: 3_000_000_000 }).c("S", "early").c("S", "early", { seq: 0 });
    expect(talk.events).toEqual([]);
    talk.s("SA", "", { ack: 6 }).c("PA", " later", { seq: 6 });
    expect(talk.app[0]).toBe("early later");
  });

  it("data that a server takes of a plain SYN is read, and told as the wrong acknowledgement it is to Suricata", () => {
    const talk = new TcpTalk().c("S", "early ").s("SA");
    expect([talk.events, talk.app[0]]).toEqual([["3whs_synack_with_wrong_ack"], "early "]);
  });

  it("TCP Fast Open: data is read with the SYN/ACK that takes it; established is the flow with the client's ACK", () => {
    const talk = new TcpTalk().c("S", "GET /", { fastOpen: true }).s("SA");
    expect([talk.tracker.hasNewPeerData, talk.app[0]]).toEqual([true, "GET /"]);
    talk.s("PA", "200", { ack: 6 });
    expect([talk.tracker.isEstablished, talk.app[1]]).toEqual([false, "200"]);
    talk.c("A").s("PA", " OK", { ack: 6 });
    expect([talk.tracker.isEstablished, talk.app[1]]).toEqual([true, "200 OK"]);
  });

  it("TCP Fast Open: data that the SYN/ACK leaves out is told, and read as the client sends it again", () => {
    const talk = new TcpTalk().c("S", "GET /decoy", { fastOpen: true }).s("SA", "", { ack: 1 });
    expect([talk.events, talk.app[0]]).toEqual([["3whs_synack_tfo_data_ignored"], ""]);
    talk.c("A", "", { seq: 1 }).c("PA", "GET /", { seq: 1 }).s("A", "", { ack: 6 });
    expect([talk.app[0], talk.streams.assembly.gaps]).toEqual(["GET /", 0]);
  });

  it("TCP Fast Open: a SYN that comes again without data leaves nothing out", () => {
    const talk = new TcpTalk()
      .c("S", "GET /", { fastOpen: true, ts: [1, 0] })
      .c("S", "", { seq: 0, ts: [2, 0] });
    talk.s("SA", "", { ack: 1, ts: [9, 2] });
    expect(talk.events).toEqual([]);
    talk.c("PA", "POST", { seq: 1, ts: [3, 9] });
    expect(talk.app[0]).toBe("POST");
  });

  it("TCP Fast Open: where the client goes on behind such data, the server has it after all", () => {
    const talk = new TcpTalk().c("S", "GET /", { fastOpen: true }).s("SA", "", { ack: 1 }).c("A");
    expect(talk.app[0]).toBe("");
    talk.s("PA", "200", { ack: 6 });
    expect([talk.app[0], talk.streams.assembly.gaps]).toEqual(["GET /", 0]);
  });
});

describe("refused connections", () => {
  it("end with a RST that acknowledges exactly the SYN", () => {
    const blind = new TcpTalk().c("S").s("RA", "", { seq: 0, ack: 500 });
    expect([stateOf(blind), blind.events]).toEqual(["syn_sent", ["rst_invalid_ack"]]);
    const talk = new TcpTalk().c("S").s("RA", "", { seq: 0, ack: 1 });
    expect([stateOf(talk), talk.tracker.isStreamReset]).toEqual(["closed", true]);
  });

  it("go on if the server answers the SYN after all", () => {
    const talk = new TcpTalk().c("S").s("RA", "", { seq: 0, ack: 1 }).s("SA", "", { seq: 0, ack: 1 });
    expect(talk.events).toEqual(["suspected_rst_inject"]);
    talk.c("A", "", { ack: 1 }).c("PA", "x", { ack: 1 });
    expect([stateOf(talk), talk.app[0]]).toEqual(["established", "x"]);
  });
});

describe("sessions whose beginning was not seen", () => {
  const limits = { midstream: true };

  it("are taken up with data, from whose sender on the client counts", () => {
    const talk = new TcpTalk({ limits }).c("PA", "GET /", { seq: 1, ack: 1 }).s("PA", "200", { seq: 1 });
    expect([stateOf(talk), ...talk.app]).toEqual(["established", "GET /", "200"]);
    talk.c("PA", " again").s("FA").c("FA").s("A");
    expect(talk.app[0]).toBe("GET / again{end}");
  });

  it("are taken up with a SYN/ACK, whose sender is the server", () => {
    const talk = new TcpTalk({ limits });
    talk.client.next = 1;
    talk.s("SA");
    const { table } = talk.tracker;
    expect([talk.tracker.direction, table.clientPort(talk.flow), table.serverPort(talk.flow)]).toEqual([
      1, 40_000, 80,
    ]);
    expect([table.packets(talk.flow, 0), table.packets(talk.flow, 1)]).toEqual([0, 1]);
    talk.c("A").c("PA", "q").s("PA", "a");
    expect([stateOf(talk), ...talk.app]).toEqual(["established", "q", "a"]);
  });

  it("one-sided sessions are followed where asked for", () => {
    const talk = new TcpTalk({ limits: { asyncOneSide: true } }).c("S").c("A", "", { ack: 1 });
    talk.c("PA", "only ", { ack: 1 }).c("PA", "me", { ack: 900 });
    expect([stateOf(talk), talk.app[0]]).toEqual(["established", "only me"]);
  });
});

import { describe, expect, it } from "vitest";
import { FLOW_CLOSED, TCP_STATE_NAMES } from "../../../../agent/sensor/flow/flow-state.js";
import { TcpTalk } from "../../../support/segments.js";

function stateOf(talk: TcpTalk): string {
  return TCP_STATE_NAMES[talk.tracker.table.tcpState(talk.flow)]!;
}

describe("closing with FIN", () => {
  it("from the client goes over CLOSE_WAIT and LAST_ACK", () => {
    const talk = new TcpTalk().open().c("PA", "bye").c("FA");
    expect([stateOf(talk), talk.tracker.isEndOfStream, talk.app[0]]).toEqual(["close_wait", false, "bye"]);
    talk.s("A");
    expect([talk.tracker.isEndOfStream, talk.tracker.hasNewPeerData, talk.app[0]]).toEqual([
      true,
      true,
      "bye{end}",
    ]);
    talk.s("FA");
    expect([stateOf(talk), talk.tracker.table.state(talk.flow)]).toEqual(["last_ack", FLOW_CLOSED]);
    talk.c("A");
    expect([stateOf(talk), talk.app[1], talk.raw[1]]).toEqual(["closed", "{end}", "{end}"]);
  });

  it("from the server goes over FIN_WAIT1, FIN_WAIT2 and TIME_WAIT", () => {
    const talk = new TcpTalk().open().s("FA", "220 bye");
    expect([stateOf(talk), talk.app[1]]).toEqual(["fin_wait1", "220 bye"]);
    talk.c("A");
    expect([stateOf(talk), talk.app[1]]).toEqual(["fin_wait2", "220 bye{end}"]);
    talk.c("FA");
    expect(stateOf(talk)).toBe("time_wait");
    talk.s("A");
    expect([stateOf(talk), talk.app[0]]).toEqual(["closed", "{end}"]);
  });

  it("from both at once is followed to the end", () => {
    const talk = new TcpTalk().open().s("FA").c("FA", "", { ack: 1 }).s("A").c("A");
    expect([stateOf(talk), ...talk.app]).toEqual(["closed", "{end}", "{end}"]);
  });

  it("still takes data from the side that has not closed", () => {
    const talk = new TcpTalk()
      .open()
      .c("FA")
      .s("A")
      .s("PA", "one ")
      .c("A")
      .s("PA", "two")
      .c("A")
      .s("FA")
      .c("A");
    expect([stateOf(talk), talk.app[1]]).toEqual(["closed", "one two{end}"]);
  });

  it("tells what is missing before a FIN that is acknowledged", () => {
    const talk = new TcpTalk().open().c("PA", "seen").c("FA", "", { seq: 20 }).s("A");
    expect(talk.app[0]).toBe("seen{hole}{end}");
    expect(talk.raw[0]).toBe("seen{hole}{end}");
  });

  it("tells the end when the flow is released, if the FIN was never acknowledged", () => {
    const talk = new TcpTalk().open().c("PA", "x").c("FA");
    expect(talk.app[0]).toBe("x");
    talk.tracker.releaseAll();
    expect(talk.app).toEqual(["x{end}", "{end}"]);
  });

  it("takes a FIN again without complaint, and late packets in another order", () => {
    const talk = new TcpTalk().open().c("FA").c("FA", "", { seq: 1 });
    expect([talk.events, stateOf(talk)]).toEqual([[], "close_wait"]);
    // The server's last ACK overtakes its FIN.
    talk.s("A", "", { seq: 2 }).s("FA", "", { seq: 1 }).c("A");
    expect([talk.events, stateOf(talk)]).toEqual([[], "closed"]);
  });

  it("rejects FINs in wrong places", () => {
    const talk = new TcpTalk().open().c("PA", "0123456789").s("A");
    talk.c("FA", "", { seq: 3 });
    expect(talk.events).toEqual(["fin_out_of_window"]);
    talk.c("FA", "", { seq: 80_000 });
    expect(talk.events).toEqual(["fin_out_of_window"]);
    talk.c("FA", "", { seq: 11, ack: 900_000 });
    expect(talk.events).toEqual(["pkt_invalid_ack", "fin_invalid_ack"]);
    talk.c("FSA", "", { seq: 11 });
    expect(talk.events).toContain("fin_syn");
    expect(stateOf(talk)).toBe("established");
    talk.c("FA", "", { seq: 11 }).s("FA", "", { seq: 900_000 });
    expect(talk.events).toEqual(["closewait_fin_out_of_window"]);
    expect(stateOf(talk)).toBe("close_wait");
  });

  it("names by state what does not fit", () => {
    const finWait = new TcpTalk().open().s("FA").c("A", "", { seq: 900_000 });
    expect(finWait.events).toEqual(["fin1_ack_wrong_seq"]);
    finWait.c("A", "", { seq: 1, ack: 900_000 });
    expect(finWait.events).toEqual(["pkt_invalid_ack", "fin1_invalid_ack"]);
    finWait.c("A", "", { seq: 1 }).c("A", "", { seq: 900_000 });
    expect(finWait.events).toEqual(["fin2_ack_wrong_seq"]);
    finWait.c("FA", "", { seq: 900_000 });
    expect(finWait.events).toEqual(["fin2_fin_wrong_seq"]);
    finWait.c("FA", "", { seq: 1 }).s("A", "", { seq: 900_000 });
    expect(finWait.events).toEqual(["timewait_ack_wrong_seq"]);
    finWait.c("S", "", { seq: 0 });
    expect(finWait.events).toEqual(["shutdown_syn_resend"]);
    const closeWait = new TcpTalk().open().c("FA").s("PA", "x", { seq: 900_000 });
    expect(closeWait.events).toEqual(["closewait_ack_out_of_window"]);
    closeWait.s("FA", "", { seq: 1 }).c("A", "", { seq: 900_000 });
    expect(closeWait.events).toEqual(["lastack_ack_wrong_seq"]);
  });
});

describe("closing with RST", () => {
  it("needs the exact sequence number: RFC 5961", () => {
    const talk = new TcpTalk().open().c("PA", "0123456789").s("A");
    talk.c("R", "", { seq: 12 });
    expect([stateOf(talk), talk.tracker.isTcpValid]).toEqual(["established", false]);
    talk.c("R", "", { seq: 900_000 });
    expect(stateOf(talk)).toBe("established");
    talk.c("R", "", { seq: 11 });
    expect([stateOf(talk), talk.tracker.isStreamReset]).toEqual(["closed", true]);
  });

  it("takes a RST at what was acknowledged last, with data in flight", () => {
    const talk = new TcpTalk().open().s("PA", "first").c("A").s("PA", "in flight").s("R", "", { seq: 6 });
    expect(stateOf(talk)).toBe("closed");
  });

  it("rejects one that acknowledges what was never sent, and notes data on it", () => {
    const talk = new TcpTalk().open().s("RA", "", { seq: 1, ack: 900_000 });
    expect([stateOf(talk), talk.events]).toEqual(["established", ["pkt_invalid_ack", "rst_invalid_ack"]]);
    talk.s("RA", "reason", { seq: 1, ack: 1 });
    expect([stateOf(talk), talk.events, talk.app[1]]).toEqual(["closed", ["rst_with_data"], ""]);
  });

  it("shows what waited behind a hole, and ignores what was under way in the other direction", () => {
    const talk = new TcpTalk().open().c("PA", "lost ones ", { seq: 11 }).s("RA");
    expect([talk.events, talk.app[0]]).toEqual([[], "{hole}lost ones "]);
    talk.c("PA", "late", { seq: 21 });
    expect([talk.tracker.isTcpValid, talk.app[0]]).toEqual([false, "{hole}lost ones "]);
    talk.tracker.releaseAll();
    expect(talk.app[0]).toBe("{hole}lost ones {end}");
  });

  it("is found out as forged if its sender goes on, and nothing is lost", () => {
    const talk = new TcpTalk().open().c("PA", "GET /").c("R", "", { seq: 6 }).c("PA", " HTTP/1.0");
    expect([stateOf(talk), talk.events]).toEqual(["established", ["suspected_rst_inject"]]);
    talk.s("PA", "200");
    expect(talk.app).toEqual(["GET / HTTP/1.0", "200"]);
  });

  it("stays closed if its sender only repeats itself", () => {
    const talk = new TcpTalk().open().c("PA", "GET /").c("R", "", { seq: 6 }).c("PA", "GET /", { seq: 1 });
    expect(stateOf(talk)).toBe("closed");
  });
});

describe("a tuple used again", () => {
  it("is a new flow once the old session is closed", () => {
    const talk = new TcpTalk().open().c("PA", "one").c("FA").s("FA").c("A");
    const first = { flow: talk.flow, generation: talk.tracker.table.generation(talk.flow) };
    talk.client.next = 0;
    talk.c("S", "", { seq: 100_000 });
    expect(talk.releases).toEqual([first.flow]);
    expect([talk.tracker.isNewFlow, talk.tracker.reusedFlows]).toEqual([true, 1]);
    expect(talk.tracker.table.generation(talk.flow)).toBeGreaterThan(first.generation);
    talk.s("SA", "", { ack: 100_001 }).c("A", "", { seq: 100_001 }).c("PA", "two", { seq: 100_001 });
    expect(talk.app[0]).toBe("one{end}two");
  });

  it("is a new flow after a RST, after TIME_WAIT, and where there was no session", () => {
    const reset = new TcpTalk().open().c("R").c("S", "", { seq: 9_000 });
    expect(reset.tracker.isNewFlow).toBe(true);
    const timeWait = new TcpTalk().open().s("FA").c("FA").c("S", "", { seq: 9_000 });
    expect(timeWait.tracker.isNewFlow).toBe(true);
    const stray = new TcpTalk().s("PA", "stray", { seq: 1, ack: 1 }).c("S");
    expect([stray.tracker.isNewFlow, stray.tracker.direction]).toEqual([true, 0]);
  });

  it("is not new while the session stands, nor for the same SYN, nor half closed by a FIN nobody acknowledged", () => {
    const talk = new TcpTalk().open().c("S", "", { seq: 9_000 });
    expect(talk.tracker.isNewFlow).toBe(false);
    talk.c("FA", "", { seq: 1 }).c("S", "", { seq: 9_000 });
    expect([talk.tracker.isNewFlow, talk.events]).toEqual([false, ["shutdown_syn_resend"]]);
    talk.s("A", "", { ack: 2 }).c("S", "", { seq: 9_000 });
    expect(talk.tracker.isNewFlow).toBe(true);
    const same = new TcpTalk().open().c("R").c("S", "", { seq: 0 });
    expect(same.tracker.isNewFlow).toBe(false);
  });
});

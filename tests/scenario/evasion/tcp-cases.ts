/** Evasion by TCP segments. What the columns mean stands in evasion.test.ts. */
import { hex } from "../../support/frames.js";
import type { EvasionCase } from "./evasion-case.js";
import { WireTalk } from "./wire-talk.js";

const EVIL = "GET /evil HTTP/1.0\r\nHost: a.example\r\n\r\n";
/** As long as EVIL. */
const DECOY = "GET /good HTTP/1.0\r\nHost: a.example\r\n\r\n";
const TS = { client: 1000, server: 500 };
const NOW: readonly [number, number] = [1001, 500];

/** A talk that has begun; timestamps are in use where `ts`. */
const opened = (ts = false): WireTalk => (ts ? new WireTalk().open(TS) : new WireTalk().open());
const answered = (talk: WireTalk): WireTalk => talk.s("A").s("PA", "HTTP/1.0 200 OK\r\n\r\n");

const SIGNED = "data with a TCP-MD5 signature on a session without";
/** Segments a Linux receiver drops: what comes in their place counts. */
const INSERTED: readonly EvasionCase[] = [
  [
    "data with a wrong checksum",
    () => answered(opened().fake("PA", DECOY, { checksumError: 0x55 }).c("PA", EVIL)),
  ],
  ["a RST with a wrong checksum", () => answered(opened().fake("R", "", { checksumError: 1 }).c("PA", EVIL))],
  [
    "a FIN with a wrong checksum",
    () => answered(opened().fake("FA", "", { checksumError: 1 }).c("PA", EVIL)),
  ],
  [
    "a SYN with a wrong checksum that would begin another session",
    () => answered(opened().c("S", "", { seq: 9999, checksumError: 1 }).c("PA", EVIL)),
  ],
  ["data without the ACK flag", () => answered(opened().fake("P", DECOY).c("PA", EVIL))],
  ["data without any flag", () => answered(opened().fake("", DECOY).c("PA", EVIL))],
  [
    "data that acknowledges what was never sent",
    () => answered(opened().fake("PA", DECOY, { ack: 99_999 }).c("PA", EVIL)),
  ],
  ["data beyond the window", () => answered(opened().c("PA", DECOY, { seq: 200_000 }).c("PA", EVIL))],
  [
    "data with an old timestamp (PAWS)",
    () =>
      answered(
        opened(true)
          .fake("PA", DECOY, { ts: [10, 500] })
          .c("PA", EVIL, { ts: NOW }),
      ),
  ],
  [
    SIGNED,
    () =>
      answered(
        opened()
          .fake("PA", DECOY, { options: hex("0101 1312 00112233445566778899aabbccddeeff") })
          .c("PA", EVIL),
      ),
  ],
  ["data on a SYN within the session", () => answered(opened().c("S", DECOY, { seq: 1 }).c("PA", EVIL))],
  ["data on a RST beside its place", () => answered(opened().c("R", DECOY, { seq: 5000 }).c("PA", EVIL))],
  [
    "a header length below the smallest",
    () => answered(opened().fake("PA", DECOY, { headerWords: 4 }).c("PA", EVIL)),
  ],
  [
    "a header length beyond the packet",
    () => answered(opened().fake("PA", "", { headerWords: 15 }).c("PA", EVIL)),
  ],
].map(
  ([name, talk]) =>
    ({
      name,
      talk,
      reads: "evil",
      ...(name === SIGNED
        ? { suricata: "takes the data; Linux drops signed segments on a session without" }
        : {}),
    }) as EvasionCase,
);

/** Segments that seem to end or to begin a session, and do not. */
const TORN_DOWN: readonly EvasionCase[] = [
  {
    name: "a RST within the window, not at its beginning",
    talk: () => answered(opened().c("R", "", { seq: 100 }).c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "a RST beyond the window",
    talk: () => answered(opened().c("R", "", { seq: 300_000 }).c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "a RST that acknowledges nonsense",
    talk: () => answered(opened().fake("RA", "", { ack: 99_999 }).c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "a RST at its place with a small TTL, that does not reach the receiver",
    talk: () => answered(opened().fake("R", "", { ttl: 2 }).c("PA", EVIL)),
    reads: "evil",
    suricata: "takes the session for closed and reads nothing; a forged RST is too cheap a way out",
    events: ["suspected_rst_inject"],
  },
  {
    name: "a FIN at its place with a small TTL, that does not reach the receiver",
    talk: () => answered(opened().fake("FA", "", { ttl: 2 }).c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "a FIN beyond the window",
    talk: () => answered(opened().c("FA", "", { seq: 300_000 }).c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "a SYN with another number within the session",
    talk: () => answered(opened().c("S", "", { seq: 77_000 }).c("PA", EVIL)),
    reads: "evil",
    events: ["est_syn_resend_diff_seq"],
  },
  {
    name: "a SYN/ACK from the client within the session",
    talk: () => answered(opened().c("SA", "", { seq: 1 }).c("PA", EVIL)),
    reads: "evil",
    events: ["est_synack_toserver"],
  },
  {
    name: "data behind a FIN that was acknowledged",
    talk: () => opened().c("PA", DECOY).c("FA").s("A").c("PA", EVIL).s("A"),
    reads: "good",
    suricata: "reads what follows too; the receiver has closed and drops it",
  },
  {
    name: "a request in two halves with a RST of another session between",
    talk: () =>
      answered(opened().c("PA", EVIL.slice(0, 8)).c("R", "", { seq: 900_000 }).c("PA", EVIL.slice(8))),
    reads: "evil",
  },
];

/** Beginnings. */
const BEGINNINGS: readonly EvasionCase[] = [
  {
    name: "a SYN with another number before the real one",
    talk: () => answered(new WireTalk().c("S", "", { seq: 70_000 }).open().c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "data on the SYN that the server does not take",
    talk: () => {
      const talk = new WireTalk().c("S", DECOY);
      talk.client.next = 1;
      return answered(talk.s("SA").c("A").c("PA", EVIL));
    },
    reads: "evil",
  },
  {
    name: "data on the SYN that the server takes",
    talk: () => answered(new WireTalk().c("S", EVIL).s("SA").c("A")),
    reads: "evil",
    suricata: "reads nothing without fast open; the acknowledgement says that the server has it",
  },
  {
    name: "data on the SYN with a fast-open cookie that the server takes",
    talk: () =>
      answered(
        new WireTalk()
          .c("S", EVIL, { options: hex("220a 0011223344556677 0101") })
          .s("SA")
          .c("A"),
      ),
    reads: "evil",
  },
  {
    name: "data before the handshake is complete, acknowledging nonsense",
    talk: () => answered(new WireTalk().c("S").s("SA").fake("PA", DECOY, { ack: 9999 }).c("A").c("PA", EVIL)),
    reads: "evil",
  },
  {
    name: "data with the last segment of the handshake",
    talk: () => answered(new WireTalk().c("S").s("SA").c("PA", EVIL)),
    reads: "evil",
  },
];

/** Order and overlap. */
const half = EVIL.length >> 1;
const ORDER: readonly EvasionCase[] = [
  {
    name: "one octet a segment, in reverse",
    talk: () => {
      const talk = opened();
      for (let i = EVIL.length - 1; i >= 0; i--) talk.c("PA", EVIL[i]!, { seq: 1 + i });
      talk.client.next = 1 + EVIL.length;
      return answered(talk);
    },
    reads: "evil",
  },
  {
    name: "the second half first, then all: the new segment begins before the old one and wins",
    talk: () => {
      const talk = opened().c("PA", DECOY.slice(half).replace("a.example", "b.example"), { seq: 1 + half });
      return answered(talk.c("PA", EVIL));
    },
    reads: "evil",
    events: ["reassembly_overlap_different_data"],
  },
  {
    name: "a hole, a segment behind it, the same place again with other data: the old one stays",
    talk: () => {
      const talk = opened().c("PA", EVIL.slice(4), { seq: 5 }).c("PA", DECOY.slice(4), { seq: 5 });
      talk.c("PA", EVIL.slice(0, 4));
      talk.client.next = 1 + EVIL.length;
      return answered(talk);
    },
    reads: "evil",
    suricata: "reads the same, without the event",
    events: ["reassembly_overlap_different_data"],
  },
  {
    name: "data with a small TTL first: what was seen first is read, since nobody can know, and an event says so",
    talk: () => answered(opened().fake("PA", DECOY, { ttl: 2 }).c("PA", EVIL)),
    reads: "good",
    suricata: "reads the same, without the event",
    events: ["reassembly_overlap_different_data"],
  },
  {
    name: "sequence numbers that wrap within the request",
    talk: () => {
      const talk = new WireTalk();
      Object.assign(talk.client, { initial: 2 ** 32 - 10 });
      return answered(talk.open().c("PA", EVIL.slice(0, 5)).c("PA", EVIL.slice(5)));
    },
    reads: "evil",
  },
  {
    name: "an urgent octet in the middle, which the application does not read in line",
    talk: () => answered(opened().c("PAU", EVIL.replace("/ev", "/eXv"), { urgent: 7 })),
    reads: "evil",
    suricata: "reads it in line unless `urgent.policy: oob` is set; `replay` without --more does so too",
  },
  {
    name: "an urgent pointer without the flag means nothing",
    talk: () => answered(opened().c("PA", EVIL, { urgent: 7 })),
    reads: "evil",
  },
  {
    name: "a probe into a closed window that the receiver does not take",
    talk: () => {
      const talk = opened().c("PA", EVIL.slice(0, 6)).s("A", "", { window: 0 });
      talk.fake("PA", "X").s("A", "", { window: 0 });
      return answered(talk.s("A").c("PA", EVIL.slice(6)));
    },
    reads: "evil",
    suricata: "takes the octet of the probe into the stream",
  },
  {
    name: "a repetition with other data of what was acknowledged",
    talk: () => answered(opened().c("PA", EVIL).s("A").c("PA", DECOY, { seq: 1 })),
    reads: "evil",
    events: ["pkt_spurious_retransmission"],
  },
];

export const TCP_CASES: readonly EvasionCase[] = [...INSERTED, ...TORN_DOWN, ...BEGINNINGS, ...ORDER];

/** Evasion by IP packets: fragments, options, lengths. What the columns mean stands in evasion.test.ts. */
import { hex, ipv4, raw, tcp } from "../../support/frames.js";
import type { EvasionCase } from "./evasion-case.js";
import { cut, type FragmentPiece, WireTalk } from "./wire-talk.js";

const EVIL = "GET /evil HTTP/1.0\r\nHost: a.example\r\n\r\n";
const DECOY = "GET /good HTTP/1.0\r\nHost: a.example\r\n\r\n";

const answered = (talk: WireTalk): WireTalk => talk.s("A").s("PA", "HTTP/1.0 200 OK\r\n\r\n");

/** The request as fragments of one packet, as `pieces` says. */
function fragmented(
  isIpv6: boolean,
  pieces: (data: Uint8Array, decoy: Uint8Array) => readonly FragmentPiece[],
): WireTalk {
  const talk = new WireTalk(isIpv6).open();
  const decoy = talk.packet(talk.client, "PA", DECOY, { seq: 1 }).bytes.slice(isIpv6 ? 40 : 20);
  const packet = talk.packet(talk.client, "PA", EVIL, {});
  return answered(talk.fragments(packet, (data) => pieces(data, decoy)));
}

const FAMILIES = [
  ["IPv4", false],
  ["IPv6", true],
] as const;

const FRAGMENTS: readonly EvasionCase[] = FAMILIES.flatMap(([family, isIpv6]) => {
  const overlap = isIpv6 ? "ipv6.frag_overlap" : "ipv4.frag_overlap";
  const cases: EvasionCase[] = [
    {
      name: `${family} fragments of eight octets`,
      talk: () => fragmented(isIpv6, (data) => cut(data, 8)),
      reads: "evil",
    },
    {
      name: `${family} fragments in reverse: the TCP header comes last`,
      talk: () => fragmented(isIpv6, (data) => cut(data, 16).reverse()),
      reads: "evil",
    },
    {
      name: `${family} fragments that come twice`,
      talk: () => fragmented(isIpv6, (data) => cut(data, 24).flatMap((piece) => [piece, piece])),
      reads: "evil",
    },
    {
      name: `${family}: a fragment that repeats the place of an earlier one with other data loses`,
      talk: () =>
        fragmented(isIpv6, (data, decoy) => {
          const [first, second, ...rest] = cut(data, 24);
          return [first!, second!, { ...second!, bytes: decoy.slice(24, 48) }, ...rest];
        }),
      reads: "evil",
      events: [overlap],
    },
    {
      name: `${family}: fragments of one packet with those of another between`,
      talk: () => {
        const talk = new WireTalk(isIpv6).open();
        const packet = talk.packet(talk.client, "PA", EVIL, {});
        talk.fragments(packet, (data) => cut(data, 32).slice(0, 1));
        return answered(talk.fragments(packet, (data) => cut(data, 32)));
      },
      reads: "evil",
    },
  ];
  return cases;
});

const HEADERS: readonly EvasionCase[] = [
  {
    name: "IPv4 padding behind the datagram does not belong to it",
    talk: () => {
      const talk = new WireTalk().open();
      const packet = talk.packet(talk.client, "PA", EVIL, {});
      const frame = new Uint8Array(14 + packet.bytes.length + 40).fill(0x58);
      frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
      frame.set(packet.bytes, 14);
      return answered(talk.sendFrame(frame));
    },
    reads: "evil",
  },
  {
    name: "an IPv4 total length beyond the packet: it is dropped",
    talk: () =>
      answered(
        new WireTalk()
          .open()
          .fake("PA", DECOY, { ip: { totalLength: 4000 } })
          .c("PA", EVIL),
      ),
    reads: "evil",
    events: ["ipv4.trunc_pkt"],
  },
  {
    name: "an IPv4 header length below the smallest: it is dropped",
    talk: () =>
      answered(
        new WireTalk()
          .open()
          .fake("PA", DECOY, { ip: { headerWords: 4 } })
          .c("PA", EVIL),
      ),
    reads: "evil",
    events: ["ipv4.hlen_too_small"],
  },
  {
    name: "an IP version that is none",
    talk: () =>
      answered(
        new WireTalk()
          .open()
          .fake("PA", DECOY, { ip: { version: 5 } })
          .c("PA", EVIL),
      ),
    reads: "evil",
    events: ["ipv4.wrong_ip_version"],
  },
  {
    name: "IPv4 options that mean nothing to the receiver do not hide the segment",
    talk: () => answered(new WireTalk().open().c("PA", EVIL, { ip: { options: hex("9e04 0000") } })),
    reads: "evil",
  },
  {
    name: "a source route does not hide the segment",
    talk: () =>
      answered(new WireTalk().open().c("PA", EVIL, { ip: { options: hex("8307 04 0a000001 00") } })),
    reads: "evil",
  },
  {
    name: "a request in a GRE tunnel beside the real connection is another flow",
    talk: () => {
      const talk = new WireTalk().open();
      const inner = ipv4(
        { source: "192.168.10.20", destination: "203.0.113.5" },
        tcp({ sequence: 1_000_001 }, DECOY),
      );
      const gre = raw(47, Uint8Array.from([0, 0, 8, 0, ...inner.bytes]));
      talk.send(ipv4({ source: "192.168.10.20", destination: "203.0.113.5" }, gre));
      return answered(talk.c("PA", EVIL));
    },
    reads: "evil",
  },
];

export const IP_CASES: readonly EvasionCase[] = [...FRAGMENTS, ...HEADERS];

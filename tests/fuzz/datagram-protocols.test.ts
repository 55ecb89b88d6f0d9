/**
 * Mutated messages of DNS, DHCP, SSH, SNMP, SIP, Kerberos, NTP, IKE, TFTP, RDP, RFB, MQTT and telnet through their
 * parsers: nothing throws, nothing is read or pointed at outside the input, every call comes to an end.
 *
 * Each run is made twice with other bytes around the input; it must say the same. `FUZZ_SEED` repeats a run (its time
 * box aside), `FUZZ_MS` sets its length.
 */

import { describe, expect, it } from "vitest";
import { DhcpParser } from "../../agent/sensor/proto/dhcp/parser.js";
import { NbnsParser } from "../../agent/sensor/proto/dns/netbios.js";
import { DnsDatagramParser, DnsStreamParser } from "../../agent/sensor/proto/dns/parser.js";
import { IkeParser } from "../../agent/sensor/proto/ike/parser.js";
import { KrbDatagramParser, KrbStreamParser } from "../../agent/sensor/proto/krb5/parser.js";
import { MessageView } from "../../agent/sensor/proto/message-view.js";
import { MqttParser } from "../../agent/sensor/proto/mqtt/parser.js";
import { NtpParser } from "../../agent/sensor/proto/ntp/parser.js";
import { Parsed, ParserInput, type ProtocolParser } from "../../agent/sensor/proto/parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import { RdpParser } from "../../agent/sensor/proto/rdp/parser.js";
import { RfbParser } from "../../agent/sensor/proto/rfb/parser.js";
import { SipDatagramParser, SipStreamParser } from "../../agent/sensor/proto/sip/parser.js";
import { SnmpParser } from "../../agent/sensor/proto/snmp/parser.js";
import { SshParser } from "../../agent/sensor/proto/ssh/parser.js";
import { TelnetParser } from "../../agent/sensor/proto/telnet/parser.js";
import { TftpParser } from "../../agent/sensor/proto/tftp/parser.js";
import { TlsParser } from "../../agent/sensor/proto/tls/tls-parser.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { fromHex, fromLatin1 } from "../support/parse-messages.js";
import {
  certificate,
  certificates,
  clientHello,
  concat,
  handshake,
  record,
  serverHello,
  serverName,
} from "../support/tls-records.js";

const seed = FUZZ_SEED;
const totalMs = Number(process.env.FUZZ_MS ?? 3000);
const hint = `FUZZ_SEED=${seed}`;

const MARGIN_BYTES = 32;
const TELLING_OCTETS = fromHex(
  "00 01 02 03 04 06 0a 0c 0d 14 15 20 2e 30 3a 3f 40 7f 80 a0 a1 c0 c0 f0 fe ff",
);

/** mulberry32. */
function randomFrom(start: number): (below: number) => number {
  let state = start | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
type Random = ReturnType<typeof randomFrom>;

const DNS_SEEDS = [
  "1032 0100 0001 0000 0000 0000 06676f6f676c65 03636f6d 00 0001 0001",
  `1032 81c0 0001 0004 0001 0001 06676f6f676c65 03636f6d 00 0001 0001 c00c 0001 0001 000140ef 0004 01020304
   c00c 0005 0001 00000001 0004 0161 c00c c00c 0010 0001 00000001 0005 0161 026263
   c00c 0041 0001 00000001 000e 0001 00 0001 0006 026832 026833 c00c 0006 0001 00000001 0018 016d c00c 00
   00000001 00000002 00000003 00000004 00000005 0000290200000000000000`,
  "0000 8400 0000 0002 0000 0000 045f697070 056c6f63616c 00 000c 0001 00000001 0003 0161 00 c00c 0021 0001 00000001 0008 000000000000 c00c",
].map(fromHex);
const NBNS_SEEDS = [fromHex(`8001 2910 0001 0000 0000 0001 20 ${"4341".repeat(16)} 00 0020 0001 c00c 0020`)];
const KRB_SEEDS = [
  `6a819a308197a103020105a20302010aa4818a308187a00703050050800000a1153013a003020101a10c300a1b087465737475736572
   a20c1b0a44454d4f2e4c4f43414ca31f301da003020102a11630141b066b72627467741b0a44454d4f2e4c4f43414c
   a511180f32303236303231303233323535315aa611180f32303236303231303233323535315aa70602042de004d8a8083006020112020111`,
  "7e2530 23a003020105a10302011ea603020119a9041b02 4142 aa0d300ba003020101a10430021b00".replace(" ", ""),
].map(fromHex);
const MQTT_SEEDS = [
  "101c 0004 4d515454 05 c2 003c 03 210014 0002 6964 0004 75736572 0001 70",
  "2006 01 00 03 22 000a",
  "3308 0001 74 0007 00 4f4e",
  "8209 0001 00 0003 612f23 01",
  "b004 0002 00 11",
  "e002 04 00",
].map(fromHex);
const SIP_SEEDS = [
  "REGISTER sip:a@b.example SIP/2.0\r\nVia: x\r\nContent-Length: 3\r\n\r\nabc",
  "SIP/2.0 200 OK\r\nl: 0\r\n folded\r\n\r\n",
].map(fromLatin1);
const KEXINIT = fromHex(
  `000000 5c 04 14 ${"a5".repeat(16)} ${"00000003616263".repeat(8)} 00000000 00000000 00 00000000 00000000`,
);
const IKE_SEEDS = [
  `e47a591fd057587f0000000000000000 01 10 02 00 00000000 0000006c 0d00003c 00000001 00000001 00000030 01010001
   00000028 01010000 80010007 800e0080 80020002 80040002 80030001 800b0001 000c0004 00015180 00000014
   4a131c81070358455c5728f20e95452f`,
  `61d3693ce12af5280000000000000000 21 20 22 08 00000000 0000004c 00000030 0000002c 01010004 0300000c 0100000c 800e0100
   03000008 02000005 03000008 0300000c 00000008 04000002`,
].map(fromHex);
const SNMP_SEEDS = [
  "302e0201010404707562 6ca01c020421182cd7020100020100300e300c06082b060102010103000500".replace(" ", ""),
  `306d020103 3010 0204 207b2f72 0202 4000 0401 00 0201 03 0425 3023 040d 80001f8880a9498e5e3a2c3043 0201dd 0201dd 0408
   757365726e616d65 0400 0400 302f 040d 80001f8880a9498e5e3a2c3043 0400 a21c 0204 207b2f72 020100 020100 300e 300c 0608
   2b06010201010600 0400`,
  "302b020100 0406 7075626c6963 a41e 0606 2b0601040109 4004 c0000201 020102 020100 4301 05 3005 3003 0601 2a",
].map(fromHex);
const DHCP_SEED =
  fromHex(`01010600ef645744${"00".repeat(228)} 63825363 350103 0c046e617331 37031c0203 3d0701001132 1749f0
  3c034d5346 330400000e10 ff`);
const RFB_SEEDS = [
  fromLatin1("RFB 003.008\n"),
  fromHex("0102"),
  fromHex("02"),
  new Uint8Array(16).fill(9),
  fromHex("00000000"),
  fromHex("0500 0320 2018000100ff00ff00ff100800000000 00000002 6162"),
];

function withLength(bytes: Uint8Array, lengthBytes: 2 | 4): Uint8Array {
  const head = [bytes.length >> 24, bytes.length >> 16, bytes.length >> 8, bytes.length].slice(
    4 - lengthBytes,
  );
  return Uint8Array.from([...head.map((octet) => octet & 255), ...bytes]);
}

interface Target {
  readonly name: string;
  readonly parser: ProtocolParser<unknown>;
  readonly isStream: boolean;
  readonly seeds: readonly Uint8Array[];
}

function target<State>(
  name: string,
  parser: ProtocolParser<State>,
  seeds: readonly Uint8Array[],
  isStream = false,
): Target {
  return { name, parser: parser as ProtocolParser<unknown>, isStream, seeds };
}

const TARGETS: readonly Target[] = [
  target("dns", new DnsDatagramParser(Protocol.DNS), DNS_SEEDS),
  target("mdns", new DnsDatagramParser(Protocol.MDNS), DNS_SEEDS),
  target(
    "dns over tcp",
    new DnsStreamParser(),
    DNS_SEEDS.map((bytes) => withLength(bytes, 2)),
    true,
  ),
  target("nbns", new NbnsParser(), NBNS_SEEDS),
  target("dhcp", new DhcpParser(), [DHCP_SEED]),
  target(
    "ssh",
    new SshParser(),
    [fromLatin1("SSH-2.0-OpenSSH_9.2 x\r\n"), KEXINIT, fromHex("00000002 00 15")],
    true,
  ),
  target("snmp", new SnmpParser(), SNMP_SEEDS),
  target("sip", new SipDatagramParser(), SIP_SEEDS),
  target("sip over tcp", new SipStreamParser(), SIP_SEEDS, true),
  target("krb5", new KrbDatagramParser(), KRB_SEEDS),
  target(
    "krb5 over tcp",
    new KrbStreamParser(),
    KRB_SEEDS.map((bytes) => withLength(bytes, 4)),
    true,
  ),
  target("ntp", new NtpParser(), [fromHex(`23${"00".repeat(47)}`)]),
  target("ike", new IkeParser(), IKE_SEEDS),
  target("tftp", new TftpParser(), [fromHex("0001 726663313335302e747874 00 6f63746574 00")]),
  target(
    "rdp",
    new RdpParser(new TlsParser()),
    [
      fromHex("03000024 1f e0 0000 0000 00 436f6f6b69653a206d737473686173683d413730303637 0d0a"),
      fromHex("03000013 0e d0 0000 1234 00 02 09 0800 02000000"),
      fromHex(`0300004c 02f080 7f65 44756361 40 01c03800${"00".repeat(52)} 03c00800 01000000`),
      fromHex(`030000f7 02f080 7f65 44756361 80ea 01c0ea00 04000800 ${"0104".repeat(111)} 0000`),
      record(22, handshake(1, clientHello(serverName("pc")))),
      concat(record(22, handshake(2, serverHello())), record(22, handshake(11, certificates(certificate())))),
    ],
    true,
  ),
  target("rfb", new RfbParser(), RFB_SEEDS, true),
  target("mqtt", new MqttParser(), MQTT_SEEDS, true),
  target("telnet", new TelnetParser(), [fromHex("fffd18")], true),
];

type Turn = readonly [DirectionId, Uint8Array];

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = [...bytes];
  for (let edits = random(5); edits > 0 && copy.length > 0; edits--) {
    const at = random(copy.length);
    switch (random(6)) {
      case 0:
        copy[at] = random(256);
        break;
      case 1:
        copy[at] = TELLING_OCTETS[random(TELLING_OCTETS.length)]!;
        break;
      case 2:
        copy.length = at;
        break;
      case 3:
        copy.splice(at, 1 + random(4));
        break;
      case 4:
        copy.splice(at, 0, ...copy.slice(at, at + random(40)));
        break;
      default:
        copy[at] = (copy[at]! + (random(2) === 0 ? 1 : 255)) & 255;
    }
  }
  return Uint8Array.from(copy);
}

/** Some messages one after the other, in pieces if they are a stream. */
function conversation({ seeds, isStream }: Target, random: Random): Turn[] {
  const turns: Turn[] = [];
  const inOrder = random(3) === 0;
  for (let i = 0, messages = 1 + random(inOrder ? seeds.length : 4); i < messages; i++) {
    const direction = random(3) === 0 || (inOrder && i % 2 === 0) ? TO_CLIENT : TO_SERVER;
    const original = seeds[inOrder ? i : random(seeds.length)]!;
    let bytes = random(4) === 0 ? original : mutate(original, random);
    while (isStream && bytes.length > 1 && random(3) === 0) {
      const cut = random(bytes.length);
      turns.push([direction, bytes.slice(0, cut)]);
      bytes = bytes.slice(cut);
    }
    turns.push([direction, bytes]);
  }
  return turns;
}

const view = new MessageView();
const input = new ParserInput();

/** Run the conversation with `filler` around every input; what the parser said, as text. */
function transcript({ parser, isStream }: Target, turns: readonly Turn[], filler: number): string {
  const state = parser.createState();
  const waiting: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  const said: string[] = [];
  turns.forEach(([direction, bytes], turn) => {
    const kept = isStream ? waiting[direction] : new Uint8Array(0);
    const start = MARGIN_BYTES;
    const end = start + kept.length + bytes.length;
    const surrounded = new Uint8Array(end + MARGIN_BYTES).fill(filler);
    surrounded.set(kept, start);
    surrounded.set(bytes, start + kept.length);
    said.push(`probe ${parser.probe(surrounded, start, end, direction)}`);
    Object.assign(input, { bytes: surrounded, offset: start, end, direction, skipBytes: 0 });
    input.isFull = turn % 5 === 4;
    input.isEnd = turn === turns.length - 1;
    for (let calls = 0; ; calls++) {
      if (calls > 2 * (end - start) + 16) throw new Error("the parser does not come to an end");
      const before = input.offset;
      const code = parser.parse(state, input, view);
      if (!(input.offset >= before && input.offset <= end)) throw new Error(`offset ${input.offset} outside`);
      if (code !== Parsed.MESSAGE) {
        said.push(`code ${code} left ${end - input.offset} skip ${input.skipBytes}`);
        break;
      }
      said.push(describeView(surrounded, start, end), JSON.stringify(parser.describe(state, view)));
    }
    waiting[direction] = surrounded.slice(input.offset, end);
  });
  return said.join("\n");
}

function describeView(surrounded: Uint8Array, start: number, end: number): string {
  const parts = [
    `${view.direction} ${view.stage} ${view.transaction} ${view.events.subarray(0, view.eventCount)}`,
  ];
  for (let i = 0; i < view.entryCount; i++) {
    const bytes = view.entryBytes[i]!;
    const from = view.entryOffset[i]!;
    const to = from + view.entryLength[i]!;
    const isInside = bytes === surrounded ? from >= start && to <= end : from >= 0 && to <= bytes.length;
    if (!isInside || to < from) throw new Error(`an entry points at ${from}..${to}`);
    parts.push(
      `${view.entryField[i]} ${Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("hex")}`,
    );
  }
  for (let field = 0; field < 48; field++) {
    if (view.hasNumber(field)) parts.push(`${field}=${view.number(field)}`);
  }
  return parts.join(" ");
}

describe(`mutated messages (${hint})`, () => {
  it.each(TARGETS.map((entry) => [entry.name, entry] as const))(
    "leave the parser of %s unharmed",
    (_name, entry) => {
      const random = randomFrom(seed);
      const until = performance.now() + totalMs / TARGETS.length;
      let rounds = 0;
      do {
        const turns = conversation(entry, random);
        const hex = (): string =>
          turns.map(([d, bytes]) => `${d}:${Buffer.from(bytes).toString("hex")}`).join(" ");
        let first: string;
        let second: string;
        try {
          first = transcript(entry, turns, 0x00);
          second = transcript(entry, turns, 0xff);
        } catch (error) {
          throw new Error(`${hint}, round ${rounds}: ${hex()}`, { cause: error });
        }
        if (first !== second) expect(second, `${hint}, round ${rounds}: ${hex()}`).toBe(first);
        rounds++;
      } while (performance.now() < until);
      expect(rounds).toBeGreaterThan(0);
    },
  );
});

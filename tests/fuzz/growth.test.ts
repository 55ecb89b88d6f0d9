/**
 * What the worst input costs each parser: in proportion to its length, in one piece and octet by octet. (HTTP, TLS, QUIC and the
 * decoder have worst inputs of their own beside their fuzzers; telnet is only recognised.) `GROWTH_TIMES=1` prints times as well.
 */
import { describe, it } from "vitest";
import { DcerpcParser } from "../../agent/sensor/proto/dcerpc/parser.js";
import { DhcpParser } from "../../agent/sensor/proto/dhcp/parser.js";
import { NbnsParser } from "../../agent/sensor/proto/dns/netbios.js";
import { DnsDatagramParser, DnsStreamParser } from "../../agent/sensor/proto/dns/parser.js";
import { FilePool } from "../../agent/sensor/proto/file-pool.js";
import { ExpectedTransfers } from "../../agent/sensor/proto/ftp/expected-transfers.js";
import { FtpParser } from "../../agent/sensor/proto/ftp/parser.js";
import { IkeParser } from "../../agent/sensor/proto/ike/parser.js";
import { KrbStreamParser } from "../../agent/sensor/proto/krb5/parser.js";
import { MqttParser } from "../../agent/sensor/proto/mqtt/parser.js";
import { NfsParser } from "../../agent/sensor/proto/nfs/parser.js";
import type { ProtocolParser } from "../../agent/sensor/proto/parser.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import { RdpParser } from "../../agent/sensor/proto/rdp/parser.js";
import { RfbParser } from "../../agent/sensor/proto/rfb/parser.js";
import { SipDatagramParser, SipStreamParser } from "../../agent/sensor/proto/sip/parser.js";
import { SmbParser } from "../../agent/sensor/proto/smb/parser.js";
import { SmtpParser } from "../../agent/sensor/proto/smtp/parser.js";
import { SnmpParser } from "../../agent/sensor/proto/snmp/parser.js";
import { SshParser } from "../../agent/sensor/proto/ssh/parser.js";
import { TftpParser } from "../../agent/sensor/proto/tftp/parser.js";
import { TlsParser } from "../../agent/sensor/proto/tls/tls-parser.js";
import { request } from "../support/dcerpc-pdus.js";
import { expectProportion, GROWTH_SIZES, OCTET_SIZES } from "../support/growth.js";
import { fromHex, fromLatin1 } from "../support/parse-messages.js";
import { feedParser, type Piece } from "../support/parser-fuzz.js";
import { rpcCall, rpcRecord } from "../support/rpc-messages.js";
import * as smb from "../support/smb-records.js";

const CAP_BYTES = 1 << 17;

interface Case {
  readonly name: string;
  readonly make: () => ProtocolParser<unknown>;
  readonly direction: DirectionId;
  /** What stands once at the beginning, and what is repeated up to the size. */
  readonly head?: Uint8Array;
  readonly repeated: Uint8Array;
  /** Datagrams come in one piece. */
  readonly isDatagram?: boolean;
}

const text = (value: string): Uint8Array => fromLatin1(value.replaceAll("\n", "\r\n"));
const any = <State>(parser: ProtocolParser<State>): ProtocolParser<unknown> =>
  parser as ProtocolParser<unknown>;
const files = (): FilePool => new FilePool();
const smtp = () => any(new SmtpParser(files()));
const ftp = () => any(new FtpParser(new ExpectedTransfers()));
const MAIL = "EHLO a\nMAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n";
const PART = 'Content-Type: multipart/mixed; boundary="x"\n\n';

const STREAMS: readonly Case[] = [
  { name: "SMTP: commands", make: smtp, direction: TO_SERVER, repeated: text("NOOP\n") },
  { name: "SMTP: a command without end", make: smtp, direction: TO_SERVER, repeated: text("A") },
  {
    name: "SMTP: recipients",
    make: smtp,
    direction: TO_SERVER,
    head: text("EHLO a\nMAIL FROM:<a@b>\n"),
    repeated: text("RCPT TO:<c@d>\n"),
  },
  { name: "SMTP: replies", make: smtp, direction: TO_CLIENT, repeated: text("250-a\n") },
  {
    name: "SMTP: header lines",
    make: smtp,
    direction: TO_SERVER,
    head: text(MAIL),
    repeated: text("A: b\n"),
  },
  {
    name: "SMTP: one folded header",
    make: smtp,
    direction: TO_SERVER,
    head: text(`${MAIL}A: b\n`),
    repeated: text(" c\n"),
  },
  {
    name: "SMTP: parts",
    make: smtp,
    direction: TO_SERVER,
    head: text(MAIL + PART),
    repeated: text("--x\nContent-Type: a\n\n"),
  },
  {
    name: "SMTP: lines that are nearly a boundary",
    make: smtp,
    direction: TO_SERVER,
    head: text(MAIL + PART),
    repeated: text("--\n-\n"),
  },
  {
    name: "SMTP: base64",
    make: smtp,
    direction: TO_SERVER,
    head: text(`${MAIL}Content-Type: a; name=f\nContent-Transfer-Encoding: base64\n\n`),
    repeated: text("TVqQ\n"),
  },
  {
    name: "SMTP: quoted printable",
    make: smtp,
    direction: TO_SERVER,
    head: text(`${MAIL}Content-Type: a; name=f\nContent-Transfer-Encoding: quoted-printable\n\n`),
    repeated: text("=3D=\n"),
  },
  { name: "SMTP: dots", make: smtp, direction: TO_SERVER, head: text(MAIL), repeated: text("..\n") },
  { name: "FTP: commands", make: ftp, direction: TO_SERVER, repeated: text("PORT 10,0,0,1,4,1\n") },
  {
    name: "FTP: replies in many lines",
    make: ftp,
    direction: TO_CLIENT,
    head: text("220-a\n"),
    repeated: text(" b\n"),
  },
  { name: "FTP: a command without end", make: ftp, direction: TO_SERVER, repeated: text("A") },
  {
    name: "SSH: a banner without end",
    make: () => any(new SshParser()),
    direction: TO_SERVER,
    head: text("SSH-2.0-"),
    repeated: text("a"),
  },
  {
    name: "SSH: lines before the banner",
    make: () => any(new SshParser()),
    direction: TO_CLIENT,
    repeated: text("a\n"),
  },
  {
    name: "SSH: packets",
    make: () => any(new SshParser()),
    direction: TO_SERVER,
    head: text("SSH-2.0-a\n"),
    repeated: fromHex("00000006 04 02 00000000"),
  },
  {
    name: "SMB: records",
    make: () => any(new SmbParser(files())),
    direction: TO_SERVER,
    repeated: Uint8Array.from(smb.close(7)),
  },
  {
    name: "SMB: writes",
    make: () => any(new SmbParser(files())),
    direction: TO_SERVER,
    head: Uint8Array.from(smb.create("file", 8, 12)),
    repeated: Uint8Array.from(smb.write(new Uint8Array(16), 0, 8)),
  },
  {
    name: "SMB: empty NetBIOS records",
    make: () => any(new SmbParser(files())),
    direction: TO_SERVER,
    head: Uint8Array.from(smb.close(7)),
    repeated: fromHex("00000000"),
  },
  {
    name: "DCERPC: requests",
    make: () => any(new DcerpcParser(files())),
    direction: TO_SERVER,
    repeated: Uint8Array.from(request(1, 3, "part", 1)),
  },
  {
    name: "NFS: calls",
    make: () => any(new NfsParser(true)),
    direction: TO_SERVER,
    repeated: Uint8Array.from(rpcRecord(rpcCall(3, 7, [1, 2, 3]))),
  },
  {
    name: "DNS: messages",
    make: () => any(new DnsStreamParser()),
    direction: TO_SERVER,
    repeated: fromHex("0011 0001 0100 0001 0000 0000 0000 00 0001 0001"),
  },
  {
    name: "DNS: empty messages",
    make: () => any(new DnsStreamParser()),
    direction: TO_SERVER,
    head: fromHex("0011 0001 0100 0001 0000 0000 0000 00 0001 0001"),
    repeated: fromHex("0000"),
  },
  {
    name: "Kerberos: records",
    make: () => any(new KrbStreamParser()),
    direction: TO_SERVER,
    repeated: fromHex("00000004 6a020500"),
  },
  {
    name: "MQTT: publications",
    make: () => any(new MqttParser()),
    direction: TO_SERVER,
    head: fromHex("101000044d51545404c2003c0002696400027573"),
    repeated: fromHex("3003000174"),
  },
  {
    name: "MQTT: topics",
    make: () => any(new MqttParser()),
    direction: TO_SERVER,
    head: fromHex("82ffff7f0001"),
    repeated: fromHex("00017400"),
  },
  {
    name: "RDP: connect data",
    make: () => any(new RdpParser(new TlsParser())),
    direction: TO_SERVER,
    head: fromHex("0300ffff"),
    repeated: fromHex("01c00400"),
  },
  {
    name: "RDP: TLS records",
    make: () => any(new RdpParser(new TlsParser())),
    direction: TO_SERVER,
    head: fromHex("0300000702f080"),
    repeated: fromHex("160303000400000000"),
  },
  {
    name: "RDP: packets",
    make: () => any(new RdpParser(new TlsParser())),
    direction: TO_SERVER,
    repeated: fromHex("0300000702f080"),
  },
  {
    name: "RFB: octets",
    make: () => any(new RfbParser()),
    direction: TO_CLIENT,
    head: text("RFB 003.008"),
    repeated: fromHex("0a"),
  },
  {
    name: "SIP: headers",
    make: () => any(new SipStreamParser()),
    direction: TO_SERVER,
    head: text("REGISTER sip:a@b SIP/2.0\n"),
    repeated: text("V: x\n"),
  },
  {
    name: "SIP: messages",
    make: () => any(new SipStreamParser()),
    direction: TO_SERVER,
    repeated: text("OPTIONS sip:a SIP/2.0\nl: 0\n\n"),
  },
];

const DATAGRAMS: readonly Case[] = [
  {
    name: "DNS: answers",
    make: () => any(new DnsDatagramParser(Protocol.DNS)),
    direction: TO_CLIENT,
    head: fromHex("0001 8180 0001 ffff 0000 0000 0161 00 0001 0001"),
    repeated: fromHex("c00c 0001 0001 00000001 0004 01020304"),
    isDatagram: true,
  },
  {
    name: "NetBIOS: questions",
    make: () => any(new NbnsParser()),
    direction: TO_SERVER,
    head: fromHex("8001 0110 ffff 0000 0000 0000"),
    repeated: fromHex(`20 ${"4341".repeat(16)} 00 0020 0001`),
    isDatagram: true,
  },
  {
    name: "DHCP: options",
    make: () => any(new DhcpParser()),
    direction: TO_SERVER,
    head: fromHex(`01010600ef645744${"00".repeat(228)} 63825363 350103`),
    repeated: fromHex("0c0161"),
    isDatagram: true,
  },
  {
    name: "SNMP: variables",
    make: () => any(new SnmpParser()),
    direction: TO_SERVER,
    head: fromHex("3082ffff 020101 0404 7075626c a082ffff 0201010201000201003082ffff"),
    repeated: fromHex("3006060229010500"),
    isDatagram: true,
  },
  {
    name: "IKE: payloads",
    make: () => any(new IkeParser()),
    direction: TO_SERVER,
    head: fromHex("e47a591fd057587f0000000000000000 2b 10 02 00 00000000 0000ffff"),
    repeated: fromHex("2b000004"),
    isDatagram: true,
  },
  {
    name: "SIP: a datagram of headers",
    make: () => any(new SipDatagramParser()),
    direction: TO_SERVER,
    head: text("REGISTER sip:a@b SIP/2.0\n"),
    repeated: text("V: x\n"),
    isDatagram: true,
  },
  {
    name: "TFTP: options",
    make: () => any(new TftpParser()),
    direction: TO_SERVER,
    head: fromHex("0001610062696e00"),
    repeated: fromHex("61006200"),
    isDatagram: true,
  },
];

function piecesOf({ direction, head, repeated }: Case, size: number, isOctets: boolean): Piece[] {
  const start = head ?? new Uint8Array(0);
  const bytes = new Uint8Array(start.length + Math.max(size, repeated.length));
  bytes.set(start);
  for (let at = start.length; at < bytes.length; at += repeated.length) {
    bytes.set(repeated.subarray(0, bytes.length - at), at);
  }
  if (!isOctets) return [{ direction, bytes }];
  return Array.from(bytes, (octet) => ({ direction, bytes: Uint8Array.of(octet) }));
}

describe("parsers cost in proportion to the length of their input", () => {
  it.each([...STREAMS, ...DATAGRAMS])("$name", (one) => {
    for (const isOctets of one.isDatagram ? [false] : [false, true]) {
      expectProportion(
        `${one.name}${isOctets ? ", octet by octet" : ""}`,
        (size, wrap) => feedParser(one.make(), piecesOf(one, size, isOctets), CAP_BYTES, wrap),
        isOctets ? OCTET_SIZES : GROWTH_SIZES,
      );
    }
  });
});

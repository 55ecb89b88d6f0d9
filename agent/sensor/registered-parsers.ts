import { BittorrentDhtParser } from "./proto/bittorrent/parser.js";
import { DcerpcParser } from "./proto/dcerpc/parser.js";
import { DhcpParser } from "./proto/dhcp/parser.js";
import { NbnsParser } from "./proto/dns/netbios.js";
import { DnsDatagramParser, DnsStreamParser } from "./proto/dns/parser.js";
import { FilePool } from "./proto/file-pool.js";
import { FtpDataParser } from "./proto/ftp/data-parser.js";
import { ExpectedTransfers } from "./proto/ftp/expected-transfers.js";
import { FtpParser } from "./proto/ftp/parser.js";
import { GreetingParser } from "./proto/greeting-parser.js";
import { HttpParser } from "./proto/http/parser.js";
import { Http2Parser } from "./proto/http2/parser.js";
import { IkeParser } from "./proto/ike/parser.js";
import { KrbDatagramParser, KrbStreamParser } from "./proto/krb5/parser.js";
import { MqttParser } from "./proto/mqtt/parser.js";
import { NfsParser } from "./proto/nfs/parser.js";
import { NtpParser } from "./proto/ntp/parser.js";
import type { RegisteredParser } from "./proto/probe-order.js";
import { Protocol } from "./proto/protocols.js";
import { QuicParser } from "./proto/quic/quic-parser.js";
import { RdpParser } from "./proto/rdp/parser.js";
import { RfbParser } from "./proto/rfb/parser.js";
import { SipDatagramParser, SipStreamParser } from "./proto/sip/parser.js";
import { SmbParser } from "./proto/smb/parser.js";
import { SmtpParser } from "./proto/smtp/parser.js";
import { SnmpParser } from "./proto/snmp/parser.js";
import { SshParser } from "./proto/ssh/parser.js";
import { TelnetParser } from "./proto/telnet/parser.js";
import { TftpParser } from "./proto/tftp/parser.js";
import { TlsParser } from "./proto/tls/tls-parser.js";
import { OpensslInitialCipher } from "./quic-initial-cipher.js";

/**
 * All parsers of a sensor, each with scratch memory of its own: make one list for each sensor.
 *
 * @param readsMore also what Suricata 7 does not read: SIP over TCP, mails in chunks, and protocols away from the ports on which it
 *   looks for them
 */
export function registeredParsers(readsMore = true): RegisteredParser[] {
  const files = new FilePool();
  const transfers = new ExpectedTransfers();
  const tls = new TlsParser();
  const more: RegisteredParser[] = [{ parser: new SipStreamParser(), transport: "tcp", ports: [5060] }];
  const isAskedThereOnly = !readsMore;
  return [
    ...(readsMore ? more : []),
    { parser: new DnsDatagramParser(Protocol.DNS), transport: "udp", ports: [53], isAskedThereOnly },
    { parser: new DnsDatagramParser(Protocol.MDNS), transport: "udp", ports: [5353], isAskedThereOnly },
    { parser: new DnsDatagramParser(Protocol.LLMNR), transport: "udp", ports: [5355], isAskedThereOnly },
    { parser: new NbnsParser(), transport: "udp", ports: [137] },
    { parser: new DhcpParser(), transport: "udp", ports: [67, 68], isAskedThereOnly },
    {
      parser: new QuicParser(new OpensslInitialCipher()),
      transport: "udp",
      ports: [443, 80],
      isAskedThereOnly,
    },
    { parser: new NtpParser(), transport: "udp", ports: [123], isAskedThereOnly },
    { parser: new SnmpParser(), transport: "udp", ports: [161, 162], isAskedThereOnly },
    { parser: new SipDatagramParser(), transport: "udp", ports: [5060, 5061], isAskedThereOnly },
    { parser: new KrbDatagramParser(), transport: "udp", ports: [88], isAskedThereOnly },
    { parser: new IkeParser(), transport: "udp", ports: readsMore ? [500, 4500] : [500], isAskedThereOnly },
    { parser: new TftpParser(), transport: "udp", ports: [69], isAskedThereOnly },
    { parser: new BittorrentDhtParser(), transport: "udp", ports: [] },
    { parser: new NfsParser(false), transport: "udp", ports: [2049], isAskedThereOnly },
    { parser: new HttpParser(), transport: "tcp", ports: [80, 8080] },
    { parser: new Http2Parser(files), transport: "tcp", ports: [80, 443] },
    { parser: tls, transport: "tcp", ports: [443] },
    { parser: new FtpParser(transfers), transport: "tcp", ports: [21] },
    { parser: new FtpDataParser(transfers, files), transport: "tcp", ports: [] },
    { parser: new SmtpParser(files, readsMore), transport: "tcp", ports: [25, 465] },
    { parser: new GreetingParser(Protocol.IMAP, "* ok "), transport: "tcp", ports: [143] },
    {
      parser: new GreetingParser(Protocol.POP3, "+ok "),
      transport: "tcp",
      ports: readsMore ? [110] : [],
      isAskedThereOnly,
    },
    { parser: new SshParser(), transport: "tcp", ports: [22] },
    { parser: new SmbParser(files), transport: "tcp", ports: [139, 445] },
    { parser: new DcerpcParser(files), transport: "tcp", ports: [135] },
    { parser: new DnsStreamParser(), transport: "tcp", ports: [53], isAskedThereOnly },
    { parser: new NfsParser(true), transport: "tcp", ports: [2049], isAskedThereOnly },
    { parser: new KrbStreamParser(), transport: "tcp", ports: [88], isAskedThereOnly },
    { parser: new MqttParser(), transport: "tcp", ports: [1883], isAskedThereOnly },
    { parser: new RdpParser(tls), transport: "tcp", ports: [3389], isAskedThereOnly },
    { parser: new RfbParser(), transport: "tcp", ports: [5900] },
    { parser: new TelnetParser(), transport: "tcp", ports: [23], isAskedThereOnly },
  ];
}

import type { RegisteredParser } from "./proto/app-layer.js";
import { DhcpParser } from "./proto/dhcp/parser.js";
import { NbnsParser } from "./proto/dns/netbios.js";
import { DnsDatagramParser, DnsStreamParser } from "./proto/dns/parser.js";
import { FilePool } from "./proto/file-pool.js";
import { HttpParser } from "./proto/http/parser.js";
import { Protocol } from "./proto/protocols.js";
import { SmtpParser } from "./proto/smtp/parser.js";
import { SshParser } from "./proto/ssh/parser.js";
import { TlsParser } from "./proto/tls/tls-parser.js";

/** All parsers of a sensor, each with scratch memory of its own: make one list for each sensor. */
export function registeredParsers(): RegisteredParser[] {
  const files = new FilePool();
  return [
    { parser: new DnsDatagramParser(Protocol.DNS), transport: "udp", ports: [53] },
    { parser: new DnsDatagramParser(Protocol.MDNS), transport: "udp", ports: [5353] },
    { parser: new DnsDatagramParser(Protocol.LLMNR), transport: "udp", ports: [5355] },
    { parser: new NbnsParser(), transport: "udp", ports: [137] },
    { parser: new DhcpParser(), transport: "udp", ports: [67, 68] },
    { parser: new HttpParser(), transport: "tcp", ports: [80, 8080] },
    { parser: new TlsParser(), transport: "tcp", ports: [443] },
    { parser: new SmtpParser(files), transport: "tcp", ports: [25, 465] },
    { parser: new SshParser(), transport: "tcp", ports: [22] },
    { parser: new DnsStreamParser(), transport: "tcp", ports: [53] },
  ];
}

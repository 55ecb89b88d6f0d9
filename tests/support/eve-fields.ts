/**
 * What is comparable in the output of two dissectors, as texts under the name of what they are. The same text twice means
 * that it was seen twice.
 */
import { createHash, X509Certificate } from "node:crypto";

export const FACTS = [
  "dns",
  "dns answer",
  "tls sni",
  "tls ja3",
  "tls ja3s",
  "tls ja4",
  "tls certificate",
  "http request",
  "http host",
  "http agent",
  "http status",
  "http type",
  "quic sni",
  "quic ja4",
  "ssh software",
  "ssh hassh",
  "smb log-on",
  "smb tree",
  "smb file",
  "dhcp",
] as const;
export type Fact = (typeof FACTS)[number];
export type FactTexts = Readonly<Record<Fact, string[]>>;

export function noFacts(): Record<Fact, string[]> {
  return Object.fromEntries(FACTS.map((fact): [Fact, string[]] => [fact, []])) as Record<Fact, string[]>;
}

interface SshPeer {
  readonly software_version?: string;
  readonly hassh?: { readonly hash: string };
}

interface DnsAnswer {
  readonly rrname: string;
  readonly rrtype: string;
  readonly rdata?: string;
  readonly srv?: { readonly name: string };
  readonly soa?: { readonly mname: string };
}

interface Certificate {
  readonly subject?: string;
  readonly issuerdn?: string;
  readonly serial?: string;
  readonly fingerprint?: string;
  readonly notbefore?: string;
  readonly notafter?: string;
  readonly subjectaltname?: readonly string[];
}

interface Eve {
  readonly event_type: string;
  readonly flow_id?: number;
  readonly dns?: {
    readonly type: string;
    readonly id: number;
    readonly rrname?: string;
    readonly flags?: string;
    readonly answers?: readonly DnsAnswer[];
  };
  readonly tls?: Certificate & {
    readonly sni?: string;
    readonly ja3?: { readonly hash?: string };
    readonly ja3s?: { readonly hash?: string };
    readonly ja4?: string;
  };
  readonly http?: {
    readonly version?: string;
    readonly hostname?: string;
    readonly http_method?: string;
    readonly http_user_agent?: string;
    readonly http_content_type?: string;
    readonly url?: string;
    readonly status?: number;
  };
  readonly quic?: { readonly sni?: string; readonly ja4?: string };
  readonly ssh?: Readonly<Record<"client" | "server", SshPeer | undefined>>;
  readonly smb?: {
    readonly command: string;
    readonly status?: string;
    readonly ntlmssp?: { readonly domain: string; readonly user: string; readonly host: string };
    readonly share?: string;
    readonly named_pipe?: string;
    readonly filename?: string;
    readonly directory?: string;
  };
  readonly dhcp?: { readonly client_mac?: string; readonly hostname?: string };
}

/** The facts in EVE JSON lines, as `sekisho replay --records` writes them. */
export function eveFacts(lines: string): FactTexts {
  const facts = noFacts();
  /** QUIC says it again with each packet of the flow. */
  const quicNames = new Set<string>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const eve = JSON.parse(line) as Eve;
    // Alerts and files repeat what the record of their message says.
    if (eve.event_type === "alert" || eve.event_type === "fileinfo") continue;
    const { dns, tls, http, quic, ssh, smb, dhcp } = eve;
    if (dns) addDns(facts, dns);
    if (tls) addTls(facts, tls);
    // tshark has HTTP/2 under other fields.
    if (http && http.version !== "2") addHttp(facts, http);
    for (const [fact, text] of [
      ["quic sni", quic?.sni],
      ["quic ja4", quic?.ja4],
    ] as const) {
      if (text === undefined || quicNames.has(`${eve.flow_id} ${text}`)) continue;
      quicNames.add(`${eve.flow_id} ${text}`);
      facts[fact].push(text);
    }
    for (const peer of [ssh?.client, ssh?.server]) {
      if (peer?.software_version) facts["ssh software"].push(peer.software_version);
      if (peer?.hassh) facts["ssh hassh"].push(peer.hassh.hash);
    }
    if (smb) addSmb(facts, smb);
    // Some clients send the name with the zero octet of C behind it, which is not shown by others.
    if (dhcp) facts.dhcp.push(`${dhcp.client_mac} ${dhcp.hostname?.replace(/\0+$/, "") ?? ""}`);
  }
  return facts;
}

function addDns(facts: FactTexts, dns: NonNullable<Eve["dns"]>): void {
  const { type, id, rrname = "", flags = "" } = dns;
  facts.dns.push(`${type} ${id} ${rrname}${type === "answer" ? ` ${flags}` : ""}`);
  for (const answer of dns.answers ?? []) {
    const data = answer.srv?.name ?? answer.soa?.mname ?? answer.rdata ?? "";
    if (COMPARED_RECORDS.has(answer.rrtype)) facts["dns answer"].push(dnsAnswerText(id, answer.rrtype, data));
  }
}

/** Types of records whose data are an address or a name. */
const COMPARED_RECORDS: ReadonlySet<string> = new Set([
  "A",
  "AAAA",
  "CNAME",
  "MX",
  "NS",
  "PTR",
  "SOA",
  "SRV",
]);

/** `data`: the address or name of the record. */
export function dnsAnswerText(id: number, type: string, data: string): string {
  return `${id} ${type} ${type === "AAAA" ? shortIpv6(data) : data}`;
}

function shortIpv6(text: string): string {
  return URL.canParse(`http://[${text}]`) ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

function addTls(facts: FactTexts, tls: NonNullable<Eve["tls"]>): void {
  if (tls.sni) facts["tls sni"].push(tls.sni);
  if (tls.ja3?.hash) facts["tls ja3"].push(tls.ja3.hash);
  if (tls.ja3s?.hash) facts["tls ja3s"].push(tls.ja3s.hash);
  if (tls.ja4) facts["tls ja4"].push(tls.ja4);
  if (tls.fingerprint === undefined) return;
  facts["tls certificate"].push(
    [
      tls.fingerprint,
      tls.serial?.replaceAll(":", "").replace(/^0+(?=.)/, ""),
      tls.notbefore,
      tls.notafter,
      tls.subject,
      tls.issuerdn,
      (tls.subjectaltname ?? []).map(shortIpv6).join(","),
    ].join(" | "),
  );
}

/** What EVE says of a certificate, read by OpenSSL. */
export function certificateText(der: Uint8Array): string {
  const certificate = new X509Certificate(der);
  const time = (text: string): string => new Date(text).toISOString().slice(0, 19);
  const names = certificate.subjectAltName?.match(/(?<=(?:^|, )(?:DNS|IP Address|email|URI):)[^,]+/g) ?? [];
  return [
    createHash("sha1")
      .update(der)
      .digest("hex")
      .replace(/..(?=.)/g, "$&:"),
    certificate.serialNumber.replace(/^0+(?=.)/, ""),
    time(certificate.validFrom),
    time(certificate.validTo),
    nameText(certificate.subject),
    nameText(certificate.issuer),
    names.map(shortIpv6).join(","),
  ].join(" | ");
}

/** OpenSSL escapes what would have a meaning in a name, and shortens some attributes. */
function nameText(name: string | undefined): string {
  return (name ?? "")
    .replaceAll("\\", "")
    .replaceAll("street=", "streetAddress=")
    .replaceAll("jurisdictionC=", "msJurisdictionCountry=")
    .replaceAll("jurisdictionST=", "msJurisdictionStateOrProvince=")
    .split("\n")
    .join(", ");
}

function addHttp(facts: FactTexts, http: NonNullable<Eve["http"]>): void {
  if (http.http_method) {
    facts["http request"].push(`${http.http_method} ${http.url}`);
    if (http.hostname) facts["http host"].push(http.hostname.toLowerCase());
    if (http.http_user_agent) facts["http agent"].push(http.http_user_agent);
  }
  if (!http.status) return;
  facts["http status"].push(String(http.status));
  if (http.http_content_type) facts["http type"].push(http.http_content_type);
}

function addSmb(facts: FactTexts, smb: NonNullable<Eve["smb"]>): void {
  // Later records of the session name its user as well.
  if (smb.ntlmssp && /_SESSION_SETUP/.test(smb.command)) {
    const { domain, user, host } = smb.ntlmssp;
    facts["smb log-on"].push(`${domain}\\${user} ${host}`);
  }
  const tree = smb.share ?? smb.named_pipe;
  if (tree && /_TREE_CONNECT/.test(smb.command)) facts["smb tree"].push(tree.replace(/^\\+/, ""));
  const file = smb.filename ?? smb.directory;
  if (file && file !== "<share_root>" && /SMB2_COMMAND_CREATE|_NT_CREATE/.test(smb.command)) {
    facts["smb file"].push(file);
  }
}

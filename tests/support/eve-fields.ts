/**
 * What is comparable in the output of two dissectors, as texts under the name of what they are. The same text twice means
 * that it was seen twice.
 */
export const FACTS = [
  "dns",
  "tls sni",
  "tls ja3",
  "http request",
  "http host",
  "http status",
  "quic sni",
  "ssh software",
  "smb log-on",
  "dhcp",
] as const;
export type Fact = (typeof FACTS)[number];
export type FactTexts = Readonly<Record<Fact, string[]>>;

export function noFacts(): Record<Fact, string[]> {
  return {
    dns: [],
    "tls sni": [],
    "tls ja3": [],
    "http request": [],
    "http host": [],
    "http status": [],
    "quic sni": [],
    "ssh software": [],
    "smb log-on": [],
    dhcp: [],
  };
}

interface Eve {
  readonly event_type: string;
  readonly flow_id?: number;
  readonly dns?: { type: string; id: number; rrname?: string };
  readonly tls?: { sni?: string; ja3?: { hash?: string } };
  readonly http?: { hostname?: string; http_method?: string; url?: string; status?: number };
  readonly quic?: { sni?: string };
  readonly ssh?: Readonly<Record<"client" | "server", { software_version?: string } | undefined>>;
  readonly smb?: { command: string; ntlmssp?: { domain: string; user: string; host: string } };
  readonly dhcp?: { client_mac?: string; hostname?: string };
}

/** The facts in EVE JSON lines, as `sekisho replay --records` writes them. */
export function eveFacts(lines: string): FactTexts {
  const facts = noFacts();
  /** QUIC says it again with each packet of the flow. */
  const quicNames = new Set<string>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const eve = JSON.parse(line) as Eve;
    if (eve.event_type === "alert") continue;
    const { dns, tls, http, quic, ssh, smb, dhcp } = eve;
    if (dns) facts.dns.push(`${dns.type} ${dns.id} ${dns.rrname ?? ""}`);
    if (tls?.sni) facts["tls sni"].push(tls.sni);
    if (tls?.ja3?.hash) facts["tls ja3"].push(tls.ja3.hash);
    if (http?.http_method) facts["http request"].push(`${http.http_method} ${http.url}`);
    if (http?.http_method && http.hostname) facts["http host"].push(http.hostname.toLowerCase());
    if (http?.status) facts["http status"].push(String(http.status));
    if (quic?.sni && !quicNames.has(`${eve.flow_id} ${quic.sni}`)) {
      quicNames.add(`${eve.flow_id} ${quic.sni}`);
      facts["quic sni"].push(quic.sni);
    }
    for (const peer of [ssh?.client, ssh?.server]) {
      if (peer?.software_version) facts["ssh software"].push(peer.software_version);
    }
    // Later records of the session name its user as well.
    if (smb?.ntlmssp && /_SESSION_SETUP/.test(smb.command)) {
      const { domain, user, host } = smb.ntlmssp;
      facts["smb log-on"].push(`${domain}\\${user} ${host}`);
    }
    // Some clients send the name with the zero octet of C behind it, which is not shown by others.
    if (dhcp) facts.dhcp.push(`${dhcp.client_mac} ${dhcp.hostname?.replace(/\0+$/, "") ?? ""}`);
  }
  return facts;
}

/** The facts of eve-fields.ts as tshark has them. What it takes out of packets quoted in ICMP errors does not count. */
import { type FactTexts, noFacts } from "./eve-fields.js";

const SEPARATOR = "\x1e";

const FIELDS = [
  "frame.protocols",
  "tcp.stream",
  "udp.stream",
  "dns.id",
  "dns.flags.response",
  "dns.qry.name",
  "tls.handshake.extensions_server_name",
  "tls.handshake.ja3",
  "http.request.method",
  "http.request.uri",
  "http.host",
  "http.response.code",
  "gquic.tag.sni",
  "ssh.protocol",
  "ntlmssp.auth.domain",
  "ntlmssp.auth.username",
  "ntlmssp.auth.hostname",
  "dhcp.hw.mac_addr",
  "dhcp.option.hostname",
] as const;

/** Arguments under which tshark writes one line for each packet of `capture`, as `tsharkFacts` reads it. */
export function tsharkArguments(capture: string): string[] {
  const output = ["-n", "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t", "-E"];
  const preferences = ["-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tcp.check_checksum:TRUE"];
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  return [
    "-r",
    capture,
    "-Y",
    "not icmp and not icmpv6",
    ...output,
    `aggregator=${SEPARATOR}`,
    ...preferences,
    ...fields,
  ];
}

export function tsharkFacts(lines: string): FactTexts {
  const facts = noFacts();
  /** A client that is told to try again, or sends again, has one handshake. */
  const greeted = new Set<string>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const values = line.split("\t").map((text) => (text === "" ? [] : text.split(SEPARATOR)));
    const value = (field: (typeof FIELDS)[number]): string[] => values[FIELDS.indexOf(field)] ?? [];
    const layers = new Set(value("frame.protocols")[0]?.split(":"));
    addDns(facts, value("dns.id"), value("dns.flags.response"), value("dns.qry.name"));
    const isQuic = layers.has("quic") || layers.has("gquic");
    const flow = isQuic ? `udp ${value("udp.stream")[0]}` : `tcp ${value("tcp.stream")[0]}`;
    const isFirstHello = !greeted.has(flow);
    const names = [...value("tls.handshake.extensions_server_name"), ...value("gquic.tag.sni")];
    const ja3 = value("tls.handshake.ja3");
    if (names.length + ja3.length > 0) greeted.add(flow);
    if (isFirstHello && isQuic) facts["quic sni"].push(...names.slice(0, 1));
    else if (isFirstHello) {
      facts["tls sni"].push(...names);
      facts["tls ja3"].push(...ja3);
    }
    if (layers.has("http")) {
      const uris = value("http.request.uri");
      for (const [index, method] of value("http.request.method").entries()) {
        facts["http request"].push(`${method} ${uris[index]}`);
      }
      for (const host of value("http.host")) {
        facts["http host"].push(host.toLowerCase().replace(/:\d+$/, ""));
      }
      facts["http status"].push(...value("http.response.code"));
    }
    for (const banner of value("ssh.protocol")) {
      const software = /^SSH-[^-]+-([^ \r\n]+)/.exec(banner)?.[1];
      if (software) facts["ssh software"].push(software);
    }
    // DCE/RPC in a named pipe has log-ons of its own.
    if ((layers.has("smb") || layers.has("smb2")) && !layers.has("dcerpc")) {
      const [domains, hosts] = [value("ntlmssp.auth.domain"), value("ntlmssp.auth.hostname")];
      for (const [index, user] of value("ntlmssp.auth.username").entries()) {
        facts["smb log-on"].push(
          `${textOrNone(domains[index])}\\${textOrNone(user)} ${textOrNone(hosts[index])}`,
        );
      }
    }
    // The address stands in the header and again in the client identifier.
    const mac = value("dhcp.hw.mac_addr")[0];
    if (mac !== undefined) facts.dhcp.push(`${mac} ${value("dhcp.option.hostname")[0] ?? ""}`);
  }
  return facts;
}

/** Queries with all their names; answers are told apart by their first question. */
function addDns(facts: FactTexts, ids: string[], responses: string[], names: string[]): void {
  for (const [index, id] of ids.entries()) {
    const isAnswer = ["1", "True"].includes(responses[index] ?? "");
    const own = ids.length === 1 ? names : names.slice(index, index + 1);
    for (const name of isAnswer ? [own[0] ?? ""] : own) {
      facts.dns.push(`${isAnswer ? "answer" : "query"} ${Number(id)} ${name === "<Root>" ? "" : name}`);
    }
  }
}

/** tshark writes NULL for an empty name. */
function textOrNone(text = "NULL"): string {
  return text === "NULL" ? "" : text;
}
